"""Each action: what it records, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from advisor_tui.actions.registry import ACTIONS, PLACES, VIEWS, Action, View, describe, find_action, load, read_params
from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import AdvisorError, Invalid, NotFound, Refused
from advisor_tui.domain.permissions import Person
from tests.store.house import CLAIRE, PAUL, House

EXPECTED = {
    "open_case", "log_contact", "add_note", "write_resolution", "revise_resolution", "set_state", "take", "hand_over",
    "plan_next_step", "make_commitment", "keep_commitment", "break_commitment", "release_commitment", "link_contact",
    "add_identifier", "merge_customers", "unmerge_customers", "undo",
    "state_situation", "confirm_situation", "mark_repeated", "settle_contact", "state_stake", "state_fact",
    "set_permission", "set_relation", "warn_commitment", "plan_work", "settle_work", "take_complaint",
    "acknowledge_complaint", "hold_complaint", "answer_complaint", "settle_dispute", "ask_adverse_act",
    "decide_adverse_act", "reverse_adverse_act", "make_proposal", "answer_proposal", "make_gesture", "decide_gesture",
    "answer_survey", "abusive_contact", "raise_signal", "answer_signal", "tell_back_signal",
}  # fmt: skip

load()


@pytest.fixture
def customer(house: House) -> str:
    return house.customer("Zoé Lefèvre", ext="F-204", identifiers=[b.Identifier(kind="phone", value="06 39 98 11 22")])


@pytest.fixture
def case(house: House, customer: str) -> str:
    return house.case(customer)


def refused(house: House, code: str, action: str, who: Person = CLAIRE, **given: Any) -> AdvisorError:
    """The action is refused with this code, and nothing was recorded."""
    before = house.events(), house.digest()
    with pytest.raises(AdvisorError) as caught:
        house.do(action, who, **given)
    assert caught.value.code == code
    assert (house.events(), house.digest()) == before
    return caught.value


def types(house: House, action: str, who: Person = CLAIRE, **given: Any) -> list[str]:
    return [event.type for event in house.do(action, who, **given).events]


def one(house: House, columns: str, id_: str, table: str = "entry") -> tuple[Any, ...]:
    (row,) = house.rows(f"SELECT {columns} FROM {table} WHERE id = ?", id_)
    return row


def test_opening_a_case_records_its_owner_next_step_and_date(house: House, customer: str) -> None:
    result = house.do(
        "open_case", customer=customer, subject=" Frais ", next_step="rappeler", next_on="lundi", kind="dispute"
    )
    assert [event.type for event in result.events] == ["case_opened"]
    found = one(house, "subject, kind, state, owner, next_step, next_on", result.made["case"], "case_view")
    assert found == ("Frais", "dispute", "open", "Claire Morel", "rappeler", "2026-11-23")


def test_a_case_may_be_opened_from_a_contact_of_the_same_customer(house: House, customer: str) -> None:
    contact = house.do("log_contact", customer=customer, body="bonjour", channel="letter").made["contact"]
    case = house.case(customer, contact=contact)
    assert one(house, "case_id", contact) == (case,)
    refused(
        house, "other_customer", "open_case", customer=house.customer("Autre"), subject="x", next_step="x", next_on="+1",
        contact=contact,
    )  # fmt: skip


@pytest.mark.parametrize("missing", ["subject", "next_step", "next_on"])
def test_a_case_without_words_step_or_date_is_not_opened(house: House, customer: str, missing: str) -> None:
    given: dict[str, Any] = {"customer": customer, "subject": "x", "next_step": "x", "next_on": "+1"} | {missing: " "}
    refused(house, "invalid", "open_case", **given)


@pytest.mark.parametrize("reference", ["F-204", "06.39.98.11.22", "+33639981122", "Zoé Lefèvre"])
def test_a_customer_is_named_by_id_number_or_exact_name(house: House, customer: str, reference: str) -> None:
    assert house.do("add_note", customer=reference, text="x").customer_id == customer


def test_a_name_that_nobody_or_several_have_is_refused(house: House, customer: str) -> None:
    refused(house, "not_found", "add_note", customer="Personne", text="x")
    house.customer("Zoé Lefèvre")
    assert customer in str(refused(house, "invalid", "add_note", customer="Zoé Lefèvre", text="x"))


def test_a_contact_is_recorded_in_the_customer_s_words_and_waits_from_its_day(house: House, case: str) -> None:
    made = house.do("log_contact", case=case, body=" Je conteste ", channel="letter", received_on="2026-11-10").made
    *told, waiting = one(house, "text, channel, direction, case_id, waiting_since", made["contact"])
    assert told == ["Je conteste", "letter", "inbound", case]
    assert waiting is not None


def test_whoever_calls_now_is_being_answered_and_a_letter_or_an_earlier_call_waits(house: House, customer: str) -> None:
    def waits(**given: Any) -> bool:
        made = house.do("log_contact", customer=customer, body="bonjour", **given).made["contact"]
        return one(house, "waiting_since", made) != (None,)

    assert [waits(channel=channel) for channel in ("phone", "store", "chat")] == [False, False, False]
    assert [waits(channel=channel) for channel in ("letter", "email", "social")] == [True, True, True]
    assert waits(channel="phone", at="2026-11-20T09:00")
    assert waits(channel="phone", answered=False)
    assert not waits(channel="letter", answered=True)


@pytest.mark.parametrize(
    "given",
    [
        {"body": " "},
        {"body": "x", "at": "demain"},
        {"body": "x", "at": "bientôt"},
        {"body": "x", "channel": "pigeon"},
        {},
    ],
)
def test_a_contact_without_words_from_the_future_or_by_no_channel_is_refused(
    house: House, case: str, given: dict[str, Any]
) -> None:
    refused(house, "invalid", "log_contact", case=case, **given)


def test_a_contact_about_nobody_is_refused(house: House) -> None:
    refused(house, "invalid", "log_contact", body="x")
    refused(house, "not_found", "log_contact", body="x", case="nothing")


def test_a_note_is_kept_as_it_was_written(house: House, customer: str) -> None:
    hostile = "\x1b[31m[@click=app.quit]x[/]\u202e\x00 é👍"
    note = house.do("add_note", customer=customer, text=hostile).made["note"]
    assert one(house, "text, author", note) == (hostile, "Claire Morel")
    refused(house, "invalid", "add_note", customer=customer, text="\n ")


def test_a_resolution_may_resolve_or_close_the_case_in_the_same_breath(house: House, case: str) -> None:
    assert types(house, "write_resolution", case=case, text="entendu") == ["resolution_written"]
    assert types(house, "write_resolution", case=case, text="réglé", then="resolved") == [
        "resolution_written",
        "state_set",
    ]
    assert one(house, "state", case, "case_view") == ("resolved",)
    assert types(house, "write_resolution", case=case, text="clos", then="closed") == [
        "resolution_written",
        "state_set",
        "survey_offered",
    ]
    assert one(house, "state, closed_at", case, "case_view") == ("closed", "2026-11-21")


def test_a_resolution_that_would_close_over_an_open_promise_is_not_written_at_all(house: House, case: str) -> None:
    house.do("make_commitment", case=case, text="je rappelle", due="+2")
    refused(house, "promise_open", "write_resolution", case=case, text="clos", then="closed")


def test_a_new_wording_replaces_the_one_its_writer_saw_and_keeps_both_when_not(house: House, case: str) -> None:
    resolution = house.do("write_resolution", case=case, text="un").made["resolution"]
    first = house.do("revise_resolution", resolution=resolution, text="deux", base=[resolution])
    second = house.do("revise_resolution", PAUL, resolution=resolution, text="trois", base=[resolution])
    assert one(house, "text, state", resolution) == ("deux\n\ntrois", "conflict")
    both = [first.events[0].id, second.events[0].id]
    house.do("revise_resolution", resolution=resolution, text="deux et trois", base=both)
    assert one(house, "text, state", resolution) == ("deux et trois", "")
    refused(house, "same_text", "revise_resolution", resolution=resolution, text=" deux et trois ")


def test_resolutions_written_apart_on_one_case_are_shown_together_until_one_is_merged(house: House, case: str) -> None:
    first = house.do("write_resolution", case=case, text="un", base=[case]).made["resolution"]
    assert one(house, "state", first) == ("",)
    second = house.do("write_resolution", PAUL, case=case, text="deux", base=[case]).made["resolution"]
    for id_, text in ((first, "un"), (second, "deux")):
        assert one(house, "text, state", id_) == (text, "conflict")
        (more,) = one(house, "more", id_)
        assert [rival[0::4] for rival in json.loads(more)["rivals"]] == [[first, "un"], [second, "deux"]]
    house.do("revise_resolution", resolution=first, text="un et deux")
    assert one(house, "text, state", first) == ("un et deux", "")
    assert one(house, "text, state", second) == ("deux", "")


def test_a_resolution_written_after_another_was_read_rivals_nothing(house: House, case: str) -> None:
    first = house.do("write_resolution", case=case, text="un").made["resolution"]
    second = house.do("write_resolution", PAUL, case=case, text="deux").made["resolution"]
    house.do("revise_resolution", resolution=first, text="un, relu")
    assert {one(house, "state", id_) for id_ in (first, second)} == {("",)}


def test_only_a_resolution_is_revised_as_one(house: House, case: str) -> None:
    note = house.do("add_note", case=case, text="x").made["note"]
    refused(house, "invalid", "revise_resolution", resolution=note, text="y")


def test_a_case_waits_resolves_closes_and_reopens(house: House, case: str) -> None:
    for state in ("waiting", "resolved", "open"):
        assert types(house, "set_state", case=case, state=state) == ["state_set"]
    assert types(house, "set_state", case=case, state="closed", reason="doublon") == ["state_set", "survey_offered"]
    refused(house, "case_closed", "plan_next_step", case=case, next_step="x", next_on="+1")
    assert types(house, "set_state", case=case, state="open", next_step="rouvert", next_on="+1") == [
        "state_set",
        "step_planned",
    ]
    assert one(house, "state, closed_at, next_step", case, "case_view") == ("open", "", "rouvert")


def test_a_case_does_not_close_without_words_nor_over_an_open_promise_nor_twice(house: House, case: str) -> None:
    refused(house, "no_words", "set_state", case=case, state="closed")
    refused(house, "same_state", "set_state", case=case, state="open")
    refused(house, "invalid", "set_state", case=case, state="lost")
    promise = house.do("make_commitment", case=case, text="x", due="+2").made["commitment"]
    refused(house, "promise_open", "set_state", case=case, state="closed", reason="doublon")
    house.do("release_commitment", commitment=promise, words="ce n'est plus la peine")
    house.do("set_state", case=case, state="closed", reason="doublon")


def test_a_case_from_outside_without_step_cannot_be_reopened_as_an_orphan(house: House, customer: str) -> None:
    body = b.CaseOpened(id="old", kind="request", subject="s", opened_at="2020-01-01", state="closed")
    house.record("case_opened", customer, body, case_id="old")
    error = refused(house, "invariant_1_orphan", "set_state", case="old", state="open")
    assert error.details["missing"] == ["owner", "next_step", "next_on"]


def test_taking_a_case_changes_its_owner_and_nothing_else(house: House, case: str) -> None:
    before = one(house, "state, next_step, next_on", case, "case_view")
    assert types(house, "take", PAUL, case=case) == ["owner_set"]
    assert one(house, "owner, state, next_step, next_on", case, "case_view") == ("Paul Ndiaye", *before)
    refused(house, "same_owner", "take", PAUL, case=case)


def test_a_case_is_handed_over_with_its_step_its_date_and_a_word(house: House, case: str) -> None:
    given: dict[str, Any] = {"owner": "Paul Ndiaye", "next_step": "appeler", "next_on": "mardi", "words": "elle attend"}
    assert types(house, "hand_over", case=case, **given) == ["owner_set"]
    assert one(house, "owner, next_step, next_on", case, "case_view") == ("Paul Ndiaye", "appeler", "2026-11-24")
    for missing in ("owner", "next_step", "next_on"):
        refused(house, "invalid", "hand_over", case=case, **(given | {missing: ""}))


def test_a_next_step_has_words_and_a_date(house: House, case: str) -> None:
    assert types(house, "plan_next_step", case=case, next_step="écrire", next_on="+3") == ["step_planned"]
    assert one(house, "next_step, next_on", case, "case_view") == ("écrire", "2026-11-24")
    refused(house, "invalid", "plan_next_step", case=case, next_step="écrire", next_on="")
    refused(house, "invalid", "plan_next_step", case=case, next_step="", next_on="+3")
    refused(house, "invalid", "plan_next_step", case=case, next_step="x", next_on="un jour")


def test_a_promise_is_made_for_a_day_on_which_someone_is_there(house: House, case: str) -> None:
    made = house.do("make_commitment", case=case, text="je rappelle", due="lundi 14h", heard="lundi après-midi").made
    found = one(house, "title, text, due, state, author, case_id", made["commitment"])
    assert found == ("je rappelle", "lundi après-midi", "2026-11-23T14:00+01:00", "made", "Claire Morel", case)


@pytest.mark.parametrize(
    ("due", "code"),
    [
        ("dimanche", "due_closed"),
        ("2026-12-25", "due_closed"),
        ("2027-07-14", "due_closed"),
        ("hier", "invalid"),
        ("2026-11-20", "due_past"),
        ("08:00", "due_past"),
        ("2032-01-05", "due_far"),
        ("", "invalid"),
        ("2026-11-28T23:30-05:00", "due_closed"),  # a Sunday in Paris
    ],
)
def test_a_promise_for_no_day_the_past_or_a_closed_day_is_refused(house: House, case: str, due: str, code: str) -> None:
    refused(house, code, "make_commitment", case=case, text="je rappelle", due=due)


def test_a_refused_promise_names_the_next_open_day(house: House, case: str) -> None:
    error = refused(house, "due_closed", "make_commitment", case=case, text="x", due="2026-12-25")
    assert (error.details["day"], error.details["next"]) == ("2026-12-25", "2026-12-28")
    assert "(Noël)" in str(error.details["said"])


def test_a_promise_is_kept_once(house: House, case: str) -> None:
    promise = house.do("make_commitment", case=case, text="x", due="+2").made["commitment"]
    assert types(house, "keep_commitment", commitment=promise, words="fait") == ["commitment_settled"]
    assert one(house, "state", promise) == ("kept",)
    for action in ("keep_commitment", "break_commitment", "release_commitment"):
        refused(house, "promise_settled", action, commitment=promise, words="x")


def test_a_broken_promise_needs_an_apology_and_may_be_made_anew(house: House, case: str) -> None:
    promise = house.do("make_commitment", case=case, text="je rappelle", due="+2").made["commitment"]
    refused(house, "invalid", "break_commitment", commitment=promise, words=" ")
    refused(house, "invalid", "break_commitment", commitment=promise, words="pardon", new_text="demain")
    refused(house, "due_closed", "break_commitment", commitment=promise, words="pardon", new_due="dimanche")
    result = house.do("break_commitment", commitment=promise, words="pardon", new_due="mardi")
    assert [event.type for event in result.events] == ["commitment_settled", "commitment_made"]
    assert one(house, "state", promise) == ("broken",)
    assert one(house, "title, state, due", result.made["commitment"]) == ("je rappelle", "made", "2026-11-24")


def test_a_release_is_in_the_customer_s_words(house: House, case: str) -> None:
    promise = house.do("make_commitment", case=case, text="x", due="+2").made["commitment"]
    refused(house, "invalid", "release_commitment", commitment=promise, words="")
    assert types(house, "release_commitment", commitment=promise, words="laissez") == ["commitment_settled"]
    assert one(house, "state", promise) == ("released",)


def test_a_contact_is_put_into_a_case_and_taken_out_again(house: House, customer: str, case: str) -> None:
    contact = house.do("log_contact", customer=customer, body="x").made["contact"]
    assert types(house, "link_contact", contact=contact, case=case) == ["contact_linked"]
    assert one(house, "case_id", contact) == (case,)
    refused(house, "same_case", "link_contact", contact=contact, case=case)
    assert types(house, "link_contact", contact=contact) == ["contact_linked"]
    assert one(house, "case_id", contact) == (None,)
    refused(house, "other_customer", "link_contact", contact=contact, case=house.case(house.customer("Autre")))


def test_another_number_is_kept_with_who_gave_it(house: House, customer: str) -> None:
    assert types(house, "add_identifier", customer=customer, kind="email", value="z@exemple.fr") == ["identifier_added"]
    assert ("email", "z@exemple.fr", "Claire Morel") in house.rows("SELECT kind, value, source FROM identifier")
    refused(house, "same_identifier", "add_identifier", customer=customer, kind="phone", value="+33 6 39 98 11 22")
    refused(house, "invalid", "add_identifier", customer=customer, kind="phone", value=" ")
    refused(house, "invalid", "add_identifier", customer=customer, kind="shoe", value="42")


def test_two_records_are_merged_and_taken_apart(house: House, customer: str) -> None:
    other = house.customer("Z. Lefevre")
    assert types(house, "merge_customers", keep=customer, absorb=other) == ["customers_merged"] * 2
    assert one(house, "root", other, "customer_view") == (customer,)
    refused(house, "already_merged", "merge_customers", keep=house.customer("x"), absorb=other)
    refused(house, "already_merged", "merge_customers", keep=other, absorb=customer)
    refused(house, "same_customer", "merge_customers", keep=customer, absorb=customer)
    assert types(house, "unmerge_customers", customer=other) == ["customers_unmerged"] * 2
    assert one(house, "root", other, "customer_view") == (other,)
    refused(house, "not_merged", "unmerge_customers", customer=other)


def test_undo_takes_back_my_last_action_and_undoing_that_by_name_brings_it_back(house: House, case: str) -> None:
    before = house.digest()
    house.do("add_note", PAUL, case=case, text="de Paul")
    after_paul = house.digest()
    house.do("add_note", case=case, text="de Claire")
    after_both = house.digest()
    undone = house.do("undo")
    assert [event.type for event in undone.events] == ["undone"]
    assert house.digest() == after_paul
    house.do("undo", txn=undone.txn)
    assert house.digest() == after_both
    house.do("undo")
    house.do("undo", PAUL)
    assert house.digest() == before
    refused(house, "not_found", "undo", PAUL)


def test_undo_is_refused_for_others_twice_and_under_later_work(house: House, case: str) -> None:
    taken = house.do("take", PAUL, case=case)
    refused(house, "not_mine", "undo", txn=taken.txn)
    refused(house, "not_found", "undo", txn="nothing")
    house.do("hand_over", case=case, owner="Ada", next_step="x", next_on="+1")
    refused(house, "undo_not_last", "undo", PAUL, txn=taken.txn)
    house.do("undo")
    house.do("undo", PAUL, txn=taken.txn)
    refused(house, "already_undone", "undo", PAUL, txn=taken.txn)


def test_a_case_in_which_others_wrote_cannot_be_undone_under_them(house: House, customer: str) -> None:
    opened = house.do("open_case", customer=customer, subject="x", next_step="x", next_on="+1")
    house.do("add_note", PAUL, case=opened.made["case"], text="j'y suis")
    refused(house, "invariant_2_lost", "undo", txn=opened.txn)


def test_undo_never_leaves_an_open_promise_in_a_closed_case(house: House, case: str) -> None:
    promise = house.do("make_commitment", case=case, text="x", due="+2").made["commitment"]
    kept = house.do("keep_commitment", commitment=promise)
    house.do("set_state", case=case, state="closed", reason="fini")
    refused(house, "promise_open", "undo", txn=kept.txn)


def test_undo_never_makes_two_records_each_other_s_part(house: House) -> None:
    one_, two = house.customer("a"), house.customer("b")
    house.do("merge_customers", keep=one_, absorb=two)
    apart = house.do("unmerge_customers", customer=two)
    house.do("merge_customers", keep=two, absorb=one_)
    refused(house, "undo_not_last", "undo", txn=apart.txn)


def test_redoing_a_merge_never_makes_two_records_each_other_s_part(house: House) -> None:
    one_, two = house.customer("a"), house.customer("b")
    house.do("merge_customers", keep=one_, absorb=two)
    undone = house.do("undo")
    house.do("merge_customers", keep=two, absorb=one_)
    refused(house, "undo_not_last", "undo", txn=undone.txn)


def test_redoing_a_promise_never_opens_it_in_a_closed_case(house: House, case: str) -> None:
    house.do("make_commitment", case=case, text="x", due="+2")
    undone = house.do("undo")
    house.do("set_state", case=case, state="closed", reason="fini")
    refused(house, "promise_open", "undo", txn=undone.txn)


def test_undo_never_leaves_a_merge_known_on_one_side_only(house: House) -> None:
    one_, two, three = house.customer("a"), house.customer("b"), house.customer("c")
    house.do("merge_customers", keep=one_, absorb=two)
    apart = house.do("unmerge_customers", customer=two)
    house.do("merge_customers", keep=three, absorb=two)
    refused(house, "undo_not_last", "undo", txn=apart.txn)


ANSWERED_BY_LIAISON = {"answer_signal"}


@pytest.mark.parametrize(
    ("role", "action"),
    [(role, action) for role in ("trainer", "liaison", "ghost") for action in sorted(EXPECTED)
     if role != "liaison" or action not in ANSWERED_BY_LIAISON],
)  # fmt: skip
def test_who_may_not_write_here_is_told_so_for_every_action(
    house: House, customer: str, role: str, action: str
) -> None:
    refused(house, "permission", action, Person("Tom", role=role))


def test_the_registry_knows_everything_a_person_can_do() -> None:
    assert set(ACTIONS) == EXPECTED


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_action_has_words_and_describes_its_parameters_as_json_schema(name: str) -> None:
    action = ACTIONS[name]
    told = describe(action)
    assert action.title
    assert action.help.endswith(".")
    assert "\n" not in action.help
    assert action.place in PLACES
    assert set(told["required"]) <= set(told["parameters"])
    assert all(
        "type" in schema or "enum" in schema or "anyOf" in schema or "$ref" in schema
        for schema in told["parameters"].values()
    )
    assert json.loads(json.dumps(told)) == told
    assert find_action(name.replace("_", "-")) is action


def test_a_key_means_one_thing_in_a_place() -> None:
    seen: dict[tuple[str, str], str] = {}
    entries: list[Action | View] = [*ACTIONS.values(), *VIEWS.values()]
    for entry in entries:
        for place in PLACES if entry.place == "everywhere" else (entry.place,):
            if entry.key:
                assert seen.setdefault((place, entry.key), entry.name) == entry.name, (place, entry.key)


def test_every_view_has_words_and_a_place() -> None:
    for view in VIEWS.values():
        assert view.title
        assert view.place in PLACES
        assert view.help.endswith(".")


@pytest.mark.parametrize(("name", "near"), [("add_not", "add_note"), ("hand-ovr", "hand_over")])
def test_an_unknown_action_is_refused_with_the_nearest_names(name: str, near: str) -> None:
    with pytest.raises(Invalid, match=near):
        find_action(name)


def test_a_parameter_that_does_not_exist_is_refused_with_those_that_do(house: House, case: str) -> None:
    assert "case" in str(refused(house, "invalid", "take", cas=case))


def test_parameters_typed_as_text_become_flags_and_lists() -> None:
    params = read_params(find_action("log_contact"), {"body": "x", "repeated": "true"})
    assert params.repeated is True


def test_what_an_action_tells_a_machine_is_json(house: House, customer: str) -> None:
    told = house.do("add_note", customer=customer, text="x").as_dict()
    assert json.loads(json.dumps(told)) == told
    assert (told["ok"], told["action"], told["customer"]) == (True, "add_note", customer)


def test_the_refusals_are_of_our_own_kinds() -> None:
    assert issubclass(Refused, AdvisorError)
    assert issubclass(NotFound, AdvisorError)
