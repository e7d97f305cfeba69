"""Sending, receiving and the first load, over real HTTP to a real server; a bare one does the same beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from advisor_tui.cli.bench.place import Place, seeded
from advisor_tui.cli.bench.rows import Row, median
from advisor_tui.cli.bench.sync import bare
from advisor_tui.cli.bench.sync.corpus import BATCH, batches, read_events
from advisor_tui.cli.bench.sync.office import LARGE, Key, Office, Watch, office, replica
from advisor_tui.cli.bench.sync.processes import Child
from advisor_tui.cli.bench.sync.wire import Wire, pack, refused
from advisor_tui.domain.wire import WireEvent
from advisor_tui.store.workspace import DATABASE
from advisor_tui.sync.engine import Engine
from advisor_tui.sync.remote import Remote
from advisor_tui.sync.steps import PAGE, Exchange

Tell = Callable[[str], None]
CUSTOMERS, ENTRIES = 430, 8720
"""Of the synthetic customers whose events are sent: 10,000 events and a few."""
RUNS = 3
LOADED_CUSTOMERS, LOADED_ENTRIES = 4400, 87_300
"""Of those who are loaded by a new desk: 100,000 events and a few."""
PUSH_AIM, PULL_AIM, LOAD_AIM = 5000.0, 10_000.0, 15.0
BARE = "bare FastAPI and SQLite"


@dataclass
class Rates:
    """Events a second into a server and out of it, and the processor time of each in microseconds."""

    count: int
    push: float = 0.0
    pull: float = 0.0
    push_cpu: float = 0.0
    pull_cpu: float = 0.0
    desk_cpu: float = 0.0
    """Of the side that pulls."""

    def pushed(self, watch: Watch) -> None:
        self.push, self.push_cpu = self.count / watch.stop(), watch.used * 1e6 / self.count

    def pulled(self, watch: Watch) -> None:
        self.pull, self.pull_cpu = self.count / watch.stop(), watch.used * 1e6 / self.count
        self.desk_cpu = watch.own * 1e6 / self.count


def push_and_pull(_place: Place, tell: Tell) -> Iterator[Row]:
    """The same events into our server and a bare one, and out of each into a new replica, in turns."""
    ours, theirs = [], []
    with TemporaryDirectory(prefix="advisor-bench-") as folder:
        seeded(Path(folder), CUSTOMERS, ENTRIES)
        events = [*read_events(Path(folder) / DATABASE)]
    for run in range(1, RUNS + 1):
        tell(f"sync: {len(events):,} events through a bare server and ours, {run} of {RUNS}")
        with office() as here:
            theirs.append(through_bare(here.folder, events))
            ours.append(through_ours(here, events))
    yield from _rows("push", "push", ours, theirs, PUSH_AIM)
    yield from _rows("pull", "pull, fold and index", ours, theirs, PULL_AIM)


def _rows(way: str, what: str, ours: list[Rates], theirs: list[Rates], aim: float) -> Iterator[Row]:
    def middle(rates: list[Rates], name: str) -> float:
        return median([getattr(one, name) for one in rates])

    details: dict[str, float | int | str] = {
        "events": ours[0].count, "a_request": BATCH if way == "push" else PAGE, "runs": len(ours),
        "server_cpu_us_an_event": middle(ours, f"{way}_cpu"),
        "reference_server_cpu_us_an_event": middle(theirs, f"{way}_cpu"),
    }  # fmt: skip
    if way == "pull":
        details["desk_cpu_us_an_event"] = middle(ours, "desk_cpu")
        details["reference_client_cpu_us_an_event"] = middle(theirs, "desk_cpu")
    rate = middle(ours, way)
    yield Row("sync", f"{what}: events per second", "/s", rate, limit=aim, at_least=True, details=details)
    yield Row("sync", f"{what}, beside a bare server", "/s", rate, BARE, middle(theirs, way), 0.5, at_least=True)


def through_bare(folder: Path, events: list[WireEvent]) -> Rates:
    """The reference: JSON into one table and out again into another, a commit on disk a batch."""
    rates = Rates(len(events))
    bodies = [bare.push_body(bare.plain(iter(batch))) for batch in batches(iter(events))]
    arguments = ["advisor_tui.cli.bench.sync.bare_server", str(folder / "bare.db")]
    with Child(folder, "bare", arguments) as server, closing(Wire(server.url)) as wire:
        watch = Watch(server)
        for body in bodies:
            wire.ask("POST", "/push", body, {"Content-Type": "application/json"})
        rates.pushed(watch)
        with closing(bare.open_table(folder / "bare-replica.db")) as table:
            watch, after = Watch(server), 0
            while following := bare.take_page(table, wire.ask("GET", f"/pull?after={after}&limit={PAGE}")):
                after = following
            rates.pulled(watch)
    return rates


def through_ours(here: Office, events: list[WireEvent]) -> Rates:
    """Everything on: authors, rights, chain, fold, search index on both sides."""
    rates = Rates(len(events))
    sender, receiver = here.enrol(2)
    with here.serve() as server:
        send(server, sender, events, rates)
        with replica(here.folder / "replica", server.url, receiver) as desk:
            desk.session.access()
            watch = Watch(server)
            tally = Exchange(desk.journal, Remote(desk.session)).run()
            rates.pulled(watch)
    if tally.pulled != len(events):
        raise refused(f"{tally.pulled} of {len(events)}")
    return rates


def send(server: Child, key: Key, events: list[WireEvent], rates: Rates) -> None:
    """Push over one connection; what the desk does before (reading, compressing) is done beforehand."""
    bodies = [pack(key.device, batch) for batch in batches(iter(events))]
    with closing(Wire(server.url, key.access)) as wire:
        wire.ask("GET", "/v1/meta")
        watch = Watch(server)
        answers = [wire.push(body) for body in bodies]
        rates.pushed(watch)
    said = Counter(told.status for answer in answers for told in answer.results)
    if said["accepted"] != len(events):
        raise refused(", ".join(f"{count} {status}" for status, count in said.items()))


def first_load(_place: Place, tell: Tell) -> Iterator[Row]:
    """A new desk joins a server that holds much already: until it has everything, folded, indexed and compared."""
    with office() as here:
        tell("sync: making the events of a first load")
        seeded(here.folder / "seed", LOADED_CUSTOMERS, LOADED_ENTRIES)
        filler, newcomer = here.enrol(2)
        count = here.fill(filler, batches(read_events(here.folder / "seed" / DATABASE), LARGE))
        tell(f"sync: first load of {count:,} events")
        with here.serve() as server, replica(here.folder / "replica", server.url, newcomer) as desk:
            watch = Watch(server)
            outcome = Engine(lambda: desk.journal, desk.session).run_once()
            seconds = watch.stop()
    if outcome.error is not None:
        raise outcome.error
    if outcome.pulled != count:
        raise refused(f"{outcome.pulled} of {count}")
    yield Row(
        "sync", f"first load of {count:,} events", "s", seconds, limit=LOAD_AIM,
        details={"server_cpu_s": watch.used, "desk_cpu_s": watch.own, "events_per_second": count / seconds},
    )  # fmt: skip
