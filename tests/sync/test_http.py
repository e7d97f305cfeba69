"""The door to the network, against real servers that answer badly in every way we could think of."""

from __future__ import annotations

import gzip
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from advisor_tui.domain.wire import PulledLine, Push, WireEvent
from advisor_tui.sync import http as http_module
from advisor_tui.sync.errors import SyncError
from advisor_tui.sync.http import Http
from tests.sync.listening import META, Authority, Request, failing, listening, refusal, reply

HTML = reply(200, b"<html><title>Welcome to our hotel</title>", "text/html")
END = b'{"next":"1.e.c.2.00000000","more":false,"control":{"grants":1,"server_time":5}}\n'
LINES = b'{"seq":1,"own":"a"}\n{"seq":2,"left":"b"}\n' + END


def event(number: int, text: str = "") -> WireEvent:
    body = msgspec.Raw(msgspec.json.encode({"text": text}))
    return WireEvent(
        id=f"e{number}", customer_id="c", type="NoteAdded", at=1, hlc="1-0-aaaaaaaa", actor="Claire", txn="t", body=body
    )


def told(batch: Push) -> dict[str, Any]:
    return {"results": [{"id": one.id, "status": "accepted", "seq": 1} for one in batch.events], "server_time": 9}


# what is asked


def test_a_request_says_its_protocol_its_token_and_that_it_reads_gzip(opened: Callable[..., Http]) -> None:
    with listening(reply(200, META)) as server:
        opened(server.url).meta("secret")
    asked = server.requests[0]
    assert (asked.method, asked.target) == ("GET", "/v1/meta")
    assert asked.headers["sync-protocol"] == "1"
    assert asked.headers["authorization"] == "Bearer secret"
    assert asked.headers["accept-encoding"] == "gzip"


def test_a_server_may_live_under_a_path(opened: Callable[..., Http]) -> None:
    with listening(reply(200, META)) as server:
        opened(server.url + "/office/").meta()
    assert server.requests[0].target == "/office/v1/meta"
    assert "authorization" not in server.requests[0].headers


def test_a_long_body_is_compressed_and_a_short_one_is_not(opened: Callable[..., Http]) -> None:
    small, large = (Push(device="d", events=[event(1, text)]) for text in ("ok", "é" * 5000))
    for batch, encoding in ((small, None), (large, "gzip")):
        with listening(reply(200, told(batch))) as server:
            assert opened(server.url).push(batch, "t").server_time == 9
        assert server.requests[0].headers.get("content-encoding") == encoding
        assert server.requests[0].json == msgspec.json.decode(msgspec.json.encode(batch))
    assert len(server.requests[0].body) < 1000


def test_an_answer_may_be_compressed(opened: Callable[..., Http]) -> None:
    body = gzip.compress(msgspec.json.encode(META))
    with listening(reply(200, body, Content_Encoding="gzip")) as server:
        assert opened(server.url).meta().epoch == "e"


def test_one_connection_serves_many_requests(opened: Callable[..., Http]) -> None:
    ports = set()

    def answer(_request: Request, connection: socket.socket) -> None:
        ports.add(connection.getpeername())
        connection.sendall(reply(200, META))

    with listening(answer) as server:
        http = opened(server.url)
        for _ in range(5):
            http.meta()
        http.close()
    assert len(ports) == 1


def test_no_content_is_an_answer(opened: Callable[..., Http]) -> None:
    with listening(b"HTTP/1.1 204 No Content\r\n\r\n") as server:
        opened(server.url).json("POST", "/v1/presence", {"customer_id": "c"}, token="t")
    assert server.requests[0].json == {"customer_id": "c"}


def test_what_is_asked_is_escaped(opened: Callable[..., Http]) -> None:
    with listening(reply(200, {})) as server:
        opened(server.url).json("GET", "/v1/customers", params={"q": "A&b=c é\r\nX: y", "limit": 5})
    assert server.requests[0].target == "/v1/customers?q=A%26b%3Dc+%C3%A9%0D%0AX%3A+y&limit=5"
    assert "x" not in server.requests[0].headers


