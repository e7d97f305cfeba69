"""Taking events in: each one authorised from the token, numbered under its stream's lock, folded, chained.

One transaction a push. Events that share a `txn` are taken together or not at all.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import AdvisorError
from advisor_tui.domain.events import CATALOGUE, IMPORTED
from advisor_tui.domain.identity import Hlc
from advisor_tui.domain.wire import Told, WireEvent
from advisor_tui.store.central import moves
from advisor_tui.store.central.central import Busy, Central
from advisor_tui.store.central.chain import Envelope, Head, commit_to, lock_heads, new_salt, write_links
from advisor_tui.store.central.entities import borrowed
from advisor_tui.store.central.errors import Denied
from advisor_tui.store.central.identity import COMMON, Identity, known_name, person
from advisor_tui.store.central.quarantine import keep
from advisor_tui.store.central.screening import Screened, screen
from advisor_tui.store.central.tables import ACCOUNT, DEVICE, ERASURE, GUEST, HOME, SALT, SERVER, TEAM
from advisor_tui.store.unit import TABLES, Unit

_EVENT = TABLES["event"].c
CHUNK = 500
LOG = logging.getLogger(__name__)


def push(central: Central, identity: Identity, events: list[WireEvent], *, trusted: bool = False) -> list[Told]:
    """Record `events` of this person; what became of each, in order. `trusted`: a lead let them out of quarantine.

    A bad event is answered, never raised; Denied means that the device may not send at all.
    """
    with central.turn:
        try:
            return _taken(central, identity, events, trusted)
        except AdvisorError:
            raise
        except Exception:  # something in them breaks the fold: find it, so that nothing else waits behind it
            told: dict[str, Told] = {}
            for txn in dict.fromkeys(event.txn for event in events):
                group = [event for event in events if event.txn == txn]
                told.update({answer.id: answer for answer in _alone(central, identity, group, trusted)})
            return [told[event.id] for event in events]


def _alone(central: Central, identity: Identity, events: list[WireEvent], trusted: bool) -> list[Told]:
    try:
        return _taken(central, identity, events, trusted)
    except AdvisorError:
        raise
    except Exception as error:  # its words stay out of the log: they may be a customer's
        LOG.error("a pushed event could not be recorded: %s", type(error).__name__)
        message = "The server could not read this event; it was not recorded."
        return [Told(id=event.id, status="rejected", code="unreadable", message=message) for event in events]


def _taken(central: Central, identity: Identity, events: list[WireEvent], trusted: bool) -> list[Told]:
    def work(connection: Connection) -> list[Told]:
        try:
            return Taking(central, connection, identity, trusted).take(events)
        except IntegrityError as error:  # another worker recorded the same meanwhile
            raise Busy("The database is busy. Try again.") from error

    try:
        return central.retrying(work)
    except BaseException:
        central.forget()
        raise


class Taking:
    """One push inside its transaction."""

    def __init__(self, central: Central, connection: Connection, identity: Identity, trusted: bool) -> None:
        central.begin_states()
        self.central = central
        self.connection = connection
        self.identity = identity
        self.trusted = trusted
        self.now_ms = central.now_ms()
        self.unit = Unit(connection, Hlc(0, 0, "server"), central.clock, central.bits, central.states)
        self.homes: dict[str, str] = {}
        self.heads: dict[str, Head] = {}
        self.salts: list[dict[str, Any]] = []
        self.born: dict[str, str] = {}

    def take(self, events: list[WireEvent]) -> list[Told]:
        self._still_allowed()
        told: dict[str, Told] = {}
        fit: dict[str, Screened] = {}
        for wire in events:
            if wire.id not in told and wire.id not in fit:
                answer = screen(wire, self.identity, self.now_ms)
                if isinstance(answer, Told):
                    told[wire.id] = answer
                else:
                    fit[wire.id] = answer
        ready = list(fit.values())
        self._lock(ready)
        self._settle(ready, told)
        self._together(events, told)
        self._record([one for one in ready if one.event.id not in told], told)
        keep(self.connection, self.identity, events, told, self.now_ms)
        self.central.remember(self.heads)
        return [told[wire.id] for wire in events]

    def _still_allowed(self) -> None:
        """Rights may have changed since the token was read."""
        revoked, disabled, role, grants = self.connection.execute(
            select(
                DEVICE.c.revoked_at, ACCOUNT.c.disabled_at, ACCOUNT.c.role,
                select(SERVER.c.value).where(SERVER.c.key == "grants").scalar_subquery(),
            )
            .join(ACCOUNT, ACCOUNT.c.id == DEVICE.c.account_id)
            .where(DEVICE.c.id == self.identity.device)
        ).one()  # fmt: skip
        if (revoked is not None or disabled is not None) and not self.trusted:
            raise Denied("This device may no longer use the server.", code="device_revoked")
        if int(grants) != self.identity.grants:
            me = self.identity
            self.identity = person(self.connection, me.account_id, me.name, role, me.device)

    # where they belong

    def _lock(self, fit: list[Screened]) -> None:
        """Find the streams of all customers concerned, and hold their counters."""
        customers = list(dict.fromkeys(one.event.customer_id for one in fit))
        self.homes = self._known_homes(customers)
        self.born = self._new_homes([id_ for id_ in customers if id_ not in self.homes], fit)
        self.heads = lock_heads(self.connection, {*self.homes.values(), *self.born.values()})
        if self.connection.dialect.name != "sqlite" and self._known_homes(customers) != self.homes:
            raise Busy("The database is busy. Try again.")  # someone moved or began one of them meanwhile
        self.homes.update(self.born)
        self.central.catch_up(self.connection, self.heads)

    def _known_homes(self, customers: list[str]) -> dict[str, str]:
        return dict(
            _by_chunks(self.connection, select(HOME.c.customer_id, HOME.c.stream), HOME.c.customer_id, customers)
        )

    def _new_homes(self, customers: list[str], fit: list[Screened]) -> dict[str, str]:
        if not customers:
            return {}
        teams = {row.folded: row.stream for row in self.connection.execute(select(TEAM.c.folded, TEAM.c.stream))}
        homes = dict.fromkeys(customers, COMMON)
        for event, _body in fit:
            if event.customer_id in homes and isinstance(event.body, b.CustomerRecorded):
                homes[event.customer_id] = teams.get(known_name(event.body.team), COMMON)
        return homes

    # what becomes of each

    def _settle(self, fit: list[Screened], told: dict[str, Told]) -> None:
        """Answer what is here already, and what may not be written."""
        ids = [one.event.id for one in fit]
        here = {
            row[0]: row
            for row in _by_chunks(
                self.connection,
                select(
                    _EVENT.id, _EVENT.customer_id, _EVENT.case_id, _EVENT.type, _EVENT.v, _EVENT.at, _EVENT.hlc,
                    _EVENT.actor, _EVENT.txn, _EVENT.base, _EVENT.body, _EVENT.seq, _EVENT.stream,
                ),
                _EVENT.id, ids,
            )
        }  # fmt: skip
        customers = list(self.homes)
        erased = {
            row[0]
            for row in _by_chunks(self.connection, select(ERASURE.c.customer_id), ERASURE.c.customer_id, customers)
        }
        foreign = [
            id_ for id_, stream in self.homes.items() if stream not in self.identity.streams and id_ not in self.born
        ]
        guest = self._guest_of(foreign) if foreign else set()
        taken = borrowed(self.connection, fit)
        withdrawn = set() if self.trusted else set(foreign) - guest
        for event, body in fit:
            known = here.get(event.id)
            if known is not None:
                told[event.id] = _known_already(Envelope(*_envelope(event)), body, known)
            elif event.customer_id in erased:
                told[event.id] = _told(
                    event.id, "rejected", "erased", "This customer's data was erased at their request."
                )
            elif event.id in taken:
                told[event.id] = _told(
                    event.id, "rejected", "other_customers", "What this names belongs to another customer."
                )  # fmt: skip
            elif event.customer_id in withdrawn:
                told[event.id] = _told(
                    event.id, "quarantined", "not_your_team",
                    "This customer is no longer in your teams; a team lead will decide.",
                )  # fmt: skip
            elif event.actor not in (self.identity.name, IMPORTED):
                told[event.id] = _told(
                    event.id, "quarantined", "found",
                    f"Only a colleague's desk still had what {event.actor} wrote; a team lead will decide.",
                )  # fmt: skip
            elif isinstance(event.body, b.Undone) and not self._mine(event.body.events, ids):
                told[event.id] = _told(
                    event.id, "rejected", "not_mine", "Only the person who did it can take it back."
                )  # fmt: skip

    def _guest_of(self, customers: list[str]) -> set[str]:
        rows = _by_chunks(
            self.connection,
            select(GUEST.c.customer_id).where(
                GUEST.c.account_id == self.identity.account_id, GUEST.c.until > self.now_ms
            ),
            GUEST.c.customer_id, customers,
        )  # fmt: skip
        return {row[0] for row in rows}

    def _mine(self, events: list[str], sent: list[str]) -> bool:
        """Whether what an undo names was done by its author (or comes in the same push, and so is)."""
        here = _by_chunks(self.connection, select(_EVENT.id, _EVENT.actor), _EVENT.id, list(set(events) - set(sent)))
        return all(actor == self.identity.name for _id, actor in here)

    def _together(self, events: list[WireEvent], told: dict[str, Told]) -> None:
        """A transaction of which something is not taken is not taken at all."""
        worst: dict[str, Told] = {}
        for wire in events:
            answer = told.get(wire.id)
            if answer is not None and answer.status not in ("accepted", "duplicate"):
                worst.setdefault(wire.txn, answer)
        for wire in events:
            if wire.txn in worst and (wire.id not in told):
                cause = worst[wire.txn]
                code = cause.code if cause.code != "erased" else "with_erased"  # this customer was not
                told[wire.id] = Told(id=wire.id, status=cause.status, code=code, message=cause.message)

    # recording

    def _record(self, taken: list[Screened], told: dict[str, Told]) -> None:
        for event, body in taken:
            salt = new_salt()
            stream = self.homes[event.customer_id]
            seq = self.heads[stream].add(
                "event", event.id, self.identity.device, commit_to(salt, body), Envelope(*_envelope(event))
            )
            self.salts.append({"event_id": event.id, "salt": salt})
            self.unit.append(event, body.encode(), seq=seq, stream=stream)
            told[event.id] = Told(id=event.id, status="accepted", seq=seq, stream=stream)
        if not taken:
            return
        touched = self.unit.fold_pending()
        self.unit.flush()
        self.connection.execute(SALT.insert(), self.salts)
        begun = {one.event.customer_id for one in taken} & set(self.born)
        if begun:
            rows = [{"customer_id": id_, "stream": self.born[id_]} for id_ in sorted(begun)]
            self.connection.execute(HOME.insert(), rows)
            self._be_guest([id_ for id_ in begun if self.born[id_] not in self.identity.streams])
        write_links(self.connection, self.heads)
        self._move(touched, told)

    def _be_guest(self, customers: list[str]) -> None:
        """Who records a customer for another team may go on writing about them."""
        until = self.now_ms + moves.GUEST_MS
        for customer_id in customers:
            moves.welcome(self.connection, self.identity.account_id, customer_id, until)

    def _move(self, touched: Iterable[str], told: dict[str, Told]) -> None:
        """Customers whose team changed go to its stream, with everything known about them."""
        states = self.unit.states([id_ for id_ in touched if id_ != CATALOGUE])
        wanted = {id_: known_name(state.customer.team) for id_, state in states.items() if state.customer is not None}
        if not wanted:
            return
        teams = {row.folded: row.stream for row in self.connection.execute(select(TEAM.c.folded, TEAM.c.stream))}
        for id_, team in wanted.items():
            stream = teams.get(team, COMMON)
            if stream != self.homes[id_]:
                places = moves.move(
                    self.central, self.connection, self.heads, id_, self.homes[id_], stream, self.identity.device
                )
                self.homes[id_] = stream
                for event_id, seq in places.items():
                    if event_id in told:
                        told[event_id] = Told(id=event_id, status=told[event_id].status, seq=seq, stream=stream)


def _envelope(event: Any) -> tuple[Any, ...]:
    return (
        event.id, event.customer_id, event.case_id, event.type, event.v, event.at, event.hlc, event.actor, event.txn,
        " ".join(event.base),
    )  # fmt: skip


def _told(id_: str, status: Any, code: str, message: str) -> Told:
    return Told(id=id_, status=status, code=code, message=message)


def _known_already(envelope: Envelope, body: str, row: Any) -> Told:
    """The same event again, or another under its id."""
    here = Envelope(*row[:10])
    if (here.customer_id, here.type) != (envelope.customer_id, envelope.type) or row.body not in (None, body):
        return _told(envelope.id, "rejected", "id_reuse", "Another event was recorded under this id.")
    code = "" if here == envelope and row.body == body else "differs"
    return Told(id=envelope.id, status="duplicate", seq=row.seq, stream=row.stream, code=code)


def _by_chunks(connection: Connection, query: Any, column: Any, values: list[str]) -> list[Any]:
    """The rows of `query` where `column` is one of `values`, however many they are."""
    found: list[Any] = []
    for start in range(0, len(values), CHUNK):
        found += connection.execute(query.where(column.in_(values[start : start + CHUNK]))).all()
    return found
