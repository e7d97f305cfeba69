"""Undo: the last thing I did, taken back by an event of its own."""

from __future__ import annotations

from advisor_tui.actions.context import Context
from advisor_tui.actions.registry import Params, action
from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import NotFound, Refused
from advisor_tui.domain.fold import cancelled_events
from advisor_tui.language import N_


class Undo(Params, kw_only=True, frozen=True):
    txn: str = ""


@action(N_("Undo my last action"), Undo, key="u", footer=True)
def undo(context: Context, params: Undo) -> None:
    """Take back my last action; it stays in the journal, marked as undone."""
    from advisor_tui.store.lookups import last_of, transaction_events

    me = context.person.name
    targets = transaction_events(context.unit, params.txn) if params.txn else last_of(context.unit, me)
    if not targets:
        raise NotFound("There is nothing to undo.")
    if any(done.actor != me for done in targets):
        raise Refused("Only the person who did it can take it back.", code="not_mine")
    by_customer: dict[str, list[str]] = {}
    for done in targets:
        by_customer.setdefault(done.customer_id, []).append(done.id)
    for customer, ids in by_customer.items():
        _nothing_built_on(context, customer, set(ids))
        context.add("undone", context.unit.state(customer), b.Undone(events=ids))
    context.made["undone"] = targets[0].id


def _nothing_built_on(context: Context, customer: str, targets: set[str]) -> None:
    """Refuse when something that still counts was recorded on top of these events."""
    from advisor_tui.store.lookups import events_of

    events = events_of(context.unit, customer)
    gone = cancelled_events(events)
    if targets <= gone:
        raise Refused("This is already undone.", code="already_undone")
    for event in events:
        counts = event.id not in gone and event.id not in targets and event.type != "undone"
        if counts and not targets.isdisjoint(event.base):
            raise Refused("Something was recorded on top of it since.", code="undo_not_last")
