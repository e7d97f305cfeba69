"""What a line may not do: take the id of something else, or bring a date that no comparison understands."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from advisor_tui.domain.identity import derived_uuid7, entity_id
from advisor_tui.gateways.csv_values import instant
from advisor_tui.store.unit import TABLES
from tests.gateways.conftest import Home, case, contact, customer, rejects, totals

Homes = Callable[..., Home]
SHARED = derived_uuid7(0, "test", "shared")
NOTE = {"v": 1, "type": "note", "id": SHARED, "customer": "c1", "at": "2026-11-05", "text": "Mornings"}


@pytest.mark.parametrize("owner", ["c1", "c2"])
@pytest.mark.parametrize("first", [NOTE, contact(SHARED), case(SHARED)])
@pytest.mark.parametrize("second", [NOTE, contact(SHARED), case(SHARED)])
def test_an_id_names_one_thing(home: Homes, first: dict[str, Any], second: dict[str, Any], owner: str) -> None:
    if first["type"] == second["type"]:
        return
    one = home()
    one.lines(customer(), customer("c2"), first)
    before = one.export(), rows(one)
    outcome = one.lines({**second, "customer": owner}, name="second.jsonl")
    assert totals(outcome) == (0, 0, 0, 1)
    (row,) = rejects(outcome)
    if owner == "c1" or "case" in (first["type"], second["type"]):
        assert row["error"] == f"The id {SHARED} is already the name of something else."
    assert (one.export(), rows(one)) == before
    assert totals(one.lines(customer(), customer("c2"), first)) == (0, 3, 0, 0)


def rows(home: Home) -> list[Any]:
    with home.journal.transaction() as unit:
        return [tuple(row) for row in unit.connection.execute(select(TABLES["entry"]))]


def test_a_case_may_be_corrected_as_before(home: Homes) -> None:
    one = home()
    one.lines(customer(), case(SHARED))
    assert totals(one.lines(case(SHARED, subject="Another matter"), name="more.jsonl")) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("value", "good"),
    [
        ("2026-11-02", True), ("2026-11-02T10:00Z", True), ("2026-11-02T10:00+01:00", True),
        ("2026-11-02T10:00:05-03:30", True), ("2026-11-02T10:00:05.25+01:00", True), ("2026-W45-1", False),
        ("20261102", False), ("20261102T10:00+01:00", False), ("2026-11-02T10+01:00", False),
        ("2026-11-02T10:00+01", False), ("2026-11-02T10:00+0100", False), ("2026-11-02 10:00+01:00", False),
        ("2026-11-02T10:00", False), ("2026-11-02T10:00:05,5+01:00", False), ("2026-11-02\n", False),
        ("２026-11-02", False), ("2026-02-30", False), ("2026-11-02T10:00+01:00:07", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", ["due", "made_at", "next_on", "closed_at", "opened_at", "since", "from", "to", "at"])
def test_a_date_has_one_of_two_forms(home: Homes, field: str, value: str, good: bool) -> None:
    commitment = {"v": 1, "type": "commitment", "id": "p", "case": "k1", "text": "Call", "due": "2026-12-01"}
    lines: dict[str, dict[str, Any]] = {
        "due": commitment, "made_at": commitment, "next_on": case("k2"), "closed_at": case("k2", state="closed"),
        "opened_at": case("k2"), "since": customer("c2"), "at": contact(),
        "from": {"v": 1, "type": "holding", "id": "h", "customer": "c1", "product": "P"},
        "to": {"v": 1, "type": "offer", "id": "o", "name": "O"},
    }  # fmt: skip
    outcome = home().lines(customer(), case(), {**lines[field], field: value})
    assert totals(outcome) == ((3, 0, 0, 0) if good else (2, 0, 0, 1))
    if not good:
        assert rejects(outcome)[0]["error"] == f"{field} is not a date or time: {value}"


def test_a_table_says_times_of_long_ago_so_that_a_line_may_hold_them(home: Homes) -> None:
    one = home()
    at = instant("at", "01/02/1905 10:00", "", one.journal.clock.zone)
    assert at == "1905-02-01T09:50:39+00:00"
    assert totals(one.lines(customer(), contact(at=at))) == (2, 0, 0, 0)


def test_a_long_chain_of_merges_takes_no_time(home: Homes) -> None:
    one = home()
    names = [f"c{n:04}" for n in range(2500)]
    chain = [customer(name, merged_into=into) for name, into in zip(names, [*names[1:], ""], strict=True)]
    start = time.process_time()
    assert totals(one.lines(*chain)) == (2500, 0, 0, 0)
    assert time.process_time() - start < 10
    assert roots(one) == {entity_id("customer", names[-1])}


def test_a_ring_of_merges_ends_at_its_smallest_id_and_so_does_what_leads_to_it(home: Homes) -> None:
    one = home()
    ring = {"a": "b", "b": "c", "c": "a", "x": "y", "y": "b"}
    one.lines(*(customer(name, merged_into=into) for name, into in ring.items()))
    assert roots(one) == {min(entity_id("customer", name) for name in "abc")}


def roots(home: Home) -> set[str]:
    view = TABLES["customer_view"].c
    with home.journal.transaction() as unit:
        return set(unit.connection.execute(select(view.root)).scalars())
