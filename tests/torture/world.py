"""A small world to break: a server, some desks, and a network that loses, doubles, delays and cuts.

The desks run the real exchange (`sync.steps`) on real journals; the server is the real store. Only the wire
between them is short: what would travel is encoded and decoded, but no socket is opened.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Engine, event, insert, select, update

from advisor_tui.actions.execute import Result, execute
from advisor_tui.domain.errors import AdvisorError
from advisor_tui.domain.identity import uuid7
from advisor_tui.domain.permissions import Person
from advisor_tui.domain.wire import Bucket, Meta, PulledLine, Push, Pushed, WireEvent
from advisor_tui.store.central import erase as erasing
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.errors import Denied
from advisor_tui.store.central.identity import Identity, known_name, person
from advisor_tui.store.central.moves import claim_team
from advisor_tui.store.central.pull import describe, read_buckets, read_customer, read_page
from advisor_tui.store.central.push import push
from advisor_tui.store.central.schema import migrate
from advisor_tui.store.central.tables import ACCOUNT, DEVICE, HEAD, MEMBERSHIP, SERVER, TEAM
from advisor_tui.store.journal import Journal
from advisor_tui.store.rebuild import digest
from advisor_tui.store.replica import join
from advisor_tui.store.rulebook import load_rules
from advisor_tui.store.unit import TABLES
from advisor_tui.sync import errors
from advisor_tui.sync.errors import (
    AnswerCut,
    DeviceRevoked,
    EpochChanged,
    RefusedByServer,
    SyncError,
    TokenExpired,
    Unreachable,
)
from advisor_tui.sync.remote import Erasure
from advisor_tui.sync.steps import Exchange, Tally
from tests.store.house import SteppingClock

T = TypeVar("T")
RULES = load_rules("fr")
_decode = msgspec.json.decode


def hurry(engine: Engine) -> None:
    """What fsync promises is tested on real processes; here thousands of transactions are looked at."""

    @event.listens_for(engine, "connect")
    def relax(connection: Any, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous = OFF")


class Server:
    """The server's store, its accounts, and what an administrator does there."""

    def __init__(self, folder: Path, clock: SteppingClock, seed: int, url: str = "") -> None:
        self.path = folder / "server.db"
        self.url = url or f"sqlite:///{self.path}"
        self.clock = clock
        chance = random.Random(seed)
        self.bits = lambda: chance.getrandbits(74)
        migrate(self.url)
        self.workers: list[Central] = []
        self.start()

    def start(self, workers: int = 2) -> None:
        """Begin as many processes' worth of workers; each has memories of its own."""
        for worker in self.workers:
            worker.close()
        self.workers = []
        for _worker in range(workers):
            central = Central(self.url, self.clock, bits=self.bits, pool=3)
            hurry(central.engine)
            self.workers.append(central)

    def account(self, name: str, team: str, role: str = "advisor") -> None:
        """Someone who may log in."""
        with self.workers[0].write() as connection:
            stream = self._team(connection, team)
            id_ = uuid7(0, self.bits())
            values = {"id": id_, "name": name, "folded": known_name(name), "role": role, "password": ""}
            connection.execute(insert(ACCOUNT).values(**values))
            connection.execute(insert(MEMBERSHIP).values(account_id=id_, stream=stream))

    def _team(self, connection: Any, team: str) -> str:
        known: str | None = connection.execute(select(TEAM.c.stream).where(TEAM.c.folded == known_name(team))).scalar()
        if known is not None:
            return known
        stream = f"t{len(connection.execute(select(TEAM.c.stream)).all()) + 1}"
        connection.execute(insert(TEAM).values(stream=stream, name=team, folded=known_name(team)))
        connection.execute(insert(HEAD).values(stream=stream, seq=0, hash=b""))
        return stream

    def device(self, name: str, device: str) -> None:
        """A device of this person."""
        with self.workers[0].write() as connection:
            account = connection.execute(select(ACCOUNT.c.id).where(ACCOUNT.c.name == name)).scalar_one()
            values = {"id": device, "account_id": account, "name": device, "created_at": 0}
            connection.execute(insert(DEVICE).values(**values))

    def set_member(self, name: str, team: str, member: bool) -> None:
        """Give or withdraw the right to a team's customers."""
        with self.workers[0].write() as connection:
            account = connection.execute(select(ACCOUNT.c.id).where(ACCOUNT.c.name == name)).scalar_one()
            stream = self._team(connection, team)
            here = (MEMBERSHIP.c.account_id == account, MEMBERSHIP.c.stream == stream)
            connection.execute(MEMBERSHIP.delete().where(*here))
            if member:
                connection.execute(insert(MEMBERSHIP).values(account_id=account, stream=stream))
            self._raise_grants(connection)
        claim_team(self.workers[0], stream, team)

    def set_revoked(self, device: str, revoked: bool) -> None:
        """Shut a device out, or let it in again."""
        with self.workers[0].write() as connection:
            moment = 1 if revoked else None
            connection.execute(update(DEVICE).where(DEVICE.c.id == device).values(revoked_at=moment))
            self._raise_grants(connection)

    def _raise_grants(self, connection: Any) -> None:
        now = connection.execute(select(SERVER.c.value).where(SERVER.c.key == "grants")).scalar()
        connection.execute(update(SERVER).where(SERVER.c.key == "grants").values(value=str(int(now) + 1)))

    def identity(self, worker: Central, device: str) -> Identity:
        """Who asks, as a token would tell; DeviceRevoked where it may not."""
        with worker.read() as connection:
            row = connection.execute(
                select(ACCOUNT.c.id, ACCOUNT.c.name, ACCOUNT.c.role, DEVICE.c.revoked_at)
                .join(DEVICE, DEVICE.c.account_id == ACCOUNT.c.id)
                .where(DEVICE.c.id == device)
            ).one()
            if row.revoked_at is not None:
                raise DeviceRevoked(errors.REVOKED, server="server")
            return person(connection, row.id, row.name, row.role, device)

    def keep_copy(self, target: Path) -> None:
        """A backup, while everything runs."""
        source, copy = sqlite3.connect(self.path), sqlite3.connect(target)
        with copy:
            source.backup(copy)
        source.close()
        copy.close()

    def restore(self, copy: Path) -> None:
        """Yesterday's disk: whoever put it there may say so (a new epoch) or not."""
        for worker in self.workers:
            worker.close()
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(copy, self.path)
        self.start(len(self.workers))

    def digest(self, customers: list[str] | None = None) -> str:
        with self.workers[0].read() as connection:
            return digest(connection, customers)

    def homes(self) -> dict[str, str]:
        """Where each customer lives."""
        from advisor_tui.store.central.tables import HOME

        with self.workers[0].read() as connection:
            return {row.customer_id: row.stream for row in connection.execute(select(HOME))}

    def close(self) -> None:
        for worker in self.workers:
            worker.close()


