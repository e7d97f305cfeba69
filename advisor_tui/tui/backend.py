"""The desk's two helpers off the screen's thread: one reads, one writes. Nothing here touches a widget.

Reading starts before the first paint and needs neither SQLModel nor httpx. Writing loads what it
needs when a person begins to write.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from advisor_tui.domain.clock import Clock
from advisor_tui.domain.promising import warn_until
from advisor_tui.domain.rules import Rules
from advisor_tui.store.faults import explained
from advisor_tui.store.private import Private
from advisor_tui.store.reads.brief import Life, read_life
from advisor_tui.store.reads.connection import open_reads
from advisor_tui.store.reads.day import Day, read_day
from advisor_tui.store.reads.find import Finder
from advisor_tui.store.reads.since import mark_seen
from advisor_tui.store.rulebook import workspace_rules
from advisor_tui.store.workspace import Workspace

if TYPE_CHECKING:
    from advisor_tui.actions.execute import Result
    from advisor_tui.store.journal import Journal

T = TypeVar("T")


async def written(future: Future[T]) -> T:
    """Wait for a write. Who gives up waiting does not take the write back."""
    return await asyncio.shield(asyncio.wrap_future(future))


def read_first(connection: sqlite3.Connection, now: datetime, rules: Rules, me: str) -> tuple[Day, Life | None]:
    """My day, and the life of the customer who comes first in it."""
    day = read_day(connection, now, warn_until(rules, now), me)
    return day, read_life(connection, day.rows[0].customer_id, now, rules, True) if day.rows else None


class Backend:
    """One workspace, read and written for the desk."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.clock: Clock = workspace.clock()
        self.rules: Rules = workspace_rules(workspace)
        self.know_me()
        self.written: Callable[[], None] | None = None
        """Told after each action, in the writing thread: something can be sent."""
        self._readers = ThreadPoolExecutor(1, "reads")
        self._writers = ThreadPoolExecutor(1, "writes")
        self._connection: sqlite3.Connection | None = None
        self._finder: Finder | None = None
        self._journal: Journal | None = None
        self._first: Future[tuple[Day, Life | None]] | None = None
        self._warming = False
        self._find_token = 0
        self._token_lock = threading.Lock()

    def know_me(self) -> None:
        """Who works here, as the settings say."""
        self.person = self.workspace.settings.person()

    # reading

    def now(self) -> datetime:
        """The present in the workspace's civil calendar."""
        return self.clock.now().astimezone(self.clock.zone)

    def begin(self) -> Future[tuple[Day, Life | None]]:
        """Start reading the first screen; asked for again, the same reading."""
        if self._first is None:
            self._first = self.read(read_first, self.now(), self.rules, self.person.name)
        return self._first

    def _reads(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = open_reads(self.workspace.database)
        return self._connection

    def read(self, query: Callable[..., T], *args: Any) -> Future[T]:
        """Run `query(connection, *args)` on the reading thread."""
        return self._readers.submit(self._run_read, query, *args)

    def _run_read(self, query: Callable[..., T], *args: Any) -> T:
        with explained(self.workspace.database):
            return query(self._reads(), *args)

    def find(self, text: str) -> Future[Any]:
        """Customers and entries for what was typed; an older question still waiting is dropped."""
        with self._token_lock:
            self._find_token += 1
            token = self._find_token
        return self._readers.submit(self._find, text, token)

    def _find(self, text: str, token: int) -> Any:
        from advisor_tui.store.reads.search import search

        if token != self._find_token:
            return None
        with explained(self.workspace.database):
            if self._finder is None:
                self._finder = Finder(self._reads())
            customers = self._finder.find(text)
            return text, customers, search(self._reads(), text)

    # writing

    def journal(self) -> Journal:
        """The journal, opened on first use; call it on the writing thread."""
        if self._journal is None:
            from advisor_tui.store.journal import Journal

            self._journal = Journal(self.workspace.database, self.clock)
        return self._journal

    def open_journal(self) -> Journal:
        """The journal, for another thread; opened on the one that writes."""
        return self._writers.submit(self.journal).result()

    def warm_up(self) -> None:
        """Load what writing needs while a person still thinks about the words; a reader never pays for it."""
        if self._journal is None and not self._warming:
            self._warming = True

            def load() -> None:
                from advisor_tui.actions import execute  # noqa: F401

                self.journal()

            self._writers.submit(load)

    def write(self, work: Callable[..., T], *args: Any) -> Future[T]:
        """Run `work(journal, *args)` on the writing thread."""
        return self._writers.submit(lambda: work(self.journal(), *args))

    def do(self, name: str, given: dict[str, Any], draft: tuple[str, str, str] | None = None) -> Future[Result]:
        """Do an action; the draft it was written in goes with it."""

        def run(journal: Journal) -> Result:
            from advisor_tui.actions.execute import execute

            result = execute(journal, name, given, self.person, self.rules, draft)
            if self.written is not None:
                self.written()
            return result

        return self.write(run)

    def save_draft(self, subject: str, kind: str, customer_id: str, text: str, base: str) -> Future[None]:
        """Keep what is being written."""

        def run(journal: Journal) -> None:
            from advisor_tui.store.drafts import save_draft

            save_draft(journal, subject, kind, customer_id, text, base)

        return self.write(run)

    def own(self, work: Callable[..., T], *args: Any) -> Future[T]:
        """Run `work(private, *args)` on what is this person's alone; the workspace is not touched."""
        return self._readers.submit(work, Private.of(self.workspace), *args)

    def close(self) -> None:
        """Finish what was begun, then close."""
        if self._first is not None:
            self._writers.submit(mark_seen, self.workspace.database)
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True, cancel_futures=True)
        if self._connection is not None:
            self._connection.close()
        if self._journal is not None:
            self._journal.close()
