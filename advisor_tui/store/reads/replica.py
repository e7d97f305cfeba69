"""How this replica stands with its server, from the workspace alone."""

from __future__ import annotations

import json
import sqlite3
from typing import Any, NamedTuple


class Following(NamedTuple):
    """One stream: its team, and the last number read."""

    id: str
    name: str
    seq: int


class ReplicaStatus(NamedTuple):
    """What waits, what was set aside, what is followed."""

    unsent: int
    set_aside: int
    streams: list[Following]
    last_sync: int  # Unix ms, 0: never
    device: str


class SetAside(NamedTuple):
    """One event that the server did not take: why, and the words in it."""

    id: str
    txn: str
    customer_id: str
    customer: str
    status: str
    code: str
    message: str
    at: int
    type: str
    written_at: int
    text: str


TEXTS = ("text", "body", "words", "reason", "subject", "what", "next_step", "name")
"""Where a body keeps what a person wrote, the most telling first."""


def read_status(connection: sqlite3.Connection) -> ReplicaStatus:
    """How things stand, without asking anybody."""
    unsent = connection.execute("SELECT count(*) FROM event WHERE seq IS NULL AND body IS NOT NULL").fetchone()[0]
    aside = connection.execute("SELECT count(*) FROM set_aside").fetchone()[0]
    streams = [Following(*row) for row in connection.execute("SELECT stream, name, seq FROM stream_cursor ORDER BY 1")]
    facts = dict(connection.execute("SELECT key, value FROM meta WHERE key IN ('last_sync', 'hlc')"))
    return ReplicaStatus(
        unsent, aside, streams, int(facts.get("last_sync") or 0), str(facts.get("hlc", "--")).rpartition("-")[2]
    )


def read_set_aside(connection: sqlite3.Connection) -> list[SetAside]:
    """What was set aside, newest first."""
    rows = connection.execute(
        "SELECT a.id, a.txn, a.customer_id, coalesce(c.name, ''), a.status, a.code, a.message, a.at, a.event"
        " FROM set_aside a LEFT JOIN customer_view c ON c.id = a.customer_id ORDER BY a.at DESC, a.id DESC"
    )
    return [_set_aside(row) for row in rows]


def _set_aside(row: tuple[Any, ...]) -> SetAside:
    event = json.loads(row[8])
    body = event.get("body") or {}
    text = next((str(body[name]) for name in TEXTS if body.get(name)), "")
    id_, txn, customer_id, customer, status, code, message, at = row[:8]
    return SetAside(
        id_, txn, customer_id, customer, status, code, message, at, str(event.get("type", "")),
        int(event.get("at", 0)), text,
    )  # fmt: skip
