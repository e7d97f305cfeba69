"""What the server did not take, and what it was not offered yet: the words, why, and what can be done with them."""

from __future__ import annotations

from asyncio import wrap_future
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.domain.text import one_line
from advisor_tui.language import N_, _
from advisor_tui.store.reads.replica import read_set_aside
from advisor_tui.store.reads.waiting import read_unsent
from advisor_tui.tui.backend import written
from advisor_tui.tui.chrome import KeyLine
from advisor_tui.tui.ink import Line, fit, spread, wrap
from advisor_tui.tui.labels import type_words
from advisor_tui.tui.line_list import LineList
from advisor_tui.tui.standing import Standing, moment_words
from advisor_tui.tui.surprise import Surprised, instead
from advisor_tui.tui.texts import TextList

if TYPE_CHECKING:
    from datetime import datetime

    from advisor_tui.store.journal import Journal
    from advisor_tui.tui.linked import Linked

WHY = {
    "malformed": N_("The server could not read it. Copy the words and write them anew."),
    "unreadable": N_("The server could not read it. Copy the words and write them anew."),
    "unknown_type": N_("The server is older than this program. Send it again once the server is upgraded."),
    "foreign_actor": N_("It was written here by somebody else, who alone can send it."),
    "id_reuse": N_("The server holds another entry under the same number. Sent again, it gets a number of its own."),
    "permission": N_("Your role may not do this; a team lead will decide."),
    "not_your_team": N_("This customer is not your team's any more; a team lead will decide."),
    "found": N_("Only this device still had it, under a colleague's name; a team lead will decide."),
    "not_mine": N_("Only the person who did it can take it back."),
    "too_large": N_("It is larger than the server takes. Copy the words and shorten them."),
    "erased": N_("The data of this customer was erased on request."),
}  # fmt: skip


class Waiting(NamedTuple):
    """One entry that is here only."""

    id: str
    customer: str
    type: str
    at: int
    text: str
    refused: bool = False
    why: str = ""
    held: bool = False  # the server keeps it for a lead to decide


def reason(code: str, message: str) -> str:
    """Why the server did not take it, in the reader's language where the code is known."""
    return _(WHY[code]) if code in WHY else _(one_line(message, 300))


def read_waiting(connection: Any) -> list[Waiting]:
    """Refused first, then what was not sent yet; newest first."""
    refused = [
        Waiting(row.id, row.customer, row.type, row.written_at, row.text, True, reason(row.code, row.message),
                row.status == "quarantined")
        for row in read_set_aside(connection)
    ]  # fmt: skip
    unsent = [Waiting(row.id, row.customer, row.type, row.written_at, row.text) for row in read_unsent(connection)]
    return [*refused, *unsent]


class Rows(LineList):
    """The entries, under two headings."""

    def __init__(self, now: datetime) -> None:
        super().__init__(id="aside-rows")
        self.now = now
        self.items: list[Waiting | str] = []
        self.read = False

    def show(self, waiting: list[Waiting]) -> None:
        """Show these; the cursor stays on the same entry where it can."""
        before, place = self.current, self.cursor
        self.items, self.read = [], True
        refused = [one for one in waiting if one.refused]
        unsent = [one for one in waiting if not one.refused]
        if refused:
            self.items += [_("Refused by the server"), *refused]
        if unsent:
            self.items += [_("Not sent yet"), *unsent]
        ids = [one.id if isinstance(one, Waiting) else "" for one in self.items]
        place = ids.index(before.id) if before is not None and before.id in ids else min(max(place, 0), len(ids) - 1)
        found = self.next_row(place, 1) if self.items else -1
        self.rows_changed(found if found >= 0 or not self.items else self.next_row(len(ids) - 1, -1))

    @property
    def current(self) -> Waiting | None:
        """The entry under the cursor."""
        item = self.items[self.cursor] if 0 <= self.cursor < len(self.items) else None
        return item if isinstance(item, Waiting) else None

    def row_count(self) -> int:
        return len(self.items) or 1

    def selectable(self, row: int) -> bool:
        return row < len(self.items) and isinstance(self.items[row], Waiting)

    def estimate(self, row: int, width: int) -> int:
        return 2 if self.items and row and isinstance(self.items[row], str) else 1

    def paint(self, row: int, width: int) -> list[Line]:
        if not self.items:
            done = [("✓ ", "good"), (_("The server has everything you wrote."), "text")]
            return [done if self.read else [(_("Opening…"), "muted")]]
        item = self.items[row]
        if isinstance(item, str):
            title: Line = [(item, "warning" if row == 0 and self._refused(1) else "heading")]
            return [[], title] if row else [title]
        kind = fit(type_words(item.type), 14)
        left: Line = [(kind + " ", "heading"), (one_line(item.customer, 40) or "—", "bright")]
        left.append(("   " + one_line(item.text, 200), "muted"))
        return [spread(left, [(moment_words(item.at, self.now), "muted")], width)]

    def _refused(self, row: int) -> bool:
        item = self.items[row] if row < len(self.items) else None
        return isinstance(item, Waiting) and item.refused


