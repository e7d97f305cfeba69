"""Each kind of entry that is recorded to know before acting, in each of its states, is told in words."""

from __future__ import annotations

from typing import Any

import pytest

from advisor_tui.cli.plain import entry_text
from advisor_tui.domain import bodies as b
from advisor_tui.domain.promising import ageing
from advisor_tui.language import set_language
from advisor_tui.store.reads.brief import read_life
from advisor_tui.store.reads.customer import read_entries
from advisor_tui.tui.care_rows import related
from advisor_tui.tui.ink import Line
from advisor_tui.tui.life_rows import Setting, entry_lines
from tests.store.house import PARIS, PAUL, RULES, House
from tests.tui.making import entry as made


@pytest.fixture(autouse=True)
def english(speaking: None) -> None:
    set_language("en")


class Life:
    """One customer with a case, and how an entry of theirs is painted."""

    def __init__(self, house: House, **given: str) -> None:
        self.house = house
        self.customer = house.customer("Adèle Fontanel")
        self.case = house.case(self.customer, **{"subject": "Frais de rejet", **given})

    def do(self, name: str, /, **given: Any) -> dict[str, str]:
        return self.house.do(name, **given).made

    def shown(self, kind: str, unfolded: bool = False, **also: str) -> str:
        """The newest entry of this kind, as the life shows it."""
        now = self.house.clock.now().astimezone(PARIS)
        life = read_life(self.house.reads, self.customer, now, RULES)
        assert life is not None
        setting = Setting(
            now,
            ageing(RULES, now.date()),
            {case.id: case for case in life.brief.cases},
            survey_waits=life.brief.survey_waits,
        )
        entries = read_entries(self.house.reads, life.brief.head.ids)
        entry = next(
            one
            for one in entries
            if one.kind == kind and all(getattr(one, key) == value for key, value in also.items())
        )
        shown = self._text(entry_lines(entry, related(entry, entries), setting, 100, unfolded))
        return " ".join(shown.split()) if unfolded else shown

    def _text(self, lines: list[Line]) -> str:
        return "\n".join("".join(text for text, _ink in line).rstrip() for line in lines)

    def plain(self) -> str:
        now = self.house.clock.now().astimezone(PARIS)
        life = read_life(self.house.reads, self.customer, now, RULES)
        assert life is not None
        return "\n".join(entry_text(life.entries, life.brief, now, ageing(RULES, now.date())))


def test_a_situation_is_their_words_and_how_we_said_it_back(house: House) -> None:
    life = Life(house)
    life.do("state_situation", case=life.case, quote="J'ai payé.", restated="Paiement non retrouvé.")
    shown = life.shown("situation")
    assert "situation “J'ai payé.”" in shown
    assert "→ Paiement non retrouvé." in shown
    assert shown.splitlines()[0].endswith("○ not confirmed")
    life.do("confirm_situation", case=life.case)
    assert life.shown("situation", state="confirmed").splitlines()[0].endswith("✓ confirmed")


def test_a_step_says_when_it_is_due_where_it_is_and_what_became_of_it(house: House) -> None:
    life = Life(house)
    made = life.do(
        "plan_work",
        case=life.case,
        what="Refaire la facture",
        due="2026-11-24",
        department="billing",
        progress="Votre facture arrive",
    )
    assert life.shown("work").endswith("▸ due Tuesday · billing")
    assert "the customer hears: “Votre facture arrive”" in life.shown("work", unfolded=True)
    house.clock.advance(days=5)
    assert life.shown("work").endswith("▲ late, due 24 Nov · billing")
    life.do("settle_work", work=made["work"], done=True)
    assert life.shown("work").endswith("✓ done")
    other = life.do("plan_work", case=life.case, what="Envoyer le contrat", due="2026-12-24", side="customer")
    assert life.shown("work").endswith("▸ due 24 Dec · the customer")
    life.do("settle_work", work=other["work"], done=False, words="Déjà reçu.")
    assert life.shown("work").endswith("○ not needed")
    assert "Claire Morel: not needed · Déjà reçu." in life.shown("work", unfolded=True)


def test_a_complaint_shows_its_points_then_their_answers(house: House) -> None:
    life = Life(house)
    made = life.do("take_complaint", case=life.case, points=["Coupure", "Silence"])
    shown = life.shown("complaint")
    assert "complaint 2 points" in shown
    assert "1. Coupure\n" in shown
    assert "● not acknowledged yet" in shown
    life.do("acknowledge_complaint", complaint=made["complaint"], words="Bien reçue.")
    assert "● acknowledged" in life.shown("complaint")
    life.do("hold_complaint", complaint=made["complaint"], words="Nous cherchons.", final_on="2026-12-15")
    assert "▸ answer by 15 Dec" in life.shown("complaint")
    house.clock.advance(days=30)
    assert "▲ answer by 15 Dec" in life.shown("complaint")
    life.do(
        "answer_complaint",
        complaint=made["complaint"],
        answers=["Frais rendus", "Nos excuses"],
        outcome="partly",
        recourse="Médiateur",
    )
    shown = life.shown("complaint", unfolded=True)
    for words in ("✓ accepted in part", "1. Coupure", "→ Frais rendus", "→ Nos excuses", "Recourse named: Médiateur",
                  "Claire Morel: holding reply · Nous cherchons.", "Claire Morel: acknowledged · Bien reçue."):  # fmt: skip
        assert words in shown


