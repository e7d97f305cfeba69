"""A workspace that is missing, locked, newer, damaged or not ours to write: a sentence, a status, a sane terminal."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.processes import ROOT, advisor, lines_file, lose_privileges
from tests.faults.terminal import ALTERNATE, Desk

Spoil = Callable[[Path], None]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small workspace that is in order."""
    folder = tmp_path_factory.mktemp("original")
    home = folder / "home"
    lines_file(folder / "few.jsonl", 40, 12)
    assert advisor("init", "--name", "Ada", "--language", "en", home=home).returncode == 0
    assert advisor("import", folder / "few.jsonl", home=home).returncode == 0
    return home


@pytest.fixture
def home(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "home"))


def newer(home: Path) -> None:
    connection = sqlite3.connect(home / "workspace.db")
    connection.execute("PRAGMA user_version = 999")
    connection.close()


def truncated(home: Path) -> None:
    path = home / "workspace.db"
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)


def cut_in_the_header(home: Path) -> None:
    os.truncate(home / "workspace.db", 60)


def garbled(home: Path) -> None:
    """The header is right, most pages are not."""
    with (home / "workspace.db").open("r+b") as handle:
        size = handle.seek(0, os.SEEK_END)
        handle.seek(4096)
        handle.write(b"\xa5" * (size - 4096))


def no_database(home: Path) -> None:
    (home / "workspace.db").write_text("Dear diary, today the line was down again.\n" * 200)


def other_database(home: Path) -> None:
    (home / "workspace.db").unlink()
    connection = sqlite3.connect(home / "workspace.db")
    connection.execute("CREATE TABLE holidays (day TEXT)")
    connection.commit()
    connection.close()


def empty(home: Path) -> None:
    (home / "workspace.db").write_bytes(b"")


def folder(home: Path) -> None:
    (home / "workspace.db").unlink()
    (home / "workspace.db").mkdir()


def broken_settings(home: Path) -> None:
    (home / "config.toml").write_text('name = "Ada\n')


def strange_clock(home: Path) -> None:
    (home / "config.toml").write_text('name = "Ada"\nclock = "noon"\n')


SPOILT: list[tuple[Spoil, str, str]] = [
    (newer, "workspace_newer", "was written by a newer version of Advisor TUI. Upgrade the program"),
    (truncated, "workspace_damaged", "is damaged. Copy the file, then run: advisor doctor"),
    (cut_in_the_header, "workspace_damaged", "is damaged. Copy the file, then run: advisor doctor"),
    (garbled, "workspace_damaged", "is damaged. Copy the file, then run: advisor doctor"),
    (no_database, "workspace_damaged", "is not a workspace: it is not a database"),
    (other_database, "workspace_damaged", "is the database of another program, not a workspace."),
    (empty, "workspace_missing", "There is no workspace in"),
    (folder, "workspace_read_only", "cannot be"),
    (broken_settings, "invalid", "config.toml cannot be read"),
    (strange_clock, "invalid", "The setting clock in"),
]
each = pytest.mark.parametrize(("spoil", "code", "words"), SPOILT, ids=[spoil.__name__ for spoil, _, _ in SPOILT])


@each
def test_the_command_line_says_what_is_wrong(home: Path, spoil: Spoil, code: str, words: str) -> None:
    spoil(home)
    before = {path: path.read_bytes() for path in home.iterdir() if path.is_file()}
    status = 2 if code == "invalid" else 1
    asked = advisor("show", "c1", home=home)
    assert (asked.returncode, asked.stdout) == (status, ""), asked
    assert words in asked.stderr
    assert asked.stderr.count("\n") == 1
    done = advisor("do", "add_note", "--set", "customer=c1", "--set", "text=x", "--json", home=home)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["ok"]) == (status, False), done
    if spoil is not empty:  # an empty file becomes a workspace, in which there is no such customer
        assert answer["error"]["code"] == code, answer
        assert {path: path.read_bytes() for path in before} == before, "a workspace that was refused is not touched"


@each
def test_the_desk_says_what_is_wrong_on_a_sane_terminal(home: Path, spoil: Spoil, code: str, words: str) -> None:
    spoil(home)
    with Desk(env={"ADVISOR_HOME": str(home)}) as desk:
        assert desk.end() == 1
        assert words.replace(" ", "") in desk.words.replace(" ", ""), desk.text
        desk.assert_no_traceback()
        desk.assert_sane()
        assert ALTERNATE not in desk.modes, "the terminal was never taken"


@each
def test_the_doctor_says_what_is_wrong(home: Path, spoil: Spoil, code: str, words: str) -> None:
    spoil(home)
    answer = advisor("doctor", "--json", home=home)
    findings = {item["name"]: item for item in json.loads(answer.stdout)["findings"]}
    assert answer.returncode == 1
    assert any(item["state"] == "bad" for item in findings.values())
    assert "Traceback" not in answer.stderr


