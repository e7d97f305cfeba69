"""The journal: events, their projections and the search index, written in one transaction or not at all.

One `Journal` a process writes; a lock keeps its transactions apart, SQLite keeps processes apart.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, select, text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import StaticPool

from advisor_tui.domain.clock import Clock, to_ms
from advisor_tui.domain.events import STORED, Event, stored_event
from advisor_tui.domain.fold import fold
from advisor_tui.domain.identity import Hlc
from advisor_tui.domain.state import CustomerState
from advisor_tui.store.faults import explained, refuse_strange
from advisor_tui.store.schema import upgrade
from advisor_tui.store.states import States
from advisor_tui.store.tables import EventRow, MetaRow
from advisor_tui.store.unit import Unit, table_of
from advisor_tui.store.version import SCHEMA

_EVENT = table_of(EventRow).c


class Journal:
    """A workspace's database, open for writing."""

    def __init__(self, path: Path, clock: Clock, *, bits: Callable[[], int] | None = None) -> None:
        self.path = path
        self.clock = clock
        self.bits = bits or (lambda: secrets.randbits(74))
        self._lock = threading.RLock()
        self._states = States()
        self._version = -1
        self.hlc = Hlc(0, 0, "")
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self.engine = _engine(path)
            self._prepare()

    def _prepare(self) -> None:
        connection = self.engine.connect()
        try:
            version = connection.exec_driver_sql("PRAGMA user_version").scalar()
            connection.rollback()
            if version != SCHEMA:
                connection.exec_driver_sql("SELECT 1")
                upgrade(connection)
                connection.commit()
            self._read_clock(connection)
            connection.rollback()
        finally:
            connection.close()
        if not self.hlc.device:
            with self._begin() as connection:
                self._read_clock(connection)
                if not self.hlc.device:
                    self.hlc = Hlc(0, 0, secrets.token_hex(4))
                    connection.execute(table_of(MetaRow).insert(), [{"key": "hlc", "value": str(self.hlc)}])

    def _read_clock(self, connection: Connection) -> None:
        found = connection.execute(text("SELECT value FROM meta WHERE key = 'hlc'")).scalar()
        if found:
            self.hlc = Hlc.parse(found)

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        with self._lock, explained(self.path), self.engine.connect() as connection:
            try:
                yield connection
                connection.commit()
            except BaseException:
                with suppress(DatabaseError, OperationalError, sqlite3.Error):
                    connection.rollback()
                raise

    @contextmanager
    def transaction(self) -> Iterator[Unit]:
        """A unit of work: what it appends is on disk when the block ends, or nothing is."""
        with self._lock:  # until the memory agrees with the disk again: another thread may come next
            try:
                with self._begin() as connection:
                    self._forget_if_changed(connection)
                    self._read_clock(connection)
                    unit = Unit(connection, self.hlc, self.clock, self.bits, self._states)
                    yield unit
                    unit.flush()
                    hlc = unit.hlc
            except BaseException:
                self._states.clear()  # states may hold what was not committed
                raise
            self.hlc = hlc
            self._states.trim()

    def _forget_if_changed(self, connection: Connection) -> None:
        """Another process wrote: what was folded before may be stale."""
        version = connection.exec_driver_sql("PRAGMA data_version").scalar() or 0
        if version != self._version:
            self._states.clear()
            self._version = version

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """The writer's own connection, to look before it writes."""
        with self._begin() as connection:
            yield connection

    def state(self, customer_id: str) -> CustomerState:
        """One customer, folded from the journal."""
        with self._lock, explained(self.path), self.engine.connect() as connection:
            return fold(customer_id, load_events(connection, [customer_id]).get(customer_id, []))

    def customers(self) -> list[str]:
        """The ids of all aggregates, in order."""
        with self._lock, explained(self.path), self.engine.connect() as connection:
            return list(
                connection.execute(select(_EVENT.customer_id).distinct().order_by(_EVENT.customer_id)).scalars()
            )

    def now_ms(self) -> int:
        return to_ms(self.clock.now())

    def close(self) -> None:
        """Close the database; a checkpoint folds the write-ahead log into it."""
        with self._lock:
            self.engine.dispose()


def load_events(
    connection: Connection, customer_ids: list[str], weigh: Callable[[str, int], None] | None = None
) -> dict[str, list[Event]]:
    """The events of some aggregates, by aggregate, unordered; `weigh` hears how large each body is."""
    found: dict[str, list[Event]] = {}
    for start in range(0, len(customer_ids), 500):
        some = _EVENT.customer_id.in_(customer_ids[start : start + 500])
        for row in connection.execute(select(*(_EVENT[name] for name in STORED)).where(some)):
            if weigh is not None:
                weigh(row.customer_id, len(row.body or ""))
            found.setdefault(row.customer_id, []).append(stored_event(row))
    return found


def _engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=StaticPool,
        connect_args={"check_same_thread": False, "timeout": 5.0},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None
        try:
            refuse_strange(connection, path)
            connection.execute("PRAGMA journal_mode = WAL")
        except BaseException:
            connection.close()
            raise
        for pragma in (
            "synchronous = FULL",
            "foreign_keys = ON",
            "cache_size = -65536",
            "temp_store = MEMORY",
            "wal_autocheckpoint = 4000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
