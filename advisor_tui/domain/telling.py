"""What a line tells that journals record step by step: how an entry went on, what a customer declared.

An import line says where things stand. What is recorded here came about by several events. So the fold takes a line as
if these events had been recorded with it: everything after the fold sees one shape.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from advisor_tui.domain import bodies as b
from advisor_tui.domain.clock import parse_when
from advisor_tui.domain.declared import Dispute
from advisor_tui.domain.events import IMPORTED, Event
from advisor_tui.domain.listening import SignalAnswered, SignalRaised, SignalToldBack
from advisor_tui.domain.state import Case, Claim, CustomerState, Item

Later = list[tuple[int, str, Any]]
FIRST = {
    "work_planned": "planned", "complaint_taken": "received", "proposal_made": "made", "gesture_asked": "asked",
    "survey_offered": "offered", "signal_raised": "sent",
}  # fmt: skip
"""The state in which an entry begins, where its body does not say."""


def signed_by(actor: str, author: str) -> str:
    """Whose name stands under an entry: what a file says of its author is believed for what came from a file only."""
    return (author or actor) if actor == IMPORTED else actor


def instant(text: str, otherwise: int) -> int:
    """Unix ms of a time that a line tells; `otherwise` where it tells none."""
    try:
        return parse_when(text)[0] if text else otherwise
    except (ValueError, OverflowError):
        return otherwise


# what became of an entry


def _contact(id_: str, body: b.ContactLogged, at: int, actor: str) -> Later:
    if body.reply is None:
        return []
    mark = b.ContactMarked(id=id_, reply=body.reply, words=body.reply_words, final_on=body.final_on)
    return [(instant(body.reply_at, at), signed_by(actor, body.reply_by), mark)]


def _commitment(id_: str, body: b.CommitmentMade, at: int, actor: str) -> Later:
    by = signed_by(actor, body.settled_by)
    later: Later = []
    if body.warned_at:
        warned = b.CommitmentWarned(id=id_, words=body.warned_words, replaced_by=body.replaced_by)
        later.append((instant(body.warned_at, at), by, warned))
    if body.settled_at:
        settled = b.CommitmentSettled(id=id_, state=body.state, words=body.words)
        later.append((instant(body.settled_at, at), by, settled))
    return later


def _work(id_: str, body: b.WorkPlanned, at: int, actor: str) -> Later:
    if body.state == "open":
        return []
    settled = b.WorkSettled(id=id_, done=body.state == "done", words=body.words)
    return [(instant(body.settled_at, at), signed_by(actor, body.settled_by), settled)]


def _complaint(id_: str, body: b.ComplaintTaken, at: int, actor: str) -> Later:
    if body.state == "received":
        return []
    later: Later = []
    if body.acknowledged_at and body.state != "acknowledged":
        move = b.ComplaintMoved(id=id_, to="acknowledged", words=body.acknowledged_words)
        later.append((instant(body.acknowledged_at, at), signed_by(actor, ""), move))
    held = body.state == "held"
    if body.held_at and not held:
        move = b.ComplaintMoved(id=id_, to="held", words=body.held_words, final_on=body.final_on)
        later.append((instant(body.held_at, at), signed_by(actor, ""), move))
    last = b.ComplaintMoved(
        id=id_, to=body.state, words=body.words, final_on=body.final_on if held or not body.held_at else "",
        answers=body.answers, outcome=body.outcome, recourse=body.recourse,
    )  # fmt: skip
    return [*later, (instant(body.settled_at, at), signed_by(actor, body.settled_by), last)]


def _act(id_: str, body: b.AdverseActAsked, at: int, actor: str) -> Later:
    if not body.settled_at:
        return []
    decided = b.AdverseActDecided(id=id_, state=body.state, words=body.settled_words)
    return [(instant(body.settled_at, at), signed_by(actor, body.settled_by), decided)]


def _proposal(id_: str, body: b.ProposalMade, at: int, actor: str) -> Later:
    if body.answer is None:
        return []
    answered = b.ProposalAnswered(id=id_, answer=body.answer, why=body.why)
    return [(instant(body.answered_at, at), signed_by(actor, body.answered_by), answered)]


def _gesture(id_: str, body: b.GestureAsked, at: int, actor: str) -> Later:
    if body.state == "asked":
        return []
    decided = b.GestureDecided(id=id_, granted=body.state == "granted", words=body.words)
    return [(instant(body.settled_at, at), signed_by(actor, body.settled_by), decided)]


def _signal(id_: str, body: SignalRaised, at: int, actor: str) -> Later:
    if body.answer is None:
        return []
    answered = SignalAnswered(id=id_, answer=body.answer, words=body.words or body.answer, until=body.until)
    later: Later = [(instant(body.answered_at, at), signed_by(actor, body.answered_by), answered)]
    if body.told_at:
        told = SignalToldBack(id=id_, words=body.told_words)
        later.append((instant(body.told_at, at), signed_by(actor, body.told_by), told))
    return later


_BECAME: dict[type[Any], Callable[[str, Any, int, str], Later]] = {
    b.ContactLogged: _contact,
    b.CommitmentMade: _commitment,
    b.WorkPlanned: _work,
    b.ComplaintTaken: _complaint,
    b.AdverseActAsked: _act,
    b.ProposalMade: _proposal,
    b.GestureAsked: _gesture,
    SignalRaised: _signal,
}
_WORK = {"open": "planned"}
_SETTLES = ("state", "reply", "answer", "warned_at")
"""Fields of a line that say the state itself; those that follow only say more of it."""
_MORE = {
    "reply_at", "reply_by", "reply_words", "final_on", "warned_words", "replaced_by", "settled_at", "settled_by", "words",
    "settled_words", "answers", "outcome", "recourse", "acknowledged_at", "acknowledged_words", "held_at", "held_words",
    "answered_at", "answered_by", "why", "until", "told_at", "told_by", "told_words",
}  # fmt: skip


def state_told(type_: str, body: Any) -> str:
    """The state in which the line of an entry says it is."""
    if isinstance(body, b.ContactLogged):
        return body.reply or ""
    if isinstance(body, b.WorkPlanned):
        return _WORK.get(body.state, body.state)
    if isinstance(body, b.ProposalMade):
        return body.answer or "made"
    if isinstance(body, SignalRaised):
        return body.answer or "sent"
    if isinstance(body, b.CommitmentMade) and body.state == "made" and body.warned_at:
        return "renegotiated"
    return str(getattr(body, "state", FIRST.get(type_, "")))


def tell_entry(item: Item, type_: str) -> None:
    """Bring a new entry to where its body says it is."""
    body = item.recorded
    item.state, item.state_head = state_told(type_, body), item.event
    became = _BECAME.get(type(body))
    if became is not None:
        item.later = became(item.id, body, item.at, item.actor)
        _stand(item)


def _stand(item: Item) -> None:
    """What the last step says holds."""
    if item.later:
        at, _by, body = item.later[-1]
        item.settled_at, item.words = at, getattr(body, "words", "")


def tell_correction(item: Item, event: Event, old: Any, old_at: int, changes: dict[str, Any]) -> None:
    """A corrected line also says how the entry went on: what people recorded since stays, before or after it."""
    became = _BECAME.get(type(item.recorded))
    if became is None:
        return
    settles = any(name in changes for name in _SETTLES)
    if not settles and _MORE.isdisjoint(changes):
        return
    told = became(item.id, old, old_at, item.actor)
    here = [step for step in item.later if step not in told]
    now = became(item.id, item.recorded, event.at, item.actor)
    item.later = [*here, *now] if settles else [*now, *here]
    state = state_told("", item.recorded)
    same = state == item.state
    if settles:
        item.state, item.state_head = state, event.id
    item.settled_at, item.words = None, ""
    if now or same or not settles:
        _stand(item)


# what was declared


def tell_customer(state: CustomerState, event: Event, old: b.CustomerRecorded | None, new: b.CustomerRecorded) -> None:
    """Take what the line of a customer declares; what it no longer says goes, what people took down here stays."""
    before = _declared(old, event) if old is not None else {}
    after = _declared(new, event)
    for key, claim in before.items():
        if key not in after and _same(_standing(state, key), claim):
            _put(state, key, None)
    for key, claim in after.items():
        if not _same(before.get(key), claim):
            _put(state, key, claim)


def _same(one: Claim | None, other: Claim | None) -> bool:
    return (
        one is not None and other is not None and (one.body, one.at, one.actor) == (other.body, other.at, other.actor)
    )


def _standing(state: CustomerState, key: tuple[str, str]) -> Claim | None:
    register, name = key
    if not name:
        return getattr(state, register)  # type: ignore[no-any-return]
    return getattr(state, register).get(name)  # type: ignore[no-any-return]


def _put(state: CustomerState, key: tuple[str, str], claim: Claim | None) -> None:
    register, name = key
    if not name:
        setattr(state, register, claim)
        return
    claims: dict[str, Claim] = getattr(state, register)
    if register == "facts" or claim is None:
        claims.pop(name, None)
    if claim is not None:
        claims[name] = claim


def _declared(line: b.CustomerRecorded, event: Event) -> dict[tuple[str, str], Claim]:
    """What a line declares, by register and by name within it."""
    found: dict[tuple[str, str], Claim] = {}
    stake, hold = line.stake, line.legal_hold
    if not (
        line.facts or line.permissions or hold or line.second_advisor or line.relation_at or type(stake) is not str
    ):
        return found  # as nearly every line of an import

    def claim(body: b.Body, at: str, author: str) -> Claim:
        return Claim(body, event.id, signed_by(event.actor, author), instant(at, event.at))

    if not isinstance(stake, str):
        found["stake", ""] = claim(b.StakeStated(level=stake.level, words=stake.words), stake.at, stake.author)
    if line.second_advisor or line.relation_at:
        relation = b.RelationSet(preferred=line.preferred_advisor, second=line.second_advisor)
        found["relation", ""] = claim(relation, line.relation_at, line.relation_author)
    if hold is not None:
        found["legal_hold", ""] = claim(b.LegalHoldSet(reason=hold.reason, until=hold.until), hold.at, hold.author)
    for fact in line.facts:
        said = b.FactStated(key=fact.key, value=fact.value, source=fact.source, expires=fact.expires)
        found["facts", fact.key] = claim(said, fact.at, fact.author)
    for one in line.permissions:
        allowed = b.PermissionSet(
            channel=one.channel, purpose=one.purpose, granted=one.granted, basis=one.basis, proof=one.proof
        )
        found["permissions", f"{one.purpose} {one.channel}"] = claim(allowed, one.at, one.author)
    return found


def tell_case(case: Case, event: Event, old: b.CaseOpened | None) -> None:
    """Take what the line of a case says of its end: the dispute, and the survey that nobody was asked for."""
    new = case.recorded
    said = old.dispute if old is not None else None
    if new.dispute != said:
        if new.dispute is not None:
            settle_dispute(case, _dispute(new.dispute, event))
        elif case.settled is not None and said is not None and case.settled.body == _dispute(said, event).body:
            settle_dispute(case, None)
    waived = (new.survey_waived, new.survey_waived_at)
    if waived != (("", "") if old is None else (old.survey_waived, old.survey_waived_at)):
        at = instant(new.survey_waived_at, instant(new.closed_at, case.at))
        body = b.SurveyWaived(reason=new.survey_waived)
        case.waiver = Claim(body, event.id, event.actor, at) if new.survey_waived else None
        case.waiver_hlc = event.hlc


def _dispute(said: Dispute, event: Event) -> Claim:
    body = b.DisputeSettled(outcome=said.outcome, words=said.words)
    return Claim(body, event.id, signed_by(event.actor, said.author), instant(said.at, event.at))


def settle_dispute(case: Case, claim: Claim | None) -> None:
    """How the dispute of a case ended, or that it goes on."""
    case.settled = claim
    case.dispute, case.dispute_at = (claim.body.outcome, claim.at) if claim is not None else ("", None)
