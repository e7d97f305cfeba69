"""Drafts that wait."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple


class Draft(NamedTuple):
    """A text that waits to be recorded."""

    subject: str
    kind: str
    customer_id: str
    text: str
    base: str
    saved_at: int


DRAFT_SQL = "SELECT subject, kind, customer_id, text, base, saved_at FROM draft WHERE subject = ? AND kind = ?"
DRAFTS_SQL = "SELECT subject, kind, customer_id, text, base, saved_at FROM draft ORDER BY saved_at DESC LIMIT 50"


def read_draft(connection: sqlite3.Connection, subject: str, kind: str) -> Draft | None:
    """The draft of `subject` and `kind`, if one waits."""
    row = connection.execute(DRAFT_SQL, (subject, kind)).fetchone()
    return None if row is None else Draft._make(row)


def read_drafts(connection: sqlite3.Connection) -> list[Draft]:
    """The newest drafts."""
    return [*map(Draft._make, connection.execute(DRAFTS_SQL))]
