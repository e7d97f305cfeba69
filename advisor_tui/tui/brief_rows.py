"""Before you speak: harm, what they already said, promises, what they hold, wishes, who knows them; on one screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from advisor_tui.domain.text import one_line
from advisor_tui.language import _, ngettext, words
from advisor_tui.language import formats as f
from advisor_tui.store.reads.brief import Brief, Promise, Situation
from advisor_tui.store.reads.customer import Holding
from advisor_tui.tui.brief_harm import Told, harm, harm_line, is_late, zone_of
from advisor_tui.tui.ink import Line, cut, elided, fit, line_width, spread, width_of, wrap

__all__ = ["brief_lines", "harm_line", "next_line", "short_brief", "wrapped"]

BESIDE = 60
"""Cells from which the titles stand beside the lines instead of above them."""
TITLES = 11
PURPOSES = ("prospecting", "service", "survey")


Made = dict[tuple[str, tuple[int, ...]], list[Line]]
"""Sections that were drawn already, by their title and what they depend on."""


class Detail(NamedTuple):
    """How much of each section is shown; what does not fit is told as a count."""

    reasons: int
    about: int  # how many facts of the first section may take a line more for what they are about
    quotes: int
    lines: int
    promises: int
    holdings: int
    wishes: int
    people: int


WHOLE = Detail(100, 100, 4, 4, 8, 100, 100, 5)
LEAST = Detail(3, 0, 1, 1, 2, 1, 1, 1)
MORE = ("lines", "about", "about", "promises", "holdings", "wishes", "wishes", "quotes", "people", "reasons")
"""Where room that is left goes, in turns."""
ROUNDS = 100
"""More than any section has rows: the room ends it, or there is nothing left to say."""


def next_line(brief: Brief, now: datetime, width: int, limit: int = 1) -> list[Line]:
    """What comes next for this customer: whose turn, when, what; on at most `limit` lines."""
    active = [case for case in brief.cases if case.state in ("open", "waiting") and case.next_on]
    if not active:
        return []
    case = min(active, key=lambda case: case.next_on)
    said = f"{one_line(case.owner, 24)} · {f.due_words(case.next_on, now)} · {one_line(case.next_step, 240)}"
    ink = "warning" if is_late(case.next_on, now) else "text"
    return [
        [("  " if number else "→ ", "heading"), (line, ink)]
        for number, line in enumerate(wrapped(said, width - 2, limit))
    ]


def brief_lines(brief: Brief, now: datetime, width: int, height: int = 0) -> list[Line]:
    """The brief in lines of at most `width` cells; in at most `height` lines where an ordinary customer allows it.

    The order never changes. Where room is short, each section says less and tells how much more there is.
    """
    made: Made = {}
    if not height:
        return _laid_out(brief, now, width, WHOLE, True, made)
    for airy in (True, False):
        whole = _laid_out(brief, now, width, WHOLE, airy, made)
        if len(whole) <= height:
            return whole
    detail = LEAST
    lines = _laid_out(brief, now, width, detail, False, made)
    for _round in range(ROUNDS):
        before = lines
        for name in MORE if len(lines) < height else ():
            wider = detail._replace(**{name: getattr(detail, name) + 1})
            found = _laid_out(brief, now, width, wider, False, made)
            if len(found) <= height:
                detail, lines = wider, found
        if lines == before:
            break
    spaced = _laid_out(brief, now, width, detail, True, made)
    return spaced if len(spaced) <= height else lines


def _laid_out(brief: Brief, now: datetime, width: int, detail: Detail, spaced: bool, made: Made) -> list[Line]:
    """All sections: each title above its lines, or beside them where there is room."""
    beside = TITLES if width >= BESIDE else 0
    lines = _title(brief, now, width)
    for title, found in _sections(brief, now, width - beside, detail, made):
        if not found:
            continue
        if spaced:
            lines.append([])
        if not beside:
            lines += [[(title, "heading")], *found] if title else found
            continue
        lines += [
            [(fit(title, beside - 1) + " " if not number else " " * beside, "heading"), *line]
            for number, line in enumerate(found)
        ]
    return lines


def _title(brief: Brief, now: datetime, width: int) -> list[Line]:
    """The title; with the name and how to reach them, where the head of the customer is not on screen."""
    title: Line = [(_("Before you speak"), "accent")]
    if width < BESIDE:
        return [title, *([(fit(one_line(item.value, 120), width).rstrip(), "text")] for item in brief.reach[:2])]
    head = brief.head
    reach = _reach(brief)
    left: Line = [*title, ("   ", "text"), (one_line(head.name, 60), "bright")]
    told = [f.tenure(head.since, now.date()), *reach[:2]]
    wide = (" · ".join(part for part in some if part) for some in (told, told[1:], told[1:2], told[2:3]))
    about = next((some for some in wide if line_width(left) + width_of(some) + 3 <= width), "")
    return [spread(left, [(about, "muted")], width), *next_line(brief, now, width, 2)]


def _reach(brief: Brief) -> list[str]:
    """How to reach them: the channels on which they want to be served, where they said so; then what is known."""
    wanted = [str(claim.get("channel", "")) for claim in brief.head.known.get("permissions", ())
              if claim.get("purpose") == "service" and claim.get("granted")]  # fmt: skip
    known = [one_line(item.value, 30) for item in brief.reach]
    number = next((one_line(item.value, 30) for item in brief.reach if item.kind == "phone"), "")
    if not wanted:
        return [*known[:1], _("no preference noted")]
    if "" in wanted:
        return known
    if wanted == ["phone"] and number:
        return [_("to be called: {value}").format(value=number), number]
    return [_("reach them by {channel}").format(channel=", ".join(map(words.channel, wanted))), *known]


def _sections(brief: Brief, now: datetime, width: int, detail: Detail, made: Made) -> Iterator[tuple[str, list[Line]]]:
    """The sections in their order, each drawn once for what it depends on: room is shared out in many steps."""

    def once(title: str, depends: tuple[int, ...], draw: Callable[[], list[Line]]) -> tuple[str, list[Line]]:
        if (title, depends) not in made:
            made[title, depends] = draw()
        return title, made[title, depends]

    yield once(_("First"), (detail.reasons, detail.about), lambda: _first(brief, now, width, detail))
    yield once(_("They said"), (detail.quotes, detail.lines), lambda: _already_said(brief, now, width, detail))
    yield once(_("Promises"), (detail.promises,), lambda: _promises(brief, now, width, detail.promises))
    yield once(_("They have"), (detail.holdings,), lambda: _holdings(brief.holdings, width, detail.holdings))
    yield once(_("Choices"), (detail.wishes, detail.lines), lambda: _wishes(brief, now, width, detail))
    yield once(_("Known by"), (detail.people,), lambda: _people(brief, width, detail.people))


def _first(brief: Brief, now: datetime, width: int, detail: Detail) -> list[Line]:
    """What threatens, or that nothing does."""
    facts = [*harm(brief, now, detail.reasons)]
    left, drawn = detail.about, dict[int, list[Line]]()
    for number in sorted(range(len(facts)), key=lambda number: not facts[number].stake):  # what it means to them, first
        short = _told(facts[number], width, 1)
        drawn[number] = _told(facts[number], width, 2) if left else short
        left -= drawn[number] != short
    return [line for number in range(len(facts)) for line in drawn[number]] or _calm(brief, now, width)


def _calm(brief: Brief, now: datetime, width: int) -> list[Line]:
    """That there is nothing to fear, where there is not: promises and next steps are told elsewhere, and count here."""
    late = any(case.next_on and is_late(case.next_on, now) for case in brief.cases if case.state in ("open", "waiting"))
    if late or harm_line(brief, now):
        return []
    said = wrapped(_("Nothing late, nothing unanswered, no protective hold"), width - 2, 2)
    return [[("  " if number else "✓ ", "good"), (line, "text")] for number, line in enumerate(said)]


def _promises(brief: Brief, now: datetime, width: int, most: int) -> list[Line]:
    promises = [line for promise in brief.promises[:most] for line in _promise(promise, brief, now, width)]
    return promises + _more(len(brief.promises) - most, width)


def _more(count: int, width: int) -> list[Line]:
    """How much is left out; where the brief has the screen for itself, and so the keys, the one that shows it."""
    told = _("and {count} more · z shows all") if width >= BESIDE - TITLES else _("and {count} more")
    return [[(told.format(count=count), "muted")]] if count > 0 else []


def _told(told: Told, width: int, limit: int) -> list[Line]:
    """A fact behind its glyph, and what it is about: beside it where there is room, else under it."""
    pad = "  " * (1 + told.under)
    room = width - len(pad)
    text = wrapped(told.text, room, 2)
    first: Line = [(f"{pad[2:]}{told.glyph} ", told.ink), (text[0] if text else "", told.ink)]
    lines = [first, *([(pad, "text"), (line, told.ink)] for line in text[1:])]
    if not told.about or (width < BESIDE - TITLES and limit == 1 and told.ink == "harm"):
        return lines
    left = room - width_of(text[-1]) - 3
    if left >= 20 and (limit == 1 or width_of(told.about) <= left):
        beside = wrapped(told.about, left, 1)[0]
        if width_of(beside) <= left * 3 // 4 < width_of(told.about):  # half a word says more than none
            beside = fit(told.about, left)
        lines[-1] += [(" · ", "muted"), (beside, "text")]
        return lines
    return lines + [[(pad, "text"), (line, "text")] for line in wrapped(told.about, room, min(limit, 2))]


def _said(text: str, channel: str) -> str:
    """The customer's words: in quotation marks where they wrote them, as noted where a colleague wrote them down."""
    plain = one_line(text, 300)
    if channel in ("phone", "store", "chat") or "«" in plain or "“" in plain:
        return plain
    return f.quote(plain)


