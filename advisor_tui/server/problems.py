"""What goes wrong, as HTTP says it: one shape of body, a status, and when to come back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from advisor_tui.domain.errors import AdvisorError, DiskFull, Invalid, NotFound, Refused, StoreError
from advisor_tui.domain.wire import OLDEST_PROTOCOL, PROTOCOL
from advisor_tui.server.messages import ErrorBody, ErrorDetail
from advisor_tui.store.central.errors import Denied

PLAIN = {
    404: ("not_found", "There is nothing at this address."),
    405: ("method", "This address does not answer to this method."),
}
_AWAY = {
    "busy": (1, "The server's database is busy. Try again in a moment."),
    "database_away": (2, "The server's database does not answer. Nothing was lost; try again in a moment."),
}


class Problem(Exception):
    """An answer that is not the one hoped for."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Mapping[str, object] | None = None,
        *,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.message = message
        self.details = dict(details or {})
        self.headers: dict[str, str] = {}
        if retry_after is not None:
            seconds = max(1, math.ceil(retry_after))
            self.details = {"retry_after": seconds, **self.details}
            self.headers["Retry-After"] = str(seconds)
        if status == 401:
            self.headers["WWW-Authenticate"] = "Bearer"
        if status == 408:
            self.headers["Connection"] = "close"  # the rest of the request would be taken for the next one

    @property
    def body(self) -> bytes:
        """The body of the answer."""
        details: dict[str, Any] = {key: _plain(value) for key, value in self.details.items()}
        return msgspec.json.encode(ErrorBody(error=ErrorDetail(code=self.code, message=self.message, details=details)))


def _plain(value: object) -> object:
    return value if isinstance(value, (bool, int, float, str, list, dict)) else str(value)


def problem_of(error: AdvisorError) -> Problem:
    """How HTTP says what the store said. Where the database lies is nobody's business outside."""
    if isinstance(error, Denied):
        details = dict(error.details)
        retry_after = details.pop("retry_after", None)
        after = float(retry_after) if isinstance(retry_after, (int, float)) else None
        return Problem(error.status, error.code, error.text(), details, retry_after=after)
    if isinstance(error, DiskFull):
        return Problem(
            507, "disk_full", "The server's disk is full. Nothing was lost; try again later.", retry_after=30
        )
    if isinstance(error, StoreError):
        seconds, message = _AWAY.get(error.code, (10, "The server's database cannot be used for now. Try again later."))
        return Problem(503, error.code, message, retry_after=seconds)
    if isinstance(error, Invalid):
        return Problem(422, "invalid", error.text(), error.details)
    if isinstance(error, NotFound):
        return Problem(404, "not_found", error.text(), error.details)
    if isinstance(error, Refused):
        return Problem(403, "not_allowed", error.text(), error.details)
    return internal()


def internal() -> Problem:
    """Our fault; nothing of what was sent is repeated."""
    return Problem(500, "internal", "The server failed to answer this; it was noted. Try again later.")


def invalid(message: str) -> Problem:
    return Problem(422, "invalid", message)


def too_large(message: str, **most: int) -> Problem:
    return Problem(413, "too_large", message, most)


def slow_down(seconds: float) -> Problem:
    return Problem(429, "too_many_requests", "Too many requests. Wait a moment.", retry_after=seconds)


def upgrade_needed() -> Problem:
    """The two sides do not speak the same version of the exchange."""
    message = "This server speaks another version of the exchange: upgrade the older side."
    return Problem(426, "upgrade_needed", message, {"min": OLDEST_PROTOCOL, "max": PROTOCOL})


def draining() -> Problem:
    return Problem(503, "draining", "The server is stopping. Try again in a moment.", retry_after=2)
