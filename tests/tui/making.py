"""Entries made for a list, without a database."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from advisor_tui.domain.promising import Ageing
from advisor_tui.store.reads.customer import Entry

AGES = Ageing(date(2026, 11, 15), date(2026, 11, 2))
NOW = datetime(2026, 11, 17, 14, 2, 11, tzinfo=ZoneInfo("Europe/Paris"))
START = int(NOW.timestamp() * 1000)
CHANNELS = ("phone", "letter", "web", "fax", "store")


def entry(number: int, **given: Any) -> Entry:
    """The `number`th newest entry of a life."""
    fields: dict[str, Any] = {
        "id": f"entry-{number}", "customer_id": "customer", "case_id": None, "kind": "contact",
        "at": START - (number + 1) * 7 * 3_600_000, "channel": CHANNELS[number % 5], "direction": "inbound",
        "author": "Paul Ndiaye", "title": f"Entry {number}", "text": "", "state": "", "waiting_since": None,
        "due": None, "parent": None, "corrected": 0, "more": "",
    }  # fmt: skip
    return Entry(**{**fields, **given})


def many(count: int) -> list[Entry]:
    """A life of entries of very different length, newest first."""
    return [
        entry(
            number,
            title="" if number % 4 == 1 else f"Entry {number}",
            text="Some words that are said. " * (number * 7 % 60) + ("\nand a line" * (number % 9)),
            kind="note" if number % 4 == 1 else "contact",
        )
        for number in range(count)
    ]
