"""Writing at the desk: the composer comes up, drafts go to the disk, words are recorded or kept."""

from __future__ import annotations

from asyncio import wrap_future
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.language import _
from advisor_tui.store.reads.drafts import read_draft
from advisor_tui.tui.narrowing import Narrowing

if TYPE_CHECKING:
    from advisor_tui.tui.composer import Composer, Draft


class Writing(Narrowing):
    """The composer's side of the desk."""

    composer: Composer | None = None

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
            self.composer.keep()
            await self.composer.remove()
        self.composer = Composer(draft, text)
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
                self.draft_note = _("A draft waits in “{subject}”. r opens it.").format(subject=case.subject)
                self._show_head()
                return
        if self.draft_note:
            self.draft_note = ""
            self._show_head()

    def on_composer_changed(self, message: Any) -> None:
        """Keep what is written; say when it is safe, or that it is not."""
        draft: Draft = message.draft
        saved = self.backend.save_draft(
            draft.subject, draft.kind, draft.customer_id, message.text, " ".join(draft.base)
        )
        self.run_worker(self._say_saved(saved), group="save", exit_on_error=False)

    def keep_writing(self) -> tuple[str, Future[None]] | None:
        """The desk is being left: what was typed last goes to the disk first; the words and their way there."""
        text = self.composer.unkept() if self.composer is not None else None
        if text is None or self.composer is None:
            return None
        draft = self.composer.draft
        return text, self.backend.save_draft(
            draft.subject, draft.kind, draft.customer_id, text, " ".join(draft.base)
        )

    async def _say_saved(self, saved: Any) -> None:
        try:
            await wrap_future(saved)
        except AdvisorError as error:
            if self.composer is not None:
                self.composer.say(_("NOT SAVED"))
            self.notify(
                error.text(_) + " " + _("Your words are still here: y copies them, ^E opens them elsewhere."),
                severity="error", timeout=20, markup=False,
            )  # fmt: skip
        else:
            if self.composer is not None:
                self.composer.say(_("kept {time}").format(time=self.now().strftime("%H:%M:%S")))

    def on_composer_record(self, message: Any) -> None:
        self.run_worker(self._record(message.draft, message.text, message.then), group="act", exit_on_error=False)

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
        try:
            result = await wrap_future(self.backend.do(names[draft.kind], given, (draft.subject, draft.kind)))
        except AdvisorError as error:
            self.notify(error.text(_), severity="error", timeout=12, markup=False)
            return
        await self.close_composer()
        self.done(names[draft.kind], result.customer_id)

    async def on_composer_left(self) -> None:
        await self.close_composer()

    async def close_composer(self) -> None:
        """Take the composer away and go back to the life."""
        if self.composer is not None:
            gone, self.composer = self.composer, None
            self.remove_class("-writing")
            await gone.remove()
        self.life_view.focus()

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
