"""Resolved cases by their owner, who alone is told where the situation was never confirmed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

RESOLVED = "state = 'resolved'"


def upgrade() -> None:
    where = sa.text(RESOLVED)
    op.create_index("case_resolved", "case_view", ["owner", "n"], sqlite_where=where, postgresql_where=where)
