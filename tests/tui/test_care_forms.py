"""The forms of what is recorded to know before acting: words for each field, the entry that is meant, and what is said after."""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from advisor_tui.actions import registry
from advisor_tui.actions.execute import execute
from advisor_tui.domain.permissions import Person
from advisor_tui.domain.text import one_line
from advisor_tui.language import language, set_language
from advisor_tui.store.journal import Journal
from advisor_tui.tui.app import AdvisorApp
from advisor_tui.tui.choose import ChooseScreen
from advisor_tui.tui.composer import SituationLine
from advisor_tui.tui.desk import Desk
from advisor_tui.tui.forms import ActionForm, Choice, Words
from advisor_tui.tui.labels import LABELS, Field, choice_words, fields_of
from advisor_tui.tui.meant import ABOUT_CUSTOMER, ABOUT_ENTRY
from advisor_tui.tui.progress import ProgressScreen
from advisor_tui.tui.spoken import warning_draft
from tests.store.house import RULES
from tests.tui.conftest import MakeApp
from tests.tui.driving import desk_of, open_named, ready, rows_of, settled, until, widget_text
from tests.tui.making import NOW
from tests.tui.scenes import asked

registry.load()
CARD = "4970 1000 0000 0014"
WHO = "Étienne Roussel"


def do(app: AdvisorApp, name: str, who: str = "Claire Morel", **given: Any) -> dict[str, str]:
    """An action done beside the desk, before it is looked at."""
    assert app.backend is not None
    workspace = app.backend.workspace
    journal = Journal(workspace.database, workspace.clock())
    made = execute(journal, name, given, Person(who, "Mobile"), RULES).made
    journal.close()
    return made


def dispute_of(app: AdvisorApp) -> tuple[str, str]:
    """Étienne and his open dispute."""
    assert app.backend is not None
    query = (
        "SELECT v.customer_id, v.id FROM case_view v JOIN customer_view c ON c.id = v.customer_id "
        "WHERE c.name LIKE ? AND v.kind = 'dispute' AND v.state = 'open'"
    )
    (row,) = rows_of(app.backend.workspace.home, query, WHO + "%")
    return row[0], row[1]


async def at(pilot: Pilot[Any], entry: str = "") -> Desk:
    """The desk on Étienne, with the cursor on an entry."""
    await ready(pilot)
    desk = await open_named(pilot, WHO)
    desk.show_pane(desk.life_view)
    if entry:
        desk.life_view.go_to(entry)
    await settled(pilot)
    return desk


async def begun(pilot: Pilot[Any], name: str) -> ActionForm:
    """The form of an action that was chosen from the commands."""
    desk_of(pilot.app).do_named(name)
    await until(pilot, lambda: isinstance(pilot.app.screen, ActionForm))
    await settled(pilot)
    form = pilot.app.screen
    assert isinstance(form, ActionForm)
    return form


async def recorded(pilot: Pilot[Any]) -> None:
    await pilot.press("ctrl+s")
    await until(pilot, lambda: isinstance(pilot.app.screen, Desk))
    await settled(pilot)


def told(app: AdvisorApp) -> str:
    return " ".join(note.message for note in app._notifications)


def every_field(name: str) -> list[Field]:
    return fields_of(registry.ACTIONS[name], set())


class TestLabels:
    @pytest.mark.parametrize("name", registry.ACTIONS)
    def test_every_field_has_a_label(self, name: str) -> None:
        unasked = {"customer", "case", "contact", "commitment", "complaint", "proposal", "gesture", "work", "keep", "absorb",
                   "base", "resolution", "then", "txn", "signal"}  # fmt: skip
        for parameter in get_type_hints(registry.ACTIONS[name].params):
            assert parameter in unasked or f"{name}.{parameter}" in LABELS or parameter in LABELS

    @pytest.mark.parametrize("name", registry.ACTIONS)
    def test_every_choice_has_words(self, name: str) -> None:
        set_language("en")
        same = {"vital", "high", "collection", "penalty", "closing", "judged", "accepted", "refused", "answered", "acknowledged",
                "phone", "letter", "web", "chat", "social", "fax", "other", "request", "order", "complaint", "dispute", "incident",
                "withdrawal", "open", "waiting", "resolved", "closed", "email", "account", "contract", "us", "yes", "no", "later"}  # fmt: skip
        for field in every_field(name):
            for value, shown in field.choices:
                assert shown
                assert shown != value or value in same, f"{field.name}: {value}"

    def test_a_needed_yes_or_no_has_no_answer_yet(self) -> None:
        (granted,) = [field for field in every_field("decide_gesture") if field.name == "granted"]
        assert granted.choices[0] == ("", "—")
        assert not granted.flag

    def test_each_point_is_asked_for_by_its_words(self) -> None:
        fields = fields_of(
            registry.ACTIONS["answer_complaint"], {"complaint"}, parts={"answers": ["Coupure", "Silence"]}
        )
        assert [field.label for field in fields if field.part] == ["Coupure", "Silence"]

    def test_a_department_that_a_team_named_itself_keeps_its_name(self) -> None:
        assert choice_words("department", "Atelier Nord") == "Atelier Nord"


