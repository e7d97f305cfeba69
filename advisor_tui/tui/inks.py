"""The inks of the theme at hand, as Rich styles: made once a theme and shared by every list.

Component classes would say the same in CSS, but each costs a pass over the style sheet for each
widget, a fifth of the desk's start.
"""

from __future__ import annotations

from rich.style import Style
from textual.app import App

VARIABLES: dict[str, tuple[str, bool]] = {
    "text": ("ink", False), "bright": ("bright", True), "muted": ("muted", False), "faint": ("faint", False),
    "heading": ("heading", False), "accent": ("accent-ink", True), "warning": ("warn", False), "harm": ("harm", True),
    "good": ("good", False), "bar": ("accent-ink", False),
}  # fmt: skip
_made: dict[str, dict[str, Style]] = {}


def inks_of(app: App[object]) -> dict[str, Style]:
    """Every ink by name, in the theme that `app` shows."""
    known = _made.get(app.theme)
    if known is None:
        theme = app.current_theme  # `app.theme_variables` are still those of the theme before while one changes
        tokens = {**theme.variables, "background": str(theme.background)}
        known = {name: Style(color=tokens[token], bold=bold or None) for name, (token, bold) in VARIABLES.items()}
        known["cursor"] = Style(bgcolor=tokens["cursor-row"])
        known["found"] = Style(color=tokens["background"], bgcolor=tokens["accent-ink"])
        _made[app.theme] = known
    return known
