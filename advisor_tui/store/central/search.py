"""Customers by what a person remembers of them, in every team: a name or a number, in part, with slips.

SQLite answers as a desk does; PostgreSQL takes the same steps over its own indexes: what is known exactly, words
as beginnings, parts, then near spellings, each only where the steps before it found too little.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, bindparam, select, text

from advisor_tui.domain.text import normalise_identifier, words
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.errors import Denied
from advisor_tui.store.central.identity import Identity
from advisor_tui.store.central.tables import HOME
from advisor_tui.store.reads.find import ENOUGH, Finder
from advisor_tui.store.unit import TABLES

LONGEST = 100
"""Letters of a question that are looked at."""
MOST = 100
"""Customers of one answer."""
ROLES = ("advisor", "lead", "admin")
NUMBERS = ("account", "contract", "phone")
"""The kinds of identifier that tell two customers of one name apart, the best first."""
_CUSTOMER, _IDENTIFIER = TABLES["customer_view"].c, TABLES["identifier"].c
_NAME, _NUMBER = "left(name_text, 1000)", "left(number_text, 1000)"
"""As the indexes have them: what a customer is called is no book."""
_SELECT = f"SELECT root, {_NAME} AS name_text FROM customer_view "
_EXACT = text(_SELECT + "WHERE id IN (SELECT customer_id FROM identifier WHERE norm IN :norms LIMIT 20)").bindparams(
    bindparam("norms", expanding=True)
)
_WORDS = text(_SELECT + "WHERE customer_words(name_text, number_text) @@ CAST(:query AS tsquery) LIMIT 60")
_DIGITS = text(_SELECT + f"WHERE {_NUMBER} LIKE :part0 LIMIT 60")
_PARTS = _SELECT + "WHERE {parts} LIMIT 60"
_PART = f"({_NAME} LIKE :part{{n}} OR {_NUMBER} LIKE :part{{n}})"
_NEAR = _SELECT + "WHERE {near} ORDER BY {distance}, id LIMIT 60"
_SLACK = text("SELECT set_config('pg_trgm.word_similarity_threshold', '0.3', true)")


class FoundCustomer(Struct, kw_only=True):
    """A customer found, with what tells them from another of the same name, and the stream that holds them."""

    id: str
    name: str
    team: str
    number: str
    stream: str


def find_customers(central: Central, identity: Identity, text: str, limit: int = ENOUGH) -> list[FoundCustomer]:
    """The customers that `text` may mean, best first, whatever their team: one may help another team's customer."""
    if identity.role not in ROLES:
        raise Denied("The role {role} may not look for customers.", code="not_allowed", role=identity.role)
    typed = text[:LONGEST].replace("\0", " ").encode("utf-8", "ignore").decode()
    limit = max(1, min(limit, MOST))
    with central.read() as connection:
        find: Callable[[Connection, str, int], dict[str, int]] = (
            _find_sqlite if central.dialect == "sqlite" else _find_postgresql
        )
        ranks = find(connection, typed, limit) if words(typed) else {}
        found = _described(connection, list(ranks))
    return sorted(found, key=lambda customer: (ranks[customer.id], customer.name))[:limit]


def _described(connection: Connection, ids: list[str]) -> list[FoundCustomer]:
    rows = connection.execute(
        select(_CUSTOMER.id, _CUSTOMER.name, _CUSTOMER.team, _CUSTOMER.ext, HOME.c.stream)
        .outerjoin(HOME, HOME.c.customer_id == _CUSTOMER.id)
        .where(_CUSTOMER.id.in_(ids))
    ).all()
    numbers: dict[str, tuple[int, str]] = {}
    for customer_id, kind, value in connection.execute(
        select(_IDENTIFIER.customer_id, _IDENTIFIER.kind, _IDENTIFIER.value)
        .where(_IDENTIFIER.customer_id.in_(ids), _IDENTIFIER.kind.in_(NUMBERS), _IDENTIFIER.valid_to == "")
        .order_by(_IDENTIFIER.n)
    ):
        best = numbers.get(customer_id)
        if best is None or NUMBERS.index(kind) < best[0]:
            numbers[customer_id] = (NUMBERS.index(kind), value)
    return [
        FoundCustomer(
            id=row.id, name=row.name, team=row.team, stream=row.stream or "",
            number=numbers[row.id][1] if row.id in numbers else "" if row.ext == row.id else row.ext,
        )
        for row in rows
    ]  # fmt: skip


def _find_sqlite(connection: Connection, typed: str, limit: int) -> dict[str, int]:
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return {found.id: found.rank for found in Finder(raw).find(typed, limit)}


def _find_postgresql(connection: Connection, typed: str, limit: int) -> dict[str, int]:
    """Customers that stand for themselves and those merged into them, each with the step that found it."""
    ranks: dict[str, int] = {}

    def add(rank: int, rows: Iterable[Any]) -> None:
        for row in rows:
            ranks.setdefault(row.root, rank)

    split = words(typed)
    norms = [norm for kind in ("phone", "email", "account") if (norm := normalise_identifier(kind, typed))]
    if norms:
        add(0, connection.execute(_EXACT, {"norms": norms}))
    add(1, connection.execute(_WORDS, {"query": _beginnings(split)}))
    if len(ranks) < limit:
        digits = re.sub(r"\D", "", typed).lstrip("0")
        parts = [word for word in split if len(word) >= 3]
        if len(digits) >= 3 and len(digits) >= len("".join(split)) - 4:
            add(2, connection.execute(_DIGITS, {"part0": f"%{digits}%"}))
        elif parts:
            where = " AND ".join(_PART.format(n=n) for n in range(len(parts)))
            add(
                3,
                connection.execute(
                    text(_PARTS.format(parts=where)), {f"part{n}": f"%{part}%" for n, part in enumerate(parts)}
                ),
            )
    if len(ranks) < limit // 2:
        add(4, (row for row in _near_rows(connection, split) if _is_near(split, words(row.name_text))))
    return ranks


def _beginnings(split: list[str]) -> str:
    """The query for names and numbers with a word that begins with each of `split`; words hold no operator."""
    return " & ".join(f"'{word}':*" for word in split)


def _near_rows(connection: Connection, split: list[str]) -> list[Any]:
    """Customers whose names share enough letters with each word, the nearest first."""
    near, distance, given = [], [], {}
    for n, word in enumerate(split):
        if len(word) < 3:
            near.append(f"customer_words(name_text, '') @@ CAST(:word{n} AS tsquery)")
            given[f"word{n}"] = _beginnings([word])
        else:
            near.append(f":word{n} <% {_NAME}")
            distance.append(f"(:word{n} <<-> {_NAME})")
            given[f"word{n}"] = word
    if not distance:
        return []
    connection.execute(_SLACK)
    return list(connection.execute(text(_NEAR.format(near=" AND ".join(near), distance=" + ".join(distance))), given))


def _is_near(split: list[str], name: list[str]) -> bool:
    """Whether each word is the beginning of one of the name, or has one or two slips in it."""
    from rapidfuzz.distance import OSA

    for word in split:
        slips = 0 if len(word) < 3 else 1 if len(word) < 6 else 2
        starts = len(word) >= 4
        if not any(
            known.startswith(word)
            or OSA.distance(word, known) <= slips
            or (starts and OSA.distance(word, known[: len(word)]) <= slips)
            for known in name
        ):
            return False
    return True
