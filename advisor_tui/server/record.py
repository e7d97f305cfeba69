"""What a server writes down: one JSON line a request, and its own faults. Never a name, a text or a query."""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path
from typing import Any, TextIO

import structlog

_PACKAGE = str(Path(__file__).resolve().parent.parent)


def json_log(stream: TextIO | None = None) -> Any:
    """A logger that writes JSON lines."""
    return structlog.wrap_logger(
        structlog.WriteLogger(stream or sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )


def fault(error: BaseException) -> dict[str, str]:
    """What may be written about an unexpected error: its kind and where. Its words may hold a customer's."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(_PACKAGE)] or frames
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in ours[-4:]]
    cause = error.__cause__ or error.__context__
    return {
        "error": type(error).__qualname__,
        "cause": type(cause).__qualname__ if cause is not None else "",
        "at": " < ".join(reversed(places)),
    }


class Forward(logging.Handler):
    """Brings what uvicorn says through `logging` into the same log, under the same rule."""

    def __init__(self, log: Any) -> None:
        super().__init__(logging.WARNING)
        self.log = log

    def emit(self, record: logging.LogRecord) -> None:
        facts = fault(record.exc_info[1]) if record.exc_info and record.exc_info[1] is not None else {}
        message = str(record.msg).splitlines()[0] if facts or not isinstance(record.msg, str) else record.getMessage()
        self.log.log(record.levelno, "server", logger=record.name, message=message[:300], **facts)


def forward_logging(log: Any) -> None:
    """Send the loggers of uvicorn and asyncio to `log`."""
    for name in ("uvicorn.error", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers = [Forward(log)]
        logger.setLevel(logging.WARNING)
        logger.propagate = False
