"""Weak signals: what customers say that no case asks about, passed on to a department that owes a dated answer.

An alert rises when a tag is heard of from more customers this week than its own past explains. Source: DOMAIN.md 4.1
(Gamma-Poisson predictive; the family of outbreak detection), claims 002-02 and 002-11.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from math import exp, lgamma, log
from typing import TYPE_CHECKING, Literal, NamedTuple

from advisor_tui.domain.bodies import Body, Recorded, Text
from advisor_tui.domain.text import fold

if TYPE_CHECKING:
    from advisor_tui.domain.rules import SignalRule

Verdict = Literal["yes", "no", "later"]
WEEK_DAYS = 7
OPEN = ("sent", "later")
"""States of a signal that a department still owes an answer."""


class SignalRaised(Recorded, kw_only=True, frozen=True, gc=False):
    """What a customer said that is about more than their case: their words, and what we call it."""

    text: Text
    tag: Text
    department: Text  # who owes the answer
    due: Text  # civil date by which it is answered
    striking: bool = False  # worth reading alone, however often it is heard
    contact: str = ""
    at: str = ""
    author: str = ""
    answer: Verdict | None = None
    answered_at: str = ""
    answered_by: str = ""
    words: str = ""
    until: str = ""
    told_at: str = ""
    told_by: str = ""
    told_words: str = ""


class SignalAnswered(Body, kw_only=True, frozen=True, gc=False):
    """What the department decided and why; `later` says until when."""

    id: str
    answer: Verdict
    words: Text
    until: str = ""


class SignalToldBack(Body, kw_only=True, frozen=True, gc=False):
    """The customer heard what became of what they said."""

    id: str
    words: str = ""


def threshold(before: int, weeks: int, tail: float, least: int) -> int:
    """How many customers in one week are an alert, after `before` customers in the `weeks` weeks that came first.

    With a rate drawn from Gamma(before + ½, weeks), the count of the next week is negative binomial; the answer is the
    first count whose probability of being reached is at most `tail`, and never less than `least`.
    """
    shape, stay = before + 0.5, weeks / (weeks + 1)
    count, reached = 0, 1.0
    while reached > tail:
        chance = lgamma(shape + count) - lgamma(shape) - lgamma(count + 1) + shape * log(stay) + count * log(1 - stay)
        reached -= exp(chance)
        count += 1
    return max(count, least)


class Heard(NamedTuple):
    """One signal, as far as counting goes: what it is called, from whom (all records of one person are one), which day."""

    tag: str
    customer: str
    day: date


class Echo(NamedTuple):
    """How a tag is heard: customers in the seven days up to today, customer-weeks before, and what is an alert."""

    week: int
    before: int
    threshold: int

    @property
    def alert(self) -> bool:
        return self.week >= self.threshold


def tag_key(tag: str) -> str:
    """What makes two tags one: accents, case and spaces aside."""
    return " ".join(fold(tag).split())


def echoes(heard: Iterable[Heard], today: date, rule: SignalRule) -> dict[str, Echo]:
    """By tag key: customers, not mentions, so that one who writes every day is one."""
    weeks: dict[str, set[tuple[int, str]]] = {}
    for signal in heard:
        ago = (today - signal.day).days // WEEK_DAYS
        if 0 <= ago <= rule.weeks:
            weeks.setdefault(tag_key(signal.tag), set()).add((ago, signal.customer))
    found: dict[str, Echo] = {}
    for tag, seen in weeks.items():
        before = sum(ago > 0 for ago, _customer in seen)
        limit = threshold(before, rule.weeks, float(rule.tail), rule.least)
        found[tag] = Echo(len(seen) - before, before, limit)
    return found


def by_chance(tags: int, weeks: int, rule: SignalRule) -> float:
    """How many alerts so many tags give in so many weeks though nothing happened: to be said beside the alerts."""
    return float(rule.tail) * tags * weeks
