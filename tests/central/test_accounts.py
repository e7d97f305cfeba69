"""Accounts and teams: names are one person's, rights that change are told, passwords stay out of the database."""

from __future__ import annotations

import unicodedata

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from advisor_tui.domain.errors import Invalid, NotFound, Refused
from advisor_tui.store.central.accounts import (
    add_account,
    add_team,
    find_account,
    list_accounts,
    list_teams,
    set_account,
)
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.errors import Denied
from advisor_tui.store.central.identity import identify
from advisor_tui.store.central.tables import ACCOUNT, DEVICE, HEAD
from advisor_tui.store.central.tokens import Tokens, log_in, refresh

PASSWORD = "correct horse"


def grants(central: Central) -> int:
    return int(central.meta("grants"))


def streams(central: Central, tokens: Tokens) -> tuple[str, ...]:
    """What a session may read now."""
    with central.read() as connection:
        return identify(connection, tokens.access_token, central.now_ms()).streams


def test_an_account_is_what_was_asked_for(central: Central) -> None:
    account = add_account(central, "Claire Morel", PASSWORD, "lead", ["Mobile", "Fixe"])
    assert (account.name, account.role, account.teams, account.disabled) == (
        "Claire Morel",
        "lead",
        ["Fixe", "Mobile"],
        False,
    )
    assert list_accounts(central) == [account]
    assert find_account(central, "CLAIRE MOREL") == account
    assert [(team.stream, team.name) for team in list_teams(central)] == [("t2", "Fixe"), ("t1", "Mobile")]


def test_a_team_has_a_stream_of_its_own_from_the_start(central: Central) -> None:
    add_team(central, "Mobile")
    with central.read() as connection:
        heads = connection.execute(select(HEAD.c.stream, HEAD.c.seq, HEAD.c.hash).order_by(HEAD.c.stream)).all()
    assert [(row.stream, row.seq, bytes(row.hash)) for row in heads] == [("c", 0, b""), ("t1", 0, b"")]


def test_a_team_is_made_once_however_it_is_written(central: Central) -> None:
    first = add_team(central, "Équipe Mobile")
    again = add_team(central, unicodedata.normalize("NFD", "  éQUIPE mobile "))
    assert (first.created, again.created) == (True, False)
    assert (again.stream, again.name) == (first.stream, "Équipe Mobile")


@pytest.mark.parametrize("same", ["Zoé", "zoé", "ZOÉ ", unicodedata.normalize("NFD", "Zoé")])
def test_two_people_cannot_have_the_same_name(central: Central, same: str) -> None:
    add_account(central, "Zoé", PASSWORD)
    with pytest.raises(Refused) as refused:
        add_account(central, same, PASSWORD)
    assert refused.value.code == "account_exists"
    assert len(list_accounts(central)) == 1


HOSTILE = ["", "  ", "Zo\x00e", "Zoe\x1b[31m", "Zoe\nadmin", "Zoe\u202e", "Zo\u200be", "\ud800", "x" * 101, "\u2066a"]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_what_cannot_be_a_name_is_refused_and_makes_nothing(central: Central, name: str) -> None:
    with pytest.raises(Invalid):
        add_account(central, name, PASSWORD, teams=["Mobile"])
    with pytest.raises(Invalid):
        add_account(central, "Zoé", PASSWORD, teams=["Mobile", name])
    with pytest.raises(Invalid):
        add_team(central, name)
    assert list_accounts(central) == []
    assert list_teams(central) == []
    assert find_account(central, name) is None


def test_a_name_that_looks_like_sql_is_a_name(central: Central) -> None:
    name = "Robert'); DROP TABLE account;-- %s :x {y} \\"
    add_account(central, name, PASSWORD, teams=[name])
    assert [account.teams for account in list_accounts(central)] == [[name]]
    assert log_in(central, name, PASSWORD, "desk").teams == [name]


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1025, "e\u0301" * 7], ids=len)
def test_a_password_too_short_or_too_long_is_refused_and_makes_nothing(central: Central, password: str) -> None:
    with pytest.raises(Invalid) as refused:
        add_account(central, "Zoé", password, teams=["Mobile"])
    assert refused.value.code == "password"
    assert not password or password not in str(refused.value)
    assert list_teams(central) == []


def test_a_role_that_does_not_exist_is_refused(central: Central) -> None:
    with pytest.raises(Invalid, match="queen"):
        add_account(central, "Zoé", PASSWORD, "queen")


def test_the_password_is_kept_as_argon2id(central: Central) -> None:
    add_account(central, "Zoé", PASSWORD)
    with central.read() as connection:
        kept = connection.execute(select(ACCOUNT.c.password)).scalar_one()
    assert kept.startswith("$argon2id$")
    assert PasswordHasher().verify(kept, PASSWORD)


