"""What a Bedrock request or answer body says in figures: tokens, images, what a guardrail did.

In: `inputBodyJson` and `outputBodyJson` of the invocation log, in each model family's own shape, streamed ones as a
list of pieces. Out: words for the fingerprint, counts, a verdict. No words of an answer come out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from seawall.model import Modality
from seawall.sources.chat import prompt_text
from seawall.sources.values import count

#: Where the words of a prompt stand beside the common places: Titan, Stable Diffusion, Nova Canvas, Cohere.
_WORDS: Final = ("inputText", "text_prompts", "textToImageParams", "texts", "query", "message")
#: Members of a piece that lead to figures.
_INTO: Final = ("metadata", "message", "messageStop", "usage", "metrics", "delta", "amazon-bedrock-invocationMetrics")
_INPUT: Final = (
    "inputTokens", "input_tokens", "prompt_tokens", "inputTokenCount", "inputTextTokenCount", "prompt_token_count",
)  # fmt: skip
_OUTPUT: Final = ("outputTokens", "output_tokens", "completion_tokens", "outputTokenCount", "generation_token_count")
_READ: Final = ("cacheReadInputTokens", "cacheReadInputTokenCount", "cache_read_input_tokens")
_WRITTEN: Final = ("cacheWriteInputTokens", "cacheWriteInputTokenCount", "cache_creation_input_tokens")
_LATENCY: Final = ("latencyMs", "invocationLatency")
_SEVERITY: Final = {"NONE": 0, "LOW": 2, "MEDIUM": 4, "HIGH": 6}
#: A guardrail's policies without a grade, the lists they report in, and the word for each.
_POLICIES: Final = (
    ("topicPolicy", "topics", "topic"),
    ("wordPolicy", "customWords", "word"),
    ("wordPolicy", "managedWordLists", "profanity"),
    ("sensitiveInformationPolicy", "piiEntities", "pii"),
    ("sensitiveInformationPolicy", "regexes", "pii"),
    ("contextualGroundingPolicy", "filters", "grounding"),
)


class Usage(msgspec.Struct, frozen=True):
    """Tokens and milliseconds; `input_tokens` without those read from or written to a cache. None: not said."""

    input_tokens: int | None
    output_tokens: int | None
    cache_read: int | None
    cache_written: int | None
    latency_ms: int | None


class Verdict(msgspec.Struct, frozen=True):
    """What a guardrail did: whether it intervened, which filters fired, how gravely (0, 2, 4, 6), its id."""

    intervened: bool = False
    categories: str | None = None
    severity: int | None = None
    guardrail_id: str | None = None


def prompt(body: object) -> str | None:
    """Return the words of a request body, None where there are none."""
    if not isinstance(body, dict):
        return prompt_text(body)
    return prompt_text([body, *(_wrapped(body[name]) for name in _WORDS if name in body)])


def _wrapped(words: object) -> object:
    """Return words in a shape that `prompt_text` reads; a bare text may look like JSON and is wrapped."""
    return {"text": words} if isinstance(words, str) else words


def usage(*bodies: object) -> Usage:
    """Return the figures found in bodies; streamed pieces repeat a growing figure, so that the largest counts."""
    found = list(_figures(bodies))
    return Usage(*(_most(found, names) for names in (_INPUT, _OUTPUT, _READ, _WRITTEN, _LATENCY)))


def _most(places: list[dict[str, Any]], names: tuple[str, ...]) -> int | None:
    figures = (count(place[name]) for place in places for name in names if name in place)
    return max((figure for figure in figures if figure is not None), default=None)


def pieces(body: object) -> list[dict[str, Any]]:
    """Return a body's pieces: those of a stream, or the one body."""
    return [piece for piece in (body if isinstance(body, list) else [body]) if isinstance(piece, dict)]


def _figures(bodies: Iterable[object]) -> Iterator[dict[str, Any]]:
    """Yield every object in which figures can stand, three levels deep."""
    level = [piece for body in bodies for piece in pieces(body)]
    for _ in range(3):
        yield from level
        level = [inner for place in level for name in _INTO if isinstance(inner := place.get(name), dict)]


def images(body: object) -> int | None:
    """Return how many images an answer holds; None where it is of another sort."""
    total = 0
    for piece in pieces(body):
        total += sum(len(made) for name in ("images", "artifacts") if isinstance(made := piece.get(name), list))
        content = _at(piece, "output", "message").get("content")
        total += sum("image" in part for part in content if isinstance(part, dict)) if isinstance(content, list) else 0
    return total or None


def modality(body: object) -> Modality | None:
    """Return what an answer is, as far as its shape says it."""
    if images(body):
        return "image"
    found = {name for piece in pieces(body) for name in piece}
    if found & {"embedding", "embeddings", "embeddingsByType"}:
        return "embedding"
    text = {"output", "content", "completion", "generation", "results", "outputs", "choices", "messageStart", "message"}
    return "text" if found & text else None


def verdict(body: object) -> Verdict:
    """Return what a guardrail says in an answer, whole or streamed."""
    parts = pieces(body)
    judged = [each for piece in parts for trace in _traces(piece) for each in _assessments(trace)]
    fired = [each for _, assessment in judged for each in _fired(assessment)]
    return Verdict(
        intervened=any(_intervened(place) for place in _figures([parts])),
        categories=",".join(sorted({name for name, _ in fired})) or None,
        severity=max((grade for _, grade in fired if grade is not None), default=None),
        guardrail_id=next((name for name, _ in judged), None),
    )


def _traces(piece: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield where a guardrail's trace can stand: InvokeModel, Converse, ConverseStream."""
    for path in (("amazon-bedrock-trace",), ("trace",), ("metadata", "trace")):
        yield _at(piece, *path, "guardrail")


def _intervened(place: dict[str, Any]) -> bool:
    action = place.get("amazon-bedrock-guardrailAction")
    return action == "INTERVENED" or "guardrail_intervened" in (place.get("stopReason"), place.get("stop_reason"))


def _assessments(trace: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (guardrail id, assessment) of both sides; InvokeModel and Converse name and nest them differently."""
    for side in ("input", "inputAssessment", "outputs", "outputAssessments"):
        for group in pieces(trace.get(side)):
            for name, given in group.items():
                yield from ((name, assessment) for assessment in pieces(given))


def _fired(assessment: dict[str, Any]) -> Iterator[tuple[str, int | None]]:
    """Yield the filters that fired, lower case, each with its grade."""
    for item in pieces(_at(assessment, "contentPolicy").get("filters")):
        if _counts(item) and isinstance(name := item.get("type"), str):
            yield name.lower(), _SEVERITY.get(str(item.get("confidence")).upper())
    for policy, listed, word in _POLICIES:
        if any(_counts(item) for item in pieces(_at(assessment, policy).get(listed))):
            yield word, None


def _counts(item: dict[str, Any]) -> bool:
    """Say whether a filter fired: it did something, or says that it detected."""
    return item.get("detected") is True or item.get("action") in {"BLOCKED", "ANONYMIZED"}


def _at(tree: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the object at a path, an empty one where there is none."""
    for name in names:
        inner = tree.get(name)
        tree = inner if isinstance(inner, dict) else {}
    return tree
