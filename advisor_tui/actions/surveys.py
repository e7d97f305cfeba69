"""After a case: the customer is asked once how it was, or it is recorded why they are not."""

from __future__ import annotations

from advisor_tui.actions.context import Context, nonempty
from advisor_tui.actions.registry import Params, action
from advisor_tui.domain import bodies as b
from advisor_tui.domain.clock import from_ms
from advisor_tui.domain.errors import Refused
from advisor_tui.domain.guard import RUNNING, is_dispute
from advisor_tui.domain.selling import DAY_MS
from advisor_tui.domain.state import Case, CustomerState
from advisor_tui.language import N_

ASKED_LATELY = "asked_lately"
OBJECTED = "objected"
"""Reasons that the tool finds by itself; what a person writes is any other text."""


def ask_opinion(context: Context, state: CustomerState, case: Case, why_not: str, closing: str) -> None:
    """One survey for a case that closes, or one reason for none: theirs (they objected, asked lately) or ours."""
    reason = nonempty(why_not, "no_survey") if why_not.strip() else _why_not(context, state)
    body: b.Body = b.SurveyWaived(reason=reason) if reason else b.SurveyOffered()
    type_ = "survey_waived" if reason else "survey_offered"
    context.made["survey"] = context.add(type_, state, body, case_id=case.id, base=(closing,)).id


def _why_not(context: Context, state: CustomerState) -> str:
    from advisor_tui.store.lookups import surveyed_since

    family = context.family(state)
    for record in family:
        if any(key.startswith("survey ") and not claim.body.granted for key, claim in record.permissions.items()):
            return OBJECTED
    since = context.now_ms - context.rules.surveys.once_in_days * DAY_MS
    return ASKED_LATELY if surveyed_since(context.unit, [record.id for record in family], since) is not None else ""


def held_back(states: list[CustomerState]) -> bool:
    """Whether a survey waits: something is promised, disputed or complained about still."""
    return any(
        any(item.kind == "commitment" and item.state == "made" for item in state.items.values())
        or any(item.kind == "complaint" and item.state in RUNNING for item in state.items.values())
        or any(is_dispute(case) for case in state.cases.values())
        for state in states
    )


class AnswerSurvey(Params, kw_only=True, frozen=True):
    case: str
    effort: int | None = None
    repeated: bool | None = None
    words: str = ""


@action(N_("Their opinion after the case"), AnswerSurvey)
def answer_survey(context: Context, params: AnswerSurvey) -> None:
    """Record how easy it was for the customer (1 to 7), whether they had to repeat, and their own words."""
    state, case = context.case(params.case)
    if case.survey != "offered":
        raise Refused("They were not asked about this case.", code="not_asked")
    rule = context.rules.surveys
    if params.effort is not None and not rule.effort_min <= params.effort <= rule.effort_max:
        raise Refused("Between {least} and {most}.", code="effort_scale", least=rule.effort_min, most=rule.effort_max)
    if params.effort is None and params.repeated is None and not params.words.strip():
        raise Refused("There is nothing to record.", code="empty_survey")
    body = b.SurveyAnswered(
        at=from_ms(context.now_ms, context.zone).isoformat(), effort=params.effort, repeated=params.repeated,
        words=params.words.strip(),
    )  # fmt: skip
    context.made["survey"] = context.add("survey_answered", state, body, case_id=case.id).id
