"""The edges of the desk: the line at the top, the customer's head, the keys at the bottom."""

from __future__ import annotations

from datetime import datetime

from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from advisor_tui.domain.text import one_line
from advisor_tui.language import _
from advisor_tui.language import formats as f
from advisor_tui.store.reads.brief import Brief
from advisor_tui.tui.brief_rows import harm_line, next_line, short_brief
from advisor_tui.tui.ink import Line, cut, line_width, spread, width_of
from advisor_tui.tui.painted import Painted


class Lines(Painted):
    """A few painted lines that do not scroll."""

    def lines(self, width: int) -> list[Line]:
        """The lines to paint."""
        return []

    def drawn(self, first: int, count: int) -> list[Strip]:
        frame = self.frame()
        lines = self.lines(frame[1])[first : first + count]
        return [*(self.framed(line, frame) for line in lines), *[self.framed([], frame)] * (count - len(lines))]


class TopLine(Lines):
    """Who I am, how things stand, where help is. A click on the status tells more about it."""

    class Asked(Message):
        """The status was clicked."""

    def __init__(self, who: str, team: str) -> None:
        super().__init__(id="top")
        self.who, self.team = who, team
        self.status: tuple[str, str, tuple[str, ...]] = ("○", "muted", ("",))
        self.day = ""  # today, in words: everything on the desk is dated
        self._place = range(0)

    def set_status(self, glyph: str, ink: str, *texts: str) -> None:
        """Show how things stand, in words; of several forms, the longest for which there is room."""
        if self.status != (glyph, ink, texts):
            self.status = (glyph, ink, texts)
            self.refresh()

    def set_day(self, day: str) -> None:
        """Say which day it is."""
        if day != self.day:
            self.day = day
            self.refresh()

    def lines(self, width: int) -> list[Line]:
        name: Line = [(_("Advisor"), "accent"), ("  ", "text"), (one_line(self.who, 40), "muted")]
        team: Line = [(" · " + _("team {name}").format(name=one_line(self.team, 30)), "muted")]
        dated: Line = [*name, (f" · {self.day}", "muted")] if self.day else name
        whole = [*name, *team, *dated[len(name) :]] if self.team and width >= 90 else dated
        helped: Line = [("   ", "text"), (_("F1 help"), "muted")]
        tails = [[*helped, ("   " + _("^P commands"), "muted")], helped] if width >= 72 else [helped]
        for text in self.status[2]:
            for left, tail in ((whole, tails[0]), (dated, tails[0]), (name, tails[0]), (name, tails[-1])):
                right = [*self._status(text), *tail]
                if line_width(left) + 2 + line_width(right) <= width:
                    return [self._placed(left, right, tail, width)]
        return [self._placed(name, [*self._status(self.status[2][-1]), *tails[-1]], tails[-1], width)]

    def _status(self, text: str) -> Line:
        glyph, ink, _texts = self.status
        return [(glyph + " ", ink), (text or _("Opening…"), "text" if text else "muted")]

    def _placed(self, left: Line, right: Line, tail: Line, width: int) -> Line:
        start = width - line_width(right)
        self._place = range(start, start + line_width(right) - line_width(tail))
        return spread(left, right, width)

    def on_click(self, event: Click) -> None:
        if event.x - 1 in self._place:
            self.post_message(self.Asked())


class HeadLines(Lines):
    """The customer's name and tenure, and what must be read before anything else."""

    def __init__(self) -> None:
        super().__init__(id="head")
        self.brief: Brief | None = None
        self.now: datetime | None = None
        self.short = False
        self.note = ""
        self.present: tuple[str, ...] = ()
        self._painted: tuple[int, list[Line]] = (-1, [])

    def show(self, brief: Brief | None, now: datetime, short: bool, note: str = "") -> None:
        """Show `brief`; `short` adds the one-line brief where there is no pane for it."""
        self.brief, self.now, self.short, self.note = brief, now, short, note
        before, width = len(self._painted[1]), self._painted[0]
        self._painted = (-1, [])
        least = self.styles.min_height
        kept = int(least.value) if least is not None else 0
        self.refresh(layout=width < 0 or max(kept, len(self.lines(width))) != max(kept, before))

    def set_present(self, words: tuple[str, ...]) -> None:
        """Say who else is here, beside the name: nothing moves."""
        if words != self.present:
            self.present = words
            self._painted = (-1, [])
            self.refresh()

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
        parts = [part for part in (one_line(phone, 24), since, kind, one_line(head.team, 24)) if part]
        name = one_line(head.name, 80)
        room = width - width_of(name) - 2
        lines = [spread([(name, "bright")], self._about(parts, since, room), width)]
        harm = harm_line(self.brief, self.now)
        if harm:
            lines += _packed(harm, width)
        lines += next_line(self.brief, self.now, width)
        if self.short:
            lines += short_brief(self.brief, width)
        if self.note:
            lines.append(cut([(self.note, "accent")], width))
        return lines

    def _about(self, parts: list[str], since: str, room: int) -> Line:
        """What stands beside the name: who else is here, and as much about the customer as there is room for."""
        if room <= 12:
            return []
        shown = " · ".join(parts)
        for words in self.present:
            for count in range(len(parts), -1, -1):
                rest = " · ".join(parts[:count])
                line: Line = [("○ ", "accent"), (words, "heading"), (f" · {rest}" if rest else "", "muted")]
                if line_width(line) <= room:
                    return line
        return [(shown if width_of(shown) <= room else since, "muted")]


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

    def __init__(self, id: str = "keys", entries: list[tuple[str, str, str]] | None = None) -> None:
        super().__init__(id=id)
        self.entries = entries or []

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
