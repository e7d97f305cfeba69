"""Joining a server: the workspace takes the device's name, and what was written here before comes along."""

from __future__ import annotations

from sqlalchemy import select

from advisor_tui.store.journal import Journal
from advisor_tui.store.replica.facts import set_fact
from advisor_tui.store.unit import TABLES

_EVENT = TABLES["event"]


def join(journal: Journal, *, device: str, name: str, previous_name: str) -> int:
    """Adopt the server's name for this device, and sign what `previous_name` wrote here and nobody has yet as `name`.

    How many events were signed anew. Nothing else changes: no id, no word, no order.
    """
    with journal.transaction() as unit:
        unit.hlc = unit.hlc._replace(device=device)
        set_fact(unit.connection, "hlc", str(unit.hlc))
        if not previous_name or previous_name == name:
            return 0
        mine = (_EVENT.c.seq.is_(None), _EVENT.c.actor == previous_name)
        customers = list(unit.connection.execute(select(_EVENT.c.customer_id).where(*mine).distinct()).scalars())
        signed = unit.connection.execute(_EVENT.update().where(*mine).values(actor=name)).rowcount
        for customer_id in customers:
            unit.refold(customer_id)
        return signed


def device_of(journal: Journal) -> str:
    """The name of this device, as its clock bears it."""
    return journal.hlc.device
