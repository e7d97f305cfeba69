"""What follows from a customer's events without anyone recording it: what waits, what belongs together, what must be merged."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from advisor_tui.domain import bodies as b
from advisor_tui.domain.clock import parse_when
from advisor_tui.domain.state import Case, CustomerState, Item

DAY_MS = 86_400_000
SURVEYS: dict[type[Any], str] = {b.SurveyOffered: "offered", b.SurveyAnswered: "answered"}


def derive(state: CustomerState) -> None:
    """Bring the waiting clocks, promise places and rival resolutions of the cases touched up to date."""
    for case_id in state.dirty_cases:
        _derive_case(state, case_id)
    state.dirty_cases.clear()


def _derive_case(state: CustomerState, case_id: str) -> None:
    members = [state.items[id_] for id_ in state.by_case.get(case_id, ())]
    case = state.cases.get(case_id)
    if case is None:
        for item in members:
            if item.kind == "contact":
                _wait(state, item, None, False, False)
        _place(state, [item for item in members if item.kind == "commitment"], [])
        for item in members:
            item.standing, item.rivals = (), ()
        return
    closed = case.state == "closed"
    answer = max((item.at for item in members if _answers(item)), default=None)
    own_answer = max((item.hlc for item in members if _answers(item) and not _external(item)), default="")
    if closed and case.heads["state"] in state.items:
        own_answer = "~"  # closed by a person here
    commitments, told = [], []
    for item in members:
        if item.kind == "contact":
            _wait(state, item, answer, closed, own_answer > item.hlc)
        elif item.kind == "commitment":
            commitments.append(item)
        elif item.kind in ("situation", "survey"):
            told.append(item)
    if commitments:
        _place(state, commitments, members)
    _stand(state, [item for item in members if item.kind == "resolution"])
    if told or case.waiver is not None or case.situation or case.survey:
        _tell(state, case, told)


def _tell(state: CustomerState, case: Case, told: list[Item]) -> None:
    """Which situation stands in a case, and whether its end was asked about: the latest counts, by when it happened."""
    situations = [item for item in told if item.kind == "situation"]
    surveys = [(item.at, item.hlc, SURVEYS[type(item.recorded)]) for item in told if item.kind == "survey"]
    if case.waiver is not None:
        surveys.append((case.waiver.at, case.waiver_hlc, "waived"))
    situation = max(situations, key=lambda item: (item.at, item.hlc)).id if situations else ""
    survey = max(surveys)[2] if surveys else ""
    if situations or (situation, survey) != (case.situation, case.survey):
        case.situation, case.survey = situation, survey
        state.dirty.add(("case", case.id))


def _stand(state: CustomerState, resolutions: list[Item]) -> None:
    """Which wordings of a case nobody named who wrote on it later; in several resolutions, they rival until one names all."""
    named = {id_ for item in resolutions for id_ in item.seen}
    standing = {
        item.id: tuple(head.event for head in item.heads if head.stated and head.event not in named)
        for item in resolutions
    }
    rivals = sorted((item for item in resolutions if standing[item.id]), key=lambda item: (item.hlc, item.event))
    texts = {head.text for item in rivals for head in item.heads if head.event in standing[item.id]}
    together = tuple(item.id for item in rivals) if len(rivals) > 1 and len(texts) > 1 else ()
    for item in resolutions:
        beside = together if item.id in together else ()
        if (standing[item.id], beside) != (item.standing, item.rivals) or beside:
            item.standing, item.rivals = standing[item.id], beside
            state.dirty.add(("item", item.id))


def _answers(item: Item) -> bool:
    if item.kind == "resolution":
        return True
    return isinstance(item.recorded, b.ContactLogged) and item.recorded.direction == "outbound"


def _external(item: Item) -> bool:
    return isinstance(item.recorded, b.Recorded) and bool(item.recorded.ext)


def _wait(state: CustomerState, item: Item, answer: int | None, closed: bool, answered_here: bool) -> None:
    """Since when an inbound contact waits: the day it was sent or received, whichever is earlier."""
    body = item.recorded
    assert isinstance(body, b.ContactLogged)
    if (
        body.direction != "inbound"
        or item.state in ("answered", "no_answer_needed")
        or body.answered
        or (body.answered is None and (closed or (answer is not None and answer >= item.at)))
        or answered_here
    ):
        since = None
    else:
        since = waiting_from(body, item.at)
    if since != item.waiting_since:
        item.waiting_since = since
        state.dirty.add(("item", item.id))


def waiting_from(body: b.ContactLogged, at: int) -> int:
    """The earliest known instant of an inbound contact: sent, received, or noted (Unix ms)."""
    since = at
    for day in (body.received_on, body.sent_on):
        if day:
            try:
                since = min(since, parse_when(day)[0])
            except ValueError:
                continue
    return since


def _place(state: CustomerState, commitments: list[Item], members: list[Item]) -> None:
    """Put each promise under the contact or resolution in which it was made: the last one that day."""
    hosts = sorted((item.at, item.id) for item in members if item.kind in ("contact", "resolution"))
    for item in commitments:
        place = bisect_right(hosts, (item.at + 60_000, "~")) - 1
        parent = hosts[place][1] if place >= 0 and item.at - hosts[place][0] < DAY_MS else None
        if parent != item.parent:
            item.parent = parent
            state.dirty.add(("item", item.id))