def _already_said(brief: Brief, now: datetime, width: int, detail: Detail) -> list[Line]:
    """The situation of each case that goes on, then their latest words with date and channel."""
    lines: list[Line] = []
    for situation in brief.situations[: max(1, detail.quotes - 1)]:
        lines += _situation(situation, now, width, detail.lines)
    most = max(0, detail.quotes - 1) if brief.situations else detail.quotes
    for item in [item for item in brief.said if item.text.strip()][:most]:
        source = f"{_moment(item.at, now)} · {words.channel(item.channel)}"
        lines += _quoted(_said(item.text, item.channel), source, width, detail.lines)
    return lines


def _situation(situation: Situation, now: datetime, width: int, limit: int) -> list[Line]:
    """Their words; then what we understood: agreed with, or still to be read to them."""
    source = " · ".join(part for part in (_moment(situation.at, now), words.channel(situation.channel)) if part)
    lines = _quoted(f.quote(one_line(situation.quote, 300)), source, width, max(2, limit), "bright")
    if not situation.restated:
        return lines
    glyph, ink, state = "○", "warning", _("Understood, to be confirmed by them")
    if situation.confirmed:
        glyph, ink, state = "✓", "good", _("Understood, they agreed")
    said = state + f.colon() + one_line(situation.restated, 300)
    first, *rest = wrapped(said, width - 2, limit + 1)
    return [
        *lines,
        [(f"{glyph} ", ink), (first[: len(state)], ink), (first[len(state) :], "text")],
        *([("  ", "text"), (line, "text")] for line in rest),
    ]


