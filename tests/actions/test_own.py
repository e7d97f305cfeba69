"""Respect and hours: an abusive contact is a fact of its case, and nobody promises for hours that are not theirs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from advisor_tui.actions.execute import execute
from advisor_tui.domain.errors import Invalid, Refused
from advisor_tui.domain.permissions import Person
from advisor_tui.domain.promising import warn_until
from advisor_tui.domain.shift import read_shift
from advisor_tui.gateways.exporter import export_lines
from advisor_tui.store.private import Private
from advisor_tui.store.reads.brief import read_life
from advisor_tui.store.reads.day import SECTIONS, UNCONFIRMED_SQL, read_day
from tests.actions.test_actions import one, refused
from tests.store.house import CLAIRE, PAUL, RULES, START, House

OFFICE = read_shift(dict.fromkeys(("mon", "tue", "wed", "fri"), "9-17"))
MINE = CLAIRE._replace(shift=OFFICE)


@pytest.fixture
def customer(house: House) -> str:
    return house.customer("Zoé Lefèvre", ext="F-204", team="Mobile")


@pytest.fixture
def case(house: House, customer: str) -> str:
    return house.case(customer)


class TestConduct:
    def test_each_step_is_an_entry_of_the_case_and_can_be_taken_back(
        self, house: House, customer: str, case: str
    ) -> None:
        for step in ("warned", "warned_again", "ended"):
            made = house.do("abusive_contact", case=case, step=step, words="Insultes répétées.").made["conduct"]
        kind, channel, case_id, author, text, more = one(house, "kind, channel, case_id, author, text, more", made)
        assert (kind, channel, case_id, author, text) == (
            "change",
            "ConductNoted",
            case,
            CLAIRE.name,
            "Insultes répétées.",
        )
        assert json.loads(more)["step"] == "ended"
        house.do("undo")
        assert len(house.rows("SELECT 1 FROM entry WHERE channel = 'ConductNoted'")) == 2

    def test_on_a_contact_it_is_in_the_case_of_the_contact(self, house: House, customer: str, case: str) -> None:
        inside = house.do("log_contact", case=case, body="Des cris.").made["contact"]
        alone = house.do("log_contact", customer=customer, body="Des cris.").made["contact"]
        cases = [
            one(house, "case_id", house.do("abusive_contact", contact=id_, step="ended").made["conduct"])
            for id_ in (inside, alone)
        ]
        assert cases == [(case,), (None,)]
        with pytest.raises(Invalid):
            house.do("abusive_contact", step="ended")

    def test_nothing_counts_it_and_no_list_has_it(self, house: House, customer: str, case: str) -> None:
        def told() -> tuple[Any, ...]:
            life = read_life(house.reads, customer, START, RULES)
            assert life is not None
            return (
                life.brief,
                read_day(house.reads, START, warn_until(RULES, START), CLAIRE.name),
                house.rows("SELECT * FROM customer_view"),
            )

        before = told()
        for _time in range(3):
            house.do("abusive_contact", case=case, step="ended")
        assert told() == before

    def test_whoever_may_not_write_may_not_note_it(self, house: House, case: str) -> None:
        refused(house, "permission", "abusive_contact", Person("Tom", role="trainer"), case=case, step="warned")


def do(house: House, action: str, who: Person = MINE, **given: Any) -> dict[str, str]:
    return execute(house.journal, action, given, who, RULES).made


def outside(house: House, action: str, who: Person = MINE, **given: Any) -> Refused:
    before = len(house.events())
    with pytest.raises(Refused) as caught:
        do(house, action, who, **given)
    assert caught.value.code == "outside_hours"
    assert len(house.events()) == before
    return caught.value


class TestHours:
    def test_a_promise_for_the_evening_proposes_a_hand_over_and_the_next_moment(self, house: House, case: str) -> None:
        why = outside(house, "make_commitment", case=case, text="rappel", due="2026-11-23T20:00")
        assert "Hand the case over" in why.text()
        assert (why.details["next"], why.details["parameter"]) == ("2026-11-24T09:00+01:00", "due")
        do(house, "make_commitment", case=case, text="rappel", due=str(why.details["next"]))
        do(house, "make_commitment", case=case, text="rappel", due="2026-11-23T20:00", despite=True)
        do(house, "make_commitment", case=case, text="rappel", due="2026-11-23T17:00")

    def test_a_day_off_is_outside_of_them_and_the_next_one_is_an_open_one(self, house: House, case: str) -> None:
        assert outside(house, "make_commitment", case=case, text="x", due="2026-11-26").details["next"] == "2026-11-27"
        assert outside(house, "make_commitment", case=case, text="x", due="2026-12-24").details["next"] == "2026-12-28"
        refused(house, "due_closed", "make_commitment", MINE, case=case, text="x", due="2026-11-22")

    def test_steps_openings_and_moved_promises_too(self, house: House, customer: str, case: str) -> None:
        given: dict[str, Any] = {"case": case, "next_step": "Voir"}
        assert outside(house, "plan_next_step", **given, next_on="2026-11-23 20:00").details["next"] == "2026-11-24"
        do(house, "plan_next_step", **given, next_on="2026-11-26", despite=True)
        opening: dict[str, Any] = {"customer": customer, "subject": "s", "next_step": "Voir", "next_on": "2026-11-26"}
        outside(house, "open_case", **opening)
        do(house, "open_case", **opening, owner=PAUL.name)
        outside(house, "plan_work", case=case, what="Mesurer", due="2026-11-26")
        do(house, "plan_work", case=case, what="Mesurer", due="2026-11-26", side="third")
        do(house, "plan_work", case=case, what="Mesurer", due="2026-11-26", department="network")
        promise = do(house, "make_commitment", case=case, text="rappel", due="2026-11-27")["commitment"]
        assert (
            outside(house, "warn_commitment", commitment=promise, words="Pardon.", new_due="2026-12-03").details[
                "parameter"
            ]
            == "new_due"
        )
        outside(house, "break_commitment", commitment=promise, words="Pardon.", new_due="2026-12-03")
        do(house, "warn_commitment", commitment=promise, words="Pardon.", new_due="2026-12-03", despite=True)

    def test_nobody_is_asked_about_hours_that_are_not_theirs_or_not_said(self, house: House, case: str) -> None:
        do(house, "make_commitment", CLAIRE, case=case, text="x", due="2026-11-23T20:00")
        theirs = PAUL._replace(shift=OFFICE)
        do(house, "make_commitment", theirs, case=case, text="x", due="2026-11-23T20:00")
        do(house, "hand_over", case=case, owner=PAUL.name, next_step="Rappeler", next_on="2026-11-26")
        do(house, "make_commitment", case=case, text="x", due="2026-11-23T20:00")

    def test_they_are_in_no_event(self, house: House, case: str) -> None:
        do(house, "make_commitment", case=case, text="x", due="2026-11-23T20:00", despite=True)
        assert not [row for row in house.events() if "shift" in str(row) or "hours" in str(row)]


class TestConfirmed:
    def shown(self, house: House, who: str) -> list[str]:
        day = read_day(house.reads, START, warn_until(RULES, START), who)
        found = [row.words for row in day.rows if row.section == "unconfirmed"]
        assert day.counts["unconfirmed"] == len(found)
        assert SECTIONS[-1] == "unconfirmed"
        return found

    def test_a_case_resolved_without_a_confirmed_situation_is_told_to_its_owner_alone(
        self, house: House, customer: str
    ) -> None:
        first, second = house.case(customer, subject="jamais dite"), house.case(customer, subject="dite")
        for case in (first, second):
            house.do("write_resolution", case=case, text="réglé", then="resolved")
        assert self.shown(house, CLAIRE.name) == ["dite", "jamais dite"]
        assert self.shown(house, PAUL.name) == self.shown(house, "") == []
        house.do("state_situation", case=second, quote="Ma ligne.", restated="Sa ligne.")
        assert self.shown(house, CLAIRE.name) == ["dite", "jamais dite"], "said back, and not confirmed yet"
        house.do("confirm_situation", case=second)
        assert self.shown(house, CLAIRE.name) == ["jamais dite"]
        house.do("hand_over", case=first, owner=PAUL.name, next_step="Voir", next_on="+2")
        assert (self.shown(house, CLAIRE.name), self.shown(house, PAUL.name)) == ([], ["jamais dite"])
        house.do("set_state", PAUL, case=first, state="closed")
        assert self.shown(house, PAUL.name) == []

    def test_what_was_brought_in_resolved_is_nobodys_omission(self, house: House, customer: str) -> None:
        from advisor_tui.domain import bodies as b

        body = b.CaseOpened(
            kind="request", subject="ancien", opened_at="2024-01-01T09:00:00+01:00", state="resolved", owner=CLAIRE.name
        )
        house.record("case_opened", customer, body)
        assert house.rows("SELECT state, owner FROM case_view") == [("resolved", CLAIRE.name)]
        assert self.shown(house, CLAIRE.name) == []

    def test_it_reads_an_index_and_no_more_than_its_bound(self, house: House) -> None:
        steps = [row[3] for row in house.rows("EXPLAIN QUERY PLAN " + UNCONFIRMED_SQL, "x", 5)]
        assert any("case_resolved (owner=?)" in step for step in steps), steps
        assert not [step for step in steps if step.startswith("SCAN case_view")], steps


def test_what_is_kept_for_oneself_reaches_no_table_and_no_export(house: House, case: str, tmp_path: Path) -> None:
    def whole() -> tuple[list[str], list[bytes]]:
        with house.raw() as connection:
            return [*connection.iterdump()], [*export_lines(house.journal)]

    before = whole()
    private = Private(house.path.parent / "private.db")
    private.keep("Rappel", "phrase-qui-reste-ici")
    private.keep("signature", "signature-qui-reste-ici")
    private.write_note("moment-qui-reste-ici", START.date())
    assert whole() == before
    for path in house.path.parent.iterdir():
        if path.name != "private.db":
            assert b"qui-reste-ici" not in path.read_bytes(), path.name
    assert b"qui-reste-ici" in private.path.read_bytes()
