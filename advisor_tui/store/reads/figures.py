"""The team's figures: from the pictures of the journal where they hold what is counted, folded from the journal where not."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from advisor_tui.domain.clock import to_ms
from advisor_tui.domain.fold import fold
from advisor_tui.domain.measures import (
    Came,
    Share,
    Window,
    easy,
    harmed_while_pending,
    repeated,
    signals_on_time,
    warned_before,
    wilson,
)
from advisor_tui.domain.promising import ageing
from advisor_tui.domain.rules import Rules
from advisor_tui.domain.state import CustomerState
from advisor_tui.language.formats import DAY_MS
from advisor_tui.store.reads.states import read_events

MOST = 4000
"""Entries looked at for one measure at most, the latest."""
YEAR_MS = 366 * DAY_MS
CARE = "kind IN ('complaint', 'act', 'proposal', 'work', 'situation', 'gesture', 'survey')"
"""The very words of the partial index `entry_care`: only so does SQLite use it."""
PROMISED_SQL = (
    "SELECT customer_id FROM entry WHERE kind = 'commitment' AND due >= ? AND state != 'released' "
    "AND NOT (state = 'made' AND due > ?) ORDER BY due DESC LIMIT ?"
)
SIGNALLED_SQL = "SELECT customer_id FROM entry WHERE kind = 'signal' AND (due >= ? OR at >= ?) ORDER BY at DESC LIMIT ?"
ACTED_SQL = (
    f"SELECT customer_id, at, more FROM entry WHERE {CARE} AND at >= ? AND kind = 'act' AND state IN ('done', 'reversed') "
    "ORDER BY at DESC LIMIT ?"
)
RECORDS_SQL = "SELECT id FROM customer_view WHERE root = (SELECT root FROM customer_view WHERE id = ?)"
EASY_SQL = (
    f"SELECT at, json_extract(more, '$.effort') FROM entry WHERE {CARE} AND at >= ? AND kind = 'survey' AND state = '' "
    "AND more != '' ORDER BY at DESC LIMIT ?"
)
CAME_SQL = (
    "SELECT e.at, NOT EXISTS (SELECT 1 FROM entry o WHERE o.customer_id = e.customer_id AND o.at <= e.at "
    "AND o.case_id = e.case_id AND o.kind = 'contact' AND o.direction = 'inbound' AND (o.at < e.at OR o.id < e.id)), "
    "CASE WHEN e.more = '' THEN 0 ELSE coalesce(json_extract(e.more, '$.repeated'), 0) END "
    "FROM entry e WHERE e.kind = 'contact' AND e.direction = 'inbound' AND e.at >= ? AND e.case_id IS NOT NULL "
    "ORDER BY e.at DESC LIMIT ?"
)
LATE_SQL = (
    "SELECT count(*) FROM entry WHERE waiting_since IS NOT NULL AND waiting_since < ? "
    f"AND (waiting_since < ? OR waiting_since % {DAY_MS} != 0)"
)
OLDEST_SQL = "SELECT min(waiting_since) FROM entry WHERE waiting_since IS NOT NULL"
UNDOING = ("corrected", "undone")
PROMISES = ("commitment_made", "commitment_warned", "commitment_settled", *UNDOING)
SIGNALS = ("signal_raised", "signal_answered", "signal_told_back", *UNDOING)
"""The events that a figure of promises, or of signals, depends on: nothing else of a life is read."""


class Figure(NamedTuple):
    """One measure: a share, or for what must be none a number; and what explains it."""

    name: str
    share: Share | None = None  # None as well where it is masked: nobody above this can show it
    number: int = 0  # acts done; items that wait too long; answers, where a score is masked
    oldest: int | None = None  # Unix ms since when the oldest unanswered item waits; None: none does
    refused: int = 0  # acts asked for and refused
    masked: bool = False

    @property
    def between(self) -> tuple[float, float]:
        """Between which shares the true one lies in 19 of 20 cases."""
        return wilson(*self.share) if self.share is not None else (0.0, 1.0)


def since_when(window: Window) -> int:
    """The first instant (Unix ms) that may lie in the window: a date without a time of day is kept as midnight UTC."""
    return min(to_ms(datetime.combine(window.first, time(), zone)) for zone in (window.zone, UTC))


def read_figures(
    connection: sqlite3.Connection, now: datetime, rules: Rules, window: Window, refused: int
) -> tuple[list[Figure], bool]:
    """The measures that the rules choose, in their order, and whether one had to leave customers out."""
    source = _Source(connection, now, rules, window, refused)
    return [source.figure(name) for name in rules.team.measures], source.cut


class _Source:
    """Where the figures of one reading come from."""

    def __init__(
        self, connection: sqlite3.Connection, now: datetime, rules: Rules, window: Window, refused: int
    ) -> None:
        self.connection, self.now, self.rules, self.window, self.refused = connection, now, rules, window, refused
        self.begin = since_when(window)
        self.cut = False

    def figure(self, name: str) -> Figure:
        """One measure by its name in the rule pack."""
        made: dict[str, Callable[[], Figure]] = {
            "harmed_while_pending": self._harmed,
            "ignored": self._ignored,
            "easy": self._easy,
            "warned_before": lambda: Figure(name, warned_before(self._promises(), self.window)),
            "signals_on_time": lambda: Figure(name, signals_on_time(self._signals(), self.window)),
            "repeated": lambda: Figure(name, repeated(self._came())),
        }
        return made[name]()

    def _rows(self, sql: str, *bound: object) -> list[tuple[object, ...]]:
        rows = self.connection.execute(sql, (*bound, MOST + 1)).fetchall()
        self.cut = self.cut or len(rows) > MOST
        return rows[:MOST]

    def _states(self, rows: Iterable[tuple[object, ...]], types: Sequence[str]) -> list[CustomerState]:
        ids = list(dict.fromkeys(str(row[0]) for row in rows))
        return [fold(id_, events) for id_, events in read_events(self.connection, ids, types).items()]

    def _promises(self) -> list[CustomerState]:
        first, last = self.window.first - timedelta(days=1), self.window.today + timedelta(days=2)
        return self._states(self._rows(PROMISED_SQL, first.isoformat(), last.isoformat()), PROMISES)

    def _signals(self) -> list[CustomerState]:
        rows = self._rows(SIGNALLED_SQL, self.window.first.isoformat(), self.begin - YEAR_MS)
        return self._states(rows, SIGNALS)

    def _came(self) -> list[Came]:
        return [
            Came(bool(first), bool(again)) for at, first, again in self._rows(CAME_SQL, self.begin) if self._has(at)
        ]

    def _easy(self) -> Figure:
        efforts = [effort for at, effort in self._rows(EASY_SQL, self.begin) if self._has(at) and effort is not None]
        share = easy([int(str(effort)) for effort in efforts], self.rules.surveys.easy_from)
        return Figure("easy", None, share.whole, masked=True) if share.masked else Figure("easy", share)

    def _has(self, at: object) -> bool:
        return self.window.has(int(str(at)))

    def _ignored(self) -> Figure:
        """What waits longer than the rule pack allows; and since when the oldest does, even where that is not too long."""
        after = ageing(self.rules, self.now.date()).too_late + timedelta(days=1)
        local, utc = (to_ms(datetime.combine(after, time(), zone)) for zone in (self.window.zone, UTC))
        count = self.connection.execute(LATE_SQL, (local, utc)).fetchone()[0]
        return Figure("ignored", None, count, self.connection.execute(OLDEST_SQL).fetchone()[0])

    def _harmed(self) -> Figure:
        """The acts done in the window while something of the customer's waited; all records of a person are one."""
        acts = self._rows(ACTED_SQL, self.begin - YEAR_MS)  # asked long before it was done
        acted = [str(customer) for customer, at, more in acts if any(map(self._has, _instants(at, more)))]
        harmed: set[str] = set()
        seen: set[str] = set()
        for id_ in dict.fromkeys(acted):
            if id_ in seen:
                continue
            records = [record for (record,) in self.connection.execute(RECORDS_SQL, (id_,))] or [id_]
            seen.update(records)
            lives = read_events(self.connection, records).values()
            harmed.update(harmed_while_pending([event for life in lives for event in life], self.window))
        return Figure("harmed_while_pending", None, len(harmed), refused=self.refused)


def _instants(at: object, more: object) -> list[int]:
    """When an act was asked for, and when anything became of it."""
    later = json.loads(str(more)).get("later", ()) if more else ()
    return [int(str(at)), *(int(step["at"]) for step in later)]
