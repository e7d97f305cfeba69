"""The first screen of an empty home: three ways to begin."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from advisor_tui.language import _
from advisor_tui.store.workspace import Workspace


class FirstRun(Screen[None]):
    """Says what to type; nothing is created before a person decides."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter", "app.quit", show=False, id="first.leave")]
    place = "everywhere"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace

    def compose(self) -> ComposeResult:
        with Vertical(id="first"):
            yield Static(_("Nothing here yet"), classes="first-title", markup=False)
            words = _("The workspace would be in {home}.").format(home=self.workspace.home)
            yield Static(words, classes="first-words", markup=False)
            for said, command in (
                (_("See it live, with a fictional telecom operator:"), "advisor demo"),
                (_("Begin your own:"), 'advisor init --name "…" --team "…"'),
                (_("Then bring your customers in:"), "advisor import …"),
            ):
                yield Static(f"{said}\n    {command}", classes="first-words", markup=False)
            yield Static(_("Esc leaves."), id="choose-keys", markup=False)

    def relabel(self) -> None:
        """The language changed."""
        self.refresh(recompose=True)