def test_a_refused_act_names_what_held_it_and_how_old_it_was(house: House) -> None:
    life = Life(house, kind="dispute")
    life.do("log_contact", case=life.case, channel="letter", subject="Preuve", body="…", received_on="2026-11-03")
    house.clock.advance(days=12)
    house.do("ask_adverse_act", PAUL, customer=life.customer, act="cut_off", by="recouvrement", words="Impayé")
    shown = life.shown("act")
    assert "Cut-off, asked by recouvrement" in shown
    assert shown.splitlines()[0].endswith("✗ held")
    assert "● letter · 3 Nov · 30 days old · Preuve" in shown
    assert "● dispute · 21 Nov · 12 days old · Frais de rejet" in shown
    assert "  letter · 3 Nov · 30 days old · Preuve" in life.plain()


@pytest.mark.parametrize(("agree", "words"), [(True, "▲ done"), (False, "✓ not done")])
def test_an_act_that_two_decide(house: House, agree: bool, words: str) -> None:
    life = Life(house)
    life.do("state_stake", customer=life.customer, level="vital", words="Oxygène.")
    act = life.do("ask_adverse_act", customer=life.customer, act="penalty", by="recouvrement")["act"]
    assert life.shown("act").endswith("▲ to be decided")
    house.do("decide_adverse_act", PAUL, act=act, agree=agree, words="Vu.")
    assert life.shown("act").endswith(words)
    if agree:
        life.do("reverse_adverse_act", act=act, words="Rendue.")
        assert life.shown("act").endswith("✓ put right")
        assert "Claire Morel: put right · Rendue." in life.shown("act", unfolded=True)


def test_an_offer_shows_what_it_brings_and_their_answer_with_its_reason(house: House) -> None:
    life = Life(house)
    from advisor_tui.domain.events import CATALOGUE

    house.record("offer_recorded", CATALOGUE, b.OfferRecorded(name="Appels Europe", benefit="Appels illimités."))
    made = life.do(
        "make_proposal", customer=life.customer, offer="appels europe", benefit="Vous appelez votre fils à Rome."
    )
    shown = life.shown("proposal")
    assert "offer    Appels Europe" in shown
    assert "Vous appelez votre fils à Rome." in shown
    assert shown.splitlines()[0].endswith("▸ offered")
    life.do("answer_proposal", proposal=made["proposal"], answer="refused", why="Il vient de rentrer.")
    shown = life.shown("proposal")
    assert shown.splitlines()[0].endswith("✗ they do not want it")
    assert "→ “Il vient de rentrer.”" in shown


def test_a_gesture_shows_its_value_and_whether_it_is_decided(house: House) -> None:
    life = Life(house)
    life.do("make_gesture", case=life.case, what="Un mois", normal_value="15,99", reason="Retard", said="Offert")
    assert life.shown("gesture").splitlines()[0].endswith("€15.99")
    assert "said: “Offert”" in life.shown("gesture", unfolded=True)
    for granted, words in ((True, "✓ €190.00"), (False, "✗ declined · €190.00")):
        asked = life.do("make_gesture", case=life.case, what="Une année", normal_value="190", reason="Coupure")
        assert life.shown("gesture").splitlines()[0].endswith("▲ to be decided · €190.00")
        house.do("decide_gesture", PAUL, gesture=asked["gesture"], granted=granted, words="Vu.")
        assert life.shown("gesture").splitlines()[0].endswith(words)


def test_a_survey_is_held_back_asked_then_answered(house: House) -> None:
    life = Life(house)
    other = house.case(life.customer, subject="Autre")
    promise = life.do("make_commitment", case=other, text="Rappel", due="2026-11-24")["commitment"]
    life.do("write_resolution", case=life.case, text="Réglé.", then="closed")
    assert life.shown("survey").endswith("○ held back: something is still promised or disputed")
    life.do("keep_commitment", commitment=promise)
    assert life.shown("survey").endswith("▸ asked, no answer yet")
    life.do("answer_survey", case=life.case, effort=6, repeated=True, words="Enfin.")
    shown = life.shown("survey", state="")
    assert "ease 6 of 7 · had to repeat" in shown
    assert "“Enfin.”" in shown


