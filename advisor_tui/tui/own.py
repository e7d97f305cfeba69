"""What is the advisor's own at the desk: a pause, a hard moment, hours, phrases; and what follows an abusive contact.

Nothing of it is an event. What is kept at all is kept in the private file (`store/private.py`), or in one's own settings.
"""

from __future__ import annotations

from asyncio import wrap_future
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import Refused
from advisor_tui.domain.shift import DAYS, Shift, read_spans
from advisor_tui.domain.text import harmless, one_line
from advisor_tui.language import _, language
from advisor_tui.language import formats as f
from advisor_tui.store.private import Private
from advisor_tui.tui.presence import Presence

if TYPE_CHECKING:
    from textual.app import App

    from advisor_tui.actions.execute import Result
    from advisor_tui.tui.backend import Backend
    from advisor_tui.tui.labels import Field
    from advisor_tui.tui.snippets import SnippetsScreen

HAND_OVER, MOVE, DESPITE = "hand_over", "move", "despite"


class Own(Presence):
    """The desk, with what nobody else sees."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        self._begun: dict[str, str] = {}  # texts of one's own that were left before they were kept

    # a pause

    def action_pause(self) -> None:
        """A quiet screen until a key is pressed."""
        from advisor_tui.tui.pause import PauseScreen

        self.app.push_screen(PauseScreen(self._to_come_back_to()))

    def _to_come_back_to(self) -> list[str]:
        """Who is on screen, the case and its next step, and that what is being written is kept."""
        if self.life is None:
            return []
        lines, case = [one_line(self.life.brief.head.name, 60)], self.case_here()
        if case is not None:
            lines.append(one_line(case.subject, 60))
            if case.next_step:
                when = f.due_words(case.next_on, self.now()) if case.next_on else ""
                lines.append("▸ " + " · ".join(part for part in (one_line(case.next_step, 240), when) if part))
        if self.composer is not None:
            lines.append(_("Your draft is kept."))
        return lines

    # a hard moment

    def action_hard_moment(self) -> None:
        """A pause, a note for me alone, or words to ask a colleague for a talk."""
        self.run_worker(self._hard_moment(), group="act", exclusive=True, exit_on_error=False)

    async def _hard_moment(self) -> None:
        notes = await wrap_future(self.backend.own(Private.notes))
        options = [("write", _("Write it down, for me alone"))]
        if notes:
            options.append(("read", _("Read what I wrote")))
        await self._support(
            _("A hard moment"), options, _("Could we talk for a quarter of an hour? I had a hard contact.")
        )

    async def _support(self, title: str, more: list[tuple[str, str]], ask: str) -> None:
        """Offer a pause first, then what else there is, then words to ask for a talk."""
        from advisor_tui.tui.choose import ChooseScreen

        talk = ("talk", _("Ask a colleague or the lead for a talk"))
        options = [("pause", _("Take a pause")), *more, talk]
        picked = await self.app.push_screen_wait(ChooseScreen(title, options))
        if picked == "pause":
            self.action_pause()
        elif picked == "write":
            self._ask_words(
                _("For me alone"),
                _("It stays on this computer, and nobody is told that it is there."),
                "",
                self._keep_note,
            )
        elif picked == "read":
            await self._read_notes()
        elif picked == "talk":
            about = _("Only these words, and only where you put them: ^S copies them.")
            self._ask_words(_("To ask for a talk"), about, ask, self._copy)

    def _ask_words(self, title: str, about: str, words: str, then: Callable[[str], Awaitable[None]]) -> None:
        """A form with one text; what was typed is there again when it is left."""
        from advisor_tui.tui.forms import ActionForm
        from advisor_tui.tui.labels import Field

        async def submit(filled: dict[str, Any]) -> None:
            await then(str(filled["text"]))

        field = Field("text", _("Words"), "", (), False, True, True)
        form = ActionForm(title, about, [field], {"text": self._begun.pop(title, words)}, submit)

        def left(done: bool | None) -> None:
            if not done and form.held.get("text"):
                self._begun[title] = str(form.held["text"])

        self.app.push_screen(form, left)

    async def _keep_note(self, text: str) -> None:
        await wrap_future(self.backend.own(Private.write_note, text, self.now().date()))
        self.notify(_("Kept for you alone."), timeout=4)

    async def _copy(self, text: str) -> None:
        from advisor_tui.tui.clipboard import copy

        self.notify(copy(self.app, text), timeout=4)

    async def _read_notes(self) -> None:
        """What I wrote, the newest first; one can be read whole, copied, thrown away."""
        from advisor_tui.tui.choose import ChooseScreen

        notes = await wrap_future(self.backend.own(Private.notes))
        while notes:
            days = {note.number: f.short_day(date.fromisoformat(note.written_on), self.now().date()) for note in notes}
            listed = [(str(note.number), f"{days[note.number]} · {one_line(note.text, 80)}") for note in notes]
            number = await self.app.push_screen_wait(ChooseScreen(_("For me alone"), listed))
            note = next((note for note in notes if str(note.number) == number), None)
            if note is None:
                return
            options = [("copy", _("Copy it")), ("remove", _("Throw it away"))]
            options += [("", harmless(line)) for line in note.text.splitlines() if line.strip()]
            picked = await self.app.push_screen_wait(ChooseScreen(days[note.number], options))
            if picked == "copy":
                await self._copy(note.text)
            elif picked == "remove":
                await wrap_future(self.backend.own(Private.remove_note, note.number))
            notes = await wrap_future(self.backend.own(Private.notes))

    # an abusive contact

    async def ask_conduct(self) -> dict[str, Any] | None:
        """Where it was and how far it went: on the contact under the cursor where no case is meant."""
        from advisor_tui.tui.conduct import ConductScreen

        assert self.life is not None
        entry, about = self.life_view.current, self.life.brief.head.name
        case = self.case_here()
        if case is not None or entry is None or entry.kind != "contact":
            case = case or await self.ask_case(_("Which case?"))
            if case is None:
                return None
            given, about = {"case": case.id}, f"{about} · {case.subject}"
        else:
            given = {"contact": entry.id}
        step = await self.app.push_screen_wait(
            ConductScreen(about, self._warned_today(given.get("case")), self.life.brief.head.language)
        )
        return None if step is None else {**given, "step": step}

    def _warned_today(self, case_id: str | None) -> int:
        """Warnings of today in this case: after one, the next is the second."""
        zone, today = self.backend.clock.zone, self.now().date()
        return sum(
            entry.channel == "ConductNoted" and entry.case_id == case_id and f.local(entry.at, zone).date() == today
            for entry in self.life_view.entries
        )

    def told_of(self, result: Result) -> str:
        """Who has just ended an abusive contact is asked what would help."""
        if any(isinstance(event.body, b.ConductNoted) and event.body.step == "ended" for event in result.events):
            self.run_worker(self._after_abuse(), group="act", exclusive=True, exit_on_error=False)
        return super().told_of(result)

    async def _after_abuse(self) -> None:
        name = one_line(self.life.brief.head.name, 60) if self.life is not None else ""
        words = _(
            "I have just ended an abusive contact ({name}); the facts are on the case. I would like to talk for a moment."
        )
        options = [("write", _("Write it down, for me alone"))]
        await self._support(_("It is over, and it was not your doing."), options, words.format(name=name))

    # phrases and hours

    def action_own_snippets(self) -> None:
        """My phrases: into what is being written; else onto the clipboard."""
        if self.composer is not None:
            self.composer.page.action_own_snippets()
            return

        def taken(text: str | None) -> None:
            if text:
                self.run_worker(self._copy(text), group="act", exit_on_error=False)

        self.app.push_screen(self._snippets(), taken)

    def _snippets(self) -> SnippetsScreen:
        from advisor_tui.tui.snippets import SnippetsScreen

        return SnippetsScreen(self.backend, "")

    def action_own_hours(self) -> None:
        """When I work, a line a day, in my own settings."""
        from advisor_tui.tui.forms import ActionForm

        said = self.backend.workspace.settings.hours
        about = _("Nobody is told. What is due outside of them is handed over or moved.")
        self.app.push_screen(ActionForm(_("My own hours"), about, _day_fields(), dict(said), self._set_hours))

    async def _set_hours(self, filled: dict[str, Any]) -> None:
        shift = Shift(tuple(read_spans(str(filled.get(name, ""))) for name in DAYS))
        self.backend.workspace.update(hours=shift.as_settings())
        self.backend.know_me()
        self.say(_("Your own hours are kept."))


def _day_fields() -> list[Field]:
    from advisor_tui.tui.labels import Field

    monday = date(2026, 11, 23)
    days = [f.DAYS[language()][(monday + timedelta(days=place)).weekday()] for place in range(7)]
    return [
        Field(name, day, "9-17, 9-12:30 13:30-17", (), False, False, False)
        for name, day in zip(DAYS, days, strict=True)
    ]


async def ask_hours(app: App[Any], refused: Refused, can_hand_over: bool) -> str | None:
    """What to do with a moment outside one's own hours: HAND_OVER, MOVE, DESPITE, or nothing."""
    from advisor_tui.tui.choose import ChooseScreen

    options = [(HAND_OVER, _("Hand the case over"))] if can_hand_over else []
    options += [
        (MOVE, _("Say {next_said} instead").format(next_said=refused.details["next_said"])),
        (DESPITE, _("Do it all the same")),
    ]
    title = _("Outside your own hours: {said}").format(said=refused.details["said"])
    return await app.push_screen_wait(ChooseScreen(title, options))
