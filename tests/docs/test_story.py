"""The recorded story: every number that its README names stands in the still that it names; on request it is played again."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyte
import pytest

ROOT = Path(__file__).parents[2]
STORY = ROOT / "docs" / "story"
README = (STORY / "README.md").read_text(encoding="utf-8")
ROW = re.compile(
    r"^\| (?P<what>[^|]+) \| `(?P<number>[^`|]+)` \| \[(?P<still>\d\d)\]\((?P<file>[^)]+)\) \|$", re.MULTILINE
)
ROWS = [match.groupdict() for match in ROW.finditer(README)]
STILLS = {path.name: path.read_text(encoding="utf-8") for path in sorted(STORY.glob("[0-9][0-9]-*.txt"))}
LARGEST = 300_000
"""Bytes of the recording."""


def test_every_row_of_the_table_is_read() -> None:
    table = README[README.index("| what | number | still |") :].strip().splitlines()[2:]
    assert len(ROWS) == len(table) > 25


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['still']} {row['what']}")
def test_a_number_stands_in_its_still(row: dict[str, str]) -> None:
    assert row["file"].startswith(f"{row['still']}-")
    assert row["number"] in STILLS[row["file"]]


def test_the_story_is_told_in_order_and_names_every_still() -> None:
    told = README.split("## ")[0]
    assert re.findall(r"^(\d+)\. ", told, re.MULTILINE) == [str(number) for number in range(1, 15)]
    assert sorted(re.findall(r"\]\(([^)]+\.txt)\)", told)) == list(STILLS)


def test_progress_is_at_most_eight_lines() -> None:
    (text,) = (text for name, text in STILLS.items() if name.endswith("-progress.txt"))
    _command, *lines = text[: text.index("\nexit 0")].splitlines()
    assert 3 <= len(lines) <= 8


def test_the_recording_shows_each_still() -> None:
    file = STORY / "story.cast"
    assert file.stat().st_size < LARGEST
    head, *events = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert head["version"] == 2
    screen = pyte.Screen(head["width"], head["height"])
    stream, waiting, before = pyte.Stream(screen), list(STILLS.values()), -1.0
    for at, kind, text in events:
        assert kind == "o"
        assert at > before
        before = at
        stream.feed(text)
        shown = "\n".join(line.rstrip() for line in screen.display[:-2]).rstrip() + "\n"
        if waiting and shown.replace("\u00a0", " ").replace("\u202f", " ") == waiting[0]:
            waiting.pop(0)
    assert not waiting, f"never shown:\n{waiting[0]}"


@pytest.mark.skipif(os.environ.get("ADVISOR_STORY") != "1", reason="takes a minute at a real terminal: ADVISOR_STORY=1")
@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
def test_the_story_holds_when_it_is_played_again(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "tools" / "story.py"), "--out", str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8", timeout=600)
    assert done.returncode == 0, done.stderr[-6000:]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in STORY.iterdir())
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == README
