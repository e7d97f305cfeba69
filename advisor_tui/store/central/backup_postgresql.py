"""Backups of a PostgreSQL database, with PostgreSQL's own programs.

Where the database is and its password travel in the environment, never on the command line.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError

from advisor_tui.domain.errors import StoreError
from advisor_tui.store.central.backup import Restored, in_use, newer_backup, not_a_backup, would_replace
from advisor_tui.store.central.central import Away, address, engine_of
from advisor_tui.store.central.renewal import renew, schema_of
from advisor_tui.store.central.schema import migrate
from advisor_tui.store.version import SCHEMA

_MAGIC = b"PGDMP"
_ENTRY = re.compile(r"^\d+; \d+ \d+ (?P<what>.+)$")


def save(url: str, fresh: Path) -> int:
    """Dump the database into `fresh`; the schema number of what was dumped."""
    with _connected(url) as connection:
        if not inspect(connection).has_table("server"):
            raise StoreError("{path} is not the database of a server.", code="not_a_server", path=_shown(url))
        schema = schema_of(connection)
    _run(url, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={fresh}")
    return schema


def load(url: str, file: Path, replace: bool) -> Restored:
    """Put what `file` holds in the place of the database."""
    entries = _entries(url, file)
    schema = _schema_in(url, file)
    if schema > SCHEMA:
        raise newer_backup(file, schema)
    if _is_empty(url):
        migrate(url)  # creates the database, and what only its owner may create
    elif not replace:
        raise would_replace(_shown(url))
    with _connected(url) as connection:
        _refuse_users(connection, _shown(url))
        extensions = set(connection.execute(text("SELECT extname FROM pg_extension")).scalars())
    with tempfile.TemporaryDirectory() as folder:
        chosen = Path(folder) / "entries"
        chosen.write_text("\n".join(_chosen(entries, extensions)) + "\n", encoding="utf-8")
        _run(
            url, "pg_restore", "--single-transaction", "--exit-on-error", "--clean", "--if-exists", "--no-owner",
            "--no-privileges", f"--use-list={chosen}", f"--dbname={_target(url)}", str(file),
        )  # fmt: skip
    with _connected(url) as connection, connection.begin():
        _drop_others(connection, entries)
        epoch = renew(connection)
    migrate(url)
    return Restored(epoch=epoch, schema=SCHEMA)


def _entries(url: str, file: Path) -> list[str]:
    """The table of contents of a backup that can be read to its end."""
    with file.open("rb") as handle:
        if handle.read(len(_MAGIC)) != _MAGIC:
            raise not_a_backup(file)
    try:
        entries = _run(url, "pg_restore", "--list", str(file)).splitlines()
        _run(url, "pg_restore", f"--file={os.devnull}", str(file))
    except Failed as error:
        raise StoreError(
            "The backup {path} is damaged: {reason}", code="damaged", path=str(file), reason=error.details["reason"]
        ) from error
    if not any(_words(entry)[:3] == ["TABLE", "public", "server"] for entry in entries):
        raise not_a_backup(file)
    return entries


def _words(entry: str) -> list[str]:
    """What an entry is, its schema, its name; nothing for a comment."""
    found = _ENTRY.match(entry)
    return found["what"].split() if found else []


def _chosen(entries: list[str], extensions: set[str]) -> Iterator[str]:
    """The entries to bring back: all but extensions that are there, which only their owner may drop."""
    for entry in entries:
        match _words(entry):
            case ["EXTENSION", _, name, *_] if name in extensions:
                continue
            case ["COMMENT", _, "EXTENSION", *_] | ["SCHEMA", _, "public", *_] | [_, _, "SCHEMA", "public", *_]:
                continue
            case [_, *_]:
                yield entry


def _schema_in(url: str, file: Path) -> int:
    """The schema number in the backup's own table of facts."""
    rows = _run(url, "pg_restore", "--data-only", "--table=server", "--file=-", str(file)).splitlines()
    found = [row.partition("\t")[2] for row in rows if row.startswith("schema\t")]
    if len(found) != 1 or not found[0].isdecimal():
        raise not_a_backup(file)
    return int(found[0])


