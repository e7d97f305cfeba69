"""A secret in a file: AES-256-GCM under a key that argon2id makes of a passphrase. 0600, whole or not at all."""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from advisor_tui.language import N_
from advisor_tui.sync.errors import TokensDamaged, WrongPassphrase

TIME, MEMORY, LANES = 3, 64 << 10, 1
"""argon2id: passes, KiB, lanes. About a fifth of a second on a small machine."""
MOST_TIME, MOST_MEMORY, MOST_LANES = 20, 1 << 20, 16
"""What a file may ask for: beyond it, it is not ours."""
LEFT_S = 60.0
"""A file that is being written is younger."""
DAMAGED = N_("The file {path} is damaged. Log in again: advisor logout, then advisor login")


class Sealed(msgspec.Struct, forbid_unknown_fields=True):
    """What the file holds; `data` and its checksum are the secret, all else says how to open it."""

    salt: bytes
    nonce: bytes
    data: bytes
    v: int = 1
    kdf: str = "argon2id"
    time: int = TIME
    memory: int = MEMORY
    lanes: int = LANES
    cipher: str = "aes-256-gcm"

    def header(self) -> bytes:
        """The part that is in clear and must not have been changed."""
        told = (self.v, self.kdf, self.time, self.memory, self.lanes, self.cipher, self.salt.hex(), self.nonce.hex())
        return msgspec.json.encode(told)


class KeyCache:
    """Keys already made in this process, so that only the first costs time; and the salt that goes on being used."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, bytes, int, int, int], bytes] = {}
        self.salt = b""

    def key(self, passphrase: str, box: Sealed) -> bytes:
        """The key for `box`."""
        from argon2.low_level import Type, hash_secret_raw

        asked = (passphrase, box.salt, box.time, box.memory, box.lanes)
        if asked not in self._keys:
            secret = passphrase.encode("utf-8", "surrogateescape")
            self._keys[asked] = hash_secret_raw(
                secret, box.salt, time_cost=box.time, memory_cost=box.memory, parallelism=box.lanes, hash_len=32, type=Type.ID
            )  # fmt: skip
        self.salt = box.salt if (box.time, box.memory, box.lanes) == (TIME, MEMORY, LANES) else b""
        return self._keys[asked]


def seal(secret: bytes, passphrase: str, keys: KeyCache) -> bytes:
    """`secret`, encrypted under `passphrase`; the nonce is never the same twice."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    box = Sealed(salt=keys.salt or secrets.token_bytes(16), nonce=secrets.token_bytes(12), data=b"")
    box.data = AESGCM(keys.key(passphrase, box)).encrypt(box.nonce, secret, box.header())
    return msgspec.json.encode(box)


def open_sealed(sealed: bytes, passphrase: str, keys: KeyCache, path: Path) -> bytes:
    """The secret; WrongPassphrase or TokensDamaged, and the file stays as it is."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        box = msgspec.json.decode(sealed, type=Sealed)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise TokensDamaged(DAMAGED, path=str(path)) from error
    if not _is_ours(box):
        raise TokensDamaged(DAMAGED, path=str(path))
    try:
        return AESGCM(keys.key(passphrase, box)).decrypt(box.nonce, box.data, box.header())
    except InvalidTag as error:
        raise WrongPassphrase(
            N_("The passphrase does not open {path}. Nothing was changed. Forgotten? advisor logout, then advisor login."),
            path=str(path),
        ) from error  # fmt: skip


def _is_ours(box: Sealed) -> bool:
    """Whether the file asks for what this version does, at a price that it may ask."""
    return (
        (box.v, box.kdf, box.cipher) == (1, "argon2id", "aes-256-gcm")
        and 1 <= box.time <= MOST_TIME
        and 1 <= box.lanes <= MOST_LANES
        and 8 * box.lanes <= box.memory <= MOST_MEMORY
        and 8 <= len(box.salt) <= 64
        and len(box.nonce) == 12
    )


def write_private(path: Path, content: bytes) -> None:
    """Replace the file at `path` as one; nobody else may read it, at no moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), 0o600)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise
    _sweep(path)
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _sweep(path: Path) -> None:
    """Take away what a process left that was killed while it wrote; never what another is writing now."""
    for left in path.parent.glob(f".{path.name}.????????"):
        with suppress(OSError):
            if left.stat().st_mtime < time.time() - LEFT_S:
                left.unlink()
