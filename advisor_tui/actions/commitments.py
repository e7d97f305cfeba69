"""Promises: made, kept, broken with an apology, released by the customer."""

from __future__ import annotations

from datetime import date, timedelta

from advisor_tui.actions.context import Context, nonempty
from advisor_tui.actions.registry import Params, action
from advisor_tui.domain import bodies as b
from advisor_tui.domain.clock import parse_when
from advisor_tui.domain.errors import Invalid, Refused
from advisor_tui.domain.rules import holiday_on, is_open, next_open
from advisor_tui.domain.state import CustomerState, Item
from advisor_tui.language import N_
from advisor_tui.language.formats import plain_day


class MakeCommitment(Params, kw_only=True, frozen=True):
    case: str
    text: str
    due: str
    heard: str = ""


@action(N_("Make a promise"), MakeCommitment, key="p", footer=True)
def make_commitment(context: Context, params: MakeCommitment) -> None:
    """Promise something by a day on which someone is there to keep it."""
    state, case = context.case(params.case)
    context.active(case)
    _promise(context, state, case.id, params.text, params.due, params.heard)


def _promise(context: Context, state: CustomerState, case_id: str, text: str, due: str, heard: str) -> None:
    when = context.moment(due)
    _inside_calendar(context, when)
    body = b.CommitmentMade(
        text=nonempty(text, "text"), due=when, made_at=context.now.isoformat(), heard=heard.strip(),
    )  # fmt: skip
    context.made["commitment"] = context.add("commitment_made", state, body, case_id=case_id).id


def _inside_calendar(context: Context, due: str) -> None:
    ms, timed = parse_when(due, context.zone)
    day = date.fromisoformat(due[:10])
    if day < context.today or (timed and ms <= context.now_ms):
        raise Refused("A promise cannot be due in the past ({due}).", code="due_past", due=due)
    rule = context.rules.calendar
    if day > context.today + timedelta(days=rule.promise_horizon_days):
        raise Refused("{due} is too far away to promise anything.", code="due_far", due=due)
    if not is_open(rule, day):
        following, holiday = next_open(rule, day).isoformat(), holiday_on(rule, day)
        said = plain_day(day.isoformat(), context.now) + (f" ({holiday})" if holiday else "")
        raise Refused(
            "Nobody is there on {said}. The next open day is {next_said}.", code="due_closed", said=said,
            next_said=plain_day(following, context.now), day=day.isoformat(), next=following,
        )  # fmt: skip


class KeepCommitment(Params, kw_only=True, frozen=True):
    commitment: str
    words: str = ""


@action(N_("The promise is kept"), KeepCommitment, key="v")
def keep_commitment(context: Context, params: KeepCommitment) -> None:
    """Say that what was promised is done."""
    _settle(context, params.commitment, "kept", params.words)


class BreakCommitment(Params, kw_only=True, frozen=True):
    commitment: str
    words: str
    new_text: str = ""
    new_due: str = ""


@action(N_("The promise is broken"), BreakCommitment, key="b")
def break_commitment(context: Context, params: BreakCommitment) -> None:
    """Say that a promise was not kept, with the apology the customer heard, and promise anew."""
    nonempty(params.words, "words")
    state, item = _settle(context, params.commitment, "broken", params.words)
    if params.new_due and item.case_id:
        _promise(
            context, state, item.case_id, params.new_text or getattr(item.recorded, "text", ""), params.new_due, ""
        )
    elif params.new_text:
        raise Invalid("{what} is empty.", what="new_due")


class ReleaseCommitment(Params, kw_only=True, frozen=True):
    commitment: str
    words: str


@action(N_("The customer releases us from it"), ReleaseCommitment, key="x")
def release_commitment(context: Context, params: ReleaseCommitment) -> None:
    """Record that the customer no longer wants what was promised, in their words."""
    nonempty(params.words, "words")
    _settle(context, params.commitment, "released", params.words)


def _settle(context: Context, reference: str, to: b.CommitmentState, words: str) -> tuple[CustomerState, Item]:
    state, item = context.item(reference, "commitment")
    if item.state != "made":
        raise Refused("This promise is already settled.", code="promise_settled", state=item.state)
    body = b.CommitmentSettled(id=item.id, state=to, words=words.strip())
    context.add("commitment_settled", state, body, case_id=item.case_id, base=(item.state_head,))
    return state, item
