"""LJ-08: somebody switches off or redirects the log of what the models are used for."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.newness import has_history, is_new, since
from seawall.detect.tables import seen
from seawall.detect.tampering import ends_with, standing, tampering

#: Acts after which less is logged.
OFF: Final = (
    "deletemodelinvocationloggingconfiguration", "stoplogging", "deletetrail", "deleteeventdatastore",
    "stopeventdatastoreingestion", "deletedetector", "stopmonitoringmembers", "deletepublishingdestination",
    "diagnosticsettings/delete", "/diagnostics/delete", "/loggers/delete", "defenderforaisettings/delete",
    "/pricings/delete", "deletesink", "deletelog", "deletebucket",
)  # fmt: skip
#: Acts after which more is logged, and those that only read a log.
HARMLESS: Final = (
    "startlogging", "createtrail", "createdetector", "_accessed", "_viewed", "_exported", "_started", "_created",
    "_enabled",
)  # fmt: skip
#: Logs of everything an account does: they concern us where the owner uses models.
GENERAL: Final = (
    "trail", "logging", "eventselectors", "eventdatastore", "eventdatastoreingestion", "detector", "members",
    "destination", "administratoraccount", "masteraccount", "filter", "ipset", "findings", "sink", "exclusion",
    "deletelog", "bucket",
)  # fmt: skip
#: An administrator may be away for days, hardly for a week: who was not seen in that time is new for certain.
CERTAIN_DAYS: Final = 7


def find() -> ir.Table:
    """Every act that switches logging off; one that rewrites it, where it is unusual for who did it."""
    acts = tampering("change_logging", undo=OFF, harmless=HARMLESS)
    used = seen.filter(seen.activity.isin(("infer", "usage", "list_models")))
    acts = since(acts, used, ("owner_key",), "models_since")
    acts = acts.filter(~ends_with(acts.operation, GENERAL) | (acts.models_since <= acts.known_at))
    done = acts.outcome == "success"
    # A colleague who is new comes from where the others are; a stranger brings his own network.
    stranger = acts.newcomer & has_history(acts, days=CERTAIN_DAYS) & is_new(acts, "net_since")
    return matches(
        acts,
        network=acts.src_net,
        opened_at=acts.known_at,
        first=acts.known_at,
        last=acts.known_at,
        events=acts.events,
        severity=ibis.cases((acts.undoes & done & stranger, "high"), (acts.undoes & done, "medium"), else_="low"),
        confidence=ibis.cases((acts.undoes & done & stranger, 0.8), (acts.undoes & done, 0.5), else_=0.25),
        what=ibis.cases(
            (acts.undoes & done, "switched off logging"),
            (acts.undoes, "tried in vain to switch off logging"),
            (done, "changed what is logged or where to"),
            else_="tried in vain to change what is logged",
        ),
        operation=acts.operation,
        standing=standing(acts),
    )


RULE: Final = Analytic(
    id="LJ-08",
    title="AI logging switched off or redirected",
    version=1,
    severity="medium",
    confidence=0.5,
    key="owner",
    family="tamper",
    look_back_hours=0,
    closes="at once: it rests on the act and on who was seen before",
    needs=("credential_id", "activity", "operation", "outcome"),
    attack=("T1562.008", "T1685.002"),
    atlas=(),
    benign=(
        "an administrator who takes an account or a test out of service",
        "a pipeline that applies another target or retention",
    ),
    next=(
        "Switch the logging on again, and look who switched it off.",
        "If nobody meant it, revoke the credential and search the other logs for its use in the gap.",
    ),
    why="{what} ({operation}){standing}",
    evidence=("change_logging",),
    find=find,
)
