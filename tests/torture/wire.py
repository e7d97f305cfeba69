"""One desk's line to the server: a `Remote` that meets every accident that a network knows.

What would travel is encoded and decoded as it would be, but no socket is opened.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Protocol, TypeVar

import msgspec

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.domain.wire import Bucket, Meta, PulledLine, Push, Pushed, WireEvent
from advisor_tui.store.central import erase as erasing
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.errors import Denied
from advisor_tui.store.central.identity import Identity
from advisor_tui.store.central.pull import describe, read_buckets, read_customer, read_page
from advisor_tui.store.central.push import push
from advisor_tui.sync import errors
from advisor_tui.sync.errors import (
    AnswerCut,
    DeviceRevoked,
    EpochChanged,
    RefusedByServer,
    SyncError,
    TokenExpired,
    Unreachable,
)
from advisor_tui.sync.remote import Erasure

T = TypeVar("T")
_decode = msgspec.json.decode
ACCIDENTS = ("lost", "no_reply", "twice", "late", "cut")


class Behind(Protocol):
    """What is at the other end of the line."""

    workers: list[Central]

    def identity(self, worker: Central, device: str) -> Identity: ...


class Wire:
    """One desk's line to the server: a `Remote` that meets every accident a network knows."""

    def __init__(self, server: Behind, device: str, chance: random.Random) -> None:
        self.server = server
        self.device = device
        self.chance = chance
        self.offline = False
        self.trouble = 0.0  # how likely each request is to meet with an accident
        self.late: list[Callable[[], object]] = []  # requests that the network still holds
        self.budget: int | None = None  # how many requests go through before the line is dead
        self.met: Counter[str] = Counter()  # accidents
        self.meanwhile: Callable[[], None] | None = None  # happens once, while an answer is on its way
        self.opened: set[str] = set()  # customers who came by name and not through a stream

    def _through(self, request: Callable[[Central, Identity], T]) -> T:
        if self.budget is not None:
            self.budget -= 1
        if self.offline or (self.budget is not None and self.budget < 0):
            raise Unreachable(errors.UNREACHABLE["network"], server="server", kind="network")
        accident = self.chance.random() < self.trouble
        kind = self.chance.choice(ACCIDENTS) if accident else ""
        self.met[kind] += accident
        if kind == "lost":
            raise Unreachable(errors.UNREACHABLE["timeout"], server="server", kind="timeout")
        if kind == "late":
            self.late.append(lambda: self._at_server(request))
            raise Unreachable(errors.UNREACHABLE["timeout"], server="server", kind="timeout")
        if kind == "twice":
            self._at_server(request)
        answer = self._at_server(request)
        if self.late and self.chance.random() < 0.5:
            self.deliver_late()
        if self.meanwhile is not None and self.chance.random() < 0.3:
            work, self.meanwhile = self.meanwhile, None
            work()
        if kind == "no_reply":
            raise Unreachable(errors.UNREACHABLE["reset"], server="server", kind="reset")
        if kind == "cut":
            raise AnswerCut(errors.CUT, server="server")
        return answer

    def deliver_late(self) -> None:
        """What the network held arrives, out of order, with nobody waiting for the answer."""
        late, self.late = self.late, []
        self.chance.shuffle(late)
        for request in late:
            try:
                request()
            except AdvisorError:
                continue

    def _at_server(self, request: Callable[[Central, Identity], T]) -> T:
        worker: Central = self.chance.choice(self.server.workers)
        try:
            return request(worker, self.server.identity(worker, self.device))
        except Denied as error:
            raise _as_seen(error) from error

    def meta(self) -> Meta:
        return self._through(lambda central, me: describe(central, me))

    def push(self, device: str, events: list[WireEvent]) -> Pushed:
        sent = msgspec.json.encode(Push(device=device, events=events))

        def take(central: Central, me: Identity) -> Pushed:
            told = push(central, me, _decode(sent, type=Push).events)
            return Pushed(results=told, server_time=central.now_ms())

        return self._through(take)

    def page(self, stream: str, cursor: str, limit: int, *, own: bool = False, after: int = 0) -> list[PulledLine]:
        return self._lines(
            lambda central, me: list(read_page(central, me, stream, cursor, limit, own, after=after))
        )  # fmt: skip

    def customer(self, customer_id: str) -> list[PulledLine]:
        lines = self._lines(lambda central, me: list(read_customer(central, me, customer_id, 0)))
        self.opened |= {line.event.customer_id for line in lines if line.event is not None}
        return lines

    def _lines(self, request: Callable[[Central, Identity], list[bytes]]) -> list[PulledLine]:
        lines = self._through(request)
        if self.chance.random() < self.trouble / 2:
            lines = lines[: self.chance.randrange(len(lines))]
            self.met["truncated"] += 1
        decoded = [_decode(line, type=PulledLine) for line in lines]
        if not decoded or decoded[-1].next is None:
            raise AnswerCut(errors.CUT, server="server")
        return decoded

    def buckets(self, stream: str, start: int, end: int) -> list[Bucket]:
        return self._through(lambda central, me: read_buckets(central, me, stream, start, end))

    def erasures(self) -> list[Erasure]:
        return self._through(
            lambda central, me: msgspec.convert(erasing.list_erasures(central, me), list[Erasure])
        )  # fmt: skip

    def acknowledge(self, erasure_id: str) -> None:
        self._through(lambda central, me: erasing.acknowledge(central, me, erasure_id))

    def erase(self, customer_id: str) -> None:
        self._through(lambda central, me: erasing.erase(central, me, customer_id))


def _as_seen(error: Denied) -> SyncError:
    """A refusal as the desk's HTTP room tells it."""
    if error.code == "epoch_changed":
        return EpochChanged(errors.RESTORED, server="server")
    if error.code == "device_revoked":
        return DeviceRevoked(errors.REVOKED, server="server")
    if error.code in ("token_expired", "token_reused"):
        return TokenExpired(errors.LOG_IN_AGAIN, server="server", url="", said=error.code)
    return RefusedByServer(errors.REFUSED, server="server", reason=error.text(), said=error.code, status=error.status)
