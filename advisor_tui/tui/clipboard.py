"""Copy: the system's own tool first, the terminal's OSC 52 where there is none. Paste: words only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from textual.app import App

from advisor_tui.domain.text import seen_only
from advisor_tui.language import _

TOOLS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("WAYLAND_DISPLAY", ("wl-copy",)),
    ("DISPLAY", ("xclip", "-selection", "clipboard")),
    ("DISPLAY", ("xsel", "--clipboard", "--input")),
)


def copy(app: App[object], text: str) -> str:
    """Put `text` on the clipboard; the sentence says by which way."""
    for command in _commands():
        program = shutil.which(command[0])
        if program is None:
            continue
        try:
            done = subprocess.run(  # noqa: S603 - a tool of the system's own, found by name
                [program, *command[1:]],
                input=text.encode(),
                timeout=2,
                check=False,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            return _("Copied with {tool}.").format(tool=command[0])
    app.copy_to_clipboard(text)
    return _("Copied by the terminal (OSC 52).")


def pasted(text: str) -> str:
    """What a paste brings in: words, and nothing that a terminal or a reader could obey without seeing it."""
    return seen_only(text)


def _commands() -> list[tuple[str, ...]]:
    if sys.platform == "darwin":
        return [("pbcopy",)]
    if sys.platform == "win32":
        return [("clip",)]
    return [command for variable, command in TOOLS if os.environ.get(variable)]
