"""The first schema: journal, projections, search, drafts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SQLITE_SEARCH = """
CREATE VIRTUAL TABLE entry_search USING fts5(
    title, text, content='entry', content_rowid='n', detail='none', tokenize="unicode61 remove_diacritics 2");
CREATE VIRTUAL TABLE entry_word USING fts5vocab('entry_search', 'row');
CREATE TRIGGER entry_search_insert AFTER INSERT ON entry BEGIN
    INSERT INTO entry_search(rowid, title, text) VALUES (new.n, new.title, new.text); END;
CREATE TRIGGER entry_search_delete AFTER DELETE ON entry BEGIN
    INSERT INTO entry_search(entry_search, rowid, title, text) VALUES ('delete', old.n, old.title, old.text); END;
CREATE TRIGGER entry_search_update AFTER UPDATE OF title, text ON entry
    WHEN old.title IS NOT new.title OR old.text IS NOT new.text BEGIN
    INSERT INTO entry_search(entry_search, rowid, title, text) VALUES ('delete', old.n, old.title, old.text);
    INSERT INTO entry_search(rowid, title, text) VALUES (new.n, new.title, new.text); END;
CREATE VIRTUAL TABLE customer_search USING fts5(
    name_text, number_text, content='customer_view', content_rowid='n', prefix='1 2 3',
    tokenize="unicode61 remove_diacritics 2");
CREATE VIRTUAL TABLE customer_word USING fts5vocab('customer_search', 'col');
CREATE VIRTUAL TABLE customer_part USING fts5(
    name_text, number_text, content='customer_view', content_rowid='n', tokenize='trigram');
CREATE TRIGGER customer_search_insert AFTER INSERT ON customer_view BEGIN
    INSERT INTO customer_search(rowid, name_text, number_text) VALUES (new.n, new.name_text, new.number_text);
    INSERT INTO customer_part(rowid, name_text, number_text) VALUES (new.n, new.name_text, new.number_text); END;
CREATE TRIGGER customer_search_delete AFTER DELETE ON customer_view BEGIN
    INSERT INTO customer_search(customer_search, rowid, name_text, number_text)
        VALUES ('delete', old.n, old.name_text, old.number_text);
    INSERT INTO customer_part(customer_part, rowid, name_text, number_text)
        VALUES ('delete', old.n, old.name_text, old.number_text); END;
CREATE TRIGGER customer_search_update AFTER UPDATE OF name_text, number_text ON customer_view
    WHEN old.name_text IS NOT new.name_text OR old.number_text IS NOT new.number_text BEGIN
    INSERT INTO customer_search(customer_search, rowid, name_text, number_text)
        VALUES ('delete', old.n, old.name_text, old.number_text);
    INSERT INTO customer_part(customer_part, rowid, name_text, number_text)
        VALUES ('delete', old.n, old.name_text, old.number_text);
    INSERT INTO customer_search(rowid, name_text, number_text) VALUES (new.n, new.name_text, new.number_text);
    INSERT INTO customer_part(rowid, name_text, number_text) VALUES (new.n, new.name_text, new.number_text); END;
CREATE TRIGGER event_is_kept BEFORE DELETE ON event BEGIN
    SELECT RAISE(ABORT, 'the journal is append only'); END;
CREATE TRIGGER event_is_fixed BEFORE UPDATE ON event
    WHEN new.id IS NOT old.id OR new.customer_id IS NOT old.customer_id OR new.case_id IS NOT old.case_id
        OR new.type IS NOT old.type OR new.at IS NOT old.at OR new.actor IS NOT old.actor OR new.v IS NOT old.v
        OR new.txn IS NOT old.txn OR new.base IS NOT old.base OR (new.hlc IS NOT old.hlc AND old.seq IS NOT NULL)
        OR (new.body IS NOT old.body AND new.body IS NOT NULL)
    BEGIN SELECT RAISE(ABORT, 'the journal is append only'); END
