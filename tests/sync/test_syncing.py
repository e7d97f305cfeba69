"""`advisor login`, `logout`, `sync` and `status`, against `advisor serve` in a process of its own."""

from __future__ import annotations

import io
import itertools
import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from advisor_tui.cli.app import run
from advisor_tui.language import language, set_language
from tests.server.running import Serve, serving, until
from tests.sync.listening import META, Request, listening, refusal, reply

PASSWORD = "correct horse"
NUMBERS = itertools.count(1)


class Answer(NamedTuple):
    """What a command answered."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.out.count("\n") == 1, "one JSON document on one line"
        return json.loads(self.out)


class Desk:
    """Types command lines in a home of its own."""

    def __init__(self, home: Path, patch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str]) -> None:
        self.home, self._patch, self._captured = home, patch, captured
        self.customer = f"Hugo Castellane {next(NUMBERS)}"

    def __call__(self, *words: str | Path, given: bytes = b"") -> Answer:
        self._patch.setenv("ADVISOR_HOME", str(self.home))
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        self._captured.readouterr()
        status = run([str(word) for word in words])
        return Answer(status, *self._captured.readouterr())

    def login(self, url: str, user: str = "Claire Morel", password: str = PASSWORD, *, words: bool = False) -> Answer:
        more = () if words else ("--json",)
        return self("login", url, "--user", user, "--password-stdin", *more, given=password.encode() + b"\n")

    def status(self) -> dict[str, Any]:
        answer = self("status", "--json")
        assert answer.status == 0, answer
        found: dict[str, Any] = answer.json
        return found

    def settle(self, name: str = "Claire M.") -> None:
        """A workspace of one's own, with a customer and a note in it."""
        assert self("init", "--name", name, "--team", "Mobile").status == 0
        lines = self.home / "lines.jsonl"
        customer = {"v": 1, "type": "customer", "id": self.customer, "name": self.customer, "team": "Mobile"}
        lines.write_text(json.dumps(customer | {"kind": "person"}) + "\n")
        assert self("import", lines).status == 0
        self.note("Called back.")

    def note(self, text: str) -> None:
        answer = self("do", "add_note", "--set", f"customer={self.customer}", "--set", f"text={text}", "--json")
        assert answer.status == 0, answer

    def notes(self) -> list[tuple[str, str]]:
        """Who wrote which note, oldest first."""
        answer = self("export")
        assert answer.status == 0, answer
        lines = [json.loads(line) for line in answer.out.splitlines()]
        return [(line["author"], line["text"]) for line in lines if line["type"] == "note"]

    def files_with(self, secret: str) -> list[str]:
        paths = (path for path in self.home.rglob("*") if path.is_file())
        return [str(path) for path in paths if secret.encode() in path.read_bytes()]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """English, no keyring, a passphrase for the file."""
    for name in ("ADVISOR_TOKEN", "ADVISOR_CA", "ADVISOR_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setattr("keyring.core._keyring_backend", None)
    monkeypatch.setenv("ADVISOR_PASSPHRASE", "open sesame")
    before = language()
    yield
    set_language(before)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """A server with two advisors and a lead of one team."""
    folder = tmp_path_factory.mktemp("office")
    db = f"sqlite:///{folder / 'central.db'}"
    for name, role in (("Claire Morel", "advisor"), ("Paul Ndiaye", "lead")):
        words = ["admin", "user", "add", name, "--team", "Mobile", "--role", role, "--password-stdin", "--db", db]
        subprocess.run(
            [sys.executable, "-m", "advisor_tui", *words], input=PASSWORD.encode() + b"\n", check=True, capture_output=True,
            env={**os.environ, "ADVISOR_HOME": str(folder)},
        )  # fmt: skip
    with serving(folder, "--db", db) as server:
        until(lambda: "Serving on" in server.said)
        yield server


@pytest.fixture
def desks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[str], Desk]:
    return lambda name: Desk(tmp_path / name, monkeypatch, capsys)


