"""Killed without warning, at any moment: what was acknowledged is there, whole, and nothing else is.

The suite kills a few times; `ADVISOR_KILLS=200 pytest tests/faults/test_kills.py` is the long form.
With strace, some of the kills hit exactly when the database asks the disk to keep something.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from advisor_tui.domain.clock import FrozenClock
from advisor_tui.gateways.importer import BATCH
from advisor_tui.gateways.outcome import Outcome
from advisor_tui.gateways.run import import_paths
from advisor_tui.store.journal import Journal
from advisor_tui.store.rebuild import rebuild
from advisor_tui.store.workspace import Workspace
from tests.faults.processes import ROOT, advisor, environment, lines_file
from tests.store.house import PARIS, START

KILLS = int(os.environ.get("ADVISOR_KILLS", "20"))
IMPORTS = max(2, KILLS // 4)
WRITERS = KILLS - IMPORTS
STRACE = shutil.which("strace")
TYPES = {
    "open_case": ["case_opened"],
    "add_note": ["note_added"],
    "write_resolution": ["resolution_written", "state_set"],
}
"""The events of one transaction of the writer."""


def can_inject() -> bool:
    """Whether strace may send a signal in the middle of a system call here."""
    if STRACE is None:
        return False
    probe = [*struck("fsync", 1), sys.executable, "-c", "import os; os.fsync(os.open('.', 0))"]
    return subprocess.run(probe, capture_output=True, check=False, timeout=30).returncode in (-9, 137)


def struck(call: str, number: int) -> list[str]:
    """The prefix that kills a program at its call of this name and number."""
    assert STRACE is not None
    return [
        STRACE, "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={number}",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def moments() -> random.Random:
    """When to kill: the same moments in every run, unless ADVISOR_SEED says otherwise."""
    return random.Random(os.environ.get("ADVISOR_SEED", "1"))


@pytest.fixture(scope="module")
def injected() -> bool:
    return can_inject()


@pytest.fixture
def home(tmp_path: Path, template: Path) -> Path:
    """A workspace with twenty customers."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copyfile(template, home / "workspace.db")
    lines_file(tmp_path / "customers.jsonl", 20, 2)
    taken(home, tmp_path / "customers.jsonl")
    return home


def taken(home: Path, *paths: Path) -> Outcome:
    """An import in this process, to its end."""
    workspace = Workspace(home)
    journal = Journal(workspace.database, FrozenClock(START, PARIS))
    try:
        return import_paths(journal, workspace, paths)
    finally:
        journal.close()


def assert_whole(home: Path) -> None:
    """The file is sound and its projections are what the journal says."""
    connection = sqlite3.connect(home / "workspace.db")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()
    journal = Journal(home / "workspace.db", FrozenClock(START, PARIS))
    try:
        before, after = rebuild(journal)
    finally:
        journal.close()
    assert before == after


