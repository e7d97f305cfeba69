"""The table of a run, and the machine that it ran on."""

from __future__ import annotations

import os
import platform
import sqlite3
from importlib.metadata import version

from advisor_tui import __version__
from advisor_tui.cli.bench.rows import Row
from advisor_tui.language import _

HEAD = ("bench", "what", "ours", "reference", "against", "figure", "aim", "verdict")


def machine() -> dict[str, str | int | float]:
    """What the figures depend on; `load` is how many programs wanted a processor when the run began."""
    return {
        "advisor": __version__, "python": platform.python_version(), "sqlite": sqlite3.sqlite_version,
        "textual": version("textual"), "processors": os.cpu_count() or 1, "system": platform.system(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else "?",
    }  # fmt: skip


def table(rows: list[Row], facts: dict[str, str | int | float]) -> str:
    """The rows in columns, the machine above them, reasons below."""
    cells = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    lines = ["  ".join(f"{name} {value}" for name, value in facts.items()), ""]
    for line in cells:
        shown = [
            text.rjust(width) if 2 <= place <= 3 else text.ljust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        lines.append("  ".join(shown).rstrip())
    notes = [f"{row.what}: {_(row.note)}" for row in rows if row.note]
    return "\n".join([*lines, *(["", *notes] if notes else [])])


def _cells(row: Row) -> tuple[str, ...]:
    figure = row.figure
    shown = "" if figure is None or not row.against else _ratio(figure)
    aim = "" if not row.limit else f"{'>=' if row.at_least else '<='} " + (
        _ratio(row.limit) if row.against else _number(row.limit, row.unit)
    )  # fmt: skip
    return (
        row.bench, row.what, _number(row.ours, row.unit), _number(row.reference, row.unit), row.against, shown, aim, row.verdict,
    )  # fmt: skip


def _ratio(value: float) -> str:
    return f"1/{1 / value:.0f}" if 0 < value < 0.1 else f"{value:.2f}x"


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    return (f"{value:,.0f}" if value >= 1000 else f"{value:.3g}") + (
        f" {unit}" if unit and not unit.startswith("/") else unit
    )
