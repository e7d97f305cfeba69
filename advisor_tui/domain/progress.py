"""How a case stands, for the customer to hear or read: only from steps and promises, so that it cannot contradict them.

Source: DOMAIN.md 7, invariant 18 (essay 001: « s'informer sur la progression du processus »).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from advisor_tui.domain import bodies as b
from advisor_tui.domain.state import Case, CustomerState, Item

LineKind = Literal["done", "kept", "moved", "broken", "late", "ours", "promised", "yours", "third"]
ORDER: tuple[LineKind, ...] = ("done", "kept", "moved", "broken", "late", "promised", "ours", "yours", "third")
MOST = 6
"""Lines between the title and the name of whom to ask: eight in all."""
DONE = 2
"""Of what is done, the latest: what is to come matters more."""


class Line(NamedTuple):
    """One thing done or to come, and its civil date (ISO; "" where none was said)."""

    kind: LineKind
    text: str
    on: str


def progress(state: CustomerState, case: Case, today: str) -> list[Line]:
    """What was done and what comes, in that order; at most MOST lines, the nearest dates kept."""
    members = [state.items[id_] for id_ in state.by_case.get(case.id, ())]
    found = [line for item in members if (line := _line(item, today)) is not None]
    past = sorted((line for line in found if line.kind in ("done", "kept")), key=lambda line: line.on)[-DONE:]
    moved = [line for line in found if line.kind in ("moved", "broken")][-1:]
    coming = sorted(
        (line for line in found if line.kind not in ("done", "kept", "moved", "broken")),
        key=lambda line: line.on or "~",
    )
    shown = [*past, *moved, *coming[: MOST - len(past) - len(moved)]]
    return sorted(shown, key=lambda line: (ORDER.index(line.kind), line.on or "~"))


def _line(item: Item, today: str) -> Line | None:
    body = item.recorded
    if isinstance(body, b.WorkPlanned):
        return _work(item, body, today)
    if isinstance(body, b.CommitmentMade):
        return _promise(item, body, today)
    return None


def _work(item: Item, body: b.WorkPlanned, today: str) -> Line | None:
    words = body.progress or body.what
    if item.state == "done":
        return Line("done", words, _day(item))
    if item.state != "planned":
        return None
    if body.side == "us":
        return Line("late" if body.due and body.due < today else "ours", words, body.due)
    return Line("yours" if body.side == "customer" else "third", words, body.due)


def _promise(item: Item, body: b.CommitmentMade, today: str) -> Line | None:
    if item.state == "made":
        return Line("late" if body.due[:10] < today else "promised", body.text, body.due)
    if item.state == "kept":
        return Line("kept", body.text, _day(item))
    if item.state == "broken":
        return Line("broken", body.text, body.due)
    return Line("moved", body.text, body.due) if item.state == "renegotiated" else None


def _day(item: Item) -> str:
    from advisor_tui.domain.clock import from_ms

    return from_ms(item.settled_at).date().isoformat() if item.settled_at is not None else ""
