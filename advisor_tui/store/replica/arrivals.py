"""What a server's page brings: recorded, folded and searchable in one transaction, with the cursor that says so."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select

from advisor_tui.domain.events import Event
from advisor_tui.domain.identity import Hlc
from advisor_tui.domain.wire import NOTHING, PulledLine, WireEvent, from_wire
from advisor_tui.store.drafts import drop_drafts_of
from advisor_tui.store.erasing import forget_search_words, overwrite_what_goes
from advisor_tui.store.journal import Journal
from advisor_tui.store.replica.answers import CHUNK, SET_ASIDE, any_taken, mark_sent
from advisor_tui.store.replica.cursors import CURSOR, save_cursor, seq_of
from advisor_tui.store.replica.outbox import FIELDS
from advisor_tui.store.replica.turns import Turn, pass_turn
from advisor_tui.store.tables import LeavingRow
from advisor_tui.store.unit import TABLES, Unit, table_of

_EVENT = TABLES["event"]
LEAVING = table_of(LeavingRow)


class Arrived(msgspec.Struct):
    """What a page changed here."""

    new: int = 0
    customers: set[str] = msgspec.field(default_factory=set)
    replaced: int = 0  # words of mine that differ from what the server has were set aside
    missing: bool = False  # the server thinks that we have an event as it has it, and we have not: read the page whole
    rewritten: bool = False  # the server gave a number anew: its history is another one; nothing was written
    erased: list[str] = []


class Place(NamedTuple):
    """Where a page ends."""

    stream: str
    name: str
    cursor: str


def write_page(journal: Journal, lines: list[PulledLine], place: Place | None, turn: Turn) -> Arrived:
    """Write a page down, or nothing of it (Overtaken).

    `place` is None for what was fetched beside the streams; lines then name their stream.
    """
    arrived = Arrived()
    with journal.transaction() as unit:
        turn.take(unit.connection)
        known = _known(unit.connection, [line.event.id if line.event else line.own for line in lines])
        if any(line.own and not _as_sent(line, known.get(line.own)) for line in lines):
            arrived.missing = True
            return arrived
        if any_taken(unit.connection, _places(lines, place)):
            arrived.rewritten = True
            return arrived
        marks: list[dict[str, Any]] = []
        refold: set[str] = set()
        latest = ""
        for line in lines:
            stream = line.stream or (place.stream if place else "")
            if line.own:
                _mark(marks, known[line.own], line.own, line.seq, stream)
            elif line.event is not None:
                latest = max(latest, line.event.hlc)
                _take(unit, line.event, known.get(line.event.id), line.seq, stream, marks, refold, arrived)
        mark_sent(unit.connection, marks)
        if place is not None:
            _offer_unseen(unit.connection, lines, place)
        for line in lines:  # every event has its last place by now: who left and came back is not gone
            if line.left:
                refold |= _leave(unit, line.left, line.stream or (place.stream if place else ""), line.seq)
            elif line.erased:
                refold |= erase_here(unit, line.erased)
                arrived.erased.append(line.erased)
        for customer_id in refold:
            unit.refold(customer_id)
        if latest:
            unit.hlc = unit.hlc.merge(Hlc.parse(latest))
        arrived.customers |= refold
        _let_in(unit.connection, [line.event.id for line in lines if line.event is not None])
        if place is not None:
            save_cursor(unit.connection, *place)
        unit.flush()
        if arrived.erased:
            forget_search_words(unit.connection)
    return arrived


def _as_sent(line: PulledLine, row: Any) -> bool:
    """Whether what we sent is here as the server has it: it may have arrived late, after we had stamped it anew.

    Of what was erased only a stub is here; whether the server has more, the page read whole will say.
    """
    return row is not None and row.body is not None and (not line.hlc or row.hlc == line.hlc)


def _places(lines: list[PulledLine], place: Place | None) -> list[tuple[str, int, str]]:
    """The (stream, number, id) of each event of a page."""
    stream = place.stream if place else ""
    return [
        (line.stream or stream, line.seq, line.event.id if line.event else line.own)
        for line in lines
        if line.event is not None or line.own
    ]


def _let_in(connection: Connection, ids: list[str]) -> None:
    """What a lead let out of quarantine is in its place again, and no longer set aside."""
    quarantined = SET_ASIDE.c.status == "quarantined"
    if connection.execute(select(SET_ASIDE.c.id).where(quarantined).limit(1)).scalar() is not None:
        for start in range(0, len(ids), CHUNK):
            connection.execute(delete(SET_ASIDE).where(quarantined, SET_ASIDE.c.id.in_(ids[start : start + CHUNK])))


def _known(connection: Connection, ids: list[str]) -> dict[str, Any]:
    """The rows of those that are here, with stream and number."""
    found: dict[str, Any] = {}
    for start in range(0, len(ids), CHUNK):
        rows = connection.execute(
            select(*FIELDS, _EVENT.c.seq, _EVENT.c.stream).where(_EVENT.c.id.in_(ids[start : start + CHUNK]))
        )
        found.update({row.id: row for row in rows})
    return found


def _mark(marks: list[dict[str, Any]], row: Any, id_: str, seq: int, stream: str) -> None:
    if (row.seq, row.stream) != (seq, stream):
        marks.append({"b_id": id_, "b_seq": seq, "b_stream": stream})


def _take(
    unit: Unit, wire: WireEvent, row: Any, seq: int, stream: str, marks: list[dict[str, Any]], refold: set[str],
    arrived: Arrived,
) -> None:  # fmt: skip
    """One event: new, known, or known otherwise than the server has it; the server's is the one that counts."""
    body = wire.raw()
    arrived.customers.add(wire.customer_id)
    if row is not None:
        same = (
            row.hlc == wire.hlc and row.at == wire.at and row.actor == wire.actor and row.txn == wire.txn
            and row.base == " ".join(wire.base) and row.case_id == wire.case_id and row.type == wire.type
            and row.customer_id == wire.customer_id
        )  # fmt: skip
        text = None if body is None else body.decode("utf-8", "surrogatepass")
        if same and row.body == text:
            _mark(marks, row, wire.id, seq, stream)
            return
        if same and body is None:
            unit.connection.execute(_EVENT.update().where(_EVENT.c.id == wire.id).values(body=None))
            _mark(marks, row, wire.id, seq, stream)
            refold.add(wire.customer_id)
            return
        _make_room(unit, row, keep=text is not None and row.body != text and row.seq is None)
        arrived.replaced += 1
        refold |= {wire.customer_id, row.customer_id}
    arrived.new += row is None
    _append(unit, wire, body, seq, stream)


