"""The bitmap index: equal to looking at each event alone, whatever the rules, the order and the batches."""

from __future__ import annotations

import ipaddress
import json
import re
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.detect.sigma import Index, load_text
from seawall.detect.sigma import bitmap as module

COLUMNS = ("operation", "user_agent", "src_ip", "input_tokens")
WORDS = ("a", "A", "ab", "a*b", "a?", "\\*", "b\\\\", "", "*", "é", "É", "x.y", "7", "198.18.0.1")
VALUES = ("a", "A", "ab", "aXb", "*", "b\\", "", "é", "x.y", "xzy", "7", "198.18.0.1", "198.18.1.1", "2001:db8::1")

events = st.lists(
    st.fixed_dictionaries({
        "operation": st.none() | st.sampled_from(VALUES),
        "user_agent": st.none() | st.sampled_from(VALUES),
        "src_ip": st.none() | st.sampled_from(VALUES),
        "input_tokens": st.none() | st.integers(0, 9),
    }),
    max_size=12,
)  # fmt: skip
_words = st.sampled_from(WORDS)
_texts = st.one_of(_words, st.lists(_words, min_size=2, max_size=3))
_modified = st.sampled_from(["", "|contains", "|startswith", "|endswith", "|cased", "|contains|all", "|contains|cased"])
_columns = st.sampled_from(COLUMNS)
items = st.one_of(
    st.tuples(st.builds(str.__add__, _columns, _modified), _texts),
    st.tuples(_columns, st.none()),
    st.tuples(_columns.map("{}|exists".format), st.booleans()),
    st.tuples(_columns.map("{}|re".format), st.sampled_from(["^a", "b$", "a.b", "[0-9]", "(?i)AB"])),
    st.tuples(_columns.map("{}|cidr".format), st.sampled_from(["198.18.0.0/24", "2001:db8::/32", "198.18.0.1/32"])),
    st.tuples(_columns.map("{}|lte".format), st.integers(0, 9)),
    st.tuples(_columns, st.integers(0, 9)),
    st.tuples(_columns.map("{}|neq".format), _words),
    st.tuples(_columns.map("{}|fieldref".format), _columns),
    st.tuples(_columns.map("{}|fieldref|startswith".format), _columns),
)
_maps = st.lists(items, min_size=1, max_size=3).map(dict)
selections = _maps | st.lists(_maps, min_size=2, max_size=2)
_names = st.sampled_from(["s1", "s2", "s3", "1 of s*", "all of them"])
conditions = st.recursive(
    _names,
    lambda inner: st.one_of(
        inner.map("not ({})".format),
        st.tuples(inner, inner).map("({0[0]}) and ({0[1]})".format),
        st.tuples(inner, inner).map("({0[0]}) or ({0[1]})".format),
    ),
    max_leaves=5,
)
details = st.tuples(st.tuples(selections, selections, selections), conditions)


def document(name: str, selected: tuple[Any, ...], condition: str) -> str:
    """Return a rule file; JSON is YAML."""
    detection = {f"s{number}": selection for number, selection in enumerate(selected, 1)}
    rule = {"title": name, "name": name, "logsource": {"product": "seawall"}}
    return json.dumps(rule | {"detection": detection | {"condition": condition}}) + "\n"


def rules(made: list[tuple[tuple[Any, ...], str]]) -> Any:
    """Load rules named r0, r1 and so on."""
    texts = [document(f"r{number}", *one) for number, one in enumerate(made)]
    return load_text("---\n".join(texts)).check().rules


def table(rows: list[dict[str, Any]]) -> pa.Table:
    """Return an Arrow table of events."""
    types = dict.fromkeys(COLUMNS, pa.string()) | {"input_tokens": pa.int64()}
    return pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in types.items()})


def found(index: Index, rows: list[dict[str, Any]]) -> set[tuple[str, int]]:
    """Return the (rule, row) pairs of a match."""
    return {(rule, int(row)) for rule, places in index.match(table(rows)).rows.items() for row in places}


# The oracle: one event at a time, from the rule as written, with nothing of the index.


def naive_wildcards(word: str, value: str, modifiers: list[str]) -> bool:
    """Match one word as Sigma writes it; `re` is fine on our own words."""
    pattern = ""
    parts = re.findall(r"\\[\\*?]|\\|.", word, re.DOTALL)
    for part in parts:
        pattern += {"*": ".*", "?": "."}.get(part, re.escape(part[1:] if len(part) > 1 else part))
    pattern = ("" if "startswith" in modifiers or not {"contains", "endswith"} & {*modifiers} else ".*") + pattern
    pattern += ".*" if {"contains", "startswith"} & {*modifiers} else ""
    return re.fullmatch(pattern, value, re.DOTALL | (0 if "cased" in modifiers else re.IGNORECASE)) is not None


def naive_value(event: dict[str, Any], field: str, modifiers: list[str], wanted: Any) -> bool:
    """Decide one value of one item."""
    value = event[field]
    if "exists" in modifiers:
        return (value is not None) == wanted
    if value is None or wanted is None:
        return value is None and wanted is None
    text = str(value)
    number = float(text) if re.fullmatch(r"[0-9]+", text) else None
    if "fieldref" in modifiers:
        other = event[wanted]
        if other is None:
            return False
        mine, theirs = text.lower(), str(other).lower()
        return mine.startswith(theirs) if "startswith" in modifiers else mine == theirs
    if "re" in modifiers:
        return re.search(wanted, text) is not None
    if "cidr" in modifiers:
        try:
            return ipaddress.ip_address(text) in ipaddress.ip_network(wanted)
        except ValueError:
            return False
    if isinstance(wanted, int):
        return number is not None and (number <= wanted if "lte" in modifiers else number == wanted)
    return naive_wildcards(wanted, text, modifiers)


