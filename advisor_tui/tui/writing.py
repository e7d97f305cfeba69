"""Writing at the desk: the composer comes up, drafts go to the disk, words are recorded or kept."""

from __future__ import annotations

from asyncio import wrap_future
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, cast

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.language import _, ngettext
from advisor_tui.store.reads.drafts import read_draft
from advisor_tui.tui.backend import written
from advisor_tui.tui.facts import Kept
from advisor_tui.tui.narrowing import Narrowing

if TYPE_CHECKING:
    from advisor_tui.tui.app import AdvisorApp
    from advisor_tui.tui.composer import Composer, Draft


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
            heads = tuple(str(head[0]) for head in entry.facts.get("heads", []))
            draft = Draft(kind, entry.id, customer, name, entry.case_id or "", heads)
            text = entry.text
            if entry.state == "conflict" and self.life_view.setting is not None:
                from advisor_tui.tui.conflict import merge_text

                text = merge_text(entry, self.life_view.setting)
        elif kind == "note":
            case = self.case_here()
            draft = Draft(
                kind, case.id if case else customer, customer, case.subject if case else name, case.id if case else ""
            )
        else:
            case = await self.ask_case(_("A resolution of which case?"))
            if case is None:
                return
            draft = Draft(kind, case.id, customer, case.subject, case.id)
        waiting = await wrap_future(self.backend.read(read_draft, draft.subject, draft.kind))
        await self.show_composer(draft, waiting.text if waiting is not None else text)

    async def show_composer(self, draft: Draft, text: str) -> None:
        """Put the composer on screen; another one that was open keeps its draft and goes."""
        from advisor_tui.tui.composer import Composer

        if self.composer is not None:
            self.keep_writing()
            await self.composer.remove()
        cast("AdvisorApp", self.app).need_panels()
        self.composer = Composer(draft, text)
        self.draft_note = ""
        self._show_head()
        self.add_class("-composing")
        await self.mount(self.composer, before="#keys")

    def customer_shown(self) -> None:
        """A customer is on screen: a text that waited for them comes up by itself."""
        if self.composer is None and self.life is not None:
            self.run_worker(self._offer_draft(), group="draft", exclusive=True, exit_on_error=False)

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
        given: dict[str, Any] = {"text": text}
        if draft.kind == "revision":
            given |= {"resolution": draft.subject, "base": list(draft.base)}
        elif draft.kind == "note":
            given |= {"case": draft.case_id} if draft.case_id else {"customer": draft.customer_id}
        else:
            given["case"] = draft.case_id
            if then:
                given["then"] = then
        self._save(draft, text)  # first as a draft: whatever happens to the record, the words are on the disk
        try:
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
        self.done(names[draft.kind], result.customer_id, note.format(count=answered) if answered else "")

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
