"""Time as an argument: the protocol, and the clock that stands still."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class Clock(Protocol):
    """Where "now" comes from."""

    zone: tzinfo

    def now(self) -> datetime:
        """The present, aware, in UTC."""


class FrozenClock:
    """A clock that shows one instant: the demo company and simulations live in it."""

    def __init__(self, instant: datetime, zone: tzinfo = UTC) -> None:
        if instant.tzinfo is None:
            raise ValueError("a frozen clock needs an offset")
        self.instant = instant.astimezone(UTC)
        self.zone = zone

    def now(self) -> datetime:
        return self.instant


def to_ms(instant: datetime) -> int:
    """Unix milliseconds of an aware instant; whole numbers, for floats lose one in a hundred."""
    return (instant - _EPOCH) // _MS


def from_ms(ms: int, zone: tzinfo = UTC) -> datetime:
    """The instant of Unix milliseconds `ms`, in `zone`; clamped to what a calendar can show."""
    ms = max(-62_135_500_000_000, min(ms, 253_402_200_000_000))
    whole, rest = divmod(ms, 1000)
    return datetime.fromtimestamp(whole, zone).replace(microsecond=rest * 1000)


def parse_when(text: str, zone: tzinfo = UTC) -> tuple[int, bool]:
    """Unix milliseconds of an ISO 8601 date or date-time, and whether it had a time of day.

    A date stands for its first instant in `zone`, the customer's civil calendar.
    Raises ValueError with a plain reason.
    """
    if len(text) == 10:
        day = date.fromisoformat(text)
        return to_ms(datetime(day.year, day.month, day.day, tzinfo=zone)), False
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("the time has no offset from UTC")
    return to_ms(instant), True
