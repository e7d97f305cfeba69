"""Progress of long work: a bar with rate and time left on a terminal, plain lines when piped."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from advisor_tui.language import _
from advisor_tui.language.formats import number

WIDTH = 24


class Progress:
    """Shows how far a piece of work is, on the error output, at most ten times a second."""

    def __init__(self, title: str, total: int, quiet: bool = False) -> None:
        self.title = title
        self.total = total  # in the unit that `update` is given; 0: not known
        self.quiet = quiet
        self._bar = sys.stderr.isatty()
        self._started = self._shown = time.monotonic()
        self._lines = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar and not self.quiet:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def lines(self, count: int, _bytes: int = 0) -> None:
        """`count` more lines are done, of how many is not known."""
        self._lines += count
        self.update(0, 0, self._lines)

    def update(self, done: int, total: int, lines: int) -> None:
        """`done` of `total` bytes and `lines` lines are done."""
        now = time.monotonic()
        pause = 0.1 if self._bar else 5.0
        if self.quiet or now - self._shown < pause:
            return
        self._shown = now
        spent = max(0.001, now - self._started)
        rate = _("{rate} lines/s").format(rate=number(lines / spent))
        if not total:
            text = f"{self.title}  {number(lines)}  {rate}"
        else:
            share = min(1.0, done / total)
            left = int(spent / share - spent) if share > 0.01 else 0
            bar = "━" * int(share * WIDTH) + "─" * (WIDTH - int(share * WIDTH))
            percent = _("{share}%").format(share=f"{share * 100:3.0f}")
            text = f"{self.title}  {bar}  {percent}  {number(lines)}  {rate}  " + _("{seconds} s left").format(
                seconds=left
            )
        sys.stderr.write(f"\r\x1b[K{text}" if self._bar else text + "\n")
        sys.stderr.flush()
