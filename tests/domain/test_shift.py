"""One's own hours: as they are written, what lies in them, and the next moment that does."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.shift import DAYS, Shift, Span, read_days, read_shift, read_spans

PARIS = ZoneInfo("Europe/Paris")
WEEK = read_shift({"mon": "9-17", "tue": "9-17", "wed": "9h-12h30", "thu": "09:00-12:30 13:30-17:00", "fri": "9-17"})
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=PARIS))


@pytest.mark.parametrize(("said", "spans"), [
    ("9-17", [(540, 1020)]), ("9h-12h30 13h30 – 17h", [(540, 750), (810, 1020)]), ("13:30-17:00,9:00-12:30", [(540, 750), (810, 1020)]),
    ("", []), ("0-24", [(0, 1440)]),
])  # fmt: skip
def test_hours_as_people_write_them(said: str, spans: list[tuple[int, int]]) -> None:
    assert read_spans(said) == tuple(Span(*span) for span in spans)


@pytest.mark.parametrize("said", ["17-9", "9-9", "9-25", "9:70-17", "neuf", "9-17 x", "9-12 11-17", "-", "9"])
def test_what_are_no_hours_is_refused(said: str) -> None:
    with pytest.raises(Invalid):
        read_spans(said)


def test_days_as_people_write_them() -> None:
    assert read_days("mon-fri") == (0, 1, 2, 3, 4)
    assert read_days("Wed, sat") == (2, 5)
    assert read_days("sat-mon") == (5, 6, 0)
    for said in ("", "monday", "mon-xyz"):
        with pytest.raises(Invalid):
            read_days(said)
    with pytest.raises(Invalid):
        read_shift({"lundi": "9-17"})


def test_they_come_back_from_the_settings_as_they_were() -> None:
    assert read_shift(WEEK.as_settings()) == WEEK
    assert WEEK.as_settings()["thu"] == "09:00-12:30 13:30-17:00"
    assert read_shift({"mon": "0-24"}).as_settings() == {"mon": "00:00-24:00"}


@pytest.mark.parametrize(("moment", "holds"), [
    ("2026-11-23T09:00+01:00", True), ("2026-11-23T17:00+01:00", True), ("2026-11-23T20:00+01:00", False),
    ("2026-11-23T18:30+03:00", True), ("2026-11-26T13:00+01:00", False), ("2026-11-21", False), ("2026-11-25", True),
])  # fmt: skip
def test_what_lies_in_them(moment: str, holds: bool) -> None:
    assert WEEK.holds(moment, PARIS) is holds
    assert Shift().holds(moment, PARIS), "who says no hours is asked nothing"


@pytest.mark.parametrize(("moment", "timed", "following"), [
    ("2026-11-23T20:00+01:00", True, "2026-11-24T09:00+01:00"), ("2026-11-25T13:00+01:00", True, "2026-11-26T09:00+01:00"),
    ("2026-11-26T13:00+01:00", True, "2026-11-26T13:30+01:00"), ("2026-11-21", False, "2026-11-23"),
    ("2026-11-27T18:00+01:00", False, "2026-11-30"), ("2026-10-24", True, "2026-10-26T09:00+01:00"),
])  # fmt: skip
def test_the_next_moment_that_does(moment: str, timed: bool, following: str) -> None:
    assert WEEK.next(moment, PARIS, timed) == following


@given(
    at=MOMENTS,
    span=st.tuples(st.integers(240, 1438), st.integers(241, 1440)).filter(lambda said: said[0] < said[1]),
    days=st.sets(st.integers(0, 6), min_size=1),
)
def test_the_next_moment_lies_in_them_and_not_before(at: datetime, span: tuple[int, int], days: set[int]) -> None:
    shift = Shift(tuple((Span(*span),) if number in days else () for number in range(7)))
    said = shift.next(at.isoformat(), PARIS)
    found = datetime.fromisoformat(said)
    assert shift.holds(said, PARIS)
    assert at.replace(second=0, microsecond=0) <= found < at + timedelta(days=8)
    assert shift.next(at.isoformat(), PARIS, timed=False) == said[:10]
    assert read_shift(shift.as_settings()) == shift
    assert set(shift.as_settings()) == {DAYS[number] for number in days}
