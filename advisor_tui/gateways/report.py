"""What became of the lines of an import, by type."""

from __future__ import annotations

OUTCOMES = ("added", "unchanged", "corrected", "rejected")


class Report:
    """Counts by line type and outcome."""

    def __init__(self) -> None:
        self.types: dict[str, dict[str, int]] = {}

    def count(self, kind: str, outcome: str, number: int = 1) -> None:
        row = self.types.get(kind)
        if row is None:
            row = self.types[kind] = dict.fromkeys(OUTCOMES, 0)
        row[outcome] += number

    def add(self, other: Report) -> None:
        for kind, row in other.types.items():
            for outcome, number in row.items():
                self.count(kind, outcome, number)

    def total(self, outcome: str) -> int:
        return sum(row[outcome] for row in self.types.values())

    def as_dict(self) -> dict[str, object]:
        totals = {outcome: self.total(outcome) for outcome in OUTCOMES}
        return {"total": totals, "types": {kind: dict(row) for kind, row in sorted(self.types.items())}}
