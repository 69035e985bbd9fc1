"""Sweeps: a key that goes from model to model within minutes.

In: calls of `rollup` of one outcome. Out: the calls by which a sweep was one.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir


def sweeps(calls: ir.Table, *, models: int, minutes: int) -> ir.Table:
    """Return each place and time at which a subject had called so many models in so many minutes.

    Columns: `owner_key`, `owner_id`, `subject`, `src_net`, `opened`, `begun`, `calls`, `models`.
    """
    anchor, earlier = calls.view(), calls.view()
    pairs = anchor.join(
        earlier,
        [
            anchor.owner_key == earlier.owner_key,
            anchor.subject == earlier.subject,
            earlier["first"] <= anchor["first"],
            earlier["first"] > anchor["first"] - ibis.interval(minutes=minutes),
        ],
        rname="{name}_earlier",
    )
    swept = pairs.group_by("owner_key", "owner_id", "subject", "src_net", opened=pairs["first"]).aggregate(
        begun=pairs.first_earlier.min(), calls=pairs.calls_earlier.sum(), models=pairs.model_earlier.nunique()
    )
    return swept.filter(swept.models >= models)
