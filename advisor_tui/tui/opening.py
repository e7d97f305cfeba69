"""Opening a customer: whose life is on screen, who is on the way, and what the reading thread brings."""

from __future__ import annotations

import gc
from asyncio import sleep, wrap_future
from datetime import datetime
from functools import partial

from textual.screen import Screen

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.language import _, language
from advisor_tui.store.reads.brief import Life, read_life
from advisor_tui.store.reads.customer import PAGE, Entry, read_cases, read_entries
from advisor_tui.tui.ahead import Ahead, Form, Opened, setting_of
from advisor_tui.tui.backend import Backend
from advisor_tui.tui.brief import BriefView
from advisor_tui.tui.chrome import HeadLines
from advisor_tui.tui.day import DayView
from advisor_tui.tui.facts import CasesRead, Failed, Gone, LifeRead, MoreRead
from advisor_tui.tui.life import LifeView
from advisor_tui.tui.surprise import Surprised, instead

CHUNK = 2000
FIRST_PICTURE = 0.06
"""Seconds that the older pages leave to the first picture."""


class Opening(Surprised, Screen[None]):
    """The part of the desk that knows which customer is open."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(id="desk")
        self.backend = backend
        self.life: Life | None = None
        self.trail: list[str] = []
        self.draft_note = ""
        self.ahead = Ahead(backend, self._form, self._here)
        self._opening = 0  # how often a customer was asked for: an older answer comes too late
        self._awaited = 0  # the asking whose customer is on the way; reading the one on screen again must not stop it

    def on_unmount(self) -> None:
        self.ahead.stop()

    def now(self) -> datetime:
        """The present in the workspace's civil calendar."""
        return self.backend.now()

    @property
    def day_view(self) -> DayView:
        return self.query_one(DayView)

    @property
    def life_view(self) -> LifeView:
        return self.query_one(LifeView)

    @property
    def brief_view(self) -> BriefView:
        return self.query_one(BriefView)

    def _here(self) -> tuple[str, ...]:
        """The records of the customer on screen."""
        return self.life.brief.head.ids if self.life is not None else ()

    def _form(self) -> Form:
        """What a picture of a customer depends on now."""
        return Form((self.life_view.text_width, self.life_view.size.height), self.brief_view.room, language())

    # what the layers above add

    def filter_note(self) -> str:
        """What the life is narrowed to, in words."""
        return ""

    def customer_shown(self) -> None:
        """A customer is on screen."""

    # opening

    def open_customer(self, customer_id: str, keep: bool = False, entry: str = "", back: bool = False) -> None:
        """Show a customer's life; `keep` stays at the same entry, `entry` goes to one, `back` leaves no trail."""
        if not keep and not back and self.life is not None and self.life.brief.head.id != customer_id:
            self.trail = [*self.trail[-19:], self.life.brief.head.id]
        current = self.life_view.current
        place = entry or (current.id if keep and current is not None else "")
        if keep and self._awaited:  # it would stop the one who is on the way
            return
        self._opening += 1
        self._awaited = 0 if keep else self._opening
        instead(self, "open", self._read_again if keep else self._read_life, customer_id, place, self._opening)

    async def _read_life(self, customer_id: str, place: str, asked: int) -> None:
        """Read a customer who is to be opened."""
        try:
            opened = await wrap_future(self.ahead.open(customer_id))
        except BaseException as error:
            self._awaited = 0 if self._awaited == asked else self._awaited
            if not isinstance(error, AdvisorError):
                raise
            self.post_message(Failed(error))
            return
        if opened is None:
            self._awaited = 0
            self.notify(_("This customer is not in this workspace."), severity="warning", markup=False)
            return
        self.post_message(LifeRead(opened, place, False, asked))
        try:
            await self._read_more(opened.life)
        except AdvisorError as error:
            self.post_message(Failed(error))

    async def _read_again(self, customer_id: str, place: str, asked: int) -> None:
        """Read the customer on screen again: whole at once, so that nothing on screen moves."""
        try:
            life = await wrap_future(self.backend.read(read_life, customer_id, self.now(), self.backend.rules))
            if life is None:
                self.post_message(Gone(customer_id))
                return
            for offset in range(PAGE, life.total, CHUNK):
                found = self.backend.read(read_entries, life.brief.head.ids, CHUNK, offset)
                more: list[Entry] = await wrap_future(found)
                life.entries.extend(more)
            self.post_message(LifeRead(life, place, True, asked))
        except AdvisorError as error:
            self.post_message(Failed(error))

    async def bring(self, customer_id: str, entry: str) -> None:
        """Open a customer at an entry, and be there when this is done."""
        opened = await wrap_future(self.ahead.open(customer_id))
        if opened is not None:
            if self.life is not None:
                self.trail = [*self.trail[-19:], self.life.brief.head.id]
            self._opening, self._awaited = self._opening + 1, 0
            self._take_life(opened, entry)
            self._begin_reading_more(opened.life)

    def _begin_reading_more(self, life: Life) -> None:
        if life.total > PAGE:
            self.run_worker(self._read_more(life), group="open", exclusive=True, exit_on_error=False)

    async def _read_more(self, life: Life) -> None:
        """The older entries, in pages, once the newest are on screen."""
        head = life.brief.head
        if life.total > PAGE:
            await sleep(FIRST_PICTURE)
            self.post_message(CasesRead(life, await wrap_future(self.backend.read(read_cases, head.ids))))
        for offset in range(PAGE, life.total, CHUNK):
            more = await wrap_future(self.backend.read(read_entries, head.ids, CHUNK, offset))
            self.post_message(MoreRead(life, more))

    def on_life_read(self, message: LifeRead) -> None:
        if message.asked == self._opening:
            self._awaited = 0
            self._take_life(message.opened, message.place, message.same)

    def _take_life(self, opened: Life | Opened, place: str = "", same: bool = False) -> None:
        if isinstance(opened, Opened):
            life, setting, drawn = opened.life, opened.setting, None
            brief_drawn = None
            if opened.form == self._form():  # else it is drawn for another size or language
                drawn, brief_drawn = opened.drawn, (opened.form.brief, opened.brief)
        else:
            life, drawn, brief_drawn = opened, None, None
            setting = setting_of(life, self.now(), self.backend.rules)
        same = same and self.life is not None and self.life.brief.head.id == life.brief.head.id
        self.life = life
        self.draft_note = self.draft_note if same else ""
        with self.app.batch_update():  # one picture, not one a pane
            self.life_view.show(life.entries, life.total, setting, place, same, drawn)
            self.brief_view.show(life.brief, setting.now, brief_drawn)
            self._show_head()
        self.customer_shown()
        self.ahead.expect("before", self.trail[-1] if self.trail else "")
        self.set_timer(FIRST_PICTURE, partial(gc.collect, 1))  # rather than in the next picture

    def expect_day(self) -> None:
        """The cursor in my day came to a row: its customer may be next."""
        row = self.day_view.current
        self.ahead.expect("day", row.customer_id if row is not None else "")

    def on_cases_read(self, message: CasesRead) -> None:
        if self.life is message.life:
            self.life.brief.cases[:] = message.cases
            self.life_view.know_cases({case.id: case for case in message.cases})

    def on_more_read(self, message: MoreRead) -> None:
        if self.life is message.life:
            self.life_view.add(message.entries)

    def _show_head(self) -> None:
        if self.life is not None:
            short = not self.has_class("-wide")
            self.query_one(HeadLines).show(self.life.brief, self.now(), short, self.filter_note() or self.draft_note)
