"""Reading a stream: pages, cursors, what a restored server answers, sums, guests, erasure. On both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, func, select, update

from advisor_tui.domain.wire import BUCKET
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.chain import verify
from advisor_tui.store.central.erase import acknowledge, erase, list_erasures
from advisor_tui.store.central.errors import Denied
from advisor_tui.store.central.presence import LASTS_MS, read_presence, show_presence
from advisor_tui.store.central.pull import describe, read_buckets, read_customer
from advisor_tui.store.central.tables import HEAD, LINK, SALT
from advisor_tui.store.unit import TABLES
from tests.central.people import Office
from tests.store.house import SteppingClock
from tests.sync.lines import decoded


@pytest.fixture
def office(central: Central) -> Office:
    return Office(central)


@pytest.fixture
def claire(office: Office) -> str:
    return office.hire("Claire Morel", "Mobile")


def test_pages_follow_each_other_without_a_gap(office: Office, claire: str) -> None:
    customer = office.customer(claire)
    notes = [office.note(claire, customer, f"note {n}") for n in range(9)]
    office.send(claire, *notes)
    paul = office.hire("Paul Ndiaye", "Mobile")
    seen, cursor, more = [], "", True
    while more:
        *lines, end = office.page(paul, "t1", cursor, limit=4)
        seen += [line.seq for line in lines]
        cursor, more = end.next or "", end.more
    assert seen == list(range(1, 11))
    *nothing, end = office.page(paul, "t1", cursor)
    assert (nothing, end.next, end.more) == ([], cursor, False)


def test_what_a_device_sent_comes_back_as_a_word_only(office: Office, claire: str) -> None:
    customer = office.customer(claire)
    note = office.note(claire, customer, "de moi")
    office.send(claire, note)
    assert [line.own for line in office.page(claire, "t1") if line.own][-1] == note.id
    assert all(line.event is None for line in office.page(claire, "t1"))
    assert [line.event.id for line in office.page(claire, "t1", own=True) if line.event][-1] == note.id


def test_a_page_stops_at_its_size_and_says_that_there_is_more(office: Office, claire: str) -> None:
    customer = office.customer(claire)
    office.send(claire, *(office.note(claire, customer, "x" * 4000) for _ in range(10)))
    *lines, end = office.page(claire, "t1", own=True, max_bytes=10_000)
    assert len(lines) < 6
    assert end.more


@pytest.mark.parametrize(
    "cursor", ["1.other.t1.1.00000000", "{fine}x", "nonsense", "1.{epoch}.t1.-4.0", "1.{epoch}.t1.99.00000000"]
)
def test_a_cursor_of_another_history_is_refused(office: Office, claire: str, cursor: str) -> None:
    office.customer(claire)
    fine = office.page(claire, "t1")[-1].next or ""
    text = cursor.replace("{fine}", fine).replace("{epoch}", office.central.epoch)
    with pytest.raises(Denied) as caught:
        office.page(claire, "t1", text)
    assert caught.value.code in ("epoch_changed", "invalid")


def test_a_server_whose_disk_went_back_in_time_notices_at_the_next_look(office: Office, claire: str) -> None:
    customer = office.customer(claire)
    office.send(claire, office.note(claire, customer, "perdue"))
    cursor = office.page(claire, "t1")[-1].next or ""
    with office.central.write() as connection:  # as an older copy of the disk would have it
        last = connection.execute(select(LINK).where(LINK.c.stream == "t1", LINK.c.seq == 1)).one()
        connection.execute(delete(LINK).where(LINK.c.stream == "t1", LINK.c.seq > 1))
        connection.execute(update(HEAD).where(HEAD.c.stream == "t1").values(seq=1, hash=last.hash))
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER event_is_kept")
        connection.execute(TABLES["event"].delete().where(TABLES["event"].c.seq > 1))
    office.central.forget()
    office.send(claire, office.note(claire, customer, "autre histoire"))
    with pytest.raises(Denied) as caught:
        office.page(claire, "t1", cursor)
    assert caught.value.code == "epoch_changed"


def test_nobody_reads_a_stream_that_is_not_theirs(office: Office, claire: str) -> None:
    office.hire("Nadia Petit", "Fixe")
    trainer = office.hire("Ines Roy", "Mobile", role="trainer")
    for device, stream in ((claire, "t2"), (claire, "t99"), (trainer, "t1"), (trainer, "c")):
        with pytest.raises(Denied) as caught:
            office.page(device, stream)
        assert caught.value.code == "unknown_stream"
    admin = office.hire("Ada Roy", role="admin")
    assert describe(office.central, office.identity(admin)).you.streams  # type: ignore[union-attr]
    assert office.page(admin, "t2")[-1].next


def test_another_teams_customer_is_opened_and_may_then_be_written_about(office: Office, claire: str) -> None:
    nadia = office.hire("Nadia Petit", "Fixe")
    customer = office.customer(claire)
    assert office.send(nadia, office.note(nadia, customer, "trop tôt"))[0].status == "quarantined"
    *lines, end = decoded(read_customer(office.central, office.identity(nadia), customer, 0))
    assert [line.stream for line in lines] == ["t1"]
    assert end.next == "1"
    assert office.send(nadia, office.note(nadia, customer, "à sa place"))[0].status == "accepted"
    with pytest.raises(Denied) as caught:
        read_customer(office.central, office.identity(nadia), office.new_id(), 0)
    assert caught.value.code == "not_found"


def test_sums_tell_which_thousand_differs(office: Office, claire: str) -> None:
    customer = office.customer(claire)
    office.send(claire, *(office.note(claire, customer, f"n {n}") for n in range(5)))
    identity = office.identity(claire)
    before = read_buckets(office.central, identity, "t1", 0, BUCKET * 3)
    assert [(bucket.from_, bucket.count) for bucket in before] == [(0, 6)]
    office.send(claire, office.note(claire, customer, "une de plus"))
    after = read_buckets(office.central, identity, "t1", 0, 6)
    assert after == before
    assert read_buckets(office.central, identity, "t1", 0, 7) != before


def test_an_erasure_takes_the_words_and_keeps_the_chain(office: Office, claire: str) -> None:
    lead = office.hire("Léa Blanc", "Mobile", role="lead")
    customer, kept = office.customer(claire), office.customer(claire, name="Autre")
    office.send(claire, office.note(claire, customer, "secret"), office.note(claire, kept, "gardé"))
    with pytest.raises(Denied):
        erase(office.central, office.identity(claire), customer)
    erasure = erase(office.central, office.identity(lead), customer)
    assert erase(office.central, office.identity(lead), customer) == erasure
    with office.central.read() as connection:
        bodies = connection.execute(
            select(func.count()).select_from(TABLES["event"]).where(TABLES["event"].c.body.is_(None))
        ).scalar()
        assert bodies == 2
        assert connection.execute(select(func.count()).select_from(SALT)).scalar() == 2
        texts = connection.execute(select(TABLES["entry"].c.text)).scalars().all()
        assert "gardé" in texts
        assert "secret" not in texts
        names = connection.execute(select(TABLES["customer_view"].c.name)).scalars().all()
        assert names == ["Autre"]
    assert verify(office.central) == []
    assert [line.erased for line in office.page(claire, "t1") if line.erased] == [customer]
    assert office.send(claire, office.note(claire, customer, "encore"))[0].code == "erased"
    waiting = list_erasures(office.central, None)[0]["waiting"]
    assert {row["device"] for row in waiting} == {claire, lead}
    acknowledge(office.central, office.identity(claire), erasure)
    acknowledge(office.central, office.identity(claire), erasure)
    assert [row["device"] for row in list_erasures(office.central, None)[0]["waiting"]] == [lead]
    assert [row["waiting"] for row in list_erasures(office.central, office.identity(claire))] == [[]]


def test_whoever_touches_the_journal_behind_our_back_is_found_out(office: Office, claire: str) -> None:
    customer = office.customer(claire)
    note = office.note(claire, customer, "vrai")
    office.send(claire, note)
    with office.central.write() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER event_is_fixed")
        connection.execute(
            TABLES["event"].update().where(TABLES["event"].c.id == note.id).values(body='{"text":"faux"}')
        )
    assert any(note.id in problem for problem in verify(office.central))


def test_who_is_on_a_case_is_known_for_a_minute(office: Office, claire: str, clock: SteppingClock) -> None:
    customer = office.customer(claire)
    case = office.new_id()
    show_presence(office.central, office.identity(claire), customer, case, True)
    with office.central.read() as connection:
        present = read_presence(connection, office.central.now_ms())
        assert [(one.name, one.customer_id, one.case_id, one.stream, one.writing) for one in present] == [
            ("Claire Morel", customer, case, "t1", True)
        ]
        assert read_presence(connection, office.central.now_ms() + LASTS_MS) == []
    show_presence(office.central, office.identity(claire), "", "", False)
    with office.central.read() as connection:
        assert read_presence(connection, office.central.now_ms()) == []
