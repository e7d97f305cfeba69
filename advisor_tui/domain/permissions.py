"""Who may do what: roles and the permissions they carry."""

from __future__ import annotations

from typing import Literal, NamedTuple

from advisor_tui.domain.shift import Shift

Role = Literal["advisor", "lead", "trainer", "liaison", "admin"]
Permission = Literal["write", "own", "merge", "answer"]

GRANTS: dict[str, frozenset[str]] = {
    "advisor": frozenset({"write", "own", "merge", "answer"}),
    "lead": frozenset({"write", "own", "merge", "answer"}),
    "admin": frozenset({"write", "own", "merge", "answer"}),
    "trainer": frozenset(),  # a trainer writes in sandboxes only
    "liaison": frozenset({"answer"}),  # of another department: answers what was passed on to it
}


class Person(NamedTuple):
    """Who acts: their name as the journal keeps it, their team and role; their own hours, where they say them."""

    name: str
    team: str = ""
    role: str = "advisor"
    shift: Shift = Shift()


def may(person: Person, permission: str) -> bool:
    """Whether `person` holds `permission`."""
    return permission in GRANTS.get(person.role, frozenset())
