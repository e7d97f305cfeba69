"""The team's screen: what waits, signals, answers, repetitions, each by golden cases; its rows; and never a person."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor_tui.domain import bodies as b
from advisor_tui.domain.identity import entity_id
from advisor_tui.domain.listening import SignalRaised
from advisor_tui.domain.measures import Share, Window, harmed_while_pending
from advisor_tui.store.reads.states import read_events
from advisor_tui.store.reads.team import ROWS, read_team
from tests.store.house import CLAIRE, PARIS, PAUL, START, House, SteppingClock
from tests.store.teaming import LEAD, LIAISON, MEASURING, act_done, figure, letter, ms, promised, take, team

NEW_YORK = ZoneInfo("America/New_York")


class TestIgnored:
    def found(self, house: House) -> tuple[int, int | None]:
        made = figure(house, "ignored")
        return made.number, made.oldest

    def test_none_is_said_only_where_nothing_waits(self, house: House) -> None:
        assert self.found(house) == (0, None)
        waits = letter(house, house.customer(), "2026-11-18")
        count, oldest = self.found(house)
        assert (count, oldest) == (0, ms("2026-11-18T00:00:00+00:00"))
        house.do("settle_contact", contact=waits, reply="answered", words="Fait.")
        assert self.found(house) == (0, None)

    def test_it_counts_from_the_rules_tenth_working_day(self, house: House) -> None:
        letter(house, house.customer(), "2026-11-09")
        while not self.found(house)[0]:
            house.clock.advance(days=1)
        assert house.clock.now().astimezone(PARIS).date() == date(2026, 11, 24), "the 11th is a holiday"

    def test_whatever_its_channel(self, house: House) -> None:
        for channel in ("letter", "email", "web", "fax"):
            letter(house, house.customer(), "2026-09-01", channel=channel)
        assert self.found(house)[0] == 4


class TestSignals:
    def raised(self, house: House) -> str:
        made = house.do("raise_signal", customer=house.customer(), tag="attente", text="Encore attendu.").made
        assert made["due"] == "2026-12-04"
        return str(made["signal"])

    def share(self, house: House) -> Share | None:
        return figure(house, "signals_on_time").share

    def answer(self, house: House, signal: str, answer: str = "yes", **given: str) -> None:
        house.do("answer_signal", LIAISON, signal=signal, answer=answer, words="Vu.", **given)

    def test_answered_by_its_date_counts_at_once(self, house: House) -> None:
        signal = self.raised(house)
        assert self.share(house) == (0, 0)
        self.answer(house, signal)
        assert self.share(house) == (1, 1)

    def test_the_date_itself_is_in_time_and_the_day_after_is_not(self, house: House) -> None:
        one, other = self.raised(house), self.raised(house)
        house.clock.advance(days=13)
        self.answer(house, one)
        assert self.share(house) == (1, 1)
        house.clock.advance(days=1)
        assert self.share(house) == (1, 2)
        self.answer(house, other)
        assert self.share(house) == (1, 2)

    def test_later_owes_another_date(self, house: House) -> None:
        signal = self.raised(house)
        self.answer(house, signal, "later", until="2026-12-11")
        assert self.share(house) == (1, 1)
        house.clock.advance(days=21)
        assert self.share(house) == (1, 2), "the 12th: nothing came by the 11th"

    def test_an_answer_taken_back_is_none(self, house: House) -> None:
        signal = self.raised(house)
        house.do("answer_signal", LEAD, signal=signal, answer="no", words="Non.")
        assert self.share(house) == (1, 1)
        house.do("undo", LEAD)
        assert self.share(house) == (0, 0)

    def test_an_old_signal_that_was_put_off_for_long_is_seen(self, house: House) -> None:
        body = SignalRaised(
            text="x", tag="y", department="d", due="2024-11-30", ext="s1", answer="later", answered_at="2024-11-20",
            words="Plus tard.", until="2026-11-10",
        )  # fmt: skip
        house.record("signal_raised", house.customer(), body, at=ms("2024-11-01T10:00:00+01:00"))
        assert self.share(house) == (0, 1)


class TestEasy:
    def told(self, house: House, *efforts: int | None, at: str = "2026-11-20T10:00:00+01:00") -> None:
        customer = house.customer()
        for effort in efforts:
            body = b.SurveyAnswered(at=at, effort=effort, words="" if effort is not None else "Rien à dire.")
            house.record("survey_answered", customer, body, at=ms(at))

    def test_nine_answers_are_masked_and_never_zero(self, house: House) -> None:
        self.told(house, *[7] * 9, None)
        found = figure(house, "easy")
        assert (found.share, found.masked, found.number) == (None, True, 9)

    def test_ten_have_their_interval(self, house: House) -> None:
        self.told(house, 7, 7, 6, 5, 5, 7, 6, 5, 4, 1)
        found = figure(house, "easy")
        assert (found.share, found.masked) == ((8, 10), False)
        assert [round(100 * bound) for bound in found.between] == [49, 94]

    def test_only_the_window_counts(self, house: House) -> None:
        self.told(house, *[7] * 10)
        self.told(house, *[1] * 10, at="2026-10-24T23:59:00+02:00")
        assert figure(house, "easy").share == (10, 10)

    def test_by_the_action_and_taken_back(self, house: House) -> None:
        self.told(house, *[7] * 9)
        case = house.case(house.customer())
        house.do("set_state", case=case, state="closed", reason="réglé")
        house.do("answer_survey", case=case, effort=1, words="Trop long.")
        assert figure(house, "easy").share == (9, 10)
        house.do("undo")
        assert figure(house, "easy").masked


class TestRepeated:
    def share(self, house: House) -> Share | None:
        return figure(house, "repeated", MEASURING).share

    def test_the_first_contact_of_a_case_is_no_repetition(self, house: House) -> None:
        case = house.case(house.customer())
        house.do("log_contact", case=case, body="Bonjour.", repeated=True)
        assert self.share(house) == (0, 0)
        house.do("log_contact", case=case, body="Encore moi.", repeated=True)
        house.do("log_contact", case=case, body="Merci.", channel="letter")
        assert self.share(house) == (1, 2)

    def test_the_key_marks_it_and_takes_it_back(self, house: House) -> None:
        case = house.case(house.customer())
        house.do("log_contact", case=case, body="Bonjour.")
        second = house.do("log_contact", case=case, body="Encore moi.").made["contact"]
        assert self.share(house) == (0, 1)
        house.do("mark_repeated", contact=second)
        assert self.share(house) == (1, 1)
        house.do("mark_repeated", contact=second)
        assert self.share(house) == (0, 1)

    def test_what_is_in_no_case_and_what_we_sent_is_not_counted(self, house: House) -> None:
        customer = house.customer()
        case = house.case(customer)
        house.do("log_contact", case=case, body="Bonjour.")
        house.do("log_contact", case=case, body="Bonjour.", direction="outbound", channel="letter")
        house.do("log_contact", customer=customer, body="Autre chose.")
        assert self.share(house) == (0, 0)

    def test_one_brought_into_the_case_later_is(self, house: House) -> None:
        customer = house.customer()
        case = house.case(customer)
        house.do("log_contact", case=case, body="Bonjour.")
        loose = house.do("log_contact", customer=customer, body="C'est encore moi.").made["contact"]
        house.do("link_contact", contact=loose, case=case)
        assert self.share(house) == (0, 1)


class TestScreen:
    def test_words_come_with_their_day_and_name(self, house: House) -> None:
        customer = house.customer("Nina Neuve")
        case = house.case(customer)
        house.do("state_situation", case=case, quote="Rien ne marche depuis lundi.")
        assert [(v.name, v.text) for v in team(house).verbatims] == [("Nina Neuve", "Rien ne marche depuis lundi.")]
        house.do("set_state", case=case, state="closed", reason="réglé")
        house.do("answer_survey", case=case, effort=6, words="Réponse franche.")
        assert [v.text for v in team(house).verbatims] == ["Réponse franche.", "Rien ne marche depuis lundi."]

    def test_each_trouble_has_its_kind_its_words_and_its_count(self, house: House) -> None:
        customer = house.customer()
        for number in range(ROWS + 2):
            letter(house, customer, f"2026-11-{10 + number}", subject=f"Lettre {number}")
        house.do("state_stake", customer=customer, level="vital", words="Alarme.")
        house.do("ask_adverse_act", customer=customer, act="penalty", by="facturation", words="Impayé.")
        free = house.customer("Paule")
        house.do("state_stake", customer=free, level="vital", words="Alarme.")
        house.do("ask_adverse_act", customer=free, act="cut_off", by="facturation", words="Impayé.")
        promised(house, "2026-11-23")
        view = team(house)
        assert view.counts == {
            "promise": 1,
            "waiting": ROWS + 2,
            "second_person": 1,
            "refused": 1,
            "orphan": 0,
            "conflict": 0,
        }
        waiting = [trouble for trouble in view.troubles if trouble.kind == "waiting"]
        assert [trouble.words for trouble in waiting] == [f"Lettre {number}" for number in range(ROWS)]
        (asked,) = [trouble for trouble in view.troubles if trouble.kind == "second_person"]
        assert (asked.name, asked.what, asked.words) == ("Paule", "cut_off", "Impayé.")
        (refused,) = [trouble for trouble in view.troubles if trouble.kind == "refused"]
        assert (refused.what, refused.words) == ("penalty", "Impayé.")

    def test_a_case_without_a_next_step_and_two_texts(self, house: House) -> None:
        customer = house.customer()
        take(house, {"v": 1, "type": "customer", "id": "c1", "name": "Zoé"})
        body = b.CaseOpened(kind="request", subject="Orpheline", opened_at="2026-11-01", ext="k1")
        house.record("case_opened", entity_id("customer", "c1"), body)
        case = house.case(customer)
        resolution = house.do("write_resolution", case=case, text="Un.").made["resolution"]
        (head,) = house.rows("SELECT json_extract(more, '$.heads[0][0]') FROM entry WHERE id = ?", resolution)
        for actor in ("Claire Morel", "Paul Ndiaye"):
            revised = b.TextRevised(id=resolution, text=f"Un, revu par {actor[:1]}.")
            house.record("text_revised", customer, revised, actor=actor, case_id=case, base=(head[0],))
        view = team(house)
        assert (view.counts["orphan"], view.counts["conflict"]) == (1, 1)

    def test_no_advisors_name_reaches_it(self, house: House) -> None:
        """R2, R7: what is told is about customers; who wrote, promised, owns or asked is on the case, not here."""
        customer = house.customer(preferred_advisor="Claire Morel")
        case = house.case(customer)
        promised(house, "2026-11-23", case)
        letter(house, customer)
        house.do("ask_adverse_act", customer=customer, act="cut_off", by=CLAIRE.name)
        house.do("make_gesture", case=case, what="Six mois", normal_value="300", reason="Panne")
        free = house.customer("Paule")
        house.do("state_stake", customer=free, level="vital", words="Alarme.")
        house.do("ask_adverse_act", PAUL, customer=free, act="cut_off", by=PAUL.name)
        house.do("state_situation", PAUL, case=case, quote="Rien ne marche.")
        house.do("raise_signal", customer=customer, tag="attente", text="Encore attendu.")
        view = team(house, MEASURING)
        assert len(view.troubles) >= 5
        assert view.verbatims
        told = repr(view)
        for name in ("Claire", "Morel", "Paul N", "Ndiaye", "Marc"):
            assert name not in told, name

    def test_a_merged_customer_is_one_voice_for_the_figures(self, house: House) -> None:
        one, other = house.customer("Zoé Un"), house.customer("Zoé Deux")
        for customer in (one, other):
            letter(house, customer, "2026-09-01")
        house.do("merge_customers", keep=one, absorb=other)
        assert figure(house, "ignored").number == 2

    def test_more_than_can_be_folded_is_said(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("advisor_tui.store.reads.figures.MOST", 2)
        case = house.case(house.customer())
        for _number in range(2):
            house.do("warn_commitment", commitment=promised(house, case=case), words="x", new_due="2026-12-04")
        assert not team(house).cut
        house.do("warn_commitment", commitment=promised(house, case=case), words="x", new_due="2026-12-04")
        assert team(house).cut


@pytest.mark.parametrize("zone", [PARIS, NEW_YORK, ZoneInfo("Pacific/Auckland"), UTC], ids=str)
def test_a_day_without_a_time_is_that_day_in_every_zone(tmp_path: Path, template: Path, zone: ZoneInfo) -> None:
    """Imported dates are midnight in UTC: west of Greenwich, that is the evening before on a clock."""
    clock = SteppingClock(datetime(2026, 11, 21, 9, tzinfo=zone), zone)
    home = House.copy(template, tmp_path / "home" / "workspace.db", clock)
    customer = home.customer()
    letter(home, customer, "2026-11-05")
    for day, harmed in (("2026-10-24", 0), ("2026-10-25", 0), ("2026-11-10", 1)):
        body = b.AdverseActAsked(act="cut_off", by="f", state="done", ext=day, at=day)
        home.record("adverse_act_asked", customer, body, at=ms(day + "T00:00:00+00:00"))
        assert figure(home, "harmed_while_pending").number == harmed
    for day in ("2026-10-24", "2026-10-25"):
        for _number in range(10):
            answered = b.SurveyAnswered(at=day, effort=7)
            home.record("survey_answered", customer, answered, at=ms(day + "T00:00:00+00:00"))
        assert figure(home, "easy").masked == (day == "2026-10-24")
    assert figure(home, "ignored").number == 1
    home.close()


ACTIONS: dict[str, Callable[[House, str, str], object]] = {
    "promise": lambda house, customer, case: promised(house, "2026-11-23", case),
    "letter": lambda house, customer, case: letter(house, customer, "2026-10-20"),
    "act": lambda house, customer, case: house.do("ask_adverse_act", customer=customer, act="cut_off", by="f"),
    "signal": lambda house, customer, case: house.do("raise_signal", customer=customer, tag="x", text="y"),
    "again": lambda house, customer, case: house.do("log_contact", case=case, body="Encore.", repeated=True),
    "situation": lambda house, customer, case: house.do("state_situation", case=case, quote="Rien."),
}


@settings(max_examples=12)
@given(st.lists(st.sampled_from(sorted(ACTIONS)), min_size=1, max_size=6))
def test_everything_undone_gives_the_figures_of_nothing(tmp_path: Path, template: Path, names: list[str]) -> None:
    folder = Path(mkdtemp(dir=tmp_path))
    home = House.copy(template, folder / "workspace.db", SteppingClock(), hurry=True)
    customer = home.customer()
    case = home.case(customer)
    late = timedelta(days=5)

    def seen() -> tuple[object, ...]:
        now = (START + late).astimezone(PARIS)
        view = read_team(home.reads, now, MEASURING)
        return view.verbatims, view.troubles, view.counts, view.figures, view.cut

    before = seen()
    for name in names:
        ACTIONS[name](home, customer, case)
    assert seen() != before or not {"promise", "letter", "situation"} & set(names)
    for _name in names:
        home.do("undo")
    assert seen() == before
    home.close()


@settings(max_examples=10)
@given(st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(tmp_path: Path, template: Path, chance: random.Random) -> None:
    folder = Path(mkdtemp(dir=tmp_path))
    home = House.copy(template, folder / "a.db", SteppingClock(), hurry=True)
    customer = home.customer()
    case = home.case(customer)
    for act in ACTIONS.values():
        act(home, customer, case)
    act_done(home, customer, "2026-11-19T10:00:00+01:00")
    home.do("settle_contact", contact=letter(home, customer), reply="answered", words="Fait.")
    events = read_events(home.reads, [customer])[customer]
    window = Window(date(2026, 10, 25), date(2026, 11, 21), PARIS)
    found = harmed_while_pending(events, window)
    assert len(found) == 1
    now = START + timedelta(hours=1)
    told = read_team(home.reads, now, MEASURING)
    home.close()
    chance.shuffle(events)
    assert harmed_while_pending(events, window) == found
    other = House.copy(template, folder / "b.db", SteppingClock(), hurry=True)
    for event in events:
        with other.journal.transaction() as unit:
            unit.append(event)
    assert read_team(other.reads, now, MEASURING) == told
    other.close()
