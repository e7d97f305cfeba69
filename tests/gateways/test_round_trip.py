"""Random lines: whatever is taken in comes out, goes in elsewhere and comes out the same."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor_tui.domain.invariants import breaches
from advisor_tui.gateways.line_reader import MAX_DEPTH, Rejected, read_line
from advisor_tui.gateways.line_types import line_schema
from tests.gateways.conftest import NOW, Home, case, contact, customer, resolution

VALIDATOR = jsonschema.Draft202012Validator(line_schema())
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
WORD = TEXT.filter(bool)
CUSTOMERS = line(
    "customer", {"name": TEXT}, since=DAY, identifiers=st.lists(IDENTIFIER, max_size=2), merged_into=NAME, odd=VALUE,
    stake=TEXT | st.fixed_dictionaries({"level": st.sampled_from(["normal", "vital"]), "words": WORD, "at": WHEN}),
    facts=st.lists(
        st.fixed_dictionaries({"key": NAME, "value": WORD, "source": WORD, "at": WHEN}, optional={"expires": DAY}),
        max_size=3,
    ),
    permissions=st.lists(
        st.fixed_dictionaries({
            "purpose": st.sampled_from(["survey", "prospecting"]), "granted": st.booleans(), "basis": WORD, "at": WHEN,
        }, optional={"channel": NAME, "author": TEXT}), max_size=3,
    ),
    preferred_advisor=TEXT, second_advisor=TEXT, relation_at=WHEN, relation_author=TEXT,
    legal_hold=st.fixed_dictionaries({"at": WHEN}, optional={"reason": TEXT, "until": DAY}),
)  # fmt: skip
SETTLED = {"settled_at": WHEN, "settled_by": TEXT, "words": TEXT}
CARE = (
    line("situation", {"customer": NAME, "case": NAME, "at": WHEN, "quote": WORD}, contact=NAME, confirmed=st.booleans()),
    line("step", {"case": NAME, "at": WHEN, "what": WORD}, state=st.sampled_from(["open", "done", "dropped"]), due=DAY,
         side=st.sampled_from(["us", "customer", "third"]), **SETTLED),
    line("complaint", {"case": NAME, "at": WHEN, "points": st.lists(WORD, min_size=1, max_size=2), "from_on": DAY},
         state=st.sampled_from(["received", "acknowledged", "held", "answered", "mediation", "closed"]), contact=NAME,
         final_on=DAY, acknowledged_at=WHEN, held_at=WHEN, held_words=TEXT, answers=st.lists(TEXT, max_size=2),
         outcome=st.sampled_from(["accepted", "refused"]), recourse=TEXT, sector=TEXT, **SETTLED),
    line("act", {"at": WHEN, "act": st.sampled_from(["cut_off", "closing"]), "by": TEXT}, customer=NAME, case=NAME,
         state=st.sampled_from(["refused", "asked", "done", "reversed"]), held_by=st.lists(NAME, max_size=2), words=TEXT,
         settled_at=WHEN, settled_words=TEXT, settled_by=TEXT),
    line("proposal", {"customer": NAME, "at": WHEN, "benefit": WORD}, offer=NAME, offered_as=TEXT, case=NAME,
         answer=st.sampled_from(["accepted", "refused", "expired"]), answered_at=WHEN, why=TEXT, answered_by=TEXT),
    line("gesture_asked", {"case": NAME, "at": WHEN, "what": WORD, "normal_value": VALUE, "reason": WORD},
         state=st.sampled_from(["asked", "granted", "declined"]), **SETTLED),
    line("survey_offered", {"case": NAME, "at": WHEN}, channel=TEXT),
    line("signal", {"customer": NAME, "at": WHEN, "text": WORD, "tag": WORD, "department": WORD, "due": DAY}, case=NAME,
         striking=st.booleans(), contact=NAME, author=TEXT, answer=st.sampled_from(["yes", "no", "later"]), answered_at=WHEN,
         answered_by=TEXT, words=TEXT, until=DAY, told_at=WHEN, told_by=TEXT, told_words=TEXT),
)  # fmt: skip
LINES = st.one_of(
    CUSTOMERS,
    *CARE,
    line("case", {"customer": NAME, "kind": st.just("request"), "subject": TEXT, "opened_at": WHEN},
         state=st.sampled_from(["open", "waiting", "resolved", "closed"]), owner=TEXT, next_step=TEXT, next_on=DAY,
         closed_at=DAY, survey_waived=TEXT, survey_waived_at=WHEN,
         dispute=st.fixed_dictionaries({"outcome": st.just("judged"), "words": WORD, "at": WHEN})),
    line("contact", {"customer": NAME, "channel": st.just("email"), "at": WHEN,
                     "direction": st.sampled_from(["inbound", "outbound", "internal"])},
         case=NAME, body=TEXT, answered=st.booleans() | st.none(), received_on=DAY, repeated=st.booleans(),
         reply=st.sampled_from(["acknowledged", "holding_reply", "answered"]), reply_at=WHEN, reply_words=TEXT, final_on=DAY),
    line("resolution", {"case": NAME, "at": WHEN, "text": TEXT}, author=TEXT),
    line("note", {"customer": NAME, "at": WHEN, "text": TEXT}, case=NAME),
    line("commitment", {"case": NAME, "text": TEXT, "due": DAY}, made_at=WHEN, state=st.sampled_from(["made", "kept", "renegotiated"]), warned_at=WHEN, warned_words=TEXT,
         replaced_by=NAME, **SETTLED),
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
    {"v": 1, "type": "offer", "id": "1", "name": "Fibre"},
    {"v": 1, "type": "commitment", "id": "3", "case": "1", "text": "Call", "due": "2026-12-01"},
]


def comes_round(lines: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one, other = Home(Path(folder) / "one"), Home(Path(folder) / "other")
        try:
            one.lines(*lines)
            first = one.export()
            for id_ in one.journal.customers():
                assert [*breaches(one.journal.state(id_))] == []
            path = Path(folder) / "first.jsonl"
            path.write_bytes(first)
            outcome = other.take(path)
            assert outcome.report.total("rejected") == 0, path.read_text()
            assert other.export() == first
            for line in first.splitlines():
                VALIDATOR.validate(json.loads(line))
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
