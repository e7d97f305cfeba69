"""The civil calendar of a team: public holidays by region, the days that count, the days on which someone is there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Annotated

from msgspec import Meta, Struct

from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.rule_types import Hour, Table, Weekdays, Whole, Words, description_of, repeats
from advisor_tui.language import N_


class Holiday(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A public holiday: a fixed day (`month`, `day`) or days after Easter Sunday (`easter`)."""

    name: str
    month: int = 0
    day: int = 0
    easter: int | None = None

    def exists(self) -> bool:
        """Whether the calendar has such a day, in some year."""
        if self.easter is not None:
            return -80 <= self.easter <= 200 and not self.month and not self.day  # of the same year
        try:
            return bool(date(2024, self.month, self.day))
        except ValueError:
            return False


Holidays = Annotated[
    tuple[Holiday, ...],
    Meta(description=N_("a list of days such as {{ name = \"…\", month = 5, day = 1 }} or {{ name = \"…\", easter = 39 }}")),
]  # fmt: skip


class CalendarRule(Table, frozen=True, kw_only=True):
    """When we are open, which days count, and how far ahead a promise may reach (days)."""

    region: Words = ""  # where the team is: its days off are added to `holidays`
    regions: Annotated[
        dict[str, tuple[Holiday, ...]], Meta(description=N_("regions with their own days off, each a list of days"))
    ]
    open_weekdays: Weekdays  # someone is there
    open_from: Hour
    open_to: Hour
    workable_weekdays: Weekdays  # what a jour ouvrable may be
    worked_weekdays: Weekdays  # what a jour ouvré may be
    promise_horizon_days: Whole
    holidays: Holidays

    def flaws(self) -> Iterator[tuple[str, str]]:
        yield from super().flaws()
        if self.open_to <= self.open_from:
            yield "open_to", N_("a time after open_from")
        if self.region and self.region not in self.regions:
            yield "region", N_("the name of one of the regions")
        for key in ("open_weekdays", "workable_weekdays", "worked_weekdays"):
            if repeats(getattr(self, key)):
                yield key, description_of(Weekdays)
        if not all(holiday.exists() for holiday in self.holidays):
            yield "holidays", N_("days that exist in the calendar")
        if not all(holiday.exists() for days in self.regions.values() for holiday in days):
            yield "regions", N_("days that exist in the calendar")


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


def holidays_in(rule: CalendarRule, region: str = "") -> tuple[Holiday, ...]:
    """The days off of a region; without one, of the team's own. Raises Invalid where it is not known."""
    where = region or rule.region
    if where and where not in rule.regions:
        raise Invalid(
            "There is no region called {region}. Regions: {regions}",
            region=where[:60], regions=", ".join(sorted(rule.regions)) or "-",
        )  # fmt: skip
    return (*rule.holidays, *rule.regions.get(where, ()))


def holiday_on(rule: CalendarRule, day: date, region: str = "") -> str | None:
    """The name of the public holiday on `day`, if it is one."""
    for holiday in holidays_in(rule, region):
        if holiday.easter is not None:
            if easter(day.year) + timedelta(days=holiday.easter) == day:
                return holiday.name
        elif (holiday.month, holiday.day) == (day.month, day.day):
            return holiday.name
    return None


def is_open(rule: CalendarRule, day: date, region: str = "") -> bool:
    """Whether someone is there on `day` to keep a promise."""
    return day.isoweekday() in rule.open_weekdays and holiday_on(rule, day, region) is None


def next_open(rule: CalendarRule, day: date, region: str = "") -> date:
    """The first open day from `day` on."""
    for ahead in range(400):
        candidate = day + timedelta(days=ahead)
        if is_open(rule, candidate, region):
            return candidate
    return day
