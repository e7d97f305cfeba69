"""Real workspaces on SQLite in a temporary folder, with a clock that stands still."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from advisor_tui.domain.clock import FrozenClock
from advisor_tui.gateways.exporter import export_lines
from advisor_tui.gateways.outcome import Outcome
from advisor_tui.gateways.run import import_paths
from advisor_tui.store.journal import Journal
from advisor_tui.store.workspace import Settings, Workspace

NOW = datetime.fromisoformat("2026-11-21T12:00:00+01:00")
REAL = Path(__file__).parents[2].parent / "shared" / "data"


class Home:
    """A workspace with its journal, as the command line opens it."""

    def __init__(self, folder: Path, now: datetime = NOW) -> None:
        self.folder = folder
        self.workspace = Workspace(folder)
        self.workspace.save(Settings(name="Ada Verne", team="North team"))
        self.journal = Journal(self.workspace.database, FrozenClock(now, ZoneInfo("Europe/Paris")))

    def take(self, *paths: Path, **options: Any) -> Outcome:
        return import_paths(self.journal, self.workspace, paths, **options)

    def lines(self, *lines: dict[str, Any], name: str = "in.jsonl") -> Outcome:
        """Import these lines from a file beside the home."""
        return self.take(write(self.folder.parent / f"{self.folder.name}-{name}", *lines))

    def export(self, customer: str | None = None) -> bytes:
        return b"".join(export_lines(self.journal, customer))

    def exported(self, kind: str | None = None) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.export().splitlines()]
        return [line for line in found if kind is None or line["type"] == kind]


def write(path: Path, *lines: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def totals(outcome: Outcome) -> tuple[int, int, int, int]:
    """(added, unchanged, corrected, rejected)."""
    report = outcome.report
    return report.total("added"), report.total("unchanged"), report.total("corrected"), report.total("rejected")


def rejects(outcome: Outcome, file: int = 0) -> list[dict[str, Any]]:
    path = outcome.files[file].rejects
    return [] if path is None else [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def customer(id_: str = "c1", **fields: Any) -> dict[str, Any]:
    return {"v": 1, "type": "customer", "id": id_, "name": f"Customer {id_}", **fields}


def case(id_: str = "k1", customer: str = "c1", **fields: Any) -> dict[str, Any]:
    return {
        "v": 1, "type": "case", "id": id_, "customer": customer, "kind": "request", "subject": "A matter",
        "opened_at": "2026-11-02T09:00:00+01:00", **fields,
    }  # fmt: skip


def contact(id_: str = "t1", customer: str = "c1", **fields: Any) -> dict[str, Any]:
    return {
        "v": 1, "type": "contact", "id": id_, "customer": customer, "channel": "phone", "direction": "inbound",
        "at": "2026-11-03T10:00:00+01:00", **fields,
    }  # fmt: skip


def resolution(id_: str = "r1", case: str = "k1", **fields: Any) -> dict[str, Any]:
    return {
        "v": 1, "type": "resolution", "id": id_, "case": case, "at": "2026-11-04T10:00:00+01:00", "text": "Done.", **fields,
    }  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Callable[..., Home]]:
    """Opens workspaces by name; all are closed at the end."""
    opened: list[Home] = []

    def open_(name: str = "home") -> Home:
        opened.append(Home(tmp_path / name))
        return opened[-1]

    yield open_
    for one in opened:
        one.journal.close()


@pytest.fixture
def real() -> Path:
    if not REAL.is_dir():
        pytest.skip("the data beside the project is not here")
    return REAL
