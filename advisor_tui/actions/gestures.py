"""Gestures: decided at once within the allowance, by a second person above it; value and reason are always said."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from advisor_tui.actions.context import Context, nonempty
from advisor_tui.actions.registry import Params, action
from advisor_tui.domain import bodies as b
from advisor_tui.domain.clock import to_ms
from advisor_tui.domain.errors import Invalid, Refused
from advisor_tui.domain.state import CustomerState
from advisor_tui.domain.telling import signed_by
from advisor_tui.language import N_


class MakeGesture(Params, kw_only=True, frozen=True):
    case: str
    what: str
    normal_value: str
    reason: str
    said: str = ""


@action(N_("Make a gesture"), MakeGesture, key="g")
def make_gesture(context: Context, params: MakeGesture) -> None:
    """Give something back, with what it is worth and why: at once within the allowance, else a second person is asked."""
    state, case = context.case(params.case)
    context.active(case)
    value = _amount(params.normal_value)
    what, reason = nonempty(params.what, "what"), nonempty(params.reason, "reason")
    said = params.said.strip()
    if value <= left(context, state, case.id):
        body: b.Body = b.GestureMade(
            at=context.now.isoformat(), what=what, normal_value=_number(value), reason=reason, said=said or None
        )
        context.made.update(gesture=context.add("gesture_made", state, body, case_id=case.id).id, state="made")
        return
    body = b.GestureAsked(what=what, normal_value=_number(value), reason=reason, said=said)
    context.made.update(gesture=context.add("gesture_asked", state, body, case_id=case.id).id, state="asked")


def left(context: Context, state: CustomerState, case_id: str) -> Decimal:
    """What an advisor may still give in this case without asking: the case's allowance, and the team's of this month."""
    from advisor_tui.store.lookups import gestures_since

    rule = context.rules.gestures
    given = sum((value_of(state.items[id_].recorded) for id_ in state.by_case.get(case_id, ())
                 if _counts(state.items[id_])), Decimal(0))  # fmt: skip
    first = context.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    team = sum(map(_amount_or_nothing, gestures_since(context.unit, to_ms(first), context.person.team)), Decimal(0))
    return max(Decimal(0), min(rule.per_case - given, rule.per_team_month - team))


def _counts(item: object) -> bool:
    return getattr(item, "kind", "") == "gesture" and getattr(item, "state", "") in ("", "granted")


def value_of(body: object) -> Decimal:
    """What a gesture is worth; nothing where its value came as words."""
    return _amount_or_nothing(getattr(body, "normal_value", None))


def _amount_or_nothing(value: object) -> Decimal:
    try:
        return _amount(str(value))
    except (Invalid, Refused):
        return Decimal(0)


def _amount(text: str) -> Decimal:
    """An amount as people type it: "15", "15,50", "15.50 €"."""
    plain = (
        text.replace("€", "")
        .replace("\N{NO-BREAK SPACE}", "")
        .replace("\N{NARROW NO-BREAK SPACE}", "")
        .replace(" ", "")
    )
    try:
        value = Decimal(plain.replace(",", "."))
    except InvalidOperation as error:
        raise Invalid("{value} is not an amount.", value=text[:40]) from error
    if not value.is_finite() or value <= 0 or value >= 10**9:
        raise Refused("A gesture has a value: what it normally costs.", code="no_value")
    return value.quantize(Decimal("0.01"))


def _number(value: Decimal) -> float:
    return float(value)


class DecideGesture(Params, kw_only=True, frozen=True):
    gesture: str
    granted: bool
    words: str


@action(N_("Agree to a gesture, or not"), DecideGesture)
def decide_gesture(context: Context, params: DecideGesture) -> None:
    """As the second person, agree to a gesture above the allowance, or say kindly why not."""
    state, item = context.item(params.gesture, "gesture")
    if item.state != "asked":
        raise Refused("This is decided already.", code="gesture_decided", state=item.state)
    assert isinstance(item.recorded, b.GestureAsked)
    if signed_by(item.actor, item.recorded.author) == context.person.name:
        raise Refused("A second person decides, not the one who asked.", code="same_person")
    body = b.GestureDecided(id=item.id, granted=params.granted, words=nonempty(params.words, "words"))
    context.made.update(gesture=item.id, state="granted" if params.granted else "declined")
    context.add("gesture_decided", state, body, case_id=item.case_id, base=(item.state_head,))
