"""The resolutions of a case, to see what a colleague recorded meanwhile."""

from __future__ import annotations

import sqlite3

from advisor_tui.store.reads.customer import ENTRY_COLUMNS, Entry

RESOLUTIONS_SQL = (
    f"SELECT {ENTRY_COLUMNS} FROM entry WHERE customer_id = (SELECT customer_id FROM case_view WHERE id = ?) "
    "AND case_id = ? AND kind = 'resolution' ORDER BY at, n"
)


def read_resolutions(connection: sqlite3.Connection, case_id: str) -> list[Entry]:
    """Every resolution of a case, oldest first."""
    return [*map(Entry._make, connection.execute(RESOLUTIONS_SQL, (case_id, case_id)))]
