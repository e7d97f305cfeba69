"""The team's screen: words of customers, then what may hurt one, then at most five measures. Nothing about a person."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from typing import NamedTuple

from advisor_tui.domain.fold import fold
from advisor_tui.domain.measures import SHARES, Share, Window, easy, harmed_while_pending
from advisor_tui.domain.promising import ageing, warn_until
from advisor_tui.domain.rules import Rules
from advisor_tui.domain.state import CustomerState
from advisor_tui.store.reads.day import TO_WARN_SQL
from advisor_tui.store.reads.states import read_events

ROWS = 5
"""Of each kind of trouble: those that hurt first; `more` says how many there are besides."""
MOST = 4000
"""Customers folded for the measures at most, those heard of last."""
CARE = "kind IN ('complaint', 'act', 'proposal', 'work', 'situation', 'gesture', 'survey')"
WORDS_SQL = (
    f"SELECT e.customer_id, c.name, e.text, e.at FROM entry e JOIN customer_view c ON c.id = e.customer_id WHERE e.{CARE} "
    "AND e.kind = 'survey' AND e.text != '' AND e.at >= ? ORDER BY e.at DESC LIMIT ?"
)
WAITING_SQL = (
    "SELECT e.customer_id, c.name, e.case_id, e.channel, CASE WHEN e.title != '' THEN e.title ELSE substr(e.text, 1, 120) END, "
    "e.waiting_since FROM entry e JOIN customer_view c ON c.id = e.customer_id WHERE e.waiting_since IS NOT NULL "
    "ORDER BY e.waiting_since, e.n LIMIT ?"
)
WAITING_COUNT_SQL = "SELECT count(*) FROM entry WHERE waiting_since IS NOT NULL AND waiting_since < ?"
ASKED_SQL = (
    f"SELECT e.customer_id, c.name, e.case_id, e.kind, e.title, e.at FROM entry e JOIN customer_view c ON c.id = e.customer_id "
    f"WHERE e.{CARE} AND e.kind IN ('gesture', 'act') AND e.state = 'asked' ORDER BY e.at, e.n LIMIT ?"
)
REFUSED_SQL = (
    f"SELECT e.customer_id, c.name, e.case_id, e.channel, e.title, e.at FROM entry e JOIN customer_view c ON c.id = e.customer_id "
    f"WHERE e.{CARE} AND e.kind = 'act' AND e.state = 'refused' AND e.at >= ? ORDER BY e.at DESC LIMIT ?"
)
ORPHANS_SQL = (
    "SELECT v.customer_id, c.name, v.id, v.kind, v.subject, v.opened_at FROM case_view v JOIN customer_view c ON c.id = v.customer_id "
    "WHERE v.state IN ('open', 'waiting') AND (v.owner = '' OR v.next_on = '' OR v.next_step = '') ORDER BY v.opened_at LIMIT ?"
)
CONFLICTS_SQL = (
    "SELECT e.customer_id, c.name, e.case_id, e.kind, substr(e.text, 1, 120), e.at FROM entry e "
    "JOIN customer_view c ON c.id = e.customer_id WHERE e.kind IN ('resolution', 'note') AND e.state = 'conflict' "
    "ORDER BY e.at DESC LIMIT ?"
)
CONCERNED = {
    "warned_before": "SELECT customer_id FROM entry WHERE kind = 'commitment' AND due >= :first ORDER BY due DESC LIMIT :most",
    "signals_on_time": "SELECT customer_id FROM entry WHERE kind = 'signal' AND at >= :begin - 31536000000 LIMIT :most",
    "easy": f"SELECT customer_id FROM entry WHERE {CARE} AND kind = 'survey' AND at >= :begin LIMIT :most",
    "repeated": (
        "SELECT customer_id FROM entry WHERE kind = 'contact' AND direction = 'inbound' AND at >= :begin ORDER BY at DESC LIMIT :most"
    ),
}
"""Whose lives a measure must look at."""
DONE_SQL = (
    f"SELECT customer_id FROM entry WHERE {CARE} AND kind = 'act' AND state IN ('done', 'reversed') AND at >= ? LIMIT ?"
)


class Trouble(NamedTuple):
    """Something that may hurt a customer: of which kind, whose, in which case, in which words, since when."""

    kind: str  # promise, waiting, second_person, refused, orphan, conflict
    customer_id: str
    name: str
    case_id: str | None
    what: str  # a channel, a kind of entry, an act, a kind of case
    words: str
    since: int | None  # Unix ms
    due: str = ""


class Verbatim(NamedTuple):
    """What a customer said of how it was."""

    customer_id: str
    name: str
    text: str
    at: int


class Figure(NamedTuple):
    """One measure: a share, or for what must be none a number; and the age that explains it."""

    name: str
    share: Share | None
    number: int = 0
    oldest: int | None = None  # Unix ms since when the oldest unanswered item waits


class TeamView(NamedTuple):
    """Words, troubles (most hurtful kind first), figures, and whether the figures had to leave customers out."""

    verbatims: list[Verbatim]
    troubles: list[Trouble]
    figures: list[Figure]
    window: Window
    cut: bool


def read_team(connection: sqlite3.Connection, now: datetime, rules: Rules) -> TeamView:
    """All of it at `now` (local). Folds the customers that the measures concern: for a thread beside the screen."""
    assert now.tzinfo is not None
    window = Window(now.date() - timedelta(days=rules.team.window_days - 1), now.date(), now.tzinfo)
    begin = int(datetime.combine(window.first, time(), now.tzinfo).timestamp() * 1000)
    figures, cut = _figures(connection, now, rules, window, begin)
    verbatims = [Verbatim(*row) for row in connection.execute(WORDS_SQL, (begin, rules.team.verbatims))]
    return TeamView(verbatims, list(_troubles(connection, now, rules, begin)), figures, window, cut)


def _troubles(connection: sqlite3.Connection, now: datetime, rules: Rules, begin: int) -> Iterable[Trouble]:
    soon = (warn_until(rules, now) + timedelta(days=1)).isoformat()
    for _id, customer, case, name, title, _channel, due, _since, _stake, _text in connection.execute(
        TO_WARN_SQL, (soon, ROWS)
    ):
        yield Trouble("promise", customer, name, case, "", title, None, due or "")
    for customer, name, case, channel, words, since in connection.execute(WAITING_SQL, (ROWS,)):
        yield Trouble("waiting", customer, name, case, channel, words, since)
    told = (
        ("second_person", ASKED_SQL, (ROWS,)), ("refused", REFUSED_SQL, (begin, ROWS)), ("orphan", ORPHANS_SQL, (ROWS,)),
        ("conflict", CONFLICTS_SQL, (ROWS,)),
    )  # fmt: skip
    for kind, sql, bound in told:
        for customer, name, case, what, words, at in connection.execute(sql, bound):
            yield Trouble(kind, customer, name, case, what, words, at)


def _figures(
    connection: sqlite3.Connection, now: datetime, rules: Rules, window: Window, begin: int
) -> tuple[list[Figure], bool]:
    bound = {"first": window.first.isoformat(), "begin": begin, "most": MOST + 1}
    cut = False

    def concerned(name: str) -> list[str]:
        nonlocal cut
        found = [id_ for (id_,) in connection.execute(CONCERNED[name], bound)]
        cut = cut or len(found) > MOST
        return list(dict.fromkeys(found[:MOST]))

    def states(name: str) -> list[CustomerState]:
        return [fold(id_, events) for id_, events in read_events(connection, concerned(name)).items()]

    made: dict[str, Callable[[], Figure]] = {
        "ignored": lambda: _ignored(connection, now, rules),
        "harmed_while_pending": lambda: Figure("harmed_while_pending", None, len(_harmed(connection, window, begin))),
        "easy": lambda: Figure("easy", easy(states("easy"), window, rules.surveys.easy_from)),
    }
    figures = [
        made[name]() if name in made else Figure(name, SHARES[name](states(name), window))
        for name in rules.team.measures
    ]
    return figures, cut


def _ignored(connection: sqlite3.Connection, now: datetime, rules: Rules) -> Figure:
    """What waits longer than the rule pack allows; and since when the oldest does, even where that is not too long."""
    assert now.tzinfo is not None
    after = ageing(rules, now.date()).too_late + timedelta(days=1)
    limit = int(datetime.combine(after, time(), now.tzinfo).timestamp() * 1000)
    (count,) = connection.execute(WAITING_COUNT_SQL, (limit,)).fetchone()
    oldest = connection.execute("SELECT min(waiting_since) FROM entry WHERE waiting_since IS NOT NULL").fetchone()[0]
    return Figure("ignored", None, count, oldest)


def _harmed(connection: sqlite3.Connection, window: Window, begin: int) -> list[str]:
    """The acts done in the window while something of the customer's waited; all records of a person are one."""
    year_before = begin - 366 * 86_400_000  # asked long before it was done
    acted = {id_ for (id_,) in connection.execute(DONE_SQL, (year_before, MOST))}
    found: list[str] = []
    seen: set[str] = set()
    for id_ in sorted(acted - seen):
        family = [
            other for (other,) in connection.execute(
                "SELECT id FROM customer_view WHERE root = (SELECT root FROM customer_view WHERE id = ?)", (id_,)
            )
        ]  # fmt: skip
        seen.update(family)
        events = [event for events in read_events(connection, family or [id_]).values() for event in events]
        found += harmed_while_pending(events, window)
    return list(dict.fromkeys(found))
