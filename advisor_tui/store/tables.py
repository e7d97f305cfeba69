"""The tables, in SQLModel. Projections are disposable: `advisor doctor --rebuild` makes them again.

`n` is the row's number in order of arrival; the search indexes use it.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

RowNumber = BigInteger().with_variant(Integer, "sqlite")


CARE = "kind IN ('complaint', 'act', 'proposal', 'work', 'situation', 'gesture', 'survey')"
"""What the brief and the holds look for among the thousands of entries of one life."""
PENDING = "state IN ('received', 'acknowledged', 'held', 'asked', 'planned', 'offered')"
"""What waits for somebody, whoever the customer is."""
SIGNAL = "kind = 'signal'"
"""What customers say that a department owes an answer; few among a million entries, read together."""
PROMISED = "kind = 'commitment'"
"""Whatever became of it: the team looks at the promises that were due lately."""
CAME = "kind = 'contact' AND direction = 'inbound'"
"""What customers brought to us, whoever they are."""
TWO_TEXTS = "state = 'conflict'"
"""What two people wrote without having seen each other, until somebody makes one text of it."""
RESOLVED = "state = 'resolved'"
"""What is resolved and not closed yet: its owner alone is told where nobody confirmed the situation."""


def _words() -> Column[str]:
    return Column(Text, nullable=False, server_default=text("''"))


def _number() -> Column[int]:
    return Column("n", RowNumber, primary_key=True, autoincrement=True)


class EventRow(SQLModel, table=True):
    """The journal: append only."""

    __tablename__ = "event"
    __table_args__ = (
        Index("event_customer", "customer_id"),
        Index("event_unsent", "n", sqlite_where=text("seq IS NULL"), postgresql_where=text("seq IS NULL")),
        Index(
            "event_delivery",
            "stream",
            "seq",
            unique=True,
            sqlite_where=text("seq IS NOT NULL"),
            postgresql_where=text("seq IS NOT NULL"),
        ),
    )
    n: int | None = Field(default=None, sa_column=_number())
    id: str = Field(unique=True)
    customer_id: str
    case_id: str | None = None
    type: str
    v: int
    at: int = Field(sa_type=BigInteger)
    hlc: str
    actor: str
    txn: str
    base: str = ""
    body: str | None = Field(default=None, sa_type=Text)
    seq: int | None = Field(default=None, sa_type=BigInteger)
    stream: str | None = None


class CustomerRow(SQLModel, table=True):
    """One customer as a list shows them; `root` is the customer they were merged into, or themselves."""

    __tablename__ = "customer_view"
    __table_args__ = (Index("customer_root", "root"),)
    n: int | None = Field(default=None, sa_column=_number())
    id: str = Field(unique=True)
    ext: str
    root: str
    merged_into: str | None = None
    name: str
    kind: str
    since: str
    language: str
    team: str
    preferred_advisor: str
    stake: str
    preferences: str
    known: str = Field(default="", sa_column=_words())
    name_text: str
    number_text: str
    corrected: int
    digest: bytes | None = Field(default=None, sa_type=LargeBinary)


class IdentifierRow(SQLModel, table=True):
    """A name or number by which a customer is or was known, in the form that is compared."""

    __tablename__ = "identifier"
    __table_args__ = (Index("identifier_norm", "norm"), Index("identifier_customer", "customer_id"))
    n: int | None = Field(default=None, sa_column=_number())
    customer_id: str
    kind: str
    value: str
    norm: str
    valid_from: str
    valid_to: str
    source: str


class CaseRow(SQLModel, table=True):
    """One case with its owner, next step and date."""

    __tablename__ = "case_view"
    __table_args__ = (
        Index("case_customer", "customer_id"),
        Index(
            "case_next",
            "next_on",
            "id",
            sqlite_where=text("state IN ('open', 'waiting')"),
            postgresql_where=text("state IN ('open', 'waiting')"),
        ),
        Index("case_resolved", "owner", "n", sqlite_where=text(RESOLVED), postgresql_where=text(RESOLVED)),
    )
    n: int | None = Field(default=None, sa_column=_number())
    id: str = Field(unique=True)
    ext: str
    customer_id: str
    kind: str
    subject: str
    state: str
    owner: str
    queue: str
    reason: str
    next_step: str
    next_on: str
    opened_at: int = Field(sa_type=BigInteger)
    closed_at: str
    corrected: int
    heads: str
    more: str = Field(default="", sa_column=_words())
    digest: bytes | None = Field(default=None, sa_type=LargeBinary)


class EntryRow(SQLModel, table=True):
    """One entry of a customer's life, ready to be shown and searched."""

    __tablename__ = "entry"
    __table_args__ = (
        Index("entry_customer", "customer_id", "at"),
        Index(
            "entry_waiting",
            "waiting_since",
            sqlite_where=text("waiting_since IS NOT NULL"),
            postgresql_where=text("waiting_since IS NOT NULL"),
        ),
        Index(
            "entry_customer_waiting",
            "customer_id",
            "waiting_since",
            sqlite_where=text("waiting_since IS NOT NULL"),
            postgresql_where=text("waiting_since IS NOT NULL"),
        ),
        Index(
            "entry_customer_promise",
            "customer_id",
            "at",
            sqlite_where=text("kind = 'commitment'"),
            postgresql_where=text("kind = 'commitment'"),
        ),
        Index("entry_due", "due", sqlite_where=text("state = 'made'"), postgresql_where=text("state = 'made'")),
        Index("entry_care", "customer_id", "at", sqlite_where=text(CARE), postgresql_where=text(CARE)),
        Index("entry_signal", "at", sqlite_where=text(SIGNAL), postgresql_where=text(SIGNAL)),
        Index("entry_promised", "due", sqlite_where=text(PROMISED), postgresql_where=text(PROMISED)),
        Index("entry_came", "at", sqlite_where=text(CAME), postgresql_where=text(CAME)),
        Index("entry_conflict", "at", sqlite_where=text(TWO_TEXTS), postgresql_where=text(TWO_TEXTS)),
        Index("entry_pending", "state", "customer_id", sqlite_where=text(PENDING), postgresql_where=text(PENDING)),
    )
    n: int | None = Field(default=None, sa_column=_number())
    id: str = Field(unique=True)
    ext: str
    customer_id: str
    case_id: str | None = None
    kind: str
    at: int = Field(sa_type=BigInteger)
    channel: str
    direction: str
    author: str
    title: str
    text: str = Field(sa_type=Text)
    state: str
    waiting_since: int | None = Field(default=None, sa_type=BigInteger)
    due: str | None = None
    parent: str | None = None
    corrected: int
    more: str = Field(sa_type=Text)
    digest: bytes | None = Field(default=None, sa_type=LargeBinary)


