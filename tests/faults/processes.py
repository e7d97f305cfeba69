"""Real processes: the `advisor` command and small programs that write until something ends them."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def environment(**more: str) -> dict[str, str]:
    """A plain environment: English, UTF-8, nobody's settings, no keyring."""
    kept = {name: os.environ[name] for name in ("PATH", "VIRTUAL_ENV", "TMPDIR") if name in os.environ}
    return {
        **kept, "HOME": "/nonexistent", "LANG": "C.UTF-8", "LANGUAGE": "en", "TEXTUAL_ANIMATIONS": "none",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", **more,
    }  # fmt: skip


def advisor(
    *arguments: str | Path, home: Path | None = None, env: Mapping[str, str] | None = None, cwd: Path | None = None,
    before: Callable[[], None] | None = None,
) -> subprocess.CompletedProcess[str]:  # fmt: skip
    """Run the command to its end; `before` happens in the child just before it begins."""
    full = environment(**({"ADVISOR_HOME": str(home)} if home else {}), **(env or {}))
    return subprocess.run(
        [sys.executable, "-m", "advisor_tui", *map(str, arguments)], env=full, cwd=cwd, preexec_fn=before, check=False,
        capture_output=True, encoding="utf-8", timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def lose_privileges() -> None:
    """In a child before it runs: the permissions of files hold for root too."""
    if os.geteuid() == 0:
        drop_from_bounding_set, overrides = 24, (1, 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        for capability in overrides:
            if ctypes.CDLL(None).prctl(drop_from_bounding_set, capability, 0, 0, 0):
                raise OSError("the permissions of files cannot be made to hold")


def lines_file(path: Path, customers: int, entries: int) -> int:
    """A file of import lines: customers with a case each and entries in it; how many lines."""
    count = 0
    with path.open("w", encoding="utf-8") as handle:
        for number in range(customers):
            for line in customer_lines(number, entries):
                handle.write(json.dumps(line, ensure_ascii=False) + "\n")
                count += 1
    return count


def customer_lines(number: int, entries: int) -> Sequence[dict[str, Any]]:
    """One customer, their case, and what happened in it."""
    at = "2026-11-{:02d}T10:{:02d}:00+01:00"
    lines: list[dict[str, Any]] = [
        {"v": 1, "type": "customer", "id": f"c{number}", "name": f"Zoé Lefèvre {number}",
         "identifiers": [{"kind": "phone", "value": f"06 12 {number:06d}"}]},
        {"v": 1, "type": "case", "id": f"k{number}", "customer": f"c{number}", "kind": "complaint",
         "subject": "Facture contestée", "opened_at": "2026-11-02T09:00:00+01:00"},
    ]  # fmt: skip
    for entry in range(entries):
        kind = ("contact", "note", "resolution", "commitment")[entry % 4]
        when = at.format(3 + entry % 17, entry % 60)
        own: dict[str, Any] = {
            "contact": {"customer": f"c{number}", "case": f"k{number}", "channel": "phone", "direction": "inbound",
                        "at": when, "body": "« Ma ligne est coupée depuis mercredi. »"},
            "note": {"customer": f"c{number}", "at": when, "text": "A rappelé, très patiente."},
            "resolution": {"case": f"k{number}", "at": when, "text": "Ligne rétablie à 10 h 52."},
            "commitment": {"case": f"k{number}", "text": "Rappel à 14 h", "due": "2026-11-30"},
        }[kind]  # fmt: skip
        lines.append({"v": 1, "type": kind, "id": f"e{number}-{entry}", **own})
    return lines
