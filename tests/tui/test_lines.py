"""Lines and lists: no word lost, no line too wide, the cursor always in sight, heights as drawn."""

from __future__ import annotations

import re

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from rich.cells import cell_len
from textual.app import App, ComposeResult

from advisor_tui.domain.text import harmless, visible
from advisor_tui.language import set_language
from advisor_tui.tui.clipboard import pasted
from advisor_tui.tui.heights import Heights
from advisor_tui.tui.ink import Line, cut, elided, fit, line_width, safe, spread, width_of, wrap
from advisor_tui.tui.life import LifeView
from advisor_tui.tui.life_rows import Setting, entry_lines
from advisor_tui.tui.line_list import LineList
from advisor_tui.tui.shown import Filter
from advisor_tui.tui.themes import ENCRE
from tests.tui.driving import until, widget_text
from tests.tui.hostile import HOSTILE, SHORT
from tests.tui.making import AGES, NOW, entry, many

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
TEXT = st.one_of(
    st.text(),
    st.sampled_from(SHORT),
    st.lists(
        st.sampled_from(
            [*SHORT[:12], "mot", "漢字", "é", "👩\u200d👩\u200d👧", "🇫🇷", "❤\ufe0f", "  ", "\n", "\t", "\u00a0:"]
        )
    ).map(" ".join),
)
WIDTHS = st.integers(4, 130)
STATES = {
    "contact": "holding_reply", "resolution": "", "note": "", "gesture": "asked", "survey": "offered", "case": "open",
    "change": "", "situation": "confirmed", "work": "planned", "complaint": "held", "act": "refused", "proposal": "refused",
    "commitment": "renegotiated",
}  # fmt: skip
KINDS = list(STATES)
MORE = {
    "contact": '{"repeated": true, "final_on": "2026-12-01"}', "gesture": '{"normal_value": 190, "said": "dit"}',
    "complaint": '{"points": ["un", "deux"], "later": [{"at": 0, "by": "Paul", "to": "held", "final_on": "2026-12-01"}]}',
    "act": '{"held_by": ["entry-1"]}', "proposal": '{"later": [{"at": 0, "by": "Paul", "answer": "refused", "why": "cher"}]}',
    "commitment": '{"replaced_by": "x", "new_due": "2026-12-02"}',
}  # fmt: skip


def line_of(text: str) -> Line:
    return [(text, "text")]


class TestLines:
    @given(TEXT, st.integers(0, 130))
    def test_fit_takes_exactly_its_cells(self, text: str, width: int) -> None:
        assert cell_len(fit(harmless(text).replace("\n", " "), width)) == width

    @given(TEXT, TEXT, st.integers(0, 130))
    def test_cut_takes_exactly_its_cells(self, one: str, other: str, width: int) -> None:
        line = safe([(one, "text"), (other, "muted")])
        assert line_width(cut(line, width)) == width

    @given(TEXT, TEXT, st.integers(40, 130))
    def test_spread_takes_exactly_its_cells(self, left: str, right: str, width: int) -> None:
        shown = spread(safe(line_of(left)), line_of(fit(harmless(right).replace("\n", " "), 20)), width)
        assert sum(cell_len(text) for text, _ink in shown) == width

    @given(TEXT, st.integers(4, 130))
    def test_an_elided_line_stays_within_the_width(self, text: str, width: int) -> None:
        line = next(iter(wrap(text, width)[0]), "")
        assert cell_len(elided(line, width)) <= width

    @given(TEXT, WIDTHS)
    def test_wrap_stays_within_the_width_and_loses_no_word(self, text: str, width: int) -> None:
        lines, more = wrap(text, width)
        assert not more
        assert all(cell_len(line) <= width for line in lines)
        assert "".join("".join(lines).split()) == "".join(harmless(text).split())

    @given(TEXT, WIDTHS, st.integers(1, 4))
    def test_wrap_says_when_something_is_left_out(self, text: str, width: int, limit: int) -> None:
        lines, more = wrap(text, width, limit)
        assert len(lines) <= limit
        whole, _more = wrap(text, width)
        assert more == (len(whole) > limit)

    @given(TEXT)
    def test_the_gate_lets_no_control_through_and_knows_the_width(self, text: str) -> None:
        for piece, _ink in safe(line_of(text)):
            assert not CONTROL.search(piece)
            assert width_of(piece) == cell_len(piece)

    @given(st.text())
    def test_pictures_stand_one_for_one(self, text: str) -> None:
        assert len(visible(text)) == len(text)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", visible(text))

    @given(TEXT)
    def test_a_paste_brings_no_control_and_is_stable(self, text: str) -> None:
        brought = pasted(text)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]", brought)
        assert pasted(brought) == brought

    @pytest.mark.parametrize("unfolded", [False, True])
    @given(TEXT, TEXT, st.sampled_from(KINDS), WIDTHS)
    def test_an_entry_is_drawn_within_the_width(
        self, unfolded: bool, title: str, text: str, kind: str, width: int
    ) -> None:
        set_language("fr")
        setting = Setting(NOW, AGES, {})
        width = max(28, width)
        made = entry(
            0, kind=kind, title=title, text=text, state=STATES[kind], more=MORE.get(kind, ""), due="2026-11-20"
        )
        lines = entry_lines(made, [], setting, width, unfolded, ("a",))
        assert lines
        assert all(sum(cell_len(piece) for piece, _ink in safe(line)) <= width for line in lines)
        if unfolded and kind in ("contact", "note", "resolution", "gesture", "situation", "proposal", "act"):
            first, *rest = ("".join(piece for piece, _ink in line) for line in lines)
            without_right = first.rpartition("  ")[0]  # a word that goes on below has the right edge inside it
            shown = ["".join("".join([begun, *rest]).split()) for begun in (first, without_right)]
            for word in harmless(text).split():
                assert any("".join(word.split()) in found for found in shown)


