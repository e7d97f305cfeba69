"""Rules are data: what a rule pack may say. Numbers live in rules/*.toml; each table says since when and from where."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import fields

from advisor_tui.domain.bodies import Act, Purpose
from advisor_tui.domain.calendars import CalendarRule, Holiday, easter, holiday_on, is_open, next_open
from advisor_tui.domain.rule_types import (
    META,
    Amount,
    Count,
    Currency,
    Effort,
    Flag,
    Hour,
    Length,
    Share,
    Span,
    Table,
    Text,
    Texts,
    Weekdays,
    Whole,
    description_of,
    repeats,
)
from advisor_tui.language import N_

__all__ = [
    "META", "CalendarRule", "Holiday", "Rules", "Span", "Table", "each_table", "easter", "holiday_on", "is_open", "next_open",
]  # fmt: skip


class DeskRule(Table, frozen=True, kw_only=True):
    """What the desk warns about and how early."""

    warn_before_hours: Whole  # a promise due within this many hours is to be warned about or kept
    old_fact_months: Whole  # what a customer declared longer ago than this says so
    max_promises_per_day: Whole  # of one team; from there on another one is advised against


class InboundRule(Table, frozen=True, kw_only=True):
    """When an unanswered item is shown, when it tops the list, and by when it is acknowledged."""

    appear_after: Length
    top_after: Length
    acknowledge: Length


class DepartmentRule(Table, frozen=True, kw_only=True):
    """What a department says of itself: the time it needs, and how many promises it can keep in a day."""

    lead: Length
    max_promises_per_day: Whole


class ComplaintRule(Table, frozen=True, kw_only=True):
    """The clocks of a complaint in one sector, and the recourse that a refusal names."""

    start: Annotated[
        Literal["sent_or_received", "received"], Meta(description=N_("one of: sent_or_received, received"))
    ]
    acknowledge: Length
    answer: Length  # the answer, or a holding reply with reasons and a latest date
    hold_max: Length  # the latest date that a holding reply may name
    recourse_fr: Text
    recourse_en: Text


class HoldRule(Table, frozen=True, kw_only=True):
    """Which acts wait while something of the customer's is unanswered, disputed or complained about."""

    acts: Annotated[tuple[Act, ...], Meta(description=N_("a list of: cut_off, collection, penalty, closing"))]
    vital_needs_second: Flag  # where the service is vital to the customer, a second person agrees


class OfferRule(Table, frozen=True, kw_only=True):
    """For how long an offer is not made."""

    refused_days: Count  # the same one, after it was refused
    dispute_days: Count  # any, after a dispute ended
    objection_stops: Annotated[
        tuple[Purpose, ...], Meta(description=N_("a list of: service, prospecting, survey"))
    ]  # what a customer's objection ends at once and for good


class ConsentRule(Table, frozen=True, kw_only=True):
    """Over which channels nobody is canvassed who did not agree to it before."""

    channels: Texts
    unless_contract: Flag  # save about the object of a contract that runs


class Slot(Struct, frozen=True, forbid_unknown_fields=True):
    """Hours of a day, in the customer's civil calendar."""

    opens: Hour
    closes: Hour


class CallingHoursRule(Table, frozen=True, kw_only=True):
    """When nobody is disturbed by canvassing: outside of these days and hours."""

    weekdays: Weekdays
    slots: Annotated[
        tuple[Slot, ...], Meta(description=N_("a list of hours such as {{ opens = 10:00:00, closes = 13:00:00 }}"))
    ]
    on_holidays: Flag

    def flaws(self) -> Iterator[tuple[str, str]]:
        yield from super().flaws()
        if repeats(self.weekdays):
            yield "weekdays", description_of(Weekdays)
        if not all(slot.opens < slot.closes for slot in self.slots):
            yield "slots", N_("hours that close after they open")


class PressureRule(Table, frozen=True, kw_only=True):
    """How often one is called, and for how long not after a no."""

    max_calls: Count
    window_days: Whole
    silence_days: Count


