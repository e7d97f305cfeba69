"""The OpenAPI document is complete and true: held against the routes, the types and what the server answers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from advisor_tui.domain.wire import PulledLine, Push, WireEvent
from advisor_tui.server.app import OPERATIONS
from advisor_tui.server.openapi import document
from advisor_tui.server.options import unlimited
from advisor_tui.store.workspace import SystemClock
from tests.server.fuzzing import CUSTOMER, DATABASE
from tests.server.office import Office
from tests.server.running import Thread

CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "unsupported_method", "allow_header_conformance", "ignored_auth",
)  # fmt: skip
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document(OPERATIONS)


def test_every_route_is_described_and_nothing_else(described: dict[str, Any]) -> None:
    found = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    assert found == {(operation.method, operation.path) for operation in OPERATIONS}
    names = [operation.name for operation in OPERATIONS]
    assert len(set(names)) == len(names)


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    def references(value: Any) -> Any:
        if isinstance(value, dict):
            yield from ([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    found = set(references(described))
    assert len(found) > 10
    for reference in found:
        place: Any = described
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


@pytest.mark.parametrize("kind", [Push, PulledLine, WireEvent])
def test_what_travels_is_described_field_by_field(described: dict[str, Any], kind: type[msgspec.Struct]) -> None:
    fields = {field.encode_name: field.required for field in msgspec.structs.fields(kind)}
    schema = described["components"]["schemas"][kind.__name__]
    assert {name: name in schema["required"] for name in schema["properties"]} == fields


def test_every_answer_that_is_not_a_success_has_the_one_shape(described: dict[str, Any]) -> None:
    for methods in described["paths"].values():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                if status not in ("200", "204"):
                    schema = response["content"]["application/json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/ErrorBody"}


@pytest.mark.slow
async def test_no_request_that_a_machine_can_think_of_breaks_the_server_or_the_document(tmp_path: Path) -> None:
    office = Office(tmp_path, SystemClock(ZoneInfo("UTC")), unlimited(feed_life=0.1, poll=0.05))
    claire = await office.desk()
    event = claire.customer()
    await claire.push(event)
    server = Thread(office.app)
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json", "--checks", ",".join(CHECKS),
        "--max-examples", "3", "--workers", "2", "--seed", "1", "--generation-database", "none", "--no-color",
    ]  # fmt: skip
    environment = {
        **os.environ, DATABASE: office.url, CUSTOMER: event["customer_id"], "SCHEMATHESIS_HOOKS": "tests.server.fuzzing", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    try:
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
    finally:
        server.close()
        await office.close()
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    answers = {(line["route"], line["status"]) for line in office.log() if line["event"] == "request"}
    assert {route for route, _status in answers} >= {operation.path for operation in OPERATIONS if operation.versioned}
    assert {
        ("/v1/push", 200),
        ("/v1/customers/{id}/events", 200),
        ("/v1/pull", 200),
        ("/v1/digest", 200),
        ("/v1/feed", 200),
        ("/v1/token", 204),
    } <= answers
    assert [line for line in office.log() if line["event"] == "fault"] == []