class TestWhatIsMeant:
    def test_actions_about_an_entry_name_a_parameter_of_theirs(self) -> None:
        for name, wanted in ABOUT_ENTRY.items():
            assert wanted.parameter in get_type_hints(registry.ACTIONS[name].params)
        for name in ABOUT_CUSTOMER:
            assert "customer" in get_type_hints(registry.ACTIONS[name].params)

    def test_the_draft_speaks_the_customers_language(self) -> None:
        set_language("en")
        assert "“Rappel” for Friday 20 November" in warning_draft("Rappel", "2026-11-20", "en", NOW)
        assert "« Rappel »".replace(" ", "\N{NO-BREAK SPACE}") in warning_draft("Rappel", "2026-11-20", "fr", NOW)
        assert language() == "en"

    async def test_one_key_notes_that_they_had_to_repeat_and_takes_it_back(self, make_app: MakeApp) -> None:
        app = make_app("en")
        async with app.run_test(size=(120, 36)) as pilot:
            desk = await at(pilot)
            entry = next(one for one in desk.life_view.shown if one.kind == "contact" and one.direction == "inbound")
            for wanted in (True, False):
                desk.life_view.go_to(entry.id)
                await pilot.press("a")
                await until(pilot, lambda wanted=wanted: self._repeated(desk, entry.id) is wanted)  # type: ignore[misc]
            assert not isinstance(app.screen, ActionForm)

    def _repeated(self, desk: Desk, id_: str) -> bool:
        entry = desk.entry_of(id_)
        return entry is not None and bool(entry.facts.get("repeated"))

    async def test_without_such_an_entry_it_says_so(self, make_app: MakeApp) -> None:
        app = make_app("en")
        async with app.run_test(size=(120, 36)) as pilot:
            desk = await at(pilot)
            desk.do_named("decide_gesture")
            await until(pilot, lambda: "No gesture waits for a second person." in told(app))

    async def test_of_several_one_chooses(self, make_app: MakeApp) -> None:
        app = make_app("en")
        _customer, case = dispute_of(app)
        for what in ("Une année", "Deux années"):
            do(app, "make_gesture", "Paul Ndiaye", case=case, what=what, normal_value="190", reason="Coupure")
        async with app.run_test(size=(120, 36)) as pilot:
            desk = await at(pilot)
            desk.life_view.go_to(next(one.id for one in desk.life_view.shown if one.kind == "contact"))
            desk.do_named("decide_gesture")
            await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
            await pilot.press("down", "enter")
            await until(pilot, lambda: isinstance(app.screen, ActionForm))
            form = app.screen
            assert isinstance(form, ActionForm)
            assert "Une année" in form.about


