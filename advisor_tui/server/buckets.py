"""Rates: how many requests a device, or an address, may make. In memory, in each worker."""

from __future__ import annotations

import time
from collections.abc import Callable

from advisor_tui.server.options import Options, Rate
from advisor_tui.server.problems import slow_down

MOST = 50_000
"""Keys remembered by one bucket; beyond, those that are full again are forgotten first."""


class Buckets:
    """A token bucket for each key, kept as one number: the moment at which it will be full again."""

    def __init__(self, rate: Rate, now: Callable[[], float] = time.monotonic) -> None:
        self.cost = 1 / rate.per_second
        self.depth = rate.burst * self.cost
        self.now = now
        self._full_at: dict[str, float] = {}

    def take(self, key: str) -> float:
        """Take one; 0 when there was one, else the seconds until there is."""
        now = self.now()
        full_at = max(self._full_at.get(key, now), now) + self.cost
        if full_at - now > self.depth:
            return full_at - now - self.depth
        if len(self._full_at) >= MOST and key not in self._full_at:
            self._forget(now)
        self._full_at[key] = full_at
        return 0.0

    def _forget(self, now: float) -> None:
        kept = {key: full_at for key, full_at in self._full_at.items() if full_at > now}
        if len(kept) >= MOST:  # as many strangers as that at once: those who asked least begin anew
            kept = dict(sorted(kept.items(), key=lambda item: item[1])[MOST // 2 :])
        self._full_at = kept


class Limits:
    """The buckets of every kind of request."""

    def __init__(self, options: Options, now: Callable[[], float] = time.monotonic) -> None:
        self.options = options
        self.now = now
        self._kinds: dict[str, Buckets] = {}

    def check(self, kind: str, key: str) -> None:
        """Count one request. Raises the problem that says when to come back."""
        buckets = self._kinds.get(kind)
        if buckets is None:
            buckets = self._kinds[kind] = Buckets(self.options.rate(kind), self.now)
        seconds = buckets.take(key)
        if seconds:
            raise slow_down(seconds)
