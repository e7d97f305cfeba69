"""Everything that is held on one person: read from the journal itself, so that nothing a screen leaves out is missing.

All records that are this person count. What was erased is counted and has no words any more; what the screens derive
(lists, search) holds nothing that the journal does not.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from msgspec import Struct

from advisor_tui.domain.bodies import Recorded
from advisor_tui.domain.events import BODIES, IMPORTED
from advisor_tui.store.reads.customer import Head, KnownAs, read_cases, read_head, read_known_as
from advisor_tui.store.reads.drafts import Draft

EVENTS_SQL = (
    "SELECT id, customer_id, case_id, type, at, hlc, actor, body FROM event WHERE customer_id IN ({marks}) "
    "ORDER BY hlc, id"
)
PLACES_SQL = "SELECT id, case_id FROM entry WHERE customer_id IN ({marks})"
DRAFTS_SQL = "SELECT subject, kind, customer_id, text, base, saved_at FROM draft WHERE customer_id IN ({marks})"
ASIDE_SQL = "SELECT status, message, at, event FROM set_aside WHERE customer_id IN ({marks}) ORDER BY at, id"
SECTIONS = {
    "customer_recorded": "who", "identifier_added": "who", "customers_merged": "who", "customers_unmerged": "who",
    "stake_stated": "who", "relation_set": "who", "legal_hold_set": "who", "permission_set": "permissions",
    "fact_stated": "facts", "holding_recorded": "holdings",
}  # fmt: skip
"""Where a type of event belongs; all others are entries of a case, or of none."""


class Said(Struct):
    """One thing recorded, as it came, and what was recorded on it later: wordings, corrections, outcomes.

    `at` is when it happened, `recorded_at` when it was recorded here or on a colleague's desk (Unix ms); `source` is
    its name in the system that it was imported from.
    """

    id: str
    type: str
    at: int
    recorded_at: int
    by: str
    source: str
    fields: dict[str, Any]
    undone: bool = False
    later: list[Said] = []


class HeldCase(Struct):
    """One case: how it was opened, how it stands, and its entries from the first to the last."""

    id: str
    opened: Said
    state: str
    owner: str
    next_step: str
    next_on: str
    closed_at: str
    entries: list[Said] = []


class NotSent(Struct):
    """What the server did not take, with the reason and the words."""

    status: str
    reason: str
    said: Said


class Held(Struct):
    """All of it."""

    customer: Head
    known_as: list[KnownAs]
    who: list[Said] = []
    permissions: list[Said] = []
    facts: list[Said] = []
    holdings: list[Said] = []
    cases: list[HeldCase] = []
    entries: list[Said] = []
    drafts: list[Draft] = []
    set_aside: list[NotSent] = []
    erased: int = 0
    """Entries whose words were erased: how many stubs are left."""


def read_held(connection: sqlite3.Connection, customer_id: str) -> Held | None:
    """Everything held on the person that this record belongs to; None where nobody is known under this id."""
    head = read_head(connection, customer_id)
    if head is None:
        return None
    held = Held(customer=head, known_as=read_known_as(connection, head.ids))
    marks = ",".join("?" * len(head.ids))

    def ask(sql: str) -> list[tuple[Any, ...]]:
        return connection.execute(sql.format(marks=marks), head.ids).fetchall()

    held.cases = _opened_cases(connection, head)
    _Sorter(held, dict(ask(PLACES_SQL))).take(ask(EVENTS_SQL))
    held.drafts = [*map(Draft._make, ask(DRAFTS_SQL))]
    held.set_aside = [_not_sent(*row) for row in ask(ASIDE_SQL)]
    return held


def _opened_cases(connection: sqlite3.Connection, head: Head) -> list[HeldCase]:
    """The cases that count, the oldest first; who opened them is filled in from the journal."""
    cases = sorted(read_cases(connection, head.ids), key=lambda case: case.opened_at)
    nothing = Said("", "case_opened", 0, 0, "", "", {})
    return [
        HeldCase(case.id, nothing, case.state, case.owner, case.next_step, case.next_on, case.closed_at)
        for case in cases
    ]


class _Sorter:
    """Puts each event into its place: a section, a case, or under what it was recorded on."""

    def __init__(self, held: Held, places: dict[str, str | None]) -> None:
        self.held = held
        self.places = places
        self.cases = {case.id: case for case in held.cases}
        self.known: dict[str, Said] = {}

    def take(self, rows: list[tuple[Any, ...]]) -> None:
        """All events, in the order of the fold."""
        said: dict[str, Said] = {}
        for id_, customer_id, case_id, type_, at, hlc, actor, body in rows:
            if body is None:
                self.held.erased += 1
                continue
            said[id_] = one = _said(id_, type_, at, hlc, actor, json.loads(body))
            if type_ != "undone":
                self._place(one, customer_id, case_id)
        self.held.entries += _take_back(said)
        for entries in (self.held.entries, *(case.entries for case in self.held.cases)):
            entries.sort(key=lambda one: (one.at, one.recorded_at))

    def _place(self, one: Said, customer_id: str, case_id: str | None) -> None:
        entity = customer_id if one.type == "customer_recorded" else one.fields.get("id") or one.id
        known = self.known.get(entity)
        if known is not None:
            known.later.append(one)
            return
        if _brings_about(one.type):
            self.known[entity] = one
        section = SECTIONS.get(one.type)
        case = self.cases.get(self.places.get(entity, case_id) or "")
        if section is not None:
            getattr(self.held, section).append(one)
        elif case is None:
            self.held.entries.append(one)
        elif one.type == "case_opened" and not case.opened.id:
            case.opened = one
        else:
            case.entries.append(one)


def _brings_about(type_: str) -> bool:
    """Whether later events may name what this one recorded."""
    return issubclass(BODIES.get(type_, Recorded), Recorded)


def _said(id_: str, type_: str, at: int, hlc: str, actor: str, fields: dict[str, Any]) -> Said:
    source = str(fields.get("ext", "")) if actor == IMPORTED else ""
    by = str(fields.get("author", "")) if actor == IMPORTED else actor
    return Said(id_, type_, at, int(hlc[:12], 16), by, source, fields)


def _take_back(said: dict[str, Said]) -> list[Said]:
    """Mark what was undone, and say under it when and by whom; an undo that was undone takes nothing back.

    Those that name nothing that is here are given back.
    """
    alone = []
    for one in reversed(said.values()):
        if one.type != "undone":
            continue
        targets = [said[target] for target in one.fields.get("events", ()) if target in said]
        for target in targets:
            target.undone = target.undone or not one.undone
            target.later.append(one)
        if not targets:
            alone.append(one)
    return alone


def _not_sent(status: str, reason: str, at: int, event: str) -> NotSent:
    raw = json.loads(event) if event else {}
    hlc = str(raw.get("hlc") or "0")
    one = _said(str(raw.get("id", "")), str(raw.get("type", "")), int(raw.get("at", at)), hlc,
                str(raw.get("actor", "")), raw.get("body") or {})  # fmt: skip
    return NotSent(status, reason, one)
