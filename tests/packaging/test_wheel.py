"""What is delivered: the wheel, installed into a clean environment, used from another folder."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from advisor_tui import __version__
from tests.faults.processes import ROOT, environment
from tests.faults.terminal import Desk

SOURCES = ("advisor_tui", "styles", "fixtures", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the sources without compiled catalogues."""
    pytest.importorskip("hatchling", reason="the build tool is not here")
    source = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
        else:
            shutil.copyfile(ROOT / name, source / name)
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    built = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False, timeout=120)
    assert built.returncode == 0, built.stderr
    (made,) = out.iterdir()
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `advisor` command of an environment that has the wheel, and the dependencies of this one."""
    place = tmp_path_factory.mktemp("clean") / "env"
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True, timeout=120)
    pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True, timeout=120)
    (packages,) = place.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place / "bin" / "advisor"


def run(command: Path, *words: str, cwd: Path, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(command), *words], cwd=cwd, env=environment(ADVISOR_HOME=str(home), LANGUAGE="fr"),
                          capture_output=True, text=True, check=False, timeout=60)  # fmt: skip


def test_what_is_inside(wheel: Path) -> None:
    assert wheel.name == f"advisor_tui-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entries = archive.read(f"advisor_tui-{__version__}.dist-info/entry_points.txt").decode()
        metadata = archive.read(f"advisor_tui-{__version__}.dist-info/METADATA").decode()
    assert "advisor = advisor_tui.__main__:main" in entries
    assert "License-Expression: MIT" in metadata
    for folder in ("styles", "fixtures"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file():
                assert f"advisor_tui/_data/{path.relative_to(ROOT)}" in names
    for language in ("fr", "en"):
        assert f"advisor_tui/language/{language}/LC_MESSAGES/advisor.mo" in names
    for path in (ROOT / "advisor_tui").rglob("*.py"):
        assert str(path.relative_to(ROOT)) in names
    for path in (ROOT / "advisor_tui").rglob("*.toml"):
        assert str(path.relative_to(ROOT)) in names
    assert not [name for name in names if name.startswith("tests/") or "__pycache__" in name]


def test_it_runs_from_another_folder(installed: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert run(installed, "--version", cwd=tmp_path, home=home).stdout == f"advisor {__version__}\n"
    made = run(installed, "demo", "--no-desk", "--home", str(home), cwd=tmp_path, home=home)
    assert (made.returncode, made.stderr) == (0, "")
    day = run(installed, "day", cwd=tmp_path, home=home)
    assert "Étienne Roussel-Anglade" in day.stdout
    french = run(installed, "--help", cwd=tmp_path, home=home)
    assert "Ouvrir le bureau" in french.stdout, "the catalogues are inside"
    done = run(installed, "do", "undo", "--json", cwd=tmp_path, home=home)
    assert json.loads(done.stdout)["error"]["code"] == "not_found", "writing works: there is nothing to undo"
    doctor = run(installed, "doctor", "--json", cwd=tmp_path, home=home)
    assert json.loads(doctor.stdout)["ok"] is True


def test_it_is_the_installed_one(installed: Path, tmp_path: Path) -> None:
    code = "import advisor_tui; print(advisor_tui.__file__)"
    python = installed.with_name("python")
    said = subprocess.run([str(python), "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert Path(said.strip()).is_relative_to(installed.parents[1])


def test_the_desk_opens_from_another_folder(installed: Path, tmp_path: Path) -> None:
    with Desk(program=[str(installed), "demo", "--home", str(tmp_path / "demo")], env={}) as desk:
        desk.until("Étienne Roussel", 30)
        desk.press("\x11")
        assert desk.end() == 0
        desk.assert_sane()
        desk.assert_no_traceback()
