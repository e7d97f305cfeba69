"""The way out of every answer: its id, no caching, compressed where it is worth it, its status known for the log."""

from __future__ import annotations

import zlib
from typing import Any

from starlette.types import Message, Send

WORTH = 1024
"""Bytes from which a body is compressed."""
_TEXT = (b"application/json", b"application/x-ndjson", b"text/plain")
_GZIP = 31


def compress(body: bytes, level: int = 1) -> bytes:
    """gzip without a date."""
    deflating = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
    return deflating.compress(body) + deflating.flush()


def accepts_gzip(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether the client said that it understands gzip."""
    for name, value in headers:
        if name == b"accept-encoding":
            for choice in value.lower().split(b","):
                coding, _, quality = choice.partition(b";")
                if coding.strip() in (b"gzip", b"*"):
                    return quality.strip().replace(b" ", b"") not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000")
    return False


class Exchange:
    """One answer under way. Its `send` stands between the application and the server."""

    __slots__ = ("_held", "_send", "gzip", "request_id", "status")

    def __init__(self, send: Send, request_id: str, gzip: bool) -> None:
        self._send = send
        self._held: Message | None = None
        self.request_id = request_id
        self.gzip = gzip
        self.status = 0

    @property
    def started(self) -> bool:
        """Whether something of the answer has gone out, or is about to."""
        return self.status != 0

    async def send(self, message: Message) -> None:
        """Pass a message on; the start waits for the first piece of the body."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = list(message.get("headers", ()))
            headers += [(b"cache-control", b"no-store"), (b"x-request-id", self.request_id.encode())]
            self._held = {**message, "headers": headers}
            return
        if self._held is not None:
            start, self._held = self._held, None
            if self.gzip and not message.get("more_body") and _worth(start["headers"], message.get("body", b"")):
                message = _compressed(start["headers"], message)
            await self._send(start)
        await self._send(message)


def _worth(headers: list[tuple[bytes, bytes]], body: bytes) -> bool:
    names = dict(headers)
    media = names.get(b"content-type", b"").partition(b";")[0]
    return len(body) > WORTH and b"content-encoding" not in names and media in _TEXT


def _compressed(headers: list[tuple[bytes, bytes]], message: Message) -> dict[str, Any]:
    body = compress(message["body"])
    headers[:] = [header for header in headers if header[0] != b"content-length"]
    headers += [
        (b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding"), (b"content-length", str(len(body)).encode()),
    ]  # fmt: skip
    return {**message, "body": body}
