"""Login attempts, slowed after some failures: by account, whoever tries, and by network address, whomever they try."""

from __future__ import annotations

import hashlib
import ipaddress

from sqlalchemy import Connection, delete, insert, select, update

from advisor_tui.store.central.central import Busy, Central
from advisor_tui.store.central.errors import Denied
from advisor_tui.store.central.tables import ATTEMPT

FREE_NAME, FREE_ADDRESS = 5, 30
"""Failures in a row that cost nothing. A whole office may share one address."""
LONGEST_MS = 15 * 60_000
FORGET_MS = 60 * 60_000
"""After this long without a failure, the count begins again."""


class Attempt:
    """One try at a password. It counts as failed for the account from its start, and is forgiven when it succeeds:
    a hundred tries at once count for a hundred."""

    def __init__(self, central: Central, name: str, address: str) -> None:
        self._central = central
        self._name = f"name:{_digest(name)}"
        self._address = f"address:{_digest(_network(address))}" if address else ""

    def begin(self) -> None:
        """Before the password is looked at. Raises Denied while one must wait."""

        def work(connection: Connection) -> None:
            now = self._central.now_ms()
            _forget_old(connection, now)
            if self._address:
                _failures(connection, self._address, now, FREE_ADDRESS)
            _count(connection, self._name, now, FREE_NAME)

        self._central.retrying(work)

    def fail(self) -> None:
        """The password was wrong: it counts for the address too."""
        if not self._address:
            return

        def work(connection: Connection) -> None:
            _count(connection, self._address, self._central.now_ms(), FREE_ADDRESS, waiting=False)

        self._central.retrying(work)

    def forgive(self, connection: Connection) -> None:
        """The password was right: the account's count begins again."""
        connection.execute(delete(ATTEMPT).where(ATTEMPT.c.key == self._name))


def wait_ms(failures: int, free: int) -> int:
    """How long the next attempt waits after so many failures."""
    beyond = failures - free
    return 0 if beyond < 0 else int(min(LONGEST_MS, 1000 * 2 ** min(beyond + 1, 20)))


def _count(connection: Connection, key: str, now: int, free: int, *, waiting: bool = True) -> None:
    """One failure more."""
    failures = _failures(connection, key, now, free, waiting=waiting)
    if failures is None:
        _first(connection, key, now)
        failures = _failures(connection, key, now, free, waiting=waiting)
        if failures is None:  # counted and forgiven by others meanwhile
            raise Busy("The database is busy. Try again.")
    until = now + wait_ms(failures + 1, free)
    connection.execute(update(ATTEMPT).where(ATTEMPT.c.key == key).values(failures=failures + 1, until=until))


def _failures(connection: Connection, key: str, now: int, free: int, *, waiting: bool = True) -> int | None:
    """The failures counted, the row locked; None when there are none. Raises Denied while one must wait."""
    row = connection.execute(select(ATTEMPT).where(ATTEMPT.c.key == key).with_for_update()).one_or_none()
    if row is None:
        return None
    left = row.until - now
    if (
        waiting and row.failures >= free and 0 < left <= LONGEST_MS
    ):  # more was written by a clock that has been set back since
        raise Denied(
            "Too many attempts. Try again in {retry_after} seconds.",
            code="too_many_attempts", retry_after=-(-left // 1000),
        )  # fmt: skip
    return int(row.failures)


def _first(connection: Connection, key: str, now: int) -> None:
    """A row to count in; on PostgreSQL someone else may write it at the same moment."""
    row = {"key": key, "failures": 0, "until": now}
    if connection.dialect.name == "sqlite":
        connection.execute(insert(ATTEMPT).values(row))
        return
    from sqlalchemy.dialects.postgresql import insert as insert_unless

    connection.execute(insert_unless(ATTEMPT).values(row).on_conflict_do_nothing())


def _forget_old(connection: Connection, now: int) -> None:
    """Drop the counts that nobody added to for long."""
    old = select(ATTEMPT.c.key).where(ATTEMPT.c.until < now - FORGET_MS).with_for_update(skip_locked=True)
    connection.execute(delete(ATTEMPT).where(ATTEMPT.c.key.in_(old)))


def _network(address: str) -> str:
    """An address, or the network that one person's IPv6 addresses share."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.IPv6Network((parsed, 64), strict=False))
    return str(parsed)


def _digest(text: str) -> str:
    """A digest, for a password may have been typed in place of the name."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
