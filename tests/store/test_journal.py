"""One write, one transaction; the journal only grows; several processes agree."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import AdvisorError, Refused
from advisor_tui.domain.events import describe_types, encode_body
from advisor_tui.store.journal import Journal
from advisor_tui.store.rebuild import rebuild
from tests.store.house import CLAIRE, PAUL, House, SteppingClock


def hlcs(house: House) -> list[str]:
    return [row[0] for row in house.rows("SELECT hlc FROM event ORDER BY n")]


def test_an_exception_in_a_transaction_leaves_nothing_and_poisons_no_memory(house: House) -> None:
    customer = house.customer()
    before, picture = house.events(), house.digest()

    def interrupted() -> None:
        with house.journal.transaction() as unit:
            state = unit.state(customer)
            for text in ("un", "deux"):
                body = b.NoteAdded(at="2026-11-21", text=text)
                unit.append(unit.event("note_added", customer, body, at=unit.now_ms(), actor="x", txn="t"))
            unit.fold_pending()
            assert len(state.items) == 2
            unit.flush()
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        interrupted()
    assert house.events() == before
    assert house.digest() == picture
    with house.journal.transaction() as unit:
        assert unit.state(customer).items == {}
    house.do("add_note", customer=customer, text="trois")
    assert house.rows("SELECT text FROM entry WHERE kind = 'note'") == [("trois",)]


def test_a_refused_action_leaves_neither_event_nor_stamp_behind(house: House) -> None:
    case = house.case(house.customer())
    before = house.events(), house.digest(), house.rows("SELECT * FROM meta")
    with pytest.raises(Refused):
        house.do("write_resolution", case=case, text="fait", then="open", who=PAUL._replace(role="trainer"))
    house.do("make_commitment", case=case, text="je rappelle", due="+2")
    after = house.events(), house.digest(), house.rows("SELECT * FROM meta")
    assert after != before
    with pytest.raises(Refused, match="promise is still open"):
        house.do("write_resolution", case=case, text="fait", then="closed")
    assert (house.events(), house.digest(), house.rows("SELECT * FROM meta")) == after


def test_event_projection_search_and_draft_commit_together(house: House) -> None:
    from advisor_tui.actions.execute import execute
    from advisor_tui.store.drafts import save_draft
    from tests.store.house import RULES

    customer = house.customer()
    case = house.case(customer)
    words = "c'est réglé"
    save_draft(house.journal, case, "resolution", customer, words)
    draft = (case, "resolution", words)
    execute(house.journal, "write_resolution", {"case": case, "text": words}, CLAIRE, RULES, draft)
    assert house.rows("SELECT count(*) FROM draft") == [(0,)]
    assert house.rows("SELECT count(*) FROM entry_search WHERE entry_search MATCH 'regle'") == [(1,)]
    save_draft(house.journal, case, "resolution", customer, "encore")
    with pytest.raises(AdvisorError):
        execute(
            house.journal, "write_resolution", {"case": case, "text": " "}, CLAIRE, RULES, (case, "resolution", " ")
        )
    assert house.rows("SELECT text FROM draft") == [("encore",)]


def test_a_record_leaves_what_another_desk_keeps_about_the_same_case(house: House) -> None:
    from advisor_tui.actions.execute import execute
    from advisor_tui.store.drafts import save_draft
    from tests.store.house import RULES

    customer = house.customer()
    case = house.case(customer)
    save_draft(house.journal, case, "resolution", customer, "a colleague's longer words")
    execute(
        house.journal, "write_resolution", {"case": case, "text": "mine"}, CLAIRE, RULES, (case, "resolution", "mine")
    )
    assert house.rows("SELECT text FROM draft") == [("a colleague's longer words",)]


@pytest.mark.parametrize("statement", ["DELETE FROM event", "DELETE FROM event WHERE n = 1"])
def test_no_event_is_ever_deleted(house: House, statement: str) -> None:
    house.customer()
    with house.raw() as raw, pytest.raises(sqlite3.IntegrityError, match="append only"):
        raw.execute(statement)
    assert len(house.events()) == 1


@pytest.mark.parametrize("column", ["id", "customer_id", "case_id", "type", "v", "at", "actor", "txn", "base", "body"])
def test_no_event_is_ever_rewritten(house: House, column: str) -> None:
    house.customer()
    with house.raw() as raw:
        raw.execute("UPDATE event SET seq = 1")
        before = house.events()
        with pytest.raises(sqlite3.IntegrityError, match="append only"):
            raw.execute(f"UPDATE event SET {column} = 7")
    assert house.events() == before


@pytest.mark.parametrize("column", ["hlc", "at", "actor"])
def test_a_stamp_and_a_signature_may_change_only_until_the_event_is_sent(house: House, column: str) -> None:
    house.customer()
    with house.raw() as raw:
        raw.execute(f"UPDATE event SET {column} = 7")
        raw.execute("UPDATE event SET seq = 1")
        with pytest.raises(sqlite3.IntegrityError, match="append only"):
            raw.execute(f"UPDATE event SET {column} = 8")


@pytest.mark.parametrize("column", ["id", "customer_id", "case_id", "type", "v", "txn", "base", "body"])
def test_an_unsent_event_is_no_more_rewritten_than_a_sent_one(house: House, column: str) -> None:
    house.customer()
    with house.raw() as raw, pytest.raises(sqlite3.IntegrityError, match="append only"):
        raw.execute(f"UPDATE event SET {column} = 7")


def test_an_erased_body_leaves_an_anonymous_stub_that_can_be_folded(house: House) -> None:
    customer = house.customer()
    house.do("add_note", customer=customer, text="à effacer")
    with house.raw() as raw:
        raw.execute("UPDATE event SET body = NULL WHERE type = 'note_added'")
    assert len(house.events()) == 2
    assert house.journal.state(customer).items == {}


def test_two_journals_of_one_workspace_see_each_other_and_never_repeat_a_stamp(
    house: House, clock: SteppingClock
) -> None:
    other = Journal(house.path, clock)
    desks = [house.journal, other]
    customer = house.customer()
    from advisor_tui.actions.execute import execute
    from tests.store.house import RULES

    case = house.case(customer)
    clock.step *= 0  # both desks read one instant: only what is on disk keeps their stamps apart
    last = ""
    for turn in range(12):
        owner = f"Personne {turn}"
        given = {"case": case, "owner": owner, "next_step": "x", "next_on": "+2"}
        result = execute(desks[turn % 2], "hand_over", given, CLAIRE, RULES)
        assert turn == 0 or result.events[0].base == (last, last), "the writer saw what the other desk wrote"
        last = result.events[0].id
        assert all(desk.state(customer).cases[case].owner == owner for desk in desks)
    stamps = hlcs(house)
    assert len(set(stamps)) == len(stamps)
    assert stamps == sorted(stamps)
    before, after = rebuild(house.journal)
    assert before == after
    assert house.rows("SELECT count(*) FROM entry WHERE more LIKE '%replaced%'") == [(0,)]
    other.close()


def test_a_clock_set_back_by_a_year_still_gives_later_stamps(house: House, clock: SteppingClock) -> None:
    customer = house.customer()
    house.do("add_note", customer=customer, text="avant")
    clock.advance(days=-365)
    house.do("add_note", customer=customer, text="après")
    stamps = hlcs(house)
    assert stamps == sorted(set(stamps))
    again = Journal(house.path, clock)
    with again.transaction() as unit:
        assert (
            str(unit.event("note_added", customer, b.NoteAdded(at="x", text="y"), at=0, actor="", txn="").hlc)
            > stamps[-1]
        )
    again.close()


WRITER = """
import sys
from pathlib import Path
from tests.store.house import House, SteppingClock
house = House(Path(sys.argv[1]), SteppingClock(), seed=int(sys.argv[2]))
for turn in range(15):
    house.do("add_note", customer=sys.argv[3], text=f"desk {sys.argv[2]} note {turn}")
