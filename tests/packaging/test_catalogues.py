"""The words in both languages: none missing, none stale, none doubtful, set as each language sets them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from advisor_tui.cli.catalogue import collect, path_of

LANGUAGES = ("fr", "en")
NBSP = "\u00a0"


def catalogue(language: str) -> Catalog:
    with path_of(language).open("rb") as handle:
        return read_po(handle, locale=language)


def messages(found: Catalog) -> Iterator[Message]:
    return (message for message in found if message.id)


def key(message: Message) -> tuple[str | None, str]:
    context = message.context.decode() if isinstance(message.context, bytes) else message.context  # babel's read_mo
    return context, message.id if isinstance(message.id, str) else message.id[0]


def forms(message: Message) -> list[str]:
    """What the message is translated by."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


@pytest.fixture(scope="module")
def spoken() -> Catalog:
    return collect()


@pytest.mark.parametrize("language", LANGUAGES)
def test_exactly_what_the_program_says(language: str, spoken: Catalog) -> None:
    held, said = (
        {key(message) for message in messages(catalogue(language))},
        {key(message) for message in messages(spoken)},
    )
    advice = "run: python -m advisor_tui.cli.catalogue"
    assert not said - held, advice
    assert not held - said, advice


@pytest.mark.parametrize("language", LANGUAGES)
def test_none_missing_and_none_doubtful(language: str) -> None:
    for message in messages(catalogue(language)):
        assert all(form.strip() for form in forms(message)), message.id
        assert forms(message), message.id
        assert not message.fuzzy, message.id
    assert not catalogue(language).obsolete


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_is_what_is_written(language: str) -> None:
    path = path_of(language).with_suffix(".mo")
    if not path.exists():
        pytest.skip("not compiled here")
    with path.open("rb") as handle:
        compiled = {key(message): forms(message) for message in messages(read_mo(handle))}
    assert compiled == {key(message): forms(message) for message in messages(catalogue(language))}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_fields(language: str) -> None:
    """A translation may leave the count out of a singular, and nothing else; it adds nothing."""
    for message in messages(catalogue(language)):
        sources = [message.id] if isinstance(message.id, str) else list(message.id)
        wanted = set().union(*map(fields, sources))
        for form in forms(message):
            assert fields(form) <= wanted, message.id
            assert wanted - fields(form) <= {"count"}, message.id


def test_english_says_what_the_program_says() -> None:
    for message in messages(catalogue("en")):
        if message.context is None:
            sources = [message.id] if isinstance(message.id, str) else list(message.id)
            assert forms(message) == sources


@pytest.fixture(scope="module")
def sentences() -> list[str]:
    """All that is said in French."""
    return [form for message in messages(catalogue("fr")) for form in forms(message)]


class TestFrench:
    """French typography: no-break spaces, real quotation marks and apostrophes."""

    def test_no_straight_quotes(self, sentences: list[str]) -> None:
        for text in sentences:
            assert "'" not in text, text
            shown = re.sub(r'"…"|"[\w.]+"', "", text)  # what is to be typed
            assert '"' not in shown, text

    def test_no_break_space_before_high_marks(self, sentences: list[str]) -> None:
        for text in sentences:
            for match in re.finditer(r"(.)([;!?%»])", text):
                assert match[1] == NBSP or match[1] in "!?…", f"{match[0]!r} in {text!r}"
            for match in re.finditer(r"(.):(.?)", text):
                typed = match[1] != " " and match[2] not in (" ", "")  # a time, an address, a command
                assert match[1] == NBSP or typed, f"{match[0]!r} in {text!r}"
            for match in re.finditer("«(.?)", text):
                assert match[1] == NBSP, text

    def test_three_dots_are_one_character(self, sentences: list[str]) -> None:
        assert not [text for text in sentences if "..." in text]

    def test_capitals_have_their_accents(self, sentences: list[str]) -> None:
        assert not [text for text in sentences if re.search(r"\b(A prévenir|Etat|Ecrire|Evénement|Equipe)\b", text)]

    def test_no_english_left(self, sentences: list[str]) -> None:
        english = re.compile(r"\b(the|and|with|customer's|please|this|that)\b")
        assert not [text for text in sentences if english.search(text.replace("advisor", ""))]
