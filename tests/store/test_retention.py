"""Whom it is time to forget, by the retention table: three years in the pack, to the same day of the month."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec import convert

from advisor_tui.domain import bodies as b
from advisor_tui.store.retention import Due, past_retention
from tests.store.house import PARIS, RULES, START, House
from tests.store.test_held import bytes_of

TODAY = START.date()


def past(house: House, today: date = TODAY) -> list[Due]:
    return past_retention(house.reads, RULES.retention, RULES.calendar, today, PARIS)


def heard(house: House, customer: str, day: date, **more: Any) -> None:
    when = datetime(day.year, day.month, day.day, 23, 30, tzinfo=PARIS)
    body = {
        "channel": "phone",
        "direction": "inbound",
        "at": when.isoformat(),
        "body": "Bonjour",
        "answered": True,
    } | more
    house.record("contact_logged", customer, convert(body, b.ContactLogged), at=int(when.timestamp() * 1000))


def held(house: House, customer: str, to: str) -> None:
    house.record(
        "holding_recorded",
        customer,
        b.HoldingRecorded(id=house.journal.hlc.device + to, product="Ligne", from_="2010-01-01", to=to),
    )


def test_a_prospect_three_years_after_they_last_came_to_us(house: House) -> None:
    zoe = house.customer()
    heard(house, zoe, date(2023, 11, 20))
    (one,) = past(house)
    assert (one.customer, one.name, one.rule, one.reason) == (
        zoe,
        "Zoé Lefèvre",
        "retention.prospects",
        "last_heard",
    )
    assert (one.since, one.until, one.against) == (date(2023, 11, 20), date(2026, 11, 20), [])
    assert one.source == RULES.retention.source
    assert past(house, date(2026, 11, 20)) == [], "kept on its last day"


def test_what_we_sent_does_not_count(house: House) -> None:
    zoe = house.customer()
    heard(house, zoe, date(2020, 1, 6))
    heard(house, zoe, date(2026, 10, 5), direction="outbound", channel="email")
    assert [one.since for one in past(house)] == [date(2020, 1, 6)]


def test_a_customer_three_years_after_the_last_holding_ended(house: House) -> None:
    zoe = house.customer()
    heard(house, zoe, date(2015, 1, 6))
    held(house, zoe, "2021-05-31")
    held(house, zoe, "2023-02-28")
    (one,) = past(house)
    assert (one.rule, one.reason, one.since, one.until) == (
        "retention.customers", "holding_ended", date(2023, 2, 28), date(2026, 2, 28),
    )  # fmt: skip


def test_a_customer_whom_we_heard_from_after_that(house: House) -> None:
    zoe = house.customer()
    held(house, zoe, "2021-05-31")
    heard(house, zoe, date(2023, 11, 21))
    assert past(house) == []
    (one,) = past(house, date(2026, 11, 22))
    assert (one.rule, one.reason) == ("retention.customers", "last_heard")


@pytest.mark.parametrize("to", ["", "2026-11-21", "2030-01-01", "un jour"])
def test_who_holds_something_is_kept(house: House, to: str) -> None:
    zoe = house.customer()
    heard(house, zoe, date(2001, 1, 6))
    held(house, zoe, "2005-01-01")
    held(house, zoe, to)
    assert past(house) == []


def test_the_newest_of_all_records_of_the_person(house: House) -> None:
    zoe, other = house.customer(), house.customer("Z. Lefebvre")
    heard(house, zoe, date(2001, 1, 6))
    heard(house, other, date(2026, 1, 6))
    assert [one.customer for one in past(house)] == [zoe]
    house.do("merge_customers", keep=zoe, absorb=other)
    assert past(house) == []
    (one,) = past(house, date(2029, 2, 1))
    assert sorted(one.records) == sorted([zoe, other])
    assert one.name == "Zoé Lefèvre"


def test_who_never_came_counts_from_when_they_were_recorded(house: House) -> None:
    zoe = house.customer(since="1990-01-01")
    assert past(house) == []
    (one,) = past(house, TODAY + timedelta(days=4 * 366))
    assert (one.customer, one.reason, one.since) == (zoe, "recorded", TODAY)


def test_what_keeps_somebody_past_their_date(house: House) -> None:
    names = {"open_case": "Ada", "unanswered": "Bea", "promise_open": "Cléo", "legal_hold": "Dina"}
    ids = {code: house.customer(name) for code, name in names.items()}
    for customer in ids.values():
        heard(house, customer, date(2010, 1, 6))
    house.case(ids["open_case"])
    heard(house, ids["unanswered"], date(2010, 2, 6), answered=None)
    case = house.case(ids["promise_open"])
    house.do("make_commitment", case=case, text="Rappeler", due="+3")
    house.record("legal_hold_set", ids["legal_hold"], b.LegalHoldSet(reason="Procès", until="2026-11-21"))
    kept = {one.customer: one.against for one in past(house)}
    assert kept == {
        ids["open_case"]: ["open_case"], ids["unanswered"]: ["unanswered"], ids["promise_open"]: ["open_case", "promise_open"],
        ids["legal_hold"]: ["legal_hold"],
    }  # fmt: skip
    later = {one.customer: one.against for one in past(house, date(2026, 11, 22))}
    assert later[ids["legal_hold"]] == []


def test_the_longest_past_first(house: House) -> None:
    for name, year in (("Ada", 2015), ("Bea", 2009), ("Cléo", 2012)):
        heard(house, house.customer(name), date(year, 3, 2))
    assert [one.name for one in past(house)] == ["Bea", "Cléo", "Ada"]


def test_a_civil_day_is_that_of_the_workspace(house: House) -> None:
    zoe = house.customer()
    late = datetime(2023, 11, 20, 23, 30, tzinfo=UTC)  # already the 21st in Paris
    body = b.ContactLogged(channel="phone", direction="inbound", at=late.isoformat(), body="Bonsoir", answered=True)
    house.record("contact_logged", zoe, body, at=int(late.timestamp() * 1000))
    assert past(house) == []


def test_looking_changes_no_byte(house: House) -> None:
    zoe = house.customer()
    heard(house, zoe, date(2010, 1, 6))
    before = bytes_of(house)
    assert len(past(house)) == 1
    assert bytes_of(house) == before
