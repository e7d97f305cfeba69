"""Sync as a state machine: Hypothesis chooses the steps, and shows the fewest that break a promise."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests.torture.checks import settle
from tests.torture.machine import STEPS, World
from tests.torture.run import scratch

PICK = st.integers(0, 2**16)
SERVER = ("restart", "back_up", "restore", "rights", "revoke", "erase", "decide")
NETWORK = ("trouble", "offline", "deliver")
EXCHANGES = ("sync", "cut_sync", "two_windows", "open_elsewhere", "send_again")
DESKS = tuple(sorted({*STEPS} - {*SERVER, *NETWORK, *EXCHANGES, "edit"}))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with scratch() as place:
        yield place


def test_nothing_is_lost_doubled_or_stuck(folder: Path) -> None:
    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.world = World(Path(tempfile.mkdtemp(dir=folder)), 0)
            self.broken = False

        def take(self, name: str, pick: int) -> None:
            self.world.chance.seed(pick)
            self.broken = True
            self.world.step(name)
            self.broken = False

        @rule(pick=PICK)
        def edit(self, pick: int) -> None:
            self.take("edit", pick)

        @rule(name=st.sampled_from(EXCHANGES), pick=PICK)
        def exchange(self, name: str, pick: int) -> None:
            self.take(name, pick)

        @rule(name=st.sampled_from(NETWORK), pick=PICK)
        def network(self, name: str, pick: int) -> None:
            self.take(name, pick)

        @rule(name=st.sampled_from(DESKS), pick=PICK)
        def desk(self, name: str, pick: int) -> None:
            self.take(name, pick)

        @precondition(lambda self: self.world.ledger)
        @rule(name=st.sampled_from(SERVER), pick=PICK)
        def server(self, name: str, pick: int) -> None:
            self.take(name, pick)

        @precondition(lambda self: self.world.ledger)
        @rule()
        def peace(self) -> None:
            self.broken = True
            settle(self.world)
            self.broken = False

        def teardown(self) -> None:
            try:
                if not self.broken:
                    settle(self.world, thorough=True)
            finally:
                self.world.close()

    run_state_machine_as_test(
        Machine, settings=settings(settings.get_profile("ci"), max_examples=25, stateful_step_count=40)
    )
