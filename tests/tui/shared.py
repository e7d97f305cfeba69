"""The states of a desk that shares with a server: the home as an exchange leaves it, and how to get to each state."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from advisor_tui.actions.execute import execute
from advisor_tui.domain.errors import AdvisorError
from advisor_tui.domain.permissions import Person
from advisor_tui.domain.wire import Told, to_wire
from advisor_tui.store.journal import Journal, load_events
from advisor_tui.store.replica.answers import write_answers
from advisor_tui.store.replica.turns import Turn
from advisor_tui.store.rulebook import load_rules
from advisor_tui.store.workspace import Workspace
from advisor_tui.sync import errors
from advisor_tui.sync.engine import Outcome, Present
from advisor_tui.sync.remote import Found
from advisor_tui.tui import beyond as beyond_module
from advisor_tui.tui import standing
from advisor_tui.tui.app import AdvisorApp
from advisor_tui.tui.aside import AsideScreen
from advisor_tui.tui.backend import Backend
from advisor_tui.tui.chrome import TopLine
from advisor_tui.tui.desk import Desk
from advisor_tui.tui.find import FindScreen
from advisor_tui.tui.join import JoinScreen
from advisor_tui.tui.meanwhile import MeanwhileScreen
from advisor_tui.tui.server import ServerScreen
from tests.tui.driving import desk_of, open_named, ready, rows_of, screen_text, settled, type_text, until, widget_text
from tests.tui.lines import SERVER, FakeLine

HOST = "sync.exemple.fr"
PAUL = Person("Paul Ndiaye", "Mobile")
CLAIRE = Person("Claire Morel", "Mobile")
RULES = load_rules("fr")
LEFEVRE_SQL = (
    "SELECT v.id, v.customer_id FROM case_view v JOIN customer_view c ON c.id = v.customer_id "
    "WHERE c.name LIKE 'Solange Lef%' AND v.state = 'open' ORDER BY v.opened_at DESC LIMIT 1"
)


def joined(home: Path) -> Workspace:
    """The workspace once it has joined a server and everything was exchanged."""
    workspace = Workspace(home)
    workspace.update(server=SERVER, user="claire.morel")
    with closing(sqlite3.connect(home / "workspace.db")) as connection, connection:
        connection.execute("UPDATE event SET seq = n, stream = 't1'")
        connection.execute(
            "INSERT INTO stream_cursor (stream, name, cursor, seq, checked) VALUES ('t1', 'Mobile', '1.e.t1.1161.0', 1161, 0)"
        )
        last = int(workspace.clock().now().timestamp() * 1000) - 240_000
        connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('last_sync', ?)", (str(last),))
        connection.execute("UPDATE meta SET value = substr(value, 1, 20) || '3f9a01c2' WHERE key = 'hlc'")
    return workspace


def lefevre(home: Path) -> tuple[str, str]:
    """A case that is open, and its customer."""
    case, customer = rows_of(home, LEFEVRE_SQL)[0]
    return case, customer


def write(home: Path, name: str, who: Person = CLAIRE, *, sent: bool = False, **given: Any) -> str:
    """Do an action behind the desk's back, as an arrival does; the id of what it made."""
    workspace = Workspace(home)
    start = rows_of(home, "SELECT count(*) FROM event")[0][0] << 20
    journal = Journal(workspace.database, workspace.clock(), bits=count(start).__next__)  # ids in the order of writing
    try:
        result = execute(journal, name, given, who, RULES)
    finally:
        journal.close()
    if sent:
        with closing(sqlite3.connect(home / "workspace.db", timeout=5)) as connection, connection:
            connection.execute("UPDATE event SET seq = n + 5000, stream = 't1' WHERE seq IS NULL")
    return next(iter(result.made.values()), result.txn)


def write_some(home: Path) -> None:
    """Three entries that wait to be sent."""
    case, _customer = lefevre(home)
    write(home, "add_note", case=case, text="Rappeler avant midi, elle travaille l’après-midi.")
    write(home, "write_resolution", case=case, text="Modem échangé en agence ce matin, ligne vérifiée avec elle.")
    write(home, "make_commitment", case=case, text="rappel pour vérifier le débit", due="demain")


