"""The application: themes, screens and style sheets, and little else."""

from __future__ import annotations

from asyncio import get_running_loop
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.events import Event, Paste

from advisor_tui.domain.text import harmless
from advisor_tui.language import preferred_language, set_language
from advisor_tui.store.workspace import Workspace, data_folder
from advisor_tui.tui.backend import Backend
from advisor_tui.tui.themes import THEMES

if TYPE_CHECKING:
    from concurrent.futures import Future

    from textual.command import Provider
    from textual.notifications import SeverityLevel
    from textual.screen import Screen

    from advisor_tui.tui.link import Opener


def _commands() -> type[Provider]:
    from advisor_tui.tui.commands import DeskCommands

    return DeskCommands


class AdvisorApp(App[None]):
    """The desk of one workspace."""

    TITLE = "Advisor"
    CSS_PATH: ClassVar[list[Any]] = []
    COMMANDS: ClassVar[set[Any]] = {_commands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", show=False, id="view.help", priority=True),
        Binding("f9", "next_theme", show=False, id="view.theme"),
        Binding("f10", "next_language", show=False, id="view.language"),
        Binding("ctrl+p", "command_palette", show=False, id="view.palette", priority=True),
    ]

    def __init__(self, workspace: Workspace, backend: Backend | None = None, opener: Opener | None = None) -> None:
        self.workspace = workspace
        self.backend = backend
        self.opener = opener  # of the line to the server; the real one where none is given
        self._panels = False
        self.last_words: tuple[str, Future[None]] | None = None
        set_language(preferred_language(workspace.settings.language))
        folder = data_folder("styles")
        super().__init__(css_path=[folder / "desk.tcss"])
        for theme in THEMES:
            self.register_theme(theme)
        chosen = workspace.settings.theme
        self.theme = chosen if chosen in {theme.name for theme in THEMES} else THEMES[0].name
        if workspace.settings.slow_link:
            self.animation_level = "none"

    def get_default_screen(self) -> Screen[Any]:
        if self.backend is None:
            from advisor_tui.tui.first_run import FirstRun

            self.need_panels()
            return FirstRun(self.workspace)
        from advisor_tui.tui.desk import Desk

        return Desk(self.backend)

    def begin(self, backend: Backend) -> None:
        """A workspace came into being: the desk covers the first screen, for good."""
        from advisor_tui.tui.desk import Desk

        self.backend = backend
        self.push_screen(Desk(backend))

    def need_panels(self) -> None:
        """Read the style sheet of what opens over the desk, once; the first screen does without."""
        if not self._panels:
            self._panels = True
            self.stylesheet.read(data_folder("styles") / "panels.tcss")
            self.stylesheet.parse()
            self.stylesheet.update(self)

    def push_screen(self, *given: Any, **named: Any) -> Any:
        self.need_panels()
        return super().push_screen(*given, **named)

    def on_mount(self) -> None:
        if self.workspace.settings.keys:
            self.set_keymap(self.workspace.settings.keys)

    def exit(self, *args: Any, **more: Any) -> None:
        """Leave; what is being written is on its way to the disk first, and a screen being put up stands first."""
        if self.screen_stack and not self.screen.is_mounted:
            get_running_loop().call_later(0.02, lambda: self.exit(*args, **more))
            return
        for screen in self.screen_stack:
            keep = getattr(screen, "keep_writing", None)
            self.last_words = (keep() if keep is not None else None) or self.last_words
        super().exit(*args, **more)

    def notify(
        self, message: str, *, title: str = "", severity: SeverityLevel = "information",
        timeout: float | None = None, markup: bool = False,
    ) -> None:  # fmt: skip
        """Tell something in passing; the words may hold a customer's, so they are never markup."""
        super().notify(harmless(message), title=title, severity=severity, timeout=timeout, markup=False)

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Paste):
            from advisor_tui.tui.clipboard import pasted

            event.text = pasted(event.text)
        await super().on_event(event)

    def action_help(self) -> None:
        """The keys, those of the present place first; again, and the help goes."""
        from advisor_tui.tui.help import HelpScreen

        if isinstance(self.screen, HelpScreen):
            self.screen.dismiss(None)
        else:
            self.push_screen(HelpScreen(getattr(self.screen, "place", "everywhere"), self.workspace.settings.keys))

    def action_help_quit(self) -> None:
        """Ctrl+C leaves nothing half written: it says which key leaves."""
        from advisor_tui.language import _

        self.notify(_("^Q leaves the desk."))

    def action_command_palette(self) -> None:
        """Every action by its name, customers by theirs."""
        from textual.command import CommandPalette

        from advisor_tui.language import _
        from advisor_tui.tui.help import HelpScreen

        if isinstance(self.screen, HelpScreen):
            self.screen.dismiss(None)
            self.call_later(self.action_command_palette)
        elif self.screen.id == "desk":
            self.push_screen(CommandPalette(placeholder=_("an action or a customer"), id="--command-palette"))

    def action_next_theme(self) -> None:
        """The next of the three themes, kept for the next time."""
        names = [theme.name for theme in THEMES]
        self.theme = names[(names.index(self.theme) + 1) % len(names)]
        self._keep(theme=self.theme)

    def action_next_language(self) -> None:
        """French or English, at once."""
        from advisor_tui.language import language

        name = set_language("en" if language() == "fr" else "fr")
        self._keep(language=name)
        for screen in self.screen_stack:
            relabel = getattr(screen, "relabel", None)
            if relabel is not None:
                relabel()

    def _keep(self, **changes: str) -> None:
        from advisor_tui.domain.errors import AdvisorError
        from advisor_tui.language import _

        try:
            self.workspace.update(**changes)
        except AdvisorError as error:
            self.notify(error.text(_), severity="warning", markup=False)

    async def on_unmount(self) -> None:
        if self.backend is not None:
            self.backend.close()
