"""What a team may know of how it keeps its word: five figures at most, each with what it is made of; none about a person.

Pure, over folded customers. Sources: DOMAIN.md 2.6 (formulas), 4.3 (R4: a score of few answers is masked, never zero).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, tzinfo
from math import sqrt
from typing import NamedTuple

from advisor_tui.domain import bodies as b
from advisor_tui.domain.events import Event
from advisor_tui.domain.fold import fold
from advisor_tui.domain.guard import reasons
from advisor_tui.domain.listening import SignalAnswered, SignalRaised
from advisor_tui.domain.state import CustomerState, Item

FEWEST_ANSWERS = 10
"""Below this many answers a customer score says more about chance than about the service: it is masked (R4)."""
_Z = 1.959963984540054  # of 95 %


class Share(NamedTuple):
    """So many of so many."""

    part: int
    whole: int

    def __add__(self, other: object) -> Share:
        return Share(self.part + other.part, self.whole + other.whole) if isinstance(other, Share) else NotImplemented

    @property
    def masked(self) -> bool:
        """Too few answers to be shown as a score."""
        return self.whole < FEWEST_ANSWERS


def wilson(part: int, whole: int) -> tuple[float, float]:
    """Between which shares the true one lies in 19 of 20 cases (Wilson's interval); (0, 1) where nothing is known."""
    if not whole:
        return 0.0, 1.0
    share, square = part / whole, _Z * _Z
    middle = (share + square / (2 * whole)) / (1 + square / whole)
    reach = _Z / (1 + square / whole) * sqrt(share * (1 - share) / whole + square / (4 * whole * whole))
    return max(0.0, middle - reach), min(1.0, middle + reach)


class Window(NamedTuple):
    """The civil days looked at, both included, in the customers' zone."""

    first: date
    today: date
    zone: tzinfo

    def has(self, ms: int) -> bool:
        """Whether an instant lies in it."""
        return self.first <= _day(ms, self.zone) <= self.today


def _day(ms: int, zone: tzinfo) -> date:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone).date()


def _items(states: Iterable[CustomerState], kind: str) -> Iterator[Item]:
    return (item for state in states for item in state.items.values() if item.kind == kind)


def warned_before(states: Iterable[CustomerState], window: Window) -> Share:
    """Of the promises due in the window that were not kept as first said: those whose customer was told before.

    Source: essay 001's own measure, aimed at 100 %. What a customer released us from is neither.
    """
    told = [_told_before(item, window) for item in _items(states, "commitment")]
    return Share(sum(found is True for found in told), sum(found is not None for found in told))


def _told_before(item: Item, window: Window) -> bool | None:
    """Whether they were told before it was due; None where it was kept, let go, or is not due yet."""
    due = _due_day(item)
    if due is None or item.state == "released":
        return None
    warned = next((at for at, _who, body in item.later if isinstance(body, b.CommitmentWarned)), None)
    if item.state == "renegotiated":  # counted on the day that was promised first, or when they were told, if earlier
        counted = due if warned is None else min(due, _day(warned, window.zone))
        return (warned is None or _day(warned, window.zone) <= due) if window.first <= counted <= window.today else None
    if not window.first <= due <= window.today:
        return None
    if item.state == "kept":
        late = item.settled_at is not None and _day(item.settled_at, window.zone) > due
        return False if late else None
    return False if item.state == "broken" or due < window.today else None


def _due_day(item: Item) -> date | None:
    try:
        return date.fromisoformat(str(getattr(item.recorded, "due", ""))[:10])
    except ValueError:
        return None


def harmed_while_pending(events: Sequence[Event], window: Window) -> list[str]:
    """The acts against one person done in the window while something of theirs had no answer; `events` of all their records."""
    customers = sorted({event.customer_id for event in events})
    states = [fold(id_, [event for event in events if event.customer_id == id_]) for id_ in customers]
    return [
        item.id
        for item in _items(states, "act")
        if (done := _done_at(item)) is not None and window.has(done) and _pending(events, customers, done)
    ]


def _done_at(item: Item) -> int | None:
    """When the act was done, whatever became of it later; None where it never was."""
    for at, _who, body in item.later:
        if isinstance(body, b.AdverseActDecided) and body.state == "done":
            return at
    if isinstance(item.recorded, b.AdverseActAsked) and item.recorded.state in ("done", "reversed"):
        return item.at
    return None


def _pending(events: Sequence[Event], customers: Sequence[str], at: int) -> bool:
    """Whether a hold stood at an instant: what had happened by then, folded."""
    return bool(reasons([fold(id_, [e for e in events if e.customer_id == id_ and e.at < at]) for id_ in customers]))


def signals_on_time(states: Iterable[CustomerState], window: Window) -> Share:
    """Of the signals whose answer was due in the window: those answered by their date."""
    found = [on_time for item in _items(states, "signal") if (on_time := _on_time(item, window)) is not None]
    return Share(sum(found), len(found))


def _on_time(item: Item, window: Window) -> bool | None:
    body = item.recorded
    assert isinstance(body, SignalRaised)
    answered = next((_day(at, window.zone) for at, _who, said in item.later if isinstance(said, SignalAnswered)), None)
    due = _due_day(item)
    if due is None:
        return None
    counted = due if answered is None else min(due, answered)
    if not window.first <= counted <= window.today or (answered is None and due >= window.today):
        return None
    return answered is not None and answered <= due


def easy(states: Iterable[CustomerState], window: Window, easy_from: int) -> Share:
    """Of the customers who answered in the window how easy it was made: those who found it easy (CES 2.0)."""
    told = [
        body.effort for item in _items(states, "survey")
        if isinstance(body := item.recorded, b.SurveyAnswered) and body.effort is not None and window.has(item.at)
    ]  # fmt: skip
    return Share(sum(effort >= easy_from for effort in told), len(told))


def repeated(states: Iterable[CustomerState], window: Window) -> Share:
    """Of what customers brought to cases that were open already: where they had to say it again."""
    part = whole = 0
    for state in states:
        for case_id, members in state.by_case.items():
            came = sorted(
                (item.at, item.id) for id_ in members
                if (item := state.items[id_]).kind == "contact" and getattr(item.recorded, "direction", "") == "inbound"
            )  # fmt: skip
            later = [state.items[id_] for _at, id_ in (came[1:] if case_id else ())]
            counted = [item for item in later if window.has(item.at)]
            whole += len(counted)
            part += sum(map(_had_to_repeat, counted))
    return Share(part, whole)


def _had_to_repeat(item: Item) -> bool:
    return bool(item.repeated if item.repeated is not None else getattr(item.recorded, "repeated", False))


SHARES: dict[str, Callable[[Iterable[CustomerState], Window], Share]] = {
    "warned_before": warned_before,
    "signals_on_time": signals_on_time,
    "repeated": repeated,
}
"""Measures that need nothing but the customers and the window."""
