"""`advisor signals`: what customers tell us, by tag, and the dated answers; as plain lines or as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from advisor_tui.cli.output import say, say_json
from advisor_tui.domain.rules import Rules
from advisor_tui.domain.text import harmless, one_line
from advisor_tui.language import _
from advisor_tui.language import formats as f
from advisor_tui.store.reads.connection import open_reads
from advisor_tui.store.reads.voice import Signal, Topic, Voice, read_voice
from advisor_tui.store.rulebook import workspace_rules
from advisor_tui.store.workspace import Workspace
from advisor_tui.tui.voice_words import (
    answer_words,
    chance_words,
    day_words,
    group_of,
    heard_words,
    late_count,
    owed_count,
    standing,
    told_words,
)

Shown = list[tuple[Topic, list[Signal]]]
"""Tags, each with those of its signals that are asked for."""


def show_signals(as_json: bool, late: bool) -> None:
    """Every tag in the order in which it asks for attention; with `late`, only signals whose answer is late."""
    workspace = Workspace()
    workspace.require()
    clock, rules = workspace.clock(), workspace_rules(workspace)
    now = clock.now().astimezone(clock.zone)
    connection = open_reads(workspace.database)
    try:
        voice = read_voice(connection, now, rules)
    finally:
        connection.close()
    today = now.date().isoformat()
    shown = [(topic, [one for one in topic.signals if one.late(today) or not late]) for topic in voice.topics]
    shown = [(topic, signals) for topic, signals in shown if signals]
    if as_json:
        say_json(_json(voice, shown, now))
    else:
        _tell(shown, now, rules)
        if not shown:
            say(_("No answer is late.") if late else _("Nothing has been passed on yet."))
        elif not late and (chance := chance_words(voice)):
            say(chance)


def _json(voice: Voice, shown: Shown, now: datetime) -> dict[str, Any]:
    today = now.date().isoformat()
    return {
        "now": now.isoformat(), "late": voice.late, "alerts_by_chance_a_year": round(voice.by_chance, 3),
        "topics": [_topic_json(topic, signals, today) for topic, signals in shown],
    }  # fmt: skip


def _topic_json(topic: Topic, signals: list[Signal], today: str) -> dict[str, Any]:
    echo = topic.echo
    return {
        "tag": topic.tag, "alert": topic.alert, "week": echo.week if echo else 0, "before": echo.before if echo else 0,
        "threshold": echo.threshold if echo else None, "open": topic.open,
        "signals": [_signal_json(signal, today) for signal in signals],
    }  # fmt: skip


def _signal_json(signal: Signal, today: str) -> dict[str, Any]:
    """A signal without who passed it on: it is about what a customer said."""
    return {
        "id": signal.id, "customer": signal.customer_id, "name": signal.name, "case": signal.case_id, "at": signal.at,
        "text": signal.text, "department": signal.department, "striking": signal.striking, "due": signal.due,
        "late": signal.late(today), "open": signal.open,
        "answer": signal.state if signal.answered_at is not None else None, "words": signal.words,
        "answered_at": signal.answered_at, "answered_by": signal.answered_by, "told_at": signal.told_at,
    }  # fmt: skip


def _tell(shown: Shown, now: datetime, rules: Rules) -> None:
    today = now.date().isoformat()
    for topic, signals in shown:
        late = sum(signal.late(today) for signal in signals)
        parts = (
            group_of(topic, today),
            one_line(topic.tag),
            heard_words(topic, now),
            owed_count(topic),
            late_count(late),
        )
        say(" · ".join(filter(None, parts)))
        for signal in signals:
            _tell_signal(signal, now, rules)


def _tell_signal(signal: Signal, now: datetime, rules: Rules) -> None:
    marked = _("striking") if signal.striking else ""
    parts = (day_words(signal.at, now), one_line(signal.name), marked, standing(signal, now, rules)[2])
    say("  " + " · ".join(filter(None, parts)))
    for text in (f.quote(signal.text), answer_words(signal, now)):
        for line in harmless(text).splitlines():
            say("    " + line)
    told = told_words(signal, now)
    if told is not None:
        say("    " + told[2])
