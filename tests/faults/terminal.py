"""The command on a terminal of its own: what is on its screen, and in which state it leaves the terminal."""

from __future__ import annotations

import codecs
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping
from types import TracebackType

import pyte

from tests.faults.processes import environment, lose_privileges

_MODE = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
_KITTY = re.compile(rb"\x1b\[([<>])(?:\d*)u")
_WHOLE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[^\[\] -/])")
"""An escape sequence with its end: a read may stop anywhere in one, or in a letter of several bytes."""
_NOT_PYTE = re.compile(r"\x1b(?:\[[<>=][\d;]*[a-zA-Z]|\[\?[\d;]*\$p|P[^\x1b]*\x1b\\|\][^\x07\x1b]*(?:\x07|\x1b\\))")
ALTERNATE, CURSOR, PASTE, FOCUS = 1049, 25, 2004, 1004
MOUSE = (1000, 1002, 1003, 1005, 1006, 1015, 1016)


class Desk:
    """`advisor ARGUMENTS` in a session whose controlling terminal is ours to read and to hang up."""

    def __init__(
        self, *arguments: str, env: Mapping[str, str], columns: int = 140, rows: int = 40,
        humble: bool = False, program: list[str] | None = None,
    ) -> None:  # fmt: skip
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self.screen)
        self._rest = ""  # of an escape sequence whose end was not read yet
        self._decoded = codecs.getincrementaldecoder("utf-8")("replace").decode
        self.raw = b""
        self.modes: dict[int, bool] = {}
        self.keyboard = 0
        self.master, self._slave = os.openpty()
        self._size(columns, rows)
        self.before = termios.tcgetattr(self._slave)
        full = {**environment(), "TERM": "xterm-256color", "COLORTERM": "truecolor", **env}
        slave = self._slave

        def begin() -> None:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            if humble:
                lose_privileges()

        self.process = subprocess.Popen(
            program or [sys.executable, "-m", "advisor_tui", *arguments], env=full, close_fds=True,
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=begin,
        )  # fmt: skip

    def __enter__(self) -> Desk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for fd in {self.master, self._slave} - {-1}:
            os.close(fd)

    # looking

    def read(self, seconds: float = 0.05) -> bool:
        """Take what the program paints within `seconds`; whether it painted."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        data = os.read(self.master, 1 << 16)
        self.raw += data
        for numbers, letter in _MODE.findall(data):
            self.modes.update(dict.fromkeys(map(int, numbers.split(b";")), letter == b"h"))
        for sign in _KITTY.findall(data):
            self.keyboard += 1 if sign == b">" else -1
        text = self._rest + self._decoded(data)
        last = text.rfind("\x1b")
        whole = last < 0 or len(text) - last > 64 or _WHOLE.match(text, last)
        self._rest = "" if whole else text[last:]
        self._stream.feed(_NOT_PYTE.sub("", text if whole else text[:last]))
        return True

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(self.screen.display)

    @property
    def words(self) -> str:
        """What is on the screen, as one line."""
        return " ".join(self.text.split())

    def until(self, reached: str | Callable[[], bool], seconds: float = 15.0) -> None:
        """Watch until the words are on the screen, or the question is answered with yes."""
        end = time.monotonic() + seconds
        while not (reached in self.words if isinstance(reached, str) else reached()):
            left = end - time.monotonic()
            assert left > 0, f"{reached} did not come; the screen:\n{self.text}"
            self.read(min(left, 0.1))

    def rest(self, quiet: float = 0.25, seconds: float = 10.0) -> None:
        """Watch until nothing is painted for a while."""
        end = time.monotonic() + seconds
        while self.read(quiet) and time.monotonic() < end:
            pass

    # acting

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Another window size; the kernel tells the program."""
        self.screen.resize(rows, columns)
        self._size(columns, rows)

    def _size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def hang_up(self) -> None:
        """The terminal goes away, as when its window is closed or the connection breaks."""
        os.close(self._slave)
        os.close(self.master)
        self.master = self._slave = -1

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self, seconds: float = 10.0) -> int:
        """Wait for the program's end, reading what it still says; its status."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, f"it does not end; the screen:\n{self.text}"
            if self.master >= 0:
                self.read(0.05)
            else:
                time.sleep(0.02)
        while self.master >= 0 and self.read(0.02):
            pass
        return self.process.returncode

    # what is left behind

    def assert_sane(self) -> None:
        """The shell gets back the terminal that it lent."""
        assert not self.modes.get(ALTERNATE, False), "the alternate screen is still on"
        assert self.modes.get(CURSOR, True), "the cursor is hidden"
        for mode in (*MOUSE, PASTE, FOCUS):
            assert not self.modes.get(mode, False), f"mode {mode} is still on"
        assert self.keyboard <= 0, "the keyboard protocol is still on"
        after = termios.tcgetattr(self._slave)
        assert after[:4] == self.before[:4], "the line settings are not what they were"

    def assert_no_traceback(self) -> None:
        assert b"Traceback" not in self.raw, self.raw.decode("utf-8", "replace")
