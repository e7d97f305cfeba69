"""A server's database is made and brought up to date, by however many processes at once, or a sentence says why not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, func, select, update
from sqlmodel import SQLModel

from advisor_tui.domain.errors import Invalid, StoreError
from advisor_tui.store import tables
from advisor_tui.store.central.central import Away, Central, address, engine_of
from advisor_tui.store.central.schema import migrate
from advisor_tui.store.central.tables import HEAD, METADATA, SERVER
from advisor_tui.store.version import SCHEMA
from tests.central.postgres import Postgres
from tests.store.house import SteppingClock

RESHAPED = {"identifier_norm", "customer_root", "case_next", "entry_due"}
"""Indexes that are of another kind on PostgreSQL; see migration c0002."""
OURS = {"customer_word", "customer_name_part", "customer_number_part"}


@pytest.fixture
def unborn(postgres: Postgres) -> Iterator[str]:
    """The address of a database that does not exist, under a name of awkward letters."""
    name = 'Équipe %s "d\'été"'
    yield address(postgres.url("x")).set(database=name).render_as_string()
    postgres.drop_database(name)


def facts(url: str) -> dict[str, str]:
    engine = engine_of(url, 1)
    try:
        with engine.connect() as connection:
            return dict(connection.execute(select(SERVER.c.key, SERVER.c.value)).all())
    finally:
        engine.dispose()


def together(url: str, processes: int) -> None:
    """`processes` real processes migrate at once; all of them succeed."""
    script = "import sys; from advisor_tui.store.central.schema import migrate; input(); migrate(sys.argv[1])"
    begun = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", script, url], stdin=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(processes)
    ]
    for process in begun:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    for process in begun:
        _, told = process.communicate(timeout=60)
        assert (process.returncode, told.decode()) == (0, "")


def test_a_missing_database_is_made_whatever_its_name(unborn: str, clock: SteppingClock) -> None:
    migrate(unborn)
    with closing(Central(unborn, clock)) as central:
        assert (len(central.epoch), central.meta("schema"), central.meta("grants")) == (12, str(SCHEMA), "1")
        with central.read() as connection:
            assert connection.execute(select(HEAD.c.stream, HEAD.c.seq)).all() == [("c", 0)]


def test_four_processes_make_one_database_on_postgresql(unborn: str) -> None:
    together(unborn, 4)
    assert facts(unborn)["schema"] == str(SCHEMA)


def test_four_processes_make_one_database_on_sqlite(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new folder' / 'central.db'}"
    together(url, 4)
    assert facts(url)["schema"] == str(SCHEMA)


def test_migrating_twice_changes_nothing(database_url: str, clock: SteppingClock) -> None:
    before = facts(database_url)
    with closing(Central(database_url, clock)) as central, central.write() as connection:
        connection.execute(update(HEAD).values(seq=7, hash=b"x"))
    migrate(database_url)
    assert facts(database_url) == before
    with closing(Central(database_url, clock)) as central, central.read() as connection:
        assert connection.execute(select(HEAD.c.stream, HEAD.c.seq, HEAD.c.hash)).all() == [("c", 7, b"x")]


def test_the_schema_on_postgresql_is_the_one_the_code_describes(postgresql_url: str) -> None:
    def ours(thing: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
        return name not in {"alembic_version", "alembic_central"} | RESHAPED | OURS

    assert tables.PROJECTIONS
    engine = engine_of(postgresql_url, 1)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        described = MetaData()
        for table in (*SQLModel.metadata.tables.values(), *METADATA.tables.values()):
            table.to_metadata(described)
        assert compare_metadata(context, described) == []
        known = connection.exec_driver_sql("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'").scalars()
        assert set(known) >= RESHAPED | OURS
    engine.dispose()


def test_a_newer_database_is_left_alone(database_url: str, clock: SteppingClock) -> None:
    engine = engine_of(database_url, 1)
    with engine.begin() as connection:
        connection.execute(update(SERVER).where(SERVER.c.key == "schema").values(value=str(SCHEMA + 1)))
    engine.dispose()
    with pytest.raises(StoreError, match=str(SCHEMA + 1)) as refused:
        migrate(database_url)
    with pytest.raises(StoreError, match=str(SCHEMA + 1)) as unused:
        Central(database_url, clock)
    assert (refused.value.code, unused.value.code) == ("schema", "schema")
    assert facts(database_url)["schema"] == str(SCHEMA + 1)


def test_a_database_that_is_not_ready_says_what_to_run(postgres: Postgres, clock: SteppingClock) -> None:
    name = postgres.create_database()
    with pytest.raises(StoreError, match="advisor admin migrate"):
        Central(postgres.url(name), clock)
    postgres.drop_database(name)


def test_a_server_that_is_not_there_is_away_and_its_password_is_not_shown(tmp_path: Path, clock: SteppingClock) -> None:
    for url in (
        f"postgresql://advisor:secret@/advisor?host={tmp_path}",
        "postgresql+psycopg://advisor:secret@127.0.0.1:1/x",
    ):
        with pytest.raises(Away) as told:
            migrate(url)
        with pytest.raises(Away) as said:
            Central(url, clock)
        assert "secret" not in f"{told.value} {said.value}"


@pytest.mark.parametrize("url", ["", "nonsense", "sqlite://", "sqlite:///:memory:", "mysql://x/y", "postgresql://[::1"])
def test_what_is_not_an_address_is_refused(url: str, clock: SteppingClock) -> None:
    with pytest.raises(Invalid):
        migrate(url)
    with pytest.raises(Invalid):
        Central(url, clock)


def test_a_user_who_may_not_is_told_which_command_the_administrator_runs(postgres: Postgres) -> None:
    name = postgres.create_database()
    postgres.execute("DROP ROLE IF EXISTS guest")
    postgres.execute("CREATE ROLE guest LOGIN")
    as_guest = address(postgres.url(name)).set(username="guest").render_as_string()
    try:
        with pytest.raises(StoreError, match="permission denied for schema public"):
            migrate(as_guest)
        postgres.execute("GRANT CREATE ON SCHEMA public TO guest", name)
        with pytest.raises(StoreError, match="CREATE EXTENSION unaccent;"):
            migrate(as_guest)
        for extension in ("unaccent", "pg_trgm"):
            postgres.execute(f"CREATE EXTENSION {extension}", name)
        migrate(as_guest)
        assert facts(as_guest)["schema"] == str(SCHEMA)
        unborn = address(as_guest).set(database="not_made_yet").render_as_string()
        with pytest.raises(StoreError, match="permission denied to create database"):
            migrate(unborn)
    finally:
        postgres.drop_database(name)
        postgres.execute("DROP ROLE guest")


def test_a_server_without_the_extensions_is_told_apart(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    from advisor_tui.store.central import schema

    name = postgres.create_database()
    copy = Path(str(postgres.home)) / "migrations"
    try:
        versions = copy / "versions"
        versions.mkdir(parents=True)
        for path in schema.MIGRATIONS.rglob("*.py"):
            text = path.read_text(encoding="utf-8").replace('"pg_trgm")', '"pg_nowhere")')
            (copy / path.relative_to(schema.MIGRATIONS)).write_text(text, encoding="utf-8")
        monkeypatch.setattr(schema, "MIGRATIONS", copy)
        with pytest.raises(StoreError, match="lacks the extension pg_nowhere"):
            migrate(postgres.url(name))
        assert postgres.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", name) == [(0,)]
    finally:
        postgres.drop_database(name)


def test_a_database_in_another_alphabet_is_refused(postgres: Postgres) -> None:
    postgres.execute("CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0")
    with pytest.raises(StoreError, match="SQL_ASCII"):
        migrate(postgres.url("ascii"))
    postgres.drop_database("ascii")


def test_whoever_migrates_waits_for_who_does(postgresql_url: str) -> None:
    """The lock is taken before anything is looked at."""
    engine = engine_of(postgresql_url, 1)
    with engine.connect() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(0x61647669)))
        script = "import sys; from advisor_tui.store.central.schema import migrate; migrate(sys.argv[1]); print('done')"
        other = subprocess.Popen([sys.executable, "-c", script, postgresql_url], stdout=subprocess.PIPE)
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        for _ in range(600):
            if connection.exec_driver_sql(waiting).scalar() == 1:
                break
            connection.exec_driver_sql("SELECT pg_sleep(0.05)")
        assert other.poll() is None
        connection.rollback()
    engine.dispose()
    assert other.communicate(timeout=60)[0] == b"done\n"
