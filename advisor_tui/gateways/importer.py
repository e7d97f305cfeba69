"""Import lines into the journal: batch by batch, each one transaction; nothing lost, nothing twice.

Lines come in any order. What refers to something not seen yet waits in a pool and is tried again
at the end; what still refers to nothing is rejected with its line number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec
from sqlalchemy.exc import IntegrityError

from advisor_tui.domain.errors import StoreError
from advisor_tui.gateways.line_reader import Line, Rejected, read_line
from advisor_tui.gateways.merging import merge
from advisor_tui.gateways.pool import Pool
from advisor_tui.gateways.references import Lacking
from advisor_tui.gateways.report import Report
from advisor_tui.gateways.step import Defaults, Seen, Step
from advisor_tui.language import N_
from advisor_tui.store.journal import Journal

BATCH = 4000
BATCH_BYTES = 16_000_000


class Source(NamedTuple):
    """Where a line came from: the file's number in the run, its line number, its bytes."""

    file: int
    number: int
    raw: bytes


class Importer:
    """Takes lines into one journal; `reports` counts what became of them, by file."""

    def __init__(self, journal: Journal, defaults: Defaults, reject: Callable[[Source, Rejected], None]) -> None:
        self.journal = journal
        self.defaults = defaults
        self.reports: dict[int, Report] = {}
        self._reject = reject
        self._pool = Pool()
        self._seen = Seen(set(), {})
        self._merges: list[tuple[str, str]] = []

    @property
    def report(self) -> Report:
        """The whole run."""
        total = Report()
        for report in self.reports.values():
            total.add(report)
        return total

    def take(self, sources: Iterable[Source], progress: Callable[[int, int], None] | None = None) -> None:
        """Import `sources`; what refers to nothing yet waits for `finish`."""
        for batch in _batches(sources):
            self._batch(batch)
            if progress is not None:
                progress(len(batch), sum(len(source.raw) for source in batch))

    def finish(self, progress: Callable[[int, int], None] | None = None) -> Report:
        """Try what waits until nothing more finds its place; reject the rest."""
        while self._pool.size:
            waiting, self._pool = self._pool, Pool()
            before = waiting.size
            for batch in _batches(Source(*row) for row in waiting.rows()):
                self._batch(batch)
                if progress is not None:
                    progress(0, 0)
            if self._pool.size == before:
                for row in self._pool.rows():
                    self._refuse_reference(Source(*row))
                self._pool = Pool()
        if self._merges:
            merge(self.journal, self._merges, self.defaults.actor)
            self._merges = []
        return self.report

    def refuse(self, source: Source, error: Rejected, kind: str = "?") -> None:
        """Count the line as rejected and hand it to whoever keeps rejects."""
        self._report(source.file).count(kind, "rejected")
        self._reject(source, error)

    def _report(self, file: int) -> Report:
        report = self.reports.get(file)
        if report is None:
            report = self.reports[file] = Report()
        return report

    def _refuse_reference(self, source: Source) -> None:
        line = read_line(source.raw, self.journal.now_ms(), self.journal.clock.zone)
        raw = msgspec.json.decode(source.raw)
        lacks = self._lacking(line) if line.names else None
        if lacks is not None:
            error = Rejected(N_("{field} refers to nothing: {value}"), field=lacks.field, value=lacks.value[:80])
            self.refuse(source, error, line.kind)
            return
        field = "case" if line.case and (not line.customer or line.customer in self._seen.customers) else "customer"
        error = Rejected(N_("{field} refers to nothing: {value}"), field=field, value=str(raw.get(field))[:80])
        self.refuse(source, error, line.kind)

    def _lacking(self, line: Line) -> Lacking | None:
        """What a line names besides its customer and case that is not there."""
        with self.journal.transaction() as unit:
            step = Step(unit, self.defaults, self._seen, [line], careful=False)
            step.take(line)
            return step.lacks

    def _batch(self, batch: list[Source]) -> None:
        now, zone = self.journal.now_ms(), self.journal.clock.zone
        lines: list[tuple[Source, Line]] = []
        for source in batch:
            try:
                lines.append((source, read_line(source.raw, now, zone)))
            except Rejected as error:
                self.refuse(source, error)
        lines.sort(key=lambda pair: pair[1].type.rank)
        try:
            self._record(lines, careful=False)
        except StoreError as failure:
            if not isinstance(failure.__cause__, IntegrityError):
                raise
            self._record(lines, careful=True)  # something of this batch was recorded once and undone

    def _record(self, lines: list[tuple[Source, Line]], careful: bool) -> None:
        """One batch, one transaction; it is counted only when it is on disk."""
        counts: dict[int, Report] = {}
        waiting: list[Source] = []
        refused: list[tuple[Source, Rejected, str]] = []
        merges: list[tuple[str, str]] = []
        with self.journal.transaction() as unit:
            step = Step(unit, self.defaults, self._seen, [line for _, line in lines], careful)
            for source, line in lines:
                try:
                    outcome = step.take(line)
                except Rejected as error:
                    refused.append((source, error, line.kind))
                    continue
                if outcome is None:
                    waiting.append(source)
                    continue
                report = counts.get(source.file)
                if report is None:
                    report = counts[source.file] = Report()
                report.count(line.kind, outcome)
                if line.merged_into:
                    merges.append((line.id, line.merged_into))
        for file, report in counts.items():
            self._report(file).add(report)
        self._seen.add(step.new)
        self._merges += merges
        for source in waiting:
            self._pool.add(source)
        for source, reason, kind in refused:
            self.refuse(source, reason, kind)


def _batches(sources: Iterable[Source]) -> Iterator[list[Source]]:
    batch: list[Source] = []
    weight = 0
    for source in sources:
        batch.append(source)
        weight += len(source.raw)
        if len(batch) >= BATCH or weight > BATCH_BYTES:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


__all__ = ["BATCH", "Defaults", "Importer", "Source"]
