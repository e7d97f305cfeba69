"""The store on PostgreSQL says what the store on SQLite says, whatever it is given."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest
from hypothesis import given, settings
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DataError

from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import StoreError
from advisor_tui.domain.events import BODIES, Event
from advisor_tui.domain.identity import Hlc, uuid7
from advisor_tui.gateways.importer import Defaults, Importer, Source
from advisor_tui.gateways.seed import seed
from advisor_tui.store.central.central import Away, Central, address
from advisor_tui.store.journal import load_events
from advisor_tui.store.rebuild import digest
from advisor_tui.store.states import States
from advisor_tui.store.unit import TABLES, Unit
from advisor_tui.store.workspace import data_folder
from tests.central.postgres import Postgres
from tests.central.replaying import digest_of, journal_of, replay, write
from tests.domain.making import histories
from tests.store.house import House, SteppingClock
from tests.tui.hostile import HOSTILE

WORDS = [
    *(text for text in HOSTILE if "\ud800" not in text and len(text) < 100_000),
    "\0", "a\0", "a!", "\0" * 1000, "👩‍👩‍👧‍👦" * 5_000, "long " * 20_000, "été" * 33_000,
    "".join(chr(0x4E00 + n % 20_000) for n in range(100_000)),
    " ".join(f"{n:x}" for n in range(20_000)),
]  # fmt: skip
"""What a name, a text, a date may hold; 100 kB without repetition are in no page of an index."""
REFERENCES = ("id", "absorbed", "into", "case", "events")


@pytest.fixture
def both(sqlite_url: str, postgresql_url: str, clock: SteppingClock) -> Iterator[tuple[Central, Central]]:
    """One store on each dialect."""
    with closing(Central(sqlite_url, clock)) as one, closing(Central(postgresql_url, clock)) as other:
        yield one, other


def agree(both: tuple[Central, Central], events: Sequence[Event], batch: int = 500) -> str:
    """Both stores say the same after `events`; what they say."""
    for central in both:
        replay(central, events, batch=batch)
    one, other = (digest_of(central) for central in both)
    assert one == other
    return one


def test_the_demo_company_and_a_day_of_work_give_the_same_pictures(both: tuple[Central, Central], house: House) -> None:
    importer = Importer(house.journal, Defaults("équipe", "À reprendre"), lambda source, why: None)
    for number, path in enumerate(sorted((data_folder("fixtures") / "demo").glob("*.jsonl"))):
        importer.take(Source(number, line, raw) for line, raw in enumerate(path.read_bytes().splitlines(), 1))
    importer.finish()
    work(house)
    assert agree(both, journal_of(house)) == house.digest()


def work(house: House) -> None:
    """Every kind of act, on two customers."""
    customer, other = house.customer("Zoé Lefèvre"), house.customer("Z. Lefevre")
    case = house.case(customer)
    contact = house.do("log_contact", customer=customer, body="x", channel="letter").made["contact"]
    promise = house.do("make_commitment", case=case, text="x", due="+2").made["commitment"]
    resolution = house.do("write_resolution", case=case, text="un").made["resolution"]
    acts: list[tuple[str, dict[str, Any]]] = [
        ("link_contact", {"contact": contact, "case": case}),
        ("add_note", {"case": case, "text": "note"}),
        ("revise_resolution", {"resolution": resolution, "text": "deux", "base": [resolution]}),
        ("revise_resolution", {"resolution": resolution, "text": "trois", "base": [resolution]}),
        ("keep_commitment", {"commitment": promise}),
        ("hand_over", {"case": case, "owner": "Paul", "next_step": "x", "next_on": "+2"}),
        ("set_state", {"case": case, "state": "waiting"}),
        ("add_identifier", {"customer": customer, "kind": "former_name", "value": "Castellane"}),
        ("merge_customers", {"keep": customer, "absorb": other}),
        ("unmerge_customers", {"customer": other}),
        ("merge_customers", {"keep": customer, "absorb": other}),
        ("undo", {}),
    ]
    for name, given_ in acts:
        house.do(name, **given_)


@pytest.mark.parametrize("chance", [1, 2])
def test_synthetic_customers_in_any_order_give_the_same_pictures(
    both: tuple[Central, Central], house: House, chance: int
) -> None:
    seed(house.journal, 40, 1_200, chance)
    events = journal_of(house)
    random.Random(chance).shuffle(events)
    assert agree(both, events, batch=200) == house.digest()


@given(events=histories())
@settings(max_examples=60)
def test_any_history_gives_the_same_pictures(both: tuple[Central, Central], events: list[Event]) -> None:
    said = []
    for central in both:
        with central.write() as connection:
            states = States()
            half = len(events) // 2
            write(central, connection, states, events[half:])
            write(central, connection, states, events[:half])
            said.append(digest(connection))
            connection.rollback()
    assert said[0] == said[1]


@pytest.mark.parametrize("text", WORDS, ids=lambda text: ascii(text[:12]))
def test_words_of_every_kind_in_every_field_give_the_same_pictures(both: tuple[Central, Central], text: str) -> None:
    events = list(hostile_events(text))
    assert {event.type for event in events} == set(BODIES)
    agree(both, events)
    for central in both:
        with central.read() as connection:
            loaded = load_events(connection, sorted({event.customer_id for event in events}))
        kept = {event.id: event.body for page in loaded.values() for event in page}
        assert kept == {event.id: event.body for event in events}, "a body comes back as it was written"


def hostile_events(text: str) -> Iterator[Event]:
    """Two customers, and an event of every type with `text` wherever it may stand."""
    customers = [uuid7(1000 + n, n) for n in range(2)]
    ids: dict[str, str] = {}
    for n, customer in enumerate(customers):
        for place, type_ in enumerate(BODIES):
            id_ = uuid7(2000 + n * 100 + place, place)
            ids.setdefault(type_, id_)
            about = ids.get("note_added" if type_ == "text_revised" else "contact_logged", id_)
            body = filled(BODIES[type_], text, customers[1 - n] if "merged" in type_ else about)
            case = ids.get("case_opened") if n == 0 and type_ != "customer_recorded" else None
            if isinstance(body, b.Recorded):
                body = msgspec.structs.replace(body, id="")
            if isinstance(body, b.Undone):
                body = b.Undone(events=[ids["gesture_made"]])
            if isinstance(body, b.Corrected):
                body = b.Corrected(kind="contact", id=about, set={"body": text, "subject": text})
            yield Event(
                id=id_, customer_id=customer, case_id=case, type=type_, at=n, hlc=str(Hlc(3000 + place, n, "aaaaaaaa")),
                actor="Claire Morel", txn=id_, body=body,
            )  # fmt: skip


def filled(model: type[b.Body], text: str, reference: str) -> b.Body:
    """A body of `model` with `text` in every field that takes words."""

    def value(name: str, kind: Any) -> Any:
        if name in REFERENCES:
            return [reference] if name == "events" else reference
        if isinstance(kind, msgspec.inspect.StrType | msgspec.inspect.AnyType):
            return text
        if isinstance(kind, msgspec.inspect.LiteralType):
            return kind.values[0]
        if isinstance(kind, msgspec.inspect.ListType):
            return [value("", kind.item_type)]
        if isinstance(kind, msgspec.inspect.DictType):
            return {text: text}
        if isinstance(kind, msgspec.inspect.StructType):
            return {field.encode_name: value(field.encode_name, field.type) for field in kind.fields}
        if isinstance(kind, msgspec.inspect.BoolType):
            return True
        if isinstance(kind, msgspec.inspect.UnionType):
            return value(
                name, next(one for one in reversed(kind.types) if not isinstance(one, msgspec.inspect.NoneType))
            )
        return None  # a number or a truth value that may be missing

    return msgspec.convert(value("", msgspec.inspect.type_info(model)), model)


def test_the_digest_sees_every_picture_of_the_customers_asked_for(both: tuple[Central, Central], house: House) -> None:
    seed(house.journal, 12, 200)
    agree(both, journal_of(house))
    ids = [id_ for (id_,) in house.rows("SELECT DISTINCT customer_id FROM event ORDER BY 1 DESC")]
    chosen, others = ids[:5], ids[5:]
    for central in both:
        assert digest_of(central, ids) == digest_of(central)
        assert digest_of(central, []) == "0" * 64
        before, apart = digest_of(central, chosen), digest_of(central, others)
        with central.write() as connection:
            entry = TABLES["entry"]
            one = connection.execute(select(entry.c.id).where(entry.c.customer_id == chosen[0]).limit(1)).scalar_one()
            connection.execute(update(entry).where(entry.c.id == one).values(title="tampered with"))
        assert digest_of(central, chosen) != before
        assert digest_of(central, others) == apart
    assert digest_of(both[0]) == digest_of(both[1])


def test_two_equal_rows_are_not_none(both: tuple[Central, Central]) -> None:
    row = dict.fromkeys(("customer_id", "kind", "value", "norm", "valid_from", "valid_to", "source"), "x")
    said = []
    for central in both:
        for _ in range(3):
            with central.write() as connection:
                connection.execute(insert(TABLES["identifier"]).values(row))
            said.append(digest_of(central))
    assert said[:3] == said[3:]
    assert len(set(said)) == 3


def test_a_late_event_writes_only_the_pictures_that_changed(postgresql_url: str, clock: SteppingClock) -> None:
    """A desk that comes back after a day folds whole lives anew; rows that say the same are left alone."""
    with closing(Central(postgresql_url, clock)) as central:
        events = list(hostile_events("mot"))
        late = next(event for event in events if event.type == "holding_recorded")
        replay(central, [event for event in events if event is not late])
        query = "SELECT id, xmin::text FROM entry ORDER BY id"
        with central.read() as connection:
            before = connection.exec_driver_sql(query).all()
        with central.write() as connection:
            write(central, connection, States(), [late])
        with central.read() as connection:
            after = connection.exec_driver_sql(query).all()
    assert len(before) > 10
    assert after == before


def test_merges_in_two_workers_at_once_end_at_one_root(postgresql_url: str, clock: SteppingClock) -> None:
    """X into Y and Y into Z, each unseen by the other until it commits."""
    x, y, z = (uuid7(n, n) for n in (1, 2, 3))

    def event(customer: str, type_: str, body: b.Body, n: int) -> Event:
        return Event(
            id=uuid7(100 + n, n), customer_id=customer, type=type_, at=n, hlc=str(Hlc(100 + n, 0, "aaaaaaaa")),
            actor="Claire", txn=uuid7(100 + n, n), body=body,
        )  # fmt: skip

    begun = [event(id_, "customer_recorded", b.CustomerRecorded(name=id_), n) for n, id_ in enumerate((x, y, z))]
    first = event(x, "customers_merged", b.CustomersMerged(into=y), 4)
    second = event(y, "customers_merged", b.CustomersMerged(into=z), 5)
    with closing(Central(postgresql_url, clock)) as one, closing(Central(postgresql_url, clock)) as other:
        replay(one, begun)
        held, goes_on = threading.Event(), threading.Event()

        def hold() -> None:
            with one.write() as connection:
                write(one, connection, States(), [first])
                held.set()
                goes_on.wait(10)

        def follow() -> None:
            held.wait(10)
            threading.Timer(0.3, goes_on.set).start()
            with other.write() as connection:
                write(other, connection, States(), [second])

        threads = [threading.Thread(target=work_) for work_ in (hold, follow)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        with one.read() as connection:
            customer = TABLES["customer_view"].c
            roots = dict(connection.execute(select(customer.id, customer.root)).all())
    assert roots == {x: z, y: z, z: z}


def test_a_failed_write_leaves_nothing(central: Central) -> None:
    before = digest_of(central)

    def fail() -> None:
        with central.write() as connection:
            write(central, connection, States(), hostile_events("mot"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert digest_of(central) == before
    with central.read() as connection:
        assert connection.execute(select(TABLES["event"].c.id)).all() == []


def test_what_a_unit_knows_of_its_clock_is_not_written_where_there_is_none(central: Central) -> None:
    """A server stamps nothing: replicas do."""
    with central.write() as connection:
        unit = Unit(connection, Hlc(0, 0, "server"), central.clock, central.bits, States())
        unit.append(next(hostile_events("mot")))
        unit.flush()
        assert connection.exec_driver_sql("SELECT count(*) FROM meta").scalar() == 0


def test_a_reader_sees_one_moment(central: Central) -> None:
    """What another commits between two questions of one reading is seen by neither."""
    entry = TABLES["entry"].c
    events = list(hostile_events("mot"))
    with central.read() as connection:
        assert connection.execute(select(entry.id)).all() == []
        replay(central, events)
        assert connection.execute(select(entry.id)).all() == []
    with central.read() as connection:
        assert connection.execute(select(entry.id)).all() != []


def test_what_postgresql_cannot_hold_is_the_givers_matter_and_a_lost_connection_is_not(
    postgres: Postgres, postgresql_url: str, clock: SteppingClock
) -> None:
    event = TABLES["event"]
    with closing(Central(postgresql_url, clock)) as central:
        with pytest.raises(DataError), central.write() as connection:
            connection.execute(select(event.c.id).where(event.c.id == "nul\0"))
        with pytest.raises(StoreError, match="42P01"), central.write() as connection:
            connection.exec_driver_sql("SELECT nothing FROM nowhere")
        with central.write():
            pass  # a connection waits in the pool
        with pytest.raises(Away), central.write() as connection:
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
        postgres.cut_connections(str(address(postgresql_url).database))
        assert central.meta("epoch") == central.epoch, "the next one is served by a new connection"


def test_tests_that_are_killed_leave_no_server_behind() -> None:
    script = (
        "import sys; from tests.central.postgres import Postgres; server = Postgres(); server.start(); "
        "print(server.pid, server.home, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as tests:
        assert tests.stdout is not None
        pid, home = tests.stdout.readline().decode().split()
        server = psutil.Process(int(pid))
        tests.kill()
    server.wait(20)
    for _ in range(200):
        if not Path(home).exists():
            return
        time.sleep(0.05)
    raise AssertionError(home)


def test_a_server_restarts_after_a_crash_with_what_was_committed(clock: SteppingClock, tmp_path: Path) -> None:
    server = Postgres(durable=True)
    try:
        server.start()
        url = server.url(server.fresh_database())
        events = list(hostile_events("mot"))
        with closing(Central(url, clock)) as central:
            replay(central, events[:20])
            before = digest_of(central)
            with pytest.raises(Away), central.write() as connection:  # noqa: PT012
                write(central, connection, States(), events[20:])
                server.restart("immediate")
            assert digest_of(central) == before
            with central.write() as connection:
                write(central, connection, States(), events[20:])
            complete = digest_of(central)
            server.stop()
            server.copy_data(tmp_path / "copy")
            server.start()
            replay(central, [newcomer()])
            assert digest_of(central) not in (before, complete)
            server.stop()
            server.put_back(tmp_path / "copy")
            server.start()
            assert digest_of(central) == complete != before
    finally:
        server.close()
    assert not server.home.exists()


def newcomer() -> Event:
    """One more customer."""
    id_ = uuid7(9_000, 9)
    body = b.CustomerRecorded(name="Cadeau")
    return Event(
        id=id_, customer_id=id_, type="customer_recorded", at=9, hlc=str(Hlc(9_000, 0, "aaaaaaaa")), actor="Claire",
        txn=id_, body=body,
    )  # fmt: skip
