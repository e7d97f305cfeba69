"""What an import of lines promises: nothing lost, nothing twice, every order, every refusal in words."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from advisor_tui.domain import bodies as b
from advisor_tui.domain.events import CATALOGUE
from advisor_tui.domain.identity import derived_uuid7, entity_id
from advisor_tui.domain.invariants import breaches
from advisor_tui.gateways.line_files import Meter, line_sources
from advisor_tui.gateways.line_types import MAX_LINE
from advisor_tui.store.journal import load_events
from tests.gateways.conftest import Home, case, contact, customer, rejects, resolution, totals, write

Homes = Callable[..., Home]
LIFE = [
    customer(identifiers=[{"kind": "email", "value": "c1@example.org"}]),
    case(),
    contact(case="k1"),
    resolution(),
    {"v": 1, "type": "commitment", "id": "p1", "case": "k1", "text": "Call back", "due": "2026-12-01"},
    {"v": 1, "type": "gesture", "id": "g1", "case": "k1", "at": "2026-11-05T10:00:00+01:00", "what": "Refund",
     "normal_value": 12, "reason": "late"},
    {"v": 1, "type": "survey", "id": "s1", "case": "k1", "at": "2026-11-06", "effort": 2},
    {"v": 1, "type": "note", "id": "n1", "customer": "c1", "at": "2026-11-06", "text": "Prefers mornings"},
    {"v": 1, "type": "holding", "id": "h1", "customer": "c1", "product": "Line"},
    {"v": 1, "type": "offer", "id": "o1", "name": "More line"},
]  # fmt: skip


def test_a_second_run_adds_nothing(home: Homes) -> None:
    one = home()
    assert totals(one.lines(*LIFE)) == (10, 0, 0, 0)
    assert totals(one.lines(*LIFE)) == (0, 10, 0, 0)


def test_a_file_in_reverse_order_imports_the_same(home: Homes) -> None:
    one, other = home("one"), home("other")
    assert one.lines(*LIFE).status == 0
    assert other.lines(*reversed(LIFE)).status == 0
    assert one.export() == other.export()


def test_references_may_point_into_another_file_of_the_run(home: Homes, tmp_path: Path) -> None:
    later, sooner = write(tmp_path / "a.jsonl", *LIFE[2:]), write(tmp_path / "b.jsonl", *LIFE[:2])
    outcome = home().take(later, sooner)
    assert [file.report.total("added") for file in outcome.files] == [8, 2]


def test_a_duplicated_line_counts_once(home: Homes) -> None:
    assert totals(home().lines(customer(), customer(), customer())) == (1, 2, 0, 0)


def test_a_changed_line_is_a_correction_and_the_old_value_stays_in_the_journal(home: Homes) -> None:
    one = home()
    one.lines(customer(), contact(body="first words"))
    assert totals(one.lines(customer(), contact(body="second words"))) == (0, 1, 1, 0)
    with one.journal.transaction() as unit:
        events = load_events(unit.connection, [entity_id("customer", "c1")])[entity_id("customer", "c1")]
    assert [event.body.body for event in events if isinstance(event.body, b.ContactLogged)] == ["first words"]
    assert one.exported("contact")[0]["body"] == "second words"


def test_a_value_may_change_there_and_back_again(home: Homes) -> None:
    one = home()
    for name in ("A", "B", "A", "B", "A"):
        outcome = one.lines(customer(name=name))
        assert one.exported("customer")[0]["name"] == name
    assert totals(outcome) == (0, 0, 1, 0)


def test_a_contact_moves_to_the_case_its_line_names(home: Homes) -> None:
    one = home()
    one.lines(customer(), case(), contact())
    assert totals(one.lines(contact(case="k1"))) == (0, 0, 1, 0)
    assert one.exported("contact")[0]["case"] == "k1"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (contact(customer="nobody"), "customer refers to nothing: nobody"),
        (contact(case="nothing"), "case refers to nothing: nothing"),
        (resolution(case="nothing"), "case refers to nothing: nothing"),
        (contact(case="k2"), "The case belongs to another customer."),
        (contact(at="2031-01-01T00:00:00Z"), "at lies in the future: 2031-01-01T00:00:00Z"),
        (contact(at="2026-11-03 10:00"), "at is not a date or time: 2026-11-03 10:00"),
        (contact(at="yesterday"), "at is not a date or time: yesterday"),
        (contact(channel="pigeon"), "channel: Invalid enum value 'pigeon'"),
        ({**contact(), "customer": None}, "The key customer is missing."),
        ({**contact(), "customer": 7}, "customer: not a string"),
        (customer("c9", name=""), "name: Expected `str` of length >= 1"),
        ({"v": 1, "type": "customer", "id": "c9"}, "The key name is missing."),
        ({"v": 2, "type": "customer", "id": "c9"}, "The key v must be 1."),
        ({"type": "customer", "id": "c9"}, "The key v must be 1."),
        ({"v": 1, "type": "oracle", "id": "c9"}, "The type oracle is not known."),
        ({"v": 1, "type": ["customer"], "id": "c9"}, "The type ['customer'] is not known."),
        (customer("c9", extra=5), "extra: Expected `object`, got `int`"),
        (customer("c9", extra=5, strange=1), "extra: Expected `object`, got `int`"),
        (customer("c9", merged_into="c9"), "A customer cannot be merged into itself."),
        (customer(CATALOGUE), f"The id {CATALOGUE} is already the name of something else."),
        (customer("c9", preferences=[{"key": "Religion", "value": "x"}]),
         "A preference about Religion is sensitive and is not kept."),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_rejected_with_its_line_number_and_a_sentence(
    home: Homes, line: dict[str, Any], words: str
) -> None:
    one = home()
    outcome = one.lines(customer(), customer("c2"), case(), case("k2", "c2"), line)
    assert outcome.status == 3
    (row,) = rejects(outcome)
    assert (row["line"], row["error"]) == (5, words)
    assert json.loads(row["text"]) == line
    assert len(one.exported()) == 4


def test_an_id_that_names_something_else_is_rejected(home: Homes) -> None:
    """A UUID is an id as it stands, so two types may meet in it."""
    shared = derived_uuid7(0, "test", "shared")
    one = home()
    outcome = one.lines(customer(), case(shared), contact(shared), {**LIFE[7], "id": shared})
    assert totals(outcome) == (2, 0, 0, 2)
    assert {row["error"] for row in rejects(outcome)} == {f"The id {shared} is already the name of something else."}
    assert totals(one.lines(contact(shared), name="again.jsonl")) == (0, 0, 0, 1)


def test_unknown_keys_are_kept_and_exported_again(home: Homes) -> None:
    one, other = home("one"), home("other")
    one.lines(customer(shoe_size=43, extra={"hat": "bowler"}))
    assert one.exported()[0]["extra"] == {"hat": "bowler", "shoe_size": 43}
    other.lines(*one.exported())
    assert other.export() == one.export()


def test_hostile_text_is_stored_as_it_came(home: Homes) -> None:
    text = "\x00 \x1b[31mred\x1b[0m [bold]x[/] [@click=app.quit]y \u202eevil \U0001f469\u200d\U0001f469 a\u0301\u0301\u0301\u0301"
    one, other = home("one"), home("other")
    outcome = one.lines(customer("c\x00\x1b", name=text), contact("t\x00", "c\x00\x1b", body=text, subject=text))
    assert outcome.status == 0
    assert one.exported("contact")[0]["body"] == text
    other.lines(*one.exported())
    assert other.export() == one.export()


@pytest.mark.parametrize(
    "raw",
    [
        b'{"v":1,"type":"customer","id":"x","name":"\\ud800"}',
        b'{"v":1,"type":"customer","id":"x","name":"\\udc00 low"}',
        b'{"v":1,"type":"customer","id":"x","name":"\xed\xa0\x80"}',
        b'{"v":1,"type":"customer","id":"x","name":"Andr\xe9"}',
        b'{"v":1,"type":"customer","id":"x","name":"a","\xff":1}',
        b'{"v":1,"type":"customer","id":"x","name":"a","n":NaN}',
        b'{"v":1,"type":"customer","id":"x","name":"a","n":1e999}',
        b'{"v":1,"type":"customer","id":"x","name":"a","n":Infinity}',
        b'{"v":1,"type":"customer","id":"x","name":"a","deep":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"v":1,"type":"customer","id":"x","name":"a","deep":' + b'{"a":' * 70 + b"1" + b"}" * 70 + b"}",
        b"\x00\x00\x00", b"[1, 2]", b"null", b'"text"', b"{}", b"{", b'{"v":1} trailing', b"\x1f\x8b\x08\x00binary",
        b'\xff\xfe{\x00"\x00v\x00', b'{"v":1,"type":"customer","id":"x","name":"a"}\x00',
    ],
)  # fmt: skip
def test_bytes_that_are_no_line_are_rejected_and_kept(home: Homes, tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "bad.jsonl"
    good = json.dumps(customer()).encode()
    path.write_bytes(good + b"\n" + raw + b"\n" + json.dumps(customer("c2")).encode())
    one = home()
    outcome = one.take(path)
    assert totals(outcome) == (2, 0, 0, 1)
    (row,) = rejects(outcome)
    assert row["line"] == 2
    assert row["error"]
    kept = row["text"].encode() if "text" in row else base64.b64decode(row["base64"])
    assert kept == raw
    assert len(one.exported()) == 2


def test_numbers_of_any_size_come_out_as_they_went_in(home: Homes) -> None:
    one, other = home("one"), home("other")
    values: list[Any] = [10**40, -(10**25), 2**63, 2**64, 0.1, -0.0, 1e308, 5e-324, True, None, [], {}]
    one.lines(customer(), *({**LIFE[8], "id": f"h{n}", "value": value} for n, value in enumerate(values)))
    assert [
        line.get("value") for line in sorted(one.exported("holding"), key=lambda line: int(line["id"][1:]))
    ] == values
    other.lines(*one.exported())
    assert other.export() == one.export()


def test_a_line_of_a_megabyte_comes_in_whole(home: Homes) -> None:
    body = "à l’ouest " * 100_000
    one = home()
    assert one.lines(customer(), contact(body=body)).status == 0
    assert one.exported("contact")[0]["body"] == body


def test_a_line_beyond_the_limit_is_skipped_without_being_held(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    path.write_bytes(b"{}\n" + b"x" * 900_000 + b"\n{}\n" + b"y" * 900_000)
    refused: list[tuple[int, int]] = []
    found = line_sources(
        path, 0, meter := Meter(), lambda source, _: refused.append((source.number, len(source.raw))), 1000
    )
    assert [source.number for source in found] == [1, 3]
    assert refused == [(2, 1001), (4, 1001)]
    assert meter.bytes == path.stat().st_size


def test_a_line_beyond_the_limit_says_so(home: Homes, tmp_path: Path) -> None:
    assert MAX_LINE == 8 * 1024 * 1024
    path = tmp_path / "long.jsonl"
    with path.open("wb") as handle:
        handle.write(json.dumps(customer()).encode() + b"\n")
        for _ in range(9):
            handle.write(b"z" * 1024 * 1024)
    outcome = home().take(path)
    assert totals(outcome) == (1, 0, 0, 1)
    (row,) = rejects(outcome)
    assert row["error"] == "The line is longer than 8388608 bytes."
    assert row["cut"]


def test_a_line_of_an_undone_import_does_not_break_the_next_one(home: Homes) -> None:
    one = home()
    one.lines(customer(), contact())
    id_ = entity_id("customer", "c1")
    with one.journal.transaction() as unit:
        item = unit.state(id_).items[entity_id("contact", "t1")]
        undone = b.Undone(events=[item.event])
        unit.append(unit.event("undone", id_, undone, at=unit.now_ms(), actor="ada", txn=unit.new_id()))
    assert totals(one.lines(customer(), contact(), contact("t2"))) == (1, 2, 0, 0)
    assert [line["id"] for line in one.exported("contact")] == ["t2"]


def test_a_merge_comes_last_and_once(home: Homes) -> None:
    one = home()
    lines = [customer("a", merged_into="b"), customer("b")]
    one.lines(*lines)
    before = one.journal.state(entity_id("customer", "b")).count
    one.lines(*lines)
    assert one.journal.state(entity_id("customer", "b")).count == before
    assert one.exported()[0]["merged_into"] == "b"


def test_what_a_person_took_apart_a_file_does_not_merge_again(home: Homes) -> None:
    one = home()
    lines = [customer("a", merged_into="b"), customer("b")]
    one.lines(*lines)
    a, kept = entity_id("customer", "a"), entity_id("customer", "b")
    with one.journal.transaction() as unit:
        for id_, body in ((a, b.CustomersUnmerged(into=kept)), (kept, b.CustomersUnmerged(absorbed=a))):
            unit.append(unit.event("customers_unmerged", id_, body, at=unit.now_ms(), actor="ada", txn="t"))
    one.lines(*lines)
    assert "merged_into" not in one.exported()[0]


def test_a_correction_leaves_no_open_case_an_orphan(home: Homes) -> None:
    one = home()
    one.lines(customer(), case(state="closed", closed_at="2026-11-10"))
    assert totals(one.lines(case(state="open"))) == (0, 0, 1, 0)
    state = one.journal.state(entity_id("customer", "c1"))
    found = state.cases[entity_id("case", "k1")]
    assert (found.owner, found.next_on) == ("North team", "2026-11-02")
    assert found.next_step
    assert [*breaches(state)] == []
    one.lines(case("k2", owner="Ada", next_step="Call", next_on="2026-12-01"))
    one.lines(case("k2", owner="Ada"))
    assert [*breaches(one.journal.state(state.id))] == []
    assert [line.get("next_on") for line in one.exported("case")] == [None, None]
