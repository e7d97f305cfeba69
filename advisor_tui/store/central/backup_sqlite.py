"""Backups of a SQLite database: one file, made and brought back through SQLite's own copying."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL

from advisor_tui.domain.errors import Invalid, NotFound, StoreError
from advisor_tui.store.central.backup import (
    Restored,
    beside,
    in_use,
    newer_backup,
    not_a_backup,
    put_in_place,
    would_replace,
)
from advisor_tui.store.central.central import engine_of
from advisor_tui.store.central.renewal import renew, schema_of
from advisor_tui.store.central.schema import migrate
from advisor_tui.store.faults import explain, explained
from advisor_tui.store.version import SCHEMA

PATIENCE_S = 15.0
_COMPANIONS = ("", "-wal", "-shm", "-journal")


def save(path: Path, fresh: Path) -> int:
    """Copy the database at `path` into the empty file `fresh`; the schema number of what was copied."""
    if not path.is_file():
        raise NotFound("There is no database in {path}.", path=str(path))
    with explained(path), closing(_open(path, "rw")) as source:
        schema = _schema(source)
        if schema is None:
            raise StoreError("{path} is not the database of a server.", code="not_a_server", path=str(path))
        damage = _copy(source, fresh)
    if damage:
        raise StoreError("The database {path} is damaged: {reason}", path=str(path), reason=damage)
    return schema


def load(path: Path, file: Path, replace: bool) -> Restored:
    """Put what `file` holds in the place of the database at `path`."""
    exists = path.exists() and path.stat().st_size > 0
    if exists and path.samefile(file):
        raise Invalid("{path} is the database itself, not a backup of it.", path=str(file))
    if exists and not replace:
        raise would_replace(str(path))
    if exists and _is_foreign(path):
        raise StoreError("{path} is not the database of a server.", code="not_a_server", path=str(path))
    with beside(path) as fresh:
        try:
            _take(file, fresh)
            restored = _renewed(fresh)
            if exists:
                restored.aside = _swap(fresh, path)
            else:
                _clear(path)
                put_in_place(fresh, path)
            return restored
        finally:
            for companion in _COMPANIONS[1:]:
                fresh.with_name(fresh.name + companion).unlink(missing_ok=True)


def _take(file: Path, fresh: Path) -> None:
    """Copy a backup that is whole and ours; anything else is refused."""
    try:
        with closing(_open(file, "ro")) as source:
            schema = _schema(source)
            if schema is None:
                raise not_a_backup(file)
            if schema > SCHEMA:
                raise newer_backup(file, schema)
            damage = _copy(source, fresh)
    except sqlite3.DatabaseError as error:
        raise not_a_backup(file) from error
    if damage:
        raise StoreError("The backup {path} is damaged: {reason}", code="damaged", path=str(file), reason=damage)


def _copy(source: sqlite3.Connection, fresh: Path) -> str:
    """Copy a whole database into the empty file `fresh`, one that needs no other beside it; what is damaged in it."""
    with closing(_open(fresh, "rw")) as copy:
        try:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError as error:
            if "full" in str(error) or "disk I/O" in str(error):
                raise explain(error, fresh.parent) from error
            raise
        return _damage(copy)


def _renewed(fresh: Path) -> Restored:
    """The copy at this version's schema, under a new epoch, in one file."""
    url = URL.create("sqlite", database=str(fresh)).render_as_string(hide_password=False)
    engine = engine_of(url, 1)
    try:
        with explained(fresh):
            with engine.begin() as connection:
                old = schema_of(connection) < SCHEMA
            if old:
                migrate(url)
            with engine.begin() as connection:
                restored = Restored(epoch=renew(connection), schema=schema_of(connection))
    finally:
        engine.dispose()
    with explained(fresh), closing(_open(fresh, "rw")) as copy:
        copy.execute("PRAGMA journal_mode = DELETE")
    return restored


def _swap(fresh: Path, path: Path) -> str:
    """Write the copy over the database in one transaction; one that cannot be written over is put aside, and named."""
    try:
        with _alone(path) as target, closing(_open(fresh, "ro")) as source:
            source.backup(target)
    except sqlite3.OperationalError as error:
        with explained(path):
            raise error
    except sqlite3.DatabaseError:  # damaged beyond writing
        aside = path.with_name(f"{path.name}.damaged-{secrets.token_hex(4)}")
        for companion in _COMPANIONS:
            old = path.with_name(path.name + companion)
            if old.exists():
                old.rename(aside.with_name(aside.name + companion))
        put_in_place(fresh, path)
        return str(aside)
    return ""


@contextmanager
def _alone(path: Path) -> Iterator[sqlite3.Connection]:
    """The database, with nobody else at it: SQLite leaves its log only when no other connection is open."""
    with closing(_open(path, "rw")) as connection:
        try:
            connection.execute("PRAGMA busy_timeout = 1000")
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise in_use(str(path)) from error
            raise
        yield connection


def _clear(path: Path) -> None:
    """What is left beside an empty or missing database belongs to another one."""
    for companion in _COMPANIONS[1:]:
        path.with_name(path.name + companion).unlink(missing_ok=True)


def _open(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=PATIENCE_S)


def _schema(connection: sqlite3.Connection) -> int | None:
    """The schema number of a server's database; None for anything else that SQLite can read."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'server'").fetchone()
    row = connection.execute("SELECT value FROM server WHERE key = 'schema'").fetchone() if known else None
    return int(row[0]) if row and str(row[0]).isdecimal() else None


def _is_foreign(path: Path) -> bool:
    """Whether a good database of something else is there; what SQLite cannot read is not good."""
    try:
        with closing(_open(path, "rw")) as connection:
            full = connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None
            return full and _schema(connection) is None
    except sqlite3.DatabaseError:
        return False


def _damage(connection: sqlite3.Connection) -> str:
    """What an integrity check finds; empty when all is well."""
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)")]
    return "" if found == ["ok"] else "; ".join(found)
