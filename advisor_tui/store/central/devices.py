"""Devices: each login makes one; a person ends their own, a lead those of their teams, an administrator any."""

from __future__ import annotations

import re

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, delete, select, update

from advisor_tui.domain.errors import NotFound
from advisor_tui.store.central.accounts import raise_grants
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.errors import Denied
from advisor_tui.store.central.identity import COMMON, Identity
from advisor_tui.store.central.names import sought_name
from advisor_tui.store.central.tables import ACCOUNT, DEVICE, MEMBERSHIP, PRESENCE

DEVICE_RE = re.compile(r"[0-9a-f]{8}\Z")


class Device(Struct, kw_only=True):
    """A replica that logged in once."""

    id: str
    name: str
    created_at: int
    revoked: bool


class OwnedDevice(Device, kw_only=True):
    """A device as the administrator sees it: with whose it is."""

    person: str


def list_devices(central: Central, identity: Identity) -> list[Device]:
    """The devices of who asks, oldest first."""
    with central.read() as connection:
        rows = connection.execute(
            select(DEVICE).where(DEVICE.c.account_id == identity.account_id).order_by(DEVICE.c.created_at, DEVICE.c.id)
        ).all()
    return [
        Device(id=row.id, name=row.name, created_at=row.created_at, revoked=row.revoked_at is not None) for row in rows
    ]


def list_all_devices(central: Central, name: str = "") -> list[OwnedDevice]:
    """Everyone's devices, or one person's; for the administrator at the server."""
    rows = (
        select(DEVICE, ACCOUNT.c.name.label("person"))
        .join(ACCOUNT, ACCOUNT.c.id == DEVICE.c.account_id)
        .order_by(ACCOUNT.c.folded, DEVICE.c.created_at, DEVICE.c.id)
    )
    if name:
        rows = rows.where(ACCOUNT.c.folded == (sought_name(name) or ""))
    with central.read() as connection:
        return [
            OwnedDevice(
                id=row.id, name=row.name, created_at=row.created_at, revoked=row.revoked_at is not None, person=row.person
            )
            for row in connection.execute(rows)
        ]  # fmt: skip


def revoke_device(central: Central, identity: Identity, device_id: str) -> None:
    """End a device, as far as who asks may. Raises Denied not_found or not_allowed."""

    def work(connection: Connection) -> None:
        owner = _owner(connection, device_id)
        if owner is None:
            raise Denied("There is no such device.", code="not_found")
        if owner != identity.account_id and not _rules(connection, identity, owner):
            raise Denied("Only a team lead or an administrator may end another's device.", code="not_allowed")
        _revoke(central, connection, device_id)

    central.retrying(work)


def revoke_any_device(central: Central, device_id: str) -> None:
    """End a device; for the administrator at the server. Raises NotFound."""

    def work(connection: Connection) -> None:
        if _owner(connection, device_id) is None:
            raise NotFound("There is no device {id}.", id=device_id[:80])
        _revoke(central, connection, device_id)

    central.retrying(work)


def end_device(connection: Connection, now: int, *which: ColumnElement[bool]) -> bool:
    """Revoke the device that `which` describes; whether there was one in use.

    Its tokens stay until they expire: who comes with one is told that the device was revoked, not that time is over.
    """
    row = connection.execute(
        select(DEVICE.c.id).where(DEVICE.c.revoked_at.is_(None), *which).with_for_update()
    ).scalar()
    if row is None:
        return False
    connection.execute(update(DEVICE).where(DEVICE.c.id == row).values(revoked_at=now))
    connection.execute(delete(PRESENCE).where(PRESENCE.c.device == row))
    return True


def _revoke(central: Central, connection: Connection, device_id: str) -> None:
    if end_device(connection, central.now_ms(), DEVICE.c.id == device_id):
        raise_grants(connection)


def _owner(connection: Connection, device_id: str) -> str | None:
    """The account of a device."""
    if not DEVICE_RE.match(device_id):
        return None
    owner: str | None = connection.execute(select(DEVICE.c.account_id).where(DEVICE.c.id == device_id)).scalar()
    return owner


def _rules(connection: Connection, identity: Identity, owner: str) -> bool:
    """Whether who asks may end another's devices: a lead of a team of theirs, or an administrator."""
    if identity.role == "admin":
        return True
    if identity.role != "lead":
        return False
    shared = select(MEMBERSHIP.c.stream).where(
        MEMBERSHIP.c.account_id == owner, MEMBERSHIP.c.stream.in_(set(identity.streams) - {COMMON})
    )
    return connection.execute(shared.limit(1)).scalar() is not None
