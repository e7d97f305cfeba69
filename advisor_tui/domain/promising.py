"""When a promise is to be thought of: while somebody is still there to keep it, or to tell the customer in time."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from advisor_tui.domain.calendars import next_open
from advisor_tui.domain.rules import Rules


def warn_until(rules: Rules, now: datetime) -> date:
    """Promises due up to this day (included) are to be kept or warned about now.

    At least the hours of the rule pack, and never less than to the next open day: what is due on a Monday shows on Friday.
    """
    ahead = (now + timedelta(hours=rules.desk.warn_before_hours)).date()
    return max(ahead, next_open(rules.calendar, now.date() + timedelta(days=1)))
