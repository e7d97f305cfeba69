"""How like texts are, the sentences of a text, and another customer's name left out of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_tui.domain.discretion import LEFT_OUT, unnamed
from advisor_tui.store.likeness import likest_sentence, ranked, sentences_of

CUT = "Ligne coupée par erreur, rétablie dans l’heure, avoir de 20 €."
MOVE = "Déménagement avancé au 3 mars, technicien prévenu."
REFUND = "Remboursement du double prélèvement par virement."


def test_the_likest_comes_first_whatever_the_order() -> None:
    for texts in ([CUT, MOVE, REFUND], [REFUND, MOVE, CUT]):
        place, likeness = ranked("sa ligne a été coupée par erreur", texts)[0]
        assert texts[place] == CUT
        assert likeness > 0.25


def test_another_form_of_the_word_is_met() -> None:
    place, _ = ranked("il demande à être remboursé, prélevé deux fois", [MOVE, CUT, REFUND])[0]
    assert place == 2


def test_nothing_asked_or_nothing_there_is_no_likeness() -> None:
    assert ranked("", [CUT]) == [(0, 0.0)]
    assert ranked("ligne", []) == []


@given(st.text(max_size=200), st.lists(st.text(max_size=200), max_size=8))
def test_any_text_is_ranked_once_and_within_bounds(asked: str, texts: list[str]) -> None:
    found = ranked(asked, texts)
    assert sorted(place for place, _ in found) == [*range(len(texts))]
    assert all(0 <= likeness <= 1.2000001 for _, likeness in found)
    assert [likeness for _, likeness in found] == sorted((likeness for _, likeness in found), reverse=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Entendu : M. Dubreuil n’a plus de ligne. Avoir de 12,50 € fait.",
         ["Entendu : M. Dubreuil n’a plus de ligne.", "Avoir de 12,50 € fait."]),
        ("Vu.\n\n- technicien lundi\n- avoir fait", ["Vu.", "- technicien lundi", "- avoir fait"]),
        ("sans point", ["sans point"]),
        ("", []),
        (" \n ", []),
    ],
)  # fmt: skip
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences_of(text) == expected


@given(st.text(max_size=300))
def test_no_word_is_lost_between_sentences(text: str) -> None:
    assert "".join("".join(sentences_of(text)).split()) == "".join(text.split())


def test_the_likest_sentence() -> None:
    sentences = ["Appel bref.", "Avoir de 20 € pour la coupure.", "Elle remercie."]
    assert likest_sentence("un avoir après la coupure", sentences) == 1
    assert likest_sentence("", sentences) == 0
    assert likest_sentence("zzz", []) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mme Lefèvre rappelée", "Mme L. rappelée"),
        ("LEFEVRE et Ben-Salah", "L. et B."),
        ("un petit geste pour Mme Petit", "un petit geste pour Mme P."),
        ("écrit à zoe.lefevre@example.org", f"écrit à {LEFT_OUT}"),
        ("rappelée au 06 39 98 11 22.", f"rappelée au {LEFT_OUT}."),
        ("contrat CT-77 résilié", f"contrat {LEFT_OUT} résilié"),
        ("avoir de 1 234,50 € le 12/03/2026, puis 2026-03-14", "avoir de 1 234,50 € le 12/03/2026, puis 2026-03-14"),
        ("rien à cacher", "rien à cacher"),
    ],
)
def test_another_customers_name_is_left_out(text: str, expected: str) -> None:
    assert unnamed(text, ["Zoé Lefèvre", "Ben Salah", "Petit"], ["CT-77", "12"]) == expected
