"""What stands in the way of harm: an adverse act is held while something that the customer said has no answer.

Source: DOMAIN.md 7, invariant 3 (essay 001: « victime de coupure injustifiée »). Pure: the same for an action, for the
desk, for `advisor guard` and for the server, which each bring what they found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from advisor_tui.domain import bodies as b
from advisor_tui.domain.clock import parse_when
from advisor_tui.domain.state import Case, CustomerState, Item, stake_of

ReasonKind = Literal["unanswered", "dispute", "complaint"]
ORDER: tuple[ReasonKind, ...] = ("unanswered", "dispute", "complaint")
ACTIVE = ("open", "waiting")
RUNNING = ("received", "acknowledged", "held", "mediation")
"""States of a complaint that has no answer which ends it."""


class Reason(NamedTuple):
    """One thing that stands in the way: which entry or case, over which channel, since when (Unix ms)."""

    kind: ReasonKind
    id: str
    channel: str
    words: str
    since: int
    case_id: str | None = None


def reasons(states: Iterable[CustomerState]) -> list[Reason]:
    """Why an adverse act against this customer (all their records) is held; what waits longest first."""
    found = [reason for state in states for reason in _reasons(state)]
    return sorted(found, key=lambda reason: (ORDER.index(reason.kind), reason.since, reason.id))


def _reasons(state: CustomerState) -> Iterator[Reason]:
    for item in state.items.values():
        if item.waiting_since is not None and isinstance(item.recorded, b.ContactLogged):
            body = item.recorded
            yield Reason(
                "unanswered", item.id, body.channel, body.subject or body.body, item.waiting_since, item.case_id
            )
        elif isinstance(item.recorded, b.ComplaintTaken) and item.state in RUNNING:
            points, since = item.recorded.points, complained_since(item.recorded.from_on, item.at)
            yield Reason("complaint", item.id, "", points[0], since, item.case_id)
    for case in state.cases.values():
        if is_dispute(case):
            yield Reason("dispute", case.id, "", case.recorded.subject, case.at, case.id)
        elif case.recorded.kind == "complaint" and case.state in ACTIVE and not _complaints(state, case):
            yield Reason("complaint", case.id, "", case.recorded.subject, case.at, case.id)


def complained_since(from_on: str, at: int) -> int:
    """Since when a complaint runs (Unix ms): the day they wrote, not the one on which it was taken down."""
    try:
        return min(at, parse_when(from_on)[0]) if from_on else at
    except ValueError:
        return at


def _complaints(state: CustomerState, case: Case) -> list[Item]:
    """The complaints taken down in a case: they say by themselves whether they run."""
    return [item for id_ in state.by_case.get(case.id, ()) if (item := state.items[id_]).kind == "complaint"]


def is_dispute(case: Case) -> bool:
    """Whether a dispute goes on in this case."""
    return case.recorded.kind == "dispute" and not case.dispute and case.state in ACTIVE


def dispute_ended(case: Case) -> int | None:
    """When the dispute of a case ended (Unix ms); None where there was none or it goes on."""
    if case.recorded.kind != "dispute" or is_dispute(case):
        return None
    if case.dispute_at is not None:
        return case.dispute_at

    try:
        return parse_when(case.closed_at)[0] if case.closed_at else None
    except ValueError:
        return None


def is_vital(states: Iterable[CustomerState]) -> bool:
    """Whether the customer said that the service is vital to them: a second person decides then."""
    return any(stake_of(state) == "vital" for state in states)


class Verdict(NamedTuple):
    """Whether an adverse act may be done, and if not, what stands in its way."""

    held: tuple[Reason, ...]
    needs_second: bool

    @property
    def may(self) -> bool:
        """Nothing is in the way, and one person is enough."""
        return not self.held and not self.needs_second


def judge(states: Sequence[CustomerState], act: b.Act, covered: Collection[str], vital_needs_second: bool) -> Verdict:
    """Whether `act` may be done to this customer (all their records), by the acts that holds cover."""
    if act not in covered:
        return Verdict((), False)
    return Verdict(tuple(reasons(states)), vital_needs_second and is_vital(states))
