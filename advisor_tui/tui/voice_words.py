"""What is said of signals, in words: the same in the life, on their own screen and on the command line."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from advisor_tui.domain.deadlines import elapsed
from advisor_tui.domain.listening import OPEN
from advisor_tui.domain.rules import Rules
from advisor_tui.domain.text import one_line
from advisor_tui.language import _, ngettext, words
from advisor_tui.language import formats as f
from advisor_tui.store.reads.voice import Signal, Topic, Voice

if TYPE_CHECKING:
    from advisor_tui.store.reads.customer import Entry
    from advisor_tui.tui.ink import Line

SHORT = 40
"""Cells that the name of a department takes at most."""


def department(name: str) -> str:
    """A department on one line."""
    return one_line(words.department(name), SHORT)


# in the life


def signal_words(entry: Entry) -> tuple[str, str]:
    """Its tag; what they said, whom it was passed on to, and where they answered what, why, and whether they know."""
    tag, later = one_line(entry.title, 120), entry.facts.get("later", ())
    said = [f"→ {department(entry.channel)}"]
    if entry.state != "sent":
        said[0] += f"{f.colon()}{words.verdict(entry.state)}"
        said += [str(_answer(later).get("words", "")), _("the customer knows") if was_told(later) else ""]
    title = f"{tag} · {_('striking')}" if entry.facts.get("striking") else tag
    return title, f"{f.quote(entry.text)}\n{' · '.join(filter(None, said))}"


def signal_right(entry: Entry, now: datetime) -> Line:
    """By when it is answered, or what was answered."""
    if entry.state in OPEN:
        glyph, ink, said = owed_words(entry.state, entry.due or "", now)
        return [(f"{glyph} {said}", ink)]
    return [
        (f"✓ {words.verdict('yes')}", "good") if entry.state == "yes" else (f"✗ {words.verdict(entry.state)}", "muted")
    ]


def step_words(step: dict[str, Any], now: datetime) -> str:
    """One thing that became of a signal: what was answered, or that the customer was told."""
    if "answer" not in step:
        return _("the customer knows")
    said = words.verdict(str(step["answer"]))
    return f"{said}, {_by(str(step['until']), now)}" if step.get("until") else said


def was_told(later: Iterable[dict[str, Any]]) -> bool:
    """Whether the customer heard of the answer that stands."""
    steps = [*later]
    return bool(steps) and "answer" not in steps[-1]


def _answer(later: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return next((step for step in reversed([*later]) if "answer" in step), {})


def _by(day: str, now: datetime) -> str:
    return _("answer by {day}").format(day=f.due_words(day, now))


def owed_words(state: str, due: str, now: datetime, rules: Rules | None = None) -> tuple[str, str, str]:
    """Glyph, ink and words of an answer that is owed: by when, or since when; with `rules`, in their working days."""
    if due[:10] < now.date().isoformat():
        late = 0
        with suppress(ValueError):
            late = elapsed(rules.calendar, date.fromisoformat(due[:10]), now.date(), "ouvre") if rules else 0
        said = ngettext("late by {count} working day", "late by {count} working days", late).format(count=late)
        return "▲", "warning", said if late else _("late, due {when}").format(when=f.due_words(due, now))
    return ("○" if state == "later" else "▸"), "muted", _by(due, now)


# on the board


def standing(signal: Signal, now: datetime, rules: Rules) -> tuple[str, str, str]:
    """Glyph, ink and words of how a signal stands."""
    if signal.open:
        return owed_words(signal.state, signal.due, now, rules)
    return ("✓", "good", words.verdict("yes")) if signal.state == "yes" else ("✗", "muted", words.verdict(signal.state))


def answer_words(signal: Signal, now: datetime) -> str:
    """Who was asked, and where they answered: what, why, by whom and when."""
    who = department(signal.department)
    if signal.answered_at is None:
        return _("passed on to {department}").format(department=who)
    said = words.verdict(signal.state)
    by = one_line(signal.answered_by, SHORT)
    return f"{who}{f.colon()}{said} · {signal.words} · {by}, {day_words(signal.answered_at, now)}"


def told_words(signal: Signal, now: datetime) -> tuple[str, str, str] | None:
    """Glyph, ink and words of whether the customer heard of it; None while there is nothing to hear."""
    if signal.answered_at is None:
        return None
    if signal.told_at is None:
        return "○", "muted", _("the customer has not been told yet")
    return "✓", "good", _("the customer was told, {day}").format(day=day_words(signal.told_at, now))


def day_words(at: int, now: datetime) -> str:
    """The civil day of an instant, in few letters."""
    assert now.tzinfo is not None
    return f.short_day(f.local(at, now.tzinfo).date(), now.date())


def heard_words(topic: Topic, now: datetime) -> str:
    """From how many customers a tag is heard this week, and from how many it is an alert; else when it was heard last."""
    if topic.echo is None or not topic.echo.week:
        return _("last heard {day}").format(day=day_words(topic.signals[0].at, now))
    limit = _("alert from {count}").format(count=topic.echo.threshold)
    return f"{customers_words(topic.echo.week)}, {limit}"


def customers_words(count: int) -> str:
    """`3 clients cette semaine`."""
    return ngettext("{count} customer this week", "{count} customers this week", count).format(count=count)


def owed_count(topic: Topic) -> str:
    """How many answers are owed on a tag; "" for none."""
    if not topic.open:
        return ""
    return ngettext("{count} answer owed", "{count} answers owed", topic.open).format(count=topic.open)


def late_count(count: int) -> str:
    """How many of them are late; "" for none."""
    return ngettext("{count} late", "{count} late", count).format(count=count) if count else ""


def group_of(topic: Topic, today: str) -> str:
    """What a tag asks for, as a heading; the groups stand in the order of `read_voice`."""
    if topic.alert:
        return _("Alerts")
    if any(signal.late(today) for signal in topic.signals):
        return _("Answers that are late")
    return _("Waiting for an answer") if topic.open else _("Answered")


def chance_words(voice: Voice) -> str:
    """How many alerts come from chance alone, said beside the alerts; "" where nothing was heard lately."""
    tags = sum(topic.echo is not None for topic in voice.topics)
    if not tags:
        return ""
    number = f.number(voice.by_chance, 0 if voice.by_chance >= 1 else 1)
    return ngettext(
        "With {count} tag, alerts by chance alone: about {number} a year.",
        "With {count} tags, alerts by chance alone: about {number} a year.",
        tags,
    ).format(count=tags, number=number)
