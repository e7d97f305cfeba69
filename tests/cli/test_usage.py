"""Every command explains itself in both languages; what makes no sense ends with status 2 and a sentence."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from advisor_tui import __version__
from advisor_tui.cli.app import app
from tests.cli.conftest import Cli

COMMANDS: list[str] = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
GIVEN = [
    "admin", "bench", "check-words", "day", "demo", "do", "doctor", "erase", "export", "find", "guard", "hours", "import", "init",
    "login", "logout", "notes", "progress", "retention", "rules", "schema", "search", "seed", "serve", "show", "signals", "snippets", "status",
    "subject-access", "sync", "team",
]  # fmt: skip
"""What others script; none may go."""


def test_the_commands_are_those_that_others_script() -> None:
    assert GIVEN == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("language", "usage", "exits"),
    [("en", "Usage: advisor", "Show this message"), ("fr", "Usage\u00a0: advisor", "Afficher ce message")],
)
def test_help_in_both_languages(
    nowhere: Cli, environment: pytest.MonkeyPatch, command: str, language: str, usage: str, exits: str
) -> None:
    environment.setenv("LANGUAGE", language)
    answer = nowhere(command, "--help")
    assert (answer.status, answer.err) == (0, "")
    assert answer.out.startswith(f"{usage} {command}")
    assert exits in answer.out
    assert max(map(len, answer.out.splitlines())) <= 80
    assert not nowhere.home.exists()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_first_help_names_every_command(nowhere: Cli, environment: pytest.MonkeyPatch, language: str) -> None:
    environment.setenv("LANGUAGE", language)
    lines = nowhere("--help").out.splitlines()
    for command in COMMANDS:
        (line,) = [line for line in lines if line.startswith(f"  {command} ")]
        assert len(line.split()) > 3, "and says what it does"


def test_help_is_not_english_in_french(nowhere: Cli, environment: pytest.MonkeyPatch) -> None:
    pages: dict[str, set[str]] = {}
    for language in ("en", "fr"):
        environment.setenv("LANGUAGE", language)
        text = "\n".join(nowhere(command, "--help").out for command in COMMANDS)
        pages[language] = {line.strip() for line in text.splitlines() if line.strip().endswith(".")}
    assert not pages["en"] & pages["fr"]


def test_version(nowhere: Cli) -> None:
    assert nowhere("--version") == (0, f"advisor {__version__}\n", "")


WRONG: list[tuple[list[str], str, str]] = [
    (["nonsense"], "There is no command nonsense.", "Il n’y a pas de commande nonsense"),
    (["fnid", "x"], "Near: find", "find"),
    (["find"], "TEXT is missing", "TEXT"),
    (["find", "x", "--jsn"], "There is no option --jsn", "--jsn"),
    (["find", "x", "y"], "Too much was typed: y", "y"),
    (["seed", "--customers", "many"], "--customers", "--customers"),
    (["seed", "--customers", "0"], "--customers", "--customers"),
    (["init"], "--name is missing", "--name"),
    (["import"], "PATHS is missing", "PATHS"),
    (["do", "take", "--set"], "--set needs a value", "--set"),
    (["do", "take", "--set", "case"], "--set needs parameter=value", "--set"),
    (["do", "tak"], "There is no action called tak. Near: take", "take"),
    (["do", "take", "--set", "kase=1"], "take has no parameter kase", "kase"),
    (["do", "take"], "take: Object missing required field `case`", "case"),
    (["do", "set_state", "--set", "case=x", "--set", "state=gone"], "set_state: Invalid enum value 'gone'", "state"),
    (["schema", "sync"], "There is no schema called sync", "sync"),
    (["init", "--name", "Ada", "--role", "queen"], "There is no role called queen", "queen"),
    (["init", "--name", "Ada", "--language", "de"], "The language de is not known", "de"),
    (["init", "--name", "  "], "--name is empty", "--name"),
    (["import", "x", "--map", "oops"], "--map needs column=field", "--map"),
    (["import", "x", "--type", "letter"], "There is no line type called letter", "letter"),
    (["bench", "dance"], "dance", "dance"),
]


@pytest.mark.parametrize(("words", "english", "french"), WRONG, ids=[" ".join(words) for words, _, _ in WRONG])
def test_what_makes_no_sense(
    nowhere: Cli, environment: pytest.MonkeyPatch, words: list[str], english: str, french: str
) -> None:
    plain = nowhere(*words)
    assert (plain.status, plain.out) == (2, ""), plain
    assert english in plain.err
    assert "Traceback" not in plain.err
    environment.setenv("LANGUAGE", "fr")
    translated = nowhere(*words)
    assert translated.status == 2
    assert french in translated.err
    assert translated.err != plain.err or words[0] == "bench"  # the benchmarks speak English
    assert not nowhere.home.exists(), "and nothing is created"


@pytest.mark.parametrize(
    "words",
    [words for words, _, _ in WRONG if words[0] in ("nonsense", "fnid", "find", "seed", "init", "import", "do")],
    ids=" ".join,
)
def test_what_makes_no_sense_in_json(nowhere: Cli, words: list[str]) -> None:
    answer = nowhere(*words[:1], "--json", *words[1:])
    assert (answer.status, answer.err) == (2, "")
    assert_error(answer.json)


def assert_error(said: Any) -> None:
    assert set(said) == {"ok", "error"}
    assert said["ok"] is False
    assert set(said["error"]) == {"code", "message", "details"}
    assert said["error"]["code"] in ("usage", "invalid")
    assert said["error"]["message"][-1] in ".’)”`" or said["error"]["message"].strip()


NEEDING = (["day"], ["find", "x"], ["search", "x"], ["show", "x"], ["export"], ["do", "take", "--set", "case=x"])


@pytest.mark.parametrize("words", NEEDING, ids=" ".join)
def test_without_a_workspace_it_says_what_to_do(nowhere: Cli, words: list[str]) -> None:
    answer = nowhere(*words)
    assert (answer.status, answer.out) == (1, "")
    assert "advisor init --name NAME" in answer.err
    assert "advisor demo" in answer.err
    assert str(nowhere.home) in answer.err
    assert not nowhere.home.exists()
    if words != ["export"]:
        said = nowhere(*words, "--json").json
        assert said["error"]["code"] == "workspace_missing"


def test_the_doctor_without_a_workspace_is_not_alarmed(nowhere: Cli) -> None:
    answer = nowhere("doctor")
    assert answer.status == 0
    assert "There is none yet" in answer.out
    assert not nowhere.home.exists()
