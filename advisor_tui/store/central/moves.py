"""A customer goes from one stream to another: a new team, or a team that the server did not know yet."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from advisor_tui.store.central.central import Busy, Central
from advisor_tui.store.central.chain import Envelope, Head, commitments, lock_heads, write_links
from advisor_tui.store.central.identity import COMMON, known_name
from advisor_tui.store.central.tables import GUEST, HOME
from advisor_tui.store.unit import TABLES

_EVENT = TABLES["event"]
GUEST_MS = 30 * 24 * 3600 * 1000
"""How long one may write about another team's customer after opening their file."""
_ENVELOPE = tuple(_EVENT.c[name] for name in Envelope._fields)


def move(
    central: Central, connection: Connection, heads: dict[str, Head], customer_id: str, old: str, new: str, device: str
) -> dict[str, int]:
    """Give every event of the customer a place in stream `new`, and say in `old` that they left: {event: number}."""
    missing = {old, new} - set(heads)
    if missing:
        locked = lock_heads(connection, missing)
        central.catch_up(connection, locked)
        heads.update(locked)
    rows = connection.execute(
        select(*_ENVELOPE, _EVENT.c.seq, _EVENT.c.stream)
        .where(_EVENT.c.customer_id == customer_id, _EVENT.c.seq.is_not(None))
        .order_by(_EVENT.c.seq)
    ).all()
    known = commitments(connection, [(row.stream, row.seq) for row in rows])
    places: dict[str, int] = {}
    changes: list[dict[str, Any]] = []
    for row in rows:
        seq = heads[new].add("event", row.id, device, known[row.stream, row.seq], Envelope(*row[:10]))
        places[row.id] = seq
        changes.append({"b_id": row.id, "b_seq": seq, "b_stream": new})
    heads[old].add("left", customer_id, device, b"")
    if changes:
        connection.execute(
            _EVENT.update().where(_EVENT.c.id == bindparam("b_id")).values(seq=bindparam("b_seq"), stream=bindparam("b_stream")),
            changes,
        )  # fmt: skip
    connection.execute(HOME.update().where(HOME.c.customer_id == customer_id).values(stream=new))
    write_links(connection, heads)
    return places


def claim_team(central: Central, stream: str, name: str) -> int:
    """Bring the customers of a team that the server did not know until now into its stream; how many."""

    def work(connection: Connection) -> int:
        central.begin_states()
        heads = lock_heads(connection, {COMMON, stream})
        if stream not in heads:
            raise Busy("The database is busy. Try again.")
        central.catch_up(connection, heads)
        customer = TABLES["customer_view"].c
        rows = connection.execute(
            select(customer.id, customer.team)
            .join(HOME, HOME.c.customer_id == customer.id)
            .where(HOME.c.stream == COMMON, customer.team != "")
        ).all()
        theirs = [row.id for row in rows if known_name(row.team) == known_name(name)]
        for customer_id in theirs:
            move(central, connection, heads, customer_id, COMMON, stream, "server")
        central.remember(heads)
        return len(theirs)

    with central.turn:
        try:
            return central.retrying(work)
        except BaseException:
            central.forget()
            raise


def welcome(connection: Connection, account_id: str, customer_id: str, until: int) -> None:
    """Let someone write about a customer until then."""
    connection.execute(delete(GUEST).where(GUEST.c.account_id == account_id, GUEST.c.customer_id == customer_id))
    connection.execute(insert(GUEST).values(account_id=account_id, customer_id=customer_id, until=until))
