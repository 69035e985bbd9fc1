"""From pySigma's parse to our condition tree.

In: the `detection` block of a rule as plain values, and what the rule's `%placeholders%` stand for. Out: a tree of
literals that name the rule's own fields. pySigma parses and applies modifiers; its objects end here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import re2
from sigma import conditions, types
from sigma.exceptions import SigmaError
from sigma.policy import SigmaPolicy
from sigma.policy.regex_engine import RegexEngine
from sigma.rule import SigmaDetection, SigmaDetections

from seawall.detect.sigma.condition import And, Not, Or, Tree
from seawall.detect.sigma.literals import (
    Compare,
    Exists,
    Literal,
    Network,
    Null,
    Number,
    Part,
    Regex,
    SameAs,
    Test,
    Text,
    Wild,
    fold,
)

Placeholders = Mapping[str, Iterable[str]]

#: What pySigma raises on values of a shape that it does not foresee, beside its own errors.
FAULTS: Final = (SigmaError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)

_MAX_CONDITION: Final = 4_096
_MAX_PARENTHESES: Final = 32
_MAX_LITERALS: Final = 200_000
_TOO_COARSE: Final = 1 << 53
_QUIET: Final = re2.Options()
_QUIET.log_errors = False
_FLAGS: Final = {"IGNORECASE": "i", "MULTILINE": "m", "DOTALL": "s"}


class _LinearTime(RegexEngine):  # type: ignore[misc] # pySigma is read without its types
    """RE2, as pySigma's default, but silent: a bad pattern is our problem to report."""

    error = re2.error

    def compile(self, pattern: str, flags: int = 0) -> Any:
        """Compile a pattern; `flags` are those of `re`."""
        given = "".join(letter for letter in "ims" if flags & getattr(re, letter.upper()))
        return re2.compile(f"(?{given}){pattern}" if given else pattern, options=_QUIET)


POLICY: Final = SigmaPolicy(regex_engine=_LinearTime())


class UnsupportedError(ValueError):
    """A value that pySigma accepts and that makes no sense where it stands; `field` says where."""

    def __init__(self, field: str | None, what: str) -> None:
        super().__init__(what)
        self.field = field


def detection(definition: Any) -> SigmaDetection:
    """Parse one selection.

    Raises:
        any of FAULTS: it is none.
    """
    return SigmaDetection.from_definition(definition, policy=POLICY)


def condition(selections: dict[str, SigmaDetection], lines: list[str], placeholders: Placeholders) -> Tree:
    """Return the tree of a rule: any of its condition lines.

    Raises:
        any of FAULTS: a condition is not one, or names what is not there; `UnsupportedError` among them.
    """
    size = sum(_size(selection) for selection in selections.values())
    for line in lines:
        deepest = max((line[:end].count("(") - line[:end].count(")") for end in range(len(line) + 1)), default=0)
        if len(line) > _MAX_CONDITION or deepest > _MAX_PARENTHESES or size * len(line.split()) > _MAX_LITERALS:
            raise UnsupportedError(None, "the condition is too long, too deep or names too much")
    parsed = SigmaDetections(selections, lines, policy=POLICY).parsed_condition
    trees = tuple(_tree(line.parsed, placeholders) for line in parsed)
    return trees[0] if len(trees) == 1 else Or(trees)


def _size(item: Any) -> int:
    return sum(map(_size, item.detection_items)) if isinstance(item, SigmaDetection) else max(1, len(item.value))


def _tree(node: Any, placeholders: Placeholders) -> Tree:
    if isinstance(node, conditions.ConditionNOT):
        return Not(_tree(node.args[0], placeholders))
    if isinstance(node, conditions.ConditionAND | conditions.ConditionOR):
        parts = tuple(_tree(part, placeholders) for part in node.args)
        return And(parts) if isinstance(node, conditions.ConditionAND) else Or(parts)
    if isinstance(node, conditions.ConditionFieldEqualsValueExpression):
        return _values(node.field, node.value, placeholders)
    if isinstance(node, conditions.ConditionValueExpression):
        return _values(None, node.value, placeholders)
    raise UnsupportedError(None, "the condition names nothing")


