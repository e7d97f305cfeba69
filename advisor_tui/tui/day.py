"""My day: what would hurt a customer first. A letter weighs as much as a call."""

from __future__ import annotations

from datetime import datetime

from advisor_tui.domain.promising import Ageing
from advisor_tui.domain.text import one_line
from advisor_tui.language import _, language, ngettext, words
from advisor_tui.language import formats as f
from advisor_tui.language.sections import section_title
from advisor_tui.store.reads.day import SECTIONS, Day, DayRow
from advisor_tui.tui.ink import Line, fit, spread, wrap
from advisor_tui.tui.line_list import LineList

WHEN = {"fr": 9, "en": 10}
"""Cells of the left column: an age, a time, a weekday."""


class DayView(LineList):
    """The list at the left."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.day: Day | None = None
        self.now: datetime | None = None
        self.ages: Ageing | None = None
        self.items: list[DayRow | str] = []
        self.me = ""
        self.arriving: int | None = None  # entries that came so far, while a server's customers come for the first time

    def show(self, day: Day, now: datetime, ages: Ageing) -> None:
        """Show `day`; the cursor stays on the same item, or on the one that took its place."""
        before, place, shown = self.current, self.cursor, self.items
        self.day, self.now, self.ages = day, now, ages
        self.items = []
        for section in SECTIONS:
            rows = [row for row in day.rows if row.section == section]
            if rows:
                self.items += [section, *rows]
        if self.items and self.items == shown:  # only time went on
            self.repaint()
            return
        ids = [item.id if isinstance(item, DayRow) else "" for item in self.items]
        if before is not None and before.id in ids:
            place = ids.index(before.id)
        else:
            place = min(max(place, 0), len(self.items) - 1)
        found = self.next_row(place, 1) if self.items else -1
        self.rows_changed(found if found >= 0 or not self.items else self.next_row(len(self.items) - 1, -1))

    def set_arriving(self, entries: int | None) -> None:
        """Say, while nothing is here, that it is on its way."""
        if entries != self.arriving:
            self.arriving = entries
            if not self.items:
                self.rows_changed(-1)

    @property
    def current(self) -> DayRow | None:
        """The item under the cursor."""
        item = self.items[self.cursor] if 0 <= self.cursor < len(self.items) else None
        return item if isinstance(item, DayRow) else None

    def row_count(self) -> int:
        return len(self.items) or 1

    def selectable(self, row: int) -> bool:
        return row < len(self.items) and isinstance(self.items[row], DayRow)

    def estimate(self, row: int, width: int) -> int:
        if not self.items:
            return 3
        return 2 if isinstance(self.items[row], DayRow) or row else 1

    def paint(self, row: int, width: int) -> list[Line]:
        if not self.items:
            return self._empty(width)
        item = self.items[row]
        if isinstance(item, str):
            return self._section(item, row, width)
        column = WHEN[language()]
        when, ink = self._when(item)
        stake = [(" ●", "accent")] if item.stake.casefold().startswith("vital") else []
        first: Line = [
            (fit(when, column), ink),
            *spread([(one_line(item.name, 60), "bright" if row == self.cursor else "text")], stake, width - column),
        ]
        said = words.channel(item.channel) if item.section in ("unanswered", "unsorted") else one_line(item.words, 80)
        if item.section == "next_step" and item.owner and item.owner != self.me:
            said = f"{one_line(item.owner, 24).split(' ')[0]} · {said}"
        if item.answer:
            said = one_line(words.answered(item.channel, item.answer, item.words), 120)
        if item.section in ("unanswered", "unsorted") and item.words:
            said = f"{said} · {one_line(item.words, 60)}"
        return [first, [(" " * column, "text"), (fit(said, width - column), "muted")]]

    def _section(self, section: str, row: int, width: int) -> list[Line]:
        assert self.day is not None
        count = self.day.counts.get(section, 0)
        shown = f"{count}" if count < 1000 else "999+"
        ink = "accent" if section == "to_warn" else "heading"
        title = spread([(section_title(section), ink)], [(shown, "muted")], width)
        return [[], title] if row else [title]

    def _when(self, item: DayRow) -> tuple[str, str]:
        assert self.now is not None
        if item.section == "unconfirmed":
            return "", "muted"
        if item.since is not None:
            assert self.ages is not None
            assert self.now.tzinfo is not None
            stage = self.ages.stage(f.civil_day(item.since, self.now.tzinfo))
            ink = {"too_late": "harm", "late": "warning"}.get(stage, "muted") if item.section != "since" else "muted"
            return f.age(item.since, self.now), ink
        late = item.due[:10] < self.now.date().isoformat()
        ink = (
            "harm"
            if late and item.section == "to_warn"
            else "warning"
            if late or item.section == "to_warn"
            else "muted"
        )
        return f.due_words(item.due, self.now, hours=False), ink

    def _empty(self, width: int) -> list[Line]:
        if self.arriving is not None:
            came = ngettext("{count} entry so far", "{count} entries so far", self.arriving)
            said = wrap(_("Your team's customers are on their way here."), width)[0]
            count: Line = [(came.format(count=f.number(self.arriving)), "muted")]
            return [*([(line, "text")] for line in said), *([count] if self.arriving else [])]
        if self.day is None:
            return [[(_("Reading the day…"), "muted")]]
        return [
            [("✓ ", "good"), (_("Nobody is waiting."), "text")],
            [],
            [(fit(_("F2 finds a customer."), width), "muted")],
        ]
