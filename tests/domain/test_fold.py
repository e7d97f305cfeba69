"""The fold: the same picture for every order of arrival, and no word lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from advisor_tui.domain import bodies as b
from advisor_tui.domain.events import Event, decode_body
from advisor_tui.domain.fold import extend, fold
from tests.domain.making import CUSTOMER, event, histories, picture


@given(histories(), st.data())
def test_every_order_of_arrival_folds_to_the_same_picture(history: list[Event], data: st.DataObject) -> None:
    expected = picture(fold(CUSTOMER, history))
    shuffled = data.draw(st.permutations(history))
    assert picture(fold(CUSTOMER, shuffled)) == expected


@given(histories())
def test_one_event_at_a_time_gives_at_every_prefix_what_folding_from_scratch_gives(history: list[Event]) -> None:
    history.sort(key=lambda one: (one.hlc, one.id))
    state = fold(CUSTOMER, [])
    for length in range(1, len(history) + 1):
        known = history[:length]
        state = extend(state, [known[-1]], lambda known=known: known)  # type: ignore[misc]
        assert picture(state) == picture(fold(CUSTOMER, known))


@given(histories(), st.data())
def test_late_arrivals_in_batches_give_what_folding_from_scratch_gives(
    history: list[Event], data: st.DataObject
) -> None:
    arriving = data.draw(st.permutations(history))
    state, known = fold(CUSTOMER, []), list[Event]()
    while arriving:
        size = data.draw(st.integers(1, 4))
        batch, arriving = arriving[:size], arriving[size:]
        known = [*known, *batch]
        state = extend(state, list(batch), lambda known=known: list(known))  # type: ignore[misc]
        assert picture(state) == picture(fold(CUSTOMER, known))


@given(histories())
def test_folding_never_loses_a_wording_that_no_later_one_named(history: list[Event]) -> None:
    state = fold(CUSTOMER, history)
    for item in state.items.values():
        if item.kind in ("resolution", "note"):
            assert item.heads, "a text has at least one wording"
            assert len({head.event for head in item.heads}) == len(item.heads)


def _text(*more: Event) -> list[Event]:
    written = event("resolution_written", b.ResolutionWritten(at="2026-11-01", text="un"), id_="r", n=1)
    return [event("customer_recorded", b.CustomerRecorded(name="Zoé"), id_="c", n=0), written, *more]


def _revised(id_: str, n: int, text: str, *base: str, device: str = "aaaa") -> Event:
    return event("text_revised", b.TextRevised(id="r", text=text), id_=id_, n=n, base=base, device=device)


def test_a_text_edited_by_two_people_at_once_keeps_both_wordings() -> None:
    state = fold(CUSTOMER, _text(_revised("r1", 2, "deux", "r"), _revised("r2", 2, "trois", "r", device="bbbb")))
    assert [head.text for head in state.items["r"].heads] == ["deux", "trois"]


def test_a_third_wording_that_saw_both_merges_them() -> None:
    twice = _text(_revised("r1", 2, "deux", "r"), _revised("r2", 2, "trois", "r", device="bbbb"))
    state = fold(CUSTOMER, [*twice, _revised("r3", 4, "deux et trois", "r1", "r2")])
    assert [head.text for head in state.items["r"].heads] == ["deux et trois"]


def test_a_third_wording_that_saw_one_leaves_the_other_standing() -> None:
    twice = _text(_revised("r1", 2, "deux", "r"), _revised("r2", 2, "trois", "r", device="bbbb"))
    state = fold(CUSTOMER, [*twice, _revised("r3", 4, "quatre", "r1")])
    assert [head.text for head in state.items["r"].heads] == ["trois", "quatre"]


def _resolution(id_: str, n: int, text: str, *base: str, device: str = "aaaa") -> Event:
    body = b.ResolutionWritten(at="2026-11-01", text=text)
    return event("resolution_written", body, id_=id_, n=n, case="k", base=("k", *base), device=device)


def _rivals(*more: Event) -> dict[str, tuple[str, ...]]:
    state = fold(CUSTOMER, _case(*more))
    return {id_: item.rivals for id_, item in state.items.items() if item.rivals}


def _wording(id_: str, n: int, of: str, text: str, *base: str, device: str = "aaaa") -> Event:
    body = b.TextRevised(id=of, text=text)
    return event("text_revised", body, id_=id_, n=n, case="k", base=("k", *base), device=device)


TWO = (_resolution("r1", 2, "un"), _resolution("r2", 3, "deux", device="bbbb"))


def test_two_resolutions_whose_writers_did_not_see_each_other_rival() -> None:
    assert _rivals(*TWO) == {"r1": ("r1", "r2"), "r2": ("r1", "r2")}


def test_two_resolutions_in_the_same_words_need_no_merging() -> None:
    assert _rivals(_resolution("r1", 2, "un"), _resolution("r2", 3, "un", device="bbbb")) == {}


def test_a_resolution_that_saw_the_other_stands_alone() -> None:
    assert _rivals(TWO[0], _resolution("r2", 3, "deux", "r1")) == {}
    assert _rivals(TWO[0], _resolution("r2", 3, "deux", "r1"), _wording("w", 4, "r1", "un!", "r1", "r2")) == {}


def test_whoever_saw_both_resolutions_settles_it_by_a_new_one_or_a_wording() -> None:
    assert _rivals(*TWO, _resolution("r3", 4, "un et deux", "r1", "r2")) == {}
    merged = fold(CUSTOMER, _case(*TWO, _wording("w", 4, "r1", "un et deux", "r1", "r2")))
    assert [head.text for head in merged.items["r1"].heads] == ["un et deux"]
    assert [head.text for head in merged.items["r2"].heads] == ["deux"]
    assert not merged.items["r1"].rivals
    assert merged.items["r1"].standing == ("w",)


def test_two_who_merge_at_once_have_two_wordings_again() -> None:
    one = _wording("w1", 4, "r1", "un et deux", "r1", "r2")
    other = _wording("w2", 4, "r2", "deux et un", "r1", "r2", device="bbbb")
    assert _rivals(*TWO, one, other) == {"r1": ("r1", "r2"), "r2": ("r1", "r2")}


def test_a_wording_that_saw_only_its_own_text_leaves_the_other_standing() -> None:
    older = event("text_revised", b.TextRevised(id="r1", text="un!"), id_="w", n=4, case="k", base=("r1",))
    assert _rivals(*TWO, older) == {"r1": ("r1", "r2"), "r2": ("r1", "r2")}


def test_a_rival_that_is_undone_rivals_no_more() -> None:
    assert _rivals(*TWO, event("undone", b.Undone(events=["r2"]), id_="u", n=5)) == {}


def test_resolutions_of_older_programs_and_of_files_rival_nobody() -> None:
    old = [
        event("resolution_written", b.ResolutionWritten(at="2026-11-01", text=id_), id_=id_, n=n, case="k")
        for n, id_ in ((2, "r1"), (3, "r2"))
    ]
    assert _rivals(*old) == {}
    assert _rivals(*old, _resolution("r3", 4, "trois")) == {}


def _case(*more: Event) -> list[Event]:
    opened = b.CaseOpened(
        id="k", kind="request", subject="s", opened_at="2026-11-01", owner="Claire", next_step="x", next_on="2026-12-01"
    )
    return [
        event("customer_recorded", b.CustomerRecorded(name="Zoé"), id_="c", n=0),
        event("case_opened", opened, id_="o", n=1, case="k"),
        *more,
    ]


def test_the_last_writer_of_a_scalar_wins_and_says_nothing_when_it_saw_what_it_replaced() -> None:
    seen = event("owner_set", b.OwnerSet(owner="Paul"), id_="p", n=2, case="k", base=("o",))
    state = fold(CUSTOMER, _case(seen))
    assert (state.cases["k"].owner, state.items["p"].replaced) == ("Paul", "")


def test_the_last_writer_of_a_scalar_says_what_it_replaced_unseen() -> None:
    first = event("owner_set", b.OwnerSet(owner="Paul"), id_="p", n=2, case="k", base=("o",))
    second = event("owner_set", b.OwnerSet(owner="Ada"), id_="a", n=2, case="k", base=("o",), device="bbbb")
    state = fold(CUSTOMER, _case(second, first))
    assert state.cases["k"].owner == "Ada"
    assert state.items["a"].replaced == "Paul"
    assert state.items["p"].replaced == ""


def test_states_and_steps_say_what_they_replaced_unseen_too() -> None:
    writes = [
        event("state_set", b.StateSet(state="waiting"), id_="s1", n=2, case="k", base=("o",)),
        event("state_set", b.StateSet(state="resolved"), id_="s2", n=3, case="k", base=("o",)),
        event("step_planned", b.StepPlanned(next_step="y", next_on="2026-12-02"), id_="n1", n=4, case="k", base=("o",)),
        event("step_planned", b.StepPlanned(next_step="z", next_on="2026-12-03"), id_="n2", n=5, case="k", base=("o",)),
    ]
    state = fold(CUSTOMER, _case(*writes))
    assert (state.cases["k"].state, state.items["s2"].replaced) == ("resolved", "waiting")
    assert (state.cases["k"].next_step, state.items["n2"].replaced) == ("z", "y")


def test_two_people_who_say_the_same_at_once_replace_nothing() -> None:
    first = event("owner_set", b.OwnerSet(owner="Paul"), id_="p", n=2, case="k", base=("o",))
    second = event("owner_set", b.OwnerSet(owner="Paul"), id_="q", n=3, case="k", base=("o",))
    assert fold(CUSTOMER, _case(first, second)).items["q"].replaced == ""


def test_a_promise_settled_by_two_people_at_once_says_what_it_replaced() -> None:
    made = event("commitment_made", b.CommitmentMade(text="je rappelle", due="2026-12-01"), id_="m", n=2, case="k")
    kept = event("commitment_settled", b.CommitmentSettled(id="m", state="kept"), id_="s1", n=3, base=("m",))
    broken = event("commitment_settled", b.CommitmentSettled(id="m", state="broken"), id_="s2", n=4, base=("m",))
    item = fold(CUSTOMER, _case(made, kept, broken)).items["m"]
    assert (item.state, item.replaced) == ("broken", "kept")
    seen = event("commitment_settled", b.CommitmentSettled(id="m", state="broken"), id_="s2", n=4, base=("s1",))
    assert fold(CUSTOMER, _case(made, kept, seen)).items["m"].replaced == ""


def test_what_is_undone_no_longer_counts_and_an_undone_undo_brings_it_back() -> None:
    taken = event("owner_set", b.OwnerSet(owner="Paul"), id_="p", n=2, case="k", base=("o",))
    undone = event("undone", b.Undone(events=["p"]), id_="u1", n=3)
    redone = event("undone", b.Undone(events=["u1"]), id_="u2", n=4)
    assert fold(CUSTOMER, _case(taken, undone)).cases["k"].owner == "Claire"
    assert fold(CUSTOMER, _case(taken, undone, redone)).cases["k"].owner == "Paul"


def test_an_undo_from_a_clock_that_runs_behind_still_reaches_its_event() -> None:
    undone = event("undone", b.Undone(events=["p"]), id_="u1", n=2)
    taken = event("owner_set", b.OwnerSet(owner="Paul"), id_="p", n=3, case="k", base=("o",))
    state = extend(fold(CUSTOMER, _case(undone)), [taken], lambda: _case(undone, taken))
    assert picture(state) == picture(fold(CUSTOMER, _case(undone, taken)))
    assert state.cases["k"].owner == "Claire"


def test_an_event_of_an_unknown_type_or_a_later_version_is_ignored() -> None:
    unknown = event("song_sung", decode_body("song_sung", 1, '{"x":1}'), id_="y", n=2)
    later = event("owner_set", decode_body("owner_set", 2, '{"sung":1}'), id_="z", n=3, case="k", v=2)
    assert (unknown.body, later.body) == (None, None)
    state = fold(CUSTOMER, _case(unknown, later))
    assert state.cases["k"].owner == "Claire"
    assert (state.count, state.dangling) == (4, [])


def test_an_erased_body_is_ignored_and_the_rest_stands() -> None:
    events = _case(event("contact_logged", None, id_="x", n=2, case="k"))
    state = fold(CUSTOMER, events)
    assert state.items == {}
    assert state.cases["k"].owner == "Claire"
    assert decode_body("contact_logged", 1, None) is None


def test_what_refers_to_nothing_is_remembered_as_dangling_and_harms_nothing() -> None:
    orphans = [
        event("text_revised", b.TextRevised(id="no", text="x"), id_="d1", n=2),
        event("state_set", b.StateSet(state="closed"), id_="d2", n=3, case="no"),
        event("commitment_settled", b.CommitmentSettled(id="no", state="kept"), id_="d3", n=4),
        event("contact_linked", b.ContactLinked(id="no", case="k"), id_="d4", n=5),
        event("corrected", b.Corrected(kind="case", id="no", set={}), id_="d5", n=6),
        event("owner_set", b.OwnerSet(owner="x"), id_="d6", n=7, case="no"),
        event("step_planned", b.StepPlanned(next_step="x", next_on="y"), id_="d7", n=8, case="no"),
    ]
    state = fold(CUSTOMER, _case(*orphans))
    assert state.dangling == ["d1", "d2", "d3", "d4", "d5", "d6", "d7"]
    assert state.cases["k"].state == "open"


def test_a_correction_changes_what_it_names_and_leaves_the_rest() -> None:
    note = event("note_added", b.NoteAdded(at="2026-11-01", text="avant", author="Ada"), id_="n", n=2, case="k")
    fixed = event("corrected", b.Corrected(kind="note", id="n", set={"text": "après"}), id_="f", n=3)
    closed = event(
        "corrected", b.Corrected(kind="case", id="k", set={"state": "closed", "closed_at": "2026-11-02"}), id_="g", n=4
    )
    renamed = event("corrected", b.Corrected(kind="customer", id=CUSTOMER, set={"name": "Zoë"}), id_="h", n=5)
    state = fold(CUSTOMER, _case(note, fixed, closed, renamed))
    item, case = state.items["n"], state.cases["k"]
    assert ([head.text for head in item.heads], item.corrected, item.case_id) == (["après"], 1, "k")
    assert (case.state, case.closed_at, case.owner, case.corrected) == ("closed", "2026-11-02", "Claire", 1)
    assert state.customer is not None
    assert (state.customer.name, state.customer_corrected) == ("Zoë", 1)


def test_a_merge_is_remembered_on_both_sides_and_forgotten_when_taken_apart() -> None:
    kept = event("customers_merged", b.CustomersMerged(absorbed="k2"), id_="m", n=2)
    gone = event("customers_merged", b.CustomersMerged(into="k1"), id_="i", n=3)
    state = fold(CUSTOMER, _case(kept, gone))
    assert (state.absorbed, state.merged_into) == ({"k2": "m"}, "k1")
    apart = [
        event("customers_unmerged", b.CustomersUnmerged(absorbed="k2"), id_="a", n=4),
        event("customers_unmerged", b.CustomersUnmerged(into="k1"), id_="b", n=5),
    ]
    state = fold(CUSTOMER, _case(kept, gone, *apart))
    assert (state.absorbed, state.merged_into) == ({}, "")
