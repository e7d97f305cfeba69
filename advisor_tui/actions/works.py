"""Steps of a case, whoever's turn it is: ours, another department's, the customer's, somebody else's."""

from __future__ import annotations

from advisor_tui.actions.context import Context, nonempty
from advisor_tui.actions.hours import within_hours
from advisor_tui.actions.registry import Params, action
from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import Refused
from advisor_tui.language import N_


class PlanWork(Params, kw_only=True, frozen=True):
    case: str
    what: str
    due: str
    side: b.Side = "us"
    department: str = ""
    progress: str = ""
    despite: bool = False


@action(N_("Plan a step of the case"), PlanWork)
def plan_work(context: Context, params: PlanWork) -> None:
    """Say what has to happen, by whom and by when; `progress` is how the customer hears of it."""
    state, case = context.case(params.case)
    context.active(case)
    if params.side != "us" and params.department.strip():
        raise Refused("A department is one of ours.", code="not_ours")
    if params.side == "us" and not params.department.strip():
        within_hours(context, case.owner, params.due, "due", params.despite, timed=False)
    body = b.WorkPlanned(
        what=nonempty(params.what, "what"), side=params.side, department=params.department.strip(),
        due=context.moment(params.due)[:10], progress=params.progress.strip(),
    )  # fmt: skip
    context.made["work"] = context.add("work_planned", state, body, case_id=case.id).id


class SettleWork(Params, kw_only=True, frozen=True):
    work: str
    done: bool = True
    words: str = ""


@action(N_("A step of the case is done"), SettleWork)
def settle_work(context: Context, params: SettleWork) -> None:
    """Say that a step is done, or that it is not needed any more and why."""
    state, item = context.item(params.work, "work")
    if item.state != "planned":
        raise Refused("This step is settled already.", code="work_settled", state=item.state)
    words = params.words.strip() if params.done else nonempty(params.words, "words")
    context.made["work"] = item.id
    body = b.WorkSettled(id=item.id, done=params.done, words=words)
    context.add("work_settled", state, body, case_id=item.case_id, base=(item.state_head,))
