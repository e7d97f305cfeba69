"""Opening, moving, unfolding, narrowing: what a reader does all day."""

from __future__ import annotations

import pytest

from advisor_tui.tui.choose import ChooseScreen
from advisor_tui.tui.find import FindScreen
from advisor_tui.tui.shown import Filter
from tests.tui.conftest import MakeApp
from tests.tui.driving import desk_of, open_named, ready, screen_text, settled, type_text, until, widget_text

WIDE, MEDIUM, SMALL = (120, 36), (100, 30), (80, 24)


async def test_enter_in_my_day_opens_the_customer_at_what_waits(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        desk = await ready(pilot)
        await pilot.press("j", "j")
        row = desk.day_view.current
        assert row is not None
        await pilot.press("enter")
        await until(pilot, lambda: desk.life is not None and row.customer_id in desk.life.brief.head.ids)
        await settled(pilot)
        assert row.name in widget_text(desk.query_one("#head"))
        assert desk.life_view.has_focus
        here = desk.life_view.promise_here()
        assert here is not None
        assert row.id in {here.id, *(child.id for child in desk.life_view.children_of.get(here.parent or "", []))}


async def test_keys_move_as_a_hand_expects(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot)
        desk = await open_named(pilot, "Étienne Roussel")
        desk.show_pane(desk.life_view)
        await pilot.pause()
        life = desk.life_view
        last = len(life.shown) - 1
        for key, place in (
            ("j", 1), ("down", 2), ("k", 1), ("up", 0), ("k", 0), ("end", last), ("j", last), ("home", 0),
        ):  # fmt: skip
            await pilot.press(key)
            assert life.cursor == place, key
        await pilot.press("pagedown")
        below = life.cursor
        assert below > 1
        await pilot.press("pageup")
        assert life.cursor == 0


async def test_enter_unfolds_and_folds_in_place(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot)
        desk = await open_named(pilot, "Étienne Roussel")
        desk.show_pane(desk.life_view)
        life = desk.life_view
        folded = life.heights[0]
        await pilot.press("enter")
        assert life.heights[0] > folded
        assert str(life.shown[0].author) in widget_text(life)
        await pilot.press("enter")
        assert life.heights[0] == folded
        await pilot.press("z")
        assert life.heights[0] > folded
        await pilot.press("enter")  # one entry folded among all unfolded
        assert life.heights[0] == folded
        assert life._measure(1) > 2


@pytest.mark.parametrize(
    ("size", "walk"),
    [
        (WIDE, ["life", "brief", "day", "life"]),
        (MEDIUM, ["life", "day", "life"]),
        (SMALL, ["brief", "day", "life"]),
    ],
)
async def test_tab_walks_the_panes_that_there_is_room_for(
    make_app: MakeApp, size: tuple[int, int], walk: list[str]
) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        desk = await ready(pilot)
        start = "life" if size == SMALL else "day"
        await until(pilot, lambda: app.focused is not None and app.focused.id == start)
        for place in walk:
            await pilot.press("tab")
            await until(pilot, lambda wanted=place: app.focused is not None and app.focused.id == wanted)  # type: ignore[misc]
            await pilot.pause()
            assert app.focused is not None
            assert app.focused.region.width > 0
            if size == SMALL:
                assert app.focused.region.width == 80
        for place in [start, *walk[:-1]][::-1]:
            await pilot.press("shift+tab")
            await until(pilot, lambda wanted=place: app.focused is not None and app.focused.id == wanted)  # type: ignore[misc]
        assert not desk.composer


async def test_filter_shows_one_channel_and_esc_shows_everything(make_app: MakeApp) -> None:
    app = make_app("en")
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot)
        desk = await open_named(pilot, "Étienne Roussel")
        desk.show_pane(desk.life_view)
        whole = len(desk.life_view.shown)
        await pilot.press("f")
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        await pilot.press("l")  # a first letter goes to its line
        await pilot.press("enter")
        await until(pilot, lambda: desk.life_view.filter == Filter(channel="letter"))
        await settled(pilot)
        assert {entry.channel for entry in desk.life_view.shown} == {"letter"}
        assert "Only “letter”" in widget_text(desk.query_one("#head"))
        desk.action_refresh()
        await settled(pilot)
        assert desk.life_view.filter == Filter(channel="letter")  # reading again changes nothing
        await pilot.press("escape")
        assert len(desk.life_view.shown) == whole


