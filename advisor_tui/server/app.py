"""The server as an ASGI application."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from advisor_tui import __version__
from advisor_tui.server import routes_account, routes_ops, routes_people, routes_sync
from advisor_tui.server.gate import Gate, plain_problem
from advisor_tui.server.openapi import document
from advisor_tui.server.operations import Endpoint, Operation
from advisor_tui.server.options import Options, from_environment
from advisor_tui.server.record import forward_logging, json_log
from advisor_tui.server.service import Service
from advisor_tui.store.central.central import Central
from advisor_tui.store.workspace import SystemClock

OPERATIONS: tuple[Operation, ...] = (
    *routes_account.OPERATIONS, *routes_sync.OPERATIONS, *routes_people.OPERATIONS, *routes_ops.OPERATIONS,
)  # fmt: skip


def create_app(central: Central, options: Options | None = None, log: Any = None) -> FastAPI:
    """The application over `central`, which it closes when it stops."""
    service = Service(central, options or Options(), log or json_log())
    described = document(OPERATIONS)
    app = FastAPI(
        title="Advisor TUI", version=__version__, openapi_url=None, docs_url=None, redoc_url=None,
        redirect_slashes=False, lifespan=_lifespan,
    )  # fmt: skip
    app.state.service = service
    app.state.document = msgspec.json.encode(described)
    app.openapi = lambda: described  # type: ignore[method-assign]
    for operation in OPERATIONS:
        route = Route(operation.path, Endpoint(operation, service), methods=[operation.method])
        route.methods = {operation.method}  # no HEAD by itself: a feed has no length to tell
        app.router.routes.append(route)
    app.add_exception_handler(HTTPException, _router_problem)
    app.add_middleware(Gate, service=service)
    return app


def keep_what_is_loaded() -> None:
    """Collect garbage seldom: a push makes much that is free again at once, and looking for more took a sixth of its time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def from_settings() -> FastAPI:
    """The application of a worker process, from the settings that its parent left in the environment."""
    keep_what_is_loaded()
    settings = from_environment()
    log = json_log()
    forward_logging(log)
    pool = settings.options.readers + 5  # the threads that write, watch and check passwords, and one to spare
    return create_app(Central(settings.db, SystemClock(ZoneInfo("UTC")), pool=pool), settings.options, log)


async def _router_problem(request: Request, error: Exception) -> Response:
    """An address or a method that is not there; the methods that are, are all named."""
    response = plain_problem(request, error)
    endpoint = request.scope.get("endpoint")
    if response.status_code == 405 and isinstance(endpoint, Endpoint):
        methods = {operation.method for operation in OPERATIONS if operation.path == endpoint.operation.path}
        response.headers["Allow"] = ", ".join(sorted(methods))
    return response


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    with_signals = threading.current_thread() is threading.main_thread()
    give_back = _drain_on_signals(service) if with_signals else lambda: None
    stop_watching = _stop_with_parent()
    try:
        yield
    finally:
        stop_watching()
        give_back()
        service.draining = True
        service.hub.close()
        await asyncio.to_thread(service.close)


def _drain_on_signals(service: Service) -> Callable[[], None]:
    """End the feeds as soon as the process is told to stop: the server waits for every answer under way."""
    loop = asyncio.get_running_loop()
    before: dict[int, Any] = {}

    def told(number: int, frame: FrameType | None) -> None:
        first = not service.draining
        loop.call_soon_threadsafe(service.drain)
        handler = before[number]
        if not callable(handler):
            return
        if first and service.options.drain and number == signal.SIGTERM:
            loop.call_soon_threadsafe(loop.call_later, service.options.drain, handler, number, frame)
        else:
            handler(number, frame)

    for number in (signal.SIGTERM, signal.SIGINT):
        before[number] = signal.signal(number, told)

    def give_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    return give_back


def _stop_with_parent() -> Callable[[], None]:
    """A worker whose supervisor was killed stops as well, and gives the port back."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return lambda: None
    loop = asyncio.get_running_loop()
    watched = parent.sentinel

    def ended() -> None:
        loop.remove_reader(watched)
        os.kill(os.getpid(), signal.SIGTERM)

    loop.add_reader(watched, ended)

    def give_up() -> None:
        loop.remove_reader(watched)

    return give_up
