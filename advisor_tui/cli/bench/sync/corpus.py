"""What is sent: the events of synthetic customers, as an import made them, and notes of one advisor at a time."""

from __future__ import annotations

import itertools
import random
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Raw

from advisor_tui.domain.bodies import Body, CustomerRecorded, NoteAdded
from advisor_tui.domain.events import encode_body
from advisor_tui.domain.identity import Hlc, uuid7
from advisor_tui.domain.wire import WireEvent
from advisor_tui.store.replica.outbox import FIELDS, wire_of

BATCH = 500
"""Events of one push."""
WORDS = ("appel", "facture", "rappel", "courrier", "accord", "délai", "remise", "panne", "ligne", "dossier", "échéance")
_COUNT = itertools.count()
_PICK = random.Random(5).choices  # noqa: S311 - repeatable, not secret


def read_events(database: Path, *, by_customer: bool = False) -> Iterator[WireEvent]:
    """The events of a workspace in the order of its journal, or one customer after the other."""
    columns = ", ".join(column.name for column in FIELDS)
    order = "customer_id, n" if by_customer else "n"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        for row in connection.execute(f"SELECT {columns} FROM event ORDER BY {order}"):
            yield wire_of(row)


def batches(events: Iterator[WireEvent], size: int = BATCH) -> Iterator[list[WireEvent]]:
    """So many at a time."""
    while batch := list(itertools.islice(events, size)):
        yield batch


def note(customer_id: str, author: str, device: str, text: str = "") -> WireEvent:
    """A note that `author` writes now, of a few words where none are given."""
    now = int(time.time() * 1000)
    words = text or " ".join(_PICK(WORDS, k=14))
    body = NoteAdded(at=datetime.fromtimestamp(now / 1000, UTC).isoformat(), text=words, author=author)
    return _event("note_added", customer_id, body, author, device, now)


def customer(author: str, device: str, team: str) -> WireEvent:
    """A customer of a team, recorded now."""
    now = int(time.time() * 1000)
    body = CustomerRecorded(name=" ".join(_PICK(WORDS, k=2)), team=team)
    return _event("customer_recorded", uuid7(now, secrets.randbits(74)), body, author, device, now)


def _event(type_: str, customer_id: str, body: Body, author: str, device: str, now: int) -> WireEvent:
    return WireEvent(
        id=uuid7(now, secrets.randbits(74)), customer_id=customer_id, type=type_, at=now,
        hlc=str(Hlc(now, next(_COUNT) & 0xFFFFFF, device)), actor=author, txn=uuid7(now, secrets.randbits(74)),
        body=Raw(encode_body(body)),
    )  # fmt: skip
