"""Import lines into the journal: batch by batch, each one transaction; nothing lost, nothing twice.

Lines come in any order. What refers to something not seen yet waits in a pool and is tried again
at the end; what still refers to nothing is rejected with its line number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import select

from advisor_tui.domain import bodies as b
from advisor_tui.domain.identity import derived_uuid7
from advisor_tui.gateways.line_reader import Line, Rejected, read_line
from advisor_tui.gateways.pool import Pool
from advisor_tui.gateways.report import Report
from advisor_tui.language import N_
from advisor_tui.store.journal import Journal
from advisor_tui.store.lines import line_digest
from advisor_tui.store.unit import TABLES, Unit

BATCH = 4000


class Source(NamedTuple):
    """Where a line came from: the file's number in the run, its line number, its bytes."""

    file: int
    number: int
    raw: bytes


class Defaults(NamedTuple):
    """What an open case gets where its line says nothing: no case is an orphan."""

    owner: str
    next_step: str
    actor: str = "import"


class Known(NamedTuple):
    """What the workspace already holds of a line's entity."""

    digest: bytes | None
    customer: str


class Importer:
    """Takes lines into one journal; `report` counts what became of them."""

    def __init__(self, journal: Journal, defaults: Defaults, reject: Callable[[Source, Rejected], None]) -> None:
        self.journal = journal
        self.defaults = defaults
        self.report = Report()
        self._reject = reject
        self._pool = Pool()
        self._cases: dict[str, str] = {}  # case -> customer, of this run
        self._customers: set[str] = set()
        self._merges: list[tuple[str, str]] = []

    def take(self, sources: Iterable[Source], progress: Callable[[int, int], None] | None = None) -> None:
        """Import `sources`; what refers to nothing yet waits for `finish`."""
        for batch in _batches(sources):
            self._batch(batch, self._pool.add)
            if progress is not None:
                progress(len(batch), sum(len(source.raw) for source in batch))

    def finish(self, progress: Callable[[int, int], None] | None = None) -> Report:
        """Try what waits until nothing more finds its place; reject the rest."""
        while self._pool.size:
            waiting, self._pool = self._pool, Pool()
            before = waiting.size
            for batch in _batches(Source(*row) for row in waiting.rows()):
                self._batch(batch, self._pool.add)
                if progress is not None:
                    progress(0, 0)
            if self._pool.size == before:
                for batch in _batches(Source(*row) for row in self._pool.rows()):
                    for source in batch:
                        self._refuse_reference(source)
                self._pool = Pool()
        self._merge()
        return self.report

    def _refuse_reference(self, source: Source) -> None:
        line = read_line(source.raw, self.journal.now_ms(), self.journal.clock.zone)
        raw = msgspec.json.decode(source.raw)
        field = "case" if line.case and (not line.customer or line.customer in self._customers) else "customer"
        error = Rejected(N_("{field} refers to nothing: {value}"), field=field, value=str(raw.get(field))[:80])
        self.report.count(line.kind, "rejected")
        self._reject(source, error)

    def _batch(self, batch: list[Source], wait: Callable[[Source], None]) -> None:
        now, zone = self.journal.now_ms(), self.journal.clock.zone
        lines: list[tuple[Source, Line]] = []
        for source in batch:
            try:
                lines.append((source, read_line(source.raw, now, zone)))
            except Rejected as error:
                self.report.count("?", "rejected")
                self._reject(source, error)
        lines.sort(key=lambda pair: pair[1].type.rank)
        counts = Report()
        waiting: list[Source] = []
        refused: list[tuple[Source, Rejected]] = []
        merges: list[tuple[str, str]] = []
        with self.journal.transaction() as unit:
            step = _Step(self, unit, lines, counts)
            for source, line in lines:
                try:
                    if not step.take(line):
                        waiting.append(source)
                    elif line.merged_into:
                        merges.append((line.id, line.merged_into))
                except Rejected as error:
                    counts.count(line.kind, "rejected")
                    refused.append((source, error))
        self.report.add(counts)
        self._customers |= step.new_customers
        self._cases |= step.new_cases
        self._merges += merges
        for source in waiting:
            wait(source)
        for source, error in refused:
            self._reject(source, error)

    def _merge(self) -> None:
        """Merges come last: both sides exist now, and a second run finds them done."""
        if not self._merges:
            return
        with self.journal.transaction() as unit:
            for absorbed, into in self._merges:
                states = unit.states([absorbed, into])
                if states[absorbed].merged_into == into or states[into].customer is None:
                    continue
                now, txn = unit.now_ms(), derived_uuid7(unit.now_ms(), "merge", absorbed, into)
                for customer, body in (
                    (into, b.CustomersMerged(absorbed=absorbed)),
                    (absorbed, b.CustomersMerged(into=into)),
                ):
                    id_ = derived_uuid7(now, "merge", customer, absorbed, into, str(states[customer].count))
                    unit.append(
                        unit.event(
                            "customers_merged", customer, body, at=now, actor=self.defaults.actor, txn=txn, id_=id_
                        )
                    )
        self._merges = []