house.close()
"""


def test_two_processes_that_write_at_once_lose_nothing_and_repeat_no_stamp(house: House) -> None:
    customer = house.customer()
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(house.path), seed, customer], cwd=Path(__file__).parents[2])
        for seed in ("1", "2")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    texts = {row[0] for row in house.rows("SELECT text FROM entry WHERE kind = 'note'")}
    assert texts == {f"desk {seed} note {turn}" for seed in (1, 2) for turn in range(15)}
    stamps = hlcs(house)
    assert len(stamps) == len(set(stamps)) == 31
    assert house.do("add_note", customer=customer, text="moi").events
    assert len(house.journal.state(customer).items) == 31


PASSER_BY = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT count(*) FROM event").fetchone()
connection.close()
"""


def test_opening_and_reading_drops_no_lock_so_a_passing_process_never_takes_the_log_away(house: House) -> None:
    from advisor_tui.store.reads.connection import open_reads

    customer = house.customer()
    open_reads(house.path).close()
    Journal(house.path, house.clock).close()
    subprocess.run([sys.executable, "-c", PASSER_BY, str(house.path)], check=True)
    assert house.path.with_name(house.path.name + "-wal").exists(), "the passer-by thought it was the last one here"
    house.do("add_note", customer=customer, text="toujours là")
    assert len(house.events()) == 2


