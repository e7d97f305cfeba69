"""A workspace of every released schema, with work in it that nobody has sent: opened by this version, nothing is lost.

The old databases are made by the migrations that made them then; what is in them was written through the real actions.
"""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from advisor_tui.domain import bodies as b
from advisor_tui.store.drafts import save_draft
from advisor_tui.store.rebuild import rebuild
from advisor_tui.store.schema import MIGRATIONS, schema_version
from advisor_tui.store.version import SCHEMA
from tests.store.house import CLAIRE, PAUL, House, SteppingClock
from tests.torture.checks import WORD
from tests.torture.world import Desk, Server

RELEASED = {"0001": 1, "0002": 2}
"""The revisions with which a version was released before this one, and the number that each wrote into its files."""


def database_of(revision: str, path: Path) -> None:
    """An empty database as the version of this revision made it."""
    from alembic import command
    from alembic.config import Config

    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        config.attributes["table"] = "alembic_version"
        command.upgrade(config, revision)
        connection.exec_driver_sql(f"PRAGMA user_version = {RELEASED[revision]}")
    engine.dispose()


def fill(house: House) -> None:
    """Customers with everything that may wait: entries never sent, a promise, drafts, and two wordings of one text."""
    customer = house.customer(name="mot 1", ext="c1", team="Mobile")
    other = house.customer(name="mot 2")
    case = house.case(customer, subject="mot 3")
    house.do("log_contact", case=case, body="mot 4")
    house.do("add_note", customer=other, text="mot 5\n" * 2000)
    house.do("make_commitment", case=case, text="mot 6", due="+3")
    written = house.do("write_resolution", case=case, text="mot 7").made["resolution"]
    first = house.do("revise_resolution", resolution=written, text="mot 8", base=[written])
    house.do("revise_resolution", resolution=written, text="mot 9", base=[written])
    house.do("merge_customers", keep=customer, absorb=other)
    house.do("add_note", customer=other, text="mot 10")
    house.do("undo")
    house.record("offer_recorded", customer, b.OfferRecorded(name="mot 11"))
    house.do("add_note", PAUL, customer=customer, text="mot 12, written at Claire's desk")
    save_draft(house.journal, case, "resolution", customer, "en cours", first.events[0].id)
    save_draft(house.journal, customer, "note", customer, "une idée")


def carry_over(source: Path, target: Path) -> None:
    """Put into an old database what a version of today wrote, as far as the old one has a place for it."""
    with closing(sqlite3.connect(target, isolation_level=None)) as old:
        old.execute("ATTACH ? AS new", (str(source),))
        tables = [
            name
            for (name,) in old.execute(
                "SELECT name FROM main.sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
            )
            if not name.startswith(("sqlite_", "alembic_")) and "_search" not in name and "customer_part" not in name
        ]
        for table in tables:
            columns = ", ".join(f'"{row[1]}"' for row in old.execute(f"PRAGMA main.table_info({table})"))
            old.execute(f"INSERT OR REPLACE INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}")


def everything(path: Path, table: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        columns = {
            "event": "id, customer_id, case_id, type, v, at, hlc, actor, txn, base, body, seq",
            "case_view": "id, customer_id, kind, subject, state, owner, next_step, next_on, opened_at, closed_at, heads",
        }.get(table, "*")
        return connection.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2").fetchall()


@pytest.fixture
def written(tmp_path: Path, template: Path, clock: SteppingClock) -> Path:
    """A workspace of today, filled."""
    path = tmp_path / "today" / "workspace.db"
    house = House.copy(template, path, clock)
    fill(house)
    house.close()
    return path


@pytest.fixture
def server(tmp_path: Path, clock: SteppingClock) -> Server:
    folder = tmp_path / "server"
    folder.mkdir()
    found = Server(folder, clock, random.Random(1))
    for person in (CLAIRE, PAUL):
        found.account(person.name, "Mobile")
    return found


@pytest.mark.parametrize("revision", sorted(RELEASED))
def test_a_workspace_of_an_earlier_version(
    revision: str, tmp_path: Path, written: Path, template: Path, server: Server
) -> None:
    old = tmp_path / "old.db"
    database_of(revision, old)
    carry_over(written, old)
    assert schema_version(old) == RELEASED[revision]
    before = {table: everything(old, table) for table in ("event", "draft", "meta", "entry", "case_view")}
    assert len(before["event"]) > 12
    assert any("conflict" in row for row in before["entry"])

    desk = Desk(server, old, CLAIRE.name, "0000000a", random.Random(1))
    other = _desk(server, tmp_path / "other.db", template)
    try:
        assert schema_version(old) == SCHEMA
        assert {table: everything(old, table) for table in before} == before
        first, second = rebuild(desk.journal)
        assert first == second
        assert desk.unsent() == len(before["event"])

        desk.enrol()
        for each in (desk, other, desk):
            each.sync(check=True)
        assert desk.unsent() == 0
        kept = {row[0] for row in before["event"]} - _set_aside(desk)
        assert {row.id for row in server.rows(_ids())} >= kept
        assert _words(desk) == {str(number) for number in range(1, 13)}
        assert server.quarantined() == sorted(_set_aside(desk))
        assert len(server.quarantined()) == 1  # what Paul wrote there, only he can send
        for each in (desk, other):
            assert each.ask("SELECT count(*) FROM entry WHERE state = 'conflict'") == [(1,)]
        assert desk.digest() == other.digest() == server.digest()
        assert everything(old, "draft") == before["draft"]
    finally:
        desk.close()
        other.close()
        server.close()


def _desk(server: Server, path: Path, template: Path) -> Desk:
    path.write_bytes(template.read_bytes())
    desk = Desk(server, path, PAUL.name, "0000000b", random.Random(2))
    desk.enrol()
    return desk


def _ids() -> Any:
    from sqlalchemy import select

    from advisor_tui.store.unit import TABLES

    return select(TABLES["event"].c.id)


def _set_aside(desk: Desk) -> set[str]:
    return {id_ for (id_,) in desk.ask("SELECT id FROM set_aside")}


def _words(desk: Desk) -> set[str]:
    """Every word of mine that is in the journal or was set aside."""
    bodies = desk.ask("SELECT body FROM event UNION ALL SELECT event FROM set_aside")
    return {word for (body,) in bodies for word in WORD.findall(body or "")}
