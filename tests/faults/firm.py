"""A server's database and two people whose desks have joined it, all in real processes; and what must hold in the end."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import func, select

from advisor_tui.store.central import chain
from advisor_tui.store.central.accounts import add_account
from advisor_tui.store.central.central import Central
from advisor_tui.store.journal import Journal
from advisor_tui.store.rebuild import digest, rebuild
from advisor_tui.store.unit import TABLES
from advisor_tui.store.workspace import SystemClock
from tests.central.postgres import fresh_sqlite
from tests.faults.processes import ROOT, environment

PASSWORD = "une phrase longue et calme"
PEOPLE = ("Claire Morel", "Paul Ndiaye")
PATIENCE = 60.0


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        return int(found.getsockname()[1])


class Firm:
    """The server's database at `url`, its address, and the homes of its people."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder = folder
        self.url = url or fresh_sqlite(folder / "server.db")
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.homes = [folder / name.split()[0] for name in PEOPLE]
        with closing(self.central()) as central:
            for name in PEOPLE:
                add_account(central, name, PASSWORD, "advisor", ["Mobile"])

    def central(self) -> Central:
        return Central(self.url, SystemClock(ZoneInfo("UTC")))

    def environment(self, home: Path | None = None) -> dict[str, str]:
        more = {} if home is None else {"ADVISOR_HOME": str(home)}
        return environment(ADVISOR_PASSPHRASE="sésame", **more)

    # processes

    def start(
        self, *prefix: str, workers: int = 1, before: Callable[[], None] | None = None
    ) -> subprocess.Popen[bytes]:
        """`advisor serve`, perhaps under a program that watches it."""
        with (self.folder / "serve.log").open("ab") as log:
            process = subprocess.Popen(
                [*prefix, sys.executable, "-m", "advisor_tui", "serve", "--db", self.url, "--host", "127.0.0.1",
                 "--port", str(self.port), "--workers", str(workers)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment(self.folder / "serving"),
                start_new_session=True, preexec_fn=before,
            )  # fmt: skip
        self.wait(process)
        return process

    def wait(self, process: subprocess.Popen[bytes]) -> bool:
        """Wait until the server answers; False when it ended first."""
        end = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < end:
            try:
                if httpx.get(f"{self.address}/readyz", timeout=5).is_success:
                    return True
            except httpx.HTTPError:
                time.sleep(0.03)
        return False

    @contextmanager
    def serving(self, workers: int = 1) -> Iterator[subprocess.Popen[bytes]]:
        process = self.start(workers=workers)
        try:
            yield process
        finally:
            end(process)

    def advisor(
        self,
        home: Path,
        *words: str,
        given: str = "",
        before: Callable[[], None] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "advisor_tui", *words], input=given, env={**self.environment(home), **(env or {})}, check=False,
            capture_output=True, encoding="utf-8", timeout=PATIENCE * 2, preexec_fn=before,
        )  # fmt: skip

    def enrol(self) -> None:
        """Both people log in."""
        for home, name in zip(self.homes, PEOPLE, strict=True):
            done = self.advisor(home, "login", self.address, "--user", name, "--password-stdin", given=PASSWORD + "\n")
            assert done.returncode == 0, done

    def desk(self, home: Path, *prefix: str, **more: Any) -> subprocess.Popen[bytes]:
        """A desk that writes and exchanges until it is ended."""
        command = [*prefix, sys.executable, "-m", "tests.faults.syncer", str(home)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=self.environment(home), **more)

    # peace

    def come_to_rest(self, rounds: int = 4) -> None:
        """`advisor sync` on both desks until it says twice in a row that everything is sent."""
        said: list[str] = []
        for _round in range(rounds):
            done = [self.advisor(home, "sync", "--json") for home in self.homes]
            said += [one.stdout + one.stderr for one in done]
            quiet = all(one.returncode == 0 and json.loads(one.stdout)["pulled"] == 0 for one in done)
            if quiet and all(json.loads(one.stdout)["pushed"] == 0 for one in done):
                return
        raise AssertionError("\n".join(said))

    def events(self) -> int:
        """How many events the server's journal holds."""
        with closing(self.central()) as central, central.read() as connection:
            return connection.execute(select(func.count()).select_from(TABLES["event"])).scalar_one()

    def authors(self) -> dict[str, int]:
        """How many events of each person the server's journal holds."""
        event = TABLES["event"].c
        query = select(event.actor, func.count()).where(event.actor != "import").group_by(event.actor)
        with closing(self.central()) as central, central.read() as connection:
            return {str(actor): int(count) for actor, count in connection.execute(query)}

    def check(self, acknowledged: set[str]) -> None:
        """Nothing lost, nothing doubled, no queue, one picture; every file sound."""
        event = TABLES["event"].c
        with closing(self.central()) as central:
            with central.read() as connection:
                there = list(connection.execute(select(event.id)).scalars())
                picture = digest(connection)
            assert chain.verify(central) == []
        assert len(there) == len(set(there))
        assert not acknowledged - set(there), f"lost: {len(acknowledged - set(there))}"
        for home in self.homes:
            with closing(sqlite3.connect(home / "workspace.db")) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                assert connection.execute("SELECT count(*) FROM event WHERE seq IS NULL").fetchone() == (0,)
                assert connection.execute("SELECT count(*) FROM set_aside").fetchone() == (0,)
            journal = Journal(home / "workspace.db", SystemClock(ZoneInfo("UTC")))
            try:
                assert rebuild(journal) == (picture, picture)
            finally:
                journal.close()
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.folder / "server.db")) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill it and whatever it started."""
    if process.poll() is None:
        os.killpg(process.pid, 9)
    process.wait(PATIENCE)


def heard(output: bytes) -> set[str]:
    """The ids of the events that a desk acknowledged before its end; a line that was cut was not said."""
    lines: Sequence[Mapping[str, Any]] = [json.loads(line) for line in output.split(b"\n")[:-1] if line]
    return {id_ for line in lines for id_ in line.get("events", ())}
