"""Every benchmark runs on a tiny workspace and gives rows of the right shape. No time is asserted here."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from advisor_tui.cli.bench import BENCHES, importing, measured, run_bench
from advisor_tui.cli.bench.place import Place, prepared
from advisor_tui.cli.bench.reading import slipped
from advisor_tui.cli.bench.rows import Row, why_no_terminal
from advisor_tui.domain.errors import Invalid, StoreError
from advisor_tui.store.reads.drafts import read_drafts

LONG = ("move", "hold", "open")
on_terminal = pytest.mark.skipif(bool(why_no_terminal()), reason=why_no_terminal() or "never")


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with prepared(None, 60, 1500, lambda text: None) as made:
        yield made


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("CUSTOMERS", 10), ("ENTRIES", 200), ("RUNS", 1)):
        monkeypatch.setattr(importing, name, value)


@pytest.fixture
def quick_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    from advisor_tui.cli.bench import desk, writing

    for name, value in (("STARTS", 1), ("PRESSES", 20), ("OPENINGS", 2), ("HOLDS", 1), ("REST", 0.2)):
        monkeypatch.setattr(desk, name, value)
    monkeypatch.setattr(writing, "LETTERS", list("abc"))
    monkeypatch.setattr(writing, "LINES", (20, 300))


def whole(rows: list[Row]) -> None:
    """Each row has a figure, and a reference where it names one."""
    assert rows
    for row in rows:
        assert row.ours is not None
        assert row.ours >= 0
        assert bool(row.against) == (row.reference is not None)
        assert row.what
        json.dumps(row.as_dict())


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("name", ["day", "search", "find", "import"])
def test_what_needs_no_terminal_gives_whole_rows(name: str, place: Place) -> None:
    whole([*measured([name], place)])


@on_terminal
@pytest.mark.slow
@pytest.mark.usefixtures("quick_desk")
@pytest.mark.parametrize("name", ["start", "move", "hold", "open", "rest"])
def test_the_desk_is_watched_on_a_terminal(name: str, place: Place) -> None:
    if name in LONG and not os.environ.get("ADVISOR_WATCH"):
        pytest.skip("watches several programs for half a minute: set ADVISOR_WATCH=1")
    whole([*measured([name], place)])


@on_terminal
@pytest.mark.slow
@pytest.mark.usefixtures("quick_desk")
def test_typing_is_watched_and_its_draft_goes_again(place: Place) -> None:
    if not os.environ.get("ADVISOR_WATCH"):
        pytest.skip("watches several programs for half a minute: set ADVISOR_WATCH=1")
    whole([*measured(["typing"], place)])
    assert read_drafts(place.connection) == []


def test_without_a_terminal_the_row_says_what_it_needs(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("advisor_tui.cli.bench.rows.sys.platform", "darwin")
    (row,) = measured(["start"], place)
    assert row.verdict == "skipped"
    assert "Linux" in row.note


def test_the_aim_of_search_is_for_a_full_workspace(place: Place) -> None:
    (row,) = measured(["search"], place)
    assert row.limit is None
    assert "1,000,000" in row.note


def test_people_and_words_of_the_workspace_are_found(place: Place) -> None:
    assert place.customers == 60
    assert place.entries == 1500
    assert place.longest.entries > place.two_hundred.entries > place.short.entries
    assert len({*place.words.common, *place.words.middle, *place.words.rare}) == 12


def test_a_workspace_too_small_says_so() -> None:
    with prepared(None, 1, 1, lambda text: None) as small, pytest.raises(StoreError):
        small.someone_with_one_case()


@pytest.mark.parametrize("number", range(8))
def test_a_slip_changes_a_name(number: int) -> None:
    assert slipped("berthier", number) != "berthier"


def test_a_run_answers_in_json_and_as_a_table(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_bench(["find"], place.home, as_json=True) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"]
    assert answer["machine"]["entries"] == 1500
    assert answer["rows"][0]["bench"] == "find"
    assert run_bench(["find"], place.home) == 0
    assert "find as you type" in capsys.readouterr().out


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Invalid) as refused:
        run_bench(["speed"])
    assert all(name in str(refused.value.text()) for name in BENCHES)


def test_micro_reading_a_customer(place: Place, benchmark: object) -> None:
    from pytest_benchmark.fixture import BenchmarkFixture

    from advisor_tui.store.reads.customer import read_entries

    assert isinstance(benchmark, BenchmarkFixture)
    found = benchmark.pedantic(read_entries, (place.connection, (place.two_hundred.id,)), rounds=5)  # type: ignore[no-untyped-call]
    assert len(found) == place.two_hundred.entries


def test_a_workspace_made_for_the_run_goes_with_it() -> None:
    with prepared(None, 5, 40, lambda text: None) as made:
        home = made.home
        assert home.is_dir()
    assert not Path(home).exists()
