"""The desk and its server: the line is opened after the first picture, and what colleagues did is shown as it comes."""

from __future__ import annotations

from asyncio import wrap_future
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, cast

from textual.signal import Signal
from textual.timer import Timer

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.language import _, ngettext
from advisor_tui.store.reads.replica import read_status
from advisor_tui.tui.chrome import TopLine
from advisor_tui.tui.desk_base import DeskBase
from advisor_tui.tui.facts import Gone, ReplicaRead, Told
from advisor_tui.tui.keys import key_name, key_of
from advisor_tui.tui.standing import Standing, status_of
from advisor_tui.tui.surprise import instead

if TYPE_CHECKING:
    from advisor_tui.store.reads.replica import ReplicaStatus
    from advisor_tui.tui.app import AdvisorApp
    from advisor_tui.tui.backend import Backend
    from advisor_tui.tui.link import Link

CALM = 0.3
"""Seconds between two readings of what colleagues changed."""


class Linked(DeskBase):
    """The desk, knowing how it stands with its server."""

    connect_after = 0.5
    """Seconds between the first picture and the opening of the line."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        self.link: Link | None = None
        self.standing = Standing()
        self.replica: ReplicaStatus | None = None
        self.standing_changed: Signal[Standing] = Signal(self, "standing")
        self._stirred: set[str] = set()
        self._read_at = 0.0
        self._soon: Timer | None = None

    async def on_mount(self) -> None:  # the base's own is called too
        if self.shared:
            self.call_after_refresh(lambda: self.set_timer(self.connect_after, self.connect))

    @property
    def shared(self) -> bool:
        """Whether this workspace has joined a server."""
        return bool(self.backend.workspace.settings.server)

    def connect(self) -> None:
        """Open the line, unless it is open."""
        if self.link is not None or not self.is_attached:
            return
        from advisor_tui.tui.link import Link

        self.link = Link(self.backend, self.post_message, cast("AdvisorApp", self.app).opener)
        self.link.start()
        self.set_interval(1.0, self.each_second)
        self.count_again()
        self.show_standing()

    def on_unmount(self) -> None:
        if self.link is not None:
            self.link.stop()

    def each_second(self) -> None:
        """What changes with the time alone: when the server is tried again."""
        if self.standing.state == "offline":
            self.show_standing()

    # how things stand

    def ask_again(self) -> None:
        """A person asked for another try: say so until the answer comes."""
        if self.standing.state == "offline":
            self.standing = self.standing._replace(again_at=0.0)
            self.show_standing()

    def action_server(self) -> None:
        """How sharing stands; where this workspace is alone, how to join."""
        if not self.shared:
            from advisor_tui.tui.join import JoinScreen

            self.app.push_screen(JoinScreen(self.backend), self.joined)
            return
        from advisor_tui.tui.server import ServerScreen

        self.connect()
        self.app.push_screen(ServerScreen(self))

    def joined(self, done: bool | None) -> None:
        """The workspace shares now: my name may be another, and the line is opened."""
        if done:
            top = self.query_one(TopLine)
            top.who, top.team = self.backend.person.name, self.backend.person.team
            top.refresh()
            self.connect()

    def action_set_aside(self) -> None:
        """What the server did not take."""
        from advisor_tui.tui.aside import AsideScreen

        self.app.push_screen(AsideScreen(self))

    def on_top_line_asked(self) -> None:
        self.action_server()

    def on_told(self, message: Told) -> None:
        """The line says how things stand."""
        told, before = message.standing, self.standing
        since = before.since if before.state == told.state else self.now()
        if told.state == "syncing":
            told = told._replace(unsent=before.unsent)
        self.standing = told._replace(since=since, set_aside=before.set_aside, last_sync=before.last_sync)
        if told.restamped:
            self._say_restamped(told.restamped)
        if message.customers or told.moved:
            self.stir(message.customers)
        self.count_again()
        self.show_standing()

    def _say_restamped(self, count: int) -> None:
        said = ngettext(
            "The clock of this computer was ahead; {count} entry was dated anew. Set the clock right.",
            "The clock of this computer was ahead; {count} entries were dated anew. Set the clock right.",
            count,
        )
        self.notify(said.format(count=count), severity="warning", timeout=15)

    def count_again(self) -> None:
        """Read how much waits."""
        if self.shared:
            instead(self, "replica", self._count)

    async def _count(self) -> None:
        with suppress(AdvisorError):  # the day says why nothing can be read
            self.post_message(ReplicaRead(await wrap_future(self.backend.read(read_status))))

    def on_replica_read(self, message: ReplicaRead) -> None:
        self.replica = status = message.status
        state = self.standing.state
        if state in ("up_to_date", "waiting"):
            state = "waiting" if status.unsent else "up_to_date"
        self.standing = self.standing._replace(
            state=state, unsent=status.unsent, set_aside=status.set_aside, last_sync=status.last_sync
        )
        self.show_standing()

    def show_standing(self) -> None:
        """Say it at the top and wherever else it is shown."""
        top = self.query_one(TopLine)
        if top.status[0] != "✓":
            self.say_standing()
        self.day_view.set_arriving(self.standing.moved if self._arriving else None)
        self.standing_changed.publish(self.standing)

    def customer_shown(self) -> None:
        super().customer_shown()
        if self.link is not None:  # how many of their texts are to be merged
            self.show_standing()

    @property
    def _arriving(self) -> bool:
        """Whether the customers of the server come here for the first time."""
        return (
            self.link is not None and not self.standing.last_sync and self.standing.state in ("connecting", "syncing")
        )

    def say_standing(self) -> None:
        if self.link is None:
            super().say_standing()
            return
        key = key_name(key_of("server", self.backend.workspace.settings.keys))
        glyph, ink, texts = status_of(self.standing, self.now(), monotonic(), key)
        apart = self.to_merge()
        if apart and self.standing.calm:
            merge = ngettext("{count} text to merge", "{count} texts to merge", apart).format(count=apart)
            glyph, ink, texts = "▲", "warning", (*(f"{text} · {merge}" for text in texts), merge)
        self.query_one(TopLine).set_status(glyph, ink, *texts)

    def to_merge(self) -> int:
        """Texts of the open customer that have several wordings."""
        cases = [entry.case_id or entry.id for entry in self.life_view.entries if entry.state == "conflict"]
        return len(set(cases))

    # what colleagues did

    def stir(self, customers: frozenset[str]) -> None:
        """Something changed on the disk: read it soon, and not more often than the eye can follow."""
        self._stirred |= customers
        if self._soon is None:
            wait = max(0.01, CALM - (monotonic() - self._read_at))
            self._soon = self.set_timer(wait, self._read_stirred)

    def _read_stirred(self) -> None:
        self._soon = None
        if any(worker.group == "open" and not worker.is_finished for worker in self.workers):
            self._soon = self.set_timer(0.05, self._read_stirred)  # a customer is being opened: they come first
            return
        self._read_at = monotonic()
        stirred, self._stirred = self._stirred, set()
        self.read_day()
        if self.life is not None and not stirred.isdisjoint(self.life.brief.head.ids):
            self.open_customer(self.life.brief.head.id, keep=True)

    def on_gone(self, message: Gone) -> None:
        """The open customer was taken from this workspace: erased, or of a team that is not mine any more."""
        if self.life is None or self.life.brief.head.id != message.customer_id:
            return
        self.life = None
        self.life_view.clear()
        self.brief_view.clear()
        self._show_nobody(_("This customer is no longer on this computer: erased, or no longer your team's."))
