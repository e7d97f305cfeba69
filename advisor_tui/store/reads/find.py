"""Find a customer by anything they were ever known by: accents, case, small typos and partial numbers forgiven.

Three steps, each tried only when the one before found too little: words as prefixes; parts of
names and numbers (trigrams); words nearest in spelling to those typed.
"""

from __future__ import annotations

import re
import sqlite3
from typing import NamedTuple

from advisor_tui.domain.text import normalise_identifier, words

ENOUGH = 20
PREFIX_SQL = (
    "SELECT v.id, v.root, v.name, v.since, v.name_text, v.number_text, v.team FROM customer_search s "
    "JOIN customer_view v ON v.n = s.rowid WHERE customer_search MATCH ? LIMIT 60"
)
PART_SQL = (
    "SELECT v.id, v.root, v.name, v.since, v.name_text, v.number_text, v.team FROM customer_part s "
    "JOIN customer_view v ON v.n = s.rowid WHERE customer_part MATCH ? LIMIT 60"
)
NORM_SQL = (
    "SELECT v.id, v.root, v.name, v.since, v.name_text, v.number_text, v.team FROM identifier i "
    "JOIN customer_view v ON v.id = i.customer_id WHERE i.norm IN (?, ?, ?) LIMIT 20"
)
KNOWN_SQL = "SELECT kind, value, norm FROM identifier WHERE customer_id = ?"
# FTS5 cuts a word of 32 kB wherever that falls, in the middle of a letter too
VOCABULARY_SQL = "SELECT term FROM customer_word WHERE col = 'name_text' AND length(term) <= 200"
VERSION_SQL = "SELECT (SELECT max(n) FROM customer_view), (SELECT max(n) FROM identifier)"


class Found(NamedTuple):
    """A customer found, and why: the kind of the match and the value that matched."""

    id: str
    name: str
    since: str
    team: str
    reason: str  # name, former_name, phone, email, account, contract, postal, social, spelling
    value: str
    rank: int


class Finder:
    """Finds customers on one connection; keeps the words of all names in memory once needed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._vocabulary: list[str] = []
        self._version: tuple[int | None, ...] | None = None

    def find(self, text: str, limit: int = ENOUGH) -> list[Found]:
        """Best first: exact identifier, name as typed, part of a number, near spelling."""
        typed = words(text)
        if not typed:
            return []
        found: dict[str, Found] = {}
        self._exact(text, found)
        self._match(PREFIX_SQL, " ".join(f'"{word}"*' for word in typed), typed, 1, found)
        if len(found) < limit:
            self._parts(text, typed, found)
        if len(found) < limit // 2:
            self._spelling(typed, found)
        return sorted(found.values(), key=lambda item: (item.rank, item.name))[:limit]

    def _exact(self, text: str, found: dict[str, Found]) -> None:
        norms = [normalise_identifier(kind, text) or "\0" for kind in ("phone", "email", "account")]
        for row in self.connection.execute(NORM_SQL, norms):
            self._add(row, [], 0, found, norms)

    def _match(self, sql: str, query: str, typed: list[str], rank: int, found: dict[str, Found]) -> None:
        for row in self.connection.execute(sql, (query,)):
            self._add(row, typed, rank, found, [])

    def _parts(self, text: str, typed: list[str], found: dict[str, Found]) -> None:
        digits = re.sub(r"\D", "", text).lstrip("0")
        parts = [f'"{word}"' for word in typed if len(word) >= 3]
        if len(digits) >= 3 and len(digits) >= len("".join(typed)) - 4:
            self._match(PART_SQL, f'number_text : "{digits}"', [digits], 2, found)
        elif parts:
            self._match(PART_SQL, " AND ".join(parts), typed, 3, found)

    def _spelling(self, typed: list[str], found: dict[str, Found]) -> None:
        """Replace each word by the names nearest to it, then look again."""
        vocabulary = self._words()
        groups = []
        for word in typed:
            near = [f'"{name}"' for name in _near(word, vocabulary)]
            groups.append("(" + " OR ".join([*near, f'"{word}"*']) + ")")
        self._match(PREFIX_SQL, "name_text : (" + " AND ".join(groups) + ")", [], 4, found)

    def _words(self) -> list[str]:
        version = self.connection.execute(VERSION_SQL).fetchone()
        if version != self._version:
            self._vocabulary = [row[0] for row in self.connection.execute(VOCABULARY_SQL)]
            self._version = version
        return self._vocabulary

    def _add(
        self, row: tuple[str, ...], typed: list[str], rank: int, found: dict[str, Found], norms: list[str]
    ) -> None:
        id_, root, name, since, name_text, _, team = row
        if root in found and found[root].rank <= rank:
            return
        reason, value = self._reason(id_, name_text, typed, norms)
        if rank == 4:
            reason = "spelling"
        if root != id_:
            head = self.connection.execute(
                "SELECT name, since, team FROM customer_view WHERE id = ?", (root,)
            ).fetchone()
            if head:
                value = value or name
                name, since, team = head
        found[root] = Found(root, name, since, team, reason, value, rank)

    def _reason(self, id_: str, name_text: str, typed: list[str], norms: list[str]) -> tuple[str, str]:
        """Which of the customer's names or numbers matched."""
        current = words(name_text.split(" · ")[0])
        left = [word for word in typed if not any(name.startswith(word) for name in current)]
        if typed and not left:
            return "name", ""
        for kind, value, norm in self.connection.execute(KNOWN_SQL, (id_,)):
            if norm in norms or (left and any(word in norm for word in left)):
                return str(kind), str(value)
        return "name", ""


def _near(word: str, vocabulary: list[str]) -> list[str]:
    """Up to six words of `vocabulary` within one or two slips of `word`, or of their beginnings."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    if len(word) < 3:
        return []
    slips = 1 if len(word) < 6 else 2
    near = {
        name: distance
        for name, distance, _ in process.extract(word, vocabulary, scorer=OSA.distance, score_cutoff=slips, limit=6)
    }
    if len(near) < 3 and len(word) >= 4:
        starts = [name[: len(word)] for name in vocabulary]
        for _, distance, place in process.extract(word, starts, scorer=OSA.distance, score_cutoff=slips, limit=6):
            near.setdefault(vocabulary[place], distance + 1)
    return sorted(near, key=lambda name: near[name])[:6]
