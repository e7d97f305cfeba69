"""What must hold after every action; a breach names its rule and nothing is recorded."""

from __future__ import annotations

from collections.abc import Iterator

from advisor_tui.domain.state import CustomerState

ACTIVE = ("open", "waiting")


def breaches(state: CustomerState) -> Iterator[tuple[str, str, dict[str, object]]]:
    """(code, sentence, details) of each rule that `state` breaks.

    The codes carry the numbers of the domain's invariants: 1 no orphan case, 2 every inbound item has
    a visible place, 5 promises are whole, 17 nothing refers to what is not there.
    """
    for case in state.cases.values():
        if case.state in ACTIVE and not (case.owner and case.next_step and case.next_on):
            missing = [
                name
                for name, value in (("owner", case.owner), ("next_step", case.next_step), ("next_on", case.next_on))
                if not value
            ]
            yield "invariant_1_orphan", "An open case needs an owner, a next step and a date.", {"missing": missing}
    for item in state.items.values():
        if item.case_id and item.case_id not in state.cases:
            yield "invariant_2_lost", "This entry would belong to a case that does not exist.", {"entry": item.id}
        if item.kind == "commitment":
            body = item.recorded
            if not getattr(body, "text", "") or not getattr(body, "due", "") or not item.case_id:
                yield "invariant_5_promise", "A promise needs its words, a due date and a case.", {"entry": item.id}
    if state.dangling:
        yield "invariant_17_dangling", "Something recorded later depends on this.", {"events": state.dangling[:3]}
    if state.customer is None and (state.cases or state.items or state.holdings):
        yield "invariant_17_dangling", "Something recorded later depends on this.", {"events": []}
