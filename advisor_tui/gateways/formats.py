"""Which reader a file is for: by its name where that says it, else by how it begins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.language import N_

BY_SUFFIX = {
    ".jsonl": "lines", ".ndjson": "lines", ".json": "lines", ".csv": "csv", ".tsv": "csv", ".txt": "csv",
    ".eml": "eml", ".mbox": "mbox",
}  # fmt: skip
UNSURE = (".json", ".txt", "")
"""Endings that say too little: in a folder, such a file is taken only when its beginning fits."""
MAILDIR = ("cur", "new", "tmp")
HEAD = 4096
_HEADER = re.compile(rb"[!-9;-~]{1,60}:[ \t\r\n]")
_REJECTS = re.compile(r"\.rejects\.jsonl(?:\.(?:\d+\.)?old)?\Z")
_FOLDED = {"lines", "eml", "mbox"}


class Unreadable(AdvisorError):
    """A file or folder from which nothing can be read; the rest of the import goes on."""

    code = "unreadable"


class Input(NamedTuple):
    """One thing to read: a file, or a Maildir as a whole."""

    path: Path
    kind: str  # lines, rejects, csv, eml, mbox, maildir
    size: int


def inputs(path: Path) -> Iterator[Input | Unreadable]:
    """What there is to read at `path`: the file itself, or all that a folder holds, sorted."""
    try:
        if path.is_dir():
            found = list(_folder(path))
            if not found:
                yield Unreadable(N_("There is nothing to import in {path}."), path=str(path))
            yield from found
        else:
            yield _file(path)
    except Unreadable as error:
        yield error
    except OSError as error:
        yield unreadable(path, error)


def unreadable(path: Path, error: OSError) -> Unreadable:
    """The sentence for what the system says of `path`."""
    if isinstance(error, FileNotFoundError):
        return Unreadable(N_("The file {path} does not exist."), path=str(path))
    return Unreadable(
        N_("The file {path} cannot be read: {reason}"), path=str(path), reason=error.strerror or str(error)
    )


def _folder(folder: Path) -> Iterator[Input | Unreadable]:
    if all((folder / name).is_dir() for name in MAILDIR):
        yield Input(folder, "maildir", sum(file.stat().st_size for file in maildir_files(folder)))
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name.endswith(".rejects.jsonl"):
            continue
        if path.is_dir():
            if not path.is_symlink():  # a link may lead back here
                try:
                    yield from _folder(path)
                except OSError as error:
                    yield unreadable(path, error)
        elif path.is_file():
            kind = _kind_in_folder(path)
            if kind:
                yield Input(path, kind, path.stat().st_size)


def maildir_files(folder: Path) -> list[Path]:
    """The messages of a Maildir, in a stable order."""
    return sorted(file for name in ("cur", "new") for file in (folder / name).iterdir() if file.is_file())


def _file(path: Path) -> Input:
    if path.exists() and not path.is_file():
        raise Unreadable(N_("{path} is neither a file nor a folder."), path=str(path))
    with path.open("rb") as handle:  # says now whether it may be read
        head = handle.read(HEAD)
    size = path.stat().st_size
    if _REJECTS.search(path.name):
        return Input(path, "rejects", size)
    suffix = path.suffix.lower()
    kind = BY_SUFFIX.get(suffix)
    if kind is None or suffix in UNSURE:
        kind = kind_of(head) or kind
    if kind is None:
        kind = "csv" if b"\x00" not in head or head[:2] in (b"\xff\xfe", b"\xfe\xff") else None
    if kind is None:
        raise Unreadable(N_("{path} is of no kind that can be imported: {kinds}."), path=str(path), kinds=KINDS)
    return Input(path, kind, size)


KINDS = ".jsonl, .csv, .eml, .mbox, Maildir"


def _kind_in_folder(path: Path) -> str | None:
    suffix = path.suffix.lower()
    if suffix not in UNSURE:
        return BY_SUFFIX.get(suffix)
    try:
        with path.open("rb") as handle:
            kind = kind_of(handle.read(HEAD))
    except OSError:
        return None
    return kind if kind in _FOLDED and (suffix != ".json" or kind == "lines") else None


def kind_of(head: bytes) -> str | None:
    """The kind of a file that begins with `head`, where that is plain to see."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"{") and b'"type"' in start[:HEAD]:
        return "lines"
    if head.startswith(b"From ") and b"\n" in head:
        return "mbox"
    lines = start.splitlines()[:3]
    if len(lines) > 1 and all(_HEADER.match(line + b"\n") or line[:1] in (b" ", b"\t") for line in lines):
        return "eml"
    return None