class TestHeights:
    @given(st.lists(st.integers(0, 9)), st.lists(st.integers(0, 9)), st.data())
    def test_sums_are_those_of_plain_counting(self, first: list[int], more: list[int], draw: st.DataObject) -> None:
        heights, plain = Heights(first), list(first)
        heights.extend(more)
        plain += more
        for _change in range(draw.draw(st.integers(0, 5)) if plain else 0):
            row, height = draw.draw(st.integers(0, len(plain) - 1)), draw.draw(st.integers(0, 9))
            heights.set(row, height)
            plain[row] = height
        assert heights.total == sum(plain)
        assert len(heights) == len(plain)
        assert [heights.top(row) for row in range(len(plain) + 1)] == [
            sum(plain[:row]) for row in range(len(plain) + 1)
        ]
        line = 0
        for row, height in enumerate(plain):
            assert heights[row] == height
            for within in range(height):
                assert heights.at(line) == (row, within)
                line += 1
        if plain:
            assert heights.at(line + 3)[0] == len(plain) - 1


class HeightsMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.heights, self.plain = Heights(), list[int]()

    @rule(more=st.lists(st.integers(1, 40), max_size=20))
    def extend(self, more: list[int]) -> None:
        self.heights.extend(more)
        self.plain += more

    @rule(row=st.integers(0, 500), height=st.integers(1, 40))
    def change(self, row: int, height: int) -> None:
        if self.plain:
            self.heights.set(row % len(self.plain), height)
            self.plain[row % len(self.plain)] = height

    @invariant()
    def agree(self) -> None:
        assert self.heights.total == sum(self.plain)
        for row in range(0, len(self.plain), 7):
            assert self.heights.top(row) == sum(self.plain[:row])
            assert self.heights.at(self.heights.top(row)) == (row, 0)


TestHeightsMachine = HeightsMachine.TestCase


class ListApp(App[None]):
    """One life on a screen of its own."""

    CSS = "LineList { height: 1fr; }"

    def on_load(self) -> None:
        self.register_theme(ENCRE)
        self.theme = ENCRE.name

    def compose(self) -> ComposeResult:
        yield LifeView(id="life")


def heights_are_as_painted(life: LineList) -> None:
    """Every row on screen is exactly as high as the lines it is drawn with."""
    first, _within = life.heights.at(life.scroll_offset.y)
    last, _within = life.heights.at(life.scroll_offset.y + life.size.height - 1)
    for row in range(first, last + 1):
        assert life.heights[row] == len(life.paint(row, life.text_width)), row


def in_sight(life: LineList) -> None:
    """Some line of the row under the cursor is on screen, and all of it where it fits."""
    view = life.scrollable_content_region.height
    top = life.heights.top(life.cursor) + (life.lead(life.cursor) if life.heights[life.cursor] > view else 0)
    bottom = life.heights.top(life.cursor) + life.heights[life.cursor]
    offset = life.scroll_offset.y
    if bottom - life.heights.top(life.cursor) <= view:
        assert offset <= life.heights.top(life.cursor), "above"
        assert bottom <= offset + view, "below"
    else:
        assert top < offset + view
        assert bottom > offset


KEYS = st.sampled_from(["j", "k", "pagedown", "pageup", "home", "end", "enter", "z", "wheel"])


