"""Know before acting: what a customer declared, the situation of a case, and what is pending, each quickly found."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CARE = "kind IN ('complaint', 'act', 'proposal', 'work', 'situation', 'gesture', 'survey')"
PENDING = "state IN ('received', 'acknowledged', 'held', 'asked', 'planned', 'offered')"


def upgrade() -> None:
    op.add_column("customer_view", sa.Column("known", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("holding_view", sa.Column("more", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("case_view", sa.Column("more", sa.Text(), nullable=False, server_default=sa.text("''")))
    for name, columns, where in (
        ("entry_care", ["customer_id", "at"], sa.text(CARE)),
        ("entry_pending", ["state", "customer_id"], sa.text(PENDING)),
    ):
        op.create_index(name, "entry", columns, sqlite_where=where, postgresql_where=where)
