"""The fold: from events to what they say. Pure, and the same for every order of arrival.

Events are folded by `(hlc, id)`. Free text keeps every head that no later wording named in its
`base`; a scalar keeps the last write and remembers what a concurrent one replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from advisor_tui.domain import bodies as b
from advisor_tui.domain.derive import derive
from advisor_tui.domain.events import Event
from advisor_tui.domain.fold_care import CARE
from advisor_tui.domain.folding import add_change, derive_alone, leave_case, set_scalar, settle
from advisor_tui.domain.state import Case, CustomerState, Head, Item, Thing, recorded_id
from advisor_tui.domain.telling import signed_by, tell_case, tell_correction, tell_customer, tell_entry

ITEM_KINDS = {
    "contact_logged": "contact",
    "resolution_written": "resolution",
    "note_added": "note",
    "commitment_made": "commitment",
    "gesture_made": "gesture",
    "survey_answered": "survey",
    "situation_stated": "situation",
    "work_planned": "work",
    "complaint_taken": "complaint",
    "adverse_act_asked": "act",
    "proposal_made": "proposal",
    "gesture_asked": "gesture",
    "survey_offered": "survey",
    "signal_raised": "signal",
}
TEXT_KINDS = ("resolution", "note")


def fold(customer_id: str, events: Iterable[Event]) -> CustomerState:
    """The state of one aggregate from all its events, in whatever order they come."""
    ordered = sorted(events, key=lambda event: (event.hlc, event.id))
    cancelled = cancelled_events(ordered)
    state = CustomerState(id=customer_id)
    for event in ordered:
        _apply(state, event, event.id in cancelled)
    derive(state)
    return state


def cancelled_events(ordered: list[Event]) -> set[str]:
    """The ids that no longer count; an undone undo brings its events back."""
    cancelled: set[str] = set()
    for event in reversed(ordered):
        if isinstance(event.body, b.Undone) and event.id not in cancelled:
            cancelled.update(event.body.events)
    return cancelled


def extend(state: CustomerState, events: list[Event], reload: Callable[[], list[Event]]) -> CustomerState:
    """`state` with `events` added: in place where they come last, from scratch (`reload`) where not."""
    events.sort(key=lambda event: (event.hlc, event.id))
    late = events and (events[0].hlc, events[0].id) <= state.last
    if late or any(event.type == "undone" or event.id in state.named_by_undo for event in events):
        return fold(state.id, reload())
    for event in events:
        _apply(state, event, False)
    derive(state)
    return state


def _apply(state: CustomerState, event: Event, cancelled: bool) -> None:
    state.last = (event.hlc, event.id)
    state.count += 1
    if isinstance(event.body, b.Undone):
        state.named_by_undo.update(event.body.events)
    if cancelled or event.body is None:
        return
    handler = _HANDLERS.get(event.type)
    if handler is not None and not handler(state, event, event.body):
        state.dangling.append(event.id)


def _customer(state: CustomerState, event: Event, body: b.CustomerRecorded) -> bool:
    if state.customer is not None:
        state.customer_corrected += 1
    else:
        state.customer_event = event.id
    tell_customer(state, event, state.customer, body)
    state.customer = body
    state.dirty.add(("customer", state.id))
    return True


def _case(state: CustomerState, event: Event, body: b.CaseOpened) -> bool:
    id_ = recorded_id(body, event.id)
    known = state.cases.get(id_)
    assigned = body.assigned
    case = state.cases[id_] = Case(
        id=id_,
        event=event.id,
        hlc=event.hlc,
        at=event.at,
        actor=event.actor,
        recorded=body,
        state=body.state,
        owner=body.owner or assigned.get("owner", ""),
        next_step=body.next_step or assigned.get("next_step", ""),
        next_on=body.next_on or assigned.get("next_on", ""),
        closed_at=body.closed_at,
        heads=dict.fromkeys(("state", "owner", "step"), event.id),
        corrected=known.corrected + 1 if known else 0,
    )
    tell_case(case, event, None)
    state.dirty.add(("case", id_))
    state.dirty_cases.add(id_)
    return True


def _item(state: CustomerState, event: Event, body: Any) -> bool:
    kind = ITEM_KINDS[event.type]
    id_ = recorded_id(body, event.id)
    known = state.items.get(id_)
    item = Item(kind, id_, event.at, event.id, event.hlc, event.actor, body, event.case_id, line_case=event.case_id)
    if kind in TEXT_KINDS:
        author = signed_by(event.actor, body.author)
        item.heads = [Head(event.id, event.hlc, author, event.at, body.text, states_what_stood(event))]
        item.seen = event.base
    else:
        tell_entry(item, event.type)
    if known is not None:
        item.corrected = known.corrected + 1
        leave_case(state, known)
    state.items[id_] = item
    if event.case_id is not None:
        state.by_case.setdefault(event.case_id, []).append(id_)
        state.dirty_cases.add(event.case_id)
    else:
        derive_alone(state, id_)
    state.dirty.add(("item", id_))
    return True


def _thing(state: CustomerState, event: Event, body: Any) -> bool:
    kind = "holding" if event.type == "holding_recorded" else "offer"
    things = state.holdings if kind == "holding" else state.offers
    id_ = recorded_id(body, event.id)
    known = things.get(id_)
    things[id_] = Thing(id_, event.id, body, known.corrected + 1 if known else 0)
    state.dirty.add((kind, id_))
    return True


def _corrected(state: CustomerState, event: Event, body: b.Corrected) -> bool:
    try:
        return _correct(state, event, body)
    except msgspec.ValidationError:  # a correction that its own type refuses changes nothing
        return False


def _correct(state: CustomerState, event: Event, body: b.Corrected) -> bool:
    if body.kind == "customer":
        if state.customer is None:
            return False
        old, state.customer = state.customer, _with(state.customer, body.set)
        tell_customer(state, event, old, state.customer)
        state.customer_corrected += 1
        state.dirty.add(("customer", state.id))
        return True
    if body.kind in ("holding", "offer"):
        thing = (state.holdings if body.kind == "holding" else state.offers).get(body.id)
        if thing is None:
            return False
        thing.recorded = _with(thing.recorded, body.set)
        thing.corrected += 1
        state.dirty.add((body.kind, body.id))
        return True
    if body.kind == "case":
        return _correct_case(state, event, body)
    return _correct_item(state, event, body)


def _with(recorded: Any, changes: dict[str, Any]) -> Any:
    """`recorded` with the fields of `changes`, validated by its own type."""
    raw = msgspec.to_builtins(recorded)
    for key, value in changes.items():
        if value is None:
            raw.pop(key, None)
        else:
            raw[key] = value
    return msgspec.convert(raw, type(recorded))


def _correct_case(state: CustomerState, event: Event, body: b.Corrected) -> bool:
    case = state.cases.get(body.id)
    if case is None:
        return False
    old, case.recorded = case.recorded, _with(case.recorded, body.set)
    recorded = case.recorded
    case.corrected += 1
    for name in ("state", "owner", "next_step", "next_on", "closed_at"):
        if name in body.set:
            setattr(case, name, getattr(recorded, name) or recorded.assigned.get(name, ""))
            case.heads["step" if name.startswith("next") else name] = event.id
        elif not getattr(case, name) and name in recorded.assigned:
            setattr(case, name, recorded.assigned[name])
    if "opened_at" in body.set:
        case.at = event.at
    tell_case(case, event, old)
    state.dirty.add(("case", case.id))
    state.dirty_cases.add(case.id)
    return True


def _correct_item(state: CustomerState, event: Event, body: b.Corrected) -> bool:
    item = state.items.get(body.id)
    if item is None:
        return False
    changes = dict(body.set)
    case = changes.pop("case", item.case_id or "")
    if "case" in body.set:
        item.line_case = case or None
    old, old_at = item.recorded, item.at
    imported = getattr(old, "text", None)
    item.recorded = _with(old, changes)
    item.corrected += 1
    item.at = event.at
    if "text" in changes and item.kind in TEXT_KINDS:  # a wording that a person wrote meanwhile stays beside it
        item.heads = [head for head in item.heads if head.text != imported and head.event not in event.base]
        item.heads.append(Head(event.id, event.hlc, event.actor, event.at, changes["text"]))
    tell_correction(item, event, old, old_at, changes)
    _move(state, item, case or None)
    state.dirty.add(("item", item.id))
    return True


def _move(state: CustomerState, item: Item, case_id: str | None) -> None:
    leave_case(state, item)
    item.case_id = case_id
    state.by_case.setdefault(case_id or "", []).append(item.id)
    state.dirty_cases.add(case_id or "")


def _revised(state: CustomerState, event: Event, body: b.TextRevised) -> bool:
    item = state.items.get(body.id)
    if item is None or item.kind not in TEXT_KINDS:
        return False
    seen = set(event.base)
    stated = states_what_stood(event) or any(head.stated for head in item.heads if head.event in seen)
    item.heads = [head for head in item.heads if head.event not in seen]
    item.heads.append(Head(event.id, event.hlc, event.actor, event.at, body.text, stated))
    item.seen += event.base
    item.corrected += 1
    if item.case_id is not None:
        state.dirty_cases.add(item.case_id)
    state.dirty.add(("item", item.id))
    return True


def states_what_stood(event: Event) -> bool:
    """Whether the writer named the case in `base`, and so all the resolutions that stood on it; older events do not."""
    return event.case_id is not None and event.case_id in event.base


def _state(state: CustomerState, event: Event, body: b.StateSet) -> bool:
    case = state.cases.get(event.case_id or "")
    if case is None:
        return False
    replaced = set_scalar(case, event, "state", case.state)
    case.state = body.state
    case.closed_at = body.on if body.state == "closed" else ""
    add_change(state, event, body, replaced if replaced != body.state else "")
    state.dirty.add(("case", case.id))
    return True


def _owner(state: CustomerState, event: Event, body: b.OwnerSet) -> bool:
    case = state.cases.get(event.case_id or "")
    if case is None:
        return False
    lost = [(set_scalar(case, event, "owner", case.owner), body.owner)]
    case.owner = body.owner
    if body.next_step and body.next_on:
        lost.append((set_scalar(case, event, "step", case.next_step), body.next_step))
        case.next_step, case.next_on = body.next_step, body.next_on
    add_change(state, event, body, " · ".join(old for old, new in lost if old and old != new))
    state.dirty.add(("case", case.id))
    return True


def _step(state: CustomerState, event: Event, body: b.StepPlanned) -> bool:
    case = state.cases.get(event.case_id or "")
    if case is None:
        return False
    replaced = set_scalar(case, event, "step", case.next_step)
    case.next_step, case.next_on = body.next_step, body.next_on
    add_change(state, event, body, replaced if replaced != body.next_step else "")
    state.dirty.add(("case", case.id))
    return True


def _settled(state: CustomerState, event: Event, body: b.CommitmentSettled) -> bool:
    item = state.items.get(body.id)
    if item is None or item.kind != "commitment":
        return False
    settle(state, item, event, body.state, body)
    return True


def _linked(state: CustomerState, event: Event, body: b.ContactLinked) -> bool:
    item = state.items.get(body.id)
    if item is None or item.kind != "contact" or (body.case and body.case not in state.cases):
        return False
    _move(state, item, body.case or None)
    state.dirty.add(("item", item.id))
    return True


def _identifier(state: CustomerState, event: Event, body: b.IdentifierAdded) -> bool:
    state.identifiers.append((body.identifier, body.source, event.at))
    add_change(state, event, body)
    state.dirty.add(("customer", state.id))
    return True


def _merged(state: CustomerState, event: Event, body: b.CustomersMerged) -> bool:
    if body.into:
        state.merged_into = body.into
    if body.absorbed:
        state.absorbed[body.absorbed] = event.id
        add_change(state, event, body)
    state.dirty.add(("customer", state.id))
    return True


def _unmerged(state: CustomerState, event: Event, body: b.CustomersUnmerged) -> bool:
    if body.into and state.merged_into == body.into:
        state.merged_into = ""
    if body.absorbed and state.absorbed.pop(body.absorbed, ""):
        add_change(state, event, body)
    state.dirty.add(("customer", state.id))
    return True


_HANDLERS: dict[str, Callable[[CustomerState, Event, Any], bool]] = {
    "customer_recorded": _customer,
    "case_opened": _case,
    **dict.fromkeys(ITEM_KINDS, _item),
    "holding_recorded": _thing,
    "offer_recorded": _thing,
    "corrected": _corrected,
    "text_revised": _revised,
    "state_set": _state,
    "owner_set": _owner,
    "step_planned": _step,
    "commitment_settled": _settled,
    "contact_linked": _linked,
    "identifier_added": _identifier,
    "customers_merged": _merged,
    "customers_unmerged": _unmerged,
    **CARE,
}
