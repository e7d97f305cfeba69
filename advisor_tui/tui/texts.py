"""A scrolling list of lines that only need to be read."""

from __future__ import annotations

from collections.abc import Callable

from advisor_tui.tui.ink import Line
from advisor_tui.tui.line_list import LineList

Make = Callable[[int], list[Line]]


class TextList(LineList):
    """Shows the lines that `make` gives for a width."""

    def __init__(self, make: Make, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.make = make
        self._lines: list[Line] = []

    def show(self, make: Make) -> None:
        """Show other lines, from their beginning."""
        self.make = make
        self.rows_changed(-1)
        self.scroll_to(y=0, animate=False, immediate=True)

    def on_mount(self) -> None:
        self.call_after_refresh(self.rows_changed, -1)

    def row_count(self) -> int:
        self._lines = self.make(self.text_width)
        return len(self._lines)

    def selectable(self, row: int) -> bool:
        return False

    def paint(self, row: int, width: int) -> list[Line]:
        return [self._lines[row]]