def naive_selection(event: dict[str, Any], selection: Any) -> bool:
    """Decide a map (all of its items) or a list of maps (any)."""
    if isinstance(selection, list):
        return any(naive_selection(event, one) for one in selection)
    for key, wanted in selection.items():
        field, *modifiers = key.split("|")
        values = wanted if isinstance(wanted, list) else [wanted]
        decided = [naive_value(event, field, modifiers, one) for one in values]
        if (all(decided) if "all" in modifiers else any(decided)) == ("neq" in modifiers):
            return False
    return True


def naive(event: dict[str, Any], selected: tuple[Any, ...], condition: str) -> bool:
    """Decide a rule: its condition is Python once the names are booleans."""
    truth = [naive_selection(event, one) for one in selected]
    words = condition.replace("1 of s*", str(any(truth))).replace("all of them", str(all(truth)))
    for number, one in enumerate(truth, 1):
        words = words.replace(f"s{number}", str(one))
    return bool(eval(words))  # noqa: S307 - only and, or, not, brackets, True and False are left


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(details, min_size=1, max_size=4), events)
def test_the_index_equals_each_event_on_its_own(made: list[Any], rows: list[dict[str, Any]]) -> None:
    """Whatever the rules and the events, a row matches exactly if the rule holds for that event alone."""
    expected = {
        (f"r{number}", place)
        for number, one in enumerate(made)
        for place, event in enumerate(rows)
        if naive(event, *one)
    }
    assert found(Index(rules(made)), rows) == expected


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(details, min_size=2, max_size=4), events, st.integers(0, 12), st.randoms())
def test_batches_and_order_change_nothing(made: list[Any], rows: list[dict[str, Any]], cut: int, random: Any) -> None:
    """A batch cut in two, the rules in another order, and columns of dictionaries give the same matches."""
    loaded = rules(made)
    whole = found(Index(loaded), rows)
    first, rest = found(Index(loaded), rows[:cut]), found(Index(loaded), rows[cut:])
    assert first | {(rule, row + min(cut, len(rows))) for rule, row in rest} == whole
    shuffled = random.sample(loaded, len(loaded))
    assert found(Index(shuffled), rows) == whole
    chunks = pa.concat_tables([table(rows[:cut]), table(rows[cut:])])
    encoded = pa.table({
        name: chunks[name].dictionary_encode() if name != "input_tokens" else chunks[name] for name in COLUMNS
    })  # fmt: skip
    matched = Index(loaded).match(encoded).rows
    assert {(rule, int(row)) for rule, places in matched.items() for row in places} == whole


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(details, min_size=1, max_size=3), events)
def test_trees_beyond_the_limit_mean_the_same(made: list[Any], rows: list[dict[str, Any]]) -> None:
    """A condition with too many conjuncts is evaluated as a tree, with the same outcome."""
    loaded = rules(made)
    expected = found(Index(loaded), rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MAX_CONJUNCTS", 0)
        index = Index(loaded)
    assert index.cost.trees == len(loaded)
    assert found(index, rows) == expected


def test_a_condition_that_explodes_is_not_expanded() -> None:
    """A conjunction of many disjunctions over many columns stays a tree instead of 2^n conjuncts."""
    pairs = [{f"{a}": "1"} for a in COLUMNS]
    detection = {f"s{n}": [pairs[n % 4], pairs[(n + 1) % 4] | {"region": str(n)}] for n in range(40)}
    text = json.dumps({
        "title": "t", "name": "t", "logsource": {"product": "seawall"},
        "detection": detection | {"condition": "all of s*"},
    })  # fmt: skip
    cost = Index(load_text(text).check().rules).cost
    assert (cost.trees, cost.conjuncts) == (1, 0)


def test_equal_literals_are_shared_between_rules() -> None:
    """A hundred rules that ask the same of the same columns cost as many leaves as one."""
    made = [(({"operation": "a"}, {"user_agent|contains": ["a", "ab"]}, {"src_ip": None}), "all of them")]
    assert Index(rules(made * 100)).cost.leaves == Index(rules(made)).cost.leaves == 3


def test_a_column_that_is_missing_is_an_error() -> None:
    """A table without a column that rules read is refused, never matched as if it were all null."""
    index = Index(rules([(({"operation": "a"}, {"operation": "b"}, {"operation": "c"}), "1 of s*")]))
    assert index.cost.columns == ("operation",)
    with pytest.raises(KeyError):
        index.match(pa.table({"user_agent": ["a"]}))


@pytest.mark.parametrize("few", [0.0, 1.0])
def test_rows_by_value_equal_rows_by_pass(few: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """However a table's rows are collected, they are the same and ascend."""
    monkeypatch.setattr("seawall.detect.sigma.vocabulary._OFTEN", 0)
    monkeypatch.setattr("seawall.detect.sigma.vocabulary._FEW", few)
    made = [(({"operation": ["a", "x.y"]}, {"operation": "é"}, {"operation": None}), "1 of s*")]
    column = ["x.y", "b", None, "a", "É", "a", "ab", "7"] * 3
    rows = [dict.fromkeys(COLUMNS) | {"operation": value} for value in column]
    matched = Index(rules(made)).match(table(rows)).rows["r0"].tolist()
    assert matched == [place for place, value in enumerate(column) if value in {"x.y", None, "a", "É"}]
