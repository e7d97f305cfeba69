"""What each kind of event says: one typed, versioned body a type.

A body that records something from outside has the fields of its import line (docs/import.md), so
a line, its event and its export are one shape. Times are ISO 8601 text as it came; the event
holds the instant in milliseconds beside it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from advisor_tui.domain.declared import Allowed, Dispute, Fact, LegalHold, Stake
from advisor_tui.domain.declared import Purpose as Purpose
from advisor_tui.domain.declared import Settled as Settled
from advisor_tui.domain.declared import StakeLevel as StakeLevel
from advisor_tui.domain.declared import Text as Text

CustomerKind = Literal["person", "organisation"]
IdentifierKind = Literal["email", "phone", "account", "contract", "postal", "social", "former_name"]
CaseKind = Literal["request", "order", "complaint", "dispute", "incident", "withdrawal", "data_right"]
CaseState = Literal["open", "waiting", "resolved", "closed"]
Channel = Literal["phone", "email", "letter", "web", "store", "chat", "sms", "social", "fax", "other"]
Direction = Literal["inbound", "outbound", "internal"]
CommitmentState = Literal["made", "kept", "renegotiated", "broken", "released"]
ReplyState = Literal["acknowledged", "holding_reply", "answered", "no_answer_needed"]
ComplaintOutcome = Literal["accepted", "partly", "refused"]
Act = Literal["cut_off", "collection", "penalty", "closing"]
ActState = Literal["refused", "asked", "done", "reversed", "dropped"]
Side = Literal["us", "customer", "third"]
Answer = Literal["accepted", "refused", "expired"]
WorkState = Literal["open", "done", "dropped"]
ComplaintState = Literal["received", "acknowledged", "held", "answered", "mediation", "closed"]
GestureState = Literal["asked", "granted", "declined"]
ConductStep = Literal["warned", "warned_again", "ended"]


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
    stake: str | Stake = ""
    second_advisor: str = ""
    relation_at: str = ""  # when the usual advisor and the second were named, and who took it down
    relation_author: str = ""
    facts: list[Fact] = []
    permissions: list[Allowed] = []
    legal_hold: LegalHold | None = None


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
    dispute: Dispute | None = None  # how it ended
    survey_waived: str = ""  # why nobody is asked how it was
    survey_waived_at: str = ""
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
    reply: ReplyState | None = None
    reply_at: str = ""
    reply_by: str = ""
    reply_words: str = ""
    final_on: str = ""


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
    warned_at: str = ""
    warned_words: str = ""
    replaced_by: str = ""
    settled_at: str = ""
    settled_by: str = ""
    words: str = ""


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


# know before acting


class SituationStated(Recorded, kw_only=True, frozen=True, gc=False):
    """What the customer told us of a case, in their words, and how we said it back; the latest one stands."""

    quote: Text
    restated: str = ""
    confirmed: bool = False
    contact: str = ""
    at: str = ""  # here and below: of what came as a line; what is recorded here has the instant of its event
    author: str = ""


class ContactMarked(Body, kw_only=True, frozen=True, gc=False):
    """What a person adds to a contact: the customer had to say it again, or how it was answered."""

    id: str
    repeated: bool | None = None
    reply: ReplyState | None = None
    words: str = ""
    final_on: str = ""  # of a holding reply: the latest date of the answer


class CommitmentWarned(Body, kw_only=True, frozen=True, gc=False):
    """The customer was told, before it was due, that a promise cannot be kept; a new one stands in its place."""

    id: str
    words: Text
    replaced_by: str


class WorkPlanned(Recorded, kw_only=True, frozen=True, gc=False):
    """A step of a case with whose turn it is: ours, a department's, the customer's, somebody else's."""

    what: Text
    side: Side = "us"
    department: str = ""
    due: str = ""
    progress: str = ""  # how the customer hears of it, where `what` is not for them
    at: str = ""
    author: str = ""
    state: WorkState = "open"
    settled_at: str = ""
    settled_by: str = ""
    words: str = ""


class WorkSettled(Body, kw_only=True, frozen=True, gc=False):
    id: str
    done: bool
    words: str = ""


class StakeStated(Body, kw_only=True, frozen=True, gc=False):
    """What the service means to the customer, as they said it."""

    level: StakeLevel
    words: Text


