"""Deadlines: the golden dates of the domain's research (DOMAIN.md 2.3), and what holds on any day."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from advisor_tui.domain.deadlines import began_by, days_off, due, due_at, elapsed, opening_at
from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.rule_types import Unit
from advisor_tui.domain.rules import CalendarRule, Span, holiday_on
from advisor_tui.store.rulebook import load_rules

CALENDAR = load_rules("fr").calendar
GENERAL = load_rules("general").calendar
PARIS = ZoneInfo("Europe/Paris")
DAY = timedelta(days=1)
WORKING = st.sampled_from(["ouvrable", "ouvre"])
UNITS = st.sampled_from([unit for unit in get_args(Unit) if unit != "hour"])
DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))
REGIONS = st.sampled_from(["", "FR", "FR-AM"])
COLUMNS = (
    Span(10, "ouvrable"), Span(10, "ouvre"), Span(15, "ouvrable"), Span(35, "ouvrable"), Span(1, "month"), Span(2, "month"),
)  # fmt: skip
GOLDEN = """
2026-04-30 2026-05-15 2026-05-19 2026-05-21 2026-06-15 2026-05-30 2026-06-30
2026-05-07 2026-05-21 2026-05-26 2026-05-28 2026-06-20 2026-06-07 2026-07-07
2026-12-18 2026-12-31 2027-01-05 2027-01-07 2027-01-30 2027-01-18 2027-02-18
2026-12-31 2027-01-13 2027-01-15 2027-01-19 2027-02-11 2027-01-31 2027-02-28
2027-03-25 2027-04-07 2027-04-09 2027-04-13 2027-05-10 2027-04-25 2027-05-25
"""


@pytest.mark.parametrize("line", GOLDEN.split("\n")[1:-1], ids=lambda line: line[:10])
@pytest.mark.parametrize("region", ["", "FR"])
def test_the_golden_deadlines(line: str, region: str) -> None:
    start, *ends = map(date.fromisoformat, line.split())
    assert [due(CALENDAR, start, span, region) for span in COLUMNS] == ends


@pytest.mark.parametrize(("start", "end"), [("2026-12-18", "2027-01-02"), ("2027-03-25", "2027-04-08")])
def test_the_golden_deadlines_of_alsace_and_moselle(start: str, end: str) -> None:
    begin, ten = date.fromisoformat(start), Span(10, "ouvrable")
    assert due(CALENDAR, begin, ten, "FR-AM").isoformat() == end
    assert due(replace(CALENDAR, region="FR-AM"), begin, ten).isoformat() == end
    assert due(replace(CALENDAR, region="FR-AM"), begin, ten, "FR") == due(CALENDAR, begin, ten)


@pytest.mark.parametrize(
    ("start", "span", "end"),
    [
        ("2028-02-29", Span(12, "month"), "2029-02-28"),
        ("2028-02-29", Span(48, "month"), "2032-02-29"),
        ("2026-01-31", Span(1, "month"), "2026-02-28"),
        ("2028-01-31", Span(1, "month"), "2028-02-29"),
        ("2026-08-31", Span(1, "month"), "2026-09-30"),
        ("2026-11-30", Span(3, "month"), "2027-02-28"),
        ("2026-05-01", Span(0, "ouvrable"), "2026-05-01"),
        ("2026-12-31", Span(1, "day"), "2027-01-01"),
        ("2026-04-30", Span(1, "day"), "2026-05-01"),  # a holiday: days of the calendar count all
        ("2026-04-30", Span(24, "hour"), "2026-05-01"),
        ("2026-04-30", Span(25, "hour"), "2026-05-02"),
        ("2026-04-30", Span(0, "hour"), "2026-04-30"),
    ],
)
def test_deadlines_at_the_edges_of_months_and_days(start: str, span: Span, end: str) -> None:
    assert due(CALENDAR, date.fromisoformat(start), span).isoformat() == end


def is_counted(day: date, unit: str, region: str) -> bool:
    """What a jour ouvrable and a jour ouvré are, written down once more."""
    last = {"ouvrable": 6, "ouvre": 5, "day": 7}[unit]
    return day.isoweekday() <= last and (unit == "day" or holiday_on(CALENDAR, day, region) is None)


def naive(start: date, span: Span, region: str) -> date:
    """The same deadline, counted on the fingers."""
    day, left = start, span.count
    if span.unit == "month":
        for _ in range(left):
            day = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
        return day.replace(day=min(start.day, monthrange(day.year, day.month)[1]))
    while left:
        day += DAY
        if is_counted(day, span.unit, region):
            left -= 1
    return day


@given(DAYS, st.integers(0, 120), UNITS, REGIONS)
def test_a_deadline_is_what_one_counts_on_the_fingers(start: date, count: int, unit: Unit, region: str) -> None:
    assert due(CALENDAR, start, Span(count, unit), region) == naive(start, Span(count, unit), region)


@given(DAYS, st.integers(0, 80), UNITS, REGIONS)
def test_later_and_more_is_never_earlier(start: date, count: int, unit: Unit, region: str) -> None:
    end = due(CALENDAR, start, Span(count, unit), region)
    assert due(CALENDAR, start, Span(count + 1, unit), region) > end
    assert due(CALENDAR, start + DAY, Span(count, unit), region) >= end


@given(DAYS, st.integers(1, 80), WORKING, REGIONS)
def test_a_working_deadline_never_falls_on_a_day_off(start: date, count: int, unit: Unit, region: str) -> None:
    end = due(CALENDAR, start, Span(count, unit), region)
    assert end.isoweekday() <= (6 if unit == "ouvrable" else 5)
    assert holiday_on(CALENDAR, end, region) is None
    assert end > start


@given(DAYS, st.integers(0, 400), UNITS, REGIONS)
def test_what_has_passed_is_the_most_that_is_due(start: date, ahead: int, unit: Unit, region: str) -> None:
    today = start + timedelta(days=ahead)
    passed = elapsed(CALENDAR, start, today, unit, region)
    assert due(CALENDAR, start, Span(passed, unit), region) <= today
    assert due(CALENDAR, start, Span(passed + 1, unit), region) > today


@given(DAYS, st.integers(1, 60), UNITS)
def test_before_it_began_nothing_has_passed(start: date, before: int, unit: Unit) -> None:
    assert elapsed(CALENDAR, start, start - timedelta(days=before), unit) == 0
    assert elapsed(CALENDAR, start, start, unit) == 0


@given(DAYS, st.integers(0, 80), st.sampled_from(get_args(Unit)), REGIONS)
def test_the_latest_beginning_is_the_inverse_of_the_deadline(today: date, count: int, unit: Unit, region: str) -> None:
    latest = began_by(CALENDAR, today, Span(count, unit), region)
    assert due(CALENDAR, latest, Span(count, unit), region) <= today
    assert due(CALENDAR, latest + DAY, Span(count, unit), region) > today


@given(st.integers(1, 9999), REGIONS)
def test_the_days_off_of_a_year_are_its_holidays(year: int, region: str) -> None:
    first = date(year, 1, 1)
    days = {first + timedelta(days=ahead) for ahead in range(365)}
    assert {day for day in days if holiday_on(CALENDAR, day, region)} == days_off(CALENDAR, year, region) & days


def test_a_holiday_on_29_february_is_one_in_leap_years_only() -> None:
    from advisor_tui.domain.rules import Holiday

    rule = replace(CALENDAR, holidays=(Holiday("bissextile", 2, 29),))
    assert days_off(rule, 2028) == {date(2028, 2, 29)}
    assert days_off(rule, 2027) == frozenset()
    assert due(rule, date(2028, 2, 28), Span(1, "ouvre")) == date(2028, 3, 1)


@pytest.mark.parametrize("unit", [unit for unit in get_args(Unit) if unit != "hour"])
def test_ten_thousand_of_anything_are_counted(unit: Unit) -> None:
    start = date(2026, 4, 30)
    assert elapsed(CALENDAR, start, due(CALENDAR, start, Span(10_000, unit)), unit) == 10_000


@pytest.mark.parametrize("unit", get_args(Unit))
def test_beyond_the_calendar_is_said_and_not_a_crash(unit: Unit) -> None:
    with pytest.raises(Invalid, match="1 to 9999") as caught:
        due(CALENDAR, date(9999, 12, 20), Span(1000, unit))
    assert caught.value.code == "beyond_calendar"
    with pytest.raises(Invalid, match="1 to 9999"):
        began_by(CALENDAR, date(1, 1, 10), Span(1000, unit))
    with pytest.raises(Invalid, match="1 to 9999"):
        due_at(CALENDAR, datetime(9999, 12, 31, 22, tzinfo=UTC), Span(1, unit))


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(Invalid, match="no region called FR-XX"):
        due(CALENDAR, date(2026, 1, 1), Span(1, "ouvre"), "FR-XX")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-21T22:00", "2026-11-23T09:00"),  # a Saturday night: Monday's opening
        ("2026-11-23T08:59", "2026-11-23T09:00"),
        ("2026-11-23T09:00", "2026-11-23T09:00"),
        ("2026-11-23T17:59", "2026-11-23T17:59"),
        ("2026-11-23T18:00", "2026-11-24T09:00"),
        ("2026-07-13T19:00", "2026-07-15T09:00"),
        ("2026-12-24T18:30", "2026-12-28T09:00"),
        ("2026-10-24T23:00", "2026-10-26T09:00"),  # the night in which the clocks go back
    ],
)
def test_what_comes_out_of_hours_counts_from_the_next_opening(moment: str, opening: str) -> None:
    assert opening_at(CALENDAR, at(moment)) == at(opening)
    assert opening_at(CALENDAR, at(moment)).tzinfo is PARIS


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))
def test_an_opening_is_never_before_and_someone_is_there(moment: datetime) -> None:
    when = moment.replace(tzinfo=PARIS)
    for rule in (CALENDAR, GENERAL):
        opening = opening_at(rule, when)
        assert opening >= when
        assert opening.isoweekday() in rule.open_weekdays
        assert rule.open_from <= opening.time() < rule.open_to
        assert opening_at(rule, opening) == opening


@pytest.mark.parametrize(
    ("moment", "span", "end"),
    [
        ("2026-11-21T22:00", Span(4, "hour"), "2026-11-23T13:00"),
        ("2026-11-21T22:00", Span(1, "ouvre"), "2026-11-24T23:59:59"),
        ("2026-11-23T10:30", Span(2, "ouvre"), "2026-11-25T23:59:59"),
        ("2026-11-23T10:30", Span(48, "hour"), "2026-11-25T10:30"),
        ("2026-03-27T17:00", Span(72, "hour"), "2026-03-30T18:00"),  # an hour was left out in between
    ],
)
def test_an_instant_by_which_something_is_due(moment: str, span: Span, end: str) -> None:
    assert due_at(CALENDAR, at(moment), span) == at(end)


def test_a_team_s_own_weekdays_are_obeyed() -> None:
    rule: CalendarRule = replace(CALENDAR, open_weekdays=(2, 6), worked_weekdays=(2, 6))
    assert opening_at(rule, at("2026-11-18T10:00")) == at("2026-11-21T09:00")
    assert due(rule, date(2026, 11, 18), Span(3, "ouvre")) == date(2026, 11, 28)
