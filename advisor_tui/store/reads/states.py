"""The events of customers, for what no picture of the journal holds; plain SQL, imports nothing that writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from advisor_tui.domain.events import STORED, Event, stored_event

CHUNK = 500
EVENTS_SQL = f"SELECT {', '.join(STORED)} FROM event WHERE customer_id IN ({{marks}})"
OF_TYPES = " AND type IN ({types})"


def read_events(
    connection: sqlite3.Connection, customers: Sequence[str], types: Sequence[str] = ()
) -> dict[str, list[Event]]:
    """The events of these customers, by customer, unordered; of `types` only, where some are named."""
    found: dict[str, list[Event]] = {}
    sql = EVENTS_SQL + OF_TYPES if types else EVENTS_SQL
    for start in range(0, len(customers), CHUNK):
        some = customers[start : start + CHUNK]
        marks = ",".join("?" * len(some))
        for row in connection.execute(sql.format(marks=marks, types=",".join("?" * len(types))), (*some, *types)):
            event = stored_event(row)
            found.setdefault(event.customer_id, []).append(event)
    return found
