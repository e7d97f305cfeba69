"""A connection for reading."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from advisor_tui.store.faults import check_version, explained


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
            except sqlite3.OperationalError as error:
                connection.close()
                if "unable to open" in str(error) and mode != "mode=ro&immutable=1":
                    continue
                raise
            connection.execute("PRAGMA mmap_size = 268435456")
            return connection
    raise AssertionError("one mode always answers")