class _Step:
    """One batch inside its transaction."""

    def __init__(self, run: Importer, unit: Unit, lines: list[tuple[Source, Line]], counts: Report) -> None:
        self.run = run
        self.unit = unit
        self.counts = counts
        self.txn = unit.new_id()
        self.new_customers: set[str] = set()
        self.new_cases: dict[str, str] = {}
        self.known = self._look_up(lines)

    def _look_up(self, lines: list[tuple[Source, Line]]) -> dict[str, Known]:
        """What the workspace holds of the entities and references of these lines."""
        wanted: dict[str, set[str]] = {"customer_view": set(), "case_view": set()}
        for _, line in lines:
            wanted.setdefault(line.type.table, set()).add(line.id)
            if line.case and line.case not in self.run._cases:
                wanted["case_view"].add(line.case)
            if line.customer and line.customer not in self.run._customers:
                wanted["customer_view"].add(line.customer)
        known: dict[str, Known] = {}
        for name, ids in wanted.items():
            table = TABLES[name]
            owner = table.c.id if name == "customer_view" else table.c.customer_id
            ordered = sorted(ids)
            for start in range(0, len(ordered), 900):
                statement = select(table.c.id, table.c.digest, owner).where(
                    table.c.id.in_(ordered[start : start + 900])
                )
                for id_, digest, customer in self.unit.connection.execute(statement):
                    known[id_] = Known(digest, customer)
                    if name == "customer_view":
                        self.new_customers.add(id_)
                    elif name == "case_view":
                        self.new_cases[id_] = customer
        return known

    def take(self, line: Line) -> bool:
        """Record the line; False when what it refers to is not there yet."""
        if line.case:
            owner = self.new_cases.get(line.case) or self.run._cases.get(line.case)
            if owner is None:
                return False
            if not line.customer:
                line.customer = owner
            elif line.customer != owner:
                raise Rejected(N_("The case belongs to another customer."))
        if line.type.customer and line.customer not in self.new_customers and line.customer not in self.run._customers:
            return False
        known = self.known.get(line.id)
        if known is None:
            self._add(line)
        elif known.digest == line.digest:
            self.counts.count(line.kind, "unchanged")
        elif known.customer != line.customer and line.kind != "customer":
            raise Rejected(N_("The id {id} belongs to another customer."), id=line.ext)
        else:
            self._correct(line, known)
        return True

    def _add(self, line: Line) -> None:
        unit = self.unit
        id_ = derived_uuid7(line.at or 0, line.kind, line.id, line.digest)
        body, encoded = line.body, line.encoded
        if line.kind == "case":
            body, encoded = self._assigned(line)
            self.new_cases[line.id] = line.customer
        elif line.kind == "customer":
            self.new_customers.add(line.id)
            unit.new_state(line.id)
        at = line.at if line.type.when else unit.now_ms()
        event = unit.event(
            line.type.event, line.customer, body, at=at, actor=self.run.defaults.actor, txn=self.txn,
            case_id=line.id if line.kind == "case" else line.case or None, id_=id_,
        )  # fmt: skip
        unit.append(event, encoded)
        unit.digests[line.id] = line.digest
        self.known[line.id] = Known(line.digest, line.customer)
        self.counts.count(line.kind, "added")

    def _assigned(self, line: Line) -> tuple[Any, bytes]:
        """An open case that lacks owner, next step or date gets the team, a step and its opening day."""
        from advisor_tui.domain.events import encode_body

        body: b.CaseOpened = line.body
        if body.state not in ("open", "waiting") or (body.owner and body.next_step and body.next_on):
            return body, line.encoded
        defaults = {
            "owner": self.run.defaults.owner, "next_step": self.run.defaults.next_step, "next_on": body.opened_at[:10],
        }  # fmt: skip
        assigned = {key: value for key, value in defaults.items() if not getattr(body, key)}
        filled = msgspec.structs.replace(body, assigned=assigned)
        return filled, encode_body(filled)

    def _correct(self, line: Line, known: Known) -> None:
        unit = self.unit
        unit.fold_pending()
        state = unit.state(line.customer)
        recorded, head = _recorded(state, line)
        if recorded is None:  # it was undone here; a new line does not bring it back
            self.counts.count(line.kind, "unchanged")
            return
        old, new = msgspec.to_builtins(recorded), msgspec.to_builtins(line.body)
        old.pop("assigned", None)
        changes = {key: new.get(key) for key in sorted({*old, *new}) if old.get(key) != new.get(key)}
        if line.type.case and (line.case or None) != _line_case(state, line):
            changes["case"] = line.case
        if not changes:
            self.counts.count(line.kind, "unchanged")
            return
        event = unit.event(
            "corrected", line.customer, b.Corrected(kind=line.kind, id=line.id, set=changes),
            at=line.at if line.type.when else unit.now_ms(), actor=self.run.defaults.actor, txn=self.txn,
            case_id=line.id if line.kind == "case" else line.case or None, base=(head,),
            id_=derived_uuid7(line.at or 0, line.id, line.digest, known.digest or b"", str(state.count)),
        )  # fmt: skip
        unit.append(event)
        unit.digests[line.id] = line.digest
        self.known[line.id] = Known(line.digest, line.customer)
        self.counts.count(line.kind, "corrected")


def _recorded(state: Any, line: Line) -> tuple[Any, str]:
    """What `state` holds of the line's entity, and the event that said it."""
    if line.kind == "customer":
        return state.customer, state.customer_event
    places = {"case": state.cases, "holding": state.holdings, "offer": state.offers}
    entity = places.get(line.kind, state.items).get(line.id)
    return (None, "") if entity is None else (entity.recorded, entity.event)


def _line_case(state: Any, line: Line) -> str | None:
    item = state.items.get(line.id)
    return None if item is None else item.line_case


def _batches(sources: Iterable[Source]) -> Iterator[list[Source]]:
    batch: list[Source] = []
    weight = 0
    for source in sources:
        batch.append(source)
        weight += len(source.raw)
        if len(batch) >= BATCH or weight > 16_000_000:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


__all__ = ["BATCH", "Defaults", "Importer", "Source", "line_digest"]
