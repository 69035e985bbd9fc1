"""What an hour of a key's use is compared with: the four weeks before it.

In: rows of `hourly`. Out: the window over them, and whether it holds history enough to compare with.
"""

from __future__ import annotations

from typing import Any, Final

import ibis
import ibis.expr.types as ir

BASELINE_DAYS: Final = 28
#: With less history than this, nothing is usual yet.
HISTORY_DAYS: Final = 3
_KEY: Final = ("owner_key", "subject", "width")


def before() -> Any:
    """Return the window of the same key's hours (or buckets of the same width) in the four weeks before each."""
    return ibis.range_window(
        group_by=list(_KEY),
        order_by="hour",
        preceding=(ibis.interval(days=BASELINE_DAYS), ibis.interval(hours=1)),
    )


def with_peaks(hours: ir.Table, amount: str, least: float, times: int) -> ir.Table:
    """Keep the hours of keys with one of `least` or more and `times` another: no other can have one `times` all before.

    Most keys end here, which spares them the windows.
    """
    keys = hours.group_by(*_KEY).aggregate(most=hours[amount].max(), fewest=hours[amount].min())
    return hours.semi_join(keys.filter(keys.most >= least, keys.most > keys.fewest * times), list(_KEY))


def has_history(hours: ir.Table) -> ir.BooleanValue:
    """Say whether an hour has another one in its four weeks that is at least `HISTORY_DAYS` older."""
    return hours.hour.min().over(before()) <= hours.hour - ibis.interval(days=HISTORY_DAYS)
