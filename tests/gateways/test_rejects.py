"""What the rejects file promises: nobody leads it elsewhere, and what a person mends in it is not lost."""

from __future__ import annotations

import secrets
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from advisor_tui.gateways.formats import inputs
from tests.gateways.conftest import Home, customer, totals, write

Homes = Callable[..., Home]


def test_what_a_person_mends_steps_aside(home: Homes, tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", {"v": 1}, {"v": 2})
    one = home()
    kept = one.take(path).files[0].rejects
    assert kept is not None
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    first = kept.read_text()
    one.take(path)
    assert sorted(entry.name for entry in tmp_path.glob("*rejects*")) == ["in.rejects.jsonl"], "the same again"
    for name in ("in.rejects.jsonl.old", "in.rejects.jsonl.2.old"):
        kept.write_text(f"mended for {name}")
        one.take(path)
        assert kept.read_text() == first
        assert (tmp_path / name).read_text() == f"mended for {name}"
    kept.write_text("mended last")
    one.take(write(path, customer()))
    assert not kept.exists()
    assert (tmp_path / "in.rejects.jsonl.3.old").read_text() == "mended last"
    assert [getattr(found, "kind", "") for found in inputs(tmp_path / "in.rejects.jsonl.3.old")] == ["rejects"]
    assert totals(one.take(tmp_path)) == (0, 1, 0, 0), "a folder leaves them out"


def test_a_link_in_the_way_is_not_followed(home: Homes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    treasure = tmp_path / "treasure"
    treasure.write_text("mine")
    monkeypatch.setattr(secrets, "token_hex", lambda n=None: "0" * 16)
    (tmp_path / f".rejects-{'0' * 16}.part").symlink_to(treasure)
    (tmp_path / "in.rejects.jsonl").symlink_to(treasure)
    one = home()
    kept = one.take(write(tmp_path / "in.jsonl", {"v": 1})).files[0].rejects
    assert kept is not None
    assert kept.parent == one.folder / "rejects"
    assert treasure.read_text() == "mine"


def test_a_folder_in_the_way_sends_rejects_home(home: Homes, tmp_path: Path) -> None:
    (tmp_path / "in.rejects.jsonl").mkdir()
    one = home()
    kept = one.take(write(tmp_path / "in.jsonl", {"v": 1})).files[0].rejects
    assert kept is not None
    assert kept.parent == one.folder / "rejects"


def test_rejects_of_two_files_in_turn_are_each_whole(home: Homes, tmp_path: Path) -> None:
    paths = [
        write(tmp_path / name, {"v": 7}, {"v": 1, "type": "note", "id": "n", "customer": "x", "at": "2026-11-01", "text": "t"})
        for name in ("a.jsonl", "b.jsonl")
    ]  # fmt: skip
    outcome = home().take(*paths)
    for file in outcome.files:
        assert file.rejects is not None
        assert [line[:9] for line in file.rejects.read_text().splitlines()] == ['{"line":1', '{"line":2']
