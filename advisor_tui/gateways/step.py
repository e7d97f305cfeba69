"""One batch inside its transaction: which lines are new, known, changed or not placed yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import literal, select

from advisor_tui.domain import bodies as b
from advisor_tui.domain.events import CATALOGUE, encode_body
from advisor_tui.domain.identity import derived_uuid7, digest_uuid7
from advisor_tui.domain.invariants import ACTIVE
from advisor_tui.domain.state import Case, CustomerState
from advisor_tui.gateways.current import Present
from advisor_tui.gateways.line_reader import Line, Rejected
from advisor_tui.gateways.offering import Offers, offered
from advisor_tui.gateways.references import Lacking, References, change, refuse_circle
from advisor_tui.language import N_
from advisor_tui.store.journal import load_events
from advisor_tui.store.lines import line_digest
from advisor_tui.store.unit import TABLES, Unit

CHUNK = 900  # bound values of one statement
_TAKEN = N_("The id {id} is already the name of something else.")
_ROWS = ("entry", "case_view")


class Defaults(NamedTuple):
    """What an open case gets where its line says nothing: no case is an orphan."""

    owner: str
    next_step: str
    actor: str = "import"


class Known(NamedTuple):
    """What the workspace already holds of a line's entity."""

    digest: bytes | None
    customer: str


class Seen(NamedTuple):
    """Customers and cases known to exist: `cases` says whose each is."""

    customers: set[str]
    cases: dict[str, str]

    def add(self, other: Seen) -> None:
        self.customers.update(other.customers)
        self.cases.update(other.cases)


