"""Who has a case open right now, told by their desks and forgotten within a minute."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, delete, select

from advisor_tui.store.central.central import Central
from advisor_tui.store.central.identity import Identity
from advisor_tui.store.central.tables import HOME, PRESENCE

LASTS_MS = 60_000


class Present(NamedTuple):
    """One person on one case."""

    device: str
    name: str
    customer_id: str
    case_id: str
    stream: str
    writing: bool


def show_presence(central: Central, identity: Identity, customer_id: str, case_id: str, writing: bool) -> None:
    """This device has a case open (or, with nothing named, none any more)."""

    def work(connection: Connection) -> None:
        now = central.now_ms()
        connection.execute(delete(PRESENCE).where(PRESENCE.c.device == identity.device))
        connection.execute(delete(PRESENCE).where(PRESENCE.c.until <= now))
        if not customer_id:
            return
        home = connection.execute(select(HOME.c.stream).where(HOME.c.customer_id == customer_id)).scalar()
        if home is None:
            return
        connection.execute(
            PRESENCE.insert().values(
                device=identity.device, name=identity.name, customer_id=customer_id, case_id=case_id, stream=home,
                writing=int(writing), until=now + LASTS_MS,
            )
        )  # fmt: skip

    central.retrying(work)


def read_presence(connection: Connection, now_ms: int) -> list[Present]:
    """Everyone who is on a case."""
    rows = connection.execute(
        select(
            PRESENCE.c.device, PRESENCE.c.name, PRESENCE.c.customer_id, PRESENCE.c.case_id, PRESENCE.c.stream,
            PRESENCE.c.writing,
        )
        .where(PRESENCE.c.until > now_ms)
        .order_by(PRESENCE.c.device)
    )  # fmt: skip
    return [Present(*row[:5], bool(row.writing)) for row in rows]
