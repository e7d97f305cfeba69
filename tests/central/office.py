"""Short words for what people do at a server: have an account, log in, record a customer."""

from __future__ import annotations

from typing import Any

from msgspec import Raw
from sqlalchemy import select

from advisor_tui.domain import bodies as b
from advisor_tui.domain.events import encode_body
from advisor_tui.domain.identity import Hlc, uuid7
from advisor_tui.domain.wire import WireEvent
from advisor_tui.store.central.accounts import add_account, find_account
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.identity import Identity, identify
from advisor_tui.store.central.push import push
from advisor_tui.store.central.tokens import Tokens, log_in
from advisor_tui.store.unit import TABLES

PASSWORD = "correct horse"


def joined(central: Central, name: str = "Zoé", role: str = "advisor", teams: tuple[str, ...] = ("Mobile",)) -> Tokens:
    """Someone with an account (made at the first time), on a new device."""
    if find_account(central, name) is None:
        add_account(central, name, PASSWORD, role, teams)
    return log_in(central, name, PASSWORD, "desk")


def identity_of(central: Central, tokens: Tokens) -> Identity:
    with central.read() as connection:
        return identify(connection, tokens.access_token, central.now_ms())


def record_customer(central: Central, tokens: Tokens, name: str = "Aïcha Benali", **fields: Any) -> str:
    """A customer recorded on the device of `tokens` and pushed; their id."""
    now = central.now_ms()
    customer, txn, id_ = (uuid7(now, central.bits()) for _ in range(3))
    event = WireEvent(
        id=id_, customer_id=customer, type="customer_recorded", at=now, hlc=str(Hlc(now, 0, tokens.device)),
        actor=tokens.name, txn=txn, body=Raw(encode_body(b.CustomerRecorded(name=name, **fields))),
    )  # fmt: skip
    (told,) = push(central, identity_of(central, tokens), [event])
    assert told.status == "accepted", told
    return customer


def customers(central: Central) -> list[str]:
    """The names of everyone recorded."""
    view = TABLES["customer_view"].c
    with central.read() as connection:
        return list(connection.execute(select(view.name).order_by(view.name)).scalars())
