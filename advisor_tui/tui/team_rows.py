"""The rows of the team's screen: words of customers, then what may hurt one, under headings; and the figures below."""

from __future__ import annotations

from datetime import datetime

from textual.geometry import Size

from advisor_tui.domain.promising import Ageing
from advisor_tui.domain.text import one_line
from advisor_tui.language import _, language
from advisor_tui.language import formats as f
from advisor_tui.store.reads.team import TeamView, Trouble, Verbatim
from advisor_tui.tui.chrome import Lines
from advisor_tui.tui.ink import Line, cut, elided, fit, line_width, spread, width_of, wrap
from advisor_tui.tui.line_list import LineList
from advisor_tui.tui.team_words import (
    count_words,
    figure_words,
    heading,
    is_harm,
    is_overdue,
    what_words,
    when_words,
    window_words,
)

WHEN = {"fr": 9, "en": 10}
WHAT = 11
NAME = 26
"""Cells of the columns: since when, what it is about, whose it is."""
QUOTED = 6
"""Lines of one customer's words at most."""
Item = Verbatim | Trouble | str
"""A row, or the name of a group of them."""


class TeamRows(LineList):
    """Words and troubles, each row a customer who can be opened."""

    def __init__(self) -> None:
        super().__init__(id="team-rows")
        self.view: TeamView | None = None
        self.now: datetime | None = None
        self.ages: Ageing | None = None
        self.items: list[Item] = []
        self.failed = ""

    def show(self, view: TeamView, now: datetime, ages: Ageing) -> None:
        """Show these; the cursor stays on the same row where it can, else on the one in its place."""
        before, place, shown = self.current, self.cursor, self.items
        self.view, self.now, self.ages, self.failed = view, now, ages, ""
        self.items = _arranged(view)
        if self.items == shown:  # only time went on
            self.repaint()
            return
        places = [_identity(item) for item in self.items]
        if before is not None and _identity(before) in places:
            place = places.index(_identity(before))
        place = min(max(place, 0), len(self.items) - 1)
        found = self.next_row(place, 1)
        self.rows_changed(found if found >= 0 else self.next_row(len(self.items) - 1, -1))

    def fail(self, why: str) -> None:
        """Say why nothing can be read; what was read before stays on screen."""
        if self.view is None:
            self.failed = why
            self.rows_changed(-1)
        else:
            self.notify(why, severity="error", timeout=12)

    @property
    def current(self) -> Verbatim | Trouble | None:
        """The row under the cursor."""
        item = self.items[self.cursor] if 0 <= self.cursor < len(self.items) else None
        return None if isinstance(item, str) else item

    def go_to_group(self, step: int) -> None:
        """The first row of the next group, or of the one before; round at the ends."""
        starts = [
            row for row in range(1, len(self.items)) if isinstance(self.items[row - 1], str) and self.selectable(row)
        ]
        if not starts:
            return
        after = [row for row in starts if row > self.cursor]
        before = [row for row in starts if row < self.cursor]
        self._move_to((after or starts)[0] if step > 0 else (before or starts)[-1])
        self._go(
            self.heights.top(self.cursor - 1) + (self.cursor > 1)
        )  # its heading at the top, if the rest is long enough

    # rows

    def row_count(self) -> int:
        return len(self.items) or 1

    def selectable(self, row: int) -> bool:
        return row < len(self.items) and not isinstance(self.items[row], str)

    def estimate(self, row: int, width: int) -> int:
        item = self.items[row] if self.items else ""
        if isinstance(item, Verbatim):
            return 2
        return 2 if isinstance(item, str) and row else 1

    def paint(self, row: int, width: int) -> list[Line]:
        if self.view is None or self.now is None:
            said, ink = (self.failed, "text") if self.failed else (_("Reading…"), "muted")
            return [[(line, ink)] for line in wrap(said, width)[0]]
        item = self.items[row]
        if isinstance(item, str):
            lines = self._heading(item, width)
            return [[], *lines] if row else lines
        if isinstance(item, Verbatim):
            return self._verbatim(item, self.now, width)
        return [self._trouble(item, self.now, width)]

    def _heading(self, name: str, width: int) -> list[Line]:
        assert self.view is not None
        if name == "calm":
            return [cut([("✓ ", "good"), (_("Nobody waits, nothing is in danger."), "text")], width)]
        if name == "words":
            title: Line = [(heading(name), "accent")]
            nothing = _("Nobody said anything lately.")
            return [title] if self.view.verbatims else [title, *([(line, "muted")] for line in wrap(nothing, width)[0])]
        shown = sum(trouble.kind == name for trouble in self.view.troubles)
        return [spread([(heading(name), "heading")], [(count_words(shown, self.view.counts[name]), "muted")], width)]

    def _verbatim(self, said: Verbatim, now: datetime, width: int) -> list[Line]:
        """The words, whole; whose they are and of which day stand at the right, on their last line where there is room."""
        assert now.tzinfo is not None
        text, more = wrap(f.quote(one_line(said.text, 2000)), width, QUOTED)
        if more:
            text[-1] = elided(text[-1], width)
        name = fit(one_line(said.name, 60), min(width // 2, 40)).rstrip()
        about: Line = [(f"{name} · {f.short_day(f.civil_day(said.at, now.tzinfo), now.date())}", "muted")]
        lines: list[Line] = [[(line, "text")] for line in text]
        if width_of(text[-1]) + 3 + line_width(about) <= width:
            lines[-1] = spread(lines[-1], about, width)
        else:
            lines.append(spread([], about, width))
        return lines

    def _trouble(self, trouble: Trouble, now: datetime, width: int) -> Line:
        ink = self._ink(trouble, now)
        mark = "▲ " if ink in ("harm", "warning") else "  "
        name = NAME if width >= 70 else 18
        what = fit(what_words(trouble, now), WHAT - 1) + " "
        line: Line = [
            (mark, ink), (fit(when_words(trouble, now), WHEN[language()]), ink),
            (what, "harm" if ink == "harm" and trouble.kind == "promise" else "muted"),
            (fit(one_line(trouble.name, 60), name) + " ", "text"), (one_line(trouble.words, 200), "muted"),
        ]  # fmt: skip
        return cut(line, width)

    def _ink(self, trouble: Trouble, now: datetime) -> str:
        if trouble.kind == "promise":
            return "harm" if is_overdue(trouble, now) else "warning"
        if trouble.kind == "waiting" and trouble.since is not None:
            assert self.ages is not None
            assert now.tzinfo is not None
            stage = self.ages.stage(f.civil_day(trouble.since, now.tzinfo))
            return {"too_late": "harm", "late": "warning"}.get(stage, "muted")
        return "warning" if trouble.kind == "conflict" else "muted"


def _arranged(view: TeamView) -> list[Item]:
    items: list[Item] = ["words", *view.verbatims]
    for kind in view.counts:
        found = [trouble for trouble in view.troubles if trouble.kind == kind]
        items += [kind, *found] if found else []
    return items if view.troubles else [*items, "calm"]


def _identity(item: Item) -> tuple[str, str]:
    """What makes a row the same one after the next reading."""
    if isinstance(item, str):
        return "", item
    return (item.kind if isinstance(item, Trouble) else "words"), item.entry_id or f"{item.customer_id} {item[3]}"


class Figures(Lines):
    """The measures, below the words and in at most half a screen: one sentence each."""

    def __init__(self) -> None:
        super().__init__(id="team-figures")
        self.view: TeamView | None = None
        self.now: datetime | None = None

    def show(self, view: TeamView, now: datetime) -> None:
        """Show the measures of `view`."""
        self.view, self.now = view, now
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.lines(width))

    def lines(self, width: int) -> list[Line]:
        if self.view is None or self.now is None or not self.view.figures:
            return []
        title: Line = [(_("Measures"), "accent"), ("   ", "text"), (window_words(self.view), "muted")]
        told = [(figure_words(figure, self.now), is_harm(figure)) for figure in self.view.figures]
        whole = [
            _told(line, harm, not number) for said, harm in told for number, line in enumerate(wrap(said, width - 2)[0])
        ]
        if len(whole) + 1 > self.app.size.height // 2:
            whole = [_told(fit(said, width - 2), harm, True) for said, harm in told]
        return [cut(title, width), *(cut(line, width) for line in whole)]


def _told(text: str, harm: bool, first: bool) -> Line:
    return [("▲ " if harm and first else "  ", "harm"), (text, "text")]
