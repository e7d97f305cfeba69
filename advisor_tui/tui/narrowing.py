"""Narrowing a life: filter by channel, kind, case or person; search words inside; find other customers."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.containers import Horizontal
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import Input, Static

from advisor_tui.domain.text import words as split_words
from advisor_tui.language import _, ngettext, words
from advisor_tui.language import formats as f
from advisor_tui.tui.meant import Meant
from advisor_tui.tui.painted import blank
from advisor_tui.tui.shown import Filter

if TYPE_CHECKING:
    from advisor_tui.tui.app import AdvisorApp


class SearchBox(Input):
    """Words that are looked for in the life."""

    def render_lines(self, crop: Region) -> list[Strip]:
        return super().render_lines(crop) if self.is_attached else blank(crop)


class Narrowing(Meant):
    """The desk's filters and searches."""

    def action_filter(self) -> None:
        """Choose what to show."""
        self.run_worker(self._filter(), group="act", exclusive=True, exit_on_error=False)

    async def _filter(self) -> None:
        from advisor_tui.tui.choose import ChooseScreen

        picked = await self.app.push_screen_wait(ChooseScreen(_("Show only"), self._filters()))
        if picked is None:
            return
        field, _sep, value = picked.partition(":")
        self.life_view.set_filter(Filter().only(field, value))
        self._show_head()
        self.show_pane(self.life_view)

    def _filters(self) -> list[tuple[str, str]]:
        """What this life can be narrowed to, most frequent first."""
        entries = self.life_view.entries
        options = [("", _("everything"))]
        channels = Counter(entry.channel for entry in entries if entry.kind == "contact")
        options += [(f"channel:{name}", f"{words.channel(name)} · {count}") for name, count in channels.most_common()]
        kinds = Counter(entry.kind for entry in entries if entry.kind not in ("contact", "case"))
        options += [(f"kind:{name}", f"{words.kind(name)} · {count}") for name, count in kinds.most_common()]
        people = Counter(entry.author for entry in entries if entry.author and entry.direction != "inbound")
        options += [(f"author:{name}", name) for name, _count in people.most_common(8)]
        options += [(f"case:{case.id}", _("case “{subject}”").format(subject=case.subject)) for case in self.cases()]
        return options

    def filter_note(self) -> str:
        """What the life is narrowed to, in words; "" when it is whole."""
        shown = self.life_view.filter
        if shown == Filter():
            return ""
        count = len(self.life_view.shown)
        entries = ngettext("{count} entry", "{count} entries", count).format(count=count)
        said = " ".join(shown.words) or words.channel(shown.channel) or words.kind(shown.kind) or shown.author
        case = next((case.subject for case in self.cases() if case.id == shown.case), "")
        return _("Only {what}: {entries}. Esc shows everything.").format(what=f.quote(said or case), entries=entries)

    def action_search(self) -> None:
        """Search words in this life, as they are typed."""
        if self.life is not None:
            self.run_worker(self._open_search(), group="act", exclusive=True, exit_on_error=False)

    async def _open_search(self) -> None:
        if not self.query("#search-line"):
            cast("AdvisorApp", self.app).need_panels()
            box = SearchBox(placeholder=_("words in this life"), id="search-box", compact=True)
            await self.query_one("#middle").mount(Horizontal(Static("/", id="search-label"), box, id="search-line"))
        self.add_class("-searching")
        self.show_pane(self.life_view)
        self.query_one("#search-box", Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "search-box":
            self.life_view.set_filter(Filter(words=tuple(split_words(event.value))))
            self._show_head()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "search-box":
            self.remove_class("-searching")
            self.life_view.focus()

    def action_back_out(self) -> None:
        """Esc: out of the search, then the filter, then back to my day."""
        if self.has_class("-searching"):
            self.remove_class("-searching")
            self.query_one("#search-box", Input).value = ""
            self.life_view.focus()
        if self.life_view.filter != Filter():
            self.life_view.set_filter(Filter())
            self._show_head()
        elif not self.day_view.has_focus:
            self.show_pane(self.day_view)

    # finding

    def action_find(self) -> None:
        """Find a customer or words over the whole workspace."""
        self.run_worker(self._find(), group="act", exclusive=True, exit_on_error=False)

    async def _find(self) -> None:
        from advisor_tui.tui.find import FindScreen

        expect = partial(self.ahead.expect, "found")
        found = await self.app.push_screen_wait(FindScreen(self.backend, link=self.link, expect=expect))
        if found is not None:
            self.open_customer(found[0], entry=found[1])
            self.show_pane(self.life_view)
        expect("")

    async def pick_customer(self, title: str) -> str | None:
        """Let a person find a customer; their id."""
        from advisor_tui.tui.find import FindScreen

        found = await self.app.push_screen_wait(FindScreen(self.backend, title, customers_only=True, link=self.link))
        return found[0] if found is not None else None
