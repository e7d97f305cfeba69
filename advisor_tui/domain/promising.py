"""When a promise is to be thought of: while somebody is still there to keep it, or to tell the customer in time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from advisor_tui.domain.calendars import next_open
from advisor_tui.domain.deadlines import began_by, months_after
from advisor_tui.domain.rules import Rules


def warn_until(rules: Rules, now: datetime) -> date:
    """Promises due up to this day (included) are to be kept or warned about now.

    At least the hours of the rule pack, and never less than to the next open day: what is due on a Monday shows on Friday.
    """
    ahead = (now + timedelta(hours=rules.desk.warn_before_hours)).date()
    return max(ahead, next_open(rules.calendar, now.date() + timedelta(days=1)))


def old_by(rules: Rules, today: date) -> date:
    """What a customer declared on this day or before is old: life may have changed, and one asks."""
    return months_after(today, -rules.desk.old_fact_months)


class Ageing(NamedTuple):
    """From which day back an item that nobody answered is late, and too late: the rule pack's working days."""

    late: date
    too_late: date

    def stage(self, day: date) -> str:
        """`fresh`, `late` or `too_late`, for what came on `day`."""
        return "too_late" if day <= self.too_late else "late" if day <= self.late else "fresh"


def ageing(rules: Rules, today: date) -> Ageing:
    """How old an unanswered item may be on `today`, whatever its channel."""
    inbound = rules.inbound
    return Ageing(
        began_by(rules.calendar, today, inbound.appear_after), began_by(rules.calendar, today, inbound.top_after)
    )
