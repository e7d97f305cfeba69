"""What the law asks of a workspace that shares with no server: erasing a person here, and saying whom it is time to forget.

Erasing takes the bodies and leaves anonymous stubs; the words leave the tables, the search index, the drafts and, once
the file was written anew, its free pages and its log.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, delete, select

from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import Refused
from advisor_tui.domain.state import CustomerState
from advisor_tui.domain.text import one_line
from advisor_tui.store.drafts import drop_drafts_of
from advisor_tui.store.erasing import forget_search_words, overwrite_what_goes
from advisor_tui.store.journal import Journal
from advisor_tui.store.replica.answers import SET_ASIDE
from advisor_tui.store.retention import hold_stands
from advisor_tui.store.unit import TABLES

_EVENT = TABLES["event"]
_SHA256 = re.compile(r'"sha256":"([0-9a-f]{64})"')


class Erased(Struct):
    """What an erasure took: how many entries, and the attached files that nobody else's entries name."""

    entries: int
    attachments: list[str]
    forced: list[str]
    """What stood against it and was passed over: "promise_open", "unanswered"."""


def erase_person(journal: Journal, records: list[str], today: date, *, force_open: bool = False) -> Erased:
    """Erase everything about the person that these records are, or nothing.

    Refused while the law asks to keep it; and, unless `force_open`, while a promise to them is open or something that
    they sent is unanswered. `clean_file` must follow.
    """
    with journal.transaction() as unit:
        states = unit.states(records)
        against = [refusal for state in states.values() for refusal in standing_against(state, today)]
        for refusal in against:
            if refusal.code == "legal_hold" or not force_open:
                raise refusal
        connection = unit.connection
        attached = _attached(connection, _EVENT.c.customer_id.in_(records))
        overwrite_what_goes(connection)
        theirs = (_EVENT.c.customer_id.in_(records), _EVENT.c.body.is_not(None))
        entries = connection.execute(_EVENT.update().where(*theirs).values(body=None)).rowcount
        connection.execute(delete(SET_ASIDE).where(SET_ASIDE.c.customer_id.in_(records)))
        for customer_id in records:
            drop_drafts_of(connection, customer_id)
            unit.refold(customer_id)
        unit.flush()
        forget_search_words(connection)
        if attached:
            attached -= _attached(connection, _EVENT.c.type == "contact_logged")
    return Erased(entries, sorted(attached), sorted({refusal.code for refusal in against}))


def standing_against(state: CustomerState, today: date) -> list[Refused]:
    """Why what is held on this customer may not be erased today, the law first."""
    found: list[Refused] = []
    hold: Any = state.legal_hold.body if state.legal_hold is not None else b.LegalHoldSet()
    if hold_stands(hold.reason, hold.until, today):
        found.append(
            Refused("The law asks to keep what is held on this customer: {reason}", code="legal_hold",
                    reason=one_line(hold.reason), until=hold.until)
        )  # fmt: skip
    for item in state.items.values():
        words = one_line(str(getattr(item.recorded, "text", "") or getattr(item.recorded, "body", "")), 80)
        if item.kind == "commitment" and item.state == "made":
            found.append(
                Refused("A promise to this customer is open: “{text}”. Settle it first, or force it with --force-open.",
                        code="promise_open", text=words, entry=item.id)
            )  # fmt: skip
        elif item.waiting_since is not None:
            found.append(
                Refused("This customer waits for an answer: “{text}”. Answer first, or force it with --force-open.",
                        code="unanswered", text=words, entry=item.id)
            )  # fmt: skip
    return found


def _attached(connection: Connection, where: Any) -> set[str]:
    """The files that the entries chosen by `where` name, by their hash."""
    bodies: Iterable[str] = connection.execute(
        select(_EVENT.c.body).where(where, _EVENT.c.body.contains('"sha256"', autoescape=True))
    ).scalars()
    return {sha256 for body in bodies for sha256 in _SHA256.findall(body)}


def clean_file(path: Path, patience: float = 5.0) -> bool:
    """Write the database anew without its free pages, and empty its log; False where another program is in the way for longer than
    `patience` (seconds).

    Words that were changed or deleted long ago lie in free pages too, and the log holds older pictures of the pages.
    """
    connection = sqlite3.connect(path, isolation_level=None, timeout=patience)
    try:
        connection.execute("PRAGMA temp_store = FILE")
        connection.execute("VACUUM")
        busy, *_sizes = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return not busy


def has_events(connection: sqlite3.Connection, customer_id: str) -> bool:
    """Whether the journal has anything about this customer, if only stubs."""
    return (
        connection.execute("SELECT 1 FROM event WHERE customer_id = ? LIMIT 1", (customer_id,)).fetchone() is not None
    )


def was_shared(connection: sqlite3.Connection, records: Iterable[str]) -> bool:
    """Whether a server was ever given something about them, and so still has it."""
    return any(
        connection.execute("SELECT 1 FROM event WHERE customer_id = ? AND seq IS NOT NULL LIMIT 1", (id_,)).fetchone()
        for id_ in records
    )
