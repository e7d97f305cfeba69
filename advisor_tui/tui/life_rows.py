"""How one entry of a life is written in lines: date, channel, words; what waits at the right edge."""

from __future__ import annotations

from datetime import MAXYEAR, date, datetime, tzinfo
from typing import Any, NamedTuple

from advisor_tui.domain.promising import Ageing
from advisor_tui.domain.text import harmless, one_line
from advisor_tui.language import _, ngettext, words
from advisor_tui.language import formats as f
from advisor_tui.store.reads.customer import CaseHead, Entry
from advisor_tui.tui.care_rows import CARE, INKS, care_details, care_right, care_words, held_lines, reply_words
from advisor_tui.tui.care_rows import change_words as declared
from advisor_tui.tui.ink import Line, Piece, cut, elided, line_width, spread, width_of, wrap
from advisor_tui.tui.wordings import wordings

DATE, CHANNEL = 8, 9
PREVIEW = 2
BESIDE = 8
"""Cells that the first words of an entry without a title need to stand beside its channel."""
GLYPHS = {"made": ("▸", "warning"), "kept": ("✓", "good"), "broken": ("✗", "harm"), "renegotiated": ("○", "muted")}


class Setting(NamedTuple):
    """What the painting of a life depends on besides its entries."""

    now: datetime
    ages: Ageing
    cases: dict[str, CaseHead]
    present: tuple[tuple[str, str], ...] = ()
    """(case, which colleagues have it open)"""
    survey_waits: bool = False
    """Whether something is promised or disputed still: nobody is asked how it was."""

    @property
    def now_ms(self) -> int:
        return int(self.now.timestamp() * 1000)

    @property
    def zone(self) -> tzinfo:
        assert self.now.tzinfo is not None
        return self.now.tzinfo


def entry_day(entry: Entry, setting: Setting) -> date:
    """The civil day of an entry."""
    return f.local(entry.at, setting.zone).date()


