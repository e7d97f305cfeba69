"""Knowing before acting, action by action: what is recorded, and what is refused and why."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import Refused
from advisor_tui.domain.events import CATALOGUE
from tests.actions.test_actions import one, refused
from tests.store.house import PAUL, RULES, House

MONDAY = 2
"""Days from the house's Saturday."""


@pytest.fixture
def customer(house: House) -> str:
    return house.customer("Zoé Lefèvre", ext="F-204", team="Mobile")


@pytest.fixture
def case(house: House, customer: str) -> str:
    return house.case(customer)


def more(house: House, id_: str, table: str = "entry", column: str = "more") -> dict[str, Any]:
    (text,) = one(house, column, id_, table)
    found: dict[str, Any] = json.loads(text)
    return found


def letter(house: House, case: str, **given: Any) -> str:
    wanted: dict[str, Any] = {"channel": "letter", "body": "Preuve jointe.", "received_on": "2026-11-09"} | given
    return house.do("log_contact", case=case, **wanted).made["contact"]


class TestKnowing:
    def test_the_latest_situation_stands_and_is_confirmed_by_them(self, house: House, case: str) -> None:
        refused(house, "no_situation", "confirm_situation", case=case)
        refused(house, "not_restated", "state_situation", case=case, quote="J'ai payé.", confirmed=True)
        house.do("state_situation", case=case, quote="J'ai payé.")
        refused(house, "not_restated", "confirm_situation", case=case)
        house.do("state_situation", case=case, quote="J'ai payé le 2.", restated="Payé le 2, non retrouvé.")
        made = house.do("confirm_situation", PAUL, case=case).made["situation"]
        assert one(house, "kind, text, title, state", made) == (
            "situation", "J'ai payé le 2.", "Payé le 2, non retrouvé.", "confirmed",
        )  # fmt: skip
        assert more(house, case, "case_view")["situation"]["confirmed"] is True
        refused(house, "already_confirmed", "confirm_situation", case=case)
        assert len(house.rows("SELECT 1 FROM entry WHERE kind = 'situation'")) == 3, "each wording stays"

    def test_having_to_repeat_is_one_key_each_way(self, house: House, case: str) -> None:
        contact = letter(house, case)
        house.do("mark_repeated", contact=contact)
        assert more(house, contact)["repeated"] is True
        house.do("mark_repeated", contact=contact)
        assert more(house, contact)["repeated"] is False

    @pytest.mark.parametrize(("reply", "waits"), [
        ("acknowledged", True), ("holding_reply", True), ("answered", False), ("no_answer_needed", False),
    ])  # fmt: skip
    def test_a_letter_waits_until_it_is_answered_or_a_reason_says_why_not(
        self, house: House, case: str, reply: str, waits: bool
    ) -> None:
        contact = letter(house, case)
        given: dict[str, Any] = {"final_on": "2026-12-01"} if reply == "holding_reply" else {}
        house.do("settle_contact", contact=contact, reply=reply, words="Dit au téléphone.", **given)
        state, since = one(house, "state, waiting_since", contact)
        assert (state, since is not None) == (reply, waits)
        if not waits:
            refused(house, "not_waiting", "settle_contact", contact=contact, reply="answered", words="x")

    def test_a_holding_reply_names_its_date_and_only_what_came_in_waits(self, house: House, case: str) -> None:
        contact = letter(house, case)
        refused(house, "no_final_date", "settle_contact", contact=contact, reply="holding_reply", words="x")
        sent = house.do("log_contact", case=case, direction="outbound", body="Bonjour.", channel="letter").made[
            "contact"
        ]
        refused(house, "not_inbound", "settle_contact", contact=sent, reply="answered", words="x")

    def test_what_they_declare_has_a_source_and_a_date_and_is_taken_back(self, house: House, customer: str) -> None:
        house.do("state_stake", customer=customer, level="vital", words="Ma seule ligne pour l'alarme.")
        house.do("state_fact", customer=customer, key="travail", value="de nuit", source="appel du 21/11")
        house.do("set_permission", customer=customer, purpose="prospecting", granted=False, basis="dit au téléphone")
        house.do("set_relation", customer=customer, preferred="Claire Morel", second="Paul Ndiaye")
        assert one(house, "stake, preferred_advisor", customer, "customer_view") == ("vital", "Claire Morel")
        known = more(house, customer, "customer_view", "known")
        assert [(fact["key"], fact["value"], fact["source"], fact["by"]) for fact in known["facts"]] == [
            ("travail", "de nuit", "appel du 21/11", "Claire Morel")
        ]
        assert known["permissions"][0]["granted"] is False
        assert known["relation"]["second"] == "Paul Ndiaye"
        house.do("state_fact", customer=customer, key="travail", source="appel du 22/11")
        assert "facts" not in more(house, customer, "customer_view", "known")
        refused(house, "no_fact", "state_fact", customer=customer, key="travail", source="x")
        refused(house, "same_person", "set_relation", customer=customer, preferred="Ada", second="Ada")

    @pytest.mark.parametrize("value", ["diabétique", "syndicaliste CGT", "catholique pratiquant"])
    def test_what_is_too_private_is_not_kept(self, house: House, customer: str, value: str) -> None:
        refused(house, "sensitive", "state_fact", customer=customer, key="à savoir", value=value, source="appel")


