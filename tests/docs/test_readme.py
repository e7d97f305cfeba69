"""What the documentation says exists: commands, options, keys, files; and conversely."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from advisor_tui.actions import registry
from advisor_tui.cli.app import app
from advisor_tui.cli.output import DONE, FAILED, PART, REFUSED, USAGE
from advisor_tui.tui.keys import key_name

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
GROUP = typer.main.get_command(app)
registry.load()


def commands(page: Path) -> list[str]:
    """Every `advisor …` line of a page's code blocks, and every one between backticks."""
    text = page.read_text(encoding="utf-8")
    blocks = [line for _, block in FENCE.findall(text) for line in block.splitlines()]
    inline = re.findall(r"`((?:[A-Z_]+=\S+ )?advisor(?: [^`]*)?)`", FENCE.sub("", text))
    found = []
    for line in (*blocks, *inline):
        typed = re.sub(r"^\s*(?:\$ )?(?:[A-Z_]+=\S+ )*", "", line)
        if typed == "advisor" or typed.startswith("advisor "):
            found.append(typed.split("|")[0])
    return found


TYPED = [
    pytest.param(page, line, id=f"{page.name}: {line.strip()}")
    for page in PAGES
    if page.exists()
    for line in commands(page)
]


@pytest.mark.parametrize(("page", "line"), TYPED)
def test_every_command_parses(page: Path, line: str) -> None:
    words = [word for word in shlex.split(line, comments=True)[1:] if word not in (">", "&&")]
    if not words or words in (["--version"], ["--help"]):
        return
    known = GROUP.commands  # type: ignore[attr-defined]
    assert words[0] in known, f"{page.name} names a command that does not exist"
    words = [word.replace("…", "x").replace("ACTION", "take").replace("NAME", "x") for word in words]
    command = known[words[0]]
    if "--help" in words or len(words) == 1:
        return
    numbers = ["1" if word == "N" or word == "S" else word.strip("[]") for word in words[1:]]
    with command.make_context(words[0], numbers, resilient_parsing=False) as context:
        if words[0] == "do" and context.params["action"]:
            action = registry.find_action(context.params["action"])
            names = {pair.partition("=")[0] for pair in context.params["set_"] or ()} - {"key", "x", "parameter"}
            assert names <= set(registry.describe(action)["parameters"])


def test_the_readme_shows_every_command() -> None:
    shown = {
        shlex.split(line, comments=True)[1]
        for page in PAGES
        for line in commands(page)
        if len(shlex.split(line, comments=True)) > 1
    }
    assert set(GROUP.commands) - {"demo"} <= shown  # type: ignore[attr-defined]
    assert "demo" in shown or "make run" in README.read_text()


def table() -> list[tuple[str, str, str]]:
    """The key table of the README: key, title, help."""
    rows = re.findall(r"^\| `(.+?)` \| (.+?) \| (.+?) \|$", README.read_text(encoding="utf-8"), re.MULTILINE)
    return [(key.strip(), title.strip(), help_.strip()) for key, title, help_ in rows]


def test_the_key_table_is_the_registry() -> None:
    entries = [(entry.key, entry.title, entry.help) for entry in registry.ACTIONS.values() if entry.key]
    entries += [(entry.key, entry.title, entry.help) for entry in registry.VIEWS.values() if entry.key]
    keyed = {(key_name(key).replace("⌫", "Backspace"), title, help_) for key, title, help_ in entries}
    assert set(table()) == keyed
    assert len(table()) == len(keyed)


@pytest.mark.parametrize("page", [page for page in PAGES if page.exists()], ids=lambda page: page.name)
def test_every_file_linked_exists(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name} links {target}"


def test_every_make_target_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for page in PAGES:
        for target in re.findall(r"^make (\w+)|`make (\w+)`", page.read_text(encoding="utf-8"), re.MULTILINE):
            name = "".join(target)
            assert re.search(rf"^{name}:", makefile, re.MULTILINE), name


def test_exit_statuses_are_those_of_the_code() -> None:
    words = {"done": DONE, "failed": FAILED, "usage": USAGE, "done in part": PART, "refused by a rule": REFUSED}
    text = README.read_text(encoding="utf-8")
    for name, number in words.items():
        assert re.search(rf"\b{number} {name}\b", text), name


def test_every_remapping_named_is_an_id() -> None:
    ids = {f"action.{name}" for name in registry.ACTIONS} | {f"view.{name}" for name in registry.VIEWS}
    for page in PAGES:
        for id_ in re.findall(r'"((?:action|view|composer|everywhere)\.\w+)" = ', page.read_text(encoding="utf-8")):
            assert id_ in ids, f"{page.name} remaps {id_}"


def test_every_environment_variable_named_is_read() -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "advisor_tui").rglob("*.py"))
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
    for page in PAGES:
        for name in set(re.findall(r"\bADVISOR_[A-Z_]+\b", page.read_text(encoding="utf-8"))):
            assert name in source or name in tests, f"{page.name} names {name}"
