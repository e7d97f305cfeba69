"""A connection for reading."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from advisor_tui.store.faults import check_version, explained
from advisor_tui.store.workspace import missing


def open_reads(path: Path) -> sqlite3.Connection:
    """The workspace at `path`, for reading only; it may be used from any one thread at a time.

    A folder that may not be written is read as it stands.
    """
    with explained(path):
        check_version(path)
        for mode in ("mode=rw", "mode=ro", "mode=ro&immutable=1"):
            connection = sqlite3.connect(
                f"{path.resolve().as_uri()}?{mode}", uri=True, check_same_thread=False, timeout=5
            )
            try:
                connection.execute("PRAGMA query_only = ON")
                connection.execute("SELECT value FROM meta LIMIT 1").fetchone()
            except sqlite3.Error as error:
                unborn = "no such table" in str(error) and _is_empty(connection)
                connection.close()
                if unborn:
                    raise missing(path.parent) from error
                if "unable to open" in str(error) and mode != "mode=ro&immutable=1":
                    continue
                raise
            connection.execute("PRAGMA cache_size = -8192")
            return connection
    raise AssertionError("one mode always answers")


def _is_empty(connection: sqlite3.Connection) -> bool:
    """Whether nothing was ever made in this database: creating it was cut short."""
    return not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
