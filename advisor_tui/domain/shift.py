"""A person's own working hours: what they say of themselves, in their own settings; nobody else is told.

A due moment outside them is handed over or moved into them (DOMAIN.md, claim 004-11). Without hours, nothing is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

from advisor_tui.domain.errors import Invalid

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(\d{1,2})(?:[:h](\d{2})?)?\s*-\s*(\d{1,2})(?:[:h](\d{2})?)?")
_DAY_MINUTES = 24 * 60


class Span(NamedTuple):
    """From one minute of a day to another; what is due as the hours end is still in them."""

    start: int
    end: int


class Shift(NamedTuple):
    """The spans of each weekday, Monday first; all empty where a person said nothing."""

    days: tuple[tuple[Span, ...], ...] = ((),) * 7

    @property
    def known(self) -> bool:
        """Whether any hours were said."""
        return any(self.days)

    def on(self, day: date) -> tuple[Span, ...]:
        """The spans of a civil day."""
        return self.days[day.weekday()]

    def holds(self, moment: str, zone: tzinfo) -> bool:
        """Whether an ISO date, or date-time with offset, lies in the hours: of a date, whether any are that day."""
        if not self.known:
            return True
        if len(moment) == 10:
            return bool(self.on(date.fromisoformat(moment)))
        at = datetime.fromisoformat(moment).astimezone(zone)
        return any(span.start <= _minute(at) <= span.end for span in self.on(at.date()))

    def next(self, moment: str, zone: tzinfo, timed: bool = True) -> str:
        """The first moment of the hours after `moment`, as ISO: with its time of day, or the date alone."""
        at = datetime.fromisoformat(moment)
        at = at.replace(tzinfo=zone) if len(moment) == 10 else at.astimezone(zone)
        for ahead in range(8):
            day = at.date() + timedelta(days=ahead)
            for span in self.on(day):
                if ahead or span.start >= _minute(at):
                    opens = datetime.combine(day, _time(span.start), zone)
                    return opens.isoformat(timespec="minutes") if timed else day.isoformat()
        raise ValueError("no hours were said")

    def says(self, day: date) -> str:
        """The hours of a day as people write them: `09:00-12:30 13:30-17:00`; "" where there are none."""
        return " ".join(f"{_time(span.start):%H:%M}-{_clock(span.end)}" for span in self.on(day))

    def as_settings(self) -> dict[str, str]:
        """What the settings keep: a line a day that has hours."""
        monday = date(2026, 11, 23)
        return {name: said for n, name in enumerate(DAYS) if (said := self.says(monday + timedelta(days=n)))}


def read_shift(said: Mapping[str, str]) -> Shift:
    """The hours as the settings say them, `mon = "09:00-17:00"`. Raises Invalid."""
    for name in said:
        if name not in DAYS:
            raise Invalid("{name} is not a day of the week. Days: {days}", name=name[:20], days=", ".join(DAYS))
    return Shift(tuple(read_spans(said.get(name, "")) for name in DAYS))


def read_spans(said: str) -> tuple[Span, ...]:
    """The hours of one day, as `9-17`, `9h-12h30 13h30-17h` or `09:00-17:00`. Raises Invalid."""
    spans, text = [], said.strip().lower().replace(",", " ").replace("–", "-")
    rest = _SPAN.sub("", text).strip()
    for found in _SPAN.finditer(text):
        hours = [int(found[n] or 0) for n in (1, 2, 3, 4)]
        span = Span(hours[0] * 60 + hours[1], hours[2] * 60 + hours[3])
        if max(hours[1], hours[3]) > 59 or span.end > _DAY_MINUTES or span.start >= span.end:
            rest = said
        spans.append(span)
    spans.sort()
    if rest or any(after.start < before.end for before, after in pairwise(spans)):
        raise Invalid(
            "“{text}” are not hours of a day. Write for example: 9-17, or 09:00-12:30 13:30-17:00.", text=said[:60]
        )
    return tuple(spans)


def read_days(said: str) -> tuple[int, ...]:
    """Days of the week as `mon-fri`, `mon,wed` or `sat`: their numbers, Monday 0. Raises Invalid."""
    numbers: list[int] = []
    for part in said.strip().lower().replace(" ", "").split(","):
        first, _dash, last = part.partition("-")
        for name in (first, last or first):
            if name not in DAYS:
                raise Invalid("{name} is not a day of the week. Days: {days}", name=name[:20], days=", ".join(DAYS))
        start, end = DAYS.index(first), DAYS.index(last or first)
        numbers += range(start, (end if end >= start else end + 7) + 1)
    return tuple(dict.fromkeys(number % 7 for number in numbers))


def _minute(at: datetime) -> int:
    return at.hour * 60 + at.minute


def _time(minute: int) -> time:
    return time(*divmod(minute % _DAY_MINUTES, 60))


def _clock(minute: int) -> str:
    return "24:00" if minute == _DAY_MINUTES else f"{_time(minute):%H:%M}"
