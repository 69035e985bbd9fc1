"""The relations a rule reads, as unbound Ibis tables: the same rule runs on any engine that Ibis compiles for.

`rollup`, `hits`, `seen`, `hourly` and `marks` have the columns of `seawall.store.VIEWS`; those with a network or an
owner also have `known` (the operator listed the network) and `owner_group` (from the owners file, else the owner).
"""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.store import VIEWS

_IBIS: Final = {
    "VARCHAR": "string", "BIGINT": "int64", "UBIGINT": "uint64", "DOUBLE": "float64", "TIMESTAMP": "timestamp",
    "BLOB": "binary",
}  # fmt: skip
#: What the engine adds to a view when it lays it out for the rules.
SCOPED: Final = {"known": "boolean", "owner_group": "string"}


def _table(view: str) -> ir.Table:
    columns = {name: _IBIS[kind] for name, kind in VIEWS[view].items()}
    if view != "marks":
        columns |= SCOPED
    return ibis.table(columns, name=f"scope_{view}")


rollup: Final = _table("rollup")
hits: Final = _table("hits")
seen: Final = _table("seen")
hourly: Final = _table("hourly")
marks: Final = _table("marks")
