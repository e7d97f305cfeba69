"""The shapes that a replica and a server exchange. Pure data: no network here."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec
from msgspec import Raw, Struct

from advisor_tui.domain.events import VERSION, Event, decode_body, encode_body

PROTOCOL = 1
"""The version of the exchange, sent as `Sync-Protocol` with every request."""
OLDEST_PROTOCOL = 1
MAX_EVENTS = 500
"""Events of one push."""
MAX_BYTES = 1 << 20
"""Bytes of one push (as JSON), unless it holds a single event."""
MAX_EVENT = 8 << 20
"""Bytes of one event: the longest text that a person may record fits, whatever its letters."""
MAX_BODY = MAX_EVENT + (64 << 10)
"""Bytes of any request, once decompressed."""
AHEAD_MS = 120_000
"""How far ahead of the server a clock may be."""
BUCKET = 1024
"""Numbers of a stream that are compared at once."""

Status = Literal["accepted", "duplicate", "rejected", "quarantined", "clock_ahead"]


NOTHING = Raw(b"null")
"""The body of an event that was erased."""


class WireEvent(Struct, kw_only=True, omit_defaults=True, gc=False):
    """An event on its way: its envelope, and its body as the bytes that are stored."""

    id: str
    customer_id: str
    type: str
    at: int
    hlc: str
    actor: str
    txn: str
    body: Raw = NOTHING
    case_id: str | None = None
    v: int = VERSION
    base: list[str] = []
    found: bool = False  # a colleague's, offered because the server lost it: a lead decides

    def raw(self) -> bytes | None:
        """The body's bytes, or None where it was erased."""
        raw = bytes(self.body)
        return None if raw == b"null" else raw


class Push(Struct, kw_only=True):
    """What a replica sends."""

    device: str
    events: list[WireEvent]


class Told(Struct, kw_only=True, omit_defaults=True):
    """What became of one event."""

    id: str
    status: Status
    seq: int | None = None
    stream: str | None = None
    code: str = ""
    message: str = ""


class Pushed(Struct, kw_only=True):
    """The answer to a push, one `Told` an event, in the same order."""

    results: list[Told]
    server_time: int


class Control(Struct, kw_only=True):
    """What a page says besides its events: the number of the rights in force, the server's time."""

    grants: int
    server_time: int


class PulledLine(Struct, kw_only=True, omit_defaults=True):
    """One line of a page: an event, a word about one, or the page's end (`next`)."""

    seq: int = 0
    event: WireEvent | None = None
    own: str = ""
    hlc: str = ""  # of `own`: it may have been stamped anew since it was sent
    left: str = ""
    erased: str = ""
    stream: str = ""
    next: str | None = None
    more: bool = False
    control: Control | None = None


class Bucket(Struct, kw_only=True):
    """What one side holds of `BUCKET` numbers of a stream: how many events, and the sum of their digests."""

    from_: int = msgspec.field(name="from")
    count: int
    sum: int


class StreamHead(Struct, kw_only=True):
    """A stream that a person may read, its last number, and the mark of the chain there, as in a cursor."""

    id: str
    name: str
    seq: int
    mark: str = ""


class You(Struct, kw_only=True):
    """Who the server takes the caller for."""

    name: str
    role: str
    teams: list[str]
    device: str
    grants: int
    streams: list[StreamHead]


class Meta(Struct, kw_only=True):
    """What a server says of itself."""

    product: str
    version: str
    protocol: dict[str, int]
    server_time: int
    epoch: str
    schema: int
    limits: dict[str, int]
    you: You | None = None


def to_wire(event: Event) -> WireEvent:
    """An event as it travels."""
    return WireEvent(
        id=event.id, customer_id=event.customer_id, type=event.type, at=event.at, hlc=event.hlc, actor=event.actor,
        txn=event.txn, body=NOTHING if event.body is None else Raw(encode_body(event.body)), case_id=event.case_id,
        v=event.v, base=list(event.base),
    )  # fmt: skip


def from_wire(wire: WireEvent) -> Event:
    """The event that arrived; its body is None where this version cannot read it. Raises msgspec.ValidationError."""
    return Event(
        id=wire.id, customer_id=wire.customer_id, type=wire.type, at=wire.at, hlc=wire.hlc, actor=wire.actor,
        txn=wire.txn, case_id=wire.case_id, v=wire.v, base=tuple(wire.base), body=decode_body(wire.type, wire.v, wire.raw()),
    )  # fmt: skip


def event_mark(id_: str, hlc: str, body: str | None) -> int:
    """Eight bytes over what an event is; both sides add them up to compare what they hold."""
    words = f"{id_} {hlc} {'' if body is None else body}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(words, digest_size=8).digest(), "big")


MARKS = 1 << 63
"""Sums of marks are taken modulo this: they fit a database's integer."""