class TestPromises:
    def test_a_warning_before_moves_it_and_after_breaks_it(self, house: House, case: str) -> None:
        promise = house.do("make_commitment", case=case, text="rappel", due="2026-11-24").made["commitment"]
        moved = house.do("warn_commitment", commitment=promise, words="Le technicien est pris.", new_due="2026-11-25")
        assert one(house, "state", promise) == ("renegotiated",)
        assert one(house, "state, due, text", moved.made["commitment"]) == (
            "made",
            "2026-11-25",
            "Le technicien est pris.",
        )
        refused(house, "promise_settled", "warn_commitment", commitment=promise, words="x", new_due="2026-11-26")
        house.clock.advance(days=5)
        late = refused(
            house,
            "too_late_to_warn",
            "warn_commitment",
            commitment=moved.made["commitment"],
            words="x",
            new_due="2026-11-30",
        )
        assert "broken" in late.text(str)

    def test_the_time_of_day_counts(self, house: House, case: str) -> None:
        promise = house.do("make_commitment", case=case, text="rappel", due="2026-11-23T14:00").made["commitment"]
        house.clock.advance(days=MONDAY, hours=5, minutes=-1)  # 13:59
        with house.journal.transaction() as unit:
            assert unit.clock.now().hour in (12, 13)
        house.clock.advance(minutes=2)
        refused(house, "too_late_to_warn", "warn_commitment", commitment=promise, words="x", new_due="2026-11-24")

    def test_good_sense_is_said_before_and_may_be_overruled(self, house: House, case: str) -> None:
        given: dict[str, Any] = {"case": case, "text": "avoir", "due": "2026-11-23", "department": "billing"}
        soon = refused(house, "too_soon", "make_commitment", **given)
        later = str(soon.details["next"])
        assert house.do("make_commitment", **(given | {"due": later})).made
        assert house.do("make_commitment", despite=True, **given).made
        refused(house, "invalid", "make_commitment", **(given | {"department": "astrologie"}))

    def test_a_day_can_be_full(self, house: House, case: str) -> None:
        most = RULES.desk.max_promises_per_day
        for number in range(most):
            house.do("make_commitment", case=case, text=f"rappel {number}", due="2026-11-25")
        told = refused(house, "full_day", "make_commitment", case=case, text="encore", due="2026-11-25")
        assert told.details["count"] == most
        assert house.do("make_commitment", case=case, text="encore", due="2026-11-25", despite=True).made
        assert house.do("make_commitment", case=case, text="lendemain", due="2026-11-26").made


