"""Numbers that no note needs are masked before they are recorded: payment cards, IBAN, French social security (NIR).

What stays is what the number was and its last four characters, in one form for every language:
`[carte/card •••• 1111]`, `[IBAN •••• 0189]`, `[NIR •••• 8436]`. All other text stays as it is.

A number counts only where its check digits are right: Luhn (ISO/IEC 7812) with the beginning and length of a card
network, modulo 97 with the structure of its country (ISO 13616, registry version 101 and the codes used in Africa
without being registered), the key of the NIR (decree of 1982, Corsica included). An unbroken string of digits is
judged as a whole: a card number inside a longer one is not a card number. Web addresses, UUIDs and hashes are left
alone, and so are a SIRET, an IMEI and a SIM number, which pass Luhn as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

CARD, IBAN, NIR = "card", "iban", "nir"
NAMES = {CARD: "carte/card", IBAN: "IBAN", NIR: "NIR"}
"""How a masked number says what it was, whoever reads."""

_SEPARATOR = "[ \t\u00a0\u00ad\u2007\u2009\u200b\u202f\u2060\ufeff.\\-\u2010-\u2015]"
_JOINERS = ".-\u2010\u2011\u2012\u2013"
_GAP = f"{_SEPARATOR}{{0,3}}"
_LEFT_ALONE = re.compile(
    r"(?:https?://|www\.)\S+"
    r"|(?<![0-9A-Za-z])[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z])[0-9A-Fa-f]{32,}(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_RUN = re.compile(f"[0-9]+(?:{_SEPARATOR}{{1,3}}[0-9]+)*")
_DIGITS = re.compile("[0-9]+")
_KEEP = 4

# Structure of the part after the check digits, by country: n digits, a letters, c either.
_COUNTRIES = {
    "8n 12c": "AD", "19n": "AE IL SO TL", "8n 16c": "AL CY", "16n": "AT BA EE LT MN XK", "4a 20c": "AZ", "12n": "BE",
    "4a 6n 8c": "BG", "4a 14c": "BH", "23n": "BI CF CG CM DJ GA GQ KM MG MR TD", "23n 1a 1c": "BR", "4c 4n 16c": "BY",
    "5n 12c": "CH LI", "18n": "CR DE ME RS VA", "20n": "CZ ES SE SK TN", "14n": "DK FI FO GL SD", "4c 20n": "DO",
    "25n": "EG", "2a 12n": "FK", "10n 11c 2n": "FR MC", "4a 14n": "GB IE", "2a 16n": "GE", "4a 15c": "GI",
    "7n 16c": "GR", "24c": "GT", "4a 20n": "HN NI SV", "17n": "HR", "24n": "HU MA PL", "4a 15n": "IQ",
    "22n": "DZ IR IS", "1a 10n 12c": "IT SM", "4a 4n 18c": "JO YE", "4a 22c": "KW", "3n 13c": "KZ LU", "4n 20c": "LB",
    "4a 24c": "LC", "4a 13c": "LV", "21n": "AO CV LY MZ PT ST", "20c": "MD", "3n 10c 2n": "MK", "4a 5n 18c": "MT",
    "4a 19n 3a": "MU", "4a 10n": "NL", "11n": "NO", "3n 16c": "OM", "4a 16c": "PK RO", "4a 21c": "PS QA",
    "14n 15c": "RU", "2n 18c": "SA", "4a 20n 3a": "SC", "15n": "SI", "6n 16c": "TR", "6n 19c": "UA", "4a 16n": "VG",
    "2c 22n": "BF BJ CI ML NE SN TG", "2c 19n": "GW",
}  # fmt: skip
_CLASSES = {"n": "[0-9]", "a": "[A-Za-z]", "c": "[0-9A-Za-z]"}


@cache
def _structure(text: str) -> re.Pattern[str]:
    """Compiled when a number begins like one of that country: all of them would cost every start 18 ms."""
    parts = "".join(f"(?:{_GAP}{_CLASSES[part[-1]]}){{{part[:-1]}}}" for part in text.split())
    return re.compile(f"[A-Z]{{2}}{_GAP}[0-9]{_GAP}[0-9]{parts}(?![0-9])", re.IGNORECASE | re.ASCII)


_BY_COUNTRY = {country: text for text, countries in _COUNTRIES.items() for country in countries.split()}
_IBAN_START = re.compile(f"[A-Za-z]{{2}}(?={_SEPARATOR}{{0,3}}[0-9])")

_NIR_PARTS = (
    "[1-478]", "[0-9]{2}", "(?:0[1-9]|1[0-2]|[2-9][0-9])", "(?:0[1-9]|[1-9][0-9]|2[ABab])", "[0-9]{3}", "[0-9]{3}",
    "[0-9]{2}",
)  # fmt: skip
_NIR = re.compile(f"(?<![0-9+])(?=({_GAP.join(f'({part})' for part in _NIR_PARTS)})(?![0-9]))")

# Beginnings of card numbers (inclusive ranges) and the lengths that go with each.
_NETWORKS: tuple[tuple[str, str, frozenset[int]], ...] = (
    ("4", "4", frozenset({13, 16, 18, 19})),  # Visa
    ("51", "55", frozenset({16})),  # Mastercard
    ("2221", "2720", frozenset({16})),
    ("34", "34", frozenset({15})),  # American Express
    ("37", "37", frozenset({15})),
    ("300", "305", frozenset({14, 16, 17, 18, 19})),  # Diners Club
    ("3095", "3095", frozenset({14, 16, 17, 18, 19})),
    ("36", "36", frozenset({14, 16, 17, 18, 19})),
    ("38", "39", frozenset({14, 16, 17, 18, 19})),
    ("3528", "3589", frozenset({16, 17, 18, 19})),  # JCB
    ("50", "50", frozenset(range(13, 20))),  # Maestro and national schemes
    ("56", "58", frozenset(range(13, 20))),
    ("63", "63", frozenset(range(13, 20))),
    ("67", "67", frozenset(range(13, 20))),
    ("60", "62", frozenset(range(16, 20))),  # Discover, UnionPay, RuPay
    ("64", "66", frozenset(range(16, 20))),
    ("68", "69", frozenset(range(16, 20))),
    ("81", "82", frozenset(range(16, 20))),
    ("2200", "2204", frozenset(range(16, 20))),  # Mir
    ("9792", "9792", frozenset({16})),  # Troy
)
_USUAL = (
    (4, 4, 4, 4, 3), (4, 4, 4, 4, 2), (4, 4, 4, 4, 1), (4, 4, 4, 4), (4, 6, 5), (4, 4, 4, 3), (4, 6, 4), (4, 4, 4, 2),
    (4, 4, 4, 1),
)  # fmt: skip
"""Groups in which card numbers are written, the longest first."""
_LUHN_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


class Masked(NamedTuple):
    """A text without those numbers, and which kinds were in it, each once, in order of appearance."""

    text: str
    kinds: tuple[str, ...]


class _Span(NamedTuple):
    start: int
    end: int
    kind: str


class _Group(NamedTuple):
    """Digits without anything between them."""

    start: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.start


def mask(text: str) -> Masked:
    """`text` with card numbers, IBAN and NIR masked; in time proportional to its length, and the same done twice."""
    spans = sorted(_spans(text, []))
    if not spans:
        return Masked(text, ())
    left_alone = [match.span() for match in _LEFT_ALONE.finditer(text)]
    if left_alone:
        spans = sorted(_spans(text, left_alone))
    pieces: list[str] = []
    at = 0
    for span in spans:
        characters = "".join(char for char in text[span.start : span.end] if char.isalnum())
        pieces += text[at : span.start], f"[{NAMES[span.kind]} •••• {characters[-_KEEP:]}]"
        at = span.end
    pieces.append(text[at:])
    return Masked("".join(pieces), tuple(dict.fromkeys(span.kind for span in spans)))


def mask_all(value: Any) -> tuple[Any, tuple[str, ...]]:
    """`value` (a body, a list, a dictionary, a text) with every text in it masked, and the kinds that were found."""
    kinds: dict[str, None] = {}
    return _mask_in(value, kinds), tuple(kinds)


def _mask_in(value: Any, kinds: dict[str, None]) -> Any:
    if isinstance(value, str):
        masked = mask(value)
        kinds.update(dict.fromkeys(masked.kinds))
        return masked.text if masked.kinds else value
    if isinstance(value, (list, tuple)):
        return type(value)(_mask_in(item, kinds) for item in value)
    if isinstance(value, dict):
        return {key: _mask_in(item, kinds) for key, item in value.items()}
    if isinstance(value, msgspec.Struct):
        old = {name: getattr(value, name) for name in value.__struct_fields__}
        new = {name: _mask_in(item, kinds) for name, item in old.items()}
        changed = {name: item for name, item in new.items() if item != old[name]}
        return msgspec.structs.replace(value, **changed) if changed else value
    return value


def _spans(text: str, left_alone: list[tuple[int, int]]) -> Iterator[_Span]:
    """What is to be masked, kind by kind; no two overlap."""
    taken = _Taken(left_alone)
    ibans = [span for span in _ibans(text) if taken.is_free(span)]
    yield from ibans
    taken.add(ibans)
    nirs = [span for span in _nirs(text) if taken.is_free(span)]
    yield from nirs
    taken.add(nirs)
    for run in _RUN.finditer(text):
        if run.end() - run.start() < 13:
            continue
        for start, end in taken.outside(run.start(), run.end()):
            groups = [_Group(*match.span()) for match in _DIGITS.finditer(text, start, end)]
            if groups and groups[-1].end - groups[0].start >= 13:
                yield from _cards(text, groups)


class _Taken:
    """Parts of the text that are spoken for, in order."""

    def __init__(self, parts: list[tuple[int, int]]) -> None:
        self._parts = parts
        self._next = 0

    def is_free(self, span: _Span) -> bool:
        """Whether nothing taken overlaps `span`."""
        from bisect import bisect_left

        place = bisect_left(self._parts, (span.end, 0))
        return place == 0 or self._parts[place - 1][1] <= span.start

    def add(self, spans: list[_Span]) -> None:
        if spans:
            self._parts = sorted([*self._parts, *((span.start, span.end) for span in spans)])

    def outside(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """What of start..end is free; asked from left to right."""
        while self._next < len(self._parts) and self._parts[self._next][1] <= start:
            self._next += 1
        for first, last in self._parts[self._next :]:
            if first >= end:
                break
            if first > start:
                yield start, first
            start = max(start, last)
        if start < end:
            yield start, end


def _ibans(text: str) -> Iterator[_Span]:
    end = 0
    for start in _IBAN_START.finditer(text):
        structure = _BY_COUNTRY.get(start[0].upper()) if start.start() >= end else None
        match = _structure(structure).match(text, start.start()) if structure is not None else None
        if match is None:
            continue
        characters = "".join(char for char in match[0] if char.isalnum()).upper()
        number = "".join(str(int(char, 36)) for char in characters[4:] + characters[:4])
        if int(number) % 97 == 1:
            end = match.end()
            yield _Span(match.start(), end, IBAN)


def _nirs(text: str) -> Iterator[_Span]:
    end = 0
    for match in _NIR.finditer(text):
        if match.start() < end:
            continue
        parts = match.groups()[1:]
        place = parts[3].upper().replace("2A", "19").replace("2B", "18")
        number = int("".join((*parts[:3], place, *parts[4:6])))
        if int(parts[6]) == 97 - number % 97 and not _is_card(match[1]):
            end = match.end(1)
            yield _Span(match.start(), end, NIR)


def _cards(text: str, groups: list[_Group]) -> Iterator[_Span]:
    """Card numbers in a row of groups of digits: some of them in the usual shape, or one alone, or all together."""
    rest: list[_Group] = []
    fresh, at = True, 0
    while at < len(groups):
        count = _usual(text, groups, at) if fresh or groups[at - 1].size != 4 else 0
        if not count and _alone(text, groups[at]):
            count = 1
        if count:
            yield _Span(groups[at].start, groups[at + count - 1].end, CARD)
            yield from _together(text, rest)
            rest = []
        else:
            rest.append(groups[at])
        fresh = bool(count)
        at += count or 1
    yield from _together(text, rest)


def _usual(text: str, groups: list[_Group], at: int) -> int:
    """How many groups from `at` on are a card number in one of the usual shapes."""
    if groups[at].size != 4 or not _may_begin(text, groups[at].start):
        return 0
    sizes = tuple(group.size for group in groups[at : at + 5])
    for shape in _USUAL:
        if sizes[: len(shape)] == shape and _is_card(_digits(text, groups[at : at + len(shape)])):
            return len(shape)
    return 0


def _alone(text: str, group: _Group) -> bool:
    """Whether an unbroken string of digits is a card number, and not a piece of a number, a telephone or a SIRET."""
    if not 13 <= group.size <= 19 or not _may_begin(text, group.start):
        return False
    start, end = group
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if before.endswith("+") and group.size <= 15:
        return False
    if len(before) == 2 and before[1] in _JOINERS and (before[0].isdigit() or before[0] == "]"):
        return False
    if len(after) == 2 and after[0] in _JOINERS and (after[1].isdigit() or after[1] == "["):
        return False
    return _is_card(text[start:end])


def _together(text: str, groups: list[_Group]) -> Iterator[_Span]:
    """All groups of a row as one number, where they are cut alike; thousands, dates and telephones are not."""
    if len(groups) < 2 or not 13 <= sum(group.size for group in groups) <= 19:
        return
    sizes = [group.size for group in groups]
    gaps = {text[one.end : other.start] for one, other in pairwise(groups)}
    alike = len(set(sizes[:-1])) == 1 and sizes[-1] <= sizes[0] != 3
    if len(gaps) > 1 or not (alike or min(sizes) >= 4) or text[: groups[0].start].endswith("+"):
        return
    if _is_card(_digits(text, groups)):
        yield _Span(groups[0].start, groups[-1].end, CARD)


def _digits(text: str, groups: list[_Group]) -> str:
    return "".join(text[group.start : group.end] for group in groups)


def _may_begin(text: str, start: int) -> bool:
    """Whether a card number can begin with the digit at `start`."""
    return text[start] in "2345689"


def _is_card(digits: str) -> bool:
    """Whether a network gives out such numbers and the check digit is right."""
    size = len(digits)
    if not 13 <= size <= 19 or not digits.isdigit():
        return False
    if not any(size in sizes and low <= digits[: len(low)] <= high for low, high, sizes in _NETWORKS):
        return False
    return _luhn(digits) and not (size == 14 and digits[9:12] == "000" and _luhn(digits[:9]))


def _luhn(digits: str) -> bool:
    values = [ord(char) - 48 for char in reversed(digits)]
    return (sum(values[::2]) + sum(_LUHN_DOUBLED[value] for value in values[1::2])) % 10 == 0