@pytest.fixture
def desk(desks: Callable[[str], Desk]) -> Desk:
    return desks("home")


# joining


def test_the_first_login_makes_a_workspace_and_says_what_to_do_next(desk: Desk, office: Serve) -> None:
    said = desk.login(office.url, words=True)
    assert said.status == 0, said
    assert "Claire Morel" in said.out
    assert said.out.endswith("Next: advisor sync\n")
    status = desk.status()
    assert (status["state"], status["user"], status["server"]) == ("never_synced", "Claire Morel", office.url)
    assert desk("sync").status == 0
    status = desk.status()
    assert (status["state"], status["unsent"], status["error"]) == ("up_to_date", 0, None)
    assert {stream["name"] for stream in status["streams"]} >= {"Mobile"}
    assert "Mobile" in desk("status").out


def test_a_workspace_that_joins_loses_nothing_and_is_signed_by_its_new_name(desk: Desk, office: Serve) -> None:
    desk.settle("Claire M.")
    before = desk.status()
    assert (before["state"], before["server"], before["unsent"] > 0) == ("local", "", True)
    answer = desk.login(office.url)
    assert answer.json["signed"] >= 1
    assert answer.json["device"] == desk.status()["device"] != before["device"]
    assert [text for _author, text in desk.notes()] == ["Called back."]
    assert desk.status()["unsent"] == before["unsent"]
    done = desk("sync", "--json")
    assert (done.status, done.json["ok"], done.json["unsent"]) == (0, True, 0), done
    assert done.json["pushed"] == before["unsent"]
    assert [text for _author, text in desk.notes()] == ["Called back."]


def test_what_one_writes_the_other_reads(desks: Callable[[str], Desk], office: Serve) -> None:
    claire, paul = desks("claire"), desks("paul")
    claire.settle()
    claire.login(office.url)
    claire.note("For Paul: é €")
    assert claire("sync").status == 0
    paul.login(office.url, "Paul Ndiaye")
    assert paul("sync").status == 0
    assert ("Claire Morel", "For Paul: é €") in paul.notes()


def test_the_key_is_on_disk_in_no_clear_form(desk: Desk, office: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    taken = httpx.Client.stream

    def hear(self: httpx.Client, *args: Any, **named: Any) -> Any:
        seen.append(named["headers"].get("Authorization", "").removeprefix("Bearer "))
        return taken(self, *args, **named)

    monkeypatch.setattr(httpx.Client, "stream", hear)
    desk.login(office.url)
    assert desk("sync").status == 0
    assert desk("sync").status == 0
    secrets = {token for token in seen if token}
    assert len(secrets) >= 2
    for secret in {*secrets, *(token.partition(".")[2] for token in secrets if "." in token), "open sesame"}:
        assert desk.files_with(secret) == []
    assert stat.S_IMODE((desk.home / "tokens").stat().st_mode) == 0o600


def test_logging_in_again_takes_the_place_of_the_old_device(desk: Desk, office: Serve) -> None:
    first = desk.login(office.url).json["device"]
    second = desk.login(office.url).json["device"]
    assert first != second == desk.status()["device"]
    assert desk("sync").status == 0


# refused


def test_a_wrong_password_makes_nothing(desk: Desk, office: Serve) -> None:
    answer = desk.login(office.url, password="wrong")
    assert (answer.status, answer.json["error"]["code"]) == (1, "bad_password")
    assert not list(desk.home.glob("*.db"))
    assert not (desk.home / "tokens").exists()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (reply(200, b"<html>Welcome", "text/html"), "not_a_server"),
        (reply(200, META | {"protocol": {"min": 7, "max": 9}}), "upgrade_needed"),
        (refusal(426, "upgrade_needed", min=7, max=9), "upgrade_needed"),
        (refusal(503, "draining"), "server_busy"),
    ],
)
def test_a_server_that_will_not_do_is_told_before_the_password_is_read(desk: Desk, answer: bytes, code: str) -> None:
    with listening(answer) as server:
        said = desk("login", server.url, "--user", "Claire", "--json")  # nobody to ask: it would be a usage error
    assert (said.status, said.json["error"]["code"]) == (1, code)
    assert not desk.home.exists()