def asked(home: Path, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(home / "workspace.db")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


class TestWriting:
    """Kills of somebody who writes actions and drafts, one after another, into the same workspace."""

    def test_kept_is_kept(self, home: Path, moments: random.Random, injected: bool) -> None:
        known = {txn for (txn,) in asked(home, "SELECT DISTINCT txn FROM event")}
        acknowledged = 0
        for number in range(WRITERS):
            prefix = struck("fdatasync", moments.randint(1, 60)) if injected and number % 3 == 2 else []
            said = self.killed_writer(home, prefix, moments)
            acknowledged += len(said)
            self.check(home, said, known)
            known |= {txn for (txn,) in asked(home, "SELECT DISTINCT txn FROM event")}
            if number % 5 == 4 or number == WRITERS - 1:
                assert_whole(home)
        assert acknowledged > WRITERS
        sys.stdout.write(f"writing: {WRITERS} kills, {acknowledged} acknowledged writes, none lost\n")
        answer = advisor("doctor", "--rebuild", "--json", home=home)
        assert (answer.returncode, json.loads(answer.stdout)["ok"]) == (0, True), answer.stdout

    @staticmethod
    def killed_writer(home: Path, prefix: list[str], moments: random.Random) -> list[dict[str, Any]]:
        """What the writer acknowledged before its end."""
        command = [*prefix, sys.executable, "-m", "tests.faults.writer", str(home)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=environment()) as process:
            assert process.stdout is not None
            first = process.stdout.readline()
            assert json.loads(first) == {"ready": True}
            if not prefix:
                time.sleep(moments.uniform(0, 0.3))
                process.send_signal(signal.SIGKILL)
            said = process.stdout.read()
            assert process.wait(30) in (-9, 137)
        whole = [line for line in said.split(b"\n")[:-1] if line]
        return [json.loads(line) for line in whole]

    @staticmethod
    def check(home: Path, said: list[dict[str, Any]], known: set[str]) -> None:
        rows = asked(home, "SELECT id, txn, type FROM event ORDER BY n")
        present = {id_ for id_, _, _ in rows}
        for line in said:
            assert present.issuperset(line.get("events", ()))
        fresh: dict[str, list[str]] = {}
        for _, txn, type_ in rows:
            if txn not in known:
                fresh.setdefault(txn, []).append(type_)
        assert all(sorted(types) in TYPES.values() for types in fresh.values())
        beyond = set(fresh) - {line["txn"] for line in said if "txn" in line}
        assert len(beyond) <= 1  # one may have been committed and not yet told
        drafts = {subject: len(text) // 9 for subject, text in asked(home, "SELECT subject, text FROM draft")}
        lengths = {line["draft"]: line["length"] for line in said if "draft" in line}
        assert all(drafts.get(subject, 0) >= length for subject, length in lengths.items())


class TestImporting:
    """Kills of an import: what came in came in by whole batches, and the next run brings the rest."""

    def test_the_next_run_completes(self, tmp_path: Path, moments: random.Random, injected: bool) -> None:
        source = tmp_path / "all.jsonl"
        count = lines_file(source, 900, 8) if KILLS > 20 else lines_file(source, 500, 7)
        whole = tmp_path / "whole"
        started = time.monotonic()
        assert advisor("import", source, home=whole).returncode == 0
        took = time.monotonic() - started
        expected = self.picture(whole)
        calls = self.calls(tmp_path, source) if injected else {}
        left = Counter[int]()
        for number in range(IMPORTS):
            home = tmp_path / f"home{number}"
            prefix = []
            if injected and number % 2:
                call = moments.choice(sorted(calls))
                prefix = struck(call, moments.randint(1, calls[call]))
            self.kill(home, source, prefix, moments.uniform(took * 0.3, took))
            left[self.check(home, source, count, expected)] += 1
            shutil.rmtree(home)
        sys.stdout.write(f"importing: {IMPORTS} kills; lines that were in, and how often: {sorted(left.items())}\n")

    @staticmethod
    def calls(folder: Path, source: Path) -> dict[str, int]:
        """How often a whole import writes a page, and how often it asks the disk to keep what was written."""
        assert STRACE is not None
        log = folder / "calls"
        names = ("fdatasync", "pwrite64")
        command = [STRACE, "-f", "-qq", "-o", str(log), "-e", f"trace={','.join(names)}", sys.executable]
        env = environment(ADVISOR_HOME=str(folder / "watched"))
        subprocess.run([*command, "-m", "advisor_tui", "import", str(source)], env=env, capture_output=True, check=True)
        said = log.read_text(errors="replace")
        return {name: said.count(f" {name}(") for name in names}

    @staticmethod
    def picture(home: Path) -> list[tuple[Any, ...]]:
        return asked(home, "SELECT id, customer_id, case_id, type FROM event ORDER BY id")

    @staticmethod
    def kill(home: Path, source: Path, prefix: list[str], after: float) -> None:
        command = [*prefix, sys.executable, "-m", "advisor_tui", "import", str(source), "--plain"]
        env = environment(ADVISOR_HOME=str(home))
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env) as process:
            if not prefix:
                time.sleep(after)
                process.send_signal(signal.SIGKILL)
            process.wait(60)

    @staticmethod
    def check(home: Path, source: Path, count: int, expected: list[tuple[Any, ...]]) -> int:
        """All that must hold after a kill; how many lines were in."""
        present = 0
        if (home / "workspace.db").exists() and asked(home, "SELECT 1 FROM sqlite_master WHERE name = 'event'"):
            ((present,),) = asked(home, "SELECT count(*) FROM event")
            assert present in (*range(0, count, BATCH), count)
            assert_whole(home)
            assert advisor("doctor", home=home).returncode == 0
        again = taken(home, source)
        assert again.status == 0
        assert again.report.total("added") + again.report.total("unchanged") == count
        third = taken(home, source)
        assert (third.report.total("added"), third.report.total("unchanged")) == (0, count)
        assert_whole(home)
        assert TestImporting.picture(home) == expected
        return present


def test_a_demo_cut_short_is_made_anew(tmp_path: Path, moments: random.Random) -> None:
    for _ in range(max(2, KILLS // 10)):
        home = tmp_path / "demo"
        command = [sys.executable, "-m", "advisor_tui", "demo", "--no-desk", "--home", str(home)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment()) as process:
            time.sleep(moments.uniform(0.2, 1.0))
            process.send_signal(signal.SIGKILL)
        answer = advisor("demo", "--no-desk", "--home", home)
        assert (answer.returncode, answer.stderr) == (0, "")
        assert advisor("day", home=home).returncode == 0
        shutil.rmtree(home)


def test_a_first_start_cut_short_leaves_no_riddle(tmp_path: Path, injected: bool) -> None:
    """Killed while the workspace is being created, at each of the first writes of its file."""
    if not injected:
        pytest.skip("strace cannot send signals here")
    for number in (1, 3) if KILLS <= 20 else (1, 2, 3, 4, 5, 8, 13):
        home = tmp_path / str(number)
        command = [*struck("pwrite64", number), sys.executable, "-m", "advisor_tui", "init", "--name", "Ada"]
        killed = subprocess.run(command, env=environment(ADVISOR_HOME=str(home)), capture_output=True, check=False)
        assert killed.returncode in (-9, 137)
        looked = advisor("day", home=home)
        assert looked.returncode == 1
        assert "There is no workspace" in looked.stderr
        assert advisor("init", "--name", "Ada", home=home).returncode == 0
        assert advisor("day", home=home).returncode == 0
