"""Loading: each document becomes a rule, a correlation or a located problem, whatever the file holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.detect.sigma import Index, Loaded, load, load_text
from seawall.detect.sigma.condition import And
from seawall.model import UsageError

RULE = """\
title: Guardrail removed
id: 7b7ad9a9-5d34-4c5c-8a3e-33f0f1d2a9b1
status: test
level: high
author: Seawall maintainers
tags: [attack.defense-evasion, attack.t1562.008]
falsepositives: [a migration]
logsource:
  product: aws
  service: cloudtrail
detection:
  selection:
    eventSource: bedrock.amazonaws.com
    eventName|startswith: DeleteGuard
  filter_known:
    userIdentity.arn|endswith: [':role/ci', ':role/infra']
  condition: selection and not 1 of filter_*
seawall:
  id: LJ-99
  atlas: [AML.T0054]
  next: [put it back]
  tests:
    positive: [{operation: DeleteGuardrail}]
    negative: [{operation: GetGuardrail}]
"""
CORRELATION = """\
title: Many
name: many
correlation:
  type: value_count
  rules: [LJ-99, other]
  group-by: [who]
  timespan: 5m
  condition: {gte: 3, field: src_net}
  aliases:
    who: {LJ-99: credential_id, other: principal_id}
"""
FILTER = """\
title: Known operators
name: known
logsource: {product: aws}
filter:
  rules: [LJ-99]
  selection: {userIdentity.arn|endswith: ':role/ops'}
  condition: not selection
