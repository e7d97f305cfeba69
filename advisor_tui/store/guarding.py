"""May this be done to the customer? The same answer for the command line and for the server, from the journal itself."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection

from advisor_tui.domain import bodies as b
from advisor_tui.domain.fold import fold
from advisor_tui.domain.guard import Verdict, judge
from advisor_tui.domain.rules import HoldRule
from advisor_tui.store.journal import load_events
from advisor_tui.store.lookups import family_of, find_customer


class Guarded(NamedTuple):
    """The customer found, their name, and the verdict."""

    customer_id: str
    name: str
    verdict: Verdict


def guard(connection: Connection, reference: str, act: b.Act, rule: HoldRule) -> Guarded:
    """Judge `act` against the customer that `reference` names. Raises NotFound, or Invalid where it names several."""
    id_ = find_customer(connection, reference)
    family = family_of(connection, id_)
    events = load_events(connection, family)
    states = [fold(record, events.get(record, [])) for record in family]
    found = next((state.customer for state in states if state.id == id_), None)
    return Guarded(id_, found.name if found else "", judge(states, act, rule.acts, rule.vital_needs_second))
