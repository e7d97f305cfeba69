"""Desks that never say the same thing twice, so that a word lost or doubled is seen; and where each word is.

`python -m tests.faults.sweeping HOME` is such a desk in a process of its own: it writes, and shares by itself, until
its input ends; then it waits until everything is sent, and ends. What it prints was committed before.
"""

from __future__ import annotations

import json
import random
import re
import secrets
import shutil
import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select

from advisor_tui.actions.execute import execute
from advisor_tui.store.unit import TABLES
from advisor_tui.sync.engine import Outcome
from tests.faults.firm import Firm
from tests.faults.syncer import CUSTOMERS, Syncer, say

LETTERS = "abcdefghijklmnop"
"""No digits: a chance run of them may be a card number that adds up, which is masked before it is kept."""
WORD = re.compile(rf"mot-[{LETTERS[0]}-{LETTERS[-1]}]{{16}}")
LONGEST_WAIT = 600.0


class Said(NamedTuple):
    """What was acknowledged: the ids of events, and the words in them."""

    events: set[str]
    words: set[str]

    def add(self, other: Said) -> None:
        self.events.update(other.events)
        self.words.update(other.words)


def new_word() -> str:
    """A word that nobody has said yet: 64 random bits in letters."""
    return "mot-" + "".join(secrets.choice(LETTERS) for _letter in range(16))


def nothing_said() -> Said:
    return Said(set(), set())


class Scribe(Syncer):
    """One person's desk, each of whose texts begins with a word of its own."""

    def write_case(self, chance: random.Random, letters: int = 0) -> Said:
        """A case with a note of so many `letters` and its end."""
        said = nothing_said()
        opened = {"customer": chance.choice(CUSTOMERS), "next_step": "Rappeler", "next_on": "+2"}
        case = self.record(said, "open_case", "subject", opened)
        self.record(said, "add_note", "text", {"case": case}, letters)
        self.record(said, "write_resolution", "text", {"case": case, "then": "resolved"})
        return said

    def record(self, said: Said, name: str, field: str, given: dict[str, str], letters: int = 0) -> str:
        """One action, with a new word in one of its fields; the case, where it opens one."""
        word = new_word()
        text = f"{word} « Ça marche »" + " long" * (letters // 5)
        result = execute(self.journal, name, {**given, field: text}, self.person, self.rules)
        done = Said({event.id for event in result.events}, {word})
        said.add(done)
        self.tell(done)
        return result.made.get("case", "")

    def tell(self, done: Said) -> None:
        """Hear of an action that was committed."""


class Teller(Scribe):
    """Prints what was committed."""

    def tell(self, done: Said) -> None:
        say(events=sorted(done.events), words=sorted(done.words))


def heard(path: Path) -> Said:
    """What a desk acknowledged; a line that was cut was not said."""
    said = nothing_said()
    for line in path.read_bytes().split(b"\n")[:-1]:
        told = json.loads(line)
        said.add(Said(set(told.get("events", ())), set(told.get("words", ()))))
    return said


def words_of(bodies: Iterable[str | None]) -> Counter[str]:
    """How often each word stands in these bodies."""
    return Counter(word for body in bodies if body for word in WORD.findall(body))


def words_there(firm: Firm) -> Counter[str]:
    """The words on the server."""
    with closing(firm.central()) as central, central.read() as connection:
        return words_of(connection.execute(select(TABLES["event"].c.body)).scalars())


def words_here(home: Path) -> Counter[str]:
    """The words on a desk."""
    with closing(sqlite3.connect(home / "workspace.db")) as connection:
        return words_of(body for (body,) in connection.execute("SELECT body FROM event"))


def check(firm: Firm, said: Said) -> None:
    """At rest: every word once on the server and on each desk, no other; and all that the firm checks."""
    firm.check(said.events)
    found = {"server": words_there(firm), **{home.name: words_here(home) for home in firm.homes}}
    amiss = {
        where: {
            word: words[word] for word in words.keys() | said.words if (words[word], word in said.words) != (1, True)
        }
        for where, words in found.items()
    }
    assert amiss == {where: {} for where in found}, "how often each word stands there, where that is not once"


class Wreck:
    """A database as a kill left it, looked at in a copy: whoever opens it next finds it untouched."""

    def __init__(self, database: Path, folder: Path) -> None:
        place = folder / f"wreck-{secrets.token_hex(4)}"
        place.mkdir()
        for path in (database, database.with_name(f"{database.name}-wal")):
            if path.exists():
                shutil.copyfile(path, place / path.name)
        self.place = place
        self.connection = sqlite3.connect(place / database.name)
        assert self.connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

    def __enter__(self) -> Wreck:
        return self

    def __exit__(self, *_error: object) -> None:
        self.connection.close()
        shutil.rmtree(self.place)

    def ids(self, where: str = "1") -> set[str]:
        """The ids of its events."""
        return {id_ for (id_,) in self.connection.execute(f"SELECT id FROM event WHERE {where}")}

    def cursors(self) -> list[tuple[str, int]]:
        """How far it has read each stream."""
        return self.connection.execute("SELECT stream, seq FROM stream_cursor").fetchall()


def work_until_told(home: Path) -> None:
    """Write on and on, and share by itself as a desk does; once the input ends, wait until everything is sent."""
    scribe = Teller(home)
    scribe.bring_in()
    ending, settled, stop = threading.Event(), threading.Event(), threading.Event()

    def told(outcome: Outcome) -> None:
        if outcome.state != "syncing":
            say(state=outcome.state, unsent=outcome.unsent, error=None if outcome.error is None else outcome.error.code)
        if ending.is_set() and outcome.state == "up_to_date":
            settled.set()

    def listen() -> None:
        sys.stdin.buffer.read()
        ending.set()

    sharing = threading.Thread(target=scribe.engine.watch, args=(stop, told))
    sharing.start()
    threading.Thread(target=listen, daemon=True).start()
    chance = random.Random(home.name)
    while not ending.wait(chance.uniform(0, 0.2)):
        scribe.write_case(chance, chance.choice((0, 300, 9000)))
        scribe.engine.nudge()
    scribe.engine.nudge()
    quiet = settled.wait(LONGEST_WAIT)
    stop.set()
    scribe.session.close()
    sharing.join()
    scribe.journal.close()
    sys.exit(0 if quiet else 1)


if __name__ == "__main__":
    work_until_told(Path(sys.argv[1]))
