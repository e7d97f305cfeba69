"""The palette: every action by its name in either language, and customers by theirs."""

from __future__ import annotations

from asyncio import wrap_future
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from advisor_tui.actions import registry
from advisor_tui.domain.text import fold, one_line
from advisor_tui.language import _
from advisor_tui.tui.keys import key_name, key_of

if TYPE_CHECKING:
    from advisor_tui.tui.app import AdvisorApp
    from advisor_tui.tui.desk import Desk


class DeskCommands(Provider):
    """Answers the palette while the desk is on screen."""

    def _desk(self) -> Desk | None:
        from advisor_tui.tui.desk import Desk

        return self.screen if isinstance(self.screen, Desk) else None

    def _entries(self) -> list[tuple[str, str, str, str]]:
        """(name, title with its key, English title, help) of all actions and views, actions first."""
        keys = cast("AdvisorApp", self.app).workspace.settings.keys
        found: list[tuple[str, str, str, str]] = []
        entries: list[registry.Action | registry.View] = [*registry.ACTIONS.values(), *registry.VIEWS.values()]
        for entry in entries:
            key = key_of(entry.name, keys)
            title = f"{_(entry.title)}  ({key_name(key)})" if key else _(entry.title)
            found.append((entry.name, title, entry.title, _(entry.help)))
        return found

    async def discover(self) -> Hits:
        desk = self._desk()
        if desk is not None:
            for name, title, _english, said in self._entries():
                yield DiscoveryHit(Content(title), partial(desk.do_named, name), text=title, help=said)

    async def search(self, query: str) -> Hits:
        desk = self._desk()
        if desk is None:
            return
        typed, empty = fold(query).split(), True
        for name, title, english, said in self._entries():
            names = fold(f"{title} {english} {name}")
            meant = fold(f"{names} {said}")
            if all(word in meant for word in typed):
                empty = False
                score = 1.0 if names.startswith(fold(query)) else 0.8 if all(word in names for word in typed) else 0.75
                yield Hit(score, Content(title), partial(desk.do_named, name), text=title, help=said)
        answer = await wrap_future(desk.backend.find(query))
        people = answer[1][:8] if answer else []
        if empty and not people:
            nothing = _("No action and no customer found.")
            yield Hit(0.1, Content(nothing), lambda: None, text=nothing)
        for place, found in enumerate(people):
            go = cast("Callable[[], None]", partial(desk.open_customer, found.id))
            name = one_line(found.name, 60)
            yield Hit(0.7 - place / 100, Content(name), go, text=name, help=_("Open the customer"))