"""


def test_a_rule_says_all_that_its_file_says() -> None:
    """Id, level, ATT&CK ids, selections, metadata and test events are read as written."""
    (rule,) = load_text(RULE, "g.yml").check().rules
    assert (rule.id, rule.level, rule.attack, rule.author) == ("LJ-99", "high", ("T1562.008",), "Seawall maintainers")
    assert rule.selections == ("selection", "filter_known")
    assert rule.seawall.tests.positive == ({"operation": "DeleteGuardrail"},)
    assert "7b7ad9a9-5d34-4c5c-8a3e-33f0f1d2a9b1" in rule.known_as
    assert dict(rule.lines)["eventName"] == 14


def test_a_correlation_says_all_that_its_file_says() -> None:
    """Kind, rules, span, condition and aliases are read as written, beside rules in the same file."""
    loaded = load_text(RULE + "---\n" + CORRELATION).check()
    (found,) = loaded.correlations
    assert len(loaded.rules) == 1
    assert (found.kind, found.rules, found.timespan_us) == ("value_count", ("LJ-99", "other"), 300_000_000)
    assert (found.bounds, found.fields, found.group_by) == ((("gte", 3),), ("src_net",), ("who",))
    assert found.aliases == (("who", (("LJ-99", "credential_id"), ("other", "principal_id"))),)


# what is put in place of what, on which line the problem is, what it says
BROKEN = [
    ("level: high", "level: dreadful", 4, "dreadful"),
    ("id: 7b7ad9a9", "id: x7b7ad9a9", 2, "UUID"),
    ("title: Guardrail removed", "title: [1]", 1, "title"),
    ("tags: [attack.defense-evasion,", "tags: [7,", 6, "tag"),
    ("eventName|startswith", "eventName|startwith", 14, "startwith"),
    ("eventSource: bedrock.amazonaws.com", "eventSource|re: '(?=a)'", 13, "regular expression"),
    ("eventSource: bedrock.amazonaws.com", "sourceIPAddress|cidr: 198.18.0.1/8", 13, "CIDR"),
    ("eventSource: bedrock.amazonaws.com", "eventSource: {a: b}", 13, "type"),
    ("eventSource: bedrock.amazonaws.com", "eventTime: 2024-01-01", 13, "date"),
    ("eventSource: bedrock.amazonaws.com", "eventSource|expand: '%who%'", 13, "%who%"),
    ("eventSource: bedrock.amazonaws.com", "count: 9007199254740993", 13, "2^53"),
    ("selection and not", "selected and not", 17, "selected"),
    ("selection and not", "(selection and not", 17, "parentheses"),
    ("1 of filter_*", "1 of nothing_*", 17, "nothing_"),
    ("condition: selection and not 1 of filter_*", "condition: [1]", 17, "text"),
    ("condition: selection and not 1 of filter_*", "other: {a: b}", 11, "condition"),
    ("logsource:\n  product: aws\n  service: cloudtrail\n", "", 1, "logsource"),
    ("product: aws", "product: [aws]", 8, "string"),
    ("product: aws", "product: []", 8, "texts"),
    ("falsepositives: [a migration]", "falsepositives: true", 7, "list"),
    ("atlas: [AML.T0054]", "atlas: 5", 18, "atlas"),
    ("positive:", "positiv:", 18, "positiv"),
    ("author: Seawall maintainers", "author: a\nauthor: b", 6, "twice"),
    ("author: Seawall maintainers", "author: }", 5, "not YAML"),
    ("title: Guardrail removed", "action: global", 1, "action"),
]


@pytest.mark.parametrize(("old", "new", "line", "what"), BROKEN, ids=lambda one: str(one)[:24])
def test_a_broken_rule_is_a_located_problem(old: str, new: str, line: int, what: str) -> None:
    """The problem names file and line, says what, has a hint, and no rule comes of the document."""
    assert old in RULE
    loaded = load_text(RULE.replace(old, new), "broken.yml")
    assert not loaded.rules
    assert any(one.line == line and what.lower() in one.what.lower() and one.hint for one in loaded.problems), loaded
    assert all(one.file == "broken.yml" for one in loaded.problems)


BROKEN_CORRELATIONS = [
    ("value_count", "value_mode", 4, "not supported"),
    ("value_count", "value_percentile", 8, "percentile"),
    ("5m", "5 minutes", 3, "timespan"),
    ("condition: {gte: 3, field: src_net}", "condition: {gte: 3}", 3, "field"),
    ("[LJ-99, other]", "[LJ-99, LJ-99]", 5, "twice"),
    ("[LJ-99, other]", "[]", 5, "no rule"),
    ("[LJ-99, other]", "[{a: b}]", 3, ""),
    ("gte: 3", "gte: many", 3, "many"),
]


@pytest.mark.parametrize(("old", "new", "line", "what"), BROKEN_CORRELATIONS, ids=lambda one: str(one)[:24])
def test_a_broken_correlation_is_a_located_problem(old: str, new: str, line: int, what: str) -> None:
    """The problem names the line of the block or key, and no correlation comes of the document."""
    assert old in CORRELATION
    loaded = load_text(CORRELATION.replace(old, new))
    assert not loaded.correlations
    assert any(one.line == line and what in one.what.lower() for one in loaded.problems), loaded.problems


def test_a_filter_narrows_the_rules_that_it_names(tmp_path: Path) -> None:
    """A filter joins its condition to rules of its log, by id or `any`, from any file; one for none is a problem."""
    (plain,) = load_text(RULE).check().rules
    (tmp_path / "a.yml").write_text(FILTER)
    (tmp_path / "b.yml").write_text(RULE)
    (narrowed,) = load([tmp_path]).check().rules
    assert isinstance(narrowed.condition, And)
    assert narrowed.condition.parts[0] == plain.condition
    (anyone,) = load_text(RULE + "---\n" + FILTER.replace("[LJ-99]", "any")).check().rules
    assert anyone.condition == narrowed.condition
    for other in (FILTER.replace("LJ-99", "LJ-98"), FILTER.replace("aws", "azure")):
        (problem,) = load_text(RULE + "---\n" + other).problems
        assert "for no rule" in problem.what
    (problem,) = load_text(FILTER.replace("rules: [LJ-99]", "rules: [7]")).problems
    assert (problem.line, "needs `rules`" in problem.what) == (5, True)


def test_a_problem_shows_its_line_with_a_caret() -> None:
    """Place, what and hint stand on one line, the text below it, and a caret below the key that is wrong."""
    (problem,) = load_text(RULE.replace("eventName|startswith", "eventName|startwith"), "b.yml").problems
    said, text, caret = str(problem).split("\n")
    assert said.startswith("b.yml:14:5: eventName|startwith: ")
    assert said.endswith("(check the field's modifiers and values)")
    assert text == "        eventName|startwith: DeleteGuard"
    assert caret == "        ^"


def test_a_range_is_two_bounds() -> None:
    """Several bounds of a correlation all hold; what is summed may be named with any of them."""
    text = CORRELATION.replace("value_count", "value_sum").replace("gte: 3", "gt: 100, lte: 200.5")
    (found,) = load_text(text).check().correlations
    assert (found.kind, found.bounds) == ("value_sum", (("gt", 100), ("lte", 200.5)))


def test_all_problems_of_a_file_come_at_once() -> None:
    """Three mistakes in a rule, and a fourth in the next document, are four problems, and raise as one error."""
    text = RULE.replace("level: high", "level: x").replace("eventName|", "eventName|x|").replace("arn|", "arn|y|")
    loaded = load_text(text + "---\n- 1\n")
    assert sorted(one.line for one in loaded.problems) == [4, 14, 16, 26]
    with pytest.raises(UsageError, match="4 problems"):
        loaded.check()


def test_rules_of_one_id_are_a_problem(tmp_path: Path) -> None:
    """Two files with the same rule are named, and a path that is not there is a usage error."""
    for name in ("a.yml", "b.yaml"):
        (tmp_path / name).write_text(RULE)
    assert [Path(one.file).name for one in load([tmp_path]).problems] == ["a.yml", "b.yaml"]
    with pytest.raises(UsageError, match="cannot read"):
        load([tmp_path / "c.yml"])


_BOMB = "".join(f"b{n}: &b{n} [{','.join([f'*b{n - 1}' if n else '*a'] * 9)}]\n" for n in range(9))
HOSTILE = [
    "a: &a [1,1,1,1,1,1,1,1,1]\n" + _BOMB,
    "a: &a [*a]", "[" * 5000, "{a: " * 500 + "1" + "}" * 500, "? [a]\n: b", "1: 2", "a: !!python/name:os.system x",
    "a: !!timestamp 9999-99-99", "a: !!int x", 'a: "\\ud800"', "", "---\n---\n", "null", "a: 1\x00",
    "%YAML 9.9\n---\na: b",
    RULE.replace("selection and", "(" * 3000 + "selection" + ")" * 3000 + " and"),
    RULE.replace("selection and", "not " * 900 + "selection and"),
    RULE.replace("startswith: DeleteGuard", "re: '((a{900}){900}){900}'"),
    RULE.replace("startswith: DeleteGuard", "windash: '-a -b -c -d -e'"),
    RULE.replace("1 of filter_*", "1 of " + "*_" * 300),
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_files_end_as_problems(text: str) -> None:
    """Alias bombs, deep nesting, tags, half characters and exploding conditions are problems, and quick ones."""
    loaded = load_text(text)
    assert loaded.problems
    assert not loaded.rules


def judged(text: str | bytes, loaded: Loaded) -> None:
    """What comes out of any file: something for each document, each problem at a place that is there."""
    assert loaded.rules or loaded.correlations or loaded.filters or loaded.problems
    lines = (text if isinstance(text, str) else text.decode(errors="replace")).splitlines()
    for one in loaded.problems:
        assert one.file
        assert one.what
        assert one.hint
        assert str(one)
        assert one.line <= len(lines) + 1
        assert not one.text or one.text == lines[one.line - 1]
    index = Index(loaded.rules)
    assert len(loaded.rules) <= index.cost.rules + len(index.blind)


_junk = st.sampled_from([
    ":", "- ", "\n", "  ", "|", "*", "&a", "*a", "'", '"', "{", "}", "[", "]", "null", "1", "not ", "(", "|re", "\t",
    "é", "|all", "|cidr", "%x%", "1 of ", "---\n", "\\", "?", "rules: ", "#",
])  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 12), _junk), min_size=1, max_size=4))
def test_mutated_rules_never_crash(edits: list[tuple[int, int, str]]) -> None:
    """Whatever is cut from and put into a text of rules, each document loads or has a located problem."""
    text = f"{RULE}---\n{CORRELATION}---\n{FILTER}"
    for place, length, junk in edits:
        text = text[:place] + junk + text[place + length :]
    judged(text, load_text(text))


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 12), _junk), min_size=1, max_size=4))
def test_two_hundred_mutations(edits: list[tuple[int, int, str]]) -> None:
    """The same, two hundred times."""
    test_mutated_rules_never_crash.hypothesis.inner_test(edits)


_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.dates()
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_KEYS = (
    "title", "id", "name", "status", "level", "tags", "related", "logsource", "detection", "correlation", "seawall",
    "author", "falsepositives", "date", "references", "scope", "taxonomy", "filter",
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(_KEYS), _values, st.sampled_from(["", "selection", "condition", "product", "type", "rules"]))
def test_any_value_under_any_key_never_crashes(key: str, value: Any, inner: str) -> None:
    """Every key of the format takes any YAML value, and at worst it is a problem."""
    import yaml

    for text in (RULE, CORRELATION, FILTER):
        document = yaml.safe_load(text)
        if inner and isinstance(document.get(key), dict):
            document[key][inner] = value
        else:
            document[key] = value
        dumped = yaml.safe_dump(document)
        judged(dumped, load_text(dumped))


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_any_bytes_never_crash(text: bytes) -> None:
    """Bytes that are no YAML, or no text, are a problem."""
    judged(text, load_text(text))


@pytest.mark.data
def test_every_sample_rule_loads_and_is_bound_or_blind_for_a_reason(samples: Path) -> None:
    """All 254 real rules load; the others are of logs that no source reads, or ask for fields that it lacks."""
    folder = samples / "logs" / "sigma" / "rules"
    loaded = load([folder]).check()
    assert len(loaded.rules) == 254
    index = Index(loaded.rules)
    unread = [one.what.split()[-1] for one in index.blind if "no source reads" in one.what]
    assert {one.split("/")[0] for one in unread} == {"azure", "gcp", "m365"}
    assert len(unread) == 117
    lacking = sorted({one.what.split()[-1].strip("'") for one in index.blind if "has no field" in one.what})
    assert lacking == ["c-uri-extension", "c-uri-query", "cs-cookie", "cs-host", "dst_ip", "status"]
    assert index.cost.rules == 125
    assert all(one.line > 0 and one.hint for one in index.blind)
