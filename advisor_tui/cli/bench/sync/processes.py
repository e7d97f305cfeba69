"""Programs that a benchmark starts, watches through /proc and ends, each by its own number."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType, TracebackType

from advisor_tui.cli.bench.terminal import LEFT_OUT, TICK
from advisor_tui.domain.errors import StoreError
from advisor_tui.language import N_

PATIENCE = 60.0
"""Seconds in which a program must have begun, or ended."""


class Child:
    """A program that says on its output where it listens, as `http://HOST:PORT`."""

    def __init__(self, folder: Path, name: str, arguments: list[str]) -> None:
        self._said = folder / f"{name}.log"
        plain = {key: value for key, value in os.environ.items() if not key.startswith(LEFT_OUT)}
        plain.update(ADVISOR_HOME=str(folder), LANGUAGE="en")
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(  # noqa: S603 - our own programs
                [sys.executable, "-m", *arguments], stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=plain,
                start_new_session=True,
            )  # fmt: skip
        try:
            self.url = self._listening()
        except BaseException:
            self.close()
            raise

    def _listening(self) -> str:
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < end:
            found = re.search(rb"http://\S+:\d+", self._said.read_bytes())
            if found:
                return found[0].decode()
            time.sleep(0.02)
        raise StoreError(N_("The program showed nothing of what was expected: {marker}"), marker="http://")

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def cpu(self) -> float:
        """Processor seconds used so far by the program and those it started."""
        ticks = 0
        for pid in self._family():
            fields = _stat(pid)
            ticks += int(fields[11]) + int(fields[12]) if fields else 0
        return ticks * TICK

    def resident(self) -> int:
        """KiB of memory that the program and those it started hold."""
        total = 0
        for pid in self._family():
            with suppress(OSError):
                found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
                total += int(found[1]) if found else 0
        return total

    def _family(self) -> list[int]:
        children: dict[int, list[int]] = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and (fields := _stat(int(folder.name))):
                children.setdefault(int(fields[1]), []).append(int(folder.name))
        family = [self.process.pid]
        for pid in family:
            family += children.get(pid, [])
        return family

    def close(self) -> None:
        """End it, and whatever it started."""
        if self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(PATIENCE / 3)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)  # its own session: nothing else is in it
        self.process.wait()


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name; nothing when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


@contextmanager
def open_files(wanted: int) -> Iterator[bool]:
    """Let this process, and those it starts meanwhile, have `wanted` files open; whether the system allows it."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = hard == resource.RLIM_INFINITY or hard >= wanted
    raised = soft != resource.RLIM_INFINITY and soft < wanted and allowed
    if raised:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    try:
        yield allowed
    finally:
        if raised:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def told_to_stop() -> Iterator[None]:
    """Being told to end is an orderly end: what was started is ended too, and what was made goes."""

    def told(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, told)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
