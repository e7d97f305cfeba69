"""All that is held on a person is found, and once erased none of it is: not in the tables, not in the bytes of the file."""

from __future__ import annotations

import json
import time
from datetime import date
from itertools import count
from typing import Any

import pytest
from msgspec import to_builtins

from advisor_tui.cli.held_text import FIELDS, PASSED_OVER, TITLES, held_lines
from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import Refused
from advisor_tui.domain.events import BODIES
from advisor_tui.domain.identity import uuid7
from advisor_tui.store.drafts import save_draft
from advisor_tui.store.held import Held, read_held
from advisor_tui.store.reads.search import search
from advisor_tui.store.rebuild import rebuild
from advisor_tui.store.rights import clean_file, erase_person, has_events, was_shared
from tests.domain.filling import filled, leaves
from tests.store.house import CLAIRE, PAUL, START, House

TODAY = START.date()
NUMBERS = count(1)


def held_of(house: House, customer: str) -> Held:
    held = read_held(house.reads, customer)
    assert held is not None
    return held


def page(held: Held) -> str:
    return "\n".join(held_lines(held, START))


def put(house: House, type_: str, customer: str, fields: dict[str, Any], case: str | None = None) -> str:
    """An event as any version may have left it, behind the fold's back; its id."""
    n = next(NUMBERS)
    at = 1_790_000_000_000 + n * 1000
    id_ = uuid7(at, n)
    values = (
        id_,
        customer,
        case,
        type_,
        at,
        f"{at:012x}-{n:06x}-0000000a",
        id_,
        json.dumps(fields, ensure_ascii=False),
    )
    with house.raw() as raw:
        raw.execute(
            "INSERT INTO event (id, customer_id, case_id, type, v, at, hlc, actor, txn, base, body) "
            "VALUES (?, ?, ?, ?, 1, ?, ?, 'import', ?, '', ?)",
            values,
        )
    return id_


@pytest.fixture
def zoe(house: House) -> str:
    """A customer with a little of everything, done by two people."""
    customer = house.customer(
        identifiers=[b.Identifier(kind="phone", value="06 39 98 11 22", from_="2003-02-01", to="2019-05-31")], ext="crm:41",
        preferences=[b.Preference(key="canal", value="courrier", source="dit au téléphone", at="2021-03-11")],
    )  # fmt: skip
    house.record(
        "holding_recorded",
        customer,
        b.HoldingRecorded(id="h" * 3, product="Ligne claire", from_="2003-02-01", ext="crm:h1"),
    )
    case = house.case(customer, subject="Facture contestée")
    house.do("log_contact", case=case, body="« On m’a compté deux mois. »\n\n## Fin du dossier", subject="Double débit")
    written = house.do("write_resolution", case=case, text="Premier avis : rien à rembourser.")
    house.do("revise_resolution", resolution=written.made["resolution"], text="Second avis : un mois remboursé.")
    house.do("make_commitment", case=case, text="Virement de 12 €", due="+3", heard="avant mardi")
    house.do("add_note", who=PAUL, customer=customer, text="Parle lentement.")
    return customer


