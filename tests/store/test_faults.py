"""What goes wrong with a disk is told in a sentence, and what was recorded stays."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from advisor_tui.domain.errors import (
    AdvisorError,
    DiskFull,
    Invalid,
    StoreError,
    WorkspaceDamaged,
    WorkspaceLocked,
    WorkspaceMissing,
    WorkspaceNewer,
    WorkspaceReadOnly,
)
from advisor_tui.store.faults import explain
from advisor_tui.store.journal import Journal
from advisor_tui.store.reads.connection import open_reads
from advisor_tui.store.schema import schema_version
from advisor_tui.store.version import SCHEMA
from advisor_tui.store.workspace import Settings, Workspace, read_settings, settings_text
from tests.store.house import House, SteppingClock


def opening(path: Path) -> None:
    Journal(path, SteppingClock()).close()


def reading(path: Path) -> None:
    open_reads(path).close()


OPENERS = pytest.mark.parametrize("opener", [opening, reading])


@OPENERS
@pytest.mark.parametrize("checkpointed", [True, False])
def test_a_workspace_of_a_newer_version_is_left_alone(
    template: Path, tmp_path: Path, opener: Callable[[Path], None], checkpointed: bool
) -> None:
    path = tmp_path / "workspace.db"
    shutil.copyfile(template, path)
    newer = sqlite3.connect(path, isolation_level=None)
    newer.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    if checkpointed:
        newer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with pytest.raises(WorkspaceNewer, match="newer version"):
        opener(path)
    newer.close()
    assert schema_version(path) == SCHEMA + 1


@OPENERS
@pytest.mark.parametrize(
    "content", [b"Bonjour", b"x" * 5000, b"SQLite format 3\x00", b"SQLite format 3\x00" + b"\xff" * 5000]
)
def test_what_is_not_a_database_is_refused_and_not_touched(
    tmp_path: Path, opener: Callable[[Path], None], content: bytes
) -> None:
    path = tmp_path / "workspace.db"
    path.write_bytes(content)
    with pytest.raises((WorkspaceDamaged, WorkspaceNewer)) as caught:
        opener(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


@OPENERS
@pytest.mark.parametrize("kept", [101, 2000, 4096, 3 * 4096, 9 * 4096 + 17])
def test_a_truncated_workspace_is_damaged_and_says_what_to_do(
    house: House, tmp_path: Path, opener: Callable[[Path], None], kept: int
) -> None:
    house.customer()
    house.close()
    path = tmp_path / "cut.db"
    path.write_bytes(house.path.read_bytes()[:kept])
    with pytest.raises(WorkspaceDamaged) as caught:
        opener(path)
    assert "{" not in str(caught.value)
    assert str(path) in str(caught.value)
    assert path.stat().st_size == kept


def test_reading_what_does_not_exist_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        reading(tmp_path / "nothing.db")
    with pytest.raises(WorkspaceMissing, match="advisor init"):
        Workspace(tmp_path).require()
    assert list(tmp_path.iterdir()) == []


HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def held(house: House) -> Iterator[House]:
    """A workspace whose write lock another process holds; here one waits only briefly for it."""
    with house.journal.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 100")
        connection.rollback()
    house.customer()
    command = [sys.executable, "-c", HOLDER, str(house.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"held"
        yield house
        holder.stdin.close()
        holder.wait(10)


def test_a_workspace_that_another_program_writes_is_said_to_be_locked_and_stays_readable(held: House) -> None:
    customer = held.rows("SELECT id FROM customer_view")[0][0]
    with pytest.raises(WorkspaceLocked, match="Wait a moment"):
        held.do("add_note", customer=customer, text="plus tard")
    assert len(held.events()) == 1
    reading(held.path)


def test_after_the_lock_is_gone_the_same_journal_writes_again(house: House) -> None:
    customer = house.customer()
    with house.journal.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 100")
        connection.rollback()
    with house.raw() as raw:
        raw.execute("BEGIN IMMEDIATE")
        with pytest.raises(WorkspaceLocked):
            house.do("add_note", customer=customer, text="non")
        raw.execute("ROLLBACK")
    house.do("add_note", customer=customer, text="oui")
    assert house.rows("SELECT text FROM entry") == [("oui",)]


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a small tmpfs; skips where that is not permitted."""
    places: list[Path] = []

    def mount(options: str) -> Path:
        place = tmp_path / f"mount{len(places)}"
        place.mkdir()
        if shutil.which("mount") is None or os.name != "posix" or os.geteuid() != 0:
            pytest.skip("mounting a small disk needs root")
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "none", str(place)], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip(f"mount is not permitted here: {done.stderr.decode().strip()}")
        places.append(place)
        return place

    yield mount
    for place in places:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_on_a_full_disk_nothing_committed_is_lost_and_one_can_go_on_once_there_is_room(
    template: Path, mounted: Callable[[str], Path], clock: SteppingClock
) -> None:
    disk = mounted("size=1m")
    house = House.copy(template, disk / "workspace.db", clock)
    customer = house.customer()
    ballast = disk / "ballast"
    ballast.write_bytes(b"x" * 200_000)
    written = 0

    def write_on() -> None:
        nonlocal written
        for written in range(200):
            house.do("add_note", customer=customer, text=f"note {written} " + "x" * 8000)

    with pytest.raises(DiskFull, match=r"free some space|Nothing recorded was lost"):
        write_on()
    assert 0 < written < 199
    texts = house.rows("SELECT substr(text, 1, 8) FROM entry WHERE kind = 'note'")
    assert len(texts) == written == len(house.events()) - 1
    assert house.rows("PRAGMA integrity_check") == [("ok",)]
    ballast.unlink()
    house.do("add_note", customer=customer, text="de la place")
    assert len(house.events()) == written + 2
    house.close()


