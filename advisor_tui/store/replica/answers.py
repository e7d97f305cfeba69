"""What the server said of a batch, written down in one transaction: sent, set aside, or to be stamped anew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select

from advisor_tui.domain.identity import Hlc
from advisor_tui.domain.wire import AHEAD_MS, Told, WireEvent
from advisor_tui.store.journal import Journal
from advisor_tui.store.replica.turns import Turn
from advisor_tui.store.tables import SetAsideRow
from advisor_tui.store.unit import TABLES, Unit, table_of

_EVENT = TABLES["event"]
SET_ASIDE = table_of(SetAsideRow)
CHUNK = 400


class Written(msgspec.Struct):
    """What a batch's answers came to."""

    sent: int = 0
    set_aside: int = 0
    restamped: int = 0
    rewritten: bool = False  # the server gave a number anew: its history is another one; nothing was written
    differing: list[str] = []  # customers of whom the server holds another version of an event
    customers: list[str] = []  # whose picture changed here


def write_answers(
    journal: Journal, batch: list[WireEvent], answers: list[Told], server_time: int, turn: Turn
) -> Written:
    """Mark what was taken, set aside what was not, and stamp anew what a wrong clock stamped; or nothing (Overtaken)."""
    told = {answer.id: answer for answer in answers}
    written = Written()
    with journal.transaction() as unit:
        turn.take(unit.connection)
        marks: list[dict[str, Any]] = []
        refused: list[tuple[WireEvent, Told]] = []
        ahead = False
        for event in batch:
            answer = told.get(event.id)
            if answer is None:
                continue
            if answer.status in ("accepted", "duplicate") and (answer.code != "differs" or event.found):
                marks.append({"b_id": event.id, "b_seq": answer.seq, "b_stream": answer.stream})
            elif answer.status == "duplicate":
                written.differing.append(event.customer_id)
            elif answer.status == "clock_ahead":
                ahead = True
            else:
                refused.append((event, answer))
        if any_taken(unit.connection, [(mark["b_stream"], mark["b_seq"], mark["b_id"]) for mark in marks]):
            return Written(rewritten=True)
        mark_sent(unit.connection, marks)
        written.sent = len(marks)
        written.customers += _let_strangers_go(unit, [event for event in batch if event.found], told)
        if refused:
            written.set_aside = len(refused)
            written.customers += put_aside(unit, refused)
            written.customers += _erase(
                unit, {event.customer_id for event, answer in refused if answer.code == "erased"}
            )
        if ahead:
            written.restamped, touched = restamp(unit, server_time)
            written.customers += touched
    return written


def _erase(unit: Unit, customers: set[str]) -> list[str]:
    """What was written about someone whom the server erased goes as the rest of them did; whose it was."""
    from advisor_tui.store.replica.arrivals import erase_here

    for customer_id in customers:
        erase_here(unit, customer_id)
        unit.refold(customer_id)
    return sorted(customers)


def _let_strangers_go(unit: Unit, found: list[WireEvent], told: dict[str, Told]) -> list[str]:
    """What a colleague wrote and the server has, in a stream that is not read here, leaves; whose it was."""
    from advisor_tui.store.replica.arrivals import evict
    from advisor_tui.store.replica.cursors import CURSOR

    if not found:
        return []
    followed = set(unit.connection.execute(select(CURSOR.c.stream)).scalars())
    gone: dict[str, set[str]] = {}
    for event in found:
        answer = told.get(event.id)
        if answer is not None and answer.stream is not None and answer.stream not in followed:
            gone.setdefault(answer.stream, set()).add(event.customer_id)
    for stream, customers in gone.items():
        for customer_id in evict(unit, sorted(customers), stream):
            unit.refold(customer_id)
    return sorted(set().union(*gone.values()))


def any_taken(connection: Connection, places: list[tuple[str, int, str]]) -> bool:
    """Whether another event has one of these (stream, number, id) here: then a backup was put back without a word."""
    wanted = {(stream, seq): id_ for stream, seq, id_ in places}
    for stream in {stream for stream, _seq in wanted}:
        numbers = [seq for name, seq in wanted if name == stream]
        for start in range(0, len(numbers), CHUNK):
            chunk = numbers[start : start + CHUNK]
            rows = connection.execute(
                select(_EVENT.c.seq, _EVENT.c.id).where(_EVENT.c.stream == stream, _EVENT.c.seq.in_(chunk))
            )
            if any(wanted[stream, seq] != id_ for seq, id_ in rows):
                return True
    return False


