"""A program on a terminal of its own, driven by keys and watched from outside: when it paints, what it costs.

Times are taken right after the read that brought the bytes. A Textual program brackets what it paints
with synchronized output (CSI ?2026 h and l); a change counts when its bracket closes. Processor time
and memory come from /proc, so this module is for Linux; `rows.why_no_terminal` says so elsewhere.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from advisor_tui.domain.errors import StoreError
from advisor_tui.language import N_

COLUMNS, ROWS = 140, 40
LEFT_OUT = ("TEXTUAL", "ADVISOR", "LC_", "PYTHONDONTWRITE", "PYTHONUNBUFFERED", "NO_COLOR")
"""Beginnings of the variables that a program under test does not inherit; compiled modules are kept, as when installed."""
KEYS = {
    "up": b"\x1b[A", "down": b"\x1b[B", "pageup": b"\x1b[5~", "pagedown": b"\x1b[6~", "home": b"\x1b[H",
    "enter": b"\r", "escape": b"\x1b", "backspace": b"\x7f", "tab": b"\t", "f2": b"\x1bOQ", "ctrl+q": b"\x11",
}  # fmt: skip
_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[ -/]*[0-~])")
_OPEN, _CLOSE, _ASKED = b"\x1b[?2026h", b"\x1b[?2026l", b"\x1b[?2026$p"
PAINTED = 0.02
"""Seconds without a byte after which a picture is whole."""
TICK = 1 / os.sysconf("SC_CLK_TCK")
"""Seconds: what /proc counts processor time in."""


class Press(NamedTuple):
    """One key: milliseconds to the first change on screen and to the last, and the bytes painted."""

    change: float
    settled: float
    bytes: int


class Held(NamedTuple):
    """A key held: the program's share of one processor, and how long it painted after the release (ms)."""

    share: float
    drain: float
    frames: int


