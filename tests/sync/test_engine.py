"""Sync by itself: when it wakes, how it waits, what it tells."""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from advisor_tui.domain.errors import DiskFull
from advisor_tui.sync import errors
from advisor_tui.sync.engine import LONGEST_S, QUIET_S, STUCK_S, Engine, Outcome, Present, state_of
from advisor_tui.sync.errors import (
    DeviceRevoked,
    ServerBusy,
    SyncError,
    TlsFailed,
    TokenExpired,
    Unreachable,
    UpgradeNeeded,
)
from advisor_tui.sync.remote import Calls
from tests.store.house import SteppingClock
from tests.torture.world import Desk, Server

OFFLINE = Unreachable(errors.UNREACHABLE["network"], server="server", kind="network")


class Longest:
    """Chance that always gives the longest wait."""

    def uniform(self, a: float, b: float) -> float:
        return b


class Session:
    """A session whose feed says what it is told; everything else goes over the short wire."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.news: list[tuple[str, str]] = []
        self.spoken = threading.Event()
        self.hung_up = threading.Event()
        self.http = SimpleNamespace(feed=lambda token: self)

    def call(self, request: Any) -> Any:
        return request("token")

    def say(self, name: str, data: str) -> None:
        self.news.append((name, data))
        self.spoken.set()

    def close(self) -> None:
        self.hung_up.set()
        self.spoken.set()

    def __iter__(self) -> Iterator[tuple[str, str]]:
        if self.desk.wire.offline:
            raise OFFLINE
        while not self.hung_up.is_set():
            self.spoken.wait(5)
            self.spoken.clear()
            while self.news:
                yield self.news.pop(0)


class Remote:
    """The short wire, with a place to see who is said to be where."""

    def __init__(self, desk: Desk) -> None:
        self._wire = desk.wire
        self.shown: list[tuple[str, str, bool]] = []
        self.meta: Any = desk.wire.meta

    def show(self, customer_id: str, case_id: str, writing: bool) -> None:
        if self._wire.offline:
            raise OFFLINE
        self.shown.append((customer_id, case_id, writing))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wire, name)


class Watched:
    """An engine at work in a thread, and what it told."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.session = Session(desk)
        self.engine = Engine(lambda: desk.journal, cast(Calls, self.session), chance=Longest())
        self.remote = Remote(desk)
        self.engine.remote = cast(Any, self.remote)
        self.told: list[Outcome] = []
        self.present: list[list[Present]] = []
        self.stop = threading.Event()
        self._news = threading.Condition()
        self.thread = threading.Thread(
            target=self.engine.watch, args=(self.stop, self._hear, self.present.append), daemon=True
        )

    def _hear(self, outcome: Outcome) -> None:
        with self._news:
            self.told.append(outcome)
            self._news.notify_all()

    def wait_for(self, state: str, count: int = 1) -> Outcome:
        """The outcome of this state that was told as the count-th."""
        with self._news:
            assert self._news.wait_for(lambda: sum(one.state == state for one in self.told) >= count, timeout=10)
            return [one for one in self.told if one.state == state][count - 1]

    def wait_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        while not holds():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def __enter__(self) -> Watched:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.engine.retry_now()
        self.session.close()
        self.thread.join(timeout=5)
        assert not self.thread.is_alive()


@pytest.fixture
def office(tmp_path: Path, clock: SteppingClock) -> Iterator[Server]:
    server = Server(tmp_path, clock, random.Random(1))
    server.account("Claire Morel", "Mobile")
    yield server
    server.close()


@pytest.fixture
def desk(office: Server, tmp_path: Path, template: Path) -> Iterator[Desk]:
    path = tmp_path / "desk" / "workspace.db"
    path.parent.mkdir()
    shutil.copyfile(template, path)
    one = Desk(office, path, "Claire Morel", "0000000a", random.Random(1))
    one.enrol()
    yield one
    one.close()


def customer(desk: Desk) -> str:
    from advisor_tui.domain import bodies as b

    with desk.journal.transaction() as unit:
        id_ = unit.new_id()
        body = b.CustomerRecorded(name="Zoé Lefèvre", team="Mobile")
        unit.append(unit.event("customer_recorded", id_, body, at=unit.now_ms(), actor="import", txn=unit.new_id()))
    return id_


def test_a_local_write_is_sent_at_once(desk: Desk) -> None:
    with Watched(desk) as watched:
        watched.wait_for("up_to_date")
        customer(desk)
        watched.engine.nudge()
        told = watched.wait_for("up_to_date", 2)
    assert (told.pushed, told.unsent) == (1, 0)


def test_the_servers_call_wakes_it_once(desk: Desk) -> None:
    with Watched(desk) as watched:
        watched.wait_for("up_to_date")
        watched.session.say("heads", '{"heads":{"t1":9},"grants":1}')
        watched.wait_for("up_to_date", 2)
        watched.session.say("heads", '{"heads":{"t1":9},"grants":1}')
        time.sleep(0.3)
    assert sum(one.state == "up_to_date" for one in watched.told) == 2


