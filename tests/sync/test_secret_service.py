"""The key in a real Secret Service: gnome-keyring in a D-Bus session of its own, with a home of its own.

tools/install-secret-service.sh installs what is needed; without it these tests are skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync.test_session import TokenServer

PROGRAMS = ("dbus-run-session", "dbus-send", "gnome-keyring-daemon", "secret-tool")
MISSING = [name for name in PROGRAMS if shutil.which(name) is None]
pytestmark = [
    pytest.mark.secret_service,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)} (tools/install-secret-service.sh)"),
]
OWNED = """
n=0
until dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner \\
    string:org.freedesktop.secrets 2>/dev/null | grep -q true || [ $n -ge 100 ]; do n=$((n+1)); sleep 0.1; done
"""  # asked for before it has its name, the bus would start a second daemon, and a locked one
UNLOCKED = "printf %s keyring-password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1" + OWNED
LOCKED = "gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1" + OWNED
ADVISOR = f"{sys.executable} -m advisor_tui"
LOOK = """
import sys
from pathlib import Path
from advisor_tui.sync.tokens import Tokens
from advisor_tui.store.workspace import Workspace
workspace = Workspace()
settings = workspace.settings
box = Tokens(workspace.home, settings.server, settings.user, patience=3)
saved = box.load()
print(box.place, saved and saved.refresh)
"""


class Desktop:
    """A person's home and session; `run` is a log-in to it, with a keyring that is unlocked or not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.home), "LANGUAGE": "en", "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }  # fmt: skip

    def run(self, keyring: str, command: str, given: str = "") -> subprocess.CompletedProcess[str]:
        runtime = tempfile.mkdtemp(prefix="r", dir=self.folder)  # its own: the last daemon may not have left yet
        return subprocess.run(
            ["dbus-run-session", "--", "timeout", "50", "sh", "-c", f"{keyring}\n{command}"], input=given,
            env={**self.environment, "XDG_RUNTIME_DIR": runtime}, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def files_with(self, secret: str) -> list[str]:
        """The files of the whole home and its sessions, whatever their names, that hold `secret` in clear."""
        paths = (path for path in self.folder.rglob("*") if path.is_file())
        return [str(path) for path in paths if secret.encode() in path.read_bytes()]


@pytest.fixture
def desktop() -> Iterator[Desktop]:
    folder = Path(tempfile.mkdtemp(prefix="adv"))  # a short path: sockets live in it
    yield Desktop(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server() -> Iterator[TokenServer]:
    made = TokenServer()
    yield made
    made.listener.close()


def login(server: TokenServer) -> str:
    return f"{ADVISOR} login {server.url} --user 'Claire Morel' --password-stdin --json"


def piped(command: str) -> str:
    return f"printf 'right\\n' | {command}"


def test_a_login_keeps_the_key_in_the_keyring_and_nowhere_in_clear(desktop: Desktop, server: TokenServer) -> None:
    done = desktop.run(UNLOCKED, piped(login(server)) + "\nsecret-tool search --all service advisor-tui")
    answer, _, listed = done.stdout.partition("\n")
    assert json.loads(answer)["place"] == "keyring", done.stderr
    assert "refresh-1" in listed, "an independent program finds it: it is really there"
    assert (desktop.home / ".local/share/keyrings/login.keyring").exists()
    for secret in ("refresh-1", "access-1", "right\n", "keyring-password"):
        assert desktop.files_with(secret) == []
    assert desktop.files_with("Claire Morel"), "the search itself finds what is there"
    assert not list(desktop.home.rglob("tokens"))


def test_the_key_outlives_the_session_and_is_renewed_in_its_place(desktop: Desktop, server: TokenServer) -> None:
    assert desktop.run(UNLOCKED, piped(login(server))).returncode == 0
    again = desktop.run(UNLOCKED, f"{ADVISOR} logout --json\n{sys.executable} -c '{LOOK}'")
    assert json.loads(again.stdout.splitlines()[0])["told"] is True, again.stderr
    assert server.asked[-2:] == ["POST /v1/token", "DELETE /v1/token"], "the kept key opened a session"
    later = desktop.run(UNLOCKED, "secret-tool search --all service advisor-tui")
    assert "refresh" not in later.stdout + later.stderr
    assert desktop.files_with("refresh-") == []


def test_a_new_login_takes_the_place_of_the_old_key(desktop: Desktop, server: TokenServer) -> None:
    twice = desktop.run(UNLOCKED, f"{piped(login(server))}\n{piped(login(server))}\nsecret-tool search --all service advisor-tui")  # fmt: skip
    assert "refresh-2" in twice.stdout
    assert "refresh-1" not in twice.stdout
    assert len(server.devices) == 2


def test_a_locked_keyring_is_told_and_waited_for_no_longer_than_it_may(desktop: Desktop, server: TokenServer) -> None:
    assert desktop.run(UNLOCKED, piped(login(server))).returncode == 0
    done = desktop.run(LOCKED, f"{sys.executable} -c '{LOOK}'")
    assert done.returncode == 1
    assert "KeyringSilent" in done.stderr
    assert "refresh-1" not in done.stdout + done.stderr


def test_without_a_keyring_the_login_takes_the_encrypted_file(desktop: Desktop, server: TokenServer) -> None:
    desktop.environment["ADVISOR_PASSPHRASE"] = "open sesame"
    desktop.environment["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    done = desktop.run("true", piped(login(server)) + f"\n{ADVISOR} doctor --json")
    answer, findings = done.stdout.splitlines()
    assert json.loads(answer)["place"] == "file", done.stderr
    keyring = next(item for item in json.loads(findings)["findings"] if item["name"] == "keyring")
    assert keyring["state"] == "ok"
    assert str(desktop.home) in keyring["words"]
    for secret in ("refresh-1", "access-1", "open sesame"):
        assert desktop.files_with(secret) == []


def test_the_doctor_names_the_keyring(desktop: Desktop) -> None:
    done = desktop.run(UNLOCKED, f"{ADVISOR} doctor --json")
    keyring = next(item for item in json.loads(done.stdout)["findings"] if item["name"] == "keyring")
    assert keyring == {"name": "keyring", "state": "ok", "words": "keyring.backends.SecretService.Keyring"}
