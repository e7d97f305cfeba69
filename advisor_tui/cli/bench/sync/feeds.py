"""Feeds that say nothing, by the thousand, on one worker: memory, processor time, and how soon all hear of a push."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing

from advisor_tui.cli.bench.place import Place
from advisor_tui.cli.bench.rows import Row, percentile
from advisor_tui.cli.bench.sync.corpus import customer, note
from advisor_tui.cli.bench.sync.exchange import Tell
from advisor_tui.cli.bench.sync.office import TEAM, Key, office
from advisor_tui.cli.bench.sync.processes import Child, open_files
from advisor_tui.cli.bench.sync.wire import Crowd, Wire, pack, refused
from advisor_tui.language import N_

FEEDS, FIRST = 5000, 50
"""How many, and how many of them are open before memory is looked at."""
REST, SETTLE = 32.0, 2.0
"""Seconds of listening to nothing (two pings), and before anything is looked at."""
PUSHES = 5
AIM = 35.0
"""KiB that a feed may take."""
TOO_FEW = N_("The system allows too few open files: raise ulimit -n.")


class Quiet:
    """What was seen of a server with many feeds."""

    def __init__(self) -> None:
        self.opening = self.memory = self.memory_after = self.cpu = 0.0
        self.hearing: list[float] = []
        self.half: list[float] = []


def idle_feeds(_place: Place, tell: Tell) -> Iterator[Row]:
    """Every advisor of a large house has the desk open, and nobody writes."""
    with open_files(FEEDS + 500) as allowed, office() as here:
        if not allowed:
            yield Row("sync", "idle feeds", "KiB", note=TOO_FEW)
            return
        keys = here.enrol(FEEDS + 1)
        with here.serve() as server:
            seen = asyncio.run(_listen(server, keys, tell))
    what = f"{FEEDS:,} idle feeds on one worker"
    yield Row(
        "sync", f"{what}: memory of each", "KiB", seen.memory, limit=AIM,
        details={"opening_s": seen.opening, "after_pushes_kib": seen.memory_after},
    )  # fmt: skip
    yield Row("sync", f"{what}: processor a second", "ms", seen.cpu)
    yield Row(
        "sync", f"{what}: a push until all have heard, median of {PUSHES}", "ms", percentile(seen.hearing, 0.5),
        details={"half_ms": percentile(seen.half, 0.5), "worst_ms": max(seen.hearing)},
    )  # fmt: skip


async def _listen(server: Child, keys: list[Key], tell: Tell) -> Quiet:
    seen, crowd, writer = Quiet(), Crowd(server.url), keys[-1]
    tokens = [key.access for key in keys[:-1]]
    with closing(Wire(server.url, writer.access)) as wire, closing(crowd):
        await crowd.open(tokens[:FIRST])
        someone = customer(writer.name, writer.device, TEAM)
        wire.push(pack(writer.device, [someone]))
        await asyncio.sleep(SETTLE)
        before = server.resident()
        tell(f"sync: opening {FEEDS:,} feeds")
        began = time.perf_counter()
        await crowd.open(tokens[FIRST:])
        seen.opening = time.perf_counter() - began
        await asyncio.sleep(SETTLE)
        seen.memory = (server.resident() - before) / (len(tokens) - FIRST)
        tell(f"sync: {FEEDS:,} feeds at rest")
        used = server.cpu()
        await asyncio.sleep(REST)
        seen.cpu = (server.cpu() - used) * 1e3 / REST
        for _ in range(PUSHES):
            body = pack(writer.device, [note(someone.customer_id, writer.name, writer.device)])
            crowd.expect()
            began = time.perf_counter()
            await asyncio.to_thread(wire.push, body)
            await crowd.all_heard()
            seen.hearing.append((max(crowd.heard) - began) * 1e3)
            seen.half.append((percentile(crowd.heard, 0.5) - began) * 1e3)
            await asyncio.sleep(SETTLE / 4)
        seen.memory_after = (server.resident() - before) / (len(tokens) - FIRST)
        if crowd.lost:
            raise refused(f"-{crowd.lost}")
    return seen
