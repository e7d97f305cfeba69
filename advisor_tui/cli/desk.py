"""Opening the desk: the workspace is being read while the screen is being loaded."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.language import _, preferred_language, set_language
from advisor_tui.store.workspace import Workspace


def open_desk(home: Path | None = None) -> int:
    """Open the desk on the workspace at `home`; the exit status."""
    workspace = Workspace(home)
    try:
        set_language(preferred_language(workspace.settings.language))
        if not can_show():
            sys.stderr.write(
                _("The full-screen desk needs a terminal. Without one: advisor day --plain, advisor show NAME --plain")
                + "\n"
            )
            return 1
        return _open(workspace)
    except AdvisorError as error:
        sys.stderr.write(error.text(_) + "\n")
        return 1


def can_show() -> bool:
    """Whether there is a terminal that can show a full screen."""
    if not (sys.stdin and sys.stdin.isatty() and sys.__stdout__ and sys.__stdout__.isatty()):
        return False
    return os.environ.get("TERM", "") not in ("dumb", "unknown") or sys.platform == "win32"


def _open(workspace: Workspace) -> int:
    backend = None
    if workspace.exists:
        from advisor_tui.tui.backend import Backend

        backend = Backend(workspace)
        reading = backend.begin()
        from advisor_tui.tui import desk  # noqa: F401 - loads while the workspace is being read

        if (error := reading.exception()) is not None:
            backend.close()
            raise error  # told in words, on a terminal that was not touched yet
    from advisor_tui.tui.app import AdvisorApp

    app = AdvisorApp(workspace, backend)
    app.run()
    return app.return_code or 0
