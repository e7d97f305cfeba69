"""What an action asks the tables before it decides: whose case this is, who is known by this number."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from advisor_tui.domain.bodies import Undone
from advisor_tui.domain.errors import Invalid, NotFound
from advisor_tui.domain.events import Event, decode_body
from advisor_tui.domain.identity import UUID_RE, entity_id
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


def case_owner(connection: Connection, case_id: str) -> str | None:
    """The customer of a case."""
    columns = TABLES["case_view"].c
    return connection.execute(select(columns.customer_id).where(columns.id == case_id)).scalar()


def customer_exists(connection: Connection, id_: str) -> bool:
    """Whether `id_` is a customer of this workspace."""
    columns = TABLES["customer_view"].c
    return connection.execute(select(columns.id).where(columns.id == id_)).scalar() is not None


def family_of(connection: Connection, customer_id: str) -> list[str]:
    """The ids of all records that are the same person, this one among them."""
    customers = TABLES["customer_view"].c
    run = connection.execute
    root = run(select(customers.root).where(customers.id == customer_id)).scalar() or customer_id
    found = set(run(select(customers.id).where(customers.root == root)).scalars())
    return sorted(found | {customer_id})


def gestures_since(unit: Unit, at: int, team: str) -> list[Any]:
    """The values of the gestures of a team's customers since `at` (Unix ms), made or agreed to."""
    entry, customer = TABLES["entry"].c, TABLES["customer_view"].c
    query = (
        select(entry.more)
        .join(TABLES["customer_view"], customer.id == entry.customer_id)
        .where(entry.kind == "gesture", entry.state.in_(("", "granted")), entry.at >= at, customer.team == team)
    )
    return [json.loads(more).get("normal_value") for more in unit.connection.execute(query).scalars() if more]


def benefits_like(unit: Unit, benefit: str) -> list[str]:
    """What was said to others in the very words of `benefit`."""
    entry = TABLES["entry"].c
    query = select(entry.text).where(entry.kind == "proposal", entry.text == benefit).limit(1)
    return list(unit.connection.execute(query).scalars())


def promised_on(unit: Unit, day: str) -> int:
    """How many promises that nobody settled yet are due on a civil day."""
    entry = TABLES["entry"].c
    query = select(func.count()).where(entry.state == "made", entry.due >= day, entry.due < day + "~")
    return unit.connection.execute(query).scalar_one()


def surveyed_since(unit: Unit, customers: list[str], at: int) -> int | None:
    """When these records were last asked for their opinion, since `at`; None when they were not."""
    entry = TABLES["entry"].c
    query = select(func.max(entry.at)).where(entry.customer_id.in_(customers), entry.kind == "survey", entry.at > at)
    return unit.connection.execute(query).scalar()


def known_as(connection: Connection, reference: str) -> set[str]:
    """The customers known by `reference`: a phone, e-mail or number in any form, else an exact name."""
    customers, identifiers = TABLES["customer_view"].c, TABLES["identifier"].c
    run = connection.execute
    norms = {normalise_identifier(kind, reference) for kind in ("phone", "email", "account")} - {""}
    found = set(run(select(identifiers.customer_id).where(identifiers.norm.in_(norms))).scalars())
    if not found:
        found = set(run(select(customers.id).where(customers.name == reference)).scalars())
    return {run(select(customers.root).where(customers.id == id_)).scalar() or id_ for id_ in found}


def find_customer(connection: Connection, reference: str) -> str:
    """The id of the one customer that `reference` names: an id, one from outside, a number or address, a name.

    Raises NotFound or Invalid.
    """
    for id_ in (reference, entity_id("customer", reference)):
        if customer_exists(connection, id_):
            return id_
    found = set() if UUID_RE.match(reference) else known_as(connection, reference)
    if not found:
        raise NotFound("No customer is known as {name}.", name=reference[:80])
    if len(found) > 1:
        raise Invalid("{name} names several customers: {ids}", name=reference, ids=", ".join(sorted(found)))
    return found.pop()


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
