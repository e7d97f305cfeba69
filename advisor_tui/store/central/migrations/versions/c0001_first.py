"""The server's first schema: accounts, devices, streams with their chain."""

from alembic import op

from advisor_tui.store.central.tables import METADATA

revision = "c0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    METADATA.create_all(op.get_bind(), checkfirst=False)
