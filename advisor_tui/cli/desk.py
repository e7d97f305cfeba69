"""Opening the desk: the workspace is being read while the screen is being loaded."""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.domain.text import harmless
from advisor_tui.language import _, preferred_language, set_language
from advisor_tui.store.workspace import Workspace

if TYPE_CHECKING:
    from advisor_tui.tui.app import AdvisorApp


GONE_S = 8.0
"""Seconds that an orderly end may take once a person or the system asked for it."""


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
        sys.stderr.write(harmless(error.text(_)) + "\n")
        return 1


def can_show() -> bool:
    """Whether there is a terminal that can show a full screen."""
    if not all(stream and stream.isatty() for stream in (sys.stdin, sys.__stdout__, sys.__stderr__)):
        return False  # the desk paints on the error output
    return os.environ.get("TERM", "") not in ("dumb", "unknown") or sys.platform == "win32"


def _open(workspace: Workspace) -> int:
    gc.disable()  # loading makes only what stays; the desk turns it on again once it is up
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
    _leave_when_told(app)
    app.run()
    if app.last_words is not None and (error := app.last_words[1].exception()) is not None:
        words = error.text(_) if isinstance(error, AdvisorError) else str(error)
        told = _("This could not be kept, so here it is:")
        sys.stderr.write(harmless(f"{words}\n{told}\n\n{app.last_words[0]}\n"))
        return 1
    return app.return_code or 0


def _leave_when_told(app: AdvisorApp) -> None:
    """Asked to end, or left by its terminal, the desk goes as when a person leaves it: draft and terminal in order."""
    import asyncio
    import threading
    import time

    def give_up(number: int) -> None:
        time.sleep(GONE_S)
        os._exit(128 + number)

    def leave(number: int, _frame: object) -> None:
        # what paints to a terminal that is gone may wait for it for ever; drafts are on disk within a second
        threading.Thread(target=give_up, args=(number,), daemon=True).start()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # not up yet, or down already
            raise SystemExit(128 + number) from None
        loop.call_soon_threadsafe(lambda: app.exit(return_code=128 + number))

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), leave)