def refuse(home: Path, *answers: tuple[str, str]) -> None:
    """Let the server refuse as many of what waits, each with (status, code)."""
    workspace = Workspace(home)
    journal = Journal(workspace.database, workspace.clock())
    try:
        with journal.reading() as connection:
            customers = [row[0] for row in rows_of(home, "SELECT DISTINCT customer_id FROM event WHERE seq IS NULL")]
            ids = {row[0] for row in rows_of(home, "SELECT id FROM event WHERE seq IS NULL ORDER BY n")}
            found = [event for events in load_events(connection, customers).values() for event in events]
        waiting = sorted((event for event in found if event.id in ids), key=lambda event: (event.hlc, event.id))
        batch = [to_wire(event) for event in waiting[: len(answers)]]
        told = [
            msgspec.convert({"id": event.id, "status": status, "code": code, "message": "No."}, Told)
            for event, (status, code) in zip(batch, answers, strict=True)
        ]
        write_answers(journal, batch, told, journal.now_ms(), Turn(journal))
    finally:
        journal.close()


def two_resolutions(home: Path) -> tuple[str, str]:
    """Two colleagues resolve one case without having seen each other; (customer, first resolution)."""
    case, customer = lefevre(home)
    first = write(home, "write_resolution", sent=True, case=case, base=[case], text=OURS)
    write(home, "write_resolution", PAUL, sent=True, case=case, base=[case], text=THEIRS)
    return customer, first


OURS = "Modem échangé en agence.\nRemise d’un mois accordée : 29,99\u00a0€.\nRappel vendredi."
THEIRS = "Modem échangé en agence.\nTechnicien annulé, plus rien à faire chez elle.\nRappel vendredi."


# what the server says


def failing(state: str, error: AdvisorError, **more: Any) -> Outcome:
    return Outcome(state=state, error=error, **more)


OUTCOMES: dict[str, Outcome] = {
    "up-to-date": Outcome(state="up_to_date"),
    "offline": failing("offline", errors.Unreachable(errors.UNREACHABLE["network"], server=HOST), again_in=20.2),
    "busy": failing("offline", errors.ServerBusy(errors.BUSY, server=HOST), again_in=120.0),
    "certificate": failing(
        "offline", errors.TlsFailed(errors.TLS["certificate_expired"], server=HOST, kind="certificate_expired"), again_in=60.2
    ),
    "session-ended": failing("login", errors.TokenExpired(errors.LOG_IN_AGAIN, server=HOST, url=SERVER)),
    "passphrase": failing("login", errors.PassphraseNeeded("No passphrase.")),
    "shut-out": failing("revoked", errors.DeviceRevoked(errors.REVOKED, server=HOST)),
    "upgrade": failing("upgrade", errors.UpgradeNeeded(errors.OLD_CLIENT, server=HOST, side="client")),
    "refusal": failing("error", errors.RefusedByServer(errors.REFUSED, server=HOST, reason="Your role does not share.")),
}  # fmt: skip
UNSENT = ("offline", "busy", "certificate", "session-ended", "passphrase", "shut-out", "upgrade", "refusal")


