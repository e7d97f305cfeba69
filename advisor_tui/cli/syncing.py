"""`advisor login`, `logout`, `sync` and `status`: this workspace and its server."""

from __future__ import annotations

import contextlib
import getpass
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from advisor_tui.cli.output import DONE, FAILED, PART, say, say_error, say_json
from advisor_tui.domain.errors import Invalid
from advisor_tui.language import N_, _, ngettext
from advisor_tui.language import formats as f
from advisor_tui.store.workspace import Workspace

if TYPE_CHECKING:
    from advisor_tui.store.journal import Journal
    from advisor_tui.store.reads.replica import ReplicaStatus
    from advisor_tui.sync.engine import Engine, Outcome
    from advisor_tui.sync.session import Session

PLACES = {
    "keyring": N_("Your key to the server is in the system's keyring."),
    "file": N_("Your key to the server is in an encrypted file beside the workspace."),
    "environment": N_("Your key to the server comes from ADVISOR_TOKEN."),
}
STATES = {
    "local": N_("Nothing is shared: this workspace has not joined a server."),
    "never_synced": N_("Joined {server} as {user}; nothing was exchanged yet. Next: advisor sync"),
    "waiting": N_("Joined {server} as {user}; not everything was sent yet."),
    "up_to_date": N_("Joined {server} as {user}; everything was sent."),
}


def log_in(url: str, user: str, password_stdin: bool, as_json: bool) -> None:
    """Join the server at `url`, or log in again; what was written here before comes along."""
    from advisor_tui.sync.joining import log_in as join_server
    from advisor_tui.sync.joining import refuse_mixing
    from advisor_tui.sync.session import new_session
    from advisor_tui.sync.tls import read_address

    workspace = Workspace()
    address, user = read_address(url), user.strip()
    if not user or not user.isprintable():
        raise Invalid("{what} is empty.", what="--user")
    session = new_session(workspace, address.url, user, ask_passphrase)
    with contextlib.closing(session), _opened_when_needed(workspace) as journal:
        refuse_mixing(workspace, journal, address.url, user)
        session.http.meta()  # before anybody types a password for a wrong address
        password = _read_password(password_stdin, user, address.host)
        created = not workspace.exists
        granted, signed = join_server(workspace, journal, session, password)
    if as_json:
        say_json(
            {"ok": True, "server": address.url, "user": user, "name": granted.name, "role": granted.role,
             "teams": granted.teams, "device": granted.device, "place": session.place, "created": created, "signed": signed}
        )  # fmt: skip
        return
    say(_("You are {name} on {server}.").format(name=granted.name, server=address.host))
    say(_(PLACES[session.place]))
    if signed:
        said = ngettext(
            "{count} change made here before is now {name}'s.", "{count} changes made here before are now {name}'s.", signed
        )  # fmt: skip
        say(said.format(count=f.number(signed), name=granted.name))
    say(_("Next: advisor sync"))


def log_out(as_json: bool) -> None:
    """Leave the server; what is here stays here."""
    from advisor_tui.sync.session import open_session

    workspace = Workspace()
    with contextlib.closing(open_session(workspace)) as session:
        told = session.logout()
        server, host = session.server, session.http.address.host
    workspace.update(server="")
    if as_json:
        say_json({"ok": True, "server": server, "told": told})
        return
    say(_("You are logged out of {server}. Everything that is here stays here.").format(server=host))
    if not told:
        say(_("{server} could not be told. If this device was lost, ask your lead to revoke it.").format(server=host))


def sync_now(watch: bool, as_json: bool) -> int:
    """Exchange until quiet, or on and on; the exit status."""
    from advisor_tui.store.journal import Journal
    from advisor_tui.sync.engine import Engine
    from advisor_tui.sync.session import open_session

    workspace = Workspace()
    workspace.require()
    session = open_session(workspace, ask_passphrase)
    journal = Journal(workspace.database, workspace.clock())
    try:
        _adopt_environment(workspace, journal, session)
        engine = Engine(lambda: journal, session)
        if watch:
            return _watch(engine, session, as_json)
        outcome = engine.run_once()
        if session.trouble is not None and not as_json:
            say_error(session.trouble, False)
        return _tell(outcome, as_json)
    finally:
        session.close()
        journal.close()


def show_status(as_json: bool) -> None:
    """How this workspace stands with its server, without asking it."""
    workspace = Workspace()
    workspace.require()
    settings = workspace.settings
    found = _read_status(workspace)
    state = "local" if not settings.server else "never_synced" if not found.last_sync else "up_to_date"
    if settings.server and found.last_sync and found.unsent:
        state = "waiting"
    if as_json:
        say_json(
            {"server": settings.server, "user": settings.user, "device": found.device, "state": state,
             "unsent": found.unsent, "set_aside": found.set_aside,
             "streams": [stream._asdict() for stream in found.streams], "last_sync": found.last_sync or None, "error": None}
        )  # fmt: skip
        return
    say(_(STATES[state]).format(server=settings.server, user=settings.user))
    if found.last_sync:
        say(_("Last exchange: {time}").format(time=f.long_time(found.last_sync, workspace.zone)))
    if settings.server:
        _say_unsent(found.unsent)
    if found.set_aside:
        _say_set_aside(found.set_aside)
    for stream in found.streams if settings.server else ():
        team = stream.name or _("all teams")
        say(_("Shared with {team}: up to number {number}").format(team=team, number=f.number(stream.seq)))


