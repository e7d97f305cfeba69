"""Customers folded from the journal, for what no picture of it holds; reads with plain SQL, imports nothing that writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from advisor_tui.domain.events import Event, decode_body

CHUNK = 500
EVENTS_SQL = "SELECT id, customer_id, case_id, type, v, at, hlc, actor, txn, base, body FROM event WHERE customer_id IN ({marks})"


def read_events(connection: sqlite3.Connection, customers: Sequence[str]) -> dict[str, list[Event]]:
    """The events of these customers, by customer, unordered."""
    found: dict[str, list[Event]] = {}
    for start in range(0, len(customers), CHUNK):
        some = customers[start : start + CHUNK]
        marks = ",".join("?" * len(some))
        for id_, customer, case, type_, v, at, hlc, actor, txn, base, body in connection.execute(
            EVENTS_SQL.format(marks=marks), some
        ):
            found.setdefault(customer, []).append(
                Event(
                    id=id_, customer_id=customer, case_id=case, type=type_, v=v, at=at, hlc=hlc, actor=actor,
                    txn=txn, base=tuple(base.split()), body=decode_body(type_, v, body),
                )
            )  # fmt: skip
    return found
