"""Three themes: encre (dark, the default), papier (light), contraste (high contrast)."""

from __future__ import annotations

from textual.theme import Theme


def _theme(
    name: str, dark: bool, background: str, surface: str, panel: str, text: str, bright: str, muted: str,
    faint: str, heading: str, accent: str, warning: str, harm: str, good: str, cursor: str,
) -> Theme:  # fmt: skip
    return Theme(
        name=name, dark=dark, primary=accent, secondary=heading, accent=accent, warning=warning, error=harm,
        success=good, foreground=text, background=background, surface=surface, panel=panel, boost=cursor,
        text_alpha=1.0,
        variables={
            "bright": bright, "muted": muted, "faint": faint, "heading": heading, "harm": harm, "good": good,
            "warn": warning, "cursor-row": cursor, "accent-ink": accent, "ink": text,
            "block-cursor-foreground": background, "block-cursor-background": accent,
            "input-selection-background": f"{accent} 35%", "input-cursor-background": accent,
            "input-cursor-foreground": background, "screen-selection-background": f"{heading} 40%",
            "footer-key-foreground": heading, "scrollbar": cursor, "scrollbar-background": background,
            "scrollbar-hover": muted, "scrollbar-active": accent, "border": accent, "border-blurred": faint,
        },
    )  # fmt: skip


ENCRE = _theme(
    "encre", True, background="#12161b", surface="#171c22", panel="#1d232b", text="#d5dbe1", bright="#eef2f5",
    muted="#8b96a2", faint="#4a5663", heading="#9fb8d0", accent="#e0b15a", warning="#e0a458", harm="#e07b6c",
    good="#8fb996", cursor="#222d36",
)  # fmt: skip
PAPIER = _theme(
    "papier", False, background="#faf8f3", surface="#f3f0e8", panel="#e9e4d8", text="#2b2f33", bright="#0f1214",
    muted="#59616a", faint="#b3ab9b", heading="#2f5478", accent="#845600", warning="#8f5200", harm="#a8321f",
    good="#2f6b3a", cursor="#e4ddc9",
)  # fmt: skip
CONTRASTE = _theme(
    "contraste", True, background="#000000", surface="#000000", panel="#101010", text="#ffffff", bright="#ffffff",
    muted="#c8c8c8", faint="#9a9a9a", heading="#9fd0ff", accent="#ffd75f", warning="#ffc040", harm="#ffb0a4",
    good="#9af0a8", cursor="#24343f",
)  # fmt: skip
THEMES = (ENCRE, PAPIER, CONTRASTE)
