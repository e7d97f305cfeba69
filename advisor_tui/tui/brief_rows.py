"""Before you speak: harm, what they already said, promises, what they hold, wishes, who knows them."""

from __future__ import annotations

from datetime import date, datetime, tzinfo

from advisor_tui.domain.text import one_line
from advisor_tui.language import _, ngettext, words
from advisor_tui.language import formats as f
from advisor_tui.store.reads.brief import Brief, Promise
from advisor_tui.tui.ink import Line, cut, fit, line_width, spread, wrap


def harm_line(brief: Brief, now: datetime) -> Line:
    """The one line that must be read first; empty when nothing threatens."""
    now_ms = int(now.timestamp() * 1000)
    pieces: Line = []
    if brief.disputes:
        days = max(0, (now_ms - brief.disputes[0].opened_at) // f.DAY_MS)
        text = ngettext("Dispute open for {count} day", "Dispute open for {count} days", days).format(count=days)
        pieces.append((f"▲ {text}", "harm"))
    if brief.complaints:
        days = max(0, (now_ms - brief.complaints[0].opened_at) // f.DAY_MS)
        text = ngettext("Complaint open for {count} day", "Complaint open for {count} days", days).format(count=days)
        pieces.append((f"▲ {text}", "harm"))
    late = [
        promise for promise in brief.promises if promise.state == "made" and promise.due[:10] < now.date().isoformat()
    ]
    if late:
        pieces.append(("✗ " + _("a promise is overdue"), "harm"))
    if brief.waiting:
        oldest = brief.waiting[0]
        text = _("{channel} unanswered for {age}").format(
            channel=words.channel(oldest.channel), age=f.age(oldest.since, now_ms)
        )
        pieces.append((f"● {text}", "warning"))
    spaced: Line = []
    for piece in pieces:
        spaced += [piece, ("   ", "text")]
    return spaced[:-1]


def brief_lines(brief: Brief, now: datetime, width: int) -> list[Line]:
    """The whole brief in lines of at most `width` cells; fits 24 rows for an ordinary customer."""
    lines: list[Line] = [[(_("Before you speak"), "accent")]]
    head = brief.head
    if head.stake:
        lines += [[], *([(line, "warning")] for line in wrap(head.stake, width, 2)[0])]
    said = [item for item in brief.said if item.text.strip()][:2]
    if said:
        lines += [[], [(_("They already told us"), "heading")]]
        for item in said:
            quoted = f.quote(one_line(item.text, 160).strip("«»“” \u00a0"))
            body, more = wrap(quoted, width, 2)
            if more:
                body[-1] = fit(body[-1] + " …", width) if line_width([(body[-1], "")]) > width - 2 else body[-1] + " …"
            lines += [[(line, "text")] for line in body]
            lines.append(
                [
                    (
                        f"{f.short_day(f.local(item.at, _zone(now)).date(), now.date())} · {words.channel(item.channel)}",
                        "muted",
                    )
                ]
            )
    if brief.promises:
        lines += [[], [(_("Promises"), "heading")]]
        lines += [_promise(promise, now, width) for promise in brief.promises[:4]]
    if brief.holdings:
        lines += [[], [(_("They have"), "heading")]]
        for holding in brief.holdings[:5]:
            lines.append(spread([(one_line(holding.product, 60), "text")], [(holding.valid_from[:4], "muted")], width))
        if len(brief.holdings) > 5:
            lines.append([(_("and {count} more").format(count=len(brief.holdings) - 5), "muted")])
    if head.preferences:
        lines += [[], [(_("They prefer"), "heading")]]
        for wish in head.preferences[:2]:
            lines += [[(line, "text")] for line in wrap(str(wish.get("value", "")), width, 2)[0]]
            when = str(wish.get("at", ""))[:10]
            source = _("declared {day}").format(day=_day(when, now)) if when else _("declared, no date")
            lines.append([(fit(source, width).rstrip(), "muted")])
    if brief.knows:
        lines += [[], [(_("Who knows them"), "heading")]]
        for name, count in brief.knows[:2]:
            met = ngettext("{count} exchange", "{count} exchanges", count).format(count=count)
            lines.append([(one_line(name, 24), "text"), (f" · {met}", "muted")])
    return lines


def _zone(now: datetime) -> tzinfo:
    assert now.tzinfo is not None
    return now.tzinfo


def _day(iso: str, now: datetime) -> str:
    try:
        return f.short_day(date.fromisoformat(iso), now.date())
    except ValueError:
        return iso


def _promise(promise: Promise, now: datetime, width: int) -> Line:
    late = promise.state == "made" and promise.due[:10] < now.date().isoformat()
    glyph, ink = ("✗", "harm") if promise.state == "broken" or late else ("▸", "warning")
    return spread(
        [(f"{glyph} ", ink), (one_line(promise.text, 60), "text")], [(f.due_words(promise.due, now), "muted")], width
    )


def short_brief(brief: Brief, width: int) -> list[Line]:
    """The brief where there is no pane for it: what they said, what they have."""
    pieces: Line = []
    said = next((item for item in brief.said if item.text.strip()), None)
    if said:
        words_said = one_line(said.text, 60).strip("«»“” \u00a0")
        pieces += [
            (_("already said") + " ", "heading"),
            (f.quote(words_said if len(words_said) < 44 else words_said[:42] + "…"), "text"),
            ("  ", "text"),
        ]
    if brief.holdings:
        names = ", ".join(one_line(holding.product, 30) for holding in brief.holdings[:3])
        pieces += [(_("has") + " ", "heading"), (names, "text")]
    return [cut(pieces, width)] if pieces else []
