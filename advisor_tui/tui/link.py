"""The desk's line to its server: an engine in a thread of its own. It posts messages and never touches a widget.

Nothing of sync is imported before `start`, which comes after the first picture.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.language import N_
from advisor_tui.tui.facts import PresentTold, Told
from advisor_tui.tui.standing import Standing

if TYPE_CHECKING:
    from textual.message import Message

    from advisor_tui.sync.engine import Outcome, Present
    from advisor_tui.sync.remote import Found as Away
    from advisor_tui.sync.session import Session
    from advisor_tui.tui.backend import Backend

T = TypeVar("T")
PAGE, BREATH = 200, 0.01
"""Entries of a page, and the seconds between two, so that whoever types never waits for the journal."""
QUIET = 0.4
"""Seconds that an exchange lasts before the status line speaks of it."""
PROGRESS = 0.3
"""Seconds between two words about an exchange that goes on."""
AGAIN = 5.0
"""Seconds until a line that could not be opened, or broke in a way that nobody foresaw, is opened anew."""
NOT_YET = N_("The line to the server is not open yet. Try again in a moment.")
LEAVING = 0.8
"""Seconds that leaving the desk waits for the line to be hung up."""


class Engine(Protocol):
    """What the desk needs of the engine."""

    def watch(
        self, stop: threading.Event, told: Callable[[Outcome], None],
        present: Callable[[list[Present]], None] | None = None,
    ) -> None: ...  # fmt: skip

    def nudge(self) -> None: ...

    def retry_now(self) -> None: ...

    def show(self, customer_id: str, case_id: str, writing: bool) -> None: ...

    def find(self, text: str) -> list[Away]: ...

    def fetch(self, customer_id: str) -> bool: ...


class Line(NamedTuple):
    """An open line: who exchanges, and what must be done before and after."""

    engine: Engine
    login: Callable[[str], object]
    leave: Callable[[], None]  # colleagues no longer see us here
    hang_up: Callable[[], None]


Opener = Callable[["Link"], Line]


class Link:
    """Holds the engine of one desk from the first picture to the last."""

    def __init__(self, backend: Backend, post: Callable[[Message], object], opener: Opener | None = None) -> None:
        self.backend = backend
        self.passphrase = ""  # of the file that keeps the key, where a person gave it
        self._post = post
        self._opener = opener or open_line
        self._stop = threading.Event()
        self._line: Line | None = None
        self._where = ("", "", False)
        self._began = self._spoke = 0.0
        self._reached = False
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)

    def start(self) -> None:
        """Begin, in a thread."""
        self.backend.written = self.nudge
        self._thread.start()

    def stop(self) -> None:
        """Hang up; done within a second, whatever the network does."""
        self._stop.set()
        self.backend.written = None
        self.retry()
        if self._thread.ident is not None:
            self._thread.join(LEAVING)
        if self._thread.is_alive() and self._line is not None:
            self._line.hang_up()
            self._thread.join(0.1)

    # what the desk says

    def nudge(self) -> None:
        """Something was recorded here."""
        if self._line is not None:
            self._line.engine.nudge()

    def retry(self) -> None:
        """A person asks: now."""
        if self._line is not None:
            self._line.engine.retry_now()

    def show(self, customer_id: str, case_id: str, writing: bool) -> None:
        """Where I am, for colleagues to see."""
        self._where = (customer_id, case_id, writing)
        if self._line is not None:
            self._line.engine.show(customer_id, case_id, writing)

    def find(self, text: str) -> Future[list[Away]]:
        """Customers of the server. Raises SyncError."""
        return self._ask(lambda line: line.engine.find(text))

    def fetch(self, customer_id: str) -> Future[bool]:
        """Bring one customer of the server here; False when there is none. Raises SyncError."""
        return self._ask(lambda line: line.engine.fetch(customer_id))

    def login(self, password: str) -> Future[object]:
        """Log in again as who we are. Raises SyncError."""

        def work(line: Line) -> object:
            done = line.login(password)
            line.engine.retry_now()
            return done

        return self._ask(work)

    def _ask(self, work: Callable[[Line], T]) -> Future[T]:
        """Run a request beside the exchange; a thread that hangs keeps nobody from leaving."""
        asked: Future[T] = Future()
        line = self._line
        if line is None:
            from advisor_tui.sync.errors import Unreachable

            asked.set_exception(Unreachable(NOT_YET))
            return asked
        return in_thread(lambda: work(line))

    # the thread

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._line = self._opener(self)
                self._watch(self._line)
            except AdvisorError as error:
                self._say(Standing("error", error=error))
                self._stop.wait(AGAIN)
            except Exception as error:  # whatever it is, the desk says so and the line is opened anew
                reason = f"{type(error).__name__}: {error}"
                self._say(Standing("error", error=AdvisorError(N_("This went wrong: {reason}"), reason=reason)))
                self._stop.wait(AGAIN)

    def _watch(self, line: Line) -> None:
        try:
            if self._where[0]:
                line.engine.show(*self._where)
            line.engine.watch(self._stop, self._told, self._present)
            if self._reached:
                line.leave()
        finally:
            line.hang_up()

    def _told(self, outcome: Outcome) -> None:
        now = time.monotonic()
        if outcome.state == "syncing":
            self._began = self._began or now
            if now - self._began > QUIET and now - self._spoke > PROGRESS:
                self._spoke = now
                self._say(Standing("syncing", moved=outcome.pushed + outcome.pulled))
            return
        self._began, self._reached = 0.0, outcome.error is None
        standing = Standing(
            outcome.state, error=outcome.error, again_at=now + outcome.again_in, unsent=outcome.unsent,
            restamped=outcome.restamped,
        )  # fmt: skip
        self._say(standing, frozenset(outcome.customers))

    def _say(self, standing: Standing, customers: frozenset[str] = frozenset()) -> None:
        if not self._stop.is_set():
            self._post(Told(standing, customers))

    def _present(self, present: list[Present]) -> None:
        if not self._stop.is_set():
            self._post(PresentTold(present))


def in_thread(work: Callable[[], T]) -> Future[T]:
    """Run `work` in a thread that nobody waits for at the end."""
    done: Future[T] = Future()
    done.set_running_or_notify_cancel()  # whoever gives up waiting does not take it back

    def run() -> None:
        try:
            result = work()
        except BaseException as error:
            done.set_exception(error)
        else:
            done.set_result(result)

    threading.Thread(target=run, name="ask", daemon=True).start()
    return done


def open_line(link: Link) -> Line:
    """The real line: journal, session and engine of the workspace."""
    from advisor_tui.sync.engine import Engine as RealEngine
    from advisor_tui.sync.session import open_session

    backend = link.backend
    backend.open_journal()
    session = open_session(backend.workspace, lambda _new: link.passphrase)
    engine = RealEngine(backend.journal, session, page=PAGE, breath=BREATH)

    def leave() -> None:
        with suppress(AdvisorError):  # a minute later the server forgets us by itself
            engine.remote.show("", "", False)

    return Line(engine, lambda password: log_in_again(backend, session, password), leave, session.close)


def log_in_again(backend: Backend, session: Session, password: str) -> Any:
    """Log in on a session that is open."""
    from advisor_tui.sync.joining import log_in

    joined = log_in(backend.workspace, backend.open_journal, session, password)
    backend.know_me()
    return joined


def join_server(backend: Backend, url: str, user: str, password: str, passphrase: str = "") -> Any:
    """Log in for the first time, from the desk."""
    from advisor_tui.sync.joining import log_in
    from advisor_tui.sync.session import new_session

    session = new_session(backend.workspace, url, user, lambda _new: passphrase)
    try:
        joined = log_in(backend.workspace, backend.open_journal, session, password)
    finally:
        session.close()
    backend.know_me()
    return joined
