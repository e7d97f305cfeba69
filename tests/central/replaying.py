"""Events brought into a server's store as a push brings them, without asking who sends them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, insert

from advisor_tui.domain.events import Event, decode_body
from advisor_tui.domain.identity import Hlc
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.identity import Identity
from advisor_tui.store.central.tables import HOME
from advisor_tui.store.rebuild import digest
from advisor_tui.store.states import States
from advisor_tui.store.unit import Unit
from tests.store.house import House


def journal_of(house: House) -> list[Event]:
    """Every event of a workspace, in order of arrival."""
    return [
        Event(
            id=id_, customer_id=customer, case_id=case, type=type_, v=v, at=at, hlc=hlc, actor=actor, txn=txn,
            base=tuple(base.split()), body=decode_body(type_, v, body),
        )
        for id_, customer, case, type_, v, at, hlc, actor, txn, base, body in house.events()
    ]  # fmt: skip


def write(central: Central, connection: Connection, states: States, events: Iterable[Event]) -> None:
    """Append, fold and project `events` inside an open transaction."""
    unit = Unit(connection, Hlc(0, 0, "00000000"), central.clock, central.bits, states)
    for event in events:
        unit.append(event)
    unit.flush()


def replay(central: Central, events: Sequence[Event], *, batch: int = 500, stream: str = "t1") -> None:
    """Bring `events` in, some at a time, their customers at home in `stream`."""
    states = States()
    known: set[str] = set()
    for start in range(0, len(events), batch):
        page = events[start : start + batch]
        homes = sorted({event.customer_id for event in page} - known)
        with central.write() as connection:
            write(central, connection, states, page)
            if homes:
                connection.execute(insert(HOME), [{"customer_id": id_, "stream": stream} for id_ in homes])
        known.update(homes)


def digest_of(central: Central, customers: Sequence[str] | None = None) -> str:
    """What all projections say, or those of some customers, in one number."""
    with central.read() as connection:
        return digest(connection, customers)


def someone(role: str = "advisor", streams: tuple[str, ...] = ("c", "t1")) -> Identity:
    """A person of the team Mobile."""
    return Identity("a1", "Claire Morel", role, ("Mobile",), streams, "aaaaaaaa", 1)
