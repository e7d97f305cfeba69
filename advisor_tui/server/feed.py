"""The feed: a wake-up when a stream grew or somebody opened a case.

One look at the database each fifth of a second for all who listen to this worker; the same bytes for all who may read
the same streams. A quiet listener costs one coroutine that waits for its client to leave: no task, no timer of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import msgspec
from starlette.types import Receive, Send

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.server.messages import HeadsShown, PresenceShown, PresentShown
from advisor_tui.server.metrics import Metrics
from advisor_tui.server.options import Options
from advisor_tui.server.problems import Problem, draining
from advisor_tui.server.record import fault
from advisor_tui.server.threads import Queue
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.identity import Identity, identify
from advisor_tui.store.central.presence import Present, read_presence
from advisor_tui.store.central.pull import read_heads

PING = b": ping\n\n"
GAP = 0.04
"""Seconds between two looks at least, however many pushes ask for one."""
AWAY = 2.0
"""Seconds to the next look when the database did not answer."""
MOST = 20_000
"""Feeds of one worker."""
_encode = msgspec.json.Encoder(order="deterministic").encode


class View(msgspec.Struct, frozen=True):
    """One look at the database."""

    heads: dict[str, int]
    grants: int
    present: tuple[Present, ...]


class Listener:
    """One open feed, and what its client was told last."""

    __slots__ = ("ended", "ends_at", "heads", "identity", "presence", "send", "sending", "spoke_at", "token")

    def __init__(self, identity: Identity, token: str, send: Send, ends_at: float) -> None:
        self.identity = identity
        self.token = token
        self.send = send
        self.ends_at = ends_at
        self.spoke_at = 0.0
        self.heads = b""
        self.presence = b""
        self.sending = False
        self.ended = False

    async def tell(self, chunk: bytes) -> None:
        """Send; while a slow client keeps us waiting, the hub tells it nothing more."""
        self.sending = True
        try:
            await self.send({"type": "http.response.body", "body": chunk, "more_body": True})
        finally:
            self.sending = False

    async def end(self) -> None:
        """The last word; the client sees a whole answer and comes again."""
        if not self.ended:
            self.ended = True
            await self.send({"type": "http.response.body", "body": b"", "more_body": False})


class Hub:
    """All the feeds of a worker."""

    def __init__(self, central: Central, options: Options, threads: Queue, metrics: Metrics, log: Any) -> None:
        self.central = central
        self.options = options
        self.threads = threads
        self.metrics = metrics
        self.log = log
        self.listeners: set[Listener] = set()
        self.closed = False
        self._loop: asyncio.Task[None] | None = None
        self._asked = asyncio.Event()
        self._words: set[asyncio.Task[None]] = set()
        self._grants = -1
        self._view: View | None = None  # what was seen last, while someone listens
        self._streams: dict[tuple[str, ...], tuple[str, ...]] = {}

    async def listen(self, token: str, identity: Identity, receive: Receive, send: Send) -> None:
        """Serve one feed until its client leaves, its time is over, or it may listen no more."""
        if self.closed:
            raise draining()
        if len(self.listeners) >= MOST:
            raise Problem(503, "busy", "Too many feeds are open on this server. Poll instead.", retry_after=30)
        view = self._view
        if view is None or view.grants != identity.grants:
            view = await self.threads.run(self._look)
        now = time.monotonic()
        life = self.options.feed_life * (0.9 + 0.2 * (hash(token) % 1000) / 1000)
        streams = self._streams.setdefault(identity.streams, identity.streams)  # one tuple for all who read the same
        listener = Listener(identity._replace(streams=streams), token, send, now + life)
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await listener.tell(b"".join(news(listener, Said(view))))
        listener.spoke_at = now
        self._join(listener)
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self._leave(listener)

    def _join(self, listener: Listener) -> None:
        self.listeners.add(listener)
        self.metrics.feeds.inc()
        if self._loop is None or self._loop.done():
            self._loop = asyncio.get_running_loop().create_task(self._watch())
        if listener.identity.grants != self._grants:
            self._grants = -1  # a right changed while it was on its way here
        if self.closed:
            self._say(listener.end())

    def _leave(self, listener: Listener) -> None:
        listener.ended = True
        self.listeners.discard(listener)
        self.metrics.feeds.dec()
        if not self.listeners:
            self._streams.clear()

    def forget(self, device: str) -> None:
        """A device logged out: its feed ends."""
        for listener in tuple(self.listeners):
            if listener.identity.device == device:
                self._say(listener.end())

    def poke(self) -> None:
        """Something was recorded here: look at once."""
        self._asked.set()

    def close(self) -> None:
        """End every feed; later ones are refused."""
        self.closed = True
        for listener in tuple(self.listeners):
            self._say(listener.end())

    # watching

    async def _watch(self) -> None:
        """Look, tell, wait; as long as someone listens."""
        try:
            await self._keep_watching()
        finally:
            self._view = None

    async def _keep_watching(self) -> None:
        away = False
        while self.listeners and not self.closed:
            self._asked.clear()
            try:
                view = await self.threads.run(self._look)
                if view.grants != self._grants:
                    await self._identify_again()
                    self._grants = view.grants
            except Exception as error:
                if not away:
                    self.log.warning("feed", message="The database does not answer.", **fault(error))
                away = True
                self._view = None
                self._ping_quiet()
                await asyncio.sleep(AWAY)
                continue
            away = False
            self._view = view
            await self._tell(view)
            await asyncio.sleep(GAP)
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, self.options.poll - GAP)):
                    await self._asked.wait()

    def _look(self) -> View:
        with self.central.read() as connection:
            heads, grants = read_heads(connection)
            present = read_presence(connection, self.central.now_ms())
        return View(heads, grants, tuple(present))

    async def _tell(self, view: View) -> None:
        said = Said(view)
        now = time.monotonic()
        for count, listener in enumerate(tuple(self.listeners)):
            if listener.ended or listener.sending:
                continue
            if now >= listener.ends_at:
                self._say(listener.end())
                continue
            chunk = b"".join(news(listener, said))
            if chunk or now - listener.spoke_at >= self.options.ping:
                listener.spoke_at = now
                self._say(listener.tell(chunk or PING))
            if count % 500 == 499:
                await asyncio.sleep(0)  # thousands of listeners: let requests through

    def _ping_quiet(self) -> None:
        now = time.monotonic()
        for listener in tuple(self.listeners):
            if not listener.ended and not listener.sending and now - listener.spoke_at >= self.options.ping:
                listener.spoke_at = now
                self._say(listener.tell(PING))

    def _say(self, word: Any) -> None:
        """Send without waiting for one slow client."""
        task = asyncio.get_running_loop().create_task(word)
        self._words.add(task)
        task.add_done_callback(self._said)

    def _said(self, task: asyncio.Task[None]) -> None:
        self._words.discard(task)
        if not task.cancelled():
            task.exception()  # a client that left; its coroutine knows already

    # rights

    async def _identify_again(self) -> None:
        """A right changed: what each may read is asked anew, and who may no longer listen is shown out."""
        tokens = {listener.token for listener in self.listeners}
        known = await self.threads.run(self._identities, tokens)
        for listener in tuple(self.listeners):
            if listener.token not in tokens:
                continue  # joined meanwhile, with fresh rights
            identity = known.get(listener.token)
            if identity is None:
                self._say(listener.end())
            else:
                streams = self._streams.setdefault(identity.streams, identity.streams)
                listener.identity = identity._replace(streams=streams)

    def _identities(self, tokens: Iterable[str]) -> dict[str, Identity]:
        found = {}
        with self.central.read() as connection:
            now_ms = self.central.now_ms()
            for token in tokens:
                with suppress(AdvisorError):
                    found[token] = identify(connection, token, now_ms)
        return found


class Said:
    """The bytes that say a view, made once for all who may read the same streams."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.devices = {present.device for present in view.present}
        self._heads: dict[tuple[str, ...], bytes] = {}
        self._presence: dict[tuple[str, ...], bytes] = {}

    def heads(self, streams: tuple[str, ...]) -> bytes:
        found = self._heads.get(streams)
        if found is None:
            heads = {stream: self.view.heads.get(stream, 0) for stream in streams}
            found = self._heads[streams] = _event(b"heads", HeadsShown(heads=heads, grants=self.view.grants))
        return found

    def presence(self, streams: tuple[str, ...], device: str) -> bytes:
        """Who is on a case of these streams, without `device` itself."""
        if device in self.devices:
            return self._present(streams, device)
        found = self._presence.get(streams)
        if found is None:
            found = self._presence[streams] = self._present(streams, "")
        return found

    def _present(self, streams: tuple[str, ...], device: str) -> bytes:
        present = [
            PresentShown(
                customer_id=one.customer_id, case_id=one.case_id, name=one.name, writing=one.writing, device=one.device
            )
            for one in self.view.present
            if one.stream in streams and one.device != device
        ]
        return _event(b"presence", PresenceShown(present=present))


NOBODY = b'event: presence\ndata: {"present":[]}\n\n'


def _event(name: bytes, data: msgspec.Struct) -> bytes:
    return b"event: " + name + b"\ndata: " + _encode(data) + b"\n\n"


def news(listener: Listener, said: Said) -> list[bytes]:
    """What a listener does not know yet; it is taken as told."""
    found = []
    identity = listener.identity
    heads = said.heads(identity.streams)
    if heads != listener.heads:
        listener.heads = heads
        found.append(heads)
    presence = said.presence(identity.streams, identity.device)
    if presence != (listener.presence or NOBODY):
        listener.presence = presence
        found.append(presence)
    return found
