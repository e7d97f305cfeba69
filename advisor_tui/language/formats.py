"""Dates, ages and money as CLDR 48 writes them in French and British English; a test holds the tables to babel."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo

from advisor_tui.language import _, language, pgettext

MONTHS = {
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
}  # fmt: skip
MONTHS_SHORT = {
    "fr": ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"),
}  # fmt: skip
DAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}  # fmt: skip
DAYS_SHORT = {
    "fr": ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}  # fmt: skip
DAY_MS = 86_400_000
NBSP, NNBSP = "\u00a0", "\u202f"


def local(ms: int, zone: tzinfo) -> datetime:
    """The civil time of Unix milliseconds, clamped to the calendar."""
    seconds = max(-62_135_500_000, min(ms // 1000, 253_402_200_000))
    return datetime.fromtimestamp(seconds, UTC).astimezone(zone)


def civil_day(ms: int, zone: tzinfo) -> date:
    """The civil day of Unix milliseconds. A date without a time of day is kept as midnight UTC, and is that day everywhere."""
    return local(ms, UTC if ms % DAY_MS == 0 else zone).date()


def days_since(ms: int, now: datetime) -> int:
    """How many civil days have begun since `ms`, in the calendar of `now`: what came yesterday evening waits one day."""
    assert now.tzinfo is not None
    return max(0, (now.date() - civil_day(ms, now.tzinfo)).days)


def month_title(day: date, with_year: bool) -> str:
    """`mars 2003`, or `mars` where the year is plain."""
    name = MONTHS[language()][day.month - 1]
    return f"{name} {day.year}" if with_year else name


def day_in_month(day: date, today: date) -> str:
    """A day under its month's heading: `auj.`, `mer. 12`."""
    if day == today:
        return pgettext("date", "today")
    return f"{DAYS_SHORT[language()][day.weekday()]} {day.day}"


def weekday(day: date) -> str:
    """`mar. 17 nov.`"""
    return f"{DAYS_SHORT[language()][day.weekday()]} {day.day} {MONTHS_SHORT[language()][day.month - 1]}"


def short_day(day: date, today: date) -> str:
    """`13 févr.`, with the year when it is not this one; `auj.`, `hier`, `demain`."""
    ahead = (day - today).days
    if ahead in (-1, 0, 1):
        return {-1: pgettext("date", "yesterday"), 0: pgettext("date", "today"), 1: pgettext("date", "tomorrow")}[ahead]
    text = f"{day.day} {MONTHS_SHORT[language()][day.month - 1]}"
    return text if day.year == today.year else f"{text} {day.year}"


def due_words(due: str, now: datetime, hours: bool = True) -> str:
    """When something is due, in few letters: `14:00`, `demain`, `lun. 9:00`, `lundi`, `3 déc.`; `hours` of other days on wish."""
    try:
        day = date.fromisoformat(due[:10])
        clock = datetime.fromisoformat(due).astimezone(now.tzinfo) if len(due) > 10 else None
    except (ValueError, OverflowError):
        return due[:10]
    ahead = (day - now.date()).days
    if ahead == 0 and clock is not None:
        return clock.strftime("%H:%M")
    if hours and clock is not None and 0 < ahead < 7:
        return f"{DAYS_SHORT[language()][day.weekday()]} {clock:%H:%M}"
    if 1 < ahead < 7:
        return DAYS[language()][day.weekday()]
    return short_day(day, now.date())


def long_time(ms: int, zone: tzinfo) -> str:
    """`mercredi 12 mars 2003, 14:02`."""
    when = local(ms, zone)
    return (
        f"{DAYS[language()][when.weekday()]} {when.day} {MONTHS[language()][when.month - 1]} {when.year}, {when:%H:%M}"
    )


def plain_day(iso: str, now: datetime) -> str:
    """An ISO date or date-time as people say it; what is not one, as it came."""
    try:
        day = date.fromisoformat(iso[:10])
    except ValueError:
        return iso
    words = f"{DAYS[language()][day.weekday()]} {day.day} {MONTHS[language()][day.month - 1]}"
    return words if day.year == now.year else f"{words} {day.year}"


def age(since_ms: int, now: datetime) -> str:
    """How long something waits, in days of the calendar: `29 j`; today, in hours: `3 h`, `5 min`."""
    assert now.tzinfo is not None
    days = days_since(since_ms, now)
    if days >= 1:
        letter = pgettext("age", "d")
        return f"{days}{NBSP}{letter}"
    if since_ms % DAY_MS == 0:  # a date without a time of day has no hours
        return pgettext("date", "today")
    waited = max(0, int(now.timestamp() * 1000) - since_ms)
    if waited >= 3_600_000:
        return f"{waited // 3_600_000}{NBSP}h"
    return f"{waited // 60_000}{NBSP}min"


def tenure(since: str, today: date) -> str:
    """`client depuis 9 ans`, from an ISO date; "" when unknown."""
    try:
        start = date.fromisoformat(since[:10])
    except ValueError:
        return ""
    months = (today.year - start.year) * 12 + today.month - start.month - (today.day < start.day)
    if months < 1:
        return _("new customer")
    if months < 24:
        return _("customer for {count} months").format(count=months) if months > 1 else _("customer for one month")
    return _("customer for {count} years").format(count=months // 12)


def number(value: float, digits: int = 0) -> str:
    """`1 234,5` or `1,234.5`."""
    text = f"{value:,.{digits}f}"
    return text.replace(",", NNBSP).replace(".", ",") if language() == "fr" else text


SYMBOLS = {
    "fr": {"EUR": "€", "GBP": "£GB", "USD": "$US"},
    "en": {"EUR": "€", "GBP": "£", "USD": "US$"},
}  # fmt: skip


def money(value: object, currency: str = "EUR") -> str:
    """`1 234,50 €` or `€1,234.50`; anything but a number is shown as it came."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

    try:
        exact = Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    except InvalidOperation:  # infinite, or longer than any amount
        return str(value)
    symbol = SYMBOLS[language()].get(currency, currency)
    digits, sign = f"{abs(exact):,.2f}", "-" if exact < 0 else ""
    if language() == "fr":
        return sign + digits.replace(",", NNBSP).replace(".", ",") + NBSP + symbol
    return f"{sign}{symbol}{digits}"


def colon() -> str:
    """Between what is named and what is said of it: French has a no-break space before it."""
    return f"{NBSP}: " if language() == "fr" else ": "


def quote(text: str) -> str:
    """`text` in the quotation marks of the language."""
    if text.startswith(("«", "“")):
        return text
    return f"«{NBSP}{text}{NBSP}»" if language() == "fr" else f"“{text}”"
