"""Eight workers write at once: a reader misses nothing, sees nothing twice, and all of them fold to one picture."""

from __future__ import annotations

import itertools
import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest
from sqlalchemy import func, select

from advisor_tui.domain import bodies as b
from advisor_tui.domain.wire import Told
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.chain import verify
from advisor_tui.store.central.tables import HEAD
from advisor_tui.store.journal import load_events
from advisor_tui.store.unit import TABLES
from tests.central.people import Office
from tests.central.postgres import fresh_sqlite
from tests.central.replaying import digest_of, replay
from tests.store.house import SteppingClock

WRITERS, PUSHES = 8, 12
TEAMS = ("Mobile", "Fibre", "Réseau")


class Reader(threading.Thread):
    """Reads every stream on and on from its cursor, as a replica does."""

    def __init__(self, office: Office, device: str, streams: tuple[str, ...]) -> None:
        super().__init__()
        self.office, self.device = office, device
        self.seen: dict[str, list[tuple[int, str]]] = {stream: [] for stream in streams}
        self.held: dict[str, tuple[str, str]] = {}  # event -> (stream, customer), as a replica would have it
        self.cursors = dict.fromkeys(streams, "")
        self.writers_done = threading.Event()
        self.pages = 0
        self.failed: Exception | None = None

    def run(self) -> None:
        try:
            while True:
                last = self.writers_done.is_set()
                found = [self._read(stream) for stream in self.seen]
                if last and not any(found):
                    return
        except Exception as error:
            self.failed = error

    def _read(self, stream: str) -> bool:
        *lines, end = self.office.page(self.device, stream, self.cursors[stream], limit=50)
        for line in lines:
            if line.event is not None:
                self.held[line.event.id] = (stream, line.event.customer_id)
                self.seen[stream].append((line.seq, line.event.id))
            elif line.left:
                left = [id_ for id_, place in self.held.items() if place == (stream, line.left)]
                for id_ in left:
                    del self.held[id_]
        self.cursors[stream] = end.next or ""
        self.pages += 1
        return bool(lines)


class Writer(threading.Thread):
    """A worker of its own: pushes to its team, to the next one's customers, and to a customer of everybody."""

    def __init__(self, office: Office, device: str, number: int, shared: list[str], *, moving: bool = False) -> None:
        super().__init__()
        self.moving = moving
        self.office, self.device, self.chance, self.shared = office, device, random.Random(number), shared
        self.team = TEAMS[number % len(TEAMS)]
        self.told: list[Told] = []
        self.failed: Exception | None = None

    def run(self) -> None:
        try:
            mine: list[str] = []
            for n in range(PUSHES):
                events = []
                if n % 3 == 0:
                    mine.append(self.office.new_id())
                    body = b.CustomerRecorded(name=f"Client {mine[-1][-4:]}", team=self.team)
                    events.append(self.office.wire(self.device, body, mine[-1]))
                if self.moving and n % 4 == 1:
                    body = b.CustomerRecorded(name="Client qui change", team=self.chance.choice((*TEAMS, "")))
                    events.append(self.office.wire(self.device, body, self.chance.choice([*mine, *self.shared])))
                about = [*mine, *self.shared]
                events += [
                    self.office.note(self.device, self.chance.choice(about), f"note {n} {k}")
                    for k in range(self.chance.randint(1, 6))
                ]
                self.told += self.office.send(self.device, *events)
        except Exception as error:
            self.failed = error


@contextmanager
def workers(url: str, clock: SteppingClock) -> Iterator[list[Office]]:
    """As many stores as there are writers, and one more, on one database."""
    count = itertools.count(1)
    with ExitStack() as stack:
        yield [Office(stack.enter_context(closing(Central(url, clock))), count) for _ in range(WRITERS + 1)]


