"""What a run over files promises: every kind found, every file tried, an outcome that says it all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from advisor_tui.gateways.formats import kind_of
from tests.gateways.conftest import Home, case, contact, customer, rejects, totals, write

Homes = Callable[..., Home]
LINE = json.dumps(customer()).encode()
OTHER = json.dumps(customer("c2")).encode()


@pytest.mark.parametrize(
    ("content", "added"),
    [
        (LINE + b"\n" + OTHER + b"\n", 2),
        (LINE + b"\n" + OTHER, 2),
        (LINE + b"\r\n" + OTHER + b"\r\n", 2),
        (b"\xef\xbb\xbf" + LINE + b"\n\n  \n\r\n" + OTHER + b"\n\n", 2),
    ],
)
def test_line_ends_marks_and_blank_lines_do_not_matter(home: Homes, tmp_path: Path, content: bytes, added: int) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(content)
    outcome = home().take(path)
    assert (outcome.status, outcome.lines, outcome.report.total("added")) == (0, added, added)


def test_an_empty_file_is_no_error_and_says_so(home: Homes, tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.csv", "c.mbox", "d.eml", "e.jsonl"):
        (tmp_path / name).write_bytes(b"\n\n" if name == "e.jsonl" else b"")
        outcome = home(f"home-{name}").take(tmp_path / name)
        assert outcome.status == 0, name
        assert "holds no lines" in outcome.files[0].note()


def test_a_truncated_last_line_is_rejected_and_the_whole_file_completes_it(home: Homes, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(LINE + b"\n" + OTHER[:-5])
    one = home()
    outcome = one.take(path)
    assert outcome.status == 3
    assert outcome.files[0].rejects == tmp_path / "in.rejects.jsonl"
    path.write_bytes(LINE + b"\n" + OTHER)
    outcome = one.take(path)
    assert totals(outcome) == (1, 1, 0, 0)
    assert not (tmp_path / "in.rejects.jsonl").exists()


def test_a_mended_rejects_file_can_be_imported(home: Homes, tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", customer(), contact(channel="pigeon"))
    one = home()
    kept = one.take(path).files[0].rejects
    assert kept is not None
    assert one.take(kept).status == 3
    kept.write_text(kept.read_text().replace("pigeon", "phone"))
    outcome = one.take(kept)
    assert totals(outcome) == (1, 0, 0, 0)
    assert outcome.files[0].kind == "rejects"


def test_rejects_go_home_where_the_folder_takes_no_file(
    home: Homes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "in.jsonl", {"v": 1})
    real = os.open

    def refuse(place: Path, flags: int, *args: int) -> int:
        if Path(place).parent == tmp_path and flags & os.O_CREAT:
            raise PermissionError(13, "Permission denied")
        return real(place, flags, *args)

    monkeypatch.setattr(os, "open", refuse)
    one = home()
    kept = one.take(path).files[0].rejects
    assert kept is not None
    assert kept.parent == one.folder / "rejects"
    assert json.loads(kept.read_text())["error"] == "The type None is not known."
    assert [entry.name for entry in tmp_path.glob("*.rejects*")] == []


def test_a_folder_is_walked_in_order_and_its_rejects_are_not(home: Homes, tmp_path: Path) -> None:
    folder = tmp_path / "all"
    (folder / "deep").mkdir(parents=True)
    write(folder / "b.jsonl", contact(case="k1"), {"v": 1})
    write(folder / "deep" / "a.json", customer(), case())
    (folder / "c.csv").write_text("name,email\nBob,bob@example.org\n")
    (folder / "notes.txt").write_text("Just words.\n")
    (folder / "README.md").write_text("# Words\n")
    (folder / ".hidden.jsonl").write_text("nonsense")
    (folder / "list.json").write_text('[{"query": 1}]')
    one = home()
    outcome = one.take(folder)
    assert [file.path.name for file in outcome.files] == ["b.jsonl", "c.csv", "a.json"]
    assert totals(outcome) == (4, 0, 0, 1)
    outcome = one.take(folder)
    assert [file.path.name for file in outcome.files] == ["b.jsonl", "c.csv", "a.json"]
    assert totals(outcome) == (0, 4, 0, 1)


def test_one_missing_file_does_not_keep_the_others_out(home: Homes, tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", customer())
    outcome = home().take(tmp_path / "gone.jsonl", path)
    assert (outcome.status, totals(outcome)) == (3, (1, 0, 0, 0))
    assert outcome.files[0].note() == f"The file {tmp_path / 'gone.jsonl'} does not exist."


def test_an_unreadable_file_alone_is_status_1(home: Homes, tmp_path: Path) -> None:
    assert home().take(tmp_path / "gone.jsonl").status == 1
    (tmp_path / "empty").mkdir()
    outcome = home("b").take(tmp_path / "empty")
    assert outcome.status == 1
    assert outcome.files[0].note().startswith("There is nothing to import in")
    os.mkfifo(tmp_path / "pipe.jsonl")
    assert "neither a file nor a folder" in home("c").take(tmp_path / "pipe.jsonl").files[0].note()


def test_the_same_file_named_twice_is_read_once(home: Homes, tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", customer())
    assert totals(home().take(path, tmp_path, path)) == (1, 0, 0, 0)


def test_a_file_without_ending_is_known_by_how_it_begins(tmp_path: Path) -> None:
    assert kind_of(b"\xef\xbb\xbf" + LINE) == "lines"
    assert kind_of(b"From ada@example.org Sat Nov 21 10:00:00 2026\nFrom: a\n") == "mbox"
    assert kind_of(b"From: ada@example.org\nSubject: x\nTo: y\n\nbody") == "eml"
    assert kind_of(b"name;email\nAda;ada@example.org\n") is None


def test_the_machine_s_outcome_has_each_file_and_the_total(home: Homes, tmp_path: Path) -> None:
    paths = [write(tmp_path / "a.jsonl", customer()), write(tmp_path / "b.jsonl", contact(), {"v": 9})]
    outcome = home().take(*paths).to_dict()
    assert json.loads(json.dumps(outcome)) == {
        "status": 3,
        "lines": 3,
        "total": {"added": 2, "unchanged": 0, "corrected": 0, "rejected": 1},
        "types": outcome["types"],
        "files": [
            {"file": str(paths[0]), "kind": "lines", "lines": 1, "error": None, "rejects": None,
             "total": {"added": 1, "unchanged": 0, "corrected": 0, "rejected": 0},
             "types": {"customer": {"added": 1, "unchanged": 0, "corrected": 0, "rejected": 0}}},
            {"file": str(paths[1]), "kind": "lines", "lines": 2, "error": None,
             "rejects": str(tmp_path / "b.rejects.jsonl"),
             "total": {"added": 1, "unchanged": 0, "corrected": 0, "rejected": 1},
             "types": {"?": {"added": 0, "unchanged": 0, "corrected": 0, "rejected": 1},
                       "contact": {"added": 1, "unchanged": 0, "corrected": 0, "rejected": 0}}},
        ],
    }  # fmt: skip


def test_progress_ends_at_the_end(home: Homes, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", *(customer(f"c{n}") for n in range(9000)))
    seen: list[tuple[int, int, int]] = []
    home().take(path, progress=lambda *step: seen.append(step))
    size = path.stat().st_size
    assert len(seen) > 3
    assert seen == sorted(seen)
    assert seen[-1] == (size, size, 9000)


def test_sentences_come_in_the_reader_s_language(home: Homes, tmp_path: Path) -> None:
    french = {"The key v must be {format}.": "La clé v doit valoir {format}."}
    outcome = home().take(write(tmp_path / "a.jsonl", {"v": 3}), translate=lambda text: french.get(text, text))
    assert rejects(outcome)[0]["error"] == "La clé v doit valoir 1."


def test_an_open_case_gets_the_team_a_step_and_its_day(home: Homes) -> None:
    one = home()
    one.lines(customer(), case())
    (found,) = one.journal.state(one.journal.customers()[0]).cases.values()
    assert (found.owner, found.next_step, found.next_on) == ("North team", "Take this up again", "2026-11-02")


def test_a_killed_run_is_completed_by_the_next_one(home: Homes, tmp_path: Path) -> None:
    lines = [
        line for n in range(3000) for line in (customer(f"c{n}"), case(f"k{n}", f"c{n}"), contact(f"t{n}", f"c{n}"))
    ]
    path = write(tmp_path / "in.jsonl", *reversed(lines))
    code = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        from advisor_tui.gateways.run import import_paths
        from advisor_tui.store.journal import Journal
        from advisor_tui.store.workspace import Workspace
        workspace = Workspace(Path(sys.argv[1]))
        journal = Journal(workspace.database, workspace.clock())
        calls = []
        def progress(done, total, lines):
            calls.append(done)
            if len(calls) == int(sys.argv[3]):
                os.kill(os.getpid(), signal.SIGKILL)
        import_paths(journal, workspace, [Path(sys.argv[2])], progress=progress)
        """
    )
    for step in (1, 2, 4):
        done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "home"), str(path), str(step)], check=False)
        assert done.returncode == -signal.SIGKILL
    one = home("home")
    outcome = one.take(path)
    assert outcome.status == 0
    assert outcome.report.total("unchanged") > 0
    other = home("other")
    other.take(path)
    assert one.export() == other.export()
