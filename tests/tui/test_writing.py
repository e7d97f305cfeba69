"""Words: safe within a second, recorded once, never lost; promises, notes, contacts, undo."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.command import CommandList
from textual.pilot import Pilot
from textual.widgets import Input

from advisor_tui.store.workspace import Workspace
from advisor_tui.tui.app import AdvisorApp
from advisor_tui.tui.choose import ChooseScreen
from advisor_tui.tui.desk import Desk
from advisor_tui.tui.find import FindScreen
from advisor_tui.tui.forms import ActionForm, Words
from tests.tui.conftest import MakeApp
from tests.tui.driving import desk_of, open_named, ready, rows_of, screen_text, settled, type_text, until
from tests.tui.scenes import asked, merging, no_space

WIDE = (120, 36)
CASE_SQL = (
    "SELECT v.id FROM case_view v JOIN customer_view c ON c.id = v.customer_id WHERE c.name LIKE ? AND v.state = 'open'"
)


async def at(pilot: Pilot[Any], name: str, subject: str) -> tuple[Desk, str]:
    """The life of a customer, the cursor in the case about `subject`."""
    await ready(pilot)
    desk = await open_named(pilot, name)
    desk.show_pane(desk.life_view)
    case = next(case for case in desk.cases() if subject in case.subject)
    desk.life_view.go_to(next(entry.id for entry in desk.life_view.entries if entry.case_id == case.id))
    await settled(pilot)
    return desk, case.id


async def writing(pilot: Pilot[Any], key: str = "r") -> tuple[Desk, str]:
    """The composer for a case without a draft."""
    desk, _case = await at(pilot, "Sylvie Petit", "")
    await pilot.press(key)
    await until(pilot, lambda: desk.composer is not None and desk.composer.page.has_focus)
    assert desk.composer is not None
    return desk, desk.composer.draft.subject


def first_command(app: AdvisorApp) -> str:
    """The first line of what the palette offers."""
    offered = app.screen.query_one(CommandList)
    return str(offered.get_option_at_index(0).prompt) if offered.option_count else ""


def drafts(home: Path) -> list[tuple[Any, ...]]:
    return rows_of(home, "SELECT subject, kind, text FROM draft ORDER BY subject")


def events(home: Path) -> list[str]:
    return [row[0] for row in rows_of(home, "SELECT type FROM event ORDER BY n")]


async def test_typed_words_are_on_the_disk_within_a_second(make_app: MakeApp, home: Path) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        desk, case = await writing(pilot)
        desk.backend.journal()  # its loading is measured elsewhere
        await type_text(pilot, "Entendu")
        typed = time.monotonic()
        await until(pilot, lambda: (case, "resolution", "Entendu") in drafts(home))
        assert time.monotonic() - typed < 1
        await until(pilot, lambda: "brouillon gardé" in screen_text(app))


async def test_esc_keeps_the_draft_and_r_brings_it_back(make_app: MakeApp, home: Path) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        desk, case = await writing(pilot)
        await type_text(pilot, "Entendu")
        await pilot.press("escape")  # sooner than the autosave
        await until(pilot, lambda: desk.composer is None)
        assert (case, "resolution", "Entendu") in drafts(home)
        assert desk.life_view.has_focus
        await until(pilot, lambda: desk.draft_note in screen_text(app) and desk.draft_note)
        await pilot.press("r")
        await until(pilot, lambda: desk.composer is not None and desk.composer.page.text == "Entendu")


async def test_leaving_the_desk_keeps_what_was_typed_last(make_app: MakeApp, home: Path) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        _desk, case = await writing(pilot)
        await type_text(pilot, "Pas encore")
        await pilot.press("ctrl+q")
    assert (case, "resolution", "Pas encore") in drafts(home)


async def test_a_desk_that_is_taken_away_keeps_what_was_typed_last(make_app: MakeApp, home: Path) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        _desk, case = await writing(pilot)
        await type_text(pilot, "Coupure")
    assert (case, "resolution", "Coupure") in drafts(home)


async def test_recording_takes_the_draft_along_in_one_transaction(make_app: MakeApp, home: Path) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        desk, case = await writing(pilot)
        await type_text(pilot, "Entendu et décidé")
        await until(pilot, lambda: (case, "resolution", "Entendu et décidé") in drafts(home))
        before = len(events(home))
        seen: list[tuple[int, bool]] = []
        transaction = desk.backend.journal().transaction

        @contextmanager
        def watched() -> Iterator[Any]:
            with transaction() as unit:
                yield unit
            seen.append((len(events(home)) - before, any(row[0] == case for row in drafts(home))))

        desk.backend.journal().transaction = watched  # type: ignore[method-assign]
        await pilot.press("ctrl+s", "ctrl+s")  # pressed twice, recorded once
        await until(pilot, lambda: desk.composer is None)
        await settled(pilot)
        assert seen[-1] == (1, False)
        assert set(seen[:-1]) <= {(0, True)}  # never the words in both places, nor in none
        assert events(home)[before:] == ["resolution_written"]
        assert "Entendu et décidé" in screen_text(app)


async def test_words_recorded_at_once_leave_no_draft_behind(make_app: MakeApp, home: Path) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        desk, case = await writing(pilot)
        composer = desk.composer
        assert composer is not None
        await type_text(pilot, "Vite")
        await pilot.press("ctrl+s")
        composer.keep()  # the autosave that was already on its way
        await until(pilot, lambda: desk.composer is None)
        await settled(pilot)
        assert not [row for row in drafts(home) if row[0] == case]


async def test_f6_records_and_resolves(make_app: MakeApp, home: Path) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        desk, case = await writing(pilot)
        before = len(events(home))
        await type_text(pilot, "Fait")
        await pilot.press("f6")
        await until(pilot, lambda: desk.composer is None)
        await settled(pilot)
        assert events(home)[before:] == ["resolution_written", "state_set"]
        assert rows_of(home, "SELECT state FROM case_view WHERE id = ?", case) == [("resolved",)]


async def test_nothing_written_is_refused_and_the_composer_stays(make_app: MakeApp, home: Path) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        desk, _case = await writing(pilot)
        before = len(events(home))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(app._notifications))
        await pilot.press("O", "K", "ctrl+s")
        await until(pilot, lambda: desk.composer is None)
        await settled(pilot)
        assert events(home)[before:] == ["resolution_written"]


async def test_a_full_disk_is_told_the_words_stay_and_are_kept_as_soon_as_they_can(
    make_app: MakeApp, home: Path
) -> None:
    app = make_app("en")
    async with app.run_test(size=WIDE) as pilot:
        desk, case = await writing(pilot)
        composer = desk.composer
        assert composer is not None
        saving = desk.backend.save_draft
        desk.backend.save_draft = lambda *given: no_space()  # type: ignore[method-assign]
        await type_text(pilot, "Precious")
        await until(pilot, lambda: composer.lost)
        await until(pilot, lambda: "NOT SAVED" in screen_text(app))
        await pilot.press("escape")  # leaving would lose them: it stays
        await settled(pilot)
        assert desk.composer is composer
        assert composer.page.text == "Precious"
        desk.backend.save_draft = saving  # type: ignore[method-assign]
        await pilot.press("escape")
        await until(pilot, lambda: desk.composer is None)
        assert (case, "resolution", "Precious") in drafts(home)


async def test_a_full_disk_while_recording_loses_nothing(make_app: MakeApp, home: Path) -> None:
    app = make_app("en")
    async with app.run_test(size=WIDE) as pilot:
        desk, _case = await writing(pilot)
        before = events(home)
        doing = desk.backend.do
        desk.backend.do = lambda *given: no_space()  # type: ignore[method-assign]
        await type_text(pilot, "Precious")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(app._notifications))
        assert desk.composer is not None
        assert events(home) == before
        desk.backend.do = doing  # type: ignore[method-assign]
        await pilot.press("ctrl+s")
        await until(pilot, lambda: desk.composer is None)


async def test_a_promise_on_a_sunday_is_refused_on_the_form_in_words(make_app: MakeApp, home: Path, lang: str) -> None:
    app = make_app(lang)
    async with app.run_test(size=WIDE) as pilot:
        desk, _case = await at(pilot, "Sylvie Petit", "")
        before = events(home)
        form = await asked(pilot, "p")
        await type_text(pilot, "Rappel")
        await pilot.press("enter")
        await type_text(pilot, "22/11")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: form.refused)
        await pilot.pause()
        assert ("dimanche" if lang == "fr" else "Sunday") in screen_text(app)
        assert events(home) == before
        due = form.query_one("#field-due", Input)
        due.value = "23/11"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is desk)
        await settled(pilot)
        assert events(home)[len(before) :] == ["commitment_made"]


async def test_promise_keep_close_and_undo(make_app: MakeApp, home: Path) -> None:
    app = make_app("en")
    async with app.run_test(size=WIDE) as pilot:
        desk, case = await at(pilot, "Sylvie Petit", "")
        pending = "SELECT id FROM entry WHERE case_id = ? AND kind = 'commitment' AND state = 'made'"
        for (promise,) in rows_of(home, pending, case):
            desk.backend.do("keep_commitment", {"commitment": promise}).result()
        form = await asked(pilot, "p")
        form.query_one("#field-text", Input).value = "Call back"
        form.query_one("#field-due", Input).value = "tomorrow"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is desk)
        await settled(pilot)
        (promise,) = rows_of(home, pending, case)[0]
        await until(pilot, lambda: any(entry.id == promise for entry in desk.life_view.entries))
        desk.life_view.go_to(promise)
        form = await asked(pilot, "v")
        assert "Call back" in screen_text(app)  # the form says which promise
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is desk)
        await settled(pilot)
        state = "SELECT state FROM entry WHERE id = ?"
        assert rows_of(home, state, promise) == [("kept",)]
        form = await asked(pilot, "m")
        form.query_one("#field-state").focus()
        await pilot.press("c")
        form.query_one("#field-reason", Input).value = "done"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is desk)
        await settled(pilot)
        assert rows_of(home, "SELECT state FROM case_view WHERE id = ?", case) == [("closed",)]
        for wanted in (("case_view", case, "open"), ("entry", promise, "made")):
            before = len(events(home))
            await pilot.press("u")
            await until(pilot, lambda length=before: len(events(home)) > length)  # type: ignore[misc]
            await settled(pilot)
            assert rows_of(home, f"SELECT state FROM {wanted[0]} WHERE id = ?", wanted[1]) == [(wanted[2],)]


async def test_an_action_in_my_day_is_about_the_row_under_the_cursor(make_app: MakeApp, home: Path) -> None:
    app = make_app("en")
    async with app.run_test(size=WIDE) as pilot:
        desk = await ready(pilot)
        assert desk.life is not None
        first = desk.life.brief.head.id
        while desk.day_view.current is None or desk.day_view.current.customer_id == first:
            await pilot.press("j")
        row = desk.day_view.current
        assert row.section == "to_warn"
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, ActionForm))
        await pilot.pause()
        form = app.screen
        assert isinstance(form, ActionForm)
        assert row.name in form.about
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is desk)
        await settled(pilot)
        assert rows_of(home, "SELECT state FROM entry WHERE id = ?", row.id) == [("kept",)]


async def test_a_note_is_recorded_where_the_cursor_is(make_app: MakeApp, home: Path) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        desk, _subject = await writing(pilot, "n")
        await type_text(pilot, "Voisine prévenue")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: desk.composer is None)
        await settled(pilot)
        assert rows_of(home, "SELECT count(*) FROM entry WHERE kind = 'note' AND text = 'Voisine prévenue'") == [(1,)]


async def test_a_contact_is_logged_once_however_often_the_key_is_pressed(make_app: MakeApp, home: Path) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        desk, _case = await at(pilot, "Sylvie Petit", "")
        before = len(events(home))
        form = await asked(pilot, "c")
        assert form.query_one(Words).has_focus
        await type_text(pilot, "Elle remercie")
        await pilot.press("ctrl+s", "ctrl+s", "ctrl+s")
        await until(pilot, lambda: app.screen is desk)
        await settled(pilot)
        assert events(home)[before:] == ["contact_logged"]
        assert "Elle remercie" in screen_text(app)


async def test_an_action_is_not_taken_back_by_the_next_key(make_app: MakeApp, home: Path) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        desk, case = await at(pilot, "Étienne Roussel", "")
        owner = "SELECT owner FROM case_view WHERE id = ?"
        if rows_of(home, owner, case) == [("Claire Morel",)]:
            given = {"case": case, "owner": "Paul", "next_step": "voir", "next_on": "+1"}
            desk.backend.do("hand_over", given).result()
        before = len(events(home))
        for key in ("t", "f", "escape", "f", "escape"):
            await pilot.press(key)
        await until(pilot, lambda: len(events(home)) > before)
        await settled(pilot)
        assert rows_of(home, owner, case) == [("Claire Morel",)]


async def test_two_wordings_are_merged_by_hand(make_app: MakeApp, home: Path) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        await merging(pilot)
        desk = desk_of(app)
        composer = desk.composer
        assert composer is not None
        assert "Paul Ndiaye" in composer.page.text
        composer.page.text = "Frais remboursés. Rappel vendredi."
        await pilot.press("ctrl+s")
        await until(pilot, lambda: desk.composer is None)
        await settled(pilot)
        assert rows_of(home, "SELECT text, state FROM entry WHERE id = ?", composer.draft.subject) == [
            ("Frais remboursés. Rappel vendredi.", "")
        ]
        assert not [row for row in drafts(home) if row[1] == "revision"]


async def test_two_records_become_one_customer(make_app: MakeApp, home: Path) -> None:
    app = make_app(role="lead")
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot)
        desk = await open_named(pilot, "Sylvie Petit")
        desk.show_pane(desk.life_view)
        entries = len(desk.life_view.entries)
        await pilot.press("M")
        await until(pilot, lambda: isinstance(app.screen, FindScreen))
        find = app.screen
        assert isinstance(find, FindScreen)
        await type_text(pilot, "solange")
        await until(pilot, lambda: find._answered == "solange")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))  # whose name is shown from now on
        await pilot.press("enter")
        await until(pilot, lambda: desk.life is not None and len(desk.life.brief.head.ids) == 2)
        await settled(pilot)
        assert len(desk.life_view.entries) > entries


@pytest.mark.parametrize(("language", "typed"), [("fr", "ajouter une note"), ("fr", "add a note"), ("en", "add note")])
async def test_the_palette_knows_every_action_by_both_names(make_app: MakeApp, language: str, typed: str) -> None:
    app = make_app(language)
    async with app.run_test(size=WIDE) as pilot:
        desk = await ready(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: app.screen.query(CommandList))
        await type_text(pilot, typed)
        title = "Ajouter une note" if language == "fr" else "Add a note"
        await until(pilot, lambda: first_command(app).startswith(title))
        await pilot.press("enter")
        await until(pilot, lambda: desk.composer is not None and desk.composer.draft.kind == "note")


async def test_the_palette_opens_customers_and_says_when_there_is_nothing(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        desk = await ready(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: app.screen.query(CommandList))
        await type_text(pilot, "solange lef")
        await until(pilot, lambda: first_command(app).startswith("Solange"))
        await pilot.press("enter")
        await until(pilot, lambda: desk.life is not None and desk.life.brief.head.name.startswith("Solange"))
        await pilot.press("ctrl+p")
        await until(pilot, lambda: app.screen.query(CommandList))
        await type_text(pilot, "zzyzx")
        await until(pilot, lambda: "Aucune action ni client" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is desk)


async def test_theme_and_language_change_at_once_and_are_remembered(make_app: MakeApp, home: Path) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot)
        before = app.screen.styles.background
        await pilot.press("f9")
        await pilot.pause()
        assert app.theme == "papier"
        assert app.screen.styles.background != before
        await pilot.press("f10")
        await settled(pilot)
        await until(pilot, lambda: "Before you speak" in screen_text(app) and "To warn" in screen_text(app))
        assert "Avant de parler" not in screen_text(app)
        await pilot.press("f1")
        await until(pilot, lambda: "Moving" in screen_text(app))
        await pilot.press("f10")
        await until(pilot, lambda: "Se déplacer" in screen_text(app))
        await pilot.press("f10", "f1")
        await settled(pilot)
    settings = Workspace(home).settings
    assert (settings.theme, settings.language) == ("papier", "en")
    again = AdvisorApp(Workspace(home))
    assert again.theme == "papier"


async def test_y_copies_the_entry_and_says_how(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot)
        desk = await open_named(pilot, "Étienne Roussel")
        desk.show_pane(desk.life_view)
        entry = desk.life_view.current
        assert entry is not None
        await pilot.press("y")
        await until(pilot, lambda: app.clipboard)
        assert " ".join(entry.text.split())[:30] in " ".join(app.clipboard.split())
        assert any("OSC 52" in note.message for note in app._notifications)


async def test_the_external_editor_writes_into_the_composer(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "my editor.py"
    script.write_text(
        "import pathlib, sys\np = pathlib.Path(sys.argv[1])\np.write_text(p.read_text() + ' et relu\\n')\n"
    )
    monkeypatch.setenv("EDITOR", f"{sys.executable} '{script}'")
    app = make_app()

    @contextmanager
    def suspended() -> Iterator[None]:
        yield

    async with app.run_test(size=WIDE) as pilot:
        monkeypatch.setattr(app, "suspend", suspended)
        desk, case = await writing(pilot)
        await type_text(pilot, "Écrit")
        await pilot.press("ctrl+e")
        await until(pilot, lambda: desk.composer is not None and desk.composer.page.text == "Écrit et relu")
        await until(pilot, lambda: (case, "resolution", "Écrit et relu") in drafts(desk.backend.workspace.home))


async def test_without_an_editor_or_a_terminal_it_says_so(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app("en")
    async with app.run_test(size=WIDE) as pilot:
        await writing(pilot)
        await pilot.press("ctrl+e")
        await until(pilot, lambda: any("EDITOR" in note.message for note in app._notifications))
        monkeypatch.setenv("EDITOR", "true")
        await pilot.press("ctrl+e")  # a headless terminal cannot be lent to another program
        await until(pilot, lambda: any("could not be started" in note.message for note in app._notifications))


async def test_what_a_paste_brings_is_words_only(make_app: MakeApp) -> None:
    from textual.events import Paste

    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        desk, _case = await writing(pilot)
        app.post_message(Paste("a\x1b[31mb\u202ec\r\nd\x00e\u200b e\u0301 👩\u200d👧"))
        await until(pilot, lambda: desk.composer is not None and desk.composer.page.text)
        assert desk.composer is not None
        assert desk.composer.page.text == "abc\nde é 👩\u200d👧"
