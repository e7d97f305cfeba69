"""Files larger than memory should hold: they stream, and what stays in memory does not grow with them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.faults.processes import environment

MIB = 1 << 20
TEXT = "Bonjour, ma ligne est coupée depuis mercredi et personne ne rappelle. " * 56


class Cost(NamedTuple):
    """What an import cost."""

    status: int
    peak: float
    seconds: float


MEASURED = """
import sys
from pathlib import Path
from advisor_tui.cli.app import run
status = run(sys.argv[1:])
sys.stderr.write(next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")))
sys.exit(status)
"""


def letters(path: Path, size: int) -> int:
    """A file of about `size` bytes: letters of 4 KB, ten to a customer; how many lines."""
    count = 0
    with path.open("w", encoding="utf-8") as handle:
        while handle.tell() < size:
            number = count // 11
            line: dict[str, object] = {"v": 1, "type": "customer", "id": f"c{number}", "name": f"Zoé {number}"}
            if count % 11:
                line = {
                    "v": 1, "type": "contact", "id": f"t{count}", "customer": f"c{number}", "channel": "letter",
                    "direction": "inbound", "at": "2026-11-02T09:00:00+01:00", "body": f"{count} {TEXT}",
                }  # fmt: skip
            handle.write(json.dumps(line, ensure_ascii=False) + "\n")
            count += 1
    return count


def imported(home: Path, path: Path) -> Cost:
    """An import in a process of its own, with its peak of resident memory in MiB.

    The process says its own peak: what the system counts for a child begins with the size of its parent.
    """
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, "import", str(path), "--json"], env=environment(ADVISOR_HOME=str(home)),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    peak = int(done.stderr.rsplit("VmHWM:", 1)[1].split()[0])
    return Cost(done.returncode, peak / 1024, time.monotonic() - started)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """`ADVISOR_HUGE_MIB=400` and more end at the same peak."""
    size = int(os.environ.get("ADVISOR_HUGE_MIB", "96"))
    path = tmp_path / "large.jsonl"
    count = letters(path, size * MIB)
    cost = imported(tmp_path / "home", path)
    sys.stdout.write(f"{size} MiB, {count} lines: peak {cost.peak:.0f} MiB, {cost.seconds:.1f} s\n")
    assert cost.status == 0
    assert cost.peak < 450


def test_one_endless_line(tmp_path: Path) -> None:
    """A line of 64 MiB without an end, sparse on the disk: it is refused without being held."""
    path = tmp_path / "endless.jsonl"
    with path.open("wb") as handle:
        handle.write(b'{"v": 1, "type": "customer", "id": "c1", "name": "')
        handle.truncate(64 * MIB)
        handle.seek(0, os.SEEK_END)
        handle.write(b'\n{"v": 1, "type": "customer", "id": "c2", "name": "Zoe"}\n')
    cost = imported(tmp_path / "home", path)
    assert cost.status == 3
    assert cost.peak < 200
