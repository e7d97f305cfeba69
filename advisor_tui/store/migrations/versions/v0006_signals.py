"""What is read over all customers together: signals, promises, what they brought to us, texts that rival."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEXES = (
    ("entry_signal", "at", "kind = 'signal'"),
    ("entry_promised", "due", "kind = 'commitment'"),
    ("entry_came", "at", "kind = 'contact' AND direction = 'inbound'"),
    ("entry_conflict", "at", "state = 'conflict'"),
)


def upgrade() -> None:
    for name, column, only in INDEXES:
        where = sa.text(only)
        op.create_index(name, "entry", [column], sqlite_where=where, postgresql_where=where)
