"""Search on PostgreSQL: names and numbers by their words and parts. SQLite has its own since core 0001."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import DBAPIError

from advisor_tui.domain.errors import StoreError
from advisor_tui.language import N_

revision = "c0002"
down_revision = "c0001"
branch_labels = None
depends_on = None

EXTENSIONS = ("unaccent", "pg_trgm")
FORBIDDEN = "42501"
STATEMENTS = (
    """
CREATE FUNCTION customer_words(names text, numbers text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10000
    RETURN array_to_tsvector(ARRAY(
        SELECT DISTINCT left(word, 100)
        FROM unnest(regexp_split_to_array(left(names, 1000) || ' ' || left(numbers, 1000),
                                          '[[:space:][:punct:]·–—«»“”…]+')) AS word
        WHERE word <> ''))""",
    "CREATE INDEX customer_word ON customer_view USING gin (customer_words(name_text, number_text))",
    "CREATE INDEX customer_name_part ON customer_view USING gin (left(name_text, 1000) gin_trgm_ops)",
    "CREATE INDEX customer_number_part ON customer_view USING gin (left(number_text, 1000) gin_trgm_ops)",
    # a page of a B-tree holds no key of 3 kB, and what comes from outside may be longer
    "DROP INDEX identifier_norm",
    "CREATE INDEX identifier_norm ON identifier USING hash (norm)",
    "DROP INDEX customer_root",
    "CREATE INDEX customer_root ON customer_view USING hash (root)",
    "DROP INDEX case_next",
    "CREATE INDEX case_next ON case_view (left(next_on, 32), id) WHERE state IN ('open', 'waiting')",
    "DROP INDEX entry_due",
    "CREATE INDEX entry_due ON entry (left(due, 32)) WHERE state = 'made'",
)


def _add(connection: sa.Connection, extension: str) -> None:
    try:
        connection.exec_driver_sql(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") == FORBIDDEN:
            message = N_(
                "The database needs the extension {name}, and this user may not add it. "
                "Ask its administrator to run in it: CREATE EXTENSION {name};"
            )
        else:
            message = N_(
                "The PostgreSQL server lacks the extension {name}. Ask its administrator to install the contrib package."
            )
        raise StoreError(message, name=extension) from error


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    for extension in EXTENSIONS:
        _add(connection, extension)
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
