"""The pane at the right, where the brief stands."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from advisor_tui.store.reads.brief import Brief
from advisor_tui.tui.brief_rows import brief_lines
from advisor_tui.tui.ink import Line
from advisor_tui.tui.line_list import LineList


class BriefView(LineList):
    """The pane at the right; it has no cursor, and says as much as its height allows, or on a key all, and scrolls."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("z", "whole", show=False, id="brief.whole")]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.brief: Brief | None = None
        self.now: datetime | None = None
        self._lines: list[Line] = []
        self._height = 0
        self.whole = False
        self._drawn: tuple[tuple[int, int], list[Line]] | None = None

    @property
    def room(self) -> tuple[int, int]:
        """Cells and lines that the brief is laid out for."""
        return self.text_width, self.scrollable_content_region.height

    def show(self, brief: Brief, now: datetime, drawn: tuple[tuple[int, int], list[Line]] | None = None) -> None:
        """Show the brief of a customer; laid out already where it was `drawn` for the room there is."""
        another = self.brief is None or self.brief.head.id != brief.head.id
        self.brief, self.now = brief, now
        self.whole = self.whole and not another
        self._drawn = None if self.whole else drawn
        self.rows_changed(-1)
        self._drawn = None
        if another:
            self.scroll_to(y=0, animate=False, immediate=True)

    def action_whole(self) -> None:
        """All that is known, however long; again, what fits the screen."""
        self.whole = not self.whole
        self.rows_changed(-1)
        self.scroll_to(y=0, animate=False, immediate=True)

    def clear(self) -> None:
        """Show nobody."""
        self.brief = None
        self.rows_changed(-1)

    def rows_changed(self, cursor: int | None = None) -> None:
        self._height = self.scrollable_content_region.height
        self._lines = []
        if self._drawn is not None and self._drawn[0] == self.room:
            self._lines = self._drawn[1]
        elif self._height and self.brief is not None and self.now is not None:  # hidden, it has no height, and no lines
            self._lines = brief_lines(self.brief, self.now, self.text_width, 0 if self.whole else self._height)
        super().rows_changed(cursor)

    def on_resize(self, event: events.Resize) -> None:
        if self.scrollable_content_region.height != self._height:
            self.rows_changed(-1)

    def row_count(self) -> int:
        return len(self._lines)

    def selectable(self, row: int) -> bool:
        return False

    def paint(self, row: int, width: int) -> list[Line]:
        return [self._lines[row]]
