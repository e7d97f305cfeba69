"""Alembic's environment: runs on the connection that `advisor_tui.store.schema.upgrade` hands over."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=None,
    version_table=context.config.attributes["table"],
    transaction_per_migration=False,
)
context.run_migrations()
