"""Sessions: a password becomes a device with two tokens; a refresh token becomes the next two.

An access token lives ten minutes. A refresh token is used once; used again within a minute it is a lost reply,
and served; later it is in two hands, and everything that came from the same login ends.

A refresh token reads FAMILY.SECRET, and a family begins with its device: what was used and since
forgotten is still known as used, and the table stays as small as the number of devices.
"""

from __future__ import annotations

import re
import secrets
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import Connection, Row, and_, delete, insert, or_, select, update

from advisor_tui.domain.errors import StoreError
from advisor_tui.domain.text import one_line
from advisor_tui.store.central.attempts import Attempt
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.devices import DEVICE_RE, end_device, list_devices, revoke_device
from advisor_tui.store.central.errors import Denied
from advisor_tui.store.central.identity import Identity, person, token_hash
from advisor_tui.store.central.names import sought_name
from advisor_tui.store.central.passwords import is_password, renewed
from advisor_tui.store.central.tables import ACCOUNT, DEVICE, PRESENCE, TOKEN

__all__ = ["Tokens", "list_devices", "log_in", "log_out", "refresh", "revoke_device"]

ACCESS_MS = 10 * 60_000
REFRESH_MS = 90 * 24 * 3600 * 1000
GRACE_MS = 60_000
"""How long after its first use a refresh token may be used again: the reply may have been lost."""
DEVICE_NAME = 80
_FAMILY_RE = re.compile(r"[0-9a-f]{40}r*\Z")


class Tokens(Struct, kw_only=True):
    """What a login or a refresh answers."""

    access_token: str
    refresh_token: str
    expires_in: int
    device: str
    name: str
    role: str
    teams: list[str]


class _Known(NamedTuple):
    """The account that a name stands for, as it was when its password was looked at."""

    id: str
    password: str


def log_in(
    central: Central, user: str, password: str, device_name: str, replaces: str = "", address: str = ""
) -> Tokens:
    """A new device for who knows the password. `replaces` is this replica's device until now.

    Raises Denied bad_password, device_revoked (the account is disabled) or too_many_attempts.
    """
    sought = sought_name(user)
    attempt = Attempt(central, sought or user[:1000], address)
    attempt.begin()
    known = _find(central, sought)
    if not is_password(known.password if known else None, password) or known is None:
        attempt.fail()
        raise _bad_password()
    fresh = renewed(known.password, password)

    def work(connection: Connection) -> Tokens:
        now = central.now_ms()
        account = connection.execute(select(ACCOUNT).where(ACCOUNT.c.id == known.id).with_for_update()).one()
        if account.password != known.password:
            raise _bad_password()
        if account.disabled_at is not None:
            raise Denied("This account may no longer use the server.", code="device_revoked")
        attempt.forgive(connection)
        _forget_expired(connection, now)
        if fresh is not None:
            connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account.id).values(password=fresh))
        if DEVICE_RE.match(replaces):
            end_device(connection, now, DEVICE.c.id == replaces, DEVICE.c.account_id == account.id)
        device = _new_device(central, connection, account.id, one_line(device_name, DEVICE_NAME), now)
        return _issue(connection, account, device, device + secrets.token_hex(16), now)

    return central.retrying(work)


def refresh(central: Central, refresh_token: str) -> Tokens:
    """The next two tokens. Raises Denied token_expired, token_reused (the session has ended) or device_revoked."""
    family = refresh_token.partition(".")[0]
    if len(refresh_token) > 200 or not _FAMILY_RE.match(family):
        raise _expired()

    def work(connection: Connection) -> Tokens | None:
        now = central.now_ms()
        account = connection.execute(
            select(ACCOUNT.c.id, ACCOUNT.c.name, ACCOUNT.c.role, ACCOUNT.c.disabled_at, DEVICE.c.revoked_at)
            .join(DEVICE, DEVICE.c.account_id == ACCOUNT.c.id)
            .where(DEVICE.c.id == family[:8])
            .with_for_update(of=DEVICE)
        ).one_or_none()
        if account is None:
            raise _expired()
        state = _look(connection, refresh_token, family, now)
        if account.revoked_at is not None or account.disabled_at is not None:
            raise Denied("This device may no longer use the server.", code="device_revoked")
        if state.reused:
            connection.execute(delete(TOKEN).where(TOKEN.c.device == family[:8], TOKEN.c.family == state.family))
            return None
        _tidy(connection, family[:8], now)
        if not state.used:
            connection.execute(update(TOKEN).where(TOKEN.c.hash == token_hash(refresh_token)).values(used_at=now))
        return _issue(connection, account, family[:8], state.family, now)

    tokens = central.retrying(work)
    if tokens is None:
        raise Denied("This session was continued elsewhere and has ended. Log in again.", code="token_reused")
    return tokens


