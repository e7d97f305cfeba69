"""What a table promises: whatever Excel or a person made of it, its rows come in or are refused in words."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from advisor_tui.gateways.csv_columns import FIELDS, fields_of, heading
from advisor_tui.gateways.csv_text import encoding_of
from advisor_tui.gateways.csv_values import amount, day, instant
from advisor_tui.gateways.line_reader import Rejected
from tests.gateways.conftest import Home, contact, customer, rejects, totals

Homes = Callable[..., Home]
PARIS = ZoneInfo("Europe/Paris")
PEOPLE = """Nom;Prénom;Courriel;Téléphone;N° de compte;Code postal;Ville;Remarque
Verne;Zoé;zoe@example.org;06 39 98 04 42;A-1;69002;Lyon;fidèle
Élan;;;01 99 00 41 17;;;;
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_every_encoding_and_separator_of_a_spreadsheet_is_read(
    home: Homes, tmp_path: Path, encoding: str, separator: str
) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(PEOPLE.replace(";", separator).replace("\n", "\r\n").encode(encoding))
    one = home()
    outcome = one.take(path)
    assert (outcome.status, outcome.lines, totals(outcome)) == (0, 2, (2, 0, 0, 0))
    zoe = next(line for line in one.exported() if line["name"] == "Zoé Verne")
    assert zoe["identifiers"] == [
        {"kind": "email", "value": "zoe@example.org"}, {"kind": "phone", "value": "06 39 98 04 42"},
        {"kind": "account", "value": "A-1"}, {"kind": "postal", "value": "69002 Lyon"},
    ]  # fmt: skip
    assert zoe["extra"] == {"Remarque": "fidèle"}
    assert totals(one.take(path)) == (0, 2, 0, 0)


def test_old_encodings_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    text = "nom;ville\nÉlodie Çelik;Orléans où l’été est à Noël, déjà prévu\n" * 20
    for encoding in ("cp1252", "mac_roman"):
        path.write_bytes(text.encode(encoding))
        assert encoding_of(path) == encoding


