"""Whose an entity is: an event may not bring into being, or change, what belongs to another customer."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select

from advisor_tui.domain.bodies import Recorded
from advisor_tui.store.central.screening import Screened
from advisor_tui.store.unit import TABLES

_PLACES = ("entry", "case_view", "holding_view", "offer_view")
CHUNK = 500


class Claim(NamedTuple):
    """An event that names what it records."""

    event: str
    entity: str
    customer: str


def borrowed(connection: Connection, fit: list[Screened]) -> set[str]:
    """The events that record under the id of what another customer has."""
    claims = [
        Claim(event.id, event.body.id, event.customer_id)
        for event, _body in fit
        if isinstance(event.body, Recorded) and event.body.id
    ]
    if not claims:
        return set()
    owners = _owners(connection, sorted({claim.entity for claim in claims}))
    return {claim.event for claim in claims if owners.setdefault(claim.entity, claim.customer) != claim.customer}


def _owners(connection: Connection, entities: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(entities), CHUNK):
        chunk = entities[start : start + CHUNK]
        for name in _PLACES:
            row = TABLES[name].c
            rows = connection.execute(select(row.id, row.customer_id).where(row.id.in_(chunk)))
            found.update({one.id: one.customer_id for one in rows})
    return found
