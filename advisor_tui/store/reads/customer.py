"""One customer: who they are, what they hold, their cases, their life newest first."""

from __future__ import annotations

import json
import sqlite3
from typing import Any, NamedTuple

PAGE = 200


class Head(NamedTuple):
    """Who the customer is. `ids` are all records that are this one person."""

    id: str
    ids: tuple[str, ...]
    ext: str
    name: str
    kind: str
    since: str
    language: str
    team: str
    preferred_advisor: str
    stake: str
    preferences: list[dict[str, Any]]
    known: dict[str, Any] = {}
    """What was declared here, over all records: stake, facts, permissions, relation; the latest of each stands."""


class Entry(NamedTuple):
    """One entry of a life."""

    id: str
    customer_id: str
    case_id: str | None
    kind: str
    at: int
    channel: str
    direction: str
    author: str
    title: str
    text: str
    state: str
    waiting_since: int | None
    due: str | None
    parent: str | None
    corrected: int
    more: str

    @property
    def facts(self) -> dict[str, Any]:
        """What only this kind of entry has."""
        return json.loads(self.more) if self.more else {}


class CaseHead(NamedTuple):
    """One case of a customer."""

    id: str
    customer_id: str
    kind: str
    subject: str
    state: str
    owner: str
    next_step: str
    next_on: str
    opened_at: int
    closed_at: str
    more: str = ""

    @property
    def facts(self) -> dict[str, Any]:
        """The situation that stands, how a dispute ended, whether the end was asked about."""
        return json.loads(self.more) if self.more else {}


class Holding(NamedTuple):
    """What a customer holds or held."""

    product: str
    valid_from: str
    valid_to: str
    value: str
    more: str = ""

    @property
    def unused(self) -> list[str]:
        """Services that come with it and are not used yet."""
        included = (json.loads(self.more) if self.more else {}).get("included")
        return [str(item.get("name", "")) for item in included or () if isinstance(item, dict) and not item.get("used")]


class KnownAs(NamedTuple):
    """A name or number of a customer."""

    kind: str
    value: str
    valid_from: str
    valid_to: str
    source: str


ENTRY_COLUMNS = (
    "id, customer_id, case_id, kind, at, channel, direction, author, title, text, state, waiting_since, due, "
    "parent, corrected, more"
)
HEAD_SQL = (
    "SELECT id, root, ext, name, kind, since, language, team, preferred_advisor, stake, preferences "
    "FROM customer_view WHERE id = ?"
)
GROUP_SQL = "SELECT id, since, preferences, stake, known FROM customer_view WHERE root = ? ORDER BY n"
ENTRIES_SQL = "SELECT {columns} FROM entry WHERE customer_id IN ({marks}) ORDER BY at DESC, n DESC LIMIT ? OFFSET ?"
COUNT_SQL = "SELECT count(*) FROM entry WHERE customer_id IN ({marks})"
CASES_SQL = (
    "SELECT id, customer_id, kind, subject, state, owner, next_step, next_on, opened_at, closed_at, more "
    "FROM case_view WHERE customer_id IN ({marks}) ORDER BY opened_at DESC"
)
CASES_COUNT_SQL = "SELECT count(*) FROM case_view WHERE customer_id IN ({marks})"
STAKE_SQL = CASES_SQL.replace("ORDER BY", "AND (state != 'closed' OR kind = 'dispute') ORDER BY")
HOLDINGS_SQL = (
    "SELECT product, valid_from, valid_to, value, more FROM holding_view WHERE customer_id IN ({marks}) "
    "ORDER BY valid_to != '', valid_from, product"
)
KNOWN_SQL = "SELECT kind, value, valid_from, valid_to, source FROM identifier WHERE customer_id IN ({marks}) ORDER BY n"
ENTRY_SQL = f"SELECT {ENTRY_COLUMNS} FROM entry WHERE id = ?"
CASE_SQL = (
    "SELECT id, customer_id, kind, subject, state, owner, next_step, next_on, opened_at, closed_at, more "
    "FROM case_view WHERE id = ?"
)


def _marks(ids: tuple[str, ...]) -> str:
    return ",".join("?" * len(ids))


