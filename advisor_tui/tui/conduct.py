"""An abusive contact: the words to say, one key to note each step. Two keys end a call: `!`, then `e`."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from advisor_tui.domain.text import one_line
from advisor_tui.language import _
from advisor_tui.language import formats as f
from advisor_tui.tui.chrome import KeyLine
from advisor_tui.tui.forms import BREAKPOINTS
from advisor_tui.tui.spoken import speaking

WARNED, AGAIN, ENDED = "warned", "warned_again", "ended"


def said_to_them(step: str, customer_language: str) -> str:
    """What the customer hears, in their language: calm, short, and about the words, never about them."""
    with speaking(customer_language):
        return {
            WARNED: _("I want to help you. I ask you to speak to me without insults."),
            AGAIN: _(
                "I asked you to speak to me with respect. If this goes on, I end our contact; your request stays with us."
            ),
            ENDED: _("I am ending our contact now. Your request stays with us; you can write to us."),
        }[step]


class ConductScreen(ModalScreen[str | None]):
    """Answers the step that is to be noted, or nothing. `warned` says how many warnings there were today."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "warn", show=False, id="conduct.warn"),
        Binding("e", "end", show=False, id="conduct.end"),
        Binding("escape", "dismiss(None)", show=False, id="conduct.leave"),
    ]
    VERTICAL_BREAKPOINTS = BREAKPOINTS
    place = "life"

    def __init__(self, about: str, warned: int, customer_language: str) -> None:
        super().__init__()
        self.about, self.customer_language = about, customer_language
        self.warning = AGAIN if warned else WARNED

    def compose(self) -> ComposeResult:
        with Vertical(id="choose"):
            yield Static(_("Respect goes both ways"), id="choose-title", markup=False)
            yield Static(one_line(self.about), id="form-about", markup=False)
            again = self.warning == AGAIN
            warn = _("w · warn a second time, and say:") if again else _("w · warn, and say:")
            for title, step in ((warn, self.warning), (_("e · end the contact, and say:"), ENDED)):
                yield Static(title, classes="conduct-step", markup=False)
                yield Static(f.quote(said_to_them(step, self.customer_language)), classes="conduct-words", markup=False)
            keys = [("w", _("warn"), "warn"), ("e", _("end"), "end"), ("Esc", _("leave"), "leave")]
            yield KeyLine("panel-keys", keys)

    def action_warn(self) -> None:
        self.dismiss(self.warning)

    def action_end(self) -> None:
        self.dismiss(ENDED)

    def on_key_line_pressed(self, message: KeyLine.Pressed) -> None:
        self.dismiss({"warn": self.warning, "end": ENDED}.get(message.name))
