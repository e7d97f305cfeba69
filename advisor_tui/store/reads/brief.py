"""Before you speak: what an advisor must know, from facts alone. Nothing is inferred, nobody is scored."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from advisor_tui.domain.clock import to_ms
from advisor_tui.domain.guard import ACTIVE, Reason
from advisor_tui.domain.promising import old_by, warn_until
from advisor_tui.domain.rules import Rules
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
from advisor_tui.store.reads.holds import Act, Complaint, Step, dispute_ended, is_dispute, read_care

SAID_SQL = (
    "SELECT text, at, channel, title FROM entry WHERE customer_id IN ({marks}) AND kind = 'contact' "
    "AND direction = 'inbound' AND text != '' ORDER BY at DESC LIMIT 4"
)
PROMISES_SQL = (
    "SELECT title, due, state, author, at, id, CASE WHEN state = 'renegotiated' AND more != '' "
    "THEN coalesce(json_extract(more, '$.new_due'), '') ELSE '' END "
    "FROM entry WHERE customer_id IN ({marks}) AND kind = 'commitment' "
    "AND (state = 'made' OR (state IN ('broken', 'renegotiated') AND at > ?)) "
    "ORDER BY CASE state WHEN 'made' THEN 0 WHEN 'broken' THEN 1 ELSE 2 END, CASE state WHEN 'made' THEN due END, "
    "at DESC LIMIT 8"
)
KNOWS_SQL = (
    "SELECT author, count(*) FROM (SELECT author, kind, direction FROM entry WHERE customer_id IN ({marks}) "
    "ORDER BY at DESC LIMIT 300) WHERE author NOT IN ('', 'customer') AND kind IN ('contact', 'resolution', 'note') "
    "AND direction != 'inbound' GROUP BY author ORDER BY 2 DESC, 1 LIMIT 3"
)
RECENT_MS = 400 * 86_400_000
DAY_MS = 86_400_000


class Said(NamedTuple):
    """The customer's own words, with date and channel."""

    text: str
    at: int
    channel: str
    title: str


class Situation(NamedTuple):
    """The situation of a case that is not over: their words, ours, and whether they agreed."""

    case_id: str
    quote: str
    restated: str
    confirmed: bool
    at: int
    channel: str = ""  # over which they said it, where that was noted


class Promise(NamedTuple):
    """A promise that is open, was moved, or was broken."""

    text: str
    due: str
    state: str
    author: str
    at: int
    id: str
    moved_to: str = ""  # the day it was moved to, with the customer


class Waiting(NamedTuple):
    """An inbound item that no human answered yet."""

    since: int
    channel: str
    title: str


class Ended(NamedTuple):
    """A dispute that is over for a short time: nothing is sold until the day `until`."""

    subject: str
    at: int
    until: date


class Hold(NamedTuple):
    """The protective hold: which acts wait, and for what; no reason, no hold."""

    acts: tuple[str, ...]
    reasons: list[Reason]


class Brief(NamedTuple):
    """The brief in its fixed order: harm, said, promises, holdings, permissions and preferences, who knows them."""

    head: Head
    hold: Hold
    disputes: list[CaseHead]
    ended: list[Ended]
    complaints: list[CaseHead]  # cases of this kind whose points nobody took down
    running: list[Complaint]
    late: list[Step]
    acts: list[Act]
    waiting: list[Waiting]
    situations: list[Situation]
    said: list[Said]
    promises: list[Promise]
    warn_by: str  # promises due up to this day (ISO) are to be kept or warned about now
    old_by: str  # what was declared on this day (ISO) or before is old
    holdings: list[Holding]
    facts: list[dict[str, Any]]  # not expired, the newest first
    knows: list[tuple[str, int]]
    cases: list[CaseHead]
    reach: list[KnownAs]

    @property
    def survey_waits(self) -> bool:
        """Whether something is promised, disputed or complained about still: nobody is asked how it was."""
        return any(promise.state == "made" for promise in self.promises) or any(
            reason.kind != "unanswered" for reason in self.hold.reasons
        )


class Life(NamedTuple):
    """A customer opened: brief, first page of entries, how many there are."""

    brief: Brief
    entries: list[Entry]
    total: int


