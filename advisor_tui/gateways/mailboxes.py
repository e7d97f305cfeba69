"""Messages out of a file or folder: one at a time, as bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from advisor_tui.gateways.formats import Input, maildir_files
from advisor_tui.gateways.rejects import SHOWN

MB = 1024 * 1024
LONGEST = 64 * MB
"""Bytes of the longest message that is read: reading takes many times as much memory."""
_SEPARATOR = re.compile(rb"From (?:\S+|\"[^\"\n]*\"\S*) .*\d{1,2}:\d{2}")
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)


class Letter(NamedTuple):
    """One message: its number in the mailbox, its bytes, and the date of its envelope."""

    number: int
    raw: bytes
    envelope: str
    whole: bool = True
    """False where the message is too long: `raw` is only how it begins."""


def letters(item: Input) -> Iterator[Letter]:
    """The messages of an .eml file, an mbox or a Maildir."""
    if item.kind == "mbox":
        yield from _mbox(item.path)
    elif item.kind == "maildir":
        for number, path in enumerate(maildir_files(item.path), 1):
            yield _single(path, number)
    elif item.size:
        yield _single(item.path, 1)


def _single(path: Path, number: int) -> Letter:
    if path.stat().st_size > LONGEST:
        with path.open("rb") as handle:
            return Letter(number, handle.read(SHOWN + 1), "", whole=False)
    raw = path.read_bytes()
    if raw.startswith(b"From "):  # an .eml saved out of an mbox
        first, _, rest = raw.partition(b"\n")
        return Letter(number, rest, _envelope(first))
    return Letter(number, raw, "")


def _mbox(path: Path) -> Iterator[Letter]:
    """Split at `From ` lines that follow a blank line and carry a time."""
    lines: list[bytes] = []
    number, envelope, size = 0, "", 0
    blank = begins = True
    with path.open("rb") as handle:
        for line in iter(partial(handle.readline, MB), b""):
            first = number == 0 and line.startswith(b"From ")
            if first or (blank and line.startswith(b"From ") and _SEPARATOR.match(line)):
                if number:
                    yield _letter(number, lines, envelope)
                number += 1
                lines, envelope, size = [], _envelope(line), 0
            elif number or line.strip():  # no separator at all: one message
                number = number or 1
                if size <= LONGEST:
                    lines.append(line)
                size += len(line)
            blank = begins and not line.strip()
            begins = line.endswith(b"\n")
    if number:
        yield _letter(number, lines, envelope)


def _letter(number: int, lines: list[bytes], envelope: str) -> Letter:
    raw = b"".join(lines)
    if len(raw) > LONGEST:
        return Letter(number, raw[: SHOWN + 1], envelope, whole=False)
    if b"\n>" in raw:
        raw = _ESCAPED.sub(rb"\1", raw)
    return Letter(number, raw, envelope)


def _envelope(line: bytes) -> str:
    """The date of a `From ` line: what follows the address."""
    parts = line.decode("ascii", "replace").split(None, 2)
    return parts[2].strip() if len(parts) > 2 else ""
