"""Merges that import lines ask for: last, because both sides must exist first."""

from __future__ import annotations

from sqlalchemy import select

from advisor_tui.domain import bodies as b
from advisor_tui.domain.events import decode_body
from advisor_tui.domain.identity import derived_uuid7
from advisor_tui.store.journal import Journal
from advisor_tui.store.unit import TABLES, Unit


def merge(journal: Journal, pairs: list[tuple[str, str]], actor: str) -> None:
    """Merge each (absorbed, kept) once; what a person took apart again stays apart."""
    with journal.transaction() as unit:
        for absorbed, into in dict.fromkeys(pairs):
            states = unit.states([absorbed, into])
            if states[into].customer is None or states[absorbed].customer is None or _was_merged(unit, absorbed, into):
                continue
            now = unit.now_ms()
            txn = derived_uuid7(now, "merge", absorbed, into)
            sides = ((into, b.CustomersMerged(absorbed=absorbed)), (absorbed, b.CustomersMerged(into=into)))
            for customer, body in sides:
                id_ = derived_uuid7(now, "merge", customer, absorbed, into, str(states[customer].count))
                unit.append(unit.event("customers_merged", customer, body, at=now, actor=actor, txn=txn, id_=id_))


def _was_merged(unit: Unit, absorbed: str, into: str) -> bool:
    """Whether the journal, undone parts included, has ever merged `absorbed` into `into`."""
    event = TABLES["event"].c
    statement = select(event.type, event.v, event.body).where(
        event.customer_id == absorbed, event.type == "customers_merged"
    )
    for type_, version, raw in unit.connection.execute(statement):
        body = decode_body(type_, version, raw)
        if isinstance(body, b.CustomersMerged) and body.into == into:
            return True
    return False
