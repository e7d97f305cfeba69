"""A desk that never rests: `python -m tests.faults.syncer HOME` writes and exchanges until something ends it.

Each line that it prints was committed before it was printed: the ids of the events of an action.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

from advisor_tui.actions.execute import execute
from advisor_tui.domain import bodies as b
from advisor_tui.domain.identity import derived_uuid7, entity_id
from advisor_tui.domain.permissions import Person
from advisor_tui.store.journal import Journal
from advisor_tui.store.rulebook import load_rules
from advisor_tui.store.workspace import Workspace
from advisor_tui.sync.engine import Engine
from advisor_tui.sync.session import open_session

CUSTOMERS = [entity_id("customer", f"c{number}") for number in range(6)]
IMPORTED_MS = 1_790_000_000_000


class Syncer:
    """One person's desk: acts, and exchanges through the real engine."""

    def __init__(self, home: Path) -> None:
        workspace = Workspace(home)
        self.journal = Journal(workspace.database, workspace.clock())
        self.session = open_session(workspace)
        self.engine = Engine(lambda: self.journal, self.session, page=100)
        self.person = Person(workspace.settings.user, "Mobile")
        self.rules = load_rules("fr")

    def bring_in(self) -> None:
        """The customers of a file, the same on every desk."""
        with self.journal.transaction() as unit:
            for number, customer in enumerate(CUSTOMERS):
                id_ = derived_uuid7(IMPORTED_MS, "customer", customer)
                if unit.state(customer).customer is None:
                    body = b.CustomerRecorded(name=f"Zoé Lefèvre {number}", ext=f"c{number}", team="Mobile")
                    unit.append(
                        unit.event(
                            "customer_recorded",
                            customer,
                            body,
                            at=IMPORTED_MS,
                            actor="import",
                            txn=unit.new_id(),
                            id_=id_,
                        )
                    )

    def do(self, name: str, **given: Any) -> str:
        result = execute(self.journal, name, given, self.person, self.rules)
        say(events=[event.id for event in result.events])
        return result.made.get("case", "")

    def turn(self, chance: random.Random) -> None:
        """A case with words in it."""
        case = self.do(
            "open_case", customer=chance.choice(CUSTOMERS), subject="Panne", next_step="Rappeler", next_on="+2"
        )
        self.do("add_note", case=case, text="Une note. " * chance.choice((1, 30, 300)))
        self.do("write_resolution", case=case, text="Réparé, expliqué.", then="resolved")

    def close(self) -> None:
        self.session.close()
        self.journal.close()


def write(home: Path, turns: int = 1_000_000) -> None:
    syncer = Syncer(home)
    syncer.bring_in()
    chance = random.Random(home.name)
    say(ready=True)
    for _turn in range(turns):
        for _case in range(chance.choice((1, 1, 4))):
            syncer.turn(chance)
        outcome = syncer.engine.run_once()
        say(state=outcome.state, error=None if outcome.error is None else outcome.error.code)
    syncer.close()


def say(**said: Any) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    write(Path(sys.argv[1]), *map(int, sys.argv[2:]))
