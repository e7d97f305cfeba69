"""Promises: made, kept, broken with an apology, released by the customer."""

from __future__ import annotations

from datetime import date, timedelta

from advisor_tui.actions.context import Context, nonempty
from advisor_tui.actions.hours import within_hours
from advisor_tui.actions.registry import Params, action
from advisor_tui.domain import bodies as b
from advisor_tui.domain.clock import parse_when
from advisor_tui.domain.deadlines import due
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
    department: str = ""
    despite: bool = False


@action(N_("Make a promise"), MakeCommitment, key="p", footer=True)
def make_commitment(context: Context, params: MakeCommitment) -> None:
    """Promise something by a day on which someone is there to keep it.

    What makes it hard to keep is said before it is recorded; `despite` promises all the same.
    """
    state, case = context.case(params.case)
    context.active(case)
    within_hours(context, case.owner, params.due, "due", params.despite)
    if not params.despite:
        _feasible(context, params.due, params.department)
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


def _feasible(context: Context, due_: str, department: str) -> None:
    """Refuse, with the reason and a better day, what good sense says cannot be kept."""
    day = date.fromisoformat(context.moment(due_)[:10])
    rules = context.rules
    most = rules.desk.max_promises_per_day
    name = department.strip()
    if name:
        if name not in rules.departments:
            raise Invalid(
                "No department is called {name}. Known: {known}", name=name, known=", ".join(sorted(rules.departments))
            )
        rule = rules.departments[name]
        earliest = due(rules.calendar, context.today, rule.lead)
        if day < earliest:
            raise Refused(
                "{department} says that it needs until {said}. Promise a later day, or promise despite it.",
                code="too_soon", department=name, said=plain_day(earliest.isoformat(), context.now), next=earliest.isoformat(),
            )  # fmt: skip
        most = min(most, rule.max_promises_per_day)
    from advisor_tui.store.lookups import promised_on

    promised = promised_on(context.unit, day.isoformat())
    if promised >= most:
        raise Refused(
            "{count} promises are due on {said} already. Promise another day, or promise despite it.", code="full_day",
            count=promised, said=plain_day(day.isoformat(), context.now),
        )  # fmt: skip


class WarnCommitment(Params, kw_only=True, frozen=True):
    commitment: str
    words: str
    new_due: str
    new_text: str = ""
    despite: bool = False


@action(N_("Warn that the promise moves"), WarnCommitment, key="W")
def warn_commitment(context: Context, params: WarnCommitment) -> None:
    """Tell the customer, before it is due, that a promise cannot be kept as said, why, and the new date."""
    state, item = context.item(params.commitment, "commitment")
    _unsettled(item)
    body = item.recorded
    assert isinstance(body, b.CommitmentMade)
    if is_past(body.due, context):
        raise Refused(
            "It was due on {said}: the customer was not told in time, so it is broken. Say so, and promise anew.",
            code="too_late_to_warn", said=plain_day(body.due[:10], context.now),
        )  # fmt: skip
    words = nonempty(params.words, "words")
    assert item.case_id is not None
    within_hours(context, _owner(state, item), params.new_due, "new_due", params.despite)
    _promise(context, state, item.case_id, params.new_text.strip() or body.text, params.new_due, words)
    new = context.made["commitment"]
    context.add(
        "commitment_warned", state, b.CommitmentWarned(id=item.id, words=words, replaced_by=new), case_id=item.case_id,
        base=(item.state_head,),
    )  # fmt: skip
    context.made["warned"] = item.id


def is_past(due_: str, context: Context) -> bool:
    """Whether a due moment has passed; one without a time of day lasts until the end of that day."""
    ms, timed = parse_when(due_, context.zone)
    return ms <= context.now_ms if timed else date.fromisoformat(due_[:10]) < context.today


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
    despite: bool = False


@action(N_("The promise is broken"), BreakCommitment, key="b")
def break_commitment(context: Context, params: BreakCommitment) -> None:
    """Say that a promise was not kept, with the apology the customer heard, and promise anew."""
    nonempty(params.words, "words")
    state, item = _settle(context, params.commitment, "broken", params.words)
    if params.new_due and item.case_id:
        within_hours(context, _owner(state, item), params.new_due, "new_due", params.despite)
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


def _owner(state: CustomerState, item: Item) -> str:
    """Who keeps a promise: the owner of its case."""
    case = state.cases.get(item.case_id or "")
    return case.owner if case is not None else ""


def _settle(context: Context, reference: str, to: b.CommitmentState, words: str) -> tuple[CustomerState, Item]:
    state, item = context.item(reference, "commitment")
    _unsettled(item)
    body = b.CommitmentSettled(id=item.id, state=to, words=words.strip())
    context.add("commitment_settled", state, body, case_id=item.case_id, base=(item.state_head,))
    return state, item


def _unsettled(item: Item) -> None:
    if item.state != "made":
        raise Refused("This promise is already settled.", code="promise_settled", state=item.state)
