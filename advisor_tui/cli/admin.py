"""`advisor admin`: teams, people and devices of a sync server, straight in its database."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import TYPE_CHECKING

from msgspec import Struct, to_builtins

from advisor_tui.cli.output import say, say_json
from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.text import one_line
from advisor_tui.language import _
from advisor_tui.language import formats as f
from advisor_tui.store.workspace import SystemClock, Workspace

if TYPE_CHECKING:
    from advisor_tui.store.central.accounts import Account
    from advisor_tui.store.central.central import Central

DATABASE = "server.db"
VARIABLE = "ADVISOR_DB"
_MOST = 8192
"""Bytes of a line that may hold a password."""


def database_url(given: str) -> str:
    """The database meant: the one given, else ADVISOR_DB's, else a file in the data folder."""
    return given or os.environ.get(VARIABLE, "") or f"sqlite:///{(Workspace().home / DATABASE).absolute()}"


@contextmanager
def opened(db: str) -> Iterator[Central]:
    """The server's store."""
    from advisor_tui.store.central.central import Central

    central = Central(database_url(db), SystemClock(UTC), pool=2)
    try:
        yield central
    finally:
        central.close()


class Change(Struct):
    """What becomes of an account; None where it stays."""

    role: str | None
    teams: list[str] | None
    enable: bool


def migrate_database(db: str, as_json: bool) -> None:
    """Create the database or bring it to this version."""
    from advisor_tui.store.central.schema import migrate
    from advisor_tui.store.version import SCHEMA

    migrate(database_url(db))
    with opened(db) as central:
        if as_json:
            say_json({"ok": True, "database": central.shown, "schema": SCHEMA, "epoch": central.epoch})
        else:
            say(_("The database {url} is ready.").format(url=central.shown))


def add_user(db: str, name: str, teams: list[str], role: str, from_input: bool, as_json: bool) -> None:
    """Add a person, with what they need; what cannot be is refused before anything is made."""
    from advisor_tui.store.central.accounts import add_account, checked_account
    from advisor_tui.store.central.passwords import check_password
    from advisor_tui.store.central.schema import migrate

    checked_account(name, role, teams)
    password = read_password(from_input)
    check_password(password)
    migrate(database_url(db))
    with opened(db) as central:
        account = add_account(central, name, password, role, teams)
    _say_account(account, _("{name} may log in."), as_json)


def list_users(db: str, as_json: bool) -> None:
    """Everyone with an account."""
    from advisor_tui.store.central.accounts import list_accounts

    with opened(db) as central:
        accounts = list_accounts(central)
    if as_json:
        say_json([to_builtins(account) for account in accounts])
        return
    for account in accounts:
        say(_described(account))
    if not accounts:
        say(_("Nobody has an account yet. Add one with: advisor admin user add NAME"))


def set_user(db: str, name: str, change: Change, ask: bool, from_input: bool, as_json: bool) -> None:
    """Change an account."""
    from advisor_tui.store.central.accounts import set_account

    if change.role is None and change.teams is None and not (change.enable or ask or from_input):
        raise Invalid("Nothing to change was given.")
    password = read_password(from_input) if ask or from_input else None
    with opened(db) as central:
        account = set_account(
            central, name, role=change.role, teams=change.teams, password=password,
            disabled=False if change.enable else None,
        )  # fmt: skip
    _say_account(account, _("{name} was changed."), as_json)


def disable_user(db: str, name: str, as_json: bool) -> None:
    """End a person's access."""
    from advisor_tui.store.central.accounts import set_account

    with opened(db) as central:
        account = set_account(central, name, disabled=True)
    _say_account(account, _("{name} may no longer log in, and their devices may no longer use the server."), as_json)


def list_teams(db: str, as_json: bool) -> None:
    """The teams."""
    from advisor_tui.store.central import accounts

    with opened(db) as central:
        teams = accounts.list_teams(central)
    if as_json:
        say_json([{"stream": team.stream, "name": team.name} for team in teams])
        return
    for team in teams:
        say(f"{one_line(team.name)} · {team.stream}")
    if not teams:
        say(_("There is no team yet. Add one with: advisor admin team add NAME"))


def add_team(db: str, name: str, as_json: bool) -> None:
    """Add a team."""
    from advisor_tui.store.central import accounts

    with opened(db) as central:
        team = accounts.add_team(central, name)
    if as_json:
        say_json({"ok": True, **to_builtins(team)})
        return
    words = _("The team {name} was added.") if team.created else _("The team {name} was there already.")
    say(words.format(name=one_line(team.name)))
    if team.moved:
        say(_("Customers who joined it: {count}").format(count=f.number(team.moved)))


def list_devices(db: str, name: str, as_json: bool) -> None:
    """The devices, with whose they are."""
    from advisor_tui.store.central.devices import list_all_devices

    with opened(db) as central:
        devices = list_all_devices(central, name)
    if as_json:
        say_json([to_builtins(device) for device in devices])
        return
    zone = Workspace().zone
    for device in devices:
        state = _("revoked") if device.revoked else ""
        since = f.long_time(device.created_at, zone)
        said = (device.id, one_line(device.person), one_line(device.name), since, state)
        say(" · ".join(part for part in said if part))
    if not devices:
        say(_("No device has logged in yet."))


def revoke_device(db: str, id_: str, as_json: bool) -> None:
    """End a device."""
    from advisor_tui.store.central.devices import revoke_any_device

    with opened(db) as central:
        revoke_any_device(central, id_)
    if as_json:
        say_json({"ok": True, "device": id_})
    else:
        say(_("The device {id} may no longer use the server.").format(id=id_))


def read_password(from_input: bool) -> str:
    """A password: the first line of the input, or typed twice without being shown."""
    if from_input:
        line = sys.stdin.buffer.readline(_MOST)
        try:
            return line.rstrip(b"\n").removesuffix(b"\r").decode("utf-8")
        except UnicodeDecodeError as error:
            raise Invalid("What was typed is not text in UTF-8.") from error
    if not sys.stdin.isatty():
        raise Invalid("There is no terminal to ask for a password. Give it to the input, with --password-stdin.")
    try:
        password = getpass.getpass(_("Password: "))
        again = getpass.getpass(_("The same again: "))
    except EOFError as error:
        raise Invalid("No password was typed.") from error
    if password != again:
        raise Invalid("The two passwords differ.", code="password")
    return password


def _say_account(account: Account, words: str, as_json: bool) -> None:
    if as_json:
        say_json({"ok": True, **to_builtins(account)})
    else:
        say(words.format(name=one_line(account.name)))
        say(_described(account))


def _described(account: Account) -> str:
    """A person with their role and teams, on a line."""
    state = _("disabled") if account.disabled else ""
    teams = ", ".join(one_line(team) for team in account.teams)
    return " · ".join(part for part in (one_line(account.name), account.role, teams, state) if part)
