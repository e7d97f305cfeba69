"""Promises whose customer was told before, and acts done while they waited: golden cases on their borders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor_tui.domain import bodies as b
from advisor_tui.domain.measures import Share
from tests.store.house import PAUL, House, SteppingClock
from tests.store.teaming import act_done, figure, letter, ms, promised, take


class TestWarnedBefore:
    def share(self, house: House) -> Share | None:
        return figure(house, "warned_before").share

    def test_told_in_time_counts_at_once(self, house: House) -> None:
        house.do("warn_commitment", commitment=promised(house), words="Le colis tarde.", new_due="2026-11-30")
        assert self.share(house) == (1, 1)

    def test_kept_in_time_and_released_count_neither_way(self, house: House) -> None:
        house.do("keep_commitment", commitment=promised(house))
        house.do("release_commitment", commitment=promised(house), words="Plus besoin.")
        house.clock.advance(days=10)
        assert self.share(house) == (0, 0)

    def test_kept_the_evening_of_the_day_is_kept_and_the_morning_after_is_late(self, house: House) -> None:
        one, other = promised(house), promised(house, "2026-11-25T14:00:00+01:00")
        house.clock.advance(days=4, hours=14)  # Wednesday 25 November, 23 h in Paris
        house.do("keep_commitment", commitment=one)
        house.do("keep_commitment", commitment=other)
        late = promised(house)
        assert self.share(house) == (0, 0)
        house.clock.advance(hours=2)
        house.do("keep_commitment", commitment=late)
        assert self.share(house) == (0, 1)

    def test_past_due_and_not_settled_is_not_told(self, house: House) -> None:
        promised(house)
        house.clock.advance(days=4)
        assert self.share(house) == (0, 0), "it is due today still"
        house.clock.advance(days=1)
        assert self.share(house) == (0, 1)

    def test_broken_is_not_told(self, house: House) -> None:
        promise = promised(house)
        house.clock.advance(days=6)
        house.do("break_commitment", commitment=promise, words="Pardon.")
        assert self.share(house) == (0, 1)

    def test_a_promise_leaves_the_window_on_its_twenty_eighth_day(self, house: House) -> None:
        promised(house)
        house.clock.advance(days=4 + 27)
        assert self.share(house) == (0, 1)
        house.clock.advance(days=1)
        assert self.share(house) == (0, 0)

    @pytest.mark.parametrize(
        ("fields", "share"),
        [
            ({"warned_at": "2026-11-18", "state": "renegotiated"}, (1, 1)),
            ({"warned_at": "2026-11-18T23:30:00+01:00"}, (1, 1)),
            ({"warned_at": "2026-11-19T00:30:00+01:00"}, (0, 1)),
            ({"warned_at": "2026-11-18", "settled_at": "2026-11-20", "state": "kept"}, (1, 1)),
            ({"warned_at": "2026-11-18", "settled_at": "2026-11-20", "state": "broken"}, (1, 1)),
            ({"settled_at": "2026-11-18", "state": "renegotiated"}, (1, 1)),
            ({"settled_at": "2026-11-20", "state": "renegotiated"}, (0, 1)),
            ({"state": "renegotiated"}, (0, 0)),
            ({"state": "kept"}, (0, 0)),
            ({"state": "kept", "settled_at": "2026-11-18T23:59:00+01:00"}, (0, 0)),
            ({"state": "kept", "settled_at": "2026-11-19T00:01:00+01:00"}, (0, 1)),
            ({"state": "broken"}, (0, 1)),
            ({"state": "released"}, (0, 0)),
            ({"due": "2026-11-18T14:00:00+01:00", "warned_at": "2026-11-18T15:00:00+01:00"}, (0, 1)),
            ({"due": "2026-11-18T14:00:00+01:00", "warned_at": "2026-11-18T13:59:00+01:00"}, (1, 1)),
            ({"due": "2026-11-18T14:00:00+01:00", "warned_at": "2026-11-18"}, (1, 1)),
            ({"due": "2026-10-24T22:30:00Z"}, (0, 1)),
            ({"due": "2026-10-23T21:30:00Z"}, (0, 0)),
            ({"due": "2026-10-25", "warned_at": "2026-10-25"}, (1, 1)),
            ({"due": "2026-10-25", "warned_at": "2026-10-24"}, (0, 0)),
        ],
        ids=lambda value: " ".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else "",
    )  # fmt: skip
    def test_a_line_tells_it_all(self, house: House, fields: dict[str, str], share: tuple[int, int]) -> None:
        take(
            house,
            {"v": 1, "type": "customer", "id": "c1", "name": "Zoé"},
            {"v": 1, "type": "case", "id": "k1", "customer": "c1", "kind": "request", "subject": "x", "opened_at": "2026-10-01"},
            {"v": 1, "type": "commitment", "id": "m1", "case": "k1", "text": "Rappel", "made_at": "2026-10-02",
             "due": "2026-11-18"} | fields,
        )  # fmt: skip
        assert self.share(house) == share


class TestHarmed:
    def harmed(self, house: House) -> tuple[int, int]:
        found = figure(house, "harmed_while_pending")
        return found.number, found.refused

    def test_done_while_a_letter_waited_is_harm(self, house: House) -> None:
        customer = house.customer()
        letter(house, customer)
        act_done(house, customer, "2026-11-19T10:00:00+01:00")
        assert self.harmed(house) == (1, 0)

    def test_refused_is_none_and_is_told_beside(self, house: House) -> None:
        customer = house.customer()
        letter(house, customer)
        assert (
            house.do("ask_adverse_act", customer=customer, act="cut_off", by="facturation").made["state"] == "refused"
        )
        assert self.harmed(house) == (0, 1)

    def test_done_after_the_answer_is_none(self, house: House) -> None:
        customer = house.customer()
        waits = letter(house, customer)
        house.do("settle_contact", contact=waits, reply="answered", words="Virement retrouvé.")
        house.clock.advance(hours=1)
        assert house.do("ask_adverse_act", customer=customer, act="cut_off", by="facturation").made["state"] == "done"
        assert self.harmed(house) == (0, 0)

    def test_answered_only_afterwards_is_harm_still(self, house: House) -> None:
        customer = house.customer()
        waits = letter(house, customer)
        act_done(house, customer, "2026-11-19T10:00:00+01:00")
        house.do("settle_contact", contact=waits, reply="answered", words="Virement retrouvé.")
        assert self.harmed(house) == (1, 0)

    def test_a_letter_typed_in_late_was_there_from_its_day(self, house: House) -> None:
        customer = house.customer()
        act_done(house, customer, "2026-11-19T10:00:00+01:00")
        for day in ("2026-11-20", "2026-11-19"):  # of the same day, nobody knows which came first
            letter(house, customer, day)
            assert self.harmed(house) == (0, 0)
        letter(house, customer, "2026-11-18")
        assert self.harmed(house) == (1, 0)

    def test_put_right_was_done_and_dropped_was_not(self, house: House) -> None:
        customer = house.customer()
        letter(house, customer)
        act_done(house, customer, "2026-11-19T10:00:00+01:00", "reversed", settled_at="2026-11-20")
        assert self.harmed(house) == (1, 0)
        act_done(house, customer, "2026-11-19T11:00:00+01:00", "dropped")
        assert self.harmed(house) == (1, 0)

    def test_a_letter_to_another_record_of_the_person_holds(self, house: House) -> None:
        one, other = house.customer("Zoé Un"), house.customer("Zoé Deux")
        letter(house, other)
        act_done(house, one, "2026-11-19T10:00:00+01:00")
        assert self.harmed(house) == (0, 0)
        house.do("merge_customers", keep=one, absorb=other)
        assert self.harmed(house) == (1, 0)
        house.do("unmerge_customers", customer=other)
        assert self.harmed(house) == (0, 0)

    def test_what_was_undone_never_was(self, house: House) -> None:
        customer = house.customer()
        letter(house, customer)
        act_done(house, customer, "2026-11-21T09:30:00+01:00")
        house.clock.advance(hours=2)
        assert self.harmed(house) == (1, 0)
        house.do("undo")
        assert self.harmed(house) == (0, 0), "the letter was logged by mistake"

    @pytest.mark.parametrize(
        ("fields", "count"),
        [
            ({}, 1),
            ({"answered": True}, 0),
            ({"reply": "answered", "reply_at": "2026-11-17", "reply_words": "Oui."}, 0),
            ({"reply": "answered", "reply_at": "2026-11-19T11:00:00+01:00", "reply_words": "Oui."}, 1),
            ({"reply": "acknowledged", "reply_at": "2026-11-17", "reply_words": "Reçu."}, 1),
            ({"at": "2026-11-19T10:00:00+01:00"}, 0),
        ],
    )  # fmt: skip
    def test_lines_tell_when_it_was_answered(self, house: House, fields: dict[str, Any], count: int) -> None:
        contact = {"v": 1, "type": "contact", "id": "t1", "customer": "c1", "channel": "letter", "direction": "inbound",
                   "at": "2026-11-16T09:00:00+01:00", "body": "J'ai payé."} | fields  # fmt: skip
        act = {"v": 1, "type": "act", "id": "a1", "customer": "c1", "act": "cut_off", "by": "facturation", "state": "done",
               "at": "2026-11-19T10:00:00+01:00"}  # fmt: skip
        take(house, {"v": 1, "type": "customer", "id": "c1", "name": "Zoé"}, contact, act)
        assert self.harmed(house) == (count, 0)
        if not fields:  # the same line again, now with an end that came later
            take(house, contact | {"reply": "answered", "reply_at": "2026-11-20", "reply_words": "Oui."})
            assert self.harmed(house) == (1, 0)
            take(house, contact | {"reply": "answered", "reply_at": "2026-11-17", "reply_words": "Oui."})
            assert self.harmed(house) == (0, 0)

    @pytest.mark.parametrize(("closed", "count"), [("2026-11-18", 0), ("2026-11-20", 1)])
    def test_a_case_closed_since_went_on_then(self, house: House, closed: str, count: int) -> None:
        case = {"v": 1, "type": "case", "id": "k1", "customer": "c1", "kind": "dispute", "subject": "Facture",
                "opened_at": "2026-11-02", "state": "closed", "closed_at": closed,
                "dispute": {"outcome": "settled", "words": "Accord.", "at": closed}}  # fmt: skip
        act = {"v": 1, "type": "act", "id": "a1", "customer": "c1", "act": "cut_off", "by": "f", "state": "done",
               "at": "2026-11-19T10:00:00+01:00"}  # fmt: skip
        take(house, {"v": 1, "type": "customer", "id": "c1", "name": "Zoé"}, case, act)
        assert self.harmed(house) == (count, 0)

    @pytest.mark.parametrize(("settled", "count"), [("2026-11-18", 0), ("2026-11-20", 1)])
    def test_a_complaint_answered_since_ran_then(self, house: House, settled: str, count: int) -> None:
        lines = (
            {"v": 1, "type": "customer", "id": "c1", "name": "Zoé"},
            {"v": 1, "type": "case", "id": "k1", "customer": "c1", "kind": "request", "subject": "x", "opened_at": "2026-11-01"},
            {"v": 1, "type": "complaint", "id": "p1", "case": "k1", "points": ["Frais"], "from_on": "2026-11-01", "at": "2026-11-02",
             "state": "answered", "settled_at": settled, "words": "Oui.", "answers": ["Remboursés."], "outcome": "accepted"},
            {"v": 1, "type": "act", "id": "a1", "customer": "c1", "act": "penalty", "by": "f", "state": "done",
             "at": "2026-11-19T10:00:00+01:00"},
        )  # fmt: skip
        take(house, *lines)
        assert self.harmed(house) == (count, 0)

    def test_of_days_without_a_time_the_doubt_is_to_the_good(self, house: House) -> None:
        customer = house.customer()
        waits = letter(house, customer, "2026-11-18")
        body = b.AdverseActAsked(act="cut_off", by="facturation", state="done", ext="a", at="2026-11-21")
        house.record("adverse_act_asked", customer, body, at=ms("2026-11-21T00:00:00+00:00"))
        assert self.harmed(house) == (1, 0)
        house.do("settle_contact", contact=waits, reply="answered", words="Oui.")
        assert self.harmed(house) == (0, 0), "answered on the same day: perhaps before"

    def test_the_borders_of_the_window_are_civil_days(self, house: House) -> None:
        customer = house.customer()
        letter(house, customer, "2026-10-01")
        act_done(house, customer, "2026-10-24T23:59:00+02:00")
        assert self.harmed(house) == (0, 0)
        act_done(house, customer, "2026-10-25T00:01:00+02:00")
        assert self.harmed(house) == (1, 0)
        act_done(house, customer, "2026-11-22T00:01:00+01:00")
        assert self.harmed(house) == (1, 0), "tomorrow"

    def test_asked_long_ago_and_agreed_to_now_counts_now(self, house: House) -> None:
        customer = house.customer()
        house.do("state_stake", customer=customer, level="vital", words="Alarme.")
        act = house.do("ask_adverse_act", customer=customer, act="cut_off", by="facturation").made["act"]
        house.clock.advance(days=60)
        house.do("decide_adverse_act", PAUL, act=act, agree=True, words="D'accord.")
        assert self.harmed(house) == (0, 0)
        letter(house, customer, "2026-12-01")
        assert self.harmed(house) == (1, 0)


STEPS: dict[str, Callable[[House, str, str], object]] = {
    "letter": lambda house, customer, case: letter(house, customer, house.clock.now().date().isoformat(), case=case),
    "loose letter": lambda house, customer, case: letter(house, customer, house.clock.now().date().isoformat()),
    "act": lambda house, customer, case: house.do("ask_adverse_act", customer=customer, act="cut_off", by="f"),
    "answer": lambda house, customer, case: house.do("write_resolution", case=case, text="Vu."),
    "complaint": lambda house, customer, case: house.do("take_complaint", case=case, points=["Frais"]),
    "night": lambda house, customer, case: house.clock.advance(hours=15),
}


@settings(max_examples=20)
@given(st.lists(st.sampled_from(sorted(STEPS)), min_size=2, max_size=9))
def test_what_the_desk_lets_pass_is_never_harm(tmp_path: Path, template: Path, names: list[str]) -> None:
    """The hold and the measure agree: every act that was asked for here is either refused or harmed nobody."""
    home = House.copy(template, Path(mkdtemp(dir=tmp_path)) / "workspace.db", SteppingClock(), hurry=True)
    customer = home.customer()
    case = home.case(customer)
    for name in names:
        home.clock.advance(minutes=1)
        STEPS[name](home, customer, case)
    acts = home.rows("SELECT state FROM entry WHERE kind = 'act'")
    made = figure(home, "harmed_while_pending")
    assert (made.number, made.refused) == (0, acts.count(("refused",)))
    home.close()
