"""LJ-19: somebody asks for one path after another that the service does not have, or has no longer."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.tables import hits

#: What HTTP answers where there is no such path, no such method on it, or no longer. A retired API version is a 404.
ABSENT: Final = (404, 405, 410)
#: A wrong base address is one wrong path, again and again; a library newer than the service asks for one or two.
PATHS: Final = 3
MINUTES: Final = 60


def find() -> ir.Table:
    """A call for what is not there, whose subject and network asked for `PATHS` such things in the last hour."""
    anchor, earlier = _lost().view(), _lost().view()
    pairs = anchor.join(
        earlier,
        [
            anchor.owner_key == earlier.owner_key,
            anchor.subject == earlier.subject,
            anchor.net == earlier.net,
            earlier.known_at <= anchor.known_at,
            earlier.known_at > anchor.known_at - ibis.interval(minutes=MINUTES),
        ],
        rname="{name}_earlier",
    )
    tried = pairs.group_by("owner_key", "owner_id", "subject", "net", "known_at").aggregate(
        begun=pairs.known_at_earlier.min(),
        calls=pairs.call_earlier.nunique(),
        paths=pairs.operation_earlier.nunique(),
        path=pairs.operation_earlier.min(),
        client=pairs.client.min(),
    )
    tried = tried.filter(tried.paths >= PATHS)
    return matches(
        tried,
        network=tried.net.nullif(""),
        opened_at=tried.known_at,
        first=tried.begun,
        last=tried.known_at,
        events=tried.calls,
        calls=tried.calls,
        paths=tried.paths,
        path=tried.path,
        client=tried.client.fill_null("no client named"),
    )


def _lost() -> ir.Table:
    """Return calls for what is not there, from networks that the operator does not know."""
    lost = hits.filter(
        hits.activity == "infer",
        hits.status_code.isin(ABSENT),
        hits.operation.notnull(),
        hits.subject.notnull(),
        ~hits.known,
    )
    lost = lost.mutate(net=lost.src_net.fill_null(""))
    return lost.select("call", "owner_key", "owner_id", "subject", "net", "operation", "known_at", "client")


RULE: Final = Analytic(
    id="LJ-19",
    title="Paths that are not there",
    version=1,
    severity="low",
    confidence=0.3,
    key="owner",
    family="probe",
    look_back_hours=1,
    closes="at once: it rests on the calls before",
    needs=("credential_id", "operation", "status_code"),
    attack=("T1190",),
    atlas=("AML.T0040",),
    benign=("a library newer than the service, or a program that was pointed at another one", "a vulnerability scan"),
    next=(
        "Ask the key's owner whether they changed a library or an address at that time.",
        "If not, look at what the same network did with success, and revoke the key.",
    ),
    why=(
        "asked within an hour for {paths} paths or versions that the service does not have, {path} among them, in"
        " {calls} calls ({client})"
    ),
    evidence=("infer",),
    find=find,
)