class Step:
    """Records lines in one unit of work. `careful` also asks for events that were recorded and undone."""

    def __init__(self, unit: Unit, defaults: Defaults, seen: Seen, lines: list[Line], careful: bool) -> None:
        self.unit = unit
        self.defaults = defaults
        self.seen = seen
        self.new = Seen(set(), {})
        self.entries: dict[str, str] = {}  # id -> kind of the rows that these lines would write over
        self.known = self._look_up(lines)
        self.references = References(unit, lines)
        self.lacks: Lacking | None = None  # why the last line that was not placed was not
        self.careful = careful
        self.spent = self._look_up_events(lines) if careful else frozenset()

    def _look_up(self, lines: list[Line]) -> dict[str, Known]:
        """What the workspace holds of the entities and references of these lines."""
        wanted: dict[str, set[str]] = {"customer_view": set(), "case_view": set()}
        for line in lines:
            wanted.setdefault(line.type.table, set()).add(line.id)
            if line.kind == "case":  # a case has a row among the entries too
                wanted.setdefault("entry", set()).add(line.id)
            if line.case and line.case not in self.seen.cases:
                wanted["case_view"].add(line.case)
            if line.customer and line.customer not in self.seen.customers:
                wanted["customer_view"].add(line.customer)
        known: dict[str, Known] = {}
        for name, ids in wanted.items():
            table = TABLES[name]
            owner = table.c.id if name == "customer_view" else table.c.customer_id
            ordered = sorted(ids)
            for start in range(0, len(ordered), CHUNK):
                kind = table.c.kind if name == "entry" else literal("")
                statement = select(table.c.id, table.c.digest, owner, kind).where(
                    table.c.id.in_(ordered[start : start + CHUNK])
                )
                for id_, digest, customer, entry in self.unit.connection.execute(statement):
                    if entry:
                        self.entries[id_] = entry
                    if entry != "case":
                        known[id_] = Known(digest, customer)
                    if name == "customer_view":
                        self.new.customers.add(id_)
                    elif name == "case_view":
                        self.new.cases[id_] = customer
        return known

    def _look_up_events(self, lines: list[Line]) -> frozenset[str]:
        """The events that these lines would record and that the journal has, though they no longer count."""
        return self._recorded({event_id(line) for line in lines if line.id not in self.known and not line.names})

    def _recorded(self, events: set[str]) -> frozenset[str]:
        """Those of `events` that the journal has."""
        event = TABLES["event"].c
        ids = sorted(events)
        found: set[str] = set()
        for start in range(0, len(ids), CHUNK):
            statement = select(event.id).where(event.id.in_(ids[start : start + CHUNK]))
            found.update(self.unit.connection.execute(statement).scalars())
        return frozenset(found)

    def take(self, line: Line) -> str | None:
        """Record the line and say what became of it; None when what it refers to is not there yet."""
        entry = self.entries.get(line.id)
        if entry and line.type.table in _ROWS and (entry == "case") != (line.kind == "case"):
            raise Rejected(_TAKEN, id=line.ext)
        known = self.known.get(line.id)
        self.lacks = None
        if known is None and self.spent and event_id(line) in self.spent:
            return "unchanged"  # it was undone here; the same line does not bring it back
        if line.case:
            owner = self.new.cases.get(line.case) or self.seen.cases.get(line.case)
            if owner is None:
                return None
            if not line.customer:
                line.customer = owner
            elif line.customer != owner:
                raise Rejected(N_("The case belongs to another customer."))
        if line.type.customer and line.customer not in self.new.customers and line.customer not in self.seen.customers:
            return None
        if line.names:
            self.lacks = self.references.settle(line)
            if self.lacks is not None:
                return None
            if known is None and self.careful and self._recorded({event_id(line)}):
                return "unchanged"
        if known is None:
            self._add(line)
            return "added"
        if known.digest == line.digest:
            return "unchanged"
        if known.customer != line.customer and line.kind != "customer":
            raise Rejected(N_("The id {id} belongs to another customer."), id=line.ext)
        return self._correct(line, known)

    def _add(self, line: Line) -> None:
        unit = self.unit
        body, encoded = line.body, line.encoded
        if line.kind == "case":
            body, encoded = self._assigned(line)
            self.new.cases[line.id] = line.customer
        elif line.kind == "customer":
            self.new.customers.add(line.id)
            unit.new_state(line.id)
        at = line.at if line.type.when else unit.now_ms()
        id_ = event_id(line)
        event = unit.event(  # each line stands for itself: a file is no act of a person
            line.type.event, line.customer, body, at=at, actor=self.defaults.actor, txn=id_,
            case_id=line.id if line.kind == "case" else line.case or None, id_=id_,
        )  # fmt: skip
        unit.append(event, encoded)
        self.references.note(line)
        unit.digests[line.id] = line.digest
        self.known[line.id] = Known(line.digest, line.customer)

    def _assigned(self, line: Line) -> tuple[b.CaseOpened, bytes]:
        """An open case that lacks owner, next step or date gets the team, a step and its opening day."""
        body: b.CaseOpened = line.body
        if body.state not in ACTIVE or (body.owner and body.next_step and body.next_on):
            return body, line.encoded
        assigned = {key: value for key, value in self._defaults(body).items() if not getattr(body, key)}
        filled = msgspec.structs.replace(body, assigned=assigned)
        return filled, encode_body(filled)

    def _defaults(self, body: b.CaseOpened) -> dict[str, str]:
        return {"owner": self.defaults.owner, "next_step": self.defaults.next_step, "next_on": body.opened_at[:10]}

    def _assign(self, case: Case, body: b.CaseOpened, changes: dict[str, Any]) -> None:
        """A correction that leaves an open case without owner, next step or date fills in the same."""
        if (body.state if "state" in changes else case.state) not in ACTIVE:
            return
        assigned = case.recorded.assigned
        lacking = {
            key: value for key, value in self._defaults(body).items()
            if not ((changes.get(key) if key in changes else getattr(case, key)) or assigned.get(key))
        }  # fmt: skip
        if lacking:
            changes["assigned"] = {**assigned, **lacking}

    def _correct(self, line: Line, known: Known) -> str:
        """Record what the line changes; what merely says how things stand by now changes nothing."""
        unit = self.unit
        unit.fold_pending()
        state = unit.state(line.customer)
        recorded, head = recorded_of(state, line.kind, line.id)
        if type(recorded) is not line.type.model:
            raise Rejected(_TAKEN, id=line.ext)
        if line.names and line.kind == "commitment":
            refuse_circle(state, line)
        if line.filled and state.items[line.id].recorded != line.body:  # the offer may have another name by now
            self._name_offer(line, recorded)
        changes = self._changes(state, line, recorded)
        if not changes:
            return "unchanged"
        id_ = derived_uuid7(line.at or 0, line.id, line.digest, known.digest or b"", str(state.count))
        event = unit.event(
            "corrected", line.customer, b.Corrected(kind=line.kind, id=line.id, set=changes),
            at=line.at if line.type.when else unit.now_ms(), actor=self.defaults.actor, txn=id_,
            case_id=line.id if line.kind == "case" else line.case or None, base=(head,), id_=id_,
        )  # fmt: skip
        unit.append(event)
        unit.digests[line.id] = line.digest
        self.known[line.id] = Known(line.digest, line.customer)
        return "corrected"

    def _changes(self, state: CustomerState, line: Line, recorded: b.Recorded) -> dict[str, Any]:
        if any(self._says(state, line, elsewhere) for elsewhere in self._elsewhere(line)):
            return {}
        old, new = msgspec.to_builtins(recorded), msgspec.to_builtins(line.body)
        old.pop("assigned", None)
        changes = {key: new.get(key) for key in sorted({*old, *new}) if old.get(key) != new.get(key)}
        if line.type.case:
            item = state.items[line.id]
            if (line.case or None) != item.line_case:
                changes["case"] = line.case
        if line.kind == "case" and changes:
            self._assign(state.cases[line.id], line.body, changes)
        return changes

    def _elsewhere(self, line: Line) -> tuple[Callable[[str], bool], ...]:
        """Whether an act was held by what is on another record: an export of one customer alone leaves that out."""
        held: list[str] = getattr(line.body, "held_by", [])
        return (held.__contains__, lambda _id: False) if held else (lambda _id: False,)

    def _says(self, state: CustomerState, line: Line, elsewhere: Callable[[str], bool]) -> bool:
        """Whether the line says what is so already."""
        present, case = Present(state, self.unit.clock.zone, self._offers, elsewhere).of(line.kind, line.id)
        return line_digest(encode_body(present), case) == line.digest

    def _offers(self) -> Offers:
        events = load_events(self.unit.connection, [CATALOGUE]).get(CATALOGUE, [])
        return Offers(self.unit.state(CATALOGUE), events)

    def _name_offer(self, line: Line, recorded: Any) -> None:
        """A line that does not say how the offer was called then means what is recorded."""
        known = offered(recorded, self._offers())
        if known["offer"] == line.body.offer:
            change(line, {"offered_as": known["offered_as"]})


def event_id(line: Line) -> str:
    """The id of the event that records the line: the same on every machine."""
    return digest_uuid7(line.at, line.digest)  # the digest covers the line's id, and so its type


def recorded_of(state: CustomerState, kind: str, id_: str) -> tuple[Any, str]:
    """What `state` holds of an entity as recorded, and the event that said it."""
    if kind == "customer":
        return state.customer, state.customer_event
    places: dict[str, dict[str, Any]] = {"case": state.cases, "holding": state.holdings, "offer": state.offers}
    entity = places.get(kind, state.items).get(id_)
    return (None, "") if entity is None else (entity.recorded, entity.event)
