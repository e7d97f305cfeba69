"""What a team may know of how it keeps its word: five figures at most, each with what it is made of; none about a person.

Pure, over folded customers or what their pictures hold. Sources: DOMAIN.md 2.6 (formulas), 4.3 (R4: a score of few answers
is masked, never zero). Everything is counted on civil days, in the customers' zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, tzinfo
from math import sqrt
from typing import NamedTuple

from advisor_tui.domain import bodies as b
from advisor_tui.domain.clock import parse_when
from advisor_tui.domain.events import Event
from advisor_tui.domain.fold import fold
from advisor_tui.domain.guard import reasons
from advisor_tui.domain.listening import SignalAnswered, SignalRaised
from advisor_tui.domain.state import CustomerState, Item
from advisor_tui.domain.then import by_then
from advisor_tui.language.formats import DAY_MS, civil_day

FEWEST_ANSWERS = 10
"""Below this many answers a customer score says more about chance than about the service: it is masked (R4)."""
_Z = 1.959963984540054  # of 95 %


class Share(NamedTuple):
    """So many of so many."""

    part: int
    whole: int

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
    return max(0.0, min(share, middle - reach)), min(1.0, max(share, middle + reach))


class Window(NamedTuple):
    """The civil days looked at, both included, in the customers' zone."""

    first: date
    today: date
    zone: tzinfo

    def has(self, ms: int) -> bool:
        """Whether an instant lies in it."""
        return self.holds(civil_day(ms, self.zone))

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        return self.first <= day <= self.today


def _items(states: Iterable[CustomerState], kind: str) -> Iterator[Item]:
    return (item for state in states for item in state.items.values() if item.kind == kind)


# promises


def warned_before(states: Iterable[CustomerState], window: Window) -> Share:
    """Of the promises due in the window that were not kept as first said: those whose customer was told before.

    Source: essay 001's own measure, aimed at 100 %. What a customer released us from is neither.
    """
    told = [_told_before(item, window) for item in _items(states, "commitment")]
    return Share(told.count(True), len(told) - told.count(None))


def _told_before(item: Item, window: Window) -> bool | None:
    """Whether they were told before it was due; None where it was kept, let go, is not due yet, or nobody can say.

    It counts on the day that was promised first, or on the day they were told where that came earlier.
    """
    due = _due(item, window.zone)
    if due is None or item.state == "released":
        return None
    limit, day, timed = due
    told = next((at for at, _who, body in item.later if _tells(body)), None)
    if item.state == "kept" and (item.settled_at is None or civil_day(item.settled_at, window.zone) <= day):
        return None
    if told is not None:
        on = civil_day(told, window.zone)
        in_time = on <= day if not timed or told % DAY_MS == 0 else told < limit
        return in_time if window.holds(min(day, on)) else None
    if item.state == "renegotiated" or not window.holds(day):
        return None
    return False if item.state in ("broken", "kept") or day < window.today else None


def _tells(body: object) -> bool:
    """Whether a step is the customer being told, before it was due, that a promise moves."""
    if isinstance(body, b.CommitmentSettled):
        return body.state == "renegotiated"
    return isinstance(body, b.CommitmentWarned)


def _due(item: Item, zone: tzinfo) -> tuple[int, date, bool] | None:
    """When an item is due: the instant (Unix ms), the civil day, and whether a time of day was said."""
    try:
        text = str(getattr(item.recorded, "due", ""))
        ms, timed = parse_when(text, zone)
    except (ValueError, OverflowError):
        return None
    return ms, civil_day(ms, zone) if timed else date.fromisoformat(text), timed


# acts against somebody who waits


def done_at(item: Item) -> int | None:
    """When an act was done (Unix ms), whatever became of it later; None where it never was."""
    for at, _who, body in item.later:
        if isinstance(body, b.AdverseActDecided) and body.state == "done":
            return at
    if isinstance(item.recorded, b.AdverseActAsked) and item.recorded.state in ("done", "reversed"):
        return item.at
    return None


def harmed_while_pending(events: Sequence[Event], window: Window) -> list[str]:
    """The acts against one person done in the window while something of theirs had no answer; `events` of all their records."""
    lives: dict[str, list[Event]] = {}
    for event in events:
        lives.setdefault(event.customer_id, []).append(event)
    states = [fold(id_, life) for id_, life in lives.items()]
    return sorted(
        item.id
        for item in _items(states, "act")
        if (done := done_at(item)) is not None and window.has(done) and _pending(states, lives, done)
    )


def _pending(states: Sequence[CustomerState], lives: dict[str, list[Event]], at: int) -> bool:
    """Whether a hold stood at an instant."""
    return bool(reasons(fold(state.id, by_then(state, lives[state.id], at)) for state in states))


# signals


def signals_on_time(states: Iterable[CustomerState], window: Window) -> Share:
    """Of the dates by which departments owed an answer to a signal: those they met.

    Who answers "later" owes another date: it counts too, else putting off would be the best of answers.
    """
    met = [found for item in _items(states, "signal") for found in _dates_met(item, window)]
    return Share(sum(met), len(met))


def _dates_met(item: Item, window: Window) -> Iterator[bool]:
    """For each date owed in the window, or answered in it before its date: whether it was met."""
    body = item.recorded
    assert isinstance(body, SignalRaised)
    owed = body.due
    for at, _who, said in item.later:
        if isinstance(said, SignalAnswered) and owed:
            answered = civil_day(at, window.zone)
            due = _day(owed)
            if due is not None and window.holds(min(due, answered)):
                yield answered <= due
            owed = said.until if said.answer == "later" else ""
    due = _day(owed)
    if due is not None and due < window.today and window.holds(due):
        yield False


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


# what customers say of it


def easy(efforts: Iterable[int], easy_from: int) -> Share:
    """Of the customers who answered how easy it was made: those who found it easy (CES 2.0, 1 to 7)."""
    told = list(efforts)
    return Share(sum(effort >= easy_from for effort in told), len(told))


class Came(NamedTuple):
    """A contact that a customer brought to a case: whether one came before it, and whether they had to say it again."""

    first: bool
    again: bool


def repeated(came: Iterable[Came]) -> Share:
    """Of what customers brought to cases that were open already: where they had to say it again."""
    later = [contact.again for contact in came if not contact.first]
    return Share(sum(later), len(later))