def test_what_was_searched_is_not_logged(opened: Callable[..., Http], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    with listening(reply(200, {})) as server:
        opened(server.url).json("GET", "/v1/customers", params={"q": "Castellane"})
    assert "Castellane" not in caplog.text


def test_proxies_of_the_network_are_not_asked_about_this_computer(
    opened: Callable[..., Http], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with listening(reply(200, META)) as server:
        opened(server.url).meta()
    assert len(server.requests) == 1


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9", "nonsense://127.0.0.1:9"])
def test_a_proxy_that_does_not_work_is_told(
    opened: Callable[..., Http], monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with failing("unreachable"):
        opened("https://advisor.example").meta()


def test_importing_the_door_opens_nothing() -> None:
    code = "import sys, advisor_tui.sync.session, advisor_tui.sync.tokens\nprint({'httpx', 'keyring', 'cryptography', 'ssl'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-S", "-c", f"import sys\nsys.path[:] = {sys.path!r}\n{code}"], capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.strip() == "set()"


# nobody there


def test_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as quick:
        port = quick.getsockname()[1]
    with failing("unreachable", "refused") as caught:
        Http(f"http://127.0.0.1:{port}").meta()
    assert isinstance(caught.value, SyncError)
    assert caught.value.transient


def test_the_name_is_not_known() -> None:
    with failing("unreachable", "name"):
        Http("https://no-such-host.invalid").meta()


def test_a_server_that_never_answers(opened: Callable[..., Http], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_module, "READ_S", 0.3)

    def answer(_request: Request, _connection: socket.socket) -> None:
        server.leaving.wait(10)

    with listening(answer) as server:
        with failing("unreachable", "timeout"):
            opened(server.url).meta()
        server.leaving.set()


def test_a_server_that_answers_a_byte_at_a_time_is_given_up(
    opened: Callable[..., Http], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_module, "PATIENCE_S", 0.5)

    def answer(_request: Request, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
        while not server.leaving.wait(0.05):
            connection.sendall(b" ")

    with listening(answer) as server:
        began = time.monotonic()
        with failing("unreachable", "timeout"):
            opened(server.url).meta()
        assert time.monotonic() - began < 15


def test_a_handshake_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_module, "CONNECT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent, failing("unreachable", "timeout"):
        Http(f"https://127.0.0.1:{silent.getsockname()[1]}").meta()


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Ty", b"HTTP"])
def test_the_connection_is_reset_before_an_answer(opened: Callable[..., Http], sent: bytes) -> None:
    def answer(_request: Request, connection: socket.socket) -> None:
        connection.sendall(sent)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    with listening(answer) as server, failing("unreachable", "reset"):
        opened(server.url).meta()


@pytest.mark.parametrize("safe", [False, True], ids=["http", "https"])
def test_closing_wakes_whoever_waits_for_an_answer(opened: Callable[..., Http], tmp_path: Path, safe: bool) -> None:
    asked = threading.Event()

    def answer(_request: Request, _connection: socket.socket) -> None:
        asked.set()
        server.leaving.wait(20)

    authority = Authority(tmp_path)
    with listening(answer, authority.context() if safe else None) as server:
        http = opened(server.url, str(authority.path))
        caught: list[Exception] = []

        def wait() -> None:
            try:
                http.meta()
            except SyncError as error:
                caught.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        assert asked.wait(15)
        began = time.monotonic()
        http.close()
        thread.join(15)
        assert time.monotonic() - began < 8
        assert [getattr(error, "details", {}).get("kind") for error in caught] == ["closed"]
        with failing("unreachable", "closed"):
            http.meta()
        server.leaving.set()


# somebody else there


@pytest.mark.parametrize(
    "answer",
    [
        HTML,
        reply(404, b"<html>Not Found", "text/html"),
        reply(403, b"<html>Blocked by your company", "text/html"),
        reply(401, b"<html>Log in", "text/html", WWW_Authenticate="Basic"),
        reply(200, {"status": "ok"}),
        reply(200, [1, 2]),
        reply(200, META | {"product": "another"}),
        reply(200, META, "text/plain"),
        reply(404, {"detail": "Not Found"}),
        reply(404, {"error": "not found"}),
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"\x16\x03\x01\x00\x01\x00\r\n\r\n",
    ],
)  # fmt: skip
def test_it_is_no_advisor_server(opened: Callable[..., Http], answer: bytes) -> None:
    def answer_once(_request: Request, connection: socket.socket) -> None:
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_WR)

    with listening(answer_once) as server, failing("not_a_server"):
        opened(server.url).meta()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed_and_the_token_stays_home(opened: Callable[..., Http], status: int) -> None:
    with listening(reply(200, META)) as thief:
        place = f"http://localhost:{thief.port}/v1/meta"
        with listening(reply(status, b"", Location=place)) as server:
            with failing("not_a_server") as caught:
                opened(server.url).meta("secret")
            with failing("not_a_server"):
                opened(server.url).json("POST", "/v1/token", {"grant": "password", "password": "p"})
        assert thief.requests == []
    assert f"localhost:{thief.port}" in str(caught.value)


def test_a_portal_that_answers_a_push_or_a_page_with_its_welcome(opened: Callable[..., Http]) -> None:
    with listening(HTML) as server:
        with failing("not_a_server"):
            opened(server.url).push(Push(device="d", events=[event(1)]), "t")
        with failing("not_a_server"):
            opened(server.url).page("/v1/pull", token="t")


# the server refuses


@pytest.mark.parametrize(
    ("answer", "code", "transient", "wait"),
    [
        (refusal(401, "bad_password"), "bad_password", False, None),
        (refusal(401, "token_expired"), "token_expired", False, None),
        (refusal(401, "token_reused"), "token_expired", False, None),
        (refusal(403, "device_revoked"), "device_revoked", False, None),
        (refusal(403, "not_allowed"), "refused", False, None),
        (refusal(404, "unknown_stream"), "refused", False, None),
        (refusal(409, "epoch_changed"), "epoch_changed", False, None),
        (refusal(413, "too_large"), "too_large", False, None),
        (reply(413, b"<html>nginx", "text/html"), "too_large", False, None),
        (refusal(422, "invalid"), "refused", False, None),
        (refusal(426, "upgrade_needed", min=2, max=3), "upgrade_needed", False, None),
        (refusal(429, "too_many_attempts", retry_after=40), "too_many_attempts", True, 40),
        (refusal(429, "rate_limited", retry_after=2.5), "rate_limited", True, 2.5),
        (reply(429, b"", "text/html", Retry_After="7"), "rate_limited", True, 7),
        (reply(429, b"", "text/html", Retry_After="999999999"), "rate_limited", True, 3600),
        (reply(429, b"", "text/html", Retry_After="soon"), "rate_limited", True, None),
        (refusal(503, "draining", retry_after=3), "server_busy", True, 3),
        (reply(503, b"<html>nginx", "text/html", Retry_After="11"), "server_busy", True, 11),
        (reply(502, b"<html>nginx", "text/html"), "server_busy", True, None),
        (reply(504, b"", "text/html"), "server_busy", True, None),
        (reply(500, b"Internal Server Error", "text/plain"), "server_failed", True, None),
        (refusal(507, "disk_full"), "server_failed", True, None),
    ],
)  # fmt: skip
def test_each_refusal_has_its_error(
    opened: Callable[..., Http], answer: bytes, code: str, transient: bool, wait: float | None
) -> None:
    with listening(answer) as server, failing(code) as caught:
        opened(server.url).json("GET", "/v1/devices", token="t")
    assert isinstance(caught.value, SyncError)
    assert (caught.value.transient, caught.value.retry_after) == (transient, wait)


def test_a_wait_until_a_date_is_understood(opened: Callable[..., Http]) -> None:
    from datetime import UTC, datetime, timedelta

    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    with listening(reply(503, b"", "text/html", Retry_After=later)) as server, failing("server_busy") as caught:
        opened(server.url).meta()
    assert isinstance(caught.value, SyncError)
    assert 80 < (caught.value.retry_after or 0) <= 90


def test_what_a_server_says_does_nothing_to_the_terminal(opened: Callable[..., Http]) -> None:
    answer = refusal(422, "x\x1b[2J", "Bad \x1b]0;owned\x07 {name}\nthing")
    with listening(answer) as server, pytest.raises(SyncError, match=r"\{name\} thing") as caught:
        opened(server.url).meta()
    assert "\x1b" not in str(caught.value) + str(caught.value.details)


@pytest.mark.parametrize(
    ("protocol", "side"),
    [({"min": 2, "max": 3}, "client"), ({"min": 0, "max": 0}, "server"), ({"min": 1, "max": 9}, "")],
)
def test_the_side_that_is_too_old_is_named(opened: Callable[..., Http], protocol: dict[str, int], side: str) -> None:
    with listening(reply(200, META | {"protocol": protocol})) as server:
        if not side:
            assert opened(server.url).meta().protocol == protocol
            return
        with failing("upgrade_needed") as caught:
            opened(server.url).meta()
    assert caught.value.details["side"] == side


def test_a_server_that_refuses_our_protocol_names_the_side_too(opened: Callable[..., Http]) -> None:
    cases: list[tuple[dict[str, object], str]] = [
        ({"min": 2, "max": 2}, "client"), ({"min": 0, "max": 0}, "server"), ({}, "client"),
    ]  # fmt: skip
    for details, side in cases:
        with listening(refusal(426, "upgrade_needed", "No.", **details)) as server, failing("upgrade_needed") as caught:
            opened(server.url).json("GET", "/v1/devices")
        assert caught.value.details["side"] == side


# answers that are not whole


def test_a_page_is_its_lines_and_its_end(opened: Callable[..., Http]) -> None:
    for headers, body in (({}, LINES), ({"Content_Encoding": "gzip"}, gzip.compress(LINES))):
        with listening(reply(200, body, "application/x-ndjson", **headers)) as server:
            lines = opened(server.url).page("/v1/pull", {"stream": "c", "cursor": ""}, "t")
        assert lines[:2] == [PulledLine(seq=1, own="a"), PulledLine(seq=2, left="b")]
        assert lines[2].next == "1.e.c.2.00000000"
        assert lines[2].control is not None
        assert server.requests[0].target == "/v1/pull?stream=c&cursor="


@pytest.mark.parametrize("compressed", [False, True])
def test_a_page_cut_at_any_byte_is_discarded_whole(opened: Callable[..., Http], compressed: bool) -> None:
    whole = gzip.compress(LINES) if compressed else LINES
    cut = 0

    def answer(_request: Request, connection: socket.socket) -> None:
        encoding = {"Content_Encoding": "gzip"} if compressed else {}
        connection.sendall(reply(200, whole[:cut], "application/x-ndjson", **encoding))

    with listening(answer) as server:
        http = opened(server.url)
        for cut in range(len(whole) - 1):  # noqa: B007 - the server reads it; without its newline the page is whole
            with failing("answer_cut"):
                http.page("/v1/pull")
        http.close()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_connection_cut_within_a_page_discards_it(opened: Callable[..., Http], chunked: bool) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
    length = b"Content-Length: 500\r\n\r\n" + LINES
    chunks = b"Transfer-Encoding: chunked\r\n\r\n" + b"%x\r\n%s\r\n" % (len(LINES), LINES)

    def answer(_request: Request, connection: socket.socket) -> None:
        connection.sendall(head + (chunks if chunked else length))
        connection.close()

    with listening(answer) as server, failing("answer_cut"):
        opened(server.url).page("/v1/pull")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        b'{"seq":1,"own":"a"}\n',
        END + b'{"seq":3,"own":"c"}\n',
        END + END,
        b"[]\n" + END,
        b'{"seq":"one"}\n' + END,
        b'{"seq":1,"event":{"id":1}}\n' + END,
        b"\xff\xfe\n" + END,
        b"[" * 100_000 + END,
    ],
)
def test_a_page_that_makes_no_sense_is_discarded(opened: Callable[..., Http], body: bytes) -> None:
    with listening(reply(200, body, "application/x-ndjson")) as server, failing("answer_cut"):
        opened(server.url).page("/v1/pull")


