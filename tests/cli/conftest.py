"""The command line in this process, on a copy of the demo company."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from advisor_tui.cli.app import run
from advisor_tui.cli.demo import make_demo
from advisor_tui.language import language, set_language
from advisor_tui.store.workspace import data_folder


class Answer(NamedTuple):
    """What a command answered."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.out.count("\n") == 1, "one JSON document on one line"
        return json.loads(self.out)


class Cli:
    """Types command lines."""

    def __init__(self, home: Path, captured: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._captured = captured

    def __call__(self, *words: str | Path) -> Answer:
        self._captured.readouterr()
        status = run([str(word) for word in words])
        out, err = self._captured.readouterr()
        return Answer(status, out, err)

    def done(self, action: str, **given: str | list[str]) -> dict[str, Any]:
        """An action that succeeds; what was recorded. An act that is held is recorded too, and does not end with 0."""
        answer = self.do(action, **given)
        assert answer.status in (0, 4), answer
        recorded: dict[str, Any] = answer.json
        assert answer.status == (4 if "guard" in recorded else 0), answer
        assert recorded["ok"] is True
        return recorded

    def do(self, action: str, **given: str | list[str]) -> Answer:
        pairs = [(name, one) for name, value in given.items() for one in ([value] if isinstance(value, str) else value)]
        sets = [word for name, value in pairs for word in ("--set", f"{name}={value}")]
        return self("do", action, *sets, "--json")

    def customer(self, text: str) -> str:
        """The id of who is found for `text`."""
        found: list[dict[str, str]] = self("find", text, "--json").json
        return found[0]["id"]


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo company, made once."""
    home = tmp_path_factory.mktemp("company") / "home"
    before = language()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ADVISOR_LANGUAGE", "fr")
            make_demo(home, data_folder("fixtures") / "demo")
    finally:
        set_language(before)
    return home


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Nobody's environment: English, no home of one's own."""
    for name in ("ADVISOR_HOME", "ADVISOR_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.setenv("HOME", "/nonexistent")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    before = language()
    yield monkeypatch
    set_language(before)


@pytest.fixture
def cli(company: Path, tmp_path: Path, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """The command line on one's own copy of the demo company; it speaks French."""
    home = Path(shutil.copytree(company, tmp_path / "demo"))
    environment.setenv("ADVISOR_HOME", str(home))
    return Cli(home, capsys)


@pytest.fixture
def nowhere(tmp_path: Path, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """The command line where there is no workspace yet; it speaks English."""
    home = tmp_path / "new" / "home"
    environment.setenv("ADVISOR_HOME", str(home))
    return Cli(home, capsys)
