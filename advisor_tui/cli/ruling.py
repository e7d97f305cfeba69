"""`advisor rules`: every rule with its value, source and dates, and what a team changed; and deadlines counted by them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from msgspec import to_builtins
from msgspec.structs import fields

from advisor_tui.cli.output import say, say_json
from advisor_tui.cli.rule_labels import LABELS, PHRASES
from advisor_tui.domain.calendars import CalendarRule, Holiday, holiday_on, holidays_in
from advisor_tui.domain.deadlines import due
from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.moment import parse_moment
from advisor_tui.domain.rule_types import MOST, Unit
from advisor_tui.domain.rules import META, Slot, Span, Table, each_table
from advisor_tui.domain.text import fold, one_line
from advisor_tui.language import _, language, ngettext
from advisor_tui.language import formats as f
from advisor_tui.store.rulebook import Change, Rulebook, workspace_book
from advisor_tui.store.workspace import Workspace

UNITS: dict[str, Unit] = {
    "ouvrable": "ouvrable", "ouvrables": "ouvrable", "ouvre": "ouvre", "ouvres": "ouvre", "calendar": "day", "day": "day",
    "days": "day", "jour": "day", "jours": "day", "month": "month", "months": "month", "mois": "month",
}  # fmt: skip
"""The units as people type them, without accents."""
WEEKDAYS = ("open_weekdays", "workable_weekdays", "worked_weekdays", "weekdays")
TOLD_HOLIDAYS = 12
"""How many holidays a sentence tells; a deadline over more of them is told without."""


class Row(NamedTuple):
    """One rule as it stands: its table, key and value; what the pack says where a team changed it; whether it holds."""

    table: tuple[str, ...]
    key: str
    value: Any
    made: Table
    changed: bool  # the team changed something in this table
    overridden: bool  # the team changed this rule, or the dates of all of them
    pack_value: Any
    state: str


def show_rules(on: str, as_json: bool) -> None:
    """Every rule of the workspace's pack on a day."""
    workspace = Workspace()
    now = _now(workspace)
    day = _day(on, now) if on else now.date()
    book = workspace_book(workspace, day)
    if as_json:
        say_json(_rules_json(book, day))
        return
    for line in _rules_text(book, day):
        say(line)


def show_deadline(start: str, count: str, unit: str, region: str, as_json: bool) -> None:
    """The last day of `count` `unit` from the day after `start`."""
    workspace = Workspace()
    begin = _day(start, _now(workspace))
    span = Span(_count(count), _unit(unit))
    rule = workspace_book(workspace, begin).rules.calendar
    holidays_in(rule, region)
    end = due(rule, begin, span, region)
    if as_json:
        say_json({"due": end.isoformat()})
        return
    say(_("{span} after {start}: {due}.").format(span=span_words(span), start=long_day(begin), due=long_day(end)))
    skipped = _skipped(rule, begin, end, span.unit, region)
    if skipped:
        say(_("Not counted: {days}.").format(days=", ".join(skipped)))


def rows(book: Rulebook, on: date) -> Iterator[Row]:
    """Every rule in the order of the pack; what a team changed for another time comes after what holds."""
    before = dict(each_table(book.pack))
    changes = {change.table: change for change in book.changes}
    for table, made in each_table(book.rules):
        change = changes.pop(table, None)
        holds = change is not None and change.holds
        yield from _table_rows(table, made, before.get(table), change if holds else None, on)
        if change is not None and not holds:
            yield from _changed_rows(change, made, on)
    for change in changes.values():  # whole tables of the team's own
        yield from _changed_rows(change, None, on)


def _table_rows(
    table: tuple[str, ...], made: Table, before: Table | None, change: Change | None, on: date
) -> Iterator[Row]:
    for key in _keys(made):
        overridden = change is not None and (key in change.keys or not change.keys)
        old = getattr(before, key, None) if overridden else None
        yield Row(table, key, getattr(made, key), made, change is not None, overridden, old, made.state(on))


def _changed_rows(change: Change, before: Table | None, on: date) -> Iterator[Row]:
    for key in change.keys:
        value, old = getattr(change.made, key), getattr(before, key, None)
        yield Row(change.table, key, value, change.made, True, True, old, change.made.state(on))


def _keys(made: Table) -> list[str]:
    return [field.name for field in fields(made) if field.name not in META]


def _rules_json(book: Rulebook, on: date) -> dict[str, Any]:
    return {
        "name": book.rules.name, "on": on.isoformat(), "override": str(book.override) if book.override else None,
        "rules": [
            {
                "table": ".".join(row.table), "key": row.key, "value": to_builtins(row.value), "source": row.made.source,
                "effective_from": row.made.effective_from.isoformat(),
                "effective_to": row.made.effective_to.isoformat() if row.made.effective_to else None,
                "note": row.made.note, "state": row.state, "overridden": row.overridden,
                "pack_value": to_builtins(row.pack_value) if row.overridden else None,
            }
            for row in rows(book, on)
        ],
    }  # fmt: skip


