"""The server as the steps of sync see it: one method a request, the token already dealt with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

from advisor_tui.domain.wire import Bucket, Meta, PulledLine, Push, Pushed, WireEvent

if TYPE_CHECKING:
    from advisor_tui.sync.http import Http

T = TypeVar("T")


class Calls(Protocol):
    """Who holds the tokens: runs a request with a live one."""

    @property
    def http(self) -> Http: ...

    def call(self, request: Callable[[str], T]) -> T: ...


class Found(msgspec.Struct):
    """A customer of the server."""

    id: str
    name: str
    team: str = ""
    number: str = ""
    stream: str = ""


class _Found(msgspec.Struct):
    customers: list[Found]


class _Buckets(msgspec.Struct):
    buckets: list[Bucket]


class Erasure(msgspec.Struct):
    """A customer that the server erased, and the devices that have not said that they did."""

    id: str
    customer_id: str
    at: int = 0
    waiting: list[dict[str, Any]] = []


class Remote:
    """Requests to one server, for one logged-in device."""

    def __init__(self, session: Calls) -> None:
        self._session = session

    def _json(self, method: str, path: str, type_: type[T], body: object = None, **params: str | int) -> T:
        http = self._session.http
        return self._session.call(
            lambda token: http.json(method, path, body=body, params=params or None, token=token, type=type_)
        )

    def _send(self, method: str, path: str, body: object = None) -> None:
        http = self._session.http
        self._session.call(lambda token: http.json(method, path, body=body, token=token))

    def _page(self, path: str, **params: str | int) -> list[PulledLine]:
        http = self._session.http
        return self._session.call(lambda token: http.page(path, params=params, token=token))

    def meta(self) -> Meta:
        """What the server says of itself and of us."""
        http = self._session.http
        return self._session.call(lambda token: http.meta(token))

    def push(self, device: str, events: list[WireEvent]) -> Pushed:
        """Offer events."""
        batch = Push(device=device, events=events)
        return self._session.call(lambda token: self._session.http.push(batch, token))

    def page(self, stream: str, cursor: str, limit: int, *, own: bool = False, after: int = 0) -> list[PulledLine]:
        """What comes after a cursor in a stream; from the start (or after a number) without one."""
        path = "/v1/snapshot" if not cursor and not after else "/v1/pull"
        params: dict[str, str | int] = {"stream": stream, "cursor": cursor, "limit": limit}
        if own:
            params["own"] = 1
        if after:
            params["after"] = after
        return self._page(path, **params)

    def customer(self, customer_id: str) -> list[PulledLine]:
        """Everything about one customer, whatever their team."""
        return self._page(f"/v1/customers/{customer_id}/events", after=0)

    def find(self, text: str, limit: int = 20) -> list[Found]:
        """Customers of the server, for what was typed."""
        return self._json("GET", "/v1/customers", _Found, q=text, limit=limit).customers

    def buckets(self, stream: str, start: int, end: int) -> list[Bucket]:
        """What the server holds of some numbers of a stream."""
        return self._json("GET", "/v1/digest", _Buckets, stream=stream, **{"from": start, "to": end}).buckets

    def erasures(self) -> list[Erasure]:
        """The erasures that wait for a word of this device (a lead sees them all)."""
        return self._json("GET", "/v1/erasures", list[Erasure])

    def acknowledge(self, erasure_id: str) -> None:
        """Say that nothing of it is held here any more."""
        self._send("POST", f"/v1/erasures/{erasure_id}/ack")

    def erase(self, customer_id: str) -> None:
        """Have a customer erased everywhere."""
        self._send("POST", "/v1/erasures", {"customer_id": customer_id})

    def show(self, customer_id: str, case_id: str, writing: bool) -> None:
        """Say which case is open here; nothing named: none."""
        self._send("POST", "/v1/presence", {"customer_id": customer_id, "case_id": case_id, "writing": writing})
