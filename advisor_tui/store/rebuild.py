"""Projections made again from the journal, and a digest that says whether two pictures are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from sqlalchemy import Connection, delete, select

from advisor_tui.domain.fold import fold
from advisor_tui.store.journal import Journal, load_events
from advisor_tui.store.projections import dirty_rows
from advisor_tui.store.tables import PROJECTIONS
from advisor_tui.store.unit import TABLES, Unit, reroot

PAGE = 400
"""Customers folded at once."""


def digest(connection: Connection) -> str:
    """A digest over all projections, whatever the order in which their rows were written."""
    total = hashlib.sha256()
    for model in PROJECTIONS:
        table = TABLES[str(model.__tablename__)]
        columns = [column for column in table.c if column.name != "n"]
        keys = [table.c.id] if "id" in table.c else columns
        for row in connection.execute(select(*columns).order_by(*keys)).yield_per(2000):
            total.update(repr(tuple(row)).encode("utf-8", "surrogatepass"))
    return total.hexdigest()


def rebuild(journal: Journal, progress: Callable[[int, int], None] | None = None) -> tuple[str, str]:
    """Fold every customer anew and write every projection, in one transaction: (digest before, digest after)."""
    with journal.transaction() as unit:
        connection = unit.connection
        before = digest(connection)
        event = TABLES["event"].c
        customers = list(connection.execute(select(event.customer_id).distinct().order_by(event.customer_id)).scalars())
        for model in PROJECTIONS:
            connection.execute(delete(TABLES[str(model.__tablename__)]))
        for start in range(0, len(customers), PAGE):
            _page(unit, customers[start : start + PAGE])
            if progress is not None:
                progress(min(start + PAGE, len(customers)), len(customers))
        reroot(connection)
        return before, digest(connection)


def _page(unit: Unit, customers: list[str]) -> None:
    rows: dict[str, list[dict[str, object]]] = {}
    for customer_id, events in load_events(unit.connection, customers).items():
        for table, row in dirty_rows(fold(customer_id, events), {}):
            rows.setdefault(table, []).append(row)
    unit.write_rows(rows, [])
