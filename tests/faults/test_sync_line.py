"""Replies cut at each class of byte, resets, stalls, slices, doubled connections: the next clean exchange puts it right."""

from __future__ import annotations

import itertools
import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from advisor_tui.actions.execute import execute
from advisor_tui.domain import bodies as b
from advisor_tui.domain.permissions import Person
from advisor_tui.store.central import chain
from advisor_tui.store.central.tokens import log_in
from advisor_tui.store.journal import Journal
from advisor_tui.store.rebuild import digest
from advisor_tui.store.replica import join
from advisor_tui.store.rulebook import load_rules
from advisor_tui.sync import http
from advisor_tui.sync.engine import Engine, Outcome
from advisor_tui.sync.http import Http
from advisor_tui.sync.session import Session
from advisor_tui.sync.tokens import EnvironmentBox
from tests.faults.proxy import Accident, Kind, Proxy
from tests.server.office import PASSWORD, Office
from tests.server.running import Thread
from tests.store.house import SteppingClock
from tests.torture.run import scratch

CUTS = int(os.environ.get("ADVISOR_CUTS", "12"))
NAME = "Claire Morel"


class Desk:
    """A replica with the real engine, session and HTTP door."""

    def __init__(self, office: Office, url: str, path: Path) -> None:
        tokens = log_in(office.central, NAME, PASSWORD, path.name)
        self.journal = Journal(path / "workspace.db", office.clock)
        join.join(self.journal, device=tokens.device, name=NAME, previous_name="")
        self.http = Http(url)
        self.session = Session(self.http, EnvironmentBox(url, NAME, tokens.refresh_token), NAME)
        self.engine = Engine(lambda: self.journal, self.session, page=7)
        self.written: list[str] = []
        self.rules = load_rules("fr")

    def customer(self) -> str:
        with self.journal.transaction() as unit:
            id_ = unit.new_id()
            body = b.CustomerRecorded(name="Zoé Lefèvre", team="Mobile")
            unit.append(unit.event("customer_recorded", id_, body, at=unit.now_ms(), actor=NAME, txn=unit.new_id()))
        return id_

    def write(self, customer: str, more: str = "") -> None:
        text = f"mot {len(self.written)} de {self.journal.hlc.device} « Ça marche »" + more
        execute(self.journal, "add_note", {"customer": customer, "text": text}, Person(NAME, "Mobile"), self.rules)
        self.written.append(text)

    def settle(self) -> Outcome:
        for _try in range(4):
            outcome = self.engine.run_once()
            if outcome.state == "up_to_date":
                return outcome
        raise AssertionError(outcome)

    def digest(self) -> str:
        with self.journal.reading() as connection:
            return digest(connection)

    def close(self) -> None:
        self.session.close()
        self.journal.close()


class Line:
    """Claire's desk behind a line on which things happen, and her other desk on a good one."""

    def __init__(self, folder: Path) -> None:
        self.office = Office(folder, SteppingClock())
        self.server = Thread(self.office.app)
        self.proxy = Proxy(self.server.port)
        self.near = Desk(self.office, self.server.url, folder / "near")
        self.far = Desk(self.office, self.proxy.url, folder / "far")
        self.customer = self.near.customer()
        self.near.settle()
        self.far.settle()

    def exchange(self, accident: Accident | None) -> Outcome:
        """Both desks write; the far one exchanges while this happens to its line."""
        self.near.write(self.customer)
        self.near.settle()
        self.far.write(self.customer)
        self.proxy.fresh(accident)
        return self.far.engine.run_once()

    def check(self) -> None:
        """After a clean exchange both desks and the server hold the same, each word once."""
        self.proxy.fresh(None)
        self.far.settle()
        self.near.settle()
        with self.office.central.read() as connection:
            there = digest(connection)
            words = connection.exec_driver_sql("SELECT text FROM entry WHERE kind = 'note'").scalars().all()
        assert self.far.digest() == self.near.digest() == there
        assert Counter(words) == dict.fromkeys([*self.near.written, *self.far.written], 1)

    def close(self) -> None:
        self.near.close()
        self.far.close()
        self.proxy.close()
        self.server.close()
        self.office.service.close()


@pytest.fixture
def line() -> Iterator[Line]:
    with scratch() as folder:
        found = Line(folder)
        yield found
        found.close()


def settled(line: Line) -> None:
    """As `check`, without counting the words of each."""
    line.proxy.fresh(None)
    line.far.settle()


def places(line: Line) -> list[int]:
    """Bytes at which to cut the answers of one exchange: around the ends of each, and all through them."""
    line.exchange(None)
    pieces = list(itertools.accumulate(line.proxy.answered))
    edges = {place + off for place in [0, *pieces] for off in (-1, 0, 9, 40)}
    chance = random.Random(os.environ.get("ADVISOR_SEED", "1"))
    spread = chance.sample(range(pieces[-1]), min(CUTS, pieces[-1]))
    return sorted({place for place in edges | set(spread) if 0 <= place < pieces[-1]})


@pytest.mark.parametrize("kind", ["cut", "reset"])
def test_an_answer_that_ends_too_early(line: Line, kind: Kind) -> None:
    hit = 0
    found = places(line)
    for place in found if kind == "cut" else found[::3]:
        outcome = line.exchange(Accident(kind, place))
        hit += line.proxy.happened
        assert outcome.state == "offline" or not line.proxy.happened, (place, outcome)
        settled(line)
    assert hit
    line.check()
    assert chain.verify(line.office.central) == []


def test_a_request_that_ends_too_early(line: Line) -> None:
    line.exchange(None)
    asked = line.proxy.asked
    for place in range(1, asked, max(1, asked // CUTS)):
        outcome = line.exchange(Accident("ask_cut", place))
        assert outcome.state == "offline" or not line.proxy.happened, (place, outcome)
        settled(line)
    line.check()


def test_an_answer_that_stops_coming(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "READ_S", 0.2)
    found = places(line)
    for place in found[:: max(1, len(found) // 8)]:
        line.far.http.close()
        line.far = _again(line)
        outcome = line.exchange(Accident("stall", place))
        assert outcome.state == "offline" or not line.proxy.happened, (place, outcome)
        settled(line)
    line.check()


def _again(line: Line) -> Desk:
    """The far desk with a door of its own to the network, which knows how long to wait by now."""
    far = line.far
    saved = far.session._load()
    assert saved is not None
    far.http = Http(line.proxy.url)
    far.session = Session(far.http, EnvironmentBox(line.proxy.url, NAME, saved.refresh), NAME)
    far.engine = Engine(lambda: far.journal, far.session, page=7)
    line.proxy.fresh(None)
    return far


@pytest.mark.parametrize("kind", ["slice", "twice"])
def test_a_line_that_is_only_strange(line: Line, kind: Kind) -> None:
    """Bytes one by one, or every request arriving twice: nothing is wrong at all."""
    for _turn in range(6):
        outcome = line.exchange(Accident(kind))
        assert line.proxy.happened
        assert outcome.state == "up_to_date", outcome
        settled(line)
    line.check()
