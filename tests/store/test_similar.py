"""Similar resolutions: those of like cases, in any form of their words, with the case they come from and without its name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from advisor_tui.domain import bodies as b
from advisor_tui.store.reads import similar
from advisor_tui.store.reads.similar import Precedent, question, read_precedents
from advisor_tui.store.rights import erase_person
from tests.store.house import House, SteppingClock, fresh_database

CUT = "Ligne coupée par erreur : rétablie dans l’heure. Avoir de 20 € dit et expliqué à M. Dubreuil."
MOVE = "Déménagement avancé au 3 mars. Le technicien est prévenu."


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    fresh_database(tmp_path / "workspace.db")
    house = House(tmp_path / "workspace.db", SteppingClock())
    yield house
    house.close()


def resolved(house: House, name: str, subject: str, text: str) -> tuple[str, str]:
    """A case of a new customer with its resolution; the customer and the case."""
    customer = house.customer(name, identifiers=[b.Identifier(kind="contract", value="CT-4711")])
    case = house.case(customer, subject=subject)
    house.do("write_resolution", case=case, text=text)
    return customer, case


def asked(house: House, text: str, case: str = "") -> list[Precedent]:
    return read_precedents(house.reads, text, case)


def test_the_next_like_case_is_shown_the_precedent(house: House) -> None:
    _, first = resolved(house, "Yves Dubreuil", "Plus de ligne depuis lundi", CUT)
    resolved(house, "Ana Costa", "Changement d’adresse", MOVE)
    second = house.case(house.customer("Rose Tanguy"), subject="Ligne coupée sans raison")
    house.do("state_situation", case=second, quote="Vous avez coupé ma ligne par erreur, je n’ai plus rien.")
    found = asked(house, "", second)
    assert [one.case_id for one in found] == [first], "from what she said, before a word is written"
    assert found[0].subject == "Plus de ligne depuis lundi"
    assert found[0].sentences[found[0].likest].startswith("Ligne coupée")
    assert "Dubreuil" not in " ".join(found[0].sentences)


def test_other_forms_of_a_word_are_found(house: House) -> None:
    _, case = resolved(house, "Yves Dubreuil", "Prélevé deux fois", "Remboursement du double prélèvement sous 5 jours.")
    assert [one.case_id for one in asked(house, "rembourser un prélèvement double")] == [case]


def test_a_case_is_no_precedent_of_itself_and_unlike_ones_are_not_shown(house: House) -> None:
    _, case = resolved(house, "Yves Dubreuil", "Plus de ligne", CUT)
    resolved(house, "Ana Costa", "Adresse", MOVE)
    assert [one.case_id for one in asked(house, CUT, case)] == []
    assert asked(house, "") == []
    assert asked(house, "xyzzy") == []


def test_the_same_words_are_shown_once_with_how_many_there_are(house: House) -> None:
    cases = [resolved(house, name, "Plus de ligne", CUT)[1] for name in ("Yves Dubreuil", "Ana Costa", "Luc Ferrand")]
    found = asked(house, "ligne coupée par erreur")
    assert [(one.case_id, one.alike) for one in found] == [(cases[-1], 2)], "the newest stands for them"


def test_whether_they_wrote_again_is_said(house: House) -> None:
    _, case = resolved(house, "Yves Dubreuil", "Plus de ligne", CUT)
    assert not asked(house, "ligne coupée")[0].again
    house.do("log_contact", case=case, channel="phone", direction="inbound", body="Encore coupé !")
    assert asked(house, "ligne coupée")[0].again


def test_a_new_wording_is_found_and_the_old_one_not(house: House) -> None:
    customer, case = resolved(house, "Yves Dubreuil", "Plus de ligne", CUT)
    entry = house.rows("SELECT id FROM entry WHERE kind = 'resolution'")[0][0]
    house.do("revise_resolution", resolution=entry, text="Box remplacée en boutique.", base=[])
    assert [one.case_id for one in asked(house, "box à remplacer en boutique")] == [case]
    assert customer


def test_what_is_taken_back_or_erased_is_no_precedent(house: House) -> None:
    customer, _case = resolved(house, "Yves Dubreuil", "Plus de ligne", CUT)
    house.do("undo")
    assert asked(house, "ligne coupée par erreur") == []
    _, case = resolved(house, "Ana Costa", "Plus de ligne", CUT)
    assert [one.case_id for one in asked(house, "ligne coupée par erreur")] == [case]
    other = house.rows("SELECT customer_id FROM case_view WHERE id = '" + case + "'")[0][0]
    erase_person(house.journal, [other], house.clock.now().date(), force_open=True)
    assert asked(house, "ligne coupée par erreur") == []
    assert house.rows("SELECT count(*) FROM precedent_word WHERE term = 'coupee'") == [(0,)]
    assert customer


def test_common_words_are_left_out_once_rarer_ones_bring_enough(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        resolved(house, f"Client {number}", "Sujet", f"Facture relue avec le client, point {number}.")
    _, case = resolved(house, "Yves Dubreuil", "Sujet", "Facture relue, kayak remboursé.")
    assert "factu" in question(house.reads, "facture kayak")
    monkeypatch.setattr(similar, "READ_AT_MOST", 3)
    assert question(house.reads, "facture kayak") == '"kayak"'
    assert [one.case_id for one in asked(house, "facture kayak")] == [case]


@pytest.mark.parametrize("hostile", ['"', "NEAR(", "a AND", "*", "col:", "') --", "\x1b[31m", "é" * 5000, "\ud800"])
def test_no_question_breaks_the_search(house: House, hostile: str) -> None:
    resolved(house, "Yves Dubreuil", "Plus de ligne", CUT)
    assert isinstance(asked(house, hostile), list)
    assert [one.subject for one in asked(house, f"ligne coupée par erreur {hostile}")][:1] == ["Plus de ligne"]