class TestEverything:
    @pytest.mark.parametrize("in_case", [True, False])
    def test_every_word_of_every_type_of_event(self, house: House, in_case: bool) -> None:
        customer = house.customer()
        case = house.case(customer) if in_case else None
        words = (f"mot-{n}" for n in count())
        said = {}
        for type_ in BODIES:
            if type_ not in ("undone", "corrected"):
                said[type_] = put(house, type_, customer, filled(type_, lambda: next(words)), case=case)
        put(house, "corrected", customer, {"kind": "note", "id": said["note_added"], "set": {"text": "mot-corrigé"}})
        put(house, "undone", customer, {"events": [said["fact_stated"]]})
        put(house, "of_a_later_version", customer, {"plus_tard": "mot-neuf"}, case=case)
        held = held_of(house, customer)
        text, raw = page(held), json.dumps(to_builtins(held), ensure_ascii=False)
        given = [json.loads(row[0]) for row in house.rows("SELECT body FROM event WHERE customer_id = ?", customer)]
        tokens = {word for body in given for word in leaves(body) if word.startswith("mot-")}
        assert len(tokens) > 150
        assert {word for word in tokens if f'"{word}"' not in raw} == set()
        named = {word for body in given for key, value in body.items() if key in PASSED_OVER for word in leaves(value)}
        lines = text.replace(" · ", "\n").split("\n")
        shown = {part.strip("-> ").rpartition(": ")[2] for part in lines}
        assert tokens - named - shown == set()

    def test_each_type_and_each_field_has_a_name(self) -> None:
        assert set(BODIES) == set(TITLES)
        keys = {key for type_ in BODIES for key in filled(type_, lambda: "x")}
        assert keys - set(FIELDS) - set(PASSED_OVER) <= {"events", "excludes", "requires", "price"}

    def test_who_what_when_and_from_where(self, house: House, zoe: str) -> None:
        text = page(held_of(house, zoe))
        for said in (
            "# Everything held on Zoé Lefèvre", "- phone: 06 39 98 11 22 · Saturday 1 February 2003 – Friday 31 May 2019 · import",
            "- preferences: canal · courrier · dit au téléphone · Thursday 11 March 2021", "## Case: Facture contestée",
            "Saturday 21 November 2026, 09:00 · call, from the customer · Claire Morel", "Saturday 21 November 2026, 09:00 · note · Paul Ndiaye",
            "> « On m’a compté deux mois. »\n> \n> ## Fin du dossier", "> Premier avis : rien à rembourser.", "Second avis : un mois remboursé.",
            "- due: Tuesday 24 November 2026", "- what they heard: avant mardi", "imported on Saturday 21 November 2026, 09:00 as crm:41",
            "- holds: Ligne claire",
        ):  # fmt: skip
            assert said in text, said
        assert not [line for line in text.split("\n") if line.startswith("## Fin")], (
            "a customer's words are no heading of ours"
        )

    def test_what_was_taken_back_is_there_and_said_to_be(self, house: House, zoe: str) -> None:
        house.do("add_note", customer=zoe, text="Écrit trop vite.")
        house.do("undo")
        held = held_of(house, zoe)
        assert "> Écrit trop vite." in page(held)
        (note,) = [one for one in held.entries if one.fields.get("text") == "Écrit trop vite."]
        assert note.undone
        assert [(one.type, one.by) for one in note.later] == [("undone", "Claire Morel")]
        house.do("undo", txn=house.rows("SELECT txn FROM event WHERE type = 'undone'")[0][0])
        (note,) = [one for one in held_of(house, zoe).entries if one.fields.get("text") == "Écrit trop vite."]
        assert not note.undone

    def test_records_that_were_merged(self, house: House, zoe: str) -> None:
        other = house.customer(
            "Z. Lefebvre", since="1994-03-01", identifiers=[b.Identifier(kind="email", value="z@example.org")]
        )
        house.do("add_note", customer=other, text="Venue en boutique.")
        house.do("merge_customers", keep=zoe, absorb=other)
        for asked in (zoe, other):
            text = page(held_of(house, asked))
            assert all(
                word in text
                for word in ("Z. Lefebvre", "z@example.org", "> Venue en boutique.", "Ligne claire", "2 records")
            )

    def test_a_stranger_s_words_are_not_in_it(self, house: House, zoe: str) -> None:
        stranger = house.customer("Marguerite Roussel")
        house.do("add_note", customer=stranger, text="Autre personne.")
        assert "Autre personne" not in page(held_of(house, zoe))
        assert read_held(house.reads, "nobody") is None

    def test_drafts_and_what_the_server_did_not_take(self, house: House, zoe: str) -> None:
        save_draft(house.journal, zoe, "note", zoe, "Une phrase\ncommencée")
        event = {
            "id": "x",
            "type": "note_added",
            "at": 1_790_000_000_000,
            "hlc": "",
            "actor": "Paul Ndiaye",
            "body": {"text": "Refusé là-bas."},
        }
        with house.raw() as raw:
            raw.execute(
                "INSERT INTO set_aside VALUES ('x', 't', ?, 'rejected', 'malformed', 'Too long.', 0, ?)",
                (zoe, json.dumps(event)),
            )
        text = page(held_of(house, zoe))
        assert "> Une phrase\n> commencée" in text
        assert "> Refusé là-bas." in text
        assert "Too long." in text

    def test_ten_thousand_entries_in_less_than_three_seconds(self, house: House) -> None:
        customer = house.customer()
        rows = [
            (uuid7(n, n), customer, n * 60_000, f"{n:012x}-000000-0000000a", json.dumps({"at": "2026-01-01T09:00:00+01:00", "text": f"Note {n}. " * 20}))
            for n in range(10_000)
        ]  # fmt: skip
        with house.raw() as raw:
            raw.execute("BEGIN")
            raw.executemany(
                "INSERT INTO event (id, customer_id, type, v, at, hlc, actor, txn, base, body) VALUES (?,?,'note_added',1,?,?,'Paul Ndiaye','t','',?)",
                rows,
            )
            raw.execute("COMMIT")
        start = time.process_time()
        lines = list(held_lines(held_of(house, customer), START))
        assert time.process_time() - start < 3
        assert sum(line.startswith("> Note") for line in lines) == 10_000


