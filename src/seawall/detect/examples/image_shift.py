"""Examples of LJ-26."""

from __future__ import annotations

from typing import Any, Final

from seawall.detect.examples.example import AWAY, Example, Row, at, steady

_TEXT: Final[dict[str, Any]] = {"modality": "text"}
_IMAGE: Final[dict[str, Any]] = {"modality": "image", "image_count": 1}
#: Judged when its hour is over: something has to come after it.
_LATER: Final = {"time": at(90)}


def _images(count: int) -> tuple[Row, ...]:
    return tuple({**_IMAGE, "time": at(number * 55 / count)} for number in range(count))


FIRES: Final = (
    Example("a key that served text for five days makes an image", (*steady(5, **_TEXT), {**AWAY, **_IMAGE})),
    Example(
        "a key of few images makes sixty in an hour",
        (*steady(5, every=1, **_TEXT), {"time": at(-6000), **_IMAGE}, *_images(60), _LATER),
    ),
)
QUIET: Final = (
    Example("nothing is known of the key's past", (*steady(1, **_TEXT), {**AWAY, **_IMAGE})),
    Example("a key has made images from the start", (*steady(5, **_TEXT), *steady(5, **_IMAGE), *_images(60), _LATER)),
    Example(
        "another key of the owner has long made images",
        (*steady(5, **_TEXT), *steady(4, credential_id="key-2", **_IMAGE), {**_IMAGE, "time": at(5)}),
    ),
    Example("a key for images alone is new", tuple({**row, "credential_id": "key-2"} for row in _images(60))),
    Example(
        "a few more images by hand",
        (*steady(5, every=1, **_TEXT), *steady(5, every=24, **_IMAGE), *_images(10), _LATER),
    ),
)
