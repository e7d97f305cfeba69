"""Finding beyond this computer: customers of the server who are not here, under the local results that never wait for them."""

from __future__ import annotations

import asyncio
from asyncio import wrap_future
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.domain.text import one_line
from advisor_tui.language import _
from advisor_tui.store.reads.customer import read_head
from advisor_tui.tui.ink import Line, spread, wrap

if TYPE_CHECKING:
    from advisor_tui.tui.backend import Backend
    from advisor_tui.tui.link import Link

DEBOUNCE = 0.35
"""Seconds after the last key before the server is asked."""
LEAST = 2
"""Letters for which it is worth asking."""


class Away(NamedTuple):
    """A customer of the server who is not on this computer."""

    id: str
    name: str
    team: str
    number: str


class Beyond:
    """What the server answers to the words in the box: nothing yet, customers, or why not."""

    def __init__(self, backend: Backend, link: Link | None) -> None:
        self.backend, self.link = backend, link
        self.found: list[Away] = []
        self.note = ""
        self.failed = False
        self.bringing = ""

    async def ask(self, text: str, tell: Callable[[], None]) -> None:
        """Ask once the typing rests; `tell` hears when there is something to show."""
        before = self.found or self.note
        self.found, self.note, self.failed = [], "", False
        if before:
            tell()
        if self.link is None or len(text.strip()) < LEAST:
            return
        await asyncio.sleep(DEBOUNCE)
        self.note = _("asking the server…")
        tell()
        try:
            answer = await wrap_future(self.link.find(text))
            ids = [found.id for found in answer]
            here = set(await wrap_future(self.backend.read(known_here, ids)))
        except AdvisorError as error:
            self.note, self.failed = error.text(_), True
        else:
            self.found = [
                Away(found.id, found.name, found.team, found.number) for found in answer if found.id not in here
            ]
            self.note = ""
        tell()

    async def bring(self, away: Away, tell: Callable[[], None]) -> bool:
        """Fetch a customer; whether they are here now."""
        if self.link is None or self.bringing:
            return False
        self.bringing = away.id
        tell()
        try:
            came = await wrap_future(self.link.fetch(away.id))
            self.note = "" if came else _("The server no longer knows this customer.")
        except AdvisorError as error:
            came, self.note = False, error.text(_)
        self.bringing = ""
        tell()
        return came

    def rows(self) -> list[Any]:
        """The heading, the customers, and the sentence where there is one."""
        if not self.found and not self.note:
            return []
        return [_("On the server, not on this computer"), *self.found, *([Note(self.note)] if self.note else [])]

    def paint(self, away: Away, width: int) -> list[Line]:
        """One customer of the server."""
        right: Line = [(_("bringing them here…"), "accent")]
        if away.id != self.bringing:
            right = [(one_line(away.team, 30), "muted")]
        left: Line = [("○ ", "muted"), (one_line(away.name, 60), "text")]
        if away.number:
            left.append((f"   {one_line(away.number, 30)}", "muted"))
        return [spread(left, right, width)]


class Note(str):
    """A sentence among the results."""

    __slots__ = ()

    def lines(self, width: int) -> list[Line]:
        """The sentence, quietly."""
        return [[("  ", "text"), (line, "muted")] for line in wrap(self, width - 2)[0]]


def known_here(connection: Any, ids: list[str]) -> list[str]:
    """Those of `ids` who are on this computer."""
    return [id_ for id_ in ids if read_head(connection, id_) is not None]