SECRETS = (
    "Qxanaduvil",
    "Qxborogrov",
    "Qxcimmeria",
    "Qxdulcamar",
    "Qxeldorado",
    "Qxfarandol",
    "Qxgalimati",
    "Qxhippogri",
    "Qxilmarine",
)
"""Words that stand nowhere else; their first letters may hide in what an index shares between words."""


def bytes_of(house: House) -> bytes:
    """All that is on disk of the database, its log included; letters in lower case."""
    files = sorted(house.path.parent.glob(house.path.name + "*"))
    return b"".join(path.read_bytes() for path in files if not path.name.endswith("-shm")).lower()


def secretive(house: House) -> str:
    """A customer whose words went everywhere they can: tables, index, old wordings, drafts, set aside."""
    one, two, three, four, five, six, seven, eight, nine = SECRETS
    with house.journal.engine.connect() as connection:  # as most builds of SQLite have it
        connection.exec_driver_sql("PRAGMA secure_delete = OFF")
        connection.commit()
    customer = house.customer(f"Zoé {one}", identifiers=[b.Identifier(kind="email", value=f"{two}@example.org")])
    house.record("holding_recorded", customer, b.HoldingRecorded(product=three))
    case = house.case(customer, subject=four)
    note = house.do("write_resolution", case=case, text=f"{five} " * 3000).made["resolution"]
    house.do("revise_resolution", resolution=note, text=f"Autrement : {six}")
    event = json.dumps({"id": "x", "type": "note_added", "at": 0, "hlc": "0", "actor": "x", "body": {"text": eight}})
    with house.raw() as raw:
        raw.execute(
            "INSERT INTO set_aside VALUES ('x', 't', ?, 'rejected', 'malformed', 'no', 0, ?)", (customer, event)
        )
    save_draft(house.journal, case, "note", customer, f"{nine} commencé")
    save_draft(house.journal, customer, "note", customer, f"{seven} " * 20_000)
    save_draft(house.journal, customer, "note", customer, "")  # what it took lies in free pages
    return customer


