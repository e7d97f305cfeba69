"""What machines ask: is it alive, is it ready, its figures, its description."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import Response

from advisor_tui.server.messages import Health
from advisor_tui.server.metrics import CONTENT_TYPE
from advisor_tui.server.operations import JSON, Call, Operation, answer
from advisor_tui.server.problems import Problem, draining
from advisor_tui.store.version import SCHEMA

PATIENCE = 3.0
"""Seconds after which a silent database counts as away."""
TEXT = "text/plain"


async def healthz(_call: Call) -> Response:
    return answer(Health(status="ok"))


async def readyz(call: Call) -> Response:
    if call.service.draining:
        raise draining()
    try:
        async with asyncio.timeout(PATIENCE):
            found = await call.service.threads.read.run(call.service.central.meta, "schema")
    except TimeoutError as error:
        raise Problem(503, "database_away", "The server's database does not answer.", retry_after=2) from error
    if found != str(SCHEMA):
        message = "The database has another schema than this program."
        raise Problem(503, "schema", message, {"found": found, "wanted": SCHEMA}, retry_after=30)
    return answer(Health(status="ready"))


async def metrics(call: Call) -> Response:
    return Response(call.service.metrics.text(), headers={"Content-Type": CONTENT_TYPE})


async def openapi(call: Call) -> Response:
    return Response(call.scope["app"].state.document, media_type=JSON)


OPERATIONS = (
    Operation("GET", "/healthz", "healthz", "Whether the process lives.", healthz, answers=Health, bearer="none",
              rate="open"),
    Operation("GET", "/readyz", "readyz", "Whether the server can work: its database answers, and it is not stopping.",
              readyz, answers=Health, bearer="none", rate="open"),
    Operation("GET", "/metrics", "metrics", "Figures for Prometheus; nothing personal.", metrics, answers=str,
              media=TEXT, bearer="none", rate="open"),
    Operation("GET", "/openapi.json", "openapi", "This document.", openapi, answers=dict[str, Any], bearer="none",
              rate="open"),
)  # fmt: skip
