"""How the command line answers: JSON for machines, plain lines for people, and one exit status for each end.

0 done · 1 failed · 2 usage · 3 done in part · 4 refused by a rule · 130 stopped by Ctrl+C.
"""

from __future__ import annotations

import io
import json
import logging
import os
import re
import sys
from typing import Any

from advisor_tui.domain.errors import AdvisorError, Invalid, Refused
from advisor_tui.domain.text import harmless
from advisor_tui.language import _

UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What a terminal may obey and JSON may hold; in JSON it can be written as an escape."""
DONE, FAILED, USAGE, PART, REFUSED, STOPPED = 0, 1, 2, 3, 4, 130


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


def prepare_output() -> None:
    """A character that the terminal's encoding lacks becomes a question mark, never an end.

    What a library would log by itself, as SQLAlchemy does when Ctrl+C comes while it closes a connection, is not for
    a person's terminal: what matters of it reaches them as an error of ours.
    """
    logging.getLogger("sqlalchemy").addHandler(logging.NullHandler())
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def give_up_output() -> None:
    """Nobody reads the output any more, or it cannot be written: what is left of it goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def say(text: str) -> None:
    """A line for a person; whatever a customer wrote in it does nothing to the terminal."""
    sys.stdout.write(harmless(text) + "\n")


def say_json(value: Any) -> None:
    """One JSON document for a machine; only ASCII where the output is not UTF-8."""
    ascii_only = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    text = json.dumps(value, ensure_ascii=ascii_only, indent=None, default=str)
    sys.stdout.write(UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n")


def say_error(error: AdvisorError, as_json: bool) -> int:
    """Tell an error, as JSON on the output or in words on the error output; the exit status."""
    if as_json:
        details = {
            key: value if isinstance(value, (int, float, list, str)) else str(value)
            for key, value in error.details.items()
        }
        say_json({"ok": False, "error": {"code": error.code, "message": error.text(_), "details": details}})
    else:
        sys.stderr.write(harmless(error.text(_)) + "\n")
    return status_of(error)