def test_lines_of_a_newer_server_may_hold_more(opened: Callable[..., Http]) -> None:
    body = b'{"seq":1,"own":"a","mood":"good"}\n' + END
    with listening(reply(200, body, "application/x-ndjson")) as server:
        assert len(opened(server.url).page("/v1/pull")) == 2


def test_words_about_other_events_than_mine_are_not_believed(opened: Callable[..., Http]) -> None:
    batch = Push(device="d", events=[event(1), event(2)])
    for ids in (["e2", "e1"], ["e1"], ["e1", "e2", "e3"], ["e1", "e9"], []):
        said = {"results": [{"id": id_, "status": "accepted"} for id_ in ids], "server_time": 9}
        with listening(reply(200, said)) as server, failing("answer_cut"):
            opened(server.url).push(batch, "t")


def test_a_small_answer_that_unfolds_without_end_is_refused(opened: Callable[..., Http]) -> None:
    import tracemalloc

    bomb = gzip.compress(b" " * (200 << 20), 9)
    assert len(bomb) < 300_000
    with listening(reply(200, bomb, Content_Encoding="gzip")) as server:
        http = opened(server.url)
        tracemalloc.start()
        with failing("answer_cut"):
            http.meta()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 3 * http_module.MAX_JSON


def test_an_answer_without_end_is_refused(opened: Callable[..., Http], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_module, "MAX_JSON", 1 << 20)

    def answer(_request: Request, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not server.leaving.is_set():
            connection.sendall(b"1000\r\n" + b" " * 4096 + b"\r\n")

    with listening(answer) as server, failing("answer_cut"):
        opened(server.url).meta()


def test_an_encoding_that_nobody_asked_for(opened: Callable[..., Http]) -> None:
    with listening(reply(200, META, Content_Encoding="br")) as server, failing("answer_cut"):
        opened(server.url).meta()
