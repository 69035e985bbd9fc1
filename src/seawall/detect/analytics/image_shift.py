"""LJ-26: a key that served text begins to make images, or makes little else from one hour to the next."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.baseline import HISTORY_DAYS, before, has_history
from seawall.detect.newness import since
from seawall.detect.tables import hourly, seen

#: Fewer images an hour than this can be ordered by hand.
IMAGES: Final = 50
#: A jump: from one image in ten calls at most, over four weeks, to at least one in two.
RARE: Final = 0.1
MOST: Final = 0.5


def find() -> ir.Table:
    """The first image of an owner and its key with a history of text; an hour, once closed, in which the mix jumps."""
    return _debut().union(_jump())


def _debut() -> ir.Table:
    used = seen.filter(seen.subject.notnull(), seen.activity.isin(("infer", "usage")))
    made, written = used.filter(used.modality == "image"), used.filter(used.modality == "text")
    order = ibis.window(group_by="owner_key", order_by=[made["first"], made.fact])
    begun = made.mutate(place=ibis.row_number().over(order))
    # the first of the whole owner: once another of its keys has made images, they are its business and no news
    begun = begun.filter(begun.place == 0, ~begun.known)
    begun = since(begun, written, ("owner_key", "subject"), "text_first")
    begun = begun.filter(begun.text_first <= begun["first"] - ibis.interval(days=HISTORY_DAYS))
    days = (begun["first"].epoch_seconds().cast("int64") - begun.text_first.epoch_seconds().cast("int64")) // 86_400
    return matches(
        begun,
        network=begun.src_net,
        opened_at=begun["first"],
        first=begun["first"],
        last=begun["first"],
        events=ibis.literal(1),
        what=ibis.literal("made the first image of its owner, after ") + days.cast("string") + " days of text",
    )


def _jump() -> ir.Table:
    hours = hourly.filter(hourly.width <= 3600)
    rated = hours.mutate(
        images_before=hours.images.sum().over(before()),
        calls_before=hours.calls.sum().over(before()),
        usual=has_history(hours),
    )
    jumped = rated.filter(
        rated.images >= IMAGES,
        rated.images >= rated.calls * MOST,
        rated.images_before <= rated.calls_before * RARE,
        rated.usual,
    )
    return matches(
        jumped,
        opened_at=jumped.closes,
        first=jumped["first"],
        last=jumped.closes,
        events=jumped.calls,
        what=ibis.literal("made ")
        + jumped.images.cast("string")
        + " images in one hour with "
        + jumped.calls.cast("string")
        + " calls; in the four weeks before, it made "
        + jumped.images_before.cast("string")
        + " with "
        + jumped.calls_before.cast("string"),
    )


RULE: Final = Analytic(
    id="LJ-26",
    title="Shift to images",
    version=1,
    severity="low",
    confidence=0.3,
    key="owner",
    family="content",
    look_back_hours=0,
    closes="at once for the first image; when the hour is over for a jump",
    needs=("credential_id", "modality"),
    needs_history=True,
    attack=("T1496.004",),
    atlas=("AML.T0088",),
    benign=("a team that begins to use an image model under the key that it has",),
    next=(
        "Ask the key's owner whether they make images with it.",
        "If not, revoke the key, and look at what the content filters said of those calls.",
    ),
    why="{what}",
    evidence=("infer", "usage"),
    find=find,
)
