"""Writing at the desk: the composer comes up, drafts go to the disk, words are recorded or kept."""

from __future__ import annotations

from asyncio import wrap_future
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, cast

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.domain.promising import ageing
from advisor_tui.language import _, ngettext
from advisor_tui.store.reads.drafts import read_draft
from advisor_tui.store.reads.wordings import read_resolutions
from advisor_tui.tui.backend import written
from advisor_tui.tui.facts import Kept
from advisor_tui.tui.life_rows import Setting
from advisor_tui.tui.narrowing import Narrowing
from advisor_tui.tui.surprise import instead
from advisor_tui.tui.wordings import Wording, standing_events, unseen, wordings

if TYPE_CHECKING:
    from advisor_tui.store.reads.customer import Entry
    from advisor_tui.tui.app import AdvisorApp
    from advisor_tui.tui.composer import Composer, Draft


def _given(draft: Draft, text: str, then: str) -> dict[str, Any]:
    """The parameters of the action that records a draft."""
    if draft.kind == "note":
        return {"text": text} | ({"case": draft.case_id} if draft.case_id else {"customer": draft.customer_id})
    if draft.kind == "revision":
        return {"text": text, "resolution": draft.subject, "base": list(draft.base)}
    return {"text": text, "case": draft.case_id, "base": list(draft.base)} | ({"then": then} if then else {})


