"""Lines of what is known before acting: what they need, what they name, how they are corrected."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from advisor_tui.domain import bodies as b
from advisor_tui.domain.guard import is_vital, reasons
from advisor_tui.domain.identity import entity_id
from advisor_tui.domain.listening import SignalAnswered, SignalToldBack
from advisor_tui.domain.state import Item
from advisor_tui.gateways.exporter import export_lines
from advisor_tui.gateways.line_types import line_schema
from advisor_tui.store.journal import load_events
from tests.gateways.conftest import Home, case, contact, customer, rejects, totals
from tests.store.house import House

Homes = Callable[..., Home]
VALIDATOR = jsonschema.Draft202012Validator(line_schema())
C1 = entity_id("customer", "c1")
DECLARED = customer(
    stake={"level": "vital", "words": "Un respirateur.", "at": "2026-11-02"},
    facts=[{"key": "étage", "value": "4e", "source": "appel", "at": "2026-11-02", "expires": "2027-11-02"}],
    permissions=[{"channel": "phone", "purpose": "prospecting", "granted": False, "basis": "au téléphone", "at": "2026-11-02"}],
    preferred_advisor="Claire", second_advisor="Paul",
    legal_hold={"reason": "Procès", "until": "2027-01-01", "at": "2026-11-02"},
)  # fmt: skip


def entry(type_: str, id_: str, **fields: Any) -> dict[str, Any]:
    place = {} if "customer" in fields and type_ in ("act", "proposal", "signal") else {"case": "k1"}
    return {"v": 1, "type": type_, "id": id_, "at": "2026-11-05T10:00:00+01:00", **place, **fields}


def promise(id_: str, **fields: Any) -> dict[str, Any]:
    return {"v": 1, "type": "commitment", "id": id_, "case": "k1", "text": "Call", "due": "2026-12-01", **fields}


CARE = [
    DECLARED,
    {"v": 1, "type": "offer", "id": "o1", "name": "Répéteur"},
    case(kind="dispute", dispute={"outcome": "settled", "words": "Accord.", "at": "2026-11-09"}, survey_waived="Fatigué."),
    contact(channel="letter", reply="holding_reply", reply_at="2026-11-06", reply_words="On cherche.", final_on="2026-12-09"),
    entry("situation", "s1", customer="c1", quote="Rien ne marche.", contact="t1"),
    entry("step", "w1", what="Vérifier la ligne", side="us", department="Réseau", due="2026-11-20"),
    entry("complaint", "p1", points=["Frais", "Attente"], from_on="2026-11-01", contact="t1", state="held",
          acknowledged_at="2026-11-06", settled_at="2026-11-08", words="Enquête.", final_on="2026-12-20"),
    entry("act", "a1", act="cut_off", by="facturation", state="refused", held_by=["t1", "p1", "k1"]),
    entry("act", "a2", customer="c1", act="penalty", by="facturation", state="asked"),
    entry("proposal", "q1", customer="c1", offer="o1", benefit="Du réseau dans la chambre", answer="refused", why="Non",
          answered_at="2026-11-07"),
    entry("gesture_asked", "g1", what="Un mois", normal_value=80, reason="Panne", state="granted", words="Oui"),
    entry("survey_offered", "v1", channel="email"),
    promise("m1", made_at="2026-11-05", warned_at="2026-11-06", warned_words="Plus tard.", replaced_by="m2"),
    promise("m2", made_at="2026-11-06"),
    entry("signal", "n1", customer="c1", contact="t1", tag="preuve non lue", text="Personne ne lit.", department="Facturation",
          due="2026-11-19", striking=True, answer="later", answered_at="2026-11-09", answered_by="Marc", words="Après l'audit.",
          until="2026-12-15", told_at="2026-11-10", told_words="Dit au téléphone."),
]  # fmt: skip


def items(home: Home) -> dict[str, Item]:
    return {getattr(item.recorded, "ext", ""): item for item in home.journal.state(C1).items.values()}


def test_they_fit_the_schema_and_go_in_in_any_order(home: Homes) -> None:
    for line in CARE:
        VALIDATOR.validate(line)
    one, other = home("one"), home("other")
    assert totals(one.lines(*CARE)) == (len(CARE), 0, 0, 0)
    assert totals(other.lines(*reversed(CARE))) == (len(CARE), 0, 0, 0)
    assert one.export() == other.export()
    assert totals(one.lines(*CARE)) == (0, len(CARE), 0, 0)


def test_what_they_tell_is_as_if_it_had_been_recorded_here(home: Homes) -> None:
    one = home()
    one.lines(*CARE)
    state, found = one.journal.state(C1), items(one)
    assert is_vital([state])
    assert {fact.body.value for fact in state.facts.values()} == {"4e"}
    assert [reason.kind for reason in reasons([state])] == ["unanswered", "complaint"]
    case_ = state.cases[entity_id("case", "k1")]
    assert (case_.dispute, case_.situation) == ("settled", entity_id("situation", "s1"))
    held = found["p1"].later
    assert [(type(body), getattr(body, "to", "")) for *_, body in held] == [
        (b.ComplaintMoved, "acknowledged"), (b.ComplaintMoved, "held"),
    ]  # fmt: skip
    assert (found["m1"].state, found["m2"].state, found["t1"].state) == ("renegotiated", "made", "holding_reply")
    assert found["q1"].settled_at is not None
    assert (found["n1"].state, [type(body) for *_, body in found["n1"].later]) == (
        "later",
        [SignalAnswered, SignalToldBack],
    )
    assert found["a1"].recorded.held_by == [  # type: ignore[attr-defined]
        entity_id("contact", "t1"), entity_id("complaint", "p1"), entity_id("case", "k1"),
    ]  # fmt: skip


def test_an_answer_that_a_line_tells_ends_the_wait(home: Homes) -> None:
    one = home()
    one.lines(customer(), contact(channel="letter"), contact("t2", reply="no_answer_needed", reply_words="Publicité."))
    assert {ext: item.waiting_since is None for ext, item in items(one).items()} == {"t1": False, "t2": True}


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        (entry("situation", "s", customer="c1", quote="x", contact="t9"), "contact", "t9"),
        (entry("complaint", "p", points=["x"], from_on="2026-11-01", contact="r1"), "contact", "r1"),
        (entry("act", "a", act="cut_off", by="x", held_by=["t1", "t9"]), "held_by", "t9"),
        (entry("proposal", "q", customer="c1", offer="o9", benefit="x"), "offer", "o9"),
        (promise("m", warned_at="2026-11-06", replaced_by="m9"), "replaced_by", "m9"),
        (entry("step", "w", what="x", case="k9"), "case", "k9"),
        (
            entry("signal", "n", customer="c1", tag="x", text="y", department="z", due="2026-12-01", contact="t9"),
            "contact",
            "t9",
        ),
    ],
)
def test_what_refers_to_nothing_is_rejected_with_its_number(
    home: Homes, line: dict[str, Any], field: str, value: str
) -> None:
    outcome = home().lines(customer(), case(), contact(), line)
    (reject,) = rejects(outcome)
    assert reject["line"] == 4
    assert reject["error"] == f"{field} refers to nothing: {value}"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (entry("act", "a", case="", act="cut_off", by="x"), "The key customer is missing."),
        ({**entry("step", "w", what="x"), "at": ""}, "The key at is missing."),
        (entry("proposal", "q", customer="c1", benefit="x"), "The key offer is missing."),
        (entry("complaint", "p", points=[], from_on="2026-11-01"), "points: Expected `array` of length >= 1"),
        (entry("complaint", "p", points=["x"], from_on="2026-11-01T10:00:00Z"), "from_on is not a day (YYYY-MM-DD): 2026-11-01T10:00:00Z"),
        (entry("step", "w", what="x", state="done", settled_at="2027-01-01"), "settled_at lies in the future: 2027-01-01"),
        (entry("gesture_asked", "g", what="x", normal_value=1, reason="x", state="made"), "state: Invalid enum value 'made'"),
        (entry("signal", "n", customer="c1", text="y", department="z", due="2026-12-01"), "The key tag is missing."),
        (entry("signal", "n", customer="c1", tag="x", text="y", department="z", due="bientôt"), "due is not a day (YYYY-MM-DD): bientôt"),
        (entry("signal", "n", customer="c1", tag="x", text="y", department="z", due="2026-12-01", answer="maybe"), "answer: Invalid enum value 'maybe'"),
        (promise("m", replaced_by="m"), "The key warned_at is missing."),
        (promise("m", state="kept", words="Fait."), "The key settled_at is missing."),
        (customer("c2", facts=[{"key": "x", "value": "y", "source": "z", "at": "demain"}]), "facts.at is not a date or time: demain"),
        (customer("c2", stake={"level": "vital", "at": "2026-11-01"}), "The key words is missing."),
        (customer("c2", legal_hold={"at": "2026-11-01", "until": "un jour"}), "legal_hold.until is not a day (YYYY-MM-DD): un jour"),
        (case("k2", dispute={"outcome": "lost", "at": "2026-11-01", "words": "x"}), "dispute.outcome: Invalid enum value 'lost'"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_words(home: Homes, line: dict[str, Any], reason: str) -> None:
    (reject,) = rejects(home().lines(customer(), case(), line))
    assert reject["error"] == reason


def test_what_is_private_is_not_kept_as_a_fact(home: Homes) -> None:
    fact = {"key": "religion", "value": "catholique", "source": "appel", "at": "2026-11-01"}
    (reject,) = rejects(home().lines(customer(facts=[fact])))
    assert "is not for us to keep" in reject["error"]


def test_what_another_customer_has_cannot_be_named(home: Homes) -> None:
    theirs = [customer("c2"), case("k2", "c2"), contact("t2", "c2")]
    line = entry("situation", "s", customer="c1", quote="x", contact="t2")
    (reject,) = rejects(home().lines(customer(), case(), *theirs, line))
    assert reject["error"] == "contact belongs to another customer: t2"


def test_a_promise_never_stands_in_its_own_place(home: Homes) -> None:
    one = home()
    one.lines(customer(), case(), promise("m1"), promise("m2", warned_at="2026-11-06", replaced_by="m1"))
    (reject,) = rejects(one.lines(promise("m1", warned_at="2026-11-06", replaced_by="m2")))
    assert reject["error"] == "A promise cannot stand in its own place."
    (reject,) = rejects(one.lines(promise("m1", warned_at="2026-11-06", replaced_by="m1")))
    assert reject["error"] == "A promise cannot stand in its own place."


def test_a_changed_line_corrects_how_things_went_on(home: Homes) -> None:
    one = home()
    one.lines(*CARE)
    answered = {**CARE[6], "state": "answered", "answers": ["Remboursé", "Excuses"], "outcome": "accepted",
                "held_at": "2026-11-08", "settled_at": "2026-11-12", "words": ""}  # fmt: skip
    done = {**CARE[5], "state": "done", "settled_at": "2026-11-09", "words": "Câble changé."}
    refused = {**CARE[9], "answer": "accepted", "why": ""}
    asked = {**CARE[10], "state": "asked", "words": ""}
    yes = {**CARE[14], "answer": "yes", "words": "Une personne les lit.", "until": "", "told_at": "", "told_words": ""}
    answer = {**CARE[3], "reply": "answered", "reply_words": "Voici."}
    assert totals(one.lines(answered, done, refused, asked, answer, yes)) == (0, 0, 6, 0)
    found = items(one)
    assert {ext: found[ext].state for ext in ("p1", "w1", "q1", "g1", "t1", "n1")} == {
        "p1": "answered", "w1": "done", "q1": "accepted", "g1": "asked", "t1": "answered", "n1": "yes",
    }  # fmt: skip
    assert [getattr(body, "to", "") for *_, body in found["p1"].later] == ["acknowledged", "held", "answered"]
    assert found["g1"].later == []
    assert found["t1"].waiting_since is None
    lines = {line["id"]: line for line in one.exported()}
    assert lines["p1"]["answers"] == ["Remboursé", "Excuses"]
    assert lines["w1"]["words"] == "Câble changé."
    again = home("again")
    path = again.folder / "again.jsonl"
    path.write_bytes(one.export())
    assert again.take(path).status == 0
    assert again.export() == one.export()


def test_what_a_person_recorded_stands_beside_a_correction(house: House, home: Homes) -> None:
    one = home()
    one.lines(customer(), case(), *CARE[5:6])
    with one.journal.transaction() as unit:
        state = unit.state(C1)
        for type_, body in (
            ("work_settled", b.WorkSettled(id=entity_id("work", "w1"), done=True, words="Fait sur place.")),
            ("fact_stated", b.FactStated(key="chien", value="un", source="visite")),
        ):
            unit.append(unit.event(type_, state.id, body, at=unit.now_ms(), actor="Claire", txn=unit.new_id()))
    assert totals(one.lines({**CARE[5], "due": "2026-11-25"}, DECLARED)) == (0, 0, 2, 0)
    assert (items(one)["w1"].state, items(one)["w1"].words) == ("done", "Fait sur place.")
    assert set(one.journal.state(C1).facts) == {"chien", "étage"}
    assert totals(one.lines(customer())) == (0, 0, 1, 0)
    assert set(one.journal.state(C1).facts) == {"chien"}
    assert one.journal.state(C1).stake is None


def test_an_offer_by_another_name_is_still_the_offer_that_was_proposed(home: Homes) -> None:
    one = home()
    one.lines(*CARE)
    one.lines({**CARE[1], "name": "Répéteur 2"})
    (line,) = one.exported("proposal")
    assert (line["offer"], line["offered_as"]) == ("o1", "Répéteur")
    assert totals(one.lines(CARE[9])) == (0, 1, 0, 0)


def test_a_proposal_of_an_offer_that_is_gone_comes_round(house: House, home: Homes, tmp_path: Path) -> None:
    zoe = house.customer("Zoé", ext="z")
    house.record("proposal_made", zoe, b.ProposalMade(offer="Minitel", benefit="Du 3615"), actor="Claire Morel")
    first = b"".join(export_lines(house.journal))
    (tmp_path / "first.jsonl").write_bytes(first)
    one = home()
    assert one.take(tmp_path / "first.jsonl").status == 0
    assert one.export() == first
    (line,) = one.exported("proposal")
    assert ("offer" in line, line["offered_as"], line["author"]) == (False, "Minitel", "Claire Morel")


def test_one_customer_alone_goes_out_with_what_they_were_offered(home: Homes, tmp_path: Path) -> None:
    one, other = home("one"), home("other")
    theirs = [customer("c2"), contact("t2", "c2"), {"v": 1, "type": "offer", "id": "o2", "name": "Fibre"}]
    held = entry("act", "a3", act="closing", by="x", state="refused", held_by=["t2", "t1"])
    assert one.lines(*CARE, *theirs, held).status == 0
    alone = one.export("c1")
    (tmp_path / "alone.jsonl").write_bytes(alone)
    assert other.take(tmp_path / "alone.jsonl").status == 0
    assert other.export() == alone
    found = [json.loads(line) for line in alone.splitlines()]
    assert [line["id"] for line in found if line["type"] == "offer"] == ["o1"]
    assert next(line for line in found if line["id"] == "a3")["held_by"] == ["t1"]
    whole = next(line for line in one.exported("act") if line["id"] == "a3")
    assert whole["held_by"] == [entity_id("contact", "t2"), "t1"]
    assert totals(one.take(tmp_path / "alone.jsonl"))[2:] == (0, 0)


def test_hostile_words_stay_words(home: Homes) -> None:
    words = "[@click=app.quit]\x1b[2J\u202e\x00«🙂»"
    one, other = home("one"), home("other")
    one.lines(customer(facts=[{"key": words, "value": words, "source": words, "at": "2026-11-01"}]), case(),
              entry("complaint", "p", points=[words], from_on="0001-01-01", sector=words, words=words, state="closed"),
              entry("step", "w", what=words, department=words, due="9999-12-31"),
              entry("signal", "n", customer="c1", tag=words, text=words, department=words, due="9999-12-31", words=words,
                    answer="no"))  # fmt: skip
    path = one.folder / "out.jsonl"
    path.write_bytes(one.export())
    assert other.take(path).status == 0
    assert other.export() == one.export()
    assert other.exported("complaint")[0]["points"] == [words]


def test_unknown_keys_of_new_lines_are_kept(home: Homes) -> None:
    one = home()
    one.lines(customer(), case(), entry("step", "w", what="x", ticket={"n": 7}))
    assert one.exported("step")[0]["extra"] == {"ticket": {"n": 7}}


def test_events_of_before_are_read_as_they_were(house: House) -> None:
    zoe = house.customer("Zoé", ext="z", stake="vital")
    house.record("work_planned", zoe, b.WorkPlanned(what="Vérifier"), case_id=house.case(zoe))
    with house.journal.transaction() as unit:
        bodies = [event.body for event in load_events(unit.connection, [zoe])[zoe]]
    (work,) = [body for body in bodies if isinstance(body, b.WorkPlanned)]
    (state,) = [item.state for item in house.journal.state(zoe).items.values() if item.kind == "work"]
    assert (work.state, state) == ("open", "planned")
    assert is_vital([house.journal.state(zoe)])