def test_who_else_is_there_is_passed_on(desk: Desk) -> None:
    with Watched(desk) as watched:
        watched.wait_for("up_to_date")
        watched.session.say("presence", '{"present":[{"name":"Paul","customer_id":"c","case_id":"k","writing":true}]}')
        watched.session.say("presence", "not json")
        watched.wait_until(lambda: bool(watched.present))
    present = [Present(name="Paul", customer_id="c", case_id="k", writing=True)]
    assert watched.present == [present, []], "who is where is not known any more once the server is not heard"


def test_an_exchange_that_ends_because_all_ends_is_not_told(desk: Desk) -> None:
    with Watched(desk) as watched:
        watched.wait_for("up_to_date")
        begun, ended = threading.Event(), threading.Event()

        def cut() -> None:
            begun.set()
            ended.wait(5)
            raise OFFLINE

        watched.remote.meta = cut
        watched.engine.retry_now()
        assert begun.wait(5)
        watched.stop.set()
        ended.set()
        watched.thread.join(5)
    assert "offline" not in [one.state for one in watched.told]


def test_a_failure_after_some_was_sent_waits_as_the_first(desk: Desk) -> None:
    with Watched(desk) as watched:
        watched.wait_for("up_to_date")
        outcomes = [Outcome(state="offline", pushed=pushed, error=OFFLINE) for pushed in (0, 0, 7, 0)]
        watched.engine.run_once = lambda: outcomes.pop(0) if outcomes else Outcome(state="up_to_date")  # type: ignore[method-assign]
        for count in range(1, 5):
            watched.engine.retry_now()
            watched.wait_for("offline", count)
    assert [one.again_in for one in watched.told if one.state == "offline"] == [1.0, 2.0, 1.0, 2.0]


def test_where_i_am_is_told_once_and_again_when_the_network_is_back(desk: Desk) -> None:
    with Watched(desk) as watched:
        watched.wait_for("up_to_date")
        watched.engine.show("customer", "case", True)
        watched.wait_until(lambda: watched.remote.shown == [("customer", "case", True)])
        desk.wire.offline = True
        watched.engine.show("", "", False)
        watched.engine.retry_now()
        watched.wait_for("offline")
        desk.wire.offline = False
        watched.engine.retry_now()
        watched.wait_until(lambda: watched.remote.shown[1:] == [("", "", False)])
    assert sum(one.state == "up_to_date" for one in watched.told) == 2


def test_offline_it_waits_for_its_timer_and_not_for_the_next_write(desk: Desk) -> None:
    desk.wire.offline = True
    with Watched(desk) as watched:
        watched.wait_for("offline", 3)  # 1 s, then 2 s by itself
        for _ in range(20):
            watched.engine.nudge()
        time.sleep(0.3)
        offline = [one for one in watched.told if one.state == "offline"]
        assert [one.again_in for one in offline] == [1.0, 2.0, 4.0]
        desk.wire.offline = False
        watched.engine.retry_now()
        told = watched.wait_for("up_to_date")
    assert told.error is None


def test_the_pause_grows_to_five_minutes_and_obeys_the_server(desk: Desk) -> None:
    engine = Engine(lambda: desk.journal, cast(Calls, Session(desk)), chance=Longest())
    offline = Outcome(state="offline", error=OFFLINE)
    assert [engine._pause(offline, failures) for failures in (1, 2, 3, 9, 10, 60)] == [1, 2, 4, 256, 300, LONGEST_S]
    busy = ServerBusy(errors.BUSY, server="server", retry_after=42)
    assert engine._pause(Outcome(state="offline", error=busy), 1) == 42
    assert engine._pause(Outcome(state="up_to_date"), 0) == 36
    engine._hears = True
    assert engine._pause(Outcome(state="up_to_date"), 0) == QUIET_S
    assert (
        engine._pause(Outcome(state="login", error=TokenExpired(errors.LOG_IN_AGAIN, server="s", url="")), 0) == STUCK_S
    )


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (OFFLINE, "offline"),
        (TlsFailed(errors.TLS["self_signed"], server="s", kind="self_signed"), "offline"),
        (TokenExpired(errors.LOG_IN_AGAIN, server="s", url=""), "login"),
        (DeviceRevoked(errors.REVOKED, server="s"), "revoked"),
        (UpgradeNeeded(errors.OLD_CLIENT, server="s", side="client"), "upgrade"),
        (
            DiskFull("The disk that holds {path} is full. Nothing was lost; free some space and try again.", path="/"),
            "offline",
        ),
        (SyncError("?"), "error"),
    ],
)
def test_what_stands_in_the_way_has_a_word(error: Any, state: str) -> None:
    assert state_of(error) == state


def test_an_exchange_never_raises_what_a_person_must_read(desk: Desk) -> None:
    desk.wire.offline = True
    customer(desk)
    engine = Engine(lambda: desk.journal, cast(Calls, Session(desk)))
    engine.remote = cast(Any, Remote(desk))
    outcome = engine.run_once()
    assert (outcome.state, outcome.unsent, outcome.error) == ("offline", 1, outcome.error)
    assert isinstance(outcome.error, Unreachable)


def test_a_clock_a_year_ahead_blocks_nobody(desk: Desk, office: Server) -> None:
    desk.shift_clock(days=365)
    customer(desk)
    tally = desk.sync()
    assert (tally.pushed, tally.restamped, desk.unsent()) == (1, 1, 0)
    assert int(str(desk.journal.hlc)[:12], 16) <= office.workers[0].now_ms() + 1000
    assert desk.digest() == office.digest()
