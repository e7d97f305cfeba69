"""One import run: files and folders of any kind in, an outcome by file out.

Import lines go in first, tables next (customers before what hangs on them), mail last: mail and
tables find customers by their addresses and numbers, so these must be there already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from advisor_tui.gateways.attachments import Attachments
from advisor_tui.gateways.csv_reader import CsvFile
from advisor_tui.gateways.directory import Directory
from advisor_tui.gateways.formats import Input, Unreadable, inputs, unreadable
from advisor_tui.gateways.importer import Defaults, Importer, Source
from advisor_tui.gateways.line_files import Meter, line_sources, reject_sources
from advisor_tui.gateways.line_reader import Rejected
from advisor_tui.gateways.mail_reader import MailReader
from advisor_tui.gateways.outcome import FileOutcome, Outcome
from advisor_tui.gateways.rejects import Rejects
from advisor_tui.language import N_, _
from advisor_tui.store.journal import Journal
from advisor_tui.store.workspace import Workspace

Progress = Callable[[int, int, int], None]
"""Called with (bytes done, bytes in all, lines done)."""
NEXT_STEP = N_("Take this up again")


@dataclass(frozen=True)
class Options:
    """How tables and mail are to be understood."""

    mapping: Mapping[str, str] = field(default_factory=dict)
    csv_type: str | None = None
    own: frozenset[str] = frozenset()


def import_paths(
    journal: Journal,
    workspace: Workspace,
    paths: Iterable[Path],
    *,
    mapping: Mapping[str, str] | None = None,
    csv_type: str | None = None,
    own: Iterable[str] = (),
    progress: Progress | None = None,
    translate: Callable[[str], str] = _,
) -> Outcome:
    """Bring in everything at `paths`.

    `mapping` names the field of a table's column, `csv_type` the type of its rows; `own` are our own
    mail addresses and domains. Raises AdvisorError only where the workspace itself fails.
    """
    options = Options(mapping or {}, csv_type, frozenset(name.casefold().lstrip("@") for name in own))
    run = _Run(journal, workspace, options, progress, translate)
    try:
        return run.all(paths)
    finally:
        run.close()


class _Run:
    def __init__(
        self, journal: Journal, workspace: Workspace, options: Options, progress: Progress | None,
        translate: Callable[[str], str],
    ) -> None:  # fmt: skip
        settings = workspace.settings
        defaults = Defaults(settings.team or settings.name or "—", translate(NEXT_STEP))
        self.journal = journal
        self.home = workspace.home
        self.options = options
        self.translate = translate
        self.importer = Importer(journal, defaults, self._reject)
        self.directory = Directory(journal)
        self.meter = Meter()
        self.outcome = Outcome()
        self._inputs: list[Input | None] = []
        self._rejects: dict[int, Rejects] = {}
        self._writing: Rejects | None = None
        self._progress = progress
        self._total = 0

    def all(self, paths: Iterable[Path]) -> Outcome:
        self._list(paths)
        self._take(self._sources("lines", "rejects"))
        for number, table in self._tables():
            self._take(self._guarded(number, table.sources(number, self.meter, self._refuse(number), self.directory)))
        mails = [
            (number, item)
            for number, item in enumerate(self._inputs)
            if item and item.kind in ("eml", "mbox", "maildir")
        ]
        if mails:
            self._mail(mails)
        self.importer.finish(self._tick)
        if mails:
            self.mail.link(self.importer.defaults.actor)
        for number, file in enumerate(self.outcome.files):
            file.report = self.importer.reports.get(number, file.report)
        if self._progress is not None:
            self._progress(self._total, self._total, self.meter.lines)
        return self.outcome

    def close(self) -> None:
        """Put the rejects in place; where there are none, those of an earlier run go."""
        for number, rejects in self._rejects.items():
            self.outcome.files[number].rejects = rejects.close()

    def _list(self, paths: Iterable[Path]) -> None:
        seen: set[Path] = set()
        for path in paths:
            for found in inputs(path):
                if isinstance(found, Unreadable):
                    self._inputs.append(None)
                    self.outcome.files.append(FileOutcome(path, "?", error=found))
                elif found.path.resolve() not in seen:
                    seen.add(found.path.resolve())
                    number = len(self._inputs)
                    self._inputs.append(found)
                    self.outcome.files.append(FileOutcome(found.path, found.kind))
                    self._rejects[number] = Rejects(found.path, self.home, self.translate)
                    self._total += found.size

    def _take(self, sources: Iterator[Source]) -> None:
        self.importer.take(sources, self._tick)

    def _tick(self, lines: int, size: int) -> None:
        if self._progress is not None:
            self._progress(min(self.meter.bytes, self._total), self._total, self.meter.lines)

    def _sources(self, *kinds: str) -> Iterator[Source]:
        """The lines of all files of these kinds, one file after another."""
        for number, item in enumerate(self._inputs):
            if item is not None and item.kind in kinds:
                read = reject_sources if item.kind == "rejects" else line_sources
                yield from self._guarded(number, read(item.path, number, self.meter, self._refuse(number)))

    def _guarded(self, number: int, sources: Iterator[Source]) -> Iterator[Source]:
        """`sources` counted; a file that fails says so in its outcome and the run goes on."""
        file = self.outcome.files[number]
        before = self.meter.lines
        try:
            yield from sources
        except Unreadable as error:
            file.error = error
        except OSError as error:
            file.error = unreadable(file.path, error)
        finally:
            file.lines += self.meter.lines - before

    def _tables(self) -> list[tuple[int, CsvFile]]:
        """The tables that can be understood, customers first."""
        tables = []
        for number, item in enumerate(self._inputs):
            if item is None or item.kind != "csv":
                continue
            try:
                table = CsvFile(item.path, self.options.mapping, self.options.csv_type, self.journal.clock.zone)
            except Unreadable as error:
                self.outcome.files[number].error = error
            except OSError as error:
                self.outcome.files[number].error = unreadable(item.path, error)
            else:
                tables.append((number, table))
        return sorted(tables, key=lambda pair: pair[1].rank)

    def _mail(self, mails: list[tuple[int, Input]]) -> None:
        today = self.journal.clock.now()
        keep = Attachments(self.home / "attachments")
        self.mail = MailReader(self.directory, keep, self.options.own, today, self.translate)
        readable = []
        for number, item in mails:
            try:
                self.mail.scan(number, item)
                readable.append(number)
            except OSError as error:
                self.outcome.files[number].error = unreadable(item.path, error)
        self.mail.plan()
        sources = (
            source
            for number in readable
            for source in self._guarded(number, self.mail.sources(number, self.meter, self._refuse(number)))
        )
        self._take(sources)

    def _refuse(self, number: int) -> Callable[[Source, Rejected], None]:
        return lambda source, error: self.importer.refuse(source, error)

    def _reject(self, source: Source, error: Rejected) -> None:
        rejects = self._rejects[source.file]
        if self._writing is not rejects:
            if self._writing is not None:
                self._writing.pause()
            self._writing = rejects
        rejects.add(source.number, source.raw, error)
