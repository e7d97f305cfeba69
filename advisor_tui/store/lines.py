"""What an import line said, as a short digest: the same line again changes nothing."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from advisor_tui.domain.bodies import CaseOpened, Recorded
from advisor_tui.domain.events import encode_body


def line_digest(encoded: bytes, case_id: str | None) -> bytes:
    """Eight bytes over the body as stored, without what we added, and the case it names."""
    return hashlib.blake2b(encoded + (case_id or "").encode(), digest_size=8).digest()


def recorded_digest(recorded: Any, case_id: str | None) -> bytes | None:
    """The digest of the line that would say `recorded`; None for what was written here."""
    if not isinstance(recorded, Recorded) or not recorded.ext:
        return None
    if isinstance(recorded, CaseOpened) and recorded.assigned:
        recorded = msgspec.structs.replace(recorded, assigned={})
    return line_digest(encode_body(recorded), case_id)
