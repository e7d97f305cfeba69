"""One import line, read and checked: what it says, or a sentence that says what is wrong."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec

from advisor_tui.domain import bodies as b
from advisor_tui.domain.events import CATALOGUE, encode_body
from advisor_tui.domain.identity import entity_id
from advisor_tui.domain.listening import SignalRaised
from advisor_tui.gateways.line_checks import Rejected as Rejected
from advisor_tui.gateways.line_checks import check_case, check_commitment, check_declared, check_signal, instant_of
from advisor_tui.gateways.line_types import FIELDS, FORMAT, TYPES, LineType, Reference
from advisor_tui.language import N_
from advisor_tui.store.lines import line_digest

MAX_DEPTH = 64
"""Levels of nesting; what is stored must be readable again from any depth of calls."""
_decode = msgspec.json.Decoder(type=dict[str, Any]).decode
_named = lru_cache(maxsize=8192)(entity_id)
"""`entity_id` of customers and cases: lines that stand together name the same ones."""
_PATH = re.compile(r" - at `\$\.?([^`]*)`")


class Line(msgspec.Struct, gc=False):
    """A line that makes sense by itself; whether what it names exists is not known yet."""

    kind: str
    type: LineType
    id: str
    ext: str
    customer: str  # the customer's id, "" until the case says
    case: str  # the case's id or ""
    body: Any
    encoded: bytes
    digest: bytes
    at: int
    merged_into: str = ""
    names: tuple[tuple[Reference, tuple[str, ...]], ...] = ()  # what it names besides: outside ids, by field
    filled: bool = False  # it says less than its body: how the offer it names is called


def read_line(raw: bytes, now_ms: int, zone: Any) -> Line:
    """The line in `raw`; raises Rejected."""
    try:
        found = _decode(raw)
    except UnicodeDecodeError as error:
        byte = f"0x{error.object[error.start]:02x}"
        raise Rejected(N_("This is not a JSON object in UTF-8: {reason}"), reason=f"the byte {byte}") from None
    except msgspec.DecodeError as error:
        raise Rejected(N_("This is not a JSON object in UTF-8: {reason}"), reason=str(error)) from None
    except RecursionError:
        raise Rejected(N_("This line is nested more than {limit} levels deep."), limit=MAX_DEPTH) from None
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and _depth(found) > MAX_DEPTH:
        raise Rejected(N_("This line is nested more than {limit} levels deep."), limit=MAX_DEPTH)
    version = found.pop("v", None)
    if version != FORMAT:
        raise Rejected(N_("The key v must be {format}."), format=FORMAT)
    kind = found.pop("type", None)
    line = TYPES.get(kind) if isinstance(kind, str) else None
    if line is None:
        raise Rejected(N_("The type {kind} is not known."), kind=str(kind)[:40])
    return _checked(str(kind), line, found, now_ms, zone)


def _checked(kind: str, line: LineType, found: dict[str, Any], now_ms: int, zone: Any) -> Line:
    ext = _name(found, "id", True)
    needed = line.customer and not (line.either and found.get("case"))
    customer = _name(found, "customer", needed) if line.customer else ""
    case = _name(found, "case", line.case == "needed") if line.case else ""
    merged_into = _name(found, "merged_into", False) if kind == "customer" else ""
    known = FIELDS[kind]
    if not known.issuperset(found):
        strange = {key: found.pop(key) for key in [*found] if key not in known}
        extra = found.get("extra")
        if extra is None or isinstance(extra, dict):
            found["extra"] = {**(extra or {}), **strange}
    id_ = _named(kind, ext) if line.rank < 2 else entity_id(line.entity or kind, ext)
    if kind == "customer":
        _refuse_names(id_, ext, merged_into)
    found["id"], found["ext"] = id_, ext
    for key, value in line.given:
        found.setdefault(key, value)
    if kind == "proposal" and not found.get("offer") and found.get("offered_as"):
        found["offer"] = found.pop("offered_as")  # an offer that no catalogue has any more
        names: tuple[tuple[Reference, tuple[str, ...]], ...] = ()
    else:
        names = _names(line, found) if line.refers else ()
    try:
        body = msgspec.convert(found, line.model)
    except msgspec.ValidationError as error:
        raise _explained(str(error)) from None
    if line.when and line.when[0] == "at" and not found.get("at"):
        raise Rejected(N_("The key {field} is missing."), field="at")
    at = instant_of(line, found, now_ms, zone)
    if isinstance(body, b.CustomerRecorded):
        check_declared(body, now_ms, zone)
    elif isinstance(body, b.CaseOpened):
        check_case(body, now_ms, zone)
    elif isinstance(body, b.CommitmentMade):
        check_commitment(body)
    elif isinstance(body, SignalRaised):
        check_signal(body)
    case_id = _named("case", case) if case else ""
    encoded = encode_body(body)
    return Line(
        kind=kind, type=line, id=id_, ext=ext, case=case_id, body=body, encoded=encoded,
        customer=CATALOGUE if kind == "offer" else id_ if kind == "customer" else _customer_id(customer),
        digest=line_digest(encoded, case_id), at=at,
        merged_into=entity_id("customer", merged_into) if merged_into else "", names=names,
    )  # fmt: skip


def _refuse_names(id_: str, ext: str, merged_into: str) -> None:
    if id_ == CATALOGUE:
        raise Rejected(N_("The id {id} is already the name of something else."), id=ext)
    if merged_into and entity_id("customer", merged_into) == id_:
        raise Rejected(N_("A customer cannot be merged into itself."))


def _depth(value: Any) -> int:
    """How many levels of objects and lists `value` has, without recursion."""
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        at, level = waiting.pop()
        if isinstance(at, (dict, list)):
            deepest = max(deepest, level)
            waiting += [(inner, level + 1) for inner in (at.values() if isinstance(at, dict) else at)]
    return deepest


def _customer_id(ext: str) -> str:
    return _named("customer", ext) if ext else ""


def _name(found: dict[str, Any], key: str, needed: bool) -> str:
    value = found.pop(key, None)
    if value is None or value == "":
        if needed:
            raise Rejected(N_("The key {field} is missing."), field=key)
        return ""
    if not isinstance(value, str):
        raise Rejected(N_("{field}: {reason}"), field=key, reason="not a string")
    return value


def _explained(message: str) -> Rejected:
    field = _PATH.search(message)
    plain = _PATH.sub("", message)
    missing = re.match(r"Object missing required field `(\w+)`", message)
    if missing:
        return Rejected(N_("The key {field} is missing."), field=missing[1])
    return Rejected(N_("{field}: {reason}"), field=field[1] if field else "?", reason=plain)


def _names(line: LineType, found: dict[str, Any]) -> tuple[tuple[Reference, tuple[str, ...]], ...]:
    """What the line names in its fields, where they name anything; a value of another type is refused later."""
    named = []
    for reference in line.refers:
        value = found.get(reference.field)
        if value:
            many = reference.many and isinstance(value, list)
            named.append((reference, tuple(map(str, value)) if many else (str(value),)))
    return tuple(named)
