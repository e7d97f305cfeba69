"""Customers who are read and drawn before they are opened: the same picture, never an old one."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Input

from advisor_tui.store.reads import brief as reads
from advisor_tui.tui import ahead
from advisor_tui.tui.brief import BriefView
from advisor_tui.tui.desk import Desk
from advisor_tui.tui.facts import LifeRead
from advisor_tui.tui.find import FindScreen
from tests.tui.conftest import MakeApp, Opened
from tests.tui.driving import desk_of, open_named, ready, rows_of, screen_text, settled, until


@pytest.fixture
def lives_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The customers whose life was read, in the order of reading."""
    found: list[str] = []
    read = reads.read_life

    def spied(connection: sqlite3.Connection, customer_id: str, *more: Any) -> Any:
        found.append(customer_id)
        return read(connection, customer_id, *more)

    monkeypatch.setattr(ahead, "read_life", spied)
    return found


async def rested(pilot: Pilot[Any], customer_id: str, lives_read: list[str]) -> None:
    """Wait until the desk, left alone, has read a customer ahead."""
    await until(pilot, lambda: customer_id in lives_read)
    desk = desk_of(pilot.app)
    await until(pilot, lambda: all(found.done() for found in desk.ahead._ready.values()))


async def onto_another(pilot: Pilot[Any], desk: Desk) -> str:
    """Put the cursor in my day on somebody who is not on screen."""
    desk.day_view.focus()
    await pilot.press("down")
    while (
        desk.life is not None
        and desk.day_view.current
        and desk.day_view.current.customer_id in desk.life.brief.head.ids
    ):
        await pilot.press("down")
    assert desk.day_view.current is not None
    return desk.day_view.current.customer_id


async def test_who_is_under_the_cursor_is_opened_without_reading(opened: Opened, lives_read: list[str]) -> None:
    async with opened(size=(140, 40)) as pilot:
        desk = await ready(pilot)
        customer = await onto_another(pilot, desk)
        await rested(pilot, customer, lives_read)
        assert lives_read.count(customer) == 1
        await pilot.press("enter")
        await until(pilot, lambda: desk.life is not None and customer in desk.life.brief.head.ids)
        await settled(pilot)
        assert lives_read.count(customer) == 1
        foreseen = screen_text(pilot.app)
        assert desk.trail
        before = desk.trail[-1]
        await rested(pilot, before, lives_read)
        count = lives_read.count(before)
        await pilot.press("backspace")
        await until(pilot, lambda: desk.life is not None and before in desk.life.brief.head.ids)
        assert lives_read.count(before) == count, "who was open before is ready too"
        desk.ahead.stop()
        desk.ahead._wanted.clear()
        desk.ahead._ready.clear()
        row = desk.day_view.current
        assert row is not None
        desk.open_customer(customer, entry=row.id)
        await until(pilot, lambda: desk.life is not None and customer in desk.life.brief.head.ids)
        await settled(pilot)
        assert lives_read.count(customer) > 1
        assert [line.rstrip() for line in screen_text(pilot.app).splitlines()[2:-1]] == [
            line.rstrip() for line in foreseen.splitlines()[2:-1]
        ], "read or ready, one picture"


async def test_who_is_found_is_opened_without_reading(opened: Opened, lives_read: list[str]) -> None:
    async with opened(size=(120, 36)) as pilot:
        desk = await ready(pilot)
        customer = customer_named(desk, "Marchetti")
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, FindScreen))
        pilot.app.screen.query_one("#find-box", Input).value = "Marchetti"
        await rested(pilot, customer, lives_read)
        count = lives_read.count(customer)
        await pilot.press("enter")
        await until(pilot, lambda: desk.life is not None and customer in desk.life.brief.head.ids)
        assert lives_read.count(customer) == count


async def test_who_is_being_read_when_the_key_comes_is_read_once(opened: Opened, lives_read: list[str]) -> None:
    async with opened(size=(120, 36)) as pilot:
        desk = await ready(pilot)
        customer = rows_of(desk.backend.workspace.home, "SELECT id FROM customer_view WHERE name LIKE 'Sylvie%'")[0][0]
        gate = threading.Event()
        desk.backend.read(lambda _connection: gate.wait(10))
        desk.ahead.expect("found", customer)
        await until(pilot, lambda: "found" in desk.ahead._ready)
        desk.open_customer(customer)
        await pilot.pause()
        gate.set()
        await until(pilot, lambda: desk.life is not None and customer in desk.life.brief.head.ids)
        await settled(pilot)
        assert lives_read.count(customer) == 1


@pytest.mark.parametrize("meanwhile", ["written", "language", "size", "minutes", "midnight"])
async def test_what_no_longer_holds_is_read_again(
    make_app: MakeApp, lives_read: list[str], meanwhile: str, home: Path
) -> None:
    app = make_app("fr")
    async with app.run_test(size=(140, 40)) as pilot:
        desk = await ready(pilot)
        customer = await onto_another(pilot, desk)
        await rested(pilot, customer, lives_read)
        ready_one = desk.ahead._ready["day"]
        known = ready_one.result()
        assert known is not None
        now, form = known.setting.now, known.form
        if meanwhile == "written":
            with closing(sqlite3.connect(home / "workspace.db", timeout=5)) as other:
                other.execute("UPDATE entry SET title = title || '.' WHERE customer_id != ?", (customer,))
                other.commit()
        elif meanwhile == "language":
            form = form._replace(language="en")
        elif meanwhile == "size":
            form = form._replace(life=(form.life[0] - 1, form.life[1]))
        elif meanwhile == "minutes":
            now += timedelta(seconds=ahead.KEPT)
        else:
            now = now.replace(hour=23, minute=59, second=59) + timedelta(seconds=1)
        first = desk.backend.read(ahead.open_life, customer, now, desk.backend.rules, form, ready_one)
        opened = first.result()
        assert opened is not None
        assert opened is not known
        same = desk.backend.read(ahead.open_life, customer, now, desk.backend.rules, form, first).result()
        assert same is opened


