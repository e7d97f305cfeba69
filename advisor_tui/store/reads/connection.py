"""A connection for reading."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from advisor_tui.store.faults import explained, refuse_strange
from advisor_tui.store.workspace import missing

_AS_IT_STANDS = "mode=ro&immutable=1"
_NOTHING_WRITTEN = ("unable to open", "readonly", "disk I/O error", "disk is full")
"""What SQLite says where it cannot make the small files that it keeps beside a database in use."""


def open_reads(path: Path) -> sqlite3.Connection:
    """The workspace at `path`, for reading only; it may be used from any one thread at a time.

    Where nothing may be written, neither folder nor full disk, the file is read as it stands.
    """
    with explained(path):
        last = "mode=ro" if _has_log(path) else _AS_IT_STANDS
        for mode in ("mode=rw", "mode=ro", _AS_IT_STANDS):
            connection = sqlite3.connect(
                f"{path.resolve().as_uri()}?{mode}", uri=True, check_same_thread=False, timeout=5
            )
            try:
                refuse_strange(connection, path)
                connection.execute("PRAGMA query_only = ON")
                connection.execute("SELECT value FROM meta LIMIT 1").fetchone()
            except sqlite3.Error as error:
                unborn = "no such table" in str(error) and _is_empty(connection)
                connection.close()
                if unborn:
                    raise missing(path.parent) from error
                if mode != last and any(words in str(error) for words in _NOTHING_WRITTEN):
                    continue
                raise
            except BaseException:
                connection.close()
                raise
            connection.execute("PRAGMA cache_size = -8192")
            return connection
    raise AssertionError("one mode always answers")


def _has_log(path: Path) -> bool:
    """Whether something was written that is not in the file itself yet: the file alone would be an old picture."""
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def _is_empty(connection: sqlite3.Connection) -> bool:
    """Whether nothing was ever made in this database: creating it was cut short."""
    return not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
