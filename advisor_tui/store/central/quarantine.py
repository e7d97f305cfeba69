"""What someone wrote without the right to, kept for a team lead to decide: let in, or taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Connection, delete, select

from advisor_tui.domain.errors import NotFound
from advisor_tui.domain.wire import Told, WireEvent
from advisor_tui.store.central.identity import Identity, person
from advisor_tui.store.central.tables import ACCOUNT, QUARANTINE

if TYPE_CHECKING:
    from advisor_tui.store.central.central import Central


def keep(
    connection: Connection, identity: Identity, events: list[WireEvent], told: dict[str, Told], now_ms: int
) -> None:
    """Keep the quarantined among `events`, whole; sent again, they are kept once."""
    kept = {event.id: event for event in events if told[event.id].status == "quarantined"}
    if not kept:
        return
    connection.execute(delete(QUARANTINE).where(QUARANTINE.c.id.in_(kept)))
    connection.execute(
        QUARANTINE.insert(),
        [
            {
                "id": event.id, "txn": event.txn, "customer_id": event.customer_id, "account_id": identity.account_id,
                "device": identity.device, "at": now_ms, "code": told[event.id].code,
                "event": msgspec.json.encode(event).decode(),
            }
            for event in kept.values()
        ],
    )  # fmt: skip


def list_quarantined(central: Central) -> list[dict[str, Any]]:
    """What waits for a decision, oldest first; the words are in `event`."""
    with central.read() as connection:
        rows = connection.execute(
            select(QUARANTINE, ACCOUNT.c.name.label("author"))
            .outerjoin(ACCOUNT, ACCOUNT.c.id == QUARANTINE.c.account_id)
            .order_by(QUARANTINE.c.at, QUARANTINE.c.id)
        )
        return [dict(row._mapping) for row in rows]


def release(central: Central, id_: str) -> None:
    """Let an event in, with those recorded together with it, in the name of who wrote it."""
    from advisor_tui.store.central.push import push

    with central.read() as connection:
        txn = _txn_of(connection, id_)
        rows = connection.execute(select(QUARANTINE).where(QUARANTINE.c.txn == txn)).all()
        events = [msgspec.json.decode(row.event, type=WireEvent) for row in rows]
        wrote = next(
            (ACCOUNT.c.name == event.actor for event in events if event.found), ACCOUNT.c.id == rows[0].account_id
        )
        account = connection.execute(select(ACCOUNT).where(wrote)).one_or_none()
        if account is None:
            raise NotFound("{name} has no account here any more.", name=events[0].actor)
        author = person(connection, account.id, account.name, "lead", rows[0].device)
    for told in push(central, author, events, trusted=True):
        if told.status not in ("accepted", "duplicate"):
            raise NotFound("This cannot be let in: {reason}", reason=told.message)
    _forget(central, txn)


def drop(central: Central, id_: str) -> None:
    """Take an event away, with those recorded together with it."""
    with central.read() as connection:
        txn = _txn_of(connection, id_)
    _forget(central, txn)


def _txn_of(connection: Connection, id_: str) -> str:
    txn: str | None = connection.execute(select(QUARANTINE.c.txn).where(QUARANTINE.c.id == id_)).scalar()
    if txn is None:
        raise NotFound("Nothing in quarantine is known as {name}.", name=id_[:80])
    return txn


def _forget(central: Central, txn: str) -> None:
    with central.write() as connection:
        connection.execute(delete(QUARANTINE).where(QUARANTINE.c.txn == txn))
