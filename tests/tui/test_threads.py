"""The screen's thread never waits for the disk, and the first picture loads little."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.tui.conftest import MakeApp
from tests.tui.driving import open_named, ready, settled, type_text, until
from tests.tui.scenes import find_results

PAINT = """
import asyncio, sys
from pathlib import Path
from advisor_tui.store.workspace import Workspace
from advisor_tui.tui.backend import Backend
from advisor_tui.tui.app import AdvisorApp

async def main():
    workspace = Workspace(Path(sys.argv[1]))
    app = AdvisorApp(workspace, Backend(workspace))
    async with app.run_test(size=(120, 36)) as pilot:
        while not app.screen.life or not app.screen.life_view.shown:
            await pilot.pause(0.01)
        await pilot.pause()
        strips = app.screen._compositor.render_strips(app.size)
        assert "Association Les Mains" in "\\n".join(strip.text for strip in strips)
        loaded = {name.partition(".")[0] for name in sys.modules}
        print(sorted(loaded & {"sqlmodel", "sqlalchemy", "httpx", "pydantic", "alembic", "typer", "babel"}))

asyncio.run(main())
"""


def test_the_first_picture_needs_neither_sqlmodel_nor_httpx(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PAINT, str(home)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


async def test_no_sql_runs_on_the_screens_thread(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3.dbapi2

    here: list[str] = []
    elsewhere: list[str] = []
    screen = threading.get_ident()
    connect = sqlite3.connect

    def watched(*given: Any, **more: Any) -> sqlite3.Connection:
        assert threading.get_ident() != screen, "a workspace is opened on the screen's thread"
        connection: sqlite3.Connection = connect(*given, **more)
        connection.set_trace_callback(
            lambda sql: (here if threading.get_ident() == screen else elsewhere).append(sql),
        )
        return connection

    app = make_app()
    monkeypatch.setattr(sqlite3, "connect", watched)
    monkeypatch.setattr(sqlite3.dbapi2, "connect", watched)
    async with app.run_test(size=(120, 36)) as pilot:
        await find_results(pilot)
        await pilot.press("escape")
        desk = await open_named_unwatched(pilot, monkeypatch, connect, watched)
        desk.show_pane(desk.life_view)
        await pilot.press("n")
        await until(pilot, lambda: desk.composer is not None and desk.composer.page.has_focus)
        await type_text(pilot, "Vu")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: desk.composer is None)
        await pilot.press("u", "f5")
        await settled(pilot)
    assert not here
    assert any("INSERT INTO event" in sql for sql in elsewhere)
    assert any("FROM entry" in sql for sql in elsewhere)


async def open_named_unwatched(pilot: Any, monkeypatch: pytest.MonkeyPatch, connect: Any, watched: Any) -> Any:
    """The test itself may look into the workspace."""
    monkeypatch.setattr(sqlite3, "connect", connect)
    desk = await open_named(pilot, "Sylvie Petit")
    monkeypatch.setattr(sqlite3, "connect", watched)
    return desk


async def test_a_slow_disk_leaves_the_screen_alive(make_app: MakeApp) -> None:
    app = make_app()
    assert app.backend is not None
    gate = threading.Event()
    app.backend.read(lambda connection: gate.wait(20))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        await pilot.press("f1")
        await until(pilot, lambda: app.screen.id != "desk" and len(app.screen_stack) == 2)
        await pilot.press("f1")
        gate.set()
        desk = await ready(pilot)
        assert desk.life_view.shown
