"""Before you speak: what an advisor must know, from facts alone. Nothing is inferred, nobody is scored."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from advisor_tui.store.reads.customer import (
    CaseHead,
    Entry,
    Head,
    Holding,
    KnownAs,
    _marks,
    read_cases,
    read_holdings,
    read_known_as,
)

SAID_SQL = (
    "SELECT text, at, channel, title FROM entry WHERE customer_id IN ({marks}) AND kind = 'contact' "
    "AND direction = 'inbound' AND text != '' ORDER BY at DESC LIMIT 4"
)
PROMISES_SQL = (
    "SELECT title, due, state, author, at, id FROM entry WHERE customer_id IN ({marks}) AND kind = 'commitment' "
    "AND (state = 'made' OR (state = 'broken' AND at > ?)) ORDER BY state != 'made', at DESC LIMIT 6"
)
WAITING_SQL = (
    "SELECT waiting_since, channel, title FROM entry WHERE customer_id IN ({marks}) AND waiting_since IS NOT NULL "
    "ORDER BY waiting_since LIMIT 5"
)
KNOWS_SQL = (
    "SELECT author, count(*) FROM (SELECT author, kind, direction FROM entry WHERE customer_id IN ({marks}) "
    "ORDER BY at DESC LIMIT 300) WHERE author NOT IN ('', 'customer') AND kind IN ('contact', 'resolution', 'note') "
    "AND direction != 'inbound' GROUP BY author ORDER BY 2 DESC, 1 LIMIT 3"
)
RECENT_MS = 400 * 86_400_000


class Said(NamedTuple):
    """The customer's own words, with date and channel."""

    text: str
    at: int
    channel: str
    title: str


class Promise(NamedTuple):
    """A promise that is open or was broken."""

    text: str
    due: str
    state: str
    author: str
    at: int
    id: str


class Waiting(NamedTuple):
    """An inbound item that no human answered yet."""

    since: int
    channel: str
    title: str


class Brief(NamedTuple):
    """The brief in its fixed order: harm, said, promises, holdings, preferences, who knows them."""

    head: Head
    disputes: list[CaseHead]
    complaints: list[CaseHead]
    waiting: list[Waiting]
    said: list[Said]
    promises: list[Promise]
    holdings: list[Holding]
    knows: list[tuple[str, int]]
    cases: list[CaseHead]
    reach: list[KnownAs]


class Life(NamedTuple):
    """A customer opened: brief, first page of entries, how many there are."""

    brief: Brief
    entries: list[Entry]
    total: int


def read_brief(connection: sqlite3.Connection, head: Head, now_ms: int) -> Brief:
    """The brief of `head` at `now_ms`."""
    ids, marks = head.ids, _marks(head.ids)
    run = connection.execute
    cases = read_cases(connection, ids)
    active = [case for case in cases if case.state != "closed"]
    return Brief(
        head=head,
        disputes=[case for case in active if case.kind == "dispute" and case.state != "resolved"],
        complaints=[case for case in active if case.kind == "complaint" and case.state != "resolved"],
        waiting=[*map(Waiting._make, run(WAITING_SQL.format(marks=marks), ids))],
        said=[*map(Said._make, run(SAID_SQL.format(marks=marks), ids))],
        promises=[*map(Promise._make, run(PROMISES_SQL.format(marks=marks), (*ids, now_ms - RECENT_MS)))],
        holdings=[item for item in read_holdings(connection, ids) if not item.valid_to],
        knows=[(str(name), int(count)) for name, count in run(KNOWS_SQL.format(marks=marks), ids)],
        cases=cases,
        reach=[
            item for item in read_known_as(connection, ids) if item.kind in ("phone", "email") and not item.valid_to
        ],
    )


def read_life(connection: sqlite3.Connection, customer_id: str, now_ms: int) -> Life | None:
    """A customer opened, or None when this workspace does not know them."""
    from advisor_tui.store.reads.customer import PAGE, count_entries, read_entries, read_head

    head = read_head(connection, customer_id)
    if head is None:
        return None
    entries = read_entries(connection, head.ids)
    total = len(entries) if len(entries) < PAGE else count_entries(connection, head.ids)
    return Life(read_brief(connection, head, now_ms), entries, total)
