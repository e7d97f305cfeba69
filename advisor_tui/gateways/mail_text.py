"""What a message quotes, told from what its writer wrote.

The patterns of many mail programs come from mail-parser-reply; they are tried line by line, because
its own reader takes seconds over a page of empty lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailparser_reply.constants import MAIL_LANGUAGES  # type: ignore[import-untyped]

LANGUAGES = ("fr", "en", "de", "es", "it", "nl")
LEAD = 400  # characters of the longest "From: …" that is looked at
WROTE = 200  # characters of the longest "On … wrote:"; its patterns take cubic time
CANDIDATES = 50  # times that these patterns are tried on one message
_WROTE = [re.compile(MAIL_LANGUAGES[name]["wrote_header"]) for name in LANGUAGES]
_BEFORE_WROTE = re.compile(r"(?:> ?)*(?:Le|On|Am|El|Il|Op)\s")
_TELLS = re.compile(r"[\d@]")  # such a line names a day or an address
_ORIGINAL = re.compile(
    r"-{3,} ?(?:Original Message|Message d['’]origine|Message transféré|Forwarded message)", re.IGNORECASE
)
_FROM = re.compile(r"[*\s]*(?:From|De|Von|Da)\s?:\*?\s", re.IGNORECASE)
_OTHER = re.compile(
    r"[*\s]*(?:Sent|Date|To|Subject|Envoyé|À|A|Objet|Gesendet|An|Betreff|Cc)(?: le)?\s?:", re.IGNORECASE
)


def split_quoted(text: str) -> tuple[str, str]:
    """(what the writer wrote, what they quoted); all is theirs where nothing else would be left."""
    lines = text.split("\n")
    fresh: list[str] = []
    quoted: list[str] = []
    index = 0
    tries = iter(range(CANDIDATES))
    while index < len(lines):
        line = lines[index]
        if line.startswith(">"):
            quoted.append(line)
            index += 1
        elif lead := _lead(lines, index, tries):
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


def _lead(lines: list[str], index: int, tries: Iterator[int]) -> int:
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
    if len(line) > WROTE or not _BEFORE_WROTE.match(line):
        return 0
    for count in (1, 2, 3):
        candidate = " ".join(part.strip() for part in lines[index : index + count])
        if len(candidate) > WROTE:
            return 0
        if not candidate.endswith(":") or not _TELLS.search(candidate):
            continue
        if next(tries, None) is None:
            return 0
        if any(pattern.match(candidate) for pattern in _WROTE):
            return count
    return 0