class TestSteps:
    def test_a_step_has_a_side_and_ends_once(self, house: House, case: str) -> None:
        work = house.do("plan_work", case=case, what="Éditer l'avoir", due="2026-11-25", department="billing").made[
            "work"
        ]
        assert one(house, "title, channel, direction, due, state", work) == (
            "Éditer l'avoir", "billing", "us", "2026-11-25", "planned",
        )  # fmt: skip
        refused(
            house, "not_ours", "plan_work", case=case, what="x", due="2026-11-25", side="customer", department="billing"
        )
        refused(house, "invalid", "settle_work", work=work, done=False)
        house.do("settle_work", work=work, words="Parti ce matin.")
        assert one(house, "state", work) == ("done",)
        refused(house, "work_settled", "settle_work", work=work)


class TestComplaints:
    @pytest.fixture
    def complaint(self, house: House, case: str) -> str:
        given: dict[str, Any] = {"points": ["Frais injustes", " ", "Aucune réponse"], "addressee": "le directeur"}
        contact = letter(house, case, sent_on="2026-11-05")
        return house.do("take_complaint", case=case, contact=contact, sector="payment", **given).made["complaint"]

    def test_its_clock_runs_from_the_day_they_wrote(self, house: House, case: str, complaint: str) -> None:
        assert one(house, "case_id, state", complaint) == (case, "received")
        found = more(house, complaint)
        assert (found["points"], found["from_on"]) == (["Frais injustes", "Aucune réponse"], "2026-11-05")
        assert found["addressee"] == "le directeur"

    def test_each_point_is_answered_and_a_refusal_names_the_recourse(self, house: House, complaint: str) -> None:
        one_answer: dict[str, Any] = {"complaint": complaint, "outcome": "partly", "answers": ["Rendus."]}
        assert refused(house, "point_open", "answer_complaint", **one_answer).details["point"] == "Aucune réponse"
        both = one_answer | {"answers": ["Rendus.", "La lettre était égarée, pardon."]}
        told = refused(house, "no_recourse", "answer_complaint", **both)
        assert "mediator" in str(told.details["recourse"])
        house.do("answer_complaint", recourse="Médiateur : BP 1, Paris", **both)
        assert one(house, "state", complaint) == ("answered",)
        refused(house, "complaint_answered", "answer_complaint", recourse="x", **both)

    def test_acknowledged_once_and_held_no_longer_than_the_rule_says(self, house: House, complaint: str) -> None:
        house.do("acknowledge_complaint", complaint=complaint)
        refused(house, "already_acknowledged", "acknowledge_complaint", complaint=complaint)
        late = refused(
            house, "held_too_long", "hold_complaint", complaint=complaint, words="Enquête.", final_on="2027-03-01"
        )
        latest = str(late.details["latest"])
        house.do("hold_complaint", complaint=complaint, words="Enquête en cours.", final_on=latest)
        (step,) = [step for step in more(house, complaint)["later"] if step["to"] == "held"]
        assert (step["words"], step["final_on"]) == ("Enquête en cours.", latest)

    def test_no_points_and_no_sector(self, house: House, case: str) -> None:
        refused(house, "no_points", "take_complaint", case=case, points=[" "])
        refused(house, "no_sector", "take_complaint", case=case, points=["x"], sector="astrologie")


