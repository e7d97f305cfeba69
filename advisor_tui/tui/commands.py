"""The palette: every action by its name in either language, and customers by theirs."""

from __future__ import annotations

from asyncio import wrap_future
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from advisor_tui.actions import registry
from advisor_tui.domain.text import fold, one_line
from advisor_tui.language import _
from advisor_tui.tui.keys import key_name

if TYPE_CHECKING:
    from advisor_tui.tui.desk import Desk


def _entries() -> list[tuple[str, str, str, str]]:
    """(name, title, English title, help) of all actions and views, actions first."""
    found: list[Any] = [*registry.ACTIONS.values(), *registry.VIEWS.values()]
    return [
        (
            entry.name,
            f"{_(entry.title)}  ({key_name(entry.key)})" if entry.key else _(entry.title),
            entry.title,
            _(entry.help),
        )
        for entry in found
    ]


class DeskCommands(Provider):
    """Answers the palette while the desk is on screen."""

    def _desk(self) -> Desk | None:
        from advisor_tui.tui.desk import Desk

        return self.screen if isinstance(self.screen, Desk) else None

    async def discover(self) -> Hits:
        desk = self._desk()
        if desk is not None:
            for name, title, _english, said in _entries():
                yield DiscoveryHit(Content(title), partial(desk.do_named, name), text=title, help=said)

    async def search(self, query: str) -> Hits:
        desk = self._desk()
        if desk is None:
            return
        typed = fold(query).split()
        for name, title, english, said in _entries():
            names = fold(f"{title} {english} {name}")
            if all(word in names for word in typed):
                score = 1.0 if names.startswith(fold(query)) else 0.8
                yield Hit(score, Content(title), partial(desk.do_named, name), text=title, help=said)
        answer = await wrap_future(desk.backend.find(query))
        for place, found in enumerate((answer[1] if answer else [])[:8]):
            go = cast("Callable[[], None]", partial(desk.open_customer, found.id))
            yield Hit(
                0.7 - place / 100, Content(one_line(found.name, 60)), go, text=found.name, help=_("Open the customer")
            )
