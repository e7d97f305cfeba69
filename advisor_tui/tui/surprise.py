"""A screen whose work off the screen never fails in silence."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from textual.dom import DOMNode
from textual.message_pump import MessagePump
from textual.worker import Worker, WorkerState

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.language import _


class Surprised(MessagePump):
    """Says what went wrong when a worker fails in a way that nobody foresaw."""

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        error = event.worker.error
        if event.state is WorkerState.ERROR and error is not None:
            reason = error.text(_) if isinstance(error, AdvisorError) else f"{type(error).__name__}: {error}"
            self.app.notify(_("This went wrong: {reason}").format(reason=reason), severity="error", timeout=12)


def instead(node: DOMNode, group: str, work: Callable[..., Coroutine[Any, Any, None]], *given: Any) -> None:
    """Run `work` in place of what its group still does; replaced before it began, it leaves no coroutine behind."""
    begin: Any = partial(work, *given)
    node.run_worker(begin, group=group, exclusive=True, exit_on_error=False)
