"""How a case stands, in sentences that the customer may hear or read, in the language that is set."""

from __future__ import annotations

from datetime import date, datetime

from advisor_tui.domain.progress import Line, progress
from advisor_tui.domain.state import Case, CustomerState
from advisor_tui.domain.text import one_line
from advisor_tui.language import N_, _
from advisor_tui.language import formats as f

SAID = {
    "done": N_("Done on {day}: {what}"), "kept": N_("As promised, done on {day}: {what}"),
    "moved": N_("First promised for {day}, and it moved: {what}"), "late": N_("Late since {day}, we are on it: {what}"),
    "broken": N_("Promised for {day} and not kept, with our apologies: {what}"),
    "ours": N_("We do this by {day}: {what}"), "promised": N_("We promised this for {day}: {what}"),
    "yours": N_("From you by {day}: {what}"), "third": N_("From somebody else by {day}: {what}"),
}  # fmt: skip
WIDTH = 200
"""Characters of one line: it is read aloud."""


def progress_text(state: CustomerState, case: Case, now: datetime) -> list[str]:
    """At most eight lines: what it is about, what was done, what comes and by when, whom to ask."""
    title = _("Your matter “{subject}”, on {day}:").format(
        subject=one_line(case.recorded.subject, 80), day=_day(now.date(), now)
    )
    lines = [title, *(_said(line, now) for line in progress(state, case, now.date().isoformat()))]
    if len(lines) == 1:
        step = _("Next, on {day}: {what}") if case.state in ("open", "waiting") else _("It is settled.")
        lines.append(step.format(day=_iso(case.next_on, now), what=one_line(case.next_step, WIDTH)))
    first = case.owner.split()[0] if case.owner else ""
    return [*lines, _("Your contact: {name}").format(name=one_line(first))] if first else lines


def _said(line: Line, now: datetime) -> str:
    return _(SAID[line.kind]).format(day=_iso(line.on, now), what=one_line(line.text, WIDTH))


def _iso(text: str, now: datetime) -> str:
    return _day(date.fromisoformat(text[:10]), now) + (f", {text[11:16]}" if len(text) > 10 else "") if text else "…"


def _day(day: date, now: datetime) -> str:
    return f.plain_day(day.isoformat(), now)
