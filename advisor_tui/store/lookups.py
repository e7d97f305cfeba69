"""What an action asks the tables before it decides: whose case this is, who is known by this number."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func, select

from advisor_tui.domain.bodies import Undone
from advisor_tui.domain.events import Event, decode_body
from advisor_tui.domain.text import normalise_identifier
from advisor_tui.store.journal import load_events
from advisor_tui.store.unit import TABLES, Unit

REACH = 5000
"""How many of the newest events are looked at for the last thing a person did."""


class Done(NamedTuple):
    """One event of a transaction that may be taken back."""

    id: str
    customer_id: str
    actor: str


def owner_of(unit: Unit, table: str, id_: str) -> str | None:
    """The customer that a case or entry belongs to."""
    columns = TABLES[table].c
    return unit.connection.execute(select(columns.customer_id).where(columns.id == id_)).scalar()


def customer_exists(unit: Unit, id_: str) -> bool:
    """Whether `id_` is a customer of this workspace."""
    columns = TABLES["customer_view"].c
    return unit.connection.execute(select(columns.id).where(columns.id == id_)).scalar() is not None


def known_as(unit: Unit, reference: str) -> set[str]:
    """The customers known by `reference`: a phone, e-mail or number in any form, else an exact name."""
    customers, identifiers = TABLES["customer_view"].c, TABLES["identifier"].c
    run = unit.connection.execute
    norms = {normalise_identifier(kind, reference) for kind in ("phone", "email", "account")} - {""}
    found = set(run(select(identifiers.customer_id).where(identifiers.norm.in_(norms))).scalars())
    if not found:
        found = set(run(select(customers.id).where(customers.name == reference)).scalars())
    return {run(select(customers.root).where(customers.id == id_)).scalar() or id_ for id_ in found}


def transaction_events(unit: Unit, txn: str) -> list[Done]:
    """The events recorded together under `txn`, among the newest REACH."""
    event = TABLES["event"].c
    newest = unit.connection.execute(select(func.max(event.n))).scalar() or 0
    near = select(event.id, event.customer_id, event.actor).where(event.n > newest - REACH, event.txn == txn)
    return [Done(*row) for row in unit.connection.execute(near.order_by(event.n))]


def last_of(unit: Unit, actor: str) -> list[Done]:
    """The events of the newest transaction of `actor` that still counts; empty when there is none near."""
    event = TABLES["event"].c
    run = unit.connection.execute
    newest = run(select(func.max(event.n))).scalar() or 0
    rows = run(
        select(event.id, event.customer_id, event.txn, event.type, event.v, event.body)
        .where(event.n > newest - REACH, event.actor == actor)
        .order_by(event.n.desc())
    )
    cancelled: set[str] = set()
    found: list[Done] = []
    txn = ""
    for id_, customer, row_txn, type_, version, body in rows:
        if found and row_txn != txn:
            break
        if type_ == "undone":
            undone = decode_body(type_, version, body)
            if isinstance(undone, Undone) and id_ not in cancelled:
                cancelled.update(undone.events)
        elif id_ not in cancelled:
            txn = row_txn
            found.append(Done(id_, customer, actor))
    return found


def events_of(unit: Unit, customer_id: str) -> list[Event]:
    """All events of one customer in the order of the fold."""
    events = load_events(unit.connection, [customer_id]).get(customer_id, [])
    return sorted(events, key=lambda event: (event.hlc, event.id))
