"""Where this device keeps its key to the server: never in clear text.

In this order: `ADVISOR_TOKEN` (a refresh token; the ones that replace it stay in memory, so it opens one process's life),
the system's keyring, else the file `tokens` beside the workspace, encrypted with a passphrase (`ADVISOR_PASSPHRASE`, or asked
for once a session). A log-in chooses; afterwards the file, where there is one, is where the key is. Only the refresh token
is kept (Windows stores 2,560 bytes at most); the access token lives ten minutes, in memory.

A keyring may wait for a person to unlock it: it is asked in a thread of its own, and given up after half a minute.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import msgspec

from advisor_tui.domain.errors import Invalid
from advisor_tui.language import N_
from advisor_tui.sync.errors import KeyringSilent, PassphraseNeeded, SyncError, TokensUnreadable
from advisor_tui.sync.sealing import KeyCache, open_sealed, seal, write_private

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "advisor-tui"
FILE = "tokens"
KEYRING_S = 30.0
"""Seconds that a keyring may take: a person types a password meanwhile."""
UNSAFE = ("plaintext", "uncrypted", "unencrypted")
NOTHING = ("keyring.backends.null", "keyring.backends.fail")
NOT_OURS = ("keyrings.alt", "keyrings.cryptfile", *NOTHING)
"""Backends that write in clear text, keep nothing, or ask on a terminal that the desk is using."""
Ask = Callable[[bool], str]
"""Asks a person for the passphrase; True: a new one. An empty answer means that nobody can say."""
T = TypeVar("T")


class Saved(msgspec.Struct, frozen=True):
    """What is kept: the refresh token, and whose it is."""

    server: str
    user: str
    refresh: str
    device: str = ""

    def __repr__(self) -> str:
        return f"Saved({self.server!r}, {self.user!r}, device={self.device!r})"


class TokenBox(Protocol):
    """A place for `Saved`."""

    @property
    def place(self) -> str:
        """environment, keyring or file."""

    def prepare(self) -> None:
        """See that a key can be kept, before a log-in makes one."""

    def load(self) -> Saved | None:
        """What is kept here for this server and person; TokensUnreadable where it cannot be known."""

    def save(self, saved: Saved) -> None:
        """Keep it in place of what was here."""

    def clear(self) -> None:
        """Keep nothing any more."""


class Backend(NamedTuple):
    """The keyring of this session, or why there is none that may be used."""

    keyring: KeyringBackend | None
    state: str
    """ok, none, refused (clear text, or asks on the terminal), silent (does not answer)."""
    name: str


class EnvironmentBox:
    """`ADVISOR_TOKEN`; what replaces it is kept in memory."""

    place = "environment"

    def __init__(self, server: str, user: str, token: str) -> None:
        self._saved: Saved | None = Saved(server, user, token)

    def prepare(self) -> None:
        raise Invalid(
            N_("ADVISOR_TOKEN already holds a key to the server. Unset it to log in with a password."), "token_set"
        )

    def load(self) -> Saved | None:
        return self._saved

    def save(self, saved: Saved) -> None:
        self._saved = saved

    def clear(self) -> None:
        self._saved = None


class KeyringBox:
    """The system's keyring: one entry for each server, person and home folder."""

    place = "keyring"

    def __init__(
        self, keyring: KeyringBackend, server: str, user: str, home: Path, patience: float = KEYRING_S
    ) -> None:
        self._keyring, self._server, self._user, self._patience = keyring, server, user, patience
        whole = "\n".join((server, user, str(home.absolute())))
        self.username = f"{user[:60]} {hashlib.sha256(whole.encode()).hexdigest()[:16]}"

    def prepare(self) -> None:
        self.load()  # a locked keyring asks its person now

    def load(self) -> Saved | None:
        found = self._ask(lambda: self._keyring.get_password(SERVICE, self.username))
        if not found:
            return None
        try:
            saved = msgspec.json.decode(found, type=Saved)
        except (msgspec.MsgspecError, UnicodeEncodeError):
            return None
        return saved if (saved.server, saved.user) == (self._server, self._user) else None

    def save(self, saved: Saved) -> None:
        secret = msgspec.json.encode(saved).decode()

        def keep() -> bool:
            self._keyring.set_password(SERVICE, self.username, secret)
            return self._keyring.get_password(SERVICE, self.username) == secret

        if not self._ask(keep):
            raise KeyringSilent(N_("The keyring took the key to the server and did not keep it."), "keyring_failed")

    def clear(self) -> None:
        def forget() -> None:
            from keyring.errors import PasswordDeleteError

            try:
                self._keyring.delete_password(SERVICE, self.username)
            except PasswordDeleteError:
                if self._keyring.get_password(SERVICE, self.username):
                    raise

        self._ask(forget)

    def _ask(self, question: Callable[[], T]) -> T:
        return within(self._patience, question)


