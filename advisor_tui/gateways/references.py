"""What lines name besides their customer and case: contacts, promises, offers, by outside ids. Events hold our ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from msgspec.structs import replace
from sqlalchemy import select

from advisor_tui.domain import bodies as b
from advisor_tui.domain.events import encode_body
from advisor_tui.domain.identity import entity_id
from advisor_tui.domain.state import CustomerState
from advisor_tui.gateways.line_reader import Line, Rejected
from advisor_tui.gateways.line_types import TYPES, Reference
from advisor_tui.gateways.offering import Offers
from advisor_tui.language import N_
from advisor_tui.store.lines import line_digest
from advisor_tui.store.unit import TABLES, Unit

CHUNK = 900  # bound values of one statement
REFERENCES: dict[type[Any], tuple[Reference, ...]] = {line.model: line.refers for line in TYPES.values() if line.refers}
_REFERRED = frozenset(name for line in TYPES.values() for reference in line.refers for name in reference.types)


class Place(NamedTuple):
    """Something that a line may name: what it is, whose, and what an offer is called."""

    kind: str
    customer: str
    name: str = ""


class Lacking(NamedTuple):
    """A field that names what is not there (yet)."""

    field: str
    value: str


class References:
    """Finds what the lines of one batch name, in the workspace and among the lines before."""

    def __init__(self, unit: Unit, lines: Iterable[Line]) -> None:
        self._places: dict[str, Place] = {}
        wanted: dict[str, set[str]] = {"entry": set(), "offer_view": set()}
        for line in lines:
            for reference, names in line.names:
                table = "offer_view" if reference.types == ("offer",) else "entry"
                wanted[table].update(id_ for name in names for id_ in _candidates(reference, name))
        self._busy = any(wanted.values())
        for table, ids in wanted.items():
            self._look_up(unit, table, sorted(ids))

    def _look_up(self, unit: Unit, table: str, ids: list[str]) -> None:
        row = TABLES[table].c
        for start in range(0, len(ids), CHUNK):
            own = (row.name,) if table == "offer_view" else (row.kind,)
            statement = select(row.id, row.customer_id, *own).where(row.id.in_(ids[start : start + CHUNK]))
            for id_, customer, text in unit.connection.execute(statement):
                offer = table == "offer_view"
                self._places[id_] = Place("offer", customer, text) if offer else Place(text, customer)

    def note(self, line: Line) -> None:
        """The line is recorded: lines after it may name it."""
        if self._busy and line.kind in _REFERRED:
            self._places[line.id] = Place(line.kind, line.customer, getattr(line.body, "name", ""))

    def settle(self, line: Line) -> Lacking | None:
        """Put our ids in the place of outside ones; what is lacking, where something is. May raise Rejected."""
        values: dict[str, Any] = {}
        for reference, names in line.names:
            ids = []
            for name in names:
                id_ = self._find(reference, name)
                if id_ is None:
                    return Lacking(reference.field, name)
                place = self._places[id_]
                if reference.own and place.customer != line.customer:
                    raise Rejected(
                        N_("{field} belongs to another customer: {value}"), field=reference.field, value=name[:80]
                    )
                if id_ == line.id:
                    raise Rejected(N_("A promise cannot stand in its own place."))
                ids.append(id_)
                if place.kind == "offer" and not line.body.offered_as:
                    values["offered_as"] = place.name
                    line.filled = True
            values[reference.field] = ids if reference.many else ids[0]
        change(line, values)
        return None

    def _find(self, reference: Reference, name: str) -> str | None:
        for id_ in _candidates(reference, name):
            place = self._places.get(id_)
            if place is not None and place.kind in reference.types:
                return id_
        return None


def change(line: Line, values: dict[str, Any]) -> None:
    """Give the line's body other values; what stands for its content follows."""
    line.body = replace(line.body, **values)
    line.encoded = encode_body(line.body)
    line.digest = line_digest(line.encoded, line.case)


def _candidates(reference: Reference, name: str) -> list[str]:
    """The ids that `name` stands for, one for each type that it may be of."""
    return [entity_id(TYPES[type_].entity or type_, name) for type_ in reference.types]


def refuse_circle(state: CustomerState, line: Line) -> None:
    """A promise that stands, over others, in its own place is none. Raises Rejected."""
    at = getattr(line.body, "replaced_by", "")
    seen = {line.id}
    while at:
        if at in seen:
            raise Rejected(N_("A promise cannot stand in its own place."))
        seen.add(at)
        item = state.items.get(at)
        at = "" if item is None else replaced_by(item.later)


def replaced_by(later: list[tuple[int, str, Any]]) -> str:
    """The promise that stands in the place of one that went on like this; "" where none does."""
    return next((body.replaced_by for *_rest, body in reversed(later) if isinstance(body, b.CommitmentWarned)), "")


def outside_names(body: b.Recorded, name: Callable[[str], str], offers: Offers) -> dict[str, Any]:
    """The fields of an entry's line that name other lines, by what those are called outside; None for no such field."""
    if isinstance(body, b.ProposalMade):
        if body.offer in offers.known:
            return {"offer": offers.known[body.offer]}
        return {"offer": None, "offered_as": body.offered_as or body.offer}
    named: dict[str, Any] = {}
    for reference in REFERENCES.get(type(body), ()):
        value = getattr(body, reference.field)
        if value:
            named[reference.field] = [name(id_) for id_ in value] if reference.many else name(value)
    return named
