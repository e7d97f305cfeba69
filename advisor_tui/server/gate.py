"""The one middleware: what every request passes on its way in, and what is written down when it leaves."""

from __future__ import annotations

import secrets
import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from advisor_tui.domain.errors import AdvisorError, StoreError
from advisor_tui.domain.wire import OLDEST_PROTOCOL, PROTOCOL
from advisor_tui.server.bodies import Gone
from advisor_tui.server.exchange import Exchange, accepts_gzip
from advisor_tui.server.operations import JSON, Endpoint, address_of
from advisor_tui.server.problems import PLAIN, Problem, internal, problem_of, upgrade_needed
from advisor_tui.server.record import fault
from advisor_tui.server.service import Service

LONGEST_ADDRESS = 8 << 10
LARGEST_HEAD = 32 << 10
QUIET = ("/healthz", "/readyz", "/metrics")
"""Asked every few seconds by machines: only their failures are written down."""


class Gate:
    """Pure ASGI: no task, no queue, and one object a request."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = Exchange(send, secrets.token_hex(8), accepts_gzip(scope["headers"]))
        began = time.perf_counter()
        try:
            try:
                self._check(scope)
                await self.app(scope, receive, exchange.send)
            except Gone:
                exchange.status = exchange.status or 499
            except Exception as error:
                problem = self._problem(error, scope, exchange)
                if exchange.started:
                    raise  # half an answer is out: cut it, so that the client sees that it is not whole
                await send_problem(exchange.send, problem)
        finally:
            self._note(scope, exchange, time.perf_counter() - began)

    def _check(self, scope: Scope) -> None:
        """What can be told from the head of a request alone. Raises Problem."""
        self.service.limits.check("address", address_of(scope))
        if len(scope["query_string"]) + len(scope["path"]) > LONGEST_ADDRESS:
            raise Problem(414, "too_large", "The address is too long.", {"most": LONGEST_ADDRESS})
        if sum(len(name) + len(value) for name, value in scope["headers"]) > LARGEST_HEAD:
            raise Problem(431, "too_large", "The headers are too long.", {"most": LARGEST_HEAD})
        if scope["path"].startswith("/v1/") and not speaks(scope):
            raise upgrade_needed()

    def _problem(self, error: Exception, scope: Scope, exchange: Exchange) -> Problem:
        """The answer to an error; what is not the client's doing is written down."""
        if isinstance(error, Problem):
            return error
        facts = {"route": route_of(scope), "request": exchange.request_id}
        if isinstance(error, AdvisorError):
            if isinstance(error, StoreError):
                self.service.log.error("store", code=error.code, message=error.text()[:300], **facts)
            return problem_of(error)
        self.service.log.error("fault", **fault(error), **facts)
        return internal()

    def _note(self, scope: Scope, exchange: Exchange, seconds: float) -> None:
        route = route_of(scope)
        self.service.metrics.answered(route, scope["method"] if route else "", exchange.status, seconds)
        if route in QUIET and exchange.status == 200:
            return
        self.service.log.info(
            "request", route=route, method=scope["method"][:10], status=exchange.status, ms=round(seconds * 1000, 1),
            device=scope.get("device", ""), request=exchange.request_id,
        )  # fmt: skip


def speaks(scope: Scope) -> bool:
    """Whether the request names a version of the exchange that we speak."""
    for name, value in scope["headers"]:
        if name == b"sync-protocol":
            return value.isdigit() and len(value) < 9 and OLDEST_PROTOCOL <= int(value) <= PROTOCOL
    return False


def route_of(scope: Scope) -> str:
    """The template of the address; empty when there is none: what was typed is not repeated."""
    endpoint = scope.get("endpoint")
    return endpoint.operation.path if isinstance(endpoint, Endpoint) else ""


async def send_problem(send: Send, problem: Problem) -> None:
    """Answer with a problem."""
    body = problem.body
    headers = [(b"content-type", JSON.encode()), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def plain_problem(_request: Request, error: Exception) -> Response:
    """What the router says by itself, in our shape."""
    status = getattr(error, "status_code", 500)
    problem = Problem(status, *PLAIN[status]) if status in PLAIN else internal()
    headers = {**problem.headers, **(getattr(error, "headers", None) or {})}
    return Response(problem.body, problem.status, headers, JSON)
