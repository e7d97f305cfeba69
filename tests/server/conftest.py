"""A server in this process, and requests to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.server.office import Desk, Office
from tests.store.house import SteppingClock


@pytest_asyncio.fixture
async def office(tmp_path: Path, clock: SteppingClock) -> AsyncIterator[Office]:
    """The application over a store on SQLite, with three people."""
    made = Office(tmp_path, clock)
    yield made
    await made.close()


@pytest_asyncio.fixture
async def claire(office: Office) -> Desk:
    """An advisor of the team Mobile."""
    return await office.desk()


@pytest_asyncio.fixture
async def paul(office: Office) -> Desk:
    """The lead of the team Fibre."""
    return await office.desk("Paul Ndiaye")


@pytest_asyncio.fixture
async def ada(office: Office) -> Desk:
    """An administrator."""
    return await office.desk("Ada Root")
