"""An index of the resolutions alone: those of like cases are looked for while a new one is written."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SQLITE_PRECEDENTS = (
    """
CREATE VIRTUAL TABLE precedent_search USING fts5(
    text, content='entry', content_rowid='n', detail='none', tokenize="unicode61 remove_diacritics 2")""",
    "CREATE VIRTUAL TABLE precedent_word USING fts5vocab('precedent_search', 'row')",
    """
CREATE TRIGGER precedent_insert AFTER INSERT ON entry WHEN new.kind = 'resolution' BEGIN
    INSERT INTO precedent_search(rowid, text) VALUES (new.n, new.text); END""",
    """
CREATE TRIGGER precedent_delete AFTER DELETE ON entry WHEN old.kind = 'resolution' BEGIN
    INSERT INTO precedent_search(precedent_search, rowid, text) VALUES ('delete', old.n, old.text); END""",
    """
CREATE TRIGGER precedent_update AFTER UPDATE OF text ON entry
    WHEN old.kind = 'resolution' AND old.text IS NOT new.text BEGIN
    INSERT INTO precedent_search(precedent_search, rowid, text) VALUES ('delete', old.n, old.text);
    INSERT INTO precedent_search(rowid, text) VALUES (new.n, new.text); END""",
    "INSERT INTO precedent_search(rowid, text) SELECT n, text FROM entry WHERE kind = 'resolution'",
)
"""Only a desk looks for precedents, and a desk reads its own replica: PostgreSQL needs none of this."""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE_PRECEDENTS:
            op.execute(statement)
