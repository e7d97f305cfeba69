"""What the team's screen says, in sentences: the same on the screen, in plain lines and in JSON."""

from __future__ import annotations

from datetime import datetime

from advisor_tui.domain.measures import FEWEST_ANSWERS
from advisor_tui.language import N_, _, ngettext, words
from advisor_tui.language import formats as f
from advisor_tui.store.reads.figures import MOST, Figure
from advisor_tui.store.reads.team import MANY, TeamView, Trouble

HEADINGS = {
    "words": N_("In customers' words"), "promise": N_("To keep, or to warn of"), "waiting": N_("Waiting longest"),
    "second_person": N_("A second person is awaited"), "refused": N_("Asked for, and refused"),
    "orphan": N_("Without owner, next step or date"), "conflict": N_("Two texts to make one of"),
}  # fmt: skip


def heading(name: str) -> str:
    """The heading of a group: `Attend depuis le plus longtemps`."""
    return _(HEADINGS[name])


def count_words(shown: int, count: int) -> str:
    """How many there are: `5`, or `5 sur 13` where not all are shown."""
    if shown >= count:
        return str(count)
    return _("{part} of {whole}").format(part=shown, whole=f"{MANY}+" if count >= MANY else count)


def window_words(view: TeamView) -> str:
    """What the figures look at: which days, and no more than what is here."""
    days = (view.window.today - view.window.first).days + 1
    said = ngettext("the last day", "the last {count} days", days).format(count=days)
    said = _("{days}, as this desk sees it").format(days=said)
    return said + " · " + _("only the latest {count}").format(count=f.number(MOST)) if view.cut else said


def what_words(trouble: Trouble, now: datetime) -> str:
    """What a trouble is about: a channel, an act, a kind of case, that a promise is late."""
    if trouble.kind == "promise":
        return _("overdue") if is_overdue(trouble, now) else words.kind("commitment")
    if trouble.kind == "waiting":
        return words.channel(trouble.what)
    if trouble.kind == "orphan":
        return words.case_kind(trouble.what)
    if trouble.kind == "conflict":
        return words.kind(trouble.what)
    return words.act(trouble.what) if trouble.what else words.kind("gesture")


def is_overdue(trouble: Trouble, now: datetime) -> bool:
    """Whether a promise was due on a day that is over."""
    return bool(trouble.due) and trouble.due[:10] < now.date().isoformat()


def when_words(trouble: Trouble, now: datetime) -> str:
    """Since when, or by when: `29 j`, `demain`."""
    return f.age(trouble.since, now) if trouble.since is not None else f.due_words(trouble.due, now, hours=False)


def figure_words(figure: Figure, now: datetime) -> str:
    """One measure as a sentence, with what it is made of."""
    if figure.name == "harmed_while_pending":
        return _harmed(figure)
    if figure.name == "ignored":
        return _ignored(figure, now)
    if figure.name == "easy":
        return _easy(figure)
    share = figure.share
    if share is None or not share.whole:
        return _(NONE[figure.name])
    return _(SHARES[figure.name]).format(part=f.number(share.part), whole=f.number(share.whole))


SHARES = {
    "warned_before": N_("warned before it was due: {part} of {whole}"),
    "signals_on_time": N_("signals answered by their date: {part} of {whole}"),
    "repeated": N_("had to say it again: {part} of {whole} contacts"),
}
NONE = {
    "warned_before": N_("warned before it was due: no promise moved or was missed"),
    "signals_on_time": N_("signals answered by their date: no answer was due"),
    "repeated": N_("had to say it again: nobody came back"),
}
"""What is said where there is nothing to measure: never a zero, never a hundred per cent."""


def is_harm(figure: Figure) -> bool:
    """Whether a figure that must be none is not: a glyph in the colour of harm stands before it."""
    return figure.name in ("harmed_while_pending", "ignored") and figure.number > 0


def _harmed(figure: Figure) -> str:
    said = _("cut-offs and the like while they waited: {count}").format(count=f.number(figure.number))
    if not figure.refused:
        return said
    refused = ngettext("{count} refused", "{count} refused", figure.refused)
    return f"{said} ({refused.format(count=f.number(figure.refused))})"


def _ignored(figure: Figure, now: datetime) -> str:
    if figure.oldest is None:
        return _("without an answer for too long: nobody waits")
    said = _("without an answer for too long: {count}").format(count=f.number(figure.number))
    if not f.days_since(figure.oldest, now):
        return said + " · " + _("the oldest came today")
    return said + " · " + _("the oldest waits {age}").format(age=f.age(figure.oldest, now))


def _easy(figure: Figure) -> str:
    if figure.share is None:
        return _("easy for the customer: masked (fewer than {count} answers)").format(count=FEWEST_ANSWERS)
    low, high = figure.between
    answers = ngettext("{count} answer", "{count} answers", figure.share.whole).format(
        count=f.number(figure.share.whole)
    )
    return _("easy for the customer: {share}%, between {low} and {high}% ({answers})").format(
        share=round(100 * figure.share.part / figure.share.whole), low=round(100 * low), high=round(100 * high),
        answers=answers,
    )  # fmt: skip
