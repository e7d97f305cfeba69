"""Sync: the stream of an event, cursors, what was set aside; what may leave a replica and what never may."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQLITE_GUARDS = (
    "DROP TRIGGER event_is_kept",
    "DROP TRIGGER event_is_fixed",
    """
CREATE TRIGGER event_is_kept BEFORE DELETE ON event
    WHEN CASE WHEN old.seq IS NULL THEN NOT EXISTS (SELECT 1 FROM set_aside WHERE id = old.id)
              ELSE NOT EXISTS (SELECT 1 FROM leaving WHERE customer_id = old.customer_id) END
    BEGIN SELECT RAISE(ABORT, 'the journal is append only'); END""",
    """
CREATE TRIGGER event_is_fixed BEFORE UPDATE ON event
    WHEN new.id IS NOT old.id OR new.customer_id IS NOT old.customer_id OR new.case_id IS NOT old.case_id
        OR new.type IS NOT old.type OR new.v IS NOT old.v OR new.txn IS NOT old.txn OR new.base IS NOT old.base
        OR (old.seq IS NOT NULL AND (new.hlc IS NOT old.hlc OR new.at IS NOT old.at OR new.actor IS NOT old.actor))
        OR (new.body IS NOT old.body AND new.body IS NOT NULL)
    BEGIN SELECT RAISE(ABORT, 'the journal is append only'); END""",
)
"""An unsent event leaves only when its whole text is set aside; a sent one only with its customer's departure."""


def upgrade() -> None:
    op.add_column("event", sa.Column("stream", sa.String(), nullable=True))
    op.create_index(
        "event_delivery", "event", ["stream", "seq"], unique=True,
        sqlite_where=sa.text("seq IS NOT NULL"), postgresql_where=sa.text("seq IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "stream_cursor",
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("cursor", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("checked", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream"),
    )
    op.create_table(
        "set_aside",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("txn", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "leaving", sa.Column("customer_id", sa.String(), nullable=False), sa.PrimaryKeyConstraint("customer_id")
    )
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE_GUARDS:
            op.get_bind().exec_driver_sql(statement)
