"""No sequence of actions breaks what protects the customer, or loses a word. Seeds replay; each line is one life."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from advisor_tui.actions.gestures import value_of
from advisor_tui.domain import bodies as b
from advisor_tui.domain.clock import from_ms
from advisor_tui.domain.errors import Invalid, NotFound, Refused
from advisor_tui.domain.events import CATALOGUE
from advisor_tui.domain.guard import is_vital, reasons
from advisor_tui.domain.listening import SignalAnswered
from advisor_tui.domain.selling import Windows, assess
from advisor_tui.domain.state import CustomerState
from tests.store.house import CLAIRE, PARIS, PAUL, RULES, House, SteppingClock

STEPS = 200
OFFERS = ("Fibre", "Répéteur", "Mobile", "Télévision")


class Life:
    """Two records, perhaps of one person, and everything that two advisors and a billing system do about them."""

    def __init__(self, house: House, seed: int) -> None:
        self.house = house
        self.chance = random.Random(seed)
        self.words: list[str] = []
        self.customers = [house.customer(f"Zoé {number}", team="Mobile") for number in range(2)]
        for name in OFFERS:
            requires = ["Fibre"] if name == "Répéteur" else []
            excludes = ["Mobile"] if name == "Télévision" else []
            house.record("offer_recorded", CATALOGUE, b.OfferRecorded(name=name, requires=requires, excludes=excludes))

    def word(self) -> str:
        """Words that nobody wrote before."""
        self.words.append(f"mot{len(self.words)}x")
        return f"{self.words[-1]} « Ça marche »"

    def any_of(self, sql: str) -> str:
        found = [id_ for (id_,) in self.house.rows(sql)]
        return str(self.chance.choice(found)) if found else "nobody"

    def entry(self, kind: str) -> str:
        return self.any_of(f"SELECT id FROM entry WHERE kind = '{kind}' ORDER BY n")

    def case(self) -> str:
        return self.any_of("SELECT id FROM case_view ORDER BY n")

    def customer(self) -> str:
        return self.chance.choice(self.customers)

    def day(self) -> str:
        return f"+{self.chance.randrange(1, 40)}"

    def given(self) -> dict[str, Callable[[], dict[str, Any]]]:
        chance, word = self.chance, self.word
        return {
            "open_case": lambda: {"customer": self.customer(), "subject": word(), "kind": chance.choice(("dispute", "complaint", "request")), "next_step": "x", "next_on": self.day()},
            "log_contact": lambda: {"customer": self.customer(), "body": word(), "channel": chance.choice(("letter", "email", "phone")), "case": chance.choice(("", self.case())), "direction": chance.choice(("inbound", "inbound", "outbound"))},
            "settle_contact": lambda: {"contact": self.entry("contact"), "reply": chance.choice(("acknowledged", "answered", "no_answer_needed")), "words": word()},
            "mark_repeated": lambda: {"contact": self.entry("contact")},
            "state_situation": lambda: {"case": self.case(), "quote": word(), "restated": word(), "confirmed": chance.random() < 0.5},
            "state_stake": lambda: {"customer": self.customer(), "level": chance.choice(("normal", "high", "vital")), "words": word()},
            "set_permission": lambda: {"customer": self.customer(), "purpose": chance.choice(("prospecting", "survey")), "granted": chance.random() < 0.6, "basis": word(), "channel": chance.choice(("", "phone"))},
            "make_commitment": lambda: {"case": self.case(), "text": word(), "due": self.day(), "despite": chance.random() < 0.3},
            "warn_commitment": lambda: {"commitment": self.entry("commitment"), "words": word(), "new_due": self.day()},
            "keep_commitment": lambda: {"commitment": self.entry("commitment"), "words": word()},
            "break_commitment": lambda: {"commitment": self.entry("commitment"), "words": word()},
            "take_complaint": lambda: {"case": self.case(), "points": [word(), word()]},
            "answer_complaint": lambda: {"complaint": self.entry("complaint"), "answers": [word()] * chance.randrange(1, 3), "outcome": chance.choice(("accepted", "refused")), "recourse": chance.choice(("", "Médiateur"))},
            "settle_dispute": lambda: {"case": self.case(), "outcome": "settled", "words": word()},
            "ask_adverse_act": lambda: {"customer": self.customer(), "act": chance.choice(("cut_off", "collection")), "by": word()},
            "decide_adverse_act": lambda: {"act": self.entry("act"), "agree": chance.random() < 0.7, "words": word()},
            "make_proposal": lambda: {"customer": self.customer(), "offer": chance.choice(OFFERS), "benefit": word(), "direction": chance.choice(("inbound", "outbound")), "channel": "phone", "despite_dispute": chance.choice(("", "", "Elle en parle."))},
            "answer_proposal": lambda: {"proposal": self.entry("proposal"), "answer": chance.choice(("accepted", "refused")), "why": word()},
            "make_gesture": lambda: {"case": self.case(), "what": word(), "normal_value": str(chance.randrange(1, 60)), "reason": word()},
            "decide_gesture": lambda: {"gesture": self.entry("gesture"), "granted": chance.random() < 0.6, "words": word()},
            "write_resolution": lambda: {"case": self.case(), "text": word(), "then": chance.choice((None, "resolved", "closed"))},
            "set_state": lambda: {"case": self.case(), "state": chance.choice(("open", "waiting", "resolved", "closed")), "reason": word()},
            "raise_signal": lambda: {"customer": self.customer(), "text": word(), "tag": chance.choice(("preuve non lue", "Preuve NON lue", "attente")), "case": chance.choice(("", self.case())), "contact": chance.choice(("", self.entry("contact"))), "striking": chance.random() < 0.2},
            "answer_signal": lambda: {"signal": self.entry("signal"), "answer": chance.choice(("yes", "no", "later")), "words": word(), "until": self.day(), "all_of_tag": chance.random() < 0.3},
            "tell_back_signal": lambda: {"signal": self.entry("signal"), "words": word()},
            "merge_customers": lambda: {"keep": self.customers[0], "absorb": self.customers[1]},
            "unmerge_customers": lambda: {"customer": self.customers[1]},
            "undo": dict,
        }  # fmt: skip

    def states(self, customer: str) -> list[CustomerState]:
        """All records of a customer, folded from nothing but the journal."""
        roots = dict(self.house.rows("SELECT id, root FROM customer_view"))
        ids = [id_ for id_, root in roots.items() if root == roots[customer]]
        return [self.house.journal.state(id_) for id_ in ids]

    def step(self, name: str) -> None:
        said = len(self.words)
        given = self.given()[name]()
        customer = given.get("customer", self.customers[0])
        before = self.states(customer)
        proposals = self.house.rows("SELECT id FROM entry WHERE kind = 'proposal'")
        try:
            result = self.house.do(name, self.chance.choice((CLAIRE, PAUL)), **given)
        except (Refused, Invalid, NotFound):
            del self.words[said:]
            return
        if name == "undo":
            return
        recorded = " ".join(str(body) for *_rest, body in self.house.events())
        assert [word for word in self.words[said:] if word not in recorded and name != "set_state"] == []
        if name == "ask_adverse_act" and result.made["state"] == "done":
            assert reasons(before) == []
            assert not is_vital(before)
        if name == "decide_adverse_act" and result.made["state"] == "done":
            assert reasons(self.states(result.customer_id)) == []
        if name == "make_proposal":
            assert len(proposals) + 1 == len(self.house.rows("SELECT id FROM entry WHERE kind = 'proposal'"))
            self.look_at_proposal(given, before)
        closes = [
            event for event in result.events if isinstance(event.body, b.StateSet) and event.body.state == "closed"
        ]
        if closes:
            kinds = [event.type for event in result.events if event.type.startswith("survey_")]
            assert len(kinds) == 1

    def look_at_proposal(self, given: dict[str, Any], before: list[CustomerState]) -> None:
        now = self.house.clock.now()
        held = {thing.recorded.product for state in before for thing in state.holdings.values()}
        assert given["offer"] not in held
        rule = RULES.offers
        offers = [(id_, thing.recorded) for id_, thing in self.house.journal.state(CATALOGUE).offers.items()]
        found = assess(
            before, offers, Windows(rule.refused_days, rule.dispute_days), int(now.timestamp() * 1000),
            now.astimezone(PARIS).date(), given["direction"] == "outbound", "phone",
        )  # fmt: skip
        (fit,) = [fit for fit in found if fit.name == given["offer"]]
        kinds = {block.kind for block in fit.blocks}
        assert kinds <= ({"dispute"} if given["despite_dispute"] else set())

    def check(self) -> None:
        """What holds at the end of any life."""
        for customer in self.customers:
            state = self.house.journal.state(customer)
            for item in state.items.values():
                if item.kind == "gesture" and item.state in ("", "granted"):
                    assert value_of(item.recorded) > 0
                    assert item.recorded.reason  # type: ignore[attr-defined]
                if item.kind == "signal" and item.state != "sent":
                    answers = [said for *_who, said in item.later if isinstance(said, SignalAnswered)]
                    assert answers[-1].answer == item.state
                    assert [said.answer for said in answers[:-1]] == ["later"] * (len(answers) - 1), (
                        "yes and no are final"
                    )
                if item.kind == "commitment" and item.state == "renegotiated":
                    due = str(item.recorded.due)[:10]  # type: ignore[attr-defined]
                    assert item.settled_at is not None
                    assert from_ms(item.settled_at, PARIS).date().isoformat() <= due


@pytest.mark.parametrize("seed", range(20))
def test_no_way_leads_to_harm(template: Path, tmp_path: Path, seed: int) -> None:
    house = House.copy(template, tmp_path / "workspace.db", SteppingClock(), seed=seed, hurry=True)
    life = Life(house, seed)
    names = list(life.given())
    done = 0
    for _step in range(STEPS):
        if life.chance.random() < 0.15:
            house.clock.advance(days=life.chance.choice((1, 1, 3, 20, 95)))
        if life.chance.random() < 0.05:
            with suppress(Refused):
                product = life.chance.choice(OFFERS)
                house.record("holding_recorded", life.customer(), b.HoldingRecorded(product=product))
        before = len(house.events())
        life.step(life.chance.choice(names))
        done += len(house.events()) > before
    assert done > STEPS / 5
    life.check()
    assert timedelta(0) < house.clock.now() - SteppingClock().now()
    house.close()
