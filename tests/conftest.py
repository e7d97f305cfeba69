"""What every room's tests share: short Hypothesis runs, a clock that is injected, a real workspace."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from advisor_tui.language import language, set_language
from tests.store.house import House, SteppingClock, fresh_database

gc.set_threshold(
    50_000, 20, 50
)  # a long run keeps much, and looking through it again and again took longer than the tests

settings.register_profile(
    "ci",
    max_examples=30,
    stateful_step_count=25,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
settings.register_profile("deep", settings.get_profile("ci"), max_examples=1000, stateful_step_count=60)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as the first release makes it, migrated once a test process and copied."""
    path = tmp_path_factory.mktemp("template") / "workspace.db"
    fresh_database(path)
    return path


@pytest.fixture(autouse=True)
def english() -> None:
    """Whatever the test before spoke: what ran in this process earlier changes nothing."""
    if language() != "en":
        set_language("en")


@pytest.fixture
def clock() -> SteppingClock:
    """Saturday 21 November 2026, 9 h in Paris; each look takes a few milliseconds."""
    return SteppingClock()


@pytest.fixture
def house(tmp_path: Path, template: Path, clock: SteppingClock) -> Iterator[House]:
    """A workspace of one's own, on disk."""
    home = House.copy(template, tmp_path / "home" / "workspace.db", clock)
    yield home
    home.close()


@pytest.fixture
def speaking() -> Iterator[None]:
    """Gives the language back after a test that changed it."""
    before = language()
    yield
    set_language(before)
