"""Importing against the least that could be done: the same entries inserted into one table with a search index."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from advisor_tui.cli.bench.place import Place
from advisor_tui.cli.bench.rows import Row, median

CUSTOMERS, ENTRIES, RUNS = 1000, 20_000, 3
PARTS_SQL = (
    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND (name IN ('entry', 'entry_search', 'entry_search_insert') "
    "OR (type = 'index' AND tbl_name = 'entry')) ORDER BY type = 'trigger', rowid"
)


def imported(home: Path, lines: list[bytes]) -> float:
    """Lines per processor second through the importer, into a new workspace."""
    from advisor_tui.gateways.importer import Defaults, Importer, Source
    from advisor_tui.gateways.line_reader import Rejected
    from advisor_tui.gateways.seed import CLOCK
    from advisor_tui.store.journal import Journal
    from advisor_tui.store.workspace import Settings, Workspace

    def refuse(source: Source, error: Rejected) -> None:
        raise error

    workspace = Workspace(home)
    workspace.save(Settings(clock=CLOCK))
    journal = Journal(workspace.database, workspace.clock())
    try:
        begun = time.process_time()
        importer = Importer(journal, Defaults("Mobile", "-"), refuse)
        importer.take(Source(0, number, raw) for number, raw in enumerate(lines, 1))
        importer.finish()
        return len(lines) / (time.process_time() - begun)
    finally:
        journal.close()


def inserted(source: Path, target: Path) -> float:
    """Rows per processor second through bare sqlite3: the entries of `source`, one transaction a batch."""
    from advisor_tui.gateways.importer import BATCH

    origin = sqlite3.connect(source)
    rows = origin.execute("SELECT * FROM entry ORDER BY n").fetchall()
    parts = [sql for (sql,) in origin.execute(PARTS_SQL)]
    origin.close()
    bare = sqlite3.connect(target, isolation_level=None)
    try:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -65536"):
            bare.execute(f"PRAGMA {pragma}")
        for sql in parts:
            bare.execute(sql)
        begun = time.process_time()
        for start in range(0, len(rows), BATCH):
            bare.execute("BEGIN IMMEDIATE")
            bare.executemany(f"INSERT INTO entry VALUES ({','.join('?' * len(rows[0]))})", rows[start : start + BATCH])
            bare.execute("COMMIT")
        return len(rows) / (time.process_time() - begun)
    finally:
        bare.close()


def import_lines(place: Place) -> Iterator[Row]:
    """Import lines per processor second: fold, projections, search index, one fsync a batch."""
    from advisor_tui.gateways.seed import seed_lines

    lines = [*seed_lines(CUSTOMERS, ENTRIES, seed=7)]
    ours, theirs = [], []
    for _ in range(RUNS):
        with TemporaryDirectory(prefix="advisor-bench-") as folder:
            ours.append(imported(Path(folder), lines))
            theirs.append(inserted(Path(folder) / "workspace.db", Path(folder) / "bare.db"))
    yield Row(
        "import", "import: lines per processor second", "/s", median(ours), "bare sqlite3 with a search trigger",
        median(theirs), 0.7, at_least=True, details={"lines": len(lines), "runs": RUNS},
    )  # fmt: skip
