"""What is one's own at the desk: phrases, a pause, a hard moment, hours; and the two keys that end an abusive call."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from advisor_tui.gateways.exporter import export_lines
from advisor_tui.store.journal import Journal
from advisor_tui.store.private import Private, Snippet
from advisor_tui.store.workspace import Workspace
from advisor_tui.tui.app import AdvisorApp
from advisor_tui.tui.choose import ChooseScreen
from advisor_tui.tui.conduct import ENDED, ConductScreen, said_to_them
from advisor_tui.tui.desk import Desk
from advisor_tui.tui.forms import ActionForm, Words
from advisor_tui.tui.pause import PauseScreen
from advisor_tui.tui.snippets import SnippetsScreen
from tests.tui.conftest import MakeApp
from tests.tui.driving import busy, desk_of, open_named, ready, rows_of, screen_text, settled, type_text, until
from tests.tui.test_care_forms import at, do, recorded
from tests.tui.test_writing import writing

WIDE, SMALL = (120, 36), (80, 24)
HERE = "qui-reste-ici"
"""Words that are looked for wherever they must not be."""


def shared(home: Path) -> tuple[list[str], list[bytes]]:
    """Everything that can leave this computer: all tables with the journal and what waits to be sent, and the export."""
    with closing(sqlite3.connect(home / "workspace.db")) as connection:
        tables = [*connection.iterdump()]
    workspace = Workspace(home)
    journal = Journal(workspace.database, workspace.clock())
    try:
        return tables, [*export_lines(journal)]
    finally:
        journal.close()


def nowhere_else(home: Path) -> None:
    """No file of the workspace but the private one holds the words that stay here."""
    assert HERE.encode() in (home / "private.db").read_bytes()
    for path in home.rglob("*"):
        if path.is_file() and path.name != "private.db":
            assert HERE.encode() not in path.read_bytes(), path.name


async def listed(pilot: Pilot[Any]) -> SnippetsScreen:
    await pilot.press("ctrl+t")
    await until(pilot, lambda: isinstance(pilot.app.screen, SnippetsScreen))
    await settled(pilot)
    assert isinstance(pilot.app.screen, SnippetsScreen)
    return pilot.app.screen


async def chosen(pilot: Pilot[Any], kind: type[Any] = ChooseScreen) -> Any:
    await until(pilot, lambda: isinstance(pilot.app.screen, kind) and pilot.app.screen.is_mounted)
    await pilot.pause()
    return pilot.app.screen


def words_of(screen: SnippetsScreen) -> list[str]:
    return [str(option.prompt) for option in screen.query_one(OptionList).options]


class TestPhrases:
    async def test_one_goes_in_at_the_cursor_and_the_signature_is_the_first_row(
        self, make_app: MakeApp, home: Path
    ) -> None:
        private = Private(home / "private.db")
        private.keep("rappel", f"Je vous rappelle [bold]demain[/bold]. {HERE}")
        private.keep("signature", "Claire, votre conseillère")
        app = make_app()
        async with app.run_test(size=WIDE) as pilot:
            desk, _case = await writing(pilot)
            assert desk.composer is not None
            await type_text(pilot, "Bonjour. ")
            screen = await listed(pilot)
            assert words_of(screen) == [
                "signature · Claire, votre conseillère",
                f"rappel · Je vous rappelle [bold]demain[/bold]. {HERE}",
            ]
            await type_text(pilot, "demain")
            await until(pilot, lambda: len(words_of(screen)) == 1)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, Desk))
            assert desk.composer.page.text == f"Bonjour. Je vous rappelle [bold]demain[/bold]. {HERE}"
            await pilot.press("enter")
            await listed(pilot)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, Desk))
            assert desk.composer.page.text.endswith(f"{HERE}\nClaire, votre conseillère")
            assert desk.composer.page.has_focus

    async def test_the_marked_text_is_kept_under_a_name_and_nowhere_else(self, make_app: MakeApp, home: Path) -> None:
        app = make_app()
        async with app.run_test(size=SMALL) as pilot:
            desk, _case = await writing(pilot)
            page = desk.composer.page if desk.composer else None
            assert page is not None
            before = shared(home)
            screen = await listed(pilot)
            await pilot.press("ctrl+s")
            assert screen.has_class("-refused"), "there is no text yet"
            await pilot.press("escape")
            page.text = f"{HERE} et le reste"
            page.selection = type(page.selection)((0, 0), (0, len(HERE)))
            screen = await listed(pilot)
            await pilot.press("ctrl+s")
            await pilot.pause()
            assert screen.has_class("-refused"), "it has no name yet"
            await type_text(pilot, "accueil")
            await pilot.press("ctrl+s")
            await until(pilot, lambda: screen.known)
            assert Private(home / "private.db").snippets() == [Snippet("accueil", HERE)]
            await pilot.press("escape")
            page.text = ""
            await pilot.press("escape")
            await until(pilot, lambda: desk.composer is None)
            await settled(pilot)
            assert shared(home) == before, "the draft went, the phrase is mine"

    async def test_two_presses_take_one_away(self, make_app: MakeApp, home: Path) -> None:
        private = Private(home / "private.db")
        for name in ("a", "b"):
            private.keep(name, name)
        app = make_app()
        async with app.run_test(size=WIDE) as pilot:
            await writing(pilot)
            screen = await listed(pilot)
            await pilot.press("down", "ctrl+d")
            assert len(private.snippets()) == 2
            await pilot.press("ctrl+d")
            await until(pilot, lambda: len(screen.known) == 1)
            assert [one.name for one in private.snippets()] == ["a"]
            await pilot.press("x")
            await pilot.pause()
            assert screen.shown == []
            await pilot.press("enter", "ctrl+d")
            assert app.screen is screen

    async def test_in_a_form_too(self, make_app: MakeApp, home: Path) -> None:
        Private(home / "private.db").keep("x", "Il dit que")
        app = make_app()
        async with app.run_test(size=WIDE) as pilot:
            desk = await at(pilot)
            desk.do_named("log_contact")
            form = await chosen(pilot, ActionForm)
            assert isinstance(app.focused, Words)
            area = app.focused
            await listed(pilot)
            await pilot.press("enter")
            await until(pilot, lambda: app.screen is form)
            assert area.text == "Il dit que"

    async def test_a_damaged_file_is_told_and_harms_nothing(self, make_app: MakeApp, home: Path) -> None:
        (home / "private.db").write_bytes(b"no database " * 500)
        app = make_app()
        async with app.run_test(size=WIDE) as pilot:
            desk, _case = await writing(pilot)
            screen = await listed(pilot)
            await until(pilot, lambda: screen.has_class("-refused"))
            await pilot.press("escape")
            await type_text(pilot, "va")
            assert desk.composer is not None
            assert desk.composer.page.text == "va"


class TestPause:
    @pytest.mark.parametrize("key", ["space", "escape", "x", "f5"])
    async def test_one_key_takes_it_any_key_returns_and_nothing_is_kept_of_it(
        self, make_app: MakeApp, home: Path, key: str
    ) -> None:
        app = make_app()
        async with app.run_test(size=SMALL) as pilot:
            desk = await at(pilot)
            before = shared(home)
            await pilot.press("ctrl+g")
            await until(pilot, lambda: isinstance(app.screen, PauseScreen))
            await pilot.pause()
            shown = screen_text(app)
            assert "Roussel" in shown
            await pilot.press(key)
            await until(pilot, lambda: app.screen is desk)
            assert shared(home) == before
        assert not (home / "private.db").exists()

    async def test_a_text_being_written_waits(self, make_app: MakeApp) -> None:
        app = make_app()
        async with app.run_test(size=WIDE) as pilot:
            desk, _case = await writing(pilot)
            await type_text(pilot, "Entendu")
            await pilot.press("ctrl+g")
            await until(pilot, lambda: isinstance(app.screen, PauseScreen))
            await pilot.press("z")
            await until(pilot, lambda: app.screen is desk)
            assert desk.composer is not None
            assert desk.composer.page.text == "Entendu"
            await type_text(pilot, "s")
            assert desk.composer.page.text == "Entendus"


async def hard(pilot: Pilot[Any], place: int) -> None:
    await pilot.press("H")
    screen = await chosen(pilot)
    screen.query_one(OptionList).highlighted = place
    await pilot.press("enter")


class TestHardMoment:
    async def test_a_private_note_leaves_no_trace_in_what_is_shared(self, make_app: MakeApp, home: Path) -> None:
        app = make_app()
        async with app.run_test(size=WIDE) as pilot:
            desk = await at(pilot)
            before = shared(home)
            await hard(pilot, 0)
            await until(pilot, lambda: isinstance(app.screen, PauseScreen))
            await pilot.press("enter")
            await until(pilot, lambda: app.screen is desk)
            await hard(pilot, 1)
            form = await chosen(pilot, ActionForm)
            form.query_one(Words).text = f"dur, {HERE}"
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is desk)
            await hard(pilot, 1)
            form = await chosen(pilot, ActionForm)
            assert form.query_one(Words).text == f"dur, {HERE}", "what was begun is there again"
            await recorded(pilot)
            assert [note.text for note in Private(home / "private.db").notes()] == [f"dur, {HERE}"]
            assert shared(home) == before
        nowhere_else(home)

    async def test_it_is_read_and_thrown_away(self, make_app: MakeApp, home: Path) -> None:
        private = Private(home / "private.db")
        app = make_app()
        async with app.run_test(size=WIDE) as pilot:
            await at(pilot)
            private.write_note("dur", desk_of(app).now().date())
            await hard(pilot, 2)
            screen = await until_titled(pilot, "pour moi", "alone")
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, ChooseScreen) and app.screen is not screen)
            await pilot.pause()
            app.screen.query_one(OptionList).highlighted = 1
            await pilot.press("enter")
            await until(pilot, lambda: not private.notes())
            await until(pilot, lambda: isinstance(app.screen, Desk))

    async def test_asking_for_a_talk_sends_nothing_and_copies_ones_own_words(
        self, make_app: MakeApp, home: Path
    ) -> None:
        app = make_app()
        copied: list[str] = []
        app.copy_to_clipboard = copied.append  # type: ignore[assignment, method-assign]
        async with app.run_test(size=WIDE) as pilot:
            await at(pilot)
            before = shared(home)
            await hard(pilot, 2)
            form = await chosen(pilot, ActionForm)
            assert form.query_one(Words).text
            form.query_one(Words).text = "Un quart d'heure ?"
            await recorded(pilot)
            assert copied == ["Un quart d'heure ?"]
            assert shared(home) == before
        assert not (home / "private.db").exists()


async def until_titled(pilot: Pilot[Any], *words: str) -> ChooseScreen:
    def found() -> bool:
        return isinstance(pilot.app.screen, ChooseScreen) and any(word in pilot.app.screen.list_title for word in words)

    await until(pilot, found)
    await pilot.pause()
    assert isinstance(pilot.app.screen, ChooseScreen)
    return pilot.app.screen


CONDUCT = "SELECT json_extract(body, '$.step'), case_id IS NOT NULL FROM event WHERE type = 'conduct_noted' ORDER BY n"


class TestConduct:
    async def test_two_keys_end_a_call_and_support_is_offered(self, make_app: MakeApp, home: Path) -> None:
        app = make_app()
        async with app.run_test(size=SMALL) as pilot:
            desk = await at(pilot, await disputed(pilot))
            await pilot.press("exclamation_mark")
            screen = await chosen(pilot, ConductScreen)
            assert said_to_them(ENDED, screen.customer_language)[:20] in screen_text(app)
            await pilot.press("e")
            await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
            assert rows_of(home, CONDUCT) == [("ended", 1)]
            await pilot.pause()
            app.screen.query_one(OptionList).highlighted = 0
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, PauseScreen))
            await pilot.press("a")
            await until(pilot, lambda: app.screen is desk)
            await settled(pilot)
            assert [entry.facts["step"] for entry in desk.life_view.entries if entry.channel == "ConductNoted"] == [
                "ended"
            ]

    async def test_the_second_warning_comes_after_the_first_and_words_for_the_lead_are_ready(
        self, make_app: MakeApp, home: Path
    ) -> None:
        app = make_app()
        async with app.run_test(size=WIDE) as pilot:
            await at(pilot, await disputed(pilot))
            for _time in range(2):
                await pilot.press("exclamation_mark")
                await chosen(pilot, ConductScreen)
                await pilot.press("w")
                await until(pilot, lambda: isinstance(app.screen, Desk))
                await settled(pilot)
            await pilot.press("exclamation_mark")
            await chosen(pilot, ConductScreen)
            await pilot.press("escape")
            await settled(pilot)
            assert rows_of(home, CONDUCT) == [("warned", 1), ("warned_again", 1)]
            await pilot.press("exclamation_mark")
            await chosen(pilot, ConductScreen)
            await pilot.press("e")
            screen = await chosen(pilot)
            screen.query_one(OptionList).highlighted = 2
            await pilot.press("enter")
            form = await chosen(pilot, ActionForm)
            assert "Roussel" in form.query_one(Words).text

    async def test_it_is_said_in_the_customers_language(self) -> None:
        assert said_to_them(ENDED, "en").startswith("I am ending our contact now.")


async def disputed(pilot: Pilot[Any]) -> str:
    """An entry of Étienne's dispute, for the cursor."""
    await ready(pilot)
    desk = await open_named(pilot, "Étienne Roussel")
    case = next(case for case in desk.cases() if case.kind == "dispute" and case.state == "open")
    return next(entry.id for entry in desk.life_view.entries if entry.case_id == case.id)


