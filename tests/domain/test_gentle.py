"""The gentle word check finds what its lists say, as a whole word, and nothing else."""

from __future__ import annotations

import sys
import time
import tomllib
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.gentle import CATEGORIES, HINTS, MOST, Finding, WordList, check, forms, make_book
from advisor_tui.store.wordbook import LISTS, load_words, read_words

BOOK = load_words()


def found(text: str) -> list[tuple[str, str]]:
    return [(one.word, one.category) for one in check(text, BOOK)]


class TestFound:
    @pytest.mark.parametrize(
        ("text", "word", "category"),
        [
            ("Ce client est un imbécile.", "imbécile", "insult"),
            ("Il l’a traité d’idiote", "idiote", "insult"),
            ("un vrai CONNARD!", "CONNARD", "insult"),
            ("gros_con", "con", "insult"),
            ("Elle a un cancer.", "cancer", "health"),
            ("sa maladie l’empêche de venir", "maladie", "health"),
            ("elle est enceinte, rappeler en mars", "est enceinte", "health"),
            ("d'origine\u00a0maghrébine", "origine\u00a0maghrébine", "origin"),
            ("un Gitan", "Gitan", "origin"),
            ("Femme voilée à l’accueil", "Femme voilée", "religion"),
            ("témoin de Jéhovah", "témoin de Jéhovah", "religion"),
            ("délégué syndical CGT", "délégué syndical", "union"),
            ("vote à gauche", "vote à gauche", "politics"),
            ("il est homosexuel", "homosexuel", "sex_life"),
            ("sort de prison", "sort de prison", "offence"),
            ("The customer is a moron", "moron", "insult"),
            ("she is pregnant", "pregnant", "health"),
            ("is blind", "is blind", "health"),
            ("an asylum seeker", "asylum seeker", "origin"),
            ("a devout Muslim", "Muslim", "religion"),
            ("shop stewards came", "shop stewards", "union"),
            ("a far right activist", "far right", "politics"),
            ("Having an affair", "Having an affair", "sex_life"),
            ("has a criminal record", "criminal record", "offence"),
        ],
    )
    def test_one_of_each_kind(self, text: str, word: str, category: str) -> None:
        assert (word, category) in found(text)

    def test_places_are_those_of_the_text_as_written(self) -> None:
        text = "Œuvre : İ ß ﬁ 👍 — l’IMBE\u0301CILE a dit « merde »."
        one, other = check(text, BOOK)
        assert text[one.start : one.end] == one.word == "IMBE\u0301CILE"
        assert text[other.start : other.end] == other.word == "merde"

    def test_the_whole_phrase_and_not_each_word_of_it(self) -> None:
        assert found("vieux con, malade mental") == [("vieux con", "insult"), ("malade mental", "insult")]

    def test_in_order_with_a_hint(self) -> None:
        assert check("malade et stupide", BOOK) == [
            Finding(0, 6, "malade", "health", HINTS["health"]), Finding(10, 17, "stupide", "insult", HINTS["insult"]),
        ]  # fmt: skip

    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_every_word_of_every_list_however_written(self, language: str) -> None:
        words = read_words(LISTS / f"words-{language}.toml")
        for category, phrases in words.words.items():
            for form in (form for phrase in phrases for form in forms(phrase)):
                written = (form, form.upper(), unicodedata.normalize("NFD", form), form.replace(" ", "-"))
                said = check(" . ".join(written), BOOK)
                assert category in {one.category for one in said}, form
                assert len(said) >= len(written), form


