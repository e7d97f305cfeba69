"""What one address answers: the description from which both the route and the OpenAPI document are made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from advisor_tui.server.bodies import read_body
from advisor_tui.server.messages import NoParameters
from advisor_tui.server.problems import Problem, invalid
from advisor_tui.server.service import Service
from advisor_tui.store.central.identity import Identity

T = TypeVar("T")
JSON = "application/json"
NDJSON = "application/x-ndjson"
EVENTS = "text/event-stream"
SMALL = 64 << 10
"""Bytes of a body that only names things."""
_OFF_LOOP = 32 << 10
_FIELDS = 32


@dataclass(frozen=True)
class Operation:
    """One method of one address."""

    method: str
    path: str
    name: str
    summary: str
    handler: Callable[[Call], Awaitable[Response | None]]
    answers: Any = None
    """The type of a successful body; None where there is none (204)."""
    media: str = JSON
    query: type[Struct] = NoParameters
    target: type[Struct] = NoParameters
    body: Any = None
    largest: int = SMALL
    bearer: Literal["needed", "optional", "none"] = "needed"
    rate: str = "ask"
    refusals: tuple[int, ...] = field(default=())
    """Statuses beyond those that go with what is above."""

    @property
    def status(self) -> int:
        """The status of a success."""
        return 200 if self.answers is not None else 204

    @property
    def versioned(self) -> bool:
        """Whether the exchange's version must be said."""
        return self.path.startswith("/v1/")


class Call:
    """One request on its way through its operation."""

    __slots__ = ("body", "headers", "operation", "receive", "scope", "send", "service", "size", "who")

    def __init__(self, operation: Operation, service: Service, scope: Scope, receive: Receive, send: Send) -> None:
        self.operation = operation
        self.service = service
        self.scope = scope
        self.receive = receive
        self.send = send
        self.headers = Headers(scope=scope)
        self.who: Identity | None = None
        self.body: Any = None
        self.size = 0

    @property
    def identity(self) -> Identity:
        """Who asks."""
        assert self.who is not None, "the operation needs a token"
        return self.who

    @property
    def address(self) -> str:
        """Where the request comes from."""
        return address_of(self.scope)

    def query(self, kind: type[T]) -> T:
        """The parameters behind the question mark. Raises Problem 422."""
        try:
            pairs = parse_qsl(self.scope["query_string"].decode("latin-1"), True, max_num_fields=_FIELDS)
        except ValueError as error:
            raise invalid("There are too many parameters.") from error
        return _convert(dict(pairs), kind)

    def target(self, kind: type[T]) -> T:
        """The parameters inside the address. Raises Problem 422."""
        return _convert(self.scope["path_params"], kind)

    async def enter(self) -> None:
        """Who is it, may they come so often, and does what they sent make sense?"""
        operation, service = self.operation, self.service
        authorization = self.headers.get("authorization", "")
        if operation.bearer == "needed" or (operation.bearer == "optional" and authorization):
            self.who = await service.identify(authorization)
            self.scope["device"] = self.who.device
            service.limits.check(operation.rate, self.who.device)
        else:
            service.limits.check(operation.rate, self.address)
        self.query(operation.query)
        self.target(operation.target)
        if operation.body is not None:
            await self._read()

    async def _read(self) -> None:
        media = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media != JSON:
            raise Problem(415, "media_type", "The body must be application/json.")
        options = self.service.options
        cap = min(self.operation.largest, options.max_body)
        raw = await read_body(self.headers, self.receive, cap, options.body_patience)
        self.size = len(raw)
        if self.size > _OFF_LOOP:
            self.body = await self.service.threads.read.run(_decode, raw, self.operation.body)
        else:
            self.body = _decode(raw, self.operation.body)


class Endpoint:
    """An operation as an ASGI application."""

    def __init__(self, operation: Operation, service: Service) -> None:
        self.operation = operation
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = Call(self.operation, self.service, scope, receive, send)
        await call.enter()
        response = await self.operation.handler(call)
        if response is not None:
            await response(scope, receive, send)


def address_of(scope: Scope) -> str:
    """The address behind a request; a proxy that is trusted has said it."""
    client = scope.get("client")
    return client[0] if client else ""


def _convert(found: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(found, kind, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(f"A parameter is not as it should be: {error}.") from error


def _decode(raw: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(raw, type=kind)
    except RecursionError as error:
        raise invalid("The body is nested too deeply.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise invalid(f"The body is not as it should be: {error}.") from error


def answer(value: Any) -> Response:
    """A success with a body."""
    return Response(msgspec.json.encode(value), media_type=JSON)


def done() -> Response:
    """A success without one."""
    return Response(status_code=204)
