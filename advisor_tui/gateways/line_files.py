"""Import lines from a file: one at a time, however long the file, and however long a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from advisor_tui.gateways.importer import Source
from advisor_tui.gateways.line_reader import Rejected
from advisor_tui.gateways.line_types import MAX_LINE
from advisor_tui.gateways.rejects import SHOWN, rejected_line
from advisor_tui.language import N_

BOM = b"\xef\xbb\xbf"
Refuse = Callable[[Source, Rejected], None]


@dataclass
class Meter:
    """How far the run has come: bytes read and lines seen."""

    bytes: int = 0
    lines: int = 0


def line_sources(path: Path, file: int, meter: Meter, refuse: Refuse, limit: int = MAX_LINE) -> Iterator[Source]:
    """Each line that is not blank; a line beyond `limit` bytes is refused and skipped piece by piece."""
    with path.open("rb") as handle:
        number = 0
        while line := handle.readline(limit + 1):
            number += 1
            meter.bytes += len(line)
            if len(line) > limit and not line.endswith(b"\n"):
                head = line[: SHOWN + 1]
                while piece := handle.readline(limit):
                    meter.bytes += len(piece)
                    if piece.endswith(b"\n"):
                        break
                meter.lines += 1
                refuse(
                    Source(file, number, head),
                    Rejected(N_("The line is longer than {limit} bytes."), limit=limit, cut=1),
                )
                continue
            if number == 1 and line.startswith(BOM):
                line = line[len(BOM) :]
            if line.isspace() or not line:
                continue
            meter.lines += 1
            yield Source(file, number, line)


def reject_sources(path: Path, file: int, meter: Meter, refuse: Refuse) -> Iterator[Source]:
    """The lines inside a rejects file, as a person mended them."""
    for source in line_sources(path, file, meter, refuse, MAX_LINE * 2):
        raw = rejected_line(source.raw)
        if raw is None:
            refuse(source, Rejected(N_("This is not a row of a rejects file: {keys} is missing."), keys="text"))
        elif not raw.strip():
            meter.lines -= 1
        else:
            yield Source(file, source.number, raw)
