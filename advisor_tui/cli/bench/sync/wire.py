"""HTTP with as little between us and the server as can be: blocking, one connection; and feeds by the thousand."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Mapping
from http.client import HTTPConnection
from urllib.parse import urlsplit

import msgspec

from advisor_tui.domain.errors import StoreError
from advisor_tui.domain.wire import PROTOCOL, Push, Pushed, WireEvent
from advisor_tui.language import N_

NEWS = b"event: heads"
AT_ONCE = 100
"""Feeds that are being opened at the same time."""
PATIENCE = 60.0
_encode = msgspec.json.Encoder().encode


def where(url: str) -> tuple[str, int]:
    """Host and port of a server on this machine."""
    parts = urlsplit(url)
    return str(parts.hostname), int(parts.port or 80)


def head(method: str, path: str, token: str, **more: str) -> bytes:
    """The first lines of a request."""
    headers = {"Host": "localhost", "Sync-Protocol": str(PROTOCOL), "Authorization": f"Bearer {token}", **more}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Wire:
    """One connection, over which one request follows the other."""

    def __init__(self, url: str, token: str = "") -> None:
        self._connection = HTTPConnection(*where(url), timeout=PATIENCE)
        self._headers = {"Sync-Protocol": str(PROTOCOL), "Authorization": f"Bearer {token}"}

    def ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> bytes:
        """The body of the answer. Raises StoreError when it is a refusal."""
        self._connection.request(method, path, body, {**self._headers, **(headers or {})})
        response = self._connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise refused(response.status)
        return answer

    def push(self, body: bytes) -> Pushed:
        """Send what `pack` made."""
        answer = self.ask("POST", "/v1/push", body, {"Content-Type": "application/json", "Content-Encoding": "gzip"})
        return msgspec.json.decode(answer, type=Pushed)

    def close(self) -> None:
        self._connection.close()


def pack(device: str, events: list[WireEvent]) -> bytes:
    """The body of a push as a desk sends it."""
    return gzip.compress(_encode(Push(device=device, events=events)), 4)


def encode(device: str, event: WireEvent) -> bytes:
    """The body of a push of one event, too short to be worth compressing."""
    return _encode(Push(device=device, events=[event]))


def refused(status: int | str) -> StoreError:
    """The error of a benchmark whose server did not do as it was asked."""
    return StoreError(N_("The server answered {status}; nothing can be measured."), status=status)


class Crowd:
    """Feeds that are open to one server, and when each heard of something new."""

    def __init__(self, url: str) -> None:
        self.host, self.port = where(url)
        self.ears: list[Ear] = []
        self.lost = 0
        self.heard: list[float] = []
        self._all = asyncio.Event()
        self._wanted = 0

    async def open(self, tokens: list[str]) -> None:
        """A feed for each token, each of which has heard its first word."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(token: str) -> Ear:
            async with gate:
                loop = asyncio.get_running_loop()
                _, ear = await loop.create_connection(lambda: Ear(self, token), self.host, self.port)
                async with asyncio.timeout(PATIENCE):
                    await ear.first
                return ear

        self.ears += await asyncio.gather(*(one(token) for token in tokens))

    def expect(self) -> None:
        """From now on, count who hears."""
        self.heard.clear()
        self._wanted = len(self.ears)
        self._all.clear()

    async def all_heard(self) -> None:
        """Wait until everyone has heard of what happened since `expect`."""
        async with asyncio.timeout(PATIENCE):
            await self._all.wait()

    def hear(self, when: float) -> None:
        self.heard.append(when)
        if len(self.heard) == self._wanted:
            self._all.set()

    def close(self) -> None:
        for ear in self.ears:
            ear.leave()


class Ear(asyncio.Protocol):
    """One feed."""

    def __init__(self, crowd: Crowd, token: str) -> None:
        self.crowd = crowd
        self.first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._token = token
        self._tail = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(head("GET", "/v1/feed", self._token, Accept="text/event-stream"))

    def data_received(self, data: bytes) -> None:
        if not self.first.done() and data.startswith(b"HTTP/1.1") and b" 200 " not in data[:13]:
            self.first.set_exception(refused(data[9:12].decode("latin-1")))
            return
        seen = self._tail + data
        self._tail = seen[1 - len(NEWS) :]
        if NEWS not in seen:
            return
        if not self.first.done():
            self.first.set_result(None)
        else:
            self.crowd.hear(time.perf_counter())

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.first.done():
            self.first.set_exception(refused("nothing"))
        self.crowd.lost += 1

    def leave(self) -> None:
        if self._transport is not None:
            self._transport.abort()