def _append(unit: Unit, wire: WireEvent, body: bytes | None, seq: int, stream: str) -> None:
    unit.append(_event_of(wire), body, seq=seq, stream=stream)


def _event_of(wire: WireEvent) -> Event:
    """The event; without a body where it was erased, or is of a later version: it is kept as it came and not folded."""
    try:
        return from_wire(wire)
    except msgspec.DecodeError:  # the server took what this version cannot read
        return from_wire(msgspec.structs.replace(wire, body=NOTHING))


def _make_room(unit: Unit, row: Any, keep: bool) -> None:
    """The local version of an event gives way; words that the server does not have are set aside, not lost."""
    from advisor_tui.store.replica.outbox import wire_of

    connection = unit.connection
    connection.execute(delete(SET_ASIDE).where(SET_ASIDE.c.id == row.id))
    event = msgspec.json.encode(wire_of(row[: len(FIELDS)])).decode()
    connection.execute(
        insert(SET_ASIDE).values(
            id=row.id, txn=row.txn, customer_id=row.customer_id, status="rejected", code="id_reuse",
            message="Another event was recorded under this id.", at=unit.now_ms(), event=event,
        )
    )  # fmt: skip
    if row.seq is None:
        connection.execute(delete(_EVENT).where(_EVENT.c.id == row.id))
    else:
        connection.execute(insert(LEAVING).values(customer_id=row.customer_id))
        connection.execute(delete(_EVENT).where(_EVENT.c.id == row.id))
        connection.execute(delete(LEAVING))
    if not keep:
        connection.execute(delete(SET_ASIDE).where(SET_ASIDE.c.id == row.id))


def _offer_unseen(connection: Connection, lines: list[PulledLine], place: Place) -> None:
    """What was sent and stands within this page's numbers, but is not on it, is offered once more.

    Its customer moved meanwhile, and the answer will say where to; or a backup was put back, and the server lost it.
    """
    read = connection.execute(select(CURSOR.c.seq).where(CURSOR.c.stream == place.stream)).scalar() or 0
    here = (_EVENT.c.stream == place.stream, _EVENT.c.seq > read, _EVENT.c.seq <= seq_of(place.cursor))
    named = {line.event.id if line.event is not None else line.own for line in lines}
    rows = connection.execute(select(_EVENT.c.id).where(*here, _EVENT.c.body.is_not(None))).scalars()
    unseen = [{"b_id": id_} for id_ in rows if id_ not in named]
    if unseen:
        statement = _EVENT.update().where(_EVENT.c.id == bindparam("b_id")).values(seq=None, stream=None)
        connection.execute(statement, unseen)


