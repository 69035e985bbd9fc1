"""LJ-20: a key's calls come through a tunnel or relay, as those of a shop that hides where it is.

In: `via` as the gateway nearest the client writes it. The views keep single calls only of acts and of what was
refused: a relay shows by the models it lists and by what goes wrong.
"""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.newness import since
from seawall.detect.tables import hits, seen

#: Endings of the host names of services that lend a tunnel to whoever asks; any of them may carry a developer's work.
TUNNELS: Final = (
    "trycloudflare.com", "cfargotunnel.com", "ngrok.io", "ngrok.app", "ngrok-free.app", "loca.lt", "serveo.net",
    "localhost.run", "lhr.life", "pinggy.link", "bore.pub", "devtunnels.ms", "playit.gg", "zrok.io",
)  # fmt: skip
#: Programs that pool keys or resell them, as they name themselves.
RELAYS: Final = ("oai-reverse-proxy", "one-api", "new-api", "sub2api")
#: A key that was always behind a tunnel is its owner's way of working.
HISTORY_DAYS: Final = 3
HABIT_HOURS: Final = 46


def find() -> ir.Table:
    """The first call of a key by a tunnel or relay in two days, where the key has a history without it."""
    named = hits.filter(hits.subject.notnull(), ~hits.known)
    via = named.via.lower().fill_null("")
    relay = ibis.or_(*(via.contains(name) for name in RELAYS)) | named.client.fill_null("").isin(RELAYS)
    named = named.mutate(relay=relay, name=ibis.ifelse(relay & (via == ""), named.client, via))
    named = named.filter(relay | ibis.or_(*(via.endswith(ending) for ending in TUNNELS)))
    order = ibis.window(group_by=["owner_key", "subject", "name"], order_by=[named.known_at, named.call])
    named = named.mutate(before=named.known_at.lag(1).over(order))
    named = named.filter(named.before.isnull() | (named.before < named.known_at - ibis.interval(hours=HABIT_HOURS)))
    named = since(named, seen, ("owner_key", "subject"), "born")
    named = named.filter(named.born <= named.known_at - ibis.interval(days=HISTORY_DAYS))
    return matches(
        named,
        network=named.src_net,
        opened_at=named.known_at,
        first=named.known_at,
        last=named.known_at,
        events=named.events,
        severity=ibis.ifelse(named.relay, "low", "info"),
        confidence=ibis.ifelse(named.relay, 0.4, 0.2),
        what=ibis.ifelse(named.relay, "a program that pools keys", "a tunnel that anybody may open"),
        name=named.name,
    )


RULE: Final = Analytic(
    id="LJ-20",
    title="Used through a tunnel or relay",
    version=1,
    severity="info",
    confidence=0.2,
    key="owner",
    family="network",
    look_back_hours=HABIT_HOURS,
    closes="at once",
    needs=("credential_id", "via"),
    needs_history=True,
    attack=("T1090.002",),
    atlas=("AML.T0008.005", "AML.T0079"),
    benign=("a developer who shows work in progress through a tunnel",),
    next=(
        "Ask the key's owner whether they use such a tunnel or program.",
        "If not, revoke the key, keep the name of the host, and look for other keys that came through it.",
    ),
    why="came through {what} ({name}), which it had not done in the two days before",
    find=find,
)
