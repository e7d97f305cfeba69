"""Colours: readable in every theme, on every ground, and without any colour at all."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from advisor_tui.tui.ink import INKS
from advisor_tui.tui.themes import THEMES
from tests.tui.conftest import MakeApp
from tests.tui.driving import ready, screen_text, settled
from tests.tui.scenes import composing, find_results, refusal

RULES = set(" ─▁▂▃▄▅▆▇█▌╸╺━")
"""Rules and the ends of scroll bars: nothing to read."""
GROUNDS = ("background", "surface", "panel", "cursor-row")
TOKENS = {"text": "ink", "accent": "accent-ink", "warning": "warn"}
DECORATION = {"faint"}
"""Rules between months only; nothing is read in it."""


def luminance(colour: Color) -> float:
    parts = [value / 255 for value in (colour.r, colour.g, colour.b)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2."""
    first, second = sorted((luminance(Color.parse(one)), luminance(Color.parse(other))), reverse=True)
    return (first + 0.05) / (second + 0.05)


def colour(theme: Theme, name: str) -> str:
    plain = {"background": theme.background, "surface": theme.surface, "panel": theme.panel}
    return plain.get(name) or theme.variables[TOKENS.get(name, name)]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_ink_is_readable_on_every_ground(theme: Theme) -> None:
    least = 7.0 if theme.name == "contraste" else 4.5
    for ink in set(INKS) - DECORATION - {"found"}:
        for ground in GROUNDS:
            ratio = contrast(colour(theme, ink), colour(theme, ground))
            assert ratio >= least, f"{theme.name}: {ink} on {ground} has {ratio:.2f}"
    assert contrast(colour(theme, "background"), colour(theme, "accent")) >= least  # words found, the cursor


def test_faint_is_drawn_as_rules_only() -> None:
    import re
    from pathlib import Path

    import advisor_tui.tui

    uses = [
        line
        for path in Path(advisor_tui.tui.__file__).parent.glob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r'"faint"\)', line)
    ]
    assert uses
    assert all("─" in line for line in uses)


@pytest.mark.parametrize("theme", ["encre", "papier", "contraste"])
async def test_without_colours_everything_can_be_read(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, theme: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    for drive in (composing, find_results, refusal):
        app = make_app(theme=theme)
        async with app.run_test(size=(120, 36)) as pilot:
            await drive(pilot)
            await pilot.pause()
            assert screen_text(app).strip()
            for strip in app.screen._compositor.render_strips(app.size):
                for text, style, _control in strip:
                    if not text.strip() or style is None or style.color is None or style.bgcolor is None:
                        continue
                    ink, ground = style.color.triplet, style.bgcolor.triplet
                    assert ink is not None
                    assert ground is not None
                    assert len({ink.red, ink.green, ink.blue}) == 1, "a colour"
                    if not set(text) <= RULES:
                        assert contrast(ink.hex, ground.hex) > 1.6, (text, ink.hex, ground.hex)


async def test_the_theme_at_hand_paints_every_pane(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 36)) as pilot:
        await ready(pilot)
        for _theme in range(3):
            await pilot.press("f9")
            await settled(pilot)
            theme = next(theme for theme in THEMES if theme.name == app.theme)
            inks = {
                style.color.triplet.hex.lower()
                for strip in app.screen._compositor.render_strips(app.size)
                for text, style, _control in strip
                if text.strip() and style is not None and style.color is not None and style.color.triplet is not None
            }
            own = {str(value).lower()[:7] for value in theme.variables.values()} | {str(theme.background).lower()}
            assert inks <= own, inks - own
