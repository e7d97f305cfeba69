"""Reads the word lists of the gentle check; an invalid one is refused with what is wrong and where."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.gentle import Book, WordList, make_book
from advisor_tui.language import LANGUAGES

LISTS = Path(__file__).resolve().parent.parent / "rules"


@lru_cache(maxsize=4)
def load_words(languages: tuple[str, ...] = LANGUAGES) -> Book:
    """The lists of these languages, together: whoever reads one language may well write another."""
    return _made(*(LISTS / f"words-{language}.toml" for language in languages))


def read_words(path: Path) -> WordList:
    """The list in `path`."""
    import msgspec

    try:
        words = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), WordList)
        make_book(words)
    except (OSError, ValueError) as error:  # what TOML, UTF-8, msgspec and the book raise
        raise Invalid("The word list {path} cannot be used: {reason}", path=str(path), reason=error) from error
    return words


def _made(*paths: Path) -> Book:
    return make_book(*map(read_words, paths))
