"""Making erased words go from the disk too, not only from the tables."""

from __future__ import annotations

from sqlalchemy import Connection


def overwrite_what_goes(connection: Connection) -> None:
    """Have SQLite overwrite what is deleted from now on."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def forget_search_words(connection: Connection) -> None:
    """Write the search indexes anew: they keep the words of deleted rows until they merge."""
    if connection.dialect.name == "sqlite":
        for table in ("entry_search", "precedent_search", "customer_search", "customer_part"):
            connection.exec_driver_sql(f"INSERT INTO {table}({table}) VALUES ('optimize')")
