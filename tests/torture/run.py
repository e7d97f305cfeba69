"""A long run: `python -m tests.torture.run --steps N --seed S --processes 2`. The seed is printed first and replays it all.

Worlds of a few hundred steps each follow one another; each ends in peace, and is looked at from all sides.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from advisor_tui.domain.identity import derived_uuid7
from tests.torture.checks import settle, where
from tests.torture.machine import STEPS, World

LIFE = 500
"""Steps of one world."""
REST = 250
"""Steps between two moments of peace."""
NAMES = list(STEPS)
WEIGHTS = [STEPS[name][0] for name in NAMES]


class Broken(Exception):
    """A promise was broken, in this world at this step."""


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder in memory where there is one."""
    place = Path("/dev/shm") if Path("/dev/shm").is_dir() and os.access("/dev/shm", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="advisor-torture-", dir=place))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def seed_of(seed: int, world: int) -> int:
    """The seed of one world of a run."""
    return int(derived_uuid7(0, str(seed), str(world))[-12:], 16)


def live(folder: Path, seed: int, steps: int = LIFE, watched: str = "") -> Counter[str]:
    """One world from its beginning to its peace; what happened in it. The way of one `watched` event is told."""
    home = folder / f"{seed:x}"
    home.mkdir()
    world = World(home, seed, desks=3 + seed % 3)
    done, last, place = 0, "", ""
    try:
        for done in range(steps):
            last = world.chance.choices(NAMES, WEIGHTS)[0]
            world.step(last)
            if watched and (seen := where(world, watched)) != place:
                place = seen
                say(f"{done} {last}: {place}")
            if done % REST == REST - 1:
                last = "settle"
                settle(world, thorough=done + 1 == steps)
        for desk in world.desks:
            world.tally.update({f"accident: {kind}": times for kind, times in desk.wire.met.items() if kind})
        world.tally["gone with a disk"] += len(world.gone_with_disk)
        return world.tally
    except Exception as error:
        raise Broken(
            f"world {seed}, step {done} ({last}): {type(error).__name__}: {error}\n{traceback.format_exc()}"
        ) from None
    finally:
        world.close()
        shutil.rmtree(home, ignore_errors=True)


def run(seed: int, steps: int, first: int = 0, every: int = 1, quiet: bool = True) -> Counter[str]:
    """Worlds number `first`, `first + every`… of a run, until they have taken their part of the steps."""
    total: Counter[str] = Counter()
    with scratch() as folder:
        number, began = first, time.monotonic()
        while total["steps"] < steps:
            tally = live(folder, seed_of(seed, number))
            rounds = max(total["rounds"], tally["rounds"])
            total.update(tally)
            total["rounds"] = rounds
            total["worlds"] += 1
            number += every
            if not quiet and total["worlds"] % 50 == 0:
                pace = 1000 * (time.monotonic() - began) / total["steps"]
                say(f"process {first}: {total['steps']} steps, {total['events']} events, {pace:.2f} ms a step")
    return total


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def report(total: Counter[str], seconds: float) -> None:
    for name in sorted(total):
        say(f"{name}: {total[name]}")
    say(f"milliseconds a step: {1000 * seconds / max(1, total['steps']):.2f}")
    say("lost 0, doubled 0, stuck 0")


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.torture.run")
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--world", type=int, help="replay this one world")
    parser.add_argument("--event", default="", help="in a replay: tell where this event is, each time that it moves")
    given = parser.parse_args()
    if given.world is not None:
        with scratch() as folder:
            report(live(folder, given.world, watched=given.event), 0)
        return 0
    say(f"seed {given.seed}")
    began = time.monotonic()
    total: Counter[str] = Counter()
    try:
        with ProcessPoolExecutor(given.processes) as pool:
            share = -(-given.steps // given.processes)
            parts = [
                pool.submit(run, given.seed, share, first, given.processes, False) for first in range(given.processes)
            ]
            rounds = 0
            for part in parts:
                found = part.result()
                rounds = max(rounds, found["rounds"])
                total.update(found)
            total["rounds"] = rounds
    except Broken as error:
        say(f"seed {given.seed}: {error}")
        return 1
    report(total, time.monotonic() - began)
    return 0


if __name__ == "__main__":
    sys.exit(main())