"""


def _case_view() -> None:
    op.create_table(
        "case_view",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ext", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("next_step", sa.String(), nullable=False),
        sa.Column("next_on", sa.String(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.String(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
        sa.Column("heads", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("n"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("case_customer", "case_view", ["customer_id"], unique=False)
    op.create_index(
        "case_next",
        "case_view",
        ["next_on", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('open', 'waiting')"),
        postgresql_where=sa.text("state IN ('open', 'waiting')"),
    )


def _customer_view() -> None:
    op.create_table(
        "customer_view",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ext", sa.String(), nullable=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.Column("merged_into", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("since", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("preferred_advisor", sa.String(), nullable=False),
        sa.Column("stake", sa.String(), nullable=False),
        sa.Column("preferences", sa.String(), nullable=False),
        sa.Column("name_text", sa.String(), nullable=False),
        sa.Column("number_text", sa.String(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("n"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("customer_root", "customer_view", ["root"], unique=False)


def _draft() -> None:
    op.create_table(
        "draft",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "kind"),
    )


def _entry() -> None:
    op.create_table(
        "entry",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ext", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("waiting_since", sa.BigInteger(), nullable=True),
        sa.Column("due", sa.String(), nullable=True),
        sa.Column("parent", sa.String(), nullable=True),
        sa.Column("corrected", sa.Integer(), nullable=False),
        sa.Column("more", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("n"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("entry_customer", "entry", ["customer_id", "at"], unique=False)
    op.create_index(
        "entry_due",
        "entry",
        ["due"],
        unique=False,
        sqlite_where=sa.text("state = 'made'"),
        postgresql_where=sa.text("state = 'made'"),
    )
    op.create_index(
        "entry_customer_waiting",
        "entry",
        ["customer_id", "waiting_since"],
        unique=False,
        sqlite_where=sa.text("waiting_since IS NOT NULL"),
        postgresql_where=sa.text("waiting_since IS NOT NULL"),
    )
    op.create_index(
        "entry_customer_promise",
        "entry",
        ["customer_id", "at"],
        unique=False,
        sqlite_where=sa.text("kind = 'commitment'"),
        postgresql_where=sa.text("kind = 'commitment'"),
    )
    op.create_index(
        "entry_waiting",
        "entry",
        ["waiting_since"],
        unique=False,
        sqlite_where=sa.text("waiting_since IS NOT NULL"),
        postgresql_where=sa.text("waiting_since IS NOT NULL"),
    )


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("v", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("hlc", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("txn", sa.String(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("n"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("event_customer", "event", ["customer_id"], unique=False)
    op.create_index(
        "event_unsent",
        "event",
        ["n"],
        unique=False,
        sqlite_where=sa.text("seq IS NULL"),
        postgresql_where=sa.text("seq IS NULL"),
    )


def _holding_view() -> None:
    op.create_table(
        "holding_view",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ext", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("valid_from", sa.String(), nullable=False),
        sa.Column("valid_to", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("n"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("holding_customer", "holding_view", ["customer_id"], unique=False)


def _identifier() -> None:
    op.create_table(
        "identifier",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("norm", sa.String(), nullable=False),
        sa.Column("valid_from", sa.String(), nullable=False),
        sa.Column("valid_to", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("n"),
    )
    op.create_index("identifier_customer", "identifier", ["customer_id"], unique=False)
    op.create_index("identifier_norm", "identifier", ["norm"], unique=False)


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )


def _offer_view() -> None:
    op.create_table(
        "offer_view",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ext", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("valid_from", sa.String(), nullable=False),
        sa.Column("valid_to", sa.String(), nullable=False),
        sa.Column("benefit", sa.String(), nullable=False),
        sa.Column("rules", sa.String(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("n"),
        sa.UniqueConstraint("id"),
    )


def upgrade() -> None:
    for table in (_case_view, _customer_view, _draft, _entry, _event, _holding_view, _identifier, _meta, _offer_view):
        table()
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE_SEARCH.split(";\nCREATE"):
            text = statement.strip()
            op.get_bind().exec_driver_sql(text if text.startswith("CREATE") else "CREATE" + statement)
