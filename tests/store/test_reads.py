"""What the desk reads: my day, a life, the brief, drafts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from advisor_tui.domain import bodies as b
from advisor_tui.domain.promising import warn_until
from advisor_tui.store.drafts import save_draft
from advisor_tui.store.reads.brief import read_life
from advisor_tui.store.reads.customer import read_case, read_entries, read_entry, read_head, read_known_as, read_name
from advisor_tui.store.reads.day import SECTIONS, Day, DayRow, read_day
from advisor_tui.store.reads.drafts import read_draft, read_drafts
from advisor_tui.store.reads.since import mark_seen
from advisor_tui.store.reads.voice import ANSWERED_SQL, read_known
from tests.store.house import PARIS, PAUL, RULES, START, House


def day(house: House) -> Day:
    return read_day(house.reads, START, warn_until(RULES, START))


def rows(house: House, section: str) -> list[str]:
    return [row.words for row in day(house).rows if row.section == section]


def test_an_empty_day_is_empty(house: House) -> None:
    assert day(house).rows == []
    assert day(house).counts == dict.fromkeys(SECTIONS, 0)


def test_the_day_shows_first_what_would_hurt_first_and_each_section_in_its_order(house: House) -> None:
    customer = house.customer()
    late = house.case(customer, subject="a", next_step="en retard", next_on="+1")
    house.case(customer, subject="b", next_step="aujourd'hui", next_on="+0")
    house.case(customer, subject="c", next_step="plus tard", next_on="+20")
    for words, due in (("lundi", "2026-11-23"), ("mardi", "2026-11-24"), ("en décembre", "2026-12-10")):
        house.do("make_commitment", case=late, text=words, due=due)
    for subject, received in (("récente", "2026-11-20"), ("ancienne", "2026-11-02")):
        house.do("log_contact", case=late, body="…", subject=subject, received_on=received, channel="letter")
        house.do(
            "log_contact",
            customer=customer,
            body="…",
            subject=f"{subject} à trier",
            received_on=received,
            channel="email",
        )
    found = day(house)
    assert [row.section for row in found.rows] == sorted((row.section for row in found.rows), key=SECTIONS.index)
    assert rows(house, "to_warn") == ["lundi"], "on a Saturday, what is due on Monday"
    assert rows(house, "unanswered") == ["ancienne", "récente"]
    assert rows(house, "unsorted") == ["ancienne à trier", "récente à trier"]
    assert rows(house, "next_step") == ["aujourd'hui", "en retard"]
    assert found.counts == {"to_warn": 1, "since": 0, "unanswered": 2, "next_step": 2, "unsorted": 2, "unconfirmed": 0}


def test_of_what_waits_since_the_same_day_a_vital_service_comes_first(house: House) -> None:
    plain, vital = house.customer("Ana Costa"), house.customer("Yves Dubreuil")
    house.do("state_stake", customer=vital, level="vital", words="Téléalarme.")
    for customer, subject, received in ((plain, "première", "2026-11-19"), (vital, "vitale", "2026-11-19"), (plain, "veille", "2026-11-18")):  # fmt: skip
        house.do("log_contact", customer=customer, body="…", subject=subject, received_on=received, channel="email")
        house.do("log_contact", case=house.case(customer), body="…", subject=subject, received_on=received, channel="letter")  # fmt: skip
    assert rows(house, "unsorted") == ["veille", "vitale", "première"]
    assert rows(house, "unanswered") == ["veille", "vitale", "première"]


def test_what_is_done_leaves_the_day(house: House) -> None:
    case = house.case(house.customer(), next_on="+0")
    promise = house.do("make_commitment", case=case, text="rappel", due="lundi 14:00").made["commitment"]
    house.do("log_contact", case=case, body="bonjour", channel="email")
    assert day(house).counts == {
        "to_warn": 1,
        "since": 0,
        "unanswered": 1,
        "next_step": 1,
        "unsorted": 0,
        "unconfirmed": 0,
    }
    house.do("keep_commitment", commitment=promise)
    house.do("write_resolution", case=case, text="réglé", then="resolved")
    assert day(house).rows == []


def test_a_contact_without_a_subject_shows_its_first_words(house: House) -> None:
    house.do("log_contact", customer=house.customer(), channel="letter", body="Je vous écris " + "x" * 200)
    assert rows(house, "unsorted") == [("Je vous écris " + "x" * 200)[:80]]


def test_a_merged_customer_is_one_life_with_the_earliest_tenure(house: House) -> None:
    keep, old = house.customer("Zoé Lefèvre", since="2003-02-01"), house.customer("Z. Lefevre", since="1994-03-01")
    house.do("add_note", customer=keep, text="un")
    house.do("add_note", customer=old, text="deux")
    house.do("merge_customers", keep=keep, absorb=old)
    house.do("add_note", customer=old, text="trois")
    for id_ in (keep, old):
        head = read_head(house.reads, id_)
        assert head is not None
        assert (head.id, head.name, head.since, set(head.ids)) == (keep, "Zoé Lefèvre", "1994-03-01", {keep, old})
        texts = [entry.text for entry in read_entries(house.reads, head.ids) if entry.kind == "note"]
        assert texts == ["trois", "deux", "un"]
    house.do("unmerge_customers", customer=old)
    apart = read_head(house.reads, old)
    assert apart is not None
    assert (apart.id, apart.since, apart.ids) == (old, "1994-03-01", (old,))
    assert [entry.text for entry in read_entries(house.reads, apart.ids) if entry.kind == "note"] == ["trois", "deux"]


def test_a_chain_of_merges_ends_at_the_record_that_stands_for_all(house: House) -> None:
    first, second, third = (house.customer(name) for name in ("a", "b", "c"))
    house.do("merge_customers", keep=second, absorb=third)
    house.do("merge_customers", keep=first, absorb=second)
    assert house.rows("SELECT DISTINCT root FROM customer_view") == [(first,)]
    house.do("unmerge_customers", customer=second)
    assert dict(house.rows("SELECT id, root FROM customer_view")) == {first: first, second: second, third: second}


def test_a_life_is_newest_first_and_its_brief_tells_harm_words_and_promises(house: House) -> None:
    customer = house.customer(since="2003-02-01", preferences=[b.Preference(key="canal", value="courrier")])
    house.record("holding_recorded", customer, b.HoldingRecorded(product="Fibre", from_="2020-01-01"))
    house.record("holding_recorded", customer, b.HoldingRecorded(product="ADSL", from_="2003-01-01", to="2020-01-01"))
    dispute = house.case(customer, kind="dispute", subject="Frais")
    house.case(customer, kind="complaint", subject="Attente")
    house.do("log_contact", case=dispute, body="Je conteste", received_on="2026-11-02", channel="letter")
    house.do("log_contact", case=dispute, body="On s'en occupe", direction="internal")
    promise = house.do("make_commitment", case=dispute, text="frais rendus", due="+9").made["commitment"]
    life = read_life(house.reads, customer, house.clock.now().astimezone(PARIS), RULES)
    assert life is not None
    brief = life.brief
    assert [entry.at for entry in life.entries] == sorted((entry.at for entry in life.entries), reverse=True)
    assert life.total == len(life.entries) == 5
    assert [case.subject for case in brief.disputes] == ["Frais"]
    assert [case.subject for case in brief.complaints] == ["Attente"]
    assert [waiting.channel for waiting in brief.waiting] == ["letter"]
    assert [said.text for said in brief.said] == ["Je conteste"]
    assert [kept.id for kept in brief.promises] == [promise]
    assert [holding.product for holding in brief.holdings] == ["Fibre"]
    assert brief.head.preferences == [{"key": "canal", "value": "courrier"}]
    assert brief.knows == [("Claire Morel", 1)]
    assert read_life(house.reads, "nobody", START, RULES) is None


def test_an_entry_tells_all_its_facts(house: House) -> None:
    case = house.case(house.customer())
    contact = house.do(
        "log_contact", case=case, body="bonjour", received_on="2026-11-10", repeated=True, channel="web"
    ).made["contact"]
    entry = read_entry(house.reads, contact)
    assert entry is not None
    assert entry.facts == {"received_on": "2026-11-10", "repeated": True}
    assert read_entry(house.reads, "nobody") is None
    found = read_case(house.reads, case)
    assert found is not None
    assert (found.owner, found.next_step, found.state) == ("Claire Morel", "Rappeler", "open")
    assert read_case(house.reads, "nothing") is None
    assert read_name(house.reads, "nobody") == "nobody"


def test_a_text_with_two_wordings_shows_both_and_says_so(house: House) -> None:
    case = house.case(house.customer())
    resolution = house.do("write_resolution", case=case, text="un").made["resolution"]
    for text in ("deux", "trois"):
        house.do("revise_resolution", resolution=resolution, text=text, base=[resolution])
    entry = read_entry(house.reads, resolution)
    assert entry is not None
    assert (entry.state, entry.facts["texts"]) == ("conflict", ["deux", "trois"])
    assert "deux" in entry.text
    assert "trois" in entry.text


def test_names_and_numbers_keep_their_dates_and_source(house: House) -> None:
    customer = house.customer(identifiers=[b.Identifier(kind="phone", value="01 02 03 04 05", to="2001-01-01")])
    house.do("add_identifier", customer=customer, kind="email", value="z@exemple.fr", valid_from="2026-11-01")
    known = [
        (item.kind, item.valid_from, item.valid_to, item.source) for item in read_known_as(house.reads, (customer,))
    ]
    assert known == [("phone", "", "2001-01-01", "import"), ("email", "2026-11-01", "", "Claire Morel")]


def test_a_draft_survives_the_end_of_the_program_and_leaves_only_when_emptied(house: House) -> None:
    customer = house.customer()
    save_draft(house.journal, "case1", "resolution", customer, "Bonj", base="head1")
    save_draft(house.journal, "case1", "resolution", customer, "Bonjour\x1b é👍", base="head2")
    save_draft(house.journal, "case1", "note", customer, "autre")
    house.close()
    again = House(house.path, house.clock)
    draft = read_draft(again.reads, "case1", "resolution")
    assert draft is not None
    assert (draft.text, draft.base) == ("Bonjour\x1b é👍", "head1")
    assert [found.kind for found in read_drafts(again.reads)] == ["note", "resolution"]
    save_draft(again.journal, "case1", "resolution", customer, "")
    assert read_draft(again.reads, "case1", "resolution") is None
    again.close()


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_what_is_due_by_the_next_open_day_is_to_be_warned_of(house: House, days: int) -> None:
    case = house.case(house.customer())
    house.do("make_commitment", case=case, text="mercredi", due="2026-11-25")
    then = START + timedelta(days=3 + days)
    assert len(read_day(house.reads, then, warn_until(RULES, then)).rows) == (1 if days >= 0 else 0) + len(
        [row for row in read_day(house.reads, then, warn_until(RULES, then)).rows if row.section == "next_step"]
    )


def test_since_i_left_only_my_cases_and_what_others_did(house: House) -> None:
    customer = house.customer()
    mine, theirs = (
        house.case(customer),
        house.do("open_case", PAUL, customer=customer, subject="b", next_step="x", next_on="+1").made["case"],
    )
    assert rows_since(house) == [], "nobody has left yet"
    mark_seen(house.path)
    house.do("add_note", case=mine, text="la mienne")
    house.do("add_note", PAUL, case=theirs, text="la sienne")
    assert rows_since(house) == []
    house.do("add_note", PAUL, case=mine, text="vu avec elle")
    house.do("log_contact", PAUL, case=mine, body="elle rappelle demain")
    assert rows_since(house) == ["Paul Ndiaye · elle rappelle demain"]
    house.do("hand_over", PAUL, case=theirs, owner="Claire Morel", next_step="Rappeler", next_on="+1", words="à toi")
    assert sorted(rows_since(house)) == ["Paul Ndiaye · elle rappelle demain", "Paul Ndiaye · à toi"]
    mark_seen(house.path)
    assert rows_since(house) == []


def rows_since(house: House) -> list[str]:
    found = read_day(house.reads, START, warn_until(RULES, START), "Claire Morel")
    assert found.counts["since"] == len([row for row in found.rows if row.section == "since"])
    return [row.words for row in found.rows if row.section == "since"]


def answers(house: House, who: str = "Claire Morel", days: int = 0) -> list[DayRow]:
    now = house.clock.now().astimezone(PARIS) + timedelta(days=days)
    return [row for row in read_day(house.reads, now, warn_until(RULES, now), who).rows if row.answer]


def test_what_departments_answer_is_in_the_day_of_who_passed_it_on_for_a_week_or_until_it_is_told(house: House) -> None:
    customer = house.customer()
    first, second = (
        house.do("raise_signal", customer=customer, tag=tag, text="x").made["signal"] for tag in ("preuve", "attente")
    )
    assert answers(house) == []
    house.do("answer_signal", PAUL, signal=first, answer="yes", words="Lus.")
    house.clock.advance(hours=1)
    house.do("answer_signal", PAUL, signal=second, answer="later", words="Après.", until="+20")
    rows = answers(house)
    assert [(row.section, row.id, row.customer_id, row.words, row.channel, row.answer) for row in rows] == [
        ("since", second, customer, "attente", "marketing", "later"),
        ("since", first, customer, "preuve", "marketing", "yes"),
    ]
    assert answers(house, "Paul Ndiaye") == []
    house.do("tell_back_signal", signal=second)
    assert [row.id for row in answers(house)] == [first]
    house.do("answer_signal", PAUL, signal=second, answer="no", words="Non.")
    assert [row.answer for row in answers(house)] == ["no", "yes"], "a new answer is told anew"
    assert len(answers(house, days=6)) == 2
    assert answers(house, days=8) == []


def test_answers_stand_among_what_happened_since_i_left_by_their_time(house: House) -> None:
    customer = house.customer()
    case = house.case(customer)
    mark_seen(house.path)
    signal = house.do("raise_signal", customer=customer, tag="preuve", text="x").made["signal"]
    house.do("answer_signal", PAUL, signal=signal, answer="yes", words="Lus.")
    house.do("add_note", PAUL, case=case, text="vu avec elle")
    assert rows_since(house) == ["Paul Ndiaye · vu avec elle", "preuve"]


def test_the_days_answers_are_found_by_the_index_of_signals(house: House) -> None:
    plan = [row[3] for row in house.reads.execute("EXPLAIN QUERY PLAN " + ANSWERED_SQL, ("Claire Morel", 0))]
    assert any("entry USING INDEX entry_signal" in step for step in plan)
    assert not [step for step in plan if step.startswith("SCAN entry") and "INDEX" not in step]


def test_what_was_passed_on_before_is_known_by_its_latest_spelling_and_department(house: House) -> None:
    customer = house.customer()
    for tag, department in (("Preuve", "billing"), ("attente", "Atelier"), ("preuve", "network")):
        house.do("raise_signal", customer=customer, tag=tag, text="x", department=department)
    assert read_known(house.reads) == (
        [("Preuve", "network"), ("attente", "Atelier")],
        ["network", "Atelier", "billing"],
    )
