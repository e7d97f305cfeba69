"""Customers read and drawn before somebody opens them: whoever was open before, and whoever is under the cursor.

Who walks through their day opens the customer under the cursor, who looks somebody up opens the first one found, and
Backspace goes back. While nobody presses a key, the reading thread opens these few as the desk would. A key then finds the
picture ready, unless anything was written to the workspace meanwhile, whoever did: then it is read as if nothing was here.
"""

from __future__ import annotations

from asyncio import TimerHandle, get_running_loop
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from advisor_tui.domain.promising import ageing
from advisor_tui.store.reads.brief import Life, read_life
from advisor_tui.tui.brief_rows import brief_lines
from advisor_tui.tui.ink import Line
from advisor_tui.tui.life import Drawn, draw
from advisor_tui.tui.life_rows import Setting

if TYPE_CHECKING:
    import sqlite3

    from advisor_tui.domain.rules import Rules
    from advisor_tui.tui.backend import Backend

REST = 0.08
"""Seconds without a step of the cursor after which somebody is thought to look at what is under it."""
KEPT = 45.0
"""Seconds that a picture holds: the desk reads again every thirty, and waiting times are told in minutes."""


class Form(NamedTuple):
    """What a picture depends on besides its customer: cells and lines of the panes, and the language."""

    life: tuple[int, int]
    brief: tuple[int, int]
    language: str


class Opened(NamedTuple):
    """A customer as the desk shows them: what is known, and the first lines of it."""

    life: Life
    setting: Setting
    form: Form
    drawn: Drawn
    brief: list[Line]
    version: int
    """Of the workspace that was read: SQLite has another number once anybody wrote, this process too."""


def setting_of(life: Life, now: datetime, rules: Rules) -> Setting:
    """What the lines of `life` depend on at `now` (local)."""
    cases = {case.id: case for case in life.brief.cases}
    return Setting(now, ageing(rules, now.date()), cases, survey_waits=life.brief.survey_waits)


def version_of(connection: sqlite3.Connection) -> int:
    """A number that is another one once another connection wrote to the workspace; it costs some microseconds."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def open_life(
    connection: sqlite3.Connection,
    customer_id: str,
    now: datetime,
    rules: Rules,
    form: Form,
    known: Future[Opened | None] | None = None,
) -> Opened | None:
    """Read a customer, and draw what a first picture shows; None where this workspace does not know them.

    Where they are `known` as of now they are neither read nor drawn; a reading that began is over when this one begins.
    """
    version = version_of(connection)
    if known is not None and known.done() and not known.cancelled() and known.exception() is None:
        found = known.result()
        if found is not None and found.version == version and found.form == form and _holds(found, now):
            return found
    life = read_life(connection, customer_id, now, rules, True)
    if life is None:
        return None
    setting = setting_of(life, now, rules)
    told = brief_lines(life.brief, now, *form.brief) if form.brief[1] else []  # where the pane is hidden, not drawn
    return Opened(life, setting, form, draw(life.entries, setting, *form.life), told, version)


def _holds(known: Opened, now: datetime) -> bool:
    """Whether what is told of times is still so."""
    then = known.setting.now
    return now.date() == then.date() and 0 <= (now - then).total_seconds() < KEPT


class Ahead:
    """The pictures that are ready, one for each reason to expect a customer."""

    def __init__(self, backend: Backend, form: Callable[[], Form], here: Callable[[], tuple[str, ...]]) -> None:
        """`form` says how pictures are drawn now, `here` who is on screen and needs none."""
        self.backend, self.form, self.here = backend, form, here
        self._wanted: dict[str, str] = {}
        self._ready: dict[str, Future[Opened | None]] = {}
        self._timer: TimerHandle | None = None
        self._due = 0.0
        self._stopped = False

    def expect(self, reason: str, customer_id: str) -> None:
        """For `reason`, this customer may be opened next ("" for nobody): they are read once the keys rest."""
        if self._wanted.get(reason) == customer_id:
            return
        self._wanted[reason] = customer_id
        self._drop(reason)
        self._later()

    def again(self) -> None:
        """Time went on, or something was written: who is expected is read anew."""
        for reason in [*self._ready]:
            self._drop(reason)
        self._later()

    def stop(self) -> None:
        """Nobody is here any more."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def open(self, customer_id: str) -> Future[Opened | None]:
        """Open a customer: what is ready, or being read, is given away where it holds when the reading thread looks."""
        known = next((reason for reason in self._ready if self._wanted[reason] == customer_id), None)
        return self._read(customer_id, None if known is None else self._ready.pop(known))

    def _drop(self, reason: str) -> None:
        found = self._ready.pop(reason, None)
        if found is not None:
            found.cancel()  # where it has not begun it stands in nobody's way

    def _later(self) -> None:
        if self._stopped:
            return
        loop = get_running_loop()
        self._due = loop.time() + REST
        if self._timer is None:  # else it looks at the clock again: a held key sets no timers
            self._timer = loop.call_at(self._due, self._prepare)

    def _prepare(self) -> None:
        loop = get_running_loop()
        self._timer = loop.call_at(self._due, self._prepare) if loop.time() < self._due else None
        if self._timer is not None:
            return
        ready = {*self.here(), *(self._wanted[reason] for reason in self._ready), ""}
        for reason, customer_id in self._wanted.items():
            if customer_id not in ready:
                ready.add(customer_id)
                self._ready[reason] = self._read(customer_id)

    def _read(self, customer_id: str, known: Future[Opened | None] | None = None) -> Future[Opened | None]:
        backend = self.backend
        return backend.read(open_life, customer_id, backend.now(), backend.rules, self.form(), known)
