"""Identifiers and the hybrid logical clock, as pure functions.

UUIDv7 (RFC 9562) puts 48 bits of Unix milliseconds in front, so ids sort by time. What comes
from a file gets an id computed from what it says: two desks that import the same line offline
write the same event, and sync sees one.
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

UUID_RE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")

HLC_RE = re.compile(r"[0-9a-f]{12}-[0-9a-f]{6}-[0-9a-f]{8}\Z")

_MAX_MS = (1 << 48) - 1
_MAX_COUNTER = (1 << 24) - 1
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def _format(value: int) -> str:
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def uuid7(ms: int, random: int) -> str:
    """A UUIDv7 of Unix milliseconds `ms` and at least 74 bits of `random`."""
    ms = max(0, min(ms, _MAX_MS))
    high = (random >> 62) & 0xFFF
    low = random & ((1 << 62) - 1)
    return _format((ms << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | low)


def derived_uuid7(ms: int, *parts: str | bytes) -> str:
    """The UUIDv7 that stands for `parts`: same parts, same id, on every machine."""
    raws = [part.encode("utf-8", "surrogatepass") if type(part) is str else part for part in parts]
    lengths = ",".join([str(len(raw)) for raw in raws])
    digest = hashlib.blake2b(b"".join([lengths.encode(), b":", *raws]), digest_size=10).hexdigest()  # type: ignore[list-item]
    time = f"{max(0, min(ms, _MAX_MS)):012x}"
    return f"{time[:8]}-{time[8:]}-7{digest[:3]}-{_VARIANT[digest[3]]}{digest[4:7]}-{digest[7:19]}"


def digest_uuid7(ms: int, digest: bytes) -> str:
    """The UUIDv7 of an instant and a digest of eight bytes that already stands for the content."""
    random = digest.hex()
    time = f"{max(0, min(ms, _MAX_MS)):012x}"
    return f"{time[:8]}-{time[8:]}-7{random[:3]}-{_VARIANT[random[3]]}{random[4:7]}-{random[7:]}000"


def entity_id(kind: str, external: str) -> str:
    """The id of the entity that a foreign system calls `external`.

    Our own exports name entities by their UUIDv7; such a name is the id itself.
    """
    if UUID_RE.match(external):
        return external
    return derived_uuid7(0, kind, external)


class Hlc(NamedTuple):
    """Hybrid logical clock: (milliseconds, counter, device); its text form sorts like the tuple."""

    ms: int
    counter: int
    device: str

    def __str__(self) -> str:
        return f"{self.ms:012x}-{self.counter:06x}-{self.device}"

    @classmethod
    def parse(cls, text: str) -> Hlc:
        ms, counter, device = text.split("-", 2)
        return cls(int(ms, 16), int(counter, 16), device)

    def next(self, now_ms: int) -> Hlc:
        """The stamp for the next event written here at `now_ms`; never goes backwards."""
        if now_ms > self.ms:
            return Hlc(min(now_ms, _MAX_MS), 0, self.device)
        if self.counter >= _MAX_COUNTER:  # one digit more would sort wrong
            return Hlc(self.ms + 1, 0, self.device)
        return Hlc(self.ms, self.counter + 1, self.device)

    def merge(self, other: Hlc) -> Hlc:
        """This clock once it has seen `other`: what is written next comes after both."""
        return (
            self if (self.ms, self.counter) >= (other.ms, other.counter) else Hlc(other.ms, other.counter, self.device)
        )
