"""Rows that ask the workspace directly: opening, searching, finding, without a screen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from advisor_tui.cli.bench.place import Place
from advisor_tui.cli.bench.rows import Row, median, percentile
from advisor_tui.domain.promising import warn_until
from advisor_tui.domain.text import fold
from advisor_tui.store.reads.brief import read_life
from advisor_tui.store.reads.customer import ENTRIES_SQL, ENTRY_COLUMNS, PAGE, read_entries
from advisor_tui.store.reads.day import read_day
from advisor_tui.store.reads.find import Finder
from advisor_tui.store.reads.search import search
from advisor_tui.store.rulebook import workspace_rules

FULL = 1_000_000
"""Entries from which on the aim against naive ranking is meant to hold."""
NAIVE_SQL = "SELECT rowid FROM entry_search WHERE entry_search MATCH ? ORDER BY bm25(entry_search) LIMIT 30"
PEOPLE = 40
DAYS = 40


def timed(work: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each of `times` runs, after one that does not count."""
    work()
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        found.append((time.perf_counter() - begun) * 1e3)
    return found


def open_query(place: Place) -> Iterator[Row]:
    """The newest entries of a customer, as the desk reads them and as bare tuples; then all it reads to open one."""
    run, someone = place.connection.execute, place.two_hundred
    sql = ENTRIES_SQL.format(columns=ENTRY_COLUMNS, marks="?")
    pairs = [
        (timed(lambda: run(sql, (someone.id, PAGE, 0)).fetchall(), 20), timed(lambda: read_entries(place.connection, (someone.id,)), 20))
        for _ in range(5)
    ]  # fmt: skip
    bare, ours = (
        median([time for pair in pairs for time in pair[0]]),
        median([time for pair in pairs for time in pair[1]]),
    )
    now = place.workspace.clock().now().astimezone(place.workspace.zone)
    rules = workspace_rules(place.workspace)
    life = timed(lambda: read_life(place.connection, someone.id, now, rules), 20)
    long = timed(lambda: read_life(place.connection, place.longest.id, now, rules), 20)
    yield Row(
        "open", f"read {someone.entries} entries", "ms", ours, "raw tuples by sqlite3", bare, 1.3,
        details={"with_brief_ms": median(life), "longest_with_brief_ms": median(long)},
    )  # fmt: skip


def day(place: Place) -> Iterator[Row]:
    """My day, all of it: what is to be warned of, what waits, what is due, what nobody sorted, what was never confirmed."""
    now = place.workspace.clock().now().astimezone(place.workspace.zone)
    rules, me = workspace_rules(place.workspace), place.workspace.settings.name
    times = timed(lambda: read_day(place.connection, now, warn_until(rules, now), me), DAYS)
    yield Row(
        "day", f"my day over {place.customers:,} customers, p95", "ms", percentile(times, 0.95), limit=50.0,
        details={"p50_ms": median(times), "max_ms": max(times)},
    )  # fmt: skip


def words(place: Place) -> Iterator[Row]:
    """Any words, against ranking all matches of a common one."""
    said = place.words
    asked = [
        *said.common, *said.middle, *said.rare,  # one word
        *(f"{a} {b}" for a, b in zip(said.common, [*said.common[1:], said.middle[0]], strict=True)),  # two words
        *(f"{a} {b}" for a, b in zip(said.common, said.rare, strict=True)),
        *(word[:3] for word in (*said.common, *said.middle)),  # beginnings
        *(word[:1] for word in said.common[:2]),
    ]  # fmt: skip
    times = {text: median(timed(lambda text=text: search(place.connection, text), 3)) for text in asked}  # type: ignore[misc]
    naive = median(timed(lambda: place.connection.execute(NAIVE_SQL, (said.common[0],)).fetchall(), 3))
    slowest = max(times, key=lambda text: times[text])
    small = place.entries < FULL
    yield Row(
        "search", "search, p95 over common, rare, paired and begun words", "ms", percentile([*times.values()], 0.95),
        "naive bm25 on a common word", naive, None if small else 1 / 40,
        note=f"the aim is for {FULL:,} entries" if small else "",
        details={"p50_ms": median([*times.values()]), "slowest": slowest, "slowest_ms": times[slowest], "terms": len(asked)},
    )  # fmt: skip


def slipped(word: str, place: int) -> str:
    """`word` with two letters exchanged, one left out, one doubled or one wrong."""
    at = 1 + place % max(1, len(word) - 2)
    kinds = (
        word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :], word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:], word[:at] + "x" + word[at + 1 :],
    )  # fmt: skip
    return kinds[place % len(kinds)]


def find(place: Place) -> Iterator[Row]:
    """A surname with a slip, letter by letter from the third; phones and exact names in between."""
    names = place.connection.execute("SELECT name FROM customer_view WHERE n % ? = 0 LIMIT ?",
                                     (max(1, place.customers // PEOPLE), PEOPLE)).fetchall()  # fmt: skip
    finder = Finder(place.connection)
    finder.find("qzxv")  # reads the words of all names
    times: list[float] = []
    for number, (name,) in enumerate(names):
        typed = slipped(fold(name).split()[-1], number)
        for end in range(3, len(typed) + 1):
            begun = time.perf_counter()
            finder.find(typed[:end])
            times.append((time.perf_counter() - begun) * 1e3)
    yield Row(
        "find", f"find as you type, with a slip, {place.customers:,} customers, p95", "ms", percentile(times, 0.95),
        limit=50.0, details={"p50_ms": median(times), "max_ms": max(times), "questions": len(times)},
    )  # fmt: skip
