"""Words in the reader's language: gettext catalogues, and what CLDR says of dates and money.

Light and first in the order of rooms: everything may ask it, it asks nobody. Nothing happens at
import; `set_language` chooses once, at the edge.
"""

from __future__ import annotations

import gettext
import os
from pathlib import Path

LANGUAGES = ("fr", "en")
_active: gettext.NullTranslations = gettext.NullTranslations()
_name = "en"


def N_(text: str) -> str:  # noqa: N802 - the field's standard name
    """Marks a sentence for the catalogues without translating it yet."""
    return text


def _(text: str) -> str:
    """`text` in the reader's language."""
    return _active.gettext(text) if text else ""


def ngettext(one: str, many: str, count: int) -> str:
    """The form of the sentence that goes with `count`."""
    return _active.ngettext(one, many, count)


def pgettext(context: str, text: str) -> str:
    """`text` in the reader's language where one English word has several meanings."""
    return _active.pgettext(context, text)


def set_language(name: str) -> str:
    """Choose the language; falls back to English. Returns the one chosen."""
    global _active, _name
    wanted = name if name in LANGUAGES else "en"
    folder = Path(__file__).parent
    _active = gettext.translation("advisor", str(folder), [wanted], fallback=True)
    _name = wanted
    return wanted


def language() -> str:
    """The language in use: "fr" or "en"."""
    return _name


def preferred_language(configured: str = "") -> str:
    """The configured language, else what the environment asks for."""
    if configured in LANGUAGES:
        return configured
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        for candidate in value.split(":"):
            if candidate[:2].lower() in LANGUAGES:
                return candidate[:2].lower()
    return "en"
