"""The rows about syncing, on tiny sizes: each is whole, and the servers that they started are gone. No time is asserted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from advisor_tui.cli.bench import BENCHES, LONG, measured
from advisor_tui.cli.bench.place import Place, prepared
from advisor_tui.cli.bench.rows import Row, why_no_terminal
from advisor_tui.cli.bench.sync import advisors, desks, exchange, feeds, growth, processes
from advisor_tui.cli.bench.sync.corpus import batches, customer, note
from advisor_tui.cli.bench.sync.office import office
from advisor_tui.cli.bench.sync.processes import Child, open_files
from advisor_tui.cli.bench.sync.wire import Crowd, Wire, pack
from advisor_tui.domain.errors import StoreError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_no_terminal()), reason=why_no_terminal() or "never"),
]
SMALL: dict[str, tuple[object, dict[str, object]]] = {
    "push_and_pull": (exchange, {"CUSTOMERS": 12, "ENTRIES": 300, "RUNS": 1}),
    "first_load": (exchange, {"LOADED_CUSTOMERS": 12, "LOADED_ENTRIES": 300}),
    "edit_to_paint": (desks, {"CUSTOMERS": 12, "ENTRIES": 300, "SAMPLES": 2, "SETTLE": 0.8}),
    "idle_feeds": (feeds, {"FEEDS": 120, "FIRST": 10, "REST": 1.0, "SETTLE": 0.3, "PUSHES": 2}),
    "advisors": (advisors, {"ADVISORS": 8, "SECONDS": 2.0, "EVERY": 0.5}),
    "growth": (growth, {"SIZES": (500, 1500), "CUSTOMERS": 60, "ENTRIES": 1500, "PUSHES": 3}),
}
WHAT = {
    "push_and_pull": {"push", "pull"}, "first_load": {"first load"}, "edit_to_paint": {"p50", "p95"},
    "idle_feeds": {"memory", "processor", "until all have heard"}, "advisors": {"p50", "p95", "p99", "share"},
    "growth": {"beside 500", "beside 1,500", "growth"},
}  # fmt: skip


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with prepared(None, 20, 300, lambda text: None) as made:
        yield made


def rows_of(name: str, place: Place, monkeypatch: pytest.MonkeyPatch, told: list[str]) -> list[Row]:
    """What one function yields, on tiny sizes."""
    module, sizes = SMALL[name]
    for constant, value in sizes.items():
        monkeypatch.setattr(module, constant, value)
    return [*getattr(module, name)(place, told.append)]


@pytest.mark.parametrize("name", SMALL)
def test_every_row_is_whole(name: str, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "edit_to_paint" and not os.environ.get("ADVISOR_WATCH"):
        pytest.skip("watches a desk on a terminal, which other tests beside it may delay too long: set ADVISOR_WATCH=1")
    monkeypatch.delenv(advisors.VARIABLE, raising=False)
    told: list[str] = []
    rows = rows_of(name, place, monkeypatch, told)
    assert told
    assert all(any(word in row.what for row in rows) for word in WHAT[name])
    for row in rows:
        assert row.bench == "sync"
        assert row.ours is not None
        assert row.ours > 0 or "processor" in row.what  # nothing finer than a tick can be seen in so short a rest
        assert bool(row.against) == bool(row.reference)
        assert row.verdict != "skipped"
        assert not row.details.get("missed")
        json.dumps(row.as_dict())


def test_all_of_them_run_by_one_name_and_only_when_it_is_given() -> None:
    assert {function for _module, function, _terminal in BENCHES["sync"]} == set(SMALL)
    assert "sync" in LONG
    for module, function, _terminal in BENCHES["sync"]:
        assert callable(getattr(import_module(f"advisor_tui.cli.bench.{module}"), function))


def test_elsewhere_the_rows_say_what_they_need(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("advisor_tui.cli.bench.rows.sys.platform", "darwin")
    monkeypatch.setattr(growth, "growth", lambda _place, _tell: iter([]))
    rows = [*measured(["sync"], place)]
    assert len(rows) == len(SMALL) - 1
    assert all(row.verdict == "skipped" and "Linux" in row.note for row in rows)


def test_too_few_open_files_are_said_and_not_measured(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "FEEDS", 1 << 40)
    (row,) = feeds.idle_feeds(place, lambda text: None)
    assert row.verdict == "skipped"
    assert "ulimit" in row.note


def test_open_files_are_as_before_afterwards() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with open_files(before[0] + 1) as allowed:
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == before[0] + allowed
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before


def test_what_a_run_started_ends_with_it_and_its_folder_goes() -> None:
    with office() as here:
        (key,) = here.enrol(1)
        with here.serve(2) as server:
            family = server._family()
            assert len(family) > 2
            assert server.resident() > 0
        assert not any(alive(pid) for pid in family)
        folder = here.folder
        assert key.access not in (folder / "serve.log").read_text()
    assert not folder.exists()


def test_a_run_that_is_told_to_stop_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "from advisor_tui.cli.bench.sync.office import office\n"
        "with office() as here, here.serve() as server:\n"
        "    print(server.process.pid, here.folder, flush=True)\n"
        "    input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as run:  # fmt: skip
        assert run.stdout is not None
        pid, folder = run.stdout.readline().split()
        assert alive(int(pid))
        run.terminate()
        assert run.wait(30) == 143
    assert not alive(int(pid))
    assert not Path(folder).exists()


def test_a_program_that_does_not_begin_is_told_and_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "PATIENCE", 0.3)
    begun: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def remembered(*given: object, **named: object) -> subprocess.Popen[bytes]:
        begun.append(start(*given, **named))  # type: ignore[call-overload]
        return begun[-1]

    monkeypatch.setattr(subprocess, "Popen", remembered)
    with pytest.raises(StoreError):
        Child(tmp_path, "mute", ["asyncio"])
    assert begun[0].returncode is not None


def test_what_is_sent_is_taken(tmp_path: Path) -> None:
    with office() as here:
        (key,) = here.enrol(1)
        someone = customer(key.name, key.device, "Mobile")
        assert here.fill(key, batches(iter([someone]))) == 1
        assert here.customers(key.stream) == [someone.customer_id]
        with here.serve() as server:
            wire = Wire(server.url, key.access)
            told = wire.push(pack(key.device, [note(someone.customer_id, key.name, key.device)]))
            assert [answer.status for answer in told.results] == ["accepted"]
            wire.close()
            stranger = Wire(server.url, "nobody")
            with pytest.raises(StoreError):
                stranger.ask("GET", "/v1/pull?stream=c")
            stranger.close()


async def test_a_feed_that_is_refused_is_told() -> None:
    with office() as here, here.serve() as server:
        crowd = Crowd(server.url)
        with pytest.raises(StoreError):
            await crowd.open(["nobody"])
        crowd.close()


@pytest.mark.skipif(sys.platform != "linux", reason="bash and /proc")
def test_the_other_servers_script_says_why_when_it_cannot_run(tmp_path: Path) -> None:
    script = Path(__file__).parents[2] / "tools" / "anki-sync-reference.sh"
    environment = {"PATH": "/usr/bin:/bin", "PYTHON": str(tmp_path / "no-python"), "HOME": str(tmp_path)}
    done = subprocess.run(["bash", script], env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0
    assert done.stdout.startswith("skipped:")


def alive(pid: int) -> bool:
    """Whether a process is still there, ended ones that nobody asked about left out."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
