"""What had happened by an earlier instant, though the journal has gone on since: what was asked, answered, closed by then."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from advisor_tui.domain import bodies as b
from advisor_tui.domain.derive import waiting_from
from advisor_tui.domain.events import Event
from advisor_tui.domain.guard import complained_since
from advisor_tui.domain.state import Case, CustomerState, Item, recorded_id
from advisor_tui.domain.telling import instant
from advisor_tui.language.formats import DAY_MS

_ENDS: dict[type[Any], tuple[str, dict[str, Any]]] = {
    b.CaseOpened: ("closed_at", {"state": "open", "closed_at": ""}),
    b.ContactLogged: ("reply_at", {"reply": None, "answered": None, "reply_at": ""}),
    b.ComplaintTaken: ("settled_at", {"state": "received", "settled_at": ""}),
}
"""Of a line that tells how something ended: which field says when, and what the line says while it goes on."""


def by_then(state: CustomerState, events: Iterable[Event], at: int) -> list[Event]:
    """The events of one aggregate that stood at an instant (Unix ms); `state` is what all of them fold to.

    A letter counts from the day it was sent or received, whenever it was typed in. A line, as last corrected, does not
    tell an end that was still to come. What was undone since never was. Where a day is all that is known, the doubt is to
    the good: what came on that day came at its end, what was answered on the day of `at` was answered before.
    """
    until = at + DAY_MS if at % DAY_MS == 0 else at
    found = []
    for event in events:
        if isinstance(event.body, b.Undone):
            found.append(event)
        elif not isinstance(event.body, b.Corrected):
            told = _as_corrected(state, event)
            begun = _begun(told)
            if begun < at if begun is not None else told.at < until:
                found.append(_rewound(told, until))
    return found


def _as_corrected(state: CustomerState, event: Event) -> Event:
    """What an event brought into being, as the last correction has it."""
    if not isinstance(event.body, b.Recorded):
        return event
    id_ = recorded_id(event.body, event.id)
    known: Item | Case | None = state.items.get(id_) or state.cases.get(id_)
    if known is None or not known.corrected:
        return event
    case_id = known.line_case if isinstance(known, Item) else event.case_id
    return msgspec.structs.replace(event, body=known.recorded, at=known.at, case_id=case_id)


def _begun(event: Event) -> int | None:
    """From when on something asks for an answer (Unix ms); None for what is no question."""
    body = event.body
    if isinstance(body, b.ContactLogged) and body.direction == "inbound":
        return min(_surely(event.at), _surely(waiting_from(body, event.at)))
    if isinstance(body, b.ComplaintTaken):
        return min(_surely(event.at), _surely(complained_since(body.from_on, event.at)))
    return _surely(event.at) if isinstance(body, b.CaseOpened) else None


def _surely(ms: int) -> int:
    """An instant; of a date without a time of day, kept as midnight UTC, its end."""
    return ms + DAY_MS if ms % DAY_MS == 0 else ms


def _rewound(event: Event, at: int) -> Event:
    """`event` without an end that came at `at` or later."""
    dated, before = _ENDS.get(type(event.body), ("", {}))
    untold = dict(before) if dated and _still_to_come(getattr(event.body, dated), at) else {}
    if isinstance(event.body, b.CaseOpened) and event.body.dispute and _still_to_come(event.body.dispute.at, at):
        untold["dispute"] = None
    if not untold or event.body is None:
        return event
    return msgspec.structs.replace(event, body=msgspec.structs.replace(event.body, **untold))


def _still_to_come(text: str, at: int) -> bool:
    return instant(text, at - 1) >= at
