"""Lines that wait for what they refer to: in memory while few, on disk when many."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterator
from typing import IO

_HEAD = struct.Struct("<IQI")
MEMORY = 32 * 1024 * 1024


class Pool:
    """A first-in, first-out store of (file, line number, bytes)."""

    def __init__(self) -> None:
        self.size = 0
        self._file: IO[bytes] | None = None

    def add(self, row: tuple[int, int, bytes]) -> None:
        if self._file is None:
            self._file = tempfile.SpooledTemporaryFile(max_size=MEMORY)  # noqa: SIM115 - lives as long as the pool
        file, number, raw = row
        self._file.write(_HEAD.pack(file, number, len(raw)))
        self._file.write(raw)
        self.size += 1

    def rows(self) -> Iterator[tuple[int, int, bytes]]:
        """Every row once, in order; the pool is empty afterwards."""
        if self._file is None:
            return
        with self._file as stored:
            stored.seek(0)
            while head := stored.read(_HEAD.size):
                file, number, length = _HEAD.unpack(head)
                yield file, number, stored.read(length)
        self._file = None
