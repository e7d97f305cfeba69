"""What is the advisor's own: phrases, signature, private notes. In a file of its own that nothing shares.

It lies beside the workspace's database and never inside it: what synchronises, exports, rebuilds or backs up never opens
it, and it can be thrown away whole (DOMAIN.md, claims 003-01 and 004-10). Light: no SQLModel here.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from advisor_tui.domain.errors import Invalid, NotFound, WorkspaceNewer
from advisor_tui.domain.text import fold, seen_only
from advisor_tui.store.faults import explained

if TYPE_CHECKING:
    from advisor_tui.store.workspace import Workspace

FILE = "private.db"
SIGNATURE = "signature"
"""The phrase that is listed first; the word is the same in both languages."""
LONGEST_NAME, LONGEST_TEXT = 60, 20_000
"""Characters."""
_VERSION = 1
_TABLES = (
    "CREATE TABLE snippet (name TEXT PRIMARY KEY, text TEXT NOT NULL)",
    "CREATE TABLE note (number INTEGER PRIMARY KEY, written_on TEXT NOT NULL, text TEXT NOT NULL)",
    f"PRAGMA user_version = {_VERSION}",
)


class Snippet(NamedTuple):
    """A phrase of one's own, under the name one gave it."""

    name: str
    text: str

    @property
    def is_signature(self) -> bool:
        return self.name == SIGNATURE


class PrivateNote(NamedTuple):
    """What somebody wrote down for themselves. `written_on` is a civil date: no more is kept of when."""

    number: int
    written_on: str
    text: str


class Private:
    """The private file of one workspace; it comes into being with the first thing that is kept in it.

    Each call opens the file, does what it does and closes it. Everything raises StoreError where the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, workspace: Workspace) -> Private:
        """The one that belongs to `workspace`."""
        return cls(workspace.home / FILE)

    def snippets(self) -> list[Snippet]:
        """All phrases: the signature first, the others by name."""
        found = [Snippet(*row) for row in self._rows("SELECT name, text FROM snippet")]
        return sorted(found, key=lambda one: (not one.is_signature, fold(one.name)))

    def keep(self, name: str, text: str) -> Snippet:
        """Keep `text` under `name`, in place of what was there. Invalid when one is empty or too long."""
        name = _checked(" ".join(seen_only(name).split()), "name", LONGEST_NAME)
        if fold(name) == SIGNATURE:
            name = SIGNATURE
        kept = Snippet(name, _checked(seen_only(text).strip("\n"), "text", LONGEST_TEXT))
        with self._writing() as connection:
            same = [one for (one,) in connection.execute("SELECT name FROM snippet") if fold(one) == fold(name)]
            connection.executemany("DELETE FROM snippet WHERE name = ?", [(one,) for one in same])
            connection.execute("INSERT INTO snippet (name, text) VALUES (?, ?)", kept)
        return kept

    def remove(self, name: str) -> None:
        """Take a phrase away; NotFound when there is none of this name."""
        known = [one.name for one in self.snippets() if fold(one.name) == fold(name.strip())]
        if not known:
            raise NotFound("You keep nothing under the name {name}.", name=name[:LONGEST_NAME])
        with self._writing() as connection:
            connection.executemany("DELETE FROM snippet WHERE name = ?", [(one,) for one in known])

    def notes(self) -> list[PrivateNote]:
        """What was written down for oneself, the newest first."""
        return [
            PrivateNote(int(row[0]), row[1], row[2])
            for row in self._rows("SELECT number, written_on, text FROM note ORDER BY written_on DESC, number DESC")
        ]

    def write_note(self, text: str, on: date) -> PrivateNote:
        """Write something down for oneself, under the civil date `on`."""
        text = _checked(seen_only(text).strip(), "text", LONGEST_TEXT)
        with self._writing() as connection:
            made = connection.execute("INSERT INTO note (written_on, text) VALUES (?, ?)", (on.isoformat(), text))
            return PrivateNote(made.lastrowid or 0, on.isoformat(), text)

    def remove_note(self, number: int) -> None:
        """Throw one note away; NotFound when there is none of this number."""
        if number not in [note.number for note in self.notes()]:
            raise NotFound("There is no private note with the number {number}.", number=number)
        with self._writing() as connection:
            connection.execute("DELETE FROM note WHERE number = ?", (number,))

    def clear(self) -> None:
        """Throw the whole file away: phrases, signature and notes."""
        with explained(self.path), suppress(FileNotFoundError):
            self.path.unlink()

    def _rows(self, sql: str) -> list[tuple[str, ...]]:
        if not self.path.exists():
            return []
        with self._open() as connection:
            return connection.execute(sql).fetchall() if _version(connection) else []

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """The file, made where there is none yet: all that the block does, or nothing."""
        with explained(self.path), suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                if not _version(connection):
                    for statement in _TABLES:
                        connection.execute(statement)
                yield connection

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """An open file of a version that we know; what is deleted in it is overwritten."""
        with explained(self.path), closing(sqlite3.connect(self.path, timeout=5, isolation_level=None)) as connection:
            connection.execute("PRAGMA secure_delete = ON")
            if _version(connection) > _VERSION:
                raise WorkspaceNewer(
                    "The workspace {path} was written by a newer version of Advisor TUI. Upgrade the program to open it.",
                    path=str(self.path),
                )
            yield connection


def matching(snippets: list[Snippet], typed: str) -> list[Snippet]:
    """The phrases in whose name or words everything typed occurs; without regard to case and accents."""
    wanted = fold(typed).split()
    return [one for one in snippets if all(word in fold(f"{one.name} {one.text}") for word in wanted)]


def _checked(text: str, what: str, longest: int) -> str:
    if not text.strip():
        raise Invalid("{what} is empty.", what=what)
    if len(text) > longest:
        raise Invalid("{what} is longer than {limit} characters.", what=what, limit=longest)
    return text


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
