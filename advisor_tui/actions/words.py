"""What is said and written: contacts, notes, resolutions."""

from __future__ import annotations

from advisor_tui.actions.context import Context, nonempty
from advisor_tui.actions.registry import Params, action
from advisor_tui.domain import bodies as b
from advisor_tui.domain.clock import from_ms, parse_when
from advisor_tui.domain.errors import Invalid, Refused
from advisor_tui.domain.masking import mask
from advisor_tui.domain.state import CustomerState
from advisor_tui.language import N_


class LogContact(Params, kw_only=True, frozen=True):
    customer: str = ""
    case: str = ""
    body: str
    channel: b.Channel = "phone"
    subject: str = ""
    direction: b.Direction = "inbound"
    at: str = ""
    received_on: str = ""
    sent_on: str = ""
    repeated: bool = False
    answered: bool | None = None


@action(N_("Log a contact"), LogContact, key="c", footer=True)
def log_contact(context: Context, params: LogContact) -> None:
    """Record a call, a visit, a letter or a message, in the customer's words.

    Whoever calls, visits or chats now is being answered; a letter waits from the day it was sent.
    """
    state, case_id = _about(context, params.customer, params.case)
    at = context.now_ms
    if params.at:
        at = parse_when(context.moment(params.at), context.zone)[0]
        if at > context.now_ms:
            raise Invalid("{field} lies in the future: {value}", field="at", value=params.at)
    live = params.channel in ("phone", "store", "chat") and params.direction == "inbound"
    answered = True if params.answered is None and live and not params.at else params.answered
    received, sent = (context.moment(day)[:10] if day else "" for day in (params.received_on, params.sent_on))
    body = b.ContactLogged(
        channel=params.channel, direction=params.direction, at=from_ms(at, context.zone).isoformat(),
        subject=params.subject.strip(), body=nonempty(params.body, "body"), repeated=True if params.repeated else None, answered=answered,
        received_on=received,
        sent_on=sent,
    )  # fmt: skip
    event = context.add("contact_logged", state, body, case_id=case_id, at=at)
    context.made["contact"] = event.id


def _about(context: Context, customer: str, case: str) -> tuple[CustomerState, str | None]:
    """The customer and case that an entry is about; a case alone is enough."""
    if case:
        state, found = context.case(case)
        return state, found.id
    if not customer:
        raise Invalid("Say which customer or which case this is about.")
    return context.customer(customer), None


class AddNote(Params, kw_only=True, frozen=True):
    customer: str = ""
    case: str = ""
    text: str


@action(N_("Add a note"), AddNote, key="n", footer=True)
def add_note(context: Context, params: AddNote) -> None:
    """Write a note that colleagues will read, and the customer may."""
    state, case_id = _about(context, params.customer, params.case)
    body = b.NoteAdded(at=context.now.isoformat(), text=nonempty(params.text, "text"))
    context.made["note"] = context.add("note_added", state, body, case_id=case_id).id


MOST_BASES = 60
"""Wordings that one event names: the server takes no more than 64."""


def standing(state: CustomerState, case_id: str) -> tuple[str, ...]:
    """The case and the wordings that stand on it: what someone who writes on it now has before them."""
    found = [event for id_ in state.by_case.get(case_id, ()) for event in state.items[id_].standing]
    return (case_id, *found[-MOST_BASES:])


class WriteResolution(Params, kw_only=True, frozen=True):
    case: str
    text: str
    then: b.CaseState | None = None
    base: list[str] = []


@action(N_("Write a resolution"), WriteResolution, key="r", footer=True)
def write_resolution(context: Context, params: WriteResolution) -> None:
    """Write in your own words what was heard, what was decided and why.

    `base` names the wordings that were on screen; without it, those that stand now.
    """
    state, case = context.case(params.case)
    body = b.ResolutionWritten(at=context.now.isoformat(), text=nonempty(params.text, "text"))
    base = tuple(params.base) or standing(state, case.id)
    context.made["resolution"] = context.add("resolution_written", state, body, case_id=case.id, base=base).id
    if params.then is not None and params.then != case.state:
        from advisor_tui.actions.cases import SetState, set_state

        context.unit.fold_pending()
        set_state(context, SetState(case=case.id, state=params.then))


class ReviseResolution(Params, kw_only=True, frozen=True):
    resolution: str
    text: str
    base: list[str] = []


@action(N_("Revise the resolution"), ReviseResolution, key="R")
def revise_resolution(context: Context, params: ReviseResolution) -> None:
    """Give a resolution a new wording; the old one stays in the history, and so does a colleague's."""
    state, item = context.item(params.resolution, "resolution")
    text = mask(nonempty(params.text, "text")).text
    heads = tuple(head.event for head in item.heads)
    beside = standing(state, item.case_id) if item.case_id is not None else ()
    base = tuple(params.base) or tuple(dict.fromkeys((*beside, *heads)))
    if len(item.heads) == 1 and item.heads[0].text == text and not item.rivals:
        raise Refused("The wording is the same.", code="same_text")
    body = b.TextRevised(id=item.id, text=text)
    context.made["resolution"] = item.id
    context.add("text_revised", state, body, case_id=item.case_id, base=base)


class LinkContact(Params, kw_only=True, frozen=True):
    contact: str
    case: str = ""


@action(N_("Put the contact into a case"), LinkContact, key="l")
def link_contact(context: Context, params: LinkContact) -> None:
    """Put a contact into a case of the same customer; without a case, back among the unsorted."""
    state, item = context.item(params.contact, "contact")
    case_id = ""
    if params.case:
        owner, case = context.case(params.case)
        case_id = case.id
        if owner.id != state.id:
            raise Refused("This contact belongs to another customer.", code="other_customer")
    if (item.case_id or "") == case_id:
        raise Refused("The contact is already there.", code="same_case")
    base = (item.event,)
    context.add("contact_linked", state, b.ContactLinked(id=item.id, case=case_id), case_id=case_id or None, base=base)
