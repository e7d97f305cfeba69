"""What was recorded here and the server does not have yet, in the order in which it was recorded."""

from __future__ import annotations

from typing import Any

from msgspec import Raw
from sqlalchemy import Connection, func, select

from advisor_tui.domain.wire import MAX_BYTES, MAX_EVENTS, NOTHING, WireEvent
from advisor_tui.store.journal import Journal
from advisor_tui.store.unit import TABLES

_EVENT = TABLES["event"].c
FIELDS = (
    _EVENT.id, _EVENT.customer_id, _EVENT.case_id, _EVENT.type, _EVENT.v, _EVENT.at, _EVENT.hlc, _EVENT.actor,
    _EVENT.txn, _EVENT.base, _EVENT.body,
)  # fmt: skip
UNSENT = (_EVENT.seq.is_(None), _EVENT.body.is_not(None))
"""What was erased before it was ever sent is nobody's any more: its stub stays here."""
ENVELOPE = 600
"""Bytes that an envelope takes on the wire, about."""


def wire_of(row: Any) -> WireEvent:
    """The event of a row of FIELDS, as it travels."""
    id_, customer, case, type_, v, at, hlc, actor, txn, base, body = row
    return WireEvent(
        id=id_, customer_id=customer, case_id=case, type=type_, v=v, at=at, hlc=hlc, actor=actor, txn=txn,
        base=base.split(), body=NOTHING if body is None else Raw(body.encode("utf-8", "surrogatepass")),
    )  # fmt: skip


def next_batch(journal: Journal, events: int = MAX_EVENTS, size: int = MAX_BYTES) -> list[WireEvent]:
    """The oldest unsent events, at most so many and so large; what was recorded together stays together.

    A transaction that is larger than a batch goes alone.
    """
    with journal.reading() as connection:
        rows = connection.execute(
            select(*FIELDS).where(*UNSENT).order_by(_EVENT.n).limit(events + 1)
        ).all()  # fmt: skip
        groups = _by_transaction(rows, events)
        if len(groups) == 1 and len(rows) > events:
            whole = select(*FIELDS).where(_EVENT.txn == rows[0].txn, *UNSENT).order_by(_EVENT.n)
            groups = [list(connection.execute(whole))]
    batch: list[WireEvent] = []
    room = size
    for group in groups:
        weight = sum(ENVELOPE + len(row.body or "") for row in group)
        if batch and (weight > room or len(batch) + len(group) > events):
            break
        batch += [wire_of(row) for row in group]
        room -= weight
    return batch


def _by_transaction(rows: Any, events: int) -> list[list[Any]]:
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(row.txn, []).append(row)
    found = list(groups.values())
    if len(found) > 1 and len(rows) > events:
        found.pop()  # its end was not read
    return found


def count_unsent(connection: Connection) -> int:
    """How many events wait to be sent."""
    return connection.execute(select(func.count()).select_from(TABLES["event"]).where(*UNSENT)).scalar() or 0


def numbers(connection: Connection, stream: str, start: int, end: int) -> list[int]:
    """The numbers start..end of a stream that events have here."""
    place = (_EVENT.stream == stream, _EVENT.seq >= start, _EVENT.seq <= end)
    return [seq for seq in connection.execute(select(_EVENT.seq).where(*place)).scalars() if seq is not None]
