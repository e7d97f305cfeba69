"""Whom it is time to forget: those whom the rule pack's retention table no longer lets us keep. Reads only."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import date, tzinfo
from typing import NamedTuple, Protocol

from msgspec import Struct

from advisor_tui.domain.calendars import CalendarRule
from advisor_tui.domain.clock import from_ms
from advisor_tui.domain.deadlines import due
from advisor_tui.domain.rule_types import Span

PEOPLE_SQL = "SELECT id, root, name, known FROM customer_view"
HEARD_SQL = (
    "SELECT customer_id, max(at) FROM entry "
    "WHERE (kind = 'contact' AND direction = 'inbound') OR (kind = 'survey' AND state != 'offered') GROUP BY customer_id"
)
HELD_SQL = "SELECT customer_id, valid_to FROM holding_view"
RECORDED_SQL = "SELECT max(at) FROM event WHERE customer_id = ? AND type = 'customer_recorded'"
AGAINST_SQL = {
    "open_case": "SELECT DISTINCT customer_id FROM case_view WHERE state IN ('open', 'waiting')",
    "unanswered": "SELECT DISTINCT customer_id FROM entry WHERE waiting_since IS NOT NULL",
    "promise_open": "SELECT DISTINCT customer_id FROM entry WHERE kind = 'commitment' AND state = 'made'",
}


class Kept(Protocol):
    """For how long what is held on somebody is kept, and who says so."""

    @property
    def prospects(self) -> Span: ...
    @property
    def customers(self) -> Span: ...
    @property
    def source(self) -> str: ...


class Due(Struct):
    """Somebody who is past their date. `against` says what keeps them all the same; nothing: they may be erased."""

    customer: str
    records: list[str]
    name: str
    rule: str  # "retention.customers" or "retention.prospects"
    source: str
    reason: str  # what the date counts from: "holding_ended", "last_heard", "recorded"
    since: date
    until: date  # the last day on which it was kept
    against: list[str]  # "open_case", "unanswered", "promise_open", "legal_hold"


class _Person(NamedTuple):
    name: str
    records: list[str]


def past_retention(
    connection: sqlite3.Connection, kept: Kept, calendar: CalendarRule, today: date, zone: tzinfo
) -> list[Due]:
    """Everybody past their date, the longest past first.

    Whoever holds something is kept. Who held something counts as a customer, from the end of the last of it; who never
    did, as a prospect. Both count from the last time that we heard from them, where that is later; what we sent, and
    whether they opened it, counts for nothing.
    """
    people = _people(connection)
    heard: dict[str, int] = dict(connection.execute(HEARD_SQL).fetchall())
    ended = _ends(connection, today)
    against = {code: {row[0] for row in connection.execute(sql)} for code, sql in AGAINST_SQL.items()}
    against["legal_hold"] = set(_on_hold(connection, today))
    found: list[Due] = []
    for root, person in people.items():
        ends = [ended[id_] for id_ in person.records if id_ in ended]
        if any(end is None for end in ends):
            continue
        since, reason = _since(connection, person, [end for end in ends if end is not None], heard, zone)
        name, span = ("customers", kept.customers) if ends else ("prospects", kept.prospects)
        until = due(calendar, since, span)
        if until < today:
            codes = [code for code, ids in against.items() if ids.intersection(person.records)]
            found.append(
                Due(root, person.records, person.name, f"retention.{name}", kept.source, reason, since, until, codes)
            )
    return sorted(found, key=lambda one: (one.until, one.name, one.customer))


def hold_stands(reason: str, until: str, today: date) -> bool:
    """Whether a legal hold holds: lifted by one without a reason, or by the day after its last one."""
    return bool(reason) and (not until or until[:10] >= today.isoformat())


def _people(connection: sqlite3.Connection) -> dict[str, _Person]:
    """Each person with all records that are them."""
    found: dict[str, _Person] = {}
    names: dict[str, str] = {}
    for id_, root, name, _known in connection.execute(PEOPLE_SQL):
        names[id_] = name
        found.setdefault(root, _Person("", [])).records.append(id_)
    return {root: person._replace(name=names.get(root, "")) for root, person in found.items()}


def _ends(connection: sqlite3.Connection, today: date) -> dict[str, date | None]:
    """When the last holding of each record ended; None while one runs."""
    found: dict[str, date | None] = {}
    for customer_id, valid_to in connection.execute(HELD_SQL):
        try:
            end: date | None = date.fromisoformat(valid_to[:10])
        except ValueError:
            end = None
        before = found.get(customer_id, end)
        runs = end is None or end >= today or before is None
        found[customer_id] = None if runs or end is None or before is None else max(before, end)
    return found


def _since(
    connection: sqlite3.Connection, person: _Person, ends: list[date], heard: dict[str, int], zone: tzinfo
) -> tuple[date, str]:
    """From when the time counts, and why from then."""
    dates = [(end, "holding_ended") for end in ends]
    dates += [(from_ms(heard[id_], zone).date(), "last_heard") for id_ in person.records if id_ in heard]
    if not dates:
        rows = [connection.execute(RECORDED_SQL, (id_,)).fetchone()[0] for id_ in person.records]
        dates = [(from_ms(max(at or 0 for at in rows), zone).date(), "recorded")]
    return max(dates)


def _on_hold(connection: sqlite3.Connection, today: date) -> Iterator[str]:
    """Records that the law asks to keep."""
    for id_, _root, _name, known in connection.execute(PEOPLE_SQL):
        hold = json.loads(known).get("legal_hold", {}) if known else {}
        if hold_stands(hold.get("reason", ""), hold.get("until", ""), today):
            yield id_
