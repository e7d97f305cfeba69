"""What every table of a rule pack is made of. A type's description is what a person is told who wrote something else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

from advisor_tui.language import N_

MOST = 10_000
"""The longest span and the highest count that a rule may name."""
Unit = Literal["hour", "day", "ouvrable", "ouvre", "month"]
"""Of a span: `day` is of the calendar, `ouvrable` Monday to Saturday, `ouvre` Monday to Friday, both without holidays."""
Count = Annotated[int, Meta(ge=0, le=MOST, description=N_("a whole number from 0 to 10000"))]
Whole = Annotated[int, Meta(ge=1, le=MOST, description=N_("a whole number from 1 to 10000"))]
Effort = Annotated[int, Meta(ge=1, le=7, description=N_("a whole number from 1 to 7"))]
Text = Annotated[str, Meta(min_length=1, max_length=1000, description=N_("a text that is not empty"))]
Words = Annotated[str, Meta(max_length=1000, description=N_("a text"))]
Flag = Annotated[bool, Meta(description=N_("true or false"))]
Day = Annotated[date, Meta(description=N_("a date such as 2026-11-21"))]
Hour = Annotated[time, Meta(tz=False, description=N_("a time such as 09:00:00"))]
Amount = Annotated[Decimal, Meta(description=N_('an amount between quotation marks, such as "30.00"'))]
Share = Annotated[Decimal, Meta(description=N_('a share between quotation marks, such as "0.005"'))]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", description=N_("three capital letters, such as EUR"))]
Weekday = Annotated[int, Meta(ge=1, le=7)]
Weekdays = Annotated[
    tuple[Weekday, ...],
    Meta(min_length=1, max_length=7, description=N_("a list of different weekdays, from 1 (Monday) to 7 (Sunday)")),
]
Texts = Annotated[tuple[Text, ...], Meta(description=N_("a list of texts"))]


class Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every table says: since when it holds, until when, where it comes from, and what to know of it."""

    effective_from: Day
    source: Text
    effective_to: Day | None = None
    note: Words = ""  # why a team changed it; in a pack, what is not certain about it

    def state(self, on: date) -> Literal["in_force", "not_yet", "no_longer"]:
        """Whether it holds on the civil date `on`; its last day is one on which it still does."""
        if on < self.effective_from:
            return "not_yet"
        return "no_longer" if self.effective_to is not None and on > self.effective_to else "in_force"

    def flaws(self) -> Iterator[tuple[str, str]]:
        """What the types cannot tell: a key, and what was expected of it."""
        if self.effective_to is not None and self.effective_to < self.effective_from:
            yield "effective_to", N_("a date that is not before effective_from")


META = ("effective_from", "source", "effective_to", "note")
"""What a table says about itself; the rest of it are rules."""


class Span(Struct, frozen=True, forbid_unknown_fields=True):
    """So many of a unit; counted from the day after the event."""

    count: Count
    unit: Unit


Length = Annotated[
    Span, Meta(description=N_("a span such as {{ count = 10, unit = \"ouvre\" }}, in hour, day, ouvrable, ouvre or month"))
]  # fmt: skip


def description_of(annotated: object) -> str:
    """What is expected of a value of this type, in words; "" where the type says nothing."""
    for meta in getattr(annotated, "__metadata__", ()):
        if isinstance(meta, Meta) and meta.description:
            return meta.description
    return ""


def repeats(values: tuple[object, ...]) -> bool:
    """Whether something stands twice in `values`."""
    return len(set(values)) < len(values)
