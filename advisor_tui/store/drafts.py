"""What is being written and not yet recorded. A draft is on disk within a second and leaves with its event."""

from __future__ import annotations

from sqlalchemy import Connection, delete
from sqlalchemy.dialects import postgresql, sqlite

from advisor_tui.store.journal import Journal
from advisor_tui.store.tables import DraftRow
from advisor_tui.store.unit import table_of

_DRAFT = table_of(DraftRow)


def save_draft(journal: Journal, subject: str, kind: str, customer_id: str, text: str, base: str = "") -> None:
    """Keep `text` for `subject` (a case or customer) and `kind`; an empty text removes the draft."""
    with journal.transaction() as unit:
        if not text:
            drop_draft(unit.connection, subject, kind)
            return
        insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
        statement = insert(_DRAFT).values(
            subject=subject, kind=kind, customer_id=customer_id, text=text, base=base, saved_at=unit.now_ms()
        )
        changed = {name: statement.excluded[name] for name in ("text", "saved_at")}
        unit.connection.execute(statement.on_conflict_do_update(index_elements=["subject", "kind"], set_=changed))


def drop_draft(connection: Connection, subject: str, kind: str, text: str | None = None) -> None:
    """Remove a draft inside the transaction that records its words; given `text`, only while it holds these words.

    Another desk may be writing about the same case: what it kept there is not ours to remove.
    """
    statement = delete(_DRAFT).where(_DRAFT.c.subject == subject, _DRAFT.c.kind == kind)
    connection.execute(statement if text is None else statement.where(_DRAFT.c.text == text))


def drop_drafts_of(connection: Connection, customer_id: str) -> None:
    """Remove whatever is being written about a customer: they were erased."""
    connection.execute(delete(_DRAFT).where(_DRAFT.c.customer_id == customer_id))
