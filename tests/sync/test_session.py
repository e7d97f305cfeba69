"""A log-in that lasts: renewed in time, shared by processes, ended only by the server or by its person."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.store.workspace import Workspace
from advisor_tui.sync.errors import DeviceRevoked, KeyringSilent, TokenExpired, Unreachable
from advisor_tui.sync.http import Http
from advisor_tui.sync.session import LOCK, Session, open_session, taking_turns
from advisor_tui.sync.tokens import Saved
from tests.sync.listening import META, Listener, Request, failing, refusal, reply

GRACE = 2
"""How many times a refresh token that was already used still gives a pair, in place of the server's minute."""


class TokenServer:
    """Gives tokens as the real one does: each refresh token once (and a little again, for a lost reply), then it is reuse."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.numbers = 0
        self.live: set[str] = set()
        self.used: dict[str, int] = {}
        self.current: set[str] = set()
        self.devices: list[str] = []
        self.revoked = self.silent = self.lose_next = self.takes_none = False
        self.expires_in = 600.0
        self.listener = Listener(self.answer)
        self.url = self.listener.url

    def answer(self, request: Request, connection: socket.socket) -> None:
        with self.lock:
            if self.silent:
                connection.close()
                return
            said = self.said(request)
            if self.lose_next:
                self.lose_next = False
                connection.close()
                return
        connection.sendall(said)

    def said(self, request: Request) -> bytes:
        if request.target == "/v1/meta":
            return reply(200, META)
        if request.target == "/v1/token" and request.method == "POST":
            return self.grant(request.json)
        if self.revoked:
            return refusal(403, "device_revoked")
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.takes_none or token not in self.live:
            return refusal(401, "token_expired")
        if request.method == "DELETE":
            self.live.clear()
            self.current.clear()
            return b"HTTP/1.1 204 No Content\r\n\r\n"
        return reply(200, {"hello": "you"})

    def grant(self, asked: dict[str, Any]) -> bytes:
        if asked["grant"] == "password":
            if asked["password"] != "right":
                return refusal(401, "bad_password")
            self.devices.append(asked["device_name"] + "/" + asked.get("replaces", ""))
            return self.pair()
        if self.revoked:
            return refusal(403, "device_revoked")
        token = asked["refresh_token"]
        if token in self.current:
            self.current.discard(token)
            self.used[token] = GRACE
            return self.pair()
        if self.used.get(token, 0) > 0:
            self.used[token] -= 1
            return self.pair()
        self.current.clear()
        return refusal(401, "token_reused" if token in self.used else "token_expired")

    def pair(self) -> bytes:
        self.numbers += 1
        access, refresh = f"access-{self.numbers}", f"refresh-{self.numbers}"
        self.live.add(access)
        self.current.add(refresh)
        return reply(
            200,
            {
                "access_token": access, "refresh_token": refresh, "expires_in": self.expires_in, "device": "0badcafe",
                "name": "Claire Morel", "role": "advisor", "teams": ["Mobile"],
            },
        )  # fmt: skip

    @property
    def asked(self) -> list[str]:
        return [f"{request.method} {request.target}" for request in self.listener.requests]


class Box:
    """A place for a key, shared as a keyring is; it may fail."""

    place = "keyring"

    def __init__(self) -> None:
        self.saved: Saved | None = None
        self.trouble: Exception | None = None

    def prepare(self) -> None:
        self.load()

    def load(self) -> Saved | None:
        if self.trouble is not None:
            raise self.trouble
        return self.saved

    def save(self, saved: Saved) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.saved = saved

    def clear(self) -> None:
        self.saved = None


class Ticking:
    """A clock that is moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> Iterator[TokenServer]:
    made = TokenServer()
    yield made
    made.listener.close()


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def session(server: TokenServer, box: Box, clock: Ticking, tmp_path: Path) -> Iterator[Session]:
    made = Session(Http(server.url), box, "Claire Morel", lock=tmp_path / LOCK, clock=clock)
    yield made
    made.close()


def hello(session: Session) -> str:
    """A request that needs a token."""
    return session.call(lambda token: session.http.json("GET", "/v1/hello", token=token, type=dict[str, str]))["hello"]


def test_a_login_looks_first_then_sends_the_password_once(session: Session, server: TokenServer, box: Box) -> None:
    granted = session.login("right", "laptop", replaces="deadbeef")
    assert server.asked == ["GET /v1/meta", "POST /v1/token"]
    assert (granted.name, granted.role, granted.teams, granted.device) == (
        "Claire Morel", "advisor", ["Mobile"], "0badcafe",
    )  # fmt: skip
    assert server.devices == ["laptop/deadbeef"]
    assert box.saved == Saved(server.url, "Claire Morel", "refresh-1", "0badcafe")
    assert "access-1" not in repr(granted)
    assert "refresh-1" not in repr(granted)
    assert hello(session) == "you"


