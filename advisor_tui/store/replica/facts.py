"""The small facts of this workspace: which server's history it knows, and what is still to be done about it."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from advisor_tui.store.journal import Journal
from advisor_tui.store.tables import MetaRow
from advisor_tui.store.unit import table_of

META = table_of(MetaRow)


def set_fact(connection: Connection, key: str, value: str) -> None:
    """Keep a small fact of this workspace."""
    done = connection.execute(META.update().where(META.c.key == key).values(value=value))
    if not done.rowcount:
        connection.execute(insert(META).values(key=key, value=value))


def read_facts(journal: Journal) -> dict[str, str]:
    """The small facts of this workspace."""
    with journal.reading() as connection:
        return {row.key: row.value for row in connection.execute(select(META.c.key, META.c.value))}


def keep_facts(journal: Journal, **facts: str) -> None:
    """Keep small facts of this workspace."""
    with journal.transaction() as unit:
        for key, value in facts.items():
            set_fact(unit.connection, key, value)
