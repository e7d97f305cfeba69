"""Desks and servers killed without warning in the middle of an exchange: no loss, no double, nothing stuck, one picture.

The suite kills a few times; `ADVISOR_KILLS=100 pytest tests/faults/test_sync_kills.py` is the long form. With strace,
half of the kills hit exactly when a database asks the disk to keep something.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.firm import Firm, end, heard
from tests.faults.test_kills import can_inject, struck

KILLS = int(os.environ.get("ADVISOR_KILLS", "12"))
CALLS = 40
"""A process asks the disk to keep something at least so often before long."""
VICTIMS = ("server", "desk 1", "desk 2")


class Sweep:
    """One firm whose processes are killed again and again; what its desks acknowledged is never forgotten."""

    def __init__(self, firm: Firm, moments: random.Random, injected: bool) -> None:
        self.firm = firm
        self.moments = moments
        self.injected = injected
        self.acknowledged: set[str] = set()
        self.kills: Counter[str] = Counter()

    def round(self, number: int) -> None:
        """A server and two desks at work, all three killed: in any order, and one perhaps by its own write."""
        marked = VICTIMS[number // 2 % len(VICTIMS)] if self.injected and number % 2 else ""
        prefix = {marked: struck("fdatasync", self.moments.randint(1, CALLS))}
        server = self.firm.start(*prefix.get("server", []))
        desks = {
            name: self.firm.desk(home, *prefix.get(name, []), start_new_session=True)
            for name, home in zip(VICTIMS[1:], self.firm.homes, strict=True)
        }
        running = {"server": server, **desks}
        for name, desk in desks.items():
            if name != marked:
                assert desk.stdout is not None
                assert b"ready" in desk.stdout.readline()
        if marked:
            with contextlib.suppress(subprocess.TimeoutExpired):
                running[marked].wait(15)
                assert running[marked].returncode in (-9, 137)
        for name in self.moments.sample(VICTIMS, len(VICTIMS)):
            time.sleep(self.moments.uniform(0, 0.7))
            self.kill(name, running[name], name == marked)

    def kill(self, name: str, process: subprocess.Popen[bytes], marked: bool) -> None:
        self.kills[f"{name.split()[0]}{', at a write' if marked and process.poll() is not None else ''}"] += 1
        end(process)
        if process.stdout is not None:
            with process.stdout as said:
                self.acknowledged |= heard(said.read())


@pytest.fixture(scope="module")
def injected() -> bool:
    return can_inject()


def test_nothing_is_lost_doubled_or_stuck(tmp_path: Path, injected: bool) -> None:
    moments = random.Random(os.environ.get("ADVISOR_SEED", "1"))
    firm = Firm(tmp_path)
    with firm.serving():
        firm.enrol()
    sweep = Sweep(firm, moments, injected)
    rounds = -(-KILLS // len(VICTIMS))
    for number in range(rounds):
        sweep.round(number)
        if number % 5 == 4 or number + 1 == rounds:
            with firm.serving(workers=2):
                firm.come_to_rest()
            firm.check(sweep.acknowledged)
    assert sweep.acknowledged
    sys.stdout.write(
        f"kills {dict(sweep.kills)}, {len(sweep.acknowledged)} events acknowledged: none lost, none doubled\n"
    )
