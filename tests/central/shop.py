"""A server with one customer, and a backup of it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.store.central.backup import backup
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.tokens import log_in
from tests.central.office import PASSWORD, customers, joined, record_customer
from tests.store.house import SteppingClock


class Shop:
    """A server with one customer, and a backup of it."""

    def __init__(self, url: str, file: Path) -> None:
        self.url = url
        self.file = file
        self.clock = SteppingClock()
        with self.opened() as central:
            self.zoe = joined(central)
            record_customer(central, self.zoe, team="Mobile")
            self.epoch = central.epoch
        self.saved = backup(url, file)

    def opened(self) -> closing[Central]:
        return closing(Central(self.url, self.clock))

    def names(self) -> list[str]:
        with self.opened() as central:
            return customers(central)

    def record(self, name: str) -> None:
        with self.opened() as central:
            record_customer(central, log_in(central, "Zoé", PASSWORD, "desk"), name, team="Mobile")


def contents(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def code(error: pytest.ExceptionInfo[AdvisorError]) -> str:
    return error.value.code
