"""How sure pieces of evidence make us together: weights that add up, and the confidence that they come to.

A weight is log10 of how many times likelier the thing is where a key is stolen than where it is not, within a month of
its use. The shares behind the weights are estimates, written down so that they can be disputed: what part of stolen
keys shows it, and what part of honest keys does in a month. Rules of one family tell one fact in different words: the
heaviest counts whole, each further one a little, since a thief who does two such things is no accident either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import log10
from typing import Final, NamedTuple

#: What a further rule of the same family adds, as a share of its weight.
_FURTHER: Final = 0.25
#: Nobody is surer than this: what nobody thought of explains one in thirty.
_SUREST: Final = 0.97


class Weight(NamedTuple):
    """`stolen`, `honest`: the share of such keys that shows it within a month."""

    stolen: float
    honest: float


#: Rule → how common it is. A rule that is not here says nothing. The last groups are what every newcomer brings along,
#: thief or not: there, `honest` is the share of honest keys that somebody new has just begun to use.
WEIGHTS: Final[Mapping[str, Weight]] = {
    # who steals keys tests what they can do; who is given one reads the documentation
    "LJ-04": Weight(0.25, 0.010),  # a red team, a load test that is wrong
    "LJ-05": Weight(0.30, 0.020),  # a new tool with a list of models, a policy that was tightened
    "LJ-07": Weight(0.20, 0.010),  # audits, inventories
    "LJ-12": Weight(0.15, 0.010),  # the response to an incident
    # against what watches or holds back
    "LJ-08": Weight(0.15, 0.002),
    "LJ-09": Weight(0.15, 0.010),
    "LJ-10": Weight(0.20, 0.010),  # onboarding
    "LJ-11": Weight(0.10, 0.002),
    "LJ-29": Weight(0.10, 0.002),
    # what for
    "LJ-27": Weight(0.30, 0.010),  # most users rephrase once, not over and over
    "LJ-28": Weight(0.30, 0.004),
    # places
    "LJ-15": Weight(0.30, 0.030),  # a service in many regions that was begun lately, CI
    "LJ-16": Weight(0.25, 0.050),  # VPNs that the tables do not know
    "LJ-35": Weight(0.30, 0.010),
    # whose key: one that nobody needs any more is seldom given to somebody new
    "LJ-37": Weight(0.20, 0.015),
    # a leak that is known
    "LJ-02": Weight(0.90, 0.002),
    # how much
    "LJ-21": Weight(0.50, 0.150),  # a new batch job, evaluation or backfill
    "LJ-22": Weight(0.50, 0.150),
    "LJ-23": Weight(0.30, 0.100),
    "LJ-24": Weight(0.20, 0.020),
    "LJ-38": Weight(0.50, 0.150),
    # for what else
    "LJ-06": Weight(0.40, 0.100),  # new tools list models at their start
    "LJ-13": Weight(0.30, 0.100),
    "LJ-26": Weight(0.40, 0.100),  # teams do begin to make images
    "LJ-34": Weight(0.50, 0.150),
    # when, and beside whom
    "LJ-17": Weight(0.60, 0.600),  # a pool is an incident of its own, and a hosted tool brings strangers together too
    "LJ-25": Weight(0.40, 0.050),
    "LJ-33": Weight(0.50, 0.120),  # whoever is new may live elsewhere
    "LJ-36": Weight(0.80, 0.300),  # a second host
}
#: The same for keys of services whose exports tell how much is used and not by whom, so that nobody is seen to be new.
USAGE: Final[Mapping[str, Weight]] = {
    "LJ-21": Weight(0.50, 0.040),
    "LJ-22": Weight(0.50, 0.040),
    "LJ-26": Weight(0.30, 0.030),
    "LJ-33": Weight(0.50, 0.050),
    "LJ-34": Weight(0.40, 0.060),
    "LJ-38": Weight(0.50, 0.040),
}
#: Such a key out of hours on a third day: a batch job is done by then.
NIGHTS: Final = Weight(0.40, 0.060)
#: A safeguard of its organisation went in the weeks around: administrators do change settings.
WEAKENED: Final = Weight(0.30, 0.060)
#: One batch job brings hours, volume and purpose at once: together they say no more than this, fifty times.
_BATCH_WHOLE: Final = 1.7

#: How common it is among honest keys, once their habits are known, to appear from a new network where so much else is
#: new: all of operator, country and client; two of them; one, where no client is named; one of three.
_ARRIVALS: Final[Mapping[str, float]] = {"all": 0.025, "strong": 0.05, "weak": 0.12, "slight": 0.25}
#: A key's habits are learnt day by day: before that, most of what comes is new.
_UNLEARNT: Final = 0.3
#: A key that was somewhere new on an earlier day will be again.
_RESTLESS: Final = 0.15
#: What every newcomer brings along: his hours, his work and how much of it, his turns beside the others, his
#: neighbours. These go together, so that beyond eight times each further one says little.
NEWCOMER: Final = frozenset({"rhythm", "purpose", "volume", "beside", "network"})
_NEWCOMER_WHOLE: Final = 0.9
#: Rules that tell the fact of another family than their own.
_TELLS: Final = {
    "LJ-06": "purpose",
    "LJ-26": "purpose",
    "LJ-15": "place",
    "LJ-16": "place",
    "LJ-35": "place",
    "LJ-02": "leak",
    "LJ-37": "idle",
}


def arrival(strength: str, days: int, restless: int) -> float:
    """Return the weight of a new source: how much was new with it, after how many days of history.

    `restless`: on how many earlier days the key came from somewhere new.
    """
    honest = _ARRIVALS[strength] + _UNLEARNT / max(days, 1) + _RESTLESS * restless
    return max(0.0, log_ratio(Weight(0.9, honest)))


def weight(rule: str) -> float:
    """Return the weight of a rule's matches; 0 for a rule that says nothing."""
    found = WEIGHTS.get(rule)
    return log_ratio(found) if found else 0.0


