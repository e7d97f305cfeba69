"""What a benchmark says: one figure of ours, its reference from the same run, and the aim between them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from advisor_tui.language import N_

NO_TERMINAL = N_("Needs Linux: it watches a program on a terminal of its own and reads /proc.")


def why_no_terminal() -> str:
    """Why programs cannot be watched on a terminal here, or nothing."""
    return "" if sys.platform == "linux" and Path("/proc/self/stat").exists() else NO_TERMINAL


@dataclass
class Row:
    """One line of the table. `limit` is a ratio to the reference, or the figure itself where there is none."""

    bench: str
    what: str
    unit: str
    ours: float | None = None
    against: str = ""
    reference: float | None = None
    limit: float | None = None
    at_least: bool = False
    """Whether more is better."""
    note: str = ""
    details: dict[str, float | int | str] = field(default_factory=dict)

    @property
    def figure(self) -> float | None:
        """What is held against the limit: the ratio, or our figure alone."""
        if self.ours is None or not self.against:
            return self.ours
        return self.ours / self.reference if self.reference else None

    @property
    def over(self) -> float | None:
        """By which share the aim is missed; 0 when it is met, None when there is no aim or figure."""
        if self.figure is None or not self.limit:
            return None
        missed = self.limit / self.figure - 1 if self.at_least and self.figure else self.figure / self.limit - 1
        return max(0.0, missed)

    @property
    def verdict(self) -> str:
        """PASS, by how much it is over, or that nothing was measured."""
        if self.ours is None:
            return "skipped"
        if self.over is None:
            return "-"
        return "PASS" if self.over == 0 else f"over by {max(1, round(self.over * 100))} %"

    def as_dict(self) -> dict[str, object]:
        """For a machine, with what follows from the figures."""
        return {**asdict(self), "figure": self.figure, "over": self.over, "verdict": self.verdict}


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of `values` lie, between the two nearest."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def median(values: Sequence[float]) -> float:
    """The middle of `values`."""
    return percentile(values, 0.5)
