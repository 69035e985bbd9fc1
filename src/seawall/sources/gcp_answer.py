"""What a Vertex AI answer says: tokens, and what the safety filters did. Nothing of its content is kept.

In: a response as the audit log or the request-response log holds it, camelCase or snake_case. Out: an `Answer`.
Source: Google's reference of GenerateContentResponse (`promptFeedback`, `candidates`, `usageMetadata`).
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from seawall.sources.fields import by_folded_name, inner
from seawall.sources.values import count

_BLOCKED: Final = frozenset({
    "SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "MODEL_ARMOR",
})  # fmt: skip
#: The four harms in the words that other providers use for the same.
_CATEGORIES: Final = {"sexually_explicit": "sexual", "hate_speech": "hate"}
_SEVERITIES: Final = {"NEGLIGIBLE": 0, "LOW": 2, "MEDIUM": 4, "HIGH": 6}
_MOST: Final = 64


class Answer(msgspec.Struct, frozen=True):
    """`categories` that blocked, sorted; `severity` 0/2/4/6, the worst that a rating names."""

    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    blocked: bool = False
    categories: str | None = None
    severity: int | None = None


def answer(response: object) -> Answer:
    """Return what a response says; one that is absent or of another kind says nothing."""
    row = by_folded_name(inner(response))
    if not row:
        return Answer()
    usage = by_folded_name(inner(row.get("usagemetadata")) or inner(row.get("usage")))
    feedback = by_folded_name(inner(row.get("promptfeedback")))
    candidates = _objects(row.get("candidates"))
    reasons = {each.get("finishreason") for each in candidates if isinstance(each.get("finishreason"), str)}
    ratings = [rating for each in (feedback, *candidates) for rating in _objects(each.get("safetyratings"))]
    model = row.get("modelversion") or row.get("model")
    return Answer(
        model=model if isinstance(model, str) else None,
        input_tokens=count(usage.get("prompttokencount", usage.get("inputtokens"))),
        output_tokens=_output(usage),
        cached_tokens=count(usage.get("cachedcontenttokencount", usage.get("cachereadinputtokens"))),
        blocked=bool(reasons & _BLOCKED) or _blocks(feedback.get("blockreason")),
        categories=",".join(sorted({_category(each) for each in ratings if each.get("blocked") is True})) or None,
        severity=max((found for each in ratings if (found := _severity(each)) is not None), default=None),
    )


def _objects(value: object) -> list[dict[str, Any]]:
    found = value[:_MOST] if isinstance(value, list) else []
    return [by_folded_name(each) for each in found if isinstance(each, dict)]


def _output(usage: dict[str, Any]) -> int | None:
    """Return the tokens out, those of the model's thoughts included: they are billed alike."""
    out = count(usage.get("candidatestokencount", usage.get("outputtokens")))
    thoughts = count(usage.get("thoughtstokencount"))
    return out if thoughts is None else (out or 0) + thoughts


def _blocks(reason: object) -> bool:
    return isinstance(reason, str) and reason not in {"", "BLOCK_REASON_UNSPECIFIED", "BLOCKED_REASON_UNSPECIFIED"}


def _category(rating: dict[str, Any]) -> str:
    name = str(rating.get("category"))[:64].lower().removeprefix("harm_category_")
    return _CATEGORIES.get(name, name)


def _severity(rating: dict[str, Any]) -> int | None:
    """Return a rating's severity; where only the probability of harm is rated, that."""
    written = rating.get("severity") or rating.get("probability")
    return _SEVERITIES.get(written.removeprefix("HARM_SEVERITY_")) if isinstance(written, str) else None
