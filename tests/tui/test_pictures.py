"""Every state of the desk has a picture, in French and in English."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from advisor_tui.store.journal import Journal
from advisor_tui.store.workspace import Workspace
from advisor_tui.tui.app import AdvisorApp
from advisor_tui.tui.backend import Backend
from tests.tui.conftest import MakeApp
from tests.tui.scenes import (
    FICTIONAL,
    LEAST,
    MEDIUM,
    SCENES,
    SMALL,
    Drive,
    Scene,
    shown,
    stand_still,
    themed,
    waits_for_ever,
)

Compare = Callable[..., bool]


def pictured(snap_compare: Compare, app: AdvisorApp, size: tuple[int, int], drive: Drive) -> bool:
    """Whether the state that `drive` leads to looks as it did."""

    async def run_before(pilot: Pilot[Any]) -> None:
        await drive(pilot)
        stand_still(pilot)
        await pilot.pause()

    return snap_compare(app, terminal_size=size, run_before=run_before)


@pytest.mark.parametrize("scene", SCENES, ids=[scene.name for scene in SCENES])
def test_looks_as_it_did(snap_compare: Compare, make_app: MakeApp, lang: str, scene: Scene) -> None:
    assert pictured(snap_compare, make_app(lang), scene.size, scene.drive)


@pytest.mark.parametrize("theme", ["encre", "papier", "contraste"])
def test_themes_look_as_they_did(snap_compare: Compare, make_app: MakeApp, theme: str) -> None:
    assert pictured(snap_compare, make_app("fr", theme=theme), (120, 36), themed)


def test_the_first_run_says_how_to_begin(snap_compare: Compare, lang: str) -> None:
    workspace = Workspace(FICTIONAL)
    app = AdvisorApp(workspace)
    from advisor_tui.language import set_language

    set_language(lang)
    assert pictured(snap_compare, app, SMALL, shown)


@pytest.mark.parametrize("size", [MEDIUM, LEAST], ids=["100x30", "60x16"])
def test_a_workspace_without_customers_says_so(
    snap_compare: Compare, tmp_path: Path, demo: Path, lang: str, size: tuple[int, int]
) -> None:
    workspace = Workspace(tmp_path / "empty")
    workspace.update(language=lang, name="Claire Morel", team="Mobile", clock=Workspace(demo).settings.clock)
    Journal(workspace.database, workspace.clock()).close()
    assert pictured(snap_compare, AdvisorApp(workspace, Backend(workspace)), size, shown)


def test_loading_says_what_is_being_read(snap_compare: Compare, make_app: MakeApp, lang: str) -> None:
    app = make_app(lang)
    assert app.backend is not None
    waits_for_ever(app.backend)
    assert pictured(snap_compare, app, MEDIUM, shown)
