"""People and what they send, for tests of the server's store: no password, no network."""

from __future__ import annotations

import itertools
from typing import Any

from msgspec import Raw
from sqlalchemy import insert, select, update

from advisor_tui.domain import bodies as b
from advisor_tui.domain.events import BODIES, encode_body
from advisor_tui.domain.identity import Hlc, uuid7
from advisor_tui.domain.wire import PulledLine, Told, WireEvent
from advisor_tui.store.central.accounts import add_team
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.identity import Identity, known_name, person
from advisor_tui.store.central.pull import read_page
from advisor_tui.store.central.push import push
from advisor_tui.store.central.tables import ACCOUNT, DEVICE, MEMBERSHIP
from tests.sync.lines import decoded

TYPES = {model: name for name, model in BODIES.items()}


class Office:
    """A server with people; ids come from one counter, so that a failing test fails again."""

    def __init__(self, central: Central, count: itertools.count[int] | None = None) -> None:
        self.central = central
        self.count = count or itertools.count(1)

    def new_id(self) -> str:
        return uuid7(self.central.now_ms(), next(self.count) << 40)

    def hire(self, name: str, *teams: str, role: str = "advisor") -> str:
        """Someone with one device; the device."""
        device = f"{next(self.count):08x}"
        streams = [add_team(self.central, team).stream for team in teams]
        with self.central.write() as connection:
            id_ = self.new_id()
            values = {"id": id_, "name": name, "folded": known_name(name), "role": role, "password": ""}
            connection.execute(insert(ACCOUNT).values(**values))
            for stream in streams:
                connection.execute(insert(MEMBERSHIP).values(account_id=id_, stream=stream))
            connection.execute(insert(DEVICE).values(id=device, account_id=id_, name=device, created_at=0))
        return device

    def identity(self, device: str) -> Identity:
        """Who a live token of this device stands for."""
        with self.central.read() as connection:
            row = connection.execute(
                select(ACCOUNT.c.id, ACCOUNT.c.name, ACCOUNT.c.role)
                .join(DEVICE, DEVICE.c.account_id == ACCOUNT.c.id)
                .where(DEVICE.c.id == device)
            ).one()
            return person(connection, row.id, row.name, row.role, device)

    def set_device(self, device: str, **values: Any) -> None:
        with self.central.write() as connection:
            connection.execute(update(DEVICE).where(DEVICE.c.id == device).values(**values))

    def wire(self, device: str, body: b.Body, customer: str, **more: Any) -> WireEvent:
        """An event as this device would send it."""
        now = self.central.now_ms()
        defaults = {
            "id": self.new_id(), "customer_id": customer, "type": TYPES[type(body)], "at": now,
            "hlc": str(Hlc(now, next(self.count), device)), "actor": self.identity(device).name,
            "txn": self.new_id(), "body": Raw(encode_body(body)),
        }  # fmt: skip
        return WireEvent(**(defaults | more))  # type: ignore[arg-type]

    def send(self, device: str, *events: WireEvent) -> list[Told]:
        return push(self.central, self.identity(device), list(events))

    def customer(self, device: str, team: str = "Mobile", name: str = "Zoé Lefèvre") -> str:
        """A customer that this device recorded; their id."""
        id_ = self.new_id()
        body = b.CustomerRecorded(name=name, team=team)
        told = self.send(device, self.wire(device, body, id_, actor="import"))
        assert told[0].status == "accepted", told
        return id_

    def note(self, device: str, customer: str, text: str, **more: Any) -> WireEvent:
        return self.wire(device, b.NoteAdded(at="2026-11-21T09:00:00+01:00", text=text), customer, **more)

    def page(self, device: str, stream: str, cursor: str = "", limit: int = 1000, **more: Any) -> list[PulledLine]:
        """One page as this device reads it."""
        own = more.pop("own", False)
        return decoded(read_page(self.central, self.identity(device), stream, cursor, limit, own, **more))
