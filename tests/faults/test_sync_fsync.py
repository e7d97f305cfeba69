"""Killed as it asks the disk to keep something: a desk that sends, a desk that receives, a server that answers or ends.

A kill hits at one call, by its name and its number in its thread: strace counts so. The suite kills at some calls of
each case; `ADVISOR_FSYNCS=0 pytest tests/faults/test_sync_fsync.py` kills at every one, until a run ends undisturbed.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import psutil
import pytest

from tests.faults.firm import PATIENCE, Firm, end
from tests.faults.sweeping import Scribe, Wreck, check, nothing_said
from tests.faults.test_kills import STRACE, can_inject

FSYNCS = int(os.environ.get("ADVISOR_FSYNCS", "6"))
"""Kills in each case, at most; 0: at every call."""
SOME: dict[str, Mapping[str, tuple[int, ...]]] = {
    "sending": {"fsync": (1, 2), "fdatasync": (1, 3, 5, 8)},
    "receiving": {"fsync": (1, 2), "fdatasync": (1, 3, 5, 7)},
    "answering": {"fdatasync": (1, 2, 4)},
    "ending": {"fdatasync": (1, 2)},
}
"""Where the suite kills: `fsync` keeps a desk's key to the server, `fdatasync` is the databases'."""
KILLED = (-9, 137)
LARGE = 600_000
"""Letters of a note that goes to the server alone."""


def struck(call: str, number: int) -> list[str]:
    """The prefix that kills a program as it makes its call of this name and number."""
    assert STRACE is not None
    inject = f"inject={call}:signal=KILL:when={number}"
    return [STRACE, "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-e", inject]


class Sweep:
    """A firm that is struck at one call after another, and set right by an undisturbed exchange after each."""

    def __init__(self, firm: Firm) -> None:
        self.firm = firm
        self.near, self.far = firm.homes
        self.said = nothing_said()
        self.kills: Counter[str] = Counter()
        self.chance = random.Random(1)

    def run(self, case: str) -> None:
        """Strike at the calls of a case: all of them, or some."""
        self.kills.clear()
        strike = getattr(self, case)
        with contextlib.nullcontext() if case in ("answering", "ending") else self.firm.serving():
            for call in ("fsync", "fdatasync"):
                for number in self._numbers(case, call):
                    killed = strike(call, number)
                    check(self.firm, self.said)
                    if not killed:
                        break
                    self.kills[call] += 1
        assert self.kills["fdatasync"]

    def _numbers(self, case: str, call: str) -> Iterable[int]:
        some = SOME[case].get(call, ())
        return some[: max(0, FSYNCS - self.kills.total())] if FSYNCS else itertools.count(1)

    # the cases: each returns whether something was killed

    def sending(self, call: str, number: int) -> bool:
        """The near desk's `advisor sync`, which has something to send."""
        self.write(LARGE, 0, 0)
        killed = self.sync_struck(self.near, call, number)
        self.put_right(self.near)
        self.exchange(self.far)
        return killed

    def receiving(self, call: str, number: int) -> bool:
        """The far desk's `advisor sync`, which has something to receive."""
        self.write(LARGE, 0, 0)
        self.exchange(self.near)
        killed = self.sync_struck(self.far, call, number)
        self.put_right(self.far)
        return killed

    def answering(self, call: str, number: int) -> bool:
        """The server, while the near desk renews its key and sends in several pushes, and the far one receives."""
        self.write(LARGE, LARGE, LARGE, 0)
        server = self.firm.start(*struck(call, number))
        try:
            killed = "offline" in [self.exchange(home, "offline") for home in self.firm.homes]
            assert not killed or server.wait(PATIENCE) in KILLED
        finally:
            end(server)
        self.come_back()
        return killed

    def ending(self, call: str, number: int) -> bool:
        """The server, told to end while its log holds what another one left."""
        self.write(0)
        with self.firm.serving():
            self.exchange(self.near)
        server = self.firm.start(*struck(call, number))
        try:
            for child in psutil.Process(server.pid).children():
                child.terminate()
            status = server.wait(PATIENCE)
            assert status in (0, *KILLED)
        finally:
            end(server)
        self.come_back()
        return status != 0

    # their parts

    def write(self, *letters: int) -> None:
        """The near desk records cases, and sends nothing yet."""
        scribe = Scribe(self.near)
        scribe.bring_in()
        for count in letters:
            self.said.add(scribe.write_case(self.chance, count))
        scribe.close()

    def exchange(self, home: Path, *may_be: str) -> str:
        """A desk in this process exchanges once; how it went."""
        scribe = Scribe(home)
        outcome = scribe.engine.run_once()
        scribe.close()
        assert outcome.state in ("up_to_date", *may_be), outcome
        return outcome.state

    def sync_struck(self, home: Path, call: str, number: int) -> bool:
        """`advisor sync` in a process that is killed at this call; whether it made the call."""
        done = subprocess.run(
            [*struck(call, number), sys.executable, "-m", "advisor_tui", "sync", "--json"], check=False,
            capture_output=True, env=self.firm.environment(home), timeout=PATIENCE * 2,
        )  # fmt: skip
        assert done.returncode in (0, *KILLED), done
        return done.returncode in KILLED

    def come_back(self) -> None:
        """The server starts again, and both desks find it."""
        self.look()
        with self.firm.serving():
            self.put_right(self.near, looked=True)
            self.exchange(self.far)

    def put_right(self, home: Path, looked: bool = False) -> None:
        """An undisturbed `advisor sync` is all it takes; nobody logs in again."""
        if not looked:
            self.look()
        done = self.firm.advisor(home, "sync", "--json")
        assert (done.returncode, json.loads(done.stdout)["ok"]) == (0, True), done
        status = json.loads(self.firm.advisor(home, "status", "--json").stdout)
        assert (status["state"], status["unsent"], status["set_aside"]) == ("up_to_date", 0, 0)

    def look(self) -> None:
        """What a kill left is sound: what was recorded is here, what counts as sent is there, as read, here."""
        databases = (self.firm.folder / "server.db", self.near / "workspace.db", self.far / "workspace.db")
        with contextlib.ExitStack() as opened:
            server, *desks = (opened.enter_context(Wreck(path, self.firm.folder)) for path in databases)
            assert self.said.events <= desks[0].ids()
            there = server.ids()
            for desk in desks:
                assert desk.ids("seq > 0") <= there
                for stream, seq in desk.cursors():
                    assert server.ids(f"stream = '{stream}' AND seq <= {seq}") <= desk.ids()


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """A firm whose people have joined; each case finds there what the ones before wrote."""
    if STRACE is None:
        pytest.skip("strace is not installed")
    if not can_inject():
        pytest.skip("strace may not send signals here")
    firm = Firm(tmp_path_factory.mktemp("firm"))
    with firm.serving():
        firm.enrol()
    return Sweep(firm)


@pytest.mark.parametrize("case", SOME)
def test_struck_at_a_write(monkeypatch: pytest.MonkeyPatch, sweep: Sweep, case: str) -> None:
    for name, value in sweep.firm.environment().items():
        if name.startswith(("ADVISOR", "PYTHON")):
            monkeypatch.setenv(name, value)
    sweep.run(case)
    words = len(sweep.said.words)
    sys.stdout.write(f"{case}: {sweep.kills.total()} kills {dict(sweep.kills)}, {words} texts, each once everywhere\n")
