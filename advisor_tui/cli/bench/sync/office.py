"""A server for a benchmark: its database, its people with their keys, and `advisor serve` in a process of its own."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select

from advisor_tui.cli.bench.sync.processes import Child, told_to_stop
from advisor_tui.domain.identity import uuid7
from advisor_tui.domain.wire import WireEvent
from advisor_tui.store.central.accounts import add_team
from advisor_tui.store.central.central import Central, address, engine_of
from advisor_tui.store.central.identity import Identity, identify, known_name, token_hash
from advisor_tui.store.central.push import push
from advisor_tui.store.central.schema import migrate
from advisor_tui.store.central.tables import ACCOUNT, DEVICE, HOME, MEMBERSHIP, TOKEN
from advisor_tui.store.journal import Journal
from advisor_tui.store.replica.join import join
from advisor_tui.store.workspace import Settings, SystemClock, Workspace
from advisor_tui.sync.http import Http
from advisor_tui.sync.session import Session
from advisor_tui.sync.tokens import EnvironmentBox

TEAM = "Mobile"
HOUR_MS = 3600 * 1000
LARGE = 2000
"""Events of one push when a database is only being filled."""


class Key(NamedTuple):
    """One person on one device, logged in."""

    name: str
    device: str
    access: str
    refresh: str
    stream: str


class Office:
    """A server's database and its people."""

    def __init__(self, folder: Path, db: str) -> None:
        self.folder = folder
        self.db = db
        migrate(db)

    @contextmanager
    def central(self) -> Iterator[Central]:
        """The store itself, in this process."""
        with closing(Central(self.db, SystemClock(ZoneInfo("UTC")))) as central:
            yield central

    def enrol(self, count: int, teams: tuple[str, ...] = (TEAM,)) -> list[Key]:
        """So many advisors, each with a device and tokens, spread over the teams; no password is hashed for them."""
        with self.central() as central:
            streams = [add_team(central, team).stream for team in teams]
            now = central.now_ms()
            keys = [_key(number, streams[number % len(streams)]) for number in range(count)]
            ids = [uuid7(now, secrets.randbits(74)) for _ in keys]
            accounts = [
                {"id": id_, "name": key.name, "folded": known_name(key.name), "role": "advisor", "password": ""}
                for id_, key in zip(ids, keys, strict=True)
            ]
            members = [{"account_id": id_, "stream": key.stream} for id_, key in zip(ids, keys, strict=True)]
            devices = [
                {"id": key.device, "account_id": id_, "name": "bench", "created_at": now}
                for id_, key in zip(ids, keys, strict=True)
            ]
            tokens = [
                {"hash": token_hash(token), "kind": kind, "device": key.device, "family": key.refresh.partition(".")[0],
                 "expires_at": now + HOUR_MS}
                for key in keys for kind, token in (("access", key.access), ("refresh", key.refresh))
            ]  # fmt: skip
            with central.write() as connection:
                for table, rows in ((ACCOUNT, accounts), (MEMBERSHIP, members), (DEVICE, devices), (TOKEN, tokens)):
                    connection.execute(insert(table), rows)
        return keys

    def fill(self, key: Key, batches: Iterator[list[WireEvent]]) -> int:
        """Push into the store without the network; how many events."""
        count = 0
        with self.central() as central:
            who = identity(central, key)
            for batch in batches:
                push(central, who, batch)
                count += len(batch)
        return count

    def customers(self, stream: str) -> list[str]:
        """The customers of a stream."""
        with self.central() as central, central.read() as connection:
            query = select(HOME.c.customer_id).where(HOME.c.stream == stream).order_by(HOME.c.customer_id)
            return list(connection.execute(query).scalars())

    def serve(self, workers: int = 1) -> Child:
        """The server, once it listens."""
        arguments = ["advisor_tui", "serve", "--db", self.db, "--port", "0", "--workers", str(workers)]
        return Child(self.folder, "serve", arguments)


def _key(number: int, stream: str) -> Key:
    device = f"{0xBE000000 + number:08x}"
    refresh = f"{device}{secrets.token_hex(16)}.{secrets.token_urlsafe(32)}"
    return Key(f"Conseillère {number + 1}", device, secrets.token_urlsafe(32), refresh, stream)


def identity(central: Central, key: Key) -> Identity:
    """Who bears the key, as the server sees them."""
    with central.read() as connection:
        return identify(connection, key.access, central.now_ms())


@contextmanager
def office() -> Iterator[Office]:
    """A server's database on SQLite in a folder of its own, gone afterwards."""
    with told_to_stop(), TemporaryDirectory(prefix="advisor-bench-") as folder:
        yield Office(Path(folder), f"sqlite:///{Path(folder) / 'server.db'}")


@contextmanager
def office_on(url: str) -> Iterator[Office]:
    """A database of its own on the PostgreSQL server at `url`, dropped afterwards."""
    name = f"advisor_bench_{secrets.token_hex(4)}"
    where = address(url)
    with told_to_stop(), TemporaryDirectory(prefix="advisor-bench-") as folder:
        try:
            yield Office(Path(folder), where.set(database=name).render_as_string(hide_password=False))
        finally:
            engine = engine_of(where.set(database="postgres").render_as_string(hide_password=False), 1)
            with engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            engine.dispose()


class Replica:
    """An advisor's workspace that has joined a server."""

    def __init__(self, home: Path, url: str, key: Key) -> None:
        self.workspace = Workspace(home)
        self.workspace.save(Settings(name=key.name, team=TEAM, language="fr", server=url, user=key.name))
        self.journal = Journal(self.workspace.database, self.workspace.clock())
        join(self.journal, device=key.device, name=key.name, previous_name="")
        self.box = EnvironmentBox(url, key.name, key.refresh)
        self.session = Session(Http(url), self.box, key.name)

    def close(self) -> None:
        """Hang up and close the workspace."""
        self.session.close()
        self.journal.close()


@contextmanager
def replica(home: Path, url: str, key: Key) -> Iterator[Replica]:
    """A new workspace at `home`, empty, logged in; closed afterwards."""
    with closing(Replica(home, url, key)) as made:
        yield made


class Watch:
    """Wall time, and the processor time that a server and we used meanwhile, in seconds."""

    def __init__(self, server: Child) -> None:
        self._server = server
        self._before = server.cpu(), time.process_time(), time.perf_counter()
        self.used = self.own = 0.0

    def stop(self) -> float:
        """The seconds that passed."""
        seconds = time.perf_counter() - self._before[2]
        self.own = time.process_time() - self._before[1]
        self.used = self._server.cpu() - self._before[0]
        return seconds
