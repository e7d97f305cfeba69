"""Lines that were not taken in, kept as they came beside the file, with a sentence each."""

from __future__ import annotations

import base64
import errno
import filecmp
import hashlib
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from itertools import chain, count
from pathlib import Path
from typing import IO, Any

import msgspec

from advisor_tui.gateways.line_reader import Rejected

SHOWN = 64 * 1024
"""Bytes kept of a line too long to be held; the file it came from has the rest."""
_encode = msgspec.json.Encoder().encode


def rejects_path(path: Path) -> Path:
    """FILE.rejects.jsonl for FILE.jsonl; for other files the whole name stays in front."""
    stem = path.name.removesuffix(".jsonl")
    return path.with_name(f"{stem}.rejects.jsonl")


class Rejects:
    """The rejects of one file: streamed to a hidden file, put in place when the run ends."""

    def __init__(self, path: Path, home: Path, translate: Callable[[str], str]) -> None:
        beside = rejects_path(path)
        mark = hashlib.sha256(str(path.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:8]
        self._places = (beside, home / "rejects" / f"{mark}-{beside.name}")
        self._translate = translate
        self._handle: IO[bytes] | None = None
        self._begun = False
        self._target = beside
        self._fresh = beside

    def add(self, number: int, raw: bytes, error: Rejected) -> None:
        """Keep one line as it came."""
        row: dict[str, Any] = {"line": number, "error": sentence(error, self._translate)}
        if len(raw) > SHOWN and error.details.get("cut"):
            raw, row["cut"] = raw[:SHOWN], True
        text = raw.removesuffix(b"\n").removesuffix(b"\r")
        try:
            row["text"] = text.decode("utf-8")
        except UnicodeDecodeError:
            row["base64"] = base64.b64encode(text).decode()
        if self._handle is None:
            self._handle = _opened(self._fresh, os.O_APPEND) if self._begun else self._open()
            self._begun = True
        self._handle.write(_encode(row) + b"\n")

    def pause(self) -> None:
        """Let go of the file while rejects of another one come."""
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def _open(self) -> IO[bytes]:
        for place in self._places[:-1]:
            with suppress(OSError):
                return self._create(place)
        self._places[-1].parent.mkdir(parents=True, exist_ok=True)
        return self._create(self._places[-1])

    def _create(self, place: Path) -> IO[bytes]:
        if place.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(place))
        fresh = place.with_name(f".rejects-{secrets.token_hex(8)}.part")
        handle = _opened(fresh, os.O_CREAT | os.O_EXCL)
        self._target, self._fresh = place, fresh
        return handle

    def close(self) -> Path | None:
        """Put the file in place and say where; those of an earlier run step aside: someone may be mending them."""
        self.pause()
        for place in self._places:
            with suppress(OSError):
                if place.is_file() and not (self._begun and filecmp.cmp(self._fresh, place, shallow=False)):
                    place.rename(_aside(place))
        if not self._begun:
            return None
        self._fresh.replace(self._target)
        return self._target


def _opened(path: Path, flags: int) -> IO[bytes]:
    """A file of ours to write: nobody who may write in the folder can lead it elsewhere by a link."""
    flags |= os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o600), "ab" if flags & os.O_APPEND else "wb")


def _aside(place: Path) -> Path:
    """The name with `.old`, and a number where older ones are there."""
    names = chain((".old",), (f".{number}.old" for number in count(2)))
    return next(free for name in names if not (free := place.with_name(place.name + name)).exists())


def sentence(error: Rejected, translate: Callable[[str], str]) -> str:
    """What is wrong, in the reader's language."""
    template = translate(error.message)
    try:
        return template.format(**error.details)
    except (KeyError, IndexError, ValueError):
        return template


def rejected_line(raw: bytes) -> bytes | None:
    """The line inside a row of a rejects file, or None where the row is not one."""
    try:
        row = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(row, dict):
        return None
    if isinstance(row.get("text"), str):
        return str(row["text"]).encode()
    if isinstance(row.get("base64"), str):
        with suppress(ValueError):
            return base64.b64decode(row["base64"], validate=True)
    return None
