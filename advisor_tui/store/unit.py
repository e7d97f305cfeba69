"""A unit of work: events appended, folded and projected inside one open transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import Connection, Dialect, Table, and_, delete, func, or_, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

from advisor_tui.domain import bodies as b
from advisor_tui.domain.clock import Clock, to_ms
from advisor_tui.domain.events import VERSION, Event, encode_body
from advisor_tui.domain.fold import extend, fold
from advisor_tui.domain.identity import Hlc, uuid7
from advisor_tui.domain.state import CustomerState
from advisor_tui.store import tables
from advisor_tui.store.projections import Digests, Row, dirty_rows
from advisor_tui.store.states import States


def table_of(model: type[SQLModel]) -> Table:
    """The Core table of a model."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


TABLES: dict[str, Table] = {
    str(model.__tablename__): table_of(model) for model in (*tables.PROJECTIONS, tables.EventRow)
}
KEPT = {"customer_view": {"root"}}  # columns that an update of the row leaves alone
NUL_SHOWN = "\u2400"
"""What stands for U+0000 in a row of PostgreSQL, whose text cannot hold it; bodies, being JSON, keep it."""
_MERGING = 0x6D657267  # a lock's number
_WRITES: dict[tuple[str, str], str] = {}


def write_sql(name: str, dialect: Dialect) -> str:
    """The statement that writes rows of a table: inserts, and updates by `id` where the table is a picture.

    Compiled once by Core for the dialect at hand; rows are then handed to the driver as they are, which
    spares Core's work on every row of an import.
    """
    known = _WRITES.get((name, dialect.name))
    if known is None:
        table = TABLES[name]
        columns = [c.name for c in table.c if c.name != "n"]
        insert = sqlite.insert(table) if dialect.name == "sqlite" else postgresql.insert(table).inline()
        if name not in ("event", "identifier"):
            changed = [column for column in columns if column not in {"id"} | KEPT.get(name, set())]
            new = insert.excluded
            where = or_(*(table.c[column].is_distinct_from(new[column]) for column in changed))
            if "customer_id" in table.c:  # whoever borrows another customer's id does not get their row
                where = and_(table.c.customer_id == new.customer_id, where)
            insert = insert.on_conflict_do_update(
                index_elements=["id"], set_={column: new[column] for column in changed}, where=where
            )
        named = sqlite.dialect(paramstyle="named") if dialect.name == "sqlite" else dialect
        known = _WRITES[(name, dialect.name)] = str(insert.compile(dialect=named, column_keys=columns))
    return known


def without_nul(row: Row) -> Row:
    """The row as PostgreSQL can hold it."""
    if any(type(value) is str and "\0" in value for value in row.values()):
        return {key: value.replace("\0", NUL_SHOWN) if type(value) is str else value for key, value in row.items()}
    return row


