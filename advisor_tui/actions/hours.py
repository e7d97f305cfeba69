"""A due moment outside the hours of the person who acts is not theirs: it is handed over, or moved into them."""

from __future__ import annotations

from datetime import date, timedelta

from advisor_tui.actions.context import Context
from advisor_tui.domain.errors import Refused
from advisor_tui.domain.rules import is_open
from advisor_tui.language.formats import plain_day


def within_hours(context: Context, owner: str, given: str, parameter: str, despite: bool, timed: bool = True) -> None:
    """Refuse a due moment that its owner is not there for, naming the next one that they are; `despite` lets it be.

    Only one's own hours are known here: what is somebody else's is theirs to say. `parameter` is where the moment was
    given; without `timed` the next one is named by its day.
    """
    shift = context.person.shift
    if despite or not shift.known or owner != context.person.name or not given.strip():
        return
    when = context.moment(given)
    if shift.holds(when, context.zone) or not is_open(context.rules.calendar, date.fromisoformat(when[:10])):
        return  # on a closed day, the calendar of the house has its own answer
    following = shift.next(when, context.zone, timed and len(when) > 10)
    for _week in range(60):
        if is_open(context.rules.calendar, day := date.fromisoformat(following[:10])):
            break
        following = shift.next((day + timedelta(days=1)).isoformat(), context.zone, len(following) > 10)
    raise Refused(
        "Your own hours do not reach {said}. Hand the case over, say {next_said} instead, or do it all the same.",
        code="outside_hours", said=_said(context, when), next_said=_said(context, following), next=following,
        parameter=parameter,
    )  # fmt: skip


def _said(context: Context, moment: str) -> str:
    return plain_day(moment[:10], context.now) + (f", {moment[11:16]}" if len(moment) > 10 else "")
