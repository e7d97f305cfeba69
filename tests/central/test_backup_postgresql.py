"""Backups through PostgreSQL's own programs: what they refuse, what they must not show."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from advisor_tui.domain.errors import AdvisorError, StoreError
from advisor_tui.store.central.backup import backup, restore
from advisor_tui.store.central.chain import verify
from tests.central.postgres import Postgres, programs
from tests.central.shop import Shop, code


@pytest.fixture(autouse=True)
def postgres_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump of the same version as the server."""
    monkeypatch.setenv("PATH", f"{programs()}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "server.bak"


@pytest.fixture
def guarded(postgres: Postgres, postgresql_url: str) -> str:
    """The same database asked for with a password."""
    name = make_url(postgresql_url).database
    return f"postgresql+psycopg://postgres:s3cr%26t-pass@/{name}?host={postgres.home}"


def test_the_password_is_neither_on_the_process_list_nor_in_errors(
    guarded: str, file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[str] = []
    real = subprocess.run

    def watched(command: list[str], env: dict[str, str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        seen.append(" ".join(command))
        assert env["PGPASSWORD"] == "s3cr&t-pass"
        done: subprocess.CompletedProcess[bytes] = real(command, env=env, **options)
        return done

    monkeypatch.setattr(subprocess, "run", watched)
    Shop(guarded, file)
    restore(guarded, file, replace=True)
    assert len(seen) >= 4
    wrong = guarded.replace("/test_", "/nothing_")
    said = []
    for url in (wrong, guarded + "/x"):
        with pytest.raises(AdvisorError) as refused:
            backup(url, tmp_path / "y.bak")
        said += [str(refused.value), repr(refused.value.details)]
    assert not any("s3cr" in words for words in (*seen, *said))


def test_postgresqls_programs_that_are_missing_are_named(
    postgresql_url: str, file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shop = Shop(postgresql_url, file)
    monkeypatch.setenv("PATH", str(tmp_path))
    for act in (
        lambda: backup(shop.url, tmp_path / "y.bak"), lambda: restore(shop.url, file, replace=True),
    ):  # fmt: skip
        with pytest.raises(StoreError) as refused:
            act()
        assert code(refused) == "program_missing"
        assert "pg_" in str(refused.value)
    assert not (tmp_path / "y.bak").exists()
    assert shop.names() == ["Aïcha Benali"]


def test_a_program_that_fails_says_why(
    postgresql_url: str, file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shop = Shop(postgresql_url, file)
    program = tmp_path / "bin" / "pg_dump"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\necho 'pg_dump: error: aborting because of server version mismatch' >&2\n"
        "echo 'pg_dump: detail: server version: 18.1; pg_dump version: 15.2' >&2\nexit 1\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    with pytest.raises(StoreError, match="version mismatch") as refused:
        backup(shop.url, tmp_path / "y.bak")
    assert "server version: 18.1; pg_dump version: 15.2" in str(refused.value)
    assert not (tmp_path / "y.bak").exists()


def test_a_restore_that_fails_half_way_changes_nothing(postgres: Postgres, postgresql_url: str, file: Path) -> None:
    shop = Shop(postgresql_url, file)
    shop.record("Boris Vidal")
    name = make_url(shop.url).database or ""
    postgres.execute("CREATE VIEW blocking AS SELECT name FROM account", name)
    with pytest.raises(StoreError) as refused:
        restore(shop.url, file, replace=True)
    assert code(refused) == "program_failed"
    assert shop.names() == ["Aïcha Benali", "Boris Vidal"]
    with shop.opened() as central:
        assert central.epoch == shop.epoch
        assert verify(central) == []


def test_a_foreign_postgresql_database_is_left_alone(
    postgres: Postgres, postgresql_url: str, file: Path, tmp_path: Path
) -> None:
    Shop(postgresql_url, file)
    name = postgres.create_database()
    postgres.execute("CREATE TABLE song (title text)", name)
    for act in (
        lambda: restore(postgres.url(name), file, replace=True), lambda: backup(postgres.url(name), tmp_path / "y.bak"),
    ):  # fmt: skip
        with pytest.raises(StoreError) as refused:
            act()
        assert code(refused) == "not_a_server"
    assert postgres.execute("SELECT count(*) FROM song", name) == [(0,)]
    postgres.drop_database(name)


def test_tables_of_a_later_version_do_not_outlive_a_restore(
    postgres: Postgres, postgresql_url: str, file: Path
) -> None:
    shop = Shop(postgresql_url, file)
    name = make_url(shop.url).database or ""
    postgres.execute('CREATE TABLE "Later ""one""" (x int)', name)
    restore(shop.url, file, replace=True)
    assert postgres.execute('SELECT to_regclass(\'"Later ""one"""\')', name) == [(None,)]
    assert shop.names() == ["Aïcha Benali"]


def test_a_postgresql_that_does_not_answer_is_said_in_a_sentence(tmp_path: Path, file: Path) -> None:
    url = f"postgresql://zoe:s3cret@/shop?host={tmp_path}"
    with pytest.raises(StoreError) as refused:
        backup(url, file)
    assert "s3cret" not in str(refused.value)
    assert "does not answer" in str(refused.value)
    assert not file.exists()
