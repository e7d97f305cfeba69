"""Random lines: whatever is taken in comes out, goes in elsewhere and comes out the same."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor_tui.gateways.line_reader import MAX_DEPTH, Rejected, read_line
from tests.gateways.conftest import NOW, Home, case, contact, customer, resolution

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
NAME = st.sampled_from(["1", "2", "3"])
DAY = st.dates().map(str)
WHEN = st.one_of(
    st.datetimes(max_value=NOW.replace(tzinfo=None)).map(lambda at: at.isoformat() + "+00:00"),
    st.dates(max_value=NOW.date()).map(str),
)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


def line(
    type_: str, needed: dict[str, st.SearchStrategy[Any]], **optional: st.SearchStrategy[Any]
) -> st.SearchStrategy[Any]:
    fixed = {"v": st.just(1), "type": st.just(type_), "id": NAME, **needed}
    return st.fixed_dictionaries(fixed, optional={**optional, "extra": st.dictionaries(TEXT, VALUE, max_size=2)})


IDENTIFIER = st.fixed_dictionaries({"kind": st.sampled_from(["email", "phone"]), "value": TEXT.filter(bool)})
LINES = st.one_of(
    line("customer", {"name": TEXT}, since=DAY, identifiers=st.lists(IDENTIFIER, max_size=2), merged_into=NAME, odd=VALUE),
    line("case", {"customer": NAME, "kind": st.just("request"), "subject": TEXT, "opened_at": WHEN},
         state=st.sampled_from(["open", "waiting", "resolved", "closed"]), owner=TEXT, next_step=TEXT, next_on=DAY,
         closed_at=DAY),
    line("contact", {"customer": NAME, "channel": st.just("email"), "at": WHEN,
                     "direction": st.sampled_from(["inbound", "outbound", "internal"])},
         case=NAME, body=TEXT, answered=st.booleans() | st.none(), received_on=DAY),
    line("resolution", {"case": NAME, "at": WHEN, "text": TEXT}, author=TEXT),
    line("note", {"customer": NAME, "at": WHEN, "text": TEXT}, case=NAME),
    line("commitment", {"case": NAME, "text": TEXT, "due": DAY}, made_at=WHEN, state=st.sampled_from(["made", "kept"])),
    line("gesture", {"case": NAME, "at": WHEN, "what": TEXT, "normal_value": VALUE, "reason": TEXT}, said=VALUE),
    line("survey", {"case": NAME, "at": WHEN}, effort=st.integers(0, 8), words=TEXT, repeated=st.booleans()),
    line("holding", {"customer": NAME, "product": TEXT}, value=VALUE),
    line("offer", {"name": TEXT}, price=VALUE, excludes=st.lists(TEXT, max_size=2)),
)  # fmt: skip
START = [
    customer("1"),
    customer("2"),
    case("1", "1"),
    case("2", "2"),
    contact("1", "1", case="1"),
    resolution("1", "1"),
]


def comes_round(lines: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one, other = Home(Path(folder) / "one"), Home(Path(folder) / "other")
        try:
            one.lines(*lines)
            first = one.export()
            path = Path(folder) / "first.jsonl"
            path.write_bytes(first)
            outcome = other.take(path)
            assert outcome.report.total("rejected") == 0, path.read_text()
            assert other.export() == first
            again = one.take(path).report
            assert (again.total("added"), again.total("corrected"), again.total("rejected")) == (0, 0, 0)
            assert one.export() == first
        finally:
            one.journal.close()
            other.journal.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(LINES, max_size=14))
def test_whatever_is_taken_in_comes_round(lines: list[dict[str, Any]]) -> None:
    comes_round([*START, *lines])


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=60)
    | VALUE.map(lambda value: json.dumps(value).encode())
    | LINES.map(lambda v: json.dumps(v).encode())
)
def test_a_line_is_read_or_rejected_and_nothing_else(raw: bytes) -> None:
    try:
        line = read_line(raw, 1_795_258_800_000, NOW.tzinfo)
    except Rejected as error:
        sentence = error.message.format(**error.details)
    else:
        sentence = msgspec.json.decode(line.encoded)["id"]
    assert sentence


def test_nesting_just_within_the_limit_comes_round() -> None:
    value: Any = 1
    for _ in range(MAX_DEPTH - 1):
        value = [value]
    comes_round([*START, {"v": 1, "type": "holding", "id": "deep", "customer": "1", "product": "P", "value": value}])
