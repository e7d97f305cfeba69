"""What was declared, as the line of a customer or of a case says it: each with when, and who took it down."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Text = Annotated[str, Meta(min_length=1)]
StakeLevel = Literal["normal", "high", "vital"]
Purpose = Literal["service", "prospecting", "survey"]
Settled = Literal["settled", "withdrawn", "judged"]


class Said(Struct, omit_defaults=True, kw_only=True, frozen=True):
    """Something declared: the instant in ISO 8601, and the name of whoever took it down where it is known."""

    at: Text
    author: str = ""


class Stake(Said, omit_defaults=True, kw_only=True, frozen=True):
    """What the service means to the customer, in their words."""

    level: StakeLevel
    words: Text


class Fact(Said, omit_defaults=True, kw_only=True, frozen=True):
    """Something that they told us, and from where we have it."""

    key: Text
    value: Text
    source: Text
    expires: str = ""


class Allowed(Said, omit_defaults=True, kw_only=True, frozen=True):
    """A permission, or an objection where it is not granted."""

    purpose: Purpose
    granted: bool
    basis: Text
    channel: str = ""
    proof: str = ""


class LegalHold(Said, omit_defaults=True, kw_only=True, frozen=True):
    """The law asks to keep what is held on them."""

    reason: str = ""  # none: it was lifted
    until: str = ""


class Dispute(Said, omit_defaults=True, kw_only=True, frozen=True):
    """How the dispute of a case ended."""

    outcome: Settled
    words: Text
