"""Adverse acts: asked for, held while the customer waits for an answer, and agreed to by two where the service is vital."""

from __future__ import annotations

from advisor_tui.actions.context import Context, nonempty
from advisor_tui.actions.registry import Params, action
from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import Refused
from advisor_tui.domain.guard import Verdict, judge
from advisor_tui.domain.state import CustomerState
from advisor_tui.domain.telling import signed_by
from advisor_tui.language import N_

MOST_NAMED = 20
"""Reasons that the record of a refusal names; the others hold just the same."""


class AskAdverseAct(Params, kw_only=True, frozen=True):
    customer: str
    act: b.Act
    by: str
    words: str = ""


@action(N_("Ask for a cut-off or the like"), AskAdverseAct)
def ask_adverse_act(context: Context, params: AskAdverseAct) -> None:
    """Ask to cut off, collect, penalise or close; refused and recorded while something of the customer's is unanswered."""
    state = context.customer(params.customer)
    verdict = _judge(context, state, params.act)
    standing: b.ActState = "refused" if verdict.held else "asked" if verdict.needs_second else "done"
    body = b.AdverseActAsked(
        act=params.act, by=nonempty(params.by, "by"), state=standing, words=params.words.strip(),
        held_by=[reason.id for reason in verdict.held[:MOST_NAMED]],
    )  # fmt: skip
    context.made["act"] = context.add("adverse_act_asked", state, body).id
    context.made["state"] = standing


class DecideAdverseAct(Params, kw_only=True, frozen=True):
    act: str
    agree: bool
    words: str


@action(N_("Agree to a cut-off or the like"), DecideAdverseAct)
def decide_adverse_act(context: Context, params: DecideAdverseAct) -> None:
    """As the second person, agree that somebody to whom the service is vital is cut off, or stop it, and say why."""
    state, item = context.item(params.act, "act")
    assert isinstance(item.recorded, b.AdverseActAsked)
    if item.state != "asked":
        raise Refused("This is decided already.", code="act_decided", state=item.state)
    if params.agree:
        if signed_by(item.actor, item.recorded.author) == context.person.name:
            raise Refused("A second person decides, not the one who asked.", code="same_person")
        if held := _judge(context, state, item.recorded.act).held:
            raise Refused(
                "Held: the customer waits for an answer to “{words}”. Answer it first.", code="held",
                words=held[0].words[:80], reasons=[reason.id for reason in held],
            )  # fmt: skip
    body = b.AdverseActDecided(
        id=item.id, state="done" if params.agree else "dropped", words=nonempty(params.words, "words")
    )
    context.made.update(act=item.id, state=body.state)
    context.add("adverse_act_decided", state, body, base=(item.state_head,))


class ReverseAdverseAct(Params, kw_only=True, frozen=True):
    act: str
    words: str


@action(N_("Undo a cut-off or the like"), ReverseAdverseAct)
def reverse_adverse_act(context: Context, params: ReverseAdverseAct) -> None:
    """Put right what was done, and say what the customer was told."""
    state, item = context.item(params.act, "act")
    if item.state != "done":
        raise Refused("Only what was done can be reversed.", code="act_not_done", state=item.state)
    body = b.AdverseActDecided(id=item.id, state="reversed", words=nonempty(params.words, "words"))
    context.made.update(act=item.id, state="reversed")
    context.add("adverse_act_decided", state, body, base=(item.state_head,))


def _judge(context: Context, state: CustomerState, act: b.Act) -> Verdict:
    rule = context.rules.hold
    return judge(context.family(state), act, rule.acts, rule.vital_needs_second)
