"""What an export promises: out, in and out again is the same; and it says how things stand now."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import StoreError
from advisor_tui.domain.identity import entity_id
from advisor_tui.gateways.exporter import export_lines, export_to
from advisor_tui.store.unit import TABLES
from tests.gateways.conftest import Home, case, contact, customer, resolution, totals, write
from tests.store.house import House

Homes = Callable[..., Home]
C1, K1 = entity_id("customer", "c1"), entity_id("case", "k1")


def act(home: Home, type_: str, body: b.Body, *, case: str | None = K1, customer: str = C1, **more: Any) -> str:
    """Append one event as an action would; its id."""
    with home.journal.transaction() as unit:
        event = unit.event(
            type_,
            customer,
            body,
            at=more.pop("at", unit.now_ms()),
            actor="ada",
            txn=unit.new_id(),
            case_id=case,
            **more,
        )
        unit.append(event)
    return event.id


def waiting(home: Home) -> set[str]:
    entry = TABLES["entry"].c
    with home.journal.transaction() as unit:
        return set(unit.connection.execute(select(entry.ext).where(entry.waiting_since.is_not(None))).scalars())


def same_again(home: Home, other: Home, tmp_path: Path) -> bytes:
    """Export, import into an empty home, export: the bytes, which must not change."""
    first = tmp_path / f"{home.folder.name}.export.jsonl"
    export_to(home.journal, first)
    outcome = other.take(first)
    assert outcome.report.total("rejected") == 0, outcome.files[0].rejects and outcome.files[0].rejects.read_text()
    assert other.export() == first.read_bytes()
    assert waiting(other) == waiting(home)
    known = home.take(first)
    assert totals(known)[::2] == (0, 0)  # nothing added, nothing corrected
    return first.read_bytes()


def base(home: Home) -> None:
    home.lines(
        customer(), case(), contact(case="k1"), contact("t2", at="2026-11-03T08:00:00Z"), resolution(),
        {"v": 1, "type": "note", "id": "n1", "customer": "c1", "at": "2026-11-05", "text": "one"},
        {"v": 1, "type": "commitment", "id": "p1", "case": "k1", "text": "Call", "due": "2026-12-01"},
    )  # fmt: skip


def test_every_kind_of_event_comes_round(home: Homes, tmp_path: Path) -> None:
    one = home("one")
    base(one)
    one.lines(customer("c2"), name="two.jsonl")
    c2 = entity_id("customer", "c2")
    head = one.journal.state(C1).items[entity_id("resolution", "r1")].event
    act(one, "text_revised", b.TextRevised(id=entity_id("resolution", "r1"), text="mine"), base=(head,))
    act(one, "text_revised", b.TextRevised(id=entity_id("resolution", "r1"), text="theirs"), base=(head,))
    act(one, "state_set", b.StateSet(state="closed", on="2026-11-20", reason="done"))
    act(one, "owner_set", b.OwnerSet(owner="Bo", next_step="Call", next_on="2026-11-30"))
    act(one, "step_planned", b.StepPlanned(next_step="Write", next_on="2026-12-02"))
    act(one, "commitment_settled", b.CommitmentSettled(id=entity_id("commitment", "p1"), state="kept"))
    act(one, "contact_linked", b.ContactLinked(id=entity_id("contact", "t2"), case=K1))
    identifier = b.Identifier(kind="phone", value="+33 6 39 98 04 42", from_="2026-11-01")
    act(one, "identifier_added", b.IdentifierAdded(identifier=identifier, source="call"), case=None)
    act(one, "customers_merged", b.CustomersMerged(absorbed=c2), case=None)
    act(one, "customers_merged", b.CustomersMerged(into=C1), case=None, customer=c2)
    act(one, "corrected", b.Corrected(kind="case", id=K1, set={"subject": "Another matter"}))
    new = act(one, "case_opened", b.CaseOpened(kind="order", subject="Here", opened_at="2026-11-21T11:00:00+01:00",
                                              owner="Ada", next_step="Do", next_on="2026-11-22"), case=None)  # fmt: skip
    act(
        one,
        "contact_logged",
        b.ContactLogged(channel="phone", direction="inbound", at="2026-11-21T11:01:00+01:00"),
        case=new,
    )
    act(one, "resolution_written", b.ResolutionWritten(at="2026-11-21T10:00:00+01:00", text="solved"), case=new)
    act(one, "note_added", b.NoteAdded(at="2026-11-21T11:02:00+01:00", text="note"), case=None)
    act(one, "commitment_made", b.CommitmentMade(text="Ring", due="2026-12-03"), case=new)
    act(one, "gesture_made", b.GestureMade(at="2026-11-21", what="-10 %", normal_value=9.5, reason="late"), case=new)
    act(one, "survey_answered", b.SurveyAnswered(at="2026-11-21", effort=3), case=new)
    act(one, "holding_recorded", b.HoldingRecorded(product="Line"), case=None)
    gone = act(one, "note_added", b.NoteAdded(at="2026-11-21", text="never mind"), case=None)
    act(one, "undone", b.Undone(events=[gone]), case=None)
    same_again(one, home("other"), tmp_path)
    (k1,) = [line for line in one.exported("case") if line["id"] == "k1"]
    assert k1 == {
        **case(), "subject": "Another matter", "state": "closed", "closed_at": "2026-11-20", "owner": "Bo",
        "next_step": "Write", "next_on": "2026-12-02",
    }  # fmt: skip
    absorbed, kept = sorted(one.exported("customer"), key=lambda line: line["id"], reverse=True)
    assert absorbed["merged_into"] == "c1"
    assert kept["identifiers"] == [{"kind": "phone", "value": "+33 6 39 98 04 42", "from": "2026-11-01"}]
    assert [line["text"] for line in one.exported("resolution")] == ["mine\n\ntheirs", "solved"]
    assert one.exported("resolution")[1]["author"] == "ada"
    assert {line["id"]: line.get("state") for line in one.exported("commitment")}["p1"] == "kept"
    assert "never mind" not in one.export().decode()


def test_what_was_taken_apart_again_is_not_merged(home: Homes, tmp_path: Path) -> None:
    one = home("one")
    one.lines(customer(), customer("c2", merged_into="c1"))
    c2 = entity_id("customer", "c2")
    act(one, "customers_unmerged", b.CustomersUnmerged(absorbed=c2), case=None)
    act(one, "customers_unmerged", b.CustomersUnmerged(into=C1), case=None, customer=c2)
    assert b"merged_into" not in same_again(one, home("other"), tmp_path)


def test_what_the_importer_filled_in_is_not_said(home: Homes, tmp_path: Path) -> None:
    one = home("one")
    one.lines(customer(), case())
    same_again(one, home("other"), tmp_path)
    assert one.exported("case") == [case()]
    act(one, "owner_set", b.OwnerSet(owner="North team"))
    same_again(one, home("third"), tmp_path)
    assert one.exported("case") == [case(owner="North team")]


@pytest.mark.parametrize("answered", [None, True, False])
@pytest.mark.parametrize("how", ["nothing", "resolution here", "outbound here", "closed here", "late answer", "moved out",
                                 "answer undone", "reopened"])  # fmt: skip
def test_what_waits_waits_on_the_other_side_too(home: Homes, tmp_path: Path, how: str, answered: bool | None) -> None:
    one = home("one")
    said: dict[str, Any] = {} if answered is None else {"answered": answered}
    state = {"state": "closed"} if how == "reopened" else {}
    one.lines(customer(), case(**state), contact(case="k1", at="2026-11-20T10:00:00+01:00", **said), resolution())
    sooner = "2026-11-19T10:00:00+01:00"
    if how in ("resolution here", "answer undone"):
        written = act(one, "resolution_written", b.ResolutionWritten(at=sooner, text="early"))
        if how == "answer undone":
            act(one, "undone", b.Undone(events=[written]))
    elif how == "outbound here":
        act(one, "contact_logged", b.ContactLogged(channel="email", direction="outbound", at=sooner))
    elif how == "closed here":
        act(one, "state_set", b.StateSet(state="closed", on="2026-11-21"))
    elif how == "reopened":
        act(one, "state_set", b.StateSet(state="open"))
    elif how == "late answer":
        one.lines(resolution("r2", at="2026-11-20T11:00:00+01:00"), name="late.jsonl")
    elif how == "moved out":
        act(one, "contact_linked", b.ContactLinked(id=entity_id("contact", "t1"), case=""))
    same_again(one, home("other"), tmp_path)


def test_an_instant_told_apart_from_its_text_changes_nothing(home: Homes, tmp_path: Path) -> None:
    """An action stamps an entry to the millisecond and writes its time to the minute."""
    one = home("one")
    one.lines(customer(), case())
    at = "2026-11-21T10:00:00+01:00"
    for direction, shift in (("outbound", -40_000), ("inbound", 30_000), ("outbound", 20_000), ("inbound", -50_000)):
        body = b.ContactLogged(channel="email", direction=direction, at=at)  # type: ignore[arg-type]
        act(one, "contact_logged", body, at=1_795_252_800_000 + shift)
    act(one, "note_added", b.NoteAdded(at="just now", text="no such time"), case=None)
    same_again(one, home("other"), tmp_path)


def test_the_order_is_fixed_and_defaults_are_left_out(home: Homes) -> None:
    one = home()
    one.lines(
        customer("b", kind="person"), customer("a"), {"v": 1, "type": "offer", "id": "z", "name": "Z"},
        {"v": 1, "type": "offer", "id": "y", "name": "Y"}, contact("t2", "a", at="2026-11-03T09:00:00Z"),
        contact("t1", "a", at="2026-11-03T10:00:00+01:00", body="", attachments=[]), case("k2", "a"), case("k1", "a"),
        {"v": 1, "type": "holding", "id": "h", "customer": "a", "product": "P", "from": "2026-01-01"},
    )  # fmt: skip
    assert [line["id"] for line in one.exported()] == ["y", "z", "a", "h", "k1", "k2", "t1", "t2", "b"]
    first = one.export().splitlines()[6]
    assert first == (
        b'{"v":1,"type":"contact","id":"t1","customer":"a","channel":"phone","direction":"inbound",'
        b'"at":"2026-11-03T10:00:00+01:00"}'
    )


def test_one_customer_can_be_exported_alone(home: Homes) -> None:
    one = home()
    one.lines(customer("a"), customer("b"), contact("t1", "a"), {"v": 1, "type": "offer", "id": "z", "name": "Z"})
    lines = one.export("a").splitlines()
    assert len(lines) == 2
    assert one.export(entity_id("customer", "a")).splitlines() == lines
    assert one.export("nobody") == b""


def test_a_workspace_can_be_written_while_an_export_runs(home: Homes) -> None:
    one = home()
    one.lines(*(customer(f"c{n:04}") for n in range(1500)))
    lines = export_lines(one.journal)
    next(lines)
    one.lines(customer("zzz"), name="more.jsonl")
    assert len(list(lines)) == 1499


def test_an_export_is_written_whole_or_not_at_all(home: Homes, tmp_path: Path) -> None:
    one = home()
    base(one)
    target = tmp_path / "out.jsonl"
    target.write_text("what was here before")
    steps: list[int] = []
    assert export_to(one.journal, target, progress=steps.append) == 7
    assert target.read_bytes() == one.export()
    with pytest.raises(StoreError, match="cannot be written"):
        export_to(one.journal, tmp_path / "no" / "such" / "out.jsonl")
    assert sorted(path.name for path in tmp_path.glob(".*")) == []


def test_pages_and_groups_lose_no_one(home: Homes, monkeypatch: pytest.MonkeyPatch) -> None:
    one = home()
    lines = [line for n in range(60) for line in (customer(f"c{n}"), contact(f"t{n}", f"c{n}"))]
    one.lines(*lines)
    whole = one.export()
    monkeypatch.setattr("advisor_tui.gateways.exporter.PAGE", 7)
    monkeypatch.setattr("advisor_tui.gateways.exporter.EVENTS", 5)
    assert one.export() == whole
    assert whole.count(b"\n") == 120


COMPLAINTS = 12_000


@pytest.mark.real
@pytest.mark.slow
def test_real_records_and_mail_come_round(home: Homes, real: Path, tmp_path: Path) -> None:
    one, other = home("one"), home("other")
    taken = tmp_path / "real"
    shutil.copytree(real, taken)
    complaints = taken / "complaints.jsonl"  # of one kind each: the first of them say what all would
    complaints.write_bytes(b"".join(complaints.read_bytes().splitlines(keepends=True)[:COMPLAINTS]))
    outcome = one.take(taken)
    assert outcome.status == 0
    assert outcome.report.total("added") > COMPLAINTS + 10_000
    lines = same_again(one, other, tmp_path).splitlines(keepends=True)
    random.Random(7).shuffle(lines)
    mixed = tmp_path / "mixed.jsonl"
    mixed.write_bytes(b"".join(lines))
    third = home("third")
    assert third.take(mixed).status == 0
    assert third.export() == one.export()


def test_an_export_comes_round_through_a_file_of_its_own(home: Homes, tmp_path: Path) -> None:
    one = home("one")
    base(one)
    write(tmp_path / "x.jsonl")
    same_again(one, home("other"), tmp_path)


def test_what_was_done_with_care_has_lines_too(house: House) -> None:
    customer = house.customer("Zoé", ext="z", team="Mobile")
    case = house.case(customer)
    house.do("state_situation", case=case, quote="J'ai payé.")
    house.do("take_complaint", case=case, points=["Frais"])
    house.do("make_gesture", case=case, what="Un an", normal_value="9000", reason="Panne.")
    house.do("make_gesture", case=case, what="Un mois", normal_value="9", reason="Panne.")
    house.do("set_state", case=case, state="closed", reason="fini")
    lines = [json.loads(line) for line in export_lines(house.journal)]
    assert [(line["type"], line.get("what", "")) for line in lines[2:]] == [
        ("situation", ""), ("complaint", ""), ("gesture_asked", "Un an"), ("gesture", "Un mois"), ("survey_offered", ""),
    ]  # fmt: skip