async def test_a_filter_does_not_follow_to_the_next_customer(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        desk = await ready(pilot)
        await open_named(pilot, "Étienne Roussel")
        desk.life_view.set_filter(Filter(channel="letter"))
        desk.show_pane(desk.day_view)
        await pilot.press("end", "enter")
        row = desk.day_view.current
        assert row is not None
        await until(pilot, lambda: desk.life is not None and row.customer_id in desk.life.brief.head.ids)
        await settled(pilot)
        assert desk.life_view.filter == Filter()


async def test_search_narrows_as_typed_keeps_on_enter_and_ends_on_esc(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot)
        desk = await open_named(pilot, "Étienne Roussel")
        desk.show_pane(desk.life_view)
        whole = len(desk.life_view.shown)
        await pilot.press("slash")
        await until(pilot, lambda: desk.query("#search-box") and desk.query_one("#search-box").has_focus)
        await type_text(pilot, "virement")
        await until(pilot, lambda: 0 < len(desk.life_view.shown) < whole)
        await pilot.press("enter")
        assert desk.life_view.has_focus
        assert len(desk.life_view.shown) < whole
        await pilot.press("j", "escape")
        assert len(desk.life_view.shown) == whole
        await pilot.press("escape")
        await until(pilot, lambda: desk.day_view.has_focus)


async def test_find_opens_what_was_typed_and_never_the_result_of_fewer_letters(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        desk = await ready(pilot)
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(app.screen, FindScreen))
        find = app.screen
        assert isinstance(find, FindScreen)
        await type_text(pilot, "s")
        await until(pilot, lambda: find._answered == "s" and find.results.rows)
        box = find.query_one("#find-box")
        box.value = "solange"  # type: ignore[attr-defined]
        await pilot.press("enter")  # sooner than the answer
        await until(pilot, lambda: app.screen is desk)
        await until(pilot, lambda: desk.life is not None and desk.life.brief.head.name.startswith("Solange"))


async def test_find_leads_to_the_entry_itself(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        desk = await ready(pilot)
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(app.screen, FindScreen))
        find = app.screen
        assert isinstance(find, FindScreen)
        await type_text(pilot, "pruneaux")
        await until(pilot, lambda: find._answered == "pruneaux" and find.results.current)
        hit = find.results.current
        assert hit is not None
        await pilot.press("enter")
        await until(pilot, lambda: desk.life_view.current is not None and desk.life_view.current.id == hit.entry_id)  # type: ignore[union-attr]


async def test_backspace_goes_back_to_the_customer_before(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        desk = await ready(pilot)
        assert desk.life is not None
        first = desk.life.brief.head.id
        await open_named(pilot, "Solange Lef")
        await open_named(pilot, "Sylvie Petit")
        desk.show_pane(desk.life_view)
        await pilot.press("backspace")
        await until(pilot, lambda: desk.life is not None and desk.life.brief.head.name.startswith("Solange"))
        await settled(pilot)
        await pilot.press("backspace")
        await until(pilot, lambda: desk.life is not None and desk.life.brief.head.id == first)
        await settled(pilot)
        await pilot.press("backspace")
        await settled(pilot)
        assert desk.life.brief.head.id == first


async def test_resizing_keeps_customer_entry_and_words(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot)
        desk = await open_named(pilot, "Étienne Roussel")
        desk.show_pane(desk.life_view)
        await pilot.press("j", "j", "j", "j", "n")
        await until(pilot, lambda: desk.composer is not None and desk.composer.page.has_focus)
        await type_text(pilot, "Bien vu")
        entry = desk.life_view.current
        for size in (SMALL, (60, 16), (40, 10), WIDE):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            assert desk.life is not None
            assert desk.life.brief.head.name.startswith("Étienne Roussel")
            assert desk.life_view.current == entry
            assert desk.composer is not None
            assert desk.composer.page.text == "Bien vu"
            assert ("60 x 16" in screen_text(app)) == (size == (40, 10))
        await until(pilot, lambda: app.focused is not None and app.focused.id == "composer-text")


@pytest.mark.parametrize("pane", ["day", "life", "brief"])
async def test_the_pane_with_the_focus_stays_when_there_is_room_for_one(make_app: MakeApp, pane: str) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        desk = await ready(pilot)
        desk.query_one(f"#{pane}").focus()
        await pilot.pause()
        await pilot.resize_terminal(*SMALL)
        await settled(pilot)
        assert app.focused is not None
        assert app.focused.id == pane
        assert app.focused.region.width == 80
        await pilot.resize_terminal(*MEDIUM)
        await settled(pilot)
        assert app.focused is not None
        assert app.focused.id == ("life" if pane == "brief" else pane)


async def test_reading_again_moves_nothing(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot)
        desk = await open_named(pilot, "Étienne Roussel")
        desk.show_pane(desk.life_view)
        await pilot.press("j", "j", "enter", "j", "j", "j", "j", "j", "j")
        await settled(pilot)
        before = (screen_text(app), desk.life_view.cursor, desk.life_view.scroll_offset)
        assert before[2].y > 0
        await pilot.press("f5")
        await settled(pilot)
        assert (screen_text(app), desk.life_view.cursor, desk.life_view.scroll_offset) == before
        assert desk.life is not None
        desk.backend.do("add_note", {"customer": desk.life.brief.head.id, "text": "Vu."}).result()
        total = len(desk.life_view.entries)
        await pilot.press("f5")
        await until(pilot, lambda: len(desk.life_view.entries) == total + 1)
        await settled(pilot)
        assert desk.life_view.cursor == before[1] + 1
        assert widget_text(desk.life_view) == widget_text(desk.life_view)
        assert desk.life_view.scroll_offset.y > before[2].y


async def test_no_key_does_anything_bad_while_nobody_is_open(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        desk = await ready(pilot)
        desk.life = None
        desk.life_view.show([], 0, desk.life_view.setting)  # type: ignore[arg-type]
        for key in "rcpnvbxdmtheilRMuyfz/":
            await pilot.press({"/": "slash"}.get(key, key))
            await pilot.pause()
            if app.screen is not desk:
                await pilot.press("escape")
        await settled(pilot)
        assert desk_of(app).is_running
