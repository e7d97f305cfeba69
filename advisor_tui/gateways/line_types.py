"""The import lines, version 1: one table says what each type needs and which event records it."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from advisor_tui.domain import bodies as b

FORMAT = 1
MAX_LINE = 8 * 1024 * 1024
"""Bytes of the longest line that is read; a longer one is rejected, not held in memory."""


class LineType(NamedTuple):
    """How one type of line is recorded."""

    event: str
    model: type[b.Recorded]
    table: str
    rank: int  # customers before cases before what hangs on them
    customer: bool = False  # names a customer
    case: str = ""  # "needed", "optional" or ""
    when: tuple[str, ...] = ()  # fields that hold the instant, the first one present counts
    dates: tuple[str, ...] = ()  # further fields that must be dates or date-times


TYPES: dict[str, LineType] = {
    "customer": LineType("customer_recorded", b.CustomerRecorded, "customer_view", 0, dates=("since",)),
    "offer": LineType("offer_recorded", b.OfferRecorded, "offer_view", 0, dates=("from", "to")),
    "holding": LineType("holding_recorded", b.HoldingRecorded, "holding_view", 1, True, dates=("from", "to")),
    "case": LineType(
        "case_opened", b.CaseOpened, "case_view", 1, True, when=("opened_at",), dates=("next_on", "closed_at")
    ),
    "contact": LineType(
        "contact_logged", b.ContactLogged, "entry", 2, True, "optional", ("at",), ("received_on", "sent_on")
    ),
    "resolution": LineType("resolution_written", b.ResolutionWritten, "entry", 2, False, "needed", ("at",)),
    "commitment": LineType("commitment_made", b.CommitmentMade, "entry", 2, False, "needed", ("made_at", "due"), ("due",)),
    "gesture": LineType("gesture_made", b.GestureMade, "entry", 2, False, "needed", ("at",)),
    "survey": LineType("survey_answered", b.SurveyAnswered, "entry", 2, False, "needed", ("at",)),
    "note": LineType("note_added", b.NoteAdded, "entry", 2, True, "optional", ("at",)),
}  # fmt: skip

OWN_FIELDS = ("id", "ext", "assigned")
"""Body fields that are ours and not the line's."""

FIELDS: dict[str, frozenset[str]] = {
    name: frozenset(
        field.encode_name for field in msgspec.structs.fields(line.model) if field.encode_name not in OWN_FIELDS
    )
    for name, line in TYPES.items()
}


def line_schema() -> dict[str, Any]:
    """The JSON Schema of one import line, from the same models that read it."""
    variants = []
    definitions: dict[str, Any] = {}
    for name, line in TYPES.items():
        (schema,), parts = msgspec.json.schema_components([line.model], ref_template="#/$defs/{name}")
        own = parts.pop(schema["$ref"].rsplit("/", 1)[1])
        definitions.update(parts)
        properties: dict[str, Any] = {
            "v": {"const": FORMAT}, "type": {"const": name}, "id": {"type": "string", "minLength": 1},
        }  # fmt: skip
        needed = ["v", "type", "id"]
        if line.customer:
            properties["customer"] = {"type": "string"}
            needed.append("customer")
        if line.case:
            properties["case"] = {"type": "string"}
        if line.case == "needed":
            needed.append("case")
        if name == "customer":
            properties["merged_into"] = {"type": "string"}
        properties |= {key: value for key, value in own["properties"].items() if key not in OWN_FIELDS}
        needed += [key for key in own.get("required", ()) if key not in OWN_FIELDS]
        variants.append(
            {
                "title": name,
                "type": "object",
                "properties": properties,
                "required": needed,
                "additionalProperties": True,
            }
        )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Advisor TUI import line, version 1",
        "oneOf": variants,
        "$defs": definitions,
    }
