"""The hash chain of a stream: each link covers the one before, an envelope, and a commitment to the body.

The commitment is salted and the salt leaves with the body, so that an erasure keeps the chain valid
and what was erased cannot be guessed back from it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, select, tuple_

from advisor_tui.store.central.central import Central
from advisor_tui.store.central.tables import HEAD, LINK, SALT
from advisor_tui.store.unit import TABLES

_EVENT = TABLES["event"].c
_encode = msgspec.json.Encoder().encode


class Envelope(NamedTuple):
    """What a link says of an event besides its body; nothing in it ever changes."""

    id: str
    customer_id: str
    case_id: str | None
    type: str
    v: int
    at: int
    hlc: str
    actor: str
    txn: str
    base: str


class Head:
    """The end of a stream, held by the transaction that gives out its next numbers."""

    def __init__(self, stream: str, seq: int, last: bytes) -> None:
        self.stream = stream
        self.seq = seq
        self.hash = last
        self.links: list[dict[str, Any]] = []

    def add(self, kind: str, subject: str, device: str, commitment: bytes, envelope: Envelope | None = None) -> int:
        """The next link; its number."""
        self.seq += 1
        self.hash = link_hash(self.hash, self.stream, self.seq, kind, subject, envelope, commitment)
        self.links.append(
            {
                "stream": self.stream, "seq": self.seq, "kind": kind, "subject": subject, "device": device,
                "commitment": commitment, "hash": self.hash,
            }
        )  # fmt: skip
        return self.seq


def new_salt() -> bytes:
    return secrets.token_bytes(16)


def commit_to(salt: bytes, body: str) -> bytes:
    """What stands for a body in the chain."""
    return hashlib.blake2b(salt + body.encode("utf-8", "surrogatepass"), digest_size=32).digest()


def link_hash(
    before: bytes, stream: str, seq: int, kind: str, subject: str, envelope: Envelope | None, commitment: bytes
) -> bytes:
    """The hash of one link."""
    words = _encode([stream, seq, kind, subject, envelope])
    return hashlib.blake2b(before + words + commitment, digest_size=32).digest()


def lock_heads(connection: Connection, streams: set[str]) -> dict[str, Head]:
    """The counter rows of these streams, locked, in one order for everybody."""
    rows = connection.execute(
        select(HEAD.c.stream, HEAD.c.seq, HEAD.c.hash)
        .where(HEAD.c.stream.in_(sorted(streams)))
        .order_by(HEAD.c.stream)
        .with_for_update()
    )
    return {row.stream: Head(row.stream, row.seq, bytes(row.hash)) for row in rows}


def write_links(connection: Connection, heads: dict[str, Head]) -> None:
    """Write the links that were added and move the counters on."""
    links = [link for head in heads.values() for link in head.links]
    if links:
        connection.execute(LINK.insert(), links)
    for head in heads.values():
        if head.links:
            connection.execute(HEAD.update().where(HEAD.c.stream == head.stream).values(seq=head.seq, hash=head.hash))
            head.links = []


def verify(central: Central) -> list[str]:
    """What does not hold in the chains; empty when everything does."""
    problems: list[str] = []
    with central.read() as connection:
        for stream, seq, last in connection.execute(select(HEAD.c.stream, HEAD.c.seq, HEAD.c.hash)).all():
            problems += _verify_stream(connection, stream, seq, bytes(last))
    return problems


def _verify_stream(connection: Connection, stream: str, end: int, last: bytes) -> Iterator[str]:
    before, expected = b"", 1
    for page in _pages(connection, stream):
        envelopes = _envelopes(connection, [row.subject for row in page if row.kind == "event"])
        for row in page:
            if row.seq != expected:
                yield f"{stream}: {expected} is missing"
                return
            envelope, body, salt = envelopes.get(row.subject, (None, None, None))
            commitment, found = bytes(row.commitment), bytes(row.hash)
            if link_hash(before, stream, row.seq, row.kind, row.subject, envelope, commitment) != found:
                yield f"{stream}: {row.seq} ({row.subject}) does not follow from what is before it"
            if salt is not None and body is not None and commit_to(salt, body) != commitment:
                yield f"{stream}: the text of {row.seq} ({row.subject}) is not the one that was recorded"
            if body is not None and salt is None:
                yield f"{stream}: the salt of {row.seq} ({row.subject}) is missing"
            before, expected = found, row.seq + 1
    if expected - 1 != end or before != last:
        yield f"{stream}: it ends at {expected - 1}, its counter says {end}"


def _pages(connection: Connection, stream: str, size: int = 500) -> Iterator[list[Any]]:
    after = 0
    while True:
        page = connection.execute(
            select(LINK).where(LINK.c.stream == stream, LINK.c.seq > after).order_by(LINK.c.seq).limit(size)
        ).all()
        if page:
            yield list(page)
        if len(page) < size:
            return
        after = page[-1].seq


def _envelopes(
    connection: Connection, ids: list[str]
) -> dict[str, tuple[Envelope, str | None, bytes | None]]:  # fmt: skip
    rows = connection.execute(
        select(
            _EVENT.id, _EVENT.customer_id, _EVENT.case_id, _EVENT.type, _EVENT.v, _EVENT.at, _EVENT.hlc, _EVENT.actor,
            _EVENT.txn, _EVENT.base, _EVENT.body, SALT.c.salt,
        )
        .outerjoin(SALT, SALT.c.event_id == _EVENT.id)
        .where(_EVENT.id.in_(ids))
    )  # fmt: skip
    return {row.id: (Envelope(*row[:10]), row.body, None if row.salt is None else bytes(row.salt)) for row in rows}


def commitments(connection: Connection, places: list[tuple[str, int]]) -> dict[tuple[str, int], bytes]:
    """The commitments of the links at these (stream, number)."""
    found: dict[tuple[str, int], bytes] = {}
    for start in range(0, len(places), 300):
        rows = connection.execute(
            select(LINK.c.stream, LINK.c.seq, LINK.c.commitment).where(
                tuple_(LINK.c.stream, LINK.c.seq).in_(places[start : start + 300])
            )
        )
        found.update({(row.stream, row.seq): bytes(row.commitment) for row in rows})
    return found
