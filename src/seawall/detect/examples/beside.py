"""Examples of LJ-36."""

from __future__ import annotations

from typing import Final

from seawall.detect.examples.example import AWAY, Example, at, steady

FIRES: Final = (
    Example(
        "a new place and the old one take turns",
        (*steady(5), AWAY, {"time": at(30)}, {**AWAY, "time": at(45)}),
    ),
)
QUIET: Final = (
    Example("a workload moves", (*steady(5), AWAY, {**AWAY, "time": at(45)}, {**AWAY, "time": at(90)})),
    Example("somebody tries a new place and goes home", (*steady(5), AWAY, {"time": at(30)}, {"time": at(60)})),
    Example("the key is new", (*steady(1), AWAY, {"time": at(30)}, {**AWAY, "time": at(45)})),
    Example(
        "the key has no place of its own",
        (
            *steady(5),
            *({**AWAY, "src_net": f"198.18.{day}.0/24", "time": at(-day * 1440)} for day in range(2, 6)),
            AWAY,
            {"time": at(30)},
            {**AWAY, "time": at(45)},
        ),
    ),
    Example("a colleague's key came from there before", (
        *steady(5), *steady(4, **{**AWAY, "credential_id": "key-2"}), AWAY, {"time": at(30)}, {**AWAY, "time": at(45)},
    )),
)  # fmt: skip
