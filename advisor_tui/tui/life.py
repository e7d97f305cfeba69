"""The life: a customer's whole history over every channel, in one scroll, newest first."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType

from advisor_tui.domain.text import fold
from advisor_tui.language import _
from advisor_tui.store.reads.customer import CaseHead, Entry
from advisor_tui.tui.care_rows import related
from advisor_tui.tui.ink import Line, safe
from advisor_tui.tui.life_rows import Setting, entry_day, entry_lines, month_line, month_span
from advisor_tui.tui.line_list import LineList


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


class LifeView(LineList):
    """The entries of one customer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("z", "unfold_all", show=False, id="view.unfold_all"),
        Binding("space", "choose", show=False, id="life.unfold"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.entries: list[Entry] = []
        self.total = 0
        self.filter = Filter()
        self.waiting = True  # a customer is on the way
        self.setting: Setting | None = None
        self.shown: list[Entry] = []
        self.children_of: dict[str, list[Entry]] = {}
        self._unfolded: set[str] = set()  # those that are not like all others
        self._sought = ""
        self._all_unfolded = False
        self._months: list[tuple[int, int]] = []

    # rows

    def show(self, entries: list[Entry], total: int, setting: Setting, place: str = "", same: bool = False) -> None:
        """Show a customer's entries with the cursor on entry `place`; `same` customer, same view."""
        before = self.setting
        self.total, self.setting, self._sought = total, setting, ""
        if same and before is not None and entries == self.entries and before.cases == setting.cases:
            self.repaint()  # only time went on
            return
        anchor = self._anchor() if same else None
        self.entries = entries
        if not same:
            self._unfolded.clear()
            self._all_unfolded = False
            self.filter = Filter()
        self._select()
        found = self._place_of(place)
        if found < 0 and not same:
            self._sought = place
        if not same:
            self.scroll_to(y=0, animate=False, immediate=True)
        self.rows_changed(found if found >= 0 else min(0, len(self.shown) - 1))
        if anchor is not None and (top := self._place_of(anchor[0])) >= 0:
            self._go(self.heights.top(top) + anchor[1])
            self.scroll_to_row(max(0, self.cursor))

    def set_present(self, present: tuple[tuple[str, str], ...]) -> None:
        """Say on each case which colleagues have it open."""
        if self.setting is not None and present != self.setting.present:
            self.setting = self.setting._replace(present=present)
            self.repaint()

    def know_cases(self, cases: dict[str, CaseHead]) -> None:
        """Take in the cases that the first picture did without: an unfolded entry names its own, an act what held it."""
        if self.setting is not None and cases.keys() != self.setting.cases.keys():
            self.setting = self.setting._replace(cases=cases)
            self.repaint()

    def clear(self) -> None:
        """Show nobody."""
        self.entries, self.shown, self.total = [], [], 0
        self.setting, self.waiting = None, False
        self.rows_changed(-1)

    def _anchor(self) -> tuple[str, int] | None:
        """The entry at the top of the view and the line within it; None at the very top."""
        row, within = self.heights.at(self.scroll_offset.y)
        return (self.shown[row].id, within) if self.scroll_offset.y and row < len(self.shown) else None

    def _place_of(self, entry_id: str) -> int:
        """The row of an entry, or of the one it stands under; -1 when it is not here."""
        for place, entry in enumerate(self.shown):
            if entry.id == entry_id or any(child.id == entry_id for child in self.children_of.get(entry.id, ())):
                return place
        return -1

    def go_to(self, entry_id: str) -> None:
        """Put the cursor on an entry, where it is shown."""
        place = self._place_of(entry_id)
        if place >= 0:
            self.cursor = place

    def add(self, entries: list[Entry]) -> None:
        """Older entries came in from the disk."""
        known = len(self.shown)
        self.entries += entries
        self._gather(entries)
        self._extend(entries)
        parents = {entry.parent for entry in entries} & {entry.id for entry in self.shown[:known]}
        for place, entry in enumerate(self.shown[:known] if parents else ()):
            if entry.id in parents:
                self.row_changed(place)
        if len(self.shown) > known:
            self.rows_added()
        if self._sought and self.cursor <= 0 and (place := self._place_of(self._sought)) >= 0:
            self.cursor, self._sought = place, ""

    def set_filter(self, new: Filter) -> None:
        """Show only what `new` admits; the entry under the cursor stays where it can."""
        current = self.current
        self.filter = new
        self._select()
        found = self._place_of(current.id) if current is not None else -1
        self.rows_changed(found if found >= 0 else min(0, len(self.shown) - 1))

    def _select(self) -> None:
        self.children_of = {}
        self.shown = []
        self._months = []
        self._gather(self.entries)
        self._extend(self.entries)

    def _gather(self, entries: list[Entry]) -> None:
        """Promises stand under the entry that made them, unless only promises are asked for."""
        if self.filter != Filter():
            return
        for entry in entries:
            if entry.parent is not None:
                self.children_of.setdefault(entry.parent, []).append(entry)

    def _extend(self, entries: list[Entry]) -> None:
        plain = self.filter == Filter()
        admits = self.filter.admits
        for entry in entries:
            if entry.parent is None if plain else admits(entry):
                self.shown.append(entry)
        if self.setting is not None:
            begin = end = 0  # of the month of the entry before: few entries are in another one
            for entry in self.shown[len(self._months) :]:
                if not begin <= entry.at < end:
                    day = entry_day(entry, self.setting)
                    begin, end = month_span(day, self.setting.zone)
                self._months.append((day.year, day.month))

    @property
    def current(self) -> Entry | None:
        """The entry under the cursor."""
        return self.shown[self.cursor] if 0 <= self.cursor < len(self.shown) else None

    def promise_here(self) -> Entry | None:
        """The open promise at the cursor: the entry itself, or one made in it."""
        entry = self.current
        if entry is None:
            return None
        if entry.kind == "commitment":
            return entry
        children = self.children_of.get(entry.id, [])
        return next((child for child in children if child.state == "made"), children[0] if children else None)

    # painting

    def row_count(self) -> int:
        return len(self.shown) + (0 if self.shown else 1)

    def selectable(self, row: int) -> bool:
        return bool(self.shown)

    def lead(self, row: int) -> int:
        return (2 if row else 1) if self.shown and self._new_month(row) else 0

    def _new_month(self, row: int) -> bool:
        return row == 0 or self._months[row] != self._months[row - 1]

    def estimate(self, row: int, width: int) -> int:
        if not self.shown:
            return 1
        entry = self.shown[row]
        lines = 1 + len(self.children_of.get(entry.id, ()))
        if entry.text and entry.kind not in ("change", "case", "commitment"):
            room = max(10, width - 18)
            titled = bool(entry.title) or entry.kind == "survey"
            needed = -(-len(entry.text) // room) + entry.text.count("\n", 0, 400)
            lines += min(2 if titled else 1, needed if titled else needed - 1)
        return lines + (2 if self._new_month(row) and row else 1 if row == 0 else 0)

    def paint(self, row: int, width: int) -> list[Line]:
        if not self.shown or self.setting is None:
            return [[(self._nothing(), "muted")]]
        entry = self.shown[row]
        lines: list[Line] = []
        if self._new_month(row):
            if row:
                lines.append([])
            year = self._months[row][0]
            fresh = year != (self._months[row - 1][0] if row else self.setting.now.year)
            lines += month_line(entry_day(entry, self.setting), fresh, width)
        unfolded = self._all_unfolded != (entry.id in self._unfolded)
        return lines + entry_lines(entry, self._under(entry), self.setting, width, unfolded, self.filter.words)

    def _under(self, entry: Entry) -> list[Entry]:
        """What stands under an entry: the promises made in it, or what held an act."""
        return related(entry, self.entries) if entry.kind == "act" else self.children_of.get(entry.id, [])

    def _nothing(self) -> str:
        if self.setting is None:
            return _("Opening…") if self.waiting else ""
        return _("Nothing matches.") if self.entries else _("Nothing is recorded about this customer yet.")

    # unfolding

    def action_choose(self) -> None:
        entry = self.current
        if entry is None:
            return
        if entry.id in self._unfolded:
            self._unfolded.discard(entry.id)
        else:
            self._unfolded.add(entry.id)
        self.row_changed(self.cursor)
        self.scroll_to_row(self.cursor)
        super().action_choose()

    def action_unfold_all(self) -> None:
        self._all_unfolded = not self._all_unfolded
        self._unfolded.clear()
        self.rows_changed(self.cursor)

    def entry_text(self, entry: Entry) -> str:
        """The words of an entry, as they are copied: what is shown, made harmless."""
        assert self.setting is not None
        lines = entry_lines(entry, self._under(entry), self.setting, 100, True)
        return "\n".join("".join(text for text, _ink in safe(line)).rstrip() for line in lines)
