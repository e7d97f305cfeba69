"""Words are found in every entry, the best first; nothing typed breaks the search."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_tui.store.reads.search import search, snippet
from tests.store.house import House


@pytest.fixture
def customer(house: House) -> str:
    return house.customer()


def note(house: House, customer: str, text: str) -> str:
    return house.do("add_note", customer=customer, text=text).made["note"]


def ids(house: House, text: str, limit: int = 30) -> list[str]:
    return [hit.entry_id for hit in search(house.reads, text, limit)]


@pytest.mark.parametrize(
    "typed", ["Réglé", "regle", "RÉGLÉ", "rég", "regl", "re\u0301gle", "facture réglé", "réglé, facture !", "l'avoir"]
)
def test_words_are_found_without_case_accents_or_order_and_the_last_one_may_be_a_beginning(
    house: House, customer: str, typed: str
) -> None:
    wanted = note(house, customer, "La facture contestée est réglée par l’avoir de mars : réglé.")
    note(house, customer, "Autre chose.")
    assert ids(house, typed) == [wanted]


@pytest.mark.parametrize(
    ("text", "typed"),
    [("Mal au cœur", "coeur"), ("Sa sœur appelle", "SŒUR"), ("Straße", "strasse"), ("son œuvre", "oeuv")],
)
def test_ligatures_are_found_however_they_are_typed(house: House, customer: str, text: str, typed: str) -> None:
    wanted = note(house, customer, text)
    assert ids(house, typed) == [wanted]


def test_every_word_must_be_there(house: House, customer: str) -> None:
    note(house, customer, "remboursement promis")
    assert ids(house, "remboursement refusé") == []


def test_few_matches_come_newest_first(house: House, customer: str) -> None:
    made = [note(house, customer, f"panne de la box {n}") for n in range(4)]
    assert ids(house, "panne") == made[::-1]


@pytest.mark.parametrize(
    ("word", "typed"), [("panne", "panne"), ("rétractation", "retractation"), ("rétractation", "rétractation")]
)
def test_of_many_matches_those_that_speak_of_it_most_come_first(
    house: House, customer: str, word: str, typed: str
) -> None:
    for n in range(40):
        note(
            house,
            customer,
            f"Le client parle longuement de son abonnement, de sa facture et d'une {word} ancienne {n:02}",
        )
        if n == 20:
            best = note(house, customer, f"{word} : encore une {word}, toujours la {word}")
    found = ids(house, typed, limit=10)
    assert len(found) == 10
    assert found[0] == best
    others = [house.rows("SELECT text FROM entry WHERE id = ?", id_)[0][0][-2:] for id_ in found[1:]]
    assert others == [f"{n}" for n in range(39, 30, -1)], "of those alike, the newest"


def test_a_hit_shows_the_words_around_the_match(house: House, customer: str) -> None:
    note(house, customer, "x " * 500 + "le remboursement est promis " + "y " * 500)
    (hit,) = search(house.reads, "remboursement")
    assert "remboursement est promis" in hit.snippet
    assert len(hit.snippet) < 240
    assert hit.name == "Zoé Lefèvre"


def test_a_snippet_without_the_word_shows_the_beginning() -> None:
    assert snippet("Bonjour madame", ["absent"]) == "Bonjour madame"
    assert snippet("", ["x"]) == ""
    assert snippet("é" * 300 + " réglé " + "z" * 300, ["regle"]).startswith("…")


HOSTILE = [
    '"', "*", "NEAR(", "NEAR(a b)", ":", "-", "a -b", "title:x", "^a", "a AND", "OR", "NOT x", "{a}", "(", ")", "a*b", '""',
    "👍", "\x00", "\u202e", "'; DROP TABLE entry; --", "a" * 5000, "a " * 500, "%", "_", "\\", "+", "é\u0301", "ª²", "①",
]  # fmt: skip


@pytest.mark.parametrize("typed", HOSTILE, ids=lambda typed: ascii(typed)[:20])
def test_the_index_s_own_syntax_is_only_words_here(house: House, customer: str, typed: str) -> None:
    note(house, customer, "a b x near")
    search(house.reads, typed)


@given(typed=st.text(max_size=30) | st.text('":*()-^+{}AND OR NOT NEAR éœß👍', max_size=30))
def test_nothing_typed_can_break_the_search(house: House, typed: str) -> None:
    search(house.reads, typed)
