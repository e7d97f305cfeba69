"""My own phrases and signature: put one where the cursor is, keep the marked text as one. Nobody else has them."""

from __future__ import annotations

from asyncio import wrap_future
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.domain.text import harmless, one_line
from advisor_tui.language import _
from advisor_tui.store.private import SIGNATURE, Private, Snippet, matching
from advisor_tui.tui.forms import BREAKPOINTS
from advisor_tui.tui.surprise import Surprised

if TYPE_CHECKING:
    from textual.widgets import TextArea

    from advisor_tui.tui.app import AdvisorApp
    from advisor_tui.tui.backend import Backend


def insert_snippet(area: TextArea) -> None:
    """Ask for a phrase and put it where the cursor of `area` is; what is marked there can be kept as one."""
    backend = cast("AdvisorApp", area.app).backend
    if backend is None:
        return

    def put(text: str | None) -> None:
        if text:
            area.insert(text, maintain_selection_offset=False)

    area.app.push_screen(SnippetsScreen(backend, area.selected_text or area.text), put)


class SnippetsScreen(Surprised, ModalScreen[str | None]):
    """The list, narrowed by what is typed. Enter answers the phrase under the cursor; a new one has the name that is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", show=False, id="snippets.leave"),
        Binding("down", "step(1)", show=False, priority=True, id="snippets.next"),
        Binding("up", "step(-1)", show=False, priority=True, id="snippets.previous"),
        Binding("ctrl+s", "keep", show=False, priority=True, id="snippets.keep"),
        Binding("ctrl+d", "remove", show=False, priority=True, id="snippets.remove"),
    ]
    VERTICAL_BREAKPOINTS = BREAKPOINTS
    place = "snippets"

    def __init__(self, backend: Backend, passage: str) -> None:
        super().__init__()
        self.backend, self.passage = backend, passage
        self.known: list[Snippet] = []
        self.shown: list[Snippet] = []
        self._doomed = ""  # the phrase that goes when ctrl+d is pressed once more

    def compose(self) -> ComposeResult:
        with Vertical(id="choose"):
            yield Static(_("My own phrases; nobody else has them"), id="choose-title", markup=False)
            yield Input(placeholder=_("a name or words"), id="snippet-box", compact=True)
            yield OptionList(id="choose-list", compact=True)
            yield Static("", id="form-error", markup=False)
            keys = _("Enter insert   ^S keep the marked text   ^D remove   Esc leave")
            yield Static(keys, id="choose-keys", markup=False)

    def on_mount(self) -> None:
        self.query_one(OptionList).can_focus = False
        self.query_one(Input).focus()
        self._work(Private.snippets, then=self._take)

    def _work(self, work: Callable[..., Any], *given: Any, then: Callable[[Any], None]) -> None:
        """Read or change the private file off the screen; a refusal is told on the list."""

        async def run() -> None:
            try:
                then(await wrap_future(self.backend.own(work, *given)))
            except AdvisorError as error:
                self._say(error.text(_))

        self.run_worker(run(), group="own", exit_on_error=False)

    def _take(self, known: list[Snippet]) -> None:
        self.known = known
        self._narrow()

    def _narrow(self, name: str = "") -> None:
        """Show what fits what is typed, the cursor on `name` or on the first."""
        self.shown = matching(self.known, self.query_one(Input).value)
        listed = self.query_one(OptionList)
        listed.clear_options()
        for number, one in enumerate(self.shown):
            title = _("signature") if one.is_signature else one_line(one.name, 40)
            listed.add_option(Option(Content(f"{title} · {one_line(one.text, 80)}"), id=f"o{number}"))
        if not self.known:
            listed.add_option(
                Option(Content(_("Nothing yet. Type a name, then ^S keeps the text under it.")), disabled=True)
            )
        elif not self.shown:
            listed.add_option(Option(Content(_("No phrase has these words.")), disabled=True))
        places = [place for place, one in enumerate(self.shown) if one.name == name]
        listed.highlighted = (places or [0])[0] if self.shown else None

    def _here(self) -> Snippet | None:
        place = self.query_one(OptionList).highlighted
        return self.shown[place] if place is not None and place < len(self.shown) else None

    def _say(self, words: str) -> None:
        self.query_one("#form-error", Static).update(harmless(words))
        self.set_class(bool(words), "-refused")

    def on_input_changed(self) -> None:
        self._doomed = ""
        self._say("")
        self._narrow()

    def on_input_submitted(self) -> None:
        here = self._here()
        if here is not None:
            self.dismiss(here.text)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self.shown[event.option_index].text)

    def action_step(self, step: int) -> None:
        """Move in the list while the name is being typed."""
        self._doomed = ""
        listed = self.query_one(OptionList)
        if self.shown:
            listed.highlighted = ((listed.highlighted or 0) + step) % len(self.shown)

    def action_keep(self) -> None:
        """Keep the marked text, or all of it where nothing is marked, under the name that is typed."""
        name = self.query_one(Input).value
        if not self.passage.strip():
            self._say(_("There is no text to keep: write it first, then come here."))
        elif not name.strip():
            self._say(_("Type the name that it shall have; “{name}” makes it the signature.").format(name=SIGNATURE))
        else:
            self._work(Private.keep, name, self.passage, then=self._kept)

    def _kept(self, kept: Snippet) -> None:
        self.known = [kept, *(one for one in self.known if one.name.casefold() != kept.name.casefold())]
        self.known.sort(key=lambda one: (not one.is_signature, one.name.casefold()))
        with self.prevent(Input.Changed):
            self.query_one(Input).value = ""
        self._narrow(kept.name)
        self._say(_("Kept: {name}").format(name=one_line(kept.name, 40)))

    def action_remove(self) -> None:
        """Take the phrase under the cursor away, once asked for twice."""
        here = self._here()
        if here is None:
            return
        if self._doomed != here.name:
            self._doomed = here.name
            self._say(_("^D once more, and “{name}” is gone.").format(name=one_line(here.name, 40)))
            return
        self._doomed = ""
        self._say("")
        self._work(_removed, here.name, then=self._take)


def _removed(private: Private, name: str) -> list[Snippet]:
    private.remove(name)
    return private.snippets()
