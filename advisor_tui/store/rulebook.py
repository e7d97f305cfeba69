"""Reads rule packs, and what a team lays over them; whatever is wrong is refused with its file, line and key.

A pack holds every table. A team's own file, `rules.toml` beside `config.toml`, holds only what it changes, and every table
in it says why, in `note`. A changed table that also names its dates holds from and until then; outside of them, the pack's.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.rules import META, Rules, Table, each_table
from advisor_tui.store.rule_check import Document, TablePath, check_override, checked, read_document, value_at

if TYPE_CHECKING:
    from advisor_tui.store.workspace import Workspace

PACKS = Path(__file__).resolve().parent.parent / "rules"
OVERRIDE = "rules.toml"
DATES = ("effective_from", "effective_to")


@dataclass(frozen=True)
class Change:
    """One table of a team's own file: the keys it changes, the table as it makes it, and whether it holds now."""

    table: TablePath
    keys: tuple[str, ...]
    made: Table
    holds: bool


@dataclass(frozen=True)
class Rulebook:
    """The rules that hold, what the pack alone says, and what the team changed."""

    rules: Rules
    pack: Rules
    override: Path | None
    changes: tuple[Change, ...]


def load_rules(name: str, override: Path | None = None, on: date | None = None) -> Rules:
    """The rule pack `name` that ships with the program, with the team's `override` over it.

    What the team changed for other dates than `on` is left out; without `on`, nothing is. A file that does not exist
    changes nothing.
    """
    return read_book(name, override, on).rules


def workspace_rules(workspace: Workspace) -> Rules:
    """The rules of a workspace, today."""
    return workspace_book(workspace).rules


def workspace_book(workspace: Workspace, on: date | None = None) -> Rulebook:
    """The rulebook of a workspace on a civil date, today unless told."""
    path = workspace.home / OVERRIDE
    if on is None and os.path.lexists(path):
        clock = workspace.clock()
        on = clock.now().astimezone(clock.zone).date()
    return read_book(workspace.settings.rules, path, on)


def read_book(name: str, override: Path | None = None, on: date | None = None) -> Rulebook:
    """The pack `name` and the team's `override`, both checked."""
    document, pack = _pack(name)
    if override is None or not os.path.lexists(override):
        return Rulebook(pack, pack, None, ())
    own = read_document(override)
    found = list(check_override(own))
    full = checked(merged(document.raw, own.raw, [table for table, _keys in found]), own)
    made = dict(each_table(full))
    changes = tuple(Change(table, keys, made[table], _holds(own.raw, table, made[table], on)) for table, keys in found)
    holding = [change.table for change in changes if change.holds]
    rules = full if len(holding) == len(changes) else checked(merged(document.raw, own.raw, holding), own)
    return Rulebook(rules, pack, override, changes)


def pack_names() -> list[str]:
    """The packs that ship with the program; lists of words lie beside them."""
    return sorted(path.stem for path in PACKS.glob("*.toml") if not path.stem.startswith("words-"))


def read_rules(path: Path) -> Rules:
    """The whole rule pack in `path`."""
    document = read_document(path)
    return checked(document.raw, document)


@lru_cache(maxsize=4)
def _pack(name: str) -> tuple[Document, Rules]:
    path = PACKS / f"{name}.toml"
    if name not in pack_names():
        raise Invalid(
            "There is no rule pack called {name}. Packs: {packs}",
            name=name[:60], packs=", ".join(pack_names()),
        )  # fmt: skip
    document = read_document(path)
    return document, checked(document.raw, document)


def merged(below: dict[str, Any], above: dict[str, Any], tables: list[TablePath]) -> dict[str, Any]:
    """`below` with the keys of the named `tables` of `above` laid over it; neither is changed."""
    result = dict(below)
    for table in tables:
        place, source = result, above
        for name in table[:-1]:
            place[name] = dict(place.get(name, {}))
            place, source = place[name], source[name]
        place[table[-1]] = {**place.get(table[-1], {}), **source[table[-1]]}
    return result


def _holds(own: dict[str, Any], table: TablePath, made: Table, on: date | None) -> bool:
    """Whether a change is for today. One of dates alone always is: it moves the pack's table."""
    said = value_at(own, table)
    dated = any(key in said for key in DATES) and any(key not in META for key in said)
    return not dated or on is None or made.state(on) == "in_force"