class FactStated(Body, kw_only=True, frozen=True, gc=False):
    """Something the customer declared; an empty value takes it back."""

    key: Text
    value: str
    source: Text
    expires: str = ""


class PermissionSet(Body, kw_only=True, frozen=True, gc=False):
    """Whether they may be contacted over a channel for a purpose, and how that is proved."""

    channel: str  # "" for all
    purpose: Purpose
    granted: bool
    basis: Text
    proof: str = ""


class RelationSet(Body, kw_only=True, frozen=True, gc=False):
    """Who usually answers this customer, and who does when they are away."""

    preferred: str = ""
    second: str = ""


class DisputeSettled(Body, kw_only=True, frozen=True, gc=False):
    """How the dispute of a case ended; the case may go on."""

    outcome: Settled
    words: Text


class ComplaintTaken(Recorded, kw_only=True, frozen=True, gc=False):
    """A complaint, whoever it was addressed to: its points, and the day from which its clock runs."""

    points: Annotated[list[Text], Meta(min_length=1)]
    from_on: Text  # civil date: sent or received, whichever is earlier
    sector: str = ""
    addressee: str = ""
    contact: str = ""
    at: str = ""
    author: str = ""
    state: ComplaintState = "received"
    settled_at: str = ""
    settled_by: str = ""
    words: str = ""
    final_on: str = ""
    answers: list[str] = []
    outcome: ComplaintOutcome | None = None
    recourse: str = ""
    acknowledged_at: str = ""  # of a complaint that went on from there; its clock was met
    acknowledged_words: str = ""
    held_at: str = ""
    held_words: str = ""


class ComplaintMoved(Body, kw_only=True, frozen=True, gc=False):
    """Acknowledged, held with reasons and a latest date, or answered point by point."""

    id: str
    to: Literal["acknowledged", "held", "answered", "mediation", "closed"]
    words: str = ""
    final_on: str = ""
    answers: list[str] = []
    outcome: ComplaintOutcome | None = None
    recourse: str = ""


class AdverseActAsked(Recorded, kw_only=True, frozen=True, gc=False):
    """Somebody wants to cut off, collect, penalise or close against the customer's will; and what was said to it."""

    act: Act
    by: str
    state: ActState
    words: str = ""
    held_by: list[str] = []
    at: str = ""
    author: str = ""
    settled_at: str = ""
    settled_by: str = ""
    settled_words: str = ""


class AdverseActDecided(Body, kw_only=True, frozen=True, gc=False):
    id: str
    state: ActState
    words: str = ""


class ProposalMade(Recorded, kw_only=True, frozen=True, gc=False):
    """Something was offered, and what it brings this customer."""

    offer: Text  # its name; of what came as a line its id, and the name beside it
    benefit: Text
    direction: Direction = "inbound"
    channel: str = ""
    fits: list[str] = []
    dispute_acknowledged: str = ""
    at: str = ""
    author: str = ""
    offered_as: str = ""
    answer: Answer | None = None
    answered_at: str = ""
    answered_by: str = ""
    why: str = ""


class ProposalAnswered(Body, kw_only=True, frozen=True, gc=False):
    id: str
    answer: Answer
    why: str = ""


class GestureAsked(Recorded, kw_only=True, frozen=True, gc=False):
    """A gesture above the allowance: it waits for a second person, the customer does not."""

    what: Text
    normal_value: Any
    reason: Text
    said: str = ""
    at: str = ""
    author: str = ""
    state: GestureState = "asked"
    settled_at: str = ""
    settled_by: str = ""
    words: str = ""


class GestureDecided(Body, kw_only=True, frozen=True, gc=False):
    id: str
    granted: bool
    words: str = ""


class SurveyOffered(Recorded, kw_only=True, frozen=True, gc=False):
    """One survey for a closed case; it goes out once nothing is promised or disputed any more."""

    channel: str = ""
    at: str = ""
    author: str = ""


class SurveyWaived(Body, kw_only=True, frozen=True, gc=False):
    reason: Text


class LegalHoldSet(Body, kw_only=True, frozen=True, gc=False):
    """The law asks to keep what is held on this customer; without `until`, until it is lifted (`reason` empty)."""

    reason: str = ""
    until: str = ""


class ConductNoted(Body, kw_only=True, frozen=True, gc=False):
    """How an abusive contact was met: warned, warned again, ended. A fact of the case; nothing counts or lists it."""

    step: ConductStep
    words: str = ""
    contact: str = ""
