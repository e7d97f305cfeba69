"""The gentle word check: words that the customer had better not read about themselves, or that the law keeps out of notes.

Insults, and what the GDPR calls special categories (article 9) and offences (article 10). CNIL's advice on free-text
fields (28 February 2019) is a word check when the note is written. It asks to say it otherwise, with a hint; it never
blocks, changes or records anything. The words are in `advisor_tui/rules/words-*.toml`; nothing is guessed from stems,
so a word is found exactly when it stands in a list, whatever its case and accents.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain, pairwise, product
from typing import NamedTuple

from msgspec import Struct

from advisor_tui.domain.text import fold
from advisor_tui.language import N_

MOST = 200
"""Findings of one check; who has that many begins with these."""
CATEGORIES = {
    "insult": N_("insult"), "health": N_("health"), "origin": N_("origin"), "religion": N_("religion"),
    "union": N_("trade union"), "politics": N_("politics"), "sex_life": N_("sex life"), "offence": N_("offence"),
}  # fmt: skip
HINTS = {
    "insult": N_("Write what the person did or said, without judging them."),
    "health": N_("Write what they need from us, not the state of their health."),
    "origin": N_("Leave out where somebody comes from; write the language they prefer, if it helps."),
    "religion": N_("Leave out what somebody believes; write the day or the product that suits them, if it helps."),
    "union": N_("Leave out trade unions; write what the person asks for."),
    "politics": N_("Leave out political opinions; write what the person asks for."),
    "sex_life": N_("Leave out somebody’s private life; write how they wish to be addressed, if it helps."),
    "offence": N_("Write the facts of this case; accusations and sentences do not belong in a note."),
}
"""What to write instead, by category; English, the catalogues translate it."""

_WORD = re.compile(r"\w+")
_WORD_OR_MARKS = re.compile("[\\w\u0300-\u036f]+")
_BETWEEN = re.compile("[^\\S\n]{0,2}(?:\n|['’\u2010\u2011-])?[^\\S\n]{0,2}")
_OPTIONAL = re.compile(r"\(([^()]*)\)")
_AROUND = 120
"""Characters on either side of a word in which the rest of a phrase is looked for."""


class WordList(Struct, frozen=True, forbid_unknown_fields=True):
    """One language's words, as its file says them: by category, and the harmless phrases that some of them stand in.

    `con(s)` stands for con and cons, `idiot(e)(s)` for idiot, idiote, idiots and idiotes.
    """

    language: str
    effective_from: date
    source: str
    words: dict[str, list[str]]
    harmless: list[str] = []


class Finding(NamedTuple):
    """A word to think about: its place in the text (characters), the word as written, why, and what to do."""

    start: int
    end: int
    word: str
    category: str
    hint: str


class Phrase(NamedTuple):
    """The folded words of a phrase, which of them it is looked for by, and its category ("" for a harmless one)."""

    words: tuple[str, ...]
    anchor: int
    category: str


Book = dict[str, tuple[Phrase, ...]]
"""The phrases of one or several lists, by the word that each is looked for by."""


def make_book(*lists: WordList) -> Book:
    """The lists together, ready to be looked up. Raises ValueError for what no text could hold."""
    phrases: set[tuple[tuple[str, ...], str]] = set()
    for one in lists:
        for category, listed in (*one.words.items(), ("", one.harmless)):
            if category and category not in CATEGORIES:
                raise ValueError(f"{category}: not a category")
            for form in chain.from_iterable(map(forms, listed)):
                words = tuple(_WORD.findall(fold(form)))
                if not words:
                    raise ValueError(f"{category}: {form!r} has no word")
                phrases.add((words, category))
    common = Counter(word for words, _category in phrases for word in set(words))
    found: dict[str, list[Phrase]] = {}
    for words, category in sorted(phrases):
        anchor = min(range(len(words)), key=lambda place: _commonness(words[place], common))
        found.setdefault(words[anchor], []).append(Phrase(words, anchor, category))
    return {word: tuple(phrases) for word, phrases in found.items()}


def _commonness(word: str, common: Counter[str]) -> tuple[bool, int, int]:
    """A phrase is looked for by its least common word: no short one, one that few phrases share, a long one."""
    return len(word) <= 4, common[word], -len(word)


def forms(phrase: str) -> Iterator[str]:
    """The phrase with and without each of its parts in brackets."""
    pieces = _OPTIONAL.split(phrase)
    choices = [(piece,) if place % 2 == 0 else ("", piece) for place, piece in enumerate(pieces)]
    return ("".join(chosen) for chosen in product(*choices))


def check(text: str, book: Book) -> list[Finding]:
    """The words of `text` to think about, in their order, at most MOST; one inside another is left out."""
    low = text.replace("İ", "I").replace("_", " ").lower()  # the one letter that lower case makes longer
    word = _WORD if low.isascii() else _WORD_OR_MARKS
    tokens = set(word.findall(low))
    folded = _folded(tokens)
    present = set(folded.values())
    found: set[tuple[int, int, str]] = set()
    for token, plain in folded.items():
        phrases = [phrase for phrase in book.get(plain, ()) if present.issuperset(phrase.words)]
        enough = len(found) + 2 * MOST
        for start in _places(low, token) if phrases else ():
            for phrase in phrases:
                place = _phrase_at(low, word, start, start + len(token), phrase)
                if place is not None:
                    found.add((*place, phrase.category))
            if len(found) > enough:
                break
    return [
        Finding(start, end, text[start:end], category, HINTS[category])
        for start, end, category in _outermost(found)
        if category
    ][:MOST]


def _folded(tokens: Iterable[str]) -> dict[str, str]:
    """Each token without its accents; all that have some in one go, which is ten times as fast."""
    plain = {token: token for token in tokens if token.isascii()}
    accented = [token for token in tokens if not token.isascii()]
    return plain | dict(zip(accented, fold("\n".join(accented)).split("\n"), strict=True)) if accented else plain


def _places(low: str, token: str) -> Iterator[int]:
    """Where `token` stands as a whole word."""
    size = len(token)
    at = low.find(token)
    while at >= 0:
        if not _is_letter(low, at - 1) and not _is_letter(low, at + size):
            yield at
        at = low.find(token, at + size)


def _is_letter(low: str, place: int) -> bool:
    return 0 <= place < len(low) and (low[place].isalnum() or "\u0300" <= low[place] <= "\u036f")


def _phrase_at(low: str, word: re.Pattern[str], start: int, end: int, phrase: Phrase) -> tuple[int, int] | None:
    """Where `phrase` stands when its anchor stands at start..end."""
    if len(phrase.words) == 1:
        return start, end
    first = max(0, start - _AROUND)
    tokens = [match.span() for match in word.finditer(low, first, end + _AROUND)]
    here = next((place for place, span in enumerate(tokens) if span[0] == start), -1) - phrase.anchor
    spans = tokens[here : here + len(phrase.words)] if here >= 0 else []
    if tuple(fold(low[one:other]) for one, other in spans) != phrase.words:
        return None
    for one, other in pairwise(spans):
        if not _BETWEEN.fullmatch(low, one[1], other[0]):
            return None
    return spans[0][0], spans[-1][1]


def _outermost(found: set[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """What stands in nothing longer; of two at one place the harmless one, then by category."""
    end = -1
    for start, stop, category in sorted(found, key=lambda one: (one[0], -one[1], one[2])):
        if stop > end:
            yield start, stop, category
            end = stop