def _values(field: str | None, value: types.SigmaType, placeholders: Placeholders) -> Tree:
    """Return the literal for a value, or all of those it expands to, of which any may hold."""
    expanded: list[types.SigmaType] = []
    if isinstance(value, types.SigmaExpansion):
        expanded = value.values
    elif isinstance(value, types.SigmaString | types.SigmaRegularExpression) and value.contains_placeholder():
        expanded = _filled(field, value, placeholders)
    else:
        return Literal(field, _test(field, value))
    return Or(tuple(_values(field, one, placeholders) for one in expanded))


def _filled(field: str | None, value: Any, placeholders: Placeholders) -> list[types.SigmaType]:
    def known(placeholder: types.Placeholder) -> Iterator[types.SigmaString]:
        if placeholder.name not in placeholders:
            raise UnsupportedError(field, f"nothing is known for the placeholder %{placeholder.name[:60]}%")
        yield from map(types.SigmaString, placeholders[placeholder.name])

    filled = value.replace_placeholders(known)
    if isinstance(value, types.SigmaCasedString):
        filled = [types.SigmaCasedString.from_sigma_string(one) for one in filled]
    return list(filled)


def _test(field: str | None, value: Any) -> Test:
    if isinstance(value, types.SigmaString):
        return _text(value, keyword=field is None)
    if isinstance(value, types.SigmaRegularExpression):
        flags = "".join(sorted(_FLAGS[flag.name] for flag in value.flags))
        return Regex(f"(?{flags}){value.regexp}" if flags else str(value.regexp))
    if isinstance(value, types.SigmaBool | types.SigmaNumber) and field is None:
        return _text(types.SigmaString(str(value)), keyword=True)
    if field is None:
        raise UnsupportedError(None, f"a {type(value).__name__.removeprefix('Sigma')} needs a field")
    number = getattr(value, "number", 0)
    if abs(getattr(number, "number", number)) >= _TOO_COARSE:
        raise UnsupportedError(field, "a number beyond 2^53 is not exact: write it as text, in quotes")
    for kind, make in _MAKERS:
        if isinstance(value, kind):
            return make(value)
    raise UnsupportedError(field, f"values of type {type(value).__name__.removeprefix('Sigma')} cannot be matched")


def _text(value: types.SigmaString, *, keyword: bool) -> Text:
    cased = isinstance(value, types.SigmaCasedString)
    parts: list[str | Wild] = [Wild.MANY] if keyword else []
    for part in value.s:
        if isinstance(part, str):
            piece = part if cased else fold(part)
            if parts and isinstance(parts[-1], str):
                parts[-1] += piece
            elif piece:
                parts.append(piece)
        elif part is types.SpecialChars.WILDCARD_SINGLE:
            parts.append(Wild.ONE)
        elif not parts or parts[-1] is not Wild.MANY:
            parts.append(Wild.MANY)
    if keyword and parts[-1] is not Wild.MANY:
        parts.append(Wild.MANY)
    return Text(tuple(parts), cased)


def _compare(value: types.SigmaCompareExpression) -> Test:
    op = value.op.name.lower()
    if isinstance(value.number, types.SigmaTimestampPart):
        return Part(value.number.timestamp_part.name.lower(), op, value.number.number)
    return Compare(op, value.number.number)


def _network(value: types.SigmaCIDRExpression) -> Test:
    network = value.network
    return Network(network.version, int(network.network_address), int(network.broadcast_address))


#: The first kind that fits makes the test: the special ones stand before the general ones.
_MAKERS: Final[tuple[tuple[Any, Callable[[Any], Test]], ...]] = (
    (types.SigmaNull, lambda _: Null()),
    (types.SigmaExists, lambda value: Exists(value.exists)),
    (types.SigmaBool, lambda value: Text((str(value).lower(),))),
    (types.SigmaTimestampPart, lambda value: Part(value.timestamp_part.name.lower(), "eq", value.number)),
    (types.SigmaNumber, lambda value: Number(value.number)),
    (types.SigmaCompareExpression, _compare),
    (types.SigmaCIDRExpression, _network),
    (types.SigmaFieldReference, lambda value: SameAs(value.field, value.starts_with, value.ends_with)),
)
