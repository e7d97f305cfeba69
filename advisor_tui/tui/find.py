"""Find: one box for a name, a number, an address or words; results as you type, best first, with the reason."""

from __future__ import annotations

from asyncio import wrap_future
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Static

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.domain.text import one_line
from advisor_tui.domain.text import words as split_words
from advisor_tui.language import _, ngettext, words
from advisor_tui.language import formats as f
from advisor_tui.store.reads.find import Found
from advisor_tui.store.reads.search import Hit
from advisor_tui.tui.backend import Backend
from advisor_tui.tui.beyond import Away, Beyond, Note
from advisor_tui.tui.ink import Line, fit, spread, wrap
from advisor_tui.tui.life_rows import _marked
from advisor_tui.tui.line_list import LineList
from advisor_tui.tui.surprise import Surprised, instead

if TYPE_CHECKING:
    from advisor_tui.tui.link import Link


class Results(LineList):
    """Customers, then entries, then customers who are on the server only."""

    def __init__(self, backend: Backend, beyond: Beyond) -> None:
        super().__init__(id="find-results")
        self.backend, self.beyond = backend, beyond
        self.typed: tuple[str, ...] = ()
        self.local: list[Found | Hit | str] = []
        self.rows: list[Found | Hit | Away | str] = []
        self.asked = False

    def show(self, text: str, customers: list[Found], hits: list[Hit]) -> None:
        """Show what was found for `text`."""
        self.asked = bool(text.strip())
        self.typed = tuple(split_words(text))
        self.local = []
        if customers:
            self.local += [_("Customers"), *customers]
        if hits:
            self.local += [_("In the texts"), *hits]
        self.rows = [*self.local, *self.beyond.rows()]
        self.rows_changed(self.next_row(0, 1) if self.rows else -1)
        self.scroll_to(y=0, animate=False, immediate=True)

    def show_beyond(self) -> None:
        """The server answered: its customers come under what is here, and the cursor stays."""
        before = self.cursor
        self.rows = [*self.local, *self.beyond.rows()]
        place = before if 0 <= before < len(self.rows) and self.selectable(before) else self.next_row(0, 1)
        self.rows_changed(place if self.rows else -1)

    @property
    def current(self) -> Found | Hit | Away | None:
        """The result under the cursor."""
        item = self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None
        return None if item is None or isinstance(item, str) else item

    def row_count(self) -> int:
        return len(self.rows) or 1

    def selectable(self, row: int) -> bool:
        return row < len(self.rows) and not isinstance(self.rows[row], str)

    def estimate(self, row: int, width: int) -> int:
        if not self.rows:
            return 3
        item = self.rows[row]
        return 2 if isinstance(item, Hit) or (isinstance(item, str) and row and not isinstance(item, Note)) else 1

    def paint(self, row: int, width: int) -> list[Line]:
        if not self.rows:
            return self._nothing(width)
        item = self.rows[row]
        if isinstance(item, Note):
            return item.lines(width)
        if isinstance(item, Away):
            return self.beyond.paint(item, width)
        if isinstance(item, str):
            return [[], [(item, "heading")]] if row else [[(item, "heading")]]
        today = self.backend.clock.now().astimezone(self.backend.clock.zone).date()
        if isinstance(item, Found):
            reason = words.identifier_kind(item.reason) if item.reason != "name" or item.value else ""
            left: Line = [(one_line(item.name, 60), "bright")]
            if reason:
                left.append(
                    (
                        f"   {reason} {one_line(item.value, 40)}".rstrip(),
                        "warning" if item.reason == "spelling" else "text",
                    )
                )
            return [spread(_marked(left, self.typed), [(f.tenure(item.since, today), "muted")], width)]
        when = f.short_day(f.local(item.at, self.backend.clock.zone).date(), today)
        kind = words.channel(item.channel) if item.kind == "contact" else words.kind(item.kind)
        title = f" · {one_line(item.title, 60)}" if item.title else ""
        left = _marked([(one_line(item.name, 40), "bright"), (f"   {kind}{title}", "muted")], self.typed)
        said = fit(one_line(item.snippet), max(0, width - 2)).rstrip()
        return [spread(left, [(when, "muted")], width), _marked([("  ", "text"), (said, "text")], self.typed)]

    def _nothing(self, width: int) -> list[Line]:
        if self.asked:
            advice = _("Try fewer letters, another number, a former name, or a word they said.")
            return [
                [(_("Nobody and nothing found."), "text")],
                [],
                *([(line, "muted")] for line in wrap(advice, width)[0]),
            ]
        offer = _("A name, a former name, a phone in any form, an e-mail, a contract number, or words from any text.")
        return [[(line, "muted")] for line in wrap(offer, width)[0]]