class AsideScreen(Surprised, Screen[None]):
    """A list above, the whole words below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", show=False, id="aside.copy"),
        Binding("Y", "copy_all", show=False, id="aside.copy_all"),
        Binding("s", "send", show=False, id="aside.send"),
        Binding("x,delete", "let_go", show=False, id="aside.let_go"),
        Binding("escape,q", "dismiss(None)", show=False, id="aside.leave"),
        Binding("tab", "other", show=False, id="aside.other"),
    ]
    place = "aside"

    def __init__(self, desk: Linked) -> None:
        super().__init__()
        self.desk = desk

    def compose(self) -> ComposeResult:
        yield Static(_("What the server does not have"), id="aside-title", markup=False)
        yield Rows(self.desk.now())
        yield TextList(self._lines, id="aside-text")
        yield KeyLine("aside-keys", self._keys())

    @property
    def rows(self) -> Rows:
        return self.query_one(Rows)

    def on_mount(self) -> None:
        self.rows.rows_changed(-1)
        self.rows.focus()
        self.watch(self.rows, "cursor", self._moved, init=False)
        self.desk.standing_changed.subscribe(self, self._changed)
        self.read_again()

    def _changed(self, _standing: Standing) -> None:
        self.read_again()

    def read_again(self) -> None:
        """Read what waits."""
        instead(self, "aside", self._read)

    async def _read(self) -> None:
        try:
            waiting = await wrap_future(self.desk.backend.read(read_waiting))
        except AdvisorError as error:
            self.notify(error.text(_), severity="error")
            return
        self.rows.show(waiting)
        self._moved()

    def _moved(self) -> None:
        self.query_one(TextList).show(self._lines)
        self.query_one(KeyLine).show(self._keys())

    def relabel(self) -> None:
        """The language changed."""
        self.refresh(recompose=True)
        self.call_after_refresh(self.on_mount)

    def _keys(self) -> list[tuple[str, str, str]]:
        rows = self.query(Rows)
        item = rows.first().current if rows else None
        keys = [("y", _("copy"), "copy"), ("Y", _("copy all"), "copy_all")] if item is not None else []
        if item is not None and item.refused:
            keys += [("s", _("send again"), "send"), ("x", _("let go"), "let_go")]
        return [*keys, ("Esc", _("back"), "leave")]

    def _lines(self, width: int) -> list[Line]:
        item = self.rows.current
        if item is None:
            return []
        name = one_line(item.customer, 60) or "—"
        lines: list[Line] = [[(type_words(item.type), "heading"), (f" · {name}", "bright")]]
        if item.why:
            lines += [[(line, "warning")] for line in wrap(item.why, width)[0]]
            if item.held:
                lines.append([(_("The server keeps a copy until then."), "muted")])
        else:
            lines.append([(_("It is sent as soon as the server answers."), "muted")])
        words = item.text or _("There are no words in it.")
        return [*lines, [], *([(line, "text")] for line in wrap(words, width)[0])]

    # keys

    def on_key_line_pressed(self, message: KeyLine.Pressed) -> None:
        {"copy": self.action_copy, "copy_all": self.action_copy_all, "send": self.action_send,
         "let_go": self.action_let_go}.get(message.name, lambda: self.dismiss(None))()  # fmt: skip

    def action_other(self) -> None:
        """From the list to the words, and back."""
        other = self.query_one(TextList) if self.rows.has_focus else self.rows
        other.focus()

    def action_copy(self) -> None:
        """Copy the words under the cursor."""
        from advisor_tui.tui.clipboard import copy

        item = self.rows.current
        if item is not None:
            self.notify(copy(self.app, item.text), timeout=4)

    def action_copy_all(self) -> None:
        """Copy all words, each under its kind, customer and time."""
        from advisor_tui.tui.clipboard import copy

        found = [one for one in self.rows.items if isinstance(one, Waiting)]
        now = self.desk.now()
        texts = [
            f"{type_words(one.type)} · {one.customer} · {moment_words(one.at, now)}\n{one.text}\n" for one in found
        ]
        if texts:
            self.notify(copy(self.app, "\n".join(texts)), timeout=4)

    def action_send(self) -> None:
        """Offer a refused entry to the server again."""
        item = self.rows.current
        if item is not None and item.refused:
            self.run_worker(
                self._change(_take_back, item.id, _("It is offered to the server again.")), group="aside-do"
            )

    def action_let_go(self) -> None:
        """Forget a refused entry, once a person has said so twice."""
        item = self.rows.current
        if item is None or not item.refused:
            return
        from advisor_tui.tui.choose import ChooseScreen

        def answered(answer: str | None) -> None:
            if answer == "yes":
                self.run_worker(self._change(_let_go, item.id, _("Let go.")), group="aside-do")

        options = [("no", _("no, keep it")), ("yes", _("yes, its words go for good"))]
        self.app.push_screen(ChooseScreen(_("Let go of what the server refused?"), options), answered)

    async def _change(self, work: Any, id_: str, said: str) -> None:
        try:
            await written(self.desk.backend.write(work, id_))
        except AdvisorError as error:
            self.notify(error.text(_), severity="error", timeout=10)
            return
        if self.desk.link is not None:
            self.desk.link.nudge()
        self.notify(said, timeout=4)
        self.desk.count_again()
        self.desk.action_refresh()
        self.read_again()


def _take_back(journal: Journal, id_: str) -> None:
    from advisor_tui.store.replica.answers import take_back

    take_back(journal, [id_])


def _let_go(journal: Journal, id_: str) -> None:
    from advisor_tui.store.replica.answers import let_go

    let_go(journal, [id_])
