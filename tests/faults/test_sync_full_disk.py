"""The disk fills up on either side of an exchange: a clear word, everything recorded stays, and it goes on once there is room."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from advisor_tui.domain.errors import DiskFull
from advisor_tui.sync.errors import SyncError
from tests.faults.firm import Firm, end
from tests.faults.test_full_disk import MIB, disk, fill
from tests.faults.test_sync_line import Desk
from tests.server.office import Office
from tests.server.running import Thread
from tests.store.house import SteppingClock
from tests.torture.run import scratch

__all__ = ["disk"]
LONG = "Très long. " * 4000


class Pair:
    """A server and two desks of one person; either may stand on a small disk."""

    def __init__(self, server: Path, near: Path, far: Path) -> None:
        self.office = Office(server, SteppingClock())
        self.thread = Thread(self.office.app)
        self.near = Desk(self.office, self.thread.url, near)
        self.far = Desk(self.office, self.thread.url, far)
        self.customer = self.near.customer()
        self.near.settle()
        self.far.settle()

    def notes(self) -> int:
        with self.office.central.read() as connection:
            found = connection.exec_driver_sql("SELECT count(DISTINCT text) FROM entry WHERE kind = 'note'").scalar()
        return int(found or 0)

    def check(self) -> None:
        """Both desks and the server hold the same, and all of it."""
        self.near.settle()
        self.far.settle()
        self.near.settle()
        assert self.near.digest() == self.far.digest()
        with self.office.central.read() as connection:
            twice = "SELECT text FROM entry WHERE kind = 'note' GROUP BY text HAVING count(*) > 1"
            assert connection.exec_driver_sql(twice).fetchall() == []

    def close(self) -> None:
        self.near.close()
        self.far.close()
        self.thread.close()
        self.office.service.close()


Made = Callable[..., Pair]


@pytest.fixture
def made(request: pytest.FixtureRequest) -> Iterator[Made]:
    """Makes pairs; they end before the small disk does."""
    request.getfixturevalue("disk")
    pairs: list[Pair] = []
    with scratch() as folder:

        def make(server: Path | None = None, far: Path | None = None) -> Pair:
            (folder / "server").mkdir()
            pairs.append(Pair(server or folder / "server", folder / "near", far or folder / "far"))
            return pairs[-1]

        yield make
        for pair in pairs:
            pair.close()


def test_a_desk_without_room_reads_on_once_it_has_some(made: Made, disk: Callable[[str], Path]) -> None:
    place = disk("4m")
    pair = made(far=place / "far")
    for _note in range(80):
        pair.near.write(pair.customer, LONG)
    pair.near.settle()
    outcome = pair.far.engine.run_once()
    assert (outcome.state, type(outcome.error)) == ("offline", DiskFull), outcome
    assert "is full" in str(outcome.error)
    disk("64m")
    pair.check()
    assert pair.notes() == 80


def test_an_answer_that_cannot_be_noted_is_not_sent_twice(made: Made, disk: Callable[[str], Path]) -> None:
    """The server took it, the desk could not write that down: it offers it again and the server knows it."""
    place = disk("8m")
    pair = made(far=place / "far")
    for _note in range(5):
        pair.far.write(pair.customer)
    ballast = fill(place)
    outcome = pair.far.engine.run_once()
    assert isinstance(outcome.error, DiskFull), outcome
    assert outcome.unsent == 5
    ballast.unlink()
    pair.check()
    assert pair.notes() == 5


def test_a_server_without_room_refuses_and_takes_it_later(made: Made, disk: Callable[[str], Path]) -> None:
    place = disk("5m")
    pair = made(server=place)
    for _note in range(120):
        pair.near.write(pair.customer, LONG)
    outcome = pair.near.engine.run_once()
    assert outcome.state == "offline", outcome
    assert isinstance(outcome.error, SyncError)
    assert outcome.unsent > 0
    kept = pair.notes()
    disk("128m")
    assert pair.notes() == kept
    pair.check()
    assert pair.notes() == 120


def limited(size: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_files_that_may_not_grow(tmp_path: Path) -> None:
    """A quota on the size of files, on the desk and then on the server, in real processes."""
    firm = Firm(tmp_path)
    with firm.serving():
        firm.enrol()
        home, other = firm.homes
        lines = [{"v": 1, "type": "customer", "id": "c1", "name": "Zoé", "team": "Mobile"}]
        lines += [
            {
                "v": 1,
                "type": "note",
                "id": f"n{number}",
                "customer": "c1",
                "at": "2026-11-02T09:00:00+01:00",
                "text": LONG,
            }
            for number in range(40)
        ]
        source = tmp_path / "lines.jsonl"
        source.write_text("".join(json.dumps(line) + "\n" for line in lines))
        assert firm.advisor(home, "import", str(source)).returncode == 0
        assert firm.advisor(home, "sync").returncode == 0
        failed = firm.advisor(other, "sync", "--json", before=limited(MIB))
        assert failed.returncode == 1, failed
        assert "Traceback" not in failed.stderr
        assert firm.advisor(other, "sync").returncode == 0
    extra = {**lines[1], "id": "more", "text": LONG * 20}
    source.write_text(json.dumps(extra) + "\n")
    assert firm.advisor(other, "import", str(source)).returncode == 0
    server = firm.start(before=limited((firm.folder / "server.db").stat().st_size + (64 << 10)))
    try:
        failed = firm.advisor(other, "sync", "--json")
        assert failed.returncode != 0, failed
    finally:
        end(server)
    with firm.serving():
        firm.come_to_rest()
    firm.check(set())
