"""The edges of the desk: the line at the top, the customer's head, the keys at the bottom."""

from __future__ import annotations

from datetime import datetime

from rich.segment import Segment
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from advisor_tui.domain.text import one_line
from advisor_tui.language import _
from advisor_tui.language import formats as f
from advisor_tui.store.reads.brief import Brief
from advisor_tui.tui.brief_rows import harm_line, next_line, short_brief
from advisor_tui.tui.ink import Line, cut, line_width, safe, spread, width_of
from advisor_tui.tui.inks import inks_of


class Lines(Widget):
    """A few painted lines that do not scroll."""

    def lines(self, width: int) -> list[Line]:
        """The lines to paint."""
        return []

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = self.rich_style
        lines = self.lines(width)
        if y >= len(lines):
            return Strip.blank(width, base)
        line = safe(lines[y])
        inks = inks_of(self.app)
        segments = [Segment(text, base + inks[ink]) for text, ink in line]
        return Strip(segments, line_width(line)).adjust_cell_length(width, base).apply_offsets(0, y)


class TopLine(Lines):
    """Who I am, how things stand, where help is."""

    def __init__(self, who: str, team: str) -> None:
        super().__init__(id="top")
        self.who, self.team = who, team
        self.status: tuple[str, str, str] = ("○", "muted", "")

    def set_status(self, glyph: str, ink: str, text: str) -> None:
        """Show how things stand, in words."""
        self.status = (glyph, ink, text)
        self.refresh()

    def lines(self, width: int) -> list[Line]:
        left: Line = [(_("Advisor"), "accent"), ("  ", "text"), (one_line(self.who, 40), "muted")]
        if self.team and width >= 90:
            left.append((" · " + _("team {name}").format(name=one_line(self.team, 30)), "muted"))
        glyph, ink, text = self.status
        right: Line = [
            (glyph + " ", ink),
            (text or _("Opening…"), "text" if text else "muted"),
            ("   ", "text"),
            (_("F1 help"), "muted"),
        ]
        if width >= 72:
            right.append(("   " + _("^P commands"), "muted"))
        return [spread(left, right, width)]


class HeadLines(Lines):
    """The customer's name and tenure, and what must be read before anything else."""

    def __init__(self) -> None:
        super().__init__(id="head")
        self.brief: Brief | None = None
        self.now: datetime | None = None
        self.short = False
        self.note = ""
        self._painted: tuple[int, list[Line]] = (-1, [])

    def show(self, brief: Brief | None, now: datetime, short: bool, note: str = "") -> None:
        """Show `brief`; `short` adds the one-line brief where there is no pane for it."""
        self.brief, self.now, self.short, self.note = brief, now, short, note
        before, width = len(self._painted[1]), self._painted[0]
        self._painted = (-1, [])
        self.refresh(layout=width < 0 or len(self.lines(width)) != before)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(1, len(self.lines(width)))

    def lines(self, width: int) -> list[Line]:
        if self._painted[0] != width:
            self._painted = (width, self._lines(width))
        return self._painted[1]

    def _lines(self, width: int) -> list[Line]:
        if self.brief is None or self.now is None:
            return [[(self.note, "muted")]]
        head = self.brief.head
        since = f.tenure(head.since, self.now.date())
        kind = _("organisation") if head.kind == "organisation" else ""
        phone = next((item.value for item in self.brief.reach if item.kind == "phone"), "") if self.short else ""
        about = " · ".join(part for part in (one_line(phone, 24), since, kind, one_line(head.team, 24)) if part)
        name = one_line(head.name, 80)
        room = width - width_of(name) - 2
        lines = [
            spread(
                [(name, "bright")], [(about if width_of(about) <= room else since, "muted")] if room > 12 else [], width
            )
        ]
        harm = harm_line(self.brief, self.now)
        if harm:
            lines += _packed(harm, width)
        lines += next_line(self.brief, self.now, width)
        if self.short:
            lines += short_brief(self.brief, width)
        if self.note:
            lines.append(cut([(self.note, "accent")], width))
        return lines


def _packed(pieces: Line, width: int) -> list[Line]:
    """Pieces side by side, on more lines where one is not enough: no harm is left out."""
    lines: list[Line] = [[]]
    for piece in pieces:
        if lines[-1] and line_width([*lines[-1], piece]) > width:
            lines.append([])
        if lines[-1] or piece[0].strip():
            lines[-1].append(piece)
    return [cut(line, width) for line in lines]


class KeyLine(Lines):
    """The keys of the place where the focus is; a click does what the key does."""

    class Pressed(Message):
        """A key's words were clicked."""

        def __init__(self, name: str) -> None:
            self.name = name
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="keys")
        self.entries: list[tuple[str, str, str]] = []

    def show(self, entries: list[tuple[str, str, str]]) -> None:
        """(key as shown, words, name of what it does), in order of use."""
        if entries != self.entries:
            self.entries = entries
            self.refresh()

    def lines(self, width: int) -> list[Line]:
        line: Line = []
        for key, words, _name in self.entries:
            pieces: Line = [("   " if line else "", "text"), (key, "heading"), (f" {words}", "muted")]
            if line_width(line) + line_width(pieces) > width:
                break
            line += pieces
        return [cut(line, width)]

    def on_click(self, event: Click) -> None:
        place = 1
        for key, words, name in self.entries:
            end = place + len(key) + 1 + len(words)
            if place <= event.x + 1 <= end:
                self.post_message(self.Pressed(name))
                return
            place = end + 3
