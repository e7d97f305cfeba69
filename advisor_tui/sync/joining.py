"""Logging in: the server's name for this device is taken over, and what was written here before comes along.

The command line and the desk both come through here.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import NamedTuple

from advisor_tui.store.journal import Journal
from advisor_tui.store.replica.join import join
from advisor_tui.store.workspace import Workspace
from advisor_tui.sync.session import Granted, Session


class Joined(NamedTuple):
    """What a log-in came to."""

    granted: Granted
    signed: int
    """Events that bore the name used here before, and bear the server's now."""


def log_in(workspace: Workspace, journal: Callable[[], Journal], session: Session, password: str) -> Joined:
    """Log in and join; nothing is created or changed here before the server has said yes. Raises SyncError."""
    before = workspace.settings
    replaces = journal().hlc.device if workspace.exists and before.server else ""
    granted = session.login(password, socket.gethostname() or "desk", replaces)
    signed = join(journal(), device=granted.device, name=granted.name, previous_name=before.name)
    team = before.team if before.team in granted.teams else next(iter(granted.teams), "")
    workspace.update(server=session.server, user=session.user, name=granted.name, role=granted.role, team=team)
    return Joined(granted, signed)
