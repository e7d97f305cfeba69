"""What a decision sees: the folded past, who acts, what time it is; and where it puts its events."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING

from advisor_tui.domain import bodies as b
from advisor_tui.domain.clock import from_ms
from advisor_tui.domain.errors import Invalid, NotFound, Refused
from advisor_tui.domain.events import Event
from advisor_tui.domain.identity import entity_id
from advisor_tui.domain.moment import parse_moment
from advisor_tui.domain.permissions import Person
from advisor_tui.domain.rules import Rules
from advisor_tui.domain.state import Case, CustomerState, Item
from advisor_tui.language import N_

if TYPE_CHECKING:
    from advisor_tui.store.unit import Unit

MAX_TEXT = 1_000_000
"""Characters of the longest text a person can record; an export must fit a line again."""


class Context:
    """One decision in the making. Made by `execute`."""

    def __init__(self, unit: Unit, person: Person, rules: Rules) -> None:
        self.unit = unit
        self.person = person
        self.rules = rules
        self.now_ms = unit.now_ms()
        self.zone: tzinfo = unit.clock.zone
        self.txn = unit.new_id()
        self.made: dict[str, str] = {}
        self.masked: list[str] = []
        """Kinds of numbers that were masked in the words of this action: "card", "iban", "nir"."""
        self.customer_id = ""
        self.events: list[Event] = []

    @property
    def now(self) -> datetime:
        return from_ms(self.now_ms, self.zone)

    @property
    def today(self) -> date:
        return self.now.date()

    def moment(self, text: str) -> str:
        """A date or date-time as typed, in ISO form."""
        return parse_moment(text, self.now, self.zone)

    def customer(self, reference: str) -> CustomerState:
        """The customer whose id, external id, identifier or exact name is `reference`."""
        from advisor_tui.store.lookups import find_customer

        id_ = find_customer(self.unit.connection, reference)
        state = self.unit.state(id_)
        if state.customer is None:
            raise NotFound("No customer is known as {name}.", name=reference)
        return state

    def family(self, state: CustomerState) -> list[CustomerState]:
        """All records of the person that `state` is a record of: what is held or promised on one holds for all."""
        from advisor_tui.store.lookups import family_of

        return [self.unit.state(id_) for id_ in family_of(self.unit.connection, state.id)]

    def case(self, reference: str) -> tuple[CustomerState, Case]:
        """The case whose id or external id is `reference`, with its customer."""
        state, id_ = self._owner_of("case_view", reference, N_("No case is known as {name}."))
        return state, state.cases[id_]

    def item(self, reference: str, kind: str) -> tuple[CustomerState, Item]:
        """The entry of kind `kind` whose id or external id is `reference`, with its customer."""
        state, id_ = self._owner_of("entry", reference, N_("No entry of the history is known as {name}."), kind)
        item = state.items[id_]
        if item.kind != kind:
            raise Invalid("{name} is not of the kind this action needs ({kind}).", name=reference, kind=kind)
        return state, item

    def _owner_of(self, place: str, reference: str, message: str, kind: str = "case") -> tuple[CustomerState, str]:
        from advisor_tui.store.lookups import owner_of

        for id_ in (reference, entity_id(kind, reference)):
            owner = owner_of(self.unit, place, id_)
            if owner is not None:
                return self.unit.state(owner), id_
        raise NotFound(message, name=reference[:80])

    def add(
        self, type_: str, state: CustomerState, body: b.Body, *, case_id: str | None = None,
        base: tuple[str, ...] = (), at: int | None = None,
    ) -> Event:  # fmt: skip
        """Append one event about `state`'s customer; card numbers, IBAN and NIR in its words are masked."""
        from advisor_tui.domain.masking import mask_all

        body, kinds = mask_all(body)
        self.masked += [kind for kind in kinds if kind not in self.masked]
        event = self.unit.event(
            type_, state.id, body, at=self.now_ms if at is None else at, actor=self.person.name, txn=self.txn,
            case_id=case_id, base=base,
        )  # fmt: skip
        self.unit.append(event)
        self.events.append(event)
        self.customer_id = state.id
        return event

    def active(self, case: Case) -> None:
        """Refuse what cannot be done on a closed case."""
        if case.state == "closed":
            raise Refused("This case is closed. Reopen it first.", code="case_closed")


def nonempty(text: str, what: str) -> str:
    """`text` without outer space; Invalid when nothing is left."""
    stripped = text.strip()
    if len(stripped) > MAX_TEXT:
        raise Invalid("{what} is longer than {limit} characters.", what=what, limit=MAX_TEXT)
    if not stripped:
        raise Invalid("{what} is empty.", what=what)
    return stripped
