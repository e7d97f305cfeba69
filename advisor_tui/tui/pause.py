"""A pause: a quiet screen until a key is pressed. Nobody is told, and nothing is kept of when or how long."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Click, Key
from textual.screen import Screen
from textual.widgets import Static

from advisor_tui.language import _


class PauseScreen(Screen[None]):
    """The whole screen, with the words to come back to. Any key returns."""

    place = "pause"

    def __init__(self, back_to: list[str]) -> None:
        super().__init__()
        self.back_to = back_to

    def compose(self) -> ComposeResult:
        with Vertical(id="pause"):
            yield Static(_("A pause."), id="pause-title", markup=False)
            yield Static(
                _("As long as you like. Nobody is told, and nothing is kept of it."),
                classes="pause-words",
                markup=False,
            )
            if self.back_to:
                yield Static(_("To come back to:"), classes="pause-label", markup=False)
                yield Static("\n".join(self.back_to), id="pause-back", markup=False)
            yield Static(_("Any key comes back."), id="pause-keys", markup=False)

    def on_key(self, event: Key) -> None:
        event.stop()
        event.prevent_default()
        self.dismiss(None)

    def on_click(self, event: Click) -> None:
        event.stop()
        self.dismiss(None)
