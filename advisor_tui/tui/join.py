"""Logging in from the desk: join a server, log in again, or open the file that keeps the key."""

from __future__ import annotations

from asyncio import wrap_future
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.domain.text import harmless, one_line
from advisor_tui.language import _
from advisor_tui.tui.forms import BREAKPOINTS
from advisor_tui.tui.link import in_thread, join_server
from advisor_tui.tui.surprise import Surprised

if TYPE_CHECKING:
    from advisor_tui.tui.backend import Backend
    from advisor_tui.tui.link import Link

NEEDS_PASSPHRASE = ("passphrase_needed", "wrong_passphrase")


class JoinScreen(Surprised, ModalScreen[bool]):
    """Answers whether the log-in came about. A refusal is said in words, and nothing that was typed goes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(False)", show=False, id="join.leave"),
        Binding("ctrl+s", "submit", show=False, id="join.submit", priority=True),
    ]
    VERTICAL_BREAKPOINTS = BREAKPOINTS
    place = "form"

    def __init__(self, backend: Backend, link: Link | None = None, *, unlock: bool = False) -> None:
        super().__init__()
        self.backend, self.link, self.unlock = backend, link, unlock
        self.refused = ""
        self._busy = False

    @property
    def again(self) -> bool:
        """Whether server and person are known already."""
        return self.link is not None

    def compose(self) -> ComposeResult:
        settings = self.backend.workspace.settings
        with Vertical(id="form"):
            yield Static(self._title(), id="form-title", markup=False)
            yield Static(self._about(), id="form-about", markup=False)
            with Vertical(id="form-fields"):
                if not self.again:
                    yield self._field("url", _("Server"), Input(settings.server, placeholder="https://…", compact=True))
                    known = settings.user or settings.name
                    yield self._field(
                        "user", _("Name"), Input(known, placeholder=_("as your team lead gave it"), compact=True)
                    )
                if not self.unlock:
                    yield self._field("password", _("Password"), Input(password=True, compact=True))
                yield self._field("passphrase", _("Passphrase"), Input(password=True, compact=True))
            yield Static("", id="form-error", markup=False)
            yield Static(self._keys(), id="form-keys", markup=False)

    def _title(self) -> str:
        if self.unlock:
            return _("Passphrase of the key")
        return _("Log in again") if self.again else _("Join your team's server")

    def _about(self) -> str:
        settings = self.backend.workspace.settings
        if self.again:
            return _("{name} at {server}").format(
                name=one_line(settings.user, 60), server=one_line(settings.server, 120)
            )
        if self.backend.workspace.exists:
            return _("What is written here already comes along; nothing is lost.")
        return _("Your team's customers come here; you go on working without the network.")

    def _keys(self) -> str:
        return _("Logging in…") if self._busy else _("Enter log in   Esc back")

    def _field(self, name: str, label: str, box: Input) -> Horizontal:
        box.id = f"join-{name}"
        box.cursor_blink = False
        return Horizontal(Static(label, classes="label", markup=False), box, id=f"join-line-{name}", classes="field")

    def on_mount(self) -> None:
        self.query_one("#join-line-passphrase").display = self.unlock
        boxes = [box for box in self.query(Input) if box.parent is not None and box.parent.display]
        next((box for box in boxes if not box.value), boxes[-1]).focus()

    def _value(self, name: str) -> str:
        found = self.query(f"#join-{name}").results(Input)
        return next((box.value for box in found), "")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        boxes = [box for box in self.query(Input) if box.parent is not None and box.parent.display]
        if event.input is boxes[-1]:
            self.action_submit()
        else:
            boxes[boxes.index(event.input) + 1].focus()

    def action_submit(self) -> None:
        """Log in, beside everything else."""
        if self._busy:
            return
        empty = [
            str(line.query_one(Static).content)
            for line in self.query(".field")
            if line.display and not line.query_one(Input).value.strip()
        ]
        if empty:
            self._refuse(_("Still empty: {fields}").format(fields=", ".join(empty)))
            return
        self._busy = True
        self.remove_class("-refused")
        self.query_one("#form-keys", Static).update(self._keys())
        self.run_worker(self._log_in(), exit_on_error=False)

    async def _log_in(self) -> None:
        try:
            await wrap_future(self._asked())
        except AdvisorError as error:
            self._refuse(error.text(_))
            if error.code in NEEDS_PASSPHRASE:
                self._ask_for_passphrase()
        except Exception:
            self._busy = False
            raise
        else:
            self.dismiss(True)

    def _asked(self) -> Future[Any]:
        password, passphrase = self._value("password"), self._value("passphrase")
        if self.link is not None:
            self.link.passphrase = passphrase or self.link.passphrase
            if not self.unlock:
                return self.link.login(password)
            self.link.retry()
            opened: Future[Any] = Future()
            opened.set_result(None)
            return opened
        url, user = self._value("url").strip(), self._value("user").strip()
        return in_thread(lambda: join_server(self.backend, url, user, password, passphrase))

    def _ask_for_passphrase(self) -> None:
        line = self.query_one("#join-line-passphrase")
        line.display = True
        line.query_one(Input).focus()

    def _refuse(self, why: str) -> None:
        self._busy, self.refused = False, harmless(why)
        self.query_one("#form-error", Static).update(self.refused)
        self.query_one("#form-keys", Static).update(self._keys())
        self.add_class("-refused")