class Unit:
    """One transaction's view of the journal; made by `Journal.transaction`."""

    def __init__(
        self, connection: Connection, hlc: Hlc, clock: Clock, bits: Callable[[], int],
        states: States,
    ) -> None:  # fmt: skip
        self.connection = connection
        self.hlc = hlc
        self.clock = clock
        self.bits = bits
        self.digests: Digests = {}
        self._states = states
        self._new: list[Row] = []
        self._touched: set[str] = set()
        self._refolded: set[str] = set()
        self._pending: dict[str, list[Event]] = {}
        self._merges = False

    def now_ms(self) -> int:
        return to_ms(self.clock.now())

    def new_id(self) -> str:
        """A fresh UUIDv7 of the present."""
        return uuid7(self.now_ms(), self.bits())

    def states(self, customer_ids: Iterable[str]) -> dict[str, CustomerState]:
        """Folded states, from memory where they are, else from the journal, all in one query."""
        from advisor_tui.store.journal import load_events

        wanted = list(dict.fromkeys(customer_ids))
        missing = [id_ for id_ in wanted if id_ not in self._states]
        if missing:
            loaded = load_events(self.connection, missing, self._states.weigh)
            for id_ in missing:
                state = fold(id_, loaded.get(id_, []))
                state.dirty.clear()
                self._states[id_] = state
        for id_ in wanted:
            self._states.move_to_end(id_)
        return {id_: self._states[id_] for id_ in wanted}

    def state(self, customer_id: str) -> CustomerState:
        """One folded state."""
        return self.states([customer_id])[customer_id]

    def new_state(self, customer_id: str) -> CustomerState:
        """The state of a customer known to have no event yet, without asking the disk."""
        known = self._states.get(customer_id)
        if known is None:
            known = self._states[customer_id] = CustomerState(id=customer_id)
        return known

    def event(
        self, type_: str, customer_id: str, body: b.Body, *, at: int, actor: str, txn: str,
        case_id: str | None = None, base: tuple[str, ...] = (), id_: str = "",
    ) -> Event:  # fmt: skip
        """An event stamped by this unit's clock, not yet appended."""
        self.hlc = self.hlc.next(self.now_ms())
        return Event(
            id=id_ or self.new_id(), customer_id=customer_id, case_id=case_id, type=type_, v=VERSION, at=at,
            hlc=str(self.hlc), actor=actor, txn=txn, base=base, body=body,
        )  # fmt: skip

    def append(
        self, event: Event, encoded: bytes | None = None, *, seq: int | None = None, stream: str | None = None
    ) -> None:
        """Add an event; `fold_pending` folds it, `flush` writes it. A `seq` says that the server has it.

        Without a body it was erased by law; a body that this version cannot read is given as `encoded`.
        """
        if encoded is None and event.body is not None:
            encoded = encode_body(event.body)
        self._new.append(
            {
                "id": event.id, "customer_id": event.customer_id, "case_id": event.case_id, "type": event.type,
                "v": event.v, "at": event.at, "hlc": event.hlc, "actor": event.actor, "txn": event.txn,
                "base": " ".join(event.base), "body": None if encoded is None else encoded.decode(), "seq": seq,
                "stream": stream,
            }
        )  # fmt: skip
        self._states.weigh(event.customer_id, len(encoded or b""))
        self._pending.setdefault(event.customer_id, []).append(event)
        if event.type in ("customers_merged", "customers_unmerged", "undone"):
            self._merges = True

    def fold_pending(self) -> dict[str, CustomerState]:
        """Fold what was appended since the last call; the states touched."""
        touched: dict[str, CustomerState] = {}
        before = self.states(self._pending)
        for customer_id, events in self._pending.items():
            old = before[customer_id]
            state = extend(old, events, lambda c=customer_id: self._reload(c))  # type: ignore[misc]
            if state is not old:
                self._refolded.add(customer_id)
                self._states[customer_id] = state
            touched[customer_id] = state
        self._touched.update(touched)
        self._pending.clear()
        return touched

    def refold(self, customer_id: str) -> None:
        """Fold a customer anew, after rows of the journal were changed or left."""
        from advisor_tui.store.journal import load_events

        self.write_events()
        self._states.forget(customer_id)
        events = load_events(self.connection, [customer_id], self._states.weigh).get(customer_id, [])
        self._states[customer_id] = fold(customer_id, events)
        self._pending.pop(customer_id, None)
        self._refolded.add(customer_id)
        self._touched.add(customer_id)
        self._merges = True

    def touched(self) -> list[CustomerState]:
        """Every state that this transaction changed, with all that was appended folded in."""
        self.fold_pending()
        return list(self.states(sorted(self._touched)).values())

    def _reload(self, customer_id: str) -> list[Event]:
        from advisor_tui.store.journal import load_events

        self.write_events()
        return load_events(self.connection, [customer_id]).get(customer_id, [])

    def write_events(self) -> None:
        """Put what was appended into the table, for a query to see it."""
        if self._new:
            self._write("event", self._new)
            self._new = []

    def flush(self) -> None:
        """Write events, projections and the clock; the transaction commits after this."""
        self.fold_pending()
        self.write_events()
        rows: dict[str, list[Row]] = {}
        customers: list[str] = []
        for customer_id in sorted(self._touched):
            state = self._states[customer_id]
            if customer_id in self._refolded:
                self._forget_gone(state)
            for table, row in dirty_rows(state, self.digests):
                rows.setdefault(table, []).append(row)
                if table == "customer_view":
                    customers.append(customer_id)
                    self._merges = self._merges or row["merged_into"] is not None
        self.write_rows(rows, customers)
        if self._merges:
            reroot(self.connection)
        if self._touched:
            self.connection.execute(text("UPDATE meta SET value = :hlc WHERE key = 'hlc'"), {"hlc": str(self.hlc)})
        self._touched.clear()
        self._refolded.clear()

    def write_rows(self, rows: dict[str, list[Row]], customers: list[str]) -> None:
        """Write projection rows; identifiers of `customers` are replaced whole."""
        identifiers = TABLES["identifier"]
        for start in range(0, len(customers), 500):
            chunk = customers[start : start + 500]
            self.connection.execute(delete(identifiers).where(identifiers.c.customer_id.in_(chunk)))
        for table, values in rows.items():
            self._write(table, values)

    def _write(self, table: str, rows: list[Row]) -> None:
        dialect = self.connection.dialect
        storable = rows if dialect.name == "sqlite" else [without_nul(row) for row in rows]
        self.connection.exec_driver_sql(write_sql(table, dialect), storable)

    def _forget_gone(self, state: CustomerState) -> None:
        """After a fold from scratch, rows of what no longer counts go."""
        kept = {
            "entry": set(state.items) | set(state.cases), "case_view": set(state.cases),
            "holding_view": set(state.holdings), "offer_view": set(state.offers),
            "customer_view": {state.id} if state.customer else set(),
        }  # fmt: skip
        for name, ids in kept.items():
            table = TABLES[name]
            owner = table.c.id if name == "customer_view" else table.c.customer_id
            if name == "customer_view" and not ids:
                identifiers = TABLES["identifier"]
                self.connection.execute(delete(identifiers).where(identifiers.c.customer_id == state.id))
            present = self.connection.execute(select(table.c.id).where(owner == state.id)).scalars()
            gone = [id_ for id_ in present if id_ not in ids]
            for start in range(0, len(gone), 500):
                self.connection.execute(delete(table).where(table.c.id.in_(gone[start : start + 500])))


def reroot(connection: Connection) -> None:
    """Point every merged customer at the one who stands for them all; cycles end at the smallest id."""
    if connection.dialect.name == "postgresql":  # of two workers at it, each must see what the other merged
        connection.execute(select(func.pg_advisory_xact_lock(_MERGING)))
    customer = TABLES["customer_view"]
    merged = select(customer.c.id, customer.c.merged_into).where(customer.c.merged_into.is_not(None))
    links: dict[str, str] = {row.id: row.merged_into for row in connection.execute(merged)}
    moved = select(customer.c.id, customer.c.root).where(customer.c.root != customer.c.id)
    roots: dict[str, str] = {row.id: row.root for row in connection.execute(moved)}
    resolved: dict[str, str] = {}
    for id_ in {*links, *roots}:
        trail: dict[str, int] = {}  # the way from `id_`, each step with its place
        at = id_
        while at in links and at not in resolved and at not in trail:
            trail[at] = len(trail)
            at = links[at]
        root = min(list(trail)[trail[at] :]) if at in trail else resolved.get(at, at)
        resolved.update(dict.fromkeys(trail, root))
        if roots.get(id_, id_) != root:
            connection.execute(customer.update().where(customer.c.id == id_).values(root=root))