def read_head(connection: sqlite3.Connection, customer_id: str) -> Head | None:
    """The customer `customer_id` belongs to; tenure is the earliest of all their records."""
    row = connection.execute(HEAD_SQL, (customer_id,)).fetchone()
    if row is None:
        return None
    root = row[1]
    group = connection.execute(GROUP_SQL, (root,)).fetchall()
    if root != row[0]:
        row = connection.execute(HEAD_SQL, (root,)).fetchone() or row
    group.sort(key=lambda one: one[0] != root)
    since = min((one[1] for one in group if one[1]), default="")
    ids = (root, *(one[0] for one in group if one[0] != root))
    wishes = [wish for one in group for wish in json.loads(one[2] or "[]")]
    stakes = [one[3] for one in group]
    stake = "vital" if "vital" in stakes else next(filter(None, stakes), "")
    known = _known([json.loads(one[4]) for one in group if one[4]])
    return Head._make((row[0], ids, row[2], row[3], row[4], since, *row[6:9], stake, wishes, known))


def _known(said: list[dict[str, Any]]) -> dict[str, Any]:
    """What was declared on all records of one person: the latest of each; a service that is vital on one is vital."""
    found: dict[str, Any] = {}
    for name in ("relation", "legal_hold"):
        claims = [known[name] for known in said if name in known]
        if claims:
            found[name] = max(claims, key=lambda claim: claim["at"])
    stakes = [known["stake"] for known in said if "stake" in known]
    if stakes:
        found["stake"] = max(stakes, key=lambda claim: (claim["level"] == "vital", claim["at"]))
    for name, keys in (("facts", ("key",)), ("permissions", ("purpose", "channel"))):
        claims = sorted((claim for known in said for claim in known.get(name, ())), key=lambda claim: claim["at"])
        latest = {tuple(claim.get(key, "") for key in keys): claim for claim in claims}
        if latest:
            found[name] = list(latest.values())
    return found


def read_entries(
    connection: sqlite3.Connection, ids: tuple[str, ...], limit: int = PAGE, offset: int = 0
) -> list[Entry]:
    """Entries of these records, newest first."""
    sql = ENTRIES_SQL.format(columns=ENTRY_COLUMNS, marks=_marks(ids))
    return [*map(Entry._make, connection.execute(sql, (*ids, limit, offset)))]


def count_entries(connection: sqlite3.Connection, ids: tuple[str, ...]) -> int:
    """How many entries these records have."""
    return int(connection.execute(COUNT_SQL.format(marks=_marks(ids)), ids).fetchone()[0])


def read_cases(connection: sqlite3.Connection, ids: tuple[str, ...]) -> list[CaseHead]:
    """The cases of these records, newest first."""
    return [*map(CaseHead._make, connection.execute(CASES_SQL.format(marks=_marks(ids)), ids))]


def read_cases_at_stake(connection: sqlite3.Connection, ids: tuple[str, ...]) -> list[CaseHead]:
    """Of records with more cases than a page, those that go on and every dispute; of others, all cases. Newest first."""
    marks = _marks(ids)
    many = int(connection.execute(CASES_COUNT_SQL.format(marks=marks), ids).fetchone()[0]) > PAGE
    return [*map(CaseHead._make, connection.execute((STAKE_SQL if many else CASES_SQL).format(marks=marks), ids))]


def read_holdings(connection: sqlite3.Connection, ids: tuple[str, ...]) -> list[Holding]:
    """What these records hold, then what they held."""
    return [*map(Holding._make, connection.execute(HOLDINGS_SQL.format(marks=_marks(ids)), ids))]


def read_known_as(connection: sqlite3.Connection, ids: tuple[str, ...]) -> list[KnownAs]:
    """Every name and number of these records."""
    return [*map(KnownAs._make, connection.execute(KNOWN_SQL.format(marks=_marks(ids)), ids))]


def read_entry(connection: sqlite3.Connection, entry_id: str) -> Entry | None:
    """One entry by its id."""
    row = connection.execute(ENTRY_SQL, (entry_id,)).fetchone()
    return None if row is None else Entry._make(row)


def read_case(connection: sqlite3.Connection, case_id: str) -> CaseHead | None:
    """One case by its id."""
    row = connection.execute(CASE_SQL, (case_id,)).fetchone()
    return None if row is None else CaseHead._make(row)


NAME_SQL = "SELECT name FROM customer_view WHERE id = ?"


def read_name(connection: sqlite3.Connection, customer_id: str) -> str:
    """The name on one record."""
    row = connection.execute(NAME_SQL, (customer_id,)).fetchone()
    return str(row[0]) if row else customer_id
