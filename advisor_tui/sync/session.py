"""A log-in that lasts: access tokens are fetched as they are needed, and what the server says of them is believed.

A desk and `advisor sync` may renew at the same moment. A lock file lets them take turns, and each reads again what the other
kept; where there is no lock to be had, the server gives both a pair for a minute, and the last one kept is used from then on.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

import msgspec

from advisor_tui.store.workspace import Workspace
from advisor_tui.sync.errors import (
    LOG_IN,
    DeviceRevoked,
    NotLoggedIn,
    SyncError,
    TokenExpired,
    TokensUnreadable,
)
from advisor_tui.sync.http import Http
from advisor_tui.sync.tokens import Ask, Saved, TokenBox, Tokens

if TYPE_CHECKING:
    import httpx

EARLY_S = 30.0
"""An access token is renewed this long before its end."""
TURN_S = 10.0
"""How long one process waits for another's renewal."""
LOCK = "tokens.lock"
T = TypeVar("T")


class Granted(msgspec.Struct, kw_only=True):
    """What a log-in or a renewal gives."""

    access_token: str
    refresh_token: str
    expires_in: float
    device: str
    name: str
    role: str
    teams: list[str]

    def __repr__(self) -> str:
        return f"Granted({self.name!r}, {self.role!r}, device={self.device!r})"


class Session:
    """One person on one device at one server; its methods may be called from any thread."""

    def __init__(
        self, http: Http, box: TokenBox, user: str, *, lock: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.http = http
        self.user = user
        self.granted: Granted | None = None
        """What the server said last: who this is, with which rights, on which device."""
        self.trouble: TokensUnreadable | None = None
        """Why the newest key could not be kept; it is used from memory, and keeping it is tried again."""
        self._box = box
        self._lock_path = lock
        self._clock = clock
        self._lock = threading.RLock()
        self._saved: Saved | None = None
        self._access = ""
        self._until = 0.0

    @property
    def server(self) -> str:
        return self.http.address.url

    @property
    def place(self) -> str:
        """Where the key is kept: environment, keyring or file."""
        return self._box.place

    def login(self, password: str, device_name: str, replaces: str = "") -> Granted:
        """Log in with a password. The server is looked at, and a place for the key found, before the password is sent."""
        with self._lock:
            self.http.meta()
            self._box.prepare()
            asked = {"grant": "password", "user": self.user, "password": password, "device_name": device_name}
            granted = self._ask(asked | ({"replaces": replaces} if replaces else {}))
            self._take(granted)
            assert self._saved is not None
            self._box.save(self._saved)
            return granted

    def logout(self) -> bool:
        """End it: the server is told where it can be reached (False: it was not), and nothing stays here."""
        with self._lock:
            told = True
            try:
                self.call(lambda token: self.http.json("DELETE", "/v1/token", token=token))
            except (TokenExpired, DeviceRevoked):
                pass  # the server ended it first
            except SyncError:
                told = False
            self._box.clear()
            self._forget()
            return told

    def access(self) -> str:
        """An access token that holds for a while yet."""
        with self._lock:
            if self.trouble is not None:
                self._keep()
            if self._access and self._clock() < self._until:
                return self._access
            return self._renew()

    def call(self, request: Callable[[str], T]) -> T:
        """`request` with an access token; once more with a fresh one where the server takes that one for ended."""
        token = self.access()
        try:
            return request(token)
        except TokenExpired:
            with self._lock:
                fresh = self._access if self._access not in ("", token) else self._renew()
            return request(fresh)

    def close(self) -> None:
        """Hang up; whoever waits for an answer is told at once."""
        self.http.close()

    def _renew(self) -> str:
        with taking_turns(self._lock_path):
            saved = self._load()
            if saved is None:
                self._forget()
                raise NotLoggedIn(LOG_IN)
            try:
                granted = self._ask({"grant": "refresh", "refresh_token": saved.refresh})
            except (TokenExpired, DeviceRevoked):
                self._clear_if_still(saved)
                raise
            self._take(granted)
            self._keep()
            return self._access

    def _ask(self, asked: dict[str, str]) -> Granted:
        return self.http.json("POST", "/v1/token", asked, type=Granted)

    def _load(self) -> Saved | None:
        """The newest key: another process may have kept a newer one than ours."""
        if self.trouble is not None and self._saved is not None:
            return self._saved  # what is kept is older than what we have
        try:
            return self._box.load()
        except TokensUnreadable:
            if self._saved is None:
                raise
            return self._saved

    def _take(self, granted: Granted) -> None:
        self.granted = granted
        self._saved = Saved(self.server, self.user, granted.refresh_token, granted.device)
        self._access = granted.access_token
        self._until = self._clock() + granted.expires_in - min(EARLY_S, granted.expires_in / 2)

    def _keep(self) -> None:
        assert self._saved is not None
        try:
            self._box.save(self._saved)
            self.trouble = None
        except TokensUnreadable as error:
            self.trouble = error

    def _clear_if_still(self, refused: Saved) -> None:
        """Forget a key that the server refused, unless somebody logged in anew meanwhile."""
        self._forget()
        try:
            if self._box.load() == refused:
                self._box.clear()
        except TokensUnreadable:
            pass  # it is worthless by now, wherever it is

    def _forget(self) -> None:
        self._saved, self._access, self._until, self.trouble = None, "", 0.0, None


def open_session(
    workspace: Workspace, ask: Ask | None = None, *, transport: httpx.BaseTransport | None = None
) -> Session:
    """The session of a workspace that has joined a server; NotLoggedIn where it has not."""
    settings = workspace.settings
    if not settings.server:
        raise NotLoggedIn(LOG_IN)
    return new_session(workspace, settings.server, settings.user, ask, transport=transport)


def new_session(
    workspace: Workspace, server: str, user: str, ask: Ask | None = None, *,
    transport: httpx.BaseTransport | None = None,
) -> Session:  # fmt: skip
    """A session of `user` at `server`; its key is kept with the workspace."""
    http = Http(server, workspace.settings.ca, transport=transport)
    return Session(http, Tokens(workspace.home, http.address.url, user, ask), user, lock=workspace.home / LOCK)


@contextmanager
def taking_turns(path: Path | None) -> Iterator[None]:
    """Hold the lock file at `path`, so that processes come one after the other; without it where that cannot be."""
    if path is None:
        yield
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    except OSError:  # a home that cannot be written to: the server's minute of grace is enough
        yield
        return
    with file:
        end = time.monotonic() + TURN_S
        while not _try_lock(file) and time.monotonic() < end:
            time.sleep(0.05)
        yield  # closing the file gives the lock back


def _try_lock(file: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
