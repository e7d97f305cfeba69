"""Fifty thousand steps of the torture, a part of them new in every run; `make torture` takes a million."""

from __future__ import annotations

import secrets
import sys

import pytest

from tests.torture.run import run

STEPS = 5_000
PARTS = 9
SEED = 20


@pytest.mark.parametrize("part", range(PARTS))
def test_known_worlds(part: int) -> None:
    """`python -m tests.torture.run --world …` replays the one that a failure names."""
    total = run(SEED, STEPS, part, PARTS)
    assert total["steps"] >= STEPS
    assert total["settled"] >= STEPS // 250


def test_worlds_never_seen_before() -> None:
    seed = secrets.randbits(32)
    sys.stdout.write(f"seed {seed}\n")
    assert run(seed, STEPS)["steps"] >= STEPS
