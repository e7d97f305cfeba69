"""A line between a client and a server on which things happen at a chosen byte: cut, reset, held up, sliced, doubled."""

from __future__ import annotations

import select
import socket
import struct
import threading
from contextlib import suppress
from typing import Literal, NamedTuple

Kind = Literal["cut", "reset", "stall", "slice", "ask_cut", "twice"]
PIECE = 1 << 16


class Accident(NamedTuple):
    """What happens to each connection, after how many bytes of the answers (`ask_cut`: of the requests)."""

    kind: Kind
    at: int = 0


class Proxy:
    """Listens on a port of its own and passes on what it hears; `accident` holds for connections made from then on."""

    def __init__(self, port: int) -> None:
        self.server = port
        self.accident: Accident | None = None
        self.answered: list[int] = []  # bytes of answers, by piece, since `fresh`
        self.asked = 0
        self.happened = 0
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._threads: list[threading.Thread] = []
        self._run(self._accept)

    def _run(self, work: object, *given: object) -> None:
        assert callable(work)
        thread = threading.Thread(target=work, args=given, daemon=True)
        self._threads.append(thread)
        thread.start()

    def fresh(self, accident: Accident | None) -> None:
        """Hang up every line; from now on this happens to new ones."""
        self.accident = accident
        self.answered, self.asked, self.happened = [], 0, 0
        with self._lock:
            lines, self._open = self._open, []
        for line in lines:
            _hang_up(line)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.server))
            for line in (client, server):
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            doubles = [socket.create_connection(("127.0.0.1", self.server))] if self._is("twice") else []
            with self._lock:
                self._open += [client, server, *doubles]
            self._run(self._pass_requests, client, server, doubles)
            self._run(self._pass_answers, client, server)
            for double in doubles:
                self._run(_swallow, double)

    def _is(self, kind: Kind) -> bool:
        return self.accident is not None and self.accident.kind == kind

    def _pass_requests(self, client: socket.socket, server: socket.socket, doubles: list[socket.socket]) -> None:
        accident, seen = self.accident, 0
        with suppress(OSError, ValueError):
            while piece := _next(client):
                self.asked += len(piece)
                if accident is not None and accident.kind == "ask_cut" and seen + len(piece) > accident.at:
                    server.sendall(piece[: accident.at - seen])
                    self.happened += 1
                    _hang_up(client)
                    break
                seen += len(piece)
                for line in (*doubles, server):
                    line.sendall(piece)
                self.happened += bool(doubles)
        _hang_up(server)

    def _pass_answers(self, client: socket.socket, server: socket.socket) -> None:
        accident, seen = self.accident, 0
        with suppress(OSError):
            while piece := server.recv(PIECE):
                self.answered.append(len(piece))
                if accident is None or accident.kind in ("ask_cut", "twice"):
                    client.sendall(piece)
                elif accident.kind == "slice":
                    self.happened += 1
                    for place in range(len(piece)):
                        client.sendall(piece[place : place + 1])
                elif seen + len(piece) > accident.at:
                    client.sendall(piece[: accident.at - seen])
                    self.happened += 1
                    if accident.kind == "stall":
                        return  # the line stays open, and nothing more comes
                    _hang_up(client, reset=accident.kind == "reset")
                    break
                else:
                    client.sendall(piece)
                seen += len(piece)
        _hang_up(client)
        _hang_up(server)

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.fresh(None)
        for thread in self._threads:
            thread.join(5)


def _next(line: socket.socket) -> bytes:
    """What comes next; never waiting inside `recv`, for a line that is closed meanwhile must be closed at once."""
    while not select.select([line], [], [], 0.02)[0]:
        pass
    return line.recv(PIECE)


def _swallow(line: socket.socket) -> None:
    with suppress(OSError):
        while line.recv(PIECE):
            pass


def _hang_up(line: socket.socket, reset: bool = False) -> None:
    with suppress(OSError):
        if reset:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            line.shutdown(socket.SHUT_RDWR)
    line.close()
