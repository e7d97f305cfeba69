"""Questions from the command line: find, search, show, day; as JSON or as plain lines."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any

from advisor_tui.cli.output import say, say_json
from advisor_tui.domain.errors import NotFound
from advisor_tui.domain.identity import entity_id
from advisor_tui.domain.promising import ageing, warn_until
from advisor_tui.domain.text import harmless, one_line
from advisor_tui.language import _, words
from advisor_tui.language import formats as f
from advisor_tui.store.reads.brief import Brief, read_life
from advisor_tui.store.reads.connection import open_reads
from advisor_tui.store.reads.customer import CaseHead, Entry, count_entries, read_entries, read_head, read_known_as
from advisor_tui.store.reads.day import SECTIONS, read_day
from advisor_tui.store.reads.find import Finder
from advisor_tui.store.reads.search import search
from advisor_tui.store.rulebook import workspace_rules
from advisor_tui.store.workspace import Workspace


def _open() -> tuple[Workspace, sqlite3.Connection, datetime]:
    workspace = Workspace()
    workspace.require()
    clock = workspace.clock()
    return workspace, open_reads(workspace.database), clock.now().astimezone(clock.zone)


def find_customers(text: str, as_json: bool) -> None:
    """Customers for `text`, best first, with the reason."""
    _workspace, connection, now = _open()
    found = Finder(connection).find(text)
    if as_json:
        say_json(
            [
                {"id": item.id, "name": item.name, "reason": item.reason, "value": item.value, "since": item.since}
                for item in found
            ]
        )
        return
    for item in found:
        reason = f"{words.identifier_kind(item.reason)} {one_line(item.value)}".strip()
        tenure = f.tenure(item.since, now.date())
        say(" · ".join(part for part in (one_line(item.name), reason, tenure, item.id) if part))
    if not found:
        say(_("Nobody found."))


def search_words(text: str, as_json: bool) -> None:
    """Entries for `text`, best first."""
    workspace, connection, now = _open()
    hits = search(connection, text)
    if as_json:
        say_json([hit._asdict() for hit in hits])
        return
    for hit in hits:
        when = f.short_day(f.local(hit.at, workspace.zone).date(), now.date())
        kind = words.channel(hit.channel) if hit.kind == "contact" else words.kind(hit.kind)
        say(f"{when} · {one_line(hit.name)} · {kind} · {one_line(hit.title)}\n  {one_line(hit.snippet)}")
    if not hits:
        say(_("Nothing found."))


def resolve_customer(connection: sqlite3.Connection, name: str) -> str:
    """The id of the customer called `name`: an id, an external id, an identifier, or an unmistakable name."""
    for id_ in (name, entity_id("customer", name)):
        if read_head(connection, id_) is not None:
            return id_
    found = Finder(connection).find(name, 5)
    if not found:
        raise NotFound("No customer is known as {name}.", name=name)
    best = [item for item in found if item.rank == found[0].rank]
    same = [item for item in best if item.name.casefold() == name.casefold()] or best
    if len(same) > 1:
        names = "; ".join(f"{item.name} ({item.id})" for item in same)
        raise NotFound("{name} may be several customers: {names}", code="ambiguous", name=name, names=names)
    return same[0].id


def show_customer(name: str, as_json: bool) -> None:
    """The brief, then every entry, newest first."""
    workspace, connection, now = _open()
    rules = workspace_rules(workspace)
    life = read_life(connection, resolve_customer(connection, name), now, rules)
    assert life is not None
    ids = life.brief.head.ids
    entries = read_entries(connection, ids, count_entries(connection, ids))
    if as_json:
        say_json(_life_json(connection, life.brief, entries))
        return
    from advisor_tui.cli.plain import brief_text, entry_text

    for line in brief_text(life.brief, now):
        say(line)
    say("")
    for line in entry_text(entries, life.brief, now, ageing(rules, now.date())):
        say(line)


def _life_json(connection: sqlite3.Connection, brief: Brief, entries: list[Entry]) -> dict[str, Any]:
    return {
        "customer": brief.head._asdict(),
        "known_as": [item._asdict() for item in read_known_as(connection, brief.head.ids)],
        "brief": _brief_json(brief),
        "cases": [_case_json(case) for case in brief.cases],
        "entries": [
            {**{k: v for k, v in entry._asdict().items() if k != "more"}, "facts": entry.facts} for entry in entries
        ],
    }


def _brief_json(brief: Brief) -> dict[str, Any]:
    """The brief in its fixed order."""
    return {
        "hold": {"acts": brief.hold.acts, "reasons": [reason._asdict() for reason in brief.hold.reasons]},
        "disputes": [_case_json(case) for case in brief.disputes],
        "disputes_just_over": [{**item._asdict(), "until": item.until.isoformat()} for item in brief.ended],
        "complaints": [_case_json(case) for case in brief.complaints],
        "running": [item._asdict() for item in brief.running],
        "late": [item._asdict() for item in brief.late],
        "acts": [item._asdict() for item in brief.acts],
        "waiting": [item._asdict() for item in brief.waiting],
        "situations": [item._asdict() for item in brief.situations],
        "said": [item._asdict() for item in brief.said],
        "promises": [item._asdict() for item in brief.promises],
        "warn_by": brief.warn_by,
        "holdings": [
            {"product": item.product, "valid_from": item.valid_from, "valid_to": item.valid_to, "value": item.value, "unused": item.unused}
            for item in brief.holdings
        ],
        "facts": brief.facts,
        "knows": [{"name": name, "exchanges": count} for name, count in brief.knows],
    }  # fmt: skip


def _case_json(case: CaseHead) -> dict[str, Any]:
    return {**{key: value for key, value in case._asdict().items() if key != "more"}, "facts": case.facts}


def show_day(as_json: bool) -> None:
    """My day, in its fixed order."""
    workspace, connection, now = _open()
    rules = workspace_rules(workspace)
    found = read_day(connection, now, warn_until(rules, now), workspace.settings.name)
    if as_json:
        say_json({"now": now.isoformat(), "counts": found.counts, "rows": [row._asdict() for row in found.rows]})
        return
    from advisor_tui.language.sections import section_title

    for section in SECTIONS:
        rows = [row for row in found.rows if row.section == section]
        if rows:
            say(f"{section_title(section)} ({found.counts[section]})")
        for row in rows:
            when = f.age(row.since, now) if row.since is not None else f.due_words(row.due, now)
            about = words.channel(row.channel) + " · " if row.since is not None and row.channel else ""
            said = words.answered(row.channel, row.answer, row.words) if row.answer else about + row.words
            say(f"  {when and when + ' · '}{one_line(row.name)} · {one_line(harmless(said), 120)}")
    if not found.rows:
        say(_("Nobody is waiting."))
