"""Every state of sharing has two pictures: small in French, whose words are longer, and wide in English."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from advisor_tui.language import set_language
from advisor_tui.store.workspace import Workspace
from advisor_tui.tui.app import AdvisorApp
from advisor_tui.tui.backend import Backend
from advisor_tui.tui.join import JoinScreen
from tests.tui.driving import until
from tests.tui.lines import FakeLine
from tests.tui.scenes import FICTIONAL, SMALL, WIDE, shown
from tests.tui.shared import OUTCOMES, SCENES, Scene, hold_still, joined, shared_app
from tests.tui.test_pictures import pictured

Compare = Callable[..., bool]
LOOKS = {"fr-80x24": ("fr", SMALL), "en-120x36": ("en", WIDE)}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture waits for nothing."""
    hold_still(monkeypatch)


@pytest.mark.parametrize(("lang", "size"), LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("scene", SCENES, ids=[scene.name for scene in SCENES])
def test_looks_as_it_did(snap_compare: Compare, home: Path, lang: str, scene: Scene, size: tuple[int, int]) -> None:
    joined(home)
    scene.prepare(home)
    app = shared_app(home, lang, FakeLine(OUTCOMES[scene.outcome]))
    assert pictured(snap_compare, app, size, scene.drive)


def test_the_first_run_joins_a_server(snap_compare: Compare, lang: str) -> None:
    from textual.pilot import Pilot

    app = AdvisorApp(Workspace(FICTIONAL))
    set_language(lang)

    async def join(pilot: Pilot[None]) -> None:
        await shown(pilot)
        await pilot.press("j")
        await until(pilot, lambda: isinstance(app.screen, JoinScreen))
        await pilot.pause()

    assert pictured(snap_compare, app, SMALL, join)


def test_a_workspace_of_ones_own_can_join(snap_compare: Compare, home: Path, lang: str) -> None:
    from textual.pilot import Pilot

    workspace = Workspace(home)
    workspace.update(language=lang)
    app = AdvisorApp(workspace, Backend(workspace))

    async def join(pilot: Pilot[None]) -> None:
        from tests.tui.driving import ready

        await ready(pilot)
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, JoinScreen))
        await pilot.pause()

    assert pictured(snap_compare, app, WIDE, join)
