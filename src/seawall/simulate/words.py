"""Harmless words: names of owners, and prompts in the place of real ones."""

from __future__ import annotations

from random import Random
from typing import Final

_FIRST: Final = ("Amber", "Birch", "Cedar", "Delta", "Ember", "Fjord", "Granite", "Harbor", "Indigo", "Juniper",
                 "Kestrel", "Lantern", "Meadow", "Northwind", "Orchid", "Pebble", "Quarry", "Ridge", "Saffron",
                 "Tundra")  # fmt: skip
_SECOND: Final = ("Analytics", "Bank", "Clinics", "Diagnostics", "Energy", "Foods", "Games", "Hotels", "Insurance",
                  "Journals", "Kitchens", "Logistics", "Media", "Networks", "Optics", "Press", "Robotics", "Schools",
                  "Travel", "Works")  # fmt: skip
_PROMPT: Final = [
    "summarise",
    "draw",
    "describe",
    "compare",
    "the",
    "a",
    "report",
    "picture",
    "contract",
    "table",
    "river",
    "bridge",
    "quarterly",
    "blue",
    "winter",
    "customer",
    "letter",
    "harbour",
    "with",
    "under",
    "for",
    "several",
    "small",
    "figures",
    "lantern",
    "style",
    "detailed",
    "photo",
    "of",
    "market",
    "street",
    "in",
    "english",
    "translate",
    "list",
    "reasons",
    "why",
    "garden",
    "machine",
    "manual",
    "steps",
    "short",
    "long",
    "poem",
    "about",
]


def company(rng: Random, number: int) -> tuple[str, str]:
    """Return the display name of a made-up company, and a short form for ids."""
    name = f"{rng.choice(_FIRST)} {rng.choice(_SECOND)} {number}"
    return name, name.lower().replace(" ", "-")


def prompt(rng: Random) -> str:
    """Return a meaningless prompt of 6 to 24 words."""
    return " ".join(rng.choices(_PROMPT, k=rng.randrange(6, 25)))


def reworded(rng: Random, text: str) -> str:
    """Return the prompt with one or two words changed: a near-duplicate."""
    words = text.split()
    for _ in range(rng.randrange(1, 3)):
        words[rng.randrange(len(words))] = rng.choice(_PROMPT)
    return " ".join(words)
