"""The journal's event: its envelope, its types and how a stored body is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from advisor_tui.domain import bodies as b
from advisor_tui.domain import listening

CATALOGUE = "00000000-0000-7000-8000-000000000001"
"""The aggregate that holds what belongs to no customer: the offers."""

BODIES: dict[str, type[b.Body]] = {
    "customer_recorded": b.CustomerRecorded,
    "holding_recorded": b.HoldingRecorded,
    "offer_recorded": b.OfferRecorded,
    "case_opened": b.CaseOpened,
    "contact_logged": b.ContactLogged,
    "resolution_written": b.ResolutionWritten,
    "note_added": b.NoteAdded,
    "commitment_made": b.CommitmentMade,
    "gesture_made": b.GestureMade,
    "survey_answered": b.SurveyAnswered,
    "corrected": b.Corrected,
    "text_revised": b.TextRevised,
    "state_set": b.StateSet,
    "owner_set": b.OwnerSet,
    "step_planned": b.StepPlanned,
    "commitment_settled": b.CommitmentSettled,
    "contact_linked": b.ContactLinked,
    "identifier_added": b.IdentifierAdded,
    "customers_merged": b.CustomersMerged,
    "customers_unmerged": b.CustomersUnmerged,
    "undone": b.Undone,
    "situation_stated": b.SituationStated,
    "contact_marked": b.ContactMarked,
    "commitment_warned": b.CommitmentWarned,
    "work_planned": b.WorkPlanned,
    "work_settled": b.WorkSettled,
    "stake_stated": b.StakeStated,
    "fact_stated": b.FactStated,
    "permission_set": b.PermissionSet,
    "relation_set": b.RelationSet,
    "dispute_settled": b.DisputeSettled,
    "complaint_taken": b.ComplaintTaken,
    "complaint_moved": b.ComplaintMoved,
    "adverse_act_asked": b.AdverseActAsked,
    "adverse_act_decided": b.AdverseActDecided,
    "proposal_made": b.ProposalMade,
    "proposal_answered": b.ProposalAnswered,
    "gesture_asked": b.GestureAsked,
    "gesture_decided": b.GestureDecided,
    "survey_offered": b.SurveyOffered,
    "survey_waived": b.SurveyWaived,
    "legal_hold_set": b.LegalHoldSet,
    "conduct_noted": b.ConductNoted,
    "signal_raised": listening.SignalRaised,
    "signal_answered": listening.SignalAnswered,
    "signal_told_back": listening.SignalToldBack,
}
"""Every event type of version 1 and the model of its body."""

VERSION = 1

IMPORTED = "import"
"""Who signs what comes from a file. Everything else is signed by whoever wrote it, as the server knows them."""


class Event(msgspec.Struct, kw_only=True, gc=False):
    """One immutable fact of the journal.

    `at` is when it happened in the customer's world (Unix ms, orders the timeline); `hlc` when it was
    recorded (orders the fold); `base` the heads that the writer saw; `txn` what was recorded with
    it, all or nothing.
    """

    id: str
    customer_id: str
    type: str
    at: int
    hlc: str
    actor: str
    txn: str
    body: b.Body | None  # None: erased by law, or of a type from a later version
    case_id: str | None = None
    v: int = VERSION
    base: tuple[str, ...] = ()


class _Decoders(dict[str, "msgspec.json.Decoder[b.Body]"]):
    """One a type, made when the first body of it is read: all of them would take 2 ms of every start."""

    def __missing__(self, type_: str) -> msgspec.json.Decoder[b.Body]:
        decoder = self[type_] = msgspec.json.Decoder(BODIES[type_])
        return decoder


_DECODERS = _Decoders()
_ENCODER = msgspec.json.Encoder()


def encode_body(body: b.Body) -> bytes:
    """The stored form: JSON, fields in declared order, defaults left out. Same body, same bytes."""
    return _ENCODER.encode(body)


def decode_body(type_: str, version: int, raw: str | bytes | None) -> b.Body | None:
    """The body of a stored event, or None when it was erased or this version cannot read it."""
    if raw is None or version > VERSION or type_ not in BODIES:
        return None
    return _DECODERS[type_].decode(raw)


STORED = ("id", "customer_id", "case_id", "type", "v", "at", "hlc", "actor", "txn", "base", "body")
"""The columns of a stored event, in the order in which `stored_event` takes them."""


def stored_event(row: Sequence[Any]) -> Event:
    """The event of a row of the journal, whose columns are STORED."""
    id_, customer, case, type_, v, at, hlc, actor, txn, base, body = row
    return Event(
        id=id_, customer_id=customer, case_id=case, type=type_, v=v, at=at, hlc=hlc, actor=actor, txn=txn,
        base=tuple(base.split()), body=decode_body(type_, v, body),
    )  # fmt: skip


def describe_types() -> dict[str, Any]:
    """JSON Schema of each body, by event type."""
    return {name: msgspec.json.schema(model) for name, model in BODIES.items()}