def log_ratio(shares: Weight) -> float:
    """Return log10 of how many times likelier theft makes it."""
    return log10(shares.stolen / shares.honest)


def total(rules: Iterable[str], families: Mapping[str, str], source: float = 0.0) -> float:
    """Return what the rules say together with a source of this weight.

    Of a family the heaviest counts whole, and of each other one a part; of places the most telling alone, since they
    are one fact.
    """
    by_family: dict[str, list[float]] = {"place": [source]}
    for rule in set(rules):
        by_family.setdefault(_TELLS.get(rule, families[rule]), []).append(weight(rule))
    places = max(by_family.pop("place"))
    sums = {family: max(some) + _FURTHER * (sum(some) - max(some)) for family, some in by_family.items()}
    brought = sum(sums.pop(family, 0.0) for family in NEWCOMER)
    brought = min(brought, _NEWCOMER_WHOLE + _FURTHER * max(0.0, brought - _NEWCOMER_WHOLE))
    return places + sum(sums.values()) + brought


def of_usage(rules: Iterable[str], *, nights: bool, weakened: bool) -> float:
    """Return what the rules say together of a key of which only the use is known, and what goes with it."""
    families: dict[str, float] = {}
    for rule in set(rules) & USAGE.keys():
        family = "volume" if rule in {"LJ-21", "LJ-22", "LJ-38"} else rule
        families[family] = max(families.get(family, 0.0), log_ratio(USAGE[rule]))
    said = sum(families.values())
    said = min(said, _BATCH_WHOLE + _FURTHER * max(0.0, said - _BATCH_WHOLE))
    return said + nights * log_ratio(NIGHTS) + weakened * log_ratio(WEAKENED)


def confidence(log_odds: float) -> float:
    """Return the probability that log10 odds come to, in hundredths."""
    return round(min(1 / (1 + 10**-log_odds), _SUREST), 2)


#: A source where keys of other owners are new as well weighs no more: most such places are hosted tools.
SHARED: Final = log_ratio(Weight(0.9, 0.12))
