"""The import lines, version 1: one table says what each type needs and which event records it."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from advisor_tui.domain import bodies as b
from advisor_tui.domain.listening import SignalRaised

FORMAT = 1
MAX_LINE = 8 * 1024 * 1024
"""Bytes of the longest line that is read; a longer one is rejected, not held in memory."""


class Reference(NamedTuple):
    """A field that names entities of other lines by their outside ids."""

    field: str
    types: tuple[str, ...]  # of lines that it may name
    own: bool = True  # they belong to the same customer
    many: bool = False


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
    either: bool = False  # its customer or its case, one is enough
    past: tuple[str, ...] = ()  # dates or date-times that cannot lie in the future
    days: tuple[str, ...] = ()  # fields that must be civil dates
    refers: tuple[Reference, ...] = ()
    given: tuple[tuple[str, Any], ...] = ()  # what a line says that says nothing
    entity: str = ""  # the kind by which its entities are named, where it is not the type


TYPES: dict[str, LineType] = {
    "customer": LineType("customer_recorded", b.CustomerRecorded, "customer_view", 0, dates=("since",), past=("relation_at",)),
    "offer": LineType("offer_recorded", b.OfferRecorded, "offer_view", 0, dates=("from", "to")),
    "holding": LineType("holding_recorded", b.HoldingRecorded, "holding_view", 1, True, dates=("from", "to")),
    "case": LineType(
        "case_opened", b.CaseOpened, "case_view", 1, True, when=("opened_at",), dates=("next_on", "closed_at"),
        past=("survey_waived_at",),
    ),
    "contact": LineType(
        "contact_logged", b.ContactLogged, "entry", 2, True, "optional", ("at",), ("received_on", "sent_on"),
        past=("reply_at",), days=("final_on",),
    ),
    "resolution": LineType("resolution_written", b.ResolutionWritten, "entry", 2, False, "needed", ("at",)),
    "commitment": LineType(
        "commitment_made", b.CommitmentMade, "entry", 2, False, "needed", ("made_at", "due"), ("due",),
        past=("warned_at", "settled_at"), refers=(Reference("replaced_by", ("commitment",)),),
    ),
    "gesture": LineType("gesture_made", b.GestureMade, "entry", 2, False, "needed", ("at",)),
    "survey": LineType("survey_answered", b.SurveyAnswered, "entry", 2, False, "needed", ("at",)),
    "note": LineType("note_added", b.NoteAdded, "entry", 2, True, "optional", ("at",)),
    "situation": LineType(
        "situation_stated", b.SituationStated, "entry", 2, True, "needed", ("at",),
        refers=(Reference("contact", ("contact",)),),
    ),
    "step": LineType(
        "work_planned", b.WorkPlanned, "entry", 2, False, "needed", ("at",), past=("settled_at",), days=("due",),
        entity="work",
    ),
    "complaint": LineType(
        "complaint_taken", b.ComplaintTaken, "entry", 2, False, "needed", ("at",),
        past=("settled_at", "acknowledged_at", "held_at"), days=("from_on", "final_on"),
        refers=(Reference("contact", ("contact",)),), given=(("sector", "general"),),
    ),
    "act": LineType(
        "adverse_act_asked", b.AdverseActAsked, "entry", 2, True, "optional", ("at",), either=True, past=("settled_at",),
        refers=(Reference("held_by", ("contact", "complaint", "case"), own=False, many=True),), given=(("state", "done"),),
    ),
    "proposal": LineType(
        "proposal_made", b.ProposalMade, "entry", 2, True, "optional", ("at",), past=("answered_at",),
        refers=(Reference("offer", ("offer",), own=False),),
    ),
    "gesture_asked": LineType(
        "gesture_asked", b.GestureAsked, "entry", 2, False, "needed", ("at",), past=("settled_at",)
    ),
    "survey_offered": LineType("survey_offered", b.SurveyOffered, "entry", 2, False, "needed", ("at",)),
    "signal": LineType(
        "signal_raised", SignalRaised, "entry", 2, True, "optional", ("at",), past=("answered_at", "told_at"),
        days=("due", "until"), refers=(Reference("contact", ("contact",)),),
    ),
}  # fmt: skip

OWN_FIELDS = ("id", "ext", "assigned")
"""Body fields that are ours and not the line's."""

ONE_OF = {"act": ("customer", "case"), "proposal": ("offer", "offered_as")}
"""Of these fields a line needs one."""
TOGETHER = {"commitment": {"warned_words": ["warned_at"], "replaced_by": ["warned_at"], "words": ["settled_at"]}}
"""Fields that need others beside them."""

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
        if line.customer and not line.either:
            needed.append("customer")
        if line.case:
            properties["case"] = {"type": "string"}
        if line.case == "needed":
            needed.append("case")
        if name == "customer":
            properties["merged_into"] = {"type": "string"}
        properties |= {key: value for key, value in own["properties"].items() if key not in OWN_FIELDS}
        needed += [key for key in own.get("required", ()) if key not in OWN_FIELDS]
        if line.when[:1] == ("at",) and "at" not in needed:
            needed.append("at")
            properties["at"] = {"type": "string", "minLength": 1}
        choice, together = ONE_OF.get(name, ()), TOGETHER.get(name)
        variants.append(
            {
                "title": name,
                "type": "object",
                "properties": properties,
                "required": [key for key in needed if key not in choice and key not in dict(line.given)],
                **({"anyOf": [{"required": [key]} for key in choice]} if choice else {}),
                **({"dependentRequired": together} if together else {}),
                "additionalProperties": True,
            }
        )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Advisor TUI import line, version 1",
        "oneOf": variants,
        "$defs": definitions,
    }
