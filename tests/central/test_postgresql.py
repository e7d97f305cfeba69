"""The store on PostgreSQL is the store on SQLite: same schema, same pictures, same answers."""

from __future__ import annotations

from advisor_tui.store.central.central import Central


def test_a_fresh_database_has_an_epoch(central: Central) -> None:
    assert len(central.epoch) == 12
