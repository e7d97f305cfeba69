"""The server's store on both dialects: SQLite in a file, PostgreSQL for real."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from advisor_tui.store.central.central import Central
from tests.central.postgres import Postgres, fresh_sqlite, shared_postgres
from tests.store.house import SteppingClock


@pytest.fixture(scope="session")
def postgres() -> Postgres:
    """The PostgreSQL server of this test process."""
    return shared_postgres()


@pytest.fixture
def postgresql_url(postgres: Postgres) -> Iterator[str]:
    """A migrated, empty PostgreSQL database of one's own."""
    name = postgres.fresh_database()
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A migrated, empty SQLite database of one's own."""
    return fresh_sqlite(tmp_path / "central.db")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated, empty database on either dialect."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def central(database_url: str, clock: SteppingClock) -> Iterator[Central]:
    """The server's store, in use."""
    store = Central(database_url, clock)
    yield store
    store.close()
