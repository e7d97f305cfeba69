"""How the entries that are recorded to know before acting are written: situation, step, complaint, act, offer, gesture, survey.

Glyphs are one cell wide and never alone: a word says the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from advisor_tui.domain.text import one_line
from advisor_tui.language import _, ngettext, words
from advisor_tui.language import formats as f
from advisor_tui.store.reads.customer import Entry
from advisor_tui.tui.ink import Line
from advisor_tui.tui.voice_words import signal_right, signal_words, step_words

if TYPE_CHECKING:
    from advisor_tui.tui.life_rows import Setting

CARE = ("situation", "work", "complaint", "act", "proposal", "survey", "gesture", "signal")
INKS = {"situation": "heading", "complaint": "harm", "act": "harm", "proposal": "accent", "signal": "accent"}


def related(entry: Entry, entries: Iterable[Entry]) -> list[Entry]:
    """The entries that stand under one by name: what held an act."""
    held = set(entry.facts.get("held_by", ())) if entry.kind == "act" else set()
    return [other for other in entries if other.id in held] if held else []


def care_words(entry: Entry) -> tuple[str, str]:
    """Title and text."""
    return {
        "situation": _situation, "work": _work, "complaint": _complaint, "act": _act, "proposal": _proposal, "survey": _survey,
        "gesture": _gesture, "signal": signal_words,
    }[entry.kind](entry)  # fmt: skip


def _situation(entry: Entry) -> tuple[str, str]:
    """Their words first, then how we said it back."""
    return "", f.quote(entry.text) + (f"\n→ {entry.title}" if entry.title else "")


def _work(entry: Entry) -> tuple[str, str]:
    return one_line(entry.title), ""


def _complaint(entry: Entry) -> tuple[str, str]:
    """Each point, with its answer where there is one; then where else they can turn."""
    facts = entry.facts
    points = [str(point) for point in facts.get("points", ())]
    answered: dict[str, Any] = next((step for step in reversed(facts.get("later", ())) if step.get("answers")), {})
    answers = [str(answer) for answer in answered.get("answers", ())]
    lines = []
    for number, point in enumerate(points):
        lines.append(f"{number + 1}. {point}")
        if number < len(answers):
            lines.append(f"   → {answers[number]}")
    if answered.get("recourse"):
        lines.append(_("Recourse named: {words}").format(words=answered["recourse"]))
    return ngettext("{count} point", "{count} points", len(points)).format(count=len(points)), "\n".join(lines)


def _act(entry: Entry) -> tuple[str, str]:
    title = _("{act}, asked by {who}").format(act=words.act(entry.channel), who=one_line(entry.title, 60))
    return title[:1].upper() + title[1:], entry.text


def _proposal(entry: Entry) -> tuple[str, str]:
    """What it brings them, and why they said no."""
    why = next((str(step["why"]) for step in reversed(entry.facts.get("later", ())) if step.get("why")), "")
    return one_line(entry.title), entry.text + (f"\n→ {f.quote(why)}" if why else "")


def _gesture(entry: Entry) -> tuple[str, str]:
    return one_line(entry.title), entry.text


def _survey(entry: Entry) -> tuple[str, str]:
    facts = entry.facts
    if entry.state:
        return "", ""
    effort = facts.get("effort")
    said = _("ease {effort} of 7").format(effort=effort) if effort else ""
    if facts.get("repeated"):
        said += (" · " if said else "") + _("had to repeat")
    return said, f.quote(entry.text) if entry.text else ""


def care_right(entry: Entry, setting: Setting) -> Line:
    """What became of it, at the right edge."""
    if entry.kind == "situation":
        confirmed = entry.state == "confirmed"
        return [("✓ " + _("confirmed"), "good")] if confirmed else [("○ " + _("not confirmed"), "warning")]
    if entry.kind == "work":
        return _work_right(entry, setting.now)
    if entry.kind == "complaint":
        return _complaint_right(entry, setting.now)
    if entry.kind == "gesture":
        return _gesture_right(entry)
    if entry.kind == "survey":
        return _survey_right(entry, setting)
    if entry.kind == "signal":
        return signal_right(entry, setting.now)
    glyph, ink, said = {
        "refused": ("✗", "harm", _("held")), "asked": ("▲", "warning", _("to be decided")),
        "done": ("▲", "harm", _("done")), "reversed": ("✓", "good", _("put right")), "dropped": ("✓", "good", _("not done")),
    }.get(entry.state, ("●", "muted", entry.state)) if entry.kind == "act" else {
        "made": ("▸", "accent", _("offered")), "accepted": ("✓", "good", _("they accept")),
        "refused": ("✗", "muted", _("they do not want it")), "expired": ("○", "muted", _("no answer")),
    }.get(entry.state, ("●", "muted", entry.state))  # fmt: skip
    return [(f"{glyph} {said}", ink)]


def _work_right(entry: Entry, now: datetime) -> Line:
    """When a step is due and where; late, it is at risk."""
    if entry.state == "done":
        return [("✓ " + _("done"), "good")]
    if entry.state == "dropped":
        return [("○ " + _("not needed"), "muted")]
    where = (
        words.department(entry.channel)
        if entry.channel
        else ""
        if entry.direction == "us"
        else words.side(entry.direction)
    )
    due = f.due_words(entry.due or "", now) if entry.due else ""
    if entry.due and entry.due[:10] < now.date().isoformat():
        said = _("late, due {when}").format(when=due)
        return [(f"▲ {said}" + (f" · {where}" if where else ""), "harm" if entry.direction == "us" else "warning")]
    said = _("due {when}").format(when=due) if due else _("planned")
    return [(f"▸ {said}" + (f" · {where}" if where else ""), "warning")]


def _complaint_right(entry: Entry, now: datetime) -> Line:
    later = entry.facts.get("later", ())
    if entry.state == "held":
        final = next((str(step["final_on"]) for step in reversed(later) if step.get("final_on")), "")
        said = _("answer by {day}").format(day=f.due_words(final, now)) if final else _("holding reply")
        late = bool(final) and final < now.date().isoformat()
        return [(f"{'▲' if late else '▸'} {said}", "harm" if late else "warning")]
    if entry.state in ("answered", "closed"):
        outcome = next((str(step["outcome"]) for step in reversed(later) if step.get("outcome")), "")
        said = _(words.OUTCOMES.get(outcome, "answered"))
        return [(f"✓ {said}", "good" if outcome == "accepted" else "muted")]
    said = {
        "received": _("not acknowledged yet"), "acknowledged": _("acknowledged"), "mediation": _("before the mediator"),
    }.get(entry.state, entry.state)  # fmt: skip
    return [(f"● {said}", "harm" if entry.state == "received" else "warning")]


def _gesture_right(entry: Entry) -> Line:
    value = entry.facts.get("normal_value")
    worth = one_line(f.money(value), 40) if value is not None else ""
    if entry.state == "asked":
        said = _("to be decided")
        return [(f"▲ {said} · {worth}" if worth else f"▲ {said}", "warning")]
    if entry.state == "declined":
        said = _("declined")
        return [(f"✗ {said} · {worth}" if worth else f"✗ {said}", "muted")]
    if entry.state == "granted":
        return [(f"✓ {worth or _('granted')}", "accent")]
    return [(worth, "accent")] if worth else []


def _survey_right(entry: Entry, setting: Setting) -> Line:
    if entry.state != "offered":
        return []
    if setting.survey_waits:
        return [("○ " + _("held back: something is still promised or disputed"), "muted")]
    return [("▸ " + _("asked, no answer yet"), "muted")]


def care_details(entry: Entry, now: datetime) -> list[str]:
    """What an unfolded entry adds: for whom, by when, and each step by which it came to its state."""
    facts = entry.facts
    said: list[str] = []
    if entry.kind == "work" and entry.text:
        said.append(_("the customer hears: {words}").format(words=f.quote(entry.text)))
    if entry.kind == "gesture" and isinstance(facts.get("said"), str):
        said.append(_("said: {words}").format(words=f.quote(facts["said"])))
    if entry.kind == "proposal":
        if facts.get("fits"):
            said.append(_("fits what they have: {names}").format(names=", ".join(map(str, facts["fits"]))))
        if facts.get("dispute_acknowledged"):
            said.append(_("despite the dispute: {words}").format(words=facts["dispute_acknowledged"]))
    if entry.kind == "complaint":
        if facts.get("from_on"):
            said.append(_("its clock runs from {day}").format(day=f.plain_day(str(facts["from_on"]), now)))
        if facts.get("addressee"):
            said.append(_("written to {who}").format(who=facts["addressee"]))
    return said + [_step(entry, step, now) for step in facts.get("later", ())]


def _step(entry: Entry, step: dict[str, Any], now: datetime) -> str:
    assert now.tzinfo is not None
    day = f.short_day(f.local(int(step.get("at", 0)), now.tzinfo).date(), now.date())
    what = _state_words(entry, step, now)
    told = [str(step[key]) for key in ("words", "why") if step.get(key)]
    return " · ".join(
        [f"{day}, {step.get('by', '')}{f.colon()}{what}" if what else f"{day}, {step.get('by', '')}", *told]
    )


def _state_words(entry: Entry, step: dict[str, Any], now: datetime) -> str:
    if entry.kind == "complaint":
        return {"acknowledged": _("acknowledged"), "held": _("holding reply"), "answered": _("answered")}.get(
            str(step.get("to", "")), str(step.get("to", ""))
        )
    if entry.kind == "act":
        return {"done": _("done"), "reversed": _("put right"), "dropped": _("not done")}.get(
            str(step.get("state", "")), ""
        )
    if entry.kind == "gesture":
        return _("granted") if step.get("granted") else _("declined")
    if entry.kind == "work":
        return _("done") if step.get("done") else _("not needed")
    if entry.kind == "signal":
        return step_words(step, now)
    return {"accepted": _("they accept"), "refused": _("they do not want it")}.get(str(step.get("answer", "")), "")


def held_lines(entry: Entry, held: list[Entry], setting: Setting) -> list[tuple[str, str]]:
    """What an act was held by: each item with its date and its age on that day; a dispute or a complaint by its subject."""
    lines = []
    known = {item.id for item in held}
    for since, item in sorted(((_since(item, setting), item) for item in held), key=lambda pair: pair[0]):
        days = (f.local(entry.at, setting.zone).date() - since).days
        what = {"contact": words.channel, "case": words.case_kind}.get(
            item.kind, lambda _name: words.kind("complaint")
        )(item.channel)
        subject = one_line(item.title or item.text, 200)
        age = ngettext("{count} day old", "{count} days old", days).format(count=days)
        lines.append((f"{what} · {f.short_day(since, setting.now.date())} · {age}", subject))
    for id_ in entry.facts.get("held_by", ()):
        case = setting.cases.get(id_)
        if case is not None and id_ not in known:
            lines.append((words.case_kind(case.kind), one_line(case.subject, 200)))
    return lines


def _since(item: Entry, setting: Setting) -> date:
    """The earliest known day of an item: sent, received, or noted."""
    days = [f.local(item.at, setting.zone).date()]
    for key in ("received_on", "sent_on"):
        with suppress(ValueError):
            days.append(date.fromisoformat(str(item.facts.get(key, ""))[:10]))
    return min(days)


def change_words(entry: Entry) -> str:
    """What was declared or decided, in a sentence; "" for what is no such change."""
    facts = entry.facts
    if entry.channel == "StakeStated":
        level = words.stake(str(facts.get("level", "")))
        return f"{level} · {f.quote(str(facts.get('words', '')))}"
    if entry.channel == "FactStated":
        value = str(facts.get("value", "")) or _("taken back")
        return f"{facts.get('key', '')}{f.colon()}{value} · {facts.get('source', '')}"
    if entry.channel == "PermissionSet":
        phrase = _("✓ agrees: {purpose}") if facts.get("granted") else _("✗ objects: {purpose}")
        said = phrase.format(purpose=words.purpose(str(facts.get("purpose", ""))))
        channel = str(facts.get("channel", ""))
        return " · ".join(
            part for part in (said, words.channel(channel) if channel else "", str(facts.get("basis", ""))) if part
        )
    if entry.channel == "RelationSet":
        named = ((_("usual advisor"), facts.get("preferred")), (_("second"), facts.get("second")))
        return " · ".join(f"{what}{f.colon()}{name}" for what, name in named if name) or _("nobody by name")
    if entry.channel == "DisputeSettled":
        return f"{_(words.SETTLED.get(str(facts.get('outcome', '')), ''))} · {facts.get('words', '')}"
    if entry.channel == "SurveyWaived":
        reason = str(facts.get("reason", ""))
        known = {"asked_lately": _("asked lately"), "objected": _("they do not want to be asked")}
        return _("not asked: {reason}").format(reason=known.get(reason, reason))
    if entry.channel == "ConductNoted":
        said = _(words.CONDUCT.get(str(facts.get("step", "")), ""))
        return f"{said} · {facts['words']}" if facts.get("words") else said
    if entry.channel == "LegalHoldSet":
        return str(facts.get("reason", "")) or _("need not be kept any more")
    return ""


def reply_words(entry: Entry, now: datetime) -> str:
    """How a message was dealt with: acknowledged, held until a day, no answer needed; "" where nobody said."""
    if entry.state == "holding_reply":
        final = str(entry.facts.get("final_on", ""))
        return _("holding reply until {day}").format(day=f.due_words(final, now)) if final else _("holding reply")
    return _(words.REPLIES[entry.state]) if entry.state in words.REPLIES else ""
