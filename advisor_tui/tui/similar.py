"""Past resolutions of like cases, beside the text that is being written: read, and quoted a sentence at a time."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.message import Message

from advisor_tui.domain.text import one_line
from advisor_tui.language import _, ngettext, words
from advisor_tui.language import formats as f
from advisor_tui.store.reads.similar import Precedent
from advisor_tui.tui.ink import Line, cut, elided, spread, wrap
from advisor_tui.tui.line_list import LineList

LONGEST = 6
"""Lines of a sentence that are shown; the quotation has it whole."""


class Said(NamedTuple):
    """A row under a precedent: one of its sentences."""

    precedent: Precedent
    place: int


class SimilarView(LineList):
    """The likest first; the cursor goes from sentence to sentence, the likest of each brighter than its neighbours."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False, id="view.back_to_text"),
    ]

    class Back(Message):
        """Go on writing."""

    class Quoted(Message):
        """A sentence goes into the text, with its case."""

        def __init__(self, words: str) -> None:
            self.words = words
            super().__init__()

    def __init__(self, now: datetime) -> None:
        super().__init__(id="similar")
        self.now = now
        self.rows: list[Precedent | Said] = []
        self.asked: str | None = None  # what the rows answer
        self.looked = False

    def show(self, asked: str, found: list[Precedent]) -> None:
        """Show what was found for `asked`; the cursor stays on its sentence where that is still here."""
        current = self.current
        self.looked, self.asked = True, asked
        self.rows = []
        for one in found:
            self.rows += [one, *(Said(one, place) for place in range(len(one.sentences)))]
        cursor = -1
        if current is not None:
            known = (current.precedent.entry_id, current.place)
            cursor = next((n for n, row in enumerate(self.rows) if isinstance(row, Said)
                           and (row.precedent.entry_id, row.place) == known), -1)  # fmt: skip
        self.rows_changed(cursor if cursor >= 0 else self.first())

    def first(self) -> int:
        """The row of the likest sentence of the likest resolution."""
        first = self.rows[0] if self.rows else None
        return 1 + first.likest if isinstance(first, Precedent) and first.sentences else -1

    @property
    def current(self) -> Said | None:
        """The sentence under the cursor."""
        row = self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None
        return row if isinstance(row, Said) else None

    def row_count(self) -> int:
        return len(self.rows) or 1

    def selectable(self, row: int) -> bool:
        return row < len(self.rows) and isinstance(self.rows[row], Said)

    def estimate(self, row: int, width: int) -> int:
        item = self.rows[row] if self.rows else None
        if not isinstance(item, Said):
            return 3
        return min(LONGEST, 1 + len(item.precedent.sentences[item.place]) // max(1, width - 2))

    def paint(self, row: int, width: int) -> list[Line]:
        if not self.rows:
            return self._nothing(width)
        item = self.rows[row]
        if isinstance(item, Precedent):
            return self._heading(item, row, width)
        ink = "bright" if item.place == item.precedent.likest else "text"
        lines, more = wrap(item.precedent.sentences[item.place], max(8, width - 1), LONGEST)
        if more and lines:
            lines[-1] = elided(lines[-1], max(8, width - 1))
        return [[(line, ink)] for line in lines]

    def _heading(self, item: Precedent, row: int, width: int) -> list[Line]:
        day = f.short_day(f.local(item.at, self.now.tzinfo).date(), self.now.date()) if self.now.tzinfo else ""
        title = spread([(one_line(item.subject, 120), "heading")], [(day, "muted")], width)
        facts = [words.case_kind(item.kind), words.case_state(item.state)]
        if item.alike:
            facts.append(ngettext("{count} more like it", "{count} more like it", item.alike).format(count=item.alike))
        under: Line = [(" · ".join(facts), "muted")]
        if item.again:
            under.append((" · " + _("they wrote again"), "warning"))
        lines: list[Line] = [title, cut(under, width)]
        return [[], *lines] if row else lines

    def _nothing(self, width: int) -> list[Line]:
        if self.looked:
            said = _("Nothing alike yet. A few more words, and it is looked for again.")
        else:
            said = _("Looking for resolutions of like cases…")
        return [[(line, "muted")] for line in wrap(said, width)[0]]

    def action_back(self) -> None:
        """Go on writing; the panel stays."""
        self.post_message(self.Back())

    def action_choose(self) -> None:
        """Quote the sentence under the cursor."""
        if self.current is not None:
            self.post_message(self.Quoted(quotation(self.current, self.now)))


def quotation(said: Said, now: datetime) -> str:
    """A sentence of a precedent in quotation marks, and the case that it comes from."""
    one = said.precedent
    assert now.tzinfo is not None
    day = f.local(one.at, now.tzinfo).date()
    when = f"{day.day} {f.month_title(day, True)}"
    source = _("case {subject}, {day}").format(subject=f.quote(one_line(one.subject, 80)), day=when)
    return f"{f.quote(one_line(one.sentences[said.place], 2000))} ({source})"
