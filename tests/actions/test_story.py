"""The reference story (essay 001), from a letter to a survey, through actions and with a told clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import Refused
from advisor_tui.domain.events import CATALOGUE
from advisor_tui.domain.guard import reasons
from advisor_tui.domain.permissions import Person
from advisor_tui.domain.promising import warn_until
from advisor_tui.store.reads.day import read_day
from advisor_tui.store.reads.team import read_team
from advisor_tui.store.reads.voice import read_voice
from tests.store.house import PARIS, PAUL, RULES, House, SteppingClock

DAY_0 = datetime(2026, 11, 3, 9, 0, tzinfo=PARIS)  # a Tuesday: the collection asks on a Sunday
COLLECTION = "recouvrement"
BILLING = Person("Marc Vasseur", "Facturation", "liaison")


def on_day(house: House, number: int) -> str:
    """Let it be the morning of a day of the story; its civil date."""
    house.clock.instant = DAY_0 + timedelta(days=number)
    return (DAY_0 + timedelta(days=number)).date().isoformat()


@pytest.fixture
def house(template: Path, tmp_path: Path) -> House:
    return House.copy(template, tmp_path / "workspace.db", SteppingClock(DAY_0))


def to_warn(house: House) -> list[str]:
    now = house.clock.now().astimezone(PARIS)
    day = read_day(house.reads, now, warn_until(RULES, now))
    return [row.words for row in day.rows if row.section == "to_warn"]


def now(house: House) -> datetime:
    return house.clock.now().astimezone(PARIS)


def signal(house: House, customer: str) -> dict[str, str]:
    said = {"customer": customer, "tag": "justificatifs reçus non lus", "department": "facturation"}
    return house.do("raise_signal", PAUL, **said, text="J'ai envoyé ma preuve, personne ne l'a lue.").made


def kinds(house: House, customer: str) -> list[str]:
    with house.journal.transaction() as unit:
        return [reason.kind for reason in reasons([unit.state(customer)])]


def test_from_the_letter_to_the_survey(house: House) -> None:
    numbers = [
        b.Identifier(kind="contract", value="C-1994-77", to="2003-06-30"),
        b.Identifier(kind="contract", value="C-2003-12", to="2014-01-31"),
        b.Identifier(kind="contract", value="C-2014-5"),
    ]
    her = house.customer("Adèle Fontanel", since="1994-03-12", team="Mobile",
                         identifiers=numbers)  # fmt: skip
    house.record("holding_recorded", her, b.HoldingRecorded(product="Option Famille", from_="1999-05-01"))
    offer = b.OfferRecorded(name="Option Famille", benefit="Appels illimités vers quatre proches.")
    house.record("offer_recorded", CATALOGUE, offer)
    dispute = house.case(her, kind="dispute", subject="Frais de rejet contestés")

    letter = house.do(
        "log_contact", case=dispute, channel="letter", subject="Recommandé : preuve de paiement",
        body="Vous trouverez ci-joint la preuve que j'ai payé le 2.", received_on=DAY_0.date().isoformat(),
    ).made["contact"]  # fmt: skip

    on_day(house, 12)
    asked = house.do("ask_adverse_act", PAUL, customer=her, act="cut_off", by=COLLECTION)
    assert asked.made["state"] == "refused"
    rows = house.rows("SELECT state, more FROM entry WHERE id = ?", asked.made["act"])
    assert rows[0][0] == "refused"
    assert letter in rows[0][1], "the letter is named"
    assert kinds(house, her) == ["unanswered", "dispute"]
    with house.journal.transaction() as unit:
        since = reasons([unit.state(her)])[0].since
    assert (house.clock.now() - datetime.fromtimestamp(since / 1000, PARIS)).days == 12

    for despite in ("", "Elle en parle elle-même."):
        with pytest.raises(Refused) as held:
            house.do("make_proposal", customer=her, offer="option famille", benefit="Vous appelez vos proches.",
                     direction="outbound", channel="letter", despite_dispute=despite)  # fmt: skip
        assert held.value.code == "offer_held"
    with house.journal.transaction() as unit:
        from advisor_tui.domain.selling import Windows, assess

        (fit,) = assess([unit.state(her)], [("o", offer)], Windows(180, 90), unit.now_ms(), DAY_0.date())
    assert [block.kind for block in fit.blocks] == ["held", "dispute"], "excluded twice"

    on_day(house, 13)
    situation = "J'ai payé le 2, j'ai la preuve, et on me menace de couper."
    house.do("state_situation", PAUL, case=dispute, quote=situation, restated="Paiement fait le 2, non retrouvé ; frais à rendre.",
             confirmed=True)  # fmt: skip
    house.do("log_contact", PAUL, case=dispute, direction="outbound", channel="phone", body="Preuve lue, frais rendus.")
    assert kinds(house, her) == ["dispute"], "the letter is answered"
    fifteenth = (DAY_0 + timedelta(days=15)).date().isoformat()
    promise = house.do("make_commitment", PAUL, case=dispute, text="Frais rendus", due=fifteenth).made["commitment"]
    assert to_warn(house) == []

    others = [house.customer(name, team="Mobile") for name in ("Zoé Lefèvre", "Omar Sy-Traoré")]
    passed_on = [signal(house, customer) for customer in (*others, her)]
    assert [made.get("alert") for made in passed_on] == [None, None, "yes"], "the third this week"
    assert {made["due"] for made in passed_on} == {(DAY_0 + timedelta(days=27)).date().isoformat()}

    on_day(house, 14)
    assert to_warn(house) == ["Frais rendus"]
    seventeenth = (DAY_0 + timedelta(days=17)).date().isoformat()
    moved = house.do(
        "warn_commitment", PAUL, commitment=promise, new_due=seventeenth, words="La comptabilité clôt le 20."
    )
    new = moved.made["commitment"]
    assert dict(house.rows("SELECT id, state FROM entry WHERE kind = 'commitment'")) == {
        promise: "renegotiated",
        new: "made",
    }

    on_day(house, 17)
    house.do("keep_commitment", PAUL, commitment=new, words="Rendus ce matin.")
    gesture = house.do("make_gesture", PAUL, case=dispute, what="Un mois offert", normal_value="15,99",
                       reason="Deux lettres et une menace de trop.", said="Offert une fois, d'une valeur de 15,99 €.")  # fmt: skip
    assert gesture.made["state"] == "made"
    house.do("settle_dispute", PAUL, case=dispute, outcome="settled", words="Frais rendus, elle est d'accord.")
    house.do("write_resolution", PAUL, case=dispute, text="Paiement retrouvé, frais rendus.")
    closed = house.do("set_state", PAUL, case=dispute, state="closed")
    assert dict(house.rows("SELECT id, state FROM entry WHERE kind = 'survey'")) == {closed.made["survey"]: "offered"}
    house.do("answer_survey", PAUL, case=dispute, effort=6, repeated=False, words="Enfin quelqu'un qui lit.")

    on_day(house, 20)
    answer = {"answer": "yes", "words": "Une personne lit les justificatifs chaque matin.", "all_of_tag": True}
    assert house.do("answer_signal", BILLING, signal=passed_on[2]["signal"], **answer).made["answered"] == "3"
    house.do("tell_back_signal", PAUL, signal=passed_on[2]["signal"], words="Dit à Mme Fontanel.")
    (topic,) = read_voice(house.reads, now(house), RULES).topics
    assert (topic.alert, topic.open, {told.state for told in topic.signals}) == (False, 0, {"yes"})

    team = read_team(house.reads, now(house), RULES)
    figures = {figure.name: figure for figure in team.figures}
    assert figures["harmed_while_pending"].number == 0
    assert figures["warned_before"].share == (1, 1), "100 %"
    assert figures["signals_on_time"].share == (3, 3)
    assert (figures["ignored"].number, figures["ignored"].oldest) == (0, None), "nothing waits"
    assert [said.text for said in team.verbatims] == ["Enfin quelqu'un qui lit.", situation], "words first"

    assert kinds(house, her) == []
    assert house.do("ask_adverse_act", PAUL, customer=her, act="cut_off", by=COLLECTION).made["state"] == "done"
    assert house.rows("SELECT since FROM customer_view WHERE id = ?", her) == [("1994-03-12",)]
    house.close()
