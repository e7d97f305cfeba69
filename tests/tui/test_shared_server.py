"""Sharing at the desk: what the server does not have, logging in again, customers of other teams."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from advisor_tui.domain.errors import Refused
from advisor_tui.store.workspace import Workspace
from advisor_tui.sync import errors
from advisor_tui.tui.aside import AsideScreen
from advisor_tui.tui.choose import ChooseScreen
from advisor_tui.tui.desk import Desk
from advisor_tui.tui.find import FindScreen
from advisor_tui.tui.join import JoinScreen
from advisor_tui.tui.server import ServerScreen
from tests.tui.conftest import Opened
from tests.tui.driving import desk_of, rows_of, screen_text, settled, type_text, until
from tests.tui.shared import (
    HOST,
    OUTCOMES,
    at_aside,
    at_login,
    at_server,
    beyond_reach,
    found_beyond,
    joined,
    line_of,
    linked,
    refused,
    write_some,
)  # fmt: skip

UP_TO_DATE = OUTCOMES["up-to-date"]

pytestmark = pytest.mark.usefixtures("at_once")


# what the server does not have


async def test_a_refused_text_is_read_copied_and_sent_again(opened: Opened, home: Path) -> None:
    async with opened(prepare=refused) as pilot:
        await at_aside(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, AsideScreen)
        item = screen.rows.current
        assert item is not None
        assert "holds another entry under the same number" in screen_text(pilot.app)
        assert item.text in screen_text(pilot.app)
        copied: list[str] = []
        pilot.app.copy_to_clipboard = copied.append  # type: ignore[method-assign, assignment]
        await pilot.press("y")
        assert copied == [item.text]
        await pilot.press("Y")
        assert "Rappeler avant midi" in copied[1]
        assert item.text in copied[1]
        line = line_of(desk_of(pilot.app))
        await pilot.press("s")
        await until(pilot, lambda: line.nudged == 1)
        await until(
            pilot, lambda: len([one for one in screen.rows.items if not isinstance(one, str) and one.refused]) == 1
        )
        assert rows_of(home, "SELECT count(*) FROM set_aside")[0][0] == 1
        assert rows_of(home, "SELECT count(*) FROM event WHERE seq IS NULL")[0][0] == 2


async def test_letting_go_asks_first(opened: Opened, home: Path) -> None:
    async with opened(prepare=refused) as pilot:
        await at_aside(pilot)
        screen = pilot.app.screen
        for answer, left in (("n", 2), ("y", 1)):
            await pilot.press("x")
            await until(pilot, lambda: isinstance(pilot.app.screen, ChooseScreen))
            await pilot.press(answer, "enter")
            await until(pilot, lambda: pilot.app.screen is screen)
            await until(pilot, lambda left=left: rows_of(home, "SELECT count(*) FROM set_aside")[0][0] == left)  # type: ignore[misc]


async def test_what_is_not_sent_cannot_be_let_go(opened: Opened, home: Path) -> None:
    async with opened(OUTCOMES["shut-out"], prepare=write_some) as pilot:
        await at_aside(pilot)
        await pilot.press("x", "s")
        await pilot.pause()
        assert isinstance(pilot.app.screen, AsideScreen)
        assert rows_of(home, "SELECT count(*) FROM event WHERE seq IS NULL")[0][0] == 3


# the server screen and logging in


async def test_the_server_screen_follows_and_tries_again(opened: Opened) -> None:
    async with opened(OUTCOMES["offline"], prepare=write_some) as pilot:
        await at_server(pilot)
        shown = screen_text(pilot.app)
        assert "offline · next try in 20 s" in shown
        assert "3 entries, the oldest of 14:02" in shown
        line = line_of(desk_of(pilot.app))
        await pilot.press("r")
        assert line.retried == 1
        line.tell(UP_TO_DATE)
        await until(pilot, lambda: "offline" not in screen_text(pilot.app))
        await pilot.press("f3")
        await until(pilot, lambda: pilot.app.screen is desk_of(pilot.app))


async def test_logging_in_again_sends_the_password_in_a_thread_and_goes_on(opened: Opened) -> None:
    async with opened(OUTCOMES["session-ended"], prepare=write_some) as pilot:
        screen = await at_login(pilot)
        box = screen.query_one("#join-password", Input)
        assert box.password
        assert "claire.morel" in screen_text(pilot.app)
        line = line_of(desk_of(pilot.app))
        line.gate.clear()
        await type_text(pilot, "secret")
        await pilot.press("enter")
        await until(pilot, lambda: "Logging in" in screen_text(pilot.app))
        assert "secret" not in screen_text(pilot.app)
        await pilot.press("enter")  # a key pressed twice asks once
        line.gate.set()
        await until(pilot, lambda: isinstance(pilot.app.screen, ServerScreen))
        assert line.passwords == ["secret"]
        assert line.retried == 1


async def test_a_wrong_password_is_said_and_can_be_typed_again(opened: Opened) -> None:
    async with opened(OUTCOMES["session-ended"]) as pilot:
        screen = await at_login(pilot)
        line = line_of(desk_of(pilot.app))
        line.error = errors.BadPassword(errors.PASSWORD, server=HOST)
        await pilot.press("x", "enter")
        await until(pilot, lambda: screen.refused)
        assert "does not know this name" in screen_text(pilot.app)
        line.error = None
        await pilot.press("y", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ServerScreen))
        assert line.passwords == ["x", "xy"]


async def test_an_empty_password_asks_nobody(opened: Opened) -> None:
    async with opened(OUTCOMES["session-ended"]) as pilot:
        screen = await at_login(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "Password" in screen.refused)
        assert line_of(desk_of(pilot.app)).passwords == []


async def test_the_passphrase_of_the_key_is_asked_for_where_it_is_needed(opened: Opened) -> None:
    async with opened(OUTCOMES["passphrase"]) as pilot:
        await at_login(pilot)
        desk = desk_of(pilot.app)
        await type_text(pilot, "cle")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ServerScreen))
        assert desk.link is not None
        assert desk.link.passphrase == "cle"
        assert line_of(desk).retried == 1


async def test_a_server_that_is_not_there_is_said_and_nothing_is_created(tmp_path: Path) -> None:
    from advisor_tui.tui.app import AdvisorApp

    workspace = Workspace(tmp_path / "new")
    app = AdvisorApp(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("j")
        await until(pilot, lambda: isinstance(app.screen, JoinScreen))
        screen = app.screen
        assert isinstance(screen, JoinScreen)
        for name, text in (("url", "http://127.0.0.1:9"), ("user", "Claire"), ("password", "x")):
            screen.query_one(f"#join-{name}", Input).value = text
        await pilot.press("ctrl+s")
        await until(pilot, lambda: screen.refused)
        assert screen.query_one("#join-url", Input).value == "http://127.0.0.1:9"
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is not screen)
    assert not workspace.exists


def test_one_home_has_one_server_and_nobody_sends_as_another(home: Path) -> None:
    from advisor_tui.store.journal import Journal
    from advisor_tui.sync.joining import refuse_mixing
    from tests.tui.lines import SERVER

    workspace = joined(home)
    journal = Journal(workspace.database, workspace.clock())
    try:
        refuse_mixing(workspace, lambda: journal, SERVER, "Claire.Morel")
        refuse_mixing(workspace, lambda: journal, SERVER, "paul")  # nothing of hers waits
        with pytest.raises(Refused) as other:
            refuse_mixing(workspace, lambda: journal, "https://other.example", "claire.morel")
        assert other.value.code == "other_server"
        write_some(home)
        with pytest.raises(Refused) as user:
            refuse_mixing(workspace, lambda: journal, SERVER, "paul")
        assert user.value.code == "other_user"
        assert user.value.details["count"] == 3
    finally:
        journal.close()


# beyond this computer


async def test_customers_of_the_server_come_under_the_local_ones_and_are_brought_here(
    opened: Opened, home: Path
) -> None:
    async with opened() as pilot:
        await found_beyond(pilot)
        find = pilot.app.screen
        assert isinstance(find, FindScreen)
        names = [getattr(row, "name", row) for row in find.results.rows]
        assert names.index("Sylvie Petit") < names.index("Petitjean, Marc")
        line = line_of(desk_of(pilot.app))
        known = rows_of(home, "SELECT id FROM customer_view WHERE name = 'Sylvie Petit'")[0][0]
        line.customers[0].id = known  # it is here by now: no second time
        find.query_one("#find-box", Input).value = "petitj"
        await until(pilot, lambda: find._answered == "petitj")
        await settled(pilot)
        assert not find.beyond.found
        find.query_one("#find-box", Input).value = "petit"
        await until(pilot, lambda: len(find.beyond.found) == 1)
        await settled(pilot)
        find.results.action_edge(1)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Desk))
        assert line.fetched == [line.customers[1].id]


async def test_the_local_results_never_wait_for_the_server(opened: Opened) -> None:
    async with opened() as pilot:
        desk = await linked(pilot)
        line_of(desk).gate.clear()
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, FindScreen))
        find = pilot.app.screen
        assert isinstance(find, FindScreen)
        find.query_one("#find-box", Input).value = "petit"
        await until(pilot, lambda: "Sylvie Petit" in screen_text(pilot.app))
        assert not find.beyond.found
        line_of(desk).gate.set()
        await pilot.press("escape")


async def test_a_server_out_of_reach_is_said_under_the_results(opened: Opened) -> None:
    async with opened(OUTCOMES["offline"]) as pilot:
        await beyond_reach(pilot)
        find = pilot.app.screen
        assert isinstance(find, FindScreen)
        find.results.action_edge(1)
        find.results.action_page(1)
        assert HOST in find.beyond.note


async def test_a_customer_who_is_gone_from_the_server_is_said(opened: Opened) -> None:
    async with opened() as pilot:
        await found_beyond(pilot)
        line_of(desk_of(pilot.app)).on_fetch = lambda _customer: False
        find = pilot.app.screen
        assert isinstance(find, FindScreen)
        find.results.action_edge(1)
        await pilot.press("enter")
        await until(pilot, lambda: "no longer knows" in find.beyond.note)
        assert pilot.app.screen is find
