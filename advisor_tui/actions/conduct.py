"""Respect goes both ways: an abusive contact is warned, warned again, and ended (DOMAIN.md, claim 004-15)."""

from __future__ import annotations

from advisor_tui.actions.context import Context, nonempty
from advisor_tui.actions.registry import Params, action
from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import Invalid
from advisor_tui.language import N_


class AbusiveContact(Params, kw_only=True, frozen=True):
    case: str = ""
    contact: str = ""
    step: b.ConductStep
    words: str = ""


@action(N_("An abusive contact"), AbusiveContact, key="exclamation_mark")
def abusive_contact(context: Context, params: AbusiveContact) -> None:
    """Warn, warn again, or end an abusive contact; noted on the case as a fact, and never counted."""
    if params.contact:
        state, item = context.item(params.contact, "contact")
        case_id, contact = item.case_id, item.id
    elif params.case:
        state, case = context.case(params.case)
        case_id, contact = case.id, ""
    else:
        raise Invalid("Say in which case or contact it was.")
    body = b.ConductNoted(
        step=params.step, words=params.words.strip() and nonempty(params.words, "words"), contact=contact
    )
    context.made["conduct"] = context.add("conduct_noted", state, body, case_id=case_id).id
