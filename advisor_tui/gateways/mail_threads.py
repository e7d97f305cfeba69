"""Which messages belong together, and to which case and customer: decided before any of them is brought in.

A message that answers another is part of a thread, and a thread is a case; a message alone stays
without a case until someone sorts it. What the workspace knows already goes before: a reply joins
the case in which the message it answers lies now, whoever moved it there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from advisor_tui.domain.clock import parse_when
from advisor_tui.domain.identity import entity_id
from advisor_tui.gateways.directory import Directory, Found, key_of

Address = tuple[str, str]
"""(display name, address)."""


class Head(NamedTuple):
    """What the headers of a message say; `name` is its Message-ID or a hash."""

    name: str
    references: tuple[str, ...]
    at: int | None  # Unix ms
    subject: str
    writer: Address  # the person who wrote it
    others: tuple[Address, ...]  # to whom
    ours: bool  # written by us


@dataclass
class Thread:
    """Messages that belong together."""

    names: set[str] = field(default_factory=set)
    heads: list[Head] = field(default_factory=list)
    case: str = ""  # outside name, "" for a message alone
    new: bool = False  # the case is not in the workspace yet
    customer: str = ""  # outside name, "" until someone is found or made
    person: Address = ("", "")  # the customer's name and address
    unsorted: list[Found] = field(default_factory=list)
    """Members brought in before, that lie in no case."""


def contact_name(name: str) -> str:
    return f"mail:{name}"


def case_name(name: str) -> str:
    return f"mail-thread:{name}"


def threads(heads: list[Head], directory: Directory, now: int) -> tuple[dict[str, Thread], dict[str, Found]]:
    """The thread of each message by its name, and the contacts that the workspace has of them."""
    groups = _grouped(heads)
    names = {name for group in groups for name in group.names}
    known = directory.contacts(entity_id("contact", contact_name(name)) for name in names)
    found = {name: known[id_] for name in names if (id_ := entity_id("contact", contact_name(name))) in known}
    cases = directory.owners("case_view", (entity_id("case", case_name(name)) for name in names))
    people = directory.customers(key_of("email", _person(group.heads)[1]) for group in groups)
    for group in groups:
        _settle(group, found, cases, now)
        group.person = _person(group.heads)
        if not group.customer:
            group.customer = people.get(key_of("email", group.person[1]), "")
    return {name: group for group in groups for name in group.names}, found


def _grouped(heads: list[Head]) -> list[Thread]:
    """Heads that name each other, directly or through others."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for head in heads:
        for other in head.references:
            parent[root(head.name)] = root(other)
    groups: dict[str, Thread] = {}
    for head in heads:
        thread = groups.setdefault(root(head.name), Thread())
        thread.heads.append(head)
        thread.names.update((head.name, *head.references))
    return list(groups.values())


def _settle(thread: Thread, found: dict[str, Found], cases: dict[str, str], now: int) -> None:
    """Find the thread's case and customer in the workspace, or say which case to open."""
    names = sorted(thread.names)
    present = sorted((found[name] for name in names if name in found), key=lambda one: (_at(one), one.id))
    sorted_ = [one for one in present if one.case]
    opened = [name for name in names if entity_id("case", case_name(name)) in cases]
    if sorted_:
        thread.case, thread.customer = sorted_[-1].case or "", sorted_[-1].customer
    elif opened:
        thread.case = case_name(opened[0])
        thread.customer = cases[entity_id("case", thread.case)]
    elif len(thread.names) > 1:
        first = min(thread.heads, key=lambda head: (now if head.at is None else head.at, head.name))
        thread.case, thread.new = case_name(first.references[0] if first.references else first.name), True
        if present:
            thread.customer = present[0].customer
    elif present:
        thread.customer = present[0].customer
    if thread.case:
        alone = (one for one in present if not one.case and not one.line_case)
        thread.unsorted = [one for one in alone if one.customer == thread.customer]


def _at(found: Found) -> int:
    try:
        return parse_when(found.recorded.at)[0]
    except (ValueError, OverflowError):
        return 0


def _person(heads: Iterable[Head]) -> Address:
    """Whose thread it is: who wrote first and is not us, else to whom we wrote."""
    ordered = sorted(heads, key=lambda head: (head.at is None, head.at or 0, head.name))
    for head in ordered:
        if not head.ours:
            return head.writer
    return next((other for head in ordered for other in head.others), ("", ""))
