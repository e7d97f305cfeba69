"""The brief: what stands in the way of harm is the same in the tables as in the fold; and what it says of a customer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import Invalid, NotFound, Refused
from advisor_tui.domain.guard import Reason, is_vital, reasons
from advisor_tui.domain.text import one_line
from advisor_tui.store.reads.brief import Brief, read_life
from advisor_tui.store.reads.customer import read_cases, read_head
from advisor_tui.store.reads.holds import CARE, CARE_SQL, MOST, UNANSWERED_SQL, WORDS, dispute_ended, read_care
from advisor_tui.store.tables import CARE as INDEXED
from tests.store.house import PARIS, PAUL, RULES, START, House, SteppingClock

PICK = st.integers(0, 30)
STEP = st.tuples(
    st.sampled_from(
        ["open_case", "log_contact", "log_contact", "settle_contact", "take_complaint", "acknowledge_complaint",
         "answer_complaint", "settle_dispute", "set_state", "write_resolution", "link_contact", "undo", "merge_customers",
         "unmerge_customers", "state_stake"]
    ),
    PICK, PICK, st.sampled_from(["letter", "phone", ""]),
)  # fmt: skip


def brief_of(house: House, customer: str) -> Brief:
    life = read_life(house.reads, customer, house.clock.now().astimezone(PARIS), RULES)
    assert life is not None
    return life.brief


class Story:
    """Random actions about two customers."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.customers = [house.customer("Zoé Lefèvre"), house.customer("Z. Lefevre")]
        self.made: dict[str, list[str]] = {kind: [] for kind in ("case", "contact", "complaint")}
        for number, kind in enumerate(("dispute", "complaint", "request")):
            self.made["case"].append(house.case(self.customers[number % 2], kind=kind, subject=kind))

    def some(self, kind: str, number: int) -> str:
        known = self.made[kind]
        return known[number % len(known)] if known else "nothing"

    def step(self, name: str, one: int, two: int, channel: str) -> None:
        case = self.some("case", one)
        given: dict[str, dict[str, Any]] = {
            "open_case": {"customer": self.customers[one % 2], "subject": f"Sujet {two}", "next_step": "Rappeler", "next_on": "+2",
                          "kind": ("dispute", "complaint", "request")[two % 3]},
            "log_contact": {"body": f"mots {two}", "subject": "Lettre" if channel == "letter" else "", "channel": channel or "web",
                            "direction": "outbound" if two % 4 == 3 else "inbound",
                            **({"case": case} if one % 3 else {"customer": self.customers[two % 2]})},
            "settle_contact": {"contact": self.some("contact", one), "words": "dit", "reply": "answered" if two % 2 else "acknowledged"},
            "take_complaint": {"case": case, "points": ["un point", "un autre"][: 1 + two % 2]},
            "acknowledge_complaint": {"complaint": self.some("complaint", two)},
            "answer_complaint": {"complaint": self.some("complaint", two), "answers": ["oui"] * (1 + one % 2), "outcome": "accepted"},
            "settle_dispute": {"case": self.made["case"][0] if two % 2 else case, "outcome": "settled", "words": "d'accord"},
            "set_state": {"case": case, "state": ("open", "waiting", "resolved", "closed")[two % 4]},
            "write_resolution": {"case": case, "text": "réglé"},
            "link_contact": {"contact": self.some("contact", two), "case": "" if one % 3 == 0 else case},
            "undo": {},
            "merge_customers": {"keep": self.customers[one % 2], "absorb": self.customers[1 - one % 2]},
            "unmerge_customers": {"customer": self.customers[one % 2]},
            "state_stake": {"customer": self.customers[one % 2], "level": "vital" if two % 2 else "normal", "words": "respirateur"},
        }  # fmt: skip
        try:
            made = self.house.do(name, **given[name]).made
        except (Refused, Invalid, NotFound):
            return
        for kind, id_ in made.items():
            if kind in self.made:
                self.made[kind].append(id_)


def told(found: list[Reason]) -> list[Reason]:
    return [reason._replace(words=reason.words[:WORDS]) for reason in found]


def agree(house: House, customer: str) -> None:
    """What the tables say of this person's holds is what the fold says."""
    head = read_head(house.reads, customer)
    assert head is not None
    with house.journal.transaction() as unit:
        states = [unit.state(id_) for id_ in head.ids]
        care = read_care(house.reads, head.ids, read_cases(house.reads, head.ids), RULES, house.journal.now_ms())
        assert care.reasons == told(reasons(states))
        stake = (head.known.get("stake") or {}).get("level") or head.stake
        assert (stake == "vital") == is_vital(states)


@given(steps=st.lists(STEP, min_size=8, max_size=30))
def test_the_tables_and_the_fold_give_the_same_reasons(template: Path, steps: list[tuple[str, int, int, str]]) -> None:
    with TemporaryDirectory() as folder:
        house = House.copy(template, Path(folder) / "workspace.db", SteppingClock(), hurry=True)
        story = Story(house)
        for step in steps:
            story.step(*step)
            for customer in story.customers:
                agree(house, customer)
        house.close()


