"""The disk fills up: a clear sentence, everything recorded stays, and work goes on once there is space."""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.processes import advisor, lines_file
from tests.faults.terminal import Desk

MIB = 1 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """A file system of a chosen size; called again with another size, it grows."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = False

    def resized(size: str) -> Path:
        nonlocal mounted
        options = f"remount,size={size}" if mounted else f"size={size}"
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", place], capture_output=True, check=False)
        if done.returncode:
            pytest.skip(f"a small file system cannot be mounted here: {done.stderr.decode().strip()}")
        mounted = True
        return place

    yield resized
    if mounted:
        subprocess.run(["umount", place], check=True)


def fill(place: Path) -> Path:
    """Use up all that is left."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as handle:
        for size in (65_536, 4096, 1):
            try:
                while True:
                    handle.write(b"x" * size)
            except OSError:
                continue
    return ballast


def events(home: Path) -> int:
    """What is in the journal, looked at without a file being made."""
    log = home / "workspace.db-wal"
    mode = "ro" if log.exists() and log.stat().st_size else "ro&immutable=1"
    connection = sqlite3.connect(f"file:{home}/workspace.db?mode={mode}", uri=True)
    try:
        return int(connection.execute("SELECT count(*) FROM event").fetchone()[0])
    finally:
        connection.close()


def assert_mended(home: Path) -> None:
    answer = advisor("doctor", "--rebuild", "--json", home=home)
    said = json.loads(answer.stdout)
    assert (answer.returncode, said["ok"]) == (0, True), said
    assert "gives the same picture" in said["findings"][-1]["words"]


def test_an_import_that_does_not_fit(tmp_path: Path, disk: Callable[[str], Path]) -> None:
    home = disk("3m") / "home"
    assert advisor("init", "--name", "Ada", home=home).returncode == 0
    source = tmp_path / "all.jsonl"
    count = lines_file(source, 900, 8)
    failed = advisor("import", source, "--json", home=home)
    answer = json.loads(failed.stdout)
    assert (failed.returncode, answer["error"]["code"]) == (1, "disk_full"), failed
    assert "is full" in answer["error"]["message"]
    assert failed.stderr == ""
    disk("64m")
    before = events(home)
    assert before % 4000 == 0
    assert_mended(home)
    assert advisor("import", source, home=home).returncode == 0
    assert events(home) == count


def test_an_action_on_a_full_disk(tmp_path: Path, disk: Callable[[str], Path]) -> None:
    home = disk("8m") / "home"
    source = tmp_path / "few.jsonl"
    lines_file(source, 3, 2)
    assert advisor("init", "--name", "Ada", home=home).returncode == 0
    assert advisor("import", source, home=home).returncode == 0
    ballast = fill(disk("8m"))
    before = events(home)
    failed = advisor("do", "add_note", "--set", "customer=c1", "--set", "text=" + "x" * 9000, "--json", home=home)
    assert failed.returncode == 1, failed
    assert json.loads(failed.stdout)["error"]["code"] == "disk_full"
    assert "Traceback" not in failed.stderr
    assert advisor("day", home=home).returncode == 0
    assert events(home) == before
    ballast.unlink()
    done = advisor("do", "add_note", "--set", "customer=c1", "--set", "text=Une note.", home=home)
    assert done.returncode == 0, done
    assert_mended(home)


def test_the_desk_on_a_full_disk_keeps_the_words(tmp_path: Path, disk: Callable[[str], Path]) -> None:
    """What cannot be saved is said to be unsaved, and the words are given back when the desk is left."""
    home = disk("8m") / "home"
    source = tmp_path / "few.jsonl"
    lines_file(source, 1, 2)
    assert advisor("init", "--name", "Ada", "--language", "en", home=home).returncode == 0
    assert advisor("import", source, home=home).returncode == 0
    with Desk(env={"ADVISOR_HOME": str(home)}) as desk:
        desk.until("Zoé Lefèvre")
        desk.press("r")
        desk.until("heard, decided")
        fill(disk("8m"))
        desk.press("Câble changé.")
        desk.until("NOT SAVED")
        desk.press(" Cause trouvée.")
        desk.until("Cause trouvée.")
        desk.press("\x11")
        status = desk.end()
        desk.assert_sane()
        desk.assert_no_traceback()
        assert status == 1
        assert "Câble changé. Cause trouvée." in desk.text


@pytest.mark.parametrize("size", [MIB // 2, 2 * MIB])
def test_a_file_that_may_not_grow(tmp_path: Path, size: int) -> None:
    """A quota on the size of files: the system says so with another error than a full disk does."""
    home = tmp_path / "home"
    source = tmp_path / "all.jsonl"
    lines_file(source, 900, 8)
    assert advisor("init", "--name", "Ada", home=home).returncode == 0

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    failed = advisor("import", source, home=home, before=limited)
    assert failed.returncode == 1, failed
    assert "Traceback" not in failed.stderr
    assert "Nothing recorded was lost" in failed.stderr or "is full" in failed.stderr
    assert events(home) % 4000 == 0
    assert_mended(home)
    assert advisor("import", source, home=home).returncode == 0
    assert (home / "workspace.db").stat().st_size > size