def _leave(unit: Unit, customer_id: str, stream: str, seq: int) -> set[str]:
    """A customer left a stream at this number: what came through it before goes, unless it has another place by now."""
    unit.write_events()
    before = (_EVENT.c.customer_id == customer_id, _EVENT.c.stream == stream, _EVENT.c.seq < seq)
    here = unit.connection.execute(select(_EVENT.c.id).where(*before).limit(1)).scalar()
    return evict(unit, [customer_id], stream, seq) if here is not None else set()


def evict(unit: Unit, customers: list[str], stream: str, before: int = sys.maxsize) -> set[str]:
    """Take sent events of these customers out of this replica, those numbered before `before`; what is unsent stays.

    Who must be folded anew.
    """
    unit.write_events()
    if customers:
        unit.connection.execute(insert(LEAVING), [{"customer_id": id_} for id_ in customers])
        for start in range(0, len(customers), CHUNK):
            unit.connection.execute(
                delete(_EVENT).where(
                    _EVENT.c.customer_id.in_(customers[start : start + CHUNK]), _EVENT.c.seq < before,
                    _EVENT.c.stream == stream,
                )
            )  # fmt: skip
        unit.connection.execute(delete(LEAVING))
    return set(customers)


def evict_stream(journal: Journal, stream: str, page: int = 200) -> set[str]:
    """A right was withdrawn: the customers of this stream leave the replica, page by page; who they were."""
    gone: set[str] = set()
    while True:
        with journal.transaction() as unit:
            pass_turn(unit.connection)
            customers = list(
                unit.connection.execute(
                    select(_EVENT.c.customer_id).where(_EVENT.c.stream == stream).distinct().limit(page)
                ).scalars()
            )
            for customer_id in evict(unit, customers, stream):
                unit.refold(customer_id)
        gone.update(customers)
        if len(customers) < page:
            return gone


def erase_here(unit: Unit, customer_id: str) -> set[str]:
    """Erase everything about a customer here too: sent, unsent, being written, set aside."""
    overwrite_what_goes(unit.connection)
    unit.write_events()
    connection = unit.connection
    unsent = list(
        connection.execute(
            select(_EVENT.c.id).where(_EVENT.c.customer_id == customer_id, _EVENT.c.seq.is_(None))
        ).scalars()
    )
    for id_ in unsent:
        connection.execute(delete(SET_ASIDE).where(SET_ASIDE.c.id == id_))
        connection.execute(
            insert(SET_ASIDE).values(
                id=id_, txn="", customer_id=customer_id, status="", code="", message="", at=0, event=""
            )
        )
        connection.execute(delete(_EVENT).where(_EVENT.c.id == id_))
    connection.execute(_EVENT.update().where(_EVENT.c.customer_id == customer_id).values(body=None))
    connection.execute(delete(SET_ASIDE).where(SET_ASIDE.c.customer_id == customer_id))
    drop_drafts_of(connection, customer_id)
    return {customer_id}


def with_words(journal: Journal, customers: list[str]) -> set[str]:
    """Those of these customers about whom there are words here."""
    found: set[str] = set()
    with journal.reading() as connection:
        for start in range(0, len(customers), CHUNK):
            chunk = customers[start : start + CHUNK]
            written = select(_EVENT.c.customer_id).where(_EVENT.c.customer_id.in_(chunk), _EVENT.c.body.is_not(None))
            aside = select(SET_ASIDE.c.customer_id).where(SET_ASIDE.c.customer_id.in_(chunk))
            found.update(connection.execute(written.union(aside)).scalars())
    return found


def erase_customer(journal: Journal, customer_id: str) -> None:
    """Erase a customer here, whom the server erased; what was told of them before is not written any more."""
    with journal.transaction() as unit:
        pass_turn(unit.connection)
        for id_ in erase_here(unit, customer_id):
            unit.refold(id_)
        unit.flush()
        forget_search_words(unit.connection)
