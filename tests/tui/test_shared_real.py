"""The desk on the real line: engine, session, and a server in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from advisor_tui.actions.execute import Result, execute
from advisor_tui.domain.permissions import Person
from advisor_tui.gateways.seed import seed
from advisor_tui.store.journal import Journal
from advisor_tui.store.workspace import Workspace
from advisor_tui.sync.engine import Engine
from advisor_tui.sync.joining import log_in
from advisor_tui.sync.session import new_session
from advisor_tui.tui.app import AdvisorApp
from advisor_tui.tui.chrome import TopLine
from advisor_tui.tui.desk import Desk
from advisor_tui.tui.join import JoinScreen
from tests.server.running import serving
from tests.tui.driving import rows_of, screen_text, settled, type_text, until, widget_text
from tests.tui.shared import RULES

PASSWORD = "correct horse battery"
PAUL = Person("Paul Ndiaye", "Mobile")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where a server listens that knows Claire and Paul."""
    monkeypatch.setenv("ADVISOR_PASSPHRASE", "a passphrase")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    db = f"sqlite:///{tmp_path / 'server.db'}"
    for name in ("Claire Morel", "Paul Ndiaye"):
        words = [
            sys.executable,
            "-m",
            "advisor_tui",
            "admin",
            "user",
            "add",
            name,
            "--team",
            "Mobile",
            "--role",
            "advisor",
        ]
        subprocess.run(
            [*words, "--password-stdin", "--db", db], input=PASSWORD.encode(), check=True, capture_output=True
        )
    with serving(tmp_path, "--db", db) as running:
        yield running.url


class Colleague:
    """Paul at his own computer, without a screen."""

    def __init__(self, home: Path, url: str) -> None:
        workspace = Workspace(home)
        self.journal = Journal(workspace.database, workspace.clock())
        session = new_session(workspace, url, PAUL.name)
        log_in(workspace, lambda: self.journal, session, PASSWORD)
        self.engine = Engine(lambda: self.journal, session)
        self.home, self._session = home, session

    def do(self, name: str, **given: Any) -> Result:
        return execute(self.journal, name, given, PAUL, RULES)

    def sync(self) -> None:
        outcome = self.engine.run_once()
        assert outcome.error is None
        assert not outcome.unsent

    def close(self) -> None:
        self._session.close()
        self.journal.close()


@pytest.fixture
def paul(tmp_path: Path, server: str) -> Iterator[Colleague]:
    """A colleague whose customers are on the server."""
    made = Colleague(tmp_path / "paul", server)
    seed(made.journal, 3, 30, 7)
    for (customer,) in rows_of(made.home, "SELECT id FROM customer_view"):
        made.do("open_case", customer=customer, subject="Modem neuf en retard", next_step="rappeler", next_on="+3")
    made.sync()
    yield made
    made.close()


async def join(pilot: Pilot[Any], url: str) -> Desk:
    """From the first screen of an empty home to the desk with the team's customers."""
    app = pilot.app
    await pilot.press("j")
    await until(pilot, lambda: isinstance(app.screen, JoinScreen))
    for name, text in (("url", url), ("user", "Claire Morel"), ("password", PASSWORD)):
        app.screen.query_one(f"#join-{name}", Input).value = text
    await pilot.press("ctrl+s")
    await until(pilot, lambda: isinstance(app.screen, Desk))
    desk = app.screen
    assert isinstance(desk, Desk)
    await until(pilot, lambda: desk.standing.state == "up_to_date" and desk.standing.last_sync)
    return desk


async def test_two_desks_and_a_server(tmp_path: Path, server: str, paul: Colleague) -> None:
    home = tmp_path / "claire"
    app = AdvisorApp(Workspace(home))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        desk = await join(pilot, server)
        assert "Claire Morel" in widget_text(desk.query_one(TopLine))
        sql = "SELECT id, customer_id FROM case_view WHERE subject LIKE 'Modem%' LIMIT 1"
        case, customer = rows_of(home, sql)[0]
        desk.open_customer(customer)
        await until(pilot, lambda: desk.life is not None)
        desk.show_pane(desk.life_view)
        desk.life_view.go_to(case)
        await settled(pilot)

        # what Paul writes is here within a second of his sending it
        paul.do("add_note", case=case, text="Le gardien a signé le colis.")
        paul.sync()
        sent = time.monotonic()
        await until(pilot, lambda: "Le gardien a signé" in screen_text(app))
        assert time.monotonic() - sent < 2  # one second, and what a busy machine adds

        # Paul sees that I am here, and I that he is
        paul.engine.remote.show(customer, case, True)
        await until(
            pilot, lambda: "Paul Ndiaye is writing" in screen_text(app) or "Paul is writing" in screen_text(app)
        )

        # both write the same resolution without having seen the other's
        paul.do("write_resolution", case=case, text="Modem échangé.\nTechnicien annulé.")
        await pilot.press("r")
        await until(pilot, lambda: desk.composer is not None and desk.composer.page.has_focus)
        await type_text(pilot, "Reprise du modem offerte.")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: desk.composer is None)
        await until(pilot, lambda: desk.standing.state == "up_to_date" and not desk.standing.unsent)
        paul.sync()
        await until(pilot, lambda: "1 text to merge" in widget_text(desk.query_one(TopLine)))
        sql = "SELECT count(*) FROM entry WHERE case_id = ? AND state = 'conflict'"
        assert rows_of(home, sql, case) == rows_of(paul.home, sql, case) == [(2,)]

        # one of us merges, and both hold the same
        mine = next(entry for entry in desk.life_view.entries if entry.text == "Reprise du modem offerte.")
        desk.life_view.go_to(mine.id)
        await pilot.press("R")
        await until(pilot, lambda: desk.composer is not None and desk.composer.page.has_focus)
        assert desk.composer is not None
        assert "Technicien annulé." in desk.composer.page.text
        desk.composer.page.text = "Modem échangé, reprise offerte, technicien annulé."
        await pilot.press("ctrl+s")
        await until(pilot, lambda: desk.composer is None)
        await until(pilot, lambda: desk.standing.state == "up_to_date" and not desk.standing.unsent)
        paul.sync()
        assert rows_of(home, sql, case) == rows_of(paul.home, sql, case) == [(0,)]
        texts = "SELECT id, text FROM entry WHERE case_id = ? AND kind = 'resolution' ORDER BY id"
        assert rows_of(home, texts, case) == rows_of(paul.home, texts, case)
        began = time.monotonic()
    assert time.monotonic() - began < 3
    assert rows_of(home, "SELECT count(*) FROM event WHERE seq IS NULL") == [(0,)]