def test_eight_writers_skip_nothing_that_a_reader_waits_for(database_url: str, clock: SteppingClock) -> None:
    with workers(database_url, clock) as offices:
        watching = offices[-1]
        devices = [watching.hire(f"Advisor {n}", *TEAMS) for n in range(WRITERS)]
        shared = [watching.customer(devices[0], team=team) for team in (*TEAMS, "")]
        streams = ("c", "t1", "t2", "t3")
        reader = Reader(watching, watching.hire("Reader", *TEAMS), streams)
        writers = [Writer(offices[n], devices[n], n, shared) for n in range(WRITERS)]
        reader.start()
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(120)
        reader.writers_done.set()
        reader.join(60)
        assert [reader.failed, *(writer.failed for writer in writers)] == [None] * (WRITERS + 1)
        told = [answer for writer in writers for answer in writer.told]
        assert Counter(answer.status for answer in told) == {"accepted": len(told)}
        assert len(told) > WRITERS * PUSHES
        assert reader.pages > len(streams) * 3, "it read while they wrote"
        with watching.central.read() as connection:
            heads = dict(connection.execute(select(HEAD.c.stream, HEAD.c.seq)).all())
        for stream in streams:
            assert [seq for seq, _ in reader.seen[stream]] == list(range(1, heads[stream] + 1)), stream
        subjects = Counter(subject for stream in streams for _, subject in reader.seen[stream])
        assert set(subjects.values()) == {1}
        assert {answer.id for answer in told} <= set(subjects)
        assert {(answer.stream, answer.seq, answer.id) for answer in told} <= {
            (stream, *place) for stream in streams for place in reader.seen[stream]
        }
        assert verify(watching.central) == []


def test_customers_that_change_team_meanwhile_are_in_one_place_at_the_end(
    database_url: str, clock: SteppingClock
) -> None:
    with workers(database_url, clock) as offices:
        watching = offices[-1]
        devices = [watching.hire(f"Advisor {n}", *TEAMS) for n in range(WRITERS)]
        shared = [watching.customer(devices[0], team=team) for team in (*TEAMS, "")]
        reader = Reader(watching, watching.hire("Reader", *TEAMS), ("c", "t1", "t2", "t3"))
        writers = [Writer(offices[n], devices[n], n, shared, moving=True) for n in range(WRITERS)]
        reader.start()
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(120)
        reader.writers_done.set()
        reader.join(60)
        assert [reader.failed, *(writer.failed for writer in writers)] == [None] * (WRITERS + 1)
        told = [answer for writer in writers for answer in writer.told]
        assert Counter(answer.status for answer in told) == {"accepted": len(told)}
        event = TABLES["event"].c
        with watching.central.read() as connection:
            rows = connection.execute(select(event.id, event.stream, event.customer_id)).all()
        assert reader.held == {row.id: (row.stream, row.customer_id) for row in rows}
        assert {answer.id for answer in told} <= set(reader.held)
        assert verify(watching.central) == []


def test_eight_writers_fold_to_what_one_would_have(
    database_url: str, clock: SteppingClock, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each worker keeps folded states; what another wrote in between must not be missing in them."""
    with workers(database_url, clock) as offices:
        watching = offices[-1]
        devices = [watching.hire(f"Advisor {n}", *TEAMS) for n in range(WRITERS)]
        shared = [watching.customer(devices[0], team=TEAMS[0])]
        writers = [Writer(offices[n], devices[n], n, shared) for n in range(WRITERS)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(120)
        assert [writer.failed for writer in writers] == [None] * WRITERS
        event = TABLES["event"].c
        with watching.central.read() as connection:
            customers = list(connection.execute(select(event.customer_id).distinct()).scalars())
            assert connection.execute(select(func.count()).where(event.customer_id == shared[0])).scalar_one() > 50
            events = [one for page in load_events(connection, customers).values() for one in page]
        with closing(Central(fresh_sqlite(tmp_path_factory.mktemp("alone") / "central.db"), clock)) as alone:
            replay(alone, events)
            assert digest_of(alone) == digest_of(watching.central)
