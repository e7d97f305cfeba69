"""What became of an import: file by file and in all, for a person and for a machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.gateways.report import Report
from advisor_tui.language import N_

ALL_IN, UNREAD, SOME_REJECTED = 0, 1, 3


@dataclass
class FileOutcome:
    """One file of the run."""

    path: Path
    kind: str
    report: Report = field(default_factory=Report)
    lines: int = 0
    error: AdvisorError | None = None
    """Why nothing, or no more, could be read from it."""
    rejects: Path | None = None
    """Where its rejected lines are kept."""

    def note(self, translate: Callable[[str], str] = str) -> str:
        """The sentence that goes with the file where there is something to say."""
        if self.error is not None:
            return self.error.text(translate)
        if not self.lines:
            return translate(N_("{path} holds no lines.")).format(path=self.path)
        return ""

    def to_dict(self, translate: Callable[[str], str] = str) -> dict[str, object]:
        return {
            "file": str(self.path), "kind": self.kind, "lines": self.lines, **self.report.as_dict(),
            "error": self.error.text(translate) if self.error else None,
            "rejects": str(self.rejects) if self.rejects else None,
        }  # fmt: skip


@dataclass
class Outcome:
    """The whole run."""

    files: list[FileOutcome] = field(default_factory=list)

    @property
    def report(self) -> Report:
        total = Report()
        for file in self.files:
            total.add(file.report)
        return total

    @property
    def lines(self) -> int:
        return sum(file.lines for file in self.files)

    @property
    def status(self) -> int:
        """The exit status: 0 all in, 1 nothing could be read, 3 something was left out."""
        failed = [file for file in self.files if file.error is not None]
        if failed and len(failed) == len(self.files):
            return UNREAD
        return SOME_REJECTED if failed or self.report.total("rejected") else ALL_IN

    def to_dict(self, translate: Callable[[str], str] = str) -> dict[str, object]:
        files = [file.to_dict(translate) for file in self.files]
        return {"status": self.status, "lines": self.lines, **self.report.as_dict(), "files": files}
