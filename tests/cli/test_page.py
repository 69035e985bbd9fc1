"""The report page says the plain answer first, holds what it must, and lets nothing that a log says become markup."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import re
import sys
import time
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.cli import page
from seawall.cli.page.charts import timeline
from seawall.cli.page.words import brief, period
from seawall.cli.text import likelihood, money, short
from seawall.detect.usage import Slice


def load(name: str) -> ModuleType:
    """Import a file that stands beside this one; tests are no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


results = load("page_results")
VOID = {"meta", "path", "rect", "br"}


class Outline(HTMLParser):
    """The elements of a page, their attributes and its text; it fails on what is not closed in order."""

    def __init__(self, text: str) -> None:
        """Read a page."""
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that closes itself."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element, which must be this one."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note text outside the style sheet."""
        if not self.open or self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        """All words of the page, ordinary spaces between them."""
        return re.sub(r"\s+", " ", " ".join(self.words))

    def texts(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of a kind."""
        return [attrs for name, attrs in self.tags if name == tag]


def headline(text: str) -> str:
    """Return the page's first heading."""
    found = re.search(r"<h1>(.*?)</h1>", text, re.DOTALL)
    assert found is not None
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", found[1])).strip()


def shape(outline: Outline) -> list[tuple[str, tuple[str, ...]]]:
    """Return what a page is made of: its elements and the names of their attributes."""
    return [(tag, tuple(attrs)) for tag, attrs in outline.tags]


@given(st.text(st.characters(), min_size=1, max_size=40) | st.sampled_from(results.HOSTILE))
@settings(max_examples=25, deadline=None)
def test_no_value_becomes_markup(text: str) -> None:
    """Whatever the logs say, the page is made of the same elements and attributes, encodes, and stays small."""
    made = page.render(results.hostile(text))
    plain = Outline(page.render(results.hostile("plain")))
    assert shape(Outline(made)) == shape(plain)
    assert len(made.encode("utf-8")) < 400_000


@given(st.text(st.characters()), st.integers(1, 60))
@settings(max_examples=50)
def test_all_text_is_visible_and_cut(text: str, longest: int) -> None:
    """Text that is shown prints, has no pile of marks, and is no longer than asked for."""
    shown = brief(text, longest)
    assert all(character.isprintable() or character == "\u00a0" for character in shown)
    assert len(shown) <= longest + 30
    assert brief("plain text", 60) == "plain text"
    assert ("characters)" in shown) >= (len(text) > longest)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("evil\u202egpj.exe", "evil\\u{202e}gpj.exe"),
        ("nul\x00", "nul\\u{0}"),
        ("lone\ud800", "lone\\u{d800}"),
        ("z" + "\u0308" * 5, "z" + "\u0308" * 3 + "\\u{308}" * 2),
        (None, "–"),
        ("W" * 500, "W" * 400 + "… (500 characters)"),
    ],
)
def test_what_does_not_print_is_written_out(raw: str | None, shown: str) -> None:
    """Overrides, controls, lone surrogates and piles of marks stand as their code points; long text says its length."""
    assert brief(raw) == shown


@given(
    st.lists(
        st.tuples(st.integers(-17_000_000, 69_000_000), st.integers(0, 10**12), st.none() | st.floats()), max_size=30
    ),
    st.lists(st.integers(-17_000_000, 69_000_000), min_size=3, max_size=3),
    st.sampled_from([(960, 220), (340, 190)]),
)
@settings(max_examples=50, deadline=None)
def test_every_time_line_fits_its_frame(
    hours: list[tuple[int, int, float | None]], times: list[int], size: tuple[int, int]
) -> None:
    """For any hours of any year and any cost a log may claim, bars, shade and labels lie within the drawing."""

    def moment(hour: int) -> str:
        day = hour // 24 + 719_163  # 1970-01-01 as an ordinal
        return f"{results.datetime.fromordinal(day):%Y-%m-%d}".rjust(10, "0") + f"T{hour % 24:02}:00:00Z"

    first, opened, last = (moment(hour) for hour in sorted(times))
    slices = [Slice(moment(hour), calls, 1, cost, 0) for hour, calls, cost in sorted(hours, key=lambda each: each[0])]
    chart = timeline(slices, first, opened, last, width=size[0], height=size[1])
    if chart is None:
        assert all(hour < min(times) for hour, _, _ in hours)
        return
    starts = [float(x) for x in re.findall(r"M([\d.]+) ", chart.outside + chart.within)]
    talls = [float(tall) for tall in re.findall(r"v-([\d.]+)h", chart.outside + chart.within)]
    assert len(starts) == len(talls) <= chart.width / 6 + 1
    assert all(chart.left <= x <= chart.width for x in [*starts, *(tick.at for tick in chart.across)])
    assert all(0 < tall <= chart.floor - chart.top + 0.1 for tall in talls)
    assert chart.left <= chart.shade[0] <= chart.width
    assert len(chart.across) <= chart.width / 75 + 1


