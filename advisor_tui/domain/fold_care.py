"""The fold of what is recorded to know before acting: declared facts, answers, warnings, complaints, acts, offers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from advisor_tui.domain import bodies as b
from advisor_tui.domain.events import Event
from advisor_tui.domain.folding import add_change, settle
from advisor_tui.domain.listening import SignalToldBack
from advisor_tui.domain.state import Claim, CustomerState, Item
from advisor_tui.domain.telling import settle_dispute


def _entry(state: CustomerState, id_: str, kind: str) -> Item | None:
    item = state.items.get(id_)
    return item if item is not None and item.kind == kind else None


def _marked(state: CustomerState, event: Event, body: b.ContactMarked) -> bool:
    item = _entry(state, body.id, "contact")
    if item is None:
        return False
    if body.repeated is not None:
        item.repeated = body.repeated
    if body.reply is not None:
        settle(state, item, event, body.reply, body)
    state.dirty.add(("item", item.id))
    state.dirty_cases.add(item.case_id or "")
    return True


def _warned(state: CustomerState, event: Event, body: b.CommitmentWarned) -> bool:
    item = _entry(state, body.id, "commitment")
    if item is None:
        return False
    settle(state, item, event, "renegotiated", body)
    return True


def _settled(kind: str, to: Callable[[Any], str]) -> Callable[[CustomerState, Event, Any], bool]:
    """A handler for what gives an entry of `kind` its next state."""

    def handler(state: CustomerState, event: Event, body: Any) -> bool:
        item = _entry(state, body.id, kind)
        if item is None:
            return False
        settle(state, item, event, to(body), body)
        return True

    return handler


def _claimed(register: str) -> Callable[[CustomerState, Event, Any], bool]:
    """A handler for what a customer declared once: the latest stands."""

    def handler(state: CustomerState, event: Event, body: Any) -> bool:
        setattr(state, register, Claim(body, event.id, event.actor, event.at))
        _declared(state, event, body)
        return True

    return handler


def _declared(state: CustomerState, event: Event, body: b.Body) -> None:
    add_change(state, event, body)
    state.dirty.add(("customer", state.id))


def _fact(state: CustomerState, event: Event, body: b.FactStated) -> bool:
    state.facts.pop(body.key, None)
    if body.value:
        state.facts[body.key] = Claim(body, event.id, event.actor, event.at)
    _declared(state, event, body)
    return True


def _permission(state: CustomerState, event: Event, body: b.PermissionSet) -> bool:
    state.permissions[f"{body.purpose} {body.channel}"] = Claim(body, event.id, event.actor, event.at)
    _declared(state, event, body)
    return True


def _dispute(state: CustomerState, event: Event, body: b.DisputeSettled) -> bool:
    case = state.cases.get(event.case_id or "")
    if case is None:
        return False
    settle_dispute(case, Claim(body, event.id, event.actor, event.at))
    add_change(state, event, body)
    state.dirty.add(("case", case.id))
    return True


def _waived(state: CustomerState, event: Event, body: b.SurveyWaived) -> bool:
    case = state.cases.get(event.case_id or "")
    if case is None:
        return False
    case.waiver, case.waiver_hlc = Claim(body, event.id, event.actor, event.at), event.hlc
    add_change(state, event, body)
    state.dirty.add(("case", case.id))
    return True


def _conduct(state: CustomerState, event: Event, body: b.ConductNoted) -> bool:
    """An entry of the life and no more: no register, no state of the case."""
    add_change(state, event, body)
    return True


def _told_back(state: CustomerState, event: Event, body: SignalToldBack) -> bool:
    """What became of a signal stays what it was; the customer has heard it."""
    item = _entry(state, body.id, "signal")
    if item is None or item.state == "sent":  # there is nothing to tell: the answer was taken back
        return False
    if item.state_head in event.base:  # else another answer came meanwhile, which they have not heard
        item.later.append((event.at, event.actor, body))
        state.dirty.add(("item", item.id))
    return True


CARE: dict[str, Callable[[CustomerState, Event, Any], bool]] = {
    "contact_marked": _marked,
    "commitment_warned": _warned,
    "work_settled": _settled("work", lambda body: "done" if body.done else "dropped"),
    "stake_stated": _claimed("stake"),
    "relation_set": _claimed("relation"),
    "legal_hold_set": _claimed("legal_hold"),
    "fact_stated": _fact,
    "permission_set": _permission,
    "dispute_settled": _dispute,
    "complaint_moved": _settled("complaint", lambda body: body.to),
    "adverse_act_decided": _settled("act", lambda body: body.state),
    "proposal_answered": _settled("proposal", lambda body: body.answer),
    "gesture_decided": _settled("gesture", lambda body: "granted" if body.granted else "declined"),
    "survey_waived": _waived,
    "conduct_noted": _conduct,
    "signal_answered": _settled("signal", lambda body: body.answer),
    "signal_told_back": _told_back,
}
