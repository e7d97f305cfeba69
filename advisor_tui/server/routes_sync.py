"""Events in, events out, and what each side holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from starlette.responses import Response

from advisor_tui.domain.wire import MAX_BODY, MAX_BYTES, MAX_EVENTS, PulledLine, Push, Pushed
from advisor_tui.server.exchange import WORTH, accepts_gzip, compress
from advisor_tui.server.messages import (
    AfterParameters,
    Digest,
    DigestParameters,
    HeadsShown,
    IdPath,
    PresenceShown,
    PullParameters,
    SnapshotParameters,
)
from advisor_tui.server.operations import EVENTS, NDJSON, Call, Operation, answer
from advisor_tui.server.problems import Problem, too_large
from advisor_tui.server.service import token_of
from advisor_tui.store.central.pull import read_buckets, read_customer, read_page
from advisor_tui.store.central.push import push


async def take_push(call: Call) -> Response:
    service, sent = call.service, call.body
    if sent.device != call.identity.device:
        raise Problem(403, "not_allowed", "A device can only send its own events.")
    if len(sent.events) > MAX_EVENTS:
        raise too_large("Too many events at once.", events=MAX_EVENTS)
    if call.size > MAX_BYTES and len(sent.events) > 1:
        raise too_large("Too much at once: send fewer events, or this long one alone.", bytes=MAX_BYTES)
    told = await service.threads.write.run(push, service.central, call.identity, sent.events)
    service.metrics.pushed(told)
    service.hub.poke()
    return answer(Pushed(results=told, server_time=service.central.now_ms()))


async def read_pull(call: Call) -> Response:
    return await _page(call, call.query(PullParameters))


async def read_snapshot(call: Call) -> Response:
    return await _page(call, call.query(SnapshotParameters))


async def _page(call: Call, asked: PullParameters | SnapshotParameters) -> Response:
    central, identity = call.service.central, call.identity

    def read() -> Iterator[bytes]:
        return read_page(
            central, identity, asked.stream, asked.cursor, asked.limit, asked.own == "1", after=asked.after
        )

    return await lines(call, read)


async def read_customer_events(call: Call) -> Response:
    """Opening a customer of another team leaves a mark, so it begins in the thread that writes."""
    central, identity = call.service.central, call.identity
    customer, after = call.target(IdPath).id, call.query(AfterParameters).after
    found = await call.service.threads.write.run(read_customer, central, identity, customer, after)
    return await lines(call, lambda: found)


async def lines(call: Call, read: Callable[[], Iterator[bytes]]) -> Response:
    """A page, made and compressed in a reading thread.

    It is made whole before its first byte leaves: a page that fails half way is an error and not a
    torso, and no slow client holds a connection to the database.
    """
    gzip = accepts_gzip(call.scope["headers"])
    body, packed = await call.service.threads.read.run(_made, read, gzip)
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"} if packed else None
    return Response(body, headers=headers, media_type=NDJSON)


def _made(read: Callable[[], Iterator[bytes]], gzip: bool) -> tuple[bytes, bool]:
    body = b"".join(read())
    return (compress(body), True) if gzip and len(body) > WORTH else (body, False)


async def read_digest(call: Call) -> Response:
    asked = call.query(DigestParameters)
    buckets = await call.service.threads.read.run(
        read_buckets, call.service.central, call.identity, asked.stream, asked.from_, asked.to
    )
    return answer(Digest(buckets=buckets))


async def open_feed(call: Call) -> None:
    token = token_of(call.headers["authorization"])
    await call.service.hub.listen(token, call.identity, call.receive, call.send)


FED: tuple[Any, ...] = (HeadsShown, PresenceShown)
"""What the events of a feed carry."""

OPERATIONS = (
    Operation("POST", "/v1/push", "push", "Record events of this device.", take_push, answers=Pushed, body=Push,
              largest=MAX_BODY, rate="push", refusals=(507,)),
    Operation("GET", "/v1/pull", "pull", "The next lines of a stream.", read_pull, answers=PulledLine, media=NDJSON,
              query=PullParameters, rate="page", refusals=(404, 409)),
    Operation("GET", "/v1/snapshot", "snapshot", "The next lines of a stream, in large pages.", read_snapshot,
              answers=PulledLine, media=NDJSON, query=SnapshotParameters, rate="page", refusals=(404, 409)),
    Operation("GET", "/v1/digest", "digest", "Sums over what the server holds of a stream.", read_digest,
              answers=Digest, query=DigestParameters, rate="page", refusals=(404,)),
    Operation("GET", "/v1/customers/{id}/events", "read_customer", "Everything about one customer.",
              read_customer_events, answers=PulledLine, media=NDJSON, query=AfterParameters, target=IdPath,
              refusals=(404, 507)),
    Operation("GET", "/v1/feed", "feed", "A wake-up when there is news; it ends now and then: come again.", open_feed,
              answers=str, media=EVENTS, rate="feed"),
)  # fmt: skip
