"""What each kind of event says: one typed, versioned body a type.

A body that records something from outside has the fields of its import line (docs/import.md), so
a line, its event and its export are one shape. Times are ISO 8601 text as it came; the event
holds the instant in milliseconds beside it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

Text = Annotated[str, Meta(min_length=1)]
CustomerKind = Literal["person", "organisation"]
IdentifierKind = Literal["email", "phone", "account", "contract", "postal", "social", "former_name"]
CaseKind = Literal["request", "order", "complaint", "dispute", "incident", "withdrawal", "data_right"]
CaseState = Literal["open", "waiting", "resolved", "closed"]
Channel = Literal["phone", "email", "letter", "web", "store", "chat", "sms", "social", "fax", "other"]
Direction = Literal["inbound", "outbound", "internal"]
CommitmentState = Literal["made", "kept", "renegotiated", "broken", "released"]


class Body(Struct, omit_defaults=True, kw_only=True, frozen=True, gc=False):
    """What every body shares: nothing; the event carries who, when and about whom."""


class Recorded(Body, kw_only=True, frozen=True, gc=False):
    """A body that brings something into being, possibly under a name from outside."""

    id: str = ""  # the entity's id where it is not the aggregate
    ext: str = ""  # its name in the system it came from
    extra: dict[str, Any] = {}


class Identifier(Struct, omit_defaults=True, kw_only=True, frozen=True, rename={"from_": "from"}):
    """A name or number by which a customer is, or was, known."""

    kind: IdentifierKind
    value: Text
    from_: str = ""
    to: str = ""


class Preference(Struct, omit_defaults=True, kw_only=True, frozen=True):
    """A wish that the customer declared."""

    key: Text
    value: str
    source: str = ""
    at: str = ""


class Attachment(Struct, omit_defaults=True, kw_only=True, frozen=True):
    """A file kept by its hash."""

    name: str
    media_type: str = ""
    sha256: str = ""


class CustomerRecorded(Recorded, kw_only=True, frozen=True, gc=False):
    name: Text
    kind: CustomerKind = "person"
    since: str = ""
    language: str = ""
    identifiers: list[Identifier] = []
    preferences: list[Preference] = []
    preferred_advisor: str = ""
    team: str = ""
    stake: str = ""


class HoldingRecorded(Recorded, kw_only=True, frozen=True, gc=False, rename={"from_": "from"}):
    product: Text
    from_: str = ""
    to: str = ""
    value: Any = None


class OfferRecorded(Recorded, kw_only=True, frozen=True, gc=False, rename={"from_": "from"}):
    name: Text
    excludes: list[str] = []
    requires: list[str] = []
    from_: str = ""
    to: str = ""
    benefit: str = ""
    price: Any = None


class CaseOpened(Recorded, kw_only=True, frozen=True, gc=False):
    kind: CaseKind
    subject: str
    opened_at: Text
    state: CaseState = "open"
    owner: str = ""
    queue: str = ""
    reason: str = ""
    next_step: str = ""
    next_on: str = ""
    closed_at: str = ""
    assigned: dict[str, str] = {}  # what the importer filled in so that no open case is an orphan


class ContactLogged(Recorded, kw_only=True, frozen=True, gc=False):
    channel: Channel
    direction: Direction
    at: Text
    author: str = ""
    subject: str = ""
    body: str = ""
    received_on: str = ""
    sent_on: str = ""
    answered: bool | None = None
    repeated: bool | None = None  # the customer had to say it again
    attachments: list[Attachment] = []


class ResolutionWritten(Recorded, kw_only=True, frozen=True, gc=False):
    at: Text
    text: Text
    author: str = ""


class NoteAdded(Recorded, kw_only=True, frozen=True, gc=False):
    at: Text
    text: Text
    author: str = ""


class CommitmentMade(Recorded, kw_only=True, frozen=True, gc=False):
    text: Text
    due: Text
    made_at: str = ""
    author: str = ""
    state: CommitmentState = "made"
    heard: str = ""


class GestureMade(Recorded, kw_only=True, frozen=True, gc=False):
    at: Text
    what: Text
    normal_value: Any
    reason: str
    author: str = ""
    said: Any = None


class SurveyAnswered(Recorded, kw_only=True, frozen=True, gc=False):
    at: Text
    effort: Annotated[int, Meta(ge=1, le=7)] | None = None
    repeated: bool | None = None
    words: str = ""


class Corrected(Body, kw_only=True, frozen=True, gc=False):
    """A known line came again with other values: only what changed is here."""

    kind: str
    id: str
    set: dict[str, Any]


class TextRevised(Body, kw_only=True, frozen=True, gc=False):
    """A new wording of a resolution or a note; `base` says which wordings it replaces."""

    id: str
    text: Text


class StateSet(Body, kw_only=True, frozen=True, gc=False):
    state: CaseState
    on: str = ""  # civil date for closing
    reason: str = ""


class OwnerSet(Body, kw_only=True, frozen=True, gc=False):
    owner: Text
    next_step: str = ""
    next_on: str = ""
    words: str = ""


class StepPlanned(Body, kw_only=True, frozen=True, gc=False):
    next_step: Text
    next_on: Text


class CommitmentSettled(Body, kw_only=True, frozen=True, gc=False):
    id: str
    state: CommitmentState
    words: str = ""


class ContactLinked(Body, kw_only=True, frozen=True, gc=False):
    id: str
    case: str  # "" takes the contact out of its case


class IdentifierAdded(Body, kw_only=True, frozen=True, gc=False):
    identifier: Identifier
    source: Text


class CustomersMerged(Body, kw_only=True, frozen=True, gc=False):
    """On the kept customer: who was absorbed. On the absorbed one: into whom."""

    absorbed: str = ""
    into: str = ""


class CustomersUnmerged(Body, kw_only=True, frozen=True, gc=False):
    absorbed: str = ""
    into: str = ""


class Undone(Body, kw_only=True, frozen=True, gc=False):
    """Takes back the events named; they stay in the journal and no longer count."""

    events: list[str]
