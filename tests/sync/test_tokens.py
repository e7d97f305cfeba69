"""Where the key to the server is kept: never in clear text, never lost to a wrong passphrase, never waited for in vain."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import keyring
import keyring.backend
import keyring.backends.fail
import keyring.backends.null
import keyring.core
import msgspec
import pytest
from keyring.backends.chainer import ChainerBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from advisor_tui.sync.errors import TokensDamaged, WrongPassphrase
from advisor_tui.sync.sealing import MOST_MEMORY, Sealed
from advisor_tui.sync.tokens import Saved, Tokens, find_keyring, is_safe
from tests.sync.listening import failing

SERVER, USER = "https://advisor.example", "Claire Morel"
SECRET = "refresh-5f2d9c71b3"
SAVED = Saved(SERVER, USER, SECRET, "0badcafe")


class MemoryKeyring(keyring.backend.KeyringBackend):
    """A keyring that works, for the length of a test."""

    priority = 5
    kept: ClassVar[dict[tuple[str, str], str]] = {}

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("nothing there")


class PlaintextKeyring(MemoryKeyring):
    """Writes what it is given in clear text, as keyrings.alt does."""

    priority = 9
    path = Path()

    def set_password(self, service: str, username: str, password: str) -> None:
        self.path.write_text(password)


class LockedKeyring(MemoryKeyring):
    """Its person dismissed the question."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("Failed to unlock the collection!")


class WaitingKeyring(MemoryKeyring):
    """Waits for a person who is not there."""

    someone = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.someone.wait(20)
        return None


