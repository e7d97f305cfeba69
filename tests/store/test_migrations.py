"""The migrations make exactly the tables that the code describes."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from advisor_tui.store import tables
from advisor_tui.store.journal import Journal
from advisor_tui.store.schema import schema_version, upgrade
from advisor_tui.store.version import SCHEMA
from tests.store.house import SteppingClock

VIRTUAL = (
    "entry_search",
    "entry_word",
    "precedent_search",
    "precedent_word",
    "customer_search",
    "customer_part",
    "customer_word",
)


def test_the_migrated_schema_is_the_one_the_models_describe(template: Path) -> None:
    def ours(thing: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
        return not (kind == "table" and reflected and str(name).startswith(VIRTUAL))

    engine = create_engine(f"sqlite:///{template}")
    with engine.connect() as connection:
        options = {"include_object": ours, "compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, SQLModel.metadata) == []
        assert context.get_current_revision() == f"{SCHEMA:04}"
    engine.dispose()


def test_a_fresh_database_carries_its_schema_number(template: Path) -> None:
    assert schema_version(template) == SCHEMA


def test_migrating_twice_changes_nothing(template: Path, tmp_path: Path) -> None:
    path = tmp_path / "workspace.db"
    path.write_bytes(template.read_bytes())
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        query = "SELECT type, name, sql FROM sqlite_master ORDER BY name"
        before = connection.exec_driver_sql(query).fetchall()
        upgrade(connection)
        connection.commit()
        assert connection.exec_driver_sql(query).fetchall() == before
    engine.dispose()


def test_a_workspace_in_a_folder_with_odd_letters_is_made(tmp_path: Path) -> None:
    path = tmp_path / "équipe 100% d'été ?#" / "workspace.db"
    Journal(path, SteppingClock()).close()
    assert path.is_file()
    assert [entry.name for entry in tmp_path.iterdir()] == [path.parent.name]


def test_every_projection_has_an_id_or_is_replaced_whole() -> None:
    for model in tables.PROJECTIONS:
        columns = SQLModel.metadata.tables[str(model.__tablename__)].columns
        assert "id" in columns or str(model.__tablename__) == "identifier"
