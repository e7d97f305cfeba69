"""A workspace to test with: a journal on disk, a clock that is told, and short words for what one does in it."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from advisor_tui.actions.execute import Result, execute
from advisor_tui.domain import bodies as b
from advisor_tui.domain.clock import FrozenClock
from advisor_tui.domain.identity import entity_id
from advisor_tui.domain.permissions import Person
from advisor_tui.store.journal import Journal
from advisor_tui.store.reads.connection import open_reads
from advisor_tui.store.rebuild import digest
from advisor_tui.store.rulebook import load_rules

PARIS = ZoneInfo("Europe/Paris")
START = datetime(2026, 11, 21, 9, 0, tzinfo=PARIS)
CLAIRE = Person("Claire Morel", "Mobile")
PAUL = Person("Paul Ndiaye", "Mobile")
RULES = load_rules("fr")


class SteppingClock:
    """Time goes on a little each time one looks; `advance` lets more of it pass."""

    def __init__(self, start: datetime = START, zone: tzinfo = PARIS, step_ms: int = 7) -> None:
        self.zone = zone
        self.instant = start.astimezone(UTC)
        self.step = timedelta(milliseconds=step_ms)

    def now(self) -> datetime:
        self.instant += self.step
        return self.instant

    def advance(self, **passed: float) -> None:
        self.instant += timedelta(**passed)


def fresh_database(path: Path) -> None:
    """A migrated, empty database at `path`, in one file."""
    Journal(path, FrozenClock(START, PARIS)).close()


class House:
    """One workspace in use."""

    def __init__(self, path: Path, clock: SteppingClock, *, seed: int = 0, hurry: bool = False) -> None:
        self.path = path
        self.clock = clock
        chance = random.Random(seed)
        self.journal = Journal(path, clock, bits=lambda: chance.getrandbits(74))
        if hurry:  # a property looks at thousands of transactions; what fsync promises is tested elsewhere
            with self.journal.engine.connect() as connection:
                connection.commit()
                raw = connection.connection.driver_connection
                assert isinstance(raw, sqlite3.Connection)
                raw.execute("PRAGMA synchronous = OFF")
        self.reads = open_reads(path)

    @classmethod
    def copy(cls, template: Path, path: Path, clock: SteppingClock, *, seed: int = 0, hurry: bool = False) -> House:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(template, path)
        return cls(path, clock, seed=seed, hurry=hurry)

    def close(self) -> None:
        self.reads.close()
        self.journal.close()

    def record(self, type_: str, customer: str, body: b.Body, **more: Any) -> str:
        """Append one event of its own transaction, as a gateway does; its id."""
        with self.journal.transaction() as unit:
            at = more.pop("at", unit.now_ms())
            event = unit.event(
                type_, customer, body, at=at, actor=more.pop("actor", "import"), txn=unit.new_id(), **more
            )
            unit.append(event)
        return event.id

    def customer(self, name: str = "Zoé Lefèvre", **fields: Any) -> str:
        """A customer recorded; their id."""
        with self.journal.transaction() as unit:
            id_ = entity_id("customer", fields["ext"]) if "ext" in fields else unit.new_id()
            body = b.CustomerRecorded(name=name, **fields)
            unit.append(unit.event("customer_recorded", id_, body, at=unit.now_ms(), actor="import", txn=unit.new_id()))
        return id_

    def do(self, action: str, /, who: Person = CLAIRE, **given: Any) -> Result:
        """One action, done by `who`."""
        return execute(self.journal, action, given, who, RULES)

    def case(self, customer: str, **given: Any) -> str:
        """A case opened by Claire; its id."""
        wanted = {"subject": "Facture contestée", "next_step": "Rappeler", "next_on": "+2"} | given
        return self.do("open_case", customer=customer, **wanted).made["case"]

    def events(self) -> list[tuple[Any, ...]]:
        """The whole journal, in order of arrival."""
        return self.rows(
            "SELECT id, customer_id, case_id, type, v, at, hlc, actor, txn, base, body FROM event ORDER BY n"
        )

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.reads.execute(sql, values).fetchall()

    def digest(self) -> str:
        """What all projections say, in one number."""
        with self.journal.engine.connect() as connection:
            try:
                return digest(connection)
            finally:
                connection.rollback()

    @contextmanager
    def raw(self) -> Iterator[sqlite3.Connection]:
        """A writing connection behind the journal's back."""
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=1)
        try:
            yield connection
        finally:
            connection.close()