DUE = (
    "SELECT json_extract(body, '$.due') FROM event WHERE type = 'commitment_made' AND actor = 'Claire Morel' ORDER BY n"
)
OFFICE = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "9-17")


async def promised(pilot: Pilot[Any], due: str) -> tuple[Desk, ActionForm]:
    """A promise of mine, about to be recorded for `due`."""
    entry = await disputed(pilot)
    case = next(found for found in desk_of(pilot.app).cases() if found.kind == "dispute" and found.state == "open")
    assert isinstance(pilot.app, AdvisorApp)
    if case.owner != "Claire Morel":
        do(pilot.app, "take", case=case.id)
    desk = await at(pilot, entry)
    desk.do_named("make_commitment")
    form = await chosen(pilot, ActionForm)
    form.query_one("#field-text", Input).value = "Vous rappeler"
    form.query_one("#field-due", Input).value = due
    await pilot.press("ctrl+s")
    return desk, form


class TestHours:
    @pytest.mark.parametrize(("place", "due"), [(1, "2026-11-19T09:00+01:00"), (2, "2026-11-18T20:00+01:00")])
    async def test_an_evening_is_moved_into_them_or_promised_all_the_same(
        self, make_app: MakeApp, home: Path, place: int, due: str
    ) -> None:
        app = make_app(hours=OFFICE)
        async with app.run_test(size=SMALL) as pilot:
            _desk, form = await promised(pilot, "2026-11-18T20:00")
            screen = await chosen(pilot)
            assert "20:00" in screen.list_title
            await pilot.press("escape")
            await until(pilot, lambda: form.refused)
            assert "20:00" in form.refused
            await pilot.press("ctrl+s")
            screen = await chosen(pilot)
            screen.query_one(OptionList).highlighted = place
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, Desk))
            assert rows_of(home, DUE)[-1] == (due,)

    async def test_an_evening_is_handed_over_with_the_promise_as_its_step(self, make_app: MakeApp, home: Path) -> None:
        app = make_app(hours=OFFICE)
        async with app.run_test(size=WIDE) as pilot:
            before = rows_of(home, DUE)
            desk, form = await promised(pilot, "2026-11-18T20:00")
            await chosen(pilot)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, ActionForm) and app.screen is not form)
            await settled(pilot)
            assert app.screen.query_one("#field-next_step", Input).value == "Vous rappeler"
            assert app.screen.query_one("#field-next_on", Input).value == "2026-11-18T20:00"
            app.screen.query_one("#field-owner", Input).value = "Paul Ndiaye"
            await recorded(pilot)
            assert [case.owner for case in desk.cases() if case.kind == "dispute" and case.state == "open"] == [
                "Paul Ndiaye"
            ]
            assert rows_of(home, DUE) == before
            desk.do_named("make_commitment")
            again = await chosen(pilot, ActionForm)
            assert again.query_one("#field-text", Input).value == "Vous rappeler", "no word is lost"

    async def test_they_are_said_on_a_form_and_stay_in_ones_own_settings(self, make_app: MakeApp, home: Path) -> None:
        app = make_app(hours={"mon": "8-12"})
        async with app.run_test(size=SMALL) as pilot:
            desk = await at(pilot)
            before = shared(home)
            desk.do_named("own_hours")
            form = await chosen(pilot, ActionForm)
            assert form.query_one("#field-mon", Input).value == "8-12"
            form.query_one("#field-tue", Input).value = "25-26"
            await pilot.press("ctrl+s")
            await until(pilot, lambda: form.refused)
            form.query_one("#field-tue", Input).value = "9h-12h30 13h30-17h"
            await recorded(pilot)
            assert Workspace(home).settings.hours == {"mon": "08:00-12:00", "tue": "09:00-12:30 13:30-17:00"}
            assert desk.backend.person.shift.known
            assert shared(home) == before

    async def test_what_a_colleague_hands_to_me_makes_no_noise_and_waits_in_my_day(
        self, make_app: MakeApp, home: Path
    ) -> None:
        app = make_app(hours={"sun": "3-4"})
        async with app.run_test(size=WIDE) as pilot:
            entry = await disputed(pilot)
            desk = await at(pilot, entry)
            case = next(found for found in desk.cases() if found.kind == "dispute" and found.state == "open")
            customer = desk.life.brief.head.id if desk.life is not None else ""
            with closing(sqlite3.connect(home / "workspace.db")) as connection, connection:
                connection.execute("INSERT OR REPLACE INTO meta (key, value) SELECT 'seen', max(n) FROM event")
            do(
                app,
                "hand_over",
                "Paul Ndiaye",
                case=case.id,
                owner="Claire Morel",
                next_step="Rappeler",
                next_on="+1",
                words="Pour toi.",
            )
            desk.stir(frozenset({customer}))
            await until(
                pilot,
                lambda: any(row.section == "since" for row in (desk.day_view.day.rows if desk.day_view.day else ())),
            )
            await until(pilot, lambda: not busy(app))
            assert not app._notifications
            assert not app.screen.query("Toast")


async def test_a_case_resolved_without_the_situation_confirmed_is_a_quiet_row_of_my_day(
    make_app: MakeApp, lang: str
) -> None:
    app = make_app(lang)
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot)
        desk = await open_named(pilot, "Sylvie Petit")
        case = next(found for found in desk.cases() if found.state == "open")
        if case.owner != "Claire Morel":
            do(app, "take", case=case.id)
        do(app, "set_state", case=case.id, state="resolved")
        desk.action_refresh()
        await until(pilot, lambda: desk.day_view.day is not None and desk.day_view.day.counts["unconfirmed"] == 1)
        await settled(pilot)
        desk.day_view.cursor = len(desk.day_view.items) - 1
        desk.show_pane(desk.day_view)
        await settled(pilot)
        current = desk.day_view.current
        assert current is not None
        assert (current.section, current.case_id, current.words) == ("unconfirmed", case.id, case.subject)
        assert case.subject[:12] in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: desk.life is not None and desk.life.brief.head.name.startswith("Sylvie Petit"))
