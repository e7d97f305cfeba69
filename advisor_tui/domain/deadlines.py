"""Deadlines in the civil calendar: what falls due when, what has passed, and since when. Pure, to the day.

The day after the event counts first. A jour ouvrable is Monday to Saturday, a jour ouvré Monday to Friday, both without
public holidays. Months end on the same-numbered day or on the last one.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta

from advisor_tui.domain.calendars import CalendarRule, easter, holidays_in, is_open, next_open
from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.rule_types import Span, Unit

DAY = timedelta(days=1)


def due(rule: CalendarRule, start: date, span: Span, region: str = "") -> date:
    """The last day on which what began on `start` is in time. Invalid beyond the year 9999.

    Calendar days and months may end on a holiday; working days never do. Nothing at all (0) is due on `start`. From a
    day without a time, hours run in days begun: 1 to 24 end on the next day.
    """
    try:
        if span.unit in ("day", "hour"):
            return start + timedelta(days=_days(span))
        if span.unit == "month":
            return months_after(start, span.count)
        counted = _Counted(rule, span.unit, region)
        day, left = start, span.count
        while left:
            day += DAY
            left -= day in counted
    except (OverflowError, ValueError) as error:
        raise _beyond() from error
    return day


def elapsed(rule: CalendarRule, start: date, today: date, unit: Unit, region: str = "") -> int:
    """How many of the unit have passed since `start`: the highest count that is due by `today`; before `start`, 0."""
    if today <= start:
        return 0
    if unit in ("day", "hour"):
        return (today - start).days * (24 if unit == "hour" else 1)
    if unit == "month":
        months = (today.year - start.year) * 12 + today.month - start.month
        return months if months_after(start, months) <= today else months - 1
    counted = _weekdays(rule, unit)
    weeks, rest = divmod((today - start).days, 7)
    days = weeks * len(counted) + sum((start + DAY * n).isoweekday() in counted for n in range(1, rest + 1))
    for year in range(start.year, today.year + 1):
        days -= sum(start < day <= today and day.isoweekday() in counted for day in days_off(rule, year, region))
    return days


def began_by(rule: CalendarRule, today: date, span: Span, region: str = "") -> date:
    """The latest day from which `span` has run out by `today`: what began on it or before is due. The inverse of `due`."""
    try:
        if span.unit == "month":
            day = months_after(today, -span.count)
            while due(rule, day + DAY, span, region) <= today:
                day += DAY
            return day
        if span.unit in ("day", "hour"):
            return today - timedelta(days=_days(span))
        counted = _Counted(rule, span.unit, region)
        day, left = today, span.count
        while left:
            left -= day in counted
            day -= DAY
    except (OverflowError, ValueError) as error:
        raise _beyond() from error
    return day


def opening_at(rule: CalendarRule, moment: datetime, region: str = "") -> datetime:
    """When somebody is there for what came at `moment`: at once, or as we open next; in the civil time of `moment`."""
    day = moment.date()
    if is_open(rule, day, region):
        if moment.time() < rule.open_from:
            return _at(day, rule.open_from, moment)
        if moment.time() < rule.open_to:
            return moment
    try:
        return _at(next_open(rule, day + DAY, region), rule.open_from, moment)
    except OverflowError as error:
        raise _beyond() from error


def due_at(rule: CalendarRule, moment: datetime, span: Span, region: str = "") -> datetime:
    """By when what came at `moment` is due: its span runs from the opening; hours on the clock, days to their end."""
    opening = opening_at(rule, moment, region)
    if span.unit == "hour":
        try:
            return (opening.astimezone(UTC) + timedelta(hours=span.count)).astimezone(moment.tzinfo)
        except OverflowError as error:
            raise _beyond() from error
    return _at(due(rule, opening.date(), span, region), time(23, 59, 59), moment)


def months_after(day: date, months: int) -> date:
    """The same-numbered day so many months on, or that month's last; ValueError outside of the calendar."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1] if year > 0 else 0))


def days_off(rule: CalendarRule, year: int, region: str = "") -> frozenset[date]:
    """The public holidays of a year."""
    found = set()
    for holiday in holidays_in(rule, region):
        if holiday.easter is not None:
            found.add(easter(year) + timedelta(days=holiday.easter))
        elif (holiday.month, holiday.day) != (2, 29) or monthrange(year, 2)[1] == 29:
            found.add(date(year, holiday.month, holiday.day))
    return frozenset(found)


class _Counted:
    """The days that count as jours ouvrables or ouvrés; the holidays of a year are worked out once."""

    def __init__(self, rule: CalendarRule, unit: Unit, region: str) -> None:
        self._rule, self._region, self._weekdays = rule, region, _weekdays(rule, unit)
        self._off: dict[int, frozenset[date]] = {}

    def __contains__(self, day: date) -> bool:
        if day.isoweekday() not in self._weekdays:
            return False
        if day.year not in self._off:
            self._off[day.year] = days_off(self._rule, day.year, self._region)
        return day not in self._off[day.year]


def _days(span: Span) -> int:
    return -(-span.count // 24) if span.unit == "hour" else span.count


def _weekdays(rule: CalendarRule, unit: Unit) -> tuple[int, ...]:
    return rule.workable_weekdays if unit == "ouvrable" else rule.worked_weekdays


def _beyond() -> Invalid:
    return Invalid("This is beyond the calendar, whose years are 1 to 9999.", code="beyond_calendar")


def _at(day: date, clock: time, moment: datetime) -> datetime:
    return datetime.combine(day, clock, moment.tzinfo)
