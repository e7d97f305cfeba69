"""Words for the customer, in the customer's language whatever the advisor's is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from advisor_tui.domain.text import one_line
from advisor_tui.language import LANGUAGES, _, language, set_language
from advisor_tui.language import formats as f


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """For a moment, the language of the customer; the desk's where theirs is not known."""
    before = language()
    set_language(name if name in LANGUAGES else before)
    try:
        yield
    finally:
        set_language(before)


def warning_draft(promise: str, due: str, customer_language: str, now: datetime) -> str:
    """What to tell a customer whose promise moves: what was promised, that it moves, and a new date to fill in."""
    with speaking(customer_language):
        text = _(
            "We had promised you {promise} for {day}. We cannot keep that date, and are telling you before it. The new date is: "
        )
        return text.format(promise=f.quote(one_line(promise, 300)), day=f.plain_day(due, now))
