"""What an entity's import line would say now: the recorded values with everything done since.

The export writes these, and the importer compares a line with them, so an export brought back
into the workspace that it came from changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, tzinfo
from typing import Any

from msgspec.structs import replace

from advisor_tui.domain import bodies as b
from advisor_tui.domain.clock import from_ms, parse_when
from advisor_tui.domain.events import IMPORTED
from advisor_tui.domain.state import Case, CustomerState, Item, Thing
from advisor_tui.gateways.becoming import became
from advisor_tui.gateways.declaring import declared, ended
from advisor_tui.gateways.line_types import TYPES
from advisor_tui.gateways.offering import Offers, offered

LINES: dict[type[Any], str] = {line.model: name for name, line in TYPES.items()}
"""The type of line that says what a body records."""
FILLED = ("owner", "next_step", "next_on")
"""Scalars of a case that the importer may have filled in; see `CaseOpened.assigned`."""


class Present:
    """One folded customer, seen as import lines. `zone` places dates that have no time of day.

    `offers` gives the catalogue, for what was proposed; `elsewhere` says whether an id is an entry or a case of another
    record: an act may have been held by one.
    """

    def __init__(
        self, state: CustomerState, zone: tzinfo = UTC, offers: Callable[[], Offers] | None = None,
        elsewhere: Callable[[str], bool] = lambda _id: False,
    ) -> None:  # fmt: skip
        self.state = state
        self.zone = zone
        self._offers = offers
        self._elsewhere = elsewhere
        self._answers: dict[str, int | None] = {}

    def of(self, kind: str, id_: str) -> tuple[b.Recorded, str | None]:
        """The body of the entity's line, with its id and outside name, and the case that the line names."""
        state = self.state
        if kind == "customer":
            return self.customer(), None
        if kind == "case":
            return self.case(state.cases[id_]), None
        if kind in ("holding", "offer"):
            return self.thing((state.holdings if kind == "holding" else state.offers)[id_]), None
        item = state.items[id_]
        return self.item(item), self.placed(item)

    def customer(self) -> b.CustomerRecorded:
        """The customer with the identifiers added here."""
        body = self.state.customer
        assert body is not None
        identifiers = list(body.identifiers)
        for identifier, _, _ in self.state.identifiers:
            if identifier not in identifiers:
                identifiers.append(identifier)
        values = declared(self.state, body)
        return _named(body, self.state.id, identifiers=identifiers, **values)  # type: ignore[no-any-return]

    def thing(self, thing: Thing) -> Any:
        """A holding or an offer."""
        return _named(thing.recorded, thing.id)

    def case(self, case: Case) -> b.CaseOpened:
        """The case as it stands; what the importer filled in and nobody confirmed is not said."""
        body = case.recorded
        values: dict[str, Any] = {"state": case.state, "closed_at": case.closed_at, "assigned": {}}
        for name in FILLED:
            value = getattr(case, name)
            chosen = case.heads.get("owner" if name == "owner" else "step", "") in self.state.items
            filled = not getattr(body, name) and not chosen and value == body.assigned.get(name)
            values[name] = "" if filled else value
        values |= ended(case)
        return _named(body, case.id, **values)  # type: ignore[no-any-return]

    def item(self, item: Item) -> Any:
        """An entry with its present words and state; who recorded it here is its author."""
        body: Any = item.recorded
        values = became(item)
        if item.actor != IMPORTED and hasattr(body, "author"):
            values["author"] = item.actor
        if isinstance(body, b.CommitmentMade):
            values["replaced_by"] = self._there(values.get("replaced_by", ""))
            if not body.made_at and not body.ext:
                values["made_at"] = from_ms(item.at).isoformat()
            return _named(body, item.id, **values)
        if _instant(body.at, self.zone) is None:
            values["at"] = from_ms(item.at).isoformat()
        if item.heads:
            values["text"] = "\n\n".join(head.text for head in item.heads)
        elif isinstance(body, b.ContactLogged) and body.direction == "inbound":
            values["answered"] = self._answered(item, body)
        elif isinstance(body, b.SituationStated | b.ComplaintTaken):
            values["contact"] = self._there(body.contact)
        elif isinstance(body, b.AdverseActAsked):
            values["held_by"] = [id_ for id_ in body.held_by if self._there(id_) or self._elsewhere(id_)]
        elif isinstance(body, b.ProposalMade) and self._offers is not None:
            values |= offered(body, self._offers())
        return _named(body, item.id, **values)

    def placed(self, item: Item) -> str | None:
        """The entry's case, unless that case no longer counts."""
        return item.case_id if item.case_id in self.state.cases else None

    def exported(self, item: Item) -> str:
        """The type of the entry's line; "" where it has none."""
        type_ = LINES.get(type(item.recorded), "")
        return "" if type_ and TYPES[type_].case == "needed" and self.placed(item) is None else type_

    def _there(self, id_: str) -> str:
        """`id_`, where a line of this customer may name it."""
        item = self.state.items.get(id_)
        return id_ if id_ in self.state.cases or (item is not None and self.exported(item)) else ""

    def name(self, id_: str) -> str:
        """What a line calls an entry or a case: its outside name where it is of this customer, else its id."""
        found: Any = self.state.items.get(id_) or self.state.cases.get(id_)
        return id_ if found is None else found.recorded.ext or id_

    def _answered(self, item: Item, body: b.ContactLogged) -> bool | None:
        """What the line must say so that its reader sees the contact wait exactly when it waits here."""
        answered = item.waiting_since is None
        if body.answered is not None:
            return answered
        if item.state in ("answered", "no_answer_needed"):
            return None if answered else False
        case = self.state.cases.get(item.case_id or "")
        seen = False
        if case is not None:
            answer = self._last_answer(case.id)
            seen = case.state == "closed" or (answer is not None and answer >= self._at(item))
        return None if seen == answered else answered

    def _last_answer(self, case_id: str) -> int | None:
        """The instant of the last answer in a case, by what the lines say."""
        if case_id not in self._answers:
            members = (self.state.items[id_] for id_ in self.state.by_case.get(case_id, ()))
            self._answers[case_id] = max((self._at(item) for item in members if _answers(item)), default=None)
        return self._answers[case_id]

    def _at(self, item: Item) -> int:
        body: Any = item.recorded
        at = _instant(body.at, self.zone)
        return item.at if at is None else at


def line_instant(body: Any, zone: tzinfo = UTC) -> int:
    """The instant (Unix ms) that orders an entry's line in an export."""
    text = (body.made_at or body.due) if isinstance(body, b.CommitmentMade) else body.at
    return _instant(text, zone) or 0


def _instant(text: str, zone: tzinfo) -> int | None:
    try:
        return parse_when(text, zone)[0]
    except (ValueError, OverflowError):
        return None


def _named(body: Any, id_: str, **values: Any) -> Any:
    return replace(body, id=id_, ext=body.ext or id_, **values)


def _answers(item: Item) -> bool:
    body = item.recorded
    return item.kind == "resolution" or (isinstance(body, b.ContactLogged) and body.direction == "outbound")
