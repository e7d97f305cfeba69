"""What an administrator may choose about a server; travels to worker processes as JSON in the environment."""

from __future__ import annotations

import os
from typing import Any

import msgspec
from msgspec import Struct, field

from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.wire import MAX_BODY

VARIABLE = "ADVISOR_SERVER"
"""Where a worker process finds its settings."""


class Rate(Struct, frozen=True):
    """So many requests a second in the long run, and so many at once."""

    per_second: float
    burst: int


RATES = {
    "push": Rate(60, 600),  # 20 a second is a desk that clears a long queue
    "page": Rate(50, 500),  # a first load asks for a page as soon as the last one is read
    "ask": Rate(20, 200),
    "feed": Rate(2, 30),
    "presence": Rate(10, 100),
    "login": Rate(50, 1000),  # by address: a whole site may log in from one at nine o'clock
    "open": Rate(100, 1000),  # by address: health checks and scrapes
    "address": Rate(2000, 8000),  # by address, every request: many desks may share one
}  # fmt: skip
"""By device where there is one, else by address; in each worker."""


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of one server; every default is fit for real use."""

    rates: dict[str, Rate] = field(default_factory=dict)
    """What differs from RATES."""
    max_body: int = MAX_BODY
    """Bytes of a request's body, decompressed."""
    body_patience: float = 60.0
    """Seconds without a byte after which a request's body is given up."""
    poll: float = 0.2
    """Seconds between two looks at the heads of streams, while someone listens."""
    ping: float = 15.0
    """Seconds between two signs of life on a quiet feed."""
    feed_life: float = 600.0
    """Seconds after which a feed ends, and its client comes again with a fresh token."""
    readers: int = 4
    """Threads that read the database."""
    waiting: int = 1024
    """Requests that may wait for a thread; the next one is told to come back."""
    drain: float = 0.0
    """Seconds in which /readyz says 503 before a stopping server closes its door."""
    rules: str = "fr"
    """The rule pack by which holds are judged."""
    workers: int = 1
    """How many processes answer; their metrics are added up."""
    metrics_folder: str = ""
    """Where the processes share their metrics, when there are several."""

    def rate(self, name: str) -> Rate:
        """The rate called `name`."""
        return self.rates.get(name) or RATES[name]


class Settings(Struct, frozen=True, kw_only=True):
    """All that a worker process needs to begin."""

    db: str
    options: Options = field(default_factory=Options)


def put_in_environment(settings: Settings) -> None:
    """Leave the settings where the processes that follow look for them."""
    os.environ[VARIABLE] = msgspec.json.encode(settings).decode()


def from_environment() -> Settings:
    """The settings that the parent process left."""
    try:
        return msgspec.json.decode(os.environ[VARIABLE], type=Settings)
    except (KeyError, msgspec.DecodeError) as error:
        raise Invalid("The settings in {name} cannot be read: {reason}", name=VARIABLE, reason=error) from error


def unlimited(**changes: Any) -> Options:
    """Options under which no rate is ever reached: for measuring the rest."""
    return Options(rates=dict.fromkeys(RATES, Rate(1e9, 1_000_000_000)), **changes)
