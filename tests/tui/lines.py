"""A line to a server that a test holds in its hand: says what it is told to say, and notes what it is asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.sync.engine import Outcome, Present
from advisor_tui.sync.remote import Found
from advisor_tui.tui.link import Line, Link

SERVER = "https://sync.exemple.fr"


class FakeLine:
    """At the edge of the network: an engine and a session in one, without either."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.nudged = self.retried = 0
        self.shown: list[tuple[str, str, bool]] = []
        self.passwords: list[str] = []
        self.fetched: list[str] = []
        self.customers: list[Found] = []
        self.error: AdvisorError | None = None
        self.gate = threading.Event()  # closed: a request waits
        self.gate.set()
        self.left = self.hung_up = False
        self.on_fetch: Callable[[str], bool] = lambda _customer: True
        self._told: Callable[[Outcome], None] | None = None
        self._present: Callable[[list[Present]], None] | None = None
        self.watching = threading.Event()
        self.link: Link | None = None

    def opener(self, link: Link) -> Line:
        self.link = link
        return Line(self, self.login, self.leave, self.hang_up)

    def watch(
        self, stop: threading.Event, told: Callable[[Outcome], None],
        present: Callable[[list[Present]], None] | None = None,
    ) -> None:  # fmt: skip
        self._told, self._present = told, present
        for outcome in self.outcomes:
            told(outcome)
        self.watching.set()
        stop.wait()

    def tell(self, outcome: Outcome) -> None:
        """The exchange came to this."""
        assert self._told is not None
        self._told(outcome)

    def tell_present(self, *present: Present) -> None:
        """These colleagues are there."""
        assert self._present is not None
        self._present(list(present))

    def nudge(self) -> None:
        self.nudged += 1

    def retry_now(self) -> None:
        self.retried += 1

    def show(self, customer_id: str, case_id: str, writing: bool) -> None:
        self.shown.append((customer_id, case_id, writing))

    def find(self, text: str) -> list[Found]:
        self._answer()
        return [found for found in self.customers if text.casefold() in found.name.casefold()]

    def fetch(self, customer_id: str) -> bool:
        self._answer()
        self.fetched.append(customer_id)
        return self.on_fetch(customer_id)

    def login(self, password: str) -> Any:
        self.passwords.append(password)
        self._answer()

    def _answer(self) -> None:
        self.gate.wait(10)
        if self.error is not None:
            raise self.error

    def leave(self) -> None:
        self.left = True

    def hang_up(self) -> None:
        self.hung_up = True
