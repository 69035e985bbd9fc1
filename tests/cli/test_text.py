"""Text for a terminal: whatever comes in, what goes out is printable, and no wider than it should be."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seawall.cli.text import WIDTH, clean, counted, fit, likelihood, money, short, width, wrapped

#: What logs hold when an adversary writes them: escapes, directions, wide and combining characters, long words.
TEXT = st.text(st.sampled_from("aé/ \n\t\x1b[31m\x07\u202e\u200d漢字🦀\u0308-.:") | st.characters(), max_size=300)


@given(TEXT)
@settings(max_examples=50)
def test_nothing_printed_can_obey_a_terminal(text: str) -> None:
    """Cleaned text is printable throughout: no control character, no change of direction."""
    assert all(each.isprintable() for each in clean(text))
    assert len(clean(text)) == len(text)


@given(TEXT, st.integers(0, 30), st.integers(0, 30))
@example("/" * 400, 4, 8)
@example("漢" * 200, 3, 3)
@example("0" * 80, 1, 0)
@settings(max_examples=50)
def test_no_line_is_wider_than_the_terminal(text: str, first: int, rest: int) -> None:
    """Wrapped lines have at most 80 columns, indented as asked, and lose nothing but white space."""
    lines = wrapped(text, " " * first, " " * rest)
    assert all(width(line) <= WIDTH for line in lines)
    assert all(line.startswith(" " * (rest if number else first)) for number, line in enumerate(lines))
    assert "".join("".join(lines).split()) == "".join(clean(" ".join(text.split())).split())


@given(TEXT, st.integers(5, 60))
@settings(max_examples=50)
def test_a_cell_has_its_width(text: str, columns: int) -> None:
    """A fitted text fills its columns exactly, whatever the characters' widths."""
    cell = fit(text, columns)
    assert width(cell) == columns
    assert all(each.isprintable() for each in cell)


def test_an_endless_text_is_cut() -> None:
    """A text of megabytes takes no more than a few lines."""
    lines = wrapped("x" * 5_000_000)
    assert len(lines) < 30
    assert lines[-1].endswith("…")


def test_a_word_that_fits_a_line_is_not_broken() -> None:
    """A network stays whole; an id longer than a line breaks before a slash."""
    assert wrapped("a " * 36 + "198.51.100.0/24")[-1] == "198.51.100.0/24"
    assert wrapped("/subscriptions/" + "a" * 60 + "/accounts/b")[1] == "/accounts/b"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (counted(1, "record"), "1 record"), (counted(0, "record"), "0 records"),
        (counted(2000, "entry", "entries"), "2,000 entries"), (money(None), "unknown"), (money(None, "–"), "–"),
        (money(0), "$0.00"), (money(0.001), "< $0.01"), (money(12.5), "$12.50"), (money(1234.5), "$1,234"),
        (short(999_600), "1M"), (short(12_345_678), "12.3M"), (likelihood(0.85), "very likely"),
        (fit("arn:aws:iam::111122223333:role/batch", 20), "arn:aws:…:role/batch"),
    ],
)  # fmt: skip
def test_figures_read_as_people_write_them(told: str, expected: str) -> None:
    """Numbers with their nouns, dollars, large numbers, and ids with their middle left out."""
    assert told == expected
