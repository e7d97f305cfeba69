"""Choose one of a few: a case, a filter, a draft."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from advisor_tui.domain.text import one_line
from advisor_tui.language import _
from advisor_tui.tui.forms import BREAKPOINTS


class ChooseScreen(ModalScreen[str | None]):
    """A short list; Enter takes the line, a first letter goes to it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", show=False, id="choose.leave")]
    VERTICAL_BREAKPOINTS = BREAKPOINTS
    place = "choose"

    def __init__(self, title: str, options: list[tuple[str, str]], apart: list[str] | None = None) -> None:
        super().__init__()
        self.list_title, self.options = title, options
        self.apart = apart or []  # shown below the others, and not to be taken

    def compose(self) -> ComposeResult:
        with Vertical(id="choose"):
            yield Static(self.list_title, id="choose-title", markup=False)
            yield OptionList(
                *(Option(Content(one_line(words, 100)), id=f"o{number}") for number, (_value, words) in enumerate(self.options)),
                *(Option(Content(one_line(words, 200)), disabled=True) for words in self.apart),
                id="choose-list", compact=True,
            )  # fmt: skip
            yield Static(_("Enter take   Esc leave"), id="choose-keys", markup=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self.options[event.option_index][0])

    def on_key(self, event: Key) -> None:
        letter = (event.character or "").casefold()
        if len(letter) != 1 or not letter.isalpha():
            return
        chosen = self.query_one(OptionList)
        start = (chosen.highlighted or 0) + 1
        for number in [*range(start, len(self.options)), *range(start)]:
            if number < len(self.options) and self.options[number][1].casefold().lstrip().startswith(letter):
                chosen.highlighted = number
                event.stop()
                return