def test_the_incident_is_drawn_apart_from_what_came_before() -> None:
    """Use before the theft and within it are two paths, and three weeks before it are in view."""
    hours = [Slice(results.at(day), 10 if day < 30 else 500, 1, None, 0) for day in range(33)]
    chart = timeline(hours, results.at(30), results.at(31), results.at(33), width=960, height=220)
    assert chart is not None
    assert chart.measure == "Calls per 6 hours"
    assert (chart.outside.count("M"), chart.within.count("M")) == (21, 3)
    assert chart.opened is not None
    assert chart.opened > chart.shade[0]


KEY = results.KEY
SURE, DOUBT = results.week().incidents


@pytest.mark.parametrize(
    ("incidents", "answer"),
    [
        ((SURE,), "One stolen key in use since 26 Oct 2026, at least $12,480 so far."),
        (
            (SURE, msgspec.structs.replace(SURE, id="later")),
            "One stolen key in use since 26 Oct 2026, at least $24,961",
        ),
        ((SURE, msgspec.structs.replace(SURE, credential_id="b")), "Two stolen keys in use since 26 Oct 2026"),
        ((SURE, DOUBT), "One stolen key in use since 26 Oct 2026, at least $12,480 so far."),
        ((DOUBT,), "One key that may be stolen in use 31 Oct 2026, at least $31.20 in all."),
        (
            (msgspec.structs.replace(SURE, rule="new", cost_usd=None),),
            "One incident in use since 26 Oct 2026, at a cost",
        ),
        ((msgspec.structs.replace(SURE, status="withdrawn"),), "No incident found."),
    ],
)
def test_the_answer_comes_first(incidents: tuple[results.Finding, ...], answer: str) -> None:
    """The first heading says how many keys, since when and at what cost, and no more than is known."""
    assert headline(page.render(results.calm(findings=incidents))).startswith(answer)


def test_no_incident_is_not_called_safe() -> None:
    """Without incidents the page says that no finding is not no theft, and what was blind; without input, just that."""
    calm = Outline(page.render(results.calm())).text
    assert "No finding is not no theft: 2 rules were blind, 13 records could not be read." in calm
    assert "no log read here fills src_country" in calm
    assert headline(page.render(results.empty())) == "Nothing was read, so nothing can be said."


def test_a_card_tells_all_that_is_known() -> None:
    """What, since when, cost, how sure, why, what to do, evidence, ids, and use before and since stand on the page."""
    text = Outline(page.render(results.week())).text
    for told in (
        "Stolen key in use", "26 Oct 2026", "$12,480", "$1,825", "Very likely", "confidence 0.85", SURE.why, *SURE.next,
        "Novel source", "Volume anomaly", "Denied-model sweep", *SURE.event_ids, "203.0.113.0/24", "T1496.004",
        "AML.T0040", "Harbor Analytics 3", "Cost per 6 hours", "Tokens per day", "3 networks in 3 countries, 2 new",
        "140 unpriced", "known: the new office", "logs/2026/part-7.json.gz:49", "truncated gzip", "openai.usage",
        "eventSource is not about AI use", "Offline: nothing left this machine",
    ):  # fmt: skip
        assert told in text, told


def test_parts_stand_in_their_card_and_nowhere_else() -> None:
    """A finding that is part of an incident is not listed again among the others."""
    text = Outline(page.render(results.week())).text
    assert "13 findings that belong to no incident" in text
    assert text.count("Denied-model sweep") == 1


