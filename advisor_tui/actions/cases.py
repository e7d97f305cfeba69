"""What is done to a case: open, state, owner, next step."""

from __future__ import annotations

from advisor_tui.actions.context import Context, nonempty
from advisor_tui.actions.hours import within_hours
from advisor_tui.actions.registry import Params, action
from advisor_tui.actions.surveys import ask_opinion
from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import Invalid, Refused
from advisor_tui.domain.state import Case, CustomerState
from advisor_tui.language import N_


class OpenCase(Params, kw_only=True, frozen=True):
    customer: str
    subject: str
    kind: b.CaseKind = "request"
    next_step: str
    next_on: str
    owner: str = ""
    reason: str = ""
    contact: str = ""
    despite: bool = False


@action(N_("Open a case"), OpenCase, key="d", footer=True)
def open_case(context: Context, params: OpenCase) -> None:
    """Open a case for this customer, with an owner, a next step and its date."""
    state = context.customer(params.customer)
    id_, owner = context.unit.new_id(), params.owner.strip() or context.person.name
    within_hours(context, owner, params.next_on, "next_on", params.despite, timed=False)
    body = b.CaseOpened(
        id=id_, kind=params.kind, subject=nonempty(params.subject, "subject"), opened_at=context.now.isoformat(),
        owner=owner, reason=params.reason,
        next_step=nonempty(params.next_step, "next_step"), next_on=context.moment(params.next_on)[:10],
    )  # fmt: skip
    event = context.add("case_opened", state, body, case_id=id_)
    context.made["case"] = id_
    if params.contact:
        other, contact = context.item(params.contact, "contact")
        if other.id != state.id:
            raise Refused("This contact belongs to another customer.", code="other_customer")
        context.add("contact_linked", state, b.ContactLinked(id=contact.id, case=id_), case_id=id_, base=(event.id,))


class SetState(Params, kw_only=True, frozen=True):
    case: str
    state: b.CaseState
    reason: str = ""
    next_step: str = ""
    next_on: str = ""
    no_survey: str = ""


@action(N_("Change the state of the case"), SetState, key="m", footer=True)
def set_state(context: Context, params: SetState) -> None:
    """Make the case wait, resolve it, close it, or reopen it.

    A closed case keeps no open promise; the customer is asked for their opinion once, or `no_survey` says why not.
    """
    state, case = context.case(params.case)
    if params.state == case.state and not params.next_step:
        raise Refused("The case is already in this state.", code="same_state", state=params.state)
    if params.state == "closed":
        _may_close(state, case, params.reason)
    body = b.StateSet(
        state=params.state, reason=params.reason.strip(),
        on=context.today.isoformat() if params.state == "closed" else "",
    )  # fmt: skip
    event = context.add("state_set", state, body, case_id=case.id, base=(case.heads["state"],))
    if params.state == "closed":
        ask_opinion(context, state, case, params.no_survey, event.id)
    if params.next_step or params.next_on:
        _plan(context, state, case, params.next_step or case.next_step, params.next_on)


def _may_close(state: CustomerState, case: Case, reason: str) -> None:
    """A case closes on words and with no promise left hanging."""
    members = [state.items[id_] for id_ in state.by_case.get(case.id, ())]
    pending = [item for item in members if item.kind == "commitment" and item.state == "made"]
    if pending:
        raise Refused(
            "A promise is still open: “{text}”. Keep it, break it or release it before closing.",
            code="promise_open", text=getattr(pending[0].recorded, "text", ""),
        )  # fmt: skip
    if not reason.strip() and not any(item.kind == "resolution" for item in members):
        raise Refused("Write a resolution or give a reason before closing.", code="no_words")


class Take(Params, kw_only=True, frozen=True):
    case: str


@action(N_("Take the case"), Take, key="t", permission="own")
def take(context: Context, params: Take) -> None:
    """Become the owner of the case; its next step and date stay."""
    state, case = context.case(params.case)
    context.active(case)
    if case.owner == context.person.name:
        raise Refused("You already own this case.", code="same_owner")
    context.add("owner_set", state, b.OwnerSet(owner=context.person.name), case_id=case.id, base=(case.heads["owner"],))


class HandOver(Params, kw_only=True, frozen=True):
    case: str
    owner: str
    next_step: str
    next_on: str
    words: str = ""


@action(N_("Hand the case over"), HandOver, key="h", permission="own")
def hand_over(context: Context, params: HandOver) -> None:
    """Give the case to a person or a team, with its next step, its date and a word for them."""
    state, case = context.case(params.case)
    context.active(case)
    body = b.OwnerSet(
        owner=nonempty(params.owner, "owner"), next_step=nonempty(params.next_step, "next_step"),
        next_on=context.moment(params.next_on)[:10], words=params.words.strip(),
    )  # fmt: skip
    context.add("owner_set", state, body, case_id=case.id, base=(case.heads["owner"], case.heads["step"]))


class PlanNextStep(Params, kw_only=True, frozen=True):
    case: str
    next_step: str
    next_on: str
    despite: bool = False


@action(N_("Plan the next step"), PlanNextStep, key="e", footer=True)
def plan_next_step(context: Context, params: PlanNextStep) -> None:
    """Say what comes next in the case, and when."""
    state, case = context.case(params.case)
    context.active(case)
    within_hours(context, case.owner, params.next_on, "next_on", params.despite, timed=False)
    _plan(context, state, case, params.next_step, params.next_on)


def _plan(context: Context, state: CustomerState, case: Case, step: str, on: str) -> None:
    if not on.strip():
        raise Invalid("{what} is empty.", what="next_on")
    body = b.StepPlanned(next_step=nonempty(step, "next_step"), next_on=context.moment(on)[:10])
    context.add("step_planned", state, body, case_id=case.id, base=(case.heads["step"],))
