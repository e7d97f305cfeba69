"""Bringing a server's database to this version's schema; safe when two processes try at once."""

from __future__ import annotations

import secrets
from pathlib import Path

from sqlalchemy import URL, Connection, func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from advisor_tui.domain.errors import StoreError
from advisor_tui.store.central.central import Away, address, engine_of
from advisor_tui.store.central.identity import COMMON
from advisor_tui.store.central.tables import HEAD, SERVER
from advisor_tui.store.faults import explained
from advisor_tui.store.schema import upgrade
from advisor_tui.store.version import SCHEMA

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
_LOCK = 0x61647669  # any number that nobody else locks
_FORBIDDEN = "42501"
_MADE_MEANWHILE = ("42P04", "23505")


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
        _create_missing(where)
        _run(url)
    except DBAPIError as error:
        raise _explained(error, where) from error


def _explained(error: DBAPIError, where: URL) -> StoreError:
    """What PostgreSQL's refusal means for whoever migrates."""
    shown = where.render_as_string()
    reason = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else ""
    if getattr(error.orig, "sqlstate", None) == _FORBIDDEN:
        return StoreError("The user of {url} may not do this: {reason}", url=shown, reason=reason)
    if isinstance(error, OperationalError):
        return Away("The database {url} does not answer: {reason}", url=shown, reason=reason)
    return StoreError("The database {url} refuses: {reason}", url=shown, reason=reason)


def _run(url: str) -> None:
    engine = engine_of(url, 2)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                _refuse_letters(connection)
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            _refuse_newer(connection)
            upgrade(connection)
            upgrade(connection, MIGRATIONS, "alembic_central")
            _first_facts(connection)
            connection.commit()
    finally:
        engine.dispose()


def _refuse_letters(connection: Connection) -> None:
    """Customers' names hold every letter there is."""
    found = connection.exec_driver_sql("SHOW server_encoding").scalar()
    if found != "UTF8":
        raise StoreError("The database is written in {found}; it must be in UTF8.", code="encoding", found=found)


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


def _create_missing(where: URL) -> None:
    """CREATE DATABASE through the maintenance database, when the one asked for does not exist."""
    engine = engine_of(where.render_as_string(hide_password=False), 1)
    try:
        with engine.connect():
            return
    except OperationalError:
        if not _create(where):
            raise
    finally:
        engine.dispose()


def _create(where: URL) -> bool:
    """Whether it is there now. The server is asked: the words of its refusal depend on its language."""
    maintenance = engine_of(where.set(database="postgres").render_as_string(hide_password=False), 1)
    try:
        with maintenance.connect() as connection:
            known = text("SELECT 1 FROM pg_database WHERE datname = :name")
            if connection.execute(known, {"name": where.database}).scalar():
                return True
            connection.rollback()
            connection.execution_options(isolation_level="AUTOCOMMIT")
            name = str(where.database).replace('"', '""').replace("%", "%%")
            connection.exec_driver_sql(f"CREATE DATABASE \"{name}\" ENCODING 'UTF8' TEMPLATE template0")
    except (ProgrammingError, IntegrityError) as error:
        if getattr(error.orig, "sqlstate", "") not in _MADE_MEANWHILE:
            raise
    except OperationalError:
        return False
    finally:
        maintenance.dispose()
    return True
