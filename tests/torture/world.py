"""A small world to break: a server and some desks, each on its own disk, with its own clock.

The desks run the real exchange (`sync.steps`) on real journals; the server is the real store. Only the wire
between them is short: what would travel is encoded and decoded, but no socket is opened.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, insert, select, update
from sqlalchemy.util import LRUCache

from advisor_tui.actions.execute import Result, execute
from advisor_tui.domain.identity import uuid7
from advisor_tui.domain.permissions import Person
from advisor_tui.store.central import backup as backups
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.identity import Identity, known_name, person
from advisor_tui.store.central.moves import claim_team
from advisor_tui.store.central.schema import migrate
from advisor_tui.store.central.tables import ACCOUNT, DEVICE, ERASURE, HEAD, HOME, MEMBERSHIP, QUARANTINE, SERVER, TEAM
from advisor_tui.store.journal import Journal
from advisor_tui.store.rebuild import digest
from advisor_tui.store.replica import join
from advisor_tui.store.rulebook import load_rules
from advisor_tui.sync import errors
from advisor_tui.sync.errors import DeviceRevoked
from advisor_tui.sync.steps import Exchange, Tally
from tests.store.house import SteppingClock
from tests.torture.wire import Wire

RULES = load_rules("fr")
_STATEMENTS: Any = LRUCache(2000)
"""Statements once compiled serve every world of a process."""
PAGES = (3, 40, 40, 1000, 1000)
"""How many lines a desk asks for at once, in turn: an end of page may fall anywhere."""


def hurry(engine: Engine) -> None:
    """What fsync promises is tested on real processes; here thousands of transactions are looked at."""

    @event.listens_for(engine, "connect")
    def relax(connection: Any, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous = OFF")


def copy_database(source: Path, target: Path) -> None:
    """A whole copy of a SQLite database, while it is used."""
    with closing(sqlite3.connect(source)) as from_, closing(sqlite3.connect(target)) as to:
        to.execute("PRAGMA synchronous = OFF")
        from_.backup(to)


@lru_cache(maxsize=4)
def _migrated(folder: Path) -> Path:
    path = folder / "server-template.db"
    if not path.exists():
        migrate(f"sqlite:///{path}")
    return path


class Server:
    """The server's store, its accounts, and what an administrator does there."""

    def __init__(self, folder: Path, clock: SteppingClock, chance: random.Random, url: str = "") -> None:
        self.path = folder / "server.db"
        self.url = url or f"sqlite:///{self.path}"
        self.clock = clock
        self.chance = chance
        if not url:
            copy_database(_migrated(folder.parent), self.path)
        self.workers: list[Central] = []
        self._known: dict[str, Identity] = {}  # until a right changes, or the disk does
        self.start()

    def start(self, workers: int = 2) -> None:
        """Begin as many processes' worth of workers; each has memories of its own."""
        for worker in self.workers:
            worker.close()
        self.workers, self._known = [], {}
        for _worker in range(workers):
            central = Central(self.url, self.clock, bits=lambda: self.chance.getrandbits(74), pool=3)
            hurry(central.engine)
            central.engine._compiled_cache = _STATEMENTS
            self.workers.append(central)

    def account(self, name: str, team: str, role: str = "advisor") -> None:
        """Someone who may log in."""
        with self.workers[0].write() as connection:
            stream = self._team(connection, team)
            id_ = uuid7(0, self.chance.getrandbits(74))
            values = {"id": id_, "name": name, "folded": known_name(name), "role": role, "password": ""}
            connection.execute(insert(ACCOUNT).values(**values))
            connection.execute(insert(MEMBERSHIP).values(account_id=id_, stream=stream))

    def _team(self, connection: Connection, team: str) -> str:
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
        """Give or withdraw the right to a team's customers; a team that the server did not know begins."""
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

    def _raise_grants(self, connection: Connection) -> None:
        self._known.clear()
        now = connection.execute(select(SERVER.c.value).where(SERVER.c.key == "grants")).scalar_one()
        connection.execute(update(SERVER).where(SERVER.c.key == "grants").values(value=str(int(now) + 1)))

    def identity(self, worker: Central, device: str) -> Identity:
        """Who asks, as a token would tell; DeviceRevoked where it may not."""
        if device not in self._known:
            with worker.read() as connection:
                row = connection.execute(
                    select(ACCOUNT.c.id, ACCOUNT.c.name, ACCOUNT.c.role, DEVICE.c.revoked_at)
                    .join(DEVICE, DEVICE.c.account_id == ACCOUNT.c.id)
                    .where(DEVICE.c.id == device)
                ).one()
                if row.revoked_at is not None:
                    raise DeviceRevoked(errors.REVOKED, server="server")
                self._known[device] = person(connection, row.id, row.name, row.role, device)
        return self._known[device]

    def administrator(self, worker: Central) -> Identity:
        """Whoever sits at the server: every right."""
        with worker.read() as connection:
            streams = tuple(row.stream for row in connection.execute(select(HEAD.c.stream)))
        return Identity("", "administrator", "admin", (), streams, "server", 0)

    def keep_copy(self, target: Path) -> None:
        """A backup, while everything runs."""
        backups.backup(self.url, target, replace=True)

    def restore(self, copy: Path, told: bool) -> None:
        """Yesterday's disk is back: through `advisor admin restore`, or put there by somebody who says nothing."""
        for worker in self.workers:
            worker.close()
        if told:
            backups.restore(self.url, copy, replace=True)
        else:
            for suffix in ("-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
            shutil.copyfile(copy, self.path)
        self.start(len(self.workers))

    def rows(self, query: Any) -> list[Any]:
        """What a query of the server's store finds."""
        with self.workers[0].read() as connection:
            return list(connection.execute(query))

    def digest(self, customers: list[str] | None = None) -> str:
        with self.workers[0].read() as connection:
            return digest(connection, customers)

    def homes(self) -> dict[str, str]:
        """Where each customer lives."""
        return {row.customer_id: row.stream for row in self.rows(select(HOME))}

    def quarantined(self) -> list[str]:
        """The ids of the events that wait for a decision."""
        return [row.id for row in self.rows(select(QUARANTINE.c.id).order_by(QUARANTINE.c.id))]

    def erased(self) -> set[str]:
        """The customers that the server erased."""
        return {row.customer_id for row in self.rows(select(ERASURE.c.customer_id))}

    def close(self) -> None:
        for worker in self.workers:
            worker.close()


class Desk:
    """One advisor's replica."""

    def __init__(self, server: Server, path: Path, name: str, device: str, chance: random.Random) -> None:
        """A desk on the replica at `path`; `enrol` is for one that is new."""
        self.server = server
        self.name = name
        self.device = device
        self.path = path
        self.chance = chance
        self.clock = SteppingClock(start=server.clock.instant)
        self.wire = Wire(server, device, chance)
        self.open()

    def enrol(self) -> None:
        """The first log-in: the server gives this device its name."""
        self.server.device(self.name, self.device)
        join.join(self.journal, device=self.device, name=self.name, previous_name="")

    def open(self) -> None:
        """Begin, or begin again after a death."""
        self.journal = Journal(self.path, self.clock, bits=lambda: self.chance.getrandbits(74))
        with self.journal.engine.connect() as connection:
            connection.commit()
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            raw.execute("PRAGMA synchronous = OFF")
        self.journal.engine._compiled_cache = _STATEMENTS
        self._reader = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)

    def die(self) -> None:
        """Everything in memory is gone; what was committed is on disk."""
        self.close()
        self.open()

    def put_back(self, copy: Path) -> None:
        """An older copy of this replica takes its place, as when a laptop is restored."""
        self.close()
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(copy, self.path)
        self.open()

    def do(self, action: str, /, **given: Any) -> Result:
        return execute(self.journal, action, given, Person(self.name, "Mobile"), RULES)

    def exchange(self) -> Exchange:
        return Exchange(self.journal, self.wire, page=self.chance.choice(PAGES))  # type: ignore[arg-type]

    def sync(self, check: bool = False) -> Tally:
        """One exchange, as the desk does it. SyncError where the network or the server stands in the way."""
        return self.exchange().run(check)

    @contextmanager
    def second_window(self) -> Iterator[Exchange]:
        """Another process at the same workspace: `advisor sync` beside the desk."""
        journal = Journal(self.path, self.clock, bits=lambda: self.chance.getrandbits(74))
        journal.engine._compiled_cache = _STATEMENTS
        try:
            yield Exchange(journal, self.wire, page=self.chance.choice(PAGES))  # type: ignore[arg-type]
        finally:
            journal.close()

    def ask(self, sql: str, *values: Any) -> list[Any]:
        """What a query of the replica finds, without standing in the writer's way."""
        return self._reader.execute(sql, values).fetchall()

    def unsent(self) -> int:
        return int(self.ask("SELECT count(*) FROM event WHERE seq IS NULL")[0][0])

    def held(self) -> set[str]:
        """The ids of the events that are here, in the journal or set aside."""
        return {id_ for (id_,) in self.ask("SELECT id FROM event UNION ALL SELECT id FROM set_aside")}

    def digest(self, customers: list[str] | None = None) -> str:
        with self.journal.reading() as connection:
            return digest(connection, customers)

    def shift_clock(self, **shift: float) -> None:
        self.clock.instant += timedelta(**shift)

    def close(self) -> None:
        self._reader.close()
        self.journal.close()
