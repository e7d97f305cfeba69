"""How an entry went on, as its line says it: the state that it came to, and of the steps before what a line has room for.

The other way round, from a line to the steps that it tells, is `domain.telling`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from advisor_tui.domain import bodies as b
from advisor_tui.domain.clock import from_ms
from advisor_tui.domain.events import IMPORTED
from advisor_tui.domain.listening import SignalAnswered, SignalRaised, SignalToldBack
from advisor_tui.domain.state import Claim, Item
from advisor_tui.domain.telling import instant

Values = dict[str, Any]


def time_text(ms: int, as_told: str) -> str:
    """An instant (Unix ms) in the text that told it, where it did; else in ISO 8601."""
    return as_told if as_told and instant(as_told, ms - 1) == ms else from_ms(ms).isoformat()


def author_of(actor: str) -> str:
    """Who did it, where it is known."""
    return "" if actor == IMPORTED else actor


def _last(item: Item, kind: type[Any], **said: object) -> tuple[int, str, Any] | None:
    """The last step of a kind, among those that say `said`."""
    for at, actor, body in reversed(item.later):
        if isinstance(body, kind) and all(getattr(body, name) == value for name, value in said.items()):
            return at, actor, body
    return None


def _contact(item: Item, body: b.ContactLogged) -> Values:
    if item.settled_at is None:
        return {}
    at, actor, mark = item.later[-1]
    return {
        "reply": item.state, "reply_at": time_text(at, body.reply_at), "reply_by": author_of(actor),
        "reply_words": mark.words, "final_on": mark.final_on,
    }  # fmt: skip


def _commitment(item: Item, body: b.CommitmentMade) -> Values:
    values: Values = {"state": item.state}
    if not item.later:
        return values
    warned, settled = _last(item, b.CommitmentWarned), _last(item, b.CommitmentSettled)
    values |= {"warned_at": "", "warned_words": "", "replaced_by": "", "settled_at": "", "settled_by": "", "words": ""}
    if warned is not None:
        at, actor, said = warned
        values |= {
            "warned_at": time_text(at, body.warned_at), "warned_words": said.words, "replaced_by": said.replaced_by,
            "settled_by": author_of(actor),
        }  # fmt: skip
    if settled is not None and item.settled_at is not None:
        at, actor, said = settled
        values |= {
            "settled_at": time_text(at, body.settled_at), "settled_by": author_of(actor), "words": said.words,
        }  # fmt: skip
    return values


def _settled(item: Item, body: Any, words: str = "words") -> Values:
    """Of an entry with two ends: when, by whom, in which words."""
    at, actor, said = item.later[-1]
    return {"settled_at": time_text(at, body.settled_at), "settled_by": author_of(actor), words: said.words}


def _work(item: Item, body: b.WorkPlanned) -> Values:
    state = {"state": "open" if item.state == "planned" else item.state}
    return state if item.settled_at is None else state | _settled(item, body)


def _gesture(item: Item, body: b.GestureAsked) -> Values:
    state = {"state": item.state}
    return state if item.settled_at is None else state | _settled(item, body)


def _act(item: Item, body: b.AdverseActAsked) -> Values:
    state = {"state": item.state}
    return state if item.settled_at is None else state | _settled(item, body, "settled_words")


def _proposal(item: Item, body: b.ProposalMade) -> Values:
    if item.settled_at is None:
        return {"answer": None if item.state == "made" else item.state}
    at, actor, said = item.later[-1]
    return {
        "answer": item.state, "answered_at": time_text(at, body.answered_at), "answered_by": author_of(actor),
        "why": said.why,
    }  # fmt: skip


def _complaint(item: Item, body: b.ComplaintTaken) -> Values:
    if item.settled_at is None:
        return {"state": item.state}
    values = {"state": item.state} | _settled(item, body)
    answered = [said for *_rest, said in item.later if said.answers or said.outcome or said.recourse]
    said = answered[-1] if answered else item.later[-1][2]
    values |= {"answers": said.answers, "outcome": said.outcome, "recourse": said.recourse}
    values |= {"acknowledged_at": "", "acknowledged_words": "", "held_at": "", "held_words": ""}
    for state in ("acknowledged", "held"):
        step = _last(item, b.ComplaintMoved, to=state) if state != item.state else None
        if step is not None:
            told = getattr(body, f"{state}_at")
            values |= {f"{state}_at": time_text(step[0], told), f"{state}_words": step[2].words}
    final = [said.final_on for *_rest, said in item.later if said.final_on]
    return values | {"final_on": final[-1] if final else ""}


def _signal(item: Item, body: SignalRaised) -> Values:
    """Its last answer, and whether they were told since; an answer before that one has no room on a line."""
    last = _last(item, SignalAnswered)
    if last is None:
        return {"answer": None}
    at, actor, said = last
    values: Values = {
        "answer": item.state, "answered_at": time_text(at, body.answered_at), "answered_by": author_of(actor),
        "words": said.words, "until": said.until,
    }  # fmt: skip
    values |= {"told_at": "", "told_by": "", "told_words": ""}
    told_at, by, told = item.later[-1]
    if isinstance(told, SignalToldBack):
        values |= {"told_at": time_text(told_at, body.told_at), "told_by": author_of(by), "told_words": told.words}
    return values


_VALUES: dict[type[Any], Callable[[Item, Any], Values]] = {
    b.ContactLogged: _contact,
    b.CommitmentMade: _commitment,
    b.WorkPlanned: _work,
    b.ComplaintTaken: _complaint,
    b.AdverseActAsked: _act,
    b.ProposalMade: _proposal,
    b.GestureAsked: _gesture,
    SignalRaised: _signal,
}


def became(item: Item) -> Values:
    """What the entry's line says of how it went on."""
    values = _VALUES.get(type(item.recorded))
    return {} if values is None else values(item, item.recorded)


def claimed(claim: Claim, as_told: str) -> Values:
    """When something was declared, and to whom."""
    return {"at": time_text(claim.at, as_told), "author": author_of(claim.actor)}
