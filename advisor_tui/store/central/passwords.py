"""Passwords, as argon2id. The work takes tens of milliseconds and 64 MiB: never inside a transaction, two at once at most."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from advisor_tui.domain.errors import Invalid
from advisor_tui.store.central.errors import Denied

SHORTEST, LONGEST = 8, 1024
PATIENCE_S = 10.0
"""How long a login waits for its turn; whoever waits longer is asked to come back."""
_HASHER = PasswordHasher()
_TURNS = threading.BoundedSemaphore(2)


def check_password(password: str) -> None:
    """Raise Invalid for what cannot become a password."""
    plain = _plain(password)
    if len(plain) < SHORTEST:
        raise Invalid("A password needs {least} characters at least.", code="password", least=SHORTEST)
    if len(plain) > LONGEST:
        raise Invalid("A password has {most} characters at most.", code="password", most=LONGEST)


def hash_password(password: str) -> str:
    """What is kept of a new password. Raises Invalid when it is too short or too long."""
    check_password(password)
    with _turn():
        return _HASHER.hash(_bytes(_plain(password)))


def is_password(kept: str | None, password: str) -> bool:
    """Whether `password` is the one behind `kept`. Nobody's password (None) costs as much as a wrong one."""
    plain = _plain(password)
    with _turn():
        if kept is None or len(plain) > LONGEST:
            _HASHER.hash(_bytes(plain[:LONGEST]))
            return False
        try:
            return _HASHER.verify(kept, _bytes(plain))
        except (VerificationError, InvalidHashError):
            return False


def renewed(kept: str, password: str) -> str | None:
    """The same password kept with today's parameters, when `kept` has others."""
    if not _HASHER.check_needs_rehash(kept):
        return None
    with _turn():
        return _HASHER.hash(_bytes(_plain(password)))


def _plain(password: str) -> str:
    """One spelling for what keyboards spell in two ways."""
    return unicodedata.normalize("NFC", password[: 4 * LONGEST])


def _bytes(plain: str) -> bytes:
    return plain.encode("utf-8", "surrogatepass")


@contextmanager
def _turn() -> Iterator[None]:
    if not _TURNS.acquire(timeout=PATIENCE_S):
        raise Denied(
            "Too many people log in at once. Try again in {retry_after} seconds.",
            code="too_many_attempts", retry_after=5,
        )  # fmt: skip
    try:
        yield
    finally:
        _TURNS.release()
