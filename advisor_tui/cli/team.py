"""`advisor team`: the team's screen in plain lines or in JSON; words first, figures last, nothing about a person."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import Any

from advisor_tui.cli.output import say, say_json
from advisor_tui.domain.text import one_line
from advisor_tui.language import _
from advisor_tui.language import formats as f
from advisor_tui.store.reads.connection import open_reads
from advisor_tui.store.reads.figures import Figure
from advisor_tui.store.reads.team import TeamView, read_team
from advisor_tui.store.rulebook import workspace_rules
from advisor_tui.store.workspace import Workspace


def show_team(as_json: bool) -> None:
    """Read the workspace here, and tell."""
    workspace = Workspace()
    workspace.require()
    clock = workspace.clock()
    now = clock.now().astimezone(clock.zone)
    with closing(open_reads(workspace.database)) as connection:
        view = read_team(connection, now, workspace_rules(workspace))
    if as_json:
        say_json(_json(view, now))
        return
    _say_words(view, now)
    _say_troubles(view, now)
    _say_figures(view, now)


def _say_words(view: TeamView, now: datetime) -> None:
    from advisor_tui.tui.team_words import heading

    assert now.tzinfo is not None
    say(heading("words"))
    for said in view.verbatims:
        day = f.short_day(f.civil_day(said.at, now.tzinfo), now.date())
        say(f"  {f.quote(one_line(said.text, 2000))} · {one_line(said.name)} · {day}")
    if not view.verbatims:
        say("  " + _("Nobody said anything lately."))


def _say_troubles(view: TeamView, now: datetime) -> None:
    from advisor_tui.tui.team_words import count_words, heading, what_words, when_words

    for kind, count in view.counts.items():
        found = [trouble for trouble in view.troubles if trouble.kind == kind]
        if found:
            say(f"{heading(kind)} ({count_words(len(found), count)})")
        for trouble in found:
            told = (
                when_words(trouble, now),
                what_words(trouble, now),
                one_line(trouble.name),
                one_line(trouble.words, 200),
            )
            say("  " + " · ".join(part for part in told if part))
    if not view.troubles:
        say(_("Nobody waits, nothing is in danger."))


def _say_figures(view: TeamView, now: datetime) -> None:
    from advisor_tui.tui.team_words import figure_words, window_words

    if view.figures:
        say(f"{_('Measures')} ({window_words(view)})")
    for figure in view.figures:
        say("  " + figure_words(figure, now))


def _json(view: TeamView, now: datetime) -> dict[str, Any]:
    """In the order of the screen; what is masked is null, whatever it would be."""
    window = {"first": view.window.first, "last": view.window.today}
    return {
        "now": now.isoformat(),
        "window": {**{key: day.isoformat() for key, day in window.items()}, "cut": view.cut},
        "verbatims": [said._asdict() for said in view.verbatims],
        "troubles": [trouble._asdict() for trouble in view.troubles],
        "counts": view.counts,
        "figures": [_figure(figure, now) for figure in view.figures],
    }


def _figure(figure: Figure, now: datetime) -> dict[str, Any]:
    from advisor_tui.tui.team_words import figure_words

    told: dict[str, Any] = {"name": figure.name, "words": figure_words(figure, now)}
    if figure.name in ("harmed_while_pending", "ignored"):
        told["number"] = figure.number
        more = {"refused": figure.refused} if figure.name == "harmed_while_pending" else {"oldest": figure.oldest}
        return told | more
    share, (low, high) = figure.share, figure.between
    told["masked"] = figure.masked
    told["part"], told["whole"] = share if share is not None else (None, None)
    if figure.name == "easy":
        told["low"], told["high"] = (None, None) if share is None else (round(low, 4), round(high, 4))
    return told
