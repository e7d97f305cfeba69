"""The team's screen: words of customers, then what may hurt one, then at most five measures. Nothing about a person."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from advisor_tui.domain.measures import Window
from advisor_tui.domain.promising import warn_until
from advisor_tui.domain.rules import Rules
from advisor_tui.store.reads.figures import Figure, read_figures, since_when

ROWS = 5
"""Of each kind of trouble: those that hurt first; the counts say how many there are."""
MANY = 1000
"""Nothing is counted further than this."""
CARE = "kind IN ('complaint', 'act', 'proposal', 'work', 'situation', 'gesture', 'survey')"
PENDING = "state IN ('received', 'acknowledged', 'held', 'asked', 'planned', 'offered')"
"""The very words of the partial indexes: only so does SQLite use them."""
VERBATIMS_SQL = (
    f"SELECT e.customer_id, c.name, e.id, e.text, e.at FROM entry e JOIN customer_view c ON c.id = e.customer_id WHERE e.{CARE} "
    "AND e.kind = ? AND e.at >= ? AND e.text != '' ORDER BY e.at DESC, e.n DESC LIMIT ?"
)
SAID_IN = ("survey", "situation")
"""Where customers' own words stand: how it was, and where there is less of that, what it is about."""
_ENTRY = "FROM entry e JOIN customer_view c ON c.id = e.customer_id WHERE "
_WORDS = "CASE WHEN e.title != '' THEN e.title ELSE substr(e.text, 1, 200) END"
TROUBLES_SQL = {
    "promise": (
        f"SELECT e.customer_id, c.name, e.case_id, e.id, '', {_WORDS}, NULL, e.due {_ENTRY} e.state = 'made' AND e.due < ? "
        "ORDER BY e.due, e.n LIMIT ?"
    ),
    "waiting": (
        f"SELECT e.customer_id, c.name, e.case_id, e.id, e.channel, {_WORDS}, e.waiting_since, '' {_ENTRY} "
        "e.waiting_since IS NOT NULL ORDER BY e.waiting_since, e.n LIMIT ?"
    ),
    "second_person": (
        "SELECT e.customer_id, c.name, e.case_id, e.id, CASE e.kind WHEN 'act' THEN e.channel ELSE '' END, "
        f"CASE e.kind WHEN 'act' THEN substr(e.text, 1, 200) ELSE e.title END, e.at, '' {_ENTRY} e.{PENDING} "
        "AND e.state = 'asked' AND e.kind IN ('gesture', 'act') ORDER BY e.at, e.n LIMIT ?"
    ),
    "refused": (
        f"SELECT e.customer_id, c.name, e.case_id, e.id, e.channel, substr(e.text, 1, 200), e.at, '' {_ENTRY} e.{CARE} "
        "AND e.kind = 'act' AND e.state = 'refused' AND e.at >= ? ORDER BY e.at DESC LIMIT ?"
    ),
    "orphan": (
        "SELECT v.customer_id, c.name, v.id, '', v.kind, v.subject, v.opened_at, '' FROM case_view v "
        "JOIN customer_view c ON c.id = v.customer_id WHERE v.state IN ('open', 'waiting') "
        "AND (v.owner = '' OR v.next_on = '' OR v.next_step = '') ORDER BY v.opened_at, v.n LIMIT ?"
    ),
    "conflict": (
        f"SELECT e.customer_id, c.name, e.case_id, e.id, e.kind, substr(e.text, 1, 200), e.at, '' {_ENTRY} e.state = 'conflict' "
        "ORDER BY e.at DESC LIMIT ?"
    ),
}
"""What may hurt a customer, what hurts most first. No statement reads who wrote, promised or asked."""


class Trouble(NamedTuple):
    """Something that may hurt a customer: of which kind, whose, in which case, at which entry, in which words, since when."""

    kind: str  # a key of TROUBLES_SQL
    customer_id: str
    name: str
    case_id: str | None
    entry_id: str  # "" where it is a case
    what: str  # a channel, a kind of entry, an act, a kind of case
    words: str
    since: int | None  # Unix ms
    due: str = ""


class Verbatim(NamedTuple):
    """What a customer said of how it was, or of their situation."""

    customer_id: str
    name: str
    entry_id: str
    text: str
    at: int


class TeamView(NamedTuple):
    """Words, troubles (most hurtful kind first), how many of each, figures; `cut`: the figures had to leave customers out."""

    verbatims: list[Verbatim]
    troubles: list[Trouble]
    counts: dict[str, int]
    figures: list[Figure]
    window: Window
    cut: bool


def read_team(connection: sqlite3.Connection, now: datetime, rules: Rules) -> TeamView:
    """All of it at `now` (local). Folds what the measures concern: for a thread beside the screen."""
    assert now.tzinfo is not None
    window = Window(now.date() - timedelta(days=rules.team.window_days - 1), now.date(), now.tzinfo)
    begin = since_when(window)
    most = rules.team.verbatims
    told = [Verbatim(*row) for kind in SAID_IN for row in connection.execute(VERBATIMS_SQL, (kind, begin, most + 20))]
    verbatims = [verbatim for verbatim in told if window.has(verbatim.at)][:most]
    troubles, counts = _troubles(connection, now, rules, window, begin)
    figures, cut = read_figures(connection, now, rules, window, counts["refused"])
    return TeamView(verbatims, troubles, counts, figures, window, cut)


def _troubles(
    connection: sqlite3.Connection, now: datetime, rules: Rules, window: Window, begin: int
) -> tuple[list[Trouble], dict[str, int]]:
    bounds: dict[str, tuple[object, ...]] = {
        "promise": ((warn_until(rules, now) + timedelta(days=1)).isoformat(),), "refused": (begin,),
    }  # fmt: skip
    troubles: list[Trouble] = []
    counts: dict[str, int] = {}
    for kind, sql in TROUBLES_SQL.items():
        rows = connection.execute(sql, (*bounds.get(kind, ()), MANY))
        found = [Trouble(kind, *row) for row in rows]
        if kind == "refused":
            found = [trouble for trouble in found if trouble.since is not None and window.has(trouble.since)]
        if kind == "conflict":
            found = list(_by_case(found))
        troubles += found[:ROWS]
        counts[kind] = len(found)
    return troubles, counts


def _by_case(found: Iterable[Trouble]) -> Iterable[Trouble]:
    """Two resolutions that rival are one conflict: that of their case."""
    return {trouble.case_id or trouble.entry_id: trouble for trouble in reversed(list(found))}.values()
