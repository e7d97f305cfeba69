"""What a server looks at before it takes an event: its form, its author, its clock. The payload is not believed."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import msgspec

from advisor_tui.domain.events import BODIES, IMPORTED, VERSION, Event
from advisor_tui.domain.identity import HLC_RE, UUID_RE
from advisor_tui.domain.listening import SignalAnswered, SignalRaised
from advisor_tui.domain.permissions import Person, may
from advisor_tui.domain.wire import AHEAD_MS, MAX_EVENT, Told, WireEvent, from_wire
from advisor_tui.store.central.identity import Identity

NEEDS = {"owner_set": "own", "customers_merged": "merge", "customers_unmerged": "merge", "signal_answered": "answer"}
_FARTHEST = 1 << 52
_BASES = 64


class Screened(NamedTuple):
    """An event fit to be recorded, with its body as it will be stored."""

    event: Event
    body: str


def screen(wire: WireEvent, identity: Identity, now_ms: int) -> Screened | Told:
    """The event, or why it is not taken."""
    problem = _malformed(wire)
    if problem:
        return _no(wire, "malformed", f"This event is not well formed: {problem}.")
    if wire.type not in BODIES or wire.v != VERSION:
        return _no(wire, "unknown_type", "The server does not know this kind of event yet; it must be upgraded first.")
    if wire.actor not in (identity.name, IMPORTED) and not wire.found:
        return _no(wire, "foreign_actor", f"Only {wire.actor} can send what {wire.actor} wrote.")
    if int(wire.hlc[:12], 16) > now_ms + AHEAD_MS:
        return Told(id=wire.id, status="clock_ahead", code="clock_ahead", message="The clock of this device is ahead.")
    raw = wire.raw() or b""
    try:
        event = from_wire(wire)
        body = raw.decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _no(wire, "malformed", f"This event is not well formed: {str(error)[:120]}.")
    if not all(map(_is_day, _days(event.body))):
        return _no(wire, "malformed", "This event is not well formed: a day in its body is none.")
    entity = getattr(event.body, "id", "")
    if entity and not UUID_RE.match(entity):
        return _no(wire, "malformed", "This event is not well formed: its body names no UUIDv7.")
    person = Person(identity.name, role=identity.role)
    if not may(person, "write") and (wire.actor != identity.name or abs(event.at - int(wire.hlc[:12], 16)) > AHEAD_MS):
        return _no(wire, "foreign_actor", f"The role {identity.role} speaks for itself, and of now.")
    if not may(person, NEEDS.get(wire.type, "write")):
        return Told(
            id=wire.id, status="quarantined", code="permission",
            message=f"The role {identity.role} may not do this; a team lead will decide.",
        )  # fmt: skip
    return Screened(event, body)


def _days(body: object) -> tuple[str, ...]:
    """The civil days that a body names, of those that every desk counts with."""
    if isinstance(body, SignalRaised):
        return body.due, body.until
    return (body.until,) if isinstance(body, SignalAnswered) else ()


def _is_day(text: str) -> bool:
    """Whether it is a civil day in the form that is compared as text; none at all is one."""
    try:
        return not text or date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _no(wire: WireEvent, code: str, message: str) -> Told:
    return Told(id=wire.id[:80], status="rejected", code=code, message=message)


def _malformed(wire: WireEvent) -> str:
    """What is wrong with the form of an envelope; empty when nothing is."""
    for name in ("id", "customer_id", "txn"):
        if not UUID_RE.match(getattr(wire, name)):
            return f"{name} is not a UUIDv7"
    if wire.case_id is not None and not UUID_RE.match(wire.case_id):
        return "case_id is not a UUIDv7"
    if not HLC_RE.match(wire.hlc):
        return "hlc is not a clock"
    if not -_FARTHEST < wire.at < _FARTHEST:
        return "at is out of reach"
    if not 0 < len(wire.actor) <= 200 or not wire.actor.isprintable():
        return "actor is not a name"
    if len(wire.base) > _BASES or not all(UUID_RE.match(id_) for id_ in wire.base):
        return "base does not name events"
    raw = wire.raw()
    if raw is None:
        return "it has no body"
    if len(raw) > MAX_EVENT:
        return "it is too long"
    return "its body holds raw line ends" if b"\n" in raw or b"\r" in raw else ""