class Canvassing(Struct, frozen=True, forbid_unknown_fields=True):
    """Calling people to sell."""

    consent: ConsentRule
    hours: CallingHoursRule
    pressure: PressureRule


class GestureRule(Table, frozen=True, kw_only=True):
    """What an advisor gives alone; above it a second person decides."""

    per_case: Amount
    per_team_month: Amount
    currency: Currency

    def flaws(self) -> Iterator[tuple[str, str]]:
        yield from super().flaws()
        for key in ("per_case", "per_team_month"):
            amount: Decimal = getattr(self, key)
            if not (amount.is_finite() and 0 <= amount < 1_000_000_000 and amount == round(amount, 2)):
                yield key, description_of(Amount)


class SurveyRule(Table, frozen=True, kw_only=True):
    """How seldom one is asked, and the scale of the effort."""

    once_in_days: Count
    effort_min: Effort
    effort_max: Effort
    easy_from: Effort  # answers from here on count as easy

    def flaws(self) -> Iterator[tuple[str, str]]:
        yield from super().flaws()
        if not self.effort_min < self.effort_max:
            yield "effort_max", N_("a number above effort_min")
        elif not self.effort_min <= self.easy_from <= self.effort_max:
            yield "easy_from", N_("a number between effort_min and effort_max")


class SignalRule(Table, frozen=True, kw_only=True):
    """Weak signals: who answers and by when, and from how many customers on a tag is worth an alert."""

    department: Text  # who answers, where nobody else is named
    answer: Length
    weeks: Whole  # of the past with which this week is compared
    least: Whole  # fewer customers than this are never an alert
    tail: Share  # how likely an alert may be by chance alone

    def flaws(self) -> Iterator[tuple[str, str]]:
        yield from super().flaws()
        if not (self.tail.is_finite() and Decimal("0.000001") <= self.tail < 1):
            yield "tail", description_of(Share)


Measure = Literal["ignored", "harmed_while_pending", "warned_before", "signals_on_time", "easy", "repeated"]


class TeamRule(Table, frozen=True, kw_only=True):
    """What the team's screen measures: five at most, none about a person, none that counts work."""

    measures: Annotated[
        tuple[Measure, ...],
        Meta(
            max_length=5,
            description=N_(
                "a list of five at most: one more needs one less. Of: ignored, harmed_while_pending, warned_before, "
                "signals_on_time, easy, repeated. None counts what a person did"
            ),
        ),
    ]
    window_days: Whole  # what they look back over
    verbatims: Whole  # how many words of customers stand above them

    def flaws(self) -> Iterator[tuple[str, str]]:
        yield from super().flaws()
        if repeats(self.measures):
            yield "measures", N_("a list in which nothing stands twice")


class DataRightRule(Table, frozen=True, kw_only=True):
    """By when somebody who asks for their data, or for its end, is answered."""

    answer: Length
    extension: Length  # more, when it is complex and that was said within the first


class RetentionRule(Table, frozen=True, kw_only=True):
    """For how long what we hold is kept."""

    prospects: Length  # after they last came to us
    customers: Length  # after the relation ended
    contract_proof: Length
    accounts: Length
    listening_notes: Length


class Rules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule pack."""

    name: str
    calendar: CalendarRule
    desk: DeskRule
    inbound: InboundRule
    departments: dict[str, DepartmentRule]
    complaints: dict[str, ComplaintRule]
    hold: HoldRule
    offers: OfferRule
    canvassing: Canvassing
    gestures: GestureRule
    surveys: SurveyRule
    signals: SignalRule
    team: TeamRule
    data_rights: DataRightRule
    retention: RetentionRule


def each_table(rules: Struct, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Table]]:
    """Every table of a pack with its path: `("complaints", "payment")`."""
    for field in fields(rules):
        value = getattr(rules, field.name)
        here = (*path, field.name)
        if isinstance(value, Table):
            yield here, value
        elif isinstance(value, dict):
            yield from (((*here, key), table) for key, table in value.items())
        elif isinstance(value, Struct):
            yield from each_table(value, here)
