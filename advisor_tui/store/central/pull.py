"""Reading a stream from a cursor: pages of lines in the order of its numbers, and sums to compare both sides by."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain as joined
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw
from sqlalchemy import Connection, and_, or_, select
from sqlalchemy.sql.selectable import Select

from advisor_tui import __version__
from advisor_tui.domain.wire import (
    BUCKET,
    MAX_BYTES,
    MAX_EVENT,
    MAX_EVENTS,
    NOTHING,
    OLDEST_PROTOCOL,
    PROTOCOL,
    Bucket,
    Control,
    Meta,
    PulledLine,
    StreamHead,
    WireEvent,
    You,
)
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.errors import Denied
from advisor_tui.store.central.identity import Identity
from advisor_tui.store.central.moves import GUEST_MS, welcome
from advisor_tui.store.central.tables import HEAD, HOME, LINK, SERVER, TEAM
from advisor_tui.store.sums import sum_up
from advisor_tui.store.unit import TABLES
from advisor_tui.store.version import SCHEMA

PAGE = 1000
LARGEST = 20_000
FETCH = 500
_EVENT = TABLES["event"].c
_CUSTOMER = TABLES["customer_view"].c
_FIELDS = (
    _EVENT.id, _EVENT.customer_id, _EVENT.case_id, _EVENT.type, _EVENT.v, _EVENT.at, _EVENT.hlc, _EVENT.actor,
    _EVENT.txn, _EVENT.base, _EVENT.body,
)  # fmt: skip
_encode = msgspec.json.Encoder().encode


class Cursor(NamedTuple):
    """A place in a stream, and the chain's hash there: a server that was restored does not know it any more."""

    epoch: str
    stream: str
    seq: int
    mark: str

    def __str__(self) -> str:
        return f"1.{self.epoch}.{self.stream}.{self.seq}.{self.mark}"


def parse_cursor(text: str) -> Cursor:
    """The cursor that `text` is. Raises Denied invalid."""
    parts = text.split(".")
    if len(parts) != 5 or parts[0] != "1" or not parts[3].isascii() or not parts[3].isdigit() or len(parts[3]) > 18:
        raise Denied("This cursor is not one of this server's.", code="invalid")
    return Cursor(parts[1], parts[2], int(parts[3]), parts[4])


def mark_of(link_hash: bytes) -> str:
    return link_hash[:4].hex()


def read_page(
    central: Central,
    identity: Identity,
    stream: str,
    cursor: str,
    limit: int,
    own: bool,
    max_bytes: int = 4 << 20,
    after: int = 0,
) -> Iterator[bytes]:
    """The next lines of a stream after `cursor`, or without one after the number `after`; the last one says where to go on.

    Denied is raised before the first line: epoch_changed, unknown_stream, invalid.
    """
    place = parse_cursor(cursor) if cursor else Cursor(central.epoch, stream, after, "")
    lines = _page(central, identity, place, max(1, min(limit, LARGEST)), own, max_bytes)
    return joined([next(lines)], lines)


def _page(
    central: Central, identity: Identity, place: Cursor, limit: int, own: bool, max_bytes: int
) -> Iterator[bytes]:  # fmt: skip
    with central.read() as connection:
        _check(central, connection, place)  # first: who may no longer read still learns that the history is another one
        if place.stream not in identity.streams:
            raise Denied("This stream is not one of yours.", code="unknown_stream")
        seq, mark, sent, count = place.seq, place.mark, 0, 0
        query = _links(place.stream).limit(limit).execution_options(yield_per=FETCH)
        with connection.execute(query.where(LINK.c.seq > place.seq)) as rows:
            for row in rows:
                line = _line(row, "" if own else identity.device)
                seq, mark, count = row.seq, mark_of(row.hash), count + 1
                if line:
                    sent += len(line)
                    yield line
                if sent >= max_bytes:
                    break
        head = connection.execute(select(HEAD.c.seq).where(HEAD.c.stream == place.stream)).scalar() or 0
        following = Cursor(central.epoch, place.stream, seq, mark)
        yield _end(central, identity, str(following), count > 0 and seq < head)


def _check(central: Central, connection: Connection, place: Cursor) -> None:
    """A cursor from another history is refused: a backup was restored since it was given out."""
    epoch = connection.execute(select(SERVER.c.value).where(SERVER.c.key == "epoch")).scalar() or ""
    central.epoch = epoch
    known = place.epoch == epoch
    if known and place.mark:
        found = connection.execute(
            select(LINK.c.hash).where(LINK.c.stream == place.stream, LINK.c.seq == place.seq)
        ).scalar()
        known = found is not None and mark_of(found) == place.mark
    if not known:
        raise Denied("The server was restored from a backup; everything is compared again.", code="epoch_changed")


def _links(stream: str) -> Select[Any]:
    """The links of a stream with the events that still have their place there."""
    at_place = and_(_EVENT.stream == LINK.c.stream, _EVENT.seq == LINK.c.seq)
    return (
        select(LINK.c.seq, LINK.c.kind, LINK.c.subject, LINK.c.device, LINK.c.hash, *_FIELDS)
        .outerjoin(TABLES["event"], at_place)
        .where(LINK.c.stream == stream)
        .order_by(LINK.c.seq)
    )


