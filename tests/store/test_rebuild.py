"""Projections are disposable: made again from the journal they are the same."""

from __future__ import annotations

import random
from typing import Any

import pytest

from advisor_tui.domain import bodies as b
from advisor_tui.gateways.importer import Defaults, Importer, Source
from advisor_tui.store.rebuild import rebuild
from advisor_tui.store.workspace import data_folder
from tests.store.house import CLAIRE, PAUL, House


def test_an_empty_workspace_rebuilds_to_itself(house: House) -> None:
    before, after = rebuild(house.journal)
    assert before == after == house.digest()


def test_every_kind_of_action_leaves_pictures_that_can_be_made_again(house: House) -> None:
    customer, other = house.customer("Zoé Lefèvre"), house.customer("Z. Lefevre")
    case = house.case(customer)
    contact = house.do("log_contact", customer=customer, body="x", channel="letter").made["contact"]
    promise = house.do("make_commitment", case=case, text="x", due="+2").made["commitment"]
    broken = house.do("make_commitment", case=case, text="y", due="+2").made["commitment"]
    released = house.do("make_commitment", case=case, text="z", due="+2").made["commitment"]
    resolution = house.do("write_resolution", case=case, text="un").made["resolution"]
    acts: list[tuple[str, dict[str, Any]]] = [
        ("link_contact", {"contact": contact, "case": case}),
        ("add_note", {"case": case, "text": "note"}),
        ("revise_resolution", {"resolution": resolution, "text": "deux", "base": [resolution]}),
        ("revise_resolution", {"resolution": resolution, "text": "trois", "base": [resolution]}),
        ("keep_commitment", {"commitment": promise}),
        ("break_commitment", {"commitment": broken, "words": "pardon", "new_due": "lundi"}),
        ("release_commitment", {"commitment": released, "words": "laissez"}),
        ("hand_over", {"case": case, "owner": "Paul", "next_step": "x", "next_on": "+2"}),
        ("take", {"case": case}),
        ("plan_next_step", {"case": case, "next_step": "y", "next_on": "+3"}),
        ("set_state", {"case": case, "state": "waiting"}),
        ("add_identifier", {"customer": customer, "kind": "former_name", "value": "Castellane"}),
        ("merge_customers", {"keep": customer, "absorb": other}),
        ("unmerge_customers", {"customer": other}),
        ("undo", {}),
        ("open_case", {"customer": other, "subject": "x", "next_step": "x", "next_on": "+1"}),
    ]
    for name, given in acts:
        house.do(name, **given)
        before, after = rebuild(house.journal)
        assert before == after == house.digest(), name


@pytest.mark.parametrize("seed", [1, 2])
def test_an_imported_company_at_work_rebuilds_to_itself(house: House, seed: int) -> None:
    chance = random.Random(seed)
    files = sorted((data_folder("fixtures") / "demo").glob("*.jsonl"))
    importer = Importer(house.journal, Defaults("équipe", "À reprendre"), lambda source, why: None)
    for number, path in enumerate(files[:6] + files[-1:]):
        lines = path.read_bytes().splitlines()
        chance.shuffle(lines)  # lines may come in any order
        importer.take(Source(number, line + 1, raw) for line, raw in enumerate(lines))
    importer.finish()
    customers = [row[0] for row in house.rows("SELECT id FROM customer_view WHERE root = id")]
    assert len(customers) >= 5
    for customer in customers[:5]:
        case = house.case(customer)
        house.do("log_contact", chance.choice([CLAIRE, PAUL]), case=case, body="x", channel="letter")
        house.do("write_resolution", case=case, text="réglé", then=chance.choice(["resolved", "closed"]))
    before, after = rebuild(house.journal)
    assert before == after == house.digest()


def test_a_picture_that_was_tampered_with_is_found_and_mended(house: House) -> None:
    customer = house.customer()
    house.do("add_note", customer=customer, text="vrai")
    honest = house.digest()
    with house.raw() as raw:
        raw.execute("UPDATE entry SET text = 'faux' WHERE kind = 'note'")
        raw.execute("DELETE FROM customer_view")
    before, after = rebuild(house.journal)
    assert before != after == honest == house.digest()
    assert house.rows("SELECT text FROM entry") == [("vrai",)]


def test_events_that_arrive_late_change_the_pictures_as_if_they_had_come_in_time(house: House) -> None:
    customer = house.customer()
    resolution = house.do("write_resolution", case=house.case(customer), text="un").made["resolution"]
    with house.journal.transaction() as unit:
        late = unit.event(
            "text_revised", customer, b.TextRevised(id=resolution, text="deux"), at=1, actor="Paul", txn="t"
        )
        early = house.rows("SELECT hlc FROM event WHERE id = ?", resolution)[0][0]
        late.hlc, late.base = early[:-8] + "zzzzzzzz", (resolution,)
        unit.append(late)
    house.do("revise_resolution", resolution=resolution, text="trois", base=[resolution])
    assert house.rows("SELECT state FROM entry WHERE id = ?", resolution) == [("conflict",)]
    before, after = rebuild(house.journal)
    assert before == after


def test_rebuilding_says_how_far_it_is(house: House) -> None:
    for n in range(3):
        house.customer(f"Client {n}")
    seen: list[tuple[int, int]] = []
    rebuild(house.journal, lambda done, total: seen.append((done, total)))
    assert seen == [(3, 3)]
