"""A firm at work: a server, and two desks that write and share by themselves, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from tests.faults.firm import Firm, end
from tests.faults.processes import ROOT
from tests.faults.sweeping import Said, heard, nothing_said
from tests.server.running import until

PATIENCE = 120.0


class Manned:
    """Starts everything, and ends it whatever happens."""

    def __init__(self, firm: Firm, ending: ExitStack, workers: int = 1) -> None:
        self.firm = firm
        self.ending = ending
        self.server = firm.start(workers=workers)
        ending.callback(lambda: end(self.server))
        firm.enrol()
        self.outputs: list[Path] = []
        self.desks: dict[str, subprocess.Popen[bytes]] = {}
        self.begin()

    def begin(self) -> None:
        """Everybody sits down."""
        for home in self.firm.homes:
            self.seat(home.name)

    def seat(self, name: str, *prefix: str) -> None:
        """A desk begins to write, perhaps under a program that watches it; each has a file of its own for what it says."""
        home = self.firm.folder / name
        self.outputs.append(home.with_suffix(f".said{len(self.outputs)}"))
        with self.outputs[-1].open("wb") as said, home.with_suffix(".log").open("ab") as log:
            desk = subprocess.Popen(
                [*prefix, sys.executable, "-m", "tests.faults.sweeping", str(home)], stdin=subprocess.PIPE, stdout=said,
                stderr=log, cwd=ROOT, env=self.firm.environment(home), start_new_session=True,
            )  # fmt: skip
        self.ending.callback(_dismiss, desk)
        self.desks[name] = desk

    def written(self) -> dict[str, int]:
        """How many events of each person the server holds."""
        return self.firm.authors()

    def all_alive(self) -> None:
        """Nothing that should live has ended."""
        assert self.server.poll() is None, self.log
        assert {name: desk.poll() for name, desk in self.desks.items()} == dict.fromkeys(self.desks), self.log

    def at_work(self) -> None:
        """Return when both desks have come through anew."""
        before = self.written()

        def news() -> bool:
            self.all_alive()
            now = self.written()
            return len(now) == len(self.desks) and all(count > before.get(who, 0) for who, count in now.items())

        until(news, PATIENCE)

    def rest(self) -> None:
        """The desks are told to stop writing; they send what they have, and end."""
        for desk in self.desks.values():
            assert desk.stdin is not None
            desk.stdin.close()
        assert [desk.wait(PATIENCE * 2) for desk in self.desks.values()] == [0] * len(self.desks), self.log
        self.firm.come_to_rest()

    def said(self) -> Said:
        """All that was acknowledged."""
        said = nothing_said()
        for output in self.outputs:
            said.add(heard(output))
        return said

    def noticed(self) -> int:
        """How many exchanges of the desks failed for a moment."""
        lines = [line for output in self.outputs for line in output.read_bytes().split(b"\n")[:-1]]
        return sum(json.loads(line).get("state") == "offline" for line in lines)

    def check_files(self) -> None:
        """What the programs themselves say of their files."""
        for home in self.firm.homes:
            doctor = self.firm.advisor(home, "doctor", "--json")
            assert (doctor.returncode, json.loads(doctor.stdout)["ok"]) == (0, True), doctor
            status = self.firm.advisor(home, "status", "--json")
            told = json.loads(status.stdout)
            assert (told["unsent"], told["set_aside"]) == (0, 0), status
        verified = self.firm.advisor(self.firm.folder, "admin", "verify", "--db", self.firm.url)
        assert verified.returncode == 0, verified

    @property
    def log(self) -> str:
        paths = [self.firm.folder / "serve.log", *(home.with_suffix(".log") for home in self.firm.homes)]
        return "\n".join(path.read_text(encoding="utf-8")[-3000:] for path in paths)


def _dismiss(desk: subprocess.Popen[bytes]) -> None:
    assert desk.stdin is not None
    desk.stdin.close()
    end(desk)