def mark_sent(connection: Connection, marks: list[dict[str, Any]]) -> None:
    """Note the stream and number that the server gave to events."""
    if not marks:
        return
    statement = (
        _EVENT.update()
        .where(_EVENT.c.id == bindparam("b_id"))
        .values(seq=bindparam("b_seq"), stream=bindparam("b_stream"))
    )
    connection.execute(statement, marks)


def put_aside(unit: Unit, refused: Iterable[tuple[WireEvent, Told]]) -> list[str]:
    """Take refused events out of the journal, whole, and fold their customers anew; these customers."""
    now = unit.now_ms()
    customers: list[str] = []
    for event, answer in refused:
        unit.connection.execute(delete(SET_ASIDE).where(SET_ASIDE.c.id == event.id))
        unit.connection.execute(
            insert(SET_ASIDE).values(
                id=event.id, txn=event.txn, customer_id=event.customer_id, status=answer.status, code=answer.code,
                message=answer.message, at=now, event=msgspec.json.encode(event).decode(),
            )
        )  # fmt: skip
        unit.connection.execute(delete(_EVENT).where(_EVENT.c.id == event.id, _EVENT.c.seq.is_(None)))
        customers.append(event.customer_id)
    for customer_id in dict.fromkeys(customers):
        unit.refold(customer_id)
    return customers


def take_back(journal: Journal, ids: list[str]) -> int:
    """Put events that were set aside into the journal again: they are sent anew. How many.

    What was refused because of its id gets a new one.
    """
    with journal.transaction() as unit:
        rows = unit.connection.execute(
            select(SET_ASIDE).where(SET_ASIDE.c.id.in_(ids)).order_by(SET_ASIDE.c.at, SET_ASIDE.c.id)
        ).all()
        for row in rows:
            wire = msgspec.json.decode(row.event, type=WireEvent)
            unit.connection.execute(delete(SET_ASIDE).where(SET_ASIDE.c.id == row.id))
            restored = _row_of(wire)
            if row.code == "id_reuse":
                restored["id"] = unit.new_id()
            if unit.connection.execute(select(_EVENT.c.id).where(_EVENT.c.id == restored["id"])).scalar() is None:
                unit.connection.execute(insert(_EVENT).values(**restored))
                unit.refold(wire.customer_id)
        return len(rows)


def let_go(journal: Journal, ids: list[str]) -> None:
    """Forget events that were set aside."""
    with journal.transaction() as unit:
        unit.connection.execute(delete(SET_ASIDE).where(SET_ASIDE.c.id.in_(ids)))


def _row_of(wire: WireEvent) -> dict[str, Any]:
    raw = (wire.raw() or b"").decode() or None
    return {
        "id": wire.id, "customer_id": wire.customer_id, "case_id": wire.case_id, "type": wire.type, "v": wire.v,
        "at": wire.at, "hlc": wire.hlc, "actor": wire.actor, "txn": wire.txn, "base": " ".join(wire.base),
        "body": raw, "seq": None, "stream": None,
    }  # fmt: skip


def restamp(unit: Unit, server_time: int) -> tuple[int, list[str]]:
    """Give unsent events stamps that the server believes, in the order they have; (how many, whose)."""
    rows = unit.connection.execute(
        select(_EVENT.c.id, _EVENT.c.customer_id, _EVENT.c.hlc, _EVENT.c.at)
        .where(_EVENT.c.seq.is_(None))
        .order_by(_EVENT.c.hlc, _EVENT.c.id)
    ).all()
    latest = unit.connection.execute(
        select(_EVENT.c.hlc).where(_EVENT.c.seq.is_not(None)).order_by(_EVENT.c.n.desc()).limit(500)
    ).scalars()
    clock = Hlc(server_time, 0, unit.hlc.device)
    for seen in latest:
        other = Hlc.parse(seen)
        if other.ms <= server_time + AHEAD_MS:
            clock = clock.merge(other)
    changes = []
    for row in rows:
        clock = clock.next(server_time)
        old_ms = int(row.hlc[:12], 16)
        at = row.at - max(0, old_ms - clock.ms) if row.at > server_time else row.at
        changes.append({"b_id": row.id, "b_hlc": str(clock), "b_at": at})
    if changes:
        unit.connection.execute(
            _EVENT.update()
            .where(_EVENT.c.id == bindparam("b_id"))
            .values(hlc=bindparam("b_hlc"), at=bindparam("b_at")),
            changes,
        )
    unit.hlc = clock
    customers = list(dict.fromkeys(row.customer_id for row in rows))
    for customer_id in customers:
        unit.refold(customer_id)
    return len(rows), customers