def test_the_doctor_rebuilds_what_can_be_rebuilt(home: Path) -> None:
    connection = sqlite3.connect(home / "workspace.db")
    connection.execute("DELETE FROM customer_view WHERE ext = 'c7'")
    connection.execute("UPDATE entry SET title = 'forged' WHERE n % 3 = 0")
    connection.commit()
    connection.close()
    found = advisor("doctor", home=home)
    assert found.returncode == 1
    assert "belong to nobody" in found.stdout
    mended = advisor("doctor", "--rebuild", "--json", home=home)
    last = json.loads(mended.stdout)["findings"][-1]
    assert "was mended from the journal" in last["words"], mended
    assert advisor("doctor", home=home).returncode == 0
    again = advisor("doctor", "--rebuild", "--json", home=home)
    assert "gives the same picture" in json.loads(again.stdout)["findings"][-1]["words"]


class TestLocked:
    """Another program holds the workspace."""

    def test_reading_goes_on_and_writing_says_why_not(self, home: Path) -> None:
        holder = sqlite3.connect(home / "workspace.db", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        try:
            assert advisor("day", home=home).returncode == 0
            with Desk(env={"ADVISOR_HOME": str(home)}) as desk:
                desk.until("Zoé Lefèvre")
                desk.press("r")
                desk.until("heard, decided")
                desk.press("Câble")
                refused = advisor("do", "add_note", "--set", "customer=c1", "--set", "text=x", "--json", home=home)
                assert refused.returncode == 1
                assert json.loads(refused.stdout)["error"]["code"] == "workspace_locked"
                desk.until("NOT SAVED", 20)
                holder.execute("ROLLBACK")
                desk.press(" changé.")
                desk.until("kept ", 20)
                desk.press("\x11")
                assert desk.end() == 0
                desk.assert_sane()
            (draft,) = holder.execute("SELECT text FROM draft").fetchone()
            assert draft == "Câble changé."
        finally:
            holder.close()

    def test_held_for_itself_alone(self, home: Path) -> None:
        """An exclusive lock keeps even readers out: a sentence after a few seconds."""
        holder = sqlite3.connect(home / "workspace.db", isolation_level=None)
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        try:
            looked = advisor("day", "--json", home=home)
        finally:
            holder.close()
        assert looked.returncode == 1
        assert json.loads(looked.stdout)["error"]["code"] == "workspace_locked"


class TestReadOnly:
    """A workspace that may be looked at and not written."""

    @pytest.fixture
    def shown(self, home: Path) -> Iterator[Path]:
        for path in home.rglob("*"):
            path.chmod(0o444)
        home.chmod(0o555)
        yield home
        home.chmod(0o755)

    def test_reading_works_and_writing_says_why_not(self, shown: Path) -> None:
        looked = advisor("show", "c1", home=shown, before=lose_privileges)
        assert (looked.returncode, looked.stderr) == (0, "")
        assert "Ligne rétablie" in looked.stdout
        for words in (
            ("do", "add_note", "--set", "customer=c1", "--set", "text=x"),
            ("import", ROOT / "fixtures" / "demo" / "offers.jsonl"),
        ):
            refused = advisor(*words, home=shown, before=lose_privileges)
            assert refused.returncode == 1, refused
            assert "may be read but not written" in refused.stderr
            assert "Traceback" not in refused.stderr
        named = advisor("init", "--name", "Eve", "--json", home=shown, before=lose_privileges)
        assert named.returncode == 1, named
        assert json.loads(named.stdout)["ok"] is False

    def test_the_desk_reads_and_says_what_it_cannot_keep(self, shown: Path) -> None:
        with Desk(env={"ADVISOR_HOME": str(shown)}, humble=True) as desk:
            desk.until("Zoé Lefèvre")
            desk.press("r")
            desk.until("heard, decided")
            desk.press("Câble changé.")
            desk.until("NOT SAVED")
            desk.press("\x11")
            desk.end()
            desk.assert_sane()
            desk.assert_no_traceback()

    def test_a_home_that_may_not_be_entered(self, home: Path) -> None:
        home.chmod(0)
        try:
            refused = [advisor(*words, home=home, before=lose_privileges) for words in (["day"], ["doctor"])]
        finally:
            home.chmod(0o755)
        for answer in refused:
            assert answer.returncode in (1, 2), answer
            assert "Traceback" not in answer.stderr


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("not a folder")
    for words in (
        ("day",),
        ("init", "--name", "Ada"),
        ("doctor",),
        ("do", "take", "--set", "case=x"),
        ("demo", "--no-desk"),
    ):
        answer = advisor(*words, home=home)
        assert answer.returncode in (1, 2), answer
        assert "Traceback" not in answer.stderr
    assert home.read_text() == "not a folder"