def hold_still(patch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for, and the seconds until the next try do not run."""
    real = standing.retry_words
    patch.setattr(Desk, "connect_after", 0.01)
    patch.setattr(beyond_module, "DEBOUNCE", 0.0)
    patch.setattr(
        standing, "retry_words", lambda left: real(20.0 if 0 < left < 21 else 60.0 if 21 < left < 61 else left)
    )


# getting there

Drive = Callable[[Pilot[Any]], Awaitable[None]]
Prepare = Callable[[Path], None]


class Scene(NamedTuple):
    """A state: what the home holds, what the server says, and how to get there."""

    name: str
    outcome: str
    prepare: Prepare
    drive: Drive


def shared_app(home: Path, language: str, line: FakeLine) -> AdvisorApp:
    """The desk on a line that the test holds."""
    workspace = Workspace(home)
    workspace.update(language=language)
    return AdvisorApp(workspace, Backend(workspace), line.opener)


def top(pilot: Pilot[Any]) -> str:
    """The line at the top."""
    return widget_text(desk_of(pilot.app).query_one(TopLine))


async def linked(pilot: Pilot[Any]) -> Desk:
    """The desk, once the line has spoken and what waits was counted."""
    desk = await ready(pilot)
    await until(pilot, lambda: desk.link is not None and desk.replica is not None)
    line = line_of(desk)
    await until(pilot, lambda: line.watching.is_set())
    if line.outcomes:
        await until(pilot, lambda: desk.standing.state != "connecting" and desk.standing.last_sync)
    await settled(pilot)
    return desk


def line_of(desk: Desk) -> FakeLine:
    """The line that the desk has open."""
    assert desk.link is not None
    assert desk.link._line is not None
    engine = desk.link._line.engine
    assert isinstance(engine, FakeLine)
    return engine


async def at_desk(pilot: Pilot[Any]) -> None:
    await linked(pilot)


async def at_server(pilot: Pilot[Any]) -> None:
    await linked(pilot)
    await pilot.press("f3")
    await until(pilot, lambda: isinstance(pilot.app.screen, ServerScreen))
    await settled(pilot)


async def at_aside(pilot: Pilot[Any]) -> None:
    await at_server(pilot)
    await pilot.press("a")
    await until(pilot, lambda: isinstance(pilot.app.screen, AsideScreen) and pilot.app.screen.rows.read)
    await settled(pilot)


async def letting_go(pilot: Pilot[Any]) -> None:
    await at_aside(pilot)
    await pilot.press("x")
    await settled(pilot)


async def at_login(pilot: Pilot[Any]) -> JoinScreen:
    await at_server(pilot)
    await pilot.press("l")
    await until(pilot, lambda: isinstance(pilot.app.screen, JoinScreen))
    await settled(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, JoinScreen)
    return screen


async def logging_in(pilot: Pilot[Any]) -> None:
    await at_login(pilot)


async def wrong_password(pilot: Pilot[Any]) -> None:
    screen = await at_login(pilot)
    line_of(desk_of(pilot.app)).error = errors.BadPassword(errors.PASSWORD, server=HOST)
    await type_text(pilot, "motdepasse")
    await pilot.press("enter")
    await until(pilot, lambda: screen.refused)
    await settled(pilot)


async def with_lefevre(pilot: Pilot[Any]) -> Desk:
    await linked(pilot)
    desk = await open_named(pilot, "Solange Lef")
    desk.show_pane(desk.life_view)
    case, _customer = lefevre(desk.backend.workspace.home)
    desk.life_view.go_to(case)
    await settled(pilot)
    return desk


async def presence(pilot: Pilot[Any]) -> None:
    desk = await with_lefevre(pilot)
    case, customer = lefevre(desk.backend.workspace.home)
    line_of(desk).tell_present(Present("Paul Ndiaye", customer, case, True, "77aa0011"))
    await until(pilot, lambda: desk.present)
    await settled(pilot)


async def writing_beside(pilot: Pilot[Any]) -> None:
    await presence(pilot)
    await compose_resolution(pilot)


async def compose_resolution(pilot: Pilot[Any]) -> Desk:
    desk = desk_of(pilot.app)
    await pilot.press("r")
    await until(pilot, lambda: desk.composer is not None and desk.composer.page.has_focus)
    await settled(pilot)
    return desk


async def meanwhile(pilot: Pilot[Any]) -> None:
    desk = await with_lefevre(pilot)
    await compose_resolution(pilot)
    composer, home = desk.composer, desk.backend.workspace.home
    assert composer is not None
    composer.page.text = OURS
    case, customer = lefevre(home)
    write(home, "write_resolution", PAUL, sent=True, case=case, text=THEIRS)
    line_of(desk).tell(Outcome(state="up_to_date", pulled=1, customers=[customer]))
    await until(pilot, lambda: any(entry.text == THEIRS for entry in desk.life_view.entries))
    await pilot.press("ctrl+s")
    await until(pilot, lambda: isinstance(pilot.app.screen, MeanwhileScreen))
    await until(pilot, lambda: "vendredi" in screen_text(pilot.app))
    await pilot.pause()


async def apart(pilot: Pilot[Any]) -> None:
    await linked(pilot)
    desk = desk_of(pilot.app)
    customer, first = two_resolutions(desk.backend.workspace.home)
    desk.open_customer(customer, entry=first)
    await until(pilot, lambda: desk.life_view.current is not None and desk.life_view.current.id == first)
    desk.show_pane(desk.life_view)
    await pilot.press("enter")
    await settled(pilot)


async def merging_apart(pilot: Pilot[Any]) -> None:
    await apart(pilot)
    await pilot.press("R")
    desk = desk_of(pilot.app)
    await until(pilot, lambda: desk.composer is not None and desk.composer.page.has_focus)
    await settled(pilot)


AWAY = [
    Found("01a20000-0000-7000-8000-00000000a001", "Petitjean, Marc", "Fibre", "C-77120"),
    Found("01a20000-0000-7000-8000-00000000a002", "Boulangerie Petit-Pas", "Entreprises", "C-80412"),
]


async def beyond(pilot: Pilot[Any]) -> FindScreen:
    await linked(pilot)
    line = line_of(desk_of(pilot.app))
    line.customers = line.customers or [msgspec.structs.replace(found) for found in AWAY]
    await pilot.press("f2")
    await until(pilot, lambda: isinstance(pilot.app.screen, FindScreen))
    find = pilot.app.screen
    assert isinstance(find, FindScreen)
    find.query_one("#find-box", Input).value = "petit"
    await until(pilot, lambda: find._answered == "petit" and (find.beyond.found or find.beyond.note))
    return find


async def found_beyond(pilot: Pilot[Any]) -> None:
    find = await beyond(pilot)
    await until(pilot, lambda: find.beyond.found)
    await settled(pilot)


async def bringing(pilot: Pilot[Any]) -> None:
    await found_beyond(pilot)
    line_of(desk_of(pilot.app)).gate.clear()
    find = pilot.app.screen
    assert isinstance(find, FindScreen)
    find.results.action_edge(1)
    await pilot.press("enter")
    await until(pilot, lambda: find.beyond.bringing)
    await pilot.pause()


async def beyond_reach(pilot: Pilot[Any]) -> None:
    await linked(pilot)
    line_of(desk_of(pilot.app)).error = errors.Unreachable(errors.UNREACHABLE["network"], server=HOST)
    find = await beyond(pilot)
    await until(pilot, lambda: HOST in find.beyond.note)
    await settled(pilot)


def nothing(_home: Path) -> None:
    """Everything was sent."""


def refused(home: Path) -> None:
    """Two refused, one still to be sent."""
    write_some(home)
    refuse(home, ("quarantined", "not_your_team"), ("rejected", "id_reuse"))


SERVER_SCENES = [
    Scene(f"server-{name}", name, write_some if name in UNSENT else nothing, at_server) for name in OUTCOMES
]
SCENES = [
    *SERVER_SCENES,
    Scene("status-offline", "offline", write_some, at_desk),
    Scene("status-refused", "up-to-date", refused, at_desk),
    Scene("refused", "up-to-date", refused, at_aside),
    Scene("refused-letting-go", "up-to-date", refused, letting_go),
    Scene("log-in-again", "session-ended", write_some, logging_in),
    Scene("wrong-password", "session-ended", write_some, wrong_password),
    Scene("key-in-a-file", "passphrase", nothing, logging_in),
    Scene("colleague-here", "up-to-date", nothing, presence),
    Scene("colleague-writes-too", "up-to-date", nothing, writing_beside),
    Scene("meanwhile", "up-to-date", nothing, meanwhile),
    Scene("written-apart", "up-to-date", nothing, apart),
    Scene("written-apart-merged", "up-to-date", nothing, merging_apart),
    Scene("found-on-the-server", "up-to-date", nothing, found_beyond),
    Scene("brought-here", "up-to-date", nothing, bringing),
    Scene("server-not-reached", "offline", nothing, beyond_reach),
]
