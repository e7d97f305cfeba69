"""Two workers and PostgreSQL, hit again and again while desks write: none of it reaches the people who do.

A worker is killed, the database crashes in the middle of a push, its connections are cut, or both at once. The desks are
left alone: they find the way back by themselves. `ADVISOR_KILLS=40 pytest tests/faults/test_sync_workers.py` is the long
form, `ADVISOR_SEED` another order.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.central.postgres import Postgres
from tests.faults.firm import Firm
from tests.faults.manned import PATIENCE, Manned
from tests.faults.sweeping import check
from tests.server.running import until

KILLS = int(os.environ.get("ADVISOR_KILLS", "6"))
SEED = os.environ.get("ADVISOR_SEED", "1")
KINDS = ("worker", "crash", "cut", "worker while away")


class House(Manned):
    """A firm on PostgreSQL with two workers, and two desks at work."""

    def __init__(self, folder: Path, postgres: Postgres, ending: ExitStack) -> None:
        self.postgres = postgres
        self.database = postgres.fresh_database()
        super().__init__(Firm(folder, postgres.url(self.database)), ending, workers=2)
        self.chance = random.Random(SEED)
        self.happened: Counter[str] = Counter()

    # how things are

    def workers(self) -> list[psutil.Process]:
        """The processes that answer."""
        return [child for child in psutil.Process(self.server.pid).children() if _answers(child)]

    def written(self) -> dict[str, int]:
        """How many events of each person the server holds."""
        query = "SELECT actor, count(*) FROM event WHERE actor <> 'import' GROUP BY actor"
        return {str(actor): int(count) for actor, count in self.postgres.execute(query, self.database)}

    def catch(self, what: str) -> None:
        """Return once a query about the backends that have just written, and not yet committed, finds one."""
        query = f"SELECT {what} FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL"
        deadline = time.monotonic() + PATIENCE
        with psycopg.connect(self.postgres.conninfo(self.database), autocommit=True) as looking:
            while looking.execute(query.encode()).fetchone() != (True,):
                assert time.monotonic() < deadline, self.log
                time.sleep(0.002)

    # what happens to them

    def disturb(self, kind: str) -> None:
        self.at_work()
        if kind.startswith("worker"):
            until(lambda: len(self.workers()) == 2, PATIENCE)
        time.sleep(self.chance.uniform(0, 0.3))
        if kind == "worker":
            self.kill_worker()
        elif kind == "crash":
            self.catch("true")
            self.postgres.restart("immediate")
        elif kind == "cut":
            self.catch("pg_terminate_backend(pid)")
        else:
            self.catch("true")
            self.postgres.stop("immediate")
            self.kill_worker()
            time.sleep(self.chance.uniform(0, 3))
            self.postgres.start()
        self.happened[kind] += 1

    def kill_worker(self) -> None:
        """One of the workers, alive until then; its status is seen before the supervisor takes it away."""
        victim = self.chance.choice(self.workers())
        with stopped(self.server.pid):
            assert victim.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
            victim.kill()
            until(lambda: victim.status() == psutil.STATUS_ZOMBIE, PATIENCE)
            assert exit_status(victim.pid) == signal.SIGKILL
        until(lambda: not victim.is_running(), PATIENCE)


def _answers(process: psutil.Process) -> bool:
    """Whether it is a worker, and not the process that watches over what they share."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE and "spawn_main" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """A process that does nothing for a moment."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def exit_status(pid: int) -> int:
    """The status of a process that has ended and was not waited for."""
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[-1])


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.close()


def kinds(chance: random.Random) -> Iterator[str]:
    """One of each, in any order, again and again."""
    while True:
        yield from chance.sample(KINDS, len(KINDS))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the statuses of processes are not told here")
def test_the_desks_find_their_way_back(tmp_path: Path, postgres: Postgres) -> None:
    sys.stdout.write(f"seed {SEED}\n")
    with ExitStack() as ending:
        house = House(tmp_path, postgres, ending)
        for _number, kind in zip(range(KILLS), kinds(house.chance), strict=False):
            house.disturb(kind)
        house.at_work()
        house.rest()
        said = house.said()
        house.check_files()
        check(house.firm, said)
        house.server.terminate()
        assert house.server.wait(PATIENCE) == 0
    assert '"event": "fault"' not in (tmp_path / "serve.log").read_text(encoding="utf-8")
    sys.stdout.write(
        f"{dict(house.happened)}, {house.noticed()} exchanges failed; "
        f"{len(said.events)} events, {len(said.words)} texts: each once everywhere\n"
    )
