"""A person who never rests: `python -m tests.faults.writer HOME` acts and drafts until something ends it.

Each line that it prints was committed before it was printed: an action with the ids of its events, or a draft.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from advisor_tui.actions.execute import execute
from advisor_tui.domain.identity import entity_id
from advisor_tui.domain.permissions import Person
from advisor_tui.store.drafts import save_draft
from advisor_tui.store.journal import Journal
from advisor_tui.store.rulebook import load_rules
from advisor_tui.store.workspace import Workspace


def write(home: Path, rounds: int = 1_000_000) -> None:
    """Open a case, write about it, resolve it; round after round."""
    workspace = Workspace(home)
    journal = Journal(workspace.database, workspace.clock())
    person, rules = Person("Ada Verne", "North"), load_rules("fr")
    customers = [entity_id("customer", f"c{number}") for number in range(20)]

    def do(name: str, **given: Any) -> str:
        result = execute(journal, name, given, person, rules)
        say(txn=result.txn, action=name, events=[event.id for event in result.events])
        return result.made.get("case", "")

    say(ready=True)
    for turn in range(rounds):
        customer = customers[turn % len(customers)]
        case = do("open_case", customer=customer, subject=f"Affaire {turn}", next_step="Rappeler", next_on="+2")
        for length in (1, 2, 3):
            save_draft(journal, case, "resolution", customer, "Entendu. " * length)
            say(draft=case, length=length)
        do("add_note", case=case, text="Une note.")
        do("write_resolution", case=case, text="Réparé, expliqué.", then="resolved")
    journal.close()


def say(**said: Any) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    write(Path(sys.argv[1]), *map(int, sys.argv[2:]))
