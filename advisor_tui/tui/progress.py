"""How a case stands, for the customer: to be read to them, or copied into a letter. Only from steps and promises."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from advisor_tui.domain.progress_words import progress_text
from advisor_tui.domain.state import CustomerState
from advisor_tui.domain.text import one_line
from advisor_tui.language import _
from advisor_tui.store.journal import Journal
from advisor_tui.tui.chrome import KeyLine
from advisor_tui.tui.clipboard import copy
from advisor_tui.tui.forms import BREAKPOINTS
from advisor_tui.tui.ink import Line, wrap
from advisor_tui.tui.spoken import speaking
from advisor_tui.tui.texts import TextList


def read_progress(journal: Journal, customer_id: str, case_id: str, now: datetime) -> list[str]:
    """The lines, in the customer's language, on the thread that writes."""
    state: CustomerState = journal.state(customer_id)
    with speaking(state.customer.language if state.customer is not None else ""):
        return progress_text(state, state.cases[case_id], now)


class ProgressScreen(ModalScreen[None]):
    """The lines as the customer reads them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", show=False, id="progress.copy"),
        Binding("escape", "dismiss(None)", show=False, id="progress.leave"),
    ]
    VERTICAL_BREAKPOINTS = BREAKPOINTS
    place = "life"

    def __init__(self, about: str, told: list[str]) -> None:
        super().__init__()
        self.about, self.told = about, told

    def compose(self) -> ComposeResult:
        with Vertical(id="meanwhile"):
            yield Static(_("How it stands, for the customer"), id="choose-title", markup=False)
            yield Static(one_line(self.about, 200), id="form-about", markup=False)
            yield TextList(self._lines, id="meanwhile-texts")
            yield KeyLine("panel-keys", [("y", _("copy"), "copy"), ("Esc", _("leave"), "")])

    def on_mount(self) -> None:
        self.query_one(TextList).focus()

    def _lines(self, width: int) -> list[Line]:
        return [[(line, "bright" if number == 0 else "text")] for number, said in enumerate(self.told) for line in wrap(said, width)[0]]  # fmt: skip

    def on_key_line_pressed(self, message: KeyLine.Pressed) -> None:
        """A click does what the key does."""
        if message.name == "copy":
            self.action_copy()
        else:
            self.dismiss(None)

    def action_copy(self) -> None:
        """Put the lines on the clipboard, for a letter or a mail."""
        self.notify(copy(self.app, "\n".join(self.told)), timeout=4, markup=False)