def test_the_policy_allows_the_style_sheet_and_nothing_else() -> None:
    """The policy stands before all it governs and names the hash of the very text between the style tags."""
    made = page.render(results.week())
    sheet = re.findall(r"<style>(.*?)</style>", made, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(sheet[0].encode()).digest()).decode()
    outline = Outline(made)
    policy = next(each["content"] for each in outline.texts("meta") if "http-equiv" in each)
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert len(sheet) == 1
    assert made.index("Content-Security-Policy") < made.index("<style>")
    names = {name for _, attrs in outline.tags for name in attrs}
    assert not names & {"style", "src", "srcset", "action"}
    assert not [name for name in names if name.startswith("on")]
    assert all((each["href"] or "").startswith("#") for each in outline.texts("a"))
    assert not outline.texts("script")
    assert "http://" not in made
    assert "https://" not in made


def test_the_page_is_bounded_and_says_what_it_leaves_out() -> None:
    """Ten thousand findings, each with the longest texts, give less than 5 MB, soon, and a count of what is hidden."""
    started = time.process_time()
    made = page.render(results.huge('"' * 10_000))
    assert len(made.encode()) < 5_000_000
    assert time.process_time() - started < 10
    text = Outline(made).text
    assert "4,948 more incidents not shown here" in text
    assert "more findings not shown here" in text
    assert "4,800 more credentials not shown here" in text


def test_old_logs_are_not_news() -> None:
    """What was open in logs that ended long ago is not said to go on today."""
    old = results.calm(findings=(SURE,), judged_at=results.at(60))
    assert headline(page.render(old)) == "One stolen key in use 26 Oct – 2 Nov 2026, at least $12,480 in all."
    text = Outline(page.render(old)).text
    assert "not over when the logs end" in text
    assert "still going on" not in text


def test_a_cost_that_most_calls_lack_is_not_drawn() -> None:
    """Where the theft has no price, its calls are drawn, though earlier use had one."""
    hours = [Slice(results.at(day), 10, 1, 2.5 if day < 30 else None, 0) for day in range(33)]
    chart = timeline(hours, results.at(30), results.at(30), results.at(33), width=960, height=220)
    assert chart is not None
    assert chart.measure == "Calls per 6 hours"
    assert chart.within.count("M") == 3


def test_an_incident_about_a_network_names_it() -> None:
    """Where neither key nor owner is the subject, the card names what is."""
    about = (results.Entity("network", "198.51.100.0/24", "subject"), results.Entity("credential", KEY))
    changed = msgspec.structs.replace(
        SURE, rule="resale-proxy", title="Resale proxy", credential_id=None, owner_id=None, entities=about
    )
    made = page.render(results.calm(findings=(changed,)))
    assert headline(made).startswith("One resale proxy in use since 27 Oct 2026")
    assert re.search(r'<p class="subject">\s*network <code>198\.51\.100\.0/24</code>', made)


def test_ids_are_unique_and_headings_in_order() -> None:
    """No two elements share an id, every reference finds its element, no heading level is skipped."""
    outline = Outline(page.render(results.week()))
    ids = [attrs["id"] for _, attrs in outline.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    named = {attrs["aria-labelledby"] for _, attrs in outline.tags if "aria-labelledby" in attrs}
    assert named | {(each["href"] or "")[1:] for each in outline.texts("a")} <= set(ids)
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all("scope" in each for each in outline.texts("th"))


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (1.0, "almost certain"), (0.85, "very likely"), (0.6, "likely"), (0.5, "roughly even chance"),
        (0.35, "unlikely"), (0.1, "very unlikely"), (0.0, "almost no chance"),
    ],
)  # fmt: skip
def test_confidence_is_said_in_the_words_of_icd_203(confidence: float, words: str) -> None:
    """Each band of likelihood has its word."""
    assert likelihood(confidence) == words


def test_figures_are_short_and_true() -> None:
    """Money, axis figures and periods read as people write them."""
    assert [money(each) for each in (None, 0, 0.001, 12.5, 1234.6)] == [
        "unknown",
        "$0.00",
        "< $0.01",
        "$12.50",
        "$1,235",
    ]
    assert [short(each) for each in (0, 1.79, 999.7, 12_345, 999_960, 4e13)] == [
        "0",
        "1.79",
        "1k",
        "12.3k",
        "1M",
        "40T",
    ]
    spans = [period(results.at(0), results.at(day)).replace("\u00a0", " ") for day in (0.5, 2, 21, 100)]
    assert spans == ["12 Oct 2026", "12 – 14 Oct 2026", "12 Oct – 2 Nov 2026", "12 Oct 2026 – 20 Jan 2027"]