class FileBox:
    """The encrypted file; its passphrase is asked for once."""

    place = "file"

    def __init__(self, path: Path, server: str, user: str, ask: Ask | None = None) -> None:
        self.path = path
        self._server, self._user, self._ask = server, user, ask
        self._passphrase = ""
        self._keys = KeyCache()

    def load(self) -> Saved | None:
        try:
            sealed = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unreadable(self.path, error) from error
        try:
            plain = open_sealed(sealed, self._secret(new=False), self._keys, self.path)
        except SyncError:
            self._passphrase = ""  # it may have been mistyped: the next time it is asked for again
            raise
        saved = msgspec.json.decode(plain, type=Saved)
        return saved if (saved.server, saved.user) == (self._server, self._user) else None

    def save(self, saved: Saved) -> None:
        sealed = seal(msgspec.json.encode(saved), self._secret(new=not self.path.exists()), self._keys)
        try:
            write_private(self.path, sealed)
        except OSError as error:
            raise unreadable(self.path, error) from error

    def clear(self) -> None:
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise unreadable(self.path, error) from error

    def prepare(self) -> None:
        """Have the passphrase, and see that it opens what is there, before anything depends on it."""
        if self.path.exists():
            self.load()
        else:
            self._secret(new=True)

    def _secret(self, new: bool) -> str:
        if not self._passphrase:
            said = os.environ.get("ADVISOR_PASSPHRASE", "")
            self._passphrase = said or (self._ask(new) if self._ask is not None else "")
        if not self._passphrase:
            raise PassphraseNeeded(
                N_("No keyring keeps the key to the server here. Give a passphrase for its file in ADVISOR_PASSPHRASE.")
            )
        return self._passphrase


class Tokens:
    """The places in their order, as one box."""

    def __init__(self, home: Path, server: str, user: str, ask: Ask | None = None, patience: float = KEYRING_S) -> None:
        self._home, self._server, self._user, self._patience = home, server, user, patience
        self._file = FileBox(home / FILE, server, user, ask)
        token = os.environ.get("ADVISOR_TOKEN", "").strip()
        self._chosen: TokenBox | None = EnvironmentBox(server, user, token) if token else None

    @property
    def place(self) -> str:
        """Where the key is, or would be kept."""
        return self._box().place

    def prepare(self) -> None:
        """Choose a place that works, before a log-in: a keyring that answers, else the file with its passphrase."""
        if self._chosen is not None and self._chosen.place == "environment":
            self._chosen.prepare()
        box = self._keyring()
        if box is None:
            self._file.prepare()
            self._chosen = self._file
            return
        try:
            box.prepare()
            self._chosen = box
        except TokensUnreadable as trouble:
            try:
                self._file.prepare()
            except PassphraseNeeded:
                raise trouble from None
            self._chosen = self._file

    def load(self) -> Saved | None:
        return self._box().load()

    def save(self, saved: Saved) -> None:
        box = self._box()
        box.save(saved)
        if box.place == "keyring":
            self._file.clear()  # one place at a time: an old file would be taken for the truth

    def clear(self) -> None:
        self._box().clear()
        if self._box().place == "keyring":
            self._file.clear()

    def _box(self) -> TokenBox:
        if self._chosen is None:
            self._chosen = self._file if self._file.path.exists() else self._keyring() or self._file
        return self._chosen

    def _keyring(self) -> KeyringBox | None:
        found = find_keyring(self._patience)
        if found.keyring is None:
            return None
        return KeyringBox(found.keyring, self._server, self._user, self._home, self._patience)


def find_keyring(patience: float = KEYRING_S) -> Backend:
    """The keyring that may be used; looking for it may itself wait on the session's bus."""

    def look() -> Backend:
        import keyring

        backend = keyring.get_keyring()
        name = f"{type(backend).__module__}.{type(backend).__qualname__}"
        members = list(_members(backend))
        safe = next(filter(is_safe, members), None)
        if safe is not None:
            return Backend(safe, "ok", f"{type(safe).__module__}.{type(safe).__qualname__}")
        nothing = all(type(one).__module__ in NOTHING for one in members)
        return Backend(None, "none" if nothing else "refused", name)

    try:
        return within(patience, look)
    except KeyringSilent as error:
        return Backend(None, "silent" if error.code == KeyringSilent.code else "none", "")


def is_safe(backend: KeyringBackend) -> bool:
    """Whether a backend keeps secrets, encrypted, without asking on the terminal."""
    for kind in type(backend).__mro__:
        name = f"{kind.__module__}.{kind.__qualname__}".lower()
        if name.startswith(NOT_OURS) or any(word in name for word in UNSAFE):
            return False
    return float(backend.priority) > 0


def _members(backend: KeyringBackend) -> Iterator[KeyringBackend]:
    """The backend itself, or those that a chain of them would try: a chain could fall through to clear text."""
    from keyring.backends.chainer import ChainerBackend

    if isinstance(backend, ChainerBackend):
        yield from backend.backends
    else:
        yield backend


def within(seconds: float, question: Callable[[], T]) -> T:
    """The answer of a keyring that may never come; KeyringSilent where it does not, or is an error."""
    answers: list[T] = []
    failures: list[Exception] = []

    def ask() -> None:
        try:
            answers.append(question())
        except Exception as error:  # whatever a backend raises, its own errors or those of the bus
            failures.append(error)

    thread = threading.Thread(target=ask, name="keyring", daemon=True)
    thread.start()
    thread.join(seconds)
    if answers:
        return answers[0]
    if failures:
        reason = str(failures[0]) or type(failures[0]).__name__
        raise KeyringSilent(N_("The keyring cannot be used: {reason}"), "keyring_failed", reason=reason) from failures[
            0
        ]
    raise KeyringSilent(
        N_("The keyring does not answer after {seconds} s; it may be waiting for you to unlock it. Unlock it and try again."),
        seconds=round(seconds),
    )  # fmt: skip


def unreadable(path: Path, error: OSError) -> TokensUnreadable:
    """The error for a file that the system refuses."""
    return TokensUnreadable(
        N_("The key to the server in {path} cannot be read or written: {reason}"),
        path=str(path), reason=error.strerror or str(error),
    )  # fmt: skip
