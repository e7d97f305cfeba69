"""A server and desks killed without warning in the middle of an exchange: no loss, no double, nothing stuck, one picture.

The desks write and share all the while; whoever is not killed goes on. Half of the kills come while words are on their
way; with strace, the other half exactly when the victim asks the disk to keep something. The suite kills a few times;
`ADVISOR_KILLS=100 pytest tests/faults/test_sync_kills.py -s` is the long form, `ADVISOR_SEED` another order.
"""

from __future__ import annotations

import os
import random
import sqlite3
import sys
import time
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.faults.firm import Firm, end
from tests.faults.manned import PATIENCE, Manned
from tests.faults.sweeping import Wreck, words_here, words_there
from tests.faults.test_kills import can_inject, struck
from tests.server.running import until

KILLS = int(os.environ.get("ADVISOR_KILLS", "4"))
SEED = os.environ.get("ADVISOR_SEED", "1")
CALLS = 24
"""A process asks the disk to keep something at least so often before long."""
CHECK_EVERY = 12


class Sweep(Manned):
    """A firm on SQLite whose processes are killed again and again."""

    def __init__(self, folder: Path, ending: ExitStack, injected: bool) -> None:
        super().__init__(Firm(folder), ending)
        self.chance = random.Random(SEED)
        self.injected = injected
        self.kills: Counter[str] = Counter()
        self.waiting = 0  # kills of a desk that had words to send

    def strike(self, victim: str) -> None:
        """Kill one while words are on their way; where that can be done, once more at one of its own writes."""
        self.at_work()
        self.catch_unsent(list(self.desks) if victim == "server" else [victim])
        self.all_alive()
        end(self.server if victim == "server" else self.desks[victim])
        self.killed(victim, "")
        if self.injected:
            self.start(victim, *struck("fdatasync", self.chance.randint(1, CALLS)))
            process = self.server if victim == "server" else self.desks[victim]
            assert process.wait(PATIENCE) in (-9, 137), self.log
            self.killed(victim, ", at a write")
        self.start(victim)

    def catch_unsent(self, names: list[str]) -> None:
        """Return when one of these desks has words on their way, or about to be."""
        deadline = time.monotonic() + PATIENCE
        with ExitStack() as opened:
            found = [opened.enter_context(closing(self._open(name))) for name in names]
            while not any(one.execute("SELECT 1 FROM event WHERE seq IS NULL").fetchone() for one in found):
                assert time.monotonic() < deadline, self.log
                time.sleep(0.001)
        time.sleep(self.chance.choice((0, 0.002, 0.01, 0.05)))

    def _open(self, name: str) -> sqlite3.Connection:
        return sqlite3.connect(self.firm.folder / name / "workspace.db")

    def killed(self, victim: str, how: str) -> None:
        self.kills[("server" if victim == "server" else "desk") + how] += 1
        if victim != "server":
            with Wreck(self.firm.folder / victim / "workspace.db", self.firm.folder) as wreck:
                self.waiting += bool(wreck.ids("seq IS NULL"))

    def start(self, victim: str, *prefix: str) -> None:
        if victim != "server":
            self.seat(victim, *prefix)
        else:
            self.server = self.firm.start(*prefix)
            assert prefix or self.server.poll() is None, self.log

    def check(self) -> None:
        """At rest: whatever was acknowledged is everywhere, once; whatever was not is everywhere too, or nowhere."""
        self.rest()
        said = self.said()
        self.firm.check(said.events)
        there, *here = [words_there(self.firm), *map(words_here, self.firm.homes)]
        assert [there, there] == here
        assert set(there.values()) == {1}
        assert not said.words - there.keys()
        assert len(there.keys() - said.words) <= sum(times for who, times in self.kills.items() if "desk" in who)
        self.check_files()


@pytest.fixture(scope="module")
def injected() -> bool:
    return can_inject()


def test_nothing_is_lost_doubled_or_stuck(tmp_path: Path, injected: bool) -> None:
    sys.stdout.write(f"seed {SEED}\n")
    with ExitStack() as ending:
        sweep = Sweep(tmp_path, ending, injected)
        victims = ["server", *sweep.desks]
        checked = 0
        while (done := sum(sweep.kills.values())) < KILLS:
            if done - checked >= CHECK_EVERY:
                sweep.check()
                sweep.begin()
                checked = done
            for victim in sweep.chance.sample(victims, len(victims)):
                sweep.strike(victim)
        until(lambda: sweep.noticed() > 0, PATIENCE)
        sweep.check()
        said = sweep.said()
    assert sweep.waiting, "no desk was killed while it had something to send"
    sys.stdout.write(
        f"kills {dict(sweep.kills)}, {sweep.waiting} with words to send, {sweep.noticed()} exchanges cut, "
        f"{len(said.events)} events, {len(said.words)} texts acknowledged: each once everywhere\n"
    )
