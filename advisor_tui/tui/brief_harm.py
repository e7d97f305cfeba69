"""Harm first: what of the brief is read before anything is said or done, each with its age or its last day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, tzinfo
from typing import NamedTuple

from advisor_tui.domain.guard import Reason
from advisor_tui.domain.text import one_line
from advisor_tui.language import _, ngettext, words
from advisor_tui.language import formats as f
from advisor_tui.store.reads.brief import Brief, Promise
from advisor_tui.store.reads.holds import Act, Complaint, Step
from advisor_tui.tui.ink import Line

RECENT_DAYS = 31
MOST_ACTS = 2
"""Acts against them that are told; what still stands goes before what was put right."""


class Told(NamedTuple):
    """One thing to read: a glyph with its ink, the fact, and what it is about."""

    glyph: str
    ink: str
    text: str
    about: str = ""
    under: bool = False  # a reason of what stands above it
    stake: bool = False  # what the service means to them


def zone_of(now: datetime) -> tzinfo:
    """The zone of a local instant."""
    assert now.tzinfo is not None
    return now.tzinfo


def is_late(due: str, now: datetime) -> bool:
    """Whether a due day has passed."""
    return due[:10] < now.date().isoformat()


def harm_line(brief: Brief, now: datetime) -> Line:
    """The one line that must be read first; empty when nothing threatens."""
    spaced: Line = []
    for told in _short(brief, now):
        spaced += [(f"{told.glyph} {told.text}", told.ink), ("   ", "text")]
    return spaced[:-1]


def _short(brief: Brief, now: datetime) -> Iterator[Told]:
    if brief.disputes:
        yield Told("▲", "harm", _disputed(brief.disputes[0].opened_at, now))
    since = [reason.since for reason in brief.hold.reasons if reason.kind == "complaint"]
    if since:
        yield Told("▲", "harm", _complained(min(since), now))
    if brief.hold.reasons:
        yield Told("▲", "harm", _("protective hold"))
    if any(promise.state == "made" and is_late(promise.due, now) for promise in brief.promises):
        yield Told("✗", "harm", _("a promise is overdue"))
    broken = next((promise for promise in brief.promises if promise.state == "broken" and _recent(promise, now)), None)
    if broken is not None:
        yield Told("✗", "harm", _("promise broken {when}").format(when=f.due_words(broken.due, now)))
    if brief.waiting:
        yield Told("●", "warning", _unanswered(brief.waiting[0].channel, brief.waiting[0].since, now))


def harm(brief: Brief, now: datetime, most: int) -> Iterator[Told]:
    """All that threatens, worst first: the hold with at most `most` of its reasons, then what else is late or at stake."""
    reasons = brief.hold.reasons
    for act in sorted(brief.acts, key=lambda act: (act.state == "reversed", -act.at))[:MOST_ACTS]:
        yield _act(act, max((item.at for item in brief.said), default=0), now)
    if reasons:
        acts = ", ".join(words.act(act) for act in brief.hold.acts)
        yield Told("▲", "harm", _("Held: no {acts}, because:").format(acts=acts))
        running = {complaint.id: complaint for complaint in brief.running}
        chosen = _chosen(reasons, most)
        for reason in chosen:
            yield _reason(reason, running.get(reason.id), now)._replace(under=True)
        left = len(reasons) - len(chosen)
        if left:
            yield Told(" ", "muted", _("and {count} more").format(count=left), under=True)
    for ended in brief.ended[:1]:
        until = f.short_day(ended.until, now.date())
        text = _("Dispute just over: nothing is sold until {day}").format(day=until)
        yield Told("●", "warning", text, one_line(ended.subject, 120))
    for step in brief.late[:most]:
        yield _late(step, now)
    if (brief.head.known.get("stake") or {}).get("level", brief.head.stake) not in ("", "normal"):
        yield _stake(brief)._replace(stake=True)


def _chosen(reasons: list[Reason], most: int) -> list[Reason]:
    """At most `most` reasons: the oldest of each kind, then the others as they come."""
    first = {reason.kind: reason for reason in reversed(reasons)}
    others = [reason for reason in reasons if reason not in first.values()]
    kept = [*first.values(), *others[: max(0, most - len(first))]]
    return [reason for reason in reasons if reason in kept]


def _reason(reason: Reason, complaint: Complaint | None, now: datetime) -> Told:
    """What holds: an item with its age, a dispute, a complaint with its next last day."""
    about = one_line(reason.words, 160)
    if reason.kind == "unanswered":
        return Told("●", "harm", _unanswered(reason.channel, reason.since, now), about)
    if reason.kind == "dispute":
        return Told("●", "harm", _disputed(reason.since, now), about)
    if complaint is None or not complaint.due:
        return Told("●", "harm", _complained(reason.since, now), about)
    return Told("●", "harm", complaint_due(complaint.next, complaint.due, now), about)


def reason_words(brief: Brief, reason: Reason, now: datetime) -> str:
    """A reason of the hold in a sentence: what, since when, and its words."""
    running = {complaint.id: complaint for complaint in brief.running}
    told = _reason(reason, running.get(reason.id), now)
    return told.text + (f" · {f.quote(told.about)}" if told.about else "")


def complaint_due(following: str, due: str, now: datetime) -> str:
    """What a complaint waits for, and its last day."""
    day = f.due_words(due, now)
    if is_late(due, now):
        texts = {
            "acknowledge": _("Complaint: acknowledgement late, due {day}"), "answer": _("Complaint: answer was due {day}"),
            "final": _("Complaint: final answer was due {day}"),
        }  # fmt: skip
    else:
        texts = {
            "acknowledge": _("Complaint: acknowledge by {day}"), "answer": _("Complaint: answer by {day}"),
            "final": _("Complaint: final answer by {day}"),
        }  # fmt: skip
    return texts[following].format(day=day)


def _act(act: Act, heard: int, now: datetime) -> Told:
    """An act against them; `heard` is when they last spoke (Unix ms, 0 for never)."""
    day = f.short_day(f.local(act.at, zone_of(now)).date(), now.date())
    if act.state == "reversed":
        ended = f.local(act.settled or act.at, zone_of(now))
        when = f"{f.short_day(ended.date(), now.date())} {ended:%H:%M}"
        text = _("{act} {day}, act undone {when}").format(act=words.act(act.act), day=day, when=when)
        about = one_line(act.by, 60)
        if heard <= (act.settled or act.at):  # that it is put right on paper, not that they have it back
            about = " · ".join(part for part in (_("to be checked"), about) if part)
        return Told("○", "text", text[:1].upper() + text[1:], about)
    phrase = _("{act} asked, waits for a second person") if act.state == "asked" else _("{act} done {day}")
    text = phrase.format(act=words.act(act.act), day=day)
    return Told("▲", "harm", text[:1].upper() + text[1:], one_line(act.by, 60))


def _late(step: Step, now: datetime) -> Told:
    """A step that is late, and where it is stuck."""
    what, day = one_line(step.what, 120), f.due_words(step.due, now)
    if step.side != "us":
        return Told("●", "warning", _("Expected {day} of {who}").format(day=day, who=words.side(step.side)), what)
    if step.department:
        text = _("Awaited from {department} since {day}").format(department=words.department(step.department), day=day)
        return Told("▲", "harm", text, what)
    return Told("▲", "harm", _("Step late, due {day}").format(day=day), what)


def _stake(brief: Brief) -> Told:
    """What the service means to them, in the words that were taken down."""
    claim = brief.head.known.get("stake") or {}
    level = str(claim.get("level") or brief.head.stake)
    said = one_line(str(claim.get("words", "")), 200)
    if level == "vital":
        return Told("▲", "harm", _("Vital to this customer"), said)
    if level == "high":
        return Told("●", "warning", _("Matters much to this customer"), said)
    return Told("●", "warning" if level != "normal" else "text", said or one_line(level, 200))


def _unanswered(channel: str, since: int, now: datetime) -> str:
    return _("{channel} unanswered for {age}").format(channel=words.channel(channel), age=f.age(since, now))


def _disputed(since: int, now: datetime) -> str:
    days = _days(since, now)
    if not days:
        return _("Dispute open since today")
    return ngettext("Dispute open for {count} day", "Dispute open for {count} days", days).format(count=days)


def _complained(since: int, now: datetime) -> str:
    days = _days(since, now)
    if not days:
        return _("Complaint open since today")
    return ngettext("Complaint open for {count} day", "Complaint open for {count} days", days).format(count=days)


def _days(since: int, now: datetime) -> int:
    return f.days_since(since, now)


def _recent(promise: Promise, now: datetime) -> bool:
    """Whether a promise was due in the last month."""
    try:
        return 0 <= (now.date() - date.fromisoformat(promise.due[:10])).days <= RECENT_DAYS
    except ValueError:
        return False
