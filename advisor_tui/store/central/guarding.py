"""A billing system asks the server before it cuts somebody off. Reasons are told without the customer's words."""

from __future__ import annotations

from msgspec import Struct

from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import Invalid, NotFound
from advisor_tui.domain.guard import ReasonKind
from advisor_tui.domain.rules import HoldRule
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.errors import Denied
from advisor_tui.store.central.identity import Identity
from advisor_tui.store.guarding import guard

ROLES = ("advisor", "lead", "admin")
MOST = 100
"""Reasons of one answer; one is enough to hold."""


class Standing(Struct, kw_only=True):
    """One thing in the way: an entry or case, over which channel, since when (Unix ms)."""

    kind: ReasonKind
    id: str
    case_id: str
    channel: str
    since: int


class GuardAnswer(Struct, kw_only=True):
    """Whether an adverse act may be done."""

    customer_id: str
    act: b.Act
    may: bool
    needs_second: bool
    reasons: list[Standing]


def ask_guard(central: Central, identity: Identity, customer: str, act: b.Act, rule: HoldRule) -> GuardAnswer:
    """Judge `act` against a customer of any team. Raises Denied."""
    if identity.role not in ROLES:
        raise Denied("The role {role} may not look for customers.", code="not_allowed", role=identity.role)
    try:
        with central.read() as connection:
            found = guard(connection, customer, act, rule)
    except NotFound as error:
        raise Denied("No such customer.", code="not_found") from error
    except Invalid as error:
        raise Denied("This names several customers.", code="invalid") from error
    reasons = [
        Standing(kind=one.kind, id=one.id, case_id=one.case_id or "", channel=one.channel, since=one.since)
        for one in found.verdict.held[:MOST]
    ]
    return GuardAnswer(
        customer_id=found.customer_id,
        act=act,
        may=found.verdict.may,
        needs_second=found.verdict.needs_second,
        reasons=reasons,
    )
