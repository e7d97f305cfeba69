"""Bringing a database to the schema of this version, with alembic."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Connection

from advisor_tui.store.version import SCHEMA

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def upgrade(connection: Connection, folder: Path = MIGRATIONS, table: str = "alembic_version") -> None:
    """Run what migrations of `folder` are missing, inside the caller's transaction; `table` keeps how far it went."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["table"] = table
    command.upgrade(config, "head")
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA}")


def schema_version(path: Path) -> int:
    """The schema number written in a SQLite file's header; 0 for an empty one."""
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()
