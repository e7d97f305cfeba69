"""What the routes of one worker share: the store, its threads, the rates, the feed, the figures, the log."""

from __future__ import annotations

from typing import Any

from advisor_tui.server.buckets import Limits
from advisor_tui.server.feed import Hub
from advisor_tui.server.metrics import Metrics
from advisor_tui.server.options import Options
from advisor_tui.server.problems import Problem
from advisor_tui.server.threads import Threads
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.errors import Denied
from advisor_tui.store.central.identity import Identity, identify
from advisor_tui.store.rulebook import load_rules

LONGEST_TOKEN = 512


class Service:
    """One worker's server."""

    def __init__(self, central: Central, options: Options, log: Any) -> None:
        self.central = central
        self.options = options
        self.log = log
        self.threads = Threads(options.readers, options.waiting)
        self.limits = Limits(options)
        self.metrics = Metrics(options.metrics_folder)
        self.hub = Hub(central, options, self.threads.feed, self.metrics, log)
        self.draining = False
        self.rules = load_rules(options.rules)

    async def identify(self, authorization: str) -> Identity:
        """Who bears this token. Raises Problem 401, or Denied."""
        return await self.threads.read.run(self._identify, token_of(authorization))

    def _identify(self, token: str) -> Identity:
        with self.central.read() as connection:
            return identify(connection, token, self.central.now_ms())

    def drain(self) -> None:
        """The server stops: say so to whoever asks, and end the feeds."""
        self.draining = True
        self.hub.close()

    def close(self) -> None:
        """Wait for what is under way, then let the database go."""
        self.hub.close()
        self.threads.close()
        self.central.close()


def token_of(authorization: str) -> str:
    """The token of an Authorization header."""
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Problem(401, "token_expired", "Log in first.")
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise Denied("This session has ended. Log in again.", code="token_expired")
    return token