def test_a_message_says_that_they_had_to_repeat_and_how_it_was_dealt_with(house: House) -> None:
    life = Life(house)
    contact = life.do("log_contact", case=life.case, channel="letter", body="Bonjour")["contact"]
    life.do("mark_repeated", contact=contact)
    assert "had to repeat · unanswered" in life.shown("contact")
    life.do("settle_contact", contact=contact, reply="acknowledged", words="Bien reçue.")
    assert "had to repeat · acknowledged · unanswered" in life.shown("contact")
    life.do("settle_contact", contact=contact, reply="holding_reply", words="Nous cherchons.", final_on="2026-12-01")
    assert "holding reply until 1 Dec · unanswered" in life.shown("contact")
    life.do("mark_repeated", contact=contact)
    life.do("settle_contact", contact=contact, reply="no_answer_needed", words="Publicité.")
    assert life.shown("contact").splitlines()[0].endswith("no answer needed")
    assert "Publicité." in life.shown("contact", unfolded=True)


def test_a_promise_that_moved_shows_the_new_date(house: House) -> None:
    life = Life(house)
    promise = life.do("make_commitment", case=life.case, text="Frais rendus", due="2026-11-24")["commitment"]
    life.do("warn_commitment", commitment=promise, words="Retard.", new_due="2026-12-04")
    assert life.shown("commitment", state="renegotiated").endswith("○ renegotiated → 4 Dec")


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("state_stake", {"level": "vital", "words": "Oxygène."}, "vital · “Oxygène.”"),
        ("state_fact", {"key": "travail", "value": "de nuit", "source": "appel"}, "travail: de nuit · appel"),
        ("set_permission", {"purpose": "prospecting", "granted": False, "basis": "dit", "channel": "phone"}, "✗ objects: offers · call · dit"),
        ("set_relation", {"preferred": "Claire", "second": "Paul"}, "usual advisor: Claire · second: Paul"),
        ("settle_dispute", {"outcome": "settled", "words": "D'accord."}, "settled with them · D'accord."),
    ],
)  # fmt: skip
def test_what_was_declared_is_a_sentence_of_the_life(
    house: House, name: str, given: dict[str, Any], words: str
) -> None:
    life = Life(house, kind="dispute")
    life.do(name, **{"case": life.case} if name == "settle_dispute" else {"customer": life.customer}, **given)
    assert words in life.shown("change")


def test_why_nobody_was_asked(house: House) -> None:
    life = Life(house)
    life.do("set_permission", customer=life.customer, purpose="survey", granted=False, basis="dit")
    life.do("write_resolution", case=life.case, text="Réglé.", then="closed")
    assert "not asked: they do not want to be asked" in life.shown("change", channel="SurveyWaived")


def test_only_an_act_has_something_under_it_by_name() -> None:
    letter = made(0)
    act = made(1, kind="act", more='{"held_by": ["entry-0"]}')
    assert related(act, [letter, act]) == [letter]
    assert related(letter, [letter, act]) == []


def test_a_signal_shows_its_words_who_answers_and_what_became_of_it(house: House) -> None:
    life = Life(house)
    made = life.do(
        "raise_signal",
        customer=life.customer,
        case=life.case,
        tag="preuve non lue",
        text="Personne ne lit.",
        striking=True,
    )
    shown = life.shown("signal")
    assert "signal   preuve non lue · striking" in shown
    assert shown.splitlines()[0].endswith("▸ answer by 4 Dec")
    assert "“Personne ne lit.”" in shown
    assert "→ marketing" in shown
    house.clock.advance(days=20)
    assert life.shown("signal").splitlines()[0].endswith("▲ late, due 4 Dec")
    life.do("answer_signal", signal=made["signal"], answer="later", words="Après l'audit.", until="2027-01-15")
    shown = life.shown("signal")
    assert shown.splitlines()[0].endswith("○ answer by 15 Jan 2027")
    assert "→ marketing: later · Après l'audit." in shown
    life.do("tell_back_signal", signal=made["signal"], words="Dit au téléphone.")
    assert "the customer knows" in life.shown("signal")
    life.do("answer_signal", signal=made["signal"], answer="yes", words="Lus chaque matin.")
    shown = life.shown("signal", unfolded=True)
    for words in ("✓ yes", "→ marketing: yes · Lus chaque matin.", "later, answer by 15 Jan 2027 · Après l'audit.",
                  "Claire Morel: the customer knows · Dit au téléphone.", "Claire Morel: yes · Lus chaque matin."):  # fmt: skip
        assert words in shown, words
    assert life.shown("signal").count("the customer knows") == 0, "of the new answer nobody told them"
    assert "· signal · preuve non lue · striking · ✓ yes" in life.plain()


def test_a_signal_that_was_answered_no(house: House) -> None:
    life = Life(house)
    made = life.do("raise_signal", customer=life.customer, tag="attente", text="Une heure.", department="Atelier Nord")
    life.do("answer_signal", signal=made["signal"], answer="no", words="Déjà fait.")
    assert life.shown("signal").splitlines()[0].endswith("✗ no")
    assert "→ Atelier Nord: no · Déjà fait." in life.shown("signal")
