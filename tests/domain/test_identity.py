"""Ids sort by time and are the same on every desk; the clock never goes backwards."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advisor_tui.domain.clock import FrozenClock, from_ms, parse_when, to_ms
from advisor_tui.domain.identity import UUID_RE, Hlc, derived_uuid7, entity_id, uuid7

MS = st.integers(0, (1 << 48) - 1)
BITS = st.integers(0, (1 << 74) - 1)
STAMPS = st.builds(
    Hlc, st.integers(0, (1 << 48) - 1), st.integers(0, 0xFFFFFF), st.text("0123456789abcdef", min_size=8, max_size=8)
)


@given(MS, BITS)
def test_an_id_is_a_uuid_of_version_7_that_holds_its_milliseconds(ms: int, bits: int) -> None:
    text = uuid7(ms, bits)
    parsed = uuid.UUID(text)
    assert str(parsed) == text
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert parsed.int >> 80 == ms
    assert UUID_RE.match(text)


@given(MS, MS, BITS, BITS)
def test_ids_sort_by_time(first: int, second: int, one: int, two: int) -> None:
    if first < second:
        assert uuid7(first, one) < uuid7(second, two)


@given(MS, BITS, BITS)
def test_every_random_bit_counts(ms: int, one: int, two: int) -> None:
    assert (uuid7(ms, one) == uuid7(ms, two)) is (one == two)


@pytest.mark.parametrize("ms", [-5, 1 << 60])
def test_an_impossible_time_still_gives_an_id(ms: int) -> None:
    assert UUID_RE.match(uuid7(ms, 1))


def test_derived_ids_are_the_same_on_every_machine_for_ever() -> None:
    assert derived_uuid7(0, "customer", "F-204") == "00000000-0000-75d4-8d7b-52a180539d14"
    assert derived_uuid7(0, "customer", "F-204") == derived_uuid7(0, b"customer", b"F-204")


@given(st.lists(st.text(max_size=8), max_size=3), st.lists(st.text(max_size=8), max_size=3))
def test_derived_ids_differ_where_their_parts_do(one: list[str], two: list[str]) -> None:
    assert (derived_uuid7(7, *one) == derived_uuid7(7, *two)) is (one == two)


def test_an_entity_named_by_our_own_export_keeps_its_id() -> None:
    own = uuid7(1_795_000_000_000, 12345)
    assert entity_id("customer", own) == own
    assert entity_id("case", "42") != entity_id("customer", "42")
    assert entity_id("customer", own + "\n") != own + "\n"


@given(STAMPS, STAMPS)
def test_the_text_of_a_stamp_sorts_like_the_stamp(one: Hlc, two: Hlc) -> None:
    assert (str(one) < str(two)) is (one < two)
    assert Hlc.parse(str(one)) == one


@given(STAMPS, st.lists(st.integers(0, (1 << 48) - 1), max_size=20))
def test_a_clock_never_goes_backwards_whatever_the_machine_says(stamp: Hlc, times: list[int]) -> None:
    for now in times:
        after = stamp.next(now)
        assert after > stamp
        assert after.ms >= now
        assert after.device == stamp.device
        stamp = after


def test_a_stamp_does_not_run_ahead_of_the_machine_more_than_it_must() -> None:
    assert Hlc(1000, 4, "a").next(2000) == Hlc(2000, 0, "a")
    assert Hlc(1000, 4, "a").next(1000) == Hlc(1000, 5, "a")
    assert Hlc(1000, 4, "a").next(500) == Hlc(1000, 5, "a")


@given(st.integers(-62_135_500_000_000, 253_402_200_000_000))
@example(1_093_175_996_725)
@example(2_189_013_894_746)
def test_milliseconds_survive_the_way_to_a_calendar_and_back(ms: int) -> None:
    assert to_ms(from_ms(ms)) == ms


@pytest.mark.parametrize("ms", [-(10**18), 10**18])
def test_an_instant_beyond_the_calendar_is_shown_at_its_edge(ms: int) -> None:
    assert 1 <= from_ms(ms, timezone(timedelta(hours=14))).year <= 9999


def test_a_frozen_clock_stands_still_and_needs_an_offset() -> None:
    clock = FrozenClock(datetime(2026, 11, 21, 10, tzinfo=timezone(timedelta(hours=1))))
    assert clock.now() == clock.now() == datetime(2026, 11, 21, 9, tzinfo=UTC)
    with pytest.raises(ValueError, match="offset"):
        FrozenClock(datetime(2026, 11, 21, 10))


def test_a_date_stands_for_its_first_instant_in_the_civil_calendar() -> None:
    paris = timezone(timedelta(hours=1))
    assert parse_when("2026-11-21", paris) == (to_ms(datetime(2026, 11, 20, 23, tzinfo=UTC)), False)
    assert parse_when("2026-11-21T00:00+01:00") == (to_ms(datetime(2026, 11, 20, 23, tzinfo=UTC)), True)


@pytest.mark.parametrize("text", ["2026-11-21T14:00", "2026-13-01", "hier", "", "21/11/2026"])
def test_a_time_without_offset_or_no_time_at_all_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_when(text)
