"""Real servers: in a thread of this process, or as `advisor serve` starts them."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from uvicorn.config import Config
from uvicorn.server import Server

from tests.server.office import PROTOCOL, login

PATIENCE = 30.0


class Thread:
    """uvicorn in a thread, over an application of this process."""

    def __init__(self, app: FastAPI, **named: Any) -> None:
        config = Config(
            app, log_config=None, access_log=False, lifespan="off", loop="asyncio", ws="none",
            http="advisor_tui.server.protocol:BoundedProtocol", timeout_graceful_shutdown=3, **named,
        )  # fmt: skip
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._server = Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        self._thread.start()
        until(lambda: self._server.started)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join()


class Serve:
    """`advisor serve` in processes of its own."""

    def __init__(self, home: Path, *arguments: str, **environment: str) -> None:
        self.log = home / "serve.log"
        self._environment = {**os.environ, "ADVISOR_HOME": str(home), "LANGUAGE": "en", **environment}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "advisor_tui", "serve", *arguments], stdin=subprocess.DEVNULL, stderr=log,
                stdout=log, env=self._environment, start_new_session=True,
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    @property
    def url(self) -> str:
        """Where it listens, once it says so."""

        def found() -> re.Match[str] | None:
            assert self.process.poll() is None, self.said
            return re.search(r"^Serving on (\S+)$", self.said, re.MULTILINE)

        match = until(found)
        return str(match[1])

    def client(self, **named: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=PROTOCOL, timeout=PATIENCE, **named)

    def wait(self) -> int:
        """The exit status."""
        return self.process.wait(PATIENCE)

    def stop(self) -> int:
        """Tell it to stop; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()


@contextlib.contextmanager
def serving(home: Path, *arguments: str, **environment: str) -> Iterator[Serve]:
    """`advisor serve --port 0` with these arguments; nothing of it is left afterwards."""
    server = Serve(home, "--port", "0", *arguments, **environment)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.process.pid, signal.SIGKILL)
            server.process.wait()


def until(happens: Any, patience: float = PATIENCE) -> Any:
    """What `happens` returns once it is something."""
    end = time.monotonic() + patience
    while not (found := happens()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
    return found


def logged_in(client: httpx.Client, name: str = "Claire Morel") -> dict[str, Any]:
    """Log in; the client bears the token from now on."""
    answer = client.post("/v1/token", json=login(name))
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    return tokens
