"""How far each stream was read, and what happens when the server's history changed under the cursor."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.sql import literal_column

from advisor_tui.domain.events import IMPORTED
from advisor_tui.domain.wire import BUCKET, Bucket, StreamHead, WireEvent
from advisor_tui.store.journal import Journal
from advisor_tui.store.replica.facts import set_fact
from advisor_tui.store.replica.turns import pass_turn
from advisor_tui.store.sums import sum_up
from advisor_tui.store.tables import CursorRow
from advisor_tui.store.unit import TABLES, table_of

_EVENT = TABLES["event"]
CURSOR = table_of(CursorRow)


class Followed(NamedTuple):
    """One stream as this replica knows it."""

    stream: str
    name: str
    cursor: str
    seq: int
    checked: int
    last: int  # the last number that an event has here


def seq_of(cursor: str) -> int:
    """The number in a cursor; cursors are opaque but for this, which only shows how far things are."""
    parts = cursor.split(".")
    return int(parts[3]) if len(parts) == 5 and parts[3].isdigit() else 0


def mark_of(cursor: str) -> str:
    """The chain's mark in a cursor: what a server that was restored does not have at this number."""
    return cursor.rpartition(".")[2]


def read_cursors(journal: Journal, streams: Collection[StreamHead] = ()) -> dict[str, Followed]:
    """The streams that this replica follows, and `streams`, whether or not anything of them was read."""
    columns = (CURSOR.c.stream, CURSOR.c.name, CURSOR.c.cursor, CURSOR.c.seq, CURSOR.c.checked)
    places = {stream.id: Followed(stream.id, stream.name, "", 0, 0, 0) for stream in streams}
    with journal.reading() as connection:
        places |= {row[0]: Followed(*row, 0) for row in connection.execute(select(*columns))}
        return {id_: place._replace(last=_last_number(connection, id_)) for id_, place in places.items()}


def _last_number(connection: Connection, stream: str) -> int:
    query = select(func.max(_EVENT.c.seq)).where(_EVENT.c.stream == stream, _EVENT.c.seq.is_not(None))
    return connection.execute(query).scalar() or 0


def save_cursor(connection: Connection, stream: str, name: str, cursor: str) -> None:
    """Note how far a stream was read, in the transaction that holds what was read."""
    values = {"name": name, "cursor": cursor, "seq": seq_of(cursor)}
    done = connection.execute(CURSOR.update().where(CURSOR.c.stream == stream).values(**values))
    if not done.rowcount:
        connection.execute(insert(CURSOR).values(stream=stream, checked=0, **values))


def drop_cursor(journal: Journal, stream: str) -> None:
    """This stream is not followed any more."""
    with journal.transaction() as unit:
        unit.connection.execute(delete(CURSOR).where(CURSOR.c.stream == stream))


def save_checked(journal: Journal, stream: str, seq: int) -> None:
    """Both sides were found equal up to here."""
    with journal.transaction() as unit:
        unit.connection.execute(CURSOR.update().where(CURSOR.c.stream == stream).values(checked=seq))


def read_sums(journal: Journal, stream: str, start: int, end: int) -> list[Bucket]:
    """What this replica holds of the numbers start..end of a stream."""
    start -= start % BUCKET
    with journal.reading() as connection:
        rows = connection.execute(
            select(_EVENT.c.seq, _EVENT.c.id, _EVENT.c.hlc, _EVENT.c.body)
            .where(_EVENT.c.stream == stream, _EVENT.c.seq >= start, _EVENT.c.seq <= end)
            .order_by(_EVENT.c.seq)
        )
        return sum_up(rows)


# the server's history changed: a backup was restored


def begin_again(journal: Journal, epoch: str) -> None:
    """Read everything again under a new epoch. What was sent counts as unconfirmed until the server shows it."""
    with journal.transaction() as unit:
        pass_turn(unit.connection)
        unit.connection.execute(
            _EVENT.update().where(_EVENT.c.seq > 0).values(seq=-_EVENT.c.n, stream=literal_column("''"))
        )
        unit.connection.execute(CURSOR.update().values(cursor="", seq=0, checked=0))
        set_fact(unit.connection, "epoch", epoch)
        set_fact(unit.connection, "repair", "1")


def offer_again(journal: Journal, me: str) -> int:
    """After everything was read again: what I wrote and the server lost is unsent once more. How many."""
    with journal.transaction() as unit:
        mine = _EVENT.c.actor.in_([me, IMPORTED])
        lost = unit.connection.execute(
            select(func.count()).select_from(_EVENT).where(_EVENT.c.seq < 0, mine, _EVENT.c.body.is_not(None))
        ).scalar()
        unit.connection.execute(
            _EVENT.update().where(_EVENT.c.seq < 0, mine, _EVENT.c.body.is_not(None)).values(seq=None, stream=None)
        )
        set_fact(unit.connection, "repair", "")
        set_fact(unit.connection, "found", "waiting")
        return lost or 0


def offer_found(journal: Journal, waited: bool) -> int:
    """What colleagues wrote and the server still lacks, long after everything was read again, is offered in their name.

    Their own desks come first: at the first comparison after a restore (not `waited`) it is only noted. How many.
    """
    with journal.transaction() as unit:
        if not waited:
            set_fact(unit.connection, "found", "due")
            return 0
        lost = unit.connection.execute(
            _EVENT.update().where(_EVENT.c.seq < 0, _EVENT.c.body.is_not(None)).values(seq=None, stream=None)
        ).rowcount
        set_fact(unit.connection, "found", "")
        return lost


def read_outside(
    journal: Journal, me: str, streams: Collection[str], after: int, limit: int
) -> list[tuple[int, WireEvent]]:
    """What I wrote and sent, by place here (after `after`), but for these streams, whose history is watched anyway."""
    from advisor_tui.store.replica.outbox import FIELDS, wire_of

    mine = _EVENT.c.actor.in_([me, IMPORTED])
    query = (
        select(_EVENT.c.n, *FIELDS)
        .where(_EVENT.c.seq > 0, _EVENT.c.n > after, mine, _EVENT.c.body.is_not(None), _EVENT.c.stream.not_in(streams))
        .order_by(_EVENT.c.n)
        .limit(limit)
    )
    with journal.reading() as connection:
        return [(row.n, wire_of(row[1:])) for row in connection.execute(query)]


def unsend(journal: Journal, ids: list[str]) -> None:
    """The server lost these: they wait to be sent again."""
    with journal.transaction() as unit:
        unit.connection.execute(_EVENT.update().where(_EVENT.c.id.in_(ids)).values(seq=None, stream=None))


def offer_numbers(journal: Journal, stream: str, numbers: list[int], me: str) -> None:
    """Numbers that the server does not know: mine are offered again, a colleague's wait for them."""
    with journal.transaction() as unit:
        here = (_EVENT.c.stream == stream, _EVENT.c.seq.in_(numbers))
        mine = _EVENT.c.actor.in_([me, IMPORTED])
        whole = _EVENT.c.body.is_not(None)
        unit.connection.execute(_EVENT.update().where(*here, mine, whole).values(seq=None, stream=None))
        unit.connection.execute(_EVENT.update().where(*here).values(seq=-_EVENT.c.n, stream=literal_column("''")))
        set_fact(unit.connection, "found", "waiting")
