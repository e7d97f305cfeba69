"""What customers tell us that no case asks about: signals by tag, alerts first, and who owes an answer since when."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from advisor_tui.domain.listening import OPEN, WEEK_DAYS, Echo, Heard, by_chance, echoes, tag_key
from advisor_tui.domain.rules import Rules
from advisor_tui.language.formats import civil_day

LIMIT = 2000
SIGNALS_SQL = (
    "SELECT e.id, e.customer_id, c.root, c.name, e.case_id, e.title, e.text, e.channel, e.at, e.due, e.state, e.author, e.more "
    "FROM entry e INDEXED BY entry_signal JOIN customer_view c ON c.id = e.customer_id WHERE e.kind = 'signal' "
    "AND (e.state IN ('sent', 'later') OR e.at >= (SELECT min(at) FROM (SELECT at FROM entry INDEXED BY entry_signal "
    f"WHERE kind = 'signal' ORDER BY at DESC LIMIT {LIMIT}))) ORDER BY e.at DESC, e.n DESC"
)
"""The newest, and however old they are those that still wait for their answer."""

ANSWERED_SQL = (
    "SELECT s.id, s.customer_id, c.root, c.name, s.case_id, s.title, s.text, s.channel, s.at, s.due, s.state, s.author, s.more "
    "FROM (SELECT * FROM entry INDEXED BY entry_signal WHERE kind = 'signal' "
    f"ORDER BY at DESC, n DESC LIMIT {LIMIT}) s JOIN customer_view c ON c.id = s.customer_id "
    "WHERE s.author = ? AND s.state != 'sent' AND json_extract(s.more, '$.later[#-1].at') >= ?"
)
"""Of the newest signals, those of one person that something became of since a moment: my day asks this every half minute."""
KNOWN_SQL = f"SELECT title, channel FROM entry INDEXED BY entry_signal WHERE kind = 'signal' ORDER BY at DESC, n DESC LIMIT {LIMIT}"


class Signal(NamedTuple):
    """One signal: whose words, called what, who owes the answer by which civil date, and what became of it."""

    id: str
    customer_id: str
    root: str
    name: str
    case_id: str | None
    tag: str
    text: str
    department: str
    at: int  # Unix ms
    due: str
    state: str  # sent, yes, no, later
    author: str
    striking: bool
    words: str  # of the last answer
    answered_at: int | None
    answered_by: str
    told_at: int | None  # when the customer heard of it

    @property
    def open(self) -> bool:
        """Whether a department still owes an answer."""
        return self.state in OPEN

    def late(self, today: str) -> bool:
        """Whether the answer is owed since before the civil date `today`."""
        return self.open and self.due < today


class Topic(NamedTuple):
    """All signals of one tag, the newest first."""

    tag: str
    echo: Echo | None  # None: not heard of lately
    signals: list[Signal]

    @property
    def alert(self) -> bool:
        return self.echo is not None and self.echo.alert

    @property
    def open(self) -> int:
        return sum(signal.open for signal in self.signals)


class Voice(NamedTuple):
    """The tags in the order in which they ask for attention; alerts that chance alone would give in a year."""

    topics: list[Topic]
    late: int
    by_chance: float


def read_voice(connection: sqlite3.Connection, now: datetime, rules: Rules) -> Voice:
    """The newest signals and all that wait, by tag at `now` (local): alerts, then answers that are late, then what is heard most lately."""
    assert now.tzinfo is not None
    signals = [_signal(row) for row in connection.execute(SIGNALS_SQL)]
    heard = [Heard(signal.tag, signal.root, civil_day(signal.at, now.tzinfo)) for signal in signals]
    found = echoes(heard, now.date(), rules.signals)
    by_tag: dict[str, list[Signal]] = {}
    for signal in signals:
        by_tag.setdefault(tag_key(signal.tag), []).append(signal)
    topics = [Topic(of_tag[0].tag, found.get(key), of_tag) for key, of_tag in by_tag.items()]
    today = now.date().isoformat()
    late = sum(signal.late(today) for signal in signals)
    topics.sort(key=lambda topic: (not topic.alert, not any(s.late(today) for s in topic.signals), not topic.open))
    return Voice(topics, late, by_chance(len(found), 52, rules.signals))


def read_answers(connection: sqlite3.Connection, me: str, now: datetime) -> list[Signal]:
    """What departments answered in the last seven days to what `me` passed on, the newest first."""
    since = int((now - timedelta(days=WEEK_DAYS)).timestamp() * 1000)
    mine = map(_signal, connection.execute(ANSWERED_SQL, (me, since)))
    answered = [signal for signal in mine if signal.answered_at is not None and signal.answered_at >= since]
    return sorted(answered, key=lambda signal: -(signal.answered_at or 0))


class Known(NamedTuple):
    """What was passed on before: the tags with the department each went to last, and all departments, the latest first."""

    tags: list[tuple[str, str]]
    departments: list[str]


def read_known(connection: sqlite3.Connection) -> Known:
    """What a person who passes on a signal may choose from."""
    tags: dict[str, tuple[str, str]] = {}
    departments: dict[str, None] = {}
    for tag, department in connection.execute(KNOWN_SQL):
        tags.setdefault(tag_key(tag), (tag, department))
        departments.setdefault(department)
    return Known([*tags.values()], [*departments])


def _signal(row: tuple[Any, ...]) -> Signal:
    *head, more = row
    id_, customer, root, name, case, tag, text, department, at, due, state, author = head
    facts = json.loads(more or "{}")
    later = facts.get("later", [])
    answer: dict[str, Any] = next((step for step in reversed(later) if "answer" in step), {})
    told = later[-1]["at"] if later and "answer" not in later[-1] else None
    return Signal(
        id_, customer, root, name, case, tag, text, department, at, due or "", state, author,
        bool(facts.get("striking")), str(answer.get("words", "")), answer.get("at"), str(answer.get("by", "")), told,
    )  # fmt: skip
