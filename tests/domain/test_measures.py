"""Alerts and the team's figures: published values, and that they say what they say."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_tui.domain.listening import threshold
from advisor_tui.domain.measures import Came, Share, Window, easy, repeated, wilson


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
    assert easy([7] * 9, 5).masked


def test_easy_is_five_and_above_as_the_rule_says() -> None:
    assert easy([1, 4, 5, 6, 7], 5) == (3, 5)
    assert easy([1, 4, 5, 6, 7], 6) == (2, 5)
    assert easy([], 5) == (0, 0)


def test_what_opens_a_case_is_no_repetition() -> None:
    assert repeated([Came(True, True), Came(False, True), Came(False, False)]) == (1, 2)
    assert repeated([]) == (0, 0)


@given(st.integers(0, 400), st.integers(0, 400))
def test_the_interval_holds_the_share_and_narrows_with_answers(part: int, more: int) -> None:
    whole = part + more
    low, high = wilson(part, whole)
    assert 0 <= low <= high <= 1
    if whole:
        assert low <= part / whole <= high
        wider = wilson(part * 4, whole * 4)
        assert wider[1] - wider[0] < high - low


def test_a_window_is_civil_days_in_a_zone() -> None:
    window = Window(date(2026, 10, 25), date(2026, 11, 21), ZoneInfo("Europe/Paris"))
    for text, inside in (
        ("2026-10-24T23:59:59+02:00", False),
        ("2026-10-25T00:00:01+02:00", True),
        ("2026-10-25T23:30:00+01:00", True),  # a day of 25 hours
        ("2026-11-21T23:59:59+01:00", True),
        ("2026-11-22T00:00:01+01:00", False),
        ("2026-10-25T00:00:00+00:00", True),  # a date alone
    ):
        assert window.has(int(datetime.fromisoformat(text).timestamp() * 1000)) is inside, text
