"""Accounts and teams: who may use the server, as whom, and whose customers they see.

Every change of a right first raises the server's number of grants. Its row is the lock that administrators
share: two changes never run at once, whatever the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from msgspec import Struct
from sqlalchemy import BigInteger as Whole
from sqlalchemy import Connection, Text, cast, delete, insert, select, update

from advisor_tui.domain.errors import Invalid, NotFound, Refused
from advisor_tui.domain.identity import uuid7
from advisor_tui.domain.permissions import GRANTS
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.identity import known_name
from advisor_tui.store.central.names import checked_name, sought_name
from advisor_tui.store.central.passwords import hash_password
from advisor_tui.store.central.tables import ACCOUNT, DEVICE, HEAD, MEMBERSHIP, SERVER, TEAM, TOKEN

T = TypeVar("T")


class Account(Struct, kw_only=True):
    """A person who may log in."""

    id: str
    name: str
    role: str
    teams: list[str]
    disabled: bool


class Team(Struct, kw_only=True):
    """A team, its stream, and what adding it did."""

    stream: str
    name: str
    created: bool = False
    moved: int = 0


def raise_grants(connection: Connection) -> None:
    """A right changes: clients ask anew what they may read. Takes the administrators' lock."""
    grown = cast(cast(SERVER.c.value, Whole) + 1, Text)
    connection.execute(update(SERVER).where(SERVER.c.key == "grants").values(value=grown))


def checked_account(name: str, role: str, teams: Iterable[str] = ()) -> tuple[str, list[str]]:
    """The name and the teams as they are kept; Invalid when one of them cannot be."""
    if role not in GRANTS:
        raise Invalid("There is no role called {role}. Roles: {roles}", role=role, roles=", ".join(GRANTS))
    return checked_name(name, "NAME"), [checked_name(team, "--team") for team in teams]


def add_team(central: Central, name: str) -> Team:
    """The team called `name`, made where it is missing, with the customers who are said to be theirs.

    The customers move in transactions of their own: interrupted, the same again finishes the work.
    """
    from advisor_tui.store.central.moves import claim_team

    team = central.retrying(_told(lambda connection: _add_team(connection, checked_name(name, "--team"))))
    team.moved = claim_team(central, team.stream, team.name)
    return team


def list_teams(central: Central) -> list[Team]:
    """The teams, by name."""
    with central.read() as connection:
        rows = connection.execute(select(TEAM.c.stream, TEAM.c.name).order_by(TEAM.c.folded)).all()
    return [Team(stream=row.stream, name=row.name) for row in rows]


def add_account(
    central: Central, name: str, password: str, role: str = "advisor", teams: Iterable[str] = ()
) -> Account:
    """A new account; its teams are made where they are missing. Raises Refused when the name is taken."""
    name, teams = checked_account(name, role, teams)
    kept = hash_password(password)
    if find_account(central, name) is not None:
        raise _taken(name)
    streams = [add_team(central, team).stream for team in teams]

    def work(connection: Connection) -> Account:
        if connection.execute(select(ACCOUNT.c.id).where(ACCOUNT.c.folded == known_name(name))).scalar() is not None:
            raise _taken(name)
        id_ = uuid7(central.now_ms(), central.bits())
        row = {"id": id_, "name": name, "folded": known_name(name), "role": role, "password": kept, "disabled_at": None}
        connection.execute(insert(ACCOUNT).values(row))
        _join(connection, id_, streams)
        return _account(connection, id_)

    return central.retrying(_told(work))


def list_accounts(central: Central) -> list[Account]:
    """The accounts, by name."""
    with central.read() as connection:
        ids = connection.execute(select(ACCOUNT.c.id).order_by(ACCOUNT.c.folded)).scalars().all()
        return [_account(connection, id_) for id_ in ids]


def find_account(central: Central, name: str) -> Account | None:
    """The account of this name, however its letters are written."""
    sought = sought_name(name)
    if sought is None:
        return None
    with central.read() as connection:
        id_ = connection.execute(select(ACCOUNT.c.id).where(ACCOUNT.c.folded == sought)).scalar()
        return None if id_ is None else _account(connection, id_)


def set_account(
    central: Central,
    name: str,
    *,
    role: str | None = None,
    teams: Iterable[str] | None = None,
    password: str | None = None,
    disabled: bool | None = None,
) -> Account:
    """Change what is given of an account; `teams` replaces all of them. A new password ends every session."""
    _name, teams_ = checked_account(name, role or "advisor", teams or ())
    kept = None if password is None else hash_password(password)
    known = find_account(central, name)
    if known is None:
        raise NotFound("Nobody has an account called {name}.", name=name)
    streams = [add_team(central, team).stream for team in teams_]

    def work(connection: Connection) -> Account:
        values: dict[str, object] = {}
        if role is not None:
            values["role"] = role
        if disabled is not None and disabled != _account(connection, known.id).disabled:
            values["disabled_at"] = central.now_ms() if disabled else None
        if kept is not None:
            values["password"] = kept
            _end_sessions(connection, known.id)
        if values:
            connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == known.id).values(values))
        if teams is not None:
            connection.execute(delete(MEMBERSHIP).where(MEMBERSHIP.c.account_id == known.id))
            _join(connection, known.id, streams)
        return _account(connection, known.id)

    return central.retrying(_told(work))


def _end_sessions(connection: Connection, account_id: str) -> None:
    """Every device has to log in again. The devices are locked first: none may be taking a new token meanwhile."""
    mine = select(DEVICE.c.id).where(DEVICE.c.account_id == account_id).order_by(DEVICE.c.id).with_for_update()
    connection.execute(delete(TOKEN).where(TOKEN.c.device.in_(connection.execute(mine).scalars().all())))


def _told(work: Callable[[Connection], T]) -> Callable[[Connection], T]:
    """`work` under the administrators' lock, told to every client."""

    def both(connection: Connection) -> T:
        raise_grants(connection)
        return work(connection)

    return both


def _taken(name: str) -> Refused:
    return Refused("There is an account called {name} already.", code="account_exists", name=name)


def _add_team(connection: Connection, name: str) -> Team:
    known = connection.execute(select(TEAM).where(TEAM.c.folded == known_name(name))).one_or_none()
    if known is not None:
        return Team(stream=known.stream, name=known.name)
    numbers = [int(stream[1:]) for stream in connection.execute(select(TEAM.c.stream)).scalars()]
    stream = f"t{max(numbers, default=0) + 1}"
    connection.execute(insert(TEAM).values(stream=stream, name=name, folded=known_name(name)))
    connection.execute(insert(HEAD).values(stream=stream, seq=0, hash=b""))
    return Team(stream=stream, name=name, created=True)


def _join(connection: Connection, account_id: str, streams: Iterable[str]) -> None:
    rows = [{"account_id": account_id, "stream": stream} for stream in sorted(set(streams))]
    if rows:
        connection.execute(insert(MEMBERSHIP), rows)


def _account(connection: Connection, id_: str) -> Account:
    row = connection.execute(
        select(ACCOUNT.c.id, ACCOUNT.c.name, ACCOUNT.c.role, ACCOUNT.c.disabled_at).where(ACCOUNT.c.id == id_)
    ).one()
    teams = connection.execute(
        select(TEAM.c.name)
        .join(MEMBERSHIP, MEMBERSHIP.c.stream == TEAM.c.stream)
        .where(MEMBERSHIP.c.account_id == id_)
        .order_by(TEAM.c.folded)
    ).scalars()
    return Account(id=row.id, name=row.name, role=row.role, teams=list(teams), disabled=row.disabled_at is not None)
