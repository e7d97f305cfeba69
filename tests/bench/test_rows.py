"""A row says what was measured against what, and by how much an aim is missed."""

from __future__ import annotations

import json

import pytest

from advisor_tui.cli.bench.report import machine, table
from advisor_tui.cli.bench.rows import Row, median, percentile


@pytest.mark.parametrize(
    ("row", "figure", "verdict"),
    [
        (Row("a", "b", "ms", 13.0, "hello", 10.0, 1.3), 1.3, "PASS"),
        (Row("a", "b", "ms", 26.0, "hello", 10.0, 1.3), 2.6, "over by 100 %"),
        (Row("a", "b", "ms", 40.0, limit=50.0), 40.0, "PASS"),
        (Row("a", "b", "/s", 350.0, "bare", 1000.0, 0.7, at_least=True), 0.35, "over by 100 %"),
        (Row("a", "b", "/s", 900.0, "bare", 1000.0, 0.7, at_least=True), 0.9, "PASS"),
        (Row("a", "b", "ms", 5.0, "bare", 10.0), 0.5, "-"),
        (Row("a", "b", "", note="why"), None, "skipped"),
    ],
)
def test_a_figure_is_held_against_its_aim(row: Row, figure: float | None, verdict: str) -> None:
    assert row.figure == figure
    assert row.verdict == verdict
    json.dumps(row.as_dict())


def test_percentiles_lie_between_the_values() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == median([1.0, 2.0, 3.0]) == 2.0
    assert percentile([1.0, 2.0], 0.95) == pytest.approx(1.95)
    assert percentile([4.0], 0.95) == 4.0


def test_the_table_has_a_line_for_each_row_and_says_why_one_is_missing() -> None:
    rows = [Row("search", "search", "ms", 2.0, "naive", 800.0, 1 / 40), Row("start", "start", "", note="Needs more.")]
    text = table(rows, machine())
    assert "1/400" in text
    assert "<= 1/40" in text
    assert "start: Needs more." in text
    assert len(text.splitlines()) == 2 + 1 + len(rows) + 2
