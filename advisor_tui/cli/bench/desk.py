"""Rows that watch the desk on a terminal: start, moving, scrolling, a held key, opening, resting."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from advisor_tui.cli.bench.place import Place, Someone
from advisor_tui.cli.bench.rows import Row, median, percentile
from advisor_tui.cli.bench.terminal import Press, Terminal
from advisor_tui.store.reads.day import read_day
from advisor_tui.store.rulebook import load_rules

STARTS, PRESSES, OPENINGS, HOLDS = 7, 40, 12, 3
REST = 5.0
"""Seconds of doing nothing."""
LIST, HELLO, TEXT = "Line-API list", "Textual hello", "TextArea, 20 lines"


def reference(name: str) -> Terminal:
    """One of the reference apps, started."""
    return Terminal([sys.executable, "-m", "advisor_tui.cli.bench.reference_apps", name], {})


def marker(place: Place) -> str:
    """What the desk shows only when it shows data: the beginning of the first name in my day, else its colophon."""
    workspace = place.workspace
    hours = load_rules(workspace.settings.rules).desk.warn_before_hours
    rows = read_day(place.connection, workspace.clock().now().astimezone(workspace.zone), hours).rows
    return rows[0].name[:8] if rows else workspace.settings.name[:8]


def started(place: Place) -> Terminal:
    """The desk on `place`, started."""
    return Terminal([sys.executable, "-m", "advisor_tui"], {"ADVISOR_HOME": str(place.home)})


@contextmanager
def desk(place: Place) -> Iterator[Terminal]:
    """The desk on `place`, at rest: what it loads after its first paint is loaded."""
    with started(place) as terminal:
        terminal.ready(marker(place))
        terminal.settle()
        terminal.idle(1.5)
        yield terminal


def open_someone(terminal: Terminal, someone: Someone) -> None:
    """Find and open a customer by the outside name."""
    terminal.press("f2")
    terminal.press(someone.ext, someone.name)
    terminal.press("enter", someone.name)


def start(place: Place) -> Iterator[Row]:
    """From the command to real data on screen."""
    wanted = marker(place)
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    for _ in range(STARTS + 1):
        for measured, said, terminal in ((theirs, "READY", reference("hello")), (ours, wanted, started(place))):
            with terminal:
                shown = terminal.ready(said)
                measured.append((shown, terminal.cpu() * 1e3))
    ours, theirs = ours[1:], theirs[1:]  # the first of each fills the caches
    yield Row(
        "start", "start to the desk with real data", "ms", median([t for t, _ in ours]), HELLO,
        median([t for t, _ in theirs]), 1.3,
        details={"cpu_ms": median([c for _, c in ours]), "reference_cpu_ms": median([c for _, c in theirs]),
                 "p95_ms": percentile([t for t, _ in ours], 0.95), "starts": STARTS},
    )  # fmt: skip


def _presses(terminal: Terminal, keys: list[str]) -> tuple[list[Press], float]:
    """Each key once, and the processor milliseconds they cost on average."""
    used = terminal.cpu()
    presses = [terminal.press(key) for key in keys]
    return presses, (terminal.cpu() - used) * 1e3 / len(keys)


def _pair(bench: str, what: str, ours: tuple[list[Press], float], theirs: tuple[list[Press], float], limit: float) -> Row:
    """Our keys against the reference's keys, by the median time to the first change."""
    mine, other = [press.change for press in ours[0]], [press.change for press in theirs[0]]
    return Row(
        bench, what, "ms", median(mine), "", None, limit,
        details={"p95_ms": percentile(mine, 0.95), "cpu_ms": ours[1], "reference_p95_ms": percentile(other, 0.95),
                 "reference_cpu_ms": theirs[1], "settled_ms": median([press.settled for press in ours[0]]),
                 "bytes": median([press.bytes for press in ours[0]]), "keys": len(mine)},
    ) if not other else _against(
        Row(bench, what, "ms", median(mine), details={
            "p95_ms": percentile(mine, 0.95), "cpu_ms": ours[1], "reference_p95_ms": percentile(other, 0.95),
            "reference_cpu_ms": theirs[1]}), other, limit)  # fmt: skip
