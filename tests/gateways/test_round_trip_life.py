"""Whatever advisors did comes out as lines, goes in elsewhere, and says the same there. Seeds replay."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import Refused
from advisor_tui.domain.invariants import breaches
from advisor_tui.gateways.exporter import export_lines
from advisor_tui.gateways.line_types import TYPES
from advisor_tui.store.journal import Journal
from advisor_tui.store.reads.brief import Brief, read_brief
from advisor_tui.store.reads.connection import open_reads
from advisor_tui.store.reads.customer import read_head
from tests.actions.test_harm import OFFERS, Life
from tests.gateways.conftest import Home
from tests.store.house import PARIS, RULES, House, SteppingClock, fresh_database

STEPS = 150


class WholeLife(Life):
    """A life in which everything happens that a line can say."""

    def given(self) -> dict[str, Callable[[], dict[str, Any]]]:
        chance, word = self.chance, self.word

        def maybe() -> str:
            return word() if chance.random() < 0.6 else ""

        more: dict[str, Callable[[], dict[str, Any]]] = {
            "take_complaint": lambda: {"case": self.case(), "points": [word(), word()], "contact": chance.choice(("", self.entry("contact")))},
            "acknowledge_complaint": lambda: {"complaint": self.entry("complaint"), "words": maybe()},
            "hold_complaint": lambda: {"complaint": self.entry("complaint"), "words": word(), "final_on": self.day()},
            "plan_work": lambda: {"case": self.case(), "what": word(), "due": self.day(), "side": chance.choice(("us", "customer", "third")), "progress": maybe()},
            "settle_work": lambda: {"work": self.entry("work"), "done": chance.random() < 0.7, "words": word()},
            "state_fact": lambda: {"customer": self.customer(), "key": chance.choice(("étage", "horaire", "chien")), "value": maybe(), "source": word(), "expires": chance.choice(("", self.day()))},
            "set_relation": lambda: {"customer": self.customer(), "preferred": chance.choice(("", "Claire Morel")), "second": chance.choice(("", "Paul Ndiaye"))},
            "settle_contact": lambda: {"contact": self.entry("contact"), "reply": chance.choice(("acknowledged", "holding_reply", "answered", "no_answer_needed")), "words": word(), "final_on": self.day()},
            "link_contact": lambda: {"contact": self.entry("contact"), "case": chance.choice(("", self.case()))},
            "confirm_situation": lambda: {"case": self.case()},
            "reverse_adverse_act": lambda: {"act": self.entry("act"), "words": word()},
            "answer_survey": lambda: {"case": self.case(), "effort": chance.randrange(1, 8), "words": word()},
            "release_commitment": lambda: {"commitment": self.entry("commitment"), "words": word()},
            "add_note": lambda: {"customer": self.customer(), "text": word()},
        }  # fmt: skip
        return super().given() | more

    def live(self, steps: int) -> None:
        names = list(self.given())
        for _step in range(steps):
            if self.chance.random() < 0.15:
                self.house.clock.advance(days=self.chance.choice((1, 1, 3, 20, 95)))
            if self.chance.random() < 0.05:
                with suppress(Refused):
                    product = self.chance.choice(OFFERS)
                    self.house.record("holding_recorded", self.customer(), b.HoldingRecorded(product=product))
            if self.chance.random() < 0.03:
                reason = self.chance.choice(("", "Procès"))
                hold = b.LegalHoldSet(reason=reason, until=self.chance.choice(("", "2027-05-01")))
                self.house.record("legal_hold_set", self.customer(), hold, actor="Claire Morel")
            self.step(self.chance.choice(names))


def brief_of(path: Path, customer: str, now: datetime) -> Brief:
    reads = open_reads(path)
    try:
        head = read_head(reads, customer)
        assert head is not None
        return read_brief(reads, head, now, RULES)
    finally:
        reads.close()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "workspace.db"
    fresh_database(path)
    return path


def said(journal: Journal) -> bytes:
    return b"".join(export_lines(journal))


@pytest.mark.parametrize("seed", range(12))
def test_a_life_goes_elsewhere_and_is_the_same(template: Path, tmp_path: Path, seed: int) -> None:
    house = House.copy(template, tmp_path / "workspace.db", SteppingClock(), seed=seed, hurry=True)
    life = WholeLife(house, seed)
    life.live(STEPS)
    first = said(house.journal)
    now = house.clock.now().astimezone(PARIS)
    other = Home(tmp_path / "other", now)
    try:
        path = tmp_path / "first.jsonl"
        path.write_bytes(first)
        outcome = other.take(path)
        assert outcome.report.total("rejected") == 0
        assert other.export() == first
        for customer in life.customers:
            assert brief_of(other.journal.path, customer, now) == brief_of(house.path, customer, now)
            assert [*breaches(other.journal.state(customer))] == []
        again = other.take(path).report
        assert (again.total("added"), again.total("corrected"), again.total("rejected")) == (0, 0, 0)
    finally:
        other.journal.close()
        house.close()


def test_these_lives_hold_every_kind_of_line(template: Path, tmp_path: Path) -> None:
    kinds: set[str] = set()
    fields: set[str] = set()
    for seed in range(12):
        house = House.copy(template, tmp_path / f"{seed}.db", SteppingClock(), seed=seed, hurry=True)
        WholeLife(house, seed).live(STEPS)
        for raw in said(house.journal).splitlines():
            line = json.loads(raw)
            kinds.add(line["type"])
            fields |= {f"{line['type']}.{key}" for key in line}
        house.close()
    assert kinds == set(TYPES)
    assert fields >= {
        "customer.stake", "customer.facts", "customer.permissions", "customer.second_advisor", "customer.legal_hold",
        "case.dispute", "case.survey_waived", "contact.reply", "contact.final_on", "commitment.warned_at",
        "commitment.replaced_by", "complaint.acknowledged_at", "complaint.held_words", "complaint.answers",
        "act.held_by", "act.settled_words", "proposal.offer", "proposal.why", "gesture_asked.words", "step.words",
        "signal.answer", "signal.until", "signal.told_at", "signal.told_words", "signal.contact", "signal.striking",
    }  # fmt: skip
