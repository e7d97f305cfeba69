"""The command as a process: pipes, signals, encodings, terminals, and what it loads."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults.processes import advisor, environment, lines_file
from tests.faults.terminal import Desk


@pytest.fixture
def home(company: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(company, tmp_path / "demo"))


def shell(line: str, home: Path, **env: str) -> subprocess.CompletedProcess[bytes]:
    """A line of bash, with every status of a pipe at the end of the error output."""
    full = environment(ADVISOR_HOME=str(home), A=f"{sys.executable} -m advisor_tui", **env)
    script = f'set -o pipefail; {line}; echo "${{PIPESTATUS[*]}}" >&2'
    return subprocess.run(["bash", "-c", script], env=full, capture_output=True, check=False, timeout=60)


class TestPipes:
    @pytest.mark.parametrize("words", ["day", "export", "show roussel", "do --list", "day --json"])
    def test_a_reader_that_stops_early(self, home: Path, words: str) -> None:
        answer = shell(f"$A {words} | head -c 10", home)
        said = answer.stderr.decode().split()
        assert len(said) == 2, answer.stderr
        assert said[0] in ("0", "1")
        assert len(answer.stdout) == 10

    def test_the_desk_in_a_pipe(self, home: Path) -> None:
        answer = shell("$A | head -1", home)
        assert answer.stdout == b""
        lines = answer.stderr.decode().splitlines()
        assert lines[0].startswith("L’affichage plein écran demande un terminal")
        assert lines[1] == "1 0"

    @pytest.mark.parametrize("words", ["day", "export", "--help", "day --json"])
    def test_an_output_that_cannot_be_written(self, home: Path, words: str) -> None:
        answer = shell(f"$A {words} > /dev/full", home)
        lines = answer.stderr.decode().splitlines()
        assert len(lines) == 2, lines
        assert "No space left on device" in lines[0]
        assert lines[1] == "1"

    def test_one_into_the_other(self, home: Path, tmp_path: Path) -> None:
        copy = tmp_path / "copy"
        answer = shell(
            f"$A export > {tmp_path}/all.jsonl && ADVISOR_HOME={copy} $A import {tmp_path}/all.jsonl --json", home
        )
        assert json.loads(answer.stdout)["ok"] is True


class TestEncodings:
    def test_a_locale_without_accents(self, home: Path) -> None:
        """LC_ALL=C: Python speaks UTF-8 there; so do we."""
        answer = advisor("day", home=home, env={"LC_ALL": "C", "LANG": "", "LANGUAGE": ""})
        assert answer.returncode == 0
        assert answer.stdout.startswith("À prévenir")

    @pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
    def test_an_output_that_lacks_characters(self, home: Path, encoding: str) -> None:
        for words in (
            ["day"],
            ["show", "roussel"],
            ["do", "--list"],
            ["show", "zzzzqqqé"],
        ):
            answer = subprocess.run(
                [sys.executable, "-m", "advisor_tui", *words], capture_output=True, check=False,
                env=environment(ADVISOR_HOME=str(home), PYTHONIOENCODING=encoding, PYTHONUTF8="0"),
            )  # fmt: skip
            assert b"Traceback" not in answer.stderr
            assert answer.returncode == (1 if words[-1] == "zzzzqqqé" else 0)
            answer.stdout.decode(encoding)

    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
    def test_json_is_json_everywhere(self, home: Path, encoding: str) -> None:
        answer = subprocess.run(
            [sys.executable, "-m", "advisor_tui", "day", "--json"], capture_output=True, check=True,
            env=environment(ADVISOR_HOME=str(home), PYTHONIOENCODING=encoding),
        )  # fmt: skip
        names = [row["name"] for row in json.loads(answer.stdout.decode("utf-8"))["rows"]]
        assert "Étienne Roussel-Anglade" in names

    def test_export_is_bytes_everywhere(self, home: Path) -> None:
        plain = subprocess.run([sys.executable, "-m", "advisor_tui", "export"], capture_output=True, check=True,
                               env=environment(ADVISOR_HOME=str(home)))  # fmt: skip
        ascii_ = subprocess.run([sys.executable, "-m", "advisor_tui", "export"], capture_output=True, check=True,
                                env=environment(ADVISOR_HOME=str(home), PYTHONIOENCODING="ascii"))  # fmt: skip
        assert plain.stdout == ascii_.stdout

    def test_what_is_typed_is_not_text(self, home: Path) -> None:
        """Bytes that are no UTF-8, as an old script types them: a sentence, not a traceback."""
        typed: tuple[list[str | bytes], ...] = (
            ["show", b"\xe9t\xe9"],
            ["find", b"\xff"],
            ["search", b"\xff"],
            ["do", "add_note", "--set", b"text=\xff", "--set", "customer=x"],
        )
        for words in typed:
            answer = subprocess.run([sys.executable, "-m", "advisor_tui", *words], capture_output=True, check=False,
                                    env=environment(ADVISOR_HOME=str(home)))  # fmt: skip
            assert answer.returncode in (0, 1, 2), answer
            assert b"Traceback" not in answer.stderr

    def test_a_file_whose_name_is_not_text(self, home: Path, tmp_path: Path) -> None:
        path = os.fsencode(tmp_path) + b"/\xe9t\xe9.jsonl"
        with open(path, "w") as handle:  # noqa: PTH123 - a name in bytes
            handle.write('{"v": 1, "type": "customer", "id": "c1", "name": "Zoe"}\nnot json\n')
        for more in ([], ["--json"]):
            answer = subprocess.run([sys.executable, "-m", "advisor_tui", "import", path, *more], capture_output=True,
                                    check=False, env=environment(ADVISOR_HOME=str(home)))  # fmt: skip
            assert answer.returncode == 3, answer
            assert b"Traceback" not in answer.stderr


class TestTerminals:
    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_no_terminal(self, home: Path, language: str) -> None:
        (home / "config.toml").write_text(f'name = "Ada"\nlanguage = "{language}"\n')
        answer = advisor(home=home)
        assert (answer.returncode, answer.stdout) == (1, "")
        assert "advisor day --plain" in answer.stderr
        assert answer.stderr.count("\n") == 1

    def test_the_error_output_is_no_terminal(self, home: Path, tmp_path: Path) -> None:
        """The desk paints on the error output; where that is a file, it does not open into it."""
        command = f"{sys.executable} -m advisor_tui 2>{tmp_path}/errors; echo status $?"
        with Desk(program=["bash", "-c", command], env={"ADVISOR_HOME": str(home)}) as desk:
            desk.until("status 1")
            desk.end()
            desk.assert_sane()
        assert "terminal" in (tmp_path / "errors").read_text()

    def test_no_escape_without_a_terminal(self, home: Path, tmp_path: Path) -> None:
        lines_file(tmp_path / "some.jsonl", 3, 3)
        for words in (
            ["day"],
            ["show", "roussel"],
            ["find", "ben"],
            ["doctor"],
            ["import", str(tmp_path / "some.jsonl")],
            ["--help"],
            ["nope"],
            ["doctor", "--rebuild"],
        ):
            answer = advisor(*words, home=home)
            assert "\x1b" not in answer.stdout + answer.stderr, words

    @pytest.mark.parametrize("more", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
    def test_no_colour_is_ever_printed(self, home: Path, more: dict[str, str]) -> None:
        """Plain answers are plain on a terminal too."""
        with Desk("day", "--plain", env={"ADVISOR_HOME": str(home), **more}) as desk:
            assert desk.end() == 0
            assert b"\x1b" not in desk.raw
            assert "Prochaine étape" in desk.text

    def test_progress_on_a_terminal(self, home: Path, tmp_path: Path) -> None:
        lines_file(tmp_path / "some.jsonl", 900, 8)
        with Desk("import", str(tmp_path / "some.jsonl"), env={"ADVISOR_HOME": str(home)}) as desk:
            assert desk.end(30) == 0
            assert b"lignes/s" in desk.raw
            assert "En tout" in desk.text
            assert "━" not in desk.text, "the bar goes when the work is done"


class TestStopping:
    """Ctrl+C while an import runs."""

    @pytest.mark.parametrize("after", [0.2, 0.6, 0.9])
    def test_stopped_and_run_again(self, tmp_path: Path, after: float) -> None:
        home, source = tmp_path / "home", tmp_path / "all.jsonl"
        count = lines_file(source, 900, 8)
        process = subprocess.Popen(
            [sys.executable, "-m", "advisor_tui", "import", str(source)], env=environment(ADVISOR_HOME=str(home)),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        time.sleep(after)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        if after >= 0.6 and "In all" not in out:  # before, Python may not be up; after, the work was done
            assert process.returncode == 130, (out, err)
            assert err == "Stopped.\n"
            assert "Traceback" not in err
        assert not list(tmp_path.glob(".*.part"))
        second = advisor("import", source, "--json", home=home)
        assert second.returncode == 0
        total = json.loads(second.stdout)["total"]
        assert total["added"] + total["unchanged"] == count
        assert json.loads(advisor("doctor", "--rebuild", "--json", home=home).stdout)["ok"] is True


WITHOUT_WRITING = (
    ["--version"], ["--help"], ["day"], ["day", "--json"], ["find", "ben"], ["search", "virement"], ["show", "roussel", "--json"],
    ["show", "roussel", "--plain"], ["do", "--list"], ["doctor"], ["schema"], ["do", "nothing"],
)  # fmt: skip
WRITING = (
    ["export"],
    ["do", "undo"],
    ["init", "--name", "Ada"],
    ["import", "/nonexistent"],
    ["doctor", "--rebuild"],
    ["seed", "--customers", "1", "--entries", "3"],
)


@pytest.mark.parametrize("words", [*WITHOUT_WRITING, *WRITING], ids=" ".join)
def test_it_loads_what_it_needs(home: Path, words: list[str]) -> None:
    code = (
        "import sys; sys.argv = ['advisor', *sys.argv[1:]]\n"
        "from advisor_tui.__main__ import main; main()\n"
        "sys.stderr.write('\\nLOADED ' + ' '.join(sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", code, *words], env=environment(ADVISOR_HOME=str(home)),
                            capture_output=True, text=True, check=True, timeout=60)  # fmt: skip
    loaded = set(answer.stderr.rpartition("LOADED ")[2].split())
    assert "advisor_tui.__main__" in loaded
    never = {"textual", "httpx", "alembic"} if words[0] not in ("init", "import", "seed") else {"textual", "httpx"}
    if words in WITHOUT_WRITING:
        never |= {"sqlmodel", "sqlalchemy", "pydantic"} - ({"pydantic"} if words[0] != "--version" else set())
    if words[0] == "--version":
        never |= {"typer", "sqlite3", "msgspec"}
    assert not never & loaded