class TestLeftAlone:
    @pytest.mark.parametrize(
        "text",
        [
            "Santé !", "À votre santé !", "retard de livraison", "Livraison en retard", "enceinte bluetooth", "enceinte connectée",
            "numéro invalide", "facture d’origine", "appel depuis l’étranger", "place de l’Église", "l’Assurance maladie", "syndicat de copropriété",
            "syndic de l’immeuble", "écran fêlé", "enveloppe timbrée", "prise de gauche", "parasites sur la ligne", "bruit sourd sur la ligne",
            "le virement a été opéré de nouveau", "produits détenus", "demande demeurée sans réponse", "c’est un cas particulier", "rue Pasteur",
            "concession", "conversation", "icône", "content", "analyse", "The sale is on", "a blind spot", "the option is disabled",
            "union street", "European Union", "Christian rang", "Mr Christian Noir", "a stupid question", "his account", "illegal", "still waiting",
            "classic assessment of Scunthorpe", "the analysis", "Un Black Friday", "",
        ],
    )  # fmt: skip
    def test_what_only_looks_like_it(self, text: str) -> None:
        assert found(text) == []

    @pytest.mark.parametrize("text", ["mal. Élevée", "vieux\n\ncon artistique", "sort (de prison)"])
    def test_a_phrase_does_not_reach_over_a_full_stop_or_a_bracket(self, text: str) -> None:
        assert all(" " not in word and "\n" not in word for word, _category in found(text))

    def test_the_demo_company_s_notes_are_careful(self) -> None:
        from advisor_tui.store.workspace import data_folder

        texts = [
            path.read_text(encoding="utf-8") for path in sorted((data_folder("fixtures") / "demo").glob("*.jsonl"))
        ]
        said = [one for text in texts for one in check(text, BOOK)]
        assert {one.category for one in said} <= {"health"}, "what customers said of themselves, in their words"
        assert len(said) < 20

    @given(st.text(max_size=60))
    def test_anything_may_be_checked_and_stays_in_its_place(self, text: str) -> None:
        for one in check(text, BOOK):
            assert text[one.start : one.end] == one.word

    def test_lower_case_keeps_every_place(self) -> None:
        longer = [char for char in map(chr, range(sys.maxunicode + 1)) if len(char.lower()) != 1]
        assert longer == ["İ"]


class TestLists:
    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_each_says_its_language_date_and_source(self, language: str) -> None:
        words = read_words(LISTS / f"words-{language}.toml")
        assert words.language == language
        assert "CNIL" in words.source
        assert words.effective_from <= date(2026, 1, 1)
        assert set(words.words) == set(CATEGORIES) == set(HINTS)

    def test_optional_parts(self) -> None:
        assert sorted(forms("idiot(e)(s)")) == ["idiot", "idiote", "idiotes", "idiots"]

    def test_no_phrase_twice_in_a_list(self) -> None:
        for language in ("fr", "en"):
            raw = tomllib.loads((LISTS / f"words-{language}.toml").read_text(encoding="utf-8"))
            for category, phrases in raw["words"].items():
                assert len(phrases) == len(set(phrases)), category

    @pytest.mark.parametrize(
        "text",
        ["language = 3", "not toml", "", 'language = "fr"\neffective_from = 2026-01-01\nsource = "x"\n[words]\nfood = ["x"]',
         'language = "fr"\neffective_from = 2026-01-01\nsource = "x"\n[words]\nhealth = ["!"]'],
    )  # fmt: skip
    def test_an_invalid_one_is_refused(self, text: str, tmp_path: Path) -> None:
        path = tmp_path / "words-xx.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(Invalid, match=r"words-xx\.toml"):
            read_words(path)

    def test_a_harmless_phrase_covers_the_word_in_it(self) -> None:
        book = make_book(WordList("xx", date(2026, 1, 1), "x", {"health": ["cold(s)"]}, ["cold call(s)"]))
        assert [one.start for one in check("cold call, a cold, cold calls", book)] == [13]


def spent(text: str) -> float:
    """The least processor time of three checks, in seconds."""
    times = []
    for _ in range(3):
        start = time.process_time()
        check(text, BOOK)
        times.append(time.process_time() - start)
    return min(times)


def test_notes_take_time_in_proportion_to_their_length() -> None:
    french = (
        "Le client rappelle pour sa facture d’octobre ; l’été dernier déjà, à Besançon, il avait écrit sans réponse. "
    )
    grows_with_its_length(french * 9_000)


def grows_with_its_length(text: str) -> None:
    """Eight times as much takes eight times as long, and not sixty-four; what is too quick to measure is quick."""
    assert spent(text) < 24 * max(spent(text[: len(text) // 8]), 0.002)


@pytest.mark.parametrize(
    "text", ["con " * 250_000, "origine " * 125_000, "d’origine étrangère " * 50_000, "é" * 1_000_000, "a " * 500_000]
)
def test_a_hostile_megabyte_takes_no_longer_than_its_length_says(text: str) -> None:
    grows_with_its_length(text)
    assert len(check(text, BOOK)) <= MOST
