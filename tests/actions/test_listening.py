"""Weak signals: passed on, heard as an alert, answered by a date, told back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from advisor_tui.domain.errors import Invalid, Refused
from advisor_tui.domain.listening import SignalToldBack
from advisor_tui.domain.permissions import Person
from advisor_tui.store.reads.voice import read_answers, read_voice
from tests.store.house import CLAIRE, PARIS, PAUL, RULES, House

UNREAD = "justificatifs reçus non lus"
LIAISON = Person("Marc Vasseur", "Facturation", "liaison")


def passed_on(house: House, customer: str, tag: str = UNREAD, **given: str) -> dict[str, str]:
    said: dict[str, Any] = {
        "customer": customer,
        "tag": tag,
        "text": "Vous avez ma preuve et personne ne l'a lue.",
    } | given
    return house.do("raise_signal", **said).made


def test_it_has_words_a_tag_and_a_day_by_which_it_is_answered(house: House) -> None:
    made = passed_on(house, house.customer())
    (row,) = house.rows("SELECT title, text, channel, state, due FROM entry WHERE id = ?", made["signal"])
    assert row == (UNREAD, "Vous avez ma preuve et personne ne l'a lue.", "marketing", "sent", "2026-12-04")
    assert made["due"] == "2026-12-04", "ten working days from Saturday 21 November"
    for lacking in ({"tag": " "}, {"text": ""}):
        with pytest.raises(Invalid):
            passed_on(house, house.customer(), **lacking)
    with pytest.raises(Refused):
        passed_on(house, house.customer(), tag="x" * 61)


def test_the_third_customer_in_a_week_is_an_alert_and_the_same_one_thrice_is_not(house: House) -> None:
    her = house.customer("Zoé Un")
    assert [passed_on(house, her).get("alert") for _ in range(4)] == [None] * 4
    other = house.customer("Zoé Deux")
    assert passed_on(house, other, tag="  JUSTIFICATIFS  recus non lus") | {"signal": "", "due": ""} == {
        "signal": "", "due": "", "heard": "2",
    }  # fmt: skip
    assert passed_on(house, house.customer("Zoé Trois"))["alert"] == "yes"
    assert [tag for (tag,) in house.rows("SELECT DISTINCT title FROM entry WHERE kind = 'signal'")] == [UNREAD]


def test_two_records_of_one_person_are_one_voice(house: House) -> None:
    one, other = house.customer("Zoé Un"), house.customer("Zoé Un")
    house.do("merge_customers", keep=one, absorb=other)
    passed_on(house, one)
    assert passed_on(house, other)["heard"] == "1"


def test_a_tag_with_a_past_needs_more(house: House) -> None:
    for week in range(8):
        house.clock.advance(days=7 if week else 0)
        passed_on(house, house.customer(f"Zoé {week}"))
    house.clock.advance(days=7)
    echo = next(iter(read_voice(house.reads, house.clock.now().astimezone(PARIS), RULES).topics)).echo
    assert echo == (0, 8, 6)
    alerts = [passed_on(house, house.customer(f"Zoé {number}")).get("alert") for number in range(10, 16)]
    assert alerts == [None] * 5 + ["yes"]


def test_an_answer_is_yes_no_or_later_with_a_day_and_always_says_why(house: House) -> None:
    signal = passed_on(house, house.customer())["signal"]
    for given, error in (
        ({"answer": "yes", "words": " "}, Invalid), ({"answer": "later", "words": "En janvier."}, Refused),
        ({"answer": "later", "words": "Avant.", "until": "2026-11-20"}, Refused),
    ):  # fmt: skip
        with pytest.raises(error):
            house.do("answer_signal", LIAISON, signal=signal, **given)
    with pytest.raises(Refused) as early:
        house.do("tell_back_signal", signal=signal)
    assert early.value.code == "no_answer"
    house.do("answer_signal", LIAISON, signal=signal, answer="later", words="Après l'audit.", until="2027-01-15")
    assert house.rows("SELECT state, due FROM entry WHERE id = ?", signal) == [("later", "2027-01-15")]
    house.do("answer_signal", LIAISON, signal=signal, answer="yes", words="Une personne les lit chaque matin.")
    with pytest.raises(Refused) as twice:
        house.do("answer_signal", LIAISON, signal=signal, answer="no", words="Finalement non.")
    assert twice.value.code == "signal_answered"


def test_a_department_answers_and_records_nothing_else(house: House) -> None:
    her = house.customer()
    signal = passed_on(house, her)["signal"]
    for name, given in (("add_note", {"customer": her, "text": "x"}), ("tell_back_signal", {"signal": signal})):
        with pytest.raises(Refused) as refused:
            house.do(name, LIAISON, **given)
        assert refused.value.code == "permission"
    house.do("answer_signal", LIAISON, signal=signal, answer="no", words="Déjà fait.")
    fresh = passed_on(house, her)["signal"]
    with pytest.raises(Refused):
        house.do("answer_signal", Person("Léa Roche", role="trainer"), signal=fresh, answer="no", words="x")


def test_one_answer_for_all_open_signals_of_a_tag(house: House) -> None:
    signals = [passed_on(house, house.customer(f"Zoé {number}"))["signal"] for number in range(3)]
    other = passed_on(house, house.customer(), tag="facture illisible")["signal"]
    house.do("answer_signal", LIAISON, signal=signals[0], answer="no", words="Déjà vu.")
    made = house.do(
        "answer_signal", PAUL, signal=signals[1], answer="yes", words="Lus chaque matin.", all_of_tag=True
    ).made
    assert made["answered"] == "2"
    states = dict(house.rows("SELECT id, state FROM entry WHERE kind = 'signal'"))
    assert states == {signals[0]: "no", signals[1]: "yes", signals[2]: "yes", other: "sent"}
    house.do("undo", PAUL)
    states = dict(house.rows("SELECT id, state FROM entry WHERE kind = 'signal'"))
    assert states == {signals[0]: "no", signals[1]: "sent", signals[2]: "sent", other: "sent"}


def test_the_board_shows_alerts_first_then_what_is_late_and_who_said_it_is_told(house: House) -> None:
    passed_on(house, house.customer("Zoé Quatre"), tag="notice introuvable")
    house.clock.advance(days=20)
    answered = passed_on(house, house.customer("Zoé Cinq"), tag="horaires faux")["signal"]
    for number in range(3):
        passed_on(house, house.customer(f"Zoé {number}"))
    house.do("answer_signal", PAUL, signal=answered, answer="yes", words="Corrigés hier.")
    now = house.clock.now().astimezone(PARIS)
    voice = read_voice(house.reads, now, RULES)
    assert [topic.tag for topic in voice.topics] == [UNREAD, "notice introuvable", "horaires faux"]
    assert (voice.topics[0].alert, voice.topics[0].open, voice.late) == (True, 3, 1)
    assert voice.by_chance == pytest.approx(0.005 * 3 * 52)
    (mine,) = read_answers(house.reads, CLAIRE.name, now)
    assert (mine.id, mine.words, mine.answered_by, mine.told_at) == (answered, "Corrigés hier.", PAUL.name, None)
    house.do("tell_back_signal", signal=answered, words="Dit au téléphone.")
    (mine,) = read_answers(house.reads, CLAIRE.name, now + timedelta(seconds=1))
    assert mine.told_at is not None
    assert read_answers(house.reads, PAUL.name, now) == []


def test_of_two_departments_each_answers_for_itself(house: House) -> None:
    ours = [
        passed_on(house, house.customer(f"Zoé {n}"), department=name)["signal"]
        for n, name in enumerate(("billing", "marketing"))
    ]
    made = house.do("answer_signal", LIAISON, signal=ours[0], answer="no", words="Déjà vu.", all_of_tag=True).made
    assert made["answered"] == "1"
    assert dict(house.rows("SELECT id, state FROM entry WHERE kind = 'signal'")) == {ours[0]: "no", ours[1]: "sent"}


def test_telling_an_answer_that_another_one_replaced_meanwhile_tells_nothing(house: House) -> None:
    her = house.customer()
    signal = passed_on(house, her)["signal"]
    later = (
        house.do("answer_signal", signal=signal, answer="later", words="En janvier.", until="2027-01-15").events[0].id
    )
    house.do("answer_signal", signal=signal, answer="no", words="Finalement non.")
    house.record("signal_told_back", her, SignalToldBack(id=signal), base=(later,), actor=CLAIRE.name)
    now = house.clock.now().astimezone(PARIS)
    (mine,) = read_answers(house.reads, CLAIRE.name, now)
    assert (mine.state, mine.told_at) == ("no", None)
    house.do("tell_back_signal", signal=signal)
    (mine,) = read_answers(house.reads, CLAIRE.name, now + timedelta(seconds=1))
    assert mine.told_at is not None


def test_it_belongs_to_the_customer_it_came_from(house: House) -> None:
    her, other = house.customer("Zoé Un"), house.customer("Zoé Deux")
    case = house.case(other)
    contact = house.do("log_contact", customer=her, channel="phone", body="Personne ne lit.").made["contact"]
    with pytest.raises(Refused) as refused:
        passed_on(house, her, case=case)
    assert refused.value.code == "not_theirs"
    with pytest.raises(Refused):
        passed_on(house, other, contact=contact)
    signal = passed_on(house, her, contact=contact)["signal"]
    assert house.rows("SELECT customer_id FROM entry WHERE id = ?", signal) == [(her,)]


def test_card_numbers_are_masked_in_what_is_passed_on(house: House) -> None:
    signal = passed_on(house, house.customer(), text="Ma carte 4111 1111 1111 1111 est refusée.")["signal"]
    assert "4111 1111" not in house.rows("SELECT text FROM entry WHERE id = ?", signal)[0][0]
