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
    "quote": N_("They say"), "restated": N_("We say it back"), "confirmed": N_("They agree"),
    "reply": N_("How"), "final_on": N_("At the latest on"), "level": N_("How much depends"), "key": N_("What about"),
    "source": N_("Who said it, how"), "expires": N_("True until"), "purpose": N_("What for"), "granted": N_("Agreed"),
    "basis": N_("How they said so"), "proof": N_("Proof"), "preferred": N_("Usual advisor"), "second": N_("Second"),
    "points": N_("Points"), "sector": N_("Rules of"), "addressee": N_("Written to"), "answers": N_("Answers"),
    "outcome": N_("Outcome"), "recourse": N_("Where else to turn"), "act": N_("Act"), "by": N_("Asked by"),
    "agree": N_("Go ahead"), "offer": N_("Offer"), "benefit": N_("What it brings"), "despite_dispute": N_("Despite the dispute"),
    "answer": N_("Their answer"), "why": N_("Why"), "what": N_("What"), "normal_value": N_("Worth"), "said": N_("How it is said"),
    "side": N_("Whose turn"), "department": N_("Department"), "progress": N_("The customer hears"), "done": N_("Done"),
    "effort": N_("How easy, 1 to 7"), "despite": N_("All the same"), "no_survey": N_("Why not ask them"),
    "state_fact.value": N_("What they told us"), "settle_contact.words": N_("What we say, or why"), "take_complaint.contact": N_("Contact"),
    "warn_commitment.words": N_("What they are told"), "decide_gesture.words": N_("Why"), "decide_adverse_act.words": N_("Why"),
    "reverse_adverse_act.words": N_("What they were told"), "hold_complaint.words": N_("Why it takes longer"),
    "acknowledge_complaint.words": N_("What they were told"), "answer_survey.words": N_("Their words"),
    "state_stake.words": N_("In their words"), "settle_dispute.words": N_("How it ended"), "plan_work.what": N_("Step"),
    "make_gesture.what": N_("Gesture"), "decide_gesture.granted": N_("Agreed"), "set_permission.granted": N_("They agree"),
    "step": N_("How far"), "abusive_contact.words": N_("The facts"),
    "raise_signal.text": N_("They say"), "tag": N_("Tag"), "striking": N_("Striking"), "until": N_("Until when"),
    "raise_signal.department": N_("Passed on to"), "answer_signal.answer": N_("Answer"), "answer_signal.words": N_("Why"),
    "all_of_tag": N_("All of this tag"), "tell_back_signal.words": N_("What they were told"),
}  # fmt: skip
HINTS = {
    "next_on": N_("tomorrow, monday, +3, 21/11"), "due": N_("14:00, tomorrow, monday 9h, 21/11"),
    "new_due": N_("14:00, tomorrow, monday 9h, 21/11"), "at": N_("now"), "received_on": N_("today, 18/11"),
    "sent_on": N_("today, 18/11"), "heard": N_("in the words the customer heard"),
    "owner": N_("a colleague or a team"), "final_on": N_("monday, +10, 15/12"), "expires": N_("31/12, or nothing"),
    "quote": N_("their own words"), "restated": N_("in your words, as they heard it"), "points": N_("one a line"),
    "benefit": N_("what it brings this customer, in your words"), "normal_value": N_("15,50"),
    "said": N_("how the customer hears it"), "progress": N_("where the step is not for their ears"),
    "source": N_("call of the 12th, their letter"), "basis": N_("said on the phone, form of 3 March"),
    "despite_dispute": N_("why it is right to speak of it now"), "key": N_("working hours, alarm, moving house"),
    "addressee": N_("us, or whom it was written to"), "by": N_("collections, a colleague"),
    "despite": N_("promise even where it is hard to keep"), "no_survey": N_("when closing: why nobody asks them how it was"), "why": N_("in their words"),
    "raise_signal.text": N_("their own words"), "tag": N_("a few words, the same for all who say it"),
    "until": N_("for later: 15/01, +10, monday"), "answer_signal.words": N_("those who passed it on read it"),
}  # fmt: skip


