"""Which case and which promise a person means, from where the cursor is."""

from __future__ import annotations

from advisor_tui.actions import registry
from advisor_tui.language import _, words
from advisor_tui.store.reads.customer import CaseHead
from advisor_tui.tui.linked import Linked


class Meant(Linked):
    """The desk, knowing what is meant."""

    def cases(self) -> list[CaseHead]:
        """The open customer's cases, those still active first."""
        if self.life is None:
            return []
        return sorted(self.life.brief.cases, key=lambda case: (case.state == "closed", case.state == "resolved"))

    def case_here(self) -> CaseHead | None:
        """The case that the cursor is in; else the only active one."""
        entry = self.life_view.current
        found = {case.id: case for case in self.cases()}
        if entry is not None and self.place != "day" and entry.case_id in found:
            return found[entry.case_id]
        day = self.day_view.current
        if self.place == "day" and day is not None and day.case_id in found:
            return found[day.case_id]
        active = [case for case in self.cases() if case.state in ("open", "waiting")]
        return active[0] if len(active) == 1 else None

    async def ask_case(self, title: str) -> CaseHead | None:
        """The case here, or the one a person picks from the list."""
        here = self.case_here()
        if here is not None:
            return here
        from advisor_tui.tui.choose import ChooseScreen

        found = self.cases()
        if not found:
            self.notify(_("This customer has no case yet. Open one first (d)."), severity="warning", markup=False)
            return None
        options = [
            (case.id, f"{words.case_state(case.state)} · {words.case_kind(case.kind)} · {case.subject}")
            for case in found
        ]
        picked = await self.app.push_screen_wait(ChooseScreen(title, options))
        return next((case for case in found if case.id == picked), None)

    def done(self, name: str, customer_id: str, note: str = "") -> None:
        """Something was recorded: say it in the status line, and read what changed."""
        title = _(registry.ACTIONS[name].title)
        said = _("{action}: recorded. u undoes it.").format(action=title) if name != "undo" else _("Undone.")
        self.say(f"{said} {note}".rstrip())
        self.action_refresh()
        self.count_again()
