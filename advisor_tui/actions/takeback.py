"""Undo: the last thing I did, taken back by an event of its own."""

from __future__ import annotations

from advisor_tui.actions.context import Context
from advisor_tui.actions.registry import Params, action
from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import NotFound, Refused
from advisor_tui.domain.fold import cancelled_events
from advisor_tui.domain.state import CustomerState
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
    open_before = {id_ for customer in by_customer for id_ in _open_in_closed(context.unit.state(customer))}
    for customer, ids in by_customer.items():
        _nothing_built_on(context, customer, set(ids))
        context.add("undone", context.unit.state(customer), b.Undone(events=ids))
    for state in context.unit.touched():
        _merges_agree(context, state)
        for id_, text in _open_in_closed(state).items():
            if id_ not in open_before:
                raise Refused(
                    "A promise is still open: “{text}”. Keep it, break it or release it before closing.",
                    code="promise_open", text=text,
                )  # fmt: skip
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


def _open_in_closed(state: CustomerState) -> dict[str, str]:
    """Open promises in closed cases, with their words: a history from outside may have some, we make none."""
    return {
        item.id: item.recorded.text
        for item in state.items.values()
        if isinstance(item.recorded, b.CommitmentMade)
        and item.state == "made"
        and item.case_id in state.cases
        and state.cases[item.case_id].state == "closed"
    }


def _merges_agree(context: Context, state: CustomerState) -> None:
    """Refuse when two records would each be part of the other, or only one of them know of their merge."""
    at, seen = state, {state.id}
    while at.merged_into:
        into = context.unit.state(at.merged_into)
        if into.id in seen or at.id not in into.absorbed:
            raise Refused("Something was recorded on top of it since.", code="undo_not_last")
        seen.add(into.id)
        at = into
    if any(context.unit.state(other).merged_into != state.id for other in state.absorbed):
        raise Refused("Something was recorded on top of it since.", code="undo_not_last")
