"""Words: folded for finding, made harmless for showing. Stored text is never changed by these."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# C0 and C1 controls, DEL, bidi marks, embeddings, overrides and isolates, zero width spaces and
# joiners that hide text, line and paragraph separators, BOM, interlinear annotations, surrogates.
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\u180e\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u2de0-\u2dff\ua66f-\ua672\ua674-\ua67d\ufe20-\ufe2f]{4,}"
)
_UNSEEN = re.compile(
    "[\u00ad\u034f\u115f\u1160\u180b-\u180d\u180f\u200c\u200d\u3164\ufe00-\ufe0f\U000e0100-\U000e01ef]{3,}"
)
_CONTROL_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}


def _visible(match: re.Match[str]) -> str:
    return _CONTROL_PICTURES.get(ord(match[0]), "\ufffd")


def visible(text: str) -> str:
    """`text` with a picture for each harmful character, one for one, so that places in it stay."""
    return _HARMFUL.sub(_visible, text)


def harmless(text: str) -> str:
    """`text` as it may be shown on a terminal: controls become visible pictures.

    Newlines stay; tabs become spaces; towers of combining marks are cut to three.
    """
    if text.isascii() and text.isprintable():
        return text
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    text = visible(text)
    text = _UNSEEN.sub(lambda match: match[0][:2], _MARKS.sub(lambda match: match[0][:3], text))
    return text.expandtabs(4) if "\t" in text else text


def one_line(text: str, limit: int = 400) -> str:
    """The first words of `text` on one harmless line of at most `limit` characters."""
    return harmless(" ".join(text[: limit * 2].split()))[:limit]


_SEQUENCES = re.compile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|[\\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\))")
_UNSEEN_KINDS = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
_JOINED = "\u200c\u200d\n\t"  # joiners belong to words and emoji


def seen_only(text: str) -> str:
    """`text` with composed letters, without escape sequences, controls, direction marks or other unseen characters."""
    text = _SEQUENCES.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(
        char
        for char in unicodedata.normalize("NFC", text)
        if char in _JOINED or unicodedata.category(char) not in _UNSEEN_KINDS
    )


_LIGATURES = str.maketrans(
    {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "’": "'", "\u00a0": " ", "\u202f": " "}
)


def fold(text: str) -> str:
    """`text` without case or accents, for comparing names and words."""
    return _fold_short(text) if len(text) <= 200 else _fold(text)


def _fold(text: str) -> str:
    text = text.casefold()
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return plain.casefold().translate(_LIGATURES)


_fold_short = lru_cache(maxsize=4096)(_fold)
_WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """The folded words of `text`, split as the search index splits them."""
    return _WORD.findall(fold(text).replace("_", " "))


def normalise_identifier(kind: str, value: str) -> str:
    """The form in which an identifier is compared.

    Phones keep their last nine digits (06 12…, +33 6 12… and 0033 6 12… are one number); e-mails
    and the rest are folded, numbers lose their separators.
    """
    if kind == "phone":
        digits = re.sub(r"\D", "", value)
        return digits[-9:] if len(digits) > 9 else digits.lstrip("0") or digits
    if kind in ("email", "former_name", "postal", "social"):
        return " ".join(fold(value).split())
    return re.sub(r"[\s.\-/]", "", fold(value))
