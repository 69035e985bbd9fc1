"""LJ-00: copy this file to add a rule. It finds a key that is used by Tor, and is itself in no list.

1. Copy it to a file named by what the rule finds, and put the file's `RULE` in the list in `analytics/__init__.py`.
2. Copy one of `detect/examples/` under the same name: `FIRES`, when it must fire, and `QUIET`, when it must not.
3. Run `pytest tests/detect/analytics`: the law and the examples are tested for every rule in the list.
"""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.tables import seen

# A threshold is a constant with the reason for it, in words that a stranger accepts: not "fits our data".
#: With less history than this, everything is new and nothing is news.
HISTORY_DAYS: Final = 3


def find() -> ir.Table:
    """A key's first use from a Tor exit, where its owner, known for `HISTORY_DAYS`, never used Tor before."""
    # Filter first. Null belongs to no subject; what comes from networks that the operator knows is no news.
    used = seen.filter(seen.subject.notnull(), seen.src_net.notnull(), ~seen.known)
    # `first` of a cell never changes as more of it arrives. Never rest on `last`, on `calls` or on a sum of what may
    # still be open, never on "now": what is found of the past must not depend on the future.
    tor = used.filter(used.src_kind == "tor")
    arrived = tor.group_by("owner_key", "owner_id", "subject", "src_net").aggregate(at=tor["first"].min())
    # Any row of the owner may be read (the rule's key), `rollup` and `hits` up to 48 hours back.
    born = seen.group_by("owner_key").aggregate(born=seen["first"].min())
    debut = tor.group_by("owner_key").aggregate(debut=tor["first"].min())
    arrived = arrived.join(born, ["owner_key"]).join(debut, ["owner_key"])
    arrived = arrived.filter(arrived.at == arrived.debut, arrived.born <= arrived.at - ibis.interval(days=HISTORY_DAYS))
    # One row per match; the named figures are those that `why` speaks of. `opened_at` is when all of it was known.
    return matches(
        arrived,
        network=arrived.src_net,
        opened_at=arrived.at,
        first=arrived.at,
        last=arrived.at,
        events=ibis.literal(1),
        days=(arrived.at.epoch_seconds() - arrived.born.epoch_seconds()) // 86_400,
    )


RULE: Final = Analytic(
    id="LJ-00",
    title="First use by Tor",
    version=1,
    severity="low",  # novelty alone is low; only a grave act that leaves no doubt is medium
    confidence=0.3,
    key="owner",
    family="source",  # rules of one family tell the same fact, which counts once
    look_back_hours=0,
    closes="at once: it rests on what was seen before",
    needs=("credential_id", "src_net", "src_kind"),  # without these columns the rule is blind, and says so
    needs_history=True,
    attack=("T1078.004",),
    atlas=("AML.T0012",),
    benign=("somebody who values privacy",),  # the likeliest first: the sentence ends with it
    next=("Ask the key's owner whether they use Tor.", "If not, revoke the key."),
    why="was used by Tor, which nobody of its owner did in the {days} days before",  # after "<key> from <network>"
    find=find,
)
