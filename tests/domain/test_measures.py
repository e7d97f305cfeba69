"""Alerts and the team's figures: published values, and that they say what they say."""

from __future__ import annotations

import pytest

from advisor_tui.domain.listening import threshold
from advisor_tui.domain.measures import Share, wilson


@pytest.mark.parametrize(
    ("before", "alert"), [(0, 3), (1, 3), (2, 4), (4, 5), (8, 6), (16, 8), (40, 13), (80, 21)]
)  # fmt: skip
def test_an_alert_is_what_the_past_of_a_tag_does_not_explain(before: int, alert: int) -> None:
    assert threshold(before, 8, 0.005, 3) == alert


def test_a_longer_past_and_a_smaller_tail_ask_for_more() -> None:
    assert threshold(16, 8, 0.0005, 3) > threshold(16, 8, 0.005, 3)
    assert threshold(16, 16, 0.005, 3) < threshold(16, 8, 0.005, 3)
    assert threshold(1_000_000, 8, 0.005, 3) > 1_000_000 / 8


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"), [(8, 10, 49.0, 94.3), (24, 30, 62.7, 90.5), (80, 100, 71.1, 86.7), (0, 0, 0, 100)]
)  # fmt: skip
def test_between_which_shares_the_true_one_lies(part: int, whole: int, low: float, high: float) -> None:
    assert [round(100 * bound, 1) for bound in wilson(part, whole)] == [low, high]


def test_nine_answers_are_too_few_for_a_score() -> None:
    assert (Share(9, 9).masked, Share(9, 10).masked) == (True, False)
    assert Share(1, 2) + Share(3, 4) == (4, 6)
