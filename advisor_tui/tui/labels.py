"""What a parameter is called on a form, and the words of its choices."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from advisor_tui.actions.registry import Action
from advisor_tui.language import N_, _, words

LABELS = {
    "subject": N_("Subject"), "kind": N_("Kind"), "next_step": N_("Next step"), "next_on": N_("On"),
    "owner": N_("For"), "reason": N_("Reason"), "state": N_("State"), "words": N_("Words"),
    "channel": N_("Channel"), "direction": N_("Direction"), "body": N_("What they said"), "at": N_("When"),
    "received_on": N_("Received on"), "sent_on": N_("Sent on"), "repeated": N_("Had to repeat"),
    "answered": N_("Answered"), "text": N_("Promise"), "due": N_("Due"), "heard": N_("What they heard"),
    "new_text": N_("New promise"), "new_due": N_("New due date"), "value": N_("Name or number"),
    "valid_from": N_("From"), "valid_to": N_("Until"), "case": N_("Case"),
}  # fmt: skip
HINTS = {
    "next_on": N_("tomorrow, monday, +3, 21/11"), "due": N_("14:00, tomorrow, monday 9h, 21/11"),
    "new_due": N_("14:00, tomorrow, monday 9h, 21/11"), "at": N_("now"), "received_on": N_("today, 18/11"),
    "sent_on": N_("today, 18/11"), "heard": N_("in the words the customer heard"),
    "owner": N_("a colleague or a team"),
}  # fmt: skip


TYPES = {
    "contact_logged": N_("contact"), "resolution_written": N_("decided"), "text_revised": N_("new wording"),
    "note_added": N_("note"), "commitment_made": N_("promised"), "commitment_settled": N_("promise"),
    "gesture_made": N_("gesture"), "survey_answered": N_("survey"), "case_opened": N_("case"), "state_set": N_("state"),
    "owner_set": N_("handover"), "step_planned": N_("step"), "contact_linked": N_("sorted"),
    "identifier_added": N_("known as"), "customer_recorded": N_("customer"), "holding_recorded": N_("holding"),
    "offer_recorded": N_("offer"), "corrected": N_("correction"), "customers_merged": N_("merged"),
    "customers_unmerged": N_("apart"), "undone": N_("undone"),
}  # fmt: skip
"""What an event is, in a word or two."""


def type_words(type_: str) -> str:
    """A kind of event as a word: `décidé`."""
    return _(TYPES.get(type_, type_))


LONG = ("body", "words")


class Field(NamedTuple):
    """One line of a form."""

    name: str
    label: str
    hint: str
    choices: tuple[tuple[str, str], ...]  # (value, words); empty for free text
    flag: bool
    needed: bool
    long: bool  # several lines of words


def fields_of(action: Action, hidden: set[str]) -> list[Field]:
    """The fields of an action's parameters that a person fills in."""
    made: list[Field] = []
    defaults = {info.name: info for info in _struct_fields(action)}
    for name, kind in get_type_hints(action.params).items():
        if name in hidden:
            continue
        info = defaults[name]
        choices = tuple((value, choice_words(name, value)) for value in _choices(kind))
        if bool in get_args(kind):
            choices = (("", "—"), ("true", _("yes")), ("false", _("no")))
        flag = kind is bool
        made.append(
            Field(
                name,
                _(LABELS.get(name, name)),
                _(HINTS.get(name, "")),
                choices,
                flag,
                bool(info.required),
                name in LONG,
            )
        )
    return made


def _struct_fields(action: Action) -> tuple[Any, ...]:
    import msgspec

    return msgspec.structs.fields(action.params)


def _choices(kind: Any) -> tuple[str, ...]:
    if get_origin(kind) is Literal:
        return get_args(kind)
    for part in get_args(kind):
        if get_origin(part) is Literal:
            return get_args(part)
    return ()


def choice_words(name: str, value: str) -> str:
    """A choice in the reader's language."""
    if name == "channel":
        return words.channel(value)
    if name == "state":
        return words.case_state(value)
    if name == "direction":
        return _(words.DIRECTIONS.get(value, value))
    if value in words.CASE_KINDS:
        return words.case_kind(value)
    return words.identifier_kind(value)
