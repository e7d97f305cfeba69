"""What of a life is shown, in rows: entries, what stands under each, and the months between them. No widget is needed."""

from __future__ import annotations

from typing import NamedTuple

from advisor_tui.domain.text import fold
from advisor_tui.store.reads.customer import Entry
from advisor_tui.tui.care_rows import related
from advisor_tui.tui.ink import Line
from advisor_tui.tui.life_rows import Setting, entry_day, entry_lines, month_line, month_span


class Filter(NamedTuple):
    """Which entries are shown; empty fields let everything through."""

    kind: str = ""
    channel: str = ""
    case: str = ""
    author: str = ""
    words: tuple[str, ...] = ()

    def only(self, field: str, value: str) -> Filter:
        """The filter that asks for `value` in one field; without a field, for everything."""
        return Filter._make(value if name == field else own for name, own in zip(self._fields, Filter(), strict=True))

    def admits(self, entry: Entry) -> bool:
        """Whether `entry` is shown."""
        if self.kind and entry.kind != self.kind:
            return False
        if self.channel and (entry.kind != "contact" or entry.channel != self.channel):
            return False
        if self.case and entry.case_id != self.case:
            return False
        if self.author and entry.author != self.author:
            return False
        if self.words:
            text = fold(entry.title) + " " + entry.text.casefold()
            plain = text if all(word in text for word in self.words) else fold(f"{entry.title} {entry.text}")
            return all(word in plain for word in self.words)
        return True


class Shown:
    """The rows of a life: those entries that a filter admits, the newest first."""

    def __init__(self, entries: list[Entry], setting: Setting | None = None, admitting: Filter | None = None) -> None:
        self.filter = admitting or Filter()
        self.entries = entries  # all of them: an act looks for what held it
        self.rows: list[Entry] = []
        self.under: dict[str, list[Entry]] = {}
        self._months: list[tuple[int, int]] = []
        self.add(entries, setting)

    def add(self, entries: list[Entry], setting: Setting | None) -> None:
        """Older entries come under those that are here.

        Promises stand under the entry that made them, unless the filter asks for something.
        """
        plain = self.filter == Filter()
        admits = self.filter.admits
        for entry in entries:
            if plain and entry.parent is not None:
                self.under.setdefault(entry.parent, []).append(entry)
            elif plain or admits(entry):
                self.rows.append(entry)
        if setting is None:
            return
        begin = end = 0  # of the month of the entry before: few entries are in another one
        for entry in self.rows[len(self._months) :]:
            if not begin <= entry.at < end:
                day = entry_day(entry, setting)
                begin, end = month_span(day, setting.zone)
            self._months.append((day.year, day.month))

    def place_of(self, entry_id: str) -> int:
        """The row of an entry, or of the one it stands under; -1 when it is not here."""
        for place, entry in enumerate(self.rows):
            if entry.id == entry_id or any(child.id == entry_id for child in self.under.get(entry.id, ())):
                return place
        return -1

    def opens_month(self, row: int) -> bool:
        """Whether a line with the month stands above `row`."""
        return row == 0 or self._months[row] != self._months[row - 1]

    def beneath(self, entry: Entry) -> list[Entry]:
        """What stands under an entry: the promises made in it, or what held an act."""
        return related(entry, self.entries) if entry.kind == "act" else self.under.get(entry.id, [])

    def height(self, row: int, width: int) -> int:
        """A cheap guess of how many lines `row` has."""
        entry = self.rows[row]
        lines = 1 + len(self.under.get(entry.id, ()))
        if entry.text and entry.kind not in ("change", "case", "commitment"):
            room = max(10, width - 18)
            titled = bool(entry.title) or entry.kind == "survey"
            needed = -(-len(entry.text) // room) + entry.text.count("\n", 0, 400)
            lines += min(2 if titled else 1, needed if titled else needed - 1)
        return lines + (2 if self.opens_month(row) and row else 1 if row == 0 else 0)

    def lines(self, row: int, setting: Setting, width: int, unfolded: bool = False) -> list[Line]:
        """The lines of `row`, under its month where it is the first of one."""
        entry = self.rows[row]
        lines: list[Line] = []
        if self.opens_month(row):
            if row:
                lines.append([])
            year = self._months[row][0]
            fresh = year != (self._months[row - 1][0] if row else setting.now.year)
            lines += month_line(entry_day(entry, setting), fresh, width)
        return lines + entry_lines(entry, self.beneath(entry), setting, width, unfolded, self.filter.words)