class Desk:
    """One advisor's replica."""

    def __init__(self, server: Server, path: Path, template: Path, name: str, device: str, seed: int) -> None:
        self.server = server
        self.name = name
        self.device = device
        self.path = path
        self.chance = random.Random(seed)
        self.clock = SteppingClock(start=server.clock.instant)
        self.wire = Wire(server, device, self.chance)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(template, path)
        server.device(name, device)
        self.open()
        join.join(self.journal, device=device, name=name, previous_name="")

    def open(self) -> None:
        """Begin, or begin again after a death."""
        self.journal = Journal(self.path, self.clock, bits=lambda: self.chance.getrandbits(74))
        with self.journal.engine.connect() as connection:
            connection.commit()
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            raw.execute("PRAGMA synchronous = OFF")

    def die(self) -> None:
        """Everything in memory is gone; what was committed is on disk."""
        self.journal.close()
        self.open()

    def do(self, action: str, /, **given: Any) -> Result:
        return execute(self.journal, action, given, Person(self.name, "Mobile"), RULES)

    def sync(self, check: bool = False) -> Tally:
        """One exchange, as the desk does it. SyncError where the network or the server stands in the way."""
        return Exchange(self.journal, self.wire, page=self.chance.choice((3, 40, 1000))).run(check)  # type: ignore[arg-type]

    def unsent(self) -> int:
        with self.journal.reading() as connection:
            return connection.exec_driver_sql("SELECT count(*) FROM event WHERE seq IS NULL").scalar() or 0

    def customers(self) -> list[str]:
        return self.journal.customers()

    def texts(self) -> set[str]:
        """The ids of the events that are here, in the journal or set aside."""
        with self.journal.reading() as connection:
            here = {row.id for row in connection.execute(select(TABLES["event"].c.id))}
            return here | set(connection.exec_driver_sql("SELECT id FROM set_aside").scalars())

    def digest(self, customers: list[str] | None = None) -> str:
        with self.journal.reading() as connection:
            return digest(connection, customers)

    def shift_clock(self, **shift: float) -> None:
        self.clock.instant += timedelta(**shift)

    def close(self) -> None:
        self.journal.close()
