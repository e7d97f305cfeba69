"""The server screen: who shares with whom, how it stands, what waits, and what to do about it."""

from __future__ import annotations

from asyncio import wrap_future
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Static

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.domain.text import one_line
from advisor_tui.language import N_, _, ngettext
from advisor_tui.language import formats as f
from advisor_tui.store.reads.waiting import read_oldest
from advisor_tui.tui.chrome import KeyLine, Lines
from advisor_tui.tui.forms import BREAKPOINTS
from advisor_tui.tui.ink import Line, cut, fit, wrap
from advisor_tui.tui.standing import Standing, moment_words, status_of
from advisor_tui.tui.surprise import Surprised, instead

if TYPE_CHECKING:
    from advisor_tui.tui.linked import Linked

LABEL = 18
"""Cells of the column of names."""
ROLES = {
    "advisor": N_("advisor"), "lead": N_("team lead"), "trainer": N_("trainer"), "liaison": N_("liaison"),
    "admin": N_("administrator"),
}  # fmt: skip
LOCKED = ("passphrase_needed", "wrong_passphrase")
SILENT = ("tls", "not_a_server", "answer_cut")
"""Errors whose sentence does not say that what is written is kept."""
SINCE = ("login", "revoked", "upgrade", "error")


def what_to_do(standing: Standing) -> str:
    """A sentence for a state that is no error, or that needs more than the error says."""
    return {
        "connecting": _("The server is being asked."),
        "syncing": _("What you and your colleagues wrote is being exchanged. You can go on working."),
        "up_to_date": _("You and the server hold the same."),
        "waiting": _("What you wrote is on its way to the server."),
        "offline": _(
            "You can go on working: everything you write is kept here and is sent as soon as the server answers."
        ),
    }.get(standing.state, "")


def error_words(error: AdvisorError) -> str:
    """What stands in the way, and what to do on this screen."""
    if error.code in ("token_expired", "not_logged_in"):
        return _("Your session on the server has ended. l logs in again; what you write meanwhile is kept here.")
    if error.code == "passphrase_needed":
        return _("Your key to the server is in a file that a passphrase opens. l asks for it.")
    return error.text(_)


class Facts(Lines):
    """The facts of the screen, as many lines as they need."""

    def __init__(self, screen: ServerScreen) -> None:
        super().__init__(id="server-facts")
        self.server = screen

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.lines(width))

    def lines(self, width: int) -> list[Line]:
        return self.server.facts(width)


