"""A desk to drive: a copy of the demo company, a frozen clock, no animation, no blinking."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ.pop("NO_COLOR", None)

import pytest
from pytest_textual_snapshot import SVGImageExtension  # type: ignore[import-untyped]
from textual.pilot import Pilot

from advisor_tui.cli.demo import make_demo
from advisor_tui.language import language, set_language
from advisor_tui.store.workspace import Workspace, data_folder
from advisor_tui.sync.engine import Outcome
from advisor_tui.tui.app import AdvisorApp
from advisor_tui.tui.backend import Backend

MakeApp = Callable[..., AdvisorApp]
Opened = Callable[..., AbstractAsyncContextManager[Pilot[Any]]]
SVGImageExtension.file_extension = "svg"  # the plugin's own name for it is one that syrupy no longer reads


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A plain environment: no editor, no clipboard tool, no language of the machine's own."""
    for variable in ("VISUAL", "EDITOR", "DISPLAY", "WAYLAND_DISPLAY", "NO_COLOR", "ADVISOR_LANGUAGE", "LANGUAGE"):
        monkeypatch.delenv(variable, raising=False)
    before = language()
    yield
    set_language(before)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo company, made once a test process."""
    home = tmp_path_factory.mktemp("demo") / "home"
    make_demo(home, data_folder("fixtures") / "demo")
    return home


@pytest.fixture
def home(demo: Path, tmp_path: Path) -> Path:
    """A copy of the demo company of one's own."""
    return Path(shutil.copytree(demo, tmp_path / "home"))


@pytest.fixture
def make_app(home: Path) -> MakeApp:
    """Makes the desk on the copy; settings may be given, and changed before `backend` is made."""

    def make(language: str = "fr", **settings: object) -> AdvisorApp:
        workspace = Workspace(home)
        workspace.update(language=language, **settings)
        return AdvisorApp(workspace, Backend(workspace))

    return make


@pytest.fixture(params=["fr", "en"])
def lang(request: pytest.FixtureRequest) -> str:
    """Both languages."""
    return str(request.param)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No presence and no retry waits for a clock."""
    from tests.tui.shared import hold_still

    hold_still(monkeypatch)


@pytest.fixture
def opened(home: Path, at_once: None) -> Opened:
    """Opens a desk that shares, on a line that says `outcomes`."""
    from tests.tui.lines import FakeLine
    from tests.tui.shared import OUTCOMES, joined, nothing, shared_app

    @asynccontextmanager
    async def run(
        *outcomes: Outcome, prepare: Callable[[Path], None] = nothing, size: tuple[int, int] = (120, 36)
    ) -> AsyncIterator[Pilot[Any]]:
        joined(home)
        prepare(home)
        app = shared_app(home, "en", FakeLine(*(outcomes or (OUTCOMES["up-to-date"],))))
        async with app.run_test(size=size) as pilot:
            yield pilot

    return run
