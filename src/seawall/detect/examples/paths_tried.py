"""Examples of LJ-19."""

from __future__ import annotations

from typing import Any, Final

from seawall.detect.examples.example import OWN_KEY, STRANGE, Example, Row, at, steady

_LOST: Final[dict[str, Any]] = {**STRANGE, **OWN_KEY, "outcome": "invalid", "status_code": 404}


def _paths(names: tuple[str, ...], every: float = 2, **columns: Any) -> tuple[Row, ...]:
    return tuple(
        {**_LOST, **columns, "operation": name, "time": at(number * every)} for number, name in enumerate(names)
    )


_SOME: Final = ("/internal/images", "/v1/portal/generate", "/v1beta/jobs", "/v1/images/edits")

FIRES: Final = (
    Example("four paths that are not there are tried within minutes", (*steady(2, **OWN_KEY), *_paths(_SOME))),
    Example(
        "one path is tried with four versions, some of them retired",
        _paths(tuple(f"/v1/chat/completions 202{year}-06-01" for year in range(4)), status_code=410),
    ),
)
QUIET: Final = (
    Example("a program has a wrong base address", _paths(("/v1/v1/chat/completions",) * 40)),
    Example("a new library asks for one path that the service does not have yet", _paths(_SOME[:1] * 5)),
    Example("three paths over a day", _paths(_SOME, every=400)),
    Example("paths that exist are refused for other reasons", _paths(_SOME, status_code=400)),
)
