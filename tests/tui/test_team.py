"""The team's screen: words above figures, customers and no advisor, every row opens a customer."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from advisor_tui.actions.execute import execute
from advisor_tui.domain.errors import StoreError
from advisor_tui.domain.measures import FEWEST_ANSWERS, Share, Window
from advisor_tui.domain.permissions import Person
from advisor_tui.language import language, set_language
from advisor_tui.store.journal import Journal
from advisor_tui.store.reads.figures import Figure
from advisor_tui.store.reads.team import TeamView, Trouble, Verbatim
from advisor_tui.store.rulebook import load_rules
from advisor_tui.store.workspace import Workspace
from advisor_tui.tui.app import AdvisorApp
from advisor_tui.tui.backend import Backend
from advisor_tui.tui.chrome import KeyLine
from advisor_tui.tui.help import HelpList, HelpScreen
from advisor_tui.tui.team import TeamScreen
from advisor_tui.tui.team_rows import Figures, _arranged
from advisor_tui.tui.team_words import figure_words, is_harm, window_words
from tests.tui.conftest import MakeApp
from tests.tui.driving import ready, rows_of, screen_text, settled, until, widget_text
from tests.tui.making import NOW
from tests.tui.scenes import team
from tests.tui.test_hostile import harmless_screen, record

DAY = 86_400_000
WINDOW = Window(date(2026, 10, 21), date(2026, 11, 17), UTC)
SIZES = pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 16)], ids=["wide", "narrow", "least"])


def screen_of(pilot: Pilot[Any]) -> TeamScreen:
    screen = pilot.app.screen
    assert isinstance(screen, TeamScreen)
    return screen


def ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


@pytest.fixture
def english(speaking: None) -> None:
    set_language("en")


# what is said


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        (Figure("harmed_while_pending", None, 0, refused=2), "cut-offs and the like while they waited: 0 (2 refused)"),
        (Figure("harmed_while_pending", None, 1), "cut-offs and the like while they waited: 1"),
        (Figure("warned_before", Share(4, 4)), "warned before it was due: 4 of 4"),
        (Figure("warned_before", Share(0, 0)), "warned before it was due: no promise moved or was missed"),
        (Figure("ignored"), "without an answer for too long: nobody waits"),
        (Figure("ignored", None, 0, ms(NOW) - 3 * DAY), "without an answer for too long: 0 · the oldest waits 3\u00a0d"),
        (Figure("ignored", None, 0, ms(NOW) - 60_000), "without an answer for too long: 0 · the oldest came today"),
        (Figure("ignored", None, 0, ms(NOW) // DAY * DAY), "without an answer for too long: 0 · the oldest came today"),
        (Figure("signals_on_time", Share(1, 1)), "signals answered by their date: 1 of 1"),
        (Figure("signals_on_time", Share(0, 0)), "signals answered by their date: no answer was due"),
        (Figure("easy", None, 9, masked=True), "easy for the customer: masked (fewer than 10 answers)"),
        (Figure("easy", Share(24, 30)), "easy for the customer: 80%, between 63 and 90% (30 answers)"),
        (Figure("repeated", Share(3, 12)), "had to say it again: 3 of 12 contacts"),
        (Figure("repeated", Share(0, 0)), "had to say it again: nobody came back"),
    ],
)  # fmt: skip
def test_a_figure_is_a_sentence_with_what_it_is_made_of(english: None, figure: Figure, said: str) -> None:
    assert figure_words(figure, NOW) == said


def test_only_what_must_be_none_is_marked_as_harm() -> None:
    assert is_harm(Figure("harmed_while_pending", None, 1))
    assert is_harm(Figure("ignored", None, 2, ms(NOW)))
    assert not is_harm(Figure("ignored", None, 0, ms(NOW)))
    assert not is_harm(Figure("warned_before", Share(0, 5)))
    assert not is_harm(Figure("easy", None, FEWEST_ANSWERS - 1, masked=True))


def test_the_window_and_what_was_left_out_are_said(english: None) -> None:
    view = TeamView([], [], {}, [], WINDOW, False)
    assert window_words(view) == "the last 28 days, as this desk sees it"
    assert window_words(view._replace(cut=True)) == "the last 28 days, as this desk sees it · only the latest 4,000"


def test_words_come_first_and_what_hurts_most_before_the_rest() -> None:
    said = Verbatim("c", "Zoé", "e", "Merci.", ms(NOW))
    row = Trouble("promise", "c", "Zoé", None, "e", "", "Rappeler", None, "2026-11-18")
    later = row._replace(kind="conflict", due="", since=ms(NOW))
    view = TeamView([said], [row, later], {"promise": 1, "waiting": 0, "conflict": 1}, [], WINDOW, False)
    assert _arranged(view) == ["words", said, "promise", row, "conflict", later]
    assert _arranged(view._replace(troubles=[], verbatims=[])) == ["words", "calm"]


# the screen


@SIZES
async def test_words_stand_above_figures_that_fit_half_a_screen(
    make_app: MakeApp, lang: str, size: tuple[int, int]
) -> None:
    app = make_app(lang)
    async with app.run_test(size=size) as pilot:
        await team(pilot)
        screen = screen_of(pilot)
        figures, view = screen.query_one(Figures), screen.rows.view
        assert view is not None
        assert view.verbatims
        assert len(view.figures) == 5
        assert screen.rows.region.bottom <= figures.region.y
        assert figures.region.height <= size[1] // 2
        shown = screen_text(app)
        place = shown.index(view.verbatims[0].text[:30])
        measures = [figure_words(figure, screen.backend.now())[:30] for figure in view.figures]
        assert [said for said in measures if said not in shown or shown.index(said) < place] == []
        assert view.verbatims[0].name.split(" ")[0] in shown


async def test_no_colleague_is_named(make_app: MakeApp) -> None:
    """R2, R7: the workspace knows who owns, wrote and promised; this screen does not."""
    app = make_app("en")
    async with app.run_test(size=(120, 100)) as pilot:
        await team(pilot)
        home = app.workspace.home
        authors = {name for (name,) in rows_of(home, "SELECT DISTINCT author FROM entry WHERE author != ''")}
        owners = {name for (name,) in rows_of(home, "SELECT DISTINCT owner FROM case_view WHERE owner != ''")}
        customers = {name for (name,) in rows_of(home, "SELECT name FROM customer_view")}
        named = (authors | owners) - customers
        assert len(named) > 3
        view = screen_of(pilot).rows.view
        assert view is not None
        rows = [row._replace(words="") for row in view.troubles], [said._replace(text="") for said in view.verbatims]
        assert [name for name in named if name in repr((rows, view.figures))] == []
        assert [name for name in ("Claire", "Morel", "Adjani", "Schmitt") if name in screen_text(app)] == []


async def test_enter_opens_the_customer_at_what_it_is_about(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 36)) as pilot:
        desk = await ready(pilot)
        for presses in ((), ("tab",), ("tab", "tab", "down"), ("shift+tab",)):
            await team(pilot)
            await pilot.press(*presses)
            row = screen_of(pilot).rows.current
            assert row is not None
            await pilot.press("enter")
            await until(pilot, lambda: app.screen is desk)
            wanted = row.customer_id
            await until(pilot, lambda wanted=wanted: desk.life is not None and wanted in desk.life.brief.head.ids)  # type: ignore[misc]
            await settled(pilot)
            assert desk.life_view.has_focus
            entry = desk.life_view.current
            assert entry is not None
            assert row.entry_id in (
                entry.id,
                *(promise.id for promise in desk.life_view.entries if promise.parent == entry.id),
            )


async def test_tab_walks_the_groups_and_arrows_the_rows(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await team(pilot)
        rows = screen_of(pilot).rows
        groups = [item for item in rows.items if isinstance(item, str)]
        assert len(groups) > 3
        seen = []
        for _group in groups:
            seen.append(rows.items[rows.cursor - 1])
            await pilot.press("tab")
        assert seen == groups
        assert rows.cursor == 1, "round again"
        await pilot.press("shift+tab")
        assert rows.items[rows.cursor - 1] == groups[-1]
        await pilot.press("home", "down", "j", "k")
        assert rows.cursor == 2


async def test_f5_reads_again_and_the_cursor_stays(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 36)) as pilot:
        await team(pilot)
        screen = screen_of(pilot)
        await pilot.press("tab", "tab", "down")
        row, before = screen.rows.current, screen.rows.view
        assert row is not None
        assert before is not None
        workspace = Workspace(app.workspace.home)
        journal = Journal(workspace.database, workspace.clock())
        given = {"customer": row.customer_id, "channel": "letter", "body": "Encore.", "received_on": "2026-01-05"}
        execute(journal, "log_contact", given, Person("Paul Ndiaye", "Mobile"), load_rules("fr"))
        journal.close()
        await pilot.press("f5")
        await until(pilot, lambda: screen.rows.view is not before)
        await settled(pilot)
        assert screen.rows.view is not None
        assert screen.rows.view.counts["waiting"] == before.counts["waiting"] + 1
        assert screen.rows.current is not None
        assert screen.rows.current.entry_id == row.entry_id


@pytest.mark.parametrize("key", ["f4", "escape", "q"])
async def test_it_is_left_by_the_key_that_opens_it_and_by_esc(make_app: MakeApp, key: str) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        desk = await ready(pilot)
        await team(pilot)
        await pilot.press(key)
        await until(pilot, lambda: app.screen is desk)


async def test_a_click_on_the_line_at_the_bottom_does_what_the_key_does(make_app: MakeApp) -> None:
    app = make_app("en")
    async with app.run_test(size=(120, 36)) as pilot:
        desk = await ready(pilot)
        await team(pilot)
        screen = screen_of(pilot)
        line = widget_text(screen.query_one(KeyLine))
        await pilot.click("#team-keys", offset=(line.index("Tab") + 1, 0))
        await pilot.pause()
        assert screen.rows.items[screen.rows.cursor - 1] != "words"
        await pilot.click("#team-keys", offset=(line.index("Esc") + 1, 0))
        await until(pilot, lambda: app.screen is desk)


async def test_language_theme_and_help(make_app: MakeApp) -> None:
    app = make_app("en")
    async with app.run_test(size=(120, 36)) as pilot:
        await team(pilot)
        screen = screen_of(pilot)
        assert "promised" in screen_text(app)
        await pilot.press("f10")
        await pilot.pause()
        assert language() == "fr"
        assert "promis " in screen_text(app)
        assert screen.rows.cursor == 1
        theme = app.theme
        await pilot.press("f9")
        await pilot.pause()
        assert app.theme != theme
        harmless_screen(app)
        await pilot.press("f10", "f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        told = ["".join(text for text, _ink in line) for line in app.screen.query_one(HelpList)._lines]
        assert [line for line in told if line and not line.startswith(" ")].index("The team's screen") <= 5
        await pilot.press("f1")
        await until(pilot, lambda: app.screen is screen)


async def test_it_says_that_it_reads_then_why_it_cannot_then_keeps_what_it_had(make_app: MakeApp) -> None:
    app = make_app("en")
    async with app.run_test(size=(80, 24)) as pilot:
        desk = await ready(pilot)
        real, waits = desk.backend.read, Future[Any]()
        desk.backend.read = lambda *given: waits  # type: ignore[method-assign]
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(app.screen, TeamScreen))
        await pilot.pause()
        assert "Reading…" in screen_text(app)
        assert screen_of(pilot).query_one(Figures).region.height == 0
        waits.set_exception(StoreError("The system refuses: {reason}", reason="Input/output error"))
        await settled(pilot)
        assert "The system refuses: Input/output error" in screen_text(app)
        desk.backend.read = real  # type: ignore[method-assign]
        await pilot.press("f5")
        await until(pilot, lambda: screen_of(pilot).rows.view is not None)
        await settled(pilot)
        words = widget_text(screen_of(pilot).rows)
        failed: Future[Any] = Future()
        failed.set_exception(StoreError("The system refuses: {reason}", reason="Input/output error"))
        desk.backend.read = lambda *given: failed  # type: ignore[method-assign]
        await pilot.press("f5")
        await until(pilot, lambda: len(app._notifications))
        assert widget_text(screen_of(pilot).rows) == words
        desk.backend.read = real  # type: ignore[method-assign]


async def test_a_workspace_without_customers_is_calm(tmp_path: Path, demo: Path) -> None:
    workspace = Workspace(tmp_path / "empty")
    workspace.update(language="en", name="Claire Morel", team="Mobile", clock=Workspace(demo).settings.clock)
    Journal(workspace.database, workspace.clock()).close()
    app = AdvisorApp(workspace, Backend(workspace))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(app.screen, TeamScreen) and app.screen.rows.view is not None)
        await settled(pilot)
        shown = screen_text(app)
        for said in (
            "Nobody waits, nothing is in danger.",
            "nobody waits",
            "masked",
            "no answer was due",
            "no promise moved",
        ):
            assert said in shown
        assert "▲" not in shown
        assert "open the customer" not in shown
        await pilot.press("tab", "down", "enter")
        assert isinstance(app.screen, TeamScreen)


@SIZES
async def test_hostile_words_are_words(make_app: MakeApp, home: Path, size: tuple[int, int]) -> None:
    record(home)
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await ready(pilot)
        await team(pilot)
        screen = screen_of(pilot)
        assert any("Vilain" in said.name for said in screen.rows.view.verbatims)  # type: ignore[union-attr]
        for _row in range(screen.rows.row_count()):
            harmless_screen(app)
            await pilot.press("down")
        harmless_screen(app)
