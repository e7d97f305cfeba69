"""Opening a customer: whose life is on screen, who is on the way, and what the reading thread brings."""

from __future__ import annotations

import gc
from asyncio import sleep, wrap_future
from concurrent.futures import Future as Reading
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
        self._awaited = 0  # the asking whose customer is on the way
        self._missed = False  # the one on screen was to be read again meanwhile
        self._leaving: list[str] = []  # the trail once they are on screen

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
        """Show a customer's life; `keep` stays at the same entry, `entry` goes to one, `back` goes back on the trail."""
        if keep and self._awaited:  # reading the one on screen again would stop the one who is on the way
            self._missed = True
            return
        current = self.life_view.current
        place = entry or (current.id if keep and current is not None else "")
        if not keep:
            self._plan_trail(customer_id, back)
        self._opening += 1
        self._awaited, self._missed = 0 if keep else self._opening, False
        if keep:
            instead(self, "open", self._read_again, customer_id, place, self._opening)
        else:
            instead(self, "open", self._read_life, self.ahead.open(customer_id), place, self._opening)

    def trail_to_be(self) -> list[str]:
        """Who was open before whoever is open, or is on the way."""
        return self._leaving if self._awaited else self.trail

    def _plan_trail(self, customer_id: str, back: bool = False) -> None:
        """Work out the trail as it will be once this customer is on screen."""
        trail = self.trail_to_be()
        here = self.life.brief.head.id if self.life is not None else customer_id
        if back:
            self._leaving = trail[:-1]
        else:
            self._leaving = trail if here == customer_id or trail[-1:] == [here] else [*trail[-19:], here]

    async def _read_life(self, reading: Reading[Opened | None], place: str, asked: int) -> None:
        """Wait for a customer who is to be opened."""
        opened, failed = None, None
        try:
            opened = await wrap_future(reading)
        except AdvisorError as error:
            failed = error
        finally:
            if opened is None and self._awaited == asked:
                self._awaited = 0
        if opened is not None:
            self.post_message(LifeRead(opened, place, False, asked))
            await self._read_more(opened.life)
            return
        if failed is not None:
            self.post_message(Failed(failed))
        else:
            self.notify(_("This customer is not in this workspace."), severity="warning", markup=False)
        self._catch_up()

    def _catch_up(self) -> None:
        """Read the customer on screen again, if that was asked for while another was on the way."""
        if self._missed and self.life is not None:
            self.open_customer(self.life.brief.head.id, keep=True)

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
            self._plan_trail(opened.life.brief.head.id)
            self._opening, self._awaited, self.trail = self._opening + 1, 0, self._leaving
            self._take_life(opened, entry)
            self._begin_reading_more(opened.life)

    def _begin_reading_more(self, life: Life) -> None:
        if life.total > PAGE:
            self.run_worker(self._read_more(life), group="open", exclusive=True, exit_on_error=False)

    async def _read_more(self, life: Life) -> None:
        """The older entries, in pages, once the newest are on screen."""
        try:
            await self._read_pages(life)
        except AdvisorError as error:
            self.post_message(Failed(error))

    async def _read_pages(self, life: Life) -> None:
        head = life.brief.head
        if life.total > PAGE:
            await sleep(FIRST_PICTURE)
            self.post_message(CasesRead(life, await wrap_future(self.backend.read(read_cases, head.ids))))
        for offset in range(PAGE, life.total, CHUNK):
            more = await wrap_future(self.backend.read(read_entries, head.ids, CHUNK, offset))
            self.post_message(MoreRead(life, more))

    def on_life_read(self, message: LifeRead) -> None:
        if message.asked != self._opening:
            return
        self._awaited = 0
        if not message.same:
            self.trail = self._leaving
        self._take_life(message.opened, message.place, message.same)
        self._catch_up()

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
