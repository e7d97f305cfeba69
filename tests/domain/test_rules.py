"""The calendar and the rule packs: golden values of the domain's research (DOMAIN.md 2.3)."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.permissions import GRANTS, Person, may
from advisor_tui.domain.promising import ageing
from advisor_tui.domain.rules import Rules, Span, each_table, easter, holiday_on, is_open, next_open
from advisor_tui.store.rulebook import load_rules, pack_names

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


@pytest.mark.parametrize(
    ("day", "open_day"),
    [
        (date(2026, 11, 20), date(2026, 11, 20)),  # a Friday: someone is there
        (date(2026, 11, 21), date(2026, 11, 23)),  # "tomorrow" on a Friday: Monday
        (date(2026, 11, 22), date(2026, 11, 23)),  # a Sunday
        (date(2026, 7, 14), date(2026, 7, 15)),  # "tomorrow" on 13 July
        (date(2027, 5, 1), date(2027, 5, 3)),  # a Saturday holiday, then a Sunday
        (date(2026, 4, 5), date(2026, 4, 7)),  # Easter Sunday and Monday
        (date(2026, 12, 25), date(2026, 12, 28)),
    ],
)
def test_the_next_open_day_is_one_on_which_someone_is_there(day: date, open_day: date) -> None:
    assert next_open(CALENDAR, day) == open_day


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_the_next_open_day_is_open_and_near(day: date) -> None:
    found = next_open(CALENDAR, day)
    assert is_open(CALENDAR, found)
    assert timedelta() <= found - day <= timedelta(days=4)


PACK_NAMES = ("fr", "general")


def test_the_packs_are_known_by_name_and_the_lists_of_words_beside_them_are_none() -> None:
    assert pack_names() == list(PACK_NAMES)


@pytest.mark.parametrize("name", PACK_NAMES)
def test_every_table_of_a_pack_says_since_when_and_from_where(name: str) -> None:
    rules = load_rules(name)
    assert rules.name == name
    tables = dict(each_table(rules))
    assert len(tables) > 15
    for path, table in tables.items():
        assert table.source.strip(), path
        assert date(2010, 1, 1) < table.effective_from < date(2027, 1, 1), path
        assert list(table.flaws()) == [], path


def test_a_pack_holds_every_table() -> None:
    for name in PACK_NAMES:
        assert {path[0] for path, _ in each_table(load_rules(name))} | {"name"} == set(Rules.__struct_fields__)


def test_the_pack_of_france_says_what_its_sources_say() -> None:
    rules = load_rules("fr")
    payment, finance = rules.complaints["payment"], rules.complaints["finance"]
    assert (payment.answer, payment.hold_max) == (Span(15, "ouvrable"), Span(35, "ouvrable"))
    assert (finance.acknowledge, finance.answer) == (Span(10, "ouvrable"), Span(2, "month"))
    assert rules.complaints["telecoms"].answer == Span(1, "month")
    assert rules.complaints["general"].answer == Span(10, "ouvre")
    assert (rules.inbound.appear_after, rules.inbound.top_after) == (Span(2, "ouvre"), Span(10, "ouvre"))
    assert (rules.offers.refused_days, rules.offers.dispute_days, rules.surveys.once_in_days) == (180, 90, 30)
    assert rules.hold.vital_needs_second
    assert set(rules.hold.acts) == {"cut_off", "collection", "penalty", "closing"}
    consent, hours, pressure = rules.canvassing.consent, rules.canvassing.hours, rules.canvassing.pressure
    assert (consent.effective_from, consent.channels) == (date(2026, 8, 11), ("phone",))
    assert [(slot.opens.hour, slot.closes.hour) for slot in hours.slots] == [(10, 13), (14, 20)]
    assert (pressure.max_calls, pressure.window_days, pressure.silence_days) == (4, 30, 60)
    assert (rules.data_rights.answer, rules.data_rights.extension) == (Span(1, "month"), Span(2, "month"))
    kept = rules.retention
    months = (kept.prospects, kept.customers, kept.contract_proof, kept.accounts, kept.listening_notes)
    assert months == tuple(Span(count, "month") for count in (36, 36, 60, 120, 12))
    assert set(rules.departments) == {"billing", "network", "logistics"}


def test_a_refusal_names_a_recourse_in_both_languages() -> None:
    for name in PACK_NAMES:
        for rule in load_rules(name).complaints.values():
            assert len(rule.recourse_fr) > 40
            assert len(rule.recourse_en) > 40
            assert rule.recourse_fr != rule.recourse_en
            assert not re.search("[^\u00a0][;!?]", rule.recourse_fr)
            assert "odr" not in (rule.recourse_fr + rule.recourse_en).casefold(), "that platform is closed"


def test_what_is_not_certain_says_so() -> None:
    noted = {".".join(path): table.note for path, table in each_table(load_rules("fr")) if table.note}
    assert noted == {
        "calendar": "to be confirmed", "canvassing.hours": "to be confirmed", "canvassing.pressure": "to be confirmed",
        "retention": "indicative",
    }  # fmt: skip


def test_the_general_pack_claims_no_law_and_no_holiday() -> None:
    rules = load_rules("general")
    assert {table.source for _, table in each_table(rules)} == {"Default of this project"}
    assert holiday_on(rules.calendar, date(2026, 5, 1)) is None
    assert next_open(rules.calendar, date(2026, 5, 2)) == date(2026, 5, 4)


def test_a_rule_holds_from_its_first_day_to_its_last() -> None:
    table = replace(load_rules("fr").canvassing.consent, effective_to=date(2026, 12, 31))
    days = (date(2026, 8, 10), date(2026, 8, 11), date(2026, 12, 31), date(2027, 1, 1))
    assert [table.state(day) for day in days] == ["not_yet", "in_force", "in_force", "no_longer"]
    assert load_rules("fr").canvassing.consent.state(date.max) == "in_force"


def test_alsace_and_moselle_have_two_days_off_more() -> None:
    found = [day for day in _days(2026) if holiday_on(CALENDAR, day, "FR-AM") and not holiday_on(CALENDAR, day)]
    assert found == [date(2026, 4, 3), date(2026, 12, 26)]
    assert holiday_on(CALENDAR, date(2026, 4, 3), "FR") is None
    there = replace(CALENDAR, region="FR-AM")
    assert holiday_on(there, date(2026, 4, 3)) == "vendredi saint"
    assert next_open(there, date(2026, 4, 3)) == date(2026, 4, 7)


def _days(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=ahead) for ahead in range(365)]


def test_a_region_that_is_not_known_is_refused() -> None:
    with pytest.raises(Invalid, match="FR, FR-AM"):
        holiday_on(CALENDAR, date(2026, 1, 1), "FR-XX")


@pytest.mark.parametrize("name", ["xx", "../domain/fr", "", "fr.toml", "words-fr", "f\x00r", "/etc/passwd"])
def test_a_rule_pack_that_does_not_exist_is_refused_by_name(name: str) -> None:
    with pytest.raises(Invalid, match=r"no rule pack called .*Packs: fr, general"):
        load_rules(name)


def test_trainers_and_liaisons_write_nothing_here_and_an_unknown_role_nothing_at_all() -> None:
    allowed = {
        role: [p for p in ("write", "own", "merge") if may(Person("x", role=role), p)] for role in (*GRANTS, "ghost")
    }
    assert allowed["advisor"] == allowed["lead"] == allowed["admin"] == ["write", "own", "merge"]
    assert allowed["trainer"] == allowed["liaison"] == allowed["ghost"] == []


def test_what_nobody_answered_is_late_by_working_days() -> None:
    ages = ageing(load_rules("fr"), date(2026, 11, 17))  # a Tuesday; the 11th was a holiday
    assert [ages.stage(date(2026, 11, day)) for day in (17, 16, 15, 13)] == ["fresh", "fresh", "late", "late"]
    assert (ages.late, ages.too_late) == (date(2026, 11, 15), date(2026, 11, 2))
    assert ages.stage(date(2026, 11, 2)) == "too_late"
    assert ages.stage(date(2026, 11, 3)) == "late"
