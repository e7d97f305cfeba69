"""What was written here and is not sent yet, for a person to see and copy."""

from __future__ import annotations

import json
import sqlite3
from typing import NamedTuple

from advisor_tui.store.reads.replica import TEXTS


class Unsent(NamedTuple):
    """One event that waits, with the words in it."""

    id: str
    customer_id: str
    customer: str
    type: str
    written_at: int  # Unix ms
    text: str


OLDEST_SQL = "SELECT hlc FROM event WHERE seq IS NULL AND body IS NOT NULL ORDER BY n LIMIT 1"
UNSENT_SQL = (
    "SELECT e.id, e.customer_id, coalesce(c.name, ''), e.type, e.hlc, coalesce(e.body, '{}') FROM event e "
    "LEFT JOIN customer_view c ON c.id = e.customer_id WHERE e.seq IS NULL AND e.body IS NOT NULL ORDER BY e.n DESC LIMIT ?"
)


def read_oldest(connection: sqlite3.Connection) -> int:
    """When the oldest of what waits was written (Unix ms); 0 when nothing waits."""
    row = connection.execute(OLDEST_SQL).fetchone()
    return _written(row[0]) if row is not None else 0


def read_unsent(connection: sqlite3.Connection, limit: int = 500) -> list[Unsent]:
    """What waits, newest first."""
    return [
        Unsent(id_, customer_id, customer, type_, _written(hlc), _words(body))
        for id_, customer_id, customer, type_, hlc, body in connection.execute(UNSENT_SQL, (limit,))
    ]


def _written(hlc: str) -> int:
    return int(hlc[:12], 16)


def _words(body: str) -> str:
    said = json.loads(body)
    return next((str(said[name]) for name in TEXTS if said.get(name)), "")