class ForgetfulKeyring(MemoryKeyring):
    """Takes a secret and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        return None


def own(kind: Any) -> keyring.backend.KeyringBackend:
    """A backend of keyring's own."""
    made = kind()
    assert isinstance(made, keyring.backend.KeyringBackend)
    return made


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No keyring, no variable, nothing left of another test."""
    for name in ("ADVISOR_TOKEN", "ADVISOR_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)
    MemoryKeyring.kept.clear()
    PlaintextKeyring.path = tmp_path / "clear.txt"
    before = keyring.core._keyring_backend
    keyring.set_keyring(own(keyring.backends.fail.Keyring))
    yield
    keyring.core._keyring_backend = before


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def tokens(home: Path, answer: str = "", patience: float = 30) -> Tokens:
    return Tokens(home, SERVER, USER, (lambda _new: answer) if answer else None, patience)


def everything(folder: Path) -> bytes:
    """All that is on disk under a folder, names too."""
    return b"".join(str(path).encode() + path.read_bytes() for path in folder.rglob("*") if path.is_file())


# the keyring


def test_a_keyring_keeps_the_key_and_no_file_does(home: Path, tmp_path: Path) -> None:
    keyring.set_keyring(MemoryKeyring())
    box = tokens(home)
    box.prepare()
    box.save(SAVED)
    assert box.place == "keyring"
    assert tokens(home).load() == SAVED
    assert everything(tmp_path) == b""
    box.clear()
    box.clear()
    assert tokens(home).load() is None
    assert MemoryKeyring.kept == {}


def test_the_secret_is_small_enough_for_windows() -> None:
    keyring.set_keyring(MemoryKeyring())
    long = Saved("https://" + "a" * 200 + ".example", "É" * 100, "r" * 64, "0badcafe")
    Tokens(Path("/nowhere"), long.server, long.user).save(long)
    ((service, username), secret) = next(iter(MemoryKeyring.kept.items()))
    assert len(secret.encode("utf-16-le")) <= 2560
    assert len(service + username) < 200


def test_each_server_person_and_home_has_its_own_entry(tmp_path: Path) -> None:
    keyring.set_keyring(MemoryKeyring())
    for server in (SERVER, "https://other.example"):
        for user in (USER, "Hugo"):
            for home in (tmp_path / "a", tmp_path / "b"):
                Tokens(home, server, user).save(Saved(server, user, f"{server}{user}{home}"))
    assert len(MemoryKeyring.kept) == 8
    found = Tokens(tmp_path / "b", SERVER, "Hugo").load()
    assert found is not None
    assert found.refresh == f"{SERVER}Hugo{tmp_path / 'b'}"


@pytest.mark.parametrize(
    "backend", [PlaintextKeyring(), own(keyring.backends.null.Keyring), own(keyring.backends.fail.Keyring)]
)
def test_a_keyring_that_writes_clear_text_or_keeps_nothing_is_not_used(
    home: Path, tmp_path: Path, backend: keyring.backend.KeyringBackend
) -> None:
    keyring.set_keyring(backend)
    assert not is_safe(backend)
    assert find_keyring().keyring is None
    box = tokens(home, "open sesame")
    box.prepare()
    box.save(SAVED)
    assert box.place == "file"
    assert SECRET.encode() not in everything(tmp_path)


def test_why_a_keyring_is_not_used_is_said() -> None:
    keyring.set_keyring(PlaintextKeyring())
    assert find_keyring()[1:] == ("refused", f"{__name__}.PlaintextKeyring")
    keyring.set_keyring(own(keyring.backends.null.Keyring))
    assert find_keyring().state == "none"


@pytest.mark.parametrize("module", ["keyrings.alt.file", "keyrings.alt.multi", "keyrings.cryptfile.cryptfile"])
def test_backends_of_the_alternative_collections_are_known_by_their_home(module: str) -> None:
    kind = type("EncryptedKeyring", (MemoryKeyring,), {"__module__": module})
    child = type("Mine", (kind,), {})
    assert not is_safe(kind())
    assert not is_safe(child())
    assert is_safe(MemoryKeyring())


def test_a_chain_lends_its_safe_member_and_never_falls_through_to_clear_text(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring.set_keyring(own(ChainerBackend))
    monkeypatch.setattr(ChainerBackend, "backends", [PlaintextKeyring(), MemoryKeyring()])
    box = tokens(home)
    box.save(SAVED)
    assert box.place == "keyring"
    assert list(MemoryKeyring.kept.values()) == [msgspec.json.encode(SAVED).decode()]
    assert everything(tmp_path) == b""
    monkeypatch.setattr(ChainerBackend, "backends", [PlaintextKeyring()])
    assert find_keyring().state == "refused"
    with failing("passphrase_needed"):
        tokens(home).save(SAVED)
    assert everything(tmp_path) == b""


def test_a_keyring_that_waits_for_a_person_is_given_up(home: Path) -> None:
    keyring.set_keyring(WaitingKeyring())
    began = time.monotonic()
    with failing("keyring_silent") as caught:
        tokens(home, patience=0.2).load()
    assert time.monotonic() - began < 15
    assert "unlock" in str(caught.value)
    WaitingKeyring.someone.set()


def test_a_locked_keyring_says_so_and_a_login_takes_the_file_instead(home: Path) -> None:
    keyring.set_keyring(LockedKeyring())
    with failing("keyring_failed") as caught:
        tokens(home).prepare()
    assert "unlock" in str(caught.value)
    box = tokens(home, "open sesame")
    box.prepare()
    box.save(SAVED)
    assert box.place == "file"
    assert tokens(home, "open sesame").load() == SAVED, "the file is where it is, whatever the keyring says"


def test_a_keyring_that_keeps_nothing_is_found_out(home: Path) -> None:
    keyring.set_keyring(ForgetfulKeyring())
    with failing("keyring_failed"):
        tokens(home).save(SAVED)


def test_a_keyring_that_cannot_even_be_loaded_is_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "no.such.Backend")
    assert find_keyring() == (None, "none", "")


def test_an_entry_that_is_not_ours_is_no_key(home: Path) -> None:
    keyring.set_keyring(MemoryKeyring())
    tokens(home).save(SAVED)
    for strange in ("", "words", '{"server": 1}', msgspec.json.encode(Saved("https://x", USER, "r")).decode()):
        MemoryKeyring.kept = dict.fromkeys(MemoryKeyring.kept, strange)
        assert tokens(home).load() is None


def test_a_login_with_a_keyring_puts_an_old_file_away(home: Path) -> None:
    tokens(home, "open sesame").save(SAVED)
    assert (home / "tokens").exists()
    keyring.set_keyring(MemoryKeyring())
    box = tokens(home)
    box.prepare()
    box.save(SAVED)
    assert not (home / "tokens").exists()
    assert tokens(home).place == "keyring"


# the file


def test_without_a_keyring_the_key_is_in_an_encrypted_file(home: Path, tmp_path: Path) -> None:
    tokens(home, "open sesame").save(SAVED)
    assert tokens(home, "open sesame").load() == SAVED
    kept = everything(tmp_path)
    for clear in (SECRET, USER, "advisor.example", "open sesame"):
        assert clear.encode() not in kept
    assert [path.name for path in home.iterdir()] == ["tokens"], "no piece of it stays beside it"


def test_nobody_else_may_read_the_file_whatever_the_umask(home: Path) -> None:
    before = os.umask(0)
    try:
        tokens(home, "open sesame").save(SAVED)
        tokens(home, "open sesame").save(SAVED)
    finally:
        os.umask(before)
    assert stat.S_IMODE((home / "tokens").stat().st_mode) == 0o600


def test_a_file_that_others_may_read_is_private_again_once_it_is_written(home: Path) -> None:
    box = tokens(home, "open sesame")
    box.save(SAVED)
    (home / "tokens").chmod(0o644)
    box.save(SAVED)
    assert stat.S_IMODE((home / "tokens").stat().st_mode) == 0o600


def test_a_wrong_passphrase_destroys_nothing_and_the_right_one_still_opens(home: Path) -> None:
    tokens(home, "open sesame").save(SAVED)
    kept = (home / "tokens").read_bytes()
    said = iter(["close sesame", "open sesame"])
    box = Tokens(home, SERVER, USER, lambda _new: next(said))
    with failing("wrong_passphrase"):
        box.load()
    assert (home / "tokens").read_bytes() == kept
    assert box.load() == SAVED, "it is asked for again"


def test_a_login_over_a_file_that_the_passphrase_does_not_open_is_refused_first(home: Path) -> None:
    tokens(home, "open sesame").save(SAVED)
    kept = (home / "tokens").read_bytes()
    with failing("wrong_passphrase") as caught:
        tokens(home, "close sesame").prepare()
    assert "advisor logout" in str(caught.value)
    assert (home / "tokens").read_bytes() == kept
    tokens(home).clear()
    tokens(home, "close sesame").prepare()


def test_the_passphrase_is_asked_for_once_a_session(home: Path) -> None:
    asked: list[bool] = []

    def ask(new: bool) -> str:
        asked.append(new)
        return "open sesame"

    box = Tokens(home, SERVER, USER, ask)
    for number in range(3):
        box.save(msgspec.structs.replace(SAVED, refresh=f"r{number}"))
        box.load()
    assert asked == [True]
    again = Tokens(home, SERVER, USER, ask)
    again.load()
    again.save(SAVED)
    assert asked == [True, False]


def test_the_environment_gives_the_passphrase(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVISOR_PASSPHRASE", "sésame")
    tokens(home).save(SAVED)
    assert tokens(home).load() == SAVED
    monkeypatch.delenv("ADVISOR_PASSPHRASE")
    with failing("passphrase_needed"):
        tokens(home).load()
    assert tokens(home, "sésame").load() == SAVED


def test_without_anybody_to_ask_nothing_is_written(home: Path) -> None:
    with failing("passphrase_needed"):
        tokens(home).prepare()
    with failing("passphrase_needed"):
        tokens(home).save(SAVED)
    assert not home.exists()


def test_the_same_secret_never_looks_the_same(home: Path) -> None:
    box = tokens(home, "open sesame")
    seen = set()
    for _ in range(3):
        box.save(SAVED)
        seen.add(msgspec.json.decode((home / "tokens").read_bytes(), type=Sealed).nonce)
    assert len(seen) == 3


def test_a_file_changed_at_any_place_is_not_believed(home: Path) -> None:
    tokens(home, "open sesame").save(SAVED)
    whole = (home / "tokens").read_bytes()
    box = tokens(home, "open sesame")
    believed = 0
    for place in range(0, len(whole), 5):
        (home / "tokens").write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with contextlib.suppress(WrongPassphrase, TokensDamaged):
            assert box.load() == SAVED
            believed += 1
    assert believed <= 2, "but for a bit that base64 does not read"
    (home / "tokens").write_bytes(whole)
    assert box.load() == SAVED


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00" * 100, b'{"v":1', b"[]", b"\xff\xfe", b"null"])
def test_a_damaged_file_is_named_and_stays(home: Path, content: bytes) -> None:
    home.mkdir()
    (home / "tokens").write_bytes(content)
    with failing("tokens_damaged") as caught:
        tokens(home, "open sesame").load()
    assert str(home / "tokens") in str(caught.value)
    assert (home / "tokens").read_bytes() == content


@pytest.mark.parametrize(
    "asked", [{"memory": MOST_MEMORY + 1}, {"time": 10**6}, {"lanes": 10**6}, {"memory": 1}, {"v": 2}, {"kdf": "none"}, {"salt": b""}]
)  # fmt: skip
def test_a_file_cannot_make_the_program_work_for_ever(home: Path, asked: dict[str, object]) -> None:
    tokens(home, "open sesame").save(SAVED)
    path = home / "tokens"
    strange = msgspec.structs.replace(msgspec.json.decode(path.read_bytes(), type=Sealed), **asked)
    path.write_bytes(msgspec.json.encode(strange))
    with failing("tokens_damaged"):
        tokens(home, "open sesame").load()


def test_another_persons_key_is_not_mine(home: Path) -> None:
    tokens(home, "open sesame").save(SAVED)
    assert Tokens(home, SERVER, "Hugo", lambda _new: "open sesame").load() is None
    assert Tokens(home, "https://other.example", USER, lambda _new: "open sesame").load() is None


def test_a_folder_that_refuses_is_named(home: Path) -> None:
    home.write_text("a file")
    with failing("tokens") as caught:
        tokens(home, "open sesame").save(SAVED)
    assert str(home) in str(caught.value)


def test_the_file_is_replaced_as_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = tokens(home, "open sesame")
    box.save(SAVED)
    kept = (home / "tokens").read_bytes()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with failing("tokens"):
        box.save(msgspec.structs.replace(SAVED, refresh="new"))
    assert (home / "tokens").read_bytes() == kept
    assert [path.name for path in home.iterdir()] == ["tokens"]


# the environment


def test_a_token_of_the_environment_comes_first_and_what_replaces_it_stays_in_memory(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring.set_keyring(MemoryKeyring())
    tokens(home).save(SAVED)
    monkeypatch.setenv("ADVISOR_TOKEN", " from-outside\n")
    box = tokens(home)
    assert (box.place, box.load()) == ("environment", Saved(SERVER, USER, "from-outside"))
    box.save(msgspec.structs.replace(SAVED, refresh="rotated"))
    assert box.load() == msgspec.structs.replace(SAVED, refresh="rotated")
    box.clear()
    assert box.load() is None
    with failing("token_set"):
        tokens(home).prepare()
    assert everything(tmp_path) == b""
    monkeypatch.delenv("ADVISOR_TOKEN")
    assert tokens(home).load() == SAVED, "the keyring was not touched"


def test_a_key_is_never_printed() -> None:
    assert SECRET not in repr(SAVED) + str(SAVED) + f"{SAVED}"