async def test_a_letter_that_came_meanwhile_is_there(make_app: MakeApp, lives_read: list[str], home: Path) -> None:
    app = make_app("fr")
    async with app.run_test(size=(140, 40)) as pilot:
        desk = await ready(pilot)
        customer = await onto_another(pilot, desk)
        await rested(pilot, customer, lives_read)
        with closing(sqlite3.connect(home / "workspace.db", timeout=5)) as other:
            other.execute(
                "UPDATE entry SET title = 'Arrivé à l’instant' WHERE id = (SELECT id FROM entry WHERE customer_id = ? "
                "AND kind = 'contact' ORDER BY at DESC LIMIT 1)", (customer,),
            )  # fmt: skip
            other.commit()
        await pilot.press("enter")
        await until(pilot, lambda: desk.life is not None and customer in desk.life.brief.head.ids)
        assert any(entry.title == "Arrivé à l’instant" for entry in desk.life_view.entries)


async def test_reading_again_does_not_stop_whoever_is_on_the_way(opened: Opened) -> None:
    async with opened(size=(120, 36)) as pilot:
        desk = await ready(pilot)
        for name in ("Marchetti", "Sylvie Petit", "Lucien"):
            customer = rows_of(
                desk.backend.workspace.home, "SELECT id FROM customer_view WHERE name LIKE ?", f"%{name}%"
            )[0][0]
            desk.open_customer(customer)
            desk.action_refresh()  # the clock's, or because something came from the server
            await until(pilot, lambda id_=customer: desk.life is not None and id_ in desk.life.brief.head.ids)  # type: ignore[misc]
            await settled(pilot)
            assert desk.life is not None
            assert customer in desk.life.brief.head.ids
            desk.action_refresh()
            await settled(pilot)
            assert customer in desk.life.brief.head.ids


def customer_named(desk: Desk, name: str) -> str:
    """The id of the demo customer whose name has `name` in it."""
    found = rows_of(desk.backend.workspace.home, "SELECT id FROM customer_view WHERE name LIKE ?", f"%{name}%")
    return str(found[0][0])


async def test_of_two_openings_the_later_one_is_shown(opened: Opened) -> None:
    async with opened(size=(120, 36)) as pilot:
        desk = await open_named(pilot, "Sylvie Petit")
        petit, first, second = (customer_named(desk, name) for name in ("Sylvie Petit", "Marchetti", "Margaret"))
        trail = [*desk.trail]
        desk.open_customer(first)
        late = desk.backend.read(ahead.open_life, first, desk.now(), desk.backend.rules, desk._form()).result()
        assert late is not None
        asked = desk._opening
        desk.open_customer(second)
        desk.post_message(LifeRead(late, "", False, asked))  # it was under way when the second key came
        await until(pilot, lambda: desk.life is not None and second in desk.life.brief.head.ids)
        await settled(pilot)
        assert desk.life is not None
        assert second in desk.life.brief.head.ids
        assert desk.trail == [*trail, petit], "who was never on screen is not on the trail"


async def test_a_customer_who_is_not_here_changes_nothing(opened: Opened) -> None:
    async with opened(size=(120, 36)) as pilot:
        desk = await open_named(pilot, "Sylvie Petit")
        here, trail = customer_named(desk, "Sylvie Petit"), [*desk.trail]
        desk.open_customer("nobody")
        desk.action_refresh()
        await settled(pilot)
        assert (desk._awaited, desk.trail) == (0, trail)
        assert desk.life is not None
        assert here in desk.life.brief.head.ids


async def test_what_was_to_be_read_again_meanwhile_is(opened: Opened, home: Path) -> None:
    async with opened(size=(120, 36)) as pilot:
        desk = await open_named(pilot, "Sylvie Petit")
        customer = customer_named(desk, "Marchetti")
        gate, post = threading.Event(), desk.post_message

        def written_before(message: Message) -> bool:
            """Just before the customer comes on screen, somebody writes, and the desk is told to read again."""
            if isinstance(message, LifeRead) and not gate.is_set():
                gate.set()
                with closing(sqlite3.connect(home / "workspace.db", timeout=5)) as other:
                    other.execute("UPDATE entry SET title = 'À l’instant' WHERE customer_id = ?", (customer,))
                    other.commit()
                desk.action_refresh()
            return post(message)

        desk.post_message = written_before  # type: ignore[method-assign]
        desk.open_customer(customer)
        await until(pilot, lambda: any(entry.title == "À l’instant" for entry in desk.life_view.entries))
        assert desk.life is not None
        assert customer in desk.life.brief.head.ids


async def test_nothing_is_expected_of_a_desk_that_is_gone(make_app: MakeApp) -> None:
    app = make_app("fr")
    async with app.run_test(size=(120, 36)) as pilot:
        desk = await ready(pilot)
    desk.ahead.expect("day", "somebody")
    assert desk.ahead._timer is None


async def test_a_hidden_brief_is_not_drawn(opened: Opened, lives_read: list[str]) -> None:
    async with opened(size=(80, 24)) as pilot:
        desk = await ready(pilot)
        brief = desk.query_one(BriefView)
        assert not brief._lines
        await pilot.press("tab")
        await until(pilot, lambda: brief.size.height > 0 and brief._lines)
