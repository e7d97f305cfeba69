"""`advisor admin`: what others script, on both databases; two at once; passwords that nobody else sees."""

from __future__ import annotations

import getpass
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from advisor_tui.cli.app import helps, run
from advisor_tui.language import language, set_language
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.identity import identify
from advisor_tui.store.central.tables import LINK, QUARANTINE, TOKEN
from advisor_tui.store.central.tokens import log_in
from advisor_tui.store.version import SCHEMA
from advisor_tui.store.workspace import SystemClock
from tests.central.office import PASSWORD, customers, joined, record_customer
from tests.central.postgres import Postgres, programs, sqlite_address
from tests.cli.conftest import Answer
from tests.store.house import PARIS

ROOT = Path(__file__).parents[2]


class Admin:
    """Types `advisor admin …` for one database."""

    def __init__(self, db: str, captured: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.db = db
        self._captured = captured
        self._patch = patch

    def __call__(self, *words: str | Path, password: str | bytes | None = None) -> Answer:
        if password is not None:
            raw = password if isinstance(password, bytes) else password.encode() + b"\n"
            self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        self._captured.readouterr()
        status = run(["admin", *map(str, words)])
        return Answer(status, *self._captured.readouterr())

    def add(self, name: str = "Zoé", *words: str, password: str = PASSWORD) -> Answer:
        return self("user", "add", name, *words, "--password-stdin", password=password)

    def opened(self) -> Central:
        return Central(self.db, SystemClock(PARIS))


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """English, a home that does not exist yet, pg_dump of the server's version."""
    for name in ("ADVISOR_DB", "LC_ALL", "LC_MESSAGES", "LANG", "ADVISOR_LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.setenv("ADVISOR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", f"{programs()}{os.pathsep}{os.environ['PATH']}")
    before = language()
    yield monkeypatch
    set_language(before)


@pytest.fixture(params=["sqlite", "postgresql"])
def nowhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that does not exist yet."""
    if request.param == "sqlite":
        yield sqlite_address(tmp_path / "not" / "yet" / "server.db")
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    yield postgres.url("not-yet")
    postgres.drop_database("not-yet")


@pytest.fixture
def admin(database_url: str, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Admin:
    """The commands on a migrated, empty database, which the environment names."""
    environment.setenv("ADVISOR_DB", database_url)
    return Admin(database_url, capsys, environment)


def test_one_command_makes_the_database_the_teams_and_the_person(
    nowhere: str, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    admin = Admin(nowhere, capsys, environment)
    answer = admin.add("Zoé", "--team", "Mobile", "--team", "Fixe", "--role", "lead", "--db", nowhere, "--json")
    assert (answer.status, answer.err) == (0, "")
    made = answer.json
    assert made.pop("id")
    assert made == {"ok": True, "name": "Zoé", "role": "lead", "teams": ["Fixe", "Mobile"], "disabled": False}
    assert [team["name"] for team in admin("team", "list", "--db", nowhere, "--json").json] == ["Fixe", "Mobile"]
    assert role_of(admin) == "lead"


def test_what_cannot_be_makes_no_database(
    nowhere: str, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    admin = Admin(nowhere, capsys, environment)
    for words, password in [
        (["Zoé", "--role", "queen"], PASSWORD), (["Zo\x1be"], PASSWORD), (["Zoé", "--team", "\x07"], PASSWORD),
        (["Zoé"], "short"), ([" "], PASSWORD),
    ]:  # fmt: skip
        answer = admin.add(*words, "--db", nowhere, password=password)
        assert (answer.status, answer.out) == (2, ""), words
        assert len(answer.err.splitlines()) == 1
        assert "\x1b" not in answer.err
        assert PASSWORD not in answer.err
    refused = admin("user", "list", "--db", nowhere)
    assert refused.status == 1
    assert not (tmp_path / "not").exists()


def test_the_database_at_home_needs_no_address(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    admin = Admin(sqlite_address(tmp_path / "home" / "server.db"), capsys, environment)
    assert admin.add("Zoé", "--team", "Mobile").status == 0
    assert (tmp_path / "home" / "server.db").exists()
    assert [user["name"] for user in admin("user", "list", "--json").json] == ["Zoé"]
    assert not (tmp_path / "home" / "workspace.db").exists()


def test_migrate_is_safe_to_repeat(
    nowhere: str, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    admin = Admin(nowhere, capsys, environment)
    first = admin("migrate", "--db", nowhere, "--json").json
    again = admin("migrate", "--db", nowhere, "--json").json
    assert first == again
    assert (first["ok"], first["schema"], len(first["epoch"])) == (True, SCHEMA, 12)
    assert "is ready" in admin("migrate", "--db", nowhere).out


def role_of(admin: Admin) -> str:
    """What Zoé is told when she logs in."""
    central = admin.opened()
    try:
        return joined(central).role
    finally:
        central.close()


def started(*words: str, password: str = "") -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "advisor_tui", "admin", *words, "--json"], cwd=ROOT, text=True, encoding="utf-8",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(password + "\n")
    process.stdin.close()
    process.stdin = None
    return process


def ended(process: subprocess.Popen[str]) -> tuple[int, Any]:
    out, err = process.communicate(timeout=120)
    assert err == ""
    return process.returncode, json.loads(out)


def test_two_processes_that_migrate_at_once_agree(nowhere: str, environment: pytest.MonkeyPatch) -> None:
    answers = [ended(process) for process in [started("migrate", "--db", nowhere) for _ in range(3)]]
    assert [status for status, _ in answers] == [0, 0, 0]
    assert len({said["epoch"] for _, said in answers}) == 1


def test_of_processes_that_add_the_same_person_one_succeeds(nowhere: str, environment: pytest.MonkeyPatch) -> None:
    words = ("user", "add", "Zoé", "--team", "Mobile", "--password-stdin", "--db", nowhere)
    answers = [ended(process) for process in [started(*words, password=PASSWORD) for _ in range(3)]]
    assert sorted(status for status, _ in answers) == [0, 4, 4]
    assert {said["error"]["code"] for status, said in answers if status} == {"account_exists"}
    central = Central(nowhere, SystemClock(PARIS))
    assert joined(central).teams == ["Mobile"]
    central.close()


def test_of_processes_that_add_a_team_all_find_the_same(database_url: str, environment: pytest.MonkeyPatch) -> None:
    names = ("Mobile", "MOBILE", "Fixe")
    answers = [ended(process) for process in [started("team", "add", name, "--db", database_url) for name in names]]
    assert [status for status, _ in answers] == [0, 0, 0]
    streams = [said["stream"] for _, said in answers]
    assert streams[0] == streams[1] != streams[2]
    assert set(streams) == {"t1", "t2"}
    assert sorted(said["created"] for _, said in answers) == [False, True, True]


def test_a_new_team_takes_in_its_customers(admin: Admin) -> None:
    central = admin.opened()
    zoe = joined(central, teams=("Mobile",))
    record_customer(central, zoe, "Aïcha Benali", team="Fixe")
    record_customer(central, zoe, "Boris Vidal", team="Mobile")
    assert admin("team", "add", "fixe", "--json").json == {
        "ok": True, "stream": "t2", "name": "fixe", "created": True, "moved": 1,
    }  # fmt: skip
    assert admin("team", "add", "Fixe", "--json").json["moved"] == 0
    assert admin("verify").status == 0
    assert customers(central) == ["Aïcha Benali", "Boris Vidal"]
    central.close()


def test_a_persons_role_teams_password_and_access_can_be_changed(admin: Admin) -> None:
    admin.add("Zoé", "--team", "Mobile")
    central = admin.opened()
    session = joined(central)
    assert admin("user", "set", "zoé", "--role", "lead", "--json").json["role"] == "lead"
    assert admin("user", "set", "Zoé", "--team", "Fixe", "--json").json["teams"] == ["Fixe"]
    assert admin("user", "set", "Zoé", "--no-team", "--json").json["teams"] == []
    assert admin("user", "disable", "Zoé", "--json").json["disabled"] is True
    with central.read() as connection, pytest.raises(Exception, match="may no longer use"):
        identify(connection, session.access_token, central.now_ms())
    assert admin("user", "set", "Zoé", "--enable", "--json").json["disabled"] is False
    changed = admin("user", "set", "Zoé", "--password-stdin", password="another horse")
    assert (changed.status, changed.err) == (0, "")
    with pytest.raises(Exception, match="wrong"):
        joined(central)
    central.close()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["user", "set", "Nobody", "--role", "lead"], 1, "Nobody has an account called Nobody."),
        (["user", "disable", "No\x1b[31mbody"], 2, "control characters"),
        (["user", "set", "Zoé", "--team", "x", "--no-team"], 2, "--team and --no-team"),
        (["user", "set", "Zoé"], 2, "Nothing to change was given."),
        (["user", "set", "Zoé", "--role", "queen"], 2, "There is no role called queen"),
        (["user", "add", "Zoé"], 2, "--password-stdin"),
        (["device", "revoke", "\x1b[31m"], 1, "There is no device"),
        (["quarantine", "release", "x"], 1, "Nothing in quarantine is known as x."),
        (["quarantine", "drop", "x"], 1, "Nothing in quarantine is known as x."),
        (["restore", "/nonexistent/x.bak"], 1, "There is no file /nonexistent/x.bak."),
        (["usr"], 2, "There is no command usr. Near: user"),
        (["user", "ad"], 2, "There is no command ad. Near: add"),
        (["user", "add"], 2, "NAME is missing."),
        (["team", "add", "x", "y"], 2, "Too much was typed: y"),
        (["migrate", "--db", "mysql://x"], 2, "not mysql"),
        (["migrate", "--db", "nonsense"], 2, "nonsense"),
        (["user", "list", "--db", "sqlite:////nonexistent/deep/x.db"], 1, "/nonexistent/deep/x.db"),
        (["migrate", "--db", "postgresql://zoe:s3cret@127.0.0.1:1/x"], 1, "does not answer"),
    ],
    ids=lambda value: ascii(" ".join(value)) if isinstance(value, list) else None,
)
def test_what_cannot_be_done_is_said_in_a_sentence(admin: Admin, words: list[str], status: int, said: str) -> None:
    plain = admin(*words, password=b"")
    assert (plain.status, plain.out) == (status, "")
    assert said in plain.err
    for secret in ("s3cret", "\x1b", "Traceback"):
        assert secret not in plain.err
    answer = admin(*words, "--json")
    assert (answer.status, answer.err) == (status, "")
    assert answer.json["error"]["code"]
    assert "s3cret" not in answer.out


def test_lists_that_are_empty_say_what_to_do(admin: Admin) -> None:
    for words in (["user", "list"], ["team", "list"], ["device", "list"], ["quarantine", "list"], ["erasures"]):
        assert admin(*words, "--json").json == []
        said = admin(*words)
        assert said.status == 0
        assert said.out.strip().endswith(("NAME", "."))


def test_devices_are_listed_and_revoked(admin: Admin) -> None:
    admin.add("Zoé", "--team", "Mobile")
    admin.add("Paul")
    central = admin.opened()
    session, other = joined(central), joined(central, "Paul")
    listed = admin("device", "list", "--json").json
    assert [(device["id"], device["person"], device["revoked"]) for device in listed] == [
        (other.device, "Paul", False),
        (session.device, "Zoé", False),
    ]
    assert [device["id"] for device in admin("device", "list", "--user", "zoé", "--json").json] == [session.device]
    assert admin("device", "revoke", session.device, "--json").json == {"ok": True, "device": session.device}
    assert admin("device", "list", "--user", "Zoé", "--json").json[0]["revoked"] is True
    assert "revoked" in admin("device", "list").out
    with central.read() as connection:
        with pytest.raises(Exception, match="may no longer use"):
            identify(connection, session.access_token, central.now_ms())
        assert identify(connection, other.access_token, central.now_ms()).name == "Paul"
    central.close()


def test_a_backup_is_made_and_brought_back(admin: Admin, tmp_path: Path) -> None:
    admin.add("Zoé", "--team", "Mobile")
    kept = tmp_path / "server.bak"
    saved = admin("backup", kept, "--json").json
    assert saved == {"ok": True, "file": str(kept), "bytes": kept.stat().st_size, "schema": SCHEMA}
    assert admin("backup", kept, "--json").json["error"]["code"] == "file_exists"
    admin.add("Paul")
    refused = admin("restore", kept)
    assert (refused.status, refused.out) == (4, "")
    restored = admin("restore", kept, "--replace", "--json").json
    assert restored["ok"] is True
    assert [user["name"] for user in admin("user", "list", "--json").json] == ["Zoé"]
    assert "in place" in admin("restore", kept, "--replace").out
    kept.write_text("nothing of the kind", encoding="utf-8")
    wrong = admin("restore", kept, "--replace")
    assert (wrong.status, wrong.out) == (1, "")
    assert "not a backup" in wrong.err


def test_a_changed_history_is_found(admin: Admin) -> None:
    admin.add("Zoé", "--team", "Mobile")
    central = admin.opened()
    record_customer(central, joined(central), team="Mobile")
    assert admin("verify", "--json").json == {"ok": True, "problems": []}
    with central.write() as connection:
        connection.execute(update(LINK).values(device="ffffffff", subject="x"))
    central.close()
    answer = admin("verify", "--json")
    assert answer.status == 1
    assert answer.json["problems"]
    assert admin("verify").status == 1


def test_quarantine_is_listed_and_decided(admin: Admin) -> None:
    admin.add("Zoé", "--team", "Mobile")
    central = admin.opened()
    with central.write() as connection:
        connection.execute(
            insert(QUARANTINE).values(
                id="e1", txn="t", customer_id="c1", account_id="nobody", device="00000001", at=1_700_000_000_000,
                code="not_allowed", event="{}",
            )
        )  # fmt: skip
    central.close()
    assert [row["id"] for row in admin("quarantine", "list", "--json").json] == ["e1"]
    assert "e1" in admin("quarantine", "list").out
    assert admin("quarantine", "drop", "e1", "--json").json == {"ok": True, "id": "e1"}
    assert admin("quarantine", "list", "--json").json == []


def test_a_password_is_asked_for_twice_and_not_shown(admin: Admin, environment: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    environment.setattr(sys, "stdin", Terminal())
    typed = iter([PASSWORD, PASSWORD, PASSWORD, "something else"])
    environment.setattr(getpass, "getpass", lambda prompt: next(typed))
    added = admin("user", "add", "Zoé", "--json")
    assert added.status == 0
    assert PASSWORD not in added.out + added.err
    differing = admin("user", "add", "Paul")
    assert (differing.status, differing.err) == (2, "The two passwords differ.\n")
    assert [user["name"] for user in admin("user", "list", "--json").json] == ["Zoé"]


@pytest.mark.parametrize(
    ("line", "password"),
    [
        (b"correct horse", "correct horse"),
        (b"correct horse\r\nmore\n", "correct horse"),
        (b"  correct \n", "  correct "),
    ],
)
def test_the_password_is_the_first_line_as_it_is(admin: Admin, line: bytes, password: str) -> None:
    assert admin("user", "add", "Zoé", "--password-stdin", password=line).status == 0
    central = admin.opened()
    assert log_in(central, "Zoé", password, "desk").name == "Zoé"
    central.close()


def test_a_password_that_is_not_text_is_refused(admin: Admin) -> None:
    answer = admin("user", "add", "Zoé", "--password-stdin", password=b"correct \xff horse\n")
    assert (answer.status, answer.out) == (2, "")
    assert "UTF-8" in answer.err


def test_no_list_shows_a_password_or_a_token(admin: Admin) -> None:
    admin.add("Zoé", "--team", "Mobile")
    central = admin.opened()
    session = joined(central)
    with central.read() as connection:
        kept = connection.execute(TOKEN.select()).all()
    central.close()
    for words in (["user", "list"], ["device", "list"], ["team", "list"], ["quarantine", "list"], ["migrate"]):
        out = admin(*words, "--json").out
        for secret in (PASSWORD, "argon2", session.access_token, session.refresh_token, *(row.hash for row in kept)):
            assert secret not in out


GROUPS = [[], ["user"], ["team"], ["device"], ["quarantine"]]


@pytest.mark.parametrize("group", GROUPS, ids=lambda words: " ".join(words) or "admin")
def test_a_group_alone_explains_itself(admin: Admin, group: list[str]) -> None:
    alone, asked = admin(*group), admin(*group, "--help")
    assert alone == asked
    assert alone.status == 0
    assert alone.out.startswith(" ".join(["Usage: advisor admin", *group]))
    assert max(map(len, alone.out.splitlines())) <= 80


def test_the_help_of_every_form_is_there_to_translate() -> None:
    said = set(helps())
    assert "Look after a sync server: its database, teams, people and devices." in said
    assert "End a person's access, on all their devices." in said