def log_out(central: Central, identity: Identity) -> None:
    """This device's tokens end; nobody sees it present any more."""

    def work(connection: Connection) -> None:
        connection.execute(select(DEVICE.c.id).where(DEVICE.c.id == identity.device).with_for_update())
        connection.execute(delete(TOKEN).where(TOKEN.c.device == identity.device))
        connection.execute(delete(PRESENCE).where(PRESENCE.c.device == identity.device))

    central.retrying(work)


class _State(NamedTuple):
    """What a refresh token turns out to be."""

    family: str
    used: bool
    reused: bool


def _look(connection: Connection, token: str, family: str, now: int) -> _State:
    """Raises Denied token_expired when the token is nobody's or its time is over."""
    row = connection.execute(
        select(TOKEN).where(TOKEN.c.hash == token_hash(token), TOKEN.c.kind == "refresh")
    ).one_or_none()
    if row is not None:
        if row.expires_at <= now:
            raise _expired()
        used = row.used_at is not None
        return _State(row.family, used, used and now - row.used_at > GRACE_MS)
    alive = select(TOKEN.c.hash).where(
        TOKEN.c.device == family[:8], TOKEN.c.family == family, TOKEN.c.kind == "refresh", TOKEN.c.expires_at > now
    )
    if connection.execute(alive.limit(1)).scalar() is None:
        raise _expired()
    return _State(family, True, True)


def _find(central: Central, sought: str | None) -> _Known | None:
    if sought is None:
        return None
    with central.read() as connection:
        row = connection.execute(
            select(ACCOUNT.c.id, ACCOUNT.c.password).where(ACCOUNT.c.folded == sought)
        ).one_or_none()
    return None if row is None else _Known(row.id, row.password)


def _new_device(central: Central, connection: Connection, account_id: str, name: str, now: int) -> str:
    """A device with an id that nobody has or had."""
    for _try in range(100):
        id_ = f"{central.bits() & 0xFFFFFFFF:08x}"
        if connection.execute(select(DEVICE.c.id).where(DEVICE.c.id == id_)).scalar() is None:
            row = {"id": id_, "account_id": account_id, "name": name, "created_at": now, "revoked_at": None}
            connection.execute(insert(DEVICE).values(row))
            return id_
    raise StoreError("No device can be added: no id is free.")


def _issue(connection: Connection, account: Row[*tuple[Any, ...]], device: str, family: str, now: int) -> Tokens:
    """Two new tokens of a family; only their digests are kept."""
    access, fresh = secrets.token_urlsafe(32), f"{family}.{secrets.token_urlsafe(32)}"
    rows = [
        {"hash": token_hash(token), "kind": kind, "device": device, "family": family, "expires_at": now + life, "used_at": None}
        for token, kind, life in ((access, "access", ACCESS_MS), (fresh, "refresh", REFRESH_MS))
    ]  # fmt: skip
    connection.execute(insert(TOKEN), rows)
    who = person(connection, account.id, account.name, account.role, device)
    return Tokens(
        access_token=access, refresh_token=fresh, expires_in=ACCESS_MS // 1000, device=device, name=who.name,
        role=who.role, teams=list(who.teams),
    )  # fmt: skip


def _tidy(connection: Connection, device: str, now: int) -> None:
    """What this device's tokens no longer need: those expired, and those used too long ago to be a lost reply."""
    over = or_(TOKEN.c.expires_at <= now, and_(TOKEN.c.kind == "refresh", TOKEN.c.used_at < now - GRACE_MS))
    connection.execute(delete(TOKEN).where(TOKEN.c.device == device, over))


def _forget_expired(connection: Connection, now: int) -> None:
    """Expired tokens of all devices, but for those that somebody else is at."""
    over = select(TOKEN.c.hash).where(TOKEN.c.expires_at <= now).with_for_update(skip_locked=True)
    connection.execute(delete(TOKEN).where(TOKEN.c.hash.in_(over)))


def _bad_password() -> Denied:
    return Denied("The name or the password is wrong.", code="bad_password")


def _expired() -> Denied:
    return Denied("This session has ended. Log in again.", code="token_expired")
