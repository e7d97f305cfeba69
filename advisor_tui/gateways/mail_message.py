"""One message, read defensively: its words, what it quotes, and its attachments."""

from __future__ import annotations

import email
import hashlib
import re
from dataclasses import dataclass, field
from email.message import Message
from email.policy import compat32
from typing import Any

from advisor_tui.gateways.html_text import LIMIT, readable, slim
from advisor_tui.gateways.mail_headers import BROKEN, decode_bytes, header_text, values
from advisor_tui.gateways.mail_text import split_quoted

LONGEST = 1_000_000
"""Characters of text kept in the line; a longer one is kept whole as an attachment."""


@dataclass
class Words:
    """What a message carries."""

    body: str = ""
    quoted: str = ""
    attachments: list[tuple[str, str, bytes]] = field(default_factory=list)
    """(name, media type, content)."""
    recipient: str = ""
    """Whose mail came back, where the message is a bounce."""
    pages: list[bytes] = field(default_factory=list)
    """HTML of which the text does not say all."""


def parse(raw: bytes) -> Message:
    """The message in `raw`; whatever the bytes, there is one."""
    try:
        return email.message_from_bytes(mended(raw), policy=compat32)
    except BROKEN:
        message = Message()
        message.set_payload(decode_bytes(raw))
        return message


def mended(raw: bytes) -> bytes:
    """`raw` where a stray line among the headers does not end them before their time."""
    head, gap, body = _split_head(raw)
    lines = head.splitlines(keepends=True)
    good = [bool(_HEADER.match(line)) for line in lines]
    if all(good) or sum(good) < 3 or not good[0]:
        return raw
    fixed = (line if fine else b"X-Unreadable: " + line for line, fine in zip(lines, good, strict=True))
    return b"".join(fixed) + gap + body


_HEADER = re.compile(rb"[!-9;-~]+[ \t]*:|[ \t]")
_GAP = re.compile(rb"\r?\n\r?\n")


def _split_head(raw: bytes) -> tuple[bytes, bytes, bytes]:
    gap = _GAP.search(raw)
    return (raw, b"", b"") if gap is None else (raw[: gap.start()], gap[0], raw[gap.end() :])


def fingerprint(raw: bytes) -> str:
    """What names a message without Message-ID: its bytes, whatever the line ends."""
    return hashlib.sha256(raw.replace(b"\r\n", b"\n").strip()).hexdigest()


def words_of(message: Message, raw: bytes) -> Words:
    """The words and attachments of `message`."""
    found = Words()
    try:
        text = _text(message, found, 0)
    except BROKEN:
        head, _, rest = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
        text = decode_bytes(rest or head)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > LONGEST:
        found.attachments.append(("message.txt", "text/plain", text.encode()))
        text = text[:LONGEST]
    found.attachments += [("message.html", "text/html", page) for page in found.pages]
    found.body, found.quoted = split_quoted(text)
    return found


def _text(part: Message, found: Words, depth: int) -> str:
    """The readable text of a part; attachments go to `found` on the way."""
    kind = part.get_content_type()
    payload: Any = part.get_payload()
    if kind == "message/delivery-status" and isinstance(payload, list):
        return _delivery(payload, found)
    if _attached(part) or (kind == "message/rfc822" and isinstance(payload, list)):
        _attach(part, found)
        return ""
    if isinstance(payload, list):
        if depth > 40:
            _attach(part, found)
            return ""
        if kind == "multipart/alternative":
            return _chosen(payload, found, depth + 1)
        texts = [_text(inner, found, depth + 1) for inner in payload]
        return "\n\n".join(text.strip("\n") for text in texts if text.strip())
    if kind == "text/html":
        return _page(part, found)
    if kind == "text/plain" or part.get_content_maintype() == "multipart":
        return _decoded(part)
    _attach(part, found)
    return ""


def _chosen(parts: list[Message], found: Words, depth: int) -> str:
    """The first alternative that says something; the others say the same, and their pages may go."""
    text, kept = "", 0
    for part in parts:
        other = _text(part, found, depth)
        if not text.strip():
            text, kept = other, len(found.pages)
    if text.strip():
        del found.pages[kept:]
    return text


def _page(part: Message, found: Words) -> str:
    html = _decoded(part)
    text = readable(html)
    if len(slim(html)) > LIMIT or (html.strip() and not text):
        found.pages.append(_content(part))
    return text


def _delivery(blocks: list[Message], found: Words) -> str:
    lines = []
    for block in blocks:
        for name, value in block.raw_items():
            lines.append(f"{name}: {header_text(str(value))}")
            if name.lower() == "final-recipient" and "@" in str(value):
                found.recipient = header_text(str(value)).split(";")[-1].strip().lower()
        lines.append("")
    return "\n".join(lines)


def _attached(part: Message) -> bool:
    disposition = str(part.get("Content-Disposition") or "").strip().lower()
    return disposition.startswith("attachment") or (bool(_filename(part)) and not part.is_multipart())


def _attach(part: Message, found: Words) -> None:
    media = part.get_content_type()
    payload: Any = part.get_payload()
    if isinstance(payload, list):
        content = _bytes_of(payload[0] if media == "message/rfc822" and payload else part)
    else:
        content = _content(part)
    name = _filename(part) or f"{len(found.attachments) + 1}.{_ENDINGS.get(media, 'bin')}"
    found.attachments.append((name, media, content))


_ENDINGS = {
    "message/rfc822": "eml",
    "text/html": "html",
    "image/png": "png",
    "image/jpeg": "jpg",
    "application/pdf": "pdf",
}


def _bytes_of(message: Message) -> bytes:
    try:
        return message.as_bytes()
    except (*BROKEN, UnicodeError):
        return "\n".join(f"{name}: {value}" for name, value in message.raw_items()).encode("utf-8", "replace")


def _filename(part: Message) -> str:
    """The name the sender gave, without folders; it is shown, never used as a path."""
    try:
        for header in ("Content-Disposition", "Content-Type"):
            raw = values(part, header)
            if raw and not raw[0].isascii():
                part.replace_header(header, header_text(raw[0]))
        name = part.get_filename()
    except BROKEN:
        match = re.search(r"name=\"?([^\";\r\n]+)", " ".join(values(part, "Content-Disposition", "Content-Type")))
        name = match[1] if match else None
    if not name:
        return ""
    return header_text(name).replace("\\", "/").rsplit("/", 1)[-1].strip()[:255]


def _content(part: Message) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except BROKEN:
        payload = None
    if isinstance(payload, bytes):
        return payload
    return str(part.get_payload()).encode("utf-8", "surrogateescape" if _escapes(part) else "replace")


def _escapes(part: Message) -> bool:
    text = str(part.get_payload())
    return all(not "\ud800" <= char <= "\udfff" or "\udc80" <= char <= "\udcff" for char in text)


def _decoded(part: Message) -> str:
    try:
        charset = part.get_content_charset()
    except BROKEN:
        charset = None
    return decode_bytes(_content(part), charset if charset not in ("us-ascii", "ascii", "unknown-8bit") else None)
