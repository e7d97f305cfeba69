"""The least that could be done with events: one table, a commit on disk a batch, JSON on the way there and back.

Both sides of the reference use it: `bare_server` and the client in `exchange`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from advisor_tui.domain.wire import WireEvent

COLUMNS = ("id", "customer_id", "case_id", "type", "v", "at", "hlc", "actor", "txn", "base", "body")
TABLE = f"CREATE TABLE event (seq INTEGER PRIMARY KEY, {', '.join(COLUMNS)}, UNIQUE (id))"
INSERT = f"INSERT INTO event ({', '.join(COLUMNS)}) VALUES ({', '.join(f':{name}' for name in COLUMNS)})"
PULL = f"SELECT seq, {', '.join(COLUMNS)} FROM event WHERE seq > ? ORDER BY seq LIMIT ?"


def open_table(path: Path) -> sqlite3.Connection:
    """The table in a file that keeps what it was given, as ours does."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -65536", "wal_autocheckpoint = 4000"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(TABLE)
    return connection


def insert(connection: sqlite3.Connection, events: list[dict[str, Any]]) -> int:
    """All of them in one transaction; the number of the last."""
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(INSERT, events)
    (last,) = connection.execute("SELECT max(seq) FROM event").fetchone()
    connection.execute("COMMIT")
    return int(last)


def plain(events: Iterator[WireEvent]) -> list[dict[str, Any]]:
    """The events as this server takes them."""
    return [
        {**{name: getattr(event, name) for name in COLUMNS[:-2]}, "base": " ".join(event.base),
         "body": bytes(event.body).decode()}
        for event in events
    ]  # fmt: skip


def push_body(events: list[dict[str, Any]]) -> bytes:
    """What is sent."""
    return json.dumps(events).encode()


def page(connection: sqlite3.Connection, after: int, limit: int) -> bytes:
    """The events that follow a number."""
    names = ("seq", *COLUMNS)
    return json.dumps([dict(zip(names, row, strict=True)) for row in connection.execute(PULL, (after, limit))]).encode()


def take_page(connection: sqlite3.Connection, answer: bytes) -> int:
    """Keep what a page brought; the number of the last event, 0 when there was none."""
    events = json.loads(answer)
    if not events:
        return 0
    insert(connection, events)
    return int(events[-1]["seq"])
