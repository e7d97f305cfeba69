"""The first screen of an empty home: four ways to begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from advisor_tui.language import _
from advisor_tui.store.workspace import Workspace
from advisor_tui.tui.chrome import KeyLine

if TYPE_CHECKING:
    from advisor_tui.tui.app import AdvisorApp


class FirstRun(Screen[None]):
    """Says what to type; nothing is created before a person decides."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "app.quit", show=False, id="first.leave"),
        Binding("j", "join", show=False, id="first.join"),
    ]
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
                (_("Join your team's server, here (j) or with:"), "advisor login https://… --user …"),
            ):
                yield Static(f"{said}\n    {command}", classes="first-words", markup=False)
            yield KeyLine("panel-keys", [("j", _("join a server"), "join"), ("Esc", _("leave"), "leave")])

    def on_key_line_pressed(self, message: KeyLine.Pressed) -> None:
        if message.name == "join":
            self.action_join()
        else:
            self.app.exit()

    def action_join(self) -> None:
        """Ask for server, name and password; the workspace is created once the server has said yes."""
        from advisor_tui.tui.backend import Backend
        from advisor_tui.tui.join import JoinScreen

        backend = Backend(self.workspace)

        def joined(done: bool | None) -> None:
            if done:
                cast("AdvisorApp", self.app).begin(backend)
            else:
                backend.close()

        self.app.push_screen(JoinScreen(backend), joined)

    def relabel(self) -> None:
        """The language changed."""
        self.refresh(recompose=True)