def test_a_wrong_password_keeps_what_was_kept(session: Session, box: Box) -> None:
    box.saved = before = Saved(session.server, "Claire Morel", "older")
    with failing("bad_password"):
        session.login("wrong", "laptop")
    assert box.saved == before


def test_no_password_is_sent_where_its_key_could_not_be_kept(session: Session, server: TokenServer, box: Box) -> None:
    box.trouble = KeyringSilent("locked for a test")
    with pytest.raises(KeyringSilent):
        session.login("right", "laptop")
    assert server.asked == ["GET /v1/meta"]


def test_an_access_token_is_used_until_shortly_before_its_end(
    session: Session, server: TokenServer, clock: Ticking
) -> None:
    session.login("right", "laptop")
    clock.now += 569
    assert session.access() == "access-1"
    clock.now += 2
    assert session.access() == "access-2"
    assert server.asked.count("POST /v1/token") == 2


def test_a_token_that_lives_for_seconds_is_not_renewed_at_each_request(session: Session, server: TokenServer) -> None:
    server.expires_in = 10
    session.login("right", "laptop")
    for _ in range(5):
        hello(session)
    assert server.asked.count("POST /v1/token") == 1


def test_a_token_that_the_server_ended_early_is_renewed_once(session: Session, server: TokenServer) -> None:
    session.login("right", "laptop")
    server.live.clear()
    assert hello(session) == "you"
    assert server.asked[-3:] == ["GET /v1/hello", "POST /v1/token", "GET /v1/hello"]


def test_a_server_that_takes_no_token_is_not_asked_for_ever(session: Session, server: TokenServer, box: Box) -> None:
    session.login("right", "laptop")
    before = len(server.asked)
    server.takes_none = True
    with failing("token_expired"):
        hello(session)
    assert server.asked[before:] == ["GET /v1/hello", "POST /v1/token", "GET /v1/hello"]
    assert box.saved is not None, "the key was not refused"


