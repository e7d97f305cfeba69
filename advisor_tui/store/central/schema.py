"""Bringing a server's database to this version's schema; safe when two processes try at once."""

from __future__ import annotations

import secrets
from pathlib import Path

from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from advisor_tui.domain.errors import StoreError
from advisor_tui.store.central.central import Away, address, engine_of
from advisor_tui.store.central.identity import COMMON
from advisor_tui.store.central.tables import HEAD, SERVER
from advisor_tui.store.faults import explained
from advisor_tui.store.schema import upgrade
from advisor_tui.store.version import SCHEMA

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
_LOCK = 0x61647669  # any number that nobody else locks


def migrate(url: str) -> None:
    """Create the database where it is missing and run what migrations are missing."""
    where = address(url)
    if where.get_backend_name() == "sqlite":
        path = Path(where.database or "")
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            _run(url)
        return
    try:
        _create_missing(url)
        _run(url)
    except OperationalError as error:
        raise Away("The database {url} does not answer.", url=where.render_as_string()) from error


def _run(url: str) -> None:
    engine = engine_of(url, 2)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            _refuse_newer(connection)
            upgrade(connection)
            upgrade(connection, MIGRATIONS, "alembic_central")
            _first_facts(connection)
            connection.commit()
    finally:
        engine.dispose()


def _refuse_newer(connection: Connection) -> None:
    if not connection.dialect.has_table(connection, "server"):
        return
    found = connection.execute(select(SERVER.c.value).where(SERVER.c.key == "schema")).scalar()
    if found is not None and int(found) > SCHEMA:
        raise StoreError(
            "The database was made by a newer version of Advisor TUI (schema {found}, here {wanted}). Upgrade the program.",
            code="schema", found=found, wanted=SCHEMA,
        )  # fmt: skip


def _first_facts(connection: Connection) -> None:
    facts = {"epoch": secrets.token_hex(6), "grants": "1", "schema": str(SCHEMA)}
    known = dict(connection.execute(select(SERVER.c.key, SERVER.c.value)).all())
    for key, value in facts.items():
        if key not in known:
            connection.execute(insert(SERVER).values(key=key, value=value))
    connection.execute(SERVER.update().where(SERVER.c.key == "schema").values(value=str(SCHEMA)))
    if connection.execute(select(HEAD.c.seq).where(HEAD.c.stream == COMMON)).scalar() is None:
        connection.execute(insert(HEAD).values(stream=COMMON, seq=0, hash=b""))


def _create_missing(url: str) -> None:
    """CREATE DATABASE through the maintenance database, when the one asked for does not exist."""
    where = address(url)
    engine = engine_of(url, 1)
    try:
        with engine.connect():
            return
    except DBAPIError as error:
        if "does not exist" not in str(error.orig):
            raise
    finally:
        engine.dispose()
    maintenance = engine_of(where.set(database="postgres").render_as_string(hide_password=False), 1)
    try:
        with maintenance.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            name = str(where.database).replace('"', '""')
            connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", "") not in ("42P04", "23505"):  # someone else was first
            raise
    finally:
        maintenance.dispose()