class TestForms:
    async def test_their_words_stand_above_what_is_written(self, make_app: MakeApp) -> None:
        app = make_app("en")
        async with app.run_test(size=(120, 36)) as pilot:
            desk = await at(pilot)
            case = next(one for one in desk.cases() if one.kind == "dispute" and one.state == "open")
            desk.life_view.go_to(next(one.id for one in desk.life_view.entries if one.case_id == case.id))
            form = await asked(pilot, "S")
            form.query_one("#field-quote", Words).text = "J’ai payé le 7."
            form.query_one("#field-restated", Words).text = "Paiement non retrouvé."
            form.query_one("#field-confirmed", Choice).place = 1
            await recorded(pilot)
            form = await asked(pilot, "S")
            assert form.query_one("#field-quote", Words).text == "J’ai payé le 7.", (
                "what stands is there to be said anew"
            )
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is desk)
            desk.life_view.go_to(next(one.id for one in desk.life_view.entries if one.case_id == case.id))
            await pilot.press("r")
            await until(pilot, lambda: desk.composer is not None and desk.composer.page.has_focus)
            await settled(pilot)
            line = widget_text(desk.query_one(SituationLine))
            assert "“J’ai payé le 7.”" in line
            assert line.rstrip().endswith("✓ confirme"), "the last cell is beside the padding"

    async def test_a_warning_is_drafted_and_its_new_date_is_left_to_fill(self, make_app: MakeApp) -> None:
        app = make_app("en")
        _customer, case = dispute_of(app)
        promise = do(app, "make_commitment", case=case, text="Frais rendus", due="2026-11-20")["commitment"]
        async with app.run_test(size=(120, 36)) as pilot:
            desk = await at(pilot)
            desk.life_view.go_to(promise)
            form = await asked(pilot, "W")
            assert "Frais rendus" in form.query_one("#field-words", Words).text
            assert form.query_one("#field-new_due", Input).value == ""
            assert form.query_one("#field-new_due").has_focus
            form.query_one("#field-new_due", Input).value = "2026-11-25"
            await recorded(pilot)
            states = dict(rows_of(desk.backend.workspace.home, "SELECT id, state FROM entry WHERE kind = 'commitment'"))
            assert states[promise] == "renegotiated"
            ((more,),) = rows_of(desk.backend.workspace.home, "SELECT more FROM entry WHERE id = ?", promise)
            assert "La nouvelle date est\u00a0: mercredi 25 novembre." in more, "the draft left its place open for it"

    async def test_points_are_taken_one_a_line_and_answered_one_by_one(self, make_app: MakeApp) -> None:
        app = make_app("en")
        async with app.run_test(size=(120, 40)) as pilot:
            desk = await at(pilot)
            case = next(one for one in desk.cases() if one.kind == "dispute" and one.state == "open")
            letter = next(one for one in desk.life_view.entries if one.channel == "letter" and one.case_id == case.id)
            desk.life_view.go_to(letter.id)
            form = await asked(pilot, "P")
            form.query_one("#field-points", Words).text = "Coupure\n\nSilence\n"
            await recorded(pilot)
            ((complaint, more),) = rows_of(
                desk.backend.workspace.home,
                "SELECT id, more FROM entry WHERE kind = 'complaint' AND case_id = ?",
                case.id,
            )
            assert letter.id in more
            assert '"points":["Coupure","Silence"]' in more
            desk.life_view.go_to(complaint)
            form = await begun(pilot, "answer_complaint")
            assert form.query_one("#field-recourse", Input).value, "the rules of the sector name it"
            form.query_one("#field-answers-0", Words).text = "Frais rendus"
            await pilot.press("ctrl+s")
            await until(pilot, lambda: form.refused)
            assert "Silence" in form.refused
            form.query_one("#field-answers-1", Words).text = "Nos excuses"
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is desk)
            form = await begun(pilot, "answer_complaint")
            assert form.query_one("#field-answers-1", Words).text == "Nos excuses", "nothing typed is lost"
            await recorded(pilot)
            query = "SELECT state, more FROM entry WHERE id = ?"
            ((state, more),) = rows_of(desk.backend.workspace.home, query, complaint)
            assert state == "answered"
            assert "Nos excuses" in more
            assert "recourse" not in more, "accepted: nobody has to turn elsewhere"

    async def test_what_fits_is_offered_and_nothing_else(self, make_app: MakeApp) -> None:
        app = make_app("en")
        async with app.run_test(size=(120, 36)) as pilot:
            desk = await at(pilot)
            await pilot.press("o")
            await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
            held = {holding.product for holding in desk.life.brief.holdings} if desk.life else set()
            assert isinstance(app.screen, ChooseScreen)
            kept_away = [line for line in app.screen.apart if "They already have it" in line]
            assert kept_away, "what is kept away is there with every reason, and cannot be taken"
            assert all("A dispute is open or just over" in line for line in kept_away)
            assert not {name for name, _words in app.screen.options} & held
            if app.screen.options:
                picked = app.screen.options[0][0]
                await pilot.press("enter")
                await until(pilot, lambda: isinstance(app.screen, ActionForm))
                form = app.screen
                assert isinstance(form, ActionForm)
                assert picked in form.about
                form.query_one("#field-benefit", Words).text = "Il joint ses clients."
                await pilot.press("ctrl+s")
                await until(pilot, lambda: form.refused)
                assert "dispute" in form.refused


