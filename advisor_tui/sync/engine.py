"""Sync by itself: wakes at the server's call, at a local write, and at its own timer; backs off, and never gives up.

One thread exchanges, one listens. Nobody who writes ever waits for either.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import msgspec

from advisor_tui.domain.errors import AdvisorError, DiskFull, StoreError, WorkspaceLocked
from advisor_tui.store.journal import Journal
from advisor_tui.store.replica import facts, outbox
from advisor_tui.sync.errors import (
    DeviceRevoked,
    NotLoggedIn,
    SyncError,
    TokenExpired,
    TokensUnreadable,
    UpgradeNeeded,
)
from advisor_tui.sync.remote import Calls, Found, Remote
from advisor_tui.sync.steps import PAGE, Exchange, Tally

if TYPE_CHECKING:
    from advisor_tui.sync.http import Feed

POLL_S = 30.0
"""Between looks at the server when it cannot call us."""
QUIET_S = 300.0
"""Between looks when it can: in case a call got lost."""
FIRST_S, LONGEST_S = 1.0, 300.0
STUCK_S = 60.0
"""Between looks when a person must act first: they may have done so in another window."""
CHECK_S = 1800.0
"""Between comparisons of everything."""
KEEP_S = 60.0


class Present(msgspec.Struct):
    """A colleague who has a case open."""

    name: str
    customer_id: str
    case_id: str
    writing: bool = False
    device: str = ""


class _PresentNow(msgspec.Struct):
    present: list[Present]


class Outcome(msgspec.Struct, kw_only=True):
    """How things stand after an exchange.

    `state`: up_to_date, syncing, waiting (something is unsent), offline (tried again by itself), login, revoked,
    upgrade, or error (a person must look).
    """

    state: str
    pushed: int = 0
    pulled: int = 0
    set_aside: int = 0
    restamped: int = 0
    unsent: int = 0
    customers: list[str] = []
    error: AdvisorError | None = None
    again_in: float = 0.0


class Timing(Protocol):
    """What the engine asks of chance; a test gives its own."""

    def uniform(self, a: float, b: float) -> float: ...


class Engine:
    """Keeps one workspace and its server together."""

    def __init__(
        self, journal: Callable[[], Journal], session: Calls, *, page: int = PAGE, chance: Timing | None = None,
        breath: float = 0.0,
    ) -> None:  # fmt: skip
        self._journal = journal
        self._session = session
        self.remote = Remote(session)
        self._page = page
        self._chance = chance or random.SystemRandom()
        self._breath = breath  # seconds left to whoever types between two pages
        self._wake = threading.Event()
        self._forced = threading.Event()
        self._due = False
        self._stop = threading.Event()
        self._feed: Feed | None = None
        self._hears = False
        self._heads: dict[str, int] = {}
        self._grants = 0
        self._checked = float("-inf")
        self._kept = float("-inf")
        self._shown = self._to_show = ("", "", False)
        self._showing_since = 0.0
        self._present: list[Present] = []
        self._told: Callable[[Outcome], None] = lambda _outcome: None
        self._told_present: Callable[[list[Present]], None] = lambda _present: None

    # one exchange

    def run_once(self) -> Outcome:
        """Exchange until both sides hold the same, or until something stands in the way; never raises a SyncError."""
        tally = Tally()
        error: AdvisorError | None = None
        try:
            journal = self._journal()
            check = time.monotonic() - self._checked > CHECK_S
            exchange = Exchange(journal, self.remote, page=self._page, tell=self._progress, going=self._going)
            tally = exchange.tally
            exchange.run(check)
            if check:
                self._checked = time.monotonic()
            self._keep(journal, exchange.server_time, tally)
        except (SyncError, StoreError) as found:
            error = found
        return self._outcome(tally, error)

    def _outcome(self, tally: Tally, error: AdvisorError | None) -> Outcome:
        unsent = 0
        try:
            with self._journal().reading() as connection:
                unsent = outbox.count_unsent(connection)
        except StoreError as found:
            error = error or found
        state = state_of(error) if error is not None else "waiting" if unsent else "up_to_date"
        return Outcome(
            state=state, pushed=tally.pushed, pulled=tally.pulled, set_aside=tally.set_aside,
            restamped=tally.restamped, unsent=unsent, customers=sorted(tally.customers), error=error,
        )  # fmt: skip

    def _keep(self, journal: Journal, server_time: int, tally: Tally) -> None:
        """Note when both sides last agreed; not at each look, for each note is a write to the disk."""
        if tally.pushed or tally.pulled or time.monotonic() - self._kept > KEEP_S:
            self._kept = time.monotonic()
            facts.keep_facts(journal, last_sync=str(server_time))

    def _progress(self, tally: Tally) -> None:
        self._told(Outcome(state="syncing", pushed=tally.pushed, pulled=tally.pulled, customers=[]))
        if self._breath:
            self._stop.wait(self._breath)

    def _going(self) -> bool:
        return not self._stop.is_set()

    # by itself

    def watch(
        self, stop: threading.Event, told: Callable[[Outcome], None],
        present: Callable[[list[Present]], None] | None = None,
    ) -> None:  # fmt: skip
        """Exchange again and again until `stop` is set; `told` hears after each, in this thread."""
        self._told, self._stop = told, stop
        self._told_present = present or self._told_present
        listener = threading.Thread(target=self._listen, name="sync-feed", daemon=True)
        listener.start()
        failures = 0
        while not stop.is_set():
            self._wake.clear()
            self._forced.clear()
            self._due = False
            outcome = self.run_once()
            if stop.is_set() and outcome.error is not None:
                break  # the door was closed under it: nothing that anybody should hear of
            moved = outcome.pushed or outcome.pulled  # cut on the way, but the server is there
            failures = 0 if outcome.state != "offline" else 1 if moved else failures + 1
            outcome.again_in = self._pause(outcome, failures)
            told(outcome)
            self._rest(outcome)
        self._hang_up()
        listener.join(timeout=2)

    def _pause(self, outcome: Outcome, failures: int) -> float:
        """Seconds until the next look: exponential with full jitter after a failure, unless the server named them."""
        error = outcome.error
        if outcome.state == "offline":
            asked = error.retry_after if isinstance(error, SyncError) else None
            ceiling = min(LONGEST_S, FIRST_S * 2 ** min(failures - 1, 16))
            return max(asked or 0.0, self._chance.uniform(ceiling / 4, ceiling))
        if error is not None:
            return STUCK_S
        if outcome.unsent:
            return FIRST_S
        return QUIET_S if self._hears else POLL_S * self._chance.uniform(0.8, 1.2)

    def _rest(self, outcome: Outcome) -> None:
        """Sleep until the timer, a call or a local write; after a failure only the timer or a person ends it."""
        end = time.monotonic() + outcome.again_in
        while not self._stop.is_set() and not self._forced.is_set():
            left = end - time.monotonic()
            if left <= 0 or (outcome.error is None and self._due):
                return
            if outcome.error is None:
                self._show()
            self._wake.wait(min(left, 15.0))
            self._wake.clear()

    def nudge(self) -> None:
        """Something was recorded here: send it."""
        self._due = True
        self._wake.set()

    def retry_now(self) -> None:
        """A person asks: do not wait for the timer."""
        self._forced.set()
        self._wake.set()

    # the server's calls

    def _listen(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                self._hear()
                failures = 0
            except AdvisorError:
                failures += 1
            finally:
                self._hears = False
                self._tell_present([])  # nobody says any more who is where
            ceiling = min(LONGEST_S, FIRST_S * 2 ** min(failures, 8))
            self._stop.wait(self._chance.uniform(ceiling / 4, ceiling))

    def _hear(self) -> None:
        self._session.call(self._hear_with)

    def _hear_with(self, token: str) -> None:
        self._feed = feed = self._session.http.feed(token)
        if self._stop.is_set():
            return
        for name, data in feed:
            if self._stop.is_set():
                return
            if name == "heads":
                self._hears = True
                self._take_heads(data)
            elif name == "presence":
                self._take_present(data)

    def _take_heads(self, data: str) -> None:
        said = json.loads(data)
        heads, grants = said.get("heads", {}), said.get("grants", 0)
        if heads != self._heads or grants != self._grants:
            self._heads, self._grants = heads, grants
            self.nudge()

    def _take_present(self, data: str) -> None:
        try:
            self._tell_present(msgspec.json.decode(data, type=_PresentNow).present)
        except msgspec.DecodeError:
            return

    def _tell_present(self, present: list[Present]) -> None:
        if present != self._present:
            self._present = present
            self._told_present(present)

    def _hang_up(self) -> None:
        if self._feed is not None:
            self._feed.close()

    # who is where

    def show(self, customer_id: str, case_id: str, writing: bool) -> None:
        """Which case is open here, for colleagues to see; told by the exchanging thread, and again while it lasts."""
        if self._to_show != (customer_id, case_id, writing):
            self._to_show = (customer_id, case_id, writing)
            self._wake.set()

    def _show(self) -> None:
        wanted = self._to_show
        fresh = time.monotonic() - self._showing_since < 30
        if wanted == self._shown and (fresh or not wanted[0]):
            return
        try:
            self.remote.show(*wanted)
        except AdvisorError:
            return
        self._shown, self._showing_since = wanted, time.monotonic()

    # beyond this replica

    def find(self, text: str) -> list[Found]:
        """Customers of the server, for what was typed. Raises SyncError."""
        return self.remote.find(text)

    def fetch(self, customer_id: str) -> bool:
        """Bring one customer of the server here; False when there is nothing. Raises SyncError."""
        return Exchange(self._journal(), self.remote, page=self._page).fetch(customer_id)


def state_of(error: AdvisorError) -> str:
    """The word for what stands in the way."""
    if isinstance(error, (TokenExpired, NotLoggedIn, TokensUnreadable)):
        return "offline" if isinstance(error, SyncError) and error.transient else "login"
    if isinstance(error, DeviceRevoked):
        return "revoked"
    if isinstance(error, UpgradeNeeded):
        return "upgrade"
    if isinstance(error, (WorkspaceLocked, DiskFull)) or (isinstance(error, SyncError) and error.transient):
        return "offline"
    return "error"
