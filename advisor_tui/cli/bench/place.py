"""The workspace that is measured: an existing one, or one made for the run; and who in it is looked at."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from advisor_tui.domain.errors import StoreError
from advisor_tui.domain.identity import entity_id
from advisor_tui.domain.text import fold
from advisor_tui.language import N_
from advisor_tui.store.reads.connection import open_reads
from advisor_tui.store.reads.customer import HEAD_SQL
from advisor_tui.store.workspace import Settings, Workspace

SAMPLE = 2000
OWN_SQL = (
    "SELECT value FROM identifier i WHERE customer_id = ? AND kind IN ('email', 'contract', 'account', 'phone') "
    "AND (SELECT count(DISTINCT customer_id) FROM identifier WHERE norm = i.norm) = 1 ORDER BY kind DESC LIMIT 1"
)
"""A number or address that nobody else has."""
_WORD = re.compile(r"[a-z]{5,}")


class Someone(NamedTuple):
    """A customer to be opened: their id, what to type in Find so that they come first, their name, their entries."""

    id: str
    typed: str
    name: str
    entries: int


class Words(NamedTuple):
    """Words of this workspace's texts: in many entries, in some, in very few."""

    common: list[str]
    middle: list[str]
    rare: list[str]


@dataclass
class Place:
    """A seeded workspace."""

    home: Path
    customers: int
    entries: int
    data: Path | None = None
    """A folder of files to measure on, where the rows need more than the workspace."""

    @cached_property
    def workspace(self) -> Workspace:
        return Workspace(self.home)

    @cached_property
    def connection(self) -> sqlite3.Connection:
        return open_reads(self.workspace.database)

    def close(self) -> None:
        """Close what was opened for reading."""
        if "connection" in self.__dict__:
            self.connection.close()
            del self.connection

    # people

    @cached_property
    def longest(self) -> Someone:
        """The customer with 10,000 entries, or the one with the most."""
        from advisor_tui.gateways.seed import LONG

        return self._seeded(LONG) or self._by_length(self.entries)

    @cached_property
    def two_hundred(self) -> Someone:
        """The customer with 200 entries, or the one nearest to it."""
        from advisor_tui.gateways.seed import TWO_HUNDRED

        return self._seeded(TWO_HUNDRED) or self._by_length(200)

    @cached_property
    def short(self) -> Someone:
        """A customer with about ten entries."""
        return self._by_length(10)

    def _seeded(self, ext: str) -> Someone | None:
        return self._someone(entity_id("customer", ext))

    def _someone(self, id_: str) -> Someone | None:
        row = self.connection.execute(HEAD_SQL, (id_,)).fetchone()
        if row is None:
            return None
        count = self.connection.execute("SELECT count(*) FROM entry WHERE customer_id = ?", (id_,)).fetchone()[0]
        own = self.connection.execute(OWN_SQL, (id_,)).fetchone()
        return Someone(row[0], own[0] if own else row[2], row[3], count)

    def _by_length(self, wanted: int) -> Someone:
        known = {person.id for name in ("longest", "two_hundred") if (person := self.__dict__.get(name))}
        rows = self.connection.execute(
            "SELECT customer_id FROM entry GROUP BY customer_id ORDER BY abs(count(*) - ?) LIMIT 3", (wanted,)
        ).fetchall()
        for (id_,) in rows:
            if id_ not in known and (found := self._someone(id_)):
                return found
        raise StoreError(N_("This workspace is too small to be measured."))

    def someone_with_one_case(self) -> tuple[Someone, str]:
        """A customer whose only case is still active, without a draft; and the case."""
        row = self.connection.execute(
            "SELECT customer_id, min(id) FROM case_view GROUP BY customer_id "
            "HAVING count(*) = 1 AND min(state) IN ('open', 'waiting') AND min(id) NOT IN (SELECT subject FROM draft) LIMIT 1"
        ).fetchone()
        found = self._someone(row[0]) if row else None
        if found is None:
            raise StoreError(N_("This workspace is too small to be measured."))
        return found, str(row[1])

    # words

    @cached_property
    def words(self) -> Words:
        """What to search for, by how many of a sample of entries have it."""
        step = max(1, self.entries // SAMPLE)
        seen: Counter[str] = Counter()
        for (text,) in self.connection.execute("SELECT text FROM entry WHERE n % ? = 0", (step,)):
            seen.update(set(_WORD.findall(fold(text))))
        ordered = [word for word, _ in seen.most_common()]
        if len(ordered) < 12:
            raise StoreError(N_("This workspace is too small to be measured."))
        third = len(ordered) // 3
        return Words(ordered[:4], ordered[third : third + 4], ordered[-4:])


@contextmanager
def prepared(home: Path | None, customers: int, entries: int, tell: Callable[[str], None]) -> Iterator[Place]:
    """The workspace at `home`, or a fresh one with `customers` and `entries` that goes when the run ends."""
    if home is not None:
        Workspace(home).require()
        yield from _opened(home)
        return
    with TemporaryDirectory(prefix="advisor-bench-") as folder:
        tell(f"seeding {customers:,} customers, {entries:,} entries")
        seeded(Path(folder), customers, entries)
        yield from _opened(Path(folder))


def seeded(home: Path, customers: int, entries: int) -> None:
    """Make a workspace with synthetic customers at `home`, its clock where theirs stands."""
    from advisor_tui.gateways.seed import CLOCK, seed
    from advisor_tui.store.journal import Journal

    workspace = Workspace(home)
    workspace.save(Settings(name="Claire Morel", team="Mobile", language="fr", clock=CLOCK))
    journal = Journal(workspace.database, workspace.clock())
    try:
        seed(journal, customers, entries)
    finally:
        journal.close()


def _opened(home: Path) -> Iterator[Place]:
    place = Place(home, 0, 0)
    count = place.connection.execute
    place.customers = count("SELECT count(*) FROM customer_view").fetchone()[0]
    place.entries = count("SELECT count(*) FROM entry").fetchone()[0]
    try:
        yield place
    finally:
        place.close()
