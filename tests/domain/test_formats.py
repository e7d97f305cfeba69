"""Dates and money are written as CLDR says: our small tables against babel's whole ones."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.dates import format_datetime
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as st

from advisor_tui.language import formats, set_language

LOCALES = {"fr": Locale("fr"), "en": Locale("en", "GB")}
PARIS = ZoneInfo("Europe/Paris")

pytestmark = pytest.mark.usefixtures("speaking")


@pytest.mark.parametrize("name", ["fr", "en"])
def test_month_and_day_names_are_those_of_cldr(name: str) -> None:
    locale = LOCALES[name]
    for months, width in ((formats.MONTHS, "wide"), (formats.MONTHS_SHORT, "abbreviated")):
        assert months[name] == tuple(locale.months["format"][width][month] for month in range(1, 13))
    for days, width in ((formats.DAYS, "wide"), (formats.DAYS_SHORT, "abbreviated")):
        assert days[name] == tuple(locale.days["format"][width][day] for day in range(7))


@pytest.mark.parametrize(("name", "currency"), [("fr", "EUR"), ("en", "EUR"), ("en", "GBP")])
@given(cents=st.integers(-(10**12), 10**12))
def test_money_is_written_as_cldr_writes_it(name: str, currency: str, cents: int) -> None:
    set_language(name)
    value = cents / 100
    assert formats.money(value, currency) == format_currency(Decimal(cents) / 100, currency, locale=LOCALES[name])


@given(st.integers(-(10**9), 10**9))
def test_whole_amounts_are_written_as_cldr_writes_them(value: int) -> None:
    for name, locale in LOCALES.items():
        set_language(name)
        assert formats.money(value) == format_currency(value, "EUR", locale=locale)


@pytest.mark.parametrize("value", ["12 € environ", True, None, ["x"]])
def test_what_is_not_a_number_is_shown_as_it_came(value: object) -> None:
    assert formats.money(value) == str(value)


@pytest.mark.parametrize("name", ["fr", "en"])
@given(st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)))
def test_a_long_time_has_the_words_of_cldr(name: str, when: datetime) -> None:
    set_language(name)
    instant = when.replace(tzinfo=UTC)
    pattern = "EEEE d MMMM y, HH:mm"
    ms = math.floor(instant.timestamp()) * 1000  # towards the past, before 1970 too
    assert formats.long_time(ms, PARIS) == format_datetime(instant, pattern, tzinfo=PARIS, locale=LOCALES[name])


def test_an_age_counts_days_of_the_calendar_then_hours_then_minutes() -> None:
    set_language("fr")
    now = datetime(2026, 11, 17, 14, 2, tzinfo=PARIS)
    since = [
        datetime(2026, 11, 17, 14, 3, tzinfo=PARIS), datetime(2026, 11, 17, 13, 57, tzinfo=PARIS),
        datetime(2026, 11, 17, 11, 0, tzinfo=PARIS), datetime(2026, 11, 16, 23, 59, tzinfo=PARIS),
        datetime(2026, 11, 8, 20, 0, tzinfo=PARIS), datetime(2026, 10, 19, 9, 0, tzinfo=PARIS),
    ]  # fmt: skip
    ages = [formats.age(int(instant.timestamp() * 1000), now) for instant in since]
    assert [age.replace(formats.NBSP, " ") for age in ages] == ["0 min", "5 min", "3 h", "1 j", "9 j", "29 j"]


@pytest.mark.parametrize(
    ("due", "fr", "en"),
    [
        ("2026-11-21T14:00+01:00", "14:00", "14:00"),
        ("2026-11-21T13:00+00:00", "14:00", "14:00"),
        ("2026-11-21", "auj.", "today"),
        ("2026-11-22", "demain", "tomorrow"),
        ("2026-11-23", "lundi", "Monday"),
        ("2026-11-20", "hier", "yesterday"),
        ("2026-12-03", "3 déc.", "3 Dec"),
        ("2025-02-13", "13 févr. 2025", "13 Feb 2025"),
        ("bientôt, sans date", "bientôt, s", "bientôt, s"),
    ],
)
def test_when_something_is_due_in_few_letters(due: str, fr: str, en: str) -> None:
    now = datetime(2026, 11, 21, 9, 0, tzinfo=PARIS)
    set_language("fr")
    assert formats.due_words(due, now) == fr
    set_language("en")
    assert formats.due_words(due, now) == en


@given(st.dates(date(1950, 1, 1), date(2026, 11, 21)))
def test_tenure_never_says_more_years_than_have_passed(since: date) -> None:
    set_language("en")
    said = formats.tenure(since.isoformat(), date(2026, 11, 21))
    numbers = [int(word) for word in said.split() if word.isdigit()]
    assert said
    if numbers and "year" in said:
        assert since.replace(day=min(since.day, 28)) <= date(2026 - numbers[0], 11, 21) + timedelta(days=3)


@pytest.mark.parametrize("since", ["", "jadis", "1994"])
def test_an_unknown_tenure_says_nothing(since: str) -> None:
    assert formats.tenure(since, date(2026, 11, 21)) == ""


def test_a_date_without_a_time_is_that_day_in_every_zone() -> None:
    letter = int(datetime(2026, 11, 24, tzinfo=UTC).timestamp() * 1000)
    for zone in ("Europe/Paris", "America/Montreal", "Pacific/Auckland"):
        now = datetime(2026, 11, 24, 9, 5, tzinfo=ZoneInfo(zone))
        assert formats.civil_day(letter, now.tzinfo or UTC) == date(2026, 11, 24)
        assert formats.days_since(letter, now) == 0
        assert formats.days_since(letter, now + timedelta(days=12)) == 12
        set_language("en")
        assert formats.age(letter, now) == "today", "a day has no hours"


def test_what_came_yesterday_evening_waits_one_day() -> None:
    zone = ZoneInfo("Europe/Paris")
    came = int(datetime(2026, 11, 24, 23, 30, tzinfo=zone).timestamp() * 1000)
    assert formats.days_since(came, datetime(2026, 11, 25, 0, 10, tzinfo=zone)) == 1
    assert formats.days_since(came, datetime(2026, 11, 24, 23, 50, tzinfo=zone)) == 0


@pytest.mark.parametrize("due", ["2026-11-23zzz", "2026-11-21T99:00", "0001-01-01T00:00:00+14:00", "bientôt", ""])
def test_a_due_day_that_is_none_is_shown_and_breaks_nothing(due: str) -> None:
    now = datetime(2026, 11, 21, 9, 0, tzinfo=ZoneInfo("Europe/Paris"))
    assert formats.due_words(due, now) == due[:10]
