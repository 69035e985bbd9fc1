"""What a bench found, row by row, and the Markdown table of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Self

import msgspec
from measure import Cost

_HEAD: Final = ("bench", "who", "events", "CPU s", "wall s", "peak MiB", "events per CPU s", "ratio", "aim")


class Row(msgspec.Struct, frozen=True):
    """One line: `events` is the work done (0 where that is no number); of a stage only seconds are known.

    `peer_of`: the row whose peer this one is; `aim`: what the first row of a bench is to reach, in words.
    """

    bench: str
    who: str
    events: int
    cost: Cost | None = None
    cpu_s: float = 0.0
    wall_s: float = 0.0
    peer_of: Self | None = None
    aim: str = ""

    @property
    def cpu(self) -> float:
        """Seconds of CPU."""
        return self.cost.cpu_s if self.cost else self.cpu_s

    @property
    def rate(self) -> float:
        """Events per CPU-second; 0 where there are none."""
        return self.events / self.cpu if self.cpu > 0 else 0.0

    @property
    def ratio(self) -> float:
        """How many times as much CPU for the same work this takes as the row whose peer it is; 0 for no peer."""
        if self.peer_of is None:
            return 0.0
        if self.rate and self.peer_of.rate:
            return self.peer_of.rate / self.rate
        return self.cpu / self.peer_of.cpu

    def cells(self) -> list[str]:
        """Return the row's texts."""
        wall = self.cost.wall_s if self.cost else self.wall_s
        return [
            self.bench,
            self.who,
            f"{self.events:,}" if self.events else "",
            f"{self.cpu:.2f}",
            f"{wall:.2f}" if wall else "",
            f"{self.cost.peak_mib:,}" if self.cost and self.cost.peak_bytes else "",
            f"{self.rate:,.0f}" if self.rate else "",
            f"{self.ratio:.2g}" if self.ratio else "",
            self.aim,
        ]


def markdown(rows: Sequence[Row]) -> str:
    """Return the table: numbers to the right."""
    lines = [_HEAD, ["---", "---", *["--:"] * 6, "---"], *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
