"""What the body of an Azure OpenAI answer says: tokens, model, error, and what the content filter did.

In: a body as API Management logs it (JSON, or server-sent events of a stream; often cut off at its limit). Out: an
`Answer`; a body that is cut off says at least whether it was blocked. Nothing of the content is kept.
Source: Azure OpenAI's reference of content filtering (`content_filter_results`, `ResponsibleAIPolicyViolation`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from seawall.sources.fields import inner
from seawall.sources.values import count, text

_SEVERITIES: Final = {"safe": 0, "low": 2, "medium": 4, "high": 6}
_RESULTS: Final = frozenset({"content_filter_result", "content_filter_results"})
_BLOCKS: Final = ("ResponsibleAIPolicyViolation", '"code":"content_filter"', '"finish_reason":"content_filter"')
#: The filter's results lie shallow; content that nests deeper is not searched, nor is more than this many nodes.
_MOST_NODES: Final = 20_000
_MOST_CHUNKS: Final = 2_000


class Answer(msgspec.Struct, frozen=True):
    """Tokens, model and error as the body has them; `categories` sorted, `severity` 0/2/4/6, the worst of all."""

    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    image_count: int | None = None
    error_code: str | None = None
    blocked: bool = False
    categories: str | None = None
    severity: int | None = None


def answer(body: object) -> Answer:
    """Return what an answer's body says; a body that is absent, or no answer of a model, says nothing."""
    if not isinstance(body, str | dict) or not body:
        return Answer()
    parts = list(_chunks(body))
    if not parts:
        return Answer(blocked=_blocked_text(body if isinstance(body, str) else ""))
    whole: dict[str, Any] = {}
    for part in parts:
        whole |= {name: value for name, value in part.items() if value}
    error = inner(whole.get("error"))
    usage = inner(whole.get("usage")) or inner(inner(whole.get("response")).get("usage"))
    made = whole.get("data")
    categories, severity, finished = _filter(parts)
    code = text(error.get("code"))
    return Answer(
        model=text(whole.get("model")),
        input_tokens=count(usage.get("prompt_tokens", usage.get("input_tokens"))),
        output_tokens=count(usage.get("completion_tokens", usage.get("output_tokens"))),
        cached_tokens=_cached(usage),
        image_count=len(made) if isinstance(made, list) and _pictures(made) else None,
        error_code=code,
        blocked=finished or "content_filter" in {code, text(error.get("type"))} or _violates(error),
        categories=",".join(sorted(categories)) or None,
        severity=severity,
    )


def _chunks(body: str | dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the body's object, or the objects of a stream's `data:` lines."""
    if isinstance(body, dict) or not body.lstrip().startswith(("data:", "event:")):
        whole = inner(body)
        if whole:
            yield whole
        return
    for line in body.splitlines()[:_MOST_CHUNKS]:
        part = inner(line[5:]) if line.startswith("data:") else {}
        if part:
            yield part


def _blocked_text(body: str) -> bool:
    """Say whether a cut-off body tells of a block; a model's words cannot look so, since their quotes are escaped."""
    close = body.replace('": "', '":"')
    return any(sign in close for sign in _BLOCKS[1:]) or f'"code":"{_BLOCKS[0]}"' in close


def _violates(error: dict[str, Any]) -> bool:
    return text(inner(error.get("innererror")).get("code")) == _BLOCKS[0]


def _cached(usage: dict[str, Any]) -> int | None:
    details = inner(usage.get("prompt_tokens_details")) or inner(usage.get("input_tokens_details"))
    return count(details.get("cached_tokens"))


def _pictures(made: list[Any]) -> bool:
    return any(isinstance(each, dict) and ({"url", "b64_json"} & each.keys()) for each in made)


def _filter(parts: list[dict[str, Any]]) -> tuple[set[str], int | None, bool]:
    """Return the categories that fired, the worst severity named, and whether a choice ended with the filter."""
    fired: set[str] = set()
    worst: int | None = None
    finished = False
    stack: list[Any] = list(parts)
    for _ in range(_MOST_NODES):
        if not stack:
            break
        node = stack.pop()
        if isinstance(node, dict):
            finished = finished or "content_filter" in (node.get("finish_reason"), node.get("reason"))
            for name in _RESULTS & node.keys():
                for category, found in inner(node[name]).items():
                    fired |= {category[:40]} if _fired(found) else set()
                    worst = _worse(worst, found)
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)
    return fired, worst, finished


def _fired(found: object) -> bool:
    """A category fired if it filtered or detected; a list of blocklists, if one of them did."""
    if isinstance(found, list):
        return any(isinstance(each, dict) and each.get("filtered") is True for each in found)
    return isinstance(found, dict) and (found.get("filtered") is True or found.get("detected") is True)


def _worse(worst: int | None, found: object) -> int | None:
    severity = _SEVERITIES.get(str(found.get("severity"))) if isinstance(found, dict) else None
    return worst if severity is None else max(severity, worst or 0)
