"""The server's calls: heard as they come, ended at once from any thread, given up when they fall silent."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from advisor_tui.sync import http as http_module
from advisor_tui.sync.http import Http
from tests.sync.listening import Authority, Request, failing, listening, refusal, reply

HTML = reply(200, b"<html><title>Welcome to our hotel</title>", "text/html")


def events(*pieces: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n" + b"".join(pieces)


def test_the_feed_tells_events_and_passes_over_pings(opened: Callable[..., Http]) -> None:
    def answer(_request: Request, connection: socket.socket) -> None:
        connection.sendall(events(b": ping\n\n", b'event: heads\ndata: {"heads":{"c":1}}\n\n', b": ping\r\n\r\n"))
        connection.sendall("event: presence\ndata: Zoé\ndata: two\n\n".encode())
        connection.close()

    with listening(answer) as server:
        told = list(opened(server.url).feed("secret"))
    assert told == [("heads", '{"heads":{"c":1}}'), ("presence", "Zoé\ntwo")]
    assert server.requests[0].headers["authorization"] == "Bearer secret"
    assert server.requests[0].headers["accept"] == "text/event-stream"
    assert server.requests[0].headers["sync-protocol"] == "1"


@pytest.mark.parametrize("safe", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("answering", [False, True], ids=["before its answer", "while it is quiet"])
def test_a_feed_ends_at_once_when_it_is_closed_from_another_thread(
    opened: Callable[..., Http], tmp_path: Path, safe: bool, answering: bool
) -> None:
    asked = threading.Event()

    def answer(_request: Request, connection: socket.socket) -> None:
        if answering:
            connection.sendall(events(b"event: heads\ndata: {}\n\n"))
        asked.set()
        server.leaving.wait(20)

    authority = Authority(tmp_path)
    with listening(answer, authority.context() if safe else None) as server:
        feed = opened(server.url, str(authority.path)).feed("t")
        told: list[tuple[str, str]] = []
        thread = threading.Thread(target=lambda: told.extend(feed))
        thread.start()
        assert asked.wait(15)
        time.sleep(0.1)
        began = time.monotonic()
        feed.close()
        thread.join(15)
        assert time.monotonic() - began < 8
        assert told == ([("heads", "{}")] if answering else [])
        server.leaving.set()


def test_a_feed_closed_before_it_began_asks_nothing(opened: Callable[..., Http]) -> None:
    with listening(events(b"event: heads\ndata: {}\n\n")) as server:
        feed = opened(server.url).feed("t")
        feed.close()
        assert list(feed) == []
        opened(server.url).close()


def test_a_feed_without_pings_is_dead(opened: Callable[..., Http], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_module, "FEED_S", 0.3)

    def answer(_request: Request, connection: socket.socket) -> None:
        connection.sendall(events(b": ping\n\n"))
        server.leaving.wait(20)

    with listening(answer) as server:
        with failing("unreachable", "timeout"):
            list(opened(server.url).feed("t"))
        server.leaving.set()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (HTML, "not_a_server"), (refusal(401, "token_expired"), "token_expired"), (refusal(503, "draining"), "server_busy"),
        (refusal(403, "device_revoked"), "device_revoked"), (events(b"data: " + b"x" * (2 << 20)), "answer_cut"),
    ],
)  # fmt: skip
def test_a_feed_that_cannot_be_had_says_why(opened: Callable[..., Http], answer: bytes, code: str) -> None:
    with listening(answer) as server, failing(code):
        list(opened(server.url).feed("t"))


def test_a_feed_leaves_with_its_program(opened: Callable[..., Http]) -> None:
    asked = threading.Event()

    def answer(_request: Request, connection: socket.socket) -> None:
        connection.sendall(events(b": ping\n\n"))
        asked.set()
        server.leaving.wait(20)

    with listening(answer) as server:
        http = opened(server.url)
        ended = threading.Event()

        def listen() -> None:
            assert list(http.feed("t")) == []
            ended.set()

        thread = threading.Thread(target=listen)
        thread.start()
        assert asked.wait(15)
        http.close()
        assert ended.wait(8)
        thread.join()
        server.leaving.set()
