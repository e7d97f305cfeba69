"""PostgreSQL that crashes, cuts its clients, and comes back as it was an hour ago, while two desks go on writing."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.central.postgres import Postgres, programs
from tests.faults.firm import Firm, end, heard

ROUNDS = max(1, int(os.environ.get("ADVISOR_KILLS", "12")) // 12)


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """A server of its own that keeps what it says it keeps."""
    server = Postgres(durable=True)
    server.start()
    yield server
    server.close()


@pytest.fixture
def firm(tmp_path: Path, postgres: Postgres) -> Firm:
    firm = Firm(tmp_path, postgres.url(postgres.fresh_database()))
    with firm.serving(workers=2):
        firm.enrol()
    return firm


@contextmanager
def working(firm: Firm, acknowledged: set[str]) -> Iterator[None]:
    """Both desks write and exchange meanwhile; what they said is added to `acknowledged`."""
    desks = [firm.desk(home, start_new_session=True) for home in firm.homes]
    heads = []
    try:
        for desk in desks:
            assert desk.stdout is not None
            assert b"ready" in desk.stdout.readline()
            heads.append(_Listener(desk.stdout))
        yield
    finally:
        for desk in desks:
            end(desk)
        for listener in heads:
            acknowledged |= heard(listener.all())


class _Listener:
    """Reads all that a desk says, so that it never waits to be heard."""

    def __init__(self, output: IO[bytes]) -> None:
        self._said = b""
        self._output = output
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        with self._output as output:
            self._said = output.read()

    def all(self) -> bytes:
        self._thread.join()
        return self._said


def sent(firm: Firm, patience: float = 30) -> int:
    """Wait until something more than before is in the server's journal; how much."""
    found = firm.events()
    end_ = time.monotonic() + patience
    while firm.events() == found:
        assert time.monotonic() < end_, "nothing arrives"
        time.sleep(0.1)
    return firm.events()


def test_crashes_and_cut_connections(firm: Firm, postgres: Postgres) -> None:
    database = firm.url.partition("@/")[2].partition("?")[0]
    acknowledged: set[str] = set()
    with firm.serving(workers=2):
        for _round in range(ROUNDS):
            with working(firm, acknowledged):
                sent(firm)
                assert postgres.cut_connections(database)
                sent(firm)
                postgres.restart("immediate")
                sent(firm)
            firm.come_to_rest()
    firm.check(acknowledged)
    sys.stdout.write(f"{ROUNDS} crashes, {len(acknowledged)} events acknowledged: none lost, none doubled\n")


def test_a_data_folder_that_was_put_back_without_a_word(firm: Firm, postgres: Postgres, tmp_path: Path) -> None:
    acknowledged: set[str] = set()
    with firm.serving(workers=2):
        with working(firm, acknowledged):
            sent(firm)
        firm.come_to_rest()
        postgres.stop()
        postgres.copy_data(tmp_path / "copy")
        postgres.start()
        with working(firm, acknowledged):
            later = sent(firm)
        firm.come_to_rest()
        postgres.stop()
        postgres.put_back(tmp_path / "copy")
        postgres.start()
        assert firm.events() < later
        firm.enrol()  # the keys that were renewed since are unknown to yesterday's server
        with working(firm, acknowledged):
            sent(firm)
        firm.come_to_rest(rounds=6)
    firm.check(acknowledged)


def test_a_dump_that_was_loaded_again(firm: Firm, tmp_path: Path) -> None:
    """`advisor admin backup` and `restore`, with work done in between that the backup has not seen."""
    dump, acknowledged = tmp_path / "backup", set[str]()
    with firm.serving(workers=2):
        firm.come_to_rest()
        done = admin(firm, "backup", str(dump))
        assert done.returncode == 0, done
        with working(firm, acknowledged):
            sent(firm)
        firm.come_to_rest()
    done = admin(firm, "restore", str(dump), "--replace")
    assert done.returncode == 0, done
    with firm.serving(workers=2):
        firm.enrol()
        firm.come_to_rest(rounds=6)
    firm.check(acknowledged)


def admin(firm: Firm, *words: str) -> subprocess.CompletedProcess[str]:
    """`advisor admin`, with the programs that belong to this PostgreSQL."""
    path = f"{programs()}{os.pathsep}{os.environ['PATH']}"
    return firm.advisor(firm.homes[0], "admin", *words, "--db", firm.url, env={"PATH": path})
