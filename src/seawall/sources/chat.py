"""The text of a prompt, out of the shapes in which logs keep messages.

In: a text, a list of messages, a request body, or any of these as JSON inside a text. Out: the words of all messages,
one after the other, or the columns of their fingerprint; never pictures, sounds or tool results.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from seawall.sources.prompts import fingerprint

#: Members that hold words or lead to them, in the order in which a request is read.
_MEMBERS: Final = ("system", "instructions", "prompt", "input", "messages", "body", "parts", "content", "text")
_NO_WORDS: Final = frozenset({"blob", "uri", "file", "image", "image_url", "input_image", "input_audio"})
#: What gateways write where content logging is off.
_REDACTED: Final = frozenset({"redacted-by-litellm", "[REDACTED]", "REDACTED"})
_ANY: Final = msgspec.json.Decoder()


def prompt_text(logged: object) -> str | None:
    """Return the words of a logged prompt, joined by line ends; None where there are none, or they are redacted."""
    words: list[str] = []
    stack = [logged]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            inner = _json_inside(node)
            if inner is not None:
                stack.append(inner)
            elif node.strip() and node not in _REDACTED:
                words.append(node)
        elif isinstance(node, list):
            stack.extend(reversed(node))
        elif isinstance(node, dict) and str(node.get("type")) not in _NO_WORDS:
            stack.extend(node[name] for name in reversed(_MEMBERS) if name in node)
    return "\n".join(words) or None


def _json_inside(written: str) -> Any:
    """Return the list or object that a text holds as JSON, else None; each level halves the text, so that this ends."""
    if not written.lstrip().startswith(("[", "{")):
        return None
    try:
        return _ANY.decode(written)
    except (msgspec.DecodeError, RecursionError):
        return None


def prompt_columns(words: str | None, key: bytes) -> dict[str, Any]:
    """Return the event's columns of a prompt, by its fingerprint under `key`; none where there is no prompt."""
    if not words:
        return {}
    prompt = fingerprint(words, key)
    return {"prompt_hash": prompt.hash, "prompt_sketch": prompt.sketch, "prompt_chars": prompt.chars}
