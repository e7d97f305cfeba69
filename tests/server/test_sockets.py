"""What only a real socket shows: large bodies in pieces, silent clients, a database that goes away."""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
import pytest_asyncio

from advisor_tui.server import protocol
from advisor_tui.store.workspace import SystemClock
from tests.central.postgres import Postgres
from tests.server.office import PROTOCOL, Desk, Office, code_of
from tests.server.running import Thread


@pytest_asyncio.fixture
async def server(office: Office) -> AsyncIterator[Thread]:
    running = Thread(office.app)
    yield running
    running.close()


def client(server: Thread, desk: Desk) -> httpx.Client:
    return httpx.Client(base_url=server.url, headers={**PROTOCOL, **desk.headers}, timeout=30)


async def test_large_bodies_arrive_whole_in_whatever_pieces(office: Office, claire: Desk, server: Thread) -> None:
    with client(server, claire) as http:
        for size in (100_000, 300_000, 1_500_000, 7_000_000):
            event = claire.customer()
            event["body"]["stake"] = secrets.token_hex(size // 2)
            answer = http.post("/v1/push", json={"device": claire.device, "events": [event]})
            assert answer.json()["results"][0]["status"] == "accepted", size
        answer = http.post("/v1/push", content=b" " * (9 << 20), headers={"Content-Type": "application/json"})
        assert (answer.status_code, code_of(answer)) == (413, "too_large")
        assert http.get("/healthz").status_code == 200, "the connection goes on"
        page = http.get("/v1/pull", params={"stream": "t1", "own": 1})
        assert len(page.content) > 4 << 20
        assert len(page.text.splitlines()) == 5


async def test_a_body_that_never_ends_is_answered_and_then_cut(
    claire: Desk, server: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "IGNORED", 4 << 20)
    head = (
        f"POST /v1/push HTTP/1.1\r\nHost: x\r\nSync-Protocol: 1\r\nAuthorization: Bearer {claire.token}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    ).encode()
    sent = 0
    with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
        connection.sendall(head)
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            while sent < 256 << 20:
                connection.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")
                sent += 65536
    assert 8 << 20 < sent < 64 << 20


async def test_who_sends_bytes_slowly_is_understood(claire: Desk, server: Thread) -> None:
    body = json.dumps({"device": claire.device, "events": [claire.customer()]}).encode()
    head = (
        f"POST /v1/push HTTP/1.1\r\nHost: x\r\nSync-Protocol: 1\r\nAuthorization: Bearer {claire.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode()
    with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
        for byte in head + body:
            connection.sendall(bytes([byte]))
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"accepted"' in answer


@pytest.mark.parametrize("said", [b"", b"GET /v1/meta HTTP/1.1\r\nHost: x\r\n", b"GET /healthz HTTP/1.1\r\n\r\nGET /"])
async def test_who_does_not_finish_a_head_is_let_go(
    server: Thread, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(protocol, "PATIENCE", 0.4)
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
        connection.sendall(said)
        while connection.recv(65536):
            pass
    assert 0.3 < time.monotonic() - began < 5


async def test_what_is_not_http_is_let_go(server: Thread) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100))
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400")


async def test_a_database_that_goes_away_is_told_and_found_again(tmp_path: Path) -> None:
    postgres = Postgres()
    postgres.start()
    try:
        office = Office(tmp_path, SystemClock(ZoneInfo("UTC")), url=postgres.url(postgres.fresh_database()))
        desk = await office.desk()
        assert (await desk.push(desk.customer()))[0]["status"] == "accepted"
        postgres.stop("immediate")
        for path in ("/readyz", "/v1/devices", "/v1/pull?stream=t1"):
            answer = await desk.ask("GET", path)
            assert (answer.status_code, code_of(answer)) == (503, "database_away"), path
            assert int(answer.headers["retry-after"]) >= 1
        assert (await office.client.get("/healthz")).status_code == 200
        postgres.start()
        assert (await desk.push(desk.customer()))[0]["status"] == "accepted"
        assert (await office.client.get("/readyz")).status_code == 200
        await office.close()
    finally:
        postgres.close()
