"""What is one's own, from the command line: phrases, signature, private notes, hours."""

from __future__ import annotations

import sys
from datetime import date

from advisor_tui.cli.output import say, say_json
from advisor_tui.domain.errors import Invalid, Refused
from advisor_tui.domain.shift import DAYS, read_days, read_shift, read_spans
from advisor_tui.language import _, language
from advisor_tui.language import formats as f
from advisor_tui.store.private import SIGNATURE, Private
from advisor_tui.store.workspace import Workspace

NONE = ("none", "-", "off")
"""How a day without hours is said."""


def _private() -> Private:
    workspace = Workspace()
    workspace.require()
    return Private.of(workspace)


def _words(text: str) -> str:
    """What was typed; for `-`, the input."""
    return sys.stdin.read() if text == "-" else text


def list_snippets(as_json: bool) -> None:
    """All phrases, the signature first, each whole."""
    found = _private().snippets()
    if as_json:
        say_json([one._asdict() for one in found])
        return
    for one in found:
        say(_("signature") if one.is_signature else one.name)
        for line in one.text.splitlines():
            say(f"  {line}")
    if not found:
        say(_("You keep no phrase of your own yet."))


def keep_snippet(name: str, text: str, as_json: bool) -> None:
    """Keep a phrase under a name."""
    kept = _private().keep(name, _words(text))
    say_json({"ok": True, **kept._asdict()}) if as_json else say(_("Kept: {name}").format(name=kept.name))


def remove_snippet(name: str, as_json: bool) -> None:
    """Take a phrase away."""
    _private().remove(name)
    say_json({"ok": True, "name": name}) if as_json else say(_("Gone: {name}").format(name=name))


def signature(text: str, as_json: bool) -> None:
    """Say the signature, or write it where words are given."""
    if text:
        keep_snippet(SIGNATURE, text, as_json)
        return
    found = next((one.text for one in _private().snippets() if one.is_signature), "")
    if as_json:
        say_json({"signature": found})
    else:
        say(found or _("You have no signature yet."))


def list_notes(as_json: bool) -> None:
    """What was written down for oneself, the newest first."""
    private = _private()
    found = private.notes()
    if as_json:
        say_json([note._asdict() for note in found])
        return
    clock = Workspace().clock()
    today = clock.now().astimezone(clock.zone).date()
    for note in found:
        say(f"{note.number} · {f.short_day(date.fromisoformat(note.written_on), today)}")
        for line in note.text.splitlines():
            say(f"  {line}")
    if not found:
        say(_("You wrote nothing down for yourself."))


def write_note(text: str, as_json: bool) -> None:
    """Write something down for oneself."""
    clock = Workspace().clock()
    note = _private().write_note(_words(text), clock.now().astimezone(clock.zone).date())
    say_json({"ok": True, **note._asdict()}) if as_json else say(_("Kept for you alone."))


def remove_note(number: int, as_json: bool) -> None:
    """Throw one note away."""
    _private().remove_note(number)
    say_json({"ok": True, "number": number}) if as_json else say(_("Thrown away."))


def forget_all(yes: bool, as_json: bool) -> None:
    """Throw the private file away, once it was asked for."""
    private = _private()
    if not yes:
        raise Refused("This throws your phrases, your signature and your notes away. To do it: --yes", code="not_asked")
    private.clear()
    say_json({"ok": True}) if as_json else say(_("Everything of your own is thrown away."))


def set_hours(days: str, times: str, clear: bool, as_json: bool) -> None:
    """Say one's own hours; with days and times, change them first."""
    workspace = Workspace()
    workspace.require()
    if clear:
        workspace.update(hours={})
    elif days:
        if not times:
            raise Invalid("Say the hours too, for example: advisor hours mon-fri 9-17")
        spans = () if times.strip().lower() in NONE else read_spans(times)
        shift = read_shift(workspace.settings.hours)
        numbers = read_days(days)
        changed = shift._replace(days=tuple(spans if n in numbers else old for n, old in enumerate(shift.days)))
        workspace.update(hours=changed.as_settings())
    said = read_shift(workspace.settings.hours).as_settings()
    if as_json:
        say_json({"ok": True, "hours": said})
        return
    for number, name in enumerate(DAYS):
        if name in said:
            say(f"{f.DAYS[language()][number]} · {said[name]}")
    if not said:
        say(_("You said no hours: nothing is asked about them."))
