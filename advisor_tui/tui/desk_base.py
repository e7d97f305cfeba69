"""The desk's ground: its panes, its layout at every size, and what it reads."""

from __future__ import annotations

import gc
from asyncio import Future, wait, wrap_future
from concurrent.futures import Future as Reading
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.domain.promising import ageing, warn_until
from advisor_tui.language import _
from advisor_tui.language import formats as f
from advisor_tui.store.reads.brief import Life
from advisor_tui.store.reads.day import OF_CASES, Day, read_day
from advisor_tui.tui.backend import Backend
from advisor_tui.tui.brief import BriefView
from advisor_tui.tui.chrome import HeadLines, KeyLine, TopLine
from advisor_tui.tui.day import DayView
from advisor_tui.tui.facts import DayRead, Failed
from advisor_tui.tui.keys import key_line
from advisor_tui.tui.life import LifeView
from advisor_tui.tui.line_list import LineList
from advisor_tui.tui.opening import Opening
from advisor_tui.tui.surprise import instead

PATIENCE = 0.25
"""Seconds that the first picture waits for the first data."""


PLACE_OF = {"day": "day", "life": "life", "composer-text": "composer", "similar": "similar"}
"""The place of the registry for the widget that has the focus; every other one is the life's."""


class DeskBase(Opening):
    """My day at the left, a customer's life in the middle, the brief at the right, words at the bottom."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "pane(1)", show=False, id="view.next_pane", priority=True),
        Binding("shift+tab", "pane(-1)", show=False, id="desk.previous_pane", priority=True),
        Binding("escape", "back_out", show=False, id="desk.back_out"),
    ]

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        self._focus_before: Widget | None = None
        self.place = "day"
        backend.begin()

    # composing

    def compose(self) -> ComposeResult:
        self._fit(*self.app.size)
        yield TopLine(self.backend.person.name, self.backend.person.team)
        with Horizontal(id="panes"):
            yield DayView(id="day")
            with Vertical(id="middle"):
                yield HeadLines()
                yield LifeView(id="life")
            yield BriefView(id="brief")
        yield KeyLine()
        yield Static("", id="small", markup=False)

    async def on_mount(self) -> None:
        self._fit(*self.app.size)
        self.day_view.watched = self.expect_day
        self._show_nobody("")
        self._show_keys()
        reading = self.backend.begin()
        if reading.done():  # read while the program was loading: the first picture is the whole one
            self._take_first(reading)
        else:
            first = wrap_future(reading)
            done, _waiting = await wait([first], timeout=PATIENCE)
            if done:
                self._take_first(first)
            else:
                self.run_worker(self._wait_for(first), group="open", exit_on_error=False)
        self.call_after_refresh(_collect_from_now_on)
        self.set_interval(30, self.action_refresh)

    async def _wait_for(self, first: Future[tuple[Day, Life | None]]) -> None:
        await wait([first])
        self._take_first(first)

    def _take_first(self, first: Future[tuple[Day, Life | None]] | Reading[tuple[Day, Life | None]]) -> None:
        """The first data came, or the reason why it does not."""
        try:
            day, life = first.result()
        except AdvisorError as error:
            self.post_message(Failed(error))
            self.show_pane(self.day_view)
        else:
            self._take_day(day)
            self._start_with(life)

    def _start_with(self, life: Life | None) -> None:
        """Start in my day, or in the life where there is room for one pane only."""
        if life is None:
            self._show_nobody(_("No customer is open. F2 finds one."))
            self.life_view.waiting = False
            self.life_view.rows_changed(-1)
        else:
            self._take_life(life)
            self._begin_reading_more(life)
        self.show_pane(self.life_view if self.has_class("-narrow") and life is not None else self.day_view)

    def _show_nobody(self, note: str) -> None:
        self.query_one(HeadLines).show(None, self.now(), False, note)

    # what the layers above add

    def stay_writing(self, step: int) -> bool:
        """Whether Tab leads into the composer instead of to a pane."""
        return False

    def do_named(self, name: str) -> None:
        """Do the action or view `name`."""

    # layout

    def on_resize(self, event: events.Resize) -> None:
        self._fit(*event.size)
        self._show_head()

    def _fit(self, width: int, height: int) -> None:
        """Choose the layout for a terminal of this size."""
        narrow, before = width < 100 or height < 30, self.has_class("-narrow")
        self.set_class(width >= 120 and not narrow, "-wide")
        self.set_class(100 <= width < 120 and not narrow, "-medium")
        self.set_class(narrow, "-narrow")
        self.set_class(height < 30, "-low")
        tiny = width < 60 or height < 16
        if tiny and not self.has_class("-tiny"):
            self._focus_before = self.focused
        elif self.has_class("-tiny") and not tiny and self._focus_before is not None:
            self.call_after_refresh(self._focus_before.focus)
        self.set_class(tiny, "-tiny")
        if not self.is_mounted:
            return
        if narrow and not before:  # what has the focus stays on screen
            self.set_class(self.day_view.has_focus, "-show-day")
            self.set_class(self.brief_view.has_focus, "-show-brief")
        elif self.has_class("-medium") and self.brief_view.has_focus:
            self.life_view.focus()
        if self.has_class("-tiny"):
            words = _("This terminal is {width} x {height}. The desk needs 60 x 16.").format(width=width, height=height)
            self.query_one("#small", Static).update(words)

    def action_pane(self, step: int) -> None:
        """Walk the panes; where there is room for one, the next takes its place."""
        if self.stay_writing(step):
            return
        panes: list[LineList] = [self.day_view, self.life_view]
        if not self.has_class("-medium"):
            panes.append(self.brief_view)
        at = next((number for number, pane in enumerate(panes) if pane.has_focus), 1 if step < 0 else -1)
        chosen = panes[(at + step) % len(panes)]
        self.show_pane(chosen)

    def show_pane(self, pane: LineList) -> None:
        """Bring `pane` up and put the focus there."""
        if self.has_class("-narrow"):  # elsewhere a class would only restyle every widget
            self.set_class(pane.id == "day", "-show-day")
            self.set_class(pane.id == "brief", "-show-brief")
        pane.focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self.place = PLACE_OF.get(event.widget.id or "", "life")
        self._show_keys()

    def _show_keys(self) -> None:
        narrow = self.has_class("-narrow") and self.place in ("day", "life")
        place = f"{self.place}-narrow" if narrow else self.place
        self.query_one(KeyLine).show(key_line(place, self.backend.workspace.settings.keys))

    def relabel(self) -> None:
        """The language changed."""
        self._fit(*self.app.size)
        self._show_keys()
        self.query_one(TopLine).refresh()
        self._show_head()
        self.action_refresh()

    def say(self, words: str) -> None:
        """Tell something for a few seconds where the status stands, without covering anything."""
        self.query_one(TopLine).set_status("✓", "good", words)
        self.set_timer(5, self.say_standing)

    def say_standing(self) -> None:
        """Say how things stand, at the top."""
        now = self.now()
        self.query_one(TopLine).set_status("●", "good", _("up to date {time}").format(time=now.strftime("%H:%M")))

    # the day

    def _take_day(self, day: Day) -> None:
        now = self.now()
        self.day_view.show(day, now, ageing(self.backend.rules, now.date()))
        self.ahead.again()
        self.query_one(TopLine).set_day(f.weekday(now.date()))
        if self.query_one(TopLine).status[0] != "✓":
            self.say_standing()

    def read_day(self) -> None:
        """Read my day again."""
        instead(self, "day", self._read_day)

    def action_refresh(self) -> None:
        """Read the day and the open customer again."""
        self.read_day()
        if self.life is not None:
            self.open_customer(self.life.brief.head.id, keep=True)

    async def _read_day(self) -> None:
        try:
            until = warn_until(self.backend.rules, self.now())
            self.post_message(
                DayRead(await wrap_future(self.backend.read(read_day, self.now(), until, self.backend.person.name)))
            )
        except AdvisorError as error:
            self.post_message(Failed(error))

    def on_day_read(self, message: DayRead) -> None:
        self._take_day(message.day)

    def on_line_list_chosen(self, message: LineList.Chosen) -> None:
        if message.list.id == "day":
            row = self.day_view.current
            if row is not None:
                entry = row.id if row.section not in OF_CASES else ""
                self.open_customer(row.customer_id, entry=entry)
                self.show_pane(self.life_view)

    def on_key_line_pressed(self, message: KeyLine.Pressed) -> None:
        self.do_named(message.name)

    # failures

    def on_failed(self, message: Failed) -> None:
        error = message.error
        status = _("not saved") if error.code == "disk_full" else _("attention")
        self.query_one(TopLine).set_status("▲", "harm", status)
        self.notify(error.text(_), severity="error", timeout=12, markup=False)


def _collect_from_now_on() -> None:
    """Turn the collector on, which the start went without (cli/desk.py); what the start made stays, and is let alone.

    A picture makes some ten thousand objects that live until the next one. The usual threshold would look through all of
    them while somebody waits for that picture, and find nothing: the desk collects once a customer is on screen instead.
    """
    gc.freeze()
    gc.set_threshold(30_000, 20, 20)
    gc.enable()
