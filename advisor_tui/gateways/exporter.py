"""The workspace as import lines: what its history comes to now, customer by customer.

Export, import into an empty workspace, export again: the same bytes. The order is fixed: the
offers, then customers by outside name; of each the customer, holdings, cases, and the entries by
instant. Reading goes through its own connection, so a person can work while an export runs.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, tzinfo
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import msgspec
from sqlalchemy import Connection, create_engine, event, func, or_, select, tuple_
from sqlalchemy.pool import NullPool

from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import Invalid, StoreError
from advisor_tui.domain.events import CATALOGUE
from advisor_tui.domain.fold import fold
from advisor_tui.domain.identity import entity_id
from advisor_tui.domain.state import CustomerState
from advisor_tui.gateways.current import Present, line_instant
from advisor_tui.gateways.line_types import FORMAT, TYPES
from advisor_tui.gateways.offering import Offers
from advisor_tui.gateways.references import outside_names
from advisor_tui.language import N_
from advisor_tui.store.faults import explained
from advisor_tui.store.journal import Journal, load_events
from advisor_tui.store.unit import TABLES
from advisor_tui.store.workspace import CONFIG

PAGE = 500  # customers read at a time
EVENTS = 20_000  # events folded at a time, unless one customer alone has more
_encode = msgspec.json.Encoder().encode


def export_lines(
    source: Journal | Connection, customer: str | None = None, *, zone: tzinfo | None = None
) -> Iterator[bytes]:
    """Each line with its newline; of one `customer` (id or outside name) or of everything with the offers."""
    if isinstance(source, Journal):
        with _reading(source.path) as connection:
            yield from _lines(connection, customer, zone or source.clock.zone)
    else:
        yield from _lines(source, customer, zone or UTC)


def export_to(
    source: Journal | Connection, path: Path, customer: str | None = None, progress: Callable[[int], None] | None = None
) -> int:
    """Write the export to `path`, whole or not at all; the number of lines. `progress` gets it now and then."""
    count = 0
    try:
        with _written(path, source.path if isinstance(source, Journal) else None) as handle:
            for line in export_lines(source, customer):
                handle.write(line)
                count += 1
                if progress is not None and count % 1000 == 0:
                    progress(count)
    except OSError as error:
        raise StoreError(
            N_("{path} cannot be written: {reason}"), path=str(path), reason=error.strerror or str(error)
        ) from error
    return count


@contextmanager
def _written(path: Path, database: Path | None) -> Iterator[IO[bytes]]:
    """A handle whose bytes stand at `path` when the block ends well; devices and pipes get them at once."""
    if path.is_dir():
        raise StoreError(N_("{path} is a folder. Name a file inside it."), path=str(path))
    if path.is_char_device() or path.is_fifo():
        with path.open("wb") as handle:
            yield handle
        return
    if path.exists() and not path.is_file():
        raise StoreError(N_("{path} is neither a file nor a folder."), path=str(path))
    target = Path(os.path.realpath(path))  # a link stays one
    if database is not None and _is_ours(target, Path(os.path.realpath(database))):
        raise Invalid(N_("{path} belongs to the workspace. Export to another file."), path=str(path))
    fresh = target.with_name(f".export-{secrets.token_hex(8)}.part")
    try:
        with fresh.open("xb") as handle:
            yield handle
        fresh.replace(target)
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)


def _is_ours(target: Path, database: Path) -> bool:
    name = target.name.casefold()
    return target.parent == database.parent and (name.startswith(database.name.casefold()) or name == CONFIG)


@contextmanager
def _reading(path: Path) -> Iterator[Connection]:
    """A connection that only reads, and sees one moment from beginning to end."""

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(f"file:{quote(os.fsencode(path))}?mode=ro", uri=True, isolation_level=None, timeout=5.0)

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    with explained(path), engine.connect() as connection:
        yield connection


def _lines(connection: Connection, customer: str | None, zone: tzinfo) -> Iterator[bytes]:
    events = load_events(connection, [CATALOGUE]).get(CATALOGUE, [])
    catalogue = fold(CATALOGUE, events)
    offers = Offers(catalogue, events)
    if customer is not None:
        yield from _one(connection, entity_id("customer", customer), catalogue, offers, zone)
        return
    yield from _catalogue(catalogue, set(offers.known))
    for page in _pages(connection):
        names = _kept_names(connection, page)
        for group in _groups(connection, page):
            loaded = load_events(connection, group)
            for id_ in group:
                state = fold(id_, loaded.pop(id_, []))
                there = _elsewhere(connection, state)
                yield from customer_lines(state, names.get(id_, ""), zone, offers, there.__contains__)


def _one(
    connection: Connection, id_: str, catalogue: CustomerState, offers: Offers, zone: tzinfo
) -> Iterator[bytes]:  # fmt: skip
    """One customer with the offers that were proposed to them; what another record says is left out."""
    state = fold(id_, load_events(connection, [id_]).get(id_, []))
    bodies = [item.recorded for item in state.items.values() if isinstance(item.recorded, b.ProposalMade)]
    yield from _catalogue(catalogue, {offers.find(body.offer) for body in bodies})
    yield from customer_lines(state, _kept_names(connection, [id_]).get(id_, ""), zone, offers)


def _catalogue(state: CustomerState, wanted: set[str]) -> Iterator[bytes]:
    present = Present(state)
    for offer in sorted((present.thing(thing) for thing in state.offers.values() if thing.id in wanted), key=_name):
        yield _line("offer", offer)


def _elsewhere(connection: Connection, state: CustomerState) -> set[str]:
    """Entries and cases of other records by which acts against this customer were held."""
    acts = [item.recorded for item in state.items.values() if isinstance(item.recorded, b.AdverseActAsked)]
    held = {id_ for act in acts for id_ in act.held_by} - {*state.items, *state.cases}
    if not held:
        return held
    entry, case = TABLES["entry"], TABLES["case_view"]
    placed = select(entry.c.id).outerjoin(case, case.c.id == entry.c.case_id).where(entry.c.id.in_(sorted(held)))
    kept = placed.where(or_(case.c.id.is_not(None), entry.c.kind == "contact"))
    return set(connection.execute(kept.where(entry.c.kind.in_(("contact", "complaint", "case")))).scalars())


def _pages(connection: Connection) -> Iterator[list[str]]:
    """The ids of all customers, by outside name."""
    view = TABLES["customer_view"].c
    last = ("", "")
    while True:
        statement = select(view.ext, view.id).order_by(view.ext, view.id).limit(PAGE)
        rows = connection.execute(statement.where(tuple_(view.ext, view.id) > last)).all()
        if not rows:
            return
        yield [id_ for _, id_ in rows]
        last = (rows[-1][0], rows[-1][1])


def _kept_names(connection: Connection, ids: list[str]) -> dict[str, str]:
    """For those of `ids` that were merged: the outside name of the customer they were merged into."""
    absorbed, kept = TABLES["customer_view"].alias(), TABLES["customer_view"].alias()
    statement = select(absorbed.c.id, kept.c.ext).join(kept, kept.c.id == absorbed.c.merged_into)
    return {row.id: row.ext for row in connection.execute(statement.where(absorbed.c.id.in_(ids)))}


def _groups(connection: Connection, ids: list[str]) -> Iterator[list[str]]:
    """`ids` in groups whose events fit into memory together."""
    table = TABLES["event"].c
    statement = select(table.customer_id, func.count()).where(table.customer_id.in_(ids)).group_by(table.customer_id)
    counts: dict[str, int] = {row[0]: row[1] for row in connection.execute(statement)}
    group: list[str] = []
    weight = 0
    for id_ in ids:
        if group and weight + counts.get(id_, 0) > EVENTS:
            yield group
            group, weight = [], 0
        group.append(id_)
        weight += counts.get(id_, 0)
    if group:
        yield group


def customer_lines(
    state: CustomerState, merged_into: str, zone: tzinfo, offers: Offers,
    elsewhere: Callable[[str], bool] = lambda _id: False,
) -> Iterator[bytes]:  # fmt: skip
    """The lines of one customer; nothing when nobody says who they are."""
    if state.customer is None:
        return
    present = Present(state, zone, lambda: offers, elsewhere)
    customer = present.customer()
    yield _line("customer", customer, merged_into=merged_into)
    for holding in sorted((present.thing(thing) for thing in state.holdings.values()), key=_name):
        yield _line("holding", holding, customer.ext)
    cases = {case.id: present.case(case) for case in state.cases.values()}
    for case in sorted(cases.values(), key=_name):
        yield _line("case", case, customer.ext)
    entries = []
    for item in state.items.values():
        type_ = present.exported(item)
        if type_:
            body = present.item(item)
            case_id = present.placed(item)
            entries.append((line_instant(body), body.ext, type_, body, cases[case_id].ext if case_id else ""))
    entries.sort(key=lambda entry: entry[:3])
    for _, _, type_, body, case_ext in entries:
        named = outside_names(body, present.name, offers)
        yield _line(type_, body, customer.ext if TYPES[type_].customer else "", case_ext, named=named)


def _name(body: Any) -> str:
    return str(body.ext)


def _line(
    kind: str, body: Any, customer: str = "", case: str = "", merged_into: str = "", named: dict[str, Any] | None = None
) -> bytes:
    """One line: what identifies it first, then its fields in the order of the format, `extra` last.

    `named` are the fields that name other lines, with their outside names.
    """
    line: dict[str, Any] = {"v": FORMAT, "type": kind, "id": body.ext}
    if customer:
        line["customer"] = customer
    if case:
        line["case"] = case
    fields = msgspec.to_builtins(body)
    extra = fields.pop("extra", None)
    del fields["id"], fields["ext"]
    line |= fields
    for key, value in (named or {}).items():
        if value is None:
            line.pop(key, None)
        else:
            line[key] = value
    if merged_into:
        line["merged_into"] = merged_into
    if extra:
        line["extra"] = extra
    return _encode(line) + b"\n"
