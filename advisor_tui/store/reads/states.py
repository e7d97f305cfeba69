"""Customers folded from the journal, for what no picture of it holds; reads with plain SQL, imports nothing that writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from advisor_tui.domain.events import STORED, Event, stored_event

CHUNK = 500
EVENTS_SQL = f"SELECT {', '.join(STORED)} FROM event WHERE customer_id IN ({{marks}})"


def read_events(connection: sqlite3.Connection, customers: Sequence[str]) -> dict[str, list[Event]]:
    """The events of these customers, by customer, unordered."""
    found: dict[str, list[Event]] = {}
    for start in range(0, len(customers), CHUNK):
        some = customers[start : start + CHUNK]
        marks = ",".join("?" * len(some))
        for row in connection.execute(EVENTS_SQL.format(marks=marks), some):
            event = stored_event(row)
            found.setdefault(event.customer_id, []).append(event)
    return found
