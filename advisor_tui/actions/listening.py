"""Weak signals: passed on in a key and their words, answered by a date, and told back to who said them."""

from __future__ import annotations

from datetime import timedelta

from advisor_tui.actions.context import Context, nonempty
from advisor_tui.actions.registry import Params, action
from advisor_tui.domain.deadlines import due
from advisor_tui.domain.errors import Refused
from advisor_tui.domain.listening import (
    OPEN,
    WEEK_DAYS,
    Heard,
    SignalAnswered,
    SignalRaised,
    SignalToldBack,
    Verdict,
    echoes,
    tag_key,
)
from advisor_tui.domain.state import CustomerState, Item
from advisor_tui.language import N_

LONGEST_TAG = 60


class RaiseSignal(Params, kw_only=True, frozen=True):
    customer: str
    text: str
    tag: str
    department: str = ""
    case: str = ""
    contact: str = ""
    striking: bool = False


@action(N_("Pass on a weak signal"), RaiseSignal, key="s", footer=True)
def raise_signal(context: Context, params: RaiseSignal) -> None:
    """Pass on what a customer says that is about more than their case: a department answers it by a date."""
    from advisor_tui.store.listening import the_tag

    state, case_id, contact_id = _place(context, params)
    tag = the_tag(context.unit, nonempty(params.tag, "tag"))
    if len(tag) > LONGEST_TAG:
        raise Refused("A tag is a few words, at most {limit} characters.", code="long_tag", limit=LONGEST_TAG)
    rule = context.rules.signals
    day = due(context.rules.calendar, context.today, rule.answer)
    body = SignalRaised(
        text=nonempty(params.text, "text"), tag=tag, department=params.department.strip() or rule.department,
        due=day.isoformat(), striking=params.striking, contact=contact_id,
    )  # fmt: skip
    made = context.add("signal_raised", state, body, case_id=case_id)
    context.made.update(signal=made.id, due=day.isoformat())
    _say_alert(context, state, tag)


def _place(context: Context, params: RaiseSignal) -> tuple[CustomerState, str | None, str]:
    """On which record of the person, in which case, during which contact: what is named must be theirs."""
    state = context.customer(params.customer)
    family = {record.id for record in context.family(state)}
    case_id, contact_id = None, ""
    if params.contact.strip():
        state, item = context.item(params.contact, "contact")
        case_id, contact_id = item.case_id, item.id
    elif params.case.strip():
        state, case = context.case(params.case)
        case_id = case.id
    if state.id not in family:
        raise Refused("This belongs to another customer.", code="not_theirs")
    return state, case_id, contact_id


def _say_alert(context: Context, state: CustomerState, tag: str) -> None:
    """Say at once when it is one more than this tag's own past explains."""
    from advisor_tui.store.listening import heard_since, root_of

    rule = context.rules.signals
    first = context.today - timedelta(days=WEEK_DAYS * (rule.weeks + 1))
    heard = heard_since(context.unit, first, context.zone)
    this_one = Heard(tag, root_of(context.unit, state.id), context.today)
    echo = echoes([*heard, this_one], context.today, rule)[tag_key(tag)]
    context.made["heard"] = str(echo.week)
    if echo.alert:
        context.made["alert"] = "yes"


class AnswerSignal(Params, kw_only=True, frozen=True):
    signal: str
    answer: Verdict
    words: str
    until: str = ""
    all_of_tag: bool = False


@action(N_("Answer a signal"), AnswerSignal, permission="answer")
def answer_signal(context: Context, params: AnswerSignal) -> None:
    """Say yes, no, or later and by when, and why; those who passed it on are told. For all of the department's open ones of its tag, if you wish."""
    from advisor_tui.store.listening import open_signals

    state, item = context.item(params.signal, "signal")
    words = nonempty(params.words, "words")
    if params.answer == "later" and not params.until.strip():
        raise Refused("Later is a day: say by when.", code="no_until")
    until = context.moment(params.until)[:10] if params.answer == "later" else ""
    if until and until <= context.today.isoformat():
        raise Refused("Later is a day that is still to come.", code="until_past")
    items = [(state, item)]
    if params.all_of_tag:
        assert isinstance(item.recorded, SignalRaised)
        ids = open_signals(context.unit, item.recorded.tag, item.recorded.department)
        items += [context.item(id_, "signal") for id_ in ids if id_ != item.id]
    for owner, signal in items:
        _answer(context, owner, signal, SignalAnswered(id=signal.id, answer=params.answer, words=words, until=until))
    context.made.update(signal=item.id, state=params.answer, answered=str(len(items)))


def _answer(context: Context, state: CustomerState, item: Item, body: SignalAnswered) -> None:
    if item.state not in OPEN:
        raise Refused("This signal has its answer already.", code="signal_answered", state=item.state)
    context.add("signal_answered", state, body, case_id=item.case_id, base=(item.state_head,))


class TellBackSignal(Params, kw_only=True, frozen=True):
    signal: str
    words: str = ""


@action(N_("Tell the customer what became of it"), TellBackSignal)
def tell_back_signal(context: Context, params: TellBackSignal) -> None:
    """Note that the customer heard what became of what they said."""
    state, item = context.item(params.signal, "signal")
    if item.state == "sent":
        raise Refused("There is no answer to tell yet.", code="no_answer")
    if item.later and isinstance(item.later[-1][2], SignalToldBack):
        raise Refused("They have been told already.", code="already_told")
    body = SignalToldBack(id=item.id, words=params.words.strip())
    context.made["signal"] = item.id
    context.add("signal_told_back", state, body, case_id=item.case_id, base=(item.state_head,))
