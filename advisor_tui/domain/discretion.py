"""Words of one customer's file that are shown beside another's: without the names and numbers of whom they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable

from advisor_tui.domain.text import fold, words

LEFT_OUT = "[…]"
_WORD = re.compile(r"\w+(?:-\w+)*")
_ADDRESS = re.compile(r"[^\s@<>()]+@[^\s@<>()]+\.\w+")
_NUMBER = re.compile(r"\+?\d(?:[ \u00a0\u202f./-]?\d){7,}")
"""Eight digits and more: a phone, an account, a contract; an amount or a date has fewer, or slashes at its places."""
_DATE = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{4}-\d{2}-\d{2}")


def unnamed(text: str, names: Iterable[str], numbers: Iterable[str] = ()) -> str:
    """`text` with the words of `names` as initials, and without addresses, long numbers and `numbers`.

    A word of a name counts where it begins with a capital: "Mme Petit" becomes "Mme P.", "un petit geste" stays.
    """
    for number in sorted({number.strip() for number in numbers}, key=len, reverse=True):
        if len(number) >= 4:
            text = text.replace(number, LEFT_OUT)
    text = _ADDRESS.sub(LEFT_OUT, text)
    text = _NUMBER.sub(lambda found: found[0] if _DATE.fullmatch(found[0]) else LEFT_OUT, text)
    known = {word for name in names for word in words(name) if len(word) > 2}
    if not known:
        return text

    def initial(found: re.Match[str]) -> str:
        word = found[0]
        return f"{word[0]}." if word[0].isupper() and any(part in known for part in fold(word).split("-")) else word

    return _WORD.sub(initial, text)