class TestWhatIsSaidAfter:
    async def test_an_act_that_is_held_names_the_letter_and_its_age(self, make_app: MakeApp) -> None:
        app = make_app("en")
        async with app.run_test(size=(120, 36)) as pilot:
            desk = await at(pilot)
            assert desk.life is not None
            oldest = desk.life.brief.hold.reasons[0]
            form = await begun(pilot, "ask_adverse_act")
            form.query_one("#field-by", Input).value = "recouvrement"
            await recorded(pilot)
            await until(pilot, lambda: "Not done, and noted" in told(app))
            assert "letter unanswered for 32\N{NO-BREAK SPACE}d" in told(app)
            assert one_line(oldest.words) in told(app)
            newest = "SELECT state FROM entry WHERE kind = 'act' ORDER BY at DESC LIMIT 1"
            ((state,),) = rows_of(desk.backend.workspace.home, newest)
            assert state == "refused"

    async def test_a_masked_number_is_said(self, make_app: MakeApp) -> None:
        app = make_app("en")
        async with app.run_test(size=(120, 36)) as pilot:
            await at(pilot)
            form = await begun(pilot, "state_stake")
            form.query_one("#field-words", Words).text = f"Ma carte {CARD} est à part."
            await recorded(pilot)
            await until(pilot, lambda: "A card number was masked." in told(app))
            desk = desk_of(app)
            assert not rows_of(desk.backend.workspace.home, "SELECT 1 FROM entry WHERE more LIKE ?", f"%{CARD}%")

    async def test_a_gesture_above_the_allowance_waits_for_somebody_else(self, make_app: MakeApp) -> None:
        app = make_app("en")
        async with app.run_test(size=(120, 36)) as pilot:
            desk = await at(pilot)
            case = next(one for one in desk.cases() if one.kind == "dispute" and one.state == "open")
            desk.life_view.go_to(next(one.id for one in desk.life_view.entries if one.case_id == case.id))
            form = await asked(pilot, "g")
            for name, text in (("what", "Une année"), ("normal_value", "190"), ("reason", "Coupure")):
                form.query_one(f"#field-{name}", Input).value = text
            await recorded(pilot)
            await until(pilot, lambda: "Above the allowance" in told(app))


def test_choices_are_those_of_the_parameters() -> None:
    hints = get_type_hints(registry.ACTIONS["answer_complaint"].params)
    (outcome,) = [field for field in every_field("answer_complaint") if field.name == "outcome"]
    assert tuple(value for value, _words in outcome.choices) == get_args(hints["outcome"])


class TestWhomTheyKnow:
    async def test_a_case_is_handed_to_their_usual_advisor_unless_somebody_says_otherwise(
        self, make_app: MakeApp
    ) -> None:
        app = make_app("en")
        async with app.run_test(size=(120, 36)) as pilot:
            await ready(pilot)
            desk = await open_named(pilot, WHO)
            case = next(found for found in desk.cases() if found.state == "open")
            customer = desk.life.brief.head.id if desk.life is not None else ""
            do(app, "set_relation", customer=customer, preferred="Inès Benali", second="Paul Ndiaye")
            desk = await at(pilot, next(found.id for found in desk.life_view.entries if found.case_id == case.id))
            form = await begun(pilot, "hand_over")
            assert form.query_one("#field-owner", Input).value == "Inès Benali"
            assert form.people[:2] == ["Inès Benali", "Paul Ndiaye"]


class TestHowItStands:
    async def test_a_case_is_told_in_the_customers_language_and_copied(self, make_app: MakeApp) -> None:
        app = make_app("en")
        _customer, case = dispute_of(app)
        do(app, "plan_work", case=case, what="Interne", progress="Vos frais sont rendus", due="2026-11-20")
        async with app.run_test(size=(80, 24)) as pilot:
            desk = await at(pilot)
            desk.life_view.go_to(next(one.id for one in desk.life_view.entries if one.case_id == case))
            await pilot.press("E")
            await until(pilot, lambda: isinstance(app.screen, ProgressScreen))
            screen = app.screen
            assert isinstance(screen, ProgressScreen)
            assert screen.told[0].startswith("Votre dossier")
            assert any("Vos frais sont rendus" in line for line in screen.told)
            assert "Interne" not in "".join(screen.told)
            assert len(screen.told) <= 8
            await pilot.press("y")
            await until(pilot, lambda: app._notifications)
            assert app.clipboard == "\n".join(screen.told)
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is desk)


async def test_after_a_case_is_opened_the_cursor_is_in_it(make_app: MakeApp) -> None:
    app = make_app("en")
    async with app.run_test(size=(120, 36)) as pilot:
        await at(pilot)
        form = await asked(pilot, "d")
        for name, value in (("subject", "Encore coupé"), ("next_step", "Rappeler"), ("next_on", "+1")):
            form.query_one(f"#field-{name}", Input).value = value
        await recorded(pilot)
        desk = desk_of(app)
        await until(pilot, lambda: (case := desk.case_here()) is not None and case.subject == "Encore coupé")