def test_the_index_for_what_needs_care_is_used(house: House) -> None:
    assert CARE == INDEXED
    for sql, index in ((CARE_SQL, "entry_care"), (UNANSWERED_SQL, "entry_customer_waiting")):
        asked = sql.format(marks="?,?")
        steps = [row[3] for row in house.rows(f"EXPLAIN QUERY PLAN {asked}", *("x", "y", 0)[: asked.count("?")])]
        assert any(f"USING INDEX {index} (customer_id=?" in step for step in steps), steps


def test_an_ordinary_customer_is_not_held(house: House) -> None:
    brief = brief_of(house, house.customer())
    assert (brief.hold.reasons, brief.late, brief.ended, brief.running, brief.situations) == ([], [], [], [], [])
    assert brief.hold.acts == RULES.hold.acts


def test_harm_is_named_with_its_age_and_its_last_day(house: House) -> None:
    customer = house.customer()
    case = house.case(customer, kind="complaint", subject="Attente")
    letter = house.do(
        "log_contact", case=case, channel="letter", subject="Recommandé", body="…", received_on="2026-11-09"
    )
    taken = house.do(
        "take_complaint", case=case, points=["Deux heures", "Aucune réponse"], contact=letter.made["contact"]
    )
    house.do("plan_work", case=case, what="Refaire la facture", due="2026-11-23", department="billing")
    house.do("plan_work", case=case, what="Envoyer le contrat", due="2026-12-23", side="customer")
    brief = brief_of(house, customer)
    assert [reason.kind for reason in brief.hold.reasons] == ["unanswered", "complaint"]
    assert brief.complaints == [], "the points say it"
    (running,) = brief.running
    assert (running.points, running.state) == (["Deux heures", "Aucune réponse"], "received")
    assert (running.next, running.due) == ("acknowledge", "2026-11-12"), "two jours ouvrés, and the 11th is none"
    house.do("acknowledge_complaint", complaint=taken.made["complaint"])
    (running,) = brief_of(house, customer).running
    assert (running.next, running.due) == ("answer", "2026-11-24")
    house.do("hold_complaint", complaint=taken.made["complaint"], words="Nous cherchons.", final_on="2026-12-15")
    (running,) = brief_of(house, customer).running
    assert (running.next, running.due) == ("final", "2026-12-15")
    assert brief.late == []
    house.clock.advance(days=5)
    assert [(step.what, step.department) for step in brief_of(house, customer).late] == [
        ("Refaire la facture", "billing")
    ]


def test_a_dispute_just_over_is_told_until_its_window_ends(house: House) -> None:
    customer = house.customer()
    case = house.case(customer, kind="dispute", subject="Frais")
    house.do("settle_dispute", case=case, outcome="settled", words="Rendus.")
    brief = brief_of(house, customer)
    assert brief.disputes == []
    (ended,) = brief.ended
    assert (ended.subject, ended.until) == ("Frais", (START + timedelta(days=RULES.offers.dispute_days)).date())
    house.clock.advance(days=RULES.offers.dispute_days + 1)
    assert brief_of(house, customer).ended == []


def test_a_dispute_that_came_closed_ended_on_the_day_it_was_closed(house: House) -> None:
    customer = house.customer()
    body = b.CaseOpened(kind="dispute", subject="Frais", opened_at="2026-01-01", state="closed", closed_at="2026-02-03")
    house.record("case_opened", customer, body)
    (case,) = read_cases(house.reads, (customer,))
    ended = dispute_ended(case)
    assert ended is not None
    assert datetime.fromtimestamp(ended / 1000, UTC).astimezone(PARIS).date().isoformat() == "2026-02-03"


def test_what_they_told_us_begins_with_the_situation_of_the_open_case(house: House) -> None:
    customer = house.customer()
    first, second = house.case(customer, subject="a"), house.case(customer, subject="b")
    house.do("log_contact", case=first, body="Ma ligne est coupée.", channel="letter")
    house.do("state_situation", case=first, quote="Je n'ai plus de ligne.", restated="Ligne coupée depuis lundi.")
    house.do("state_situation", case=second, quote="On me facture deux fois.")
    said = [(one.quote, one.confirmed) for one in brief_of(house, customer).situations]
    assert said == [("On me facture deux fois.", False), ("Je n'ai plus de ligne.", False)]
    house.do("confirm_situation", case=first)
    assert brief_of(house, customer).situations[0].confirmed
    house.do("write_resolution", case=first, text="Rétablie", then="closed")
    assert [one.quote for one in brief_of(house, customer).situations] == ["On me facture deux fois."]


