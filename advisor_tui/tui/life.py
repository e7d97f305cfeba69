"""The life: a customer's whole history over every channel, in one scroll, newest first."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType

from advisor_tui.language import _
from advisor_tui.store.reads.customer import CaseHead, Entry
from advisor_tui.tui.heights import Heights
from advisor_tui.tui.ink import Line, safe
from advisor_tui.tui.life_rows import Setting, entry_lines
from advisor_tui.tui.line_list import LineList
from advisor_tui.tui.shown import Filter, Shown


class Drawn(NamedTuple):
    """The rows of a life for lines of `width` cells: how high all are thought to be, and the first ones as they are."""

    shown: Shown
    width: int
    heights: Heights
    lines: dict[int, list[Line]]


def draw(entries: list[Entry], setting: Setting, width: int, height: int) -> Drawn:
    """Draw as much of a life as a view of `height` lines shows; on any thread."""
    shown, lines, used = Shown(entries, setting), dict[int, list[Line]](), 0
    heights = Heights(shown.height(row, width) for row in range(len(shown.rows)))
    for row in range(len(shown.rows)):
        if used >= height:
            break
        lines[row] = shown.lines(row, setting, width)
        used += len(lines[row])
        heights.set(row, len(lines[row]))
    return Drawn(shown, width, heights, lines)


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
        self.waiting = True  # a customer is on the way
        self.setting: Setting | None = None
        self._shown = Shown([])
        self._drawn: Drawn | None = None
        self._unfolded: set[str] = set()  # those that are not like all others
        self._sought = ""
        self._all_unfolded = False

    @property
    def shown(self) -> list[Entry]:
        """The entries that have a row."""
        return self._shown.rows

    @property
    def children_of(self) -> dict[str, list[Entry]]:
        """The promises under each entry that made some."""
        return self._shown.under

    @property
    def filter(self) -> Filter:
        """What the life is narrowed to."""
        return self._shown.filter

    # rows

    def show(
        self, entries: list[Entry], total: int, setting: Setting, place: str = "", same: bool = False,
        drawn: Drawn | None = None,
    ) -> None:  # fmt: skip
        """Show a customer's entries with the cursor on entry `place`; `same` customer, same view.

        What was `drawn` beforehand, for these entries in this setting, is taken as it is.
        """
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
        self._drawn = drawn if not same and drawn is not None and drawn.width == self.text_width else None
        self._shown = (
            Shown(entries, setting, self.filter if same else None) if self._drawn is None else self._drawn.shown
        )
        found = self._shown.place_of(place)
        if found < 0 and not same:
            self._sought = place
        if not same:
            self.scroll_to(y=0, animate=False, immediate=True)
        self.rows_changed(found if found >= 0 else min(0, len(self.shown) - 1))
        self._drawn = None
        if anchor is not None and (top := self._shown.place_of(anchor[0])) >= 0:
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
        self.entries, self._shown, self.total = [], Shown([]), 0
        self.setting, self.waiting = None, False
        self.rows_changed(-1)

    def _anchor(self) -> tuple[str, int] | None:
        """The entry at the top of the view and the line within it; None at the very top."""
        row, within = self.heights.at(self.scroll_offset.y)
        return (self.shown[row].id, within) if self.scroll_offset.y and row < len(self.shown) else None

    def go_to(self, entry_id: str) -> None:
        """Put the cursor on an entry, where it is shown."""
        place = self._shown.place_of(entry_id)
        if place >= 0:
            self.cursor = place

    def add(self, entries: list[Entry]) -> None:
        """Older entries came in from the disk."""
        known = len(self.shown)
        self.entries += entries
        self._shown.add(entries, self.setting)
        parents = {entry.parent for entry in entries} & {entry.id for entry in self.shown[:known]}
        for place, entry in enumerate(self.shown[:known] if parents else ()):
            if entry.id in parents:
                self.row_changed(place)
        if len(self.shown) > known:
            self.rows_added() if known else self.rows_changed(0)  # in place of the line that says there are none
        if self._sought and self.cursor <= 0 and (place := self._shown.place_of(self._sought)) >= 0:
            self.cursor, self._sought = place, ""

    def set_filter(self, new: Filter) -> None:
        """Show only what `new` admits; the entry under the cursor stays where it can."""
        current = self.current
        self._shown = Shown(self.entries, self.setting, new)
        found = self._shown.place_of(current.id) if current is not None else -1
        self.rows_changed(found if found >= 0 else min(0, len(self.shown) - 1))

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
        return (2 if row else 1) if self.shown and self._shown.opens_month(row) else 0

    def estimate(self, row: int, width: int) -> int:
        return self._shown.height(row, width) if self.shown else 1

    def estimates(self, width: int) -> Heights:
        if self._drawn is not None and self._drawn.width == width:
            return self._drawn.heights
        return super().estimates(width)

    def paint(self, row: int, width: int) -> list[Line]:
        if not self.shown or self.setting is None:
            return [[(self._nothing(), "muted")]]
        if self._drawn is not None and self._drawn.width == width and row in self._drawn.lines:
            return self._drawn.lines[row]
        unfolded = self._all_unfolded != (self.shown[row].id in self._unfolded)
        return self._shown.lines(row, self.setting, width, unfolded)

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
        lines = entry_lines(entry, self._shown.beneath(entry), self.setting, 100, True)
        return "\n".join("".join(text for text, _ink in safe(line)).rstrip() for line in lines)
