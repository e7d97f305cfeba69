"""The only door to the network: requests and answers, every failure turned into a SyncError that says what to do.

Nothing here touches httpx before the first request, so that the desk starts without it.
"""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, overload
from weakref import WeakSet

import msgspec

from advisor_tui import __version__
from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.wire import PROTOCOL, Meta, PulledLine, Push, Pushed
from advisor_tui.language import N_
from advisor_tui.sync import errors
from advisor_tui.sync.errors import AnswerCut, NotAServer, SyncError, TlsFailed, Unreachable, of_answer, upgrade_needed
from advisor_tui.sync.tls import kind_of, read_address, trust

if TYPE_CHECKING:
    import ssl

    import httpx

PRODUCT = "advisor-tui"
JSON, NDJSON, EVENTS = "application/json", "application/x-ndjson", "text/event-stream"
CONNECT_S, READ_S, FEED_S = 5.0, 30.0, 40.0
"""Seconds without a sign of life: while connecting, while reading, and on the feed, which pings each 15 s."""
PATIENCE_S, SLOWEST = 60.0, 2048
"""An answer may take this long, and beyond it as long as it brings this many bytes a second."""
MAX_JSON, MAX_PAGE, MAX_ERROR, MAX_NEWS = 16 << 20, 64 << 20, 64 << 10, 1 << 20
"""Bytes, decompressed: of an answer, of a page, of an error that is read, of one event of the feed."""
COMPRESS_FROM = 1024
T = TypeVar("T")
_Lines = msgspec.json.Decoder(PulledLine)
_Params = Mapping[str, str | int]


class _Answer(NamedTuple):
    status: int
    body: bytes


