"""Signals by their date: the board reads those of all customers together."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SIGNAL = "kind = 'signal'"


def upgrade() -> None:
    where = sa.text(SIGNAL)
    op.create_index("entry_signal", "entry", ["at"], sqlite_where=where, postgresql_where=where)
