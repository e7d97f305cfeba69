"""Logging in: the server's name for this device is taken over, and what was written here before comes along.

The command line and the desk both come through here.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import NamedTuple

from advisor_tui.domain.errors import Refused
from advisor_tui.language import N_, preferred_language
from advisor_tui.store.journal import Journal
from advisor_tui.store.replica.join import join
from advisor_tui.store.replica.outbox import count_unsent
from advisor_tui.store.workspace import Workspace
from advisor_tui.sync.session import Granted, Session

OTHER_SERVER = N_(
    "This workspace has joined {server}. Log out first, or keep another workspace: ADVISOR_HOME=FOLDER advisor login"
)
OTHER_USER = N_(
    "{user} made {count} changes here that were not sent. Log in as {user} and sync first, or keep another workspace."
)


class Joined(NamedTuple):
    """What a log-in came to."""

    granted: Granted
    signed: int
    """Changes that bore the name used here before, and bear the server's now."""


def log_in(workspace: Workspace, journal: Callable[[], Journal], session: Session, password: str) -> Joined:
    """Log in and join; nothing is created or changed here before the server has said yes. Raises SyncError or Refused."""
    refuse_mixing(workspace, journal, session.server, session.user)
    replaces = journal().hlc.device if workspace.exists else ""
    granted = session.login(password, platform.node()[:60] or "?", replaces)
    return Joined(granted, adopt(workspace, journal(), granted, session.server, session.user))


def refuse_mixing(workspace: Workspace, journal: Callable[[], Journal], url: str, user: str) -> None:
    """One home, one server; and nobody sends under another's name."""
    settings = workspace.settings
    if settings.server and settings.server != url:
        raise Refused(OTHER_SERVER, "other_server", server=settings.server)
    if not settings.user or settings.user.casefold() == user.casefold() or not workspace.exists:
        return
    with journal().reading() as connection:
        unsent = count_unsent(connection)
    if unsent:
        raise Refused(OTHER_USER, "other_user", user=settings.user, count=unsent)


def adopt(workspace: Workspace, journal: Journal, granted: Granted, url: str, user: str) -> int:
    """Become who the server says, on the device that it named; how many changes made here before were signed anew."""
    settings = workspace.settings
    same = not settings.user or settings.user.casefold() == user.casefold()
    signed = join(journal, device=granted.device, name=granted.name, previous_name=settings.name if same else "")
    team = settings.team if settings.team in granted.teams else next(iter(granted.teams), "")
    language = settings.language or preferred_language()
    workspace.update(name=granted.name, team=team, role=granted.role, server=url, user=user, language=language)
    return signed
