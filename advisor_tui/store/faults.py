"""From what SQLite and the system report to a sentence that says what happened and what to do."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from advisor_tui.domain.errors import (
    AdvisorError,
    DiskFull,
    StoreError,
    WorkspaceDamaged,
    WorkspaceLocked,
    WorkspaceNewer,
    WorkspaceReadOnly,
)
from advisor_tui.store.version import SCHEMA

_BY_WORD: tuple[tuple[str, type[StoreError], str], ...] = (
    ("disk is full", DiskFull, "The disk that holds {path} is full. Nothing was lost; free some space and try again."),
    ("disk i/o error", DiskFull, "The disk that holds {path} refuses to write. Nothing recorded was lost."),
    ("readonly", WorkspaceReadOnly, "The workspace {path} may be read but not written."),
    ("unable to open", WorkspaceReadOnly, "The workspace {path} cannot be opened: the file or its folder is not accessible."),
    ("locked", WorkspaceLocked, "The workspace {path} is being written by another program. Wait a moment and try again."),
    ("not a database", WorkspaceDamaged, "{path} is not a workspace: it is not a database. Move it aside; your own words are never deleted."),
    ("malformed", WorkspaceDamaged, "The workspace {path} is damaged. Copy the file, then run: advisor doctor"),
    ("no such table", WorkspaceDamaged, "The workspace {path} is damaged. Copy the file, then run: advisor doctor"),
)  # fmt: skip


def explain(error: BaseException, path: Path) -> AdvisorError:
    """The error of ours that says what `error` means for the workspace at `path`."""
    if isinstance(error, OSError):
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return DiskFull(_BY_WORD[0][2], path=str(path))
        return WorkspaceReadOnly(
            "The workspace {path} cannot be used: {reason}", path=str(path), reason=error.strerror or str(error)
        )
    words = str(getattr(error, "orig", None) or error).lower()
    for word, kind, message in _BY_WORD:
        if word in words:
            return kind(message, path=str(path))
    return StoreError("The workspace {path} cannot be used: {reason}", path=str(path), reason=words)


def is_store_failure(error: BaseException) -> bool:
    """Whether SQLite itself failed, seen directly or through SQLAlchemy."""
    return isinstance(error, sqlite3.Error) or isinstance(getattr(error, "orig", None), sqlite3.Error)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn database and system errors of the block into ours."""
    try:
        yield
    except AdvisorError:
        raise
    except Exception as error:
        if isinstance(error, OSError) or is_store_failure(error):
            raise explain(error, path) from error
        raise


def refuse_strange(connection: sqlite3.Connection, path: Path) -> None:
    """Raise when the schema at `path` is not ours to touch: a later version's, or another program's.

    SQLite is asked, never the file: opening and closing it by hand would drop every lock that this
    process holds on it, and another process could then take the log away under our feet.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA:
        raise WorkspaceNewer(
            "The workspace {path} was written by a newer version of Advisor TUI. Upgrade the program to open it.",
            path=str(path),
        )
    if version == 0 and connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        raise WorkspaceDamaged(
            "{path} is the database of another program, not a workspace. Choose another place with ADVISOR_HOME.",
            path=str(path),
        )