def _rules_text(book: Rulebook, on: date) -> Iterator[str]:
    yield _("Rules of the pack {name}, on {day}").format(name=book.rules.name, day=long_day(on))
    if book.override:
        yield _("Changed by the team in {path}").format(path=book.override)
    told: object = None
    for row in rows(book, on):
        if told != (row.table, row.made):
            told = (row.table, row.made)
            yield ""
            yield _heading(row)
        label = _(LABELS[_kind(row.table), row.key])
        yield "  " + _("{key}: {value} · {label}").format(key=row.key, value=words(row.key, row.value), label=label)
        if row.pack_value not in (None, row.value):
            old = words(row.key, row.pack_value)
            yield "    " + _("the pack says: {value}").format(value=old)


def _heading(row: Row) -> str:
    made = row.made
    said = {
        "in_force": _("since {day}"), "not_yet": _("not yet in force, from {day}"), "no_longer": _("no longer in force, from {day}")
    }[row.state].format(day=_plain_day(made.effective_from))  # fmt: skip
    if made.effective_to is not None:
        said += " " + _("until {day}").format(day=_plain_day(made.effective_to))
    parts = [f"[{'.'.join(row.table)}] {said}", _listed(_phrase(part) for part in made.source.split("; "))]
    if row.changed:
        parts.append(_("changed by the team: {note}").format(note=one_line(made.note)))
    elif made.note:
        parts.append(_phrase(made.note))
    return " · ".join(parts)


def _listed(parts: Iterable[str]) -> str:
    """Parts that may hold commas, as one text."""
    return (f"{f.NBSP}; " if language() == "fr" else "; ").join(parts)


def _phrase(text: str) -> str:
    """What packs say in plain words, in the reader's language; anything else as it was written."""
    return _(text) if text in PHRASES else one_line(text)


def _kind(table: tuple[str, ...]) -> str:
    """The table's name; of tables that a team names, what they are."""
    return table[0] if table[0] in ("departments", "complaints") else ".".join(table)


def words(key: str, value: Any) -> str:
    """A rule's value as people read it."""
    match value:
        case bool():
            return _("yes") if value else _("no")
        case int():
            return f.number(value)
        case Decimal():
            return f.number(float(value), 2)
        case Span():
            return span_words(value)
        case time():
            return value.strftime("%H:%M")
        case Holiday():
            return one_line(value.name)
        case Slot():
            return f"{value.opens:%H:%M}–{value.closes:%H:%M}"
        case tuple() if key in WEEKDAYS:
            return ", ".join(f.DAYS_SHORT[language()][number - 1] for number in value)
        case tuple():
            return ", ".join(words("", one) for one in value) or "–"
        case dict():
            return _listed(f"{one_line(name)} ({words('', value[name])})" for name in value) or "–"
    return one_line(str(value)) or "–"


def span_words(span: Span) -> str:
    """A span as people say it: `10 jours ouvrables`; whole years as years."""
    count = span.count
    match span.unit:
        case "hour":
            said = ngettext("{count} hour", "{count} hours", count)
        case "day":
            said = ngettext("{count} calendar day", "{count} calendar days", count)
        case "ouvrable":
            said = ngettext(
                "{count} working day (Monday to Saturday)", "{count} working days (Monday to Saturday)", count
            )
        case "ouvre":
            said = ngettext("{count} working day (Monday to Friday)", "{count} working days (Monday to Friday)", count)
        case "month" if count and count % 12 == 0:
            count //= 12
            said = ngettext("{count} year", "{count} years", count)
        case _:
            said = ngettext("{count} month", "{count} months", count)
    return said.format(count=f.number(count))


def long_day(day: date) -> str:
    """`vendredi 15 mai 2026`."""
    return f"{f.DAYS[language()][day.weekday()]} {_plain_day(day)}"


def _plain_day(day: date) -> str:
    number = "1er" if day.day == 1 and language() == "fr" else str(day.day)
    return f"{number} {f.month_title(day, True)}"


def _skipped(rule: CalendarRule, start: date, end: date, unit: Unit, region: str) -> list[str]:
    """The public holidays that a count of working days left out; none where they are too many to tell."""
    if unit not in ("ouvrable", "ouvre") or (end - start).days > 366:
        return []
    counted = rule.workable_weekdays if unit == "ouvrable" else rule.worked_weekdays
    days = [start + timedelta(days=ahead) for ahead in range(1, (end - start).days + 1)]
    names = [(day, holiday_on(rule, day, region)) for day in days if day.isoweekday() in counted]
    found = [f"{long_day(day)} ({one_line(name)})" for day, name in names if name]
    return found if len(found) <= TOLD_HOLIDAYS else []


def _now(workspace: Workspace) -> datetime:
    clock = workspace.clock()
    return clock.now().astimezone(clock.zone)


def _day(text: str, now: datetime) -> date:
    assert now.tzinfo is not None
    return date.fromisoformat(parse_moment(text, now, now.tzinfo)[:10])


def _count(text: str) -> int:
    try:
        count = int(text)
    except ValueError:
        count = -1
    if not 0 <= count <= MOST:
        raise Invalid("--count should be a whole number from 0 to {most}, not {found}.", most=MOST, found=text[:60])
    return count


def _unit(text: str) -> Unit:
    found = UNITS.get(fold(text.strip()))
    if found is None:
        raise Invalid("--unit should be ouvrable, ouvre, calendar or month, not {found}.", found=text[:60])
    return found