class FindScreen(Surprised, Screen[tuple[str, str] | None]):
    """Answers with (customer, entry or "")."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", show=False, id="find.leave"),
        Binding("down", "move(1)", show=False, priority=True, id="find.down"),
        Binding("up", "move(-1)", show=False, priority=True, id="find.up"),
        Binding("pagedown", "page(1)", show=False, priority=True, id="find.page_down"),
        Binding("pageup", "page(-1)", show=False, priority=True, id="find.page_up"),
    ]
    place = "find"

    class Answered(Message):
        """Results came from the disk."""

        def __init__(self, text: str, customers: list[Found], hits: list[Hit]) -> None:
            self.text, self.customers, self.hits = text, customers, hits
            super().__init__()

    def __init__(
        self, backend: Backend, title: str = "", customers_only: bool = False, link: Link | None = None,
        expect: Callable[[str], None] | None = None,
    ) -> None:  # fmt: skip
        """`expect` is told which customer of this workspace is under the cursor, "" for none."""
        super().__init__()
        self.expect = expect
        self.backend, self.find_title, self.customers_only = backend, title, customers_only
        self.beyond = Beyond(backend, link)
        self._answered, self._hurried = "", False

    def compose(self) -> ComposeResult:
        with Horizontal(id="find-line"):
            yield Static(self.find_title or _("Find"), id="find-label", markup=False)
            yield Input(id="find-box", compact=True)
        yield Results(self.backend, self.beyond)
        yield Static(self._keys(), id="find-keys", markup=False)

    def _keys(self) -> str:
        said = self.beyond.note
        if self.beyond.failed:
            said = _("the server could not be asked: see below")
        elif count := len(self.beyond.found):
            more = ngettext("{count} more on the server, below", "{count} more on the server, below", count)
            said = more.format(count=count)
        return _("Enter open   ↑ ↓ choose   Esc back") + (f"   ○ {said}" if said else "")

    def _show_beyond(self) -> None:
        """The server answered."""
        self.results.show_beyond()
        self.query_one("#find-keys", Static).update(self._keys())

    @property
    def results(self) -> Results:
        return self.query_one(Results)

    def on_mount(self) -> None:
        self.results.watched = self._watched
        self.results.rows_changed(-1)
        self.query_one("#find-box").focus()

    def _watched(self) -> None:
        if self.expect is not None:
            item = self.results.current
            self.expect(item.id if isinstance(item, Found) else item.customer_id if isinstance(item, Hit) else "")

    def on_input_changed(self, event: Input.Changed) -> None:
        self._hurried = False
        instead(self, "beyond", self.beyond.ask, event.value, self._show_beyond)
        if not event.value.strip():
            self._answered = event.value
            self.results.show("", [], [])
            return
        instead(self, "find", self._ask, event.value)

    async def _ask(self, text: str) -> None:
        try:
            answer: Any = await wrap_future(self.backend.find(text))
        except AdvisorError as error:
            self.notify(error.text(_), severity="error", markup=False)
            return
        if answer is not None:
            self.post_message(self.Answered(*answer))

    def on_find_screen_answered(self, message: Answered) -> None:
        if message.text == self.query_one("#find-box", Input).value:
            self.results.show(message.text, message.customers, [] if self.customers_only else message.hits)
            self._answered = message.text
            if self._hurried:
                self._take()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.value == self._answered:
            self._take()
        else:
            self._hurried = True  # never the result of fewer letters than were typed

    def on_line_list_chosen(self, message: LineList.Chosen) -> None:
        self._take()

    def _take(self) -> None:
        item = self.results.current
        if isinstance(item, Found):
            self.dismiss((item.id, ""))
        elif isinstance(item, Hit):
            self.dismiss((item.customer_id, item.entry_id))
        elif isinstance(item, Away):
            self.run_worker(self._bring(item), group="bring", exit_on_error=False)

    async def _bring(self, away: Away) -> None:
        if await self.beyond.bring(away, self._show_beyond):
            self.dismiss((away.id, ""))

    def action_move(self, step: int) -> None:
        self.results.action_cursor(step)

    def action_page(self, step: int) -> None:
        self.results.action_page(step)
