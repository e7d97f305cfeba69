"""Sharing at the desk: colleagues' words come by themselves, mine wait for nobody, and no word is lost."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from advisor_tui.language import set_language
from advisor_tui.store.workspace import Workspace
from advisor_tui.sync.engine import Outcome, Present
from advisor_tui.tui import standing
from advisor_tui.tui.chrome import TopLine
from advisor_tui.tui.meanwhile import MeanwhileScreen
from advisor_tui.tui.server import ServerScreen
from tests.tui.conftest import MakeApp, Opened
from tests.tui.driving import desk_of, ready, rows_of, screen_text, settled, type_text, until, widget_text
from tests.tui.lines import FakeLine
from tests.tui.shared import (
    OURS,
    OUTCOMES,
    PAUL,
    THEIRS,
    apart,
    compose_resolution,
    joined,
    lefevre,
    line_of,
    linked,
    meanwhile,
    merging_apart,
    presence,
    refused,
    shared_app,
    top,
    with_lefevre,
    write,
    write_some,
)  # fmt: skip

UP_TO_DATE = OUTCOMES["up-to-date"]

pytestmark = pytest.mark.usefixtures("at_once")


# the line and the start


async def test_a_workspace_of_ones_own_opens_no_line(make_app: MakeApp) -> None:
    app = make_app("en")
    async with app.run_test(size=(120, 36)) as pilot:
        desk = await ready(pilot)
        await pilot.pause(0.2)
        assert desk.link is None
        assert "up to date 14:02" in top(pilot)


async def test_the_line_is_opened_after_the_first_picture_and_hung_up_at_the_end(opened: Opened) -> None:
    async with opened() as pilot:
        desk = await linked(pilot)
        line = line_of(desk)
        assert desk.life is not None
    assert line.left
    assert line.hung_up


async def test_leaving_does_not_wait_for_a_line_that_hangs(home: Path) -> None:
    class Stuck(FakeLine):
        def watch(self, *given: Any, **more: Any) -> None:
            self.watching.set()
            threading.Event().wait(20)

    joined(home)
    line = Stuck()
    app = shared_app(home, "en", line)
    async with app.run_test(size=(120, 36)) as pilot:
        desk = await ready(pilot)
        await until(pilot, line.watching.is_set)
        began = time.monotonic()
        assert desk.link is not None
        desk.link.stop()
        assert time.monotonic() - began < 1.2
    assert line.hung_up


async def test_a_line_that_breaks_is_said_and_opened_anew(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from advisor_tui.tui import link as module

    class Broken(FakeLine):
        def watch(self, *given: Any, **more: Any) -> None:
            if not self.watching.is_set():
                self.watching.set()
                raise RuntimeError("a wire [bold]snapped")
            super().watch(*given, **more)

    monkeypatch.setattr(module, "AGAIN", 4.0)
    joined(home)
    app = shared_app(home, "en", Broken(UP_TO_DATE))
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: "sharing has stopped: F3" in top(pilot))
        await pilot.press("f3")
        await until(pilot, lambda: "a wire [bold]snapped" in screen_text(app))
        await until(pilot, lambda: "You and the server hold the same" in screen_text(app))


# the status in words


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("offline", "offline · 3 to send · next try in 20 s"),
        ("session-ended", "log in again: F3 · 3 to send"),
        ("shut-out", "this device is shut out: F3 · 3 to send"),
        ("upgrade", "upgrade needed: F3 · 3 to send"),
        ("refusal", "sharing has stopped: F3 · 3 to send"),
    ],
)
async def test_the_line_at_the_top_says_how_it_stands(opened: Opened, name: str, said: str) -> None:
    async with opened(OUTCOMES[name], prepare=write_some) as pilot:
        await linked(pilot)
        assert said in top(pilot)


@pytest.mark.parametrize("width", [60, 64, 72, 80, 90, 100, 120, 200])
@pytest.mark.parametrize("name", OUTCOMES)
async def test_the_state_is_said_at_every_width(opened: Opened, name: str, width: int) -> None:
    async with opened(OUTCOMES[name], prepare=write_some, size=(width, 24)) as pilot:
        desk = await linked(pilot)
        line = top(pilot)
        short = desk.query_one(TopLine).status[2][-1]
        assert short in line
        assert "Advisor" in line
        assert "F1" in line


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-1, "trying again"),
        (2, "next try in 5 s"),
        (19, "next try in 20 s"),
        (89, "next try in 90 s"),
        (200, "next try in 3 min"),
    ],
)
def test_the_next_try_is_said_in_round_figures(seconds: float, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    set_language("en")
    assert standing.retry_words(seconds) == said


async def test_what_was_refused_is_said_and_a_click_tells_more(opened: Opened) -> None:
    async with opened(prepare=refused) as pilot:
        desk = await linked(pilot)
        line = top(pilot)
        assert "▲ 2 entries refused: F3 · 1 to send" in line
        await pilot.click("#top", offset=(line.index("refused") + 1, 0))
        await until(pilot, lambda: isinstance(pilot.app.screen, ServerScreen))
        assert "Refused" in screen_text(pilot.app)
        assert desk.standing.set_aside == 2


async def test_a_wrong_clock_is_said_once(opened: Opened) -> None:
    async with opened() as pilot:
        desk = await linked(pilot)
        line_of(desk).tell(Outcome(state="up_to_date", restamped=2))
        await until(
            pilot, lambda: [one for one in pilot.app._notifications if "2 entries were dated anew" in one.message]
        )


async def test_an_exchange_that_lasts_is_said_and_a_short_one_is_not(opened: Opened) -> None:
    async with opened() as pilot:
        desk = await linked(pilot)
        line = line_of(desk)
        line.tell(Outcome(state="syncing", pulled=1))
        line.tell(UP_TO_DATE)
        await pilot.pause()
        assert "up to date" in top(pilot)
        line.tell(Outcome(state="syncing", pulled=200))
        time.sleep(0.45)
        line.tell(Outcome(state="syncing", pulled=1400))
        await until(pilot, lambda: "syncing · 1,400 entries" in top(pilot))


async def test_a_first_load_is_not_taken_for_a_quiet_day(tmp_path: Path, demo: Path) -> None:
    from advisor_tui.store.journal import Journal
    from tests.tui.lines import SERVER

    workspace = Workspace(tmp_path / "new")
    workspace.update(language="en", name="Claire Morel", server=SERVER, user="c", clock=Workspace(demo).settings.clock)
    Journal(workspace.database, workspace.clock()).close()
    line = FakeLine()
    app = shared_app(workspace.home, "en", line)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, line.watching.is_set)
        await until(pilot, lambda: "customers are on" in screen_text(pilot.app))
        assert "Nobody is waiting" not in screen_text(pilot.app)
        line.tell(UP_TO_DATE)
        await until(pilot, lambda: "Nobody is waiting" in screen_text(pilot.app))


# colleagues' words, and mine


async def test_what_a_colleague_wrote_is_painted_within_a_second_and_nothing_moves(opened: Opened, home: Path) -> None:
    async with opened() as pilot:
        desk = await with_lefevre(pilot)
        case, customer = lefevre(home)
        here = desk.life_view.current
        assert here is not None
        write(home, "add_note", PAUL, sent=True, case=case, text="Le colis est signé par le gardien.")
        began = time.monotonic()
        line_of(desk).tell(Outcome(state="up_to_date", pulled=1, customers=[customer]))
        await until(pilot, lambda: "Le colis est signé" in screen_text(pilot.app))
        assert time.monotonic() - began < 1
        assert desk.life_view.current is not None
        assert desk.life_view.current.id == here.id


async def test_another_customers_news_leave_the_open_life_alone(opened: Opened, home: Path) -> None:
    async with opened() as pilot:
        desk = await with_lefevre(pilot)
        life = desk.life
        line_of(desk).tell(Outcome(state="up_to_date", pulled=1, customers=["01a20000-0000-7000-8000-000000000009"]))
        await pilot.pause(0.5)
        await settled(pilot)
        assert desk.life is life


async def test_what_i_record_is_sent_at_once_and_a_draft_is_not(opened: Opened) -> None:
    async with opened() as pilot:
        desk = await with_lefevre(pilot)
        line = line_of(desk)
        await compose_resolution(pilot)
        await type_text(pilot, "Vu")
        await until(pilot, lambda: "kept" in screen_text(pilot.app))
        assert line.nudged == 0
        await pilot.press("ctrl+s")
        await until(pilot, lambda: desk.composer is None)
        assert line.nudged == 1
        await until(pilot, lambda: desk.standing.unsent == 1)


async def test_a_customer_who_was_taken_away_leaves_the_screen(opened: Opened, home: Path) -> None:
    async with opened() as pilot:
        desk = await with_lefevre(pilot)
        _case, customer = lefevre(home)

        import sqlite3

        with sqlite3.connect(home / "workspace.db", timeout=5) as connection:
            connection.execute("DELETE FROM customer_view WHERE id = ?", (customer,))
        line_of(desk).tell(Outcome(state="up_to_date", pulled=1, customers=[customer]))
        await until(pilot, lambda: "no longer on this computer" in screen_text(pilot.app))
        assert desk.life is None


# presence


async def test_who_else_is_here_is_said_calmly_and_goes_again(opened: Opened) -> None:
    async with opened() as pilot:
        await presence(pilot)
        desk = desk_of(pilot.app)
        assert "Paul Ndiaye is writing" in screen_text(pilot.app).splitlines()[2]
        assert "Paul is writing" in widget_text(desk.life_view)
        line_of(desk).tell_present()
        await until(pilot, lambda: "is writing" not in screen_text(pilot.app))


async def test_my_own_device_is_not_a_colleague(opened: Opened, home: Path) -> None:
    async with opened() as pilot:
        desk = await with_lefevre(pilot)
        case, customer = lefevre(home)
        assert desk.replica is not None
        line_of(desk).tell_present(Present("Claire Morel", customer, case, True, desk.replica.device))
        await pilot.pause(0.1)
        assert "is writing" not in screen_text(pilot.app)


async def test_colleagues_hear_where_i_am_and_when_i_write(opened: Opened, home: Path) -> None:
    async with opened() as pilot:
        desk = await with_lefevre(pilot)
        case, customer = lefevre(home)
        line = line_of(desk)
        desk.tell_where()
        assert line.shown[-1] == (customer, case, False)
        await compose_resolution(pilot)
        await type_text(pilot, "Vu")
        desk.tell_where()
        assert line.shown[-1] == (customer, case, True)
        count = len(line.shown)
        desk.tell_where()
        assert len(line.shown) == count


# two texts


async def test_resolutions_written_apart_are_both_shown_and_merged_by_line(opened: Opened, home: Path) -> None:
    async with opened() as pilot:
        await merging_apart(pilot)
        desk = desk_of(pilot.app)
        assert "1 text to merge" in top(pilot)
        assert desk.composer is not None
        text = desk.composer.page.text
        assert text.count("Modem échangé en agence.") == 1
        assert "Remise d’un mois" in text
        assert "Technicien annulé" in text
        assert "┄┄┄ Claire Morel" in text
        assert "┄┄┄ Paul Ndiaye" in text
        desk.composer.page.text = "Modem échangé, remise accordée, technicien annulé."
        await pilot.press("ctrl+s")
        await until(pilot, lambda: desk.composer is None)
        await until(pilot, lambda: "to merge" not in top(pilot))
    case, _customer = lefevre(home)
    states = rows_of(home, "SELECT state, text FROM entry WHERE case_id = ? AND kind = 'resolution' ORDER BY at", case)
    assert {state for state, _text in states} == {""}
    assert {THEIRS, "Modem échangé, remise accordée, technicien annulé."} <= {text for _state, text in states}


async def test_both_texts_stand_above_one_another_with_author_and_time(opened: Opened) -> None:
    async with opened() as pilot:
        await apart(pilot)
        shown = screen_text(pilot.app)
        assert shown.index("Claire Morel, Tuesday") < shown.index("Remise d’un mois")
        assert shown.index("Remise d’un mois") < shown.index("Paul Ndiaye, Tuesday")
        assert "two wordings" in shown


async def test_a_resolution_recorded_meanwhile_is_shown_once_before_mine(opened: Opened, home: Path) -> None:
    async with opened() as pilot:
        await meanwhile(pilot)
        shown = screen_text(pilot.app)
        assert shown.index("Technicien annulé") < shown.index("Remise d’un mois")
        await pilot.press("escape")
        desk = desk_of(pilot.app)
        await until(pilot, lambda: pilot.app.screen is desk)
        assert desk.composer is not None
        assert desk.composer.page.text == OURS
        await pilot.press("ctrl+s")
        await until(pilot, lambda: desk.composer is None)
    case, _customer = lefevre(home)
    sql = "SELECT state FROM entry WHERE case_id = ? AND kind = 'resolution' AND text IN (?, ?)"
    assert rows_of(home, sql, case, OURS, THEIRS) == [("",), ("",)]


async def test_merging_what_came_meanwhile_names_both(opened: Opened, home: Path) -> None:
    async with opened() as pilot:
        await meanwhile(pilot)
        await pilot.press("m")
        desk = desk_of(pilot.app)
        await until(pilot, lambda: pilot.app.screen is desk)
        composer = desk.composer
        assert composer is not None
        await until(pilot, lambda: "Technicien annulé" in composer.page.text)
        assert "Remise d’un mois" in composer.page.text
        await pilot.press("ctrl+s")
        await until(pilot, lambda: desk.composer is None)
    case, _customer = lefevre(home)
    theirs = rows_of(home, "SELECT id FROM entry WHERE case_id = ? AND text = ?", case, THEIRS)[0][0]
    base = rows_of(home, "SELECT base FROM event WHERE type = 'resolution_written' ORDER BY n DESC LIMIT 1")[0][0]
    assert theirs in base.split()


async def test_a_draft_begun_before_a_colleague_wrote_still_shows_theirs(opened: Opened, home: Path) -> None:
    async with opened() as pilot:
        desk = await with_lefevre(pilot)
        await compose_resolution(pilot)
        await type_text(pilot, "Vu")
        await pilot.press("escape")
        await until(pilot, lambda: desk.composer is None)
        case, customer = lefevre(home)
        write(home, "write_resolution", PAUL, sent=True, case=case, text=THEIRS)
        line_of(desk).tell(Outcome(state="up_to_date", pulled=1, customers=[customer]))
        await until(pilot, lambda: "Technicien" in screen_text(pilot.app))
        await compose_resolution(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, MeanwhileScreen))
