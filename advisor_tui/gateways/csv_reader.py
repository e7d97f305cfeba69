"""Tables to import lines: headings in French or English, or named by a mapping; Excel's own dialect included."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from datetime import tzinfo
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from advisor_tui.gateways import csv_columns as c
from advisor_tui.gateways.csv_rows import Row
from advisor_tui.gateways.csv_text import LINE, Tape, encoding_of, separator_of
from advisor_tui.gateways.directory import Directory
from advisor_tui.gateways.formats import Unreadable
from advisor_tui.gateways.importer import Source
from advisor_tui.gateways.line_files import Meter
from advisor_tui.gateways.line_reader import Rejected
from advisor_tui.gateways.line_types import TYPES
from advisor_tui.language import N_

CHUNK = 400
_TABLE = {"contact": "entry", "case": "case_view", "holding": "holding_view"}
_encode = msgspec.json.Encoder().encode


class CsvFile:
    """A table whose columns are understood; raises Unreadable where they are not."""

    def __init__(self, path: Path, mapping: Mapping[str, str], csv_type: str | None, zone: tzinfo) -> None:
        self.path = path
        self.zone = zone
        self.encoding = encoding_of(path)
        csv.field_size_limit(LINE)
        tape = Tape(path, self.encoding)
        try:
            lines = list(islice(tape, 20))
        finally:
            tape.close()
        self.empty = not any(line.strip() for line in lines)
        self.separator = separator_of(lines, lambda row: len(c.fields_of(row, mapping)))
        marked = bool(lines) and lines[0].strip().lower() == f"sep={self.separator}"
        self.skip = 1 if marked else 0
        self.headings = self._headings(lines[self.skip :])
        self.fields = c.fields_of(self.headings, mapping)
        self.type = c.word("type", csv_type) if csv_type else None
        self._check(mapping)

    def _headings(self, lines: list[str]) -> list[str]:
        try:
            return next((row for row in csv.reader(lines, delimiter=self.separator) if any(row)), [])
        except csv.Error:
            raise Unreadable(
                N_("{path}: the headings cannot be read. A quotation mark may not be closed."), path=str(self.path)
            ) from None

    def _check(self, mapping: Mapping[str, str]) -> None:
        strange = sorted(set(mapping.values()) - set(c.FIELDS))
        if strange:
            raise Unreadable(
                N_("The fields {fields} are not known. Known fields: {known}."),
                fields=", ".join(strange), known=", ".join(c.FIELDS),
            )  # fmt: skip
        named = set(self.fields.values())
        if self.type is None and "type" not in named:
            self.type = c.guess_type(named)
        if self.type == "customer" and "id" not in named:
            for index, field in self.fields.items():
                if field == "customer":  # their number, or their name where nothing else says it
                    person = c.heading(self.headings[index]) in ("client", "customer") and "name" not in named
                    self.fields[index] = "name" if person else "id"
        usable = self.type in ("customer", *_TABLE) or (self.type is None and "type" in named)
        if not self.empty and (not named or not usable):
            raise Unreadable(
                N_("{path}: these columns say nothing that can be imported: {columns}. Known fields: {known}."),
                path=str(self.path), columns=", ".join(text.strip()[:40] for text in self.headings[:30]),
                known=", ".join(c.FIELDS),
            )  # fmt: skip

    @property
    def rank(self) -> int:
        """Customers come in before what hangs on them."""
        return 1 if self.type is None else TYPES[self.type].rank

    def sources(
        self, file: int, meter: Meter, refuse: Callable[[Source, Rejected], None], directory: Directory
    ) -> Iterator[Source]:
        """The rows as import lines; a row that makes no sense is refused as it came."""
        placing = _Placing(directory)
        rows = self._rows(file, meter, refuse)
        while chunk := list(islice(rows, CHUNK)):
            for number, line in placing.lines(chunk):
                yield Source(file, number, _encode(line))

    def _rows(self, file: int, meter: Meter, refuse: Callable[[Source, Rejected], None]) -> Iterator[tuple[int, Row]]:
        tape = Tape(self.path, self.encoding)
        try:
            for _ in islice(tape, self.skip):
                tape.taken.clear()
            reader = csv.reader(tape, delimiter=self.separator)
            headings = False
            while True:
                number = tape.number + 1
                tape.taken.clear()
                wrong: Rejected | None = None
                cells: list[str] = []
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    wrong = Rejected(N_("This row cannot be read: {reason}"), reason=str(error), cut=1)
                meter.bytes += sum(map(len, tape.taken))
                if wrong is None and not any(cell.strip() for cell in cells):
                    continue
                if not headings:
                    headings = True
                    continue
                meter.lines += 1
                try:
                    if wrong is not None:
                        raise wrong
                    yield number, self._row(cells)
                except Rejected as error:
                    refuse(Source(file, number, tape.raw()), error)
        finally:
            tape.close()

    def _row(self, cells: list[str]) -> Row:
        width = len(self.headings)
        if len(cells) < width or any(cell.strip() for cell in cells[width:]):
            raise Rejected(N_("The row has {found} columns instead of {wanted}."), found=len(cells), wanted=width)
        if any("\ud800" <= char <= "\udfff" for cell in cells if not cell.isascii() for char in cell):
            raise Rejected(N_("The row is not {encoding} like the rest of the file."), encoding=self.encoding)
        named, extra = {}, {}
        for index, heading in enumerate(self.headings):
            text = cells[index].strip()
            if index in self.fields:
                named[self.fields[index]] = text
            elif text:
                extra[heading.strip() or f"column {index + 1}"] = text
        return Row(c.word("type", named.get("type", "")) or self.type or "", named, extra, self.zone)


class _Placing:
    """Finds the customers of rows that only give an address or a number."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.made: set[str] = set()

    def lines(self, chunk: list[tuple[int, Row]]) -> Iterator[tuple[int, dict[str, Any]]]:
        unplaced = [row for _, row in chunk if row.unplaced]
        known: dict[str, str] = {}
        for kind in {row.kind for row in unplaced}:
            known |= self.directory.owners(_TABLE[kind], (row.id for row in unplaced if row.kind == kind))
        found = self.directory.customers(key for row in unplaced for key in row.keys)
        for number, row in chunk:
            if row.unplaced:
                owner = known.get(row.id) or next((found[key] for key in row.keys if key in found), None)
                if owner is None:
                    made = row.new_customer()
                    owner = made["id"]
                    if owner not in self.made:
                        self.made.add(owner)
                        yield number, made
                row.line["customer"] = owner
            yield number, row.line