def month_span(day: date, zone: tzinfo) -> tuple[int, int]:
    """The month of `day` in Unix milliseconds, its end excluded; nothing at the end of the calendar."""
    first = datetime(day.year, day.month, 1, tzinfo=zone)
    if (day.year, day.month) == (MAXYEAR, 12):
        return 0, 0
    after = first.replace(year=day.year + day.month // 12, month=day.month % 12 + 1)
    return int(first.timestamp() * 1000), int(after.timestamp() * 1000)


def month_line(day: date, with_year: bool, width: int) -> list[Line]:
    """The quiet line between months."""
    title = f.month_title(day, with_year)
    return [[(f"{title} ", "muted"), ("─" * max(0, width - len(title) - 1), "faint")]]


def entry_lines(
    entry: Entry, children: list[Entry], setting: Setting, width: int, unfolded: bool, found: tuple[str, ...] = ()
) -> list[Line]:
    """The lines of one entry with the promises made in it."""
    date_width = DATE if width >= 40 else 0
    indent = date_width + CHANNEL
    stamp = f.day_in_month(entry_day(entry, setting), setting.now.date())
    label, ink = _label(entry)
    title, text = _title_and_text(entry)
    quiet = entry.kind in ("change", "case")
    label = f"{label:<{CHANNEL - 1}} "  # a longer word moves what stands beside it, and that only
    beyond = width_of(label) - CHANNEL
    left: Line = [(f"{stamp:<{date_width}}" if date_width else "", "muted"), (label, ink)]
    if title:
        left.append((title, "muted" if quiet else "bright"))
    right = _held_in(_right(entry, setting), width * 3 // 5)
    lines: list[Line] = []
    body, more = wrap(text, width - indent, 10_000 if unfolded else PREVIEW) if text else ([], False)
    if unfolded and entry.state == "conflict":
        return [
            *_wordings(entry, setting, left, right, width, indent),
            *_details(entry, setting, (" " * indent, "text"), width - indent),
        ]
    room = width - indent - beyond - (line_width(right) + 2 if right else 0)
    if not title and body and room >= BESIDE:
        first, cut_first = _first_line(text, room, width - indent, unfolded)
        left.append((first, "muted" if quiet else "text"))
        body, more = cut_first
    lines.append(spread(_marked(left, found), right, width))
    pad: Piece = (" " * indent, "text")
    for number, line in enumerate(body):
        last = more and number == len(body) - 1
        shown = elided(line, width - indent) if last else line
        lines.append(_marked([pad, (shown, "text" if not quiet else "muted")], found))
    if entry.kind == "act":
        for told, about in held_lines(entry, children, setting):
            lines += [
                [pad, *_fitted([("● ", "harm"), (told, "harm"), (" · ", "muted"), (about, "text")], width - indent)]
            ]
        children = []
    for child in children:
        lines += _promise_lines(child, setting, pad, width - indent, unfolded)
    if unfolded:
        lines += _details(entry, setting, pad, width - indent)
    return lines


def _first_line(text: str, width: int, full: int, unfolded: bool) -> tuple[str, tuple[list[str], bool]]:
    """An entry without a title puts its first words beside the channel, in `width` cells, and the others under it."""
    first, _more = wrap(text, width, 1)
    if unfolded:
        paragraph, _break, others = harmless(text).strip("\n").partition("\n")
        rest = paragraph.strip()[len(first[0].strip()) :].strip()
        return first[0], (
            wrap(f"{rest}\n{others}" if rest else others, full, 10_000)[0] if rest or others else [],
            False,
        )
    rest = " ".join(text.split())[len(" ".join(first[0].split())) :].strip()
    if not rest:
        return first[0], ([], False)
    lines, more = wrap(rest, full, PREVIEW - 1)
    return first[0], (lines, more)


def author_words(author: str, at: int, setting: Setting) -> str:
    """Who wrote a wording, and when."""
    return _("{name}, {time}").format(name=one_line(author, 60), time=f.long_time(at, setting.zone))


def _wordings(entry: Entry, setting: Setting, left: Line, right: Line, width: int, indent: int) -> list[Line]:
    """Every wording of a text under its author and time, and what to do about it."""
    pad: Piece = (" " * indent, "text")
    lines = [spread(left, right, width)]
    for wording in wordings(entry):
        who = author_words(wording.author, wording.at, setting)
        lines += [[pad, (line, "heading")] for line in wrap(who, width - indent)[0]]
        lines += [[pad, (line, "text")] for line in wrap(wording.text, width - indent)[0]]
    return [*lines, [pad, (_("R writes the wording that stands."), "accent")]]


def _label(entry: Entry) -> tuple[str, str]:
    """The channel or kind as a word, and its ink."""
    if entry.kind == "contact":
        return words.channel(entry.channel), "heading" if entry.direction == "inbound" else "muted"
    if entry.kind == "change":
        return _(words.CHANGES.get(entry.channel, "change")), "muted"
    inks = {"resolution": "good", "commitment": "warning", "gesture": "accent", **INKS}
    return words.kind(entry.kind), inks.get(entry.kind, "muted")


def _title_and_text(entry: Entry) -> tuple[str, str]:
    title = one_line(entry.title)
    if entry.kind == "contact":
        return title, entry.text
    if entry.kind in CARE:
        return care_words(entry)
    if entry.kind == "commitment":
        return one_line(f.quote(entry.title)), ""
    if entry.kind == "case":
        return f"{words.case_kind(entry.channel)} · {title}", ""
    if entry.kind == "change":
        return one_line(change_words(entry)), ""
    return "", entry.text


def change_words(entry: Entry) -> str:
    """What changed, in a sentence."""
    facts = entry.facts
    if entry.channel == "StateSet":
        text = words.case_state(str(facts.get("state", "")))
        return f"{text} · {facts['reason']}" if facts.get("reason") else text
    if entry.channel == "OwnerSet":
        text = _("{name} takes over").format(name=facts.get("owner", ""))
        if facts.get("next_step"):
            text += f" · {facts['next_step']}"
        return f"{text} · {facts['words']}" if facts.get("words") else text
    if entry.channel == "StepPlanned":
        return f"{facts.get('next_step', '')} · {facts.get('next_on', '')}"
    if entry.channel == "IdentifierAdded":
        found: dict[str, Any] = facts.get("identifier", {})
        return f"{words.identifier_kind(str(found.get('kind', '')))} {found.get('value', '')}"
    if entry.channel not in ("CustomersMerged", "CustomersUnmerged"):
        return declared(entry)
    if entry.channel == "CustomersMerged":
        return _("two records shown as one")
    return _("two records apart again")


def _right(entry: Entry, setting: Setting) -> Line:
    """What stands at the right edge: how long it waits, what became of it, who did it."""
    if entry.waiting_since is not None:
        stage = setting.ages.stage(f.civil_day(entry.waiting_since, setting.zone))
        ink = "harm" if stage == "too_late" else "warning"
        age = _("unanswered {age}").format(age=f.age(entry.waiting_since, setting.now))
        return [*_beside(entry, setting, " · "), (age, ink)]
    if entry.kind == "commitment":
        return _outcome(entry, setting)
    if entry.kind == "case":
        ink = "good" if entry.state in ("open", "waiting") else "muted"
        here = dict(setting.present).get(entry.id, "")
        who: Line = [("○ ", "accent"), (f"{here}   ", "heading")] if here else []
        return [*who, (words.case_state(entry.state), ink)]
    if entry.state == "conflict":
        return [("▲ " + _("two wordings"), "harm")]
    if entry.kind in CARE and (right := care_right(entry, setting)):
        return right
    if entry.kind == "contact" and entry.direction == "inbound":
        return _beside(entry, setting, "")
    if entry.author and entry.direction != "inbound":
        return [(one_line(entry.author, 20).split(" ")[0], "muted")]
    return []


def _beside(entry: Entry, setting: Setting, end: str) -> Line:
    """Whether the customer had to say it again, and how it was dealt with."""
    pieces: Line = []
    if entry.facts.get("repeated"):
        pieces.append((_("had to repeat"), "warning"))
    reply = reply_words(entry, setting.now)
    if reply:
        pieces += [(" · ", "muted"), (reply, "muted")] if pieces else [(reply, "muted")]
    return [*pieces, (end, "muted")] if pieces and end else pieces


def _held_in(line: Line, width: int) -> Line:
    """`line` in at most `width` cells: what stands last matters most."""
    while len(line) > 1 and line_width(line) > width:
        line = line[1:]
    return line if line_width(line) <= width else cut(line, width)


def _fitted(line: Line, width: int) -> Line:
    return spread(line, [], width)


def _outcome(entry: Entry, setting: Setting) -> Line:
    glyph, ink = GLYPHS.get(entry.state, ("●", "muted"))
    if entry.state == "made":
        late = (entry.due or "")[:10] < setting.now.date().isoformat()
        when = f.due_words(entry.due or "", setting.now)
        said = _("due {when}").format(when=when)
        return [(f"{glyph} {said}", "harm" if late else ink)]
    said = words.promise_state(entry.state)
    new_due = entry.facts.get("new_due") if entry.state == "renegotiated" else ""
    if new_due:
        said += f" → {f.due_words(str(new_due), setting.now)}"
    return [(f"{glyph} {said}", ink)]


def _promise_lines(child: Entry, setting: Setting, pad: Piece, width: int, unfolded: bool) -> list[Line]:
    """A promise under the contact that made it: the words the customer heard, and what became of them."""
    outcome = _outcome(child, setting)
    said = f"{words.kind('commitment')} "
    text = f.quote(one_line(child.text or child.title, 600))
    if not unfolded:
        return [[pad, *spread([("▸ ", "warning"), (said, "warning"), (text, "text")], outcome, width)]]
    body = wrap(text, width - 2)[0]
    lines: list[Line] = [[pad, *spread([("▸ ", "warning"), (said, "warning")], outcome, width)]]
    lines += [[pad, ("  ", "text"), (line, "text")] for line in body]
    if child.text and child.title:
        lines += [[pad, ("  ", "text"), (line, "muted")] for line in wrap(child.title, width - 2)[0]]
    return lines


def _details(entry: Entry, setting: Setting, pad: Piece, width: int) -> list[Line]:
    """What an unfolded entry says about itself, muted under its words."""
    facts = entry.facts
    said: list[str] = [f.long_time(entry.at, setting.zone)]
    if entry.author:
        said.append(entry.author)
    if entry.kind == "contact":
        said.append(_(words.DIRECTIONS.get(entry.direction, entry.direction)))
    for key, phrase in (("sent_on", _("sent on {day}")), ("received_on", _("received on {day}"))):
        if facts.get(key):
            said.append(phrase.format(day=f.plain_day(str(facts[key]), setting.now)))
    case = setting.cases.get(entry.case_id or "")
    if case is not None and entry.kind != "case":
        said.append(_("case “{subject}”").format(subject=case.subject))
    elif entry.kind == "contact" and case is None:
        said.append(_("in no case yet"))
    if case is not None and entry.kind == "case" and case.state in ("open", "waiting"):
        said.append(f"{case.owner} · {case.next_step} · {f.due_words(case.next_on, setting.now)}")
    attachments = facts.get("attachments") or []
    if attachments:
        count = len(attachments)
        names = ", ".join(one_line(str(item.get("name", "?")), 60) for item in attachments)
        said.append(
            ngettext("{count} attachment: {names}", "{count} attachments: {names}", count).format(
                count=count, names=names
            )
        )
    if entry.kind == "change" and width_of(whole := change_words(entry)) > width - 12:
        said.append(whole)
    elif facts.get("words"):
        said.append(str(facts["words"]))
    if entry.kind in CARE:
        said += care_details(entry, setting.now)
    if facts.get("replaced"):
        said.append(_("replaced: {value}").format(value=facts["replaced"]))
    if entry.corrected:
        said.append(
            ngettext("corrected once", "corrected {count} times", entry.corrected).format(count=entry.corrected)
        )
    return [[pad, (line, "muted")] for line in wrap(" · ".join(said), width)[0]]


def _marked(line: Line, found: tuple[str, ...]) -> Line:
    """`line` with the words searched for in their own ink."""
    if not found:
        return line
    marked: Line = []
    for text, ink in line:
        marked += _mark_piece(text, ink, found)
    return marked


def _mark_piece(text: str, ink: str, found: tuple[str, ...]) -> Line:
    from advisor_tui.domain.text import fold

    folded = fold(text)
    if len(folded) != len(text):  # letter by letter, so that places agree
        folded = "".join((fold(char) or char)[0] for char in text)
    pieces: Line = []
    place = 0
    while place < len(text):
        hits = [(at, word) for word in found if (at := folded.find(word, place)) >= 0]
        if not hits:
            break
        at, word = min(hits)
        if at > place:
            pieces.append((text[place:at], ink))
        pieces.append((text[at : at + len(word)], "found"))
        place = at + len(word)
    pieces.append((text[place:], ink))
    return pieces
