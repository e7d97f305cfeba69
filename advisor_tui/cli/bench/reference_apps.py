"""The smallest programs that do what a part of the desk does: what Textual itself costs on this machine.

Run as `python -m advisor_tui.cli.bench.reference_apps hello|lines|text`.
"""

from __future__ import annotations

import sys
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Static, TextArea

READY = "READY"
LIST_ROWS = 100_000
TEXT_LINES = 20
_SAID = "facture remboursement réseau appel rendez-vous colis retard contrat ligne box courrier virement".split()  # noqa: SIM905


def sample(number: int, words: int) -> str:
    """A line of words, different from line to line."""
    return " ".join(_SAID[(number * 5 + place * 7) % len(_SAID)] for place in range(words))


class Hello(App[None]):
    """One widget that says one word: the floor of any start."""

    def compose(self) -> ComposeResult:
        yield Static(READY)


class Rows(ScrollView, can_focus=True):
    """A list drawn by the line API without any thought for its rows: one line each, nothing kept."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "go(1)"), Binding("up", "go(-1)"), Binding("pagedown", "go(38)"), Binding("pageup", "go(-38)"),
    ]  # fmt: skip
    at = 0

    def on_resize(self) -> None:
        self.virtual_size = Size(self.size.width, LIST_ROWS)

    def action_go(self, step: int) -> None:
        before, self.at = self.at, max(0, min(LIST_ROWS - 1, self.at + step))
        top, height = self.scroll_offset.y, self.size.height
        if not top <= self.at < top + height:
            self.scroll_to(y=self.at if step < 0 else self.at - height + 1, animate=False, immediate=True)
        for row in (before, self.at):
            self.refresh(Region(0, row - self.scroll_offset.y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        row = y + self.scroll_offset.y
        style = Style(reverse=row == self.at)
        pieces = [Segment(f"{row:>6} ", style + Style(dim=True)), Segment(sample(row, 14), style)]
        return Strip(pieces).adjust_cell_length(self.size.width, style)


class Lines(App[None]):
    """A hundred thousand rows."""

    def compose(self) -> ComposeResult:
        yield Rows()


class Writing(App[None]):
    """Textual's own text area with a short text, the cursor at its end."""

    def compose(self) -> ComposeResult:
        area = TextArea("\n".join(f"{READY} {sample(line, 9)}" for line in range(TEXT_LINES)))
        area.cursor_blink = False
        yield area

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)


APPS: dict[str, type[App[None]]] = {"hello": Hello, "lines": Lines, "text": Writing}

if __name__ == "__main__":
    APPS[sys.argv[1]]().run()
