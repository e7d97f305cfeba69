"""Every read is held against the schema: it prepares, and it walks by an index."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

import advisor_tui.store.reads
from advisor_tui.store.reads.connection import open_reads
from advisor_tui.store.reads.customer import ENTRY_COLUMNS

ALLOWED_SCANS = {
    "find.VERSION_SQL": "reads one end of the primary key",
    "find.VOCABULARY_SQL": "the words of all names, read once and kept in memory",
    "drafts.DRAFTS_SQL": "a desk has a handful of drafts",
}
BIG = ("entry", "event", "case_view", "customer_view")


def statements() -> Iterator[tuple[str, str]]:
    for module in pkgutil.iter_modules(advisor_tui.store.reads.__path__):
        loaded = importlib.import_module(f"advisor_tui.store.reads.{module.name}")
        for name, value in vars(loaded).items():
            if not name.endswith("_SQL") or name.startswith("__"):
                continue
            for key, sql in value.items() if isinstance(value, dict) else [("", value)]:
                yield f"{module.name}.{name}{key and f'.{key}'}", sql


STATEMENTS = dict(statements())


def plan(connection: sqlite3.Connection, sql: str) -> list[str]:
    filled = sql.replace("{marks}", "?,?,?").replace("{columns}", ENTRY_COLUMNS)
    values = ["x"] * filled.count("?")
    connection.execute(filled, values if "MATCH" not in filled else ['"x"', *values[1:-1], *values[1:][-1:]])
    return [row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + filled, values)]


@pytest.fixture
def connection(template: Path) -> Iterator[sqlite3.Connection]:
    opened = open_reads(template)
    yield opened
    opened.close()


def test_the_reads_are_all_here() -> None:
    modules = {name.split(".")[0] for name in STATEMENTS}
    assert {"brief", "customer", "day", "drafts", "find", "search"} <= modules
    assert len(STATEMENTS) >= 28


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_read_prepares_against_the_schema_and_uses_an_index(connection: sqlite3.Connection, name: str) -> None:
    sql = STATEMENTS[name].replace("LIMIT ? OFFSET ?", "LIMIT 5 OFFSET 0").replace("LIMIT ?", "LIMIT 5")
    aliases = dict(re.findall(r"(?:FROM|JOIN) (\w+) (?:AS )?(\w)\b", sql))
    big = {*BIG, *(alias for table, alias in aliases.items() if table in BIG)}
    scans = [
        step for step in plan(connection, sql)
        if (found := re.match(r"SCAN (\w+)", step)) and found[1] in big and "INDEX" not in step
    ]  # fmt: skip
    if name in ALLOWED_SCANS:
        return
    assert scans == []


def test_every_exception_is_still_a_statement() -> None:
    assert set(ALLOWED_SCANS) <= set(STATEMENTS)


def test_a_read_connection_writes_nothing(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM meta")


def test_no_screen_module_holds_sql_of_its_own() -> None:
    folder = Path(advisor_tui.store.reads.__file__).parents[2]
    for path in (folder / "tui").glob("*.py"):
        assert not re.search(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM) ", path.read_text(encoding="utf-8")), path
