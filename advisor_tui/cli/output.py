"""How the command line answers: JSON for machines, plain lines for people, and one exit status for each end.

0 done · 1 failed · 2 usage · 3 done in part · 4 refused by a rule.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from advisor_tui.domain.errors import AdvisorError, Invalid, Refused
from advisor_tui.language import _

DONE, FAILED, USAGE, PART, REFUSED = 0, 1, 2, 3, 4


class Exit(Exception):
    """Ends a command with a status after its answer was written."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(str(status))


def status_of(error: AdvisorError) -> int:
    """The exit status that goes with an error."""
    if isinstance(error, Refused):
        return REFUSED
    return USAGE if isinstance(error, Invalid) else FAILED


def say(text: str) -> None:
    """A line for a person."""
    sys.stdout.write(text + "\n")


def say_json(value: Any) -> None:
    """One JSON document for a machine."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=None, default=str) + "\n")


def say_error(error: AdvisorError, as_json: bool) -> int:
    """Tell an error, as JSON on the output or in words on the error output; the exit status."""
    if as_json:
        details = {
            key: value if isinstance(value, (int, float, list, str)) else str(value)
            for key, value in error.details.items()
        }
        say_json({"ok": False, "error": {"code": error.code, "message": error.text(_), "details": details}})
    else:
        sys.stderr.write(error.text(_) + "\n")
    return status_of(error)
