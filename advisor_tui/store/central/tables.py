"""The tables that only a server has, beside the journal and its projections."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, LargeBinary, MetaData, String, Table, Text
from sqlalchemy import Column as C  # noqa: N817 - a table a line reads better

METADATA = MetaData()

SERVER = Table("server", METADATA, C("key", String, primary_key=True), C("value", Text, nullable=False))
"""Small facts: `epoch` (this history's name), `grants` (a number that grows when a right changes)."""

TEAM = Table(
    "team", METADATA,
    C("stream", String, primary_key=True),  # "t1", "t2"…
    C("name", String, nullable=False),
    C("folded", String, nullable=False, unique=True),
)  # fmt: skip

ACCOUNT = Table(
    "account", METADATA,
    C("id", String, primary_key=True),
    C("name", String, nullable=False),
    C("folded", String, nullable=False, unique=True),
    C("role", String, nullable=False),
    C("password", Text, nullable=False),  # argon2id
    C("disabled_at", BigInteger),
)  # fmt: skip

MEMBERSHIP = Table(
    "membership", METADATA,
    C("account_id", String, primary_key=True),
    C("stream", String, primary_key=True),
)  # fmt: skip

DEVICE = Table(
    "device", METADATA,
    C("id", String, primary_key=True),
    C("account_id", String, nullable=False, index=True),
    C("name", String, nullable=False),
    C("created_at", BigInteger, nullable=False),
    C("revoked_at", BigInteger),
)  # fmt: skip

TOKEN = Table(
    "token", METADATA,
    C("hash", String, primary_key=True),  # SHA-256 of the token; the token itself is nowhere
    C("kind", String, nullable=False),  # "access" or "refresh"
    C("device", String, nullable=False, index=True),
    C("family", String, nullable=False),  # one login
    C("expires_at", BigInteger, nullable=False),
    C("used_at", BigInteger),  # a refresh token that was exchanged
)  # fmt: skip

ATTEMPT = Table(
    "attempt", METADATA,
    C("key", String, primary_key=True),
    C("failures", BigInteger, nullable=False),
    C("until", BigInteger, nullable=False),
)  # fmt: skip

HEAD = Table(
    "head", METADATA,
    C("stream", String, primary_key=True),
    C("seq", BigInteger, nullable=False),
    C("hash", LargeBinary, nullable=False),
)  # fmt: skip
"""The counter row of each stream: who holds its lock gives out the next numbers."""

LINK = Table(
    "link", METADATA,
    C("stream", String, primary_key=True),
    C("seq", BigInteger, primary_key=True, autoincrement=False),
    C("kind", String, nullable=False),  # "event", "left", "erased"
    C("subject", String, nullable=False),
    C("device", String, nullable=False),
    C("commitment", LargeBinary, nullable=False),
    C("hash", LargeBinary, nullable=False),
)  # fmt: skip
"""The hash chain, append only: link.hash = H(hash before, envelope, commitment); commitment = H(salt, body)."""

SALT = Table(
    "salt", METADATA, C("event_id", String, primary_key=True), C("salt", LargeBinary, nullable=False)
)  # fmt: skip
"""Goes with the body when the law says so: what is left of an erased text cannot be guessed back."""

HOME = Table(
    "home", METADATA,
    C("customer_id", String, primary_key=True),
    C("stream", String, nullable=False, index=True),
)  # fmt: skip

QUARANTINE = Table(
    "quarantine", METADATA,
    C("id", String, primary_key=True),
    C("txn", String, nullable=False),
    C("customer_id", String, nullable=False),
    C("account_id", String, nullable=False),
    C("device", String, nullable=False),
    C("at", BigInteger, nullable=False),
    C("code", String, nullable=False),
    C("event", Text, nullable=False),
)  # fmt: skip

ERASURE = Table(
    "erasure", METADATA,
    C("id", String, primary_key=True),
    C("customer_id", String, nullable=False, index=True),
    C("asked_by", String, nullable=False),
    C("at", BigInteger, nullable=False),
)  # fmt: skip

ERASURE_ACK = Table(
    "erasure_ack", METADATA,
    C("erasure_id", String, primary_key=True),
    C("device", String, primary_key=True),
)  # fmt: skip

GUEST = Table(
    "guest", METADATA,
    C("account_id", String, primary_key=True),
    C("customer_id", String, primary_key=True),
    C("until", BigInteger, nullable=False),
)  # fmt: skip
"""Another team's customer, opened by someone: they may write about them for a while."""

PRESENCE = Table(
    "presence", METADATA,
    C("device", String, primary_key=True),
    C("name", String, nullable=False),
    C("customer_id", String, nullable=False),
    C("case_id", String, nullable=False),
    C("stream", String, nullable=False),
    C("writing", BigInteger, nullable=False),
    C("until", BigInteger, nullable=False),
)  # fmt: skip
"""Who is on a case right now; a row lives a minute and leaves no trace."""

Index("presence_until", PRESENCE.c.until)
Index("link_subject", LINK.c.subject)
