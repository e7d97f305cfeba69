"""What must hold once the trouble is over: nothing lost, nothing doubled, nothing stuck, one picture everywhere."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from sqlalchemy import Connection, delete, select

from advisor_tui.domain.identity import Hlc
from advisor_tui.domain.wire import AHEAD_MS
from advisor_tui.store.central import chain
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.tables import HEAD
from advisor_tui.store.journal import load_events
from advisor_tui.store.rebuild import rebuild
from advisor_tui.store.replica.cursors import read_cursors
from advisor_tui.store.tables import PROJECTIONS
from advisor_tui.store.unit import TABLES, reroot
from advisor_tui.sync.errors import SyncError
from tests.torture.machine import World
from tests.torture.world import Desk

ROUNDS = 8
"""Exchanges of every desk within which everything must be quiet."""
_EVENT = TABLES["event"].c
WAITING = (
    "SELECT customer_id FROM event WHERE seq < 0"
    " UNION SELECT customer_id FROM event WHERE seq > 0 AND stream NOT IN (SELECT stream FROM stream_cursor)"
)
"""Customers about whom something is read that the server lost with its disk and its author has not offered yet.

What was sent into another team's stream is looked after when sums are compared, not before.
"""
WORD = re.compile(r"mot (\d+)")


class Finding(AssertionError):
    """The sync broke a promise."""


def settle(world: World, thorough: bool = False) -> None:
    """End all trouble; the desks must come to rest within ROUNDS, and agree with the server and with the ledger."""
    for desk in world.desks:
        desk.wire.offline, desk.wire.trouble = False, 0.0
        world.server.set_revoked(desk.device, False)
    world.deliver()
    come_to_rest(world, check=False)
    check_agreement(world, WAITING)
    come_to_rest(world, check=True)
    check_kept(world)
    check_whole(world)
    check_texts(world)
    check_agreement(world)
    check_nothing_waits(world)
    check_erased(world)
    check_clocks(world)
    if problems := chain.verify(world.server.workers[0]):
        raise Finding(f"the chain: {problems[:3]}")
    if thorough:
        check_projections(world)
    world.tally["settled"] += 1


def come_to_rest(world: World, check: bool) -> None:
    """Everybody exchanges in turn until nobody has anything to say; `check` has them compare sums each time."""
    said: list[str] = []
    for round_ in range(ROUNDS):
        busy = []
        for desk in world.desks:
            try:
                tally = desk.sync(check)
            except SyncError as error:
                said.append(f"{desk.path.parent.name}: {type(error).__name__} {error}")
                busy.append("error")
                continue
            if check and desk.ask("SELECT 1 FROM meta WHERE key = 'found' AND value != ''"):
                busy.append("gives colleagues time to offer their own")
            if tally.pushed or tally.pulled or tally.set_aside or tally.offered_again or desk.unsent():
                tally.customers.clear()
                busy.append(f"{desk.path.parent.name}: {tally} unsent={desk.unsent()}")
        if not busy and all(_level(world, desk) for desk in world.desks):
            world.tally["rounds"] = max(world.tally["rounds"], round_ + 1)
            return
        said += [f"round {round_}: {line}" for line in busy]
    raise Finding("stuck: " + "\n".join(said[-12:]))


def _level(world: World, desk: Desk) -> bool:
    """Whether the desk has read all there is to read."""
    me = world.server.identity(world.server.workers[0], desk.device)
    heads = {row.stream: row.seq for row in world.server.rows(select(HEAD.c.stream, HEAD.c.seq))}
    followed = {name: place.seq for name, place in read_cursors(desk.journal).items()}
    return followed == {stream: heads[stream] for stream in me.streams}


def check_kept(world: World) -> None:
    """Every event that a desk acknowledged is somewhere its author or a lead can find it."""
    held = world.held_anywhere()
    for id_, written in world.ledger.items():
        excused = id_ in world.gone_with_disk or id_ in world.dropped or written.customer in world.erased
        if id_ not in held and not excused:
            raise Finding(f"lost: {id_} {written} {where(world, id_)}")


def where(world: World, id_: str) -> str:
    """Where an event is, for whoever reads a finding."""
    found = []
    for desk in world.desks:
        rows = desk.ask("SELECT type, seq, stream, hlc FROM event WHERE id = ?", id_)
        aside = desk.ask("SELECT status, code FROM set_aside WHERE id = ?", id_)
        found.append(f"{desk.path.parent.name}({desk.name}): {rows} {aside}"[:1500])
    there = world.server.rows(select(_EVENT.seq, _EVENT.stream, _EVENT.hlc).where(_EVENT.id == id_))
    return "; ".join([f"server: {there} {id_ in world.server.quarantined()}", *found])


def check_nothing_waits(world: World) -> None:
    """Whatever a restored server had lost was offered to it, by its author or by who still had it."""
    for desk in world.desks:
        if waiting := desk.ask("SELECT id FROM event WHERE seq < 0 AND body IS NOT NULL"):
            raise Finding(f"{desk.path.parent.name} waits for {waiting[0][0]}: {where(world, waiting[0][0])}")


def check_whole(world: World) -> None:
    """What was recorded together is on the server together, or not at all.

    Where disks were put back or copied, what was offered again may come from a desk that kept a part, a customer having moved.
    """
    if any(world.tally[name] for name in ("restores told", "restores untold", "replicas put back", "replicas copied")):
        return
    there = world.server_ids()
    events: dict[str, list[str]] = {}
    apart = {"", *(written.txn for written in world.ledger.values() if written.customer in world.erased)}
    for id_, written in world.ledger.items():
        if id_ not in world.gone_with_disk and id_ not in world.dropped and written.txn not in apart:
            events.setdefault(written.txn, []).append(id_)
    for txn, ids in events.items():
        if 0 < len(there.intersection(ids)) < len(ids):
            raise Finding(f"taken in part: {txn}: {[where(world, id_) for id_ in ids]}")


def check_texts(world: World) -> None:
    """No text is there twice under two names."""
    seen: Counter[tuple[str, str]] = Counter()
    for type_, body in world.server.rows(select(_EVENT.type, _EVENT.body).where(_EVENT.body.is_not(None))):
        for word in set(WORD.findall(body)):
            seen[type_, word] += 1
    if doubled := [key for key, times in seen.items() if times > 1]:
        raise Finding(f"doubled: {doubled[:5]}")


def check_agreement(world: World, apart_from: str = "SELECT '' WHERE 0") -> None:
    """Each desk shows of every customer of its teams what the server shows, `apart_from` some that wait."""
    homes = world.server.homes()
    for desk in world.desks:
        streams = set(world.server.identity(world.server.workers[0], desk.device).streams)
        waiting = {customer for (customer,) in desk.ask(apart_from)}
        customers = sorted(id_ for id_, stream in homes.items() if stream in streams and id_ not in waiting)
        if desk.digest(customers) != world.server.digest(customers):
            _compare_rows(world, desk, customers)
        if not waiting:
            _no_strangers(world, desk, streams, homes)


def _no_strangers(world: World, desk: Desk, streams: set[str], homes: dict[str, str]) -> None:
    """What may not be read any more has left the desk; what was opened by name, or is theirs, may stay."""
    for customer, stream, seq in desk.ask(
        "SELECT customer_id, stream, seq FROM event WHERE seq IS NOT NULL AND body IS NOT NULL"
        " AND actor NOT IN (?, 'import')", desk.name,
    ):  # fmt: skip
        if stream not in streams and customer not in desk.wire.opened:
            raise Finding(f"{desk.path.parent.name} holds {customer} of {stream!r} {seq} (home {homes.get(customer)})")


def _compare_rows(world: World, desk: Desk, customers: list[str]) -> None:
    """Name what differs. A merge into a customer of another team shows another root where that one is not known."""
    with world.server.workers[0].read() as there, desk.journal.reading() as here:
        for model in PROJECTIONS:
            name = str(model.__tablename__)
            ours, theirs = _pictures(here, name, customers), _pictures(there, name, customers)
            if ours != theirs:
                found = min(row[0] for row in (ours - theirs) + (theirs - ours))
                mine, its = _journal(here, found), _journal(there, found)
                raise Finding(
                    f"{desk.path.parent.name}: {name} of {found} differs: here {list(ours - theirs)[:2]}"
                    f" there {list(theirs - ours)[:2]}\nevents only here {sorted(mine - its)}\nonly there {sorted(its - mine)}"
                )


def _journal(connection: Connection, customer: str) -> set[tuple[Any, ...]]:
    columns = (_EVENT.hlc, _EVENT.id, _EVENT.type, _EVENT.actor, _EVENT.stream, _EVENT.seq, _EVENT.body)
    return {tuple(row) for row in connection.execute(select(*columns).where(_EVENT.customer_id == customer))}


def _pictures(connection: Connection, name: str, customers: list[str]) -> Counter[Any]:
    table = TABLES[name]
    owner = table.c.id if name == "customer_view" else table.c.customer_id
    columns = [column for column in table.c if column.name not in ("n", "root")]
    return Counter(
        tuple(row) for row in connection.execute(select(owner.label("customer"), *columns).where(owner.in_(customers)))
    )  # fmt: skip


def check_erased(world: World) -> None:
    """Nothing is left of whoever the server erased."""
    erased = world.server.erased()
    for row in world.server.rows(select(_EVENT.customer_id).where(_EVENT.body.is_not(None)).distinct()):
        if row.customer_id in erased:
            raise Finding(f"the server still has words of {row.customer_id}")
    for desk in world.desks:
        for query in (
            "SELECT DISTINCT customer_id FROM event WHERE body IS NOT NULL",
            "SELECT DISTINCT customer_id FROM set_aside", "SELECT id FROM customer_view",
        ):  # fmt: skip
            left = {row[0] for row in desk.ask(query)} & erased
            if left:
                rows = desk.ask("SELECT * FROM event WHERE customer_id = ?", min(left))
                aside = desk.ask("SELECT * FROM set_aside WHERE customer_id = ?", min(left))
                raise Finding(f"{desk.path.parent.name} still has words of {sorted(left)[:3]}: {rows} {aside}"[:1500])


def check_clocks(world: World) -> None:
    """A wrong clock poisoned nobody: no stamp on the server is further ahead than a clock may be."""
    limit = world.server.workers[0].now_ms() + AHEAD_MS
    latest = max((row.hlc for row in world.server.rows(select(_EVENT.hlc))), default="")
    if latest and Hlc.parse(latest).ms > limit:
        raise Finding(f"a stamp is ahead of the server: {latest}")


def check_projections(world: World) -> None:
    """Folded step by step or all at once: the same picture, on the server and on every desk."""
    worker = world.server.workers[0]
    before, after = _rebuilt(worker)
    if before != after:
        raise Finding(f"the server's projections are not what its journal says: {_changed(before, after)}")
    for desk in world.desks:
        with desk.journal.reading() as connection:
            first = _everything(connection)
        rebuild(desk.journal)
        with desk.journal.reading() as connection:
            second = _everything(connection)
        if first != second:
            raise Finding(f"{desk.path.parent.name}: its projections are not its journal: {_changed(first, second)}")


def _everything(connection: Connection) -> Counter[Any]:
    """Every row of every projection."""
    found: Counter[Any] = Counter()
    for model in PROJECTIONS:
        table = TABLES[str(model.__tablename__)]
        columns = [column for column in table.c if column.name != "n"]
        found.update((table.name, *row) for row in connection.execute(select(*columns)))
    return found


def _changed(before: Counter[Any], after: Counter[Any]) -> str:
    return f"before {list((before - after).items())[:2]}, after {list((after - before).items())[:2]}"


class _Enough(Exception):
    pass


def _rebuilt(worker: Central) -> tuple[Counter[Any], Counter[Any]]:
    """A server's projections, and those made anew; nothing is changed."""
    from advisor_tui.domain.fold import fold
    from advisor_tui.domain.identity import Hlc as Stamp
    from advisor_tui.store.projections import dirty_rows
    from advisor_tui.store.states import States
    from advisor_tui.store.unit import Unit

    found: tuple[Counter[Any], Counter[Any]] = (Counter(), Counter())
    try:
        with worker.write() as connection:
            unit = Unit(connection, Stamp(0, 0, "server"), worker.clock, worker.bits, States())
            before = _everything(connection)
            for model in PROJECTIONS:
                connection.execute(delete(TABLES[str(model.__tablename__)]))
            customers = list(connection.execute(select(_EVENT.customer_id).distinct()).scalars())
            rows: dict[str, list[dict[str, Any]]] = {}
            for customer_id, events in load_events(connection, customers).items():
                for table, row in dirty_rows(fold(customer_id, events), {}):
                    rows.setdefault(table, []).append(row)
            unit.write_rows(rows, [])
            reroot(connection)
            found = (before, _everything(connection))
            raise _Enough
    except _Enough:
        return found