def test_excel_s_separator_mark_and_quoted_newlines_are_read(home: Homes, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('sep=|\nname|email|note\n"Ann ""the"" O\'Brien"|ann@example.org|"two\nlines; | and a bar"\n')
    one = home()
    assert one.take(path).status == 0
    (line,) = one.exported()
    assert (line["name"], line["extra"]["note"]) == ('Ann "the" O\'Brien', "two\nlines; | and a bar")


def test_ragged_rows_are_refused_with_their_line_number_as_they_came(home: Homes, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('name,email\nA,a@example.org\n"B\nB",b@example.org,more\n\nC\nD,d@example.org,,\n')
    outcome = home().take(path)
    assert totals(outcome) == (2, 0, 0, 2)
    assert rejects(outcome) == [
        {"line": 3, "error": "The row has 3 columns instead of 2.", "text": '"B\nB",b@example.org,more'},
        {"line": 6, "error": "The row has 1 columns instead of 2.", "text": "C"},
    ]


def test_a_row_in_another_encoding_is_refused_alone(home: Homes, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("name,city\nZoé,Orléans\nÉva,Nîmes\n".encode() + b"Andr\xe9,Sens\n")
    outcome = home().take(path)
    assert totals(outcome) == (2, 0, 0, 1)
    (row,) = rejects(outcome)
    assert row["error"] == "The row is not utf-8 like the rest of the file."
    assert base64.b64decode(row["base64"]) == b"Andr\xe9,Sens"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("colour,shape\nred,round\n", "colour, shape"),
        ("a b c d\n1 2 3 4\n", "a b c d"),
        ("name:email\nAda:ada@example.org\n", "name:email"),
    ],
)
def test_columns_that_say_nothing_are_named_in_one_sentence(
    home: Homes, tmp_path: Path, content: str, words: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content)
    outcome = home().take(path)
    assert outcome.status == 1
    note = outcome.files[0].note()
    assert f"these columns say nothing that can be imported: {words}. Known fields: type, id, customer" in note
    assert outcome.files[0].rejects is None


def test_a_mapping_names_columns_nobody_could_guess(home: Homes, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Wer,Wohin\nAda,ada@example.org\n")
    one = home()
    assert one.take(path, mapping={"Wer": "name", "wohin": "email"}).status == 0
    assert one.exported()[0]["identifiers"] == [{"kind": "email", "value": "ada@example.org"}]
    outcome = one.take(path, mapping={"Wer": "nome"})
    assert outcome.files[0].note().startswith("The fields nome are not known. Known fields:")


CONTACTS = """Date;Heure;Canal;Sens;Courriel;Nom;Objet;Message;Répondu
21/11/2026;09:30;Téléphone;Entrant;zoe@example.org;Zoé Verne;Panne;Rien ne va;non
20/11/2026 14:30;;e-mail;sortant;ZOE@example.org;;Re: Panne;On arrive;
2026-07-01;;boutique;entrant;new@example.org;Neuf Client;Achat;;oui
"""


def test_contacts_find_their_customer_by_address_or_make_one(home: Homes, tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text(CONTACTS, encoding="utf-8")
    one = home()
    one.lines(customer("z", identifiers=[{"kind": "email", "value": "Zoe@Example.org"}]))
    assert totals(one.take(path)) == (4, 0, 0, 0)
    lines = one.exported("contact")
    assert [(line["customer"], line["at"], line["channel"], line["direction"]) for line in lines] == [
        ("email:new@example.org", "2026-07-01", "store", "inbound"),
        ("z", "2026-11-20T14:30:00+01:00", "email", "outbound"),
        ("z", "2026-11-21T09:30:00+01:00", "phone", "inbound"),
    ]
    assert (lines[0]["answered"], lines[2]["answered"]) == (True, False)
    assert next(line for line in one.exported("customer") if line["id"] != "z")["name"] == "Neuf Client"
    assert totals(one.take(path)) == (0, 3, 0, 0)


def test_a_row_stays_with_its_customer_when_addresses_change_hands(home: Homes, tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text(CONTACTS, encoding="utf-8")
    one = home()
    one.take(path)
    one.lines(customer("a", identifiers=[{"kind": "email", "value": "zoe@example.org"}]))
    assert totals(one.take(path)) == (0, 3, 0, 0)


def test_customers_come_before_contacts_whatever_the_files_are_called(home: Homes, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CONTACTS, encoding="utf-8")
    (tmp_path / "b.csv").write_text("id,name,email\nz,Zoé,zoe@example.org\n", encoding="utf-8")
    one = home()
    one.take(tmp_path / "a.csv", tmp_path / "b.csv")
    assert sorted(line["id"] for line in one.exported("customer")) == ["email:new@example.org", "z"]


def test_a_type_column_mixes_types_and_words_in_french(home: Homes, tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    path.write_text(
        "type;id;client;nom;produit;montant;nature;objet;ouvert le;état;échéance;date;canal\n"
        "client;c1;;Ada;;;entreprise;;;;;;\n"
        "holding;h1;c1;;Ligne;1 234,50;;;;;;;\n"
        "dossier;k1;c1;;;;réclamation;Trop cher;03/11/2026 8h05;en attente;30/11/26;;\n"
        "contact;t1;c1;;;;;Bonjour;;;;01/02/2026 10:00:05;sms\n"
        "fée;x;c1;;;;;;;;;;\n",
        encoding="utf-8",
    )
    one = home()
    outcome = one.take(path)
    assert totals(outcome) == (4, 0, 0, 1)
    assert rejects(outcome)[0]["error"] == "The type fée is not known."
    found: dict[str, Any] = {line["type"]: line for line in one.exported()}
    assert found["customer"]["kind"] == "organisation"
    assert found["holding"]["value"] == 1234.5
    assert (found["case"]["kind"], found["case"]["state"], found["case"]["next_on"]) == (
        "complaint",
        "waiting",
        "2026-11-30",
    )
    assert found["case"]["opened_at"] == "2026-11-03T08:05:00+01:00"
    assert found["contact"]["at"] == "2026-02-01T10:00:05+01:00"


def test_the_type_can_be_said_from_outside(home: Homes, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("client;objet;ouvert le\nc1;Panne;2026-11-01\nc9;Panne;2026-11-01\n")
    one = home()
    one.lines(customer())
    outcome = one.take(path, csv_type="case")
    assert totals(outcome) == (1, 0, 0, 1)
    assert rejects(outcome)[0]["error"] == "customer refers to nothing: c9"
    assert one.take(path, csv_type="survey").status == 1


def test_a_wrong_date_is_refused_with_the_row(home: Homes, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("client,date,canal\nc1,31/02/2026,sms\nc1,,sms\nc1,12/31/2026,sms\n")
    one = home()
    one.lines(customer())
    assert [row["error"] for row in rejects(one.take(path))] == [
        "at is not a date or time: 31/02/2026", "at is not a date or time: 12/31/2026", "The key at is missing.",
    ]  # fmt: skip


def test_a_refused_row_can_be_mended_as_a_line(home: Homes, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("client,date,canal\nc1,2026-11-01,pigeon\n")
    one = home()
    one.lines(customer())
    kept = one.take(path).files[0].rejects
    assert kept == tmp_path / "a.csv.rejects.jsonl"
    kept.write_text(kept.read_text().replace("pigeon", "sms"))
    assert totals(one.take(kept)) == (1, 0, 0, 0)


def test_hostile_tables_do_no_harm(home: Homes, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'name,email\n"never closed,x@example.org\n' + b"x" * 300_000 + b"\n\x00,\x1b[31m\n")
    outcome = home().take(path)
    assert outcome.report.total("added") + outcome.report.total("rejected") == outcome.lines == 1
    path.write_bytes(bytes(range(256)) * 50)
    assert home("b").take(path).status in (1, 3)


def test_a_heading_never_closed_is_said(home: Homes, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'"name,email\n' + b"x" * (9 * 1024 * 1024) + b"\n")
    outcome = home().take(path)
    assert outcome.status == 1
    assert outcome.files[0].note() == f"{path}: the headings cannot be read. A quotation mark may not be closed."


def test_dates_are_read_as_people_write_them() -> None:
    assert day("since", "21/11/2026", PARIS) == "2026-11-21"
    assert day("since", "2026-11-21T10:00:00", PARIS) == "2026-11-21"
    assert instant("at", "21/11/2026 14:30", "", PARIS) == "2026-11-21T14:30:00+01:00"
    assert instant("at", "21.7.2026 à 14h", "", PARIS) == "2026-07-21T14:00:00+02:00"
    assert instant("at", "2026-03-29 02:30", "", PARIS) == "2026-03-29T03:30:00+02:00"
    assert instant("at", "2026-11-21T14:30:00Z", "", PARIS) == "2026-11-21T14:30:00+00:00"
    for wrong in ("", "soon", "2026-13-01", "1/1/1", "21/11/2026 25:00"):
        with pytest.raises(Rejected):
            instant("at", wrong, "", PARIS)


def test_numbers_are_read_as_people_write_them() -> None:
    written = ("12,5", "1 234,50", "-3", "007", "12 rue", "1,234.50", "")
    assert [amount(text) for text in written] == [12.5, 1234.5, -3, "007", "12 rue", "1,234.50", ""]


def test_no_heading_means_two_things() -> None:
    every = [word for words in FIELDS.values() for word in words]
    assert len(every) == len(set(every))
    assert all(heading(word) == word for word in every)
    assert fields_of(["N° de téléphone", "E-mail", "email"], {}) == {0: "phone", 1: "email"}


def test_rows_with_an_id_may_be_corrected(home: Homes, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    one = home()
    one.lines(customer(), contact("t0"))
    for text, expected in (("eins", (1, 0, 0, 0)), ("zwei", (0, 0, 1, 0))):
        path.write_text(f"id,client,date,canal,message\nt1,c1,2026-11-01,sms,{text}\n")
        assert totals(one.take(path)) == expected
    assert json.loads(one.export().splitlines()[1])["body"] == "zwei"
