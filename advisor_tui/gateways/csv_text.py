"""How a table is written: its encoding and its separator."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

SEPARATORS = (",", ";", "\t", "|")
LINE = 8 * 1024 * 1024  # characters held of one physical line
SAMPLE = 64 * 1024
LEGACY = ["cp1252", "mac_roman", "cp850"]


def encoding_of(path: Path) -> str:
    """The encoding of the file at `path`.

    A file most of whose accented lines are UTF-8 is UTF-8, and the others are rejected one by one; else it
    is what Excel writes, Windows-1252, or an older relative where its bytes say so.
    """
    good, strange = 0, bytearray()
    bad = 0
    with path.open("rb") as handle:
        head = handle.read(4)
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            return "utf-16"
        if head.startswith(b"\xef\xbb\xbf"):
            return "utf-8-sig"
        if len(head) == 4 and 0 in head and (head[0] == 0) != (head[1] == 0):
            return "utf-16-be" if head[0] == 0 else "utf-16-le"
        handle.seek(0)
        while line := handle.readline(LINE):
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                good += 1
            except UnicodeDecodeError:
                bad += 1
                if len(strange) < SAMPLE:
                    strange += line[:SAMPLE]
    return "utf-8" if not bad or good > bad else _legacy(bytes(strange))


def _legacy(sample: bytes) -> str:
    try:
        sample.decode("cp1252")
    except UnicodeDecodeError:
        from charset_normalizer import from_bytes

        best = from_bytes(sample, cp_isolation=LEGACY[1:]).best()
        return best.encoding if best is not None else "cp1252"
    return "cp1252"


class Tape:
    """The physical lines of a file, and those that the row being read has taken."""

    def __init__(self, path: Path, encoding: str) -> None:
        errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
        self._handle = path.open(encoding=encoding, errors=errors, newline="")
        self.encoding = encoding
        self.number = 0
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._handle.readline(LINE)
        if not line:
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        return line

    def raw(self) -> bytes:
        """The row as it came, in UTF-8 where it can be said so."""
        text = "".join(self.taken)
        try:
            return text.encode("utf-8")
        except UnicodeEncodeError:
            return text.encode(self.encoding, "surrogateescape")

    def close(self) -> None:
        self._handle.close()


def separator_of(lines: list[str], known: Callable[[list[str]], int]) -> str:
    """The separator under which the headings make most sense and the rows most agree."""
    first = lines[0].strip().lower() if lines else ""
    if first.startswith("sep=") and len(first) == 5:
        return first[4]
    best, chosen = (-1, -1, -1), ","
    for separator in SEPARATORS:
        try:
            rows = [row for row in csv.reader(lines, delimiter=separator) if row]
        except csv.Error:
            continue
        if rows:
            width = len(rows[0])
            score = (known(rows[0]), sum(len(row) == width for row in rows) if width > 1 else 0, width)
            if score > best:
                best, chosen = score, separator
    return chosen
