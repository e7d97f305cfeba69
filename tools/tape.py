"""A terminal of our own in tmux, driven by keys and read as text, and the recording of what it showed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

COLUMNS, ROWS, CAPTION_ROWS = 120, 36, 2
PATIENCE = 30.0
"""Seconds after which a screen that does not come is an error."""
PAUSE, LONG_PAUSE = 2.5, 5.0
"""Seconds that a frame stays in the recording: a step, and one to read."""
STYLE = re.compile(r"\x1b\[([0-9;]*)m")
COLOUR = re.compile(r"(?:^|;)([34]8;(?:2;\d+;\d+;\d+|5;\d+)|\d*)(?=;|$)")


class Number(NamedTuple):
    """A number of the story, as it stands on the screen, and the still that shows it."""

    what: str
    shown: str
    still: str


class Terminal:
    """A tmux server of our own with two windows, `desk` and `shell`, each a bare shell."""

    def __init__(self, home: Path) -> None:
        self.socket = f"advisor-story-{os.getpid()}"
        self.folder = str(home.parent)
        self.window = "desk"
        self.path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = {
            "ADVISOR_HOME": str(home), "PS1": "$ ", "LANG": "C.UTF-8", "COLORTERM": "truecolor", "TEXTUAL_ANIMATIONS": "none",
        }  # fmt: skip
        given = [word for name, value in environment.items() for word in ("-e", f"{name}={value}")]
        shell = ["bash", "--noprofile", "--norc"]
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        self._tmux("-f", os.devnull, "new-session", "-d", "-s", "story", "-n", "desk", *size, *given, *shell)
        self._tmux("set", "-g", "status", "off", ";", "set", "-sg", "escape-time", "0")
        self._tmux("new-window", "-d", "-t", "story", "-n", "shell", *given, *shell)

    def _tmux(self, *words: str) -> str:
        command = ["tmux", "-L", self.socket, *words]
        own = os.environ | {
            "PATH": self.path,
            "TMUX_TMPDIR": self.folder,
        }  # a window's path and the socket's place are ours
        return subprocess.run(command, check=True, capture_output=True, encoding="utf-8", env=own).stdout  # noqa: S603

    def close(self) -> None:
        """End our server and what runs in it."""
        self._tmux("kill-server")

    def keys(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        for key in keys:
            self._tmux("send-keys", "-t", f"story:{self.window}", key)
            time.sleep(0.05)

    def type(self, text: str) -> None:
        """Type a text."""
        if text:
            self._tmux("send-keys", "-t", f"story:{self.window}", "-l", "--", text)

    def screen(self) -> str:
        """What the window shows, ROWS lines without the blanks at their ends."""
        lines = self._tmux("capture-pane", "-p", "-t", f"story:{self.window}").splitlines()
        return "\n".join(line.rstrip() for line in (lines + [""] * ROWS)[:ROWS])

    def coloured(self) -> list[str]:
        """What the window shows, each line with its own colours."""
        words: list[str] = []
        for row in map(str, range(ROWS)):
            words += ["capture-pane", "-e", "-p", "-N", "-t", f"story:{self.window}", "-S", row, "-E", row, ";"]
        return [terse(line) for line in self._tmux(*words[:-1]).splitlines()]

    def until(self, condition: Callable[[str], object], what: str) -> str:
        """Wait until the screen is as wanted and stands still; that screen. AssertionError with the screen otherwise."""
        end, before = time.monotonic() + PATIENCE, ""
        while True:
            screen = self.screen()
            if screen == before and condition(plain(screen)):
                return screen
            if time.monotonic() > end:
                raise AssertionError(f"never came: {what}; on screen:\n{screen}")
            before = screen
            time.sleep(0.15)

    def see(self, *texts: str, without: tuple[str, ...] = ()) -> str:
        """Wait until all of these texts, and none of the others, are on screen; that screen."""

        def there(screen: str) -> bool:
            return all(text in screen for text in texts) and not any(text in screen for text in without)

        return self.until(there, f"{texts}, without {without}")


def plain(text: str) -> str:
    """A screen with ordinary blanks, as a person would type it."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def terse(line: str) -> str:
    """A coloured line in fewer bytes: styles are said where they change, and of a blank only what shows of one."""
    told, spans = "", STYLE.split(line)
    style: dict[str, str] = {}
    written: dict[str, str] = {}
    for text, codes in zip(spans[::2], [*spans[1::2], ""], strict=True):
        ground = {key: code for key, code in style.items() if key in ("48", "4")}
        wanted = style if text.strip() or "7" in style else ground
        if text and wanted != written:
            gone = [key for key in written if key not in wanted and (text.strip() or key not in ("38", "1", "2", "3"))]
            kept = {} if gone else written
            new = [code for key, code in wanted.items() if kept.get(key) != code]
            told += f"\x1b[{';'.join(['0'] * bool(gone) + new)}m" if gone or new else ""
            written = {**kept, **wanted}
        told += text
        for code in COLOUR.findall(codes):
            style = _styled(style, code)
    return re.sub(" {4,}$", "\x1b[K", told)


def _styled(style: dict[str, str], code: str) -> dict[str, str]:
    """A style after one more code: colours by what they colour, each other attribute by itself."""
    if code in ("", "0"):
        return {}
    if code in ("39", "49"):
        return {key: said for key, said in style.items() if key != ("38" if code == "39" else "48")}
    colour = code.partition(";")[0]
    key = {"3": "38", "4": "48", "9": "38"}.get(colour[:1], code) if len(colour) == 2 else code
    return {**style, key: code}


class Record:
    """The frames of the recording, the stills and the numbers."""

    def __init__(self, terminal: Terminal, out: Path) -> None:
        self.terminal, self.out = terminal, out
        self.numbers: list[Number] = []
        self._lines = [""] * ROWS
        self._at = 0.0
        self._events: list[tuple[float, str]] = []
        self._stills = 0
        self._told = ""

    def frame(self, told: str = "", pause: float = PAUSE) -> None:
        """Record what changed on screen, with a caption below: the last one where none is given."""
        self._told = told or self._told
        lines = self.terminal.coloured()
        changed = [
            f"\x1b[{row};1H\x1b[0m\x1b[K{line}\x1b[0m"
            for row, (line, before) in enumerate(zip(lines, self._lines, strict=True), 1)
            if line != before
        ]
        changed.append(f"\x1b[{ROWS + CAPTION_ROWS};1H\x1b[0m\x1b[K\x1b[1m {self._told}\x1b[0m")
        self._events.append((self._at, "".join(changed)))
        self._lines = lines
        self._at += pause

    def still(self, name: str, told: str, *numbers: tuple[str, str]) -> None:
        """Keep the screen as text; each number (what, as shown) must stand in it."""
        self._stills += 1
        place = f"{self._stills:02d}"
        screen = plain(self.terminal.see(*(shown for _what, shown in numbers)))
        self.frame(told, LONG_PAUSE)
        (self.out / f"{place}-{name}.txt").write_text(screen.rstrip() + "\n", encoding="utf-8")
        self.numbers += [Number(what, shown, place) for what, shown in numbers]

    def save(self) -> None:
        """Write the recording in asciinema's format, version 2."""
        head = {"version": 2, "width": COLUMNS, "height": ROWS + CAPTION_ROWS, "title": "From a letter to a survey"}
        events = [*self._events, (self._at, "")]
        lines = [json.dumps(head), *(json.dumps([round(at, 2), "o", text], ensure_ascii=False) for at, text in events)]
        (self.out / "story.cast").write_text("\n".join(lines) + "\n", encoding="utf-8")
