"""Backups of the server's database: a consistent copy made while it works, and what comes back from one.

A restored history takes a new epoch, so that every replica notices, pulls again, and offers what the backup
had not seen. A backup holds what people wrote and the digests of their passwords: only its owner may read it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from advisor_tui.domain.errors import NotFound, Refused, StoreError
from advisor_tui.store.central.central import address
from advisor_tui.store.version import SCHEMA


class Saved(Struct, kw_only=True):
    """A backup that was made."""

    file: str
    bytes: int
    schema: int


class Restored(Struct, kw_only=True):
    """A database that came back: its new epoch, and where a damaged one was put aside."""

    epoch: str
    schema: int
    aside: str = ""


def backup(url: str, file: Path, *, replace: bool = False) -> Saved:
    """Copy the database as it is at one moment into `file`, whole or not at all. Nobody has to stop working."""
    if not replace and file.exists():
        raise Refused("There is a file {path} already.", code="file_exists", path=str(file))
    with _system(file), beside(file) as fresh:
        if address(url).get_backend_name() == "sqlite":
            from advisor_tui.store.central.backup_sqlite import save

            schema = save(Path(address(url).database or ""), fresh)
        else:
            from advisor_tui.store.central.backup_postgresql import save as dump

            schema = dump(url, fresh)
        put_in_place(fresh, file)
        return Saved(file=str(file), bytes=file.stat().st_size, schema=schema)


def restore(url: str, file: Path, *, replace: bool = False) -> Restored:
    """Bring back what `file` holds, under a new epoch; access tokens end, refresh tokens stay.

    Nothing changes unless the whole backup is good. No server may be using the database.
    """
    if not file.is_file():
        raise NotFound("There is no file {path}.", path=str(file))
    with _system(file):
        if address(url).get_backend_name() == "sqlite":
            from advisor_tui.store.central.backup_sqlite import load

            return load(Path(address(url).database or ""), file, replace)
        from advisor_tui.store.central.backup_postgresql import load as load_dump

        return load_dump(url, file, replace)


def not_a_backup(file: Path) -> StoreError:
    return StoreError("{path} is not a backup of a server's database.", code="not_a_backup", path=str(file))


def newer_backup(file: Path, schema: int) -> StoreError:
    return StoreError(
        "{path} was made by a newer version of Advisor TUI (schema {found}, here {wanted}). Upgrade the program.",
        code="schema", path=str(file), found=schema, wanted=SCHEMA,
    )  # fmt: skip


def would_replace(shown: str) -> Refused:
    return Refused(
        "There is a database in {url} already. To put the backup in its place, add --replace.",
        code="database_exists", url=shown,
    )  # fmt: skip


def in_use(shown: str) -> Refused:
    return Refused("A server is using {url}. Stop it first.", code="database_in_use", url=shown)


@contextmanager
def beside(file: Path) -> Iterator[Path]:
    """A new file of ours in the folder of `file`, that others may not read; gone at the end unless it was put in place."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    fresh.touch(0o600, exist_ok=False)
    try:
        yield fresh
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)


def put_in_place(fresh: Path, file: Path) -> None:
    """Make `fresh` the file, on disk before this returns."""
    with fresh.open("rb+") as handle:
        os.fsync(handle.fileno())
    fresh.replace(file)
    if os.name == "posix":
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def _system(file: Path) -> Iterator[None]:
    """What the system refuses, in a sentence."""
    try:
        yield
    except OSError as error:
        path = error.filename or file
        raise StoreError(
            "{path} cannot be read or written: {reason}", path=str(path), reason=error.strerror or error
        ) from error
