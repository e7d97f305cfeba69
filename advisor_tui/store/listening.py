"""What an action asks about signals before it decides: which are open under a tag, and from whom a tag was heard."""

from __future__ import annotations

from datetime import date, datetime, time, tzinfo

from sqlalchemy import select

from advisor_tui.domain.clock import to_ms
from advisor_tui.domain.listening import OPEN, Heard, tag_key
from advisor_tui.language.formats import civil_day
from advisor_tui.store.unit import TABLES, Unit

_SIGNAL = TABLES["entry"].c
_CUSTOMER = TABLES["customer_view"].c


def the_tag(unit: Unit, tag: str) -> str:
    """The tag as it was written last, where this is the same one in another spelling; else as given."""
    known = select(_SIGNAL.title).where(_SIGNAL.kind == "signal").distinct().order_by(_SIGNAL.title)
    wanted = tag_key(tag)
    return next((title for title in unit.connection.execute(known).scalars() if tag_key(title) == wanted), tag.strip())


def open_signals(unit: Unit, tag: str, department: str) -> list[str]:
    """The signals of a tag for which a department owes an answer, the oldest first."""
    waiting = select(_SIGNAL.id, _SIGNAL.title).where(
        _SIGNAL.kind == "signal", _SIGNAL.state.in_(OPEN), _SIGNAL.channel == department
    )
    wanted = tag_key(tag)
    rows = unit.connection.execute(waiting.order_by(_SIGNAL.at, _SIGNAL.n))
    return [id_ for id_, title in rows if tag_key(title) == wanted]


def root_of(unit: Unit, customer_id: str) -> str:
    """The record that stands for all of this person."""
    found = unit.connection.execute(select(_CUSTOMER.root).where(_CUSTOMER.id == customer_id)).scalar()
    return found or customer_id


def heard_since(unit: Unit, first: date, zone: tzinfo) -> list[Heard]:
    """Every signal since the civil day `first`, of whichever tag."""
    begin = to_ms(datetime.combine(first, time(), zone))
    query = (
        select(_SIGNAL.title, _CUSTOMER.root, _SIGNAL.at)
        .join(TABLES["customer_view"], _CUSTOMER.id == _SIGNAL.customer_id)
        .where(_SIGNAL.kind == "signal", _SIGNAL.at >= begin)
    )
    return [Heard(tag, root, civil_day(at, zone)) for tag, root, at in unit.connection.execute(query)]
