"""Rows that watch the desk on a terminal: start, moving, scrolling, a held key, opening, resting."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from advisor_tui.cli.bench.place import Place, Someone
from advisor_tui.cli.bench.rows import Row, median, percentile
from advisor_tui.cli.bench.terminal import TICK, Press, Terminal
from advisor_tui.domain.promising import warn_until
from advisor_tui.store.reads.day import read_day
from advisor_tui.store.rulebook import workspace_rules

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
    now = workspace.clock().now().astimezone(workspace.zone)
    rows = read_day(place.connection, now, warn_until(workspace_rules(workspace), now)).rows
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
    """Find and open a customer by a number of theirs; the focus is in the life then."""
    terminal.press("f2")
    terminal.press(someone.typed, someone.name)
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


class Keys:
    """The same keys pressed in the desk and in a reference app."""

    def __init__(self, terminal: Terminal, keys: list[str]) -> None:
        used = terminal.cpu()
        self.presses: list[Press] = [terminal.press(key) for key in keys]
        self.cpu = (terminal.cpu() - used) * 1e3 / len(keys)
        self.p50 = median([press.change for press in self.presses])
        self.p95 = percentile([press.change for press in self.presses], 0.95)

    def rows(self, bench: str, what: str, against: str, other: Keys, limit: float) -> Iterator[Row]:
        """Our median against theirs, and our own spread."""
        details: dict[str, float | int | str] = {
            "cpu_ms": self.cpu, "reference_cpu_ms": other.cpu, "reference_p95_ms": other.p95,
            "settled_ms": median([press.settled for press in self.presses]),
            "bytes": median([press.bytes for press in self.presses]), "keys": len(self.presses),
        }  # fmt: skip
        yield Row(bench, f"{what}, p50", "ms", self.p50, against, other.p50, limit, details=details)
        yield Row(bench, f"{what}, p95", "ms", self.p95, "its own p50", self.p50, 2.0)


WALK = ["down"] * 6 + ["up"] * 6
PAGES = ["pagedown"] * 10 + ["pageup"] * 8  # never back to the first row, where a key changes nothing


def move(place: Place) -> Iterator[Row]:
    """The cursor in my day, where nothing scrolls; then a page of the longest life at a time."""
    with reference("lines") as terminal:
        terminal.ready("0")
        terminal.settle()
        step, page = Keys(terminal, WALK * (PRESSES // 12 + 1)), Keys(terminal, PAGES * (PRESSES // 18))
    with desk(place) as terminal:
        yield from Keys(terminal, WALK * (PRESSES // 12 + 1)).rows("move", "move in my day", LIST, step, 1.3)
        open_someone(terminal, place.longest)
        yield from Keys(terminal, PAGES * (PRESSES // 18)).rows("move", "scroll the longest life", LIST, page, 1.3)


def hold(place: Place) -> Iterator[Row]:
    """A key held at 30 a second in the longest life."""
    with reference("lines") as terminal:
        terminal.ready("0")
        theirs = [terminal.hold("down") for _ in range(HOLDS)]
    with desk(place) as terminal:
        open_someone(terminal, place.longest)
        ours = [terminal.hold("down") for _ in range(HOLDS)]
    shares, drains = [held.share for held in ours], [held.drain for held in ours]
    yield Row(
        "hold", "hold a key at 30 Hz: share of one processor", "", median(shares), limit=0.45,
        details={"reference": median([held.share for held in theirs]), "frames": median([held.frames for held in ours])},
    )  # fmt: skip
    yield Row(
        "hold", "hold a key at 30 Hz: still painting after release", "ms", median(drains), limit=35.0,
        details={"reference": median([held.drain for held in theirs]), "worst": max(drains)},
    )  # fmt: skip


def open_customer(place: Place) -> Iterator[Row]:
    """From the key to a customer's life on screen: the one before comes back, with 200 entries and with most.

    The desk has whoever was open before ready after a moment's rest; the last row presses before it can.
    """
    with reference("lines") as terminal:
        terminal.ready("0")
        page = Keys(terminal, PAGES)
    fewer, most = place.two_hundred, place.longest
    with desk(place) as terminal:
        back, long = ([*_back(terminal, someone, place.short)] for someone in (fewer, most))
        hurried = [*_back(terminal, fewer, place.short, hurried=True)]
    what, against = "open a customer of {entries:,} entries: key to paint", f"{LIST}, page down"
    shown = _median(back)
    yield Row("open", what.format(entries=fewer.entries), "ms", shown, against, page.p50, 2.0, details=_spread(back))
    whole = what.format(entries=most.entries)
    yield Row("open", whole, "ms", _median(long), "the one above", shown, 1.2, details=_spread(long))
    what = f"open a customer of {fewer.entries:,} entries whom nobody expected"
    yield Row("open", what, "ms", _median(hurried), against, page.p50, details=_spread(hurried))


def _back(terminal: Terminal, someone: Someone, other: Someone, hurried: bool = False) -> Iterator[Press]:
    """Open `someone`, then `other`, and come back, some times; `hurried` comes back before the desk can rest."""
    open_someone(terminal, someone)
    for _ in range(OPENINGS):
        if not hurried:
            open_someone(terminal, other)
            yield terminal.press("backspace", someone.name)
            continue
        terminal.press("f2")
        terminal.press(other.typed, other.name)
        yield terminal.press_behind("enter", other.name, "backspace", someone.name)


def _median(presses: list[Press]) -> float:
    return median([press.change for press in presses])


def _spread(presses: list[Press]) -> dict[str, float | int | str]:
    return {
        "p95_ms": percentile([press.change for press in presses], 0.95),
        "settled_ms": median([press.settled for press in presses]),
    }


def rest(place: Place) -> Iterator[Row]:
    """Memory and processor time with nobody touching a key."""
    with reference("hello") as terminal:
        terminal.ready("READY")
        terminal.idle(1.5)
        theirs, their_memory = terminal.idle(REST), terminal.rss()
    with desk(place) as terminal:
        ours, memory = terminal.idle(REST), terminal.rss()
    yield Row("rest", "memory, once everything is loaded", "MiB", memory, HELLO, their_memory, 2.0)
    least = TICK * 1e3 / REST  # nothing finer can be seen
    yield Row("rest", "processor while idle, per second", "ms", max(ours, least), HELLO, max(theirs, least), 2.0)