class Terminal:
    """One running program."""

    def __init__(self, command: list[str], env: Mapping[str, str], quiet: float = 0.12) -> None:
        self.quiet = quiet
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        plain = {key: value for key, value in os.environ.items() if not key.startswith(LEFT_OUT)}
        full = {**plain, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **env}
        self.began = time.perf_counter()
        self.process = subprocess.Popen(  # noqa: S603 - our own programs
            command, stdin=slave, stdout=slave, stderr=slave, env=full, start_new_session=True, close_fds=True
        )
        os.close(slave)
        self.fd = master
        self.at = self.began
        self.painted = b""
        self.ended = False

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        return self.process.pid

    # bytes

    def _read(self, seconds: float) -> bool:
        """Take what comes within `seconds`; whether anything came."""
        if self.ended or not select.select([self.fd], [], [], max(0.0, seconds))[0]:
            return False
        try:
            found = os.read(self.fd, 1 << 16)
        except OSError:
            found = b""
        self.at = time.perf_counter()
        if not found:
            self.ended = True
            return False
        if _ASKED in found:
            os.write(self.fd, b"\x1b[?2026;2$y")
        self.painted += found
        return True

    def _whole(self) -> bool:
        """Whether no bracket of synchronized output is open."""
        return self.painted.rfind(_OPEN) <= self.painted.rfind(_CLOSE)

    def text(self) -> bytes:
        """What was painted since the last key, without escape sequences."""
        return _ESCAPES.sub(b"", self.painted)

    def _until(self, reached: Callable[[], bool], seconds: float) -> float | None:
        """When `reached` first held on a whole frame; None after `seconds`."""
        end = time.perf_counter() + seconds
        while not self.ended and (left := end - time.perf_counter()) > 0:
            if self._read(left) and self._whole() and reached():
                return self.at
        return None

    def settle(self, seconds: float = 5.0) -> float:
        """Wait for silence; when the last byte came."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end and self._read(self.quiet):
            pass
        return self.at

    # keys

    def send(self, key: str) -> float:
        """Press a key (a name of KEYS, or text); the instant."""
        self.painted = b""
        now = self.at = time.perf_counter()
        os.write(self.fd, KEYS.get(key, key.encode()))
        return now

    def ready(self, marker: str, seconds: float = 30.0) -> float:
        """Milliseconds from the start until `marker` is on screen."""
        wanted = marker.encode()
        found = self._until(lambda: wanted in self.text(), seconds)
        if found is None:
            raise StoreError(N_("The program showed nothing of what was expected: {marker}"), marker=marker)
        return (found - self.began) * 1e3

    def press(self, key: str, marker: str = "") -> Press:
        """Press `key`; the first change is the first frame with text in it, or with `marker` in it."""
        self.settle()
        return self._pressed(key, marker)

    def press_behind(self, first: str, said: str, key: str, marker: str) -> Press:
        """Press `first`, and `key` once `said` is painted: what the program does while nobody presses, it did not begin."""
        self.settle()
        self.send(first)
        self._until(lambda: said.encode() in self.text(), 5.0)
        while self._read(PAINTED):
            pass
        return self._pressed(key, marker)

    def _pressed(self, key: str, marker: str) -> Press:
        wanted = marker.encode()
        begun = self.send(key)
        first = self._until(lambda: wanted in self.text() if wanted else bool(self.text().strip(b"\0")), 5.0)
        if first is None:
            raise StoreError(N_("The program showed nothing of what was expected: {marker}"), marker=marker or key)
        last = self.settle()
        return Press((first - begun) * 1e3, (last - begun) * 1e3, len(self.painted))

    def type(self, keys: str) -> None:
        """Press keys for their effect only: names of KEYS or text, separated by commas."""
        for key in keys.split(","):
            self.settle()
            self.send(key)
        self.settle()

    def hold(self, key: str, rate: float = 30.0, count: int = 75) -> Held:
        """Press `key` at `rate` a second whatever the program does, as a held key does."""
        self.settle()
        used, begun = self.cpu(), self.send(key)
        for number in range(1, count + 1):
            due = begun + number / rate
            while (left := due - time.perf_counter()) > 0:
                self._read(left)
            if number < count:
                os.write(self.fd, KEYS.get(key, key.encode()))
        released = begun + (count - 1) / rate
        last = max(self.settle(), released)
        return Held((self.cpu() - used) / (last - begun), (last - released) * 1e3, self.painted.count(_CLOSE))

    # cost

    def cpu(self) -> float:
        """Processor seconds used so far by the program and its children."""
        ticks = 0
        for pid in self._family():
            fields = _stat(pid)
            ticks += int(fields[11]) + int(fields[12]) if fields else 0
        return ticks * TICK

    def rss(self) -> float:
        """MiB of memory resident for the program and its children, mapped pages of the database included."""
        total = 0
        for pid in self._family():
            with suppress(OSError):
                found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
                total += int(found[1]) if found else 0
        return total / 1024

    def _family(self) -> list[int]:
        """The program and all that descend from it."""
        children: dict[int, list[int]] = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and (fields := _stat(int(folder.name))):
                children.setdefault(int(fields[1]), []).append(int(folder.name))
        family = [self.pid]
        for pid in family:
            family += children.get(pid, [])
        return family

    def idle(self, seconds: float) -> float:
        """Milliseconds of processor a second while nothing is pressed."""
        self.settle()
        used, end = self.cpu(), time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._read(left)
        return (self.cpu() - used) * 1e3 / seconds

    def close(self) -> None:
        """End the program that was started here."""
        if self.process.poll() is None:
            self.process.terminate()
            end = time.perf_counter() + 3
            while self.process.poll() is None and time.perf_counter() < end:
                self._read(0.05)
                if self.ended:
                    break
            if self.process.poll() is None:
                self.process.kill()
        self.process.wait()
        os.close(self.fd)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name; nothing when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