def test_a_server_that_is_not_there(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as quick:
        port = quick.getsockname()[1]
    said = desk.login(f"http://127.0.0.1:{port}", words=True)
    assert said.status == 1
    assert said.err.count("\n") == 1
    assert "does not answer" in said.err


@pytest.mark.parametrize(
    ("url", "code"),
    [("http://advisor.example", "not_encrypted"), ("https://", "invalid"), ("https://a:b@c.example", "address_secret")],
)
def test_an_address_that_will_not_do(desk: Desk, url: str, code: str) -> None:
    said = desk.login(url)
    assert (said.status, said.json["error"]["code"]) == (2, code)


@pytest.mark.parametrize(("given", "words"), [(b"", "empty"), (b"\n", "empty"), (b"\xff\xfe\n", "UTF-8")])
def test_a_password_that_is_none(desk: Desk, office: Serve, given: bytes, words: str) -> None:
    said = desk("login", office.url, "--user", "Claire Morel", "--password-stdin", given=given)
    assert said.status == 2
    assert words in said.err


def test_nobody_at_the_terminal(desk: Desk, office: Serve) -> None:
    said = desk("login", office.url, "--user", "Claire Morel")
    assert said.status == 2
    assert "--password-stdin" in said.err


def test_without_keyring_and_passphrase_no_password_is_sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ADVISOR_PASSPHRASE")

    def answer(request: Request, connection: socket.socket) -> None:
        assert request.target == "/v1/meta"
        connection.sendall(reply(200, META))

    with listening(answer) as server:
        said = desk.login(server.url)
    assert (said.status, said.json["error"]["code"]) == (1, "passphrase_needed")
    assert {request.target for request in server.requests} == {"/v1/meta"}


def test_a_wrong_passphrase_says_so_and_the_right_one_goes_on(
    desk: Desk, office: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.login(office.url)
    monkeypatch.setenv("ADVISOR_PASSPHRASE", "close sesame")
    said = desk("sync", "--json")
    assert (said.status, said.json["error"]["code"]) == (1, "wrong_passphrase")
    monkeypatch.setenv("ADVISOR_PASSPHRASE", "open sesame")
    assert desk("sync").status == 0


def test_one_home_is_not_shared_with_two_servers(desk: Desk, office: Serve) -> None:
    desk.login(office.url)
    said = desk.login("https://other.example")
    assert (said.status, said.json["error"]["code"]) == (4, "other_server")
    assert desk.status()["server"] == office.url


def test_nobody_sends_what_another_wrote(desk: Desk, office: Serve) -> None:
    desk.settle()
    desk.login(office.url)
    desk("sync")
    desk.note("Mine, unsent.")
    said = desk.login(office.url, "Paul Ndiaye")
    assert (said.status, said.json["error"]["code"]) == (4, "other_user")
    desk("logout")
    assert desk.login(office.url, "Paul Ndiaye").status == 4, "after a logout too"
    assert desk.login(office.url, "claire morel").status == 0
    assert desk("sync").status == 0
    assert desk.login(office.url, "Paul Ndiaye").status == 0, "nothing of hers is left to send"
    assert ("Claire Morel", "Mine, unsent.") in desk.notes()


# exchanging


def test_without_a_login_there_is_nobody_to_exchange_with(desk: Desk) -> None:
    assert desk("sync").status == 1, "no workspace"
    desk("init", "--name", "Claire")
    for command in ("sync", "logout"):
        said = desk(command, "--json")
        assert (said.status, said.json["error"]["code"]) == (1, "not_logged_in")


def test_what_cannot_be_sent_waits_and_says_so(desk: Desk, tmp_path: Path, office: Serve) -> None:
    desk.settle()
    desk.login(office.url)
    waiting = desk.status()["unsent"]
    config = desk.home / "config.toml"
    config.write_text(config.read_text().replace(office.url, "http://127.0.0.1:9"))
    said = desk("sync", "--json")
    assert said.status == 1
    assert (said.json["ok"], said.json["unsent"]) == (False, waiting)
    assert said.json["error"]["code"] == "not_logged_in", "the key belongs to the server that gave it"
    config.write_text(config.read_text().replace("http://127.0.0.1:9", office.url))
    assert desk("sync").status == 0


def test_a_server_that_went_away_costs_nothing(desks: Callable[[str], Desk], tmp_path: Path) -> None:
    desk = desks("home")
    desk.settle()
    folder = tmp_path / "office"
    folder.mkdir()
    db = f"sqlite:///{folder / 'central.db'}"
    desk(
        "admin",
        "user",
        "add",
        "Claire Morel",
        "--team",
        "Mobile",
        "--password-stdin",
        "--db",
        db,
        given=PASSWORD.encode(),
    )
    with serving(folder, "--db", db) as server:
        desk.login(server.url)
        assert desk("sync").status == 0
        desk.note("On the road.")
    said = desk("sync", "--json")
    assert (said.status, said.json["error"]["code"], said.json["unsent"]) == (1, "unreachable", 1)
    words = desk("sync")
    assert words.status == 1
    assert "1 change waits to be sent." in words.out
    assert desk.status()["state"] == "waiting"
    told = desk("logout", "--json")
    assert (told.status, told.json["told"]) == (0, False)
    assert not (desk.home / "tokens").exists()
    assert desk.status()["unsent"] == 1


def test_logging_out_ends_the_session_and_keeps_everything(desk: Desk, office: Serve) -> None:
    desk.settle()
    desk.login(office.url)
    assert desk("sync").status == 0
    told = desk("logout", "--json")
    assert (told.status, told.json["told"]) == (0, True)
    assert not (desk.home / "tokens").exists()
    status = desk.status()
    assert (status["state"], status["server"], status["user"]) == ("local", "", "Claire Morel")
    assert "Called back." in {text for _author, text in desk.notes()}
    desk.note("Alone.")
    assert desk.login(office.url).status == 0
    done = desk("sync", "--json")
    assert (done.status, done.json["pushed"]) == (0, 1)


def test_a_key_from_the_environment_needs_no_login(desk: Desk, office: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.settle()
    asked = {"grant": "password", "user": "Claire Morel", "password": PASSWORD, "device_name": "robot"}
    given = httpx.post(f"{office.url}/v1/token", json=asked, headers={"Sync-Protocol": "1"}).json()
    with (desk.home / "config.toml").open("a") as config:
        config.write(f'server = "{office.url}"\nuser = "Claire Morel"\n')
    monkeypatch.setenv("ADVISOR_TOKEN", given["refresh_token"])
    monkeypatch.delenv("ADVISOR_PASSPHRASE")
    done = desk("sync", "--json")
    assert (done.status, done.json["unsent"]) == (0, 0), done
    assert desk.status()["device"] == given["device"]
    assert desk.files_with(given["refresh_token"]) == []
    assert desk.login(office.url).json["error"]["code"] == "token_set"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_watching_sends_what_is_written_and_ends_when_told(desk: Desk, office: Serve, number: int) -> None:
    desk.settle()
    desk.login(office.url)
    log = desk.home / "watch.log"
    with log.open("wb") as output:
        watching = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-m", "advisor_tui", "sync", "--watch", "--json"],
            stdout=output, stderr=output, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
    try:
        until(lambda: desk.status()["unsent"] == 0)
        until(lambda: '"state"' in log.read_text())
        watching.send_signal(number)
        assert watching.wait(30) == 130, log.read_text()
    except subprocess.TimeoutExpired:
        watching.send_signal(signal.SIGABRT)  # where it hangs
        watching.wait()
        raise AssertionError(log.read_text()) from None
    finally:
        watching.kill()
        watching.wait()
    *lines, last = log.read_text().splitlines()
    assert [json.loads(line)["state"] for line in lines] == ["up_to_date"]
    assert last == "Stopped."