class HoldingRow(SQLModel, table=True):
    """What a customer holds or held."""

    __tablename__ = "holding_view"
    __table_args__ = (Index("holding_customer", "customer_id"),)
    n: int | None = Field(default=None, sa_column=_number())
    id: str = Field(unique=True)
    ext: str
    customer_id: str
    product: str
    valid_from: str
    valid_to: str
    value: str
    more: str = Field(default="", sa_column=_words())
    corrected: int
    digest: bytes | None = Field(default=None, sa_type=LargeBinary)


class OfferRow(SQLModel, table=True):
    """What can be offered, with its rules."""

    __tablename__ = "offer_view"
    n: int | None = Field(default=None, sa_column=_number())
    id: str = Field(unique=True)
    ext: str
    customer_id: str
    name: str
    valid_from: str
    valid_to: str
    benefit: str
    rules: str
    corrected: int
    digest: bytes | None = Field(default=None, sa_type=LargeBinary)


class DraftRow(SQLModel, table=True):
    """What is being written and not yet recorded: one text a subject (case or customer) and kind."""

    __tablename__ = "draft"
    subject: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    customer_id: str
    text: str = Field(sa_type=Text)
    base: str = ""
    saved_at: int = Field(sa_type=BigInteger)


class MetaRow(SQLModel, table=True):
    """The workspace's own small facts: device, last clock."""

    __tablename__ = "meta"
    key: str = Field(primary_key=True)
    value: str


class CursorRow(SQLModel, table=True):
    """How far a stream of the server was read here, and up to where both sides were compared."""

    __tablename__ = "stream_cursor"
    stream: str = Field(primary_key=True)
    name: str
    cursor: str
    seq: int = Field(sa_type=BigInteger)
    checked: int = Field(sa_type=BigInteger)


class SetAsideRow(SQLModel, table=True):
    """An event that the server did not take, whole: its words stay readable and can be sent again."""

    __tablename__ = "set_aside"
    id: str = Field(primary_key=True)
    txn: str
    customer_id: str
    status: str
    code: str
    message: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)
    event: str = Field(sa_type=Text)


class LeavingRow(SQLModel, table=True):
    """A customer whose sent events leave this replica in the present transaction."""

    __tablename__ = "leaving"
    customer_id: str = Field(primary_key=True)


PROJECTIONS = (CustomerRow, IdentifierRow, CaseRow, EntryRow, HoldingRow, OfferRow)
"""Everything that the fold can make again."""
