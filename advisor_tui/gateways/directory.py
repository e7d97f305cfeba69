"""Who is already known in the workspace: customers by address or number, and what was brought in before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import select

from advisor_tui.domain import bodies as b
from advisor_tui.domain.text import normalise_identifier
from advisor_tui.store.journal import Journal
from advisor_tui.store.unit import TABLES, Unit

CHUNK = 400

Key = tuple[str, str]
"""(kind, normalised value) of an identifier."""


def key_of(kind: str, value: str) -> Key:
    return kind, normalise_identifier(kind, value)


class Found(NamedTuple):
    """A contact that an earlier run brought in."""

    id: str
    customer: str  # outside name
    case: str | None  # outside name of the case it lies in now
    line_case: str | None  # and of the one that its line named
    recorded: b.ContactLogged


class Directory:
    """Look-ups for readers whose files do not name customers as the workspace does."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def customers(self, keys: Iterable[Key]) -> dict[Key, str]:
        """The customer each identifier belongs to; of several the one who has it still, was not merged, came first."""
        wanted = sorted({key for key in keys if key[1]})
        identifier, view = TABLES["identifier"].c, TABLES["customer_view"].c
        best: dict[Key, tuple[bool, bool, str]] = {}
        with self.journal.transaction() as unit:
            for start in range(0, len(wanted), CHUNK):
                norms = sorted({norm for _, norm in wanted[start : start + CHUNK]})
                statement = (
                    select(identifier.kind, identifier.norm, identifier.valid_to, view.merged_into, view.ext)
                    .join(TABLES["customer_view"], view.id == identifier.customer_id)
                    .where(identifier.norm.in_(norms))
                )
                for kind, norm, until, merged, ext in unit.connection.execute(statement):
                    rank = (bool(until), merged is not None, ext)
                    if (kind, norm) not in best or rank < best[kind, norm]:
                        best[kind, norm] = rank
        return {key: best[key][2] for key in wanted if key in best}

    def owners(self, table: str, ids: Iterable[str]) -> dict[str, str]:
        """The outside name of the customer to whom each of these cases, entries or holdings belongs."""
        with self.journal.transaction() as unit:
            return _owners(unit, table, ids)

    def customer_names(self, ids: Iterable[str]) -> set[str]:
        """Those of `ids` that are customers."""
        view = TABLES["customer_view"].c
        found: set[str] = set()
        wanted = sorted(set(ids))
        with self.journal.transaction() as unit:
            for start in range(0, len(wanted), CHUNK):
                statement = select(view.id).where(view.id.in_(wanted[start : start + CHUNK]))
                found.update(unit.connection.execute(statement).scalars())
        return found

    @staticmethod
    def has_event(unit: Unit, id_: str) -> bool:
        """Whether the journal holds this event, counting or not."""
        event = TABLES["event"].c
        return unit.connection.execute(select(event.n).where(event.id == id_)).first() is not None

    def contacts(self, ids: Iterable[str]) -> dict[str, Found]:
        """The contacts among `ids` that the workspace has, with where they lie."""
        entry = TABLES["entry"].c
        wanted = sorted(set(ids))
        found: dict[str, Found] = {}
        with self.journal.transaction() as unit:
            for start in range(0, len(wanted), CHUNK):
                part = wanted[start : start + CHUNK]
                rows = unit.connection.execute(select(entry.id, entry.customer_id).where(entry.id.in_(part))).all()
                states = unit.states(customer for _, customer in rows)
                for id_, customer in rows:
                    state = states[customer]
                    item = state.items.get(id_)
                    if item is None or state.customer is None or not isinstance(item.recorded, b.ContactLogged):
                        continue
                    names = {case.id: case.recorded.ext or case.id for case in state.cases.values()}
                    found[id_] = Found(
                        id_, state.customer.ext or customer, names.get(item.case_id or ""),
                        names.get(item.line_case or ""), item.recorded,
                    )  # fmt: skip
        return found


def _owners(unit: Unit, table: str, ids: Iterable[str]) -> dict[str, str]:
    thing, view = TABLES[table].c, TABLES["customer_view"].c
    wanted = sorted(set(ids))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), CHUNK):
        statement = (
            select(thing.id, view.ext)
            .join(TABLES["customer_view"], view.id == thing.customer_id)
            .where(thing.id.in_(wanted[start : start + CHUNK]))
        )
        found.update((id_, ext) for id_, ext in unit.connection.execute(statement))
    return found
