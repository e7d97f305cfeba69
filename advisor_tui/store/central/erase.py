"""Erasure at a customer's request: the bodies go, the salts with them; stubs and chain stay. Replicas follow and say so."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, select

from advisor_tui.domain.events import CATALOGUE
from advisor_tui.domain.identity import Hlc, uuid7
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.chain import lock_heads, write_links
from advisor_tui.store.central.errors import Denied
from advisor_tui.store.central.identity import Identity
from advisor_tui.store.central.tables import (
    ACCOUNT,
    DEVICE,
    ERASURE,
    ERASURE_ACK,
    HOME,
    PRESENCE,
    QUARANTINE,
    SALT,
)
from advisor_tui.store.erasing import forget_search_words, overwrite_what_goes
from advisor_tui.store.unit import TABLES, Unit

_EVENT = TABLES["event"]


def erase(central: Central, identity: Identity, customer_id: str) -> str:
    """Erase what is known of a customer, here and on every replica; the erasure's id. Asked again, the same id."""
    if identity.role not in ("lead", "admin"):
        raise Denied("Only a team lead or an administrator may erase a customer's data.", code="not_allowed")

    def work(connection: Connection) -> str:
        done: str | None = connection.execute(
            select(ERASURE.c.id).where(ERASURE.c.customer_id == customer_id)
        ).scalar()  # fmt: skip
        if done is not None:
            return done
        home = connection.execute(select(HOME.c.stream).where(HOME.c.customer_id == customer_id)).scalar()
        if home is None or home not in identity.streams or customer_id == CATALOGUE:
            raise Denied("No customer of this server has this id.", code="not_found")
        return _erase(central, connection, identity, customer_id, home)

    with central.turn:
        try:
            return central.retrying(work)
        except BaseException:
            central.forget()
            raise


def _erase(central: Central, connection: Connection, identity: Identity, customer_id: str, home: str) -> str:
    central.begin_states()
    heads = lock_heads(connection, {home})
    central.catch_up(connection, heads)
    overwrite_what_goes(connection)
    theirs = select(_EVENT.c.id).where(_EVENT.c.customer_id == customer_id)
    connection.execute(delete(SALT).where(SALT.c.event_id.in_(theirs)))
    connection.execute(_EVENT.update().where(_EVENT.c.customer_id == customer_id).values(body=None))
    connection.execute(delete(QUARANTINE).where(QUARANTINE.c.customer_id == customer_id))
    connection.execute(delete(PRESENCE).where(PRESENCE.c.customer_id == customer_id))
    unit = Unit(connection, Hlc(0, 0, "server"), central.clock, central.bits, central.states)
    unit.refold(customer_id)
    unit.flush()
    heads[home].add("erased", customer_id, identity.device, b"")
    write_links(connection, heads)
    now = central.now_ms()
    id_ = uuid7(now, central.bits())
    connection.execute(ERASURE.insert().values(id=id_, customer_id=customer_id, asked_by=identity.account_id, at=now))
    forget_search_words(connection)
    central.remember(heads)
    return id_


def acknowledge(central: Central, identity: Identity, erasure_id: str) -> None:
    """This device holds nothing of it any more."""

    def work(connection: Connection) -> None:
        if connection.execute(select(ERASURE.c.id).where(ERASURE.c.id == erasure_id)).scalar() is None:
            raise Denied("There is no such erasure.", code="not_found")
        mine = (ERASURE_ACK.c.erasure_id == erasure_id, ERASURE_ACK.c.device == identity.device)
        if connection.execute(select(ERASURE_ACK.c.device).where(*mine)).scalar() is None:
            connection.execute(ERASURE_ACK.insert().values(erasure_id=erasure_id, device=identity.device))

    central.retrying(work)


def list_erasures(central: Central, identity: Identity | None) -> list[dict[str, Any]]:
    """The erasures with the devices that have not acknowledged them. Without `identity`: for the administrator at the server.

    A device sees all of them (it may be a copy, or come from an older disk), and only itself among who has not.
    """
    with central.read() as connection:
        erasures = connection.execute(select(ERASURE).order_by(ERASURE.c.at, ERASURE.c.id)).all()
        acks = {(row.erasure_id, row.device) for row in connection.execute(select(ERASURE_ACK))}
        devices = connection.execute(
            select(DEVICE.c.id, DEVICE.c.name, DEVICE.c.created_at, ACCOUNT.c.name.label("person"))
            .join(ACCOUNT, ACCOUNT.c.id == DEVICE.c.account_id)
            .where(DEVICE.c.revoked_at.is_(None))
            .order_by(DEVICE.c.id)
        ).all()
    everything = identity is None or identity.role in ("lead", "admin")
    found = []
    for erasure in erasures:
        waiting = [
            {"device": device.id, "name": device.name, "person": device.person}
            for device in devices
            if (erasure.id, device.id) not in acks
            and device.created_at <= erasure.at
            and (everything or (identity is not None and device.id == identity.device))
        ]
        found.append({"id": erasure.id, "customer_id": erasure.customer_id, "at": erasure.at, "waiting": waiting})
    return found