class ServerScreen(Surprised, ModalScreen[None]):
    """Stands over the desk and follows what the line says."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "retry", show=False, id="server.retry"),
        Binding("l,enter", "login", show=False, id="server.login"),
        Binding("a", "aside", show=False, id="server.aside"),
        Binding("escape,q,f3", "dismiss(None)", show=False, id="server.leave"),
    ]
    VERTICAL_BREAKPOINTS = BREAKPOINTS
    place = "server"

    def __init__(self, desk: Linked) -> None:
        super().__init__()
        self.desk = desk
        self.oldest = 0

    def compose(self) -> ComposeResult:
        with Vertical(id="server"):
            yield Static(_("Server"), id="form-title", markup=False)
            yield Facts(self)
            yield KeyLine("panel-keys", self._keys())

    def on_mount(self) -> None:
        self.desk.standing_changed.subscribe(self, self._changed)
        self.set_interval(1.0, self.repaint)
        self._look()

    def _changed(self, _standing: Standing) -> None:
        self._look()
        self.repaint()

    def _look(self) -> None:
        instead(self, "oldest", self._read_oldest)

    async def _read_oldest(self) -> None:
        self.oldest = await wrap_future(self.desk.backend.read(read_oldest))
        self.repaint()

    def repaint(self) -> None:
        """Say it as it is now."""
        self.query_one(Facts).refresh(layout=True)
        self.query_one(KeyLine).show(self._keys())

    def relabel(self) -> None:
        """The language changed."""
        self.refresh(recompose=True)

    # what is said

    @property
    def standing(self) -> Standing:
        return self.desk.standing

    @property
    def locked(self) -> bool:
        """Whether the file that keeps the key waits for its passphrase."""
        return self.standing.error is not None and self.standing.error.code in LOCKED

    def _keys(self) -> list[tuple[str, str, str]]:
        login = _("passphrase") if self.locked else _("log in again")
        keys = [("l", login, "login")]
        if self.standing.state == "login":
            keys.append(("r", _("try now"), "retry"))
        else:
            keys.insert(0, ("r", _("try now"), "retry"))
        if self.standing.unsent or self.standing.set_aside:
            keys.append(("a", _("what is not sent"), "aside"))
        return [*keys, ("Esc", _("back"), "leave")]

    def facts(self, width: int) -> list[Line]:
        """The state in words, what to do about it, then who, where, and how much."""
        now = self.desk.now()
        glyph, ink, texts = status_of(self.standing._replace(set_aside=0, unsent=0), now, monotonic())
        words = f"{texts[0]} · {self._since(now)}" if self.standing.state in SINCE else texts[0]
        lines: list[Line] = [cut([(f"{glyph} ", ink), (words, "bright")], width)]
        for sentence in self._sentences():
            lines += [[("  ", "text"), (line, "text")] for line in wrap(sentence, width - 2)[0]]
        lines.append([])
        for label, value, shade in self._rows():
            column = LABEL if width >= 50 else 14
            body = wrap(value, width - column)[0]
            lines.append([(fit(label, column), "heading"), (body[0], shade)])
            lines += [[(" " * column, "text"), (line, shade)] for line in body[1:]]
        return lines

    def _since(self, now: datetime) -> str:
        since = self.standing.since or now
        return _("since {time}").format(time=moment_words(int(since.timestamp() * 1000), now))

    def _sentences(self) -> list[str]:
        standing = self.standing
        found = [error_words(standing.error)] if standing.error is not None else []
        if not found or (standing.state == "offline" and standing.error is not None and standing.error.code in SILENT):
            found.append(what_to_do(standing))
        if standing.state == "revoked" and standing.unsent:
            found.append(_("a shows your unsent words; y there copies one, Y all of them."))
        return [sentence for sentence in found if sentence]

    def _rows(self) -> list[tuple[str, str, str]]:
        settings, standing, now = self.desk.backend.workspace.settings, self.standing, self.desk.now()
        replica = self.desk.replica
        me = one_line(settings.name, 60)
        signed = f" ({one_line(settings.user, 60)})" if settings.user and settings.user != settings.name else ""
        rows = [(_("You"), f"{me}{signed} · {_(ROLES.get(settings.role, settings.role))}", "text")]
        rows.append((_("Server"), one_line(settings.server, 200), "text"))
        teams = ", ".join(one_line(stream.name, 40) for stream in replica.streams if stream.name) if replica else ""
        rows.append((_("Teams"), teams or one_line(settings.team, 40) or "—", "text"))
        if replica is not None:
            rows.append((_("This device"), replica.device, "muted"))
        last = moment_words(standing.last_sync, now) if standing.last_sync else _("never")
        rows.append((_("Last in step"), last, "text"))
        rows.append((_("To send"), self._waits(), "text" if standing.unsent else "muted"))
        if standing.set_aside:
            refused = ngettext("{count} entry, kept here", "{count} entries, kept here", standing.set_aside)
            rows.append((_("Refused"), refused.format(count=standing.set_aside), "warning"))
        return rows

    def _waits(self) -> str:
        count = self.standing.unsent
        if not count:
            return _("nothing")
        words = ngettext("{count} entry", "{count} entries", count).format(count=f.number(count))
        if not self.oldest:
            return words
        return _("{what}, the oldest of {when}").format(what=words, when=moment_words(self.oldest, self.desk.now()))

    # keys

    def on_key_line_pressed(self, message: KeyLine.Pressed) -> None:
        {"retry": self.action_retry, "login": self.action_login, "aside": self.action_aside}.get(
            message.name, lambda: self.dismiss(None)
        )()

    def action_retry(self) -> None:
        """Ask the server now."""
        if self.desk.link is not None:
            self.desk.link.retry()
            self.desk.ask_again()

    def action_login(self) -> None:
        """Log in again, as who we are; or give the passphrase that opens the key."""
        from advisor_tui.tui.join import JoinScreen

        screen = JoinScreen(self.desk.backend, self.desk.link, unlock=self.locked)
        self.app.push_screen(screen, lambda done: self.desk.joined(done))

    def action_aside(self) -> None:
        """What the server did not take, and what it was not offered yet."""
        from advisor_tui.tui.aside import AsideScreen

        self.app.push_screen(AsideScreen(self.desk))
