"""Lines that were not taken in, kept as they came beside the file, with a sentence each."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from contextlib import suppress
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
            self._handle = self._fresh.open("ab") if self._begun else self._open()
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
        fresh = place.with_name(f".{place.name}.part")
        handle = fresh.open("wb")
        self._target, self._fresh = place, fresh
        return handle

    def close(self) -> Path | None:
        """Put the file in place and say where; without rejects, those of an earlier run go."""
        kept = None
        self.pause()
        if self._begun:
            self._fresh.replace(self._target)
            kept = self._target
        for place in self._places:
            if place != kept:
                with suppress(OSError):
                    place.unlink(missing_ok=True)
        return kept


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
