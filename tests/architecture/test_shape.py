"""Files and functions stay small; nothing measures a person; nothing is left for later."""

from __future__ import annotations

import ast
import re
import sqlite3
import tokenize
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlmodel import SQLModel

import advisor_tui
from advisor_tui.domain.events import BODIES
from advisor_tui.domain.state import Case, CustomerState, Head, Item
from advisor_tui.store import tables
from advisor_tui.store.reads.brief import KNOWS_SQL

PACKAGE = Path(advisor_tui.__file__).parent
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "_data" not in path.parts)
LINES_A_FILE = 500
LINES_A_FUNCTION = 60
GENERATED = {"upgrade"}  # what alembic writes in migrations/versions

PERSONAL = re.compile(
    r"handle_?time|handling|duration|elapsed|idle|occupancy|keystroke|adherence|rank|score|scoring|productivity|performance"
    r"|talk_?time|wrap|after_?call|aht|dmt|login_at|logout|presence|speed|pace|quota|leaderboard|rating|points|kpi"
    r"|(?<![a-z])tone(?![a-z])|polite|courtesy|sentiment|smile|emotion|mood|abus|incident_count",
)
HONEST = {"attachments", "points"}  # a word of the list by chance; the points that a complaint raises


def ids(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_a_file_is_read_in_one_sitting_and_a_function_on_one_screen(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= LINES_A_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            generated = path.parent.name == "versions" and node.name in GENERATED
            assert generated or (node.end_lineno or 0) - node.lineno < LINES_A_FUNCTION, node.name


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_nothing_is_left_for_later(path: Path) -> None:
    with path.open("rb") as handle:
        for token in tokenize.tokenize(handle.readline):
            if token.type in (tokenize.COMMENT, tokenize.STRING):
                assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", token.string), token.start


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_every_module_says_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not text.strip() or ast.get_docstring(ast.parse(text)), "a module has a docstring"


def names() -> Iterator[tuple[str, str]]:
    for table in SQLModel.metadata.tables.values():
        for column in table.columns:
            yield table.name, column.name
    for name, model in BODIES.items():
        for field in msgspec.structs.fields(model):
            yield name, field.encode_name
    for struct in (Case, CustomerState, Head, Item):
        for field in msgspec.structs.fields(struct):
            yield struct.__name__, field.name


def test_no_column_and_no_field_measures_a_person() -> None:
    assert tables.PROJECTIONS
    found = [(place, name) for place, name in names() if PERSONAL.search(name) and name not in HONEST]
    assert found == []


def test_the_database_itself_has_no_such_column(template: Path) -> None:
    connection = sqlite3.connect(template)
    rows = connection.execute(
        "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' "
        "AND m.name NOT LIKE '%search%' AND m.name NOT LIKE 'customer_part%' AND m.name NOT LIKE 'customer_word%' "
        "AND m.name NOT IN ('entry_word', 'precedent_word')"
    ).fetchall()
    connection.close()
    assert len(rows) > 60
    assert [row for row in rows if PERSONAL.search(row[1])] == []


def strings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_nothing_groups_orders_or_counts_by_person_but_who_knows_this_customer() -> None:
    found = []
    for path in FILES:
        for text in strings(path):
            grouped = re.search(
                r"(GROUP|PARTITION|ORDER) BY[^)]*\b(author|actor|owner|preferred_advisor)\b", text, re.IGNORECASE
            )
            if grouped or re.search(r"count\(\s*distinct\s+(author|actor|owner)", text, re.IGNORECASE):
                found.append(text)
    assert found == [KNOWS_SQL]
    assert "customer_id IN ({marks})" in KNOWS_SQL, "it is asked of one customer only"


def test_no_statement_and_no_state_knows_of_an_abusive_contact() -> None:
    """It is an entry of the life of its case: no column holds it, no statement looks for it, nothing adds it up."""
    sql = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|WHERE)\b|count\(")
    for path in FILES:
        found = [text for text in strings(path) if sql.search(text) and re.search("conduct|abus", text, re.IGNORECASE)]
        assert found == [], path
    assert not [name for _place, name in names() if re.search("conduct", name)]
    naming = {ids(path) for path in FILES if re.search("ConductNoted|conduct_noted", path.read_text(encoding="utf-8"))}
    assert naming == {
        "actions/conduct.py", "cli/held_text.py", "domain/bodies.py", "domain/events.py", "domain/fold_care.py",
        "language/words.py", "tui/care_rows.py", "tui/labels.py", "tui/own.py",
    }, "who names it shows it, or records it"  # fmt: skip


def test_what_is_ones_own_is_known_to_no_room_that_shares() -> None:
    """The private file is opened by the desk and by the command of its own, and by nothing that syncs, exports or serves."""
    rooms = {ids(path) for path in FILES if re.search(r"store\.private|private\.db", path.read_text(encoding="utf-8"))}
    assert rooms == {"store/private.py", "cli/own.py", "tui/backend.py", "tui/own.py", "tui/snippets.py"}
    assert "private" not in {str(table) for table in SQLModel.metadata.tables}


def test_no_code_groups_by_person_through_the_expression_language() -> None:
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"group_by\([^)]*(author|actor|owner)", text), path


def test_only_the_store_speaks_sql() -> None:
    for path in FILES:
        room = path.relative_to(PACKAGE).parts[0]
        if room in ("store", "cli", "gateways"):
            continue
        assert "import sqlite3" not in path.read_text(encoding="utf-8") or room == "tui", path


def test_nobody_opens_the_database_file_by_hand() -> None:
    """Closing such a handle drops SQLite's locks in the whole process: another one may then take the log away."""
    for path in FILES:
        assert not re.search(
            r"database\.(open|read_bytes|read_text|write_bytes)\(|open\(\S*database\b", path.read_text(encoding="utf-8")
        ), path
    faults = (PACKAGE / "store" / "faults.py").read_text(encoding="utf-8")
    assert ".open(" not in faults
