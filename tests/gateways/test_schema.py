"""The schema of the format agrees with the reader of the format."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from advisor_tui.gateways.line_reader import Rejected, read_line
from advisor_tui.gateways.line_types import TYPES, line_schema
from tests.gateways.conftest import NOW, case, contact, customer
from tests.gateways.test_import_lines import LIFE

VALIDATOR = jsonschema.Draft202012Validator(line_schema())


def read(line: dict[str, Any]) -> bool:
    try:
        read_line(json.dumps(line).encode(), 1_795_258_800_000, NOW.tzinfo)
    except Rejected:
        return False
    return True


def test_the_schema_is_a_schema_and_knows_every_type() -> None:
    jsonschema.Draft202012Validator.check_schema(line_schema())
    assert [variant["title"] for variant in line_schema()["oneOf"]] == list(TYPES)


@pytest.mark.parametrize("line", [*LIFE, customer(merged_into="c2", identifiers=[{"kind": "phone", "value": "1", "from": "2026-01-01"}]),
                                  case(owner="A", odd=1, extra={"x": [1]}), contact(answered=None, attachments=[{"name": "a"}])])  # fmt: skip
def test_lines_that_are_read_fit_the_schema(line: dict[str, Any]) -> None:
    assert read(line)
    VALIDATOR.validate(line)


@pytest.mark.parametrize(
    "line",
    [
        {}, {"v": 1}, {"v": 1, "type": "customer", "id": "x"}, {**customer(), "v": 2}, {**customer(), "id": ""},
        customer(name=""), customer(kind="cat"), customer(identifiers=[{"kind": "email"}]), customer(extra=[]),
        case(state="lost"), case(opened_at=""), contact(channel="pigeon"), contact(answered="yes"),
        {**contact(), "direction": None}, {key: value for key, value in LIFE[3].items() if key != "case"},
        {**LIFE[6], "effort": 8}, {**LIFE[4], "state": "maybe"},
    ],
)  # fmt: skip
def test_lines_that_are_refused_do_not_fit_the_schema(line: dict[str, Any]) -> None:
    assert not read(line)
    assert not VALIDATOR.is_valid(line)


@pytest.mark.real
def test_real_lines_fit_the_schema(real: Path) -> None:
    for name in ("airline", "complaints", "resolutions", "retail"):
        with (real / f"{name}.jsonl").open("rb") as handle:
            for raw in itertools.islice(handle, 0, 4000, 40):
                VALIDATOR.validate(json.loads(raw))
