"""Complaints and disputes: taken whoever they were addressed to, on the case they belong to, answered point by point."""

from __future__ import annotations

from datetime import date

from advisor_tui.actions.context import Context, nonempty
from advisor_tui.actions.registry import Params, action
from advisor_tui.domain import bodies as b
from advisor_tui.domain.clock import from_ms
from advisor_tui.domain.deadlines import due
from advisor_tui.domain.derive import waiting_from
from advisor_tui.domain.errors import Refused
from advisor_tui.domain.guard import RUNNING, is_dispute
from advisor_tui.domain.rules import ComplaintRule
from advisor_tui.domain.state import CustomerState, Item
from advisor_tui.language import N_, language
from advisor_tui.language.formats import plain_day


class TakeComplaint(Params, kw_only=True, frozen=True):
    case: str
    points: list[str]
    contact: str = ""
    sector: str = "general"
    addressee: str = ""


@action(N_("Take down a complaint"), TakeComplaint, key="P")
def take_complaint(context: Context, params: TakeComplaint) -> None:
    """Take down each point that the customer raises, whoever they wrote to; its clock runs from the day they wrote."""
    state, case = context.case(params.case)
    context.active(case)
    if params.sector not in context.rules.complaints:
        raise _no_sector(context, params.sector)
    points = [nonempty(point, "points") for point in params.points if point.strip()]
    if not points:
        raise Refused("A complaint has at least one point.", code="no_points")
    since = context.now_ms
    if params.contact:
        owner, item = context.item(params.contact, "contact")
        if owner.id != state.id:
            raise Refused("This contact belongs to another customer.", code="other_customer")
        assert isinstance(item.recorded, b.ContactLogged)
        since = waiting_from(item.recorded, item.at)
    body = b.ComplaintTaken(
        points=points, from_on=from_ms(since, context.zone).date().isoformat(), sector=params.sector,
        addressee=params.addressee.strip(), contact=params.contact and item.id,
    )  # fmt: skip
    context.made["complaint"] = context.add("complaint_taken", state, body, case_id=case.id).id


def sector_rule(context: Context, sector: str) -> ComplaintRule:
    """The rules of a complaint that runs: those of its sector; where a file named one that we have not, the general ones."""
    rule = context.rules.complaints.get(sector) or context.rules.complaints.get("general")
    if rule is None:
        raise _no_sector(context, sector)
    return rule


def _no_sector(context: Context, sector: str) -> Refused:
    known = ", ".join(sorted(context.rules.complaints))
    return Refused(
        "There are no complaint rules for {name}. Known: {known}", code="no_sector", name=sector, known=known
    )


def clocks(rule: ComplaintRule, context: Context, from_on: str) -> dict[str, date]:
    """The last days to acknowledge a complaint, to answer it, and for which a holding reply may ask."""
    start = date.fromisoformat(from_on)
    calendar = context.rules.calendar
    return {
        "acknowledge": due(calendar, start, rule.acknowledge), "answer": due(calendar, start, rule.answer),
        "hold_max": due(calendar, start, rule.hold_max),
    }  # fmt: skip


def _running(context: Context, reference: str) -> tuple[CustomerState, Item, b.ComplaintTaken]:
    state, item = context.item(reference, "complaint")
    assert isinstance(item.recorded, b.ComplaintTaken)
    if item.state not in RUNNING:
        raise Refused("This complaint is answered already.", code="complaint_answered", state=item.state)
    return state, item, item.recorded


def _move(context: Context, state: CustomerState, item: Item, body: b.ComplaintMoved) -> None:
    context.made["complaint"] = item.id
    context.add("complaint_moved", state, body, case_id=item.case_id, base=(item.state_head,))


class AcknowledgeComplaint(Params, kw_only=True, frozen=True):
    complaint: str
    words: str = ""


@action(N_("Acknowledge the complaint"), AcknowledgeComplaint)
def acknowledge_complaint(context: Context, params: AcknowledgeComplaint) -> None:
    """Note that the customer was told we have their complaint, and by when they will hear from us."""
    state, item, _body = _running(context, params.complaint)
    if item.state != "received":
        raise Refused("This complaint was acknowledged already.", code="already_acknowledged")
    _move(context, state, item, b.ComplaintMoved(id=item.id, to="acknowledged", words=params.words.strip()))


class HoldComplaint(Params, kw_only=True, frozen=True):
    complaint: str
    words: str
    final_on: str


@action(N_("Holding reply to the complaint"), HoldComplaint)
def hold_complaint(context: Context, params: HoldComplaint) -> None:
    """Tell the customer why the answer takes longer, and the latest day on which it comes."""
    state, item, body = _running(context, params.complaint)
    final = context.moment(params.final_on)[:10]
    latest = clocks(sector_rule(context, body.sector), context, body.from_on)["hold_max"]
    if date.fromisoformat(final) > latest:
        raise Refused(
            "The answer is due on {said} at the latest.", code="held_too_long",
            said=plain_day(latest.isoformat(), context.now), latest=latest.isoformat(),
        )  # fmt: skip
    words = nonempty(params.words, "words")
    _move(context, state, item, b.ComplaintMoved(id=item.id, to="held", words=words, final_on=final))


class AnswerComplaint(Params, kw_only=True, frozen=True):
    complaint: str
    answers: list[str]
    outcome: b.ComplaintOutcome
    recourse: str = ""


@action(N_("Answer the complaint"), AnswerComplaint)
def answer_complaint(context: Context, params: AnswerComplaint) -> None:
    """Answer each point that was raised; what is refused, even in part, names where else the customer can turn."""
    state, item, body = _running(context, params.complaint)
    answers = [answer.strip() and nonempty(answer, "answers") for answer in params.answers]
    open_points = [point for place, point in enumerate(body.points) if place >= len(answers) or not answers[place]]
    if open_points or len(answers) != len(body.points):
        raise Refused(
            "This point has no answer yet: “{point}”.", code="point_open", point=open_points[0] if open_points else answers[-1],
            points=body.points,
        )  # fmt: skip
    recourse = params.recourse.strip()
    if params.outcome != "accepted" and not recourse:
        rule = sector_rule(context, body.sector)
        raise Refused(
            "A refusal names where else the customer can turn: {recourse}", code="no_recourse",
            recourse=rule.recourse_fr if language() == "fr" else rule.recourse_en,
        )  # fmt: skip
    moved = b.ComplaintMoved(id=item.id, to="answered", answers=answers, outcome=params.outcome, recourse=recourse)
    _move(context, state, item, moved)


class SettleDispute(Params, kw_only=True, frozen=True):
    case: str
    outcome: b.Settled
    words: str


@action(N_("The dispute is over"), SettleDispute)
def settle_dispute(context: Context, params: SettleDispute) -> None:
    """Say how the dispute ended: settled with the customer, withdrawn by them, or judged."""
    state, case = context.case(params.case)
    if not is_dispute(case):
        raise Refused("No dispute is open in this case.", code="no_dispute")
    body = b.DisputeSettled(outcome=params.outcome, words=nonempty(params.words, "words"))
    context.add("dispute_settled", state, body, case_id=case.id, base=(case.event,))
