"""My day: what would hurt a customer first. Never a count of what anybody did."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime, timedelta
from typing import NamedTuple

from advisor_tui.language.formats import civil_day
from advisor_tui.store.reads.since import read_since, seen
from advisor_tui.store.reads.voice import read_answers

LIMIT = 100


class DayRow(NamedTuple):
    """One thing to do for one customer."""

    section: str  # one of SECTIONS
    id: str
    customer_id: str
    case_id: str | None
    name: str
    words: str
    channel: str
    due: str  # ISO date or date-time, "" where it is an age
    since: int | None  # Unix ms since when it waits
    stake: str
    owner: str = ""  # of a next step
    answer: str = ""  # what the department (`channel`) decided on a signal of mine, called `words`


class Day(NamedTuple):
    """The sections in their fixed order, each with its rows and how many there are in all."""

    rows: list[DayRow]
    counts: dict[str, int]
    now_ms: int


SECTIONS = ("to_warn", "since", "unanswered", "next_step", "unsorted", "unconfirmed")
OF_CASES = ("next_step", "unconfirmed")
"""Sections whose rows are cases, not entries of a life."""
_ENTRY = "SELECT e.id, e.customer_id, e.case_id, c.name, e.title, e.channel, e.due, e.waiting_since, c.stake, e.text FROM entry e JOIN customer_view c ON c.id = e.customer_id "
TO_WARN_SQL = _ENTRY + "WHERE e.state = 'made' AND e.due < ? ORDER BY e.due, e.n LIMIT ?"
UNANSWERED_SQL = (
    _ENTRY + "WHERE e.waiting_since IS NOT NULL AND e.case_id IS NOT NULL ORDER BY e.waiting_since, e.n LIMIT ?"
)
UNSORTED_SQL = _ENTRY + "WHERE e.waiting_since IS NOT NULL AND e.case_id IS NULL ORDER BY e.waiting_since, e.n LIMIT ?"
NEXT_SQL = (
    "SELECT v.id, v.customer_id, v.id, c.name, v.next_step, v.kind, v.next_on, NULL, c.stake, v.owner FROM case_view v "
    "JOIN customer_view c ON c.id = v.customer_id "
    "WHERE v.state IN ('open', 'waiting') AND v.next_on != '' AND v.next_on <= ? ORDER BY v.next_on, v.id LIMIT ?"
)
COUNTS_SQL = {
    "to_warn": "SELECT count(*) FROM (SELECT 1 FROM entry WHERE state = 'made' AND due < ? LIMIT 1000)",
    "unanswered": "SELECT count(*) FROM (SELECT 1 FROM entry WHERE waiting_since IS NOT NULL AND case_id IS NOT NULL LIMIT 1000)",
    "unsorted": "SELECT count(*) FROM (SELECT 1 FROM entry WHERE waiting_since IS NOT NULL AND case_id IS NULL LIMIT 1000)",
    "next_step": (
        "SELECT count(*) FROM (SELECT 1 FROM case_view "
        "WHERE state IN ('open', 'waiting') AND next_on != '' AND next_on <= ? LIMIT 1000)"
    ),
}
UNCONFIRMED_SQL = (
    "SELECT v.id, v.customer_id, v.id, c.name, v.subject, v.kind, '', NULL, c.stake, v.owner FROM "
    "(SELECT * FROM case_view WHERE state = 'resolved' AND owner = ? ORDER BY n DESC LIMIT 1000) v "
    "JOIN customer_view c ON c.id = v.customer_id "
    "WHERE (v.more = '' OR json_extract(v.more, '$.situation.confirmed') IS NOT 1) "
    "AND json_extract(v.heads, '$.state') NOT IN (json_extract(v.heads, '$.owner'), json_extract(v.heads, '$.step')) "
    "ORDER BY v.n DESC LIMIT ?"
)
"""Of my newest resolved cases, those that a person resolved: what came from elsewhere in that state has one event as the
head of all. The bound keeps the day quick where thousands were brought in."""
DAYS_AHEAD = 3


def read_day(connection: sqlite3.Connection, now: datetime, until: date, me: str = "") -> Day:
    """What is to be done at `now` (local), at most LIMIT rows a section, counts up to 1,000; promises due up to `until`.

    With `me`, what others did on my cases since I left comes after what is to be warned of, and last come my cases that
    were resolved without the customer having confirmed the situation: nobody but their owner is told of these.
    """
    soon = until + timedelta(days=1)
    ahead = (now.date() + timedelta(days=DAYS_AHEAD)).isoformat()
    bounds: dict[str, tuple[str, ...]] = {"to_warn": (soon.isoformat(),), "next_step": (ahead,)}
    queries = {"to_warn": TO_WARN_SQL, "unanswered": UNANSWERED_SQL, "next_step": NEXT_SQL, "unsorted": UNSORTED_SQL}
    rows: list[DayRow] = []
    counts: dict[str, int] = {}
    for section in SECTIONS:
        if section == "since":
            since = _since(connection, me) + _answers(connection, me, now)
            since.sort(key=lambda row: -(row.since or 0))
            counts[section] = len(since)
            rows += since
            continue
        if section == "unconfirmed":
            mine = [DayRow(section, *row) for row in connection.execute(UNCONFIRMED_SQL, (me, LIMIT))] if me else []
            counts[section] = len(mine)
            rows += mine
            continue
        bound = bounds.get(section, ())
        found = connection.execute(queries[section], (*bound, LIMIT)).fetchall()
        counts[section] = (
            len(found) if len(found) < LIMIT else connection.execute(COUNTS_SQL[section], bound).fetchone()[0]
        )
        told = [
            DayRow(
                section, id_, customer, case, name, title or text[:80], channel, due or "", since, stake,
                text if section == "next_step" else "",
            )
            for id_, customer, case, name, title, channel, due, since, stake, text in found
        ]  # fmt: skip
        rows += sorted(told, key=lambda row: _weight(row, now))
    return Day(rows, counts, int(now.timestamp() * 1000))


def _weight(row: DayRow, now: datetime) -> tuple[int, str, bool]:
    """Oldest day first; of what waits since the same day, those first to whom the service is vital."""
    vital = row.stake.casefold().startswith("vital")
    assert now.tzinfo is not None
    day = civil_day(row.since, now.tzinfo).toordinal() if row.since is not None else 0
    return day, row.due[:10], not vital


def _since(connection: sqlite3.Connection, me: str) -> list[DayRow]:
    """What others did on my cases since I left: one row a case, with the latest word."""
    place = seen(connection) if me else None
    if place is None:
        return []
    cases = {found.case_id: found for found in reversed(read_since(connection, me, place))}
    latest = sorted(cases.values(), key=lambda found: -found.at)
    return [
        DayRow(
            "since", f"since {found.case_id}", found.customer_id, found.case_id, found.name,
            " · ".join(part for part in (found.by, found.words or found.subject) if part), "", "", found.at, "",
        )
        for found in latest
    ]  # fmt: skip


def _answers(connection: sqlite3.Connection, me: str, now: datetime) -> list[DayRow]:
    """What departments answered lately to signals of mine, until the customer was told."""
    found = [signal for signal in read_answers(connection, me, now) if signal.told_at is None] if me else []
    return [
        DayRow(
            "since", signal.id, signal.customer_id, signal.case_id, signal.name, signal.tag, signal.department, "",
            signal.answered_at, "", answer=signal.state,
        )
        for signal in found[:LIMIT]
    ]  # fmt: skip
