"""What the server's store refuses, with the status that HTTP gives it."""

from __future__ import annotations

from advisor_tui.domain.errors import AdvisorError

STATUS = {
    "bad_password": 401, "token_expired": 401, "token_reused": 401, "device_revoked": 403, "not_allowed": 403,
    "too_many_attempts": 429, "epoch_changed": 409, "unknown_stream": 404, "not_found": 404, "invalid": 422,
}  # fmt: skip


class Denied(AdvisorError):
    """A request that the server's store does not grant; `code` is one of STATUS."""

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return STATUS[self.code]
