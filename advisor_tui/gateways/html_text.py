"""HTML mail made readable: its text, with paragraphs, lists, links and quotations, and nothing else.

The standard parser takes minutes over some hostile pages; this reads every character once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

LIMIT = 500_000
"""Characters of a page that are read."""
_BLOCKS = frozenset(
    (
        "p", "div", "tr", "table", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "section",
        "article", "header", "footer", "hr", "address", "dl", "dt", "dd",
    )
)  # fmt: skip
_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]*)")
_HREF = re.compile(r"\bhref\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_ENDS = {name: re.compile(f"(?=</{name})", re.IGNORECASE | re.ASCII) for name in ("script", "style", "title")}
"""What hides its inside, and where that ends."""
_ENDS["!--"] = re.compile("-->")
_LONG = re.compile(r"(\s[\w:-]{1,40}\s?=\s?)(?:([\"'])[^\"'<>]{2000,}\2|[^\s\"'<>]{2000,})")
"""An attribute too long to be words: a picture inside the page."""


def slim(html: str) -> str:
    """`html` without its pictures, where it is too long to be read with them."""
    return html if len(html) <= LIMIT else _LONG.sub(r'\1""', html)


def readable(html: str) -> str:
    """The text of an HTML message."""
    page = _Page()
    for is_tag, text in _tokens(slim(html)[:LIMIT]):
        if is_tag:
            page.tag(text)
        else:
            page.text(unescape(text))
    page.end()
    text = "\n".join(line.rstrip() for line in page.lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _tokens(html: str) -> Iterator[tuple[bool, str]]:
    """(is a tag, its inside or the text); comments, scripts and styles left out."""
    at, close = 0, -1
    endless: set[str] = set()
    while at < len(html):
        start = html.find("<", at)
        if start < 0:
            yield False, html[at:]
            return
        if start > at:
            yield False, html[at:start]
        if html.startswith("<!--", start):
            at = max(_end(html, "!--", start + 2, endless), start + 4)
            continue
        if close < start:
            close = html.find(">", start)
            if close < 0:
                yield False, html[start:]
                return
        again = html.find("<", start + 1, close)
        if again >= 0 or not (html[start + 1].isalpha() or html[start + 1] in "/!?"):
            at = start + 1 if again < 0 else again
            yield False, html[start:at]
            continue
        inside = html[start + 1 : close]
        name = _NAME.match(inside)
        hides = name is not None and inside[0] != "/" and name[1].lower() in _ENDS
        at = _end(html, name[1].lower(), close + 1, endless) if name is not None and hides else close + 1
        yield True, inside


def _end(html: str, name: str, at: int, endless: set[str]) -> int:
    """Where what is hidden from `at` on ends; `at` itself where nothing ends it, for words go before looks.

    `endless` keeps what was looked for in vain, or a page full of openings would be read again for each.
    """
    found = None if name in endless else _ENDS[name].search(html, at)
    if found is None:
        endless.add(name)
        return at
    return found.end()


class _Page:
    """Collects lines of text."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._line: list[str] = []
        self._quote = 0
        self._raw = 0
        self._link = ""
        self._since = 0  # where the link's text begins in the line

    def tag(self, inside: str) -> None:
        match = _NAME.match(inside)
        if match is None:
            return
        name, closing = match[1].lower(), inside.startswith("/")
        if name == "br":
            self._break()
        elif name in _BLOCKS:
            self._block(name, -1 if closing else 1)
        elif name in ("td", "th"):
            self._put(" ")
        elif name == "a":
            self._close_link()
            href = None if closing else _HREF.search(inside[:4000])
            if href is not None:
                target = unescape(href[1] or href[2] or href[3] or "").strip()
                self._link = target if target.startswith(("http://", "https://")) else ""
                self._since = len(self._line)

    def text(self, data: str) -> None:
        if self._raw:
            for number, line in enumerate(data.split("\n")):
                if number:
                    self._break()
                self._put(line)
            return
        words = " ".join(data.split())
        if not words:
            self._put(" ")
            return
        self._put((" " if data[0].isspace() else "") + words + (" " if data[-1].isspace() else ""))

    def end(self) -> None:
        self._close_link()
        self._break()

    def _block(self, name: str, step: int) -> None:
        if any(part.strip(" >") for part in self._line):
            self._break()
        else:
            self._line.clear()
        if name == "blockquote":
            self._quote = max(0, self._quote + step)
        elif name == "pre":
            self._raw = max(0, self._raw + step)
        elif name == "p":
            self.lines.append("")
        elif name == "li" and step > 0:
            self._put("- ")

    def _put(self, text: str) -> None:
        if not self._raw and (not self._line or self._line[-1].endswith(" ")):
            text = text.lstrip(" ")
        if text:
            if not self._line and self._quote:
                self._line.append("> " * min(self._quote, 5))
            self._line.append(text)

    def _break(self) -> None:
        self.lines.append("".join(self._line))
        self._line.clear()
        self._since = 0

    def _close_link(self) -> None:
        link, self._link = self._link, ""
        if link and link not in "".join(self._line[self._since :]):
            self._put(f" <{link}>")
