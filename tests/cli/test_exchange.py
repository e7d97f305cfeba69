"""Import and export as scripts use them: statuses, counts, rejects, pipes of one into the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli

GOOD = {"v": 1, "type": "customer", "id": "c1", "name": "Zoé Lefèvre"}


def write(path: Path, *lines: Any) -> Path:
    path.write_text("".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines))
    return path


def test_all_in(nowhere: Cli, tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", GOOD)
    answer = nowhere("import", path, "--json")
    said = answer.json
    assert answer.status == 0
    assert {"ok", "status", "lines", "total", "types", "files"} == set(said)
    assert said["ok"] is True
    assert said["total"] == {"added": 1, "unchanged": 0, "corrected": 0, "rejected": 0}
    assert {"file", "kind", "lines", "total", "types", "error", "rejects"} == set(said["files"][0])
    again = nowhere("import", path, "--json").json
    assert again["total"] == {"added": 0, "unchanged": 1, "corrected": 0, "rejected": 0}
    write(path, GOOD | {"name": "Zoé Lefèvre-Martin"})
    assert nowhere("import", path, "--json").json["total"]["corrected"] == 1


def test_some_rejected(nowhere: Cli, tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", GOOD, "not json\n", GOOD | {"id": "c2", "since": "yesterday"})
    answer = nowhere("import", path)
    assert answer.status == 3
    assert "2 rejected" in answer.out
    rows = [json.loads(line) for line in (tmp_path / "in.rejects.jsonl").read_text().splitlines()]
    assert [row["line"] for row in rows] == [2, 3]
    assert all(row["error"].endswith(".") or row["error"] for row in rows)
    answer = nowhere("import", path, "--json")
    assert (answer.status, answer.json["ok"]) == (3, False)


def test_cannot_be_read(nowhere: Cli, tmp_path: Path) -> None:
    for missing in (tmp_path / "nothing.jsonl", tmp_path):
        answer = nowhere("import", missing, "--json")
        assert answer.status == 1 if missing != tmp_path else 0 or answer.status in (0, 1)
    assert "nothing.jsonl" in nowhere("import", tmp_path / "nothing.jsonl").out


def test_several_files_and_folders(nowhere: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    write(folder / "b.jsonl", GOOD)
    write(
        folder / "a.jsonl",
        {"v": 1, "type": "note", "id": "n1", "customer": "c1", "at": "2026-11-02T09:00:00Z", "text": "x"},
    )
    other = write(tmp_path / "other.jsonl", GOOD | {"id": "c2"})
    answer = nowhere("import", folder, other, tmp_path / "missing.jsonl", "--json")
    assert answer.status == 3, "some of it could not be read"
    assert answer.json["total"]["added"] == 3


def test_columns(nowhere: Cli, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes("Réf;Dénomination;Tél\n1;Zoé Lefèvre;06 12 34 56 78\n".encode("cp1252"))
    answer = nowhere(
        "import",
        path,
        "--type",
        "customer",
        "--map",
        "Réf=id",
        "--map",
        "Dénomination=name",
        "--map",
        "Tél=phone",
        "--json",
    )
    assert answer.status == 0, answer
    assert nowhere("find", "0612345678", "--json").json[0]["name"] == "Zoé Lefèvre"


@pytest.mark.parametrize(("language", "said"), [("en", "In all: 1 added"), ("fr", "En tout\u00a0: 1 ")])
def test_in_words(nowhere: Cli, environment: pytest.MonkeyPatch, tmp_path: Path, language: str, said: str) -> None:
    environment.setenv("LANGUAGE", language)
    answer = nowhere("import", write(tmp_path / "in.jsonl", GOOD), "--plain")
    assert answer.status == 0
    assert said in answer.out
    assert ("customers: 1 added" if language == "en" else "clients\u00a0: 1 ") in answer.out


def test_the_round_trip(cli: Cli, tmp_path: Path, environment: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    answer = cli("export", "-o", first)
    assert answer.status == 0
    count = len(first.read_bytes().splitlines())
    assert str(count) in answer.out.replace("\u202f", "").replace("\u00a0", "")
    environment.setenv("ADVISOR_HOME", str(tmp_path / "other"))
    assert cli("import", first, "--json").json["total"]["added"] == count
    assert cli("export", "--output", second).status == 0
    assert second.read_bytes() == first.read_bytes()


def test_one_customer(cli: Cli) -> None:
    answer = cli("export", "--customer", "castellane")
    lines = [json.loads(line) for line in answer.out.splitlines()]
    assert [line["name"] for line in lines if line["type"] == "customer"] == ["Hugo Castellane"]
    assert {line["customer"] for line in lines if "customer" in line} == {lines[0]["id"]}
    assert cli("export", "--customer", "zzzzqqq").status == 1


@pytest.mark.parametrize("place", ["missing/folder/out.jsonl", "file/out.jsonl", "folder"])
def test_where_it_cannot_be_written(cli: Cli, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    answer = cli("export", "-o", tmp_path / place)
    assert (answer.status, answer.out) == (1, "")
    assert str(tmp_path / place) in answer.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo", "file", "folder"], "and nothing is left behind"


@pytest.mark.parametrize(("place", "status"), [(".", 1), ("/", 1), ("demo/workspace.db", 2), ("demo/config.toml", 2)])
def test_where_it_must_not_be_written(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, status: int
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = cli("export", "-o", place)
    assert (answer.status, answer.out) == (status, "")
    assert "Traceback" not in answer.err
    assert place in answer.err
