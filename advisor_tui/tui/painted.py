"""Widgets that draw their lines in one step: the padding around them, and nothing else, is part of what is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Offset, Region
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip
from textual.widget import Widget

from advisor_tui.tui.ink import Line, safe, width_of
from advisor_tui.tui.inks import inks_of

Frame = tuple[int, int, int]
"""Cells at the left of the content, of the content, and at its right, where a scroll bar may stand."""


def blank(crop: Region) -> list[Strip]:
    """The lines of a widget that has left a screen which stays.

    Textual takes a widget's styles away as it goes, and looks where everything stands only afterwards: whatever is painted
    between the two asks it for lines that it cannot draw any more.
    """
    return [Strip.blank(crop.width)] * crop.height


class Kept(Widget):
    """A widget that keeps its picture until something about it changes.

    Whatever changes on screen, Textual asks every widget beside it for all of its lines, and takes those it needs.
    """

    def __init__(self, *children: Widget, **given: Any) -> None:
        super().__init__(*children, **given)
        self._picture: tuple[tuple[Region, Offset], list[Strip]] | None = None

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        self._picture = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._picture = None

    def render_lines(self, crop: Region) -> list[Strip]:
        known, picture = (crop, self.scroll_offset), self._picture
        if picture is None or picture[0] != known:
            picture = known, self.draw(crop)
            if crop.size == self.outer_size:  # the pointer asks for a line, to know what it is on
                self._picture = picture
        return picture[1]

    def draw(self, crop: Region) -> list[Strip]:
        """The lines of the widget within `crop`."""
        raise NotImplementedError  # pragma: no cover - every such widget draws


class Painted(Kept):
    """A widget of lines in ink.

    By itself Textual makes a line in steps: its pieces, then a style for the place of each piece in the text, then padding,
    borders, tints, each time a line anew. The places cost the most. They are for the pointer, which asks for one line
    (`render_line`) to learn which letter it is on; but a style with a place in it is like no other, so nothing that is
    kept by style (sums of styles, filters, escape sequences) is ever found again. What goes on screen (`render_lines`)
    is drawn here without places, as wide as the widget, and kept by whoever draws it.
    """

    def __init__(self, *children: Widget, **given: Any) -> None:
        super().__init__(*children, **given)
        self._worn: dict[tuple[str, bool], Style] = {}
        self._base: Style | None = None
        self._behind: tuple[Style, Color] | None = None

    def drawn(self, first: int, count: int) -> list[Strip]:
        """`count` lines of the content from the one at `first` on screen, each as `framed` makes it."""
        raise NotImplementedError  # pragma: no cover - every such widget draws

    # styles

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._worn = {}
        self._base = self._behind = None

    @property
    def base(self) -> Style:
        """The style under every line; worked out once a theme, not once a row."""
        if self._base is None:
            self._base = self.rich_style
        return self._base

    @property
    def behind(self) -> tuple[Style, Color]:
        """The style of the padding, and the widget's background."""
        if self._behind is None:
            outer, own = self.background_colors
            self._behind = Style(bgcolor=(outer + own).rich_color), own
        return self._behind

    def worn(self, ink: str, chosen: bool = False) -> Style:
        """The style of an ink, "" for none, on an ordinary row or on the chosen one."""
        style = self._worn.get((ink, chosen))
        if style is None:
            inks = inks_of(self.app)
            style = self.base + inks["cursor"] if chosen else self.base
            self._worn[ink, chosen] = style = style + inks[ink] if ink else style
        return style

    # lines

    def frame(self) -> Frame:
        """The cells of a line."""
        left, width = self.styles.padding.left, self.scrollable_content_region.width
        return left, width, self.outer_size.width - left - width

    def framed(self, line: Line, frame: Frame, chosen: bool = False) -> Strip:
        """`line` made harmless, cut or filled to the width of the content, with the padding around it."""
        left, width, right = frame
        ground = self.behind[0]
        segments = [Segment(" " * left, ground)] if left else []
        used = 0
        for text, ink in safe(line):
            segments.append(Segment(text, self.worn(ink, chosen)))
            used += width_of(text)
        if used < width:
            segments.append(Segment(" " * (width - used), self.worn("", chosen)))
        elif used > width:
            segments = [*Strip(segments, left + used).adjust_cell_length(left + width)]
        if right > 0:
            segments.append(Segment(" " * right, ground))
        return Strip(segments, left + width + right)

    def render_line(self, y: int) -> Strip:
        left, width, _right = self.frame()
        return self.drawn(y, 1)[0].crop(left, left + width).apply_offsets(0, self.scroll_offset.y + y)

    def draw(self, crop: Region) -> list[Strip]:
        if not self._plain():
            return Widget.render_lines(self, crop)
        (top, _right, bottom, _left), (width, height) = self.styles.padding, self.outer_size
        ground, background = self.behind
        start, end = max(crop.y, top), min(crop.bottom, height - bottom)
        blank = Strip.blank(width, ground)
        strips = [blank] * (start - crop.y) + (self.drawn(start - top, end - start) if start < end else [])
        strips += [blank] * (crop.height - len(strips))
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        if crop.column_span != (0, width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Without the one that gives a terminal's own colours their shade: every ink is a shade already."""
        return [
            line_filter for line_filter in super().get_line_filters() if not isinstance(line_filter, ANSIToTruecolor)
        ]

    def _plain(self) -> bool:
        """Whether nothing but padding surrounds the lines, and nothing lies over them; else Textual draws them its way."""
        styles = self.styles
        return (
            styles.gutter == styles.padding
            and self.opacity == styles.text_opacity == 1.0
            and not styles.tint.a
            and not any(
                map(styles.has_rule, ("hatch", "outline_top", "outline_right", "outline_bottom", "outline_left"))
            )
        )


class PaneBar(Kept, ScrollBar):
    """Textual's vertical scroll bar drawn in one step: not cell by cell through renderables, caches and padding."""

    def draw(self, crop: Region) -> list[Strip]:
        (width, height), bar = self.size, self.render()
        assert isinstance(bar, ScrollBarRender)
        assert isinstance(bar.style, Style)
        ground = self.rich_style
        if not bar.window_size:  # all is on screen: nothing to see
            strips = [Strip([Segment(" " * width, ground)], width)] * crop.height
        else:
            back, thumb = bar.style.bgcolor, bar.style.color
            assert back is not None
            assert thumb is not None
            sizes = bar.virtual_size, bar.window_size, bar.position
            cells = bar.render_bar(height, *sizes, width, True, back, thumb).segments
            drawn = {
                cell: Strip([Segment(cell.text, ground + (cell.style or Style.null()))], width) for cell in {*cells}
            }
            strips = [drawn[cell] for cell in cells[crop.y : crop.bottom]]
        background = self.background_colors[1]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        return strips if crop.column_span == (0, width) else [strip.crop(*crop.column_span) for strip in strips]
