"""What waits, since when; and where a promise stands."""

from __future__ import annotations

from itertools import count

import pytest

from advisor_tui.domain import bodies as b
from advisor_tui.domain.clock import parse_when
from advisor_tui.domain.events import Event
from advisor_tui.domain.fold import extend, fold
from tests.domain.making import CUSTOMER, DAY, T0, event


class Life:
    """A customer with one case, told event by event."""

    def __init__(self, state: b.CaseState = "open") -> None:
        self.number = count(2)
        opened = b.CaseOpened(
            id="k", kind="request", subject="s", opened_at="2026-11-01", state=state, ext="f1", owner="Claire",
            next_step="x", next_on="2026-12-01",
        )  # fmt: skip
        self.events = [
            event("customer_recorded", b.CustomerRecorded(name="Zoé"), id_="c", n=0),
            event("case_opened", opened, id_="o", n=1, case="k"),
        ]

    def add(self, type_: str, body: b.Body, id_: str, day: int = 0, case: str | None = "k") -> Event:
        new = event(type_, body, id_=id_, n=next(self.number), case=case, at=T0 + day * DAY)
        self.events.append(new)
        return new

    def letter(self, id_: str = "l", day: int = 0, *, case: str | None = "k", ext: str = "x", answered: bool | None = None,
               direction: b.Direction = "inbound", received_on: str = "", sent_on: str = "") -> None:  # fmt: skip
        body = b.ContactLogged(
            channel="letter", direction=direction, at="2026-11-01", answered=answered, ext=ext,
            received_on=received_on, sent_on=sent_on,
        )  # fmt: skip
        self.add("contact_logged", body, id_, day, case)

    def resolution(self, day: int, ext: str = "r1") -> None:
        self.add("resolution_written", b.ResolutionWritten(at="2026-11-01", text="réglé", ext=ext), "r", day)

    def waits(self, id_: str = "l") -> int | None:
        return fold(CUSTOMER, self.events).items[id_].waiting_since


def test_an_inbound_letter_waits_from_its_own_day_until_someone_answers() -> None:
    life = Life()
    life.letter()
    assert life.waits() == T0


@pytest.mark.parametrize("direction", ["outbound", "internal"])
def test_what_we_wrote_waits_for_nobody(direction: b.Direction) -> None:
    life = Life()
    life.letter(direction=direction)
    assert life.waits() is None


def test_a_letter_without_a_case_waits_unless_it_says_that_it_was_answered() -> None:
    life = Life()
    life.letter("l", case=None)
    life.letter("m", case=None, answered=True)
    life.letter("n", case=None, answered=False)
    assert (life.waits("l"), life.waits("m"), life.waits("n")) == (T0, None, T0)


@pytest.mark.parametrize(("answered", "waits"), [(None, False), (True, False), (False, True)])
def test_in_a_case_imported_closed_a_letter_waits_only_if_its_line_says_so(answered: bool | None, waits: bool) -> None:
    life = Life(state="closed")
    life.letter(answered=answered)
    assert (life.waits() is not None) is waits


def test_a_case_that_a_later_line_closes_counts_like_one_imported_closed() -> None:
    life = Life()
    life.letter(answered=False)
    life.add("corrected", b.Corrected(kind="case", id="k", set={"state": "closed"}), "fix")
    assert life.waits() == T0


@pytest.mark.parametrize("answered", [None, False])
def test_closing_the_case_here_answers_what_waits_in_it(answered: bool | None) -> None:
    life = Life()
    life.letter(answered=answered)
    life.add("state_set", b.StateSet(state="closed"), "s")
    assert life.waits() is None
    life.add("state_set", b.StateSet(state="open"), "s2")
    assert life.waits() == T0


@pytest.mark.parametrize("day", [-1, 0, 1])
def test_an_outbound_contact_answers_what_came_before_it(day: int) -> None:
    life = Life()
    life.letter()
    life.letter("reply", day, direction="outbound")
    assert (life.waits() is None) is (day >= 0)


@pytest.mark.parametrize("day", [-1, 1])
def test_a_resolution_answers_what_came_before_it(day: int) -> None:
    life = Life()
    life.letter()
    life.resolution(day)
    assert (life.waits() is None) is (day > 0)


def test_an_answer_in_another_case_answers_nothing_here() -> None:
    life = Life()
    life.letter()
    life.letter("reply", 1, direction="outbound", case=None)
    assert life.waits() == T0


def test_a_line_that_says_unanswered_is_believed_over_imported_answers_but_not_over_ours() -> None:
    life = Life()
    life.letter(answered=False)
    life.resolution(1)
    assert life.waits() == T0
    life.add("resolution_written", b.ResolutionWritten(at="2026-11-01", text="réglé ici"), "here", 1)
    assert life.waits() is None


def test_a_contact_moved_into_a_case_takes_that_case_s_answers() -> None:
    life = Life()
    life.letter(case=None)
    life.letter("reply", 1, direction="outbound")
    life.add("contact_linked", b.ContactLinked(id="l", case="k"), "link")
    assert life.waits() is None
    life.add("contact_linked", b.ContactLinked(id="l", case=""), "unlink")
    assert life.waits() == T0


@pytest.mark.parametrize(
    ("received_on", "sent_on", "expected"),
    [
        ("", "", T0),
        ("2026-10-12", "", parse_when("2026-10-12")[0]),
        ("2026-10-12", "2026-10-10", parse_when("2026-10-10")[0]),
        ("2026-10-10", "2026-10-12", parse_when("2026-10-10")[0]),
        ("2030-01-01", "2030-01-01", T0),
        ("hier", "2026-10-12", parse_when("2026-10-12")[0]),
    ],
)
def test_waiting_counts_from_the_earliest_of_sent_received_and_noted(
    received_on: str, sent_on: str, expected: int
) -> None:
    life = Life()
    life.letter(received_on=received_on, sent_on=sent_on)
    assert life.waits() == expected


def _promise(life: Life, day: int) -> str | None:
    life.add("commitment_made", b.CommitmentMade(text="je rappelle", due="2026-12-01"), "p", day)
    return fold(CUSTOMER, life.events).items["p"].parent


def test_a_promise_stands_under_the_contact_that_made_it() -> None:
    life = Life()
    life.letter("before", -2)
    life.letter("call", 0)
    life.letter("after", 2)
    assert _promise(life, 0) == "call"


def test_a_promise_may_stand_under_a_resolution() -> None:
    life = Life()
    life.letter("call", -1)
    life.resolution(0)
    assert _promise(life, 0) == "r"


def test_a_promise_made_days_after_any_contact_stands_alone() -> None:
    life = Life()
    life.letter("call", -3)
    assert _promise(life, 0) is None


def test_a_promise_that_leaves_its_case_leaves_its_contact() -> None:
    life = Life()
    life.letter("call", 0)
    assert _promise(life, 0) == "call"
    grown = fold(CUSTOMER, life.events)
    left = life.add("corrected", b.Corrected(kind="commitment", id="p", set={"case": None}), "fix")
    assert fold(CUSTOMER, life.events).items["p"].parent is None
    assert extend(grown, [left], lambda: life.events).items["p"].parent is None
