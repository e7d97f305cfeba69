"""What is painted is what the pointer finds; a scroll bar comes with its rows; a first picture reads no more than it shows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual._compositor import Compositor
from textual.geometry import Region

from advisor_tui.language import set_language
from advisor_tui.store.reads import customer as reads
from advisor_tui.store.reads.brief import read_life
from advisor_tui.tui.composer import Page
from advisor_tui.tui.life import LifeView
from advisor_tui.tui.life_rows import Setting, month_span
from advisor_tui.tui.narrowing import SearchBox
from tests.store.house import PARIS, RULES, House
from tests.tui.making import AGES, NOW, many
from tests.tui.test_lines import ListApp


async def test_the_pointer_finds_the_letter_that_is_painted() -> None:
    set_language("en")
    app = ListApp()
    async with app.run_test(size=(100, 30)) as pilot:
        life = app.query_one(LifeView)
        life.show(many(60), 60, Setting(NOW, AGES, {}))
        await pilot.pause()
        life.scroll_to(y=7, animate=False, immediate=True)
        await pilot.pause()
        assert life.scroll_offset.y == 7
        width, height = life.outer_size
        painted = life.render_lines(Region(0, 0, width, height))
        for y in range(height):
            assert not any("offset" in (segment.style.meta if segment.style else {}) for segment in painted[y])
            asked = life.render_line(y)
            assert asked.text == painted[y].crop(0, asked.cell_length).text
            x = 0
            for segment in asked:
                assert segment.style is not None
                assert segment.style.meta["offset"] == (x, y + 7)
                x += len(segment.text)


async def test_a_scroll_bar_shows_where_rows_need_it_and_moves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    app = ListApp()
    async with app.run_test(size=(100, 30)) as pilot:
        life = app.query_one(LifeView)
        life.show(many(2), 2, Setting(NOW, AGES, {}))
        await pilot.pause()
        laid_out: list[object] = []
        reflow = Compositor.reflow

        def spied(compositor: Compositor, *given: Any) -> Any:
            laid_out.append(given)
            return reflow(compositor, *given)

        monkeypatch.setattr(Compositor, "reflow", spied)
        for count, barred in ((200, True), (2, False), (200, True), (2, False)):
            width = life.text_width
            life.show(many(count), count, Setting(NOW, AGES, {}))
            await pilot.pause()
            bar = life.vertical_scrollbar
            cells = {
                (segment.text, segment.style.bgcolor, segment.style.reverse)
                for strip in bar.render_lines(bar.size.region)
                for segment in strip
                if segment.style is not None
            }
            assert bar.window_virtual_size == life.heights.total
            assert (len(cells) > 1) is barred
            assert life.text_width == width
        assert not laid_out
        life.show(many(200), 200, Setting(NOW, AGES, {}))
        await pilot.pause()
        await pilot.click(life.vertical_scrollbar, offset=(0, life.size.height - 2))  # below the thumb: a page down
        await pilot.pause()
        assert life.scroll_offset.y >= life.size.height - 2


@given(
    st.dates(date(1, 1, 2), date(9999, 12, 30)),
    st.sampled_from(["Europe/Paris", "UTC", "America/Sao_Paulo", "Asia/Tokyo"]),
)
def test_a_month_spans_its_days_and_no_other(day: date, name: str) -> None:
    zone = ZoneInfo(name)
    begin, end = month_span(day, zone)
    noon = int(datetime(day.year, day.month, day.day, 12, tzinfo=zone).timestamp() * 1000)
    assert (begin, end) == (0, 0) or begin <= noon < end
    if end:
        first, after = (datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone) for ms in (begin, end - 1))
        assert {(first.year, first.month), (after.year, after.month)} == {(day.year, day.month)}


def test_a_first_picture_reads_the_cases_at_stake_where_there_are_many(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "PAGE", 2)
    customer = house.customer()
    going = house.case(customer, subject="goes on")
    for subject in ("one", "two", "three"):
        house.do("write_resolution", case=house.case(customer, subject=subject), text="done", then="closed")
    now = house.clock.now().astimezone(PARIS)
    first, whole = (read_life(house.reads, customer, now, RULES, first=first) for first in (True, False))
    assert first is not None
    assert whole is not None
    assert [case.id for case in first.brief.cases] == [going]
    assert len(whole.brief.cases) == 4
    assert first.brief._replace(cases=[]) == whole.brief._replace(cases=[])


@pytest.mark.parametrize("kind", [Page, SearchBox])
async def test_what_has_left_the_screen_is_blank(kind: type[Page | SearchBox]) -> None:
    app = ListApp()
    async with app.run_test(size=(100, 30)) as pilot:
        leaving = kind()
        await app.mount(leaving)
        await pilot.pause()
        asked = leaving.size.region
        assert asked.area
        drawn = leaving.render_lines(asked)
        await leaving.remove()
        gone = leaving.render_lines(asked)  # as it is when something beside it changes before the next layout
        assert [strip.cell_length for strip in gone] == [strip.cell_length for strip in drawn]
        assert not "".join(strip.text for strip in gone).strip()
