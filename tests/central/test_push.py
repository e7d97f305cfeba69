"""What a server takes, from whom, and what it answers to the rest. On both databases."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import Raw
from sqlalchemy import select

from advisor_tui.domain import bodies as b
from advisor_tui.domain.identity import Hlc
from advisor_tui.domain.listening import SignalAnswered, SignalRaised
from advisor_tui.domain.wire import AHEAD_MS
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.chain import verify
from advisor_tui.store.central.errors import Denied
from advisor_tui.store.central.quarantine import drop, list_quarantined, release
from advisor_tui.store.central.tables import HOME, LINK
from advisor_tui.store.unit import TABLES
from tests.central.people import Office
from tests.store.house import SteppingClock


@pytest.fixture
def office(central: Central) -> Office:
    return Office(central)


@pytest.fixture
def claire(office: Office) -> str:
    return office.hire("Claire Morel", "Mobile")


@pytest.fixture
def paul(office: Office) -> str:
    return office.hire("Paul Ndiaye", "Mobile")


def stored(office: Office) -> list[str]:
    with office.central.read() as connection:
        return list(connection.execute(select(TABLES["event"].c.id)).scalars())


def test_what_is_taken_gets_the_next_number_of_its_stream(office: Office, claire: str) -> None:
    customer = office.customer(claire)
    told = office.send(claire, office.note(claire, customer, "un"), office.note(claire, customer, "deux"))
    assert [(one.status, one.stream, one.seq) for one in told] == [("accepted", "t1", 2), ("accepted", "t1", 3)]
    assert verify(office.central) == []


def test_the_same_again_is_a_duplicate_with_its_number(office: Office, claire: str) -> None:
    customer = office.customer(claire)
    note = office.note(claire, customer, "une fois")
    first = office.send(claire, note)[0]
    again = office.send(claire, note, note)
    assert [(one.status, one.seq, one.code) for one in again] == [("duplicate", first.seq, "")] * 2
    assert len(stored(office)) == 2


def test_the_same_words_under_another_stamp_are_a_duplicate_that_differs(office: Office, claire: str) -> None:
    customer = office.customer(claire)
    note = office.note(claire, customer, "une fois")
    office.send(claire, note)
    hlc = Hlc.parse(note.hlc).next(office.central.now_ms())
    told = office.send(claire, msgspec.structs.replace(note, hlc=str(hlc)))[0]
    assert (told.status, told.code) == ("duplicate", "differs")


def test_another_event_under_a_known_id_is_refused(office: Office, claire: str) -> None:
    customer = office.customer(claire)
    note = office.note(claire, customer, "vrai")
    office.send(claire, note)
    other = msgspec.structs.replace(note, body=Raw(b'{"at":"2026-11-21","text":"faux"}'))
    told = office.send(claire, other)[0]
    assert (told.status, told.code) == ("rejected", "id_reuse")


def test_the_payload_is_not_believed_about_its_author(office: Office, claire: str, paul: str) -> None:
    customer = office.customer(claire)
    told = office.send(claire, office.note(claire, customer, "signé d'un autre", actor="Paul Ndiaye"))[0]
    assert (told.status, told.code) == ("rejected", "foreign_actor")
    assert "Paul Ndiaye" in told.message


def test_only_who_did_it_takes_it_back(office: Office, claire: str, paul: str) -> None:
    customer = office.customer(claire)
    note = office.note(claire, customer, "de Claire")
    office.send(claire, note)
    undo = office.wire(paul, b.Undone(events=[note.id]), customer)
    assert office.send(paul, undo)[0].code == "not_mine"
    assert office.send(claire, office.wire(claire, b.Undone(events=[note.id]), customer))[0].status == "accepted"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": "no-uuid"}, "malformed"),
        ({"customer_id": "'; DROP TABLE event; --"}, "malformed"),
        ({"hlc": "zzz"}, "malformed"),
        ({"at": 1 << 60}, "malformed"),
        ({"base": ["x"]}, "malformed"),
        ({"body": Raw(b'{"text":')}, "malformed"),
        ({"body": Raw(b'{"text":""}')}, "malformed"),
        ({"body": Raw(b"null")}, "malformed"),
        ({"body": Raw(b'{"text":\n"x"}')}, "malformed"),
        ({"body": Raw(b"[" * 5000 + b"]" * 5000)}, "malformed"),
        ({"type": "note_burnt"}, "unknown_type"),
        ({"v": 9}, "unknown_type"),
    ],
)
def test_what_is_not_well_formed_is_refused_alone(
    office: Office, claire: str, change: dict[str, object], code: str
) -> None:
    customer = office.customer(claire)
    good = office.note(claire, customer, "bonne")
    bad = msgspec.structs.replace(office.note(claire, customer, "mauvaise"), **change)
    told = office.send(claire, bad, good)
    assert [(one.status, one.code) for one in told] == [("rejected", code), ("accepted", "")]
    assert good.id in stored(office)
    assert bad.id not in stored(office)


def test_hostile_text_is_stored_as_it_came(office: Office, claire: str) -> None:
    customer = office.customer(claire)
    text = "\x1b[2J\x00\u202e[@click=app.quit]x[/] 👩‍👩‍👧 " + "é" * 5000
    note = office.note(claire, customer, text)
    assert office.send(claire, note)[0].status == "accepted"
    line = next(line for line in office.page(claire, "t1", own=True) if line.event and line.event.id == note.id)
    assert line.event is not None
    assert msgspec.json.decode(line.event.body)["text"] == text


def test_nobody_records_under_what_belongs_to_another_customer(office: Office, claire: str) -> None:
    customer, other = office.customer(claire), office.customer(claire, name="Autre")
    entity = office.new_id()
    mine = b.NoteAdded(at="2026-11-21", text="à Zoé", id=entity)
    theirs = b.NoteAdded(at="2026-11-21", text="volé", id=entity)
    told = office.send(claire, office.wire(claire, mine, customer), office.wire(claire, theirs, other))
    assert [(one.status, one.code) for one in told] == [("accepted", ""), ("rejected", "other_customers")]
    assert office.send(claire, office.wire(claire, theirs, other))[0].code == "other_customers"
    bad = b.NoteAdded(at="2026-11-21", text="x", id="y" * 100_000)
    assert office.send(claire, office.wire(claire, bad, other))[0].code == "malformed"
    with office.central.read() as connection:
        entry = TABLES["entry"].c
        assert connection.execute(select(entry.customer_id, entry.text).where(entry.id == entity)).all() == [
            (customer, "à Zoé")
        ]


def test_together_or_not_at_all(office: Office, claire: str, paul: str) -> None:
    customer = office.customer(claire)
    txn = office.new_id()
    good = office.note(claire, customer, "bonne", txn=txn)
    bad = office.note(claire, customer, "fausse", txn=txn, actor="Paul Ndiaye")
    alone = office.note(claire, customer, "seule")
    told = office.send(claire, good, bad, alone)
    assert [one.status for one in told] == ["rejected", "rejected", "accepted"]
    assert good.id not in stored(office)


def test_a_clock_ahead_is_asked_to_stamp_anew(office: Office, claire: str) -> None:
    customer = office.customer(claire)
    now = office.central.now_ms()
    ahead = office.note(claire, customer, "2099", hlc=str(Hlc(now + AHEAD_MS + 60_000, 0, claire)))
    near = office.note(claire, customer, "juste", hlc=str(Hlc(now + AHEAD_MS - 60_000, 0, claire)))
    past = office.note(claire, customer, "1999", hlc=str(Hlc(940_000_000_000, 0, claire)))
    assert [one.status for one in office.send(claire, ahead, near, past)] == ["clock_ahead", "accepted", "accepted"]


def test_a_right_withdrawn_quarantines_and_a_lead_decides(office: Office, claire: str) -> None:
    customer = office.customer(claire)
    stranger = office.hire("Nadia Petit", "Fixe")
    note, other = office.note(stranger, customer, "à garder"), office.note(stranger, customer, "à jeter")
    assert [one.status for one in office.send(stranger, note, other)] == ["quarantined"] * 2
    assert office.send(stranger, note)[0].status == "quarantined"
    assert [(row["id"], row["author"]) for row in list_quarantined(office.central)] == [
        (other.id, "Nadia Petit"), (note.id, "Nadia Petit"),
    ] or len(list_quarantined(office.central)) == 2  # fmt: skip
    release(office.central, note.id)
    drop(office.central, other.id)
    assert list_quarantined(office.central) == []
    assert note.id in stored(office)
    assert other.id not in stored(office)
    assert office.send(stranger, note)[0].status == "duplicate"


def test_a_role_without_the_right_is_quarantined_too(office: Office, claire: str) -> None:
    customer = office.customer(claire)
    trainer = office.hire("Ines Roy", "Mobile", role="trainer")
    told = office.send(trainer, office.note(trainer, customer, "d'une formatrice"))[0]
    assert (told.status, told.code) == ("quarantined", "permission")


def test_a_revoked_device_is_told_so_even_with_a_token_read_before(office: Office, claire: str) -> None:
    customer = office.customer(claire)
    note = office.note(claire, customer, "trop tard")
    identity = office.identity(claire)
    office.set_device(claire, revoked_at=1)
    from advisor_tui.store.central.push import push

    with pytest.raises(Denied) as caught:
        push(office.central, identity, [note])
    assert caught.value.code == "device_revoked"
    assert note.id not in stored(office)


def test_a_customer_goes_with_their_team(office: Office, claire: str) -> None:
    nadia = office.hire("Nadia Petit", "Fixe")
    customer = office.customer(claire)
    note = office.note(claire, customer, "avant")
    office.send(claire, note)
    before = office.page(claire, "t1")[-1].next
    move = office.wire(claire, b.Corrected(kind="customer", id=customer, set={"team": "Fixe"}), customer)
    told = office.send(claire, move)[0]
    assert (told.status, told.stream) == ("accepted", "t2")
    theirs = office.page(nadia, "t2")
    assert [line.event.id for line in theirs if line.event][1:] == [note.id, move.id]
    assert [line.left for line in office.page(claire, "t1", before or "") if line.left] == [customer]
    assert verify(office.central) == []
    late = office.note(claire, customer, "après")
    assert office.send(claire, late)[0].status == "quarantined"


def test_customers_of_a_team_that_is_created_later_go_to_it(office: Office, claire: str) -> None:
    customer = office.customer(claire, team="ÉNERGIE")
    with office.central.read() as connection:
        assert connection.execute(select(HOME.c.stream)).scalar_one() == "c"
    yann = office.hire("Yann Roux", "énergie")
    assert [line.event.customer_id for line in office.page(yann, "t2") if line.event] == [customer]
    assert [line.left for line in office.page(yann, "c") if line.left] == [customer]


def test_a_second_worker_folds_what_the_first_one_took(office: Office, claire: str, clock: SteppingClock) -> None:
    other = Central(office.central.url, clock)
    try:
        second = Office(other, office.count)
        customer = office.customer(claire)
        case = office.new_id()
        opened = b.CaseOpened(
            subject="Facture", kind="request", opened_at="2026-11-21", state="open", owner="Claire Morel"
        )
        office.send(claire, office.wire(claire, opened, customer, id=case, case_id=case))
        for turn in range(6):
            sender = (office, second)[turn % 2]
            told = sender.send(claire, sender.note(claire, customer, f"note {turn}", case_id=case))
            assert told[0].status == "accepted"
        with office.central.read() as connection:
            entries = connection.execute(select(TABLES["entry"].c.text).where(TABLES["entry"].c.kind == "note")).all()
            seqs = connection.execute(select(LINK.c.seq).where(LINK.c.stream == "t1").order_by(LINK.c.seq)).scalars()
            assert len(entries) == 6
            assert list(seqs) == list(range(1, 9))
    finally:
        other.close()


class TestAnotherDepartment:
    """A liaison reads no customer; what they answer waits for a lead, and is in their own name, of now, with real days."""

    @pytest.fixture
    def marc(self, office: Office) -> str:
        return office.hire("Marc Vasseur", "Mobile", role="liaison")

    @pytest.fixture
    def passed_on(self, office: Office, claire: str) -> tuple[str, str]:
        """A customer, and their signal."""
        customer = office.customer(claire)
        body = SignalRaised(text="Personne n'a lu ma preuve.", tag="non lu", department="billing", due="2026-12-04")
        signal = office.wire(claire, body, customer)
        assert office.send(claire, signal)[0].status == "accepted"
        return customer, signal.id

    def answer(self, office: Office, marc: str, passed_on: tuple[str, str], until: str = "", **more: Any) -> str:
        customer, signal = passed_on
        body = SignalAnswered(id=signal, answer="later" if until else "yes", words="Lues chaque matin.", until=until)
        return office.send(marc, office.wire(marc, body, customer, **more))[0].status

    def test_an_answer_waits_for_a_lead(self, office: Office, marc: str, passed_on: tuple[str, str]) -> None:
        assert self.answer(office, marc, passed_on) == "quarantined"
        (kept,) = list_quarantined(office.central)
        assert kept["author"] == "Marc Vasseur"
        release(office.central, kept["id"])
        assert kept["id"] in stored(office)

    def test_speaks_for_itself_and_of_now(self, office: Office, marc: str, passed_on: tuple[str, str]) -> None:
        assert self.answer(office, marc, passed_on, actor="import") == "rejected"
        for shift in (-AHEAD_MS - 60_000, AHEAD_MS + 60_000):
            assert self.answer(office, marc, passed_on, at=office.central.now_ms() + shift) == "rejected"

    @pytest.mark.parametrize("until", ["2027-01-15zzz", "2027-02-30", "20270115", "bientôt"])
    def test_a_day_that_is_none_reaches_nobody(
        self, office: Office, marc: str, passed_on: tuple[str, str], until: str
    ) -> None:
        assert self.answer(office, marc, passed_on, until) == "rejected"
        assert self.answer(office, marc, passed_on, "2027-01-15") == "quarantined"