def _is_empty(url: str) -> bool:
    """Whether the database is missing or holds no table. Raises StoreError when it holds something else."""
    try:
        with _connected(url) as connection:
            tables = inspect(connection).get_table_names()
    except Away as error:
        if _is_missing(url):
            return True
        raise error
    if tables and "server" not in tables:
        raise StoreError("{path} is not the database of a server.", code="not_a_server", path=_shown(url))
    return not tables


def _is_missing(url: str) -> bool:
    """Whether the server is there and the database is not."""
    where = address(url)
    maintenance = where.set(database="postgres").render_as_string(hide_password=False)
    with _connected(maintenance) as connection:
        known = text("SELECT 1 FROM pg_database WHERE datname = :name")
        return connection.execute(known, {"name": where.database}).scalar() is None


def _refuse_users(connection: Connection, shown: str) -> None:
    others = text(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND application_name = 'advisor-tui' LIMIT 1"
    )
    if connection.execute(others).scalar():
        raise in_use(shown)


def _drop_others(connection: Connection, entries: list[str]) -> None:
    """Tables that the backup does not know come from a later version; the migrations make them again."""
    known = {words[2] for words in map(_words, entries) if words[:2] == ["TABLE", "public"]}
    quote = connection.dialect.identifier_preparer.quote
    for name in set(inspect(connection).get_table_names()) - known:
        connection.exec_driver_sql(f"DROP TABLE {quote(name)} CASCADE")


class Failed(StoreError):
    """One of PostgreSQL's programs ended badly."""

    code = "program_failed"


def _run(url: str, program: str, *arguments: str) -> str:
    """What one of PostgreSQL's programs says; Failed with its reason when it ends badly."""
    found = shutil.which(program)
    if found is None:
        raise StoreError(
            "{program} is not installed here, or not on the PATH. Install PostgreSQL's client programs.",
            code="program_missing", program=program,
        )  # fmt: skip
    done = subprocess.run(  # noqa: S603 - a program of the administrator's own PATH
        [found, "--no-password", *arguments],
        env=_environment(url), stdin=subprocess.DEVNULL, capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        reason = _reason(done.stderr.decode("utf-8", "replace"), address(url).password) or f"{done.returncode}"
        raise Failed("{program} refuses: {reason}", program=program, reason=reason)
    return done.stdout.decode("utf-8", "replace")


def _reason(said: str, password: object) -> str:
    """The program's own words for what was wrong, without the rows it was at and without the password."""
    lines = [line.partition(": ")[2] for line in said.splitlines() if re.match(r"pg_\w+: (error|detail|hint): ", line)]
    reason = " ".join(line.partition(": ")[2].strip() for line in lines)[:400]
    return reason.replace(str(password), "***") if password else reason


def _environment(url: str) -> dict[str, str]:
    """Where the database is, as libpq reads it from the environment."""
    from psycopg.pq import Conninfo

    where = address(url)
    _none, given = where.get_dialect()().create_connect_args(where)
    names = {option.keyword.decode(): option.envvar.decode() for option in Conninfo.get_defaults() if option.envvar}
    chosen = {names[key]: str(value) for key, value in given.items() if key in names}
    return os.environ | {"LC_ALL": "C", "PGCONNECT_TIMEOUT": "10"} | chosen


def _target(url: str) -> str:
    """The database alone, as a connection string: its name may hold anything."""
    from psycopg.conninfo import make_conninfo

    return make_conninfo(dbname=address(url).database)


def _shown(url: str) -> str:
    return address(url).render_as_string(hide_password=True)


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    """One connection, and the database's failures as ours."""
    engine = engine_of(url, 1)
    try:
        with engine.connect() as connection:
            yield connection
    except OperationalError as error:
        raise Away("The database {url} does not answer.", url=_shown(url)) from error
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or "?"
        raise StoreError("The database {url} refuses: {reason}", url=_shown(url), reason=state) from error
    finally:
        engine.dispose()