class TestErased:
    def test_no_word_is_left_in_any_byte_of_the_file(self, house: House) -> None:
        customer = secretive(house)
        other = house.customer("Marguerite Roussel")
        house.do("add_note", customer=other, text="Ceci reste, avec Qxanadu dedans.")
        before = bytes_of(house)
        assert [word for word in SECRETS if word.lower().encode() not in before] == [], "they were there"
        erase_person(house.journal, [customer], TODAY)
        house.close()
        assert clean_file(house.path)
        after = bytes_of(house)
        assert [word for word in SECRETS if word[2:].lower().encode() in after] == []
        assert b"ceci reste" in after

    def test_also_while_a_desk_has_it_open(self, house: House) -> None:
        customer = secretive(house)
        assert house.rows("SELECT count(*) FROM event")[0][0] > 3, "a reader has looked"
        erase_person(house.journal, [customer], TODAY)
        assert clean_file(house.path)
        after = bytes_of(house)
        assert [word for word in SECRETS if word[2:].lower().encode() in after] == []
        house.do("add_note", customer=house.customer("Paul Roussel"), text="On continue.")

    def test_someone_reading_at_that_moment_is_said_to_be_in_the_way(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        customer = secretive(house)
        house.reads.execute("BEGIN")
        house.rows("SELECT count(*) FROM event")
        erase_person(house.journal, [customer], TODAY)
        assert not clean_file(house.path, patience=0.05)
        house.reads.execute("COMMIT")
        assert clean_file(house.path)

    def test_stubs_stay_and_everything_else_is_as_it_was(self, house: House, zoe: str) -> None:
        other = house.customer("Marguerite Roussel")
        house.do("add_note", customer=other, text="Ceci reste.")
        before = house.events()
        erased = erase_person(house.journal, [zoe], TODAY, force_open=True)
        after = house.events()
        theirs = [row for row in before if row[1] == zoe]
        assert erased.entries == len(theirs) > 6
        assert [row[:10] for row in after] == [row[:10] for row in before]
        assert [row for row in after if row[1] != zoe] == [row for row in before if row[1] != zoe]
        assert all(row[10] is None for row in after if row[1] == zoe)
        for table in ("customer_view", "entry", "case_view", "holding_view", "identifier"):
            owner = "id" if table == "customer_view" else "customer_id"
            assert house.rows(f"SELECT count(*) FROM {table} WHERE {owner} = ?", zoe) == [(0,)], table
        assert search(house.reads, "remboursé") == []
        assert [hit.customer_id for hit in search(house.reads, "reste")] == [other]
        assert rebuild(house.journal)[0] == rebuild(house.journal)[1] == house.digest()
        assert read_held(house.reads, zoe) is None
        assert has_events(house.reads, zoe)

    def test_all_records_of_the_person(self, house: House, zoe: str) -> None:
        other = house.customer("Z. Lefebvre")
        house.do("merge_customers", keep=zoe, absorb=other)
        held = held_of(house, other)
        erase_person(house.journal, list(held.customer.ids), TODAY, force_open=True)
        assert house.rows("SELECT count(*) FROM event WHERE body IS NOT NULL") == [(0,)]
        assert rebuild(house.journal)[0] == house.digest()

    def test_done_again_there_is_nothing_left(self, house: House, zoe: str) -> None:
        erase_person(house.journal, [zoe], TODAY, force_open=True)
        assert erase_person(house.journal, [zoe], TODAY).entries == 0

    def test_files_that_nobody_else_names(self, house: House) -> None:
        zoe, other = house.customer(), house.customer("Marguerite Roussel")
        mine, shared = "a" * 64, "b" * 64
        for customer, files in ((zoe, [mine, shared]), (other, [shared])):
            body = b.ContactLogged(
                channel="email", direction="inbound", at="2026-11-20T09:00:00+01:00", body="Voir la pièce", answered=True,
                attachments=[b.Attachment(name="x.pdf", sha256=sha256) for sha256 in files],
            )  # fmt: skip
            house.record("contact_logged", customer, body)
        assert erase_person(house.journal, [zoe], TODAY).attachments == [mine]
        assert erase_person(house.journal, [other], TODAY).attachments == [shared]

    def test_what_a_server_was_given_is_known(self, house: House, zoe: str) -> None:
        assert not was_shared(house.reads, [zoe])
        with house.raw() as raw:
            raw.execute("UPDATE event SET seq = 1, stream = 's' WHERE type = 'note_added'")
        assert was_shared(house.reads, ["x", zoe])


class TestRefused:
    def refused(
        self, house: House, customer: str, code: str, *, force_open: bool = False, today: date = TODAY
    ) -> Refused:
        before, picture = house.events(), house.digest()
        with pytest.raises(Refused) as refusal:
            erase_person(house.journal, [customer], today, force_open=force_open)
        assert refusal.value.code == code
        assert (house.events(), house.digest()) == (before, picture), "nothing was erased"
        return refusal.value

    def test_while_the_law_asks_to_keep_it(self, house: House) -> None:
        zoe = house.customer()
        house.record("legal_hold_set", zoe, b.LegalHoldSet(reason="Expertise judiciaire"))
        for force in (True, False):
            assert "Expertise judiciaire" in str(self.refused(house, zoe, "legal_hold", force_open=force))
        house.record("legal_hold_set", zoe, b.LegalHoldSet())
        erase_person(house.journal, [zoe], TODAY)

    def test_the_last_hold_counts_and_runs_out_after_its_last_day(self, house: House) -> None:
        zoe = house.customer()
        house.record("legal_hold_set", zoe, b.LegalHoldSet(reason="Procès"))
        house.record("legal_hold_set", zoe, b.LegalHoldSet(reason="Procès, jusqu’à l’appel", until="2026-11-21"))
        self.refused(house, zoe, "legal_hold", today=date(2026, 11, 21))
        erase_person(house.journal, [zoe], date(2026, 11, 22))

    def test_a_hold_on_any_record_of_the_person(self, house: House) -> None:
        zoe, other = house.customer(), house.customer("Z. Lefebvre")
        house.record("legal_hold_set", other, b.LegalHoldSet(reason="Procès"))
        house.do("merge_customers", keep=zoe, absorb=other)
        with pytest.raises(Refused):
            erase_person(house.journal, [zoe, other], TODAY)
        assert house.rows("SELECT count(*) FROM event WHERE body IS NULL") == [(0,)]

    def test_a_hold_that_was_taken_back(self, house: House) -> None:
        zoe = house.customer()
        hold = house.record("legal_hold_set", zoe, b.LegalHoldSet(reason="Erreur de personne"), actor=CLAIRE.name)
        house.record("undone", zoe, b.Undone(events=[hold]), actor=CLAIRE.name)
        erase_person(house.journal, [zoe], TODAY)

    def test_while_a_promise_is_open(self, house: House) -> None:
        zoe = house.customer()
        made = house.do("make_commitment", case=house.case(zoe), text="Virement de 12 €", due="+3").made["commitment"]
        assert "Virement de 12 €" in str(self.refused(house, zoe, "promise_open"))
        house.do("keep_commitment", commitment=made)
        assert erase_person(house.journal, [zoe], TODAY).forced == []

    def test_while_something_is_unanswered(self, house: House) -> None:
        zoe = house.customer()
        house.do("log_contact", customer=zoe, body="Où en est ma lettre ?", channel="letter")
        assert "Où en est ma lettre" in str(self.refused(house, zoe, "unanswered"))
        assert erase_person(house.journal, [zoe], TODAY, force_open=True).forced == ["unanswered"]
