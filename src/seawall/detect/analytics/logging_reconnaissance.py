"""LJ-07: a credential that never administered anything asks whether the use of models is logged."""

from __future__ import annotations

from typing import Final

import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.newness import ADMINISTRATION, DECLARATIVE_CLIENTS, dated, has_history, is_new
from seawall.detect.tampering import acts_of

#: The console reads the setting whenever its page opens, a declarative tool whenever it runs.
UNASKED: Final = ("console", "aws-internal", *DECLARATIVE_CLIENTS)
_BROWSER: Final = "browser"


def find() -> ir.Table:
    """A reading of the logging configuration by one who, until a day ago, neither read it nor administered.

    Only at an owner with history.
    """
    read = acts_of("read_logging")
    client = read.client.fill_null("")
    read = read.filter(~client.isin(UNASKED), ~client.startswith(_BROWSER))
    read = dated(read, "read_logging", *ADMINISTRATION)
    read = read.filter(has_history(read), is_new(read, "habit_since"))
    return matches(
        read,
        network=read.src_net,
        opened_at=read.known_at,
        first=read.known_at,
        last=read.known_at,
        events=read.events,
        operation=read.operation,
        days=(read.known_at.epoch_seconds() - read.owner_since.epoch_seconds()) // 86_400,
    )


RULE: Final = Analytic(
    id="LJ-07",
    title="Logging reconnaissance",
    version=1,
    severity="low",
    confidence=0.3,
    key="owner",
    family="probe",
    look_back_hours=0,
    closes="at once: it rests on what the credential did before",
    needs=("credential_id", "activity", "client"),
    needs_history=True,
    attack=("T1526",),
    atlas=("AML.T0075",),
    benign=("a security scanner or an audit on its first run",),
    next=("Ask the credential's owner whether they looked.", "If not, revoke it, and check that logging is still on."),
    why="asked whether the use of models is logged ({operation}); in the owner's {days} days of history it had neither"
    " asked that nor administered anything",
    evidence=("read_logging",),
    find=find,
)
