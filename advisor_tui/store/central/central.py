"""The server's database, on SQLite or PostgreSQL: connections, transactions, and what happens when they fail."""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)  # fmt: skip

from advisor_tui.domain.clock import Clock, to_ms
from advisor_tui.domain.errors import AdvisorError, Invalid, StoreError
from advisor_tui.store.central.tables import LINK, SERVER
from advisor_tui.store.faults import explain
from advisor_tui.store.states import States
from advisor_tui.store.unit import TABLES
from advisor_tui.store.version import SCHEMA

T = TypeVar("T")
_READING = {"postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}}
"""How PostgreSQL sees one moment through several statements; a transaction of SQLite always does."""
RETRIED = ("40001", "40P01", "55P03")
"""Serialization failure, deadlock, lock not available: PostgreSQL and its relatives ask to try again."""


def address(url: str) -> URL:
    """The database that `url` names, with the driver we use; Invalid when it is neither SQLite nor PostgreSQL."""
    try:
        parsed = make_url(url)
    except (SQLAlchemyError, ValueError) as error:
        raise Invalid("{url} is not the address of a database.", url=url.rpartition("@")[2][:200]) from error
    kind = parsed.get_backend_name()
    if kind == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed
    if kind in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    raise Invalid("A database is sqlite:///FILE or postgresql://…, not {kind}.", kind=kind)


def engine_of(url: str, pool: int = 8) -> Engine:
    """An engine for `url`; SQLite begins writing transactions at once."""
    where = address(url)
    if where.get_backend_name() == "sqlite":
        engine = create_engine(where, pool_size=pool, max_overflow=0, connect_args={"timeout": 15.0})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        return create_engine(
            where, pool_size=pool, max_overflow=2, pool_pre_ping=True,
            connect_args={"connect_timeout": 10, "application_name": "advisor-tui", "client_encoding": "utf8"},
        )  # fmt: skip
    except (NoSuchModuleError, ImportError) as error:
        raise StoreError("PostgreSQL cannot be used here: {reason}", reason=error) from error


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -65536",
        "temp_store = MEMORY", "wal_autocheckpoint = 4000",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


class Numbered(Protocol):
    """The end of a stream, as one transaction sees it."""

    @property
    def seq(self) -> int: ...


class Central:
    """One process's use of the server's database. Writes take turns; reads do not wait for them."""

    def __init__(
        self, url: str, clock: Clock, *, bits: Callable[[], int] | None = None, pool: int = 8
    ) -> None:  # fmt: skip
        self.url = url
        self.clock = clock
        self.bits = bits or (lambda: secrets.randbits(74))
        self.engine = engine_of(url, pool)
        self.dialect = self.engine.dialect.name
        self.states = States()
        self.seen: dict[str, int] = {}  # stream -> the number up to which `states` knows it
        self.turn = threading.Lock()
        self._dirty = False
        try:
            self._check_schema()
            self.epoch = self.meta("epoch")
        except BaseException:
            self.close()
            raise

    def _check_schema(self) -> None:
        with self.read() as connection:
            try:
                found = connection.execute(select(SERVER.c.value).where(SERVER.c.key == "schema")).scalar()
            except SQLAlchemyError as error:
                if isinstance(error, DBAPIError) and error.connection_invalidated:
                    raise
                found = None
        if found is None:
            raise StoreError("The database {url} is not ready. Run: advisor admin migrate --db URL", url=self.shown)
        if int(found) != SCHEMA:
            raise StoreError(
                "The database {url} has schema {found} and this version needs {wanted}. Run: advisor admin migrate --db URL",
                code="schema", url=self.shown, found=found, wanted=SCHEMA,
            )  # fmt: skip

    @property
    def shown(self) -> str:
        """The database's address without its password."""
        return address(self.url).render_as_string(hide_password=True)

    def now_ms(self) -> int:
        return to_ms(self.clock.now())

    def meta(self, key: str) -> str:
        """A small fact of the server; empty when it is not known."""
        with self.read() as connection:
            return connection.execute(select(SERVER.c.value).where(SERVER.c.key == key)).scalar() or ""

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: what it did is on disk when the block ends, or nothing is."""
        with self._told(), self.engine.connect() as connection:
            try:
                yield connection
                connection.commit()
            except BaseException:
                with suppress(SQLAlchemyError, sqlite3.Error):
                    connection.rollback()
                raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one moment of the database and changes nothing."""
        with self._told(), self.engine.connect() as connection:
            reading = connection.execution_options(**_READING.get(self.dialect, {"reading": True}))
            try:
                yield reading
            finally:
                with suppress(SQLAlchemyError, sqlite3.Error):
                    reading.rollback()

    def retrying(self, work: Callable[[Connection], T], attempts: int = 16) -> T:
        """`work` in a transaction, tried again when the database asks for it."""
        for attempt in range(attempts):
            try:
                with self.write() as connection:
                    return work(connection)
            except Busy:
                if attempt + 1 == attempts:
                    raise
                time.sleep(min(0.5, 0.005 * 2**attempt) * (0.5 + secrets.randbelow(100) / 100))
        raise AssertionError("an attempt returns or raises")

    # folded states, kept between pushes of this process

    def begin_states(self) -> None:
        """A transaction begins: what a failed one left half folded is gone."""
        if self._dirty:
            self.states.clear()
            self.seen.clear()
        self._dirty = True

    def catch_up(self, connection: Connection, heads: Mapping[str, Numbered]) -> None:
        """Forget the customers of these streams that another process wrote about since we looked."""
        for stream, head in heads.items():
            known = self.seen.get(stream)
            if known is None:  # whoever came here from another stream may be folded as they were there
                self.states.clear()
            elif head.seq > known:
                event = TABLES["event"].c
                for query in (
                    select(event.customer_id).distinct().where(event.stream == stream, event.seq > known),
                    select(LINK.c.subject).where(LINK.c.stream == stream, LINK.c.seq > known, LINK.c.kind != "event"),
                ):
                    for customer_id in connection.execute(query).scalars():
                        self.states.forget(customer_id)

    def remember(self, heads: Mapping[str, Numbered]) -> None:
        """The transaction is about to commit: its states are good up to here."""
        self.seen.update({stream: head.seq for stream, head in heads.items()})
        self.states.trim()
        self._dirty = False

    def forget(self) -> None:
        """A transaction failed: what it folded may not be on disk."""
        self._dirty = True

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn the database's failures into ours."""
        try:
            yield
        except AdvisorError:
            raise
        except DBAPIError as error:
            if _is_unfit(error):
                raise
            raise self._explained(error) from error

    def _explained(self, error: DBAPIError) -> AdvisorError:
        state = getattr(error.orig, "sqlstate", None)
        if isinstance(error.orig, sqlite3.Error):
            if "locked" in str(error.orig):
                return Busy("The database is busy. Try again.")
            return explain(error, Path(address(self.url).database or ""))
        if state in RETRIED:
            return Busy("The database is busy. Try again.")
        lost = state is None and isinstance(error, (OperationalError, InterfaceError))
        if error.connection_invalidated or lost or (state or "")[:2] in ("08", "57", "53", "58"):
            return Away("The database does not answer.", url=self.shown)
        return StoreError(
            "The database {url} refuses: {reason}", url=self.shown, reason=state or type(error.orig).__name__
        )

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _is_unfit(error: DBAPIError) -> bool:
    """Whether the database cannot hold what it was given: whoever gave it must find which part, not try again."""
    state = getattr(error.orig, "sqlstate", None) or ""
    return isinstance(error, DataError) or state[:2] in ("22", "54")


class Busy(StoreError):
    """Another transaction was in the way; the same again may work."""

    code = "busy"


class Away(StoreError):
    """The database cannot be reached for now."""

    code = "database_away"
