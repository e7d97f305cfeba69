"""What a test says to the desk, and how it waits: for a condition, never for a time."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from textual.app import App
from textual.pilot import Pilot
from textual.widget import Widget

from advisor_tui.tui.desk import Desk

PATIENCE = 10.0


async def until(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
    """Wait until `condition` holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"never came true: {condition}; on screen:\n{screen_text(pilot.app)}")
        await pilot.pause(0.01)


def desk_of(app: App[Any]) -> Desk:
    """The desk, whatever lies over it."""
    return next(screen for screen in app.screen_stack if isinstance(screen, Desk))


async def ready(pilot: Pilot[Any]) -> Desk:
    """The desk, once its first customer and what waits for them are on screen."""
    await until(pilot, lambda: desk_of(pilot.app).life is not None and not busy(pilot.app))
    await pilot.pause()
    return desk_of(pilot.app)


def busy(app: App[Any]) -> bool:
    """Whether a worker still runs; one that waits for a person's answer counts as done."""
    return any(not worker.is_finished and worker.group not in ("act", "default") for worker in app.workers)


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until everything asked for is on screen."""
    await pilot.pause()
    await until(pilot, lambda: not busy(pilot.app))
    await pilot.pause()


async def type_text(pilot: Pilot[Any], text: str) -> None:
    """Type `text` key by key."""
    for char in text:
        await pilot.press({" ": "space", "-": "minus", "/": "slash", "@": "at", "+": "plus"}.get(char, char))


async def open_named(pilot: Pilot[Any], name: str) -> Desk:
    """Open the customer whose name begins with `name`."""
    desk = desk_of(pilot.app)
    id_ = rows_of(desk.backend.workspace.home, "SELECT id FROM customer_view WHERE name LIKE ?", name + "%")[0][0]
    desk.open_customer(id_)
    await until(pilot, lambda: desk.life is not None and id_ in desk.life.brief.head.ids)
    await settled(pilot)
    return desk


def widget_text(widget: Widget) -> str:
    """What a widget shows, line by line."""
    size = widget.size
    return "\n".join(strip.text.rstrip() for strip in widget.render_lines(size.region))


def screen_text(app: App[Any]) -> str:
    """What the whole screen shows, line by line."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips(app.size))


def rows_of(home: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows of the workspace, read behind the desk's back."""
    with closing(sqlite3.connect(home / "workspace.db", timeout=5)) as connection:
        return connection.execute(sql, values).fetchall()
