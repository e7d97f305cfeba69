"""From an edit on one desk to its paint on another, through a real server."""

from __future__ import annotations

import queue
import random
import secrets
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

from advisor_tui.actions.execute import execute
from advisor_tui.cli.bench.desk import open_someone
from advisor_tui.cli.bench.place import Place, Someone, seeded
from advisor_tui.cli.bench.rows import Row, percentile
from advisor_tui.cli.bench.sync.corpus import batches, read_events
from advisor_tui.cli.bench.sync.exchange import Tell
from advisor_tui.cli.bench.sync.office import TEAM, Key, Replica, office, replica
from advisor_tui.cli.bench.terminal import Terminal
from advisor_tui.domain.errors import StoreError
from advisor_tui.domain.permissions import Person
from advisor_tui.language import N_
from advisor_tui.store.rulebook import load_rules
from advisor_tui.store.workspace import DATABASE
from advisor_tui.sync.engine import Engine, Outcome

SAMPLES = 40
CUSTOMERS, ENTRIES = 200, 4000
AIM = 1000.0
PATIENCE, SETTLE = 20.0, 2.0
PAUSE = (0.4, 1.3)
"""Seconds between two edits: never in step with the server's own rhythm."""
LINK = "advisor_tui.tui.link"
"""What makes the desk sync by itself."""
NOT_PAINTED = N_("The desk does not sync by itself: measured to the moment at which it would be told.")
Edit = Callable[[str], float]
"""Writes a note with this word in it on the first desk; the instant before."""


class Samples:
    """Milliseconds from each edit; one that was not seen in time counts as the whole patience."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.missed = 0

    def seen(self, began: float, at: float) -> None:
        self.times.append((at - began) * 1e3)

    def miss(self) -> None:
        self.times.append(PATIENCE * 1e3)
        self.missed += 1

    def rows(self, note: str) -> Iterator[Row]:
        what = "edit on one desk to paint on another"
        yield Row("sync", f"{what}, p50", "ms", percentile(self.times, 0.5), note=note)
        yield Row(
            "sync", f"{what}, p95", "ms", percentile(self.times, 0.95), limit=AIM,
            details={
                "samples": len(self.times), "missed": self.missed, "max_ms": max(self.times), "min_ms": min(self.times),
            },
        )  # fmt: skip


def edit_to_paint(_place: Place, tell: Tell) -> Iterator[Row]:
    """A note on one desk until it stands on the other's screen."""
    seen = _on_screen if find_spec(LINK) is not None else _in_the_engine
    with office() as here:
        seeded(here.folder / "seed", CUSTOMERS, ENTRIES)
        writer, reader = here.enrol(2)
        here.fill(writer, batches(read_events(here.folder / "seed" / DATABASE)))
        with here.serve() as server, replica(here.folder / "a", server.url, writer) as desk:
            _load(desk)
            with closing(Place(desk.workspace.home, CUSTOMERS, ENTRIES)) as place:
                someone = place.short
            tell(f"sync: {SAMPLES} edits on one desk, seen on another")
            states: list[str] = []
            with watching(desk, lambda outcome: states.append(outcome.state)) as engine:
                edit = _edits(desk, engine, someone)
                samples = seen(here.folder / "b", server.url, reader, someone, edit)
    note = "" if seen is _on_screen else NOT_PAINTED
    if samples.missed:
        others = Counter(state for state in states if state not in ("up_to_date", "syncing"))
        note = f"{samples.missed} not seen within {PATIENCE:g} s; the first desk said {dict(others) or 'up_to_date'}"
    yield from samples.rows(note)


def _load(desk: Replica) -> None:
    """The first exchange of a desk. Raises what stood in its way."""
    outcome = Engine(lambda: desk.journal, desk.session).run_once()
    if outcome.error is not None:
        raise outcome.error


@contextmanager
def watching(desk: Replica, told: Callable[[Outcome], None]) -> Iterator[Engine]:
    """A desk's engine at work, until the block ends."""
    engine, stop = Engine(lambda: desk.journal, desk.session), threading.Event()
    thread = threading.Thread(target=engine.watch, args=(stop, told), daemon=True)
    thread.start()
    try:
        time.sleep(SETTLE)  # until its feed is open
        yield engine
    finally:
        stop.set()
        engine.retry_now()
        thread.join(PATIENCE)


def _edits(desk: Replica, engine: Engine, someone: Someone) -> Edit:
    rules, person = load_rules("fr"), Person(desk.workspace.settings.name, TEAM)

    def edit(word: str) -> float:
        began = time.perf_counter()
        execute(desk.journal, "add_note", {"customer": someone.id, "text": f"{word} rappel convenu"}, person, rules)
        engine.nudge()
        return began

    return edit


def _words() -> Iterator[str]:
    """A word that stands nowhere else, for each edit; a pause before each."""
    chance = random.Random(3)  # noqa: S311 - repeatable, not secret
    for number in range(SAMPLES):
        time.sleep(chance.uniform(*PAUSE))
        yield f"repere{number}x{secrets.token_hex(4)}"


def _on_screen(home: Path, url: str, key: Key, someone: Someone, edit: Edit) -> Samples:
    """The second desk is the real one, on a terminal, with this customer open."""
    with replica(home, url, key) as desk:
        _load(desk)
        saved = desk.box.load()
        assert saved is not None
    env = {"ADVISOR_HOME": str(home), "ADVISOR_TOKEN": saved.refresh}
    samples = Samples()
    with Terminal([sys.executable, "-m", "advisor_tui"], env) as terminal:
        terminal.ready(TEAM)
        terminal.idle(SETTLE)
        open_someone(terminal, someone)
        terminal.idle(SETTLE)
        for word in _words():
            terminal.send("")  # what was painted before does not count
            began = edit(word)
            try:
                samples.seen(began, terminal.began + terminal.ready(word, PATIENCE) / 1e3)
            except StoreError:
                samples.miss()
            terminal.type("home")  # the cursor stays on its entry, and newer ones would leave the screen above it
    return samples


def _in_the_engine(home: Path, url: str, key: Key, someone: Someone, edit: Edit) -> Samples:
    """The second desk is its engine alone."""
    heard: queue.Queue[float] = queue.Queue()

    def told(outcome: Outcome) -> None:
        if someone.id in outcome.customers:
            heard.put(time.perf_counter())

    samples = Samples()
    with replica(home, url, key) as desk:
        _load(desk)
        with watching(desk, told):
            for word in _words():
                began = edit(word)
                try:
                    samples.seen(began, heard.get(timeout=PATIENCE))
                except queue.Empty:
                    samples.miss()
    return samples
