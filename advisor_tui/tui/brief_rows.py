"""Before you speak: harm, what they already said, promises, what they hold, wishes, who knows them."""

from __future__ import annotations

from datetime import date, datetime, tzinfo

from advisor_tui.domain.text import one_line
from advisor_tui.language import _, ngettext, words
from advisor_tui.language import formats as f
from advisor_tui.store.reads.brief import Brief, Promise
from advisor_tui.tui.ink import Line, cut, fit, spread, width_of, wrap


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
    broken = next((promise for promise in brief.promises if promise.state == "broken" and _recent(promise, now)), None)
    if broken is not None:
        text = _("promise broken {when}").format(when=f.due_words(broken.due, now))
        pieces.append((f"✗ {text}", "harm"))
    if brief.waiting:
        oldest = brief.waiting[0]
        text = _("{channel} unanswered for {age}").format(
            channel=words.channel(oldest.channel), age=f.age(oldest.since, now)
        )
        pieces.append((f"● {text}", "warning"))
    spaced: Line = []
    for piece in pieces:
        spaced += [piece, ("   ", "text")]
    return spaced[:-1]


def _recent(promise: Promise, now: datetime) -> bool:
    """Whether a promise was due in the last month."""
    try:
        return 0 <= (now.date() - date.fromisoformat(promise.due[:10])).days <= 31
    except ValueError:
        return False


def next_line(brief: Brief, now: datetime, width: int) -> list[Line]:
    """What comes next for this customer: whose turn, when, what."""
    active = [case for case in brief.cases if case.state in ("open", "waiting") and case.next_on]
    if not active:
        return []
    case = min(active, key=lambda case: case.next_on)
    late = case.next_on[:10] < now.date().isoformat()
    words_next = f"{one_line(case.owner, 24)} · {f.due_words(case.next_on, now)} · {one_line(case.next_step, 120)}"
    return [cut([("→ ", "heading"), (words_next, "warning" if late else "text")], width)]


def _said(text: str, channel: str) -> str:
    """The customer's words: in quotation marks where they wrote them, as noted where a colleague wrote them down."""
    plain = one_line(text, 160)
    if channel in ("phone", "store", "chat") or "«" in plain or "“" in plain:
        return plain
    return f.quote(plain)


def brief_lines(brief: Brief, now: datetime, width: int) -> list[Line]:
    """The whole brief in lines of at most `width` cells; fits 24 rows for an ordinary customer."""
    lines: list[Line] = [[(_("Before you speak"), "accent")]]
    head = brief.head
    if head.stake:
        lines += [[], *([(line, "warning")] for line in wrapped(head.stake, width, 3))]
    if brief.reach:
        lines.append([])
        lines += [[(fit(one_line(item.value, 120), width).rstrip(), "text")] for item in brief.reach[:3]]
    said = [item for item in brief.said if item.text.strip()][:2]
    if said:
        lines += [[], [(_("They already told us"), "heading")]]
        for item in said:
            lines += [[(line, "text")] for line in wrapped(_said(item.text, item.channel), width, 2)]
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
        for promise in brief.promises[:4]:
            lines += _promise(promise, now, width)
    if brief.holdings:
        lines += [[], [(_("They have"), "heading")]]
        for holding in brief.holdings[:5]:
            lines.append(spread([(one_line(holding.product, 60), "text")], [(holding.valid_from[:4], "muted")], width))
        if len(brief.holdings) > 5:
            lines.append([(_("and {count} more").format(count=len(brief.holdings) - 5), "muted")])
    if head.preferences:
        lines += [[], [(_("They prefer"), "heading")]]
        for wish in head.preferences[:4]:
            lines += [[(line, "text")] for line in wrapped(str(wish.get("value", "")), width, 3)]
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


def wrapped(text: str, width: int, limit: int) -> list[str]:
    """`text` on at most `limit` lines; an ellipsis says that there is more."""
    lines, more = wrap(text, width, limit)
    if more and lines:
        last = lines[-1]
        if width_of(last) > width - 2:  # between words
            last = fit(last, width - 1).rstrip("… ")
            last = last.rsplit(" ", 1)[0] if " " in last else last
        lines[-1] = f"{last} …"
    return lines


def _promise(promise: Promise, now: datetime, width: int) -> list[Line]:
    """A promise with its date; its words on a second line where one is not enough."""
    late = promise.state == "made" and promise.due[:10] < now.date().isoformat()
    glyph, ink = ("✗", "harm") if promise.state == "broken" or late else ("▸", "warning")
    when = f.due_words(promise.due, now)
    body = wrapped(promise.text, width - 2, 3)
    if len(body) == 1 and width_of(body[0]) + width_of(when) + 4 <= width:
        return [spread([(f"{glyph} ", ink), (body[0], "text")], [(when, "muted")], width)]
    return [[(f"{glyph} ", ink), (when, ink)], *([("  ", "text"), (line, "text")] for line in body)]


def short_brief(brief: Brief, width: int) -> list[Line]:
    """The brief where there is no pane for it: what is at stake, else what they said; how to reach them."""
    if brief.head.stake:
        return [cut([(one_line(brief.head.stake, 200), "warning")], width)]
    said = next((item for item in brief.said if item.text.strip()), None)
    if said is None:
        return []
    return [cut([(_("already said") + " ", "heading"), (_said(said.text, said.channel), "text")], width)]
