"""The body of a request: read whole, never past its cap, whatever it was compressed into."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator

from starlette.datastructures import Headers
from starlette.types import Receive

from advisor_tui.server.problems import Problem, too_large

_GZIP = 31  # zlib's name for a gzip header and trailer
_TOO_LARGE = "The request is too large."
_BROKEN = "The body is not whole, or not gzip as it says."


class Gone(Exception):
    """The client went away before it had said everything: there is nobody to answer."""


async def read_body(headers: Headers, receive: Receive, cap: int, patience: float) -> bytes:
    """The whole body, decompressed, of at most `cap` bytes. Raises Problem 400, 408, 413 or 415."""
    declared = headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:19]) > cap:
        raise too_large(_TOO_LARGE, most=cap)
    encoding = headers.get("content-encoding", "identity").strip().lower()
    chunks = _chunks(receive, patience)
    if encoding in ("", "identity"):
        return await _joined(chunks, cap)
    if encoding == "gzip":
        return await _gunzipped(chunks, cap)
    raise Problem(415, "encoding", "Only gzip is understood as a Content-Encoding.")


async def _chunks(receive: Receive, patience: float) -> AsyncIterator[bytes]:
    more = True
    while more:
        try:
            async with asyncio.timeout(patience):
                message = await receive()
        except TimeoutError as error:
            raise Problem(408, "timeout", "The request stopped half way. Send it again.") from error
        if message["type"] == "http.disconnect":
            raise Gone
        more = message.get("more_body", False)
        yield message.get("body", b"")


async def _joined(chunks: AsyncIterator[bytes], cap: int) -> bytes:
    found = bytearray()
    async for chunk in chunks:
        found += chunk
        if len(found) > cap:
            raise too_large(_TOO_LARGE, most=cap)
    return bytes(found)


async def _gunzipped(chunks: AsyncIterator[bytes], cap: int) -> bytes:
    """Decompressed as it comes, and no further than the cap: a bomb costs what the cap costs."""
    inflating = zlib.decompressobj(_GZIP)
    found = bytearray()
    received = 0
    async for chunk in chunks:
        received += len(chunk)
        if received > cap:
            raise too_large(_TOO_LARGE, most=cap)
        try:
            found += inflating.decompress(chunk, cap + 1 - len(found))
        except zlib.error as error:
            raise Problem(400, "invalid", _BROKEN) from error
        if len(found) > cap or inflating.unconsumed_tail:
            raise too_large(_TOO_LARGE, most=cap)
    if not inflating.eof or inflating.unused_data:
        raise Problem(400, "invalid", _BROKEN)
    return bytes(found)