def _quoted(text: str, source: str, width: int, limit: int, ink: str = "text") -> list[Line]:
    """Words and where they are from: at the right edge of a wide line, else under them."""
    if width >= BESIDE - TITLES:
        if width_of(source) > max(24, width * 2 // 5):  # half a source says no more than its day
            source = source.split(", ")[0]
        room = width - width_of(source) - 2
        body = wrapped(text, room, limit)
        return [
            spread([(body[0] if body else "", ink)], [(source, "muted")], width),
            *([(line, ink)] for line in body[1:]),
        ]
    return [*([(line, ink)] for line in wrapped(text, width, limit)), [(fit(source, width).rstrip(), "muted")]]


def _moment(at: int, now: datetime) -> str:
    """The day of an instant (Unix ms); of today, the hour too."""
    then = f.local(at, zone_of(now))
    day = f.short_day(then.date(), now.date())
    return f"{day} {then:%H:%M}" if then.date() == now.date() else day


def _day(iso: str, now: datetime) -> str:
    try:
        return f.short_day(date.fromisoformat(iso), now.date())
    except ValueError:
        return iso


def wrapped(text: str, width: int, limit: int) -> list[str]:
    """`text` on at most `limit` lines; an ellipsis says that there is more."""
    lines, more = wrap(text, width, limit)
    if more and lines:
        lines[-1] = elided(lines[-1], width)
    return lines


def _promise(promise: Promise, brief: Brief, now: datetime, width: int) -> list[Line]:
    """How a promise stands, then its words: beside it where there is room, else under it."""
    due = f.due_words(promise.due, now)
    if promise.state == "broken":
        glyph, ink, note, said = "✗", "harm", words.promise_state("broken"), f"{words.promise_state('broken')} {due}"
    elif promise.state == "renegotiated":
        glyph, ink, note = "─", "muted", words.promise_state("renegotiated")
        said = _("moved, was due {day}").format(day=due)
        if promise.moved_to:
            said = _("moved: {day} → {new}").format(day=due, new=_day(promise.moved_to[:10], now))
    elif is_late(promise.due, now):
        glyph, ink, note, said = "✗", "harm", _("overdue"), _("overdue since {day}").format(day=due)
    elif promise.due[:10] <= brief.warn_by:
        glyph, ink, note, said = "▲", "warning", _("keep or warn"), _("keep or warn by {day}").format(day=due)
    else:
        glyph, ink, note, said = "▸", "warning", "", due
    text, room = one_line(promise.text, 600), width - 2
    if width < BESIDE - TITLES:
        head: Line = [(f"{glyph} ", ink), (due, ink), (f" · {note}" if note else "", ink)]
        return [cut(head, width), *([("  ", "text"), (line, "text")] for line in wrapped(text, room, 3))]
    first, *rest = wrapped(f"{said} · {text}", room, 3)
    lines: list[Line] = [[(f"{glyph} ", ink), (first[: len(said)], ink), (first[len(said) :], "text")]]
    return lines + [[("  ", "text"), (line, "text")] for line in rest]


def _holdings(holdings: list[Holding], width: int, most: int) -> list[Line]:
    """What they hold and since when, side by side where there is room; what comes with it and waits to be used."""
    lines: list[Line] = []
    if width >= BESIDE - TITLES:
        names = [one_line(item.product, 60) for item in holdings]
        dated = zip(names, (item.valid_from[:4] for item in holdings), strict=True)
        told = " · ".join(f"{name} ({year})" if year else name for name, year in dated)
        for shown in range(len(names), 0, -1):
            if len(wrap(told, width)[0]) <= most:
                break
            left = len(names) - shown  # what it is matters more than since when, and one that is left out is counted
            told = " · ".join([*names[:shown], *([f"+{left}"] if left else [])])
        lines += [[(line, "text")] for line in wrapped(told, width, most)]
    else:
        for item in holdings[:most]:
            lines.append(spread([(one_line(item.product, 60), "text")], [(item.valid_from[:4], "muted")], width))
        lines += _more(len(holdings) - most, width)
    unused = [one_line(name, 60) for item in holdings for name in item.unused]
    if unused:
        waiting = _("included, not used yet: {names}").format(names=", ".join(unused))
        lines += _told(Told("○", "accent", waiting), width, 2)
    return lines


def _wishes(brief: Brief, now: datetime, width: int, detail: Detail) -> list[Line]:
    """What they allow, what they prefer, what they told us: each with its source and date."""
    items: list[tuple[str, str]] = [
        *_to_offer(brief, now),
        *_permissions(brief.head.known.get("permissions", ()), now),
        *((one_line(str(wish.get("value", "")), 200), _source(str(wish.get("source", "")), _preferred(wish, now)))
          for wish in brief.head.preferences),
        *(_fact(fact, now, brief.old_by) for fact in brief.facts),
    ]  # fmt: skip
    lines: list[Line] = []
    for text, source in items[: detail.wishes]:
        if width >= BESIDE - TITLES:
            lines += _quoted(text, source, width, max(2, detail.lines))
        else:
            lines += [[(line, "text")] for line in wrapped(text, width, 2)]
            lines += [[(fit(source, width).rstrip(), "muted")]] if source else []
    return lines + _more(len(items) - detail.wishes, width)


def _to_offer(brief: Brief, now: datetime) -> Iterator[tuple[str, str]]:
    """Whether anything may be offered today, plainly, as `domain.selling` judges it; the answers by channel follow."""
    said = {str(claim.get("channel", "")): bool(claim.get("granted"))
            for claim in brief.head.known.get("permissions", ()) if claim.get("purpose") == PURPOSES[0]}  # fmt: skip
    granted = [words.channel(channel) if channel else _("any channel") for channel, yes in said.items() if yes]
    refused = [words.channel(channel) for channel, yes in said.items() if channel and not yes]
    if brief.disputes:
        yield _("Nothing to offer: a dispute is open"), ""
    elif brief.ended:
        until = f.short_day(brief.ended[0].until, now.date())
        yield _("Nothing to offer until {day}: a dispute has just ended").format(day=until), ""
    elif said.get("") is False:
        yield _("Nothing to offer: they objected"), ""
    elif granted:
        told = _("May be offered something by {channel}").format(channel=", ".join(granted))
        if refused:
            told = _("{told}, not by {refused}").format(told=told, refused=", ".join(refused))
        yield _("{told}, once they are answered").format(told=told) if brief.waiting else told, ""
    elif refused:
        yield (
            _("Nothing to offer by {refused}: they said no").format(refused=", ".join(refused)),
            "",
        )
    else:
        yield _("Do not call them to sell: no agreement on record"), ""


def _preferred(wish: dict[str, Any], now: datetime) -> str:
    """When they said it; what an old system wrote in place of a day stands as it is."""
    when = str(wish.get("at", ""))
    if not when:
        return "" if wish.get("source") else _("declared, no date")
    return _day(when[:10], now) if wish.get("source") else _("declared {day}").format(day=_day(when[:10], now))


def _source(source: str, day: str) -> str:
    return ", ".join(part for part in (day, one_line(source, 60)) if part)


def _permissions(claims: Sequence[dict[str, Any]], now: datetime) -> Iterator[tuple[str, str]]:
    """A line a purpose, offers first: yes or no by channel; with the source where there is one, else the last day."""
    for purpose in PURPOSES:
        said = [claim for claim in claims if claim.get("purpose") == purpose]
        if not said:
            continue
        each = " · ".join(
            f"{words.channel(str(claim['channel'])) if claim.get('channel') else _('any channel')} {_('yes') if claim.get('granted') else _('no')}"
            for claim in said
        )
        last = max(said, key=lambda claim: int(claim["at"]))
        day = f.short_day(f.local(int(last["at"]), zone_of(now)).date(), now.date())
        yield _titled(purpose) + f.colon() + each, _source(str(last.get("basis", "")), day) if len(said) == 1 else day


def _titled(purpose: str) -> str:
    name = words.purpose(purpose)
    return name[:1].upper() + name[1:]


def _fact(fact: dict[str, Any], now: datetime, old_by: str) -> tuple[str, str]:
    """A fact with its source and date; an old one says so."""
    day = f.local(int(fact["at"]), zone_of(now)).date()
    source = _source(str(fact.get("source", "")), f.short_day(day, now.date()))
    if day.isoformat() <= old_by:
        source = _("{source}, old").format(source=source)
    return f"{one_line(str(fact['key']), 60)}{f.colon()}{one_line(str(fact['value']), 200)}", source


def _people(brief: Brief, width: int, most: int) -> list[Line]:
    """Their usual advisor, the second, then who talked with them most."""
    relation = brief.head.known.get("relation") or {}
    counts, second = dict(brief.knows), str(relation.get("second", ""))
    usual = _("usual advisor") if second else _("usual advisor, no second")
    if second and most == 1:
        usual = _("usual advisor, then {name}").format(name=one_line(second, 40))
    named = {
        brief.head.preferred_advisor: usual,
        second: _("second"),
    }  # fmt: skip
    lines: list[Line] = []
    for name in dict.fromkeys(name for name in (*named, *counts) if name):
        count = counts.get(name, 0)
        met = ngettext("{count} exchange", "{count} exchanges", count).format(count=count) if count else ""
        about = " · ".join(part for part in (named.get(name, ""), met) if part)
        said = one_line(name, 40)
        if most == 1 and width_of(said) + 2 + width_of(about) > width:
            about = named.get(name, "")
        if not about or width_of(said) + 2 + width_of(about) <= width:
            lines.append(spread([(said, "text")], [(about, "muted")], width))
        else:
            lines += [cut([(said, "text")], width), cut([("  " + about, "muted")], width)]
    return lines[:most]


def short_brief(brief: Brief, width: int) -> list[Line]:
    """The brief where there is no pane for it: what is at stake, else what they said; how to reach them."""
    stake = (brief.head.known.get("stake") or {}).get("words") or brief.head.stake
    if stake:
        return [cut([(one_line(str(stake), 200), "warning")], width)]
    if brief.situations:
        text = f.quote(one_line(brief.situations[0].quote, 200))
        return [cut([(_("already said") + " ", "heading"), (text, "text")], width)]
    said = next((item for item in brief.said if item.text.strip()), None)
    if said is None:
        return []
    return [cut([(_("already said") + " ", "heading"), (_said(said.text, said.channel), "text")], width)]