class TestLists:
    @settings(max_examples=8, phases=[Phase.generate])
    @given(moves=st.lists(KEYS, min_size=25, max_size=50), size=st.sampled_from([(60, 16), (100, 30), (41, 9)]))
    async def test_the_cursor_is_always_in_sight(self, moves: list[str], size: tuple[int, int]) -> None:
        set_language("en")
        app = ListApp()
        async with app.run_test(size=size) as pilot:
            life = app.query_one(LifeView)
            life.show(many(400), 400, Setting(NOW, AGES, {}))
            life.focus()
            await pilot.pause()
            for move in moves:
                if move == "wheel":
                    life.scroll_relative(y=5, animate=False)
                    await pilot.pause()
                    continue
                {
                    "j": lambda: life.action_cursor(1), "k": lambda: life.action_cursor(-1),
                    "pagedown": lambda: life.action_page(1), "pageup": lambda: life.action_page(-1),
                    "home": lambda: life.action_edge(-1), "end": lambda: life.action_edge(1),
                    "enter": life.action_choose, "z": life.action_unfold_all,
                }[move]()  # fmt: skip
                await pilot.pause()
                in_sight(life)
                heights_are_as_painted(life)
                assert 0 <= life.cursor < 400

    async def test_ten_thousand_entries_come_newest_first_and_all_are_reached(self) -> None:
        set_language("en")
        app = ListApp()
        entries = many(10_000)
        async with app.run_test(size=(100, 30)) as pilot:
            life = app.query_one(LifeView)
            life.show(entries[:200], 10_000, Setting(NOW, AGES, {}))
            life.focus()
            await pilot.press("end")
            assert life.current == entries[199]
            for start in range(200, 10_000, 2000):
                life.add(entries[start : start + 2000])
            await pilot.press("end")
            await until(pilot, lambda: life.current == entries[-1])
            in_sight(life)
            heights_are_as_painted(life)
            await pilot.press("home")
            assert life.current == entries[0]
            assert life.scroll_offset.y == 0
            life.set_filter(Filter(channel="fax"))
            assert life.shown == [e for e in entries if e.channel == "fax" and e.kind == "contact"]
            await pilot.press("end")
            assert life.current is not None
            in_sight(life)

    async def test_what_a_filter_finds_only_in_older_pages_is_shown(self) -> None:
        app = ListApp()
        entries = many(300)
        wanted = next(entry.id for entry in entries[200:])
        async with app.run_test(size=(100, 30)) as pilot:
            life = app.query_one(LifeView)
            older = [entry._replace(case_id="older") for entry in entries[200:]]
            life.show([entry._replace(case_id="newer") for entry in entries[:200]], 300, Setting(NOW, AGES, {}))
            life.set_filter(Filter(case="older"))
            await pilot.pause()
            assert not life.shown
            assert "Nothing matches." in widget_text(life)
            life.add(older)
            await pilot.pause()
            assert life.current is not None
            assert life.current.id == wanted
            assert "Nothing matches." not in widget_text(life)
            heights_are_as_painted(life)

    async def test_an_entry_asked_for_is_found_when_its_page_arrives(self) -> None:
        set_language("en")
        app = ListApp()
        entries = many(3000)
        async with app.run_test(size=(100, 30)) as pilot:
            life = app.query_one(LifeView)
            life.show(entries[:200], 3000, Setting(NOW, AGES, {}), entries[2500].id)
            await pilot.pause()
            life.add(entries[200:2200])
            assert life.cursor == 0
            life.add(entries[2200:])
            assert life.current == entries[2500]
            await pilot.pause()
            in_sight(life)
            # read again with something new on top: nothing on screen moves
            before = life.render_line(3).text
            life.show([entry(-1), *entries], 3001, Setting(NOW, AGES, {}), entries[2500].id, same=True)
            await pilot.pause()
            assert life.current == entries[2500]
            assert life.render_line(3).text == before

    async def test_every_strip_is_as_wide_as_the_list(self) -> None:
        set_language("fr")
        app = ListApp()
        async with app.run_test(size=(64, 60)) as pilot:
            life = app.query_one(LifeView)
            entries = [entry(n, title=text[:300], text=text, author=text[:50]) for n, text in enumerate(HOSTILE)]
            life.show(entries, len(entries), Setting(NOW, AGES, {}))
            life.action_unfold_all()
            await pilot.pause()
            for top in range(0, min(life.heights.total, 3000), 60):
                life._go(top)
                for strip in life.render_lines(life.size.region):
                    assert strip.cell_length == 64
                    assert sum(cell_len(segment.text) for segment in strip) == 64
                    assert not any(CONTROL.search(segment.text) for segment in strip)
