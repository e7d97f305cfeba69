"""What the journal says about one customer, once folded: plain mutable records, no behaviour."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from advisor_tui.domain import bodies as b


class Head(Struct, gc=False):
    """One current wording of a free text. Two heads: two people wrote at once; both are kept."""

    event: str
    hlc: str
    actor: str
    at: int
    text: str
    stated: bool = False  # its writer said what stood on the case before


class Claim(Struct, gc=False):
    """Something that was declared: what, who took it down, and when. The latest one stands."""

    body: Any
    event: str
    actor: str
    at: int


class Item(Struct, gc=False):
    """One entry of a customer's life: what was said, written, promised, asked, offered, planned, changed."""

    kind: str
    id: str
    at: int
    event: str
    hlc: str
    actor: str
    recorded: b.Body
    case_id: str | None = None
    heads: list[Head] = field(default_factory=list)
    state: str = ""
    state_head: str = ""
    replaced: str = ""  # what a concurrent write of a scalar replaced, for the timeline to say
    words: str = ""
    waiting_since: int | None = None
    parent: str | None = None
    corrected: int = 0
    line_case: str | None = None  # the case that its import line names
    seen: tuple[str, ...] = ()  # the wordings of the case that those who wrote this one had before them
    standing: tuple[str, ...] = ()  # its wordings that nobody who wrote on the case since had before them
    rivals: tuple[str, ...] = ()  # resolutions of the case, this one among them, whose writers did not see each other
    repeated: bool | None = None  # a person noted that the customer had to say it again
    settled_at: int | None = None  # when its state was last set
    later: list[tuple[int, str, Any]] = field(default_factory=list)  # what was recorded on it: when, by whom, what


class Case(Struct, gc=False):
    """One matter, from its opening to its closing."""

    id: str
    event: str
    hlc: str
    at: int
    actor: str
    recorded: b.CaseOpened
    state: str
    owner: str
    next_step: str
    next_on: str
    closed_at: str
    heads: dict[str, str] = field(default_factory=dict)  # scalar -> event that set it
    corrected: int = 0
    situation: str = ""  # the entry that says it in the customer's words
    dispute: str = ""  # how it ended
    dispute_at: int | None = None
    settled: Claim | None = None  # who said how it ended, in which words
    survey: str = ""  # offered, waived, answered
    waiver: Claim | None = None  # why nobody was asked how it was
    waiver_hlc: str = ""


class Thing(Struct, gc=False):
    """A holding or an offer."""

    id: str
    event: str
    recorded: Any
    corrected: int = 0


class CustomerState(Struct):
    """One aggregate: everything known about one customer, or the catalogue of offers."""

    id: str
    customer: b.CustomerRecorded | None = None
    customer_event: str = ""
    customer_corrected: int = 0
    identifiers: list[tuple[b.Identifier, str, int]] = field(default_factory=list)  # added here: what, source, at
    cases: dict[str, Case] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    by_case: dict[str, list[str]] = field(default_factory=dict)
    holdings: dict[str, Thing] = field(default_factory=dict)
    offers: dict[str, Thing] = field(default_factory=dict)
    stake: Claim | None = None
    relation: Claim | None = None
    legal_hold: Claim | None = None
    facts: dict[str, Claim] = field(default_factory=dict)
    permissions: dict[str, Claim] = field(default_factory=dict)  # "purpose channel"
    absorbed: dict[str, str] = field(default_factory=dict)  # customer -> event
    merged_into: str = ""
    last: tuple[str, str] = ("", "")
    count: int = 0
    dangling: list[str] = field(default_factory=list)  # events that refer to what is not here
    named_by_undo: set[str] = field(default_factory=set)  # events that an undo names, arrived or not
    dirty: set[tuple[str, str]] = field(default_factory=set)  # (kind, id) whose picture changed
    dirty_cases: set[str] = field(default_factory=set)


def recorded_id(body: b.Recorded, event_id: str) -> str:
    """The id of what a recording event brought into being."""
    return body.id or event_id


def stake_of(state: CustomerState) -> str:
    """What the service means to the customer: as they said it, else as a line has it."""
    if state.stake is not None:
        return str(state.stake.body.level)
    said = state.customer.stake if state.customer is not None else ""
    return said if isinstance(said, str) else said.level


def usual_advisor(state: CustomerState) -> str:
    """Who usually answers this customer: as it was set, else as a line has it."""
    named = state.relation.body.preferred if state.relation is not None else ""
    return str(named or (state.customer.preferred_advisor if state.customer is not None else ""))