def test_a_read_only_disk_can_be_read_and_says_so_when_written(
    template: Path, mounted: Callable[[str], Path], clock: SteppingClock
) -> None:
    disk = mounted("size=4m")
    house = House.copy(template, disk / "home" / "workspace.db", clock)
    customer = house.customer()
    house.close()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    reads = open_reads(house.path)
    assert reads.execute("SELECT id FROM customer_view").fetchall() == [(customer,)]
    reads.close()
    with pytest.raises(WorkspaceReadOnly, match="workspace"):
        opening(house.path)
    with pytest.raises(WorkspaceReadOnly):
        opening(disk / "new" / "workspace.db")
    with pytest.raises(StoreError, match="cannot be written"):
        Workspace(disk / "home").save(Settings(name="Claire"))


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere; the mount test covers it"
)
def test_a_read_only_file_can_be_read_and_says_so_when_written(house: House) -> None:
    house.customer()
    house.close()
    house.path.chmod(0o444)
    with pytest.raises(WorkspaceReadOnly):
        opening(house.path)
    reading(house.path)


@pytest.mark.parametrize("error", [OSError(28, "No space left"), sqlite3.OperationalError("database or disk is full")])
def test_a_full_disk_has_one_sentence_whoever_reports_it(error: Exception) -> None:
    assert isinstance(explain(error, Path("w.db")), DiskFull)


def test_an_unknown_fault_still_names_the_workspace() -> None:
    error = explain(sqlite3.OperationalError("something {odd}"), Path("w.db"))
    assert "w.db" in str(error)
    assert "something {odd}" in str(error)


def test_settings_survive_the_way_to_disk_and_back(tmp_path: Path) -> None:
    settings = Settings(
        name='Zoé "la brave" \\ O\'Brien\n\x1b',
        team="Équipe ü",
        slow_link=True,
        keys={"write resolution": "f7", "é": '"'},
    )
    workspace = Workspace(tmp_path / "home")
    workspace.save(settings)
    assert Workspace(tmp_path / "home").settings == settings
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["config.toml"]
    assert settings_text(Settings()).strip() == ""


@pytest.mark.parametrize("text", ["name = ", "nom = 'x'", "name = 3", "keys = 'x'", "\x00", "[keys]\na = 1"])
def test_broken_settings_are_refused_with_their_path(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid, match=r"config\.toml"):
        read_settings(path)


def test_a_message_with_braces_from_outside_breaks_no_sentence() -> None:
    error = AdvisorError("{name} is unknown.", name="{0} {x}")
    assert str(error) == "{0} {x} is unknown."
    assert AdvisorError("100 % {").text() == "100 % {"