def ask_passphrase(new: bool) -> str:
    """The passphrase of the encrypted file, from whoever sits at the terminal; nothing where nobody does."""
    if not sys.stderr.isatty():
        return ""
    said = getpass.getpass(_("Passphrase for the key to the server: "))
    if new and said and getpass.getpass(_("The same passphrase again: ")) != said:
        raise Invalid("The two passphrases are not the same.")
    return said


def _read_password(from_stdin: bool, user: str, host: str) -> str:
    if from_stdin:
        try:
            password = sys.stdin.buffer.readline().decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise Invalid("What was typed is not text in UTF-8.") from error
    elif sys.stdin.isatty():
        password = getpass.getpass(_("Password of {user} on {server}: ").format(user=user, server=host))
    else:
        raise Invalid(N_("Nobody can be asked for the password here. Give it with --password-stdin."))
    if not password:
        raise Invalid("{what} is empty.", what=_("The password"))
    return password


@contextlib.contextmanager
def _opened_when_needed(workspace: Workspace) -> Iterator[Callable[[], Journal]]:
    """The workspace's journal, opened (and the workspace made) when it is first asked for."""
    opened: list[Journal] = []

    def journal() -> Journal:
        from advisor_tui.store.journal import Journal as Opened

        if not opened:
            opened.append(Opened(workspace.database, workspace.clock()))
        return opened[0]

    try:
        yield journal
    finally:
        for one in opened:
            one.close()


def _adopt_environment(workspace: Workspace, journal: Journal, session: Session) -> None:
    """A key that came without a log-in (ADVISOR_TOKEN) brings its device along."""
    from advisor_tui.sync.errors import SyncError
    from advisor_tui.sync.joining import adopt

    if session.place != "environment":
        return
    with contextlib.suppress(SyncError):  # the exchange says it, a moment later
        session.access()
        if session.granted is not None and session.granted.device != journal.hlc.device:
            adopt(workspace, journal, session.granted, session.server, session.user)


def _read_status(workspace: Workspace) -> ReplicaStatus:
    from advisor_tui.store.reads.connection import open_reads
    from advisor_tui.store.reads.replica import read_status
    from advisor_tui.store.version import SCHEMA

    connection = open_reads(workspace.database)
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] < SCHEMA:
            from advisor_tui.store.journal import Journal

            Journal(workspace.database, workspace.clock()).close()  # an older version made it
        return read_status(connection)
    finally:
        connection.close()


def _tell(outcome: Outcome, as_json: bool) -> int:
    """Say what an exchange did; its exit status."""
    done = bool(outcome.pushed or outcome.pulled)
    ok = outcome.error is None and not outcome.unsent
    if as_json:
        say_json({"ok": ok, **_as_dict(outcome)})
    else:
        say(
            _("Sent {sent}, received {received}.").format(
                sent=f.number(outcome.pushed), received=f.number(outcome.pulled)
            )
        )
        if outcome.set_aside:
            _say_set_aside(outcome.set_aside)
        if outcome.error is not None:
            say_error(outcome.error, False)
        _say_unsent(outcome.unsent)
    if ok:
        return DONE
    return PART if done or outcome.error is None else FAILED


def _as_dict(outcome: Outcome) -> dict[str, Any]:
    error = outcome.error
    told = None if error is None else {"code": error.code, "message": error.text(_), "details": error.details}
    return {
        "state": outcome.state, "pushed": outcome.pushed, "pulled": outcome.pulled, "set_aside": outcome.set_aside,
        "restamped": outcome.restamped, "unsent": outcome.unsent, "error": told,
    }  # fmt: skip


def _say_unsent(count: int) -> None:
    if count:
        said = ngettext("{count} change waits to be sent.", "{count} changes wait to be sent.", count)
        say(said.format(count=f.number(count)))
    else:
        say(_("Nothing waits to be sent."))


def _say_set_aside(count: int) -> None:
    said = ngettext(
        "{count} change was not taken by the server; its words are kept here.",
        "{count} changes were not taken by the server; their words are kept here.", count,
    )  # fmt: skip
    say(said.format(count=f.number(count)))


def _watch(engine: Engine, session: Session, as_json: bool) -> int:
    """Exchange in a thread until a signal comes; what stopped it is raised here."""
    stop = threading.Event()
    failures: list[BaseException] = []
    seen: list[str] = []

    def told(outcome: Outcome) -> None:
        news = outcome.pushed or outcome.pulled or outcome.set_aside or seen[-1:] != [outcome.state]
        if outcome.state == "syncing" or not news:
            return
        seen.append(outcome.state)
        _tell(outcome, as_json)
        sys.stdout.flush()

    def work() -> None:
        try:
            engine.watch(stop, told)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=work, name="sync", daemon=True)
    with _terminable():
        thread.start()
        try:
            while thread.is_alive():
                thread.join(0.5)
        finally:
            stop.set()
            engine.retry_now()
            session.close()
            thread.join(10)
    if failures:
        raise failures[0]
    return DONE


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Asked to end by the system, the block ends as with Ctrl+C."""

    def end(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end) if os.name == "posix" else None
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)
