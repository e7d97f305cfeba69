"""Undo: the last thing I did, taken back by an event of its own."""

from __future__ import annotations

from sqlalchemy import func, select

from advisor_tui.actions.context import Context
from advisor_tui.actions.registry import Params, action
from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import NotFound, Refused
from advisor_tui.domain.events import Event, decode_body
from advisor_tui.domain.fold import cancelled_events
from advisor_tui.language import N_
from advisor_tui.store.unit import TABLES

REACH = 5000
"""How many of the newest events are looked at for something of mine."""


class Undo(Params, kw_only=True, frozen=True):
    txn: str = ""


@action(N_("Undo my last action"), Undo, key="u", footer=True)
def undo(context: Context, params: Undo) -> None:
    """Take back my last action; it stays in the journal, marked as undone."""
    targets = _of_transaction(context, params.txn) if params.txn else _my_last(context)
    by_customer: dict[str, list[str]] = {}
    for id_, customer in targets:
        by_customer.setdefault(customer, []).append(id_)
    for customer, ids in by_customer.items():
        state = context.unit.state(customer)
        _nothing_built_on(context, customer, set(ids))
        context.add("undone", state, b.Undone(events=ids))
    context.made["undone"] = targets[0][0]


def _of_transaction(context: Context, txn: str) -> list[tuple[str, str]]:
    event = TABLES["event"].c
    rows = context.unit.connection.execute(
        select(event.id, event.customer_id, event.actor).where(event.txn == txn).order_by(event.n)
    ).all()
    if not rows:
        raise NotFound("There is nothing to undo.")
    if any(actor != context.person.name for _, _, actor in rows):
        raise Refused("Only the person who did it can take it back.", code="not_mine")
    return [(id_, customer) for id_, customer, _ in rows]


def _my_last(context: Context) -> list[tuple[str, str]]:
    """The events of my newest transaction that still counts."""
    event = TABLES["event"].c
    run = context.unit.connection.execute
    newest = run(select(func.max(event.n))).scalar() or 0
    rows = run(
        select(event.id, event.customer_id, event.txn, event.type, event.v, event.body)
        .where(event.n > newest - REACH, event.actor == context.person.name)
        .order_by(event.n.desc())
    )
    cancelled: set[str] = set()
    found: list[tuple[str, str]] = []
    txn = ""
    for id_, customer, row_txn, type_, version, body in rows:
        if found and row_txn != txn:
            break
        if type_ == "undone":
            undone = decode_body(type_, version, body)
            if isinstance(undone, b.Undone) and id_ not in cancelled:
                cancelled.update(undone.events)
        elif id_ not in cancelled:
            txn = row_txn
            found.append((id_, customer))
    if not found:
        raise NotFound("There is nothing to undo.")
    return found


def _nothing_built_on(context: Context, customer: str, targets: set[str]) -> None:
    """Refuse when something that still counts was recorded on top of these events."""
    from advisor_tui.store.journal import load_events

    events = load_events(context.unit.connection, [customer]).get(customer, [])
    events.sort(key=lambda event: (event.hlc, event.id))
    gone = cancelled_events(events)
    if targets <= gone:
        raise Refused("This is already undone.", code="already_undone")
    for event in events:
        if event.id not in gone and event.id not in targets and event.type != "undone" and _built_on(event, targets):
            raise Refused("Something was recorded on top of it since.", code="undo_not_last")


def _built_on(event: Event, targets: set[str]) -> bool:
    return not targets.isdisjoint(event.base)
