"""Projections made again from the journal, and a digest that says whether two pictures are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection

from sqlalchemy import Connection, delete, select

from advisor_tui.domain.fold import fold
from advisor_tui.store.journal import Journal, load_events
from advisor_tui.store.projections import dirty_rows
from advisor_tui.store.tables import PROJECTIONS, CustomerRow
from advisor_tui.store.unit import NUL_SHOWN, TABLES, Unit, reroot

PAGE = 400
"""Customers folded at once."""


def digest(connection: Connection, customers: Collection[str] | None = None) -> str:
    """A digest over all projections, or those of `customers`, whatever the order in which their rows were written.

    The same on SQLite and PostgreSQL: the sum of what each row hashes to needs no order, and so no collation.
    """
    total = 0
    for model in PROJECTIONS:
        table = TABLES[str(model.__tablename__)]
        columns = [column for column in table.c if column.name != "n"]
        owner = table.c.id if model is CustomerRow else table.c.customer_id
        query = select(*columns)
        for part in [query] if customers is None else [query.where(owner.in_(page)) for page in _pages(customers)]:
            for row in connection.execute(part.execution_options(yield_per=2000)):
                words = repr((table.name, *map(_storable, row))).encode("utf-8", "surrogatepass")
                total += int.from_bytes(hashlib.blake2b(words, digest_size=32).digest(), "big")
    return f"{total % (1 << 256):064x}"


def _storable(value: object) -> object:
    return value.replace("\0", NUL_SHOWN) if type(value) is str and "\0" in value else value


def _pages(customers: Collection[str]) -> list[list[str]]:
    ids = sorted(set(customers))
    return [ids[start : start + PAGE] for start in range(0, len(ids), PAGE)]


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
