"""The team's screen: words of customers first, then what may hurt one, then at most five measures; nothing about a person."""

from __future__ import annotations

from asyncio import wrap_future
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from advisor_tui.actions import registry
from advisor_tui.domain.errors import AdvisorError
from advisor_tui.domain.promising import ageing
from advisor_tui.domain.text import one_line
from advisor_tui.language import _
from advisor_tui.store.reads.team import Trouble, read_team
from advisor_tui.tui.chrome import KeyLine, Lines
from advisor_tui.tui.forms import BREAKPOINTS
from advisor_tui.tui.ink import Line, spread
from advisor_tui.tui.line_list import LineList
from advisor_tui.tui.surprise import Surprised, instead
from advisor_tui.tui.team_rows import Figures, TeamRows

if TYPE_CHECKING:
    from advisor_tui.tui.backend import Backend

AGAIN = 60
"""Seconds after which it is read again."""


class Title(Lines):
    """Which screen this is, whose, and as of when."""

    def __init__(self, screen: TeamScreen) -> None:
        super().__init__(id="team-title")
        self.team_screen = screen

    def lines(self, width: int) -> list[Line]:
        return [self.team_screen.title_line(width)]


class TeamScreen(Surprised, Screen[tuple[str, str] | None]):
    """Answers with (customer, entry or "") where a customer is to be looked at on the desk."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f4,q", "leave", show=False, id="team.leave"),
        Binding("tab", "group(1)", show=False, priority=True, id="team.next"),
        Binding("shift+tab", "group(-1)", show=False, priority=True, id="team.previous"),
        Binding("f5", "refresh", show=False, id="team.refresh"),
    ]
    VERTICAL_BREAKPOINTS = BREAKPOINTS
    place = "team"

    def __init__(self, backend: Backend) -> None:
        super().__init__()
        self.backend = backend

    def compose(self) -> ComposeResult:
        yield Title(self)
        yield TeamRows()
        yield Figures()
        yield KeyLine("team-keys", self._keys(False))

    @property
    def rows(self) -> TeamRows:
        return self.query_one(TeamRows)

    def on_mount(self) -> None:
        self.rows.rows_changed(-1)
        self.rows.focus()
        self.set_interval(AGAIN, self.action_refresh)
        self.action_refresh()

    # reading

    def action_refresh(self) -> None:
        """Read it again."""
        instead(self, "team", self._read)

    async def _read(self) -> None:
        now, rules = self.backend.now(), self.backend.rules
        try:
            view = await wrap_future(self.backend.read(read_team, now, rules))
        except AdvisorError as error:
            self.rows.fail(error.text(_))
            return
        with self.app.batch_update():
            self.rows.show(view, now, ageing(rules, now.date()))
            self.query_one(Figures).show(view, now)
            self._show_edges()

    def _show_edges(self) -> None:
        self.query_one(Title).refresh()
        self.query_one(KeyLine).show(self._keys(self.rows.current is not None))

    def relabel(self) -> None:
        """The language changed."""
        if not self.is_mounted:  # it is still being put up, and will be in the new one
            return
        self.rows.rows_changed(self.rows.cursor)
        self.query_one(Figures).refresh(layout=True)
        self._show_edges()

    # what stands at the edges

    def title_line(self, width: int) -> Line:
        """The title with the team's name, and since when it is so."""
        team = one_line(self.backend.person.team, 40)
        name: Line = [(_(registry.VIEWS["team"].title), "accent"), (f"  {team}" if team else "", "muted")]
        now = self.rows.now
        return spread(name, [(_("read at {time}").format(time=f"{now:%H:%M}"), "muted")] if now else [], width)

    def _keys(self, rows: bool) -> list[tuple[str, str, str]]:
        keys = [("Enter", _("open the customer"), "open"), ("Tab", _("next group"), "group")] if rows else []
        return [*keys, ("Esc", _("back"), "leave"), ("F5", _("read again"), "refresh")]

    # keys

    def on_key_line_pressed(self, message: KeyLine.Pressed) -> None:
        """A click does what the key does."""
        {
            "open": self.rows.action_choose, "group": lambda: self.action_group(1), "refresh": self.action_refresh,
        }.get(message.name, self.action_leave)()  # fmt: skip

    def action_leave(self) -> None:
        """Back to the desk."""
        self.dismiss(None)

    def action_group(self, step: int) -> None:
        """To the next group of rows, or to the one before."""
        self.rows.go_to_group(step)

    def on_line_list_chosen(self, message: LineList.Chosen) -> None:
        """Enter opens the customer on the desk, at what it is about."""
        row = self.rows.current
        if row is not None:
            case = row.case_id if isinstance(row, Trouble) else None
            self.dismiss((row.customer_id, row.entry_id or case or ""))
