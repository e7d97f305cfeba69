"""Doing an action: decide, fold, check what must hold, commit; or nothing at all."""

from __future__ import annotations

from typing import Any

import msgspec

from advisor_tui.actions.context import Context
from advisor_tui.actions.registry import Action, find_action, read_params
from advisor_tui.domain.errors import Refused
from advisor_tui.domain.events import Event
from advisor_tui.domain.invariants import breaches
from advisor_tui.domain.permissions import Person, may
from advisor_tui.domain.rules import Rules
from advisor_tui.store.drafts import drop_draft
from advisor_tui.store.journal import Journal
from advisor_tui.store.unit import Unit


class Result(msgspec.Struct):
    """What was recorded: the transaction, its events, the ids of what came into being, and what was masked in it."""

    action: str
    txn: str
    customer_id: str
    made: dict[str, str]
    events: list[Event]
    masked: list[str] = []

    def as_dict(self) -> dict[str, Any]:
        return {
            "ok": True, "action": self.action, "txn": self.txn, "customer": self.customer_id, "made": self.made,
            "events": [{"id": event.id, "type": event.type, "case": event.case_id} for event in self.events],
            **({"masked": self.masked} if self.masked else {}),
        }  # fmt: skip


def execute(
    journal: Journal, name: str, given: dict[str, Any], person: Person, rules: Rules,
    draft: tuple[str, str, str] | None = None,
) -> Result:  # fmt: skip
    """Do the action `name` with parameters `given`; the draft it came from goes in the same transaction.

    Raises Invalid, NotFound or Refused, and then nothing was recorded.
    """
    chosen = find_action(name)
    if not may(person, chosen.permission):
        raise Refused(
            "The role {role} may not do this: {action}.", code="permission", role=person.role, action=chosen.name
        )
    params = read_params(chosen, given)
    with journal.transaction() as unit:
        result = decide(unit, chosen, params, person, rules)
        if draft is not None:
            drop_draft(unit.connection, *draft)
    return result


def decide(unit: Unit, chosen: Action, params: Any, person: Person, rules: Rules) -> Result:
    """The action inside an open transaction; raises when an invariant would break."""
    context = Context(unit, person, rules)
    chosen.decide(context, params)
    for state in unit.touched():
        for code, message, details in breaches(state):
            raise Refused(message, code=code, **details)
    return Result(chosen.name, context.txn, context.customer_id, context.made, context.events, context.masked)
