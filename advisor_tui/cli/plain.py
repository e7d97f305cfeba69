"""A customer in plain lines: the same content as the screen, to be read from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from advisor_tui.domain.promising import Ageing
from advisor_tui.domain.text import harmless, one_line
from advisor_tui.language import formats as f
from advisor_tui.language import words
from advisor_tui.store.reads.brief import Brief
from advisor_tui.store.reads.customer import Entry


def brief_text(brief: Brief, now: datetime) -> Iterator[str]:
    """The brief, a fact a line."""
    from advisor_tui.tui.brief_rows import brief_lines, harm_line

    head = brief.head
    yield " · ".join(part for part in (one_line(head.name), f.tenure(head.since, now.date()), head.team) if part)
    harm = harm_line(brief, now)
    if harm:
        yield "".join(text for text, _ink in harm)
    for line in brief_lines(brief, now, 100):
        yield " ".join("".join(text for text, _ink in line).split())


def entry_text(entries: list[Entry], brief: Brief, now: datetime, ages: Ageing) -> Iterator[str]:
    """Every entry with its whole text, newest first."""
    from advisor_tui.tui.care_rows import held_lines, related
    from advisor_tui.tui.life_rows import Setting, _right, _title_and_text

    cases = {case.id: case for case in brief.cases}
    setting = Setting(now, ages, cases, survey_waits=brief.survey_waits)
    for entry in entries:
        label = words.channel(entry.channel) if entry.kind == "contact" else words.kind(entry.kind)
        title, text = _title_and_text(entry)
        right = "".join(text for text, _ink in _right(entry, setting))
        yield " · ".join(part for part in (f.long_time(entry.at, setting.zone), label, title, right) if part)
        for line in harmless(text).splitlines():
            yield "  " + line
        for told, about in held_lines(entry, related(entry, entries), setting) if entry.kind == "act" else ():
            yield f"  {told} · {about}"