def read_brief(
    connection: sqlite3.Connection, head: Head, now: datetime, rules: Rules, cases: list[CaseHead] | None = None
) -> Brief:
    """The brief of `head` at `now` (local), by the windows and clocks of `rules`; of all their cases, or of `cases`."""
    ids, marks = head.ids, _marks(head.ids)
    run = connection.execute
    now_ms, today = to_ms(now), now.date().isoformat()
    cases = read_cases(connection, ids) if cases is None else cases
    care = read_care(connection, ids, cases, rules, now_ms)
    complained = {reason.id for reason in care.reasons if reason.kind == "complaint"}
    unanswered = [reason for reason in care.reasons if reason.kind == "unanswered"]
    return Brief(
        head=head,
        hold=Hold(rules.hold.acts, care.reasons),
        disputes=[case for case in cases if is_dispute(case)],
        ended=[*_ended(cases, now, rules.offers.dispute_days)],
        complaints=[case for case in cases if case.id in complained],
        running=care.complaints,
        late=[step for step in care.steps if step.due and step.due < today],
        acts=care.acts,
        waiting=[Waiting(reason.since, reason.channel, reason.words) for reason in unanswered],
        situations=_situations(connection, cases),
        said=[*map(Said._make, run(SAID_SQL.format(marks=marks), ids))],
        promises=[*map(Promise._make, run(PROMISES_SQL.format(marks=marks), (*ids, now_ms - RECENT_MS)))],
        warn_by=warn_until(rules, now).isoformat(),
        old_by=old_by(rules, now.date()).isoformat(),
        holdings=[item for item in read_holdings(connection, ids) if not item.valid_to],
        facts=_facts(head, today),
        knows=[(str(name), int(count)) for name, count in run(KNOWS_SQL.format(marks=marks), ids)],
        cases=cases,
        reach=[
            item for item in read_known_as(connection, ids) if item.kind in ("phone", "email") and not item.valid_to
        ],
    )


def _ended(cases: list[CaseHead], now: datetime, days: int) -> list[Ended]:
    """Disputes that ended within the last `days`."""
    found = [(at, case.subject) for case in cases if (at := dispute_ended(case)) is not None]
    since = to_ms(now) - days * DAY_MS
    return [
        Ended(subject, at, (datetime.fromtimestamp(at / 1000, now.tzinfo) + timedelta(days=days)).date())
        for at, subject in sorted(found, reverse=True)
        if since < at <= to_ms(now)
    ]


def _situations(connection: sqlite3.Connection, cases: list[CaseHead]) -> list[Situation]:
    """What was written down of the cases that go on, the newest first."""
    told = [
        (case.id, case.facts["situation"]) for case in cases if case.state in ACTIVE and case.facts.get("situation")
    ]
    contacts = {said["contact"] for _id, said in told if said.get("contact")}
    channels: dict[str, str] = {}
    if contacts:
        query = f"SELECT id, channel FROM entry WHERE id IN ({','.join('?' * len(contacts))})"
        channels = dict(connection.execute(query, tuple(contacts)).fetchall())
    found = [
        Situation(
            case, said["quote"], said.get("restated", ""), bool(said.get("confirmed")), int(said["at"]),
            channels.get(said.get("contact", ""), ""),
        )
        for case, said in told
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.at, reverse=True)


def _facts(head: Head, today: str) -> list[dict[str, Any]]:
    """What they declared and has not expired."""
    facts = [fact for fact in head.known.get("facts", ()) if not fact.get("expires") or fact["expires"] >= today]
    return sorted(facts, key=lambda fact: fact["at"], reverse=True)


def read_life(
    connection: sqlite3.Connection, customer_id: str, now: datetime, rules: Rules, first: bool = False
) -> Life | None:
    """A customer opened at `now` (local), or None when this workspace does not know them.

    `first` reads what a first picture needs: of hundreds of cases only those at stake, as of thousands of entries only a page.
    """
    from advisor_tui.store.reads.customer import PAGE, count_entries, read_cases_at_stake, read_entries, read_head

    head = read_head(connection, customer_id)
    if head is None:
        return None
    entries = read_entries(connection, head.ids)
    total = len(entries) if len(entries) < PAGE else count_entries(connection, head.ids)
    cases = read_cases_at_stake(connection, head.ids) if first and total > PAGE else None
    return Life(read_brief(connection, head, now, rules, cases), entries, total)
