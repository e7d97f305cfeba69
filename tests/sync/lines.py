"""Pages of the exchange, for tests."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from advisor_tui.domain.wire import PulledLine


def decoded(lines: Iterable[bytes]) -> list[PulledLine]:
    """The lines of a page, each of which ends where it should."""
    found = list(lines)
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in found)
    return [msgspec.json.decode(line, type=PulledLine) for line in found]
