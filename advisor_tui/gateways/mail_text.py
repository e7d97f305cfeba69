"""The words of a message: HTML made readable, and what was quoted folded away. Linear on hostile text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from mailparser_reply.constants import MAIL_LANGUAGES  # type: ignore[import-untyped]

HTML_LIMIT = 500_000
LANGUAGES = ("fr", "en", "de", "es", "it", "nl")
LEAD = 400  # characters of the longest "On … wrote:" that is looked at
_WROTE = [re.compile(MAIL_LANGUAGES[name]["wrote_header"]) for name in LANGUAGES]
_BEFORE_WROTE = re.compile(r"(?:> ?)*(?:Le|On|Am|El|Il|Op)\s")
_ORIGINAL = re.compile(
    r"-{3,} ?(?:Original Message|Message d['’]origine|Message transféré|Forwarded message)", re.IGNORECASE
)
_FROM = re.compile(r"[*\s]*(?:From|De|Von|Da)\s?:\*?\s", re.IGNORECASE)
_OTHER = re.compile(
    r"[*\s]*(?:Sent|Date|To|Subject|Envoyé|À|A|Objet|Gesendet|An|Betreff|Cc)(?: le)?\s?:", re.IGNORECASE
)
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "tr",
        "table",
        "ul",
        "ol",
        "li",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "pre",
        "section",
        "article",
        "header",
        "footer",
        "hr",
        "address",
        "dl",
        "dt",
        "dd",
    ]
)
_HIDDEN = frozenset(("script", "style", "head", "title"))


def split_quoted(text: str) -> tuple[str, str]:
    """(what the writer wrote, what they quoted); all is theirs where nothing else would be left."""
    lines = text.split("\n")
    fresh: list[str] = []
    quoted: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        lead = _lead(lines, index)
        if line.startswith(">"):
            quoted.append(line)
            index += 1
        elif lead:
            index = _take_quote(lines, index, lead, quoted)
        else:
            fresh.append(line)
            index += 1
    words = "\n".join(fresh).strip()
    if not words:
        return text.strip(), ""
    return words, "\n".join(quoted).strip("\n")


def _take_quote(lines: list[str], index: int, lead: int, quoted: list[str]) -> int:
    """Move the lead and what it quotes to `quoted`; where no line is marked, everything to the end."""
    end = index + lead
    while end < len(lines) and not lines[end].strip():
        end += 1
    if end < len(lines) and lines[end].startswith(">"):
        quoted += lines[index : index + lead]
        return index + lead
    quoted += [line if line.startswith(">") or not line else f"> {line}" for line in lines[index:]]
    return len(lines)


def _lead(lines: list[str], index: int) -> int:
    """How many lines at `index` say that a quotation follows; 0 where none."""
    line = lines[index]
    if _ORIGINAL.match(line):
        return 1
    if (
        len(line) <= LEAD
        and _FROM.match(line)
        and sum(bool(_OTHER.match(part)) for part in lines[index + 1 : index + 6]) > 1
    ):
        return 1
    if len(line) > LEAD or not _BEFORE_WROTE.match(line):
        return 0
    for count in (1, 2, 3):
        candidate = " ".join(part.strip() for part in lines[index : index + count])
        if len(candidate) > LEAD:
            return 0
        if candidate.endswith(":") and any(pattern.match(candidate) for pattern in _WROTE):
            return count
    return 0


class _Reader(HTMLParser):
    """Collects the readable text of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self.hidden = 0
        self.depth = 0
        self.raw = 0
        self.link: tuple[str, int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self.hidden += 1
        elif tag == "br":
            self._break()
        elif tag in _BLOCKS:
            self._block()
            self.depth += tag == "blockquote"
            self.raw += tag == "pre"
            if tag == "li":
                self._put("- ")
        elif tag in ("td", "th"):
            self._put(" ")
        elif tag == "a":
            href = dict(attrs).get("href") or ""
            self.link = (href, len(self.lines)) if href.startswith(("http://", "https://")) else None

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self.hidden = max(0, self.hidden - 1)
        elif tag in _BLOCKS:
            self._block()
            self.depth = max(0, self.depth - (tag == "blockquote"))
            self.raw = max(0, self.raw - (tag == "pre"))
        elif tag == "a" and self.link is not None:
            href, line = self.link
            if href not in "".join(self.lines[line - 1 :])[-2000:]:
                self._put(f" <{href}>")
            self.link = None

    def handle_data(self, data: str) -> None:
        if self.hidden:
            return
        if self.raw:
            first, *rest = data.split("\n")
            self._put(first)
            for line in rest:
                self._break()
                self._put(line)
            return
        words = " ".join(data.split())
        if data[:1].isspace():
            words = f" {words}"
        if words.strip() and data[-1:].isspace():
            words += " "
        self._put(words)

    def _put(self, text: str) -> None:
        last = self.lines[-1]
        if not self.raw and (not last or last.endswith(" ")):
            text = text.lstrip(" ")
        if text:
            mark = "> " * min(self.depth, 5) if not last else ""
            self.lines[-1] = last + mark + text

    def _break(self) -> None:
        self.lines.append("")

    def _block(self) -> None:
        if self.lines[-1].strip():
            self._break()


def readable(html: str) -> str:
    """The text of an HTML message."""
    reader = _Reader()
    try:
        reader.feed(html[:HTML_LIMIT])
        reader.close()
    except (AssertionError, ValueError, RecursionError):  # what html.parser raises on broken declarations
        return re.sub(r"<[^<>]{0,2000}>", " ", html[:HTML_LIMIT])
    text = "\n".join(line.rstrip() for line in reader.lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
