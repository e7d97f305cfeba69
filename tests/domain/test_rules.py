"""The calendar and the rule packs: golden values of the domain's research (DOMAIN.md 2.3)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.permissions import GRANTS, Person, may
from advisor_tui.domain.rules import easter, holiday_on, is_open, next_open
from advisor_tui.store.rulebook import PACKS, load_rules, read_rules

CALENDAR = load_rules("fr").calendar


@pytest.mark.parametrize(
    "sunday", [date(2026, 4, 5), date(2027, 3, 28), date(2028, 4, 16), date(2000, 4, 23), date(1961, 4, 2)]
)
def test_easter_falls_where_the_church_says(sunday: date) -> None:
    assert easter(sunday.year) == sunday


@given(st.integers(1583, 9999))
def test_easter_is_a_sunday_between_22_march_and_25_april(year: int) -> None:
    day = easter(year)
    assert day.isoweekday() == 7
    assert date(year, 3, 22) <= day <= date(year, 4, 25)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 1, 1), "1er janvier"),
        (date(2026, 4, 6), "lundi de Pâques"),
        (date(2026, 5, 1), "1er mai"),
        (date(2026, 5, 8), "8 mai"),
        (date(2026, 5, 14), "Ascension"),
        (date(2026, 5, 25), "lundi de Pentecôte"),
        (date(2026, 7, 14), "14 juillet"),
        (date(2026, 8, 15), "Assomption"),
        (date(2026, 11, 1), "Toussaint"),
        (date(2026, 11, 11), "11 novembre"),
        (date(2026, 12, 25), "Noël"),
    ],
)
def test_the_eleven_public_holidays_of_2026(day: date, name: str) -> None:
    assert holiday_on(CALENDAR, day) == name
    assert not is_open(CALENDAR, day)


@given(st.integers(1990, 2100))
def test_every_year_has_eleven_holidays_unless_two_fall_together(year: int) -> None:
    first = date(year, 1, 1)
    days = [first + timedelta(days=n) for n in range(366)]
    found = [day for day in days if day.year == year and holiday_on(CALENDAR, day)]
    assert len(found) in (10, 11)


def _counted(start: date, days: int, weekdays: tuple[int, ...]) -> date:
    """The `days`th day after `start` that is worked: jours ouvrables or ouvrés."""
    day = start
    while days:
        day += timedelta(days=1)
        days -= day.isoweekday() in weekdays and holiday_on(CALENDAR, day) is None
    return day


@pytest.mark.parametrize(
    ("start", "ten", "ten_worked", "fifteen", "thirty_five"),
    [
        ("2026-04-30", "2026-05-15", "2026-05-19", "2026-05-21", "2026-06-15"),
        ("2026-05-07", "2026-05-21", "2026-05-26", "2026-05-28", "2026-06-20"),
        ("2026-12-18", "2026-12-31", "2027-01-05", "2027-01-07", "2027-01-30"),
        ("2026-12-31", "2027-01-13", "2027-01-15", "2027-01-19", "2027-02-11"),
        ("2027-03-25", "2027-04-07", "2027-04-09", "2027-04-13", "2027-05-10"),
    ],
)
def test_the_calendar_counts_the_golden_deadlines(
    start: str, ten: str, ten_worked: str, fifteen: str, thirty_five: str
) -> None:
    day = date.fromisoformat(start)
    open_days, worked = CALENDAR.open_weekdays, (1, 2, 3, 4, 5)
    assert _counted(day, 10, open_days).isoformat() == ten
    assert _counted(day, 10, worked).isoformat() == ten_worked
    assert _counted(day, 15, open_days).isoformat() == fifteen
    assert _counted(day, 35, open_days).isoformat() == thirty_five


@pytest.mark.parametrize(
    ("day", "open_day"),
    [
        (date(2026, 11, 21), date(2026, 11, 21)),  # a Saturday: someone is there
        (date(2026, 11, 22), date(2026, 11, 23)),  # a Sunday
        (date(2026, 7, 14), date(2026, 7, 15)),
        (date(2027, 5, 1), date(2027, 5, 3)),  # a Saturday holiday, then a Sunday
        (date(2026, 4, 5), date(2026, 4, 7)),  # Easter Sunday and Monday
        (date(2026, 12, 25), date(2026, 12, 26)),
    ],
)
def test_the_next_open_day_is_one_on_which_someone_is_there(day: date, open_day: date) -> None:
    assert next_open(CALENDAR, day) == open_day


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_the_next_open_day_is_open_and_near(day: date) -> None:
    found = next_open(CALENDAR, day)
    assert is_open(CALENDAR, found)
    assert timedelta() <= found - day <= timedelta(days=4)


def test_every_rule_says_since_when_and_from_where() -> None:
    for path in PACKS.glob("*.toml"):
        rules = load_rules(path.stem)
        for rule in (rules.calendar, rules.desk):
            assert rule.source
            assert rule.effective_from < date(2027, 1, 1)


@pytest.mark.parametrize("name", ["xx", "../domain/fr", "", "fr.toml"])
def test_a_rule_pack_that_does_not_exist_is_refused_by_name(name: str) -> None:
    with pytest.raises(Invalid, match="rule pack"):
        load_rules(name)


@pytest.mark.parametrize("text", ["name = ", "name = 'x'", "name = 1\n[calendar]\n", "\ufeff\x00"])
def test_a_broken_rule_pack_is_refused_with_its_path(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid, match=r"mine\.toml"):
        read_rules(path)


def test_trainers_and_liaisons_write_nothing_here_and_an_unknown_role_nothing_at_all() -> None:
    allowed = {
        role: [p for p in ("write", "own", "merge") if may(Person("x", role=role), p)] for role in (*GRANTS, "ghost")
    }
    assert allowed["advisor"] == allowed["lead"] == allowed["admin"] == ["write", "own", "merge"]
    assert allowed["trainer"] == allowed["liaison"] == allowed["ghost"] == []