CREATOR = """
import sys
from pathlib import Path
from tests.store.house import fresh_database
fresh_database(Path(sys.argv[1]))
"""


def test_two_processes_may_create_the_same_workspace_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "workspace.db"
    root = Path(__file__).parents[2]
    makers = [subprocess.Popen([sys.executable, "-c", CREATOR, str(path)], cwd=root) for _ in range(3)]
    assert [maker.wait(60) for maker in makers] == [0, 0, 0]
    House(path, SteppingClock()).close()


def integrity(house: House) -> None:
    with house.raw() as raw:
        for index in ("entry_search", "customer_search", "customer_part"):
            raw.execute(f"INSERT INTO {index}({index}, rank) VALUES('integrity-check', 1)")


def found(house: House, word: str) -> int:
    return int(house.rows("SELECT count(*) FROM entry_search WHERE entry_search MATCH ?", word)[0][0])


def test_the_search_index_follows_what_is_written_revised_and_undone(house: House) -> None:
    case = house.case(house.customer())
    resolution = house.do("write_resolution", case=case, text="remboursement accordé").made["resolution"]
    assert (found(house, "remboursement"), found(house, "geste")) == (1, 0)
    house.do("revise_resolution", resolution=resolution, text="geste accordé")
    assert (found(house, "remboursement"), found(house, "geste")) == (0, 1)
    integrity(house)
    house.do("undo")
    assert (found(house, "remboursement"), found(house, "geste")) == (1, 0)
    house.do("undo")
    assert (found(house, "remboursement"), found(house, "geste")) == (0, 0)
    integrity(house)


def test_the_customer_indexes_follow_names_and_numbers(house: House) -> None:
    customer = house.customer("Zoé Lefèvre")
    house.do("add_identifier", customer=customer, kind="former_name", value="Zoé Castellane")
    integrity(house)
    with house.raw() as raw:
        assert raw.execute(
            "SELECT count(*) FROM customer_search WHERE customer_search MATCH 'castellane'"
        ).fetchone() == (1,)
    house.do("undo")
    integrity(house)
    with house.raw() as raw:
        assert raw.execute(
            "SELECT count(*) FROM customer_search WHERE customer_search MATCH 'castellane'"
        ).fetchone() == (0,)
        assert raw.execute("SELECT count(*) FROM customer_part WHERE customer_part MATCH 'castell'").fetchone() == (0,)


def test_the_same_body_is_always_the_same_bytes_and_every_type_has_a_schema() -> None:
    body = b.NoteAdded(at="2026-11-21", text="é")
    assert (
        encode_body(body)
        == encode_body(b.NoteAdded(text="é", at="2026-11-21"))
        == '{"at":"2026-11-21","text":"é"}'.encode()
    )
    assert {"note_added", "undone", "customers_merged"} <= set(describe_types())
    assert all("$defs" in schema for schema in describe_types().values())


def test_an_import_correction_leaves_a_wording_written_here(house: House) -> None:
    from advisor_tui.gateways.importer import Defaults, Importer, Source

    def take(text: str) -> None:
        lines = [
            '{"v":1,"type":"customer","id":"w","name":"Zoé"}',
            '{"v":1,"type":"case","id":"w","customer":"w","kind":"request","subject":"x","opened_at":"2026-01-05T10:00:00+01:00","state":"closed"}',
            '{"v":1,"type":"resolution","id":"w","case":"w","at":"2026-01-05T11:00:00+01:00","text":"TEXT"}'.replace(
                "TEXT", text
            ),
        ]
        importer = Importer(house.journal, Defaults("équipe", "suite"), lambda source, error: pytest.fail(str(error)))
        importer.take(Source(0, number, line.encode()) for number, line in enumerate(lines, 1))
        importer.finish()

    take("imported")
    house.do("revise_resolution", resolution="w", text="written here with care")
    take("imported again")
    (shown,) = house.rows("SELECT text FROM entry WHERE kind = 'resolution'")
    assert "written here with care" in shown[0]
    assert "imported again" in shown[0]
