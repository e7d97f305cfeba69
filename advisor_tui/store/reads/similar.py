"""Past resolutions of like cases, to be read beside the one that is being written.

First the search index gives the 50 that share the rarest words, then `store.likeness` ranks them. Common words are left
out once what they would bring exceeds READ_AT_MOST: in a million entries they cost a second and say nothing.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from advisor_tui.domain.discretion import unnamed
from advisor_tui.domain.text import fold, words
from advisor_tui.store.likeness import likest_sentence, ranked, sentences_of

POOL = 50
"""How many candidates are ranked."""
READ_AT_MOST = 10_000
"""Matches that the index is asked to weigh; of more, the newest."""
ASKED_WORDS = 60
"""Different words of the question that are looked up."""
ALIKE = 0.25
"""Likeness below which nothing is shown: on the questions of `advisor bench similar` it costs one answer in a thousand."""
SAID, WRITTEN = 3, 0.7
"""From how many words on a text speaks for itself, and its share beside what is known of the case."""
FORM = 6
"""Letters from which a word is looked for in its other forms too."""
WORD_SQL = "SELECT coalesce(sum(doc), 0) FROM precedent_word WHERE term >= ? AND term < ?"
MATCH_SQL = (
    "SELECT rowid FROM (SELECT rowid, bm25(precedent_search) AS rank FROM precedent_search WHERE precedent_search MATCH ? "
    f"ORDER BY rowid DESC LIMIT {READ_AT_MOST}) ORDER BY rank LIMIT ?"
)
ABOUT_SQL = (
    "SELECT c.subject, (SELECT s.text FROM entry s WHERE s.customer_id = c.customer_id AND s.case_id = c.id AND s.kind = 'situation' "
    "ORDER BY s.at DESC, s.n DESC LIMIT 1), (SELECT m.title || ' ' || substr(m.text, 1, 1000) FROM entry m WHERE m.customer_id = c.customer_id "
    "AND m.case_id = c.id AND m.kind = 'contact' AND m.direction = 'inbound' ORDER BY m.at DESC, m.n DESC LIMIT 1) "
    "FROM case_view c WHERE c.id = ?"
)
FOUND_SQL = (
    "SELECT e.n, e.id, e.case_id, e.customer_id, v.name, c.subject, c.kind, c.state, e.at, e.author, e.text, "
    "EXISTS (SELECT 1 FROM entry x WHERE x.customer_id = e.customer_id AND x.case_id = e.case_id AND x.kind = 'contact' "
    "AND x.direction = 'inbound' AND x.at > e.at) FROM entry e JOIN case_view c ON c.id = e.case_id "
    "JOIN customer_view v ON v.id = e.customer_id WHERE e.n IN ({marks}) AND e.state != 'conflict' AND e.case_id != ?"
)
KNOWN_AS_SQL = "SELECT kind, value FROM identifier WHERE customer_id = ?"
NAMES = ("former_name", "social")


class Precedent(NamedTuple):
    """A resolution of another case, without the names in it."""

    entry_id: str
    case_id: str
    subject: str
    kind: str  # of the case
    state: str  # of the case
    at: int  # Unix ms
    author: str
    sentences: list[str]
    likest: int  # the place of the sentence that is likest to what was asked
    alike: int  # how many others say the same
    again: bool  # the customer wrote again afterwards
    likeness: float


class _Row(NamedTuple):
    n: int
    id: str
    case_id: str
    customer_id: str
    name: str
    subject: str
    kind: str
    state: str
    at: int
    author: str
    text: str
    again: int


def read_precedents(connection: sqlite3.Connection, text: str, case_id: str = "", limit: int = 8) -> list[Precedent]:
    """The resolutions of other cases that are likest to `text` and to what the customer said of `case_id`, likest first."""
    known = about(connection, case_id) if case_id else ""
    asked = f"{text}\n{known}"
    query = question(connection, asked)
    if not query:
        return []
    places = {row[0]: place for place, row in enumerate(connection.execute(MATCH_SQL, (query, POOL)))}
    sql = FOUND_SQL.format(marks=",".join("?" * len(places)))
    rows = [*map(_Row._make, connection.execute(sql, (*places, case_id)))]
    rows.sort(key=lambda row: places[row.n])
    found: dict[str, tuple[_Row, float, int]] = {}
    for place, likeness in _weighed(text, known, [f"{row.subject} {row.text}" for row in rows]):
        if likeness < ALIKE:
            break
        row = rows[place]
        same = fold(row.text)
        first, best, count = found.get(same, (row, likeness, -1))
        found[same] = (first if first.at >= row.at else row, best, count + 1)
    likest = sorted(found.values(), key=lambda item: -item[1])[:limit]
    return [_precedent(connection, asked, row, likeness, count) for row, likeness, count in likest]


def _weighed(text: str, known: str, candidates: list[str]) -> list[tuple[int, float]]:
    """The candidates, likest first: what is being written says more than what the case was about when it came."""
    if len(words(text)) < SAID or not known:
        return ranked(f"{text}\n{known}", candidates)
    told = dict(ranked(known, candidates))
    both = [(place, WRITTEN * likeness + (1 - WRITTEN) * told[place]) for place, likeness in ranked(text, candidates)]
    return sorted(both, key=lambda found: -found[1])


def about(connection: sqlite3.Connection, case_id: str) -> str:
    """What is known of a case before a word is written: its subject, the customer's words, their last message."""
    row = connection.execute(ABOUT_SQL, (case_id,)).fetchone()
    return "\n".join(filter(None, row)) if row else ""


def question(connection: sqlite3.Connection, text: str) -> str:
    """The FTS5 query for `text`: its rarest words, longer ones in any ending."""
    terms: dict[str, int] = {}
    for word in dict.fromkeys(word for word in words(text) if len(word) > 1):
        if len(terms) == ASKED_WORDS:
            break
        begun = word[: max(5, len(word) - 3)] if len(word) >= FORM else ""
        last = (begun[:-1] + chr(ord(begun[-1]) + 1)) if begun else word + "\0"
        count = connection.execute(WORD_SQL, (begun or word, last)).fetchone()[0]
        if count:
            terms[f'"{begun}"*' if begun else f'"{word}"'] = count
    chosen: list[str] = []
    matches = 0
    for term, count in sorted(terms.items(), key=lambda item: item[1]):
        if chosen and matches + count > READ_AT_MOST:
            break
        chosen.append(term)
        matches += count
    return " OR ".join(chosen)


def _precedent(connection: sqlite3.Connection, asked: str, row: _Row, likeness: float, alike: int) -> Precedent:
    known = connection.execute(KNOWN_AS_SQL, (row.customer_id,)).fetchall()
    names = [row.name, *(value for kind, value in known if kind in NAMES)]
    numbers = [value for kind, value in known if kind not in NAMES]
    sentences = sentences_of(unnamed(row.text, names, numbers))
    return Precedent(
        row.id, row.case_id, unnamed(row.subject, names, numbers), row.kind, row.state, row.at, row.author,
        sentences, likest_sentence(asked, sentences), alike, bool(row.again), likeness,
    )  # fmt: skip
