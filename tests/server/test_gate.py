"""What holds for every address: one shape of error, no caching, versions, figures and a log without anybody in it."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from advisor_tui.domain.errors import DiskFull, StoreError
from advisor_tui.server import routes_account, routes_sync
from advisor_tui.server.app import OPERATIONS
from advisor_tui.server.operations import Operation
from advisor_tui.store.central.central import Away, Busy
from tests.server.office import Desk, Office, code_of, login

VERSIONED = [operation for operation in OPERATIONS if operation.versioned]


def name_of(operation: Operation) -> str:
    return operation.name


@pytest.mark.parametrize("operation", VERSIONED, ids=name_of)
@pytest.mark.parametrize("version", [None, "0", "2", "one", "", "1.0", "99999999999999999999"])
async def test_the_version_of_the_exchange_is_asked_for_everywhere(
    office: Office, operation: Operation, version: str | None
) -> None:
    path = operation.path.replace("{id}", "x")
    del office.client.headers["Sync-Protocol"]
    headers = {} if version is None else {"Sync-Protocol": version}
    answer = await office.client.request(operation.method, path, headers=headers)
    assert (answer.status_code, code_of(answer)) == (426, "upgrade_needed")
    assert answer.json()["error"]["details"] == {"min": 1, "max": 1}


@pytest.mark.parametrize("operation", [one for one in VERSIONED if one.bearer == "needed"], ids=name_of)
async def test_nothing_is_told_to_a_stranger(office: Office, operation: Operation) -> None:
    answer = await office.client.request(operation.method, operation.path.replace("{id}", "x"))
    assert (answer.status_code, code_of(answer)) == (401, "token_expired")


async def test_unknown_addresses_and_methods_are_told_in_the_same_shape(office: Office) -> None:
    for path in ("/", "/v1/nothing", "/v1/meta/", "/docs", "/redoc", "/v1/customers//events"):
        answer = await office.client.get(path)
        assert (answer.status_code, code_of(answer)) == (404, "not_found"), path
    answer = await office.client.put("/v1/token")
    assert (answer.status_code, code_of(answer)) == (405, "method")
    assert answer.headers["allow"] == "DELETE, POST"
    assert (await office.client.head("/v1/feed")).status_code == 405


async def test_no_answer_may_be_kept_by_anyone(office: Office, claire: Desk) -> None:
    for path in ("/healthz", "/v1/meta", "/v1/nothing", "/metrics", "/openapi.json", "/v1/devices"):
        answer = await claire.ask("GET", path)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-request-id"]


FAILURES: list[tuple[Exception, int, str, bool]] = [
    (Busy("The database is busy. Try again."), 503, "busy", True),
    (Away("The database does not answer.", url="secret"), 503, "database_away", True),
    (DiskFull("The disk that holds {path} is full.", path="/secret"), 507, "disk_full", True),
    (StoreError("The database {url} refuses: {reason}", url="secret", reason="x"), 503, "store", True),
    (RuntimeError("Julie Petit, 06 12 34 56 78"), 500, "internal", False),
    (OperationalError("INSERT", {"name": "Julie Petit"}, sqlite3.OperationalError("Julie Petit")), 500, "internal", False),
]  # fmt: skip


@pytest.mark.parametrize(("error", "status", "code", "again"), FAILURES, ids=lambda value: type(value).__name__)
async def test_a_failure_is_told_plainly_and_noted_without_anybodys_words(
    office: Office, claire: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str, again: bool
) -> None:
    def fail(*_arguments: Any) -> Any:
        raise error

    monkeypatch.setattr(routes_sync, "push", fail)
    body = {"device": claire.device, "events": [claire.customer("Julie Petit")]}
    answer = await claire.ask("POST", "/v1/push", json=body)
    assert (answer.status_code, code_of(answer)) == (status, code)
    assert ("retry-after" in answer.headers) == again
    assert "secret" not in answer.text
    noted = [line for line in office.log() if line["event"] in ("fault", "store")]
    assert [line["route"] for line in noted] == ["/v1/push"]
    assert "Julie" not in office.lines.getvalue()
    assert "06 12" not in office.lines.getvalue()


async def test_too_many_who_wait_are_sent_away_for_a_moment(office: Office, claire: Desk) -> None:
    office.service.threads.write.waiting = 0
    answer = await claire.ask("POST", "/v1/push", json={"device": claire.device, "events": []})
    assert (answer.status_code, code_of(answer)) == (503, "busy")
    assert answer.headers["retry-after"] == "1"


async def test_each_request_leaves_one_line_and_no_trace_of_people(office: Office, claire: Desk) -> None:
    await claire.push(claire.customer("Julie Petit"))
    await claire.ask("GET", "/v1/customers", params={"q": "Julie Petit"})
    await office.client.get("/v1/julie-petit")
    await office.client.get("/healthz")
    lines = [line for line in office.log() if line["event"] == "request"]
    assert [(line["route"], line["status"]) for line in lines] == [
        ("/v1/token", 200), ("/v1/push", 200), ("/v1/customers", 200), ("", 404),
    ]  # fmt: skip
    assert lines[1]["device"] == claire.device
    for word in ("Julie", "julie", "Claire", "Morel", claire.token, "phrase"):
        assert word not in office.lines.getvalue()


async def test_the_figures_count_requests_and_events_and_name_nobody(office: Office, claire: Desk) -> None:
    event = claire.customer("Julie Petit")
    await claire.push(event)
    await claire.push(event)
    await office.client.get("/v1/julie")
    text = (await office.client.get("/metrics")).text
    assert 'advisor_http_requests_total{method="POST",route="/v1/push",status="200"} 2.0' in text
    assert 'advisor_http_requests_total{method="",route="",status="404"} 1.0' in text
    assert 'advisor_events_total{status="accepted"} 1.0' in text
    assert 'advisor_events_total{status="duplicate"} 1.0' in text
    assert "advisor_feeds 0.0" in text
    for word in ("Julie", "julie", "Claire", claire.device):
        assert word not in text


async def test_health_and_readiness_differ(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await office.client.get("/readyz")).json() == {"status": "ready"}
    monkeypatch.setattr(office.central, "meta", lambda _key: "1")
    answer = await office.client.get("/readyz")
    assert (answer.status_code, code_of(answer)) == (503, "schema")

    def away(_key: str) -> str:
        raise Away("The database does not answer.")

    monkeypatch.setattr(office.central, "meta", away)
    assert code_of(await office.client.get("/readyz")) == "database_away"
    monkeypatch.undo()
    office.service.drain()
    answer = await office.client.get("/readyz")
    assert (answer.status_code, code_of(answer)) == (503, "draining")
    assert (await office.client.get("/healthz")).json() == {"status": "ok"}


async def test_the_document_is_served_and_the_pages_about_it_are_not(office: Office) -> None:
    answer = await office.client.get("/openapi.json")
    assert json.loads(answer.content)["openapi"] == "3.1.0"
    assert answer.headers["content-encoding"] == "gzip"
    for path in ("/docs", "/redoc"):
        assert (await office.client.get(path)).status_code == 404


async def test_a_client_that_leaves_in_the_middle_is_nobodys_fault(office: Office, claire: Desk) -> None:
    scope = {
        "type": "http", "method": "POST", "path": "/v1/push", "raw_path": b"/v1/push", "query_string": b"",
        "headers": [(b"sync-protocol", b"1"), (b"content-type", b"application/json"),
                    (b"authorization", f"Bearer {claire.token}".encode())],
        "client": ("127.0.0.1", 1), "server": ("server", 80), "scheme": "http", "root_path": "", "http_version": "1.1",
        "asgi": {"version": "3.0"},
    }  # fmt: skip
    messages = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    await office.app(scope, receive, send)
    assert sent == []
    assert [line["status"] for line in office.log()][-1] == 499
    assert not [line for line in office.log() if line["event"] == "fault"]


async def test_an_address_alone_is_counted_before_a_login(office: Office) -> None:
    from advisor_tui.server.options import Options, Rate

    office.service.limits.options = Options(rates={"login": Rate(0.01, 2)})
    codes = [
        (await office.client.post("/v1/token", json=login("Nobody", device_name="x"))).status_code for _ in range(3)
    ]
    assert codes == [401, 401, 429]
    assert routes_account.OPERATIONS[1].rate == "login"