class Http:
    """Talks to one server; may be used by several threads, a few at a time (httpx slows down beyond four)."""

    def __init__(self, url: str, ca: str = "", *, transport: httpx.BaseTransport | None = None) -> None:
        self.address = read_address(url)
        self._ca = ca
        self._transport = transport
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        self._context: ssl.SSLContext | None = None
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether it was closed for good."""
        return self._closed

    def meta(self, token: str | None = None) -> Meta:
        """What the server says of itself; NotAServer or UpgradeNeeded where going on makes no sense."""
        try:
            meta = self.json("GET", "/v1/meta", token=token, type=Meta)
        except AnswerCut as error:
            if isinstance(error.__cause__, msgspec.ValidationError):  # whole, and somebody else's
                raise NotAServer(errors.STRANGER, server=self.address.host) from error
            raise
        if meta.product != PRODUCT:
            raise NotAServer(errors.STRANGER, server=self.address.host)
        needed = upgrade_needed(meta.protocol.get("min"), meta.protocol.get("max"), self.address.host)
        if needed is not None:
            raise needed
        return meta

    @overload
    def json(
        self, method: str, path: str, body: object = None, params: _Params | None = None, token: str | None = None
    ) -> None: ...

    @overload
    def json(
        self, method: str, path: str, body: object = None, params: _Params | None = None, token: str | None = None,
        *, type: type[T],
    ) -> T: ...  # fmt: skip

    def json(
        self, method: str, path: str, body: object = None, params: _Params | None = None, token: str | None = None,
        *, type: type[T] | None = None,
    ) -> T | None:  # fmt: skip
        """One request; the answer decoded as `type`, or nothing where no type is given."""
        sent = None if body is None else msgspec.json.encode(body)
        answer = self._ask(method, path, sent, params, token, JSON, MAX_JSON)
        if type is None:
            return None
        try:
            return msgspec.json.decode(answer.body, type=type)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._cut() from error

    def push(self, batch: Push, token: str) -> Pushed:
        """Offer events; one word for each comes back, in the same order."""
        told = self.json("POST", "/v1/push", batch, token=token, type=Pushed)
        if [result.id for result in told.results] != [event.id for event in batch.events]:
            raise self._cut()
        return told

    def page(self, path: str, params: _Params | None = None, token: str | None = None) -> list[PulledLine]:
        """The lines of a page, the last of which holds `next`; a page that is not whole raises AnswerCut."""
        answer = self._ask("GET", path, None, params, token, NDJSON, MAX_PAGE)
        try:
            lines = _Lines.decode_lines(answer.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._cut() from error
        if not lines or lines[-1].next is None or any(line.next is not None for line in lines[:-1]):
            raise self._cut()
        return lines

    def feed(self, token: str) -> Feed:
        """The server's wake-up calls; iterate it in a thread, `close()` it from any."""
        return Feed(self, token)

    def close(self) -> None:
        """End it all: whoever waits for an answer gets Unreachable at once."""
        with self._lock:
            self._closed = True
            client, self._client = self._client, None
            for one in list(self._sockets):
                _hang_up(one)
        if client is not None:
            with suppress(Exception):  # a connection that was just hung up may complain
                client.close()

    def _ask(
        self, method: str, path: str, body: bytes | None, params: _Params | None, token: str | None, accept: str, limit: int
    ) -> _Answer:  # fmt: skip
        headers = self._headers(token, accept)
        if body is not None:
            headers["Content-Type"] = JSON
            if len(body) > COMPRESS_FROM:
                headers["Content-Encoding"] = "gzip"
                body = gzip.compress(body, 4, mtime=0)
        url = self.address.url + path
        with self._told() as began:
            client = self._ready()
            with client.stream(
                method, url, content=body, params=dict(params or {}), headers=headers, extensions={"trace": self.watch}
            ) as response:  # fmt: skip
                began.append(True)
                self.check(response, accept)
                return _Answer(response.status_code, self._read(response, limit))

    def _headers(self, token: str | None, accept: str) -> dict[str, str]:
        headers = {
            "Sync-Protocol": str(PROTOCOL), "Accept": accept, "User-Agent": f"{PRODUCT}/{__version__}",
            "Accept-Encoding": "identity" if accept == EVENTS else "gzip",
        }  # fmt: skip
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return headers

    def check(self, response: httpx.Response, accept: str) -> None:
        """Raise what a status other than success means, or NotAServer when the answer is of another kind."""
        if not response.is_success:
            try:
                said = self._read(response, MAX_ERROR)
            except SyncError:
                said = b""
            raise of_answer(response.status_code, response.headers, said, self.address.host, self.address.url)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.status_code != 204 and kind != accept:
            raise NotAServer(errors.STRANGER, server=self.address.host)

    def _read(self, response: httpx.Response, limit: int) -> bytes:
        """The body, decompressed here so that a small answer cannot grow without end."""
        encoding = response.headers.get("content-encoding", "").strip().lower()
        if encoding not in ("", "identity", "gzip"):
            raise self._cut()
        inflate = zlib.decompressobj(31) if encoding == "gzip" else None
        started, received, size = time.monotonic(), 0, 0
        pieces: list[bytes] = []
        for chunk in response.iter_raw():
            received += len(chunk)
            if time.monotonic() - started > PATIENCE_S + received / SLOWEST:
                raise self._unreachable("timeout")
            try:
                piece = chunk if inflate is None else inflate.decompress(chunk, limit + 1 - size)
            except zlib.error as error:
                raise self._cut() from error
            size += len(piece)
            if size > limit:
                raise AnswerCut(errors.ENORMOUS, server=self.address.host)
            pieces.append(piece)
        if inflate is not None and received and not inflate.eof:
            raise self._cut()
        return b"".join(pieces)

    def _ready(self) -> httpx.Client:
        with self._lock:
            if self._closed:
                raise self._unreachable("closed")
            if self._client is None:
                self._client = self.make_client(READ_S)
            return self._client

    def make_client(self, read: float) -> httpx.Client:
        """A client of httpx with our rules: verified, no redirects, the network's proxies but for this computer."""
        import logging

        import httpx

        logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log addresses, with what was searched
        if self._context is None and self._transport is None:
            self._context = trust(self._ca)
        try:
            return httpx.Client(
                verify=self._context if self._context is not None else True,
                trust_env=not self.address.loopback,
                follow_redirects=False,
                timeout=httpx.Timeout(READ_S, connect=CONNECT_S, read=read),
                transport=self._transport,
            )
        except (ImportError, ValueError) as error:  # a proxy of a kind that httpx cannot use
            raise self._unreachable("proxy") from error

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """Hears httpcore: remembers each socket, so that `close` can wake whoever reads from it."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            found = info["return_value"].get_extra_info("socket")
            if isinstance(found, socket.socket):
                with self._lock:
                    self._sockets.add(found)
                    if self._closed:
                        _hang_up(found)

    @contextmanager
    def _told(self) -> Iterator[list[bool]]:
        """Turn what httpx raises in the block into ours; the list is filled once an answer has begun."""
        import httpx

        began: list[bool] = []
        try:
            yield began
        except httpx.InvalidURL as error:
            raise Invalid(N_("{address} is not the address of a server."), address=self.address.url) from error
        except (httpx.HTTPError, httpx.StreamError, RuntimeError, OSError) as error:
            if isinstance(error, RuntimeError) and not isinstance(error, httpx.StreamError) and not self._closed:
                raise
            raise self.failure(error, bool(began)) from error

    def failure(self, error: Exception, began: bool) -> SyncError:
        """What an error of httpx means; `began`: an answer was already coming."""
        import ssl

        import httpx

        if self._closed:
            return self._unreachable("closed")
        for cause in _causes(error):
            if isinstance(cause, ssl.SSLError) and not isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
                kind, reason = kind_of(cause), str(cause.reason or cause)
                return TlsFailed(errors.TLS[kind], server=self.address.host, kind=kind, reason=reason)
            if isinstance(cause, socket.gaierror):
                return self._unreachable("name")
        if isinstance(error, httpx.TimeoutException):
            return self._unreachable("timeout")
        if isinstance(error, httpx.ProxyError):
            return self._unreachable("proxy")
        if isinstance(error, httpx.ConnectError):
            return self._unreachable(_why_no_connection(error))
        if began:
            return self._cut()
        if isinstance(error, httpx.RemoteProtocolError) and "disconnected" not in str(error).lower():
            return NotAServer(errors.STRANGER, server=self.address.host)
        return self._unreachable("reset")

    def _unreachable(self, kind: str) -> Unreachable:
        return Unreachable(errors.UNREACHABLE[kind], server=self.address.host, kind=kind)

    def _cut(self) -> AnswerCut:
        return AnswerCut(errors.CUT, server=self.address.host)


class Feed:
    """One connection that only listens: an iterable of (event, data), which ends when either side closes it."""

    def __init__(self, http: Http, token: str) -> None:
        self._http = http
        self._token = token
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._closed = False

    def close(self) -> None:
        """End it from any thread: whoever iterates stops at once, without an error (as when the program leaves)."""
        with self._lock:
            self._closed = True
            if self._socket is not None:
                _hang_up(self._socket)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        import httpx

        began = False
        try:
            with self._http.make_client(FEED_S) as client, self._stream(client) as response:
                began = True
                self._http.check(response, EVENTS)
                yield from self._events(response)
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            if not self._ended():
                raise self._http.failure(error, began) from error
        except SyncError:
            if not self._ended():
                raise

    def _ended(self) -> bool:
        return self._closed or self._http.closed

    def _stream(self, client: httpx.Client) -> Any:
        headers = self._http._headers(self._token, EVENTS)
        url = self._http.address.url + "/v1/feed"
        return client.stream("GET", url, headers=headers, extensions={"trace": self._watch})

    def _events(self, response: httpx.Response) -> Iterator[tuple[str, str]]:
        import httpx
        from httpx_sse import EventSource

        class Capped(httpx.SyncByteStream):
            """The stream of an answer, none of whose events may be enormous."""

            seen = 0

            def __init__(self, stream: httpx.SyncByteStream, error: SyncError) -> None:
                self._stream, self._error = stream, error

            def __iter__(self) -> Iterator[bytes]:
                for piece in self._stream:
                    self.seen += len(piece)
                    if self.seen > MAX_NEWS:
                        raise self._error
                    yield piece

            def close(self) -> None:
                self._stream.close()

        assert isinstance(response.stream, httpx.SyncByteStream)
        enormous = AnswerCut(errors.ENORMOUS, server=self._http.address.host)
        response.stream = capped = Capped(response.stream, enormous)
        for event in EventSource(response).iter_sse():
            if self._closed:
                return
            capped.seen = 0
            yield event.event, event.data

    def _watch(self, event: str, info: Mapping[str, Any]) -> None:
        self._http.watch(event, info)
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            found = info["return_value"].get_extra_info("socket")
            with self._lock:
                self._socket = found if isinstance(found, socket.socket) else None
                if self._closed and self._socket is not None:
                    _hang_up(self._socket)


def _hang_up(connection: socket.socket) -> None:
    """Wake whoever reads from it. SSLSocket's own `shutdown` would pull the encryption from under that reader."""
    with suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _why_no_connection(error: BaseException) -> str:
    """The kind of Unreachable that a failed connection is."""
    import errno

    for cause in _causes(error):
        if isinstance(cause, ConnectionRefusedError):
            return "refused"
        if isinstance(cause, OSError) and cause.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN):
            return "network"
    return "reset"
