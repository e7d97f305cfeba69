"""What the handlers of the fold share: entries, registers of one value, and what must be derived anew."""

from __future__ import annotations

from typing import Any

from advisor_tui.domain import bodies as b
from advisor_tui.domain.events import Event
from advisor_tui.domain.state import Case, CustomerState, Item


def derive_alone(state: CustomerState, id_: str) -> None:
    state.dirty_cases.add("")
    state.by_case.setdefault("", []).append(id_)


def leave_case(state: CustomerState, item: Item) -> None:
    members = state.by_case.get(item.case_id or "")
    if members and item.id in members:
        members.remove(item.id)
    state.dirty_cases.add(item.case_id or "")


def add_change(state: CustomerState, event: Event, body: b.Body, replaced: str = "") -> None:
    """A change of a case or of the record is an entry of the life too."""
    state.items[event.id] = Item(
        "change", event.id, event.at, event.id, event.hlc, event.actor, body, event.case_id, replaced=replaced
    )
    state.by_case.setdefault(event.case_id or "", []).append(event.id)
    state.dirty.add(("item", event.id))
    state.dirty_cases.add(event.case_id or "")


def set_scalar(case: Case, event: Event, scalar: str, old: str) -> str:
    """Take the write; say what it replaced when its writer had not seen it."""
    unseen = case.heads.get(scalar, "") not in event.base
    case.heads[scalar] = event.id
    return old if unseen else ""


def settle(state: CustomerState, item: Item, event: Event, to: str, body: Any) -> None:
    """A new state of an entry; `replaced` says what it took the place of when its writer had not seen that."""
    unseen = item.state_head not in event.base
    item.replaced = item.state if unseen and item.state != to else ""
    item.state, item.state_head, item.settled_at = to, event.id, event.at
    item.words = getattr(body, "words", "")
    item.later.append((event.at, event.actor, body))
    state.dirty.add(("item", item.id))
    if item.case_id:
        state.dirty_cases.add(item.case_id)
