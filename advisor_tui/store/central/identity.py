"""Who asks: from an access token to a person, their teams and what they may read."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import NamedTuple

from sqlalchemy import Connection, select

from advisor_tui.store.central.errors import Denied
from advisor_tui.store.central.tables import ACCOUNT, DEVICE, MEMBERSHIP, SERVER, TEAM, TOKEN

COMMON = "c"
"""The stream that everyone with customers reads: the offers, and customers of no known team."""


class Identity(NamedTuple):
    """The person and device behind a request, as the server knows them."""

    account_id: str
    name: str
    role: str
    teams: tuple[str, ...]
    streams: tuple[str, ...]
    device: str
    grants: int


def known_name(text: str) -> str:
    """The form in which names of people and teams are compared."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).strip()


def token_hash(token: str) -> str:
    """How a token is kept: a random token of 256 bits needs no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def identify(connection: Connection, access_token: str, now_ms: int) -> Identity:
    """The identity of a live access token. Raises Denied token_expired or device_revoked."""
    row = connection.execute(
        select(
            TOKEN.c.expires_at, DEVICE.c.id, DEVICE.c.revoked_at, ACCOUNT.c.id, ACCOUNT.c.name, ACCOUNT.c.role,
            ACCOUNT.c.disabled_at,
        )
        .join(DEVICE, DEVICE.c.id == TOKEN.c.device)
        .join(ACCOUNT, ACCOUNT.c.id == DEVICE.c.account_id)
        .where(TOKEN.c.hash == token_hash(access_token), TOKEN.c.kind == "access")
    ).one_or_none()  # fmt: skip
    if row is None:
        raise Denied("This session has ended. Log in again.", code="token_expired")
    expires_at, device, revoked_at, account_id, name, role, disabled_at = row
    if revoked_at is not None or disabled_at is not None:
        raise Denied("This device may no longer use the server.", code="device_revoked")
    if expires_at <= now_ms:
        raise Denied("This session has ended. Log in again.", code="token_expired")
    return person(connection, account_id, name, role, device)


def person(connection: Connection, account_id: str, name: str, role: str, device: str) -> Identity:
    """The identity of an account on a device, with what it may read."""
    teams = connection.execute(
        select(TEAM.c.name, TEAM.c.stream)
        .join(MEMBERSHIP, MEMBERSHIP.c.stream == TEAM.c.stream)
        .where(MEMBERSHIP.c.account_id == account_id)
        .order_by(TEAM.c.stream)
    ).all()
    streams = tuple(team.stream for team in teams)
    if role == "admin":
        streams = tuple(connection.execute(select(TEAM.c.stream).order_by(TEAM.c.stream)).scalars())
    readable = (COMMON, *streams) if role in ("advisor", "lead", "admin") else ()
    grants = connection.execute(select(SERVER.c.value).where(SERVER.c.key == "grants")).scalar() or "0"
    return Identity(account_id, name, role, tuple(team.name for team in teams), readable, device, int(grants))
