"""What changes in a history that comes back from a backup."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, delete, select, update

from advisor_tui.store.central.accounts import raise_grants
from advisor_tui.store.central.tables import PRESENCE, SERVER, TOKEN


def renew(connection: Connection) -> str:
    """Give the history a new name, which is returned, and end what belongs to the old one.

    Families of refresh tokens get new names: a token that was given out after the backup is then unknown,
    not taken for a stolen one.
    """
    epoch = secrets.token_hex(6)
    connection.execute(update(SERVER).where(SERVER.c.key == "epoch").values(value=epoch))
    raise_grants(connection)
    connection.execute(delete(TOKEN).where(TOKEN.c.kind == "access"))
    connection.execute(update(TOKEN).values(family=TOKEN.c.family + "r"))
    connection.execute(delete(PRESENCE))
    return epoch


def schema_of(connection: Connection) -> int:
    """The schema number that the database says it has."""
    return int(connection.execute(select(SERVER.c.value).where(SERVER.c.key == "schema")).scalar() or 0)
