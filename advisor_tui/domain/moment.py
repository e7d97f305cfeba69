"""Dates as people type them: "14:00", "14 h 30", "demain", "lundi 9h", "+3", "21/11", ISO."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, tzinfo

from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.text import fold

_DAYS = {
    "aujourd'hui": 0, "auj": 0, "today": 0, "demain": 1, "tomorrow": 1, "apres-demain": 2,
}  # fmt: skip
_WEEKDAYS = (
    ("lundi", "lun", "monday", "mon"), ("mardi", "mar", "tuesday", "tue"), ("mercredi", "mer", "wednesday", "wed"),
    ("jeudi", "jeu", "thursday", "thu"), ("vendredi", "ven", "friday", "fri"), ("samedi", "sam", "saturday", "sat"),
    ("dimanche", "dim", "sunday", "sun"),
)  # fmt: skip
_TIME = re.compile(r"(?:^|\s)(?:a\s+|at\s+)?(\d{1,2})\s*(?:h|:)\s*(\d{2})?$")
_SHORT = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{4}))?$")
_AHEAD = re.compile(r"\+\s*(\d{1,3})\s*(?:j|d|jours?|days?)?$")


def parse_moment(text: str, now: datetime, zone: tzinfo) -> str:
    """The ISO date, or date-time with offset, that `text` means at `now`. Raises Invalid.

    A time alone is today; a weekday is the next one, never today; `21/11` is the coming 21 November.
    """
    local = now.astimezone(zone)
    words = fold(text.strip().rstrip("."))
    iso = _iso(text.strip(), zone)
    if iso is not None:
        return iso
    clock: time | None = None
    found = _TIME.search(words)
    if found:
        hour, minute = int(found[1]), int(found[2] or 0)
        if hour > 23 or minute > 59:
            raise _unclear(text)
        clock = time(hour, minute)
        words = words[: found.start()].strip().rstrip(".")
    day = local.date() if not words and clock else _day(words, local.date())
    if day is None:
        raise _unclear(text)
    if clock is None:
        return day.isoformat()
    return datetime.combine(day, clock, zone).isoformat(timespec="minutes")


def _iso(text: str, zone: tzinfo) -> str | None:
    """An ISO date or date-time, told in the civil calendar of `zone`."""
    try:
        if len(text) == 10:
            return date.fromisoformat(text).isoformat()
        instant = datetime.fromisoformat(text)
        instant = instant.replace(tzinfo=zone) if instant.tzinfo is None else instant.astimezone(zone)
    except (ValueError, OverflowError):
        return None
    if len(text) < 10:
        return None
    return instant.isoformat(timespec="minutes" if not instant.second else "seconds")


def _day(words: str, today: date) -> date | None:
    if words in _DAYS:
        return today + timedelta(days=_DAYS[words])
    ahead = _AHEAD.fullmatch(words)
    if ahead:
        return today + timedelta(days=int(ahead[1]))
    for number, names in enumerate(_WEEKDAYS):
        if words in names:
            return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    short = _SHORT.fullmatch(words)
    if short:
        day, month, year = int(short[1]), int(short[2]), int(short[3] or today.year)
        try:
            found = date(year, month, day)
            return found.replace(year=year + 1) if not short[3] and found < today else found
        except ValueError:
            return None
    return None


def _unclear(text: str) -> Invalid:
    return Invalid(
        "“{text}” is not a date I understand. Write for example: 14:00, tomorrow, monday 9h, +3, 21/11 or 2026-11-21.",
        text=text[:60],
    )