class TestActs:
    def test_held_by_a_letter_until_it_is_answered(self, house: House, customer: str, case: str) -> None:
        contact = letter(house, case)
        for act in ("cut_off", "collection", "penalty", "closing"):
            made = house.do("ask_adverse_act", customer=customer, act=act, by="recouvrement").made
            assert made["state"] == "refused"
            assert more(house, made["act"])["held_by"] == [contact]
        house.do("settle_contact", contact=contact, reply="answered", words="Répondu.")
        assert house.do("ask_adverse_act", customer=customer, act="cut_off", by="recouvrement").made["state"] == "done"

    def test_who_asked_elsewhere_is_not_the_second_person_here(self, house: House, customer: str, case: str) -> None:
        house.do("state_stake", customer=customer, level="vital", words="Alarme.")
        act = b.AdverseActAsked(id="act-1", act="cut_off", by="recouvrement", state="asked", author="Paul Ndiaye")
        house.record("adverse_act_asked", customer, act)
        gift = b.GestureAsked(id="gift-1", what="Un an", normal_value=190, reason="Panne", author="Paul Ndiaye")
        house.record("gesture_asked", customer, gift, case_id=case)
        asked: dict[str, dict[str, Any]] = {
            "decide_adverse_act": {"act": "act-1", "agree": True, "words": "Vu."},
            "decide_gesture": {"gesture": "gift-1", "granted": True, "words": "Vu."},
        }
        for name, given in asked.items():
            with pytest.raises(Refused) as refused_:
                house.do(name, PAUL, **given)
            assert refused_.value.code == "same_person"
            house.do(name, **given)

    def test_what_waits_on_another_record_of_theirs_holds_too(self, house: House, customer: str) -> None:
        other = house.customer("Z. Lefevre")
        contact = letter(house, house.case(other))
        assert house.do("ask_adverse_act", customer=customer, act="cut_off", by="r").made["state"] == "done"
        house.do("merge_customers", keep=customer, absorb=other)
        made = house.do("ask_adverse_act", customer=customer, act="cut_off", by="r").made
        assert more(house, made["act"])["held_by"] == [contact]

    def test_vital_means_two_people_and_the_hold_is_looked_at_again(
        self, house: House, customer: str, case: str
    ) -> None:
        house.do("state_stake", customer=customer, level="vital", words="Alarme.")
        made = house.do("ask_adverse_act", customer=customer, act="cut_off", by="recouvrement").made
        assert made["state"] == "asked"
        agree: dict[str, Any] = {"act": made["act"], "agree": True, "words": "Vu avec elle."}
        refused(house, "same_person", "decide_adverse_act", **agree)
        contact = letter(house, case)
        refused(house, "held", "decide_adverse_act", PAUL, **agree)
        house.do("settle_contact", contact=contact, reply="answered", words="Répondu.")
        house.do("decide_adverse_act", PAUL, **agree)
        assert one(house, "state", made["act"]) == ("done",)
        refused(house, "act_decided", "decide_adverse_act", PAUL, **agree)
        house.do("reverse_adverse_act", act=made["act"], words="Erreur, excuses faites.")
        assert one(house, "state", made["act"]) == ("reversed",)
        refused(house, "act_not_done", "reverse_adverse_act", act=made["act"], words="x")

    def test_a_complaint_and_a_dispute_hold_until_they_end(self, house: House, customer: str) -> None:
        case = house.case(customer, kind="dispute")
        complaint = house.do("take_complaint", case=case, points=["Frais"]).made["complaint"]
        ask: dict[str, Any] = {"customer": customer, "act": "penalty", "by": "r"}
        assert sorted(more(house, house.do("ask_adverse_act", **ask).made["act"])["held_by"]) == sorted(
            [case, complaint]
        )
        house.do("settle_dispute", case=case, outcome="withdrawn", words="Elle renonce.")
        house.do("answer_complaint", complaint=complaint, answers=["Rendus."], outcome="accepted")
        assert house.do("ask_adverse_act", **ask).made["state"] == "done"
        refused(house, "no_dispute", "settle_dispute", case=case, outcome="judged", words="x")


