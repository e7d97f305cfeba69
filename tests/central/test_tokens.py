"""Sessions: what a login gives, how it goes on, how it ends, and what a thief or a guesser meets."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from advisor_tui.store.central import passwords
from advisor_tui.store.central.accounts import add_account, set_account
from advisor_tui.store.central.attempts import FREE_ADDRESS, FREE_NAME, wait_ms
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.devices import list_all_devices
from advisor_tui.store.central.errors import Denied
from advisor_tui.store.central.identity import Identity, identify
from advisor_tui.store.central.tables import ATTEMPT, PRESENCE, TOKEN
from advisor_tui.store.central.tokens import Tokens, list_devices, log_in, log_out, refresh, revoke_device
from tests.store.house import SteppingClock

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse"


@pytest.fixture
def zoe(central: Central) -> Tokens:
    """Zoé of team Mobile, logged in."""
    add_account(central, "Zoé", PASSWORD, "advisor", ["Mobile"])
    return log_in(central, "Zoé", PASSWORD, "desk")


def who(central: Central, tokens: Tokens) -> Identity:
    with central.read() as connection:
        return identify(connection, tokens.access_token, central.now_ms())


def code(call: Any, *arguments: Any) -> str:
    """The code with which a call is denied."""
    with pytest.raises(Denied) as denied:
        call(*arguments)
    return denied.value.code


def tokens_kept(central: Central) -> int:
    with central.read() as connection:
        return connection.execute(select(func.count()).select_from(TOKEN)).scalar_one()


def test_a_login_gives_a_device_and_two_tokens(central: Central, zoe: Tokens) -> None:
    assert re.fullmatch("[0-9a-f]{8}", zoe.device)
    assert (zoe.expires_in, zoe.name, zoe.role, zoe.teams) == (600, "Zoé", "advisor", ["Mobile"])
    identity = who(central, zoe)
    assert (identity.name, identity.device, identity.streams) == ("Zoé", zoe.device, ("c", "t1"))


def test_every_login_is_another_device(central: Central, zoe: Tokens) -> None:
    devices = {log_in(central, "zoé", PASSWORD, "desk").device for _ in range(3)}
    assert len(devices | {zoe.device}) == 4


def test_a_device_id_is_never_given_twice(database_url: str, clock: SteppingClock) -> None:
    drawn = iter([1, 7, 7, 7, 8])
    store = Central(database_url, clock, bits=lambda: next(drawn))
    add_account(store, "Zoé", PASSWORD)
    assert [log_in(store, "Zoé", PASSWORD, "desk").device for _ in range(2)] == ["00000007", "00000008"]
    store.close()


def test_a_login_that_replaces_a_device_ends_it(central: Central, zoe: Tokens) -> None:
    fresh = log_in(central, "Zoé", PASSWORD, "desk", replaces=zoe.device)
    assert code(who, central, zoe) == "device_revoked"
    assert code(refresh, central, zoe.refresh_token) == "device_revoked"
    assert who(central, fresh).device == fresh.device


@pytest.mark.parametrize("replaces", ["", "nonsense", "00000000", "\x00", "' OR 1=1", "\ud800"])
def test_nobody_replaces_another_ones_device(central: Central, zoe: Tokens, replaces: str) -> None:
    add_account(central, "Paul", PASSWORD)
    log_in(central, "Paul", PASSWORD, "desk", replaces=replaces)
    log_in(central, "Paul", PASSWORD, "desk", replaces=zoe.device)
    assert who(central, zoe).name == "Zoé"


def test_a_refresh_token_gives_the_next_two(central: Central, zoe: Tokens) -> None:
    following = refresh(central, zoe.refresh_token)
    assert (following.device, following.name, following.teams) == (zoe.device, "Zoé", ["Mobile"])
    assert following.refresh_token != zoe.refresh_token
    assert who(central, following) == who(central, zoe), "the old access token lives to its end"


def test_an_access_token_lives_ten_minutes(central: Central, zoe: Tokens, clock: SteppingClock) -> None:
    clock.advance(minutes=9.9)
    assert who(central, zoe).name == "Zoé"
    clock.advance(minutes=0.2)
    assert code(who, central, zoe) == "token_expired"
    assert who(central, refresh(central, zoe.refresh_token)).name == "Zoé"


def test_a_refresh_token_lives_ninety_days(central: Central, zoe: Tokens, clock: SteppingClock) -> None:
    clock.advance(days=89.9)
    following = refresh(central, zoe.refresh_token)
    clock.advance(days=90.1)
    assert code(refresh, central, following.refresh_token) == "token_expired"


def test_a_lost_reply_is_served_again_and_again(central: Central, zoe: Tokens, clock: SteppingClock) -> None:
    lost = refresh(central, zoe.refresh_token)
    clock.advance(seconds=50)
    again = refresh(central, zoe.refresh_token)
    third = refresh(central, zoe.refresh_token)
    for tokens in (lost, again, third):
        assert who(central, tokens).device == zoe.device
        assert who(central, refresh(central, tokens.refresh_token)).device == zoe.device


def test_the_minute_counts_from_the_first_use(central: Central, zoe: Tokens, clock: SteppingClock) -> None:
    refresh(central, zoe.refresh_token)
    clock.advance(seconds=40)
    refresh(central, zoe.refresh_token)
    clock.advance(seconds=40)
    assert code(refresh, central, zoe.refresh_token) == "token_reused"


def test_a_token_used_twice_ends_all_that_came_from_its_login(
    central: Central, zoe: Tokens, clock: SteppingClock
) -> None:
    other = log_in(central, "Zoé", PASSWORD, "laptop")
    stolen = zoe.refresh_token
    thief = refresh(central, stolen)
    clock.advance(seconds=61)
    assert code(refresh, central, stolen) == "token_reused"
    assert code(who, central, thief) == "token_expired"
    assert code(refresh, central, thief.refresh_token) == "token_expired"
    assert code(refresh, central, stolen) == "token_expired", "there is nothing left to end"
    assert who(central, other).name == "Zoé", "another login goes on"


def test_a_token_used_long_ago_is_still_known_as_used(central: Central, zoe: Tokens, clock: SteppingClock) -> None:
    victim = zoe.refresh_token
    thief = refresh(central, victim)
    for _day in range(20):
        clock.advance(days=1)
        thief = refresh(central, thief.refresh_token)
    assert code(refresh, central, victim) == "token_reused"
    assert code(refresh, central, thief.refresh_token) == "token_expired"


def test_a_long_session_leaves_few_rows(central: Central, zoe: Tokens, clock: SteppingClock) -> None:
    for _turn in range(30):
        clock.advance(minutes=9)
        zoe = refresh(central, zoe.refresh_token)
    assert tokens_kept(central) <= 5
    clock.advance(days=100)
    log_in(central, "Zoé", PASSWORD, "desk")
    assert tokens_kept(central) == 2


@pytest.mark.parametrize(
    "token", ["", ".", "x", "\x00", "\ud800", "0" * 40, "0" * 40 + ".x", "0" * 5000, "0" * 40 + "." + "x" * 500]
)
def test_a_token_that_nobody_gave_is_expired(central: Central, zoe: Tokens, token: str) -> None:
    assert code(refresh, central, token) == "token_expired"
    assert who(central, zoe).name == "Zoé"


def test_one_kind_of_token_is_not_the_other(central: Central, zoe: Tokens) -> None:
    assert code(refresh, central, zoe.access_token) == "token_expired"
    with central.read() as connection:
        assert code(identify, connection, zoe.refresh_token, central.now_ms()) == "token_expired"


def test_a_clock_set_back_ends_no_session(central: Central, zoe: Tokens, clock: SteppingClock) -> None:
    following = refresh(central, zoe.refresh_token)
    clock.advance(days=-365)
    assert refresh(central, zoe.refresh_token).device == zoe.device
    assert refresh(central, following.refresh_token).device == zoe.device


def test_a_log_out_ends_this_device_only(central: Central, zoe: Tokens) -> None:
    other = log_in(central, "Zoé", PASSWORD, "laptop")
    identity = who(central, zoe)
    with central.write() as connection:
        for device in (zoe.device, other.device):
            connection.execute(
                PRESENCE.insert().values(
                    device=device, name="Zoé", customer_id="x", case_id="", stream="t1", writing=0, until=1
                )
            )
    log_out(central, identity)
    assert code(who, central, zoe) == "token_expired"
    assert code(refresh, central, zoe.refresh_token) == "token_expired"
    assert who(central, other).name == "Zoé"
    with central.read() as connection:
        assert connection.execute(select(PRESENCE.c.device)).scalars().all() == [other.device]


REFRESH = """
import json, sys
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.tokens import refresh
from tests.store.house import SteppingClock
central = Central(sys.argv[1], SteppingClock(step_ms=0))
print("ready", flush=True)
tokens = sys.stdin.readline().split()
print(json.dumps([refresh(central, token).refresh_token for token in tokens]), flush=True)
"""


def test_two_processes_that_refresh_at_once_are_both_served(database_url: str) -> None:
    clock = SteppingClock(step_ms=0)
    central = Central(database_url, clock)
    add_account(central, "Zoé", PASSWORD)
    given = [log_in(central, "Zoé", PASSWORD, "desk").refresh_token for _ in range(3)]
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", REFRESH, database_url], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for _ in range(3)
    ]  # fmt: skip
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write(" ".join(given) + "\n")
        worker.stdin.flush()
    got: list[str] = []
    for worker in workers:
        out, err = worker.communicate(timeout=60)
        assert worker.returncode == 0, err
        got += json.loads(out)
    assert len(set(got)) == 9
    for token in got:
        assert refresh(central, token).name == "Zoé"
    central.close()


# attempts


def test_unknown_people_and_wrong_passwords_are_told_the_same(central: Central, zoe: Tokens) -> None:
    said = set()
    for name, password in [("Zoé", "wrong horse"), ("Nobody", PASSWORD), ("Zo\x00é", PASSWORD), ("\ud800", "\ud800")]:
        with pytest.raises(Denied) as denied:
            log_in(central, name, password, "desk")
        said.add((denied.value.code, str(denied.value)))
    assert len(said) == 1
    assert said.pop()[0] == "bad_password"


@pytest.mark.parametrize(
    ("name", "password"), [("Nobody", PASSWORD), ("Zoé", "x" * 5000), ("Nobody", "x" * 5000), ("\x00", "y")]
)
def test_an_unknown_name_and_an_endless_password_cost_one_argon2_like_any_other(
    central: Central, zoe: Tokens, monkeypatch: pytest.MonkeyPatch, name: str, password: str
) -> None:
    worked: list[str] = []

    class Counted:
        def hash(self, password: bytes) -> str:
            worked.append("hash")
            assert len(password) <= 4 * passwords.LONGEST
            return ""

        def verify(self, kept: str, password: bytes) -> bool:
            worked.append("verify")
            return False

    monkeypatch.setattr(passwords, "_HASHER", Counted())
    assert code(log_in, central, name, password, "desk") == "bad_password"
    assert len(worked) == 1
    assert code(log_in, central, "Zoé", "wrong horse", "desk") == "bad_password"
    assert worked[1:] == ["verify"]


def test_guessing_one_account_gets_slower_and_slower(central: Central, zoe: Tokens, clock: SteppingClock) -> None:
    for _try in range(FREE_NAME):
        assert code(log_in, central, "Zoé", "wrong horse", "desk", "", "10.0.0.1") == "bad_password"
    waits = []
    for attempt in range(11):
        with pytest.raises(Denied) as denied:
            log_in(central, "ZOÉ", PASSWORD, "desk", address=f"10.0.{attempt}.2")
        assert denied.value.code == "too_many_attempts", "even with the right password, and from elsewhere"
        assert denied.value.status == 429
        waits.append(denied.value.details["retry_after"])
        assert str(waits[-1]) in str(denied.value)
        clock.advance(seconds=float(str(waits[-1])))
        assert code(log_in, central, "Zoé", "wrong horse", "desk") == "bad_password"
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert refresh(central, zoe.refresh_token).name == "Zoé", "who is logged in goes on"
    clock.advance(minutes=15)
    assert log_in(central, "Zoé", PASSWORD, "desk").name == "Zoé"
    assert code(log_in, central, "Zoé", "wrong horse", "desk") == "bad_password"
    assert log_in(central, "Zoé", PASSWORD, "desk").name == "Zoé", "success began the count again"


def test_a_wait_is_not_made_longer_by_knocking(central: Central, zoe: Tokens, clock: SteppingClock) -> None:
    for _try in range(FREE_NAME):
        code(log_in, central, "Zoé", "wrong horse", "desk")
    for _knock in range(50):
        assert code(log_in, central, "Zoé", "wrong horse", "desk") == "too_many_attempts"
    clock.advance(seconds=2)
    assert log_in(central, "Zoé", PASSWORD, "desk").name == "Zoé"


def test_guessing_many_accounts_from_one_address_gets_slower(
    central: Central, zoe: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("advisor_tui.store.central.tokens.is_password", lambda kept, password: False)
    for number in range(FREE_ADDRESS):
        address = f"2001:db8::{number:x}"  # one network, another machine each time
        assert code(log_in, central, f"name {number}", "wrong horse", "desk", "", address) == "bad_password"
    monkeypatch.undo()
    assert code(log_in, central, "Zoé", PASSWORD, "desk", "", "2001:db8::1234") == "too_many_attempts"
    assert log_in(central, "Zoé", PASSWORD, "desk", address="2001:db9::1").name == "Zoé"
    assert log_in(central, "Zoé", PASSWORD, "desk").name == "Zoé"


def test_a_hundred_guesses_at_once_are_not_a_hundred_guesses(central: Central, zoe: Tokens) -> None:
    gate = threading.Barrier(8)

    def guess(number: int) -> str:
        gate.wait()
        return code(log_in, central, "Zoé", f"wrong horse {number}", "desk")

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(guess, range(8)))
    assert sorted(set(told)) == ["bad_password", "too_many_attempts"]
    assert told.count("bad_password") == FREE_NAME


def test_counts_are_forgotten_after_an_hour_and_hold_no_name(
    central: Central, zoe: Tokens, clock: SteppingClock
) -> None:
    code(log_in, central, "my secret password", "x", "desk", "", "10.0.0.1")
    with central.read() as connection:
        rows = connection.execute(select(ATTEMPT)).all()
    assert len(rows) == 2
    assert "secret" not in repr(rows)
    assert "10.0.0.1" not in repr(rows)
    clock.advance(minutes=61)
    log_in(central, "Zoé", PASSWORD, "desk")
    with central.read() as connection:
        assert connection.execute(select(ATTEMPT)).all() == []


def test_a_clock_set_back_locks_nobody_out(central: Central, zoe: Tokens, clock: SteppingClock) -> None:
    for _try in range(FREE_NAME):
        code(log_in, central, "Zoé", "wrong horse", "desk")
    clock.advance(days=-365)
    assert log_in(central, "Zoé", PASSWORD, "desk").name == "Zoé"


def test_the_wait_has_an_end() -> None:
    assert [wait_ms(failures, 5) for failures in (0, 4, 5, 6, 13, 14, 10_000)] == [
        0, 0, 2000, 4000, 512_000, 900_000, 900_000,
    ]  # fmt: skip


def test_a_password_changed_while_it_was_looked_at_is_wrong(
    central: Central, zoe: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(kept: str | None, password: str) -> bool:
        set_account(central, "Zoé", password="another horse")
        return True

    monkeypatch.setattr("advisor_tui.store.central.tokens.is_password", slow)
    assert code(log_in, central, "Zoé", PASSWORD, "desk") == "bad_password"


def test_at_most_two_passwords_are_looked_at_at_once(central: Central, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most = [0], [0]
    lock = threading.Lock()
    real = passwords._HASHER.hash

    class Watched:
        def hash(self, password: bytes) -> str:
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            try:
                return real(password)
            finally:
                with lock:
                    inside[0] -= 1

    monkeypatch.setattr(passwords, "_HASHER", Watched())
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(passwords.hash_password, ["a password"] * 8))
    assert len(set(kept)) == 8
    assert most == [2]


def test_nobody_waits_for_ever_for_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "PATIENCE_S", 0.01)
    monkeypatch.setattr(passwords, "_TURNS", threading.BoundedSemaphore(1))
    with passwords._turn(), pytest.raises(Denied) as denied:
        passwords.is_password(None, "x")
    assert denied.value.code == "too_many_attempts"
    assert denied.value.details["retry_after"]


# devices


def test_one_sees_and_ends_ones_own_devices(central: Central, zoe: Tokens) -> None:
    laptop = log_in(central, "Zoé", PASSWORD, "lap\x1b[31mtop\n")
    before = central.meta("grants")
    revoke_device(central, who(central, zoe), laptop.device)
    assert int(central.meta("grants")) == int(before) + 1
    revoke_device(central, who(central, zoe), laptop.device)
    assert int(central.meta("grants")) == int(before) + 1, "it was so already"
    assert [(device.id, device.revoked) for device in list_devices(central, who(central, zoe))] == [
        (zoe.device, False),
        (laptop.device, True),
    ]
    assert all(device.name.isprintable() for device in list_devices(central, who(central, zoe)))
    assert code(refresh, central, laptop.refresh_token) == "device_revoked"
    assert code(who, central, laptop) == "device_revoked"


@pytest.mark.parametrize("device", ["", "00000000", "\x00", "\ud800", "x" * 10_000])
def test_a_device_that_does_not_exist_is_not_found(central: Central, zoe: Tokens, device: str) -> None:
    assert code(revoke_device, central, who(central, zoe), device) == "not_found"


def test_who_may_end_whose_device(central: Central, zoe: Tokens) -> None:
    people = {
        "colleague": ("advisor", ["Mobile"]), "lead": ("lead", ["Mobile"]), "other lead": ("lead", ["Fixe"]),
        "trainer": ("trainer", ["Mobile"]), "boss": ("admin", []),
    }  # fmt: skip
    for name, (role, teams) in people.items():
        add_account(central, name, PASSWORD, role, teams)
        by = who(central, log_in(central, name, PASSWORD, "desk"))
        victim = log_in(central, "Zoé", PASSWORD, "desk")
        if name in ("lead", "boss"):
            revoke_device(central, by, victim.device)
            assert code(who, central, victim) == "device_revoked"
        else:
            assert code(revoke_device, central, by, victim.device) == "not_allowed"
            assert who(central, victim).name == "Zoé"
    assert len(list_all_devices(central)) == 11
    assert {device.person for device in list_all_devices(central, "zoé")} == {"Zoé"}
    assert list_all_devices(central, "no\x00body") == []


def test_two_leads_end_a_device_at_once(central: Central, zoe: Tokens) -> None:
    add_account(central, "boss", PASSWORD, "admin")
    by = who(central, log_in(central, "boss", PASSWORD, "desk"))
    before = int(central.meta("grants"))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: revoke_device(central, by, zoe.device), range(2)))
    assert int(central.meta("grants")) == before + 1


def test_a_token_kept_by_an_older_family_name_goes_on(central: Central, zoe: Tokens) -> None:
    """After a restore, families have new names: what the backup knew still works, what it did not is merely over."""
    later = refresh(central, zoe.refresh_token)
    with central.write() as connection:
        connection.execute(TOKEN.delete().where(TOKEN.c.family != ""))
    idle = log_in(central, "Zoé", PASSWORD, "laptop")
    with central.write() as connection:
        connection.execute(update(TOKEN).values(family=TOKEN.c.family + "r"))
    assert code(refresh, central, later.refresh_token) == "token_expired"
    following = refresh(central, idle.refresh_token)
    assert refresh(central, following.refresh_token).device == idle.device
