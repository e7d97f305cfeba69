"""Where a server may be, and whom a connection trusts: every way in which a certificate can be wrong, on real sockets."""

from __future__ import annotations

import socket
import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from advisor_tui.sync.http import Http
from advisor_tui.sync.tls import read_address
from tests.sync.listening import META, PAST, Authority, failing, listening, reply, self_signed

HELLO = reply(200, META)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    monkeypatch.delenv("ADVISOR_CA", raising=False)
    return Authority(tmp_path)


def look(url: str, ca: str = "") -> None:
    http = Http(url, ca)
    try:
        http.meta()
    finally:
        http.close()


def test_a_private_authority_is_trusted_once_it_is_named_in_the_settings(authority: Authority) -> None:
    with listening(HELLO, authority.context()) as server:
        look(server.url, str(authority.path))
    assert len(server.requests) == 1


def test_the_environment_names_the_authority_too(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVISOR_CA", str(authority.path))
    with listening(HELLO, authority.context()) as server:
        look(server.url)
    assert len(server.requests) == 1


def test_nobody_knows_the_issuer(authority: Authority) -> None:
    with listening(HELLO, authority.context()) as server, failing("tls", "unknown_issuer"):
        look(server.url)
    assert server.requests == [], "nothing was sent"


def test_it_vouches_for_itself_only(tmp_path: Path, authority: Authority) -> None:
    with listening(HELLO, self_signed(tmp_path)) as server, failing("tls", "self_signed"):
        look(server.url, str(authority.path))
    assert server.requests == []


def test_the_certificate_has_expired(authority: Authority) -> None:
    context = authority.context(not_after=PAST + timedelta(days=30))
    with listening(HELLO, context) as server, failing("tls", "certificate_expired"):
        look(server.url, str(authority.path))
    assert server.requests == []


@pytest.mark.parametrize("host", ["advisor.example", "10.0.0.9"])
def test_the_certificate_belongs_to_another_host(authority: Authority, host: str) -> None:
    with listening(HELLO, authority.context(host)) as server, failing("tls", "wrong_host"):
        look(server.url, str(authority.path))
    assert server.requests == []


def test_a_server_without_encryption_on_the_port_of_one_with(authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as quick:
        port = quick.getsockname()[1]

        def shout() -> None:
            connection, _ = quick.accept()
            with connection:
                connection.recv(10)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

        import threading

        thread = threading.Thread(target=shout)
        thread.start()
        with failing("tls", "not_tls"):
            look(f"https://127.0.0.1:{port}", str(authority.path))
        thread.join()


def test_a_server_with_encryption_asked_without(authority: Authority) -> None:
    with listening(HELLO, authority.context()) as server, failing("unreachable"):
        look(server.url.replace("https", "http"))
    assert server.requests == []


def test_an_authority_that_is_not_there_is_named(tmp_path: Path) -> None:
    with failing("ca") as caught:
        look("https://127.0.0.1:9", str(tmp_path / "missing.pem"))
    assert "missing.pem" in str(caught.value)


def test_an_authority_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    path = tmp_path / "words.pem"
    path.write_text("Bonjour")
    with failing("ca") as caught:
        look("https://127.0.0.1:9", str(path))
    assert "words.pem" in str(caught.value)


def test_no_variable_of_the_environment_switches_verification_off(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PYTHONHTTPSVERIFY", "SSL_NO_VERIFY", "HTTPX_VERIFY", "CURL_INSECURE"):
        monkeypatch.setenv(name, "0")
    with listening(HELLO, authority.context()) as server, failing("tls", "unknown_issuer"):
        look(server.url)


def test_the_context_verifies_names_and_refuses_old_versions() -> None:
    from advisor_tui.sync.tls import trust

    context = trust()
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    ("typed", "url", "host"),
    [
        ("advisor.example", "https://advisor.example", "advisor.example"),
        (" https://Advisor.Example/ ", "https://advisor.example", "advisor.example"),
        ("https://advisor.example:8443/office/", "https://advisor.example:8443/office", "advisor.example:8443"),
        ("https://advisor.example:443", "https://advisor.example", "advisor.example"),
        ("http://localhost:8000", "http://localhost:8000", "localhost:8000"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://127.9.9.9", "http://127.9.9.9", "127.9.9.9"),
        ("http://[::1]:8000", "http://[::1]:8000", "[::1]:8000"),
        ("https://société.example", "https://société.example", "société.example"),
    ],
)
def test_an_address_is_read_as_people_type_it(typed: str, url: str, host: str) -> None:
    address = read_address(typed)
    assert (address.url, address.host) == (url, host)


@pytest.mark.parametrize(
    "typed",
    [
        "http://advisor.example", "http://127.0.0.1.example", "http://0.0.0.0:8000", "http://192.168.1.10", "HTTP://10.0.0.1",
        "http://localhost.example", "http://[::2]", "http://2130706433", "http://127.1",
    ],
)  # fmt: skip
def test_clear_text_never_leaves_this_computer(typed: str) -> None:
    with failing("not_encrypted"):
        read_address(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "", "https://", "ftp://advisor.example", "file:///etc/passwd", "https://advisor.example?x=1", "https://a b.example",
        "https://advisor.example#x", "https://advisor.example:70000", "https://advisor.example:port", "https://[::1",
        "https://a..b", "https://\x1b[31m.example", "javascript:alert(1)", "https://[zz]", "https://a%2fb.example",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    with failing("invalid") as caught:
        read_address(typed)
    assert "\x1b" not in str(caught.value)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with failing("address_secret") as caught:
        read_address("https://claire:hunter2@advisor.example")
    assert "hunter2" not in str(caught.value)