def test_promises_come_in_the_order_in_which_they_matter(house: House) -> None:
    case = house.case(customer := house.customer())

    def promise(text: str, due: str) -> str:
        return house.do("make_commitment", case=case, text=text, due=due).made["commitment"]

    promise("en décembre", "2026-12-10")
    promise("lundi", "2026-11-23")
    house.do("break_commitment", commitment=promise("rompue", "2026-11-24"), words="Pardon.")
    house.do("warn_commitment", commitment=promise("déplacée", "2026-11-25"), words="Retard.", new_due="2026-11-27")
    brief = brief_of(house, customer)
    said = [(one.text, one.state) for one in brief.promises]
    assert said == [("lundi", "made"), ("déplacée", "made"), ("en décembre", "made"), ("rompue", "broken"),
                    ("déplacée", "renegotiated")]  # fmt: skip
    assert brief.warn_by == "2026-11-23"


def test_what_they_declared_has_its_source_and_goes_when_it_expires(house: House) -> None:
    customer = house.customer()
    house.do("state_fact", customer=customer, key="travail", value="de nuit", source="appel")
    house.do(
        "state_fact", customer=customer, key="déménagement", value="en décembre", source="appel", expires="2026-12-31"
    )
    house.do("set_permission", customer=customer, purpose="prospecting", granted=False, basis="dit au téléphone")
    house.do("set_relation", customer=customer, preferred="Claire Morel", second="Paul Ndiaye")
    house.do("state_stake", PAUL, customer=customer, level="vital", words="Un respirateur à la maison.")
    brief = brief_of(house, customer)
    assert [(fact["key"], fact["source"]) for fact in brief.facts] == [("déménagement", "appel"), ("travail", "appel")]
    assert brief.head.preferred_advisor == "Claire Morel"
    known = brief.head.known
    assert (known["relation"]["second"], known["stake"]["words"]) == ("Paul Ndiaye", "Un respirateur à la maison.")
    assert [claim["granted"] for claim in known["permissions"]] == [False]
    house.clock.advance(days=60)
    assert [fact["key"] for fact in brief_of(house, customer).facts] == ["travail"]


def test_what_was_declared_on_any_record_of_a_person_is_known(house: House) -> None:
    keep, old = (
        house.customer("Zoé Lefèvre"),
        house.customer("Z. Lefevre", preferences=[b.Preference(key="canal", value="courrier")]),
    )
    house.do("state_fact", customer=old, key="travail", value="de nuit", source="appel")
    house.do("state_fact", customer=keep, key="travail", value="de jour", source="appel")
    house.do("state_stake", customer=old, level="vital", words="Respirateur.")
    house.do("state_stake", customer=keep, level="normal", words="Rien de plus.")
    house.do("set_permission", customer=old, purpose="survey", granted=False, basis="dit")
    house.do("merge_customers", keep=keep, absorb=old)
    brief = brief_of(house, keep)
    assert [(fact["key"], fact["value"]) for fact in brief.facts] == [("travail", "de jour")]
    assert brief.head.known["stake"]["level"] == "vital"
    assert [claim["purpose"] for claim in brief.head.known["permissions"]] == ["survey"]
    assert [wish["value"] for wish in brief.head.preferences] == ["courrier"]


def test_services_included_and_not_used_yet_are_told(house: House) -> None:
    customer = house.customer()
    included = [{"name": "Messagerie", "used": False}, {"name": "Double appel", "used": True}, {"name": "Renvoi"}]
    house.record("holding_recorded", customer, b.HoldingRecorded(product="Forfait", extra={"included": included}))
    house.record("holding_recorded", customer, b.HoldingRecorded(product="Fibre", extra={"included": "tout"}))
    unused = {holding.product: holding.unused for holding in brief_of(house, customer).holdings}
    assert unused == {"Forfait": ["Messagerie", "Renvoi"], "Fibre": []}


def test_acts_against_them_are_told_until_they_are_put_right(house: House) -> None:
    customer = house.customer()
    done = house.do("ask_adverse_act", customer=customer, act="cut_off", by="recouvrement").made["act"]
    assert [(act.act, act.state) for act in brief_of(house, customer).acts] == [("cut_off", "done")]
    house.do("reverse_adverse_act", act=done, words="Rétablie, avec nos excuses.")
    (act,) = brief_of(house, customer).acts
    assert (act.state, act.settled) == ("reversed", house.rows("SELECT max(at) FROM event")[0][0])
    house.clock.advance(days=29)
    assert len(brief_of(house, customer).acts) == 1
    house.clock.advance(days=2)
    assert brief_of(house, customer).acts == []


@pytest.mark.parametrize("length", [10, WORDS + 200])
def test_a_reason_without_a_subject_says_the_first_words(house: House, length: int) -> None:
    customer = house.customer()
    house.do("log_contact", customer=customer, channel="letter", body="a" * length)
    (reason,) = brief_of(house, customer).hold.reasons
    assert one_line(reason.words, WORDS) == "a" * min(length, WORDS)
    assert MOST >= 50
