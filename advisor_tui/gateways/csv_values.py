"""Dates and numbers as people write them in tables."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo

from advisor_tui.gateways.line_reader import Rejected
from advisor_tui.language import N_

_DAY_FIRST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})(?:[\sT,]+(?:à\s+)?(.+))?\Z")
_TIME = re.compile(r"(\d{1,2})\s*[:hH]\s*(\d{2})?(?::(\d{2}))?(?:[.,]\d+)?\Z")
_NUMBER = re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:,\d+)?\Z|[+-]?\d+(?:[.,]\d+)?\Z")


def day(field: str, text: str, zone: tzinfo) -> str:
    """A civil date, `YYYY-MM-DD`; a full instant with offset stays one."""
    found = _parse(field, text, "", zone)
    return found.isoformat() if isinstance(found, datetime) and _aware(text) else found.isoformat()[:10]


def instant(field: str, text: str, time: str, zone: tzinfo) -> str:
    """An instant with its offset; without a time of day, the date alone."""
    return _parse(field, text, time, zone).isoformat()


def _aware(text: str) -> bool:
    try:
        return datetime.fromisoformat(text.strip()).tzinfo is not None
    except ValueError:
        return False


def _parse(field: str, text: str, time: str, zone: tzinfo) -> date | datetime:
    text = text.strip()
    wrong = Rejected(N_("{field} is not a date or time: {value}"), field=field, value=text[:60])
    try:
        match = _DAY_FIRST.match(text)
        if match:
            year = int(match[3]) + (0 if len(match[3]) == 4 else 2000 if int(match[3]) < 70 else 1900)
            whole = date(year, int(match[2]), int(match[1]))
            time = match[4] or time
        elif len(text) == 10:
            whole = date.fromisoformat(text)
        else:
            found = datetime.fromisoformat(text)
            return found if found.tzinfo else _civil(found, zone)
        return _civil(_at(whole, time), zone) if time.strip() else whole
    except (ValueError, OverflowError):
        raise wrong from None


def _at(whole: date, time: str) -> datetime:
    match = _TIME.match(time.strip())
    if match is None:
        raise ValueError("not a time of day")
    return datetime(whole.year, whole.month, whole.day, int(match[1]), int(match[2] or 0), int(match[3] or 0))


def _civil(naive: datetime, zone: tzinfo) -> datetime:
    """A wall clock reading in `zone`, with the offset that it had there then."""
    instant = naive.replace(tzinfo=zone).astimezone(UTC)
    placed = instant.astimezone(zone)
    offset = placed.utcoffset()
    return instant if offset is None or offset.seconds % 60 else placed  # until 1911 Paris was 9:21 ahead


def amount(text: str) -> float | int | str:
    """A number where the text is one (`1 234,50` too), else the text."""
    plain = text.strip()
    if not _NUMBER.match(plain) or len(plain) > 15:
        return plain
    if re.match(r"[+-]?0\d", plain):
        return plain  # a code, not a count
    plain = re.sub(r"[ \u00a0\u202f]", "", plain).replace(",", ".")
    return float(plain) if "." in plain else int(plain)