TYPES = {
    "contact_logged": N_("contact"), "resolution_written": N_("decided"), "text_revised": N_("new wording"),
    "note_added": N_("note"), "commitment_made": N_("promised"), "commitment_settled": N_("promise"),
    "gesture_made": N_("gesture"), "survey_answered": N_("survey"), "case_opened": N_("case"), "state_set": N_("state"),
    "owner_set": N_("handover"), "step_planned": N_("step"), "contact_linked": N_("sorted"),
    "identifier_added": N_("known as"), "customer_recorded": N_("customer"), "holding_recorded": N_("holding"),
    "offer_recorded": N_("offer"), "corrected": N_("correction"), "customers_merged": N_("merged"),
    "customers_unmerged": N_("apart"), "undone": N_("undone"), "situation_stated": N_("situation"),
    "contact_marked": N_("message"), "commitment_warned": N_("promise"), "work_planned": N_("step"), "work_settled": N_("step"),
    "stake_stated": N_("stake"), "fact_stated": N_("told us"), "permission_set": N_("allowed"), "relation_set": N_("usual"),
    "dispute_settled": N_("dispute"), "complaint_taken": N_("complaint"), "complaint_moved": N_("complaint"),
    "adverse_act_asked": N_("act"), "adverse_act_decided": N_("act"), "proposal_made": N_("offer"),
    "proposal_answered": N_("offer"), "gesture_asked": N_("gesture"), "gesture_decided": N_("gesture"),
    "survey_offered": N_("survey"), "survey_waived": N_("survey"), "legal_hold_set": N_("law"),
    "conduct_noted": N_("respect"), "signal_raised": N_("signal"), "signal_answered": N_("signal"),
    "signal_told_back": N_("signal"),
}  # fmt: skip
"""What an event is, in a word or two."""


def type_words(type_: str) -> str:
    """A kind of event as a word: `décidé`."""
    return _(TYPES.get(type_, type_))


LONG = ("body", "words", "quote", "restated", "benefit", "raise_signal.text")
Choices = tuple[tuple[str, str], ...]


class Field(NamedTuple):
    """One line of a form."""

    name: str
    label: str
    hint: str
    choices: Choices  # (value, words); empty for free text
    flag: bool
    needed: bool
    long: bool  # several lines of words
    lines: bool = False  # a list, one item a line
    part: str = ""  # the list that this is an item of


def fields_of(
    action: Action,
    hidden: set[str],
    choices: dict[str, Choices] | None = None,
    parts: dict[str, list[str]] | None = None,
) -> list[Field]:
    """The fields of an action's parameters that a person fills in.

    `choices` are those that only this workspace knows; `parts` names each item that a list asks for: its label.
    """
    made: list[Field] = []
    defaults = {info.name: info for info in _struct_fields(action)}
    for name, kind in get_type_hints(action.params).items():
        if name in hidden:
            continue
        label, needed = _(LABELS.get(f"{action.name}.{name}", LABELS.get(name, name))), bool(defaults[name].required)
        items = (parts or {}).get(name)
        if items is not None:
            made += [
                Field(f"{name}-{place}", item, "", (), False, True, True, part=name) for place, item in enumerate(items)
            ]
            continue
        of_list = get_origin(kind) is list
        hint = HINTS.get(f"{action.name}.{name}", HINTS.get(name, ""))
        long = of_list or name in LONG or f"{action.name}.{name}" in LONG
        made.append(
            Field(
                name, label, _(hint) if hint else "", (choices or {}).get(name) or _choices_of(name, kind, needed),
                kind is bool and not needed, needed, long, of_list,
            )
        )  # fmt: skip
    return made


def _choices_of(name: str, kind: Any, needed: bool) -> Choices:
    """What a parameter's type lets one choose from; a yes or no that is needed has no answer yet."""
    yes_no = (("", "—"), ("true", _("yes")), ("false", _("no")))
    if bool in get_args(kind) or (kind is bool and needed):
        return yes_no
    if name == "channel" and kind is str:
        return ("", "—"), *((value, words.channel(value)) for value in words.CHANNELS)
    return tuple((value, choice_words(name, value)) for value in _choices(kind))


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


ANSWERS = {"accepted": N_("they accept"), "refused": N_("they do not want it"), "expired": N_("no answer")}
SECTORS = {
    "general": N_("any business"), "finance": N_("finance"), "payment": N_("payment services"), "telecoms": N_("telecoms"),
}  # fmt: skip
CHOICES = {
    "reply": words.REPLIES, "level": words.STAKES, "purpose": words.PURPOSES, "act": words.ACTS, "side": words.SIDES,
    "outcome": words.OUTCOMES | words.SETTLED, "answer": ANSWERS | words.VERDICTS, "sector": SECTORS, "department": words.DEPARTMENTS,
    "direction": words.DIRECTIONS, "step": words.CONDUCT,
}  # fmt: skip


def choice_words(name: str, value: str) -> str:
    """A choice in the reader's language."""
    if name == "channel":
        return words.channel(value)
    if name == "state":
        return words.case_state(value)
    if name in CHOICES:
        return _(CHOICES[name].get(value, value))
    if value in words.CASE_KINDS:
        return words.case_kind(value)
    return words.identifier_kind(value)
