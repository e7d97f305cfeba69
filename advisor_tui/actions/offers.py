"""Offers: only what fits by facts, never what is held or was refused, and always with what it brings this customer."""

from __future__ import annotations

from advisor_tui.actions.context import Context, nonempty
from advisor_tui.actions.registry import Params, action
from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import NotFound, Refused
from advisor_tui.domain.events import CATALOGUE
from advisor_tui.domain.selling import Block, Fit, Windows, assess, copied
from advisor_tui.domain.state import CustomerState
from advisor_tui.domain.text import fold
from advisor_tui.language import N_

WHY: dict[str, str] = {
    "held": N_("They already have it: {about}."),
    "excluded": N_("It does not go with what they have: {about}."),
    "missing": N_("It needs something that they do not have: {about}."),
    "not_valid": N_("It is not offered today ({about})."),
    "refused": N_("They refused it lately: {about}."),
    "objected": N_("They do not want to be solicited: {about}."),
    "no_consent": N_("They have not agreed to be called to be sold something."),
    "dispute": N_("A dispute is open or just over: {about}."),
}
"""Why an offer is kept away, by the kind of what stands against it."""


class MakeProposal(Params, kw_only=True, frozen=True):
    customer: str
    offer: str
    benefit: str
    case: str = ""
    direction: b.Direction = "inbound"
    channel: str = ""
    despite_dispute: str = ""


@action(N_("Offer something"), MakeProposal, key="o")
def make_proposal(context: Context, params: MakeProposal) -> None:
    """Propose what fits this customer, and say in your own words what it brings them."""
    state, case_id = _about(context, params)
    fit = _fit(fits(context, state, params.direction == "outbound", params.channel), params.offer)
    for block in fit.blocks:
        if block.kind == "dispute" and params.despite_dispute.strip():
            continue
        raise blocked(block)
    benefit = nonempty(params.benefit, "benefit")
    from advisor_tui.store.lookups import benefits_like

    if copied(benefit, fit.benefit, benefits_like(context.unit, benefit)):
        raise Refused("Say what it brings this customer, in words of your own.", code="copied_benefit")
    body = b.ProposalMade(
        offer=fit.name, benefit=benefit, direction=params.direction, channel=params.channel.strip(),
        fits=list(fit.fits), dispute_acknowledged=params.despite_dispute.strip(),
    )  # fmt: skip
    context.made["proposal"] = context.add("proposal_made", state, body, case_id=case_id).id


def _about(context: Context, params: MakeProposal) -> tuple[CustomerState, str | None]:
    if params.case:
        state, case = context.case(params.case)
        return state, case.id
    return context.customer(params.customer), None


def fits(context: Context, state: CustomerState, outbound: bool = False, channel: str = "") -> list[Fit]:
    """Every offer of the catalogue for this customer."""
    catalogue = context.unit.state(CATALOGUE)
    offers = [(id_, thing.recorded) for id_, thing in catalogue.offers.items()]
    rule = context.rules.offers
    windows = Windows(rule.refused_days, rule.dispute_days)
    return assess(context.family(state), offers, windows, context.now_ms, context.today, outbound, channel)


def _fit(found: list[Fit], name: str) -> Fit:
    wanted = fold(name.strip())
    for fit in found:
        if wanted in (fold(fit.name), fold(fit.id)):
            return fit
    raise NotFound("No offer is known as {name}.", name=name[:80])


def blocked(block: Block) -> Refused:
    """The refusal of an offer, with its reason."""
    return Refused(WHY[block.kind], code=f"offer_{block.kind}", about=block.about)


class AnswerProposal(Params, kw_only=True, frozen=True):
    proposal: str
    answer: b.Answer
    why: str = ""


@action(N_("Their answer to an offer"), AnswerProposal)
def answer_proposal(context: Context, params: AnswerProposal) -> None:
    """Note yes or no; a no with its reason, so that nobody asks again too soon."""
    state, item = context.item(params.proposal, "proposal")
    if item.state != "made":
        raise Refused("They have answered already.", code="proposal_answered", state=item.state)
    if params.answer == "refused" and not params.why.strip():
        raise Refused("Why did they refuse? Their words help everybody.", code="no_why")
    body = b.ProposalAnswered(id=item.id, answer=params.answer, why=params.why.strip())
    context.made["proposal"] = item.id
    context.add("proposal_answered", state, body, case_id=item.case_id, base=(item.state_head,))
