"""Dates as people type them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_tui.domain.clock import parse_when
from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.moment import parse_moment

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 21, 11, 30, tzinfo=PARIS)  # a Saturday


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("14:00", "2026-11-21T14:00+01:00"),
        ("14h", "2026-11-21T14:00+01:00"),
        ("14 h 30", "2026-11-21T14:30+01:00"),
        ("14h30", "2026-11-21T14:30+01:00"),
        ("à 9h", "2026-11-21T09:00+01:00"),
        ("at 9:15", "2026-11-21T09:15+01:00"),
        ("aujourd'hui", "2026-11-21"),
        ("aujourd’hui", "2026-11-21"),
        ("auj.", "2026-11-21"),
        ("today", "2026-11-21"),
        ("demain", "2026-11-22"),
        ("Demain", "2026-11-22"),
        (" DEMAIN ", "2026-11-22"),
        ("tomorrow", "2026-11-22"),
        ("après-demain", "2026-11-23"),
        ("demain 14h", "2026-11-22T14:00+01:00"),
        ("demain à 14h", "2026-11-22T14:00+01:00"),
        ("tomorrow at 9:00", "2026-11-22T09:00+01:00"),
        ("lundi", "2026-11-23"),
        ("lundi 9h", "2026-11-23T09:00+01:00"),
        ("monday 9h", "2026-11-23T09:00+01:00"),
        ("lun.", "2026-11-23"),
        ("lun. 9h", "2026-11-23T09:00+01:00"),
        ("Vendredi 18 h", "2026-11-27T18:00+01:00"),
        ("samedi", "2026-11-28"),
        ("sat", "2026-11-28"),
        ("dimanche", "2026-11-22"),
        ("+3", "2026-11-24"),
        ("+ 3 j", "2026-11-24"),
        ("+10 jours", "2026-12-01"),
        ("+1 day", "2026-11-22"),
        ("+2 14h", "2026-11-23T14:00+01:00"),
        ("+0", "2026-11-21"),
        ("21/11", "2026-11-21"),
        ("20/11", "2027-11-20"),
        ("1/12", "2026-12-01"),
        ("03/12 à 14h", "2026-12-03T14:00+01:00"),
        ("28/02/2028", "2028-02-28"),
        ("2026-12-03", "2026-12-03"),
        ("2026-12-03T14:00", "2026-12-03T14:00+01:00"),
        ("2026-07-03 14:00", "2026-07-03T14:00+02:00"),
        ("2026-12-03T14:00+01:00", "2026-12-03T14:00+01:00"),
        ("2026-12-03T14:00:30+01:00", "2026-12-03T14:00:30+01:00"),
    ],
)
def test_what_people_type_means_what_they_mean(typed: str, meant: str) -> None:
    assert parse_moment(typed, NOW, PARIS) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "bientôt", "25:00", "24h", "14:75", "31/02", "32/1", "0/1", "1/13", "lundi prochain ou mardi", "+", "+1000",
        "-3", "14", "2026-02-30", "2026-13-01", "demain14h", "12:00 demain", "29/02", "[bold]demain", "demain\x00",
    ],
)  # fmt: skip
def test_what_is_not_a_date_is_refused_with_examples(typed: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_moment(typed, NOW, PARIS)
    assert "2026-11-21" in str(caught.value)


def test_an_instant_with_another_offset_is_told_in_the_civil_calendar() -> None:
    assert parse_moment("2026-11-28T23:30-05:00", NOW, PARIS) == "2026-11-29T05:30+01:00"
    assert parse_moment("2026-12-03T13:00Z", NOW, PARIS) == "2026-12-03T14:00+01:00"


@pytest.mark.parametrize("typed", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"])
def test_an_instant_beyond_the_calendar_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        parse_moment(typed, NOW, PARIS)


def test_the_day_is_that_of_the_civil_calendar_not_of_utc() -> None:
    late = datetime(2026, 11, 21, 23, 30, tzinfo=ZoneInfo("UTC"))
    assert parse_moment("aujourd'hui", late, PARIS) == "2026-11-22"


@given(st.text(max_size=30))
def test_anything_typed_gives_a_date_or_a_sentence(typed: str) -> None:
    try:
        meant = parse_moment(typed, NOW, PARIS)
    except Invalid:
        return
    parse_when(meant, PARIS)
    date.fromisoformat(meant[:10])


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_every_iso_date_means_itself(day: date) -> None:
    assert parse_moment(day.isoformat(), NOW, PARIS) == day.isoformat()
