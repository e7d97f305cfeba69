"""What an event costs the server when it holds ten thousand, a hundred thousand, a million already."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select

from advisor_tui.cli.bench.place import Place, seeded
from advisor_tui.cli.bench.rows import Row, median
from advisor_tui.cli.bench.sync.corpus import batches, note, read_events
from advisor_tui.cli.bench.sync.exchange import Tell
from advisor_tui.cli.bench.sync.office import LARGE, Key, Office, identity, office
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.push import push
from advisor_tui.store.unit import TABLES
from advisor_tui.store.workspace import DATABASE

SIZES = (10_000, 100_000, 1_000_000)
"""Events in the store when it is asked; the last one only where the workspace of the run holds as many."""
CUSTOMERS, ENTRIES = 4400, 87_300
"""Of the synthetic customers that are made where the workspace is too small: 100,000 events and a few."""
PUSHES, PEOPLE, NOTES = 100, 2, 10
"""Pushes that are measured at each size, the customers whom each is about, and the notes on each of them."""
LIVES = (6, 60)
"""Events that those customers have: the same at every size, for a longer life costs more to read."""
AIM = 1.2
_EVENT = TABLES["event"].c


def growth(place: Place, tell: Tell) -> Iterator[Row]:
    """The processor time of an event in a large store beside that in a small one."""
    with _source(place, tell) as (database, held), office() as here:
        (key,) = here.enrol(1)
        events = read_events(database, by_customer=True)
        count, costs = 0, {}
        for size in (size for size in SIZES if size <= held):
            tell(f"sync: filling a server with {size:,} events")
            count += here.fill(key, batches(islice(events, size - count), LARGE))
            tell(f"sync: what an event costs beside {size:,}")
            costs[size] = _cost(here, key)
            count += len(costs[size]) * PEOPLE * NOTES
    first, last = min(costs), max(costs)
    for size, spent in costs.items():
        yield Row("sync", f"server's processor time of an event beside {size:,}", "ms", median(spent),
                  details={"mean_ms": sum(spent) / len(spent), "pushes": len(spent), "events_a_push": PEOPLE * NOTES})  # fmt: skip
    yield Row(
        "sync", f"growth of that, from {first:,} to {last:,}", "ms", median(costs[last]), f"beside {first:,}",
        median(costs[first]), AIM,
        details={"mean_ratio": (sum(costs[last]) / len(costs[last])) / (sum(costs[first]) / len(costs[first]))},
    )  # fmt: skip


@contextmanager
def _source(place: Place, tell: Tell) -> Iterator[tuple[Path, int]]:
    """A workspace with events enough, and how many."""
    held = place.connection.execute("SELECT count(*) FROM event").fetchone()[0]
    if held >= SIZES[1]:
        yield place.workspace.database, held
        return
    with TemporaryDirectory(prefix="advisor-bench-") as folder:
        tell("sync: making the events of a full server")
        seeded(Path(folder), CUSTOMERS, ENTRIES)
        yield Path(folder) / DATABASE, SIZES[1]


def _cost(here: Office, key: Key) -> list[float]:
    """Milliseconds of processor time an event, of each push; none of its customers is in memory before it."""
    spent = []
    with here.central() as central:
        who = identity(central, key)
        people = iter(_people(central))
        while about := [*islice(people, PEOPLE)]:
            events = [note(id_, key.name, key.device) for id_ in about for _ in range(NOTES)]
            began = time.process_time()
            push(central, who, events)
            spent.append((time.process_time() - began) * 1e3 / len(events))
    return spent


def _people(central: Central) -> list[str]:
    """Customers of an ordinary life, drawn from all of them."""
    lives = (
        select(_EVENT.customer_id)
        .group_by(_EVENT.customer_id)
        .having(func.count().between(*LIVES))
        .order_by(_EVENT.customer_id)
    )
    with central.read() as connection:
        found = list(connection.execute(lives).scalars())
    return random.Random(7).sample(found, min(PUSHES * PEOPLE, len(found)))  # noqa: S311 - repeatable, not secret