class Writing(Narrowing):
    """The composer's side of the desk."""

    composer: Composer | None = None
    _saved: Future[None] | None = None

    async def start_writing(self, kind: str) -> None:
        """Bring the composer up for a resolution, a note or a new wording, with the draft that waits."""
        from advisor_tui.tui.composer import Draft

        assert self.life is not None
        customer, name = self.life.brief.head.id, self.life.brief.head.name
        text = ""
        if kind == "revision":
            entry = self.life_view.current
            if entry is None or entry.kind != "resolution":
                self.notify(_("Put the cursor on a resolution first."), severity="warning", markup=False)
                return
            draft, text = self._revision(entry, customer, name)
        elif kind == "note":
            case = self.case_here()
            draft = Draft(
                kind, case.id if case else customer, customer, case.subject if case else name, case.id if case else ""
            )
        else:
            case = await self.ask_case(_("A resolution of which case?"))
            if case is None:
                return
            base = standing_events(self.life_view.entries, case.id)
            draft = Draft(kind, case.id, customer, case.subject, case.id, base)
        waiting = await wrap_future(self.backend.read(read_draft, draft.subject, draft.kind))
        if waiting is not None and waiting.base:
            draft.base = tuple(waiting.base.split())  # what was on screen when the words were begun
        await self.show_composer(draft, waiting.text if waiting is not None else text)

    def _revision(self, entry: Entry, customer: str, name: str) -> tuple[Draft, str]:
        """The draft of a new wording and what it begins with: the wording that stands, or several to merge."""
        from advisor_tui.tui.composer import Draft
        from advisor_tui.tui.conflict import merge_wordings

        assert self.life_view.setting is not None
        found = wordings(entry)
        subject = found[0].entry if found else entry.id  # of resolutions written apart, everybody revises the same one
        beside = standing_events(self.life_view.entries, entry.case_id) if entry.case_id else ()
        base = tuple(dict.fromkeys((*beside, *(wording.event for wording in found))))
        text = merge_wordings(found, self.life_view.setting) if entry.state == "conflict" else entry.text
        return Draft("revision", subject, customer, name, entry.case_id or "", base), text

    async def show_composer(self, draft: Draft, text: str) -> None:
        """Put the composer on screen; another one that was open keeps its draft and goes."""
        from advisor_tui.tui.composer import Composer

        if self.composer is not None:
            self.keep_writing()
            await self.composer.remove()
        cast("AdvisorApp", self.app).need_panels()
        draft.situation = self._situation_of(draft.case_id)
        self.composer = Composer(draft, text)
        self.draft_note = ""
        self._show_head()
        self.add_class("-composing")
        await self.mount(self.composer, before="#keys")

    def _situation_of(self, case_id: str) -> tuple[str, bool]:
        """What the customer said of the case that is written about, and whether they agreed with how it was said back."""
        case = next((case for case in self.cases() if case.id == case_id), None)
        said = case.facts.get("situation") if case is not None else None
        return (str(said["quote"]), bool(said.get("confirmed"))) if said else ("", False)

    def customer_shown(self) -> None:
        """A customer is on screen: a text that waited for them comes up by itself."""
        super().customer_shown()
        if self.composer is None and self.life is not None:
            instead(self, "draft", self._offer_draft)

    async def _offer_draft(self) -> None:
        assert self.life is not None
        for case in self.life.brief.cases:
            if case.state == "closed":
                continue
            waiting = await wrap_future(self.backend.read(read_draft, case.id, "resolution"))
            if waiting is not None:
                self.draft_note = _("r opens the draft about “{subject}”").format(subject=case.subject)
                self._show_head()
                return
        if self.draft_note:
            self.draft_note = ""
            self._show_head()

    def on_composer_changed(self, message: Any) -> None:
        """Keep what is written; say when it is safe, or that it is not."""
        if self.composer is not None and self.composer.draft is message.draft:
            self.composer.taken(message.text)
        self._save(message.draft, message.text)

    def _save(self, draft: Draft, text: str) -> Future[None]:
        def tell(done: Future[None]) -> None:
            self.post_message(Kept(draft.subject, draft.kind, None if done.cancelled() else done.exception()))

        self._saved = self.backend.save_draft(draft.subject, draft.kind, draft.customer_id, text, " ".join(draft.base))
        self._saved.add_done_callback(tell)
        return self._saved

    def keep_writing(self) -> tuple[str, Future[None]] | None:
        """The desk is being left: what was typed last goes to the disk first; the words and their way there."""
        text = self.composer.unkept() if self.composer is not None else None
        if text is None or self.composer is None:
            return None
        return text, self._save(self.composer.draft, text)

    def on_kept(self, message: Kept) -> None:
        """Say at the composer what became of its words."""
        composer, error = self.composer, message.error
        if composer is not None and (composer.draft.subject, composer.draft.kind) != (message.subject, message.kind):
            composer = None
        if error is None:
            if composer is not None:
                composer.say_kept(self.now().strftime("%H:%M:%S"))
            return
        told = composer is not None and composer.lost
        if composer is not None:
            composer.say_lost()
        if not told:
            reason = error.text(_) if isinstance(error, AdvisorError) else f"{type(error).__name__}: {error}"
            advice = _("Your words are still here; ^E opens them in your editor.")
            self.notify(f"{reason} {advice}", severity="error", timeout=20)

    def on_composer_record(self, message: Any) -> None:
        self.run_worker(self._record(message.draft, message.text, message.then), group="do", exit_on_error=False)

    async def _record(self, draft: Draft, text: str, then: str) -> None:
        """Record the words; the composer goes only when they are safe in the journal."""
        names = {"resolution": "write_resolution", "note": "add_note", "revision": "revise_resolution"}
        self._save(draft, text)  # first as a draft: whatever happens to the record, the words are on the disk
        try:
            if not await self._look_before(draft, text):
                return
            given = _given(draft, text, then)
            result = await written(self.backend.do(names[draft.kind], given, (draft.subject, draft.kind, text)))
        except BaseException as error:
            if self.composer is not None:
                self.composer.recording = False
                self.composer.keep()
            if not isinstance(error, AdvisorError):
                raise
            self.notify(error.text(_), severity="error", timeout=12, markup=False)
            return
        answered = self._answered_by(draft) if draft.kind == "resolution" else 0
        await self.close_composer()
        note = ngettext("{count} message counts as answered", "{count} messages count as answered", answered)
        notes = (note.format(count=answered) if answered else "", self.told_of(result))
        self.done(names[draft.kind], result.customer_id, " · ".join(filter(None, notes)))

    async def _look_before(self, draft: Draft, text: str) -> bool:
        """Show once what colleagues recorded on the case meanwhile; whether the words are to be recorded now."""
        if draft.kind == "note" or not draft.case_id or not text.strip():
            return True
        entries = await wrap_future(self.backend.read(read_resolutions, draft.case_id))
        found = unseen(entries, draft.subject, draft.base)
        mine = [wording.event for wording in found if wording.author == self.backend.person.name]
        draft.base += tuple(mine)
        theirs = [wording for wording in found if wording.event not in {*mine, *draft.shown}]
        if theirs:
            answer = await self._ask_about(draft, text, theirs)
            if answer != "record":
                return False
        # a wording of this very text that was not merged stands beside mine
        draft.base += tuple(wording.event for wording in found if wording.entry != draft.subject)
        return True

    async def _ask_about(self, draft: Draft, text: str, theirs: list[Wording]) -> str | None:
        from advisor_tui.tui.conflict import merge_wordings
        from advisor_tui.tui.meanwhile import MeanwhileScreen

        now, zone = self.now(), self.backend.clock.zone
        setting = Setting(now.astimezone(zone), ageing(self.backend.rules, now.date()), {})
        answer = await self.app.push_screen_wait(MeanwhileScreen(theirs, text, setting))
        draft.shown.update(wording.event for wording in theirs)
        composer = self.composer
        if composer is not None and composer.draft is draft and answer != "record":
            composer.recording = False
            if answer == "merge":
                draft.base += tuple(wording.event for wording in theirs)
                me = Wording(draft.subject, "", self.backend.person.name, int(now.timestamp() * 1000), text)
                composer.page.text = merge_wordings([*theirs, me], setting)
                composer.keep()
            composer.page.focus()
        return answer

    def _answered_by(self, draft: Draft) -> int:
        """How many messages of the case waited until this resolution."""
        return sum(
            entry.case_id == draft.case_id and entry.waiting_since is not None for entry in self.life_view.entries
        )

    def on_composer_left(self) -> None:
        self.run_worker(self._leave(), group="leave", exclusive=True, exit_on_error=False)

    async def _leave(self) -> None:
        """The composer goes when its words are on the disk, and stays when they are not."""
        try:
            if self._saved is not None:
                await written(self._saved)
        except Exception:
            return  # `on_kept` says why
        await self.close_composer()
        self.customer_shown()

    def on_unmount(self) -> None:
        self.keep_writing()

    async def close_composer(self) -> None:
        """Take the composer away and go back to the life."""
        if self.composer is not None:
            gone, self.composer = self.composer, None
            self.remove_class("-writing", "-composing")
            await gone.remove()
        self.show_pane(self.life_view)

    def relabel(self) -> None:
        """The language changed."""
        super().relabel()
        if self.composer is not None:
            self.composer.title.refresh()

    def stay_writing(self, step: int) -> bool:
        if self.composer is None or self.composer.page.has_focus:
            return False
        if (step > 0 and self.brief_view.has_focus) or (step > 0 and self.life_view.has_focus):
            self.composer.page.focus()
            return True
        return False

    def composer_act(self, name: str, *given: str) -> None:
        """Do what a key of the composer does."""
        if self.composer is not None:
            getattr(self.composer, f"action_{name}")(*given)
