"""The arrows between rooms, checked by running: what a fresh process has loaded."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import advisor_tui.domain

ROOT = Path(__file__).parents[2]
HEAVY = ("sqlmodel", "sqlalchemy", "httpx", "pydantic", "typer", "alembic")


def loaded_after(code: str) -> set[str]:
    """The top packages in sys.modules of a fresh process that ran `code`."""
    script = f"import sys, json\n{code}\nprint(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def foreign(loaded: set[str]) -> set[str]:
    """Packages that are neither ours, nor the language's, nor put there by the environment at start."""
    return loaded - loaded_after("") - set(sys.stdlib_module_names) - {"advisor_tui"}


def test_the_version_loads_neither_textual_nor_sqlmodel() -> None:
    code = "from advisor_tui import __main__\nsys.argv = ['advisor', '--version']\n__main__.main()"
    assert foreign(loaded_after(code)) == set()


def test_the_command_itself_answers_its_version() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("advisor"), "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("advisor ")


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(advisor_tui.domain.__path__)])
def test_no_part_of_the_domain_loads_a_foreign_package_but_msgspec(name: str) -> None:
    loaded = foreign(loaded_after(f"import advisor_tui.domain.{name}"))
    assert loaded <= {"msgspec", "typing_extensions"}  # the second is msgspec's own
    assert "sqlite3" not in loaded_after(f"import advisor_tui.domain.{name}")


def test_the_domain_loads_no_other_room() -> None:
    names = ", ".join(
        f"advisor_tui.domain.{module.name}" for module in pkgutil.iter_modules(advisor_tui.domain.__path__)
    )
    code = f"import {names}\nprint(json.dumps([n for n in sys.modules if n.startswith('advisor_tui.')]))"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, json\n{code}"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    rooms = {name.split(".")[1] for name in json.loads(done.stdout)}
    assert rooms <= {"domain", "language"}


def test_the_desk_starts_without_what_writes_or_serves() -> None:
    loaded = loaded_after("import advisor_tui.tui.desk")
    assert "textual" in loaded
    assert not loaded & set(HEAVY)


def test_the_reads_need_neither_sqlmodel_nor_a_screen() -> None:
    modules = ", ".join(
        f"advisor_tui.store.reads.{name}" for name in ("day", "brief", "customer", "find", "search", "drafts")
    )
    assert not foreign(loaded_after(f"import {modules}")) & {*HEAVY, "textual", "rich", "rapidfuzz"}


@pytest.mark.parametrize("room", ["domain", "store", "actions", "gateways", "language"])
def test_no_room_below_the_screens_loads_them(room: str) -> None:
    folder = ROOT / "advisor_tui" / room
    names = [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]
    loaded = loaded_after("\n".join(f"import advisor_tui.{room}.{name}" for name in names))
    assert not loaded & {"textual", "typer"}
