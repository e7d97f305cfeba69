"""A scrolling list of rows of any height, drawn line by line: the life, my day, the brief, results.

Only what is on screen is laid out. A row's height is estimated until it is first seen, then
corrected; a Fenwick tree keeps the places of ten thousand rows at the cost of a few.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.selection import Selection
from textual.strip import Strip

from advisor_tui.tui.heights import Heights
from advisor_tui.tui.ink import Line, Piece
from advisor_tui.tui.painted import Frame, Painted, PaneBar

CACHE_ROWS = 1500
BAR: Piece = ("▌", "bar")
"""Before each line of the row under the cursor."""
NO_BAR: Piece = (" ", "")


class LineList(ScrollView, Painted, can_focus=True):
    """Rows with a cursor. Subclasses say how many rows there are and paint one."""

    DEFAULT_CSS = "LineList { overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; }"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "cursor(1)", show=False, id="list.down"),
        Binding("up,k", "cursor(-1)", show=False, id="list.up"),
        Binding("pagedown", "page(1)", show=False, id="list.page_down"),
        Binding("pageup", "page(-1)", show=False, id="list.page_up"),
        Binding("home", "edge(-1)", show=False, id="list.home"),
        Binding("end", "edge(1)", show=False, id="list.end"),
        Binding("enter", "choose", show=False, id="list.choose"),
    ]
    cursor: var[int] = var(-1, init=False)  # no repaint of all rows: watch_cursor repaints the two that changed

    class Chosen(Message):
        """Enter or a click on a row."""

        def __init__(self, sender: LineList, row: int) -> None:
            self.row = row
            self.list = sender
            super().__init__()

        @property
        def control(self) -> LineList:
            return self.list

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.heights = Heights()
        self._strips: dict[tuple[int, bool], list[Strip]] = {}
        self._exact: set[int] = set()
        self._frame: Frame = (0, 0, 0)
        self.watched: Callable[[], None] | None = None
        """Told when the cursor came to another row, or the rows changed under it."""

    # what a subclass says

    def row_count(self) -> int:
        """How many rows there are."""
        return 0

    def paint(self, row: int, width: int) -> list[Line]:
        """The lines of `row`, each at most `width` cells."""
        raise NotImplementedError  # pragma: no cover - every list paints

    def estimate(self, row: int, width: int) -> int:
        """A cheap guess of how many lines `paint` would give."""
        return 1

    def estimates(self, width: int) -> Heights:
        """The guesses of all rows."""
        return Heights(self.estimate(row, width) for row in range(self.row_count()))

    def selectable(self, row: int) -> bool:
        """Whether the cursor may rest on `row`."""
        return True

    def lead(self, row: int) -> int:
        """How many of the row's first lines are a heading above it, never under the cursor."""
        return 0

    # rows

    @property
    def text_width(self) -> int:
        """Cells for a row's text, after the cursor bar."""
        return _text_width(self.frame())

    def rows_changed(self, cursor: int | None = None) -> None:
        """Lay out anew after the rows changed."""
        self._frame = self.frame()
        width = _text_width(self._frame)
        self._strips.clear()
        self._exact.clear()
        self.heights = self.estimates(width)
        self._resize_virtual()
        if cursor is not None:
            self.set_reactive(LineList.cursor, cursor)
            if cursor >= 0:
                self.scroll_to_row(cursor)
        self.refresh()
        if self.watched is not None:
            self.watched()

    def repaint(self) -> None:
        """The same rows, drawn anew."""
        self._strips.clear()
        self._exact.clear()
        self.refresh()

    def rows_added(self) -> None:
        """More rows stand at the end."""
        width = self.text_width
        known = len(self.heights)
        self.heights.extend(self.estimate(row, width) for row in range(known, self.row_count()))
        self._resize_virtual()
        if self.heights.top(known) < self.scroll_offset.y + self.size.height:
            self.refresh()

    def row_changed(self, row: int) -> None:
        """One row looks different now."""
        self._forget(row)
        self._exact.discard(row)
        self._measure(row)
        self._resize_virtual()
        self.refresh()

    def _forget(self, row: int) -> None:
        self._strips.pop((row, False), None)
        self._strips.pop((row, True), None)

    def _resize_virtual(self) -> None:
        """Say how high all rows are together.

        `virtual_size` asks for a layout whenever it is set, though nothing moves with the height of what is scrolled: the
        place of the scroll bar is always kept, and always drawn.
        """
        frame, height = self._frame, self.heights.total
        size = Size(frame[1], height)
        if self.styles.auto_dimensions or not self.container_size:
            self.virtual_size = size
            return
        self.vertical_scrollbar.window_virtual_size = height
        if size == self.virtual_size:
            return
        self.set_reactive(LineList.virtual_size, size)
        self.scroll_y = self.validate_scroll_y(self.scroll_y)

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        if self._vertical_scrollbar is None:
            self._vertical_scrollbar = PaneBar(vertical=True, name="vertical", thickness=self.scrollbar_size_vertical)
            self._vertical_scrollbar.display = False
            self.app._start_widget(self, self._vertical_scrollbar)
        return self._vertical_scrollbar

    # painting

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()

    def _row_strips(self, row: int) -> list[Strip]:
        selected = row == self.cursor
        strips = self._strips.get((row, selected))
        if strips is None:
            if len(self._strips) > CACHE_ROWS:
                self._strips.clear()
            frame, chosen = self._frame, selected and self.selectable(row)
            lead = self.lead(row) if chosen else 0
            strips = []
            for number, line in enumerate(self.paint(row, _text_width(frame))):
                under = chosen and number >= lead
                pieces = [BAR if under else NO_BAR, *(piece for piece in line if piece[0])]
                strips.append(self.framed(pieces, frame, under))
            self._strips[(row, selected)] = strips
        return strips

    def _measure(self, row: int) -> int:
        """Lay out `row` and know its height from now on."""
        if row not in self._exact:
            self._exact.add(row)
            self.heights.set(row, len(self._row_strips(row)))
        return self.heights[row]

    def _settle(self) -> None:
        """Know the exact heights of all rows on screen before any line is drawn."""
        count = len(self.heights)
        if not count:
            return
        row, line = self.heights.at(self.scroll_offset.y)
        left = self.size.height + line
        while left > 0 and row < count:
            left -= self._measure(row)
            row += 1
        if self.heights.total != self.virtual_size.height:
            self.call_later(self._resize_virtual)

    def draw(self, crop: Region) -> list[Strip]:
        if self.frame() != self._frame and self.row_count():
            self.rows_changed(self.cursor)
        self._settle()
        return super().draw(crop)

    def drawn(self, first: int, count: int) -> list[Strip]:
        line = self.scroll_offset.y + first
        row, within = self.heights.at(line) if line < self.heights.total else (len(self.heights), 0)
        blank = self.framed([], self._frame)
        strips: list[Strip] = []
        while len(strips) < count and row < len(self.heights):
            shown = self._row_strips(row)[within : self.heights[row]]
            strips += shown + [blank] * (self.heights[row] - within - len(shown))
            row, within = row + 1, 0
        strips = strips[:count] + [blank] * (count - len(strips))
        selection = self.text_selection
        if selection is not None:
            spans = map(selection.get_span, range(line, line + count))
            strips = [
                self._selected(strip, *span) if span else strip for strip, span in zip(strips, spans, strict=True)
            ]
        return strips

    def _selected(self, strip: Strip, start: int, end: int) -> Strip:
        """`strip` with a part of its content as selected text; -1 is the end."""
        left, width, _right = self._frame
        style = self.screen.get_component_rich_style("screen--selection")
        stop = left + (width if end == -1 else min(end, width))
        before, chosen, after = strip.divide([left + start, stop, strip.cell_length])
        return Strip.join([before, chosen.apply_style(style), after])

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text under a mouse selection, without the cursor bar."""
        first = selection.start.y if selection.start else 0
        last = min(selection.end.y if selection.end else self.heights.total, self.heights.total - 1, first + 20_000)
        left, width, _right = self._frame
        lines = []
        for line in range(first, last + 1):
            row, within = self.heights.at(line)
            strips = self._row_strips(row)
            text = strips[within].crop(left, left + width).text if within < len(strips) else ""
            span = selection.get_span(line)
            if span is not None:
                lines.append(text[span[0] : None if span[1] == -1 else span[1]].strip("▌").rstrip())
        return "\n".join(lines), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    # moving

    def watch_cursor(self, old: int, new: int) -> None:
        for row in (old, new):
            if 0 <= row < len(self.heights):
                top = self.heights.top(row) - self.scroll_offset.y
                self.refresh(Region(0, top, self.size.width, self.heights[row]))
        if 0 <= new < len(self.heights):
            self.scroll_to_row(new)
            self._place_hardware_cursor()
        if self.watched is not None:
            self.watched()

    def _place_hardware_cursor(self) -> None:
        """Screen readers, braille lines and input methods follow the terminal's own cursor."""
        if self.has_focus and 0 <= self.cursor < len(self.heights):
            region = self.content_region
            top = self.heights.top(self.cursor) - self.scroll_offset.y
            self.app.cursor_position = Offset(region.x + 1, region.y + max(0, min(top, region.height - 1)))

    def scroll_to_row(self, row: int) -> None:
        """Bring `row` on screen, all of it where it fits, with the rows around it as high as they are drawn."""
        for _round in range(8):
            before = self.heights.total
            self._scroll_to_row(row)
            self._settle()
            if self.heights.total == before:
                return

    def _scroll_to_row(self, row: int) -> None:
        height = self._measure(row)
        top = self.heights.top(row)
        if row and not self.selectable(row - 1):  # its heading comes along
            height += self.heights[row - 1]
            top -= self.heights[row - 1]
        view = self.scrollable_content_region.height
        offset, last = self.scroll_offset.y, max(0, self.heights.total - view)
        if offset > last:  # rows became lower
            self._go(last)
            offset = last
        if top < offset or height >= view:
            self._go(top)
        elif top + height > offset + view:
            self._go(top + height - view)

    def _go(self, line: int) -> None:
        self._resize_virtual()
        self.scroll_to(y=line, animate=False, immediate=True, force=True)

    def next_row(self, row: int, step: int) -> int:
        """The nearest row the cursor may rest on, from `row` in the direction of `step`; -1 for none."""
        count = self.row_count()
        direction = 1 if step > 0 else -1
        while 0 <= row < count:
            if self.selectable(row):
                return row
            row += direction
        return -1

    def action_cursor(self, step: int) -> None:
        """Move the cursor; a row taller than the view scrolls first."""
        view = self.scrollable_content_region.height
        if 0 <= self.cursor < len(self.heights) and self.heights[self.cursor] > view:
            top, offset = self.heights.top(self.cursor), self.scroll_offset.y
            bottom = top + self.heights[self.cursor]
            if (step > 0 and bottom > offset + view) or (step < 0 and top < offset):
                self._go(max(top, min(offset + step * 3, bottom - view)))
                return
        row = self.next_row(self.cursor + step, step)
        if row >= 0:
            self._move_to(row)
        elif self.cursor < 0:
            self._go(self.scroll_offset.y + step)
        elif step < 0:
            self._go(0)
        else:
            self._move_to(self.cursor)

    def _move_to(self, row: int) -> None:
        """Put the cursor on `row`, and `row` on screen even where the cursor was there already."""
        if row == self.cursor:
            self.scroll_to_row(row)
        else:
            self.cursor = row

    def action_page(self, step: int) -> None:
        """Move by a screen."""
        if not self.row_count():
            return
        view = max(1, self.scrollable_content_region.height - 1)
        if self.cursor < 0:
            self._go(self.scroll_offset.y + step * view)
            return
        line = max(0, min(self.heights.top(self.cursor) + step * view, self.heights.total - 1))
        row = self.heights.at(line)[0]
        row = row if row != self.cursor else row + step
        found = self.next_row(row, step)
        if found < 0:
            found = self.next_row(row, -step)
        self._move_to(found if found >= 0 else self.cursor)

    def action_edge(self, step: int) -> None:
        """Go to the first or last row."""
        count = self.row_count()
        found = self.next_row(0 if step < 0 else count - 1, -step)
        if found >= 0:
            self._move_to(found)
        if step < 0:
            self._go(0)
        elif found < 0:
            self._go(self.heights.total)

    def action_choose(self) -> None:
        """Say that the row under the cursor was chosen."""
        if 0 <= self.cursor < self.row_count():
            self.post_message(self.Chosen(self, self.cursor))

    def on_focus(self) -> None:
        if self.cursor < 0 and self.row_count():
            found = self.next_row(0, 1)
            if found >= 0:
                self.cursor = found
        self._place_hardware_cursor()

    def on_click(self, event: events.Click) -> None:
        line = event.y + self.scroll_offset.y
        if line >= self.heights.total or not self.row_count():
            return
        row = self.heights.at(line)[0]
        if self.selectable(row):
            again = row == self.cursor
            self.cursor = row
            if again or event.chain == 2:
                self.action_choose()


def _text_width(frame: Frame) -> int:
    """Cells for a row's text in lines like `frame`: the bar stands before it, a blank after it."""
    return max(8, frame[1] - 2)
