"""Names of people and teams: what may be one, and when two are the same."""

from __future__ import annotations

import unicodedata

from advisor_tui.domain.errors import Invalid
from advisor_tui.store.central.identity import known_name

LONGEST = 100


def checked_name(text: str, what: str) -> str:
    """`text` as a name is kept; `what` says whose it is in the refusal. Raises Invalid.

    Only what can be printed may stand in a name: it is shown on colleagues' screens and written with each entry.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not known_name(name):
        raise Invalid("{what} is empty.", what=what)
    if not name.isprintable():
        raise Invalid("A name cannot hold control characters.")
    if len(name) > LONGEST:
        raise Invalid("{what} has more than {most} characters.", what=what, most=LONGEST)
    return name


def sought_name(text: str) -> str | None:
    """The form in which a name is looked up; None for what cannot be anyone's name."""
    short = len(text) <= 2 * LONGEST and text.strip().isprintable()
    return (known_name(text) or None) if short else None
