"""Foreign text is hostile: it is shown harmlessly, found without accents, and never changed where it is stored."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_tui.domain.text import fold, harmless, normalise_identifier, one_line, words

ANYTHING = st.text(st.characters(), max_size=200)  # surrogates included


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mrouge\x1b[0m", "␛[31mrouge␛[0m"),
        ("\x1b]0;titre\x07", "␛]0;titre␇"),
        ("\x9b31m", "\ufffd31m"),
        ("a\x85b", "a\ufffdb"),
        ("nul\x00nul", "nul␀nul"),
        ("\x7f", "␡"),
        ("retour\rici", "retour␍ici"),
        ("fin\r\nligne", "fin\nligne"),
        ("\x0b\x0c", "␋␌"),
        ("\u202etxt.exe\u202c", "\ufffdtxt.exe\ufffd"),
        ("\u2066isolé\u2069", "\ufffdisolé\ufffd"),
        ("\u200f\u200e\u061c", "\ufffd\ufffd\ufffd"),
        ("pass\u200bword\ufeff", "pass\ufffdword\ufffd"),
        ("a\u2028b\u2029c", "a\ufffdb\ufffdc"),
        ("\U000e0041\U000e007f", "\ufffd\ufffd"),
        ("\ufff9x\ufffb", "\ufffdx\ufffd"),
        ("\ud800", "\ufffd"),
        ("e" + "\u0301" * 50, "e" + "\u0301" * 3),
        ("ส" + "\u0e49" * 50, "ส" + "\u0e49" * 3),
        ("م" + "\u06e2" * 50, "م" + "\u06e2" * 3),
        ("д" + "\ua670" * 50, "д" + "\ua670" * 3),
    ],
    ids=ascii,
)
def test_what_could_command_the_terminal_or_hide_is_made_visible(hostile: str, shown: str) -> None:
    assert harmless(hostile) == shown


@pytest.mark.parametrize(
    "kind",
    [
        "Ça coûte 1 234,50 € — « déjà payé »…", "👍🏽", "👨‍👩‍👧", "🇫🇷", "❤️", "1️⃣", "日本語", "אבג", "مرحبا", "สวัสดี",
        "हिन्दी", "Đặng Thị Hương", "Zoe\u0308", "[bold]x[/] [@click=app.quit]", "deux\nlignes",
    ],
)  # fmt: skip
def test_words_of_every_language_and_emoji_are_left_alone(kind: str) -> None:
    assert harmless(kind) == kind


def test_tabs_become_spaces() -> None:
    assert harmless("a\tb") == "a   b"
    assert harmless("é\tb") == "é   b"


@given(ANYTHING)
def test_nothing_shown_can_command_a_terminal(text: str) -> None:
    shown = harmless(text)
    for char in shown:
        assert char == "\n" or unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp"), hex(ord(char))
        assert unicodedata.bidirectional(char) not in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    assert harmless(shown) == shown
    shown.encode()


@given(ANYTHING, st.integers(1, 60))
def test_one_line_is_one_line_and_no_longer_than_asked(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert "\n" not in line


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Zoé", "zoe"), ("ZOÉ", "zoe"), ("Zoe\u0301", "zoe"), ("Lefèvre-Ünal", "lefevre-unal"), ("Œuvre", "oeuvre"),
        ("Straße", "strasse"), ("STRASSE", "strasse"), ("Æther", "aether"), ("Łukasz Ødegård", "lukasz odegard"),
        ("L’Haÿ", "l'hay"), ("ﬁn", "fin"), ("１２", "12"), ("İstanbul", "istanbul"),
    ],
)  # fmt: skip
def test_folding_forgets_case_and_accents(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(ANYTHING)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_words_are_what_the_index_splits() -> None:
    assert words("Zoé d’Arc-Lefèvre, n° 12_B !") == ["zoe", "d", "arc", "lefevre", "n", "12", "b"]
    assert words("«»…👍") == []


@pytest.mark.parametrize(
    "forms",
    [
        ["06 39 98 11 22", "0639981122", "+33 6 39 98 11 22", "+33639981122", "0033 6 39 98 11 22", "06.39.98.11.22",
         "06-39-98-11-22", "+33 (0)6 39 98 11 22", "(06) 39 98 11 22", "06/39/98/11/22", "tél. 06 39 98 11 22",
         "06\u00a039\u00a098\u00a011\u00a022", "639981122"],
        ["020 7946 0958", "+44 20 7946 0958", "0044 20 7946 0958", "(020) 7946-0958", "+44 (0)20 7946 0958"],
        ["3631", "36 31", "36.31"],
    ],
)  # fmt: skip
def test_a_phone_is_one_number_in_all_its_forms(forms: list[str]) -> None:
    assert len({normalise_identifier("phone", form) for form in forms}) == 1


def test_two_phones_are_two_numbers() -> None:
    assert normalise_identifier("phone", "06 39 98 11 22") != normalise_identifier("phone", "06 39 98 11 23")


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("email", "Zoe@Exemple.fr", " zoe@exemple.FR "),
        ("contract", "AB-12 34/56.7", "ab1234567"),
        ("account", "0012 34", "001234"),
        ("former_name", "LEFÈVRE  Zoé", "lefevre zoe"),
        ("postal", "12, rue de l’Église", "12, RUE DE L'EGLISE"),
    ],
)
def test_other_identifiers_are_compared_without_case_accents_or_separators(kind: str, one: str, other: str) -> None:
    assert normalise_identifier(kind, one) == normalise_identifier(kind, other)


@given(st.sampled_from(["phone", "email", "contract", "former_name"]), ANYTHING)
def test_any_value_has_a_form_to_compare(kind: str, value: str) -> None:
    norm = normalise_identifier(kind, value)
    assert normalise_identifier(kind, norm) == norm