def test_a_password_kept_with_old_parameters_is_renewed_at_login(central: Central) -> None:
    add_account(central, "Zoé", PASSWORD)
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with central.write() as connection:
        connection.execute(update(ACCOUNT).values(password=old))
    log_in(central, "Zoé", PASSWORD, "desk")
    with central.read() as connection:
        kept = connection.execute(select(ACCOUNT.c.password)).scalar_one()
    assert kept != old
    assert not PasswordHasher().check_needs_rehash(kept)
    log_in(central, "Zoé", PASSWORD, "desk")


def test_every_change_of_a_right_is_told(central: Central) -> None:
    numbers = [grants(central)]

    def told() -> bool:
        numbers.append(grants(central))
        return numbers[-1] > numbers[-2]

    add_team(central, "Mobile")
    assert told()
    add_account(central, "Zoé", PASSWORD, teams=["Mobile"])
    assert told()
    set_account(central, "zoé", role="lead")
    assert told()
    set_account(central, "zoé", teams=[])
    assert told()
    set_account(central, "zoé", disabled=True)
    assert told()
    log_in_refused = pytest.raises(Denied)
    with log_in_refused:
        log_in(central, "zoé", PASSWORD, "desk")
    assert not told(), "a login changes no right"


def test_membership_and_role_say_what_is_read(central: Central) -> None:
    add_team(central, "Fixe")
    add_account(central, "Zoé", PASSWORD, teams=["Mobile"])
    session = log_in(central, "Zoé", PASSWORD, "desk")
    assert streams(central, session) == ("c", "t2")
    set_account(central, "Zoé", teams=["Fixe"])
    assert streams(central, session) == ("c", "t1")
    set_account(central, "Zoé", role="admin", teams=[])
    assert streams(central, session) == ("c", "t1", "t2")
    set_account(central, "Zoé", role="liaison", teams=["Fixe"])
    assert streams(central, session) == ()


def test_what_is_not_given_stays(central: Central) -> None:
    add_account(central, "Zoé", PASSWORD, "lead", ["Mobile"])
    changed = set_account(central, "Zoé", disabled=False)
    assert (changed.role, changed.teams, changed.disabled) == ("lead", ["Mobile"], False)
    with pytest.raises(NotFound):
        set_account(central, "Paul", role="lead")


def test_a_new_password_ends_every_session(central: Central) -> None:
    add_account(central, "Zoé", PASSWORD)
    sessions = [log_in(central, "Zoé", PASSWORD, "desk"), log_in(central, "Zoé", PASSWORD, "laptop")]
    set_account(central, "Zoé", password="another horse")
    for session in sessions:
        with pytest.raises(Denied) as denied:
            refresh(central, session.refresh_token)
        assert denied.value.code == "token_expired"
        with pytest.raises(Denied):
            streams(central, session)
    with pytest.raises(Denied):
        log_in(central, "Zoé", PASSWORD, "desk")
    log_in(central, "Zoé", "another horse", "desk")


def test_who_is_disabled_is_told_so_only_with_the_right_password(central: Central) -> None:
    add_account(central, "Zoé", PASSWORD)
    session = log_in(central, "Zoé", PASSWORD, "desk")
    set_account(central, "Zoé", disabled=True)
    codes = []
    for password in (PASSWORD, "wrong horse"):
        with pytest.raises(Denied) as denied:
            log_in(central, "Zoé", password, "desk")
        codes.append(denied.value.code)
    with pytest.raises(Denied) as denied:
        refresh(central, session.refresh_token)
    assert [*codes, denied.value.code] == ["device_revoked", "bad_password", "device_revoked"]
    set_account(central, "Zoé", disabled=False)
    assert refresh(central, session.refresh_token).device == session.device


def test_a_password_is_one_however_the_keyboard_composes_it(central: Central) -> None:
    add_account(central, "Zoé", "pâté de forêt")
    assert log_in(central, "Zoé", unicodedata.normalize("NFD", "pâté de forêt"), "desk").name == "Zoé"


def test_no_password_and_no_token_is_in_the_database(central: Central) -> None:
    add_account(central, "Zoé", PASSWORD)
    session = log_in(central, "Zoé", PASSWORD, "desk")
    with central.read() as connection:
        for table in (ACCOUNT, DEVICE, *ACCOUNT.metadata.sorted_tables):
            for row in connection.execute(select(table)):
                for secret in (PASSWORD, session.access_token, session.refresh_token.partition(".")[2]):
                    assert secret not in repr(tuple(row)), table.name
