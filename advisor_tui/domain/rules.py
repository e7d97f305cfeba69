"""Rules are data: what a rule pack may say, and the calendar it makes. Numbers live in rules/*.toml."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from msgspec import Struct


class Holiday(Struct, frozen=True, omit_defaults=True):
    """A public holiday: a fixed day (`month`, `day`) or days after Easter Sunday (`easter`)."""

    name: str
    month: int = 0
    day: int = 0
    easter: int | None = None


class CalendarRule(Struct, frozen=True):
    """When we are open: ISO weekdays, holidays, and how far ahead a promise may reach (days)."""

    open_weekdays: tuple[int, ...]
    holidays: tuple[Holiday, ...]
    promise_horizon_days: int
    effective_from: date
    source: str


class DeskRule(Struct, frozen=True):
    """What the desk warns about and how early."""

    warn_before_hours: int  # a promise due within this many hours is to be warned about or kept
    old_wait_days: int  # an unanswered item this old is shown as harm
    effective_from: date
    source: str


class Rules(Struct, frozen=True):
    """One rule pack."""

    name: str
    calendar: CalendarRule
    desk: DeskRule


@lru_cache(maxsize=64)
def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm of 1876)."""
    golden, century, rest = year % 19, year // 100, year % 100
    leap, skipped = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap - moon + 15) % 30
    quarter, remainder = divmod(rest, 4)
    weekday = (32 + 2 * skipped + 2 * quarter - epact - remainder) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def holiday_on(rule: CalendarRule, day: date) -> str | None:
    """The name of the public holiday on `day`, if it is one."""
    for holiday in rule.holidays:
        if holiday.easter is not None:
            if easter(day.year) + timedelta(days=holiday.easter) == day:
                return holiday.name
        elif (holiday.month, holiday.day) == (day.month, day.day):
            return holiday.name
    return None


def is_open(rule: CalendarRule, day: date) -> bool:
    """Whether someone is there on `day` to keep a promise."""
    return day.isoweekday() in rule.open_weekdays and holiday_on(rule, day) is None


def next_open(rule: CalendarRule, day: date) -> date:
    """The first open day from `day` on."""
    for ahead in range(30):
        candidate = day + timedelta(days=ahead)
        if is_open(rule, candidate):
            return candidate
    return day
