"""What a line must keep to besides the types of its fields: real dates, nothing told of tomorrow, nothing private."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from advisor_tui.domain import bodies as b
from advisor_tui.domain.clock import parse_when
from advisor_tui.domain.gentle import check
from advisor_tui.domain.listening import SignalRaised
from advisor_tui.gateways.line_types import LineType
from advisor_tui.language import N_, _
from advisor_tui.store.wordbook import load_words

DAY_MS = 86_400_000
_WHEN = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:[0-9]{2}))?"
).fullmatch
"""The two forms that SQL can compare as text; Python reads more of ISO 8601."""
SENSITIVE = frozenset(
    [
        "religion",
        "health",
        "santé",
        "politics",
        "politique",
        "union",
        "syndicat",
        "ethnicity",
        "origine",
        "sexuality",
        "sexualité",
    ]
)


class Rejected(Exception):
    """A line that is not taken in; the message is a template for the reader's language."""

    def __init__(self, message: str, **details: object) -> None:
        self.message = message
        self.details = details
        super().__init__(message)


def instant_of(line: LineType, found: dict[str, Any], now_ms: int, zone: Any) -> int:
    """The instant of the line in Unix ms; every date in it must be one. Raises Rejected."""
    at = 0
    chosen = False
    for field in (*line.when, *line.dates):
        value = found.get(field)
        if not value:
            continue
        ms = _ms(field, value, zone)
        if not chosen and field in line.when:
            at, chosen = ms, True
    if line.when and at > now_ms + DAY_MS and line.when[0] != "made_at":
        raise _future(line.when[0], found[line.when[0]])
    for field in line.past:
        if found.get(field):
            _past(field, found[field], now_ms, zone)
    for field in line.days:
        if found.get(field):
            _day(field, found[field])
    return at


def check_declared(body: b.CustomerRecorded, now_ms: int, zone: Any) -> None:
    """What a customer declared is dated and nothing private. Raises Rejected."""
    for preference in body.preferences:
        if preference.key.casefold() in SENSITIVE:
            raise Rejected(N_("A preference about {key} is sensitive and is not kept."), key=preference.key)
    for fact in body.facts:
        for found in check(f"{fact.key} {fact.value}", load_words()):
            raise Rejected(N_("“{word}” is not for us to keep: {hint}"), word=found.word, hint=_(found.hint))
        if fact.expires:
            _day("facts.expires", fact.expires)
    if body.legal_hold is not None and body.legal_hold.until:
        _day("legal_hold.until", body.legal_hold.until)
    if body.facts or body.permissions or body.legal_hold is not None or not isinstance(body.stake, str):
        for field, at in _declared_at(body):
            _past(field, at, now_ms, zone)


def _declared_at(body: b.CustomerRecorded) -> Iterator[tuple[str, str]]:
    if not isinstance(body.stake, str):
        yield "stake.at", body.stake.at
    if body.legal_hold is not None:
        yield "legal_hold.at", body.legal_hold.at
    yield from (("facts.at", fact.at) for fact in body.facts)
    yield from (("permissions.at", one.at) for one in body.permissions)


def check_commitment(body: b.CommitmentMade) -> None:
    """A promise that was warned of or settled says when: it has no instant of its own but its due day. Raises Rejected."""
    if (body.warned_words or body.replaced_by) and not body.warned_at:
        raise Rejected(N_("The key {field} is missing."), field="warned_at")
    if (body.words or body.settled_by) and not (body.settled_at or body.warned_at):
        raise Rejected(N_("The key {field} is missing."), field="settled_at")


def check_signal(body: SignalRaised) -> None:
    """Later is a day. Raises Rejected."""
    if body.answer == "later" and not body.until:
        raise Rejected(N_("The key {field} is missing."), field="until")


def check_case(body: b.CaseOpened, now_ms: int, zone: Any) -> None:
    """How a dispute ended is dated. Raises Rejected."""
    if body.dispute is not None:
        _past("dispute.at", body.dispute.at, now_ms, zone)


def _ms(field: str, value: Any, zone: Any) -> int:
    try:
        if _WHEN(value) is None:
            raise ValueError("not one of the two forms")
        return parse_when(value, zone)[0]
    except (ValueError, OverflowError) as error:
        raise Rejected(N_("{field} is not a date or time: {value}"), field=field, value=str(value)[:60]) from error


def _past(field: str, value: str, now_ms: int, zone: Any) -> None:
    if _ms(field, value, zone) > now_ms + DAY_MS:
        raise _future(field, value)


def _future(field: str, value: object) -> Rejected:
    return Rejected(N_("{field} lies in the future: {value}"), field=field, value=value)


def _day(field: str, value: str) -> None:
    if len(value) != len("2026-11-21"):
        raise Rejected(N_("{field} is not a day (YYYY-MM-DD): {value}"), field=field, value=value[:60])
    _ms(field, value, UTC)
