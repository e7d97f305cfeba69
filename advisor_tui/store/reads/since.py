"""Since you left: what colleagues and customers did on my cases, and the promises of mine that come due.

Only what concerns my cases: nothing here says what anybody did with their time (DOMAIN.md, claim 003-03).
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

LIMIT = 200
_META = "SELECT value FROM meta WHERE key = 'seen'"
_SINCE = (
    "SELECT e.type, e.customer_id, e.case_id, e.actor, e.at, v.subject, c.name, e.body FROM event e "
    "JOIN case_view v ON v.id = e.case_id JOIN customer_view c ON c.id = v.customer_id "
    "WHERE e.n > ? AND v.owner = ? AND e.actor != ? AND e.actor != 'import' AND e.body IS NOT NULL "
    "ORDER BY e.n DESC LIMIT ?"
)
_TEXTS = ("text", "words", "body", "quote", "next_step", "what", "subject", "reason", "restated")


class Happened(NamedTuple):
    """One thing that happened on a case of mine: its kind (type of event), on whose case, by whom, and the words."""

    type: str
    customer_id: str
    case_id: str
    by: str
    at: int
    subject: str
    name: str
    words: str


def seen(connection: sqlite3.Connection) -> int | None:
    """Up to where this workspace's person had seen everything; None when they never left a desk yet."""
    row = connection.execute(_META).fetchone()
    return int(row[0]) if row else None


def read_since(connection: sqlite3.Connection, me: str, place: int) -> list[Happened]:
    """What others did on my cases after `place`, the newest first, at most LIMIT."""
    rows = connection.execute(_SINCE, (place, me, me, LIMIT))
    return [
        Happened(type_, customer, case, by, at, subject, name, _words(body))
        for type_, customer, case, by, at, subject, name, body in rows
    ]


def _words(body: str) -> str:
    """The words of an event, whichever field holds them."""
    said = json.loads(body)
    return next((str(said[field]) for field in _TEXTS if said.get(field)), "")


def mark_seen(database: Path) -> None:
    """The desk is left: what is here now was there to be seen. A workspace that is busy keeps the older mark."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(database, timeout=1)) as connection, connection:
        connection.execute(
            "INSERT INTO meta (key, value) SELECT 'seen', coalesce(max(n), 0) FROM event WHERE true "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        )
