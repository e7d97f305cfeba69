"""The desk on a real terminal: small, resized, told to end, hung up, killed. Words and terminal stay whole."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from tests.faults.processes import advisor, lines_file
from tests.faults.terminal import ALTERNATE, Desk


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("original")
    home = folder / "home"
    lines_file(folder / "few.jsonl", 3, 8)
    assert advisor("init", "--name", "Ada", "--language", "en", home=home).returncode == 0
    assert advisor("import", folder / "few.jsonl", home=home).returncode == 0
    return home


@pytest.fixture
def home(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "home"))


def drafts(home: Path) -> list[str]:
    connection = sqlite3.connect(home / "workspace.db")
    try:
        return [text for (text,) in connection.execute("SELECT text FROM draft")]
    finally:
        connection.close()


def writing(desk: Desk, words: str) -> None:
    """Write a resolution up to `words`."""
    desk.until("Zoé Lefèvre")
    desk.press("r")
    desk.until("heard, decided")
    desk.press(words)
    desk.until(words)


def test_leaving_ends_well(home: Path) -> None:
    with Desk(env={"ADVISOR_HOME": str(home)}) as desk:
        desk.until("Zoé Lefèvre")
        assert desk.modes[ALTERNATE]
        desk.press("\x11")
        assert desk.end() == 0
        desk.assert_sane()
        desk.assert_no_traceback()


def test_leaving_in_the_middle_of_a_word_keeps_it(home: Path) -> None:
    with Desk(env={"ADVISOR_HOME": str(home)}) as desk:
        writing(desk, "Câble coupé ici")
        desk.press("\x11")
        assert desk.end() == 0
        desk.assert_sane()
    assert drafts(home) == ["Câble coupé ici"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_told_to_end_it_keeps_the_words_and_gives_the_terminal_back(home: Path, number: signal.Signals) -> None:
    with Desk(env={"ADVISOR_HOME": str(home)}) as desk:
        writing(desk, "Câble coupé ici")
        desk.signal(number)
        assert desk.end() == 128 + number
        desk.assert_sane()
        desk.assert_no_traceback()
    assert drafts(home) == ["Câble coupé ici"]


def test_told_to_end_while_it_starts(home: Path) -> None:
    """At any moment of the start; where the terminal was taken, it is given back."""
    for wait in (0.05, 0.15, 0.25, 0.35, 0.5):
        with Desk(env={"ADVISOR_HOME": str(home)}) as desk:
            time.sleep(wait)
            desk.signal(signal.SIGTERM)
            assert desk.end() in (-signal.SIGTERM, 128 + signal.SIGTERM)
            desk.assert_sane()
            desk.assert_no_traceback()


def test_the_terminal_goes_away(home: Path) -> None:
    """A window closed, a connection lost: the words are kept and no process is left behind."""
    with Desk(env={"ADVISOR_HOME": str(home)}) as desk:
        writing(desk, "Câble coupé ici")
        desk.hang_up()
        desk.end()
    assert drafts(home) == ["Câble coupé ici"]


@pytest.mark.parametrize("seed", range(int(os.environ.get("ADVISOR_KILLS", "20")) // 10))
def test_killed_while_typing_the_draft_is_a_second_behind_at_most(home: Path, seed: int) -> None:
    moments = random.Random(seed)
    with Desk(env={"ADVISOR_HOME": str(home)}) as desk:
        writing(desk, "x")
        desk.until("kept ")  # what writing needs is loaded
        typed: list[float] = []
        end = time.monotonic() + moments.uniform(1.2, 3.0)
        while time.monotonic() < end:
            desk.press("y")
            typed.append(time.monotonic())
            desk.read(0.03)
        killed = time.monotonic()
        desk.signal(signal.SIGKILL)
        desk.end()
        (kept,) = drafts(home)
        due = sum(1 for when in typed if when < killed - 1.0)
        assert kept == "x" + "y" * (len(kept) - 1)
        assert len(kept) - 1 >= due, f"{len(typed)} typed, {due} older than a second, {len(kept) - 1} kept"
    with Desk(env={"ADVISOR_HOME": str(home)}) as desk:
        desk.until("r opens the draft")
        desk.press("r")
        desk.until("xyy")


def test_a_tiny_terminal_says_so(home: Path) -> None:
    with Desk(env={"ADVISOR_HOME": str(home)}, columns=20, rows=5) as desk:
        desk.until("20 x 5")
        desk.resize(120, 36)
        desk.until("Zoé Lefèvre")
        desk.resize(20, 5)
        desk.until("20 x 5")
        desk.press("\x11")
        assert desk.end() == 0
        desk.assert_sane()


def test_resized_while_it_loads(home: Path) -> None:
    with Desk(env={"ADVISOR_HOME": str(home)}) as desk:
        for number in range(40):
            desk.resize(*((80, 24), (140, 40), (20, 5), (100, 30), (200, 60))[number % 5])
            desk.read(0.02)
        desk.resize(120, 36)
        desk.until("Zoé Lefèvre")
        desk.rest()
        assert "Before you speak" in desk.text
        desk.press("\x11")
        assert desk.end() == 0
        desk.assert_sane()
        desk.assert_no_traceback()


def test_the_screen_after_resizing_is_the_screen_of_that_size(home: Path) -> None:
    with Desk(env={"ADVISOR_HOME": str(home)}, columns=100, rows=30) as desk:
        desk.until("Zoé Lefèvre")
        desk.rest()
        desk.resize(80, 24)
        desk.rest()
        resized = desk.text
    with Desk(env={"ADVISOR_HOME": str(home)}, columns=80, rows=24) as fresh:
        fresh.until("Zoé Lefèvre")
        fresh.rest()
        assert [line for line in fresh.screen.display[2:6] if line.strip()]
        assert "Lefèvre" in resized
        assert len(resized.splitlines()) == 24


def test_suspended_and_continued(home: Path) -> None:
    """Put aside by the shell, the desk lends the terminal back; continued, it goes on where it was."""
    with Desk(env={"ADVISOR_HOME": str(home)}) as desk:
        writing(desk, "Câble")
        desk.signal(signal.SIGTSTP)
        desk.until(lambda: not desk.modes[ALTERNATE])
        desk.rest()
        desk.assert_sane()
        desk.signal(signal.SIGCONT)
        desk.until(lambda: desk.modes[ALTERNATE])
        desk.rest()  # until the terminal is the desk's again, it echoes what is typed and takes ^Q for itself
        desk.press(" changé")
        desk.until("Câble changé")
        desk.press("\x11")
        assert desk.end() == 0
        desk.assert_sane()


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_terminal_that_cannot_show_it(home: Path, term: str) -> None:
    with Desk(env={"ADVISOR_HOME": str(home), "TERM": term}) as desk:
        assert desk.end() == 1
        assert "The full-screen desk needs a terminal" in desk.text
        assert b"\x1b" not in desk.raw


@pytest.mark.parametrize("term", ["vt100", "linux", "screen", "xterm", "tmux-256color"])
def test_terminals_of_every_kind(home: Path, term: str) -> None:
    with Desk(env={"ADVISOR_HOME": str(home), "TERM": term, "COLORTERM": ""}) as desk:
        desk.until("Zoé Lefèvre")
        desk.press("\x11")
        assert desk.end() == 0
        desk.assert_sane()


def test_no_colour_is_not_black_on_black(home: Path) -> None:
    with Desk(env={"ADVISOR_HOME": str(home), "NO_COLOR": "1"}) as desk:
        desk.until("Zoé Lefèvre")
        desk.rest()
        shown = [char for line in desk.screen.buffer.values() for char in line.values() if char.data.strip()]
        assert shown
        assert not [char for char in shown if char.fg == char.bg and char.fg != "default"]
        desk.press("\x11")
        assert desk.end() == 0


def test_the_first_run_creates_nothing(tmp_path: Path) -> None:
    home = tmp_path / "nothing"
    with Desk(env={"ADVISOR_HOME": str(home)}) as desk:
        desk.until("Nothing here yet")
        desk.press("q")
        assert desk.end() == 0
        desk.assert_sane()
    assert not home.exists()
