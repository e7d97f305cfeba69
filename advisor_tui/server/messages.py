"""The bodies and parameters of HTTP that `domain.wire` does not hold: what a client may send, what it gets back."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from advisor_tui.domain.bodies import Act
from advisor_tui.domain.wire import Bucket
from advisor_tui.store.central.search import FoundCustomer

BIGGEST = (1 << 63) - 1
"""The largest integer that both databases hold."""
Number = Annotated[int, Meta(ge=0, le=BIGGEST)]
Id = Annotated[str, Meta(min_length=1, max_length=100, pattern="^[!-~]+$")]
MaybeId = Annotated[str, Meta(max_length=100, pattern="^[!-~]*$")]
Stream = Annotated[str, Meta(max_length=100, pattern="^[!-~]*$", examples=["c", "t1"])]
Words = Annotated[str, Meta(max_length=200, pattern=r"^[^\u0000-\u001f\u007f]*$")]
Secret = Annotated[str, Meta(max_length=1024, pattern=r"^[^\u0000]*$")]
Opaque = Annotated[str, Meta(max_length=1024, pattern="^[!-~]*$")]


class ErrorDetail(Struct, kw_only=True):
    """What went wrong: a stable code for programs, a sentence for people."""

    code: str
    message: str
    details: dict[str, Any]


class ErrorBody(Struct, kw_only=True):
    """The body of every answer that is not a success."""

    error: ErrorDetail


class PasswordGrant(Struct, kw_only=True, tag_field="grant", tag="password"):
    """A person logs in on a device."""

    user: Words
    password: Secret
    device_name: Words
    replaces: MaybeId = ""


class RefreshGrant(Struct, kw_only=True, tag_field="grant", tag="refresh"):
    """A device goes on with the refresh token that it got last."""

    refresh_token: Opaque


class PresenceTold(Struct, kw_only=True):
    """Which case this device has open; nothing named: none any more."""

    customer_id: MaybeId = ""
    case_id: MaybeId = ""
    writing: bool = False


class ErasureAsked(Struct, kw_only=True):
    """Whose data must go."""

    customer_id: Id


class ErasureMade(Struct, kw_only=True):
    """The erasure's id."""

    id: str


class Waiting(Struct, kw_only=True):
    """A device that still holds what was erased."""

    device: str
    name: str
    person: str


class Erasure(Struct, kw_only=True):
    """An erasure, and the devices that have not acknowledged it."""

    id: str
    customer_id: str
    at: int
    waiting: list[Waiting]


class Customers(Struct, kw_only=True):
    """Customers found on the server, of any team."""

    customers: list[FoundCustomer]


class Digest(Struct, kw_only=True):
    """What the server holds of a stream, by buckets of numbers."""

    buckets: list[Bucket]


class Health(Struct, kw_only=True):
    """The process answers."""

    status: Literal["ok", "ready"]


class PresentShown(Struct, kw_only=True):
    """Someone on a case, as the feed says it."""

    customer_id: str
    case_id: str
    name: str
    writing: bool
    device: str


class HeadsShown(Struct, kw_only=True):
    """The last number of each stream that the listener reads, and the number of the rights in force."""

    heads: dict[str, int]
    grants: int


class PresenceShown(Struct, kw_only=True):
    """Everyone else on a case of the listener's streams."""

    present: list[PresentShown]


# parameters


class NoParameters(Struct):
    """Nothing is asked."""


class PullParameters(Struct, kw_only=True):
    """Where to go on, and how far."""

    cursor: Opaque = ""
    stream: Stream = ""
    limit: Annotated[int, Meta(ge=1, le=20_000)] = 1000
    own: Literal["0", "1"] = "0"
    after: Number = 0  # where to begin without a cursor: to read a part again that both sides hold differently


class SnapshotParameters(Struct, kw_only=True):
    """As a pull, with larger pages."""

    cursor: Opaque = ""
    stream: Stream = ""
    limit: Annotated[int, Meta(ge=1, le=20_000)] = 20_000
    own: Literal["0", "1"] = "1"
    after: Number = 0


class DigestParameters(Struct, kw_only=True):
    """A range of a stream's numbers, both ends included."""

    stream: Annotated[str, Meta(min_length=1, max_length=100, pattern="^[!-~]+$", examples=["c", "t1"])]
    from_: Number = field(name="from", default=0)
    to: Number = BIGGEST


class FindParameters(Struct, kw_only=True):
    """Words, a number or an address, and how many customers to answer."""

    q: Words = ""
    limit: Annotated[int, Meta(ge=1, le=100)] = 20


class GuardParameters(Struct, kw_only=True):
    """Whom an adverse act is meant for: an id, one from outside, a number, an address; and which act."""

    customer: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\u0000-\u001f\u007f]+$")]
    act: Act


class AfterParameters(Struct, kw_only=True):
    """The number after which to go on."""

    after: Number = 0


class IdPath(Struct, kw_only=True):
    """What the address names."""

    id: Id