def test_threads_renew_together_once(session: Session, server: TokenServer, clock: Ticking) -> None:
    session.login("right", "laptop")
    clock.now += 10_000
    server.live.clear()
    said: list[str] = []
    threads = [threading.Thread(target=lambda: said.append(hello(session))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == ["you"] * 4
    assert server.asked.count("POST /v1/token") == 2


def test_a_key_that_the_server_no_longer_takes_is_forgotten(session: Session, server: TokenServer, box: Box) -> None:
    session.login("right", "laptop")
    server.live.clear()
    server.current.clear()
    with failing("token_expired") as caught:
        hello(session)
    assert f"advisor login {server.url}" in str(caught.value)
    assert box.saved is None
    with failing("not_logged_in"):
        session.access()


def test_a_revoked_device_is_told_and_its_key_forgotten(session: Session, server: TokenServer, box: Box) -> None:
    session.login("right", "laptop")
    server.revoked = True
    with pytest.raises(DeviceRevoked):
        hello(session)
    assert box.saved is not None, "the key itself was not refused yet"
    server.live.clear()
    with pytest.raises(DeviceRevoked):
        session._renew()
    assert box.saved is None


def test_a_server_that_is_away_costs_no_key(session: Session, server: TokenServer, box: Box, clock: Ticking) -> None:
    session.login("right", "laptop")
    kept = box.saved
    clock.now += 10_000
    server.silent = True
    for _ in range(3):
        with pytest.raises(Unreachable):
            hello(session)
    assert box.saved == kept
    server.silent = False
    assert hello(session) == "you"


def test_a_lost_reply_to_a_renewal_is_survived(session: Session, server: TokenServer, clock: Ticking) -> None:
    session.login("right", "laptop")
    clock.now += 10_000
    server.lose_next = True
    with pytest.raises(Unreachable):
        session.access()
    assert session.access() == "access-3"
    assert hello(session) == "you"


def test_two_processes_follow_each_others_keys(session: Session, server: TokenServer, box: Box, clock: Ticking) -> None:
    session.login("right", "laptop")
    other = Session(Http(server.url), box, "Claire Morel", clock=clock)
    for _ in range(5):
        clock.now += 10_000
        assert hello(other) == "you"
        clock.now += 10_000
        assert hello(session) == "you"
    other.close()
    assert len(server.used) == 10, "each key was used once: none was taken for stolen"


def test_a_new_login_meanwhile_is_not_thrown_away(session: Session, server: TokenServer, box: Box) -> None:
    session.login("right", "laptop")
    fresh = Saved(session.server, "Claire Morel", "of a new login")
    server.current.clear()

    class Overtaken(Box):
        """Somebody logs in after we looked and before we clear."""

        def load(self) -> Saved | None:
            found, self.saved = self.saved, fresh
            return found

    overtaken = Overtaken()
    overtaken.saved = box.saved
    late = Session(session.http, overtaken, "Claire Morel")
    with pytest.raises(TokenExpired):
        late.access()
    assert overtaken.saved == fresh


def test_a_key_that_cannot_be_kept_is_used_from_memory_and_kept_later(
    session: Session, server: TokenServer, box: Box, clock: Ticking
) -> None:
    session.login("right", "laptop")
    box.trouble = KeyringSilent("locked for a test")
    for _ in range(3):
        clock.now += 10_000
        assert hello(session) == "you"
    assert session.trouble is box.trouble
    assert box.saved is not None
    assert box.saved.refresh == "refresh-1"
    box.trouble = None
    assert hello(session) == "you"
    assert not session.trouble
    assert box.saved.refresh == f"refresh-{server.numbers}"


def test_a_key_that_nobody_can_read_says_why(session: Session, box: Box) -> None:
    box.trouble = KeyringSilent("locked for a test")
    with pytest.raises(KeyringSilent):
        session.access()


def test_logging_out_tells_the_server_and_forgets(session: Session, server: TokenServer, box: Box) -> None:
    session.login("right", "laptop")
    assert session.logout() is True
    assert server.asked[-1] == "DELETE /v1/token"
    assert box.saved is None
    with failing("not_logged_in"):
        hello(session)


def test_logging_out_of_a_server_that_is_away_forgets_and_says_so(
    session: Session, server: TokenServer, box: Box
) -> None:
    session.login("right", "laptop")
    server.silent = True
    assert session.logout() is False
    assert box.saved is None


def test_logging_out_of_what_the_server_ended_is_done(session: Session, server: TokenServer, box: Box) -> None:
    session.login("right", "laptop")
    server.live.clear()
    server.current.clear()
    assert session.logout() is True
    assert box.saved is None


def test_a_workspace_that_never_joined_has_no_session(tmp_path: Path) -> None:
    with failing("not_logged_in"):
        open_session(Workspace(tmp_path))


def test_a_token_of_the_environment_serves_one_process(
    server: TokenServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.pair()
    workspace = Workspace(tmp_path)
    workspace.update(server=server.url, user="Claire Morel")
    monkeypatch.setenv("ADVISOR_TOKEN", "refresh-1")
    session = open_session(workspace)
    assert (hello(session), session.place) == ("you", "environment")
    session.close()
    assert b"refresh-" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


PROCESS = """
import sys, time
from pathlib import Path
from advisor_tui.sync.session import taking_turns
home = Path(sys.argv[1])
for number in range(20):
    with taking_turns(home / "tokens.lock"):
        value = int((home / "count").read_text())
        time.sleep(0.002)
        (home / "count").write_text(str(value + 1))
"""


def test_processes_take_turns(tmp_path: Path) -> None:
    (tmp_path / "count").write_text("0")
    running = [subprocess.Popen([sys.executable, "-c", PROCESS, str(tmp_path)]) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert (tmp_path / "count").read_text() == "60"


def test_a_process_that_holds_the_lock_for_ever_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("advisor_tui.sync.session.TURN_S", 0.2)
    code = f"import time, pathlib\nfrom advisor_tui.sync.session import taking_turns\nwith taking_turns(pathlib.Path({str(tmp_path / LOCK)!r})):\n    print('held', flush=True)\n    time.sleep(30)"
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == b"held\n"
        began = time.monotonic()
        with taking_turns(tmp_path / LOCK):
            assert 0.2 <= time.monotonic() - began < 5
    finally:
        holder.kill()
        holder.communicate()


def test_a_home_that_cannot_be_written_to_needs_no_lock(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with taking_turns(tmp_path / "file" / LOCK):
        entered = True
    assert entered


def test_every_error_has_a_sentence_of_its_own() -> None:
    from advisor_tui.sync import errors

    texts = [value for name, value in vars(errors).items() if name.isupper() and isinstance(value, str)]
    texts += [*errors.UNREACHABLE.values(), *errors.TLS.values()]
    assert len(texts) == len(set(texts)) > 25
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, AdvisorError)]
    codes = [kind.code for kind in kinds]
    assert len(codes) == len(set(codes)) > 20
