"""Real servers on this machine that answer as a test wants, byte by byte, with or without TLS."""

from __future__ import annotations

import contextlib
import datetime
import gzip
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from advisor_tui.domain.errors import AdvisorError

META = {
    "product": "advisor-tui", "version": "0.1.0", "protocol": {"min": 1, "max": 1}, "server_time": 1, "epoch": "e",
    "schema": 1, "limits": {}, "you": None,
}  # fmt: skip
PAST = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)


class Request(NamedTuple):
    """What a client asked."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        body = gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body
        return json.loads(body)


Answer = Callable[[Request, socket.socket], None]


class Listener:
    """Listens on a port of this machine, a thread a connection, until it is closed."""

    def __init__(self, answer: Answer | bytes, context: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.leaving = threading.Event()
        self._answer = answer
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._threads = [threading.Thread(target=self._listen)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"http{'s' if self._context else ''}://127.0.0.1:{self.port}"

    def close(self) -> None:
        self.leaving.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(20)
        with contextlib.closing(connection), contextlib.suppress(OSError, EOFError):
            if self._context is not None:
                with self._context.wrap_socket(connection, server_side=True) as safe:
                    self._talk(safe)
            else:
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        self._open.add(connection)
        try:
            while not self.leaving.is_set():
                request = read_request(connection)
                self.requests.append(request)
                if isinstance(self._answer, bytes):
                    connection.sendall(self._answer)
                else:
                    self._answer(request, connection)
        finally:
            self._open.discard(connection)


def read_request(connection: socket.socket) -> Request:
    """The next request of a connection; EOFError at its end."""
    seen = b""
    while b"\r\n\r\n" not in seen:
        seen += _some(connection)
    head, _, body = seen.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += _some(connection)
    method, target, _ = first.split(" ")
    return Request(method, target, headers, body)


def _some(connection: socket.socket) -> bytes:
    piece = connection.recv(65536)
    if not piece:
        raise EOFError
    return piece


def reply(status: int, body: object = b"", kind: str = "application/json", **headers: object) -> bytes:
    """An answer with its head, as bytes; `body` as JSON where it is not bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = {"Content-Type": kind, "Content-Length": len(data)}
    head |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"HTTP/1.1 {status} Whatever\r\n{lines}\r\n".encode() + data


def refusal(status: int, code: str, message: str = "No.", **details: object) -> bytes:
    """An error as the server words it."""
    return reply(status, {"error": {"code": code, "message": message, "details": details}})


@contextlib.contextmanager
def listening(answer: Answer | bytes, context: ssl.SSLContext | None = None) -> Iterator[Listener]:
    """A server for the length of a block."""
    listener = Listener(answer, context)
    try:
        yield listener
    finally:
        listener.close()


class Authority:
    """A company's own certification authority, in a file."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.path = folder / "ca.pem"
        self._ca.cert_pem.write_to_path(self.path)

    def context(self, host: str = "127.0.0.1", not_after: datetime.datetime | None = None) -> ssl.SSLContext:
        """A server's side of TLS for `host`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        before = PAST if not_after is not None else None
        self._ca.issue_cert(host, not_before=before, not_after=not_after).configure_cert(context)
        return context


def self_signed(folder: Path, host: str = "127.0.0.1") -> ssl.SSLContext:
    """A server's side of TLS for which nobody vouches but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False).sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "self.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@contextlib.contextmanager
def failing(code: str, kind: str = "") -> Iterator[pytest.ExceptionInfo[AdvisorError]]:
    """The block raises an error of ours with this code (and kind), in a sentence that is whole."""
    with pytest.raises(AdvisorError) as caught:
        yield caught
    error = caught.value
    assert (error.code, error.details.get("kind", "")) == (code, kind or error.details.get("kind", "")), error
    assert "{" not in str(error)
    assert len(str(error)) > 20
