"""PostgreSQL that crashes, cuts its clients, and comes back as it was an hour ago, while two desks go on writing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.central.postgres import Postgres
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


class Work:
    """Both desks writing and exchanging, and what they said."""

    def __init__(self, firm: Firm) -> None:
        self.desks = [firm.desk(home, start_new_session=True) for home in firm.homes]
        for desk in self.desks:
            assert desk.stdout is not None
            assert b"ready" in desk.stdout.readline()

    def stop(self) -> set[str]:
        said: set[str] = set()
        for desk in self.desks:
            end(desk)
            assert desk.stdout is not None
            with desk.stdout as output:
                said |= heard(output.read())
        return said


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
            work = Work(firm)
            sent(firm)
            assert postgres.cut_connections(database)
            sent(firm)
            postgres.restart("immediate")
            sent(firm)
            acknowledged |= work.stop()
            firm.come_to_rest()
    firm.check(acknowledged)
    sys.stdout.write(f"{ROUNDS} crashes, {len(acknowledged)} events acknowledged: none lost, none doubled\n")


def test_a_data_folder_that_was_put_back_without_a_word(firm: Firm, postgres: Postgres, tmp_path: Path) -> None:
    acknowledged: set[str] = set()
    with firm.serving(workers=2):
        work = Work(firm)
        sent(firm)
        acknowledged |= work.stop()
        firm.come_to_rest()
        postgres.stop()
        postgres.copy_data(tmp_path / "copy")
        postgres.start()
        work = Work(firm)
        later = sent(firm)
        acknowledged |= work.stop()
        firm.come_to_rest()
        postgres.stop()
        postgres.put_back(tmp_path / "copy")
        postgres.start()
        assert firm.events() < later
        work = Work(firm)
        sent(firm)
        acknowledged |= work.stop()
        firm.come_to_rest(rounds=6)
    firm.check(acknowledged)


def test_a_dump_that_was_loaded_again(firm: Firm, tmp_path: Path) -> None:
    """`advisor admin backup` and `restore`, with work done in between that the backup has not seen."""
    dump = tmp_path / "backup"
    with firm.serving(workers=2):
        firm.come_to_rest()
        done = admin(firm, "backup", str(dump))
        assert done.returncode == 0, done
        work = Work(firm)
        sent(firm)
        acknowledged = work.stop()
        firm.come_to_rest()
    done = admin(firm, "restore", str(dump), "--replace")
    assert done.returncode == 0, done
    with firm.serving(workers=2):
        firm.come_to_rest(rounds=6)
    firm.check(acknowledged)


def admin(firm: Firm, *words: str) -> subprocess.CompletedProcess[str]:
    return firm.advisor(firm.homes[0], "admin", *words, "--db", firm.url)
