"""The two lists of what customers tell us: the tags, and what was said of one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_tui.domain.listening import tag_key
from advisor_tui.domain.text import one_line
from advisor_tui.language import _
from advisor_tui.language import formats as f
from advisor_tui.store.reads.voice import Signal, Topic, Voice
from advisor_tui.tui.ink import Line, cut, spread, wrap
from advisor_tui.tui.keys import key_name, key_of
from advisor_tui.tui.line_list import LineList
from advisor_tui.tui.voice_words import (
    answer_words,
    day_words,
    group_of,
    heard_words,
    late_count,
    owed_count,
    standing,
    told_words,
)

if TYPE_CHECKING:
    from advisor_tui.tui.meant import Meant

INDENT = 2
LINES = 10_000
"""Lines of one text at most."""


class Topics(LineList):
    """The tags under headings, in the order in which they ask for attention."""

    def __init__(self, desk: Meant) -> None:
        super().__init__(id="voice-topics")
        self.desk = desk
        self.voice: Voice | None = None
        self.items: list[Topic | str] = []
        self.failed = ""

    def show(self, voice: Voice) -> None:
        """Show these; the cursor stays on the same tag where it can, else on the one in its place."""
        before, place, shown = self.current, self.cursor, self.items
        self.voice, self.failed = voice, ""
        self._arrange()
        if self.items and self.items == shown:  # only time went on
            self.repaint()
            return
        keys = [tag_key(item.tag) if isinstance(item, Topic) else None for item in self.items]
        wanted = tag_key(before.tag) if before is not None else ""
        place = keys.index(wanted) if wanted in keys else min(max(place, 0), len(keys) - 1)
        found = self.next_row(place, 1) if self.items else -1
        self.rows_changed(found if found >= 0 or not self.items else self.next_row(len(self.items) - 1, -1))

    def fail(self, why: str) -> None:
        """Say why nothing can be read; what was read before stays on screen."""
        if self.voice is None:
            self.failed = why
            self.rows_changed(-1)
        else:
            self.notify(why, severity="error", timeout=12)

    def relabel(self) -> None:
        """The language changed."""
        if self.voice is not None:
            self._arrange()
        self.rows_changed(self.cursor)

    def _arrange(self) -> None:
        assert self.voice is not None
        self.items, group, today = [], "", self.desk.now().date().isoformat()
        for topic in self.voice.topics:
            heading = group_of(topic, today)
            if heading != group:
                self.items.append(heading)
                group = heading
            self.items.append(topic)

    @property
    def current(self) -> Topic | None:
        """The tag under the cursor."""
        item = self.items[self.cursor] if 0 <= self.cursor < len(self.items) else None
        return item if isinstance(item, Topic) else None

    def row_count(self) -> int:
        return len(self.items) or 1

    def selectable(self, row: int) -> bool:
        return row < len(self.items) and isinstance(self.items[row], Topic)

    def estimate(self, row: int, width: int) -> int:
        if not self.items:
            return 6
        return 3 if isinstance(self.items[row], Topic) else 2 if row else 1

    def paint(self, row: int, width: int) -> list[Line]:
        if not self.items:
            return self._nothing(width)
        item = self.items[row]
        if isinstance(item, str):
            return [[], [(item, "heading")]] if row else [[(item, "heading")]]
        today = self.desk.now().date().isoformat()
        late = sum(signal.late(today) for signal in item.signals)
        glyph, ink = ("▲", "accent") if item.alert else ("▲", "warning") if late else ("▸", "muted")
        if not item.open and not item.alert:
            glyph, ink = "✓", "good"
        lines: list[Line] = [cut([(f"{glyph} ", ink), (one_line(item.tag, 120), "bright")], width)]
        lines.append(_indented([(heard_words(item, self.desk.now()), "muted")], width))
        if item.open:
            owed: Line = [(owed_count(item), "muted")]
            lines.append(_indented([*owed, *([(f" · {late_count(late)}", "warning")] if late else [])], width))
        return lines

    def _nothing(self, width: int) -> list[Line]:
        if self.failed:
            return [[(line, "harm")] for line in wrap(self.failed, width)[0]]
        if self.voice is None:
            return [[(_("Reading what customers tell us…"), "muted")]]
        key = key_name(key_of("raise_signal", self.desk.backend.workspace.settings.keys))
        how = _("{key} on a customer's life passes on what they say: their words, a tag, and who is to answer.")
        return [
            *([(line, "text")] for line in wrap(_("Nothing has been passed on yet."), width)[0]),
            [],
            *([(line, "muted")] for line in wrap(how.format(key=key), width)[0]),
        ]


class Signals(LineList):
    """What was said of one tag, the newest first, each with its answer."""

    def __init__(self, desk: Meant) -> None:
        super().__init__(id="voice-signals")
        self.desk = desk
        self.tag = ""
        self.rows: list[Signal] = []

    def show(self, topic: Topic | None) -> None:
        """Show the signals of a tag; of the same tag, the cursor stays where it is."""
        before, rows = self.current, topic.signals if topic is not None else []
        tag = tag_key(topic.tag) if topic is not None else ""
        same, self.tag = tag == self.tag, tag
        if same and rows == self.rows:
            self.repaint()
            return
        self.rows = rows
        ids = [signal.id for signal in rows]
        place = ids.index(before.id) if same and before is not None and before.id in ids else min(0, len(ids) - 1)
        self.rows_changed(place)
        if not same:
            self.scroll_to(y=0, animate=False, immediate=True)

    def relabel(self) -> None:
        """The language changed."""
        self.rows_changed(self.cursor)

    @property
    def current(self) -> Signal | None:
        """The signal under the cursor."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def row_count(self) -> int:
        return len(self.rows)

    def lead(self, row: int) -> int:
        return 1 if row else 0

    def estimate(self, row: int, width: int) -> int:
        return 4 + len(self.rows[row].text) // max(10, width - INDENT)

    def paint(self, row: int, width: int) -> list[Line]:
        signal, now = self.rows[row], self.desk.now()
        left: Line = [(f"{day_words(signal.at, now)}  ", "muted"), (one_line(signal.name, 60), "bright")]
        if signal.striking:
            left.append((f" · {_('striking')}", "accent"))
        glyph, ink, said = standing(signal, now, self.desk.backend.rules)
        lines: list[Line] = [[], spread(left, [(f"{glyph} {said}", ink)], width)][0 if row else 1 :]
        lines += _wrapped(f.quote(signal.text), "text", width)
        lines += _wrapped(answer_words(signal, now), "muted" if signal.answered_at is None else "text", width)
        told = told_words(signal, now)
        if told is not None:
            lines.append(_indented([(f"{told[0]} {told[2]}", told[1])], width))
        return lines


def _indented(line: Line, width: int) -> Line:
    return cut([(" " * INDENT, "text"), *line], width)


def _wrapped(text: str, ink: str, width: int) -> list[Line]:
    return [[(" " * INDENT, "text"), (line, ink)] for line in wrap(text, width - INDENT, LINES)[0]]
