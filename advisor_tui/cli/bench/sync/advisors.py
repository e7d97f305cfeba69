"""A floor of advisors at work: each listens on a feed and writes something every few seconds."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress

import msgspec

from advisor_tui.cli.bench.place import Place
from advisor_tui.cli.bench.rows import Row, percentile
from advisor_tui.cli.bench.sync.corpus import batches, customer, note
from advisor_tui.cli.bench.sync.exchange import Tell
from advisor_tui.cli.bench.sync.office import Key, Office, office, office_on
from advisor_tui.cli.bench.sync.processes import Child, open_files
from advisor_tui.cli.bench.sync.wire import PATIENCE, Crowd, encode, head, where
from advisor_tui.domain.wire import Pushed
from advisor_tui.gateways.seed import TEAMS

ADVISORS, SECONDS, EVERY = 200, 120.0, 5.0
"""How many, for how long, and the seconds between two events of one of them."""
CUSTOMERS = 10
"""Customers whom each writes about."""
AIM = 250.0
VARIABLE = "ADVISOR_BENCH_DB"
"""A PostgreSQL server where the same is measured with two workers, in a database made for it."""


class Floor:
    """What the advisors saw: milliseconds of each push, and what went wrong."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.said: Counter[str] = Counter()
        self.cpu = 0.0
        self.seconds = 0.0

    def rows(self, what: str, workers: int) -> Iterator[Row]:
        details: dict[str, float | int | str] = {
            "advisors": ADVISORS, "seconds": self.seconds, "pushes": len(self.times), "workers": workers,
            "p50_ms": percentile(self.times, 0.5), "p95_ms": percentile(self.times, 0.95), "max_ms": max(self.times),
            "server_cpu_share": self.cpu / self.seconds, **{f"said_{word}": count for word, count in self.said.items()},
        }  # fmt: skip
        yield Row("sync", f"{what}: push, p50", "ms", percentile(self.times, 0.5))
        yield Row("sync", f"{what}: push, p95", "ms", percentile(self.times, 0.95))
        yield Row("sync", f"{what}: push, p99", "ms", percentile(self.times, 0.99), limit=AIM, details=details)
        total = sum(self.said.values())
        yield Row(
            "sync", f"{what}: share of pushes taken", "", self.said["accepted"] / total, limit=1.0, at_least=True,
            note=", ".join(f"{count} {word}" for word, count in self.said.items() if word != "accepted"),
        )  # fmt: skip


def advisors(_place: Place, tell: Tell) -> Iterator[Row]:
    """On SQLite with one worker; on PostgreSQL with two where a server is named."""
    what = f"{ADVISORS} advisors, one event each {EVERY:g} s"
    with office() as here:
        yield from _work(here, 1, tell).rows(what, 1)
    url = os.environ.get(VARIABLE, "")
    if url:
        with office_on(url) as here:
            yield from _work(here, 2, tell).rows(f"{what}, PostgreSQL and 2 workers", 2)


def _work(here: Office, workers: int, tell: Tell) -> Floor:
    keys = here.enrol(ADVISORS, TEAMS)
    streams = list(dict.fromkeys(key.stream for key in keys))
    known: dict[str, list[str]] = {}
    for stream, team in zip(streams, TEAMS, strict=False):
        writer = next(key for key in keys if key.stream == stream)
        people = [customer(writer.name, writer.device, team) for _ in range(CUSTOMERS * ADVISORS // len(streams) + 1)]
        here.fill(writer, batches(iter(people)))
        known[stream] = [event.customer_id for event in people]
    tell(f"sync: {ADVISORS} advisors for {SECONDS:g} s")
    with open_files(4 * ADVISORS + 200), here.serve(workers) as server:
        return asyncio.run(_day(server, keys, known))


async def _day(server: Child, keys: list[Key], known: dict[str, list[str]]) -> Floor:
    floor, crowd = Floor(), Crowd(server.url)
    with closing(crowd):
        await crowd.open([key.access for key in keys])
        used, began = server.cpu(), time.perf_counter()
        await asyncio.gather(*(_advisor(server, key, known[key.stream], floor, began + SECONDS) for key in keys))
        floor.seconds, floor.cpu = time.perf_counter() - began, server.cpu() - used
        floor.said["feeds lost"] += crowd.lost
    floor.said += Counter()  # without what did not happen
    return floor


async def _advisor(server: Child, key: Key, customers: list[str], floor: Floor, end: float) -> None:
    """One advisor's working day: now and then a note about somebody."""
    chance = random.Random(key.device)  # noqa: S311 - repeatable, not secret
    caller = Caller(server.url, key)
    pause = chance.uniform(0, EVERY)
    while time.perf_counter() + pause < end:
        await asyncio.sleep(pause)
        event = note(chance.choice(customers), key.name, key.device)
        began = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE):
                said = await caller.push(encode(key.device, event))
        except (OSError, EOFError, TimeoutError) as error:
            said = type(error).__name__
        floor.times.append((time.perf_counter() - began) * 1e3)
        floor.said[said] += 1
        pause = EVERY * chance.uniform(0.8, 1.2)
    caller.close()


class Caller:
    """One socket that stays open; opened again when the server has closed it."""

    def __init__(self, url: str, key: Key) -> None:
        self._where = where(url)
        self._key = key
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def push(self, body: bytes) -> str:
        """What became of the one event in it."""
        try:
            status, answer = await self._ask(body)
        except (OSError, EOFError):
            self.close()
            raise
        if status != 200:
            return f"HTTP {status}"
        return str(msgspec.json.decode(answer, type=Pushed).results[0].status)

    async def _ask(self, body: bytes) -> tuple[int, bytes]:
        if self._streams is None or self._streams[0].at_eof():
            self.close()
            self._streams = await asyncio.open_connection(*self._where)
        reader, writer = self._streams
        more = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        writer.write(head("POST", "/v1/push", self._key.access, **more) + body)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        return int(lines[0].split()[1]), await reader.readexactly(int(headers["content-length"]))

    def close(self) -> None:
        if self._streams is not None:
            with suppress(OSError):
                self._streams[1].close()
            self._streams = None
