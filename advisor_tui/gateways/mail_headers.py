"""The headers of a message, however broken: names, addresses, dates and references."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

BROKEN = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError, MessageError)
"""What the standard library raises on mail that no standard allows."""
OLDEST = datetime(1960, 1, 1, tzinfo=UTC)
_ID = re.compile(r"<([^<>\s]{1,400})>")
_ANY_ADDRESS = re.compile(r"[^\s<>,;:\"()@]{1,254}@[^\s<>,;:\"()@]{1,254}")
_DATES = ("Date", "Resent-Date", "Delivery-Date", "X-Original-Date")


def decode_bytes(raw: bytes, charset: str | None = None) -> str:
    """`raw` as text: in the charset named where that works, else UTF-8, else Windows-1252."""
    for name in (charset, "utf-8"):
        if name and (name != "utf-8" or charset != "utf-8"):
            try:
                return _sound(raw.decode(name))
            except (UnicodeError, LookupError, ValueError):
                continue
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _sound(text: str) -> str:
    """`text` without lone surrogates, which some codecs let through."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def header_text(raw: str) -> str:
    """A header's words: encoded words decoded, eight-bit text read as it was meant, folds undone."""
    plain = decode_bytes(raw.encode("ascii", "surrogateescape")) if _escaped(raw) else _sound(raw)
    plain = re.sub(r"\r?\n[ \t]*", " ", plain)
    if "=?" not in plain or len(plain) > 10_000 or plain.count("=?") > 200:  # decode_header is quadratic
        return plain.strip()
    try:
        parts = decode_header(plain)
    except BROKEN:
        return plain.strip()
    words = [part if isinstance(part, str) else _word(part, charset) for part, charset in parts]
    return "".join(words).strip()


def _word(raw: bytes, charset: str | None) -> str:
    if charset is None:  # decode_header keeps plain parts as raw-unicode-escape
        try:
            return raw.decode("raw-unicode-escape")
        except UnicodeDecodeError:
            return decode_bytes(raw)
    return decode_bytes(raw, charset)


def _escaped(raw: str) -> bool:
    try:
        raw.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return not raw.isascii()


def values(message: Message, *names: str) -> list[str]:
    """The raw values of the headers called `names`, in the order of `names`."""
    wanted = [name.lower() for name in names]
    found: dict[str, list[str]] = {name: [] for name in wanted}
    for name, value in message.raw_items():
        if name.lower() in found:
            found[name.lower()].append(str(value))
    return [value for name in wanted for value in found[name] if value.strip()]


def addresses(message: Message, *names: str) -> list[tuple[str, str]]:
    """(display name, address) of everyone in these headers; addresses in lower case."""
    found: list[tuple[str, str]] = []
    for value in values(message, *names):
        text = re.sub(r"\s+", " ", value)
        try:
            pairs: Iterable[tuple[str, str]] = getaddresses([text])
        except BROKEN:
            pairs = []
        good = [(header_text(name), _address(address)) for name, address in pairs if "@" in address]
        found += good or [("", _address(match)) for match in _ANY_ADDRESS.findall(text)[:50]]
    return found


def _address(text: str) -> str:
    return header_text(text).strip(" .<>'\"").lower()


def message_id(message: Message) -> str:
    """The Message-ID without brackets; "" where there is none worth the name."""
    for value in values(message, "Message-ID"):
        match = _ID.search(header_text(value))
        if match:
            return match[1]
        bare = header_text(value).split()
        if bare and len(bare[0]) <= 400:
            return bare[0].strip("<>")
    return ""


def references(message: Message) -> list[str]:
    """The ids of the messages before this one, oldest first."""
    found: list[str] = []
    for value in values(message, "References", "In-Reply-To"):
        found += _ID.findall(header_text(value))
    return list(dict.fromkeys(found))[-200:]


def date_of(message: Message, envelope: str, now: datetime) -> tuple[datetime, str] | None:
    """When the message was sent, and which header says so; None where none can be believed."""
    for name in _DATES:
        for value in values(message, name):
            found = _date(value, now)
            if found is not None:
                return found, name.lower()
    for value in values(message, "Received"):
        found = _date(value.rsplit(";", 1)[-1], now)
        if found is not None:
            return found, "received"
    found = _date(envelope, now)
    return None if found is None else (found, "envelope")


def _date(text: str, now: datetime) -> datetime | None:
    try:
        found = parsedate_to_datetime(re.sub(r"\s+", " ", header_text(text)).strip()[:200])
        if found.tzinfo is None:
            found = found.replace(tzinfo=UTC)
        plausible = OLDEST < found <= now + timedelta(days=1)
    except (*BROKEN, OverflowError):
        return None
    return found if plausible else None
