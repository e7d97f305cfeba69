"""The synthetic customers: the same every time, in the proportions of a desk, nothing refused, nobody real."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from advisor_tui.domain.clock import FrozenClock, parse_when
from advisor_tui.gateways.line_types import TYPES
from advisor_tui.gateways.seed import CLOCK, LONG, TWO_HUNDRED, life_lengths, seed, seed_lines
from advisor_tui.gateways.seed_words import PHONES, sentences
from advisor_tui.store.journal import Journal
from advisor_tui.store.reads.connection import open_reads

ENTRIES = ("case", "contact", "resolution", "note", "commitment", "gesture", "survey")


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    return [msgspec.json.decode(raw) for raw in seed_lines(1500, 36_000, seed=3)]


def of(lines: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["type"] == kind]


def test_same_numbers_give_the_same_bytes_and_another_seed_gives_others() -> None:
    first = list(seed_lines(30, 400, seed=5))
    assert first == list(seed_lines(30, 400, seed=5))
    assert first != list(seed_lines(30, 400, seed=6))


def test_every_life_adds_up_to_what_was_asked(lines: list[dict[str, Any]]) -> None:
    assert len(of(lines, "customer")) == 1500
    assert sum(line["type"] in ENTRIES for line in lines) == 36_000
    per = Counter(line["customer"] for line in lines if line["type"] in ENTRIES)
    assert per[LONG] == 10_000
    assert per[TWO_HUNDRED] == 200


@pytest.mark.parametrize(("customers", "entries"), [(1, 1), (1, 50), (2, 10), (5, 3), (10, 100), (50, 5000)])
def test_small_and_odd_sizes_are_kept_exactly(customers: int, entries: int) -> None:
    lengths = life_lengths(customers, entries, Random(1))
    assert len(lengths) == customers
    assert sum(lengths) == entries
    assert min(lengths) >= 0


def test_lives_are_of_very_different_length() -> None:
    lengths = sorted(life_lengths(50_000, 1_000_000, Random(1)))
    assert 8 <= lengths[25_000] <= 12
    assert 150 <= sum(length >= 200 for length in lengths) <= 600
    assert lengths[-1] == 10_000 > lengths[-2]


DAILY = {
    "customer", "offer", "holding", "case", "contact", "resolution", "commitment", "gesture", "survey", "note",
}  # fmt: skip
"""What the corpus is measured with; its numbers stay comparable over the versions."""


def test_ids_are_used_once_and_every_daily_type_of_line_appears(lines: list[dict[str, Any]]) -> None:
    assert len({line["id"] for line in lines}) == len(lines)
    assert {line["type"] for line in lines} == DAILY <= set(TYPES)


def test_few_cases_are_open_and_each_of_them_has_an_owner_a_step_and_a_date(lines: list[dict[str, Any]]) -> None:
    cases = of(lines, "case")
    active = [case for case in cases if case["state"] != "closed"]
    assert 0.03 <= len(active) / len(cases) <= 0.05
    assert all(case["owner"] and case["next_step"] and case["next_on"] for case in active)


def test_few_inbound_contacts_wait_and_all_ten_channels_are_used(lines: list[dict[str, Any]]) -> None:
    contacts = of(lines, "contact")
    inbound = [contact for contact in contacts if contact["direction"] == "inbound"]
    assert 0.003 <= sum(not contact["answered"] for contact in inbound) / len(inbound) <= 0.006
    assert len({contact["channel"] for contact in contacts}) == 10
    assert all(60 <= len(contact["body"]) <= 600 for contact in contacts)


def test_most_promises_were_kept(lines: list[dict[str, Any]]) -> None:
    states = Counter(line["state"] for line in of(lines, "commitment"))
    assert states["kept"] > 0.75 * states.total()
    assert set(states) == {"kept", "released", "broken", "made"}


def test_words_have_common_and_rare_ones(lines: list[dict[str, Any]]) -> None:
    texts = [set(re.findall(r"\w+", line["body"].casefold())) for line in of(lines, "contact")]
    seen = Counter(word for text in texts for word in text)
    ordered = seen.most_common()
    assert ordered[0][1] > len(texts) * 0.3
    assert sum(count == 1 for _, count in ordered) > 100


def test_nothing_happens_after_the_clock(lines: list[dict[str, Any]]) -> None:
    now = parse_when(CLOCK)[0]
    for line in lines:
        when = line.get("at") or line.get("made_at") or line.get("opened_at")
        if when and line["type"] in ENTRIES:
            assert parse_when(when)[0] <= now


def test_nobody_can_be_reached(lines: list[dict[str, Any]]) -> None:
    for customer in of(lines, "customer"):
        for known in customer["identifiers"]:
            if known["kind"] == "phone":
                assert ("0" + re.sub(r"\D", "", known["value"])[-9:]).startswith(PHONES)
            if known["kind"] == "email":
                assert re.search(r"@example\.(org|com|net)$", known["value"])
                assert known["value"].isascii()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_sentences_need_no_escaping(language: str) -> None:
    for text in sentences(language, 500, Random(2)):
        assert 60 <= len(text) <= 99
        assert text.isprintable()
        assert not set('"\\{}') & set(text)


def test_the_importer_takes_every_line_and_the_same_again_changes_nothing(tmp_path: Path) -> None:
    clock = FrozenClock(parse_clock())
    journal = Journal(tmp_path / "workspace.db", clock)
    told: list[int] = []
    report = seed(journal, 40, 800, 9, lambda count, size: told.append(count))
    again = seed(journal, 40, 800, 9)
    journal.close()
    assert report.total("added") == sum(told) == again.total("unchanged")
    assert report.total("rejected") == again.total("added") == 0
    connection = open_reads(tmp_path / "workspace.db")
    assert connection.execute("SELECT count(*) FROM entry").fetchone()[0] == 800
    assert connection.execute("SELECT count(*) FROM customer_view").fetchone()[0] == 40
    connection.close()


def parse_clock() -> Any:
    from datetime import datetime

    return datetime.fromisoformat(CLOCK)
