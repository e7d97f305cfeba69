"""What stands in the way of harm, read from the tables: the same reasons as `domain.guard.reasons`, which folds.

And what else a customer waits for: steps that are late, acts against them, complaints with their clocks.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from advisor_tui.domain.deadlines import due
from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.guard import ACTIVE, ORDER, RUNNING, Reason, complained_since
from advisor_tui.domain.rules import Rules
from advisor_tui.store.reads.customer import CaseHead

CARE = "kind IN ('complaint', 'act', 'proposal', 'work', 'situation', 'gesture', 'survey')"
"""The very words of the partial index `entry_care`: only so does SQLite use it."""
MOST = 100
"""Unanswered items of one customer that are read, those that wait longest."""
WORDS = 400
PUT_RIGHT_DAYS = 30
"""For how long the brief tells that an act was done and put right."""
UNANSWERED_SQL = (
    f"SELECT id, channel, CASE WHEN title != '' THEN title ELSE substr(text, 1, {WORDS}) END, waiting_since, case_id "
    f"FROM entry WHERE customer_id IN ({{marks}}) AND waiting_since IS NOT NULL ORDER BY waiting_since, id LIMIT {MOST}"
)
CARE_SQL = (
    "SELECT id, case_id, kind, at, channel, direction, title, state, due, more FROM entry "
    f"WHERE customer_id IN ({{marks}}) AND {CARE} AND (kind = 'complaint' OR (kind = 'work' AND state = 'planned') "
    "OR (kind = 'act' AND (state IN ('asked', 'done') OR (state = 'reversed' AND json_extract(more, '$.later[#-1].at') > ?)))) ORDER BY at, n"
)


class Complaint(NamedTuple):
    """A complaint that runs: what it raises, and what is due next by when (ISO date; "" where nothing is)."""

    id: str
    case_id: str | None
    since: int
    state: str
    points: list[str]
    next: str  # acknowledge, answer, final
    due: str


class Step(NamedTuple):
    """A planned step of a case, whoever's turn it is."""

    id: str
    case_id: str | None
    what: str
    side: str
    department: str
    due: str


class Act(NamedTuple):
    """An act against the customer that waits for a second person or was done; one put right is told for a while."""

    id: str
    act: str
    by: str
    state: str
    at: int
    settled: int | None = None  # when it was put right


class Care(NamedTuple):
    """What is recorded to be done with care, for one customer."""

    reasons: list[Reason]
    complaints: list[Complaint]
    steps: list[Step]
    acts: list[Act]


def read_care(
    connection: sqlite3.Connection, ids: tuple[str, ...], cases: Sequence[CaseHead], rules: Rules, now_ms: int
) -> Care:
    """Why an adverse act against these records is held, what waits longest first; and what else is due to them."""
    marks = ",".join("?" * len(ids))
    lately = now_ms - PUT_RIGHT_DAYS * 86_400_000
    rows = connection.execute(CARE_SQL.format(marks=marks), (*ids, lately)).fetchall()
    found = [
        Reason("unanswered", id_, channel, words, since, case_id)
        for id_, channel, words, since, case_id in connection.execute(UNANSWERED_SQL.format(marks=marks), ids)
    ]
    own: set[str] = set()  # cases whose complaints say by themselves whether they run
    complaints, steps, acts = [], [], []
    for id_, case_id, kind, at, channel, direction, title, state, due_on, more in rows:
        if kind == "work":
            steps.append(Step(id_, case_id, title, direction, channel, due_on or ""))
        elif kind == "act":
            later = json.loads(more or "{}").get("later", ()) if state == "reversed" else ()
            acts.append(Act(id_, channel, title, state, at, later[-1]["at"] if later else None))
        else:
            own.add(case_id or "")
            if state in RUNNING:
                facts = json.loads(more or "{}")
                since = complained_since(str(facts.get("from_on", "")), at)
                found.append(Reason("complaint", id_, "", title, since, case_id))
                complaints.append(_complaint(id_, case_id, since, state, channel, facts, rules))
    for case in cases:
        if is_dispute(case):
            found.append(Reason("dispute", case.id, "", case.subject, case.opened_at, case.id))
        elif case.kind == "complaint" and case.state in ACTIVE and case.id not in own:
            found.append(Reason("complaint", case.id, "", case.subject, case.opened_at, case.id))
    found.sort(key=lambda reason: (ORDER.index(reason.kind), reason.since, reason.id))
    return Care(found, complaints, steps, acts)


def is_dispute(case: CaseHead) -> bool:
    """Whether a dispute goes on in this case."""
    return case.kind == "dispute" and case.state in ACTIVE and not case.facts.get("dispute")


def dispute_ended(case: CaseHead) -> int | None:
    """When the dispute of a case ended (Unix ms); None where there was none or it goes on."""
    if case.kind != "dispute" or is_dispute(case):
        return None
    told = case.facts.get("dispute_at")
    if told is not None:
        return int(told)
    from advisor_tui.domain.clock import parse_when

    try:
        return parse_when(case.closed_at)[0] if case.closed_at else None
    except ValueError:
        return None


def _complaint(
    id_: str, case_id: str | None, at: int, state: str, sector: str, more: dict[str, Any], rules: Rules
) -> Complaint:
    following, day = _next(state, sector, more, rules)
    return Complaint(id_, case_id, at, state, [str(point) for point in more.get("points", ())], following, day)


def _next(state: str, sector: str, more: dict[str, Any], rules: Rules) -> tuple[str, str]:
    """What a complaint waits for next, and its last day."""
    if state == "held":
        steps = [step for step in more.get("later", ()) if step.get("final_on")]
        return ("final", str(steps[-1]["final_on"])) if steps else ("answer", "")
    rule = rules.complaints.get(sector) or rules.complaints.get("general")
    if rule is None or state not in ("received", "acknowledged"):
        return "answer", ""
    span = rule.acknowledge if state == "received" else rule.answer
    try:
        day = due(rules.calendar, date.fromisoformat(str(more.get("from_on", ""))[:10]), span).isoformat()
    except (Invalid, ValueError):
        day = ""
    return "acknowledge" if state == "received" else "answer", day
