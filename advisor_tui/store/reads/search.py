"""Search words in every entry: the newest matches first considered, then ranked.

Ranking a common word over a whole index costs a second; here only the newest CAP matches are
ranked, which keeps every search in tens of milliseconds.
"""

from __future__ import annotations

import math
import re
import sqlite3
from typing import NamedTuple

from advisor_tui.domain.text import fold, words

CAP = 200
"""How many of the newest matches are ranked."""
BEGINNING = 3
"""Letters from which a last word may be the beginning of a longer one."""
ENDINGS = 24
"""How many longer words are tried."""
WORDS_SQL = "SELECT term FROM entry_word WHERE term >= ? AND term < ? LIMIT ?"
MATCH_SQL = "SELECT rowid FROM entry_search WHERE entry_search MATCH ? ORDER BY rowid DESC LIMIT ?"
TEXT_SQL = "SELECT n, title, text, at FROM entry WHERE n IN ({marks})"
RESULT_SQL = (
    "SELECT e.n, e.id, e.customer_id, c.name, e.kind, e.channel, e.at, e.title, e.text FROM entry e "
    "JOIN customer_view c ON c.id = e.customer_id WHERE e.n IN ({marks})"
)
LIGATURES = (("oe", "œ"), ("ae", "æ"), ("ss", "ß"))
_ACCENTS = {code: fold(chr(code)) for code in range(0xC0, 0x180)}


class Hit(NamedTuple):
    """An entry found, with the words around the match."""

    entry_id: str
    customer_id: str
    name: str
    kind: str
    channel: str
    at: int
    title: str
    snippet: str


def search_query(text: str, endings: list[str] | None = None) -> str:
    """The FTS5 query for what a person typed: every word whole, or the last one as any of `endings`."""
    typed = words(text)
    if not typed:
        return ""
    groups = [_spelled(word) for word in typed]
    if endings is not None:
        groups[-1] = "(" + " OR ".join(f'"{word}"' for word in endings) + ")" if endings else '""'
    return " AND ".join(groups)


def _spellings(word: str) -> list[str]:
    """The word as typed, and as the index holds it: an entry keeps its œ, æ and ß."""
    return sorted({word, *(word.replace(pair, letter) for pair, letter in LIGATURES if pair in word)})


def _spelled(word: str) -> str:
    one_of = " OR ".join(f'"{spelling}"' for spelling in _spellings(word))
    return f"({one_of})" if " OR " in one_of else one_of


def _plain(text: str) -> str:
    """`text` without case or accents: quicker than `fold`, and enough to count words in it."""
    text = text.casefold()
    return text if text.isascii() else text.translate(_ACCENTS)


def search(connection: sqlite3.Connection, text: str, limit: int = 30) -> list[Hit]:
    """The best entries for `text`, best first: its words whole; where these are few, the last one as a beginning."""
    typed = words(text)
    if not typed:
        return []
    matches = _matches(connection, search_query(text))
    if len(matches) < limit and len(typed[-1]) >= BEGINNING:
        seen = set(matches)
        longer = _matches(connection, search_query(text, _endings(connection, typed[-1])))
        matches += [n for n in longer if n not in seen]
    if len(matches) > limit:
        matches = _ranked(connection, matches[:CAP], typed, limit)
    return _hits(connection, matches[:limit], typed)


def _matches(connection: sqlite3.Connection, query: str) -> list[int]:
    return [row[0] for row in connection.execute(MATCH_SQL, (query, CAP))]


def _endings(connection: sqlite3.Connection, beginning: str) -> list[str]:
    """Words of the index that begin so. An OR over them stops at the newest matches; a prefix query reads them all."""
    found: list[str] = []
    for first in _spellings(beginning):
        last = first[:-1] + chr(ord(first[-1]) + 1)
        found += [row[0] for row in connection.execute(WORDS_SQL, (first, last, ENDINGS))]
    return found


def _ranked(connection: sqlite3.Connection, matches: list[int], typed: list[str], limit: int) -> list[int]:
    """BM25 over the newest matches, its word weights from the matches themselves."""
    marks = ",".join("?" * len(matches))
    rows: list[tuple[int, str, str, int]] = connection.execute(TEXT_SQL.format(marks=marks), matches).fetchall()
    folded = [(n, fold(title[:400]), _plain(text[:2000])) for n, title, text, _ in rows]
    weights = {word: math.log(1 + len(rows) / (1 + sum(word in text for _, _, text in folded))) + 0.1 for word in typed}
    places = {n: place for place, n in enumerate(matches)}
    scores = {}
    for n, title, text in folded:
        length = 0.25 + 0.75 * len(text) / 400
        score = 0.0
        for word in typed:
            count = text.count(word) + 3 * title.count(word)
            score += weights[word] * count / (count + 1.2 * length)
        scores[n] = score - places[n] * 1e-6  # of two alike, the newer
    best = sorted((n for n, _, _, _ in rows), key=lambda n: -scores[n])
    return best[:limit]


def _hits(connection: sqlite3.Connection, numbers: list[int], typed: list[str]) -> list[Hit]:
    if not numbers:
        return []
    rows = connection.execute(RESULT_SQL.format(marks=",".join("?" * len(numbers))), numbers).fetchall()
    order = {n: place for place, n in enumerate(numbers)}
    rows.sort(key=lambda row: order[row[0]])
    return [Hit._make((*row[1:8], snippet(row[8], typed))) for row in rows]


def snippet(text: str, typed: list[str], around: int = 60) -> str:
    """The words of `text` around the first word found."""
    head = text[:20_000]
    places = [match.start() for word in typed if (match := re.search(re.escape(word), head, re.IGNORECASE))]
    if not places:
        folded = fold(head)
        if len(folded) == len(head):
            places = [place for word in typed if (place := folded.find(word)) >= 0]
    start = max(0, min(places, default=0) - around)
    if start:  # at a whole word
        start = head.find(" ", start, start + around) + 1 or start
    end = start + 2 * around + 40
    words_around = " ".join(head[start:end].split())
    return ("…" if start else "") + words_around + ("…" if end < len(head) else "")
