"""What nobody foresaw is told, and nothing is lost by it."""

from __future__ import annotations

from typing import Any

from tests.tui.conftest import MakeApp
from tests.tui.driving import ready, until
from tests.tui.scenes import WIDE


async def test_what_fails_unforeseen_is_told(make_app: MakeApp) -> None:
    app = make_app("en")
    async with app.run_test(size=WIDE) as pilot:
        desk = await ready(pilot)

        def broken(*given: Any) -> Any:
            raise ZeroDivisionError("nobody foresaw this")

        desk.backend.do = broken  # type: ignore[method-assign, assignment]
        await pilot.press("u")
        await until(pilot, lambda: any("nobody foresaw" in note.message for note in app._notifications))