class TestOffers:
    @pytest.fixture(autouse=True)
    def _catalogue(self, house: House) -> None:
        for offer in (
            b.OfferRecorded(name="Fibre", excludes=["Satellite"], benefit="Le très haut débit."),
            b.OfferRecorded(name="Répéteur", requires=["Fibre"], benefit="Du réseau partout."),
            b.OfferRecorded(name="Noël 2025", to="2025-12-31"),
        ):
            house.record("offer_recorded", CATALOGUE, offer)

    def offer(self, customer: str, name: str = "Fibre", **more: Any) -> dict[str, Any]:
        return {"customer": customer, "offer": name, "benefit": "Vos visios sans coupure."} | more

    def test_never_what_is_held_excluded_missing_or_over(self, house: House, customer: str) -> None:
        refused(house, "offer_missing", "make_proposal", **self.offer(customer, "Répéteur"))
        refused(house, "offer_not_valid", "make_proposal", **self.offer(customer, "Noël 2025"))
        refused(house, "not_found", "make_proposal", **self.offer(customer, "Lune"))
        house.record("holding_recorded", customer, b.HoldingRecorded(product="satellite"))
        refused(house, "offer_excluded", "make_proposal", **self.offer(customer))
        other = house.customer("b")
        house.record("holding_recorded", other, b.HoldingRecorded(product="FIBRE", from_="2020-01-01"))
        refused(house, "offer_held", "make_proposal", **self.offer(other))
        assert house.do("make_proposal", **self.offer(other, "Répéteur", benefit="Du réseau dans la chambre.")).made
        ended = house.customer("c")
        house.record("holding_recorded", ended, b.HoldingRecorded(product="Fibre", to="2024-01-01"))
        assert house.do("make_proposal", **self.offer(ended)).made

    def test_a_refusal_is_respected_for_180_days(self, house: House, customer: str) -> None:
        made = house.do("make_proposal", **self.offer(customer)).made["proposal"]
        refused(house, "no_why", "answer_proposal", proposal=made, answer="refused")
        house.do("answer_proposal", proposal=made, answer="refused", why="Trop cher pour elle.")
        again = self.offer(customer, benefit="Moins de pannes le soir.")
        house.clock.advance(days=179)
        refused(house, "offer_refused", "make_proposal", **again)
        house.clock.advance(days=2)
        assert house.do("make_proposal", **again).made
        refused(house, "proposal_answered", "answer_proposal", proposal=made, answer="accepted")

    def test_no_permission_no_offer(self, house: House, customer: str) -> None:
        call: dict[str, Any] = {"direction": "outbound", "channel": "phone"}
        refused(house, "offer_no_consent", "make_proposal", **self.offer(customer, **call))
        house.do(
            "set_permission", customer=customer, purpose="prospecting", channel="phone", granted=True, basis="signé"
        )
        assert house.do("make_proposal", **self.offer(customer, **call)).made
        house.do("set_permission", customer=customer, purpose="prospecting", granted=False, basis="plus jamais")
        for more_ in (call, dict[str, Any]()):
            refused(house, "offer_objected", "make_proposal", **self.offer(customer, **more_))

    def test_not_during_a_dispute_nor_90_days_after_unless_it_is_acknowledged(
        self, house: House, customer: str
    ) -> None:
        case = house.case(customer, kind="dispute")
        refused(house, "offer_dispute", "make_proposal", **self.offer(customer))
        house.do("settle_dispute", case=case, outcome="settled", words="D'accord.")
        house.clock.advance(days=89)
        refused(house, "offer_dispute", "make_proposal", **self.offer(customer))
        made = house.do("make_proposal", despite_dispute="Elle le demande elle-même.", **self.offer(customer)).made
        assert more(house, made["proposal"])["dispute_acknowledged"] == "Elle le demande elle-même."
        house.clock.advance(days=2)
        assert house.do("make_proposal", **self.offer(customer, benefit="Pour ses visios du soir.")).made

    @pytest.mark.parametrize("benefit", ["Le très haut débit.", "  le TRÈS haut débit !! "])
    def test_the_benefit_is_ones_own(self, house: House, customer: str, benefit: str) -> None:
        refused(house, "copied_benefit", "make_proposal", **self.offer(customer, benefit=benefit))
        refused(house, "invalid", "make_proposal", **self.offer(customer, benefit="  "))
        house.do("make_proposal", **self.offer(customer))
        refused(house, "copied_benefit", "make_proposal", **self.offer(house.customer("b")))


