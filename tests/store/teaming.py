"""What a test of the team's figures says: a letter, a promise, lines of another system, and the figure by its name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from advisor_tui.domain import bodies as b
from advisor_tui.domain.permissions import Person
from advisor_tui.domain.rules import Rules
from advisor_tui.gateways.outcome import Outcome
from advisor_tui.gateways.run import import_paths
from advisor_tui.store.reads.figures import Figure
from advisor_tui.store.reads.team import TeamView, read_team
from advisor_tui.store.workspace import Workspace
from tests.gateways.conftest import write
from tests.store.house import RULES, House

LEAD = Person("Nora Diallo", "Mobile", "lead")
LIAISON = Person("Marc Vasseur", "Facturation", "liaison")
NAMES = ("repeated", *RULES.team.measures[:4])
MEASURING = msgspec.structs.replace(RULES, team=msgspec.structs.replace(RULES.team, measures=NAMES))


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def team(house: House, rules: Rules = RULES) -> TeamView:
    now = house.clock.now().astimezone(house.clock.zone)
    return read_team(house.reads, now, rules)


def figure(house: House, name: str, rules: Rules = RULES) -> Figure:
    (found,) = [made for made in team(house, rules).figures if made.name == name]
    return found


def take(house: House, *lines: dict[str, Any]) -> Outcome:
    """Import lines, as a file of another system brings them."""
    path = write(house.path.parent / f"in-{house.clock.now().timestamp()}.jsonl", *lines)
    outcome = import_paths(house.journal, Workspace(house.path.parent), [path])
    assert outcome.report.total("rejected") == 0
    return outcome


def promised(house: House, due: str = "2026-11-25", case: str = "", **given: Any) -> str:
    case = case or house.case(house.customer())
    return house.do("make_commitment", case=case, text="Rappeler", due=due, despite=True, **given).made["commitment"]


def letter(house: House, customer: str, on: str = "2026-11-18", **given: Any) -> str:
    wanted = {"channel": "letter", "body": "J'ai payé le 7.", "received_on": on} | given
    return house.do("log_contact", customer=customer, **wanted).made["contact"]


def act_done(house: House, customer: str, at: str, state: str = "done", **fields: Any) -> None:
    """What a billing system did without asking, and tells afterwards."""
    body = b.AdverseActAsked(act="cut_off", by="facturation", state=state, ext=f"a{at}", at=at, **fields)  # type: ignore[arg-type]
    house.record("adverse_act_asked", customer, body, at=ms(at))