def _line(row: Any, device: str) -> bytes:
    """One line; empty for a place that its event has left."""
    if row.kind == "left":
        return _encode(PulledLine(seq=row.seq, left=row.subject)) + b"\n"
    if row.kind == "erased":
        return _encode(PulledLine(seq=row.seq, erased=row.subject)) + b"\n"
    if row.id is None:
        return b""
    if row.device == device:
        return b'{"seq":%d,"own":"%s","hlc":"%s"}\n' % (row.seq, row.subject.encode(), row.hlc.encode())
    return _encode(PulledLine(seq=row.seq, event=_wire(row[5:16]))) + b"\n"


def _wire(fields: Any) -> WireEvent:
    id_, customer, case, type_, v, at, hlc, actor, txn, base, body = fields
    return WireEvent(
        id=id_, customer_id=customer, case_id=case, type=type_, v=v, at=at, hlc=hlc, actor=actor, txn=txn,
        base=base.split(), body=NOTHING if body is None else Raw(body.encode()),
    )  # fmt: skip


def _end(central: Central, identity: Identity, following: str, more: bool) -> bytes:
    control = Control(grants=identity.grants, server_time=central.now_ms())
    return _encode(PulledLine(next=following, more=more, control=control)) + b"\n"


def read_customer(central: Central, identity: Identity, customer_id: str, after: int) -> Iterator[bytes]:
    """Everything about a customer and those merged into them, whatever their team; the asker may then write about them.

    Each line names its stream. Denied not_found, not_allowed.
    """
    if not identity.streams:
        raise Denied("Your role does not open customers.", code="not_allowed")

    def work(connection: Connection) -> list[str]:
        ids = list(
            connection.execute(
                select(_CUSTOMER.id).where(or_(_CUSTOMER.id == customer_id, _CUSTOMER.root == customer_id))
            ).scalars()
        )
        wanted = {customer_id, *ids}  # one who was undone or erased has events and no picture
        homes = connection.execute(
            select(HOME.c.customer_id, HOME.c.stream).where(HOME.c.customer_id.in_(wanted))
        ).all()
        for id_, stream in homes:
            if stream not in identity.streams:
                welcome(connection, identity.account_id, id_, central.now_ms() + GUEST_MS)
        return [id_ for id_, _stream in homes]

    ids = central.retrying(work)
    if not ids:
        raise Denied("No customer of this server has this id.", code="not_found")
    return _customer_lines(central, identity, ids, after)


def _customer_lines(central: Central, identity: Identity, ids: list[str], after: int) -> Iterator[bytes]:
    with central.read() as connection:
        last = after
        rows = connection.execute(
            select(_EVENT.seq, _EVENT.stream, *_FIELDS)
            .where(_EVENT.customer_id.in_(ids), _EVENT.seq > after)
            .order_by(_EVENT.seq)
        )
        for row in rows:
            last = row.seq
            yield _encode(PulledLine(seq=row.seq, stream=row.stream, event=_wire(row[2:13]))) + b"\n"
        yield _end(central, identity, str(last), False)


def read_buckets(central: Central, identity: Identity, stream: str, start: int, end: int) -> list[Bucket]:
    """What the server holds of the numbers start..end of a stream, 64 buckets at most."""
    if stream not in identity.streams:
        raise Denied("This stream is not one of yours.", code="unknown_stream")
    start -= start % BUCKET
    end = min(end, start + 64 * BUCKET - 1)
    with central.read() as connection:
        rows = connection.execute(
            select(_EVENT.seq, _EVENT.id, _EVENT.hlc, _EVENT.body)
            .where(_EVENT.stream == stream, _EVENT.seq >= start, _EVENT.seq <= end)
            .execution_options(yield_per=FETCH)
        )
        return sum_up(rows)


def read_heads(connection: Connection) -> tuple[dict[str, int], int]:
    """The last number of each stream, and the number of the rights in force."""
    heads = {row.stream: row.seq for row in connection.execute(select(HEAD.c.stream, HEAD.c.seq))}
    grants = connection.execute(select(SERVER.c.value).where(SERVER.c.key == "grants")).scalar()
    return heads, int(grants or 0)


def describe(central: Central, identity: Identity | None) -> Meta:
    """What the server says of itself, and of the caller where it knows them."""
    with central.read() as connection:
        facts = {row.key: row.value for row in connection.execute(select(SERVER.c.key, SERVER.c.value))}
        you = None
        if identity is not None:
            names = {row.stream: row.name for row in connection.execute(select(TEAM.c.stream, TEAM.c.name))}
            heads = {
                row.stream: row for row in connection.execute(select(HEAD).where(HEAD.c.stream.in_(identity.streams)))
            }
            streams = [
                StreamHead(id=id_, name=names.get(id_, ""), seq=heads[id_].seq, mark=mark_of(heads[id_].hash))
                for id_ in identity.streams
                if id_ in heads
            ]
            you = You(
                name=identity.name, role=identity.role, teams=list(identity.teams), device=identity.device,
                grants=identity.grants, streams=streams,
            )  # fmt: skip
    return Meta(
        product="advisor-tui", version=__version__, protocol={"min": OLDEST_PROTOCOL, "max": PROTOCOL},
        server_time=central.now_ms(), epoch=facts.get("epoch", ""), schema=SCHEMA,
        limits={"events": MAX_EVENTS, "bytes": MAX_BYTES, "event_bytes": MAX_EVENT}, you=you,
    )  # fmt: skip