class TestGestures:
    def gesture(self, case: str, value: str) -> dict[str, Any]:
        return {"case": case, "what": "Un mois", "normal_value": value, "reason": "Deux pannes."}

    def test_inside_the_allowance_at_once_above_it_by_two(self, house: House, case: str) -> None:
        allowed = RULES.gestures.per_case
        first = house.do("make_gesture", **self.gesture(case, str(allowed - 1))).made
        assert first["state"] == "made"
        second = house.do("make_gesture", **self.gesture(case, "2")).made
        assert second["state"] == "asked", "together they are above it"
        refused(house, "same_person", "decide_gesture", gesture=second["gesture"], granted=True, words="Oui.")
        house.do("decide_gesture", PAUL, gesture=second["gesture"], granted=True, words="Bien vu.")
        assert one(house, "state", second["gesture"]) == ("granted",)
        refused(house, "gesture_decided", "decide_gesture", PAUL, gesture=second["gesture"], granted=False, words="x")

    def test_the_teams_month_is_bounded_too(self, house: House, customer: str, case: str) -> None:
        rule = RULES.gestures
        given = rule.per_case * 0
        while given + rule.per_case <= rule.per_team_month:
            house.do("make_gesture", **self.gesture(house.case(customer), str(rule.per_case)))
            given += rule.per_case
        assert (
            house.do("make_gesture", **self.gesture(case, str(rule.per_team_month - given + 1))).made["state"]
            == "asked"
        )
        house.clock.advance(days=15)
        assert house.do("make_gesture", **self.gesture(case, "1")).made["state"] == "made"

    @pytest.mark.parametrize(
        ("value", "code"), [("0", "no_value"), ("-3", "no_value"), ("gratuit", "invalid"), ("1e12", "no_value")]
    )
    def test_it_has_a_value_and_a_reason(self, house: House, case: str, value: str, code: str) -> None:
        refused(house, code, "make_gesture", **self.gesture(case, value))
        refused(house, "invalid", "make_gesture", **(self.gesture(case, "15,99 €") | {"reason": " "}))
        assert house.do("make_gesture", **self.gesture(case, "15,99 €")).made


class TestSurveys:
    def close(self, house: House, case: str, **more: Any) -> tuple[str, str]:
        made = house.do("set_state", case=case, state="closed", reason="réglé", **more).made["survey"]
        found: tuple[str, str] = one(house, "kind, state", made)
        return found

    def test_one_survey_or_one_reason(self, house: House, customer: str, case: str) -> None:
        assert self.close(house, case) == ("survey", "offered")
        second = house.case(customer)
        assert self.close(house, second)[0] == "change", "at most one in 30 days"
        assert more(house, second, "case_view")["survey"] == "waived"
        house.clock.advance(days=31)
        assert self.close(house, house.case(customer)) == ("survey", "offered")
        third = house.case(customer)
        house.clock.advance(days=31)
        assert self.close(house, third, no_survey="En deuil.")[0] == "change"

    def test_who_objected_is_not_asked(self, house: House, customer: str, case: str) -> None:
        house.do("set_permission", customer=customer, purpose="survey", granted=False, basis="lettre")
        assert self.close(house, case)[0] == "change"

    def test_the_answer_is_an_effort_and_words(self, house: House, case: str) -> None:
        refused(house, "not_asked", "answer_survey", case=case, effort=7)
        self.close(house, case)
        refused(house, "effort_scale", "answer_survey", case=case, effort=8)
        refused(house, "empty_survey", "answer_survey", case=case)
        house.do("answer_survey", case=case, effort=7, repeated=False, words="Simple.")
        refused(house, "not_asked", "answer_survey", case=case, effort=7)

    def test_undoing_the_closing_takes_the_survey_back(self, house: House, case: str) -> None:
        self.close(house, case)
        house.do("undo")
        assert one(house, "state", case, "case_view") == ("open",)
        assert self.close(house, case) == ("survey", "offered")


def test_everything_survives_a_rebuild_and_any_order(house: House, customer: str, case: str) -> None:
    from advisor_tui.store.rebuild import rebuild

    contact = letter(house, case)
    house.do("state_situation", case=case, quote="J'ai payé.", restated="Payé.", confirmed=True)
    house.do("mark_repeated", contact=contact)
    house.do("ask_adverse_act", customer=customer, act="cut_off", by="r")
    house.do("take_complaint", case=case, points=["a", "b"], contact=contact)
    house.do("state_stake", customer=customer, level="vital", words="Alarme.")
    house.do("plan_work", case=case, what="Avoir", due="2026-11-25")
    house.do("make_gesture", case=case, what="Un mois", normal_value="9", reason="Panne.")
    house.do("settle_contact", contact=contact, reply="answered", words="Répondu.")
    house.clock.advance(days=timedelta(days=3).days)
    house.do("set_state", case=case, state="closed", reason="fini")
    before, after = rebuild(house.journal)
    assert before == after
