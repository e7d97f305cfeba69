"""Everything that is held on one person, in words: plain lines in the manner of Markdown, dates in civil form.

Whole texts stand as quotations, line by line, so that nothing in them can pass for a heading of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from advisor_tui.domain.identity import UUID_RE
from advisor_tui.language import N_, _, ngettext, words
from advisor_tui.language import formats as f
from advisor_tui.store.held import Held, HeldCase, Said

FIELDS = {
    "name": N_("name"), "kind": N_("kind"), "since": N_("customer since"), "language": N_("language"),
    "team": N_("team"), "preferred_advisor": N_("usual advisor"), "stake": N_("stake"),
    "preferences": N_("preferences"), "identifiers": N_("known as"), "identifier": N_("known as"),
    "product": N_("holds"), "from": N_("from"), "to": N_("until"), "value": N_("value"),
    "subject": N_("subject"), "opened_at": N_("opened on"), "state": N_("state"), "owner": N_("in the hands of"),
    "queue": N_("queue"), "reason": N_("reason"), "next_step": N_("next step"), "next_on": N_("on"),
    "closed_at": N_("closed on"), "assigned": N_("filled in on import"), "channel": N_("channel"),
    "direction": N_("direction"), "at": N_("on"), "author": N_("author"), "body": N_("words"), "text": N_("words"),
    "received_on": N_("received on"), "sent_on": N_("sent on"), "answered": N_("answered"),
    "repeated": N_("had to repeat"), "attachments": N_("attached files"), "media_type": N_("type of file"),
    "due": N_("due"), "made_at": N_("promised on"), "heard": N_("what they heard"), "what": N_("what"),
    "normal_value": N_("normal value"), "said": N_("said of it"), "effort": N_("effort from 1 to 7"),
    "words": N_("words"), "set": N_("changed"), "on": N_("on"), "quote": N_("their words"),
    "restated": N_("as we said it back"), "confirmed": N_("confirmed"), "reply": N_("reply"),
    "final_on": N_("at the latest on"), "side": N_("whose turn"), "department": N_("department"),
    "progress": N_("as the customer hears it"), "done": N_("done"), "level": N_("level"), "key": N_("about"),
    "source": N_("from whom"), "expires": N_("valid until"), "purpose": N_("purpose"), "granted": N_("granted"),
    "basis": N_("basis"), "proof": N_("proof"), "preferred": N_("usual advisor"), "second": N_("second advisor"),
    "outcome": N_("outcome"), "points": N_("points"), "from_on": N_("counted from"), "sector": N_("sector"),
    "addressee": N_("addressed to"), "answers": N_("answers"), "recourse": N_("recourse"), "act": N_("act"),
    "by": N_("asked by"), "held_by": N_("held by"), "offer": N_("offer"), "benefit": N_("benefit"),
    "fits": N_("why it fits"), "dispute_acknowledged": N_("the dispute was acknowledged"), "answer": N_("answer"),
    "why": N_("why"), "until": N_("until"), "extra": N_("kept from the import"),
    "step": N_("how far"), "second_advisor": N_("second advisor"), "relation_at": N_("named on"),
    "relation_author": N_("taken down by"), "facts": N_("declared"), "permissions": N_("permission"),
    "legal_hold": N_("legal hold"), "dispute": N_("end of the dispute"), "survey_waived": N_("no survey"),
    "survey_waived_at": N_("on"), "reply_at": N_("answered on"), "reply_by": N_("answered by"), "reply_words": N_("words"),
    "warned_at": N_("warned on"), "warned_words": N_("words of the warning"), "settled_at": N_("settled on"),
    "settled_by": N_("settled by"), "settled_words": N_("words of the decision"),
    "acknowledged_at": N_("acknowledged on"), "acknowledged_words": N_("words of the acknowledgement"),
    "held_at": N_("holding reply on"), "held_words": N_("words of the holding reply"),
    "offered_as": N_("as it was called"), "answered_at": N_("answered on"), "answered_by": N_("answered by"),
    "tag": N_("tag"), "striking": N_("striking"), "told_at": N_("told on"), "told_by": N_("told by"),
    "told_words": N_("words of it"),
}  # fmt: skip
"""What a field of a body is called; one without a name here is called what it is."""
PASSED_OVER = ("id", "ext", "case", "contact", "replaced_by", "events", "absorbed", "into", "sha256")
"""Names of things, for machines: the JSON has them."""
TITLES = {
    "customer_recorded": N_("record"), "holding_recorded": N_("holding"), "case_opened": N_("opened"),
    "contact_logged": N_("contact"), "resolution_written": N_("resolution"), "note_added": N_("note"),
    "commitment_made": N_("promise"), "gesture_made": N_("gesture"), "survey_answered": N_("survey answered"),
    "corrected": N_("corrected"), "text_revised": N_("new wording"), "state_set": N_("state"),
    "owner_set": N_("handed over"), "step_planned": N_("next step"), "commitment_settled": N_("outcome of the promise"),
    "contact_linked": N_("sorted"), "identifier_added": N_("known as"), "customers_merged": N_("merged with a record"),
    "customers_unmerged": N_("taken apart from a record"), "undone": N_("taken back"),
    "situation_stated": N_("situation"), "contact_marked": N_("noted on the contact"),
    "commitment_warned": N_("warned before the promise was due"), "work_planned": N_("step"),
    "work_settled": N_("outcome of the step"), "stake_stated": N_("stake"), "fact_stated": N_("declared"),
    "permission_set": N_("permission"), "relation_set": N_("usual advisor"), "dispute_settled": N_("end of the dispute"),
    "complaint_taken": N_("complaint"), "complaint_moved": N_("progress of the complaint"),
    "adverse_act_asked": N_("act against the customer asked for"), "adverse_act_decided": N_("decision on the act"),
    "proposal_made": N_("proposal"), "proposal_answered": N_("answer to the proposal"),
    "gesture_asked": N_("gesture asked for"), "gesture_decided": N_("decision on the gesture"),
    "survey_offered": N_("survey offered"), "survey_waived": N_("no survey"), "legal_hold_set": N_("legal hold"),
    "offer_recorded": N_("offer"), "conduct_noted": N_("how an abusive contact was met"),
    "signal_raised": N_("signal passed on"), "signal_answered": N_("answer to the signal"),
    "signal_told_back": N_("told what became of it"),
}  # fmt: skip
VALUES: dict[str, dict[str, str]] = {
    "kind": {"person": N_("person"), "organisation": N_("organisation")},
    "level": words.STAKES, "purpose": words.PURPOSES, "side": words.SIDES, "act": words.ACTS, "reply": words.REPLIES,
    "department": words.DEPARTMENTS, "outcome": words.OUTCOMES | words.SETTLED,
    "to": {
        "acknowledged": N_("acknowledged"), "held": N_("holding reply"), "answered": N_("answered"),
        "mediation": N_("mediation"), "closed": N_("at an end"),
    },
    "step": words.CONDUCT,
    "answer": {"accepted": N_("accepted"), "refused": N_("refused"), "expired": N_("without an answer")} | words.VERDICTS,
    "act state": {
        "refused": N_("refused"), "asked": N_("asked for"), "done": N_("done"), "reversed": N_("reversed"),
        "dropped": N_("given up"),
    },
}  # fmt: skip
"""What choices are called, by field."""
STATES: dict[str, dict[str, str]] = {
    "work_planned": {"open": N_("planned"), "done": N_("done"), "dropped": N_("given up")},
    "complaint_taken": {"received": N_("received"), **VALUES["to"]},
    "gesture_asked": {"asked": N_("asked for"), "granted": N_("granted"), "declined": N_("declined")},
}
"""What the states are called that an entry came with, by its event."""
_WHOLE = ("body", "text", "quote")
_LISTED = ("identifiers", "identifier", "preferences", "attachments")
"""Small things of several parts: each on a line, without the names of the parts."""
_INSTANTS = ("at", "made_at", "opened_at")
_LONG = 72
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9]{2}:[0-9]{2})\Z")


def held_lines(held: Held, now: datetime) -> Iterator[str]:
    """Every line of it, as it stands; what shows them makes them harmless."""
    head = held.customer
    yield "# " + _("Everything held on {name}").format(name=_flat(head.name))
    yield ""
    yield _("Drawn up on {date}.").format(date=_date(now))
    if len(head.ids) > 1:
        count = len(head.ids)
        yield ngettext("{count} record is this person.", "{count} records are this person.", count).format(count=count)
    if held.erased:
        yield ngettext(
            "{count} entry was erased: no words of it are left.", "{count} entries were erased: no words of them are left.",
            held.erased,
        ).format(count=f.number(held.erased))  # fmt: skip
    yield from _known_as(held, now)
    for title, section in (
        (_("Who they are"), held.who), (_("Permissions"), held.permissions), (_("What they declared"), held.facts),
        (_("What they hold"), held.holdings),
    ):  # fmt: skip
        yield from _section(title, section, now)
    for case in held.cases:
        yield from _case(case, now)
    yield from _section(_("Entries without a case"), held.entries, now)
    yield from _unfinished(held, now)


def _known_as(held: Held, now: datetime) -> Iterator[str]:
    yield from ("", "## " + _("Known as"), "")
    yield f"- {_('name')}: {_flat(held.customer.name)}"
    for known in held.known_as:
        days = [_value("from", day, now) for day in (known.valid_from, known.valid_to) if day]
        source = _("import") if known.source == "import" else known.source
        said = " · ".join(part for part in (_flat(known.value), " – ".join(days), source) if part)
        yield f"- {words.identifier_kind(known.kind)}: {said}"


def _section(title: str, section: list[Said], now: datetime) -> Iterator[str]:
    if section:
        yield from ("", f"## {title}")
        for one in section:
            yield from _entry(one, now)


def _case(case: HeldCase, now: datetime) -> Iterator[str]:
    fields = case.opened.fields
    kind = words.case_kind(str(fields.get("kind", "")))
    yield from ("", "## " + _("Case: {subject}").format(subject=_flat(str(fields.get("subject", "")) or case.id)), "")
    stands = {
        "kind": kind, "state": words.case_state(case.state), "owner": case.owner, "next_step": case.next_step,
        "next_on": case.next_on, "closed_at": case.closed_at,
    }  # fmt: skip
    yield from _fields(stands, now, "")
    if case.opened.id:
        yield from _entry(case.opened, now)
    for one in case.entries:
        yield from _entry(one, now)


def _unfinished(held: Held, now: datetime) -> Iterator[str]:
    """What is being written, and what the server did not take."""
    if held.drafts:
        yield from ("", "## " + _("Being written in this workspace, not recorded"))
    for draft in held.drafts:
        yield from ("", f"### {_when(draft.saved_at, now)} · {words.kind(draft.kind)}", "")
        yield from _quoted(draft.text, "")
    if held.set_aside:
        yield from ("", "## " + _("Set aside, not with the server"))
    for one in held.set_aside:
        yield from _entry(one.said, now)
        yield from ("", "- " + _("reason") + ": " + (_(one.reason) or one.status))


def _entry(one: Said, now: datetime) -> Iterator[str]:
    """A thing recorded, its words whole, then what was recorded on it later."""
    when = _when(one.at, now)
    yield from ("", "### " + _heading(one, now), "")
    said_above = {name for name in _INSTANTS if _value(name, one.fields.get(name, ""), now) == when}
    if one.type == "contact_logged":
        said_above |= {"channel", "direction"}
    if one.by and one.fields.get("author") == one.by:
        said_above.add("author")
    yield from _fields({name: one.fields[name] for name in one.fields if name not in said_above}, now, "", one.type)
    if one.source:
        yield "- " + _("imported on {date} as {source}").format(
            date=_when(one.recorded_at, now), source=_flat(one.source)
        )
    elif abs(one.recorded_at - one.at) >= 60_000:
        yield "- " + _("recorded on {date}").format(date=_when(one.recorded_at, now))
    yield from _later(one, now, "")


def _later(one: Said, now: datetime, margin: str) -> Iterator[str]:
    for later in one.later:
        yield f"{margin}- {_heading(later, now)}"
        about = one.type if later.type == "corrected" else later.type
        yield from _fields(later.fields, now, margin + "  ", about)
        yield from _later(later, now, margin + "  ")


def _heading(one: Said, now: datetime) -> str:
    title = _(TITLES.get(one.type, one.type.replace("_", " ")))
    if one.type == "contact_logged":
        title = words.channel(str(one.fields.get("channel", "")))
        title += ", " + _(words.DIRECTIONS.get(str(one.fields.get("direction", "")), ""))
    undone = _("taken back") if one.undone else ""
    return " · ".join(part for part in (_when(one.at, now), title, _flat(one.by), undone) if part)


def _fields(fields: dict[str, Any], now: datetime, margin: str, type_: str = "") -> Iterator[str]:
    """Each field that says something, long words as a quotation; of a `type_` of event, without names for machines."""
    for name, value in fields.items():
        if value in ("", None, [], {}) or (name in PASSED_OVER and type_):
            continue
        label = _("state") if (type_, name) == ("complaint_moved", "to") else _(FIELDS.get(name, name))
        for part in value if isinstance(value, list) else [value]:
            yield from _field(name, label, part, now, margin, type_)


def _field(name: str, label: str, value: Any, now: datetime, margin: str, type_: str) -> Iterator[str]:
    if isinstance(value, dict) and name in _LISTED:
        parts = [_value(key, part, now) for key, part in value.items() if part not in ("", None)]
        value = " · ".join(part for part in parts if part)
    if isinstance(value, dict):
        yield f"{margin}- {label}:"
        yield from _fields(value, now, margin + "  ", "" if name == "extra" else type_)
        return
    said = _value(name, value, now, type_)
    if name in _WHOLE and not margin:
        yield from _quoted(said, margin)
    elif "\n" in said or (len(said) > _LONG and name not in _LISTED):
        yield f"{margin}- {label}:"
        yield from _quoted(said, margin + "  ")
    elif said and not UUID_RE.match(said):
        yield f"{margin}- {label}: {said}"


def _quoted(text: str, margin: str) -> Iterator[str]:
    return (f"{margin}> {line}" for line in text.split("\n"))


def _value(name: str, value: Any, now: datetime, type_: str = "") -> str:
    """A value in words: choices, dates and amounts as people read them, all else as it came."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, (int, float)):
        return f.money(value) if name in ("normal_value", "price") else f"{value}"
    text = str(value)
    if _DAY.match(text):
        return _day(text)
    if _TIME.match(text):
        try:
            return _date(datetime.fromisoformat(text).astimezone(now.tzinfo))
        except (ValueError, OverflowError):
            return text
    return _choice(name, text, type_)


def _choice(name: str, text: str, type_: str) -> str:
    if name == "channel":
        return words.channel(text)
    if name == "direction":
        return _(words.DIRECTIONS.get(text, text))
    if name == "state" and type_ not in STATES and not type_.startswith("adverse"):
        return words.promise_state(text) if type_.startswith("commitment") else words.case_state(text)
    if name == "kind" and text not in VALUES["kind"]:
        return words.case_kind(text) if type_ == "case_opened" else words.identifier_kind(text)
    known = VALUES.get("act state" if name == "state" else name, {})
    if name == "state" and type_ in STATES:
        known = STATES[type_]
    return _(known[text]) if text in known else text


def _day(text: str) -> str:
    """A civil date with its weekday and year, whatever year it is today."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return _date(datetime(day.year, day.month, day.day, 12, tzinfo=UTC)).rpartition(", ")[0]


def _flat(text: str) -> str:
    return " ".join(text.split())


def _date(when: datetime) -> str:
    return f.long_time(int(when.timestamp() * 1000), when.tzinfo)  # type: ignore[arg-type]


def _when(ms: int, now: datetime) -> str:
    assert now.tzinfo is not None
    return f.long_time(ms, now.tzinfo)
