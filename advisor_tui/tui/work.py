"""What a person does at the desk: every key and command ends in an action of the registry."""

from __future__ import annotations

from asyncio import wrap_future
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType
from textual.dom import DOMNode

from advisor_tui.actions import registry
from advisor_tui.domain.errors import AdvisorError
from advisor_tui.language import _, words
from advisor_tui.store.reads.customer import CaseHead, Entry
from advisor_tui.tui.keys import bindings
from advisor_tui.tui.narrowing import Narrowing
from advisor_tui.tui.writing import Writing

if TYPE_CHECKING:
    from advisor_tui.tui.desk import Desk

ABOUT_PROMISE = ("keep_commitment", "break_commitment", "release_commitment")
WRITTEN = {"write_resolution": "resolution", "add_note": "note", "revise_resolution": "revision"}
NO_FORM = ("take", "undo")


class DeskWork(Writing, Narrowing, DOMNode):
    """The desk's doing: which case is meant, which form to ask, what to say when it is done."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("life", "day", "everywhere")]

    # what is meant

    def cases(self: Desk) -> list[CaseHead]:
        """The open customer's cases, those still active first."""
        if self.life is None:
            return []
        return sorted(self.life.brief.cases, key=lambda case: (case.state == "closed", case.state == "resolved"))

    def case_here(self: Desk) -> CaseHead | None:
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

    async def ask_case(self: Desk, title: str) -> CaseHead | None:
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

    # doing

    def action_act(self: Desk, name: str) -> None:
        """A key was pressed for an action or a way of looking."""
        self.do_named(name)

    def do_named(self: Desk, name: str) -> None:
        """Do the action or view `name`, from a key, the palette or a click."""
        own = {
            "find": self.action_find, "refresh": self.action_refresh, "filter_life": self.action_filter,
            "search_life": self.action_search, "copy_entry": self.action_copy, "back": self.action_back_customer,
            "undo": self.action_undo, "quit": self.app.exit, "help": self.app.action_help,  # type: ignore[attr-defined]
            "unfold": self.life_view.action_choose, "unfold_all": self.life_view.action_unfold_all,
            "next_pane": lambda: self.action_pane(1), "theme": self.app.action_next_theme,  # type: ignore[attr-defined]
            "language": self.app.action_next_language, "palette": self.app.action_command_palette,  # type: ignore[attr-defined]
            "open_customer": self.day_view.action_choose,
        }  # fmt: skip
        composing = {
            "record": lambda: self.composer_act("record", ""), "record_resolve": lambda: self.composer_act("record", "resolved"),
            "leave_composer": lambda: self.composer_act("leave"), "full_screen": lambda: self.composer_act("full_screen"),
            "external_editor": lambda: self.composer_act("external_editor"),
        }  # fmt: skip
        handler: Any = own.get(name) or composing.get(name)
        if handler is not None:
            handler()
        elif name in registry.ACTIONS:
            self.run_worker(self._start(name), group="act", exclusive=True, exit_on_error=False)

    async def _start(self: Desk, name: str) -> None:
        """Gather what the action needs, then write, ask or do."""
        try:
            if self.life is None:
                self.notify(_("Open a customer first."), severity="warning", markup=False)
                return
            if name in WRITTEN:
                await self.start_writing(WRITTEN[name])
                return
            given = await self._given(name)
            if given is None:
                return
            if name in NO_FORM:
                await self._do(name, given)
            else:
                self._ask(name, given)
        except AdvisorError as error:
            self.notify(error.text(_), severity="warning", timeout=10, markup=False)

    async def _given(self: Desk, name: str) -> dict[str, Any] | None:
        """The parameters that the place answers: customer, case, promise, contact."""
        assert self.life is not None
        customer = self.life.brief.head.id
        if name in ABOUT_PROMISE:
            promise = self.life_view.promise_here()
            if promise is None or promise.state != "made":
                promise = await self._ask_promise()
            return None if promise is None else {"commitment": promise.id}
        if name == "link_contact":
            return await self._link()
        if name in ("open_case", "add_identifier"):
            entry = self.life_view.current
            unsorted = entry is not None and entry.kind == "contact" and entry.case_id is None and name == "open_case"
            return {
                "customer": customer,
                **({"contact": entry.id, "subject": entry.title} if unsorted and entry else {}),
            }
        if name == "log_contact":
            case = self.case_here()
            return {"customer": customer, "case": case.id if case is not None and case.state != "closed" else ""}
        if name == "merge_customers":
            found = await self.pick_customer(_("Which record is the same customer?"))
            return None if found is None else {"keep": customer, "absorb": found}
        if name == "unmerge_customers":
            return await self._unmerge()
        case = await self.ask_case(_("Which case?"))
        return None if case is None else {"case": case.id}

    async def _ask_promise(self: Desk) -> Entry | None:
        from advisor_tui.tui.choose import ChooseScreen

        found = [entry for entry in self.life_view.entries if entry.kind == "commitment" and entry.state == "made"]
        if not found:
            self.notify(_("No promise is open for this customer."), severity="warning", markup=False)
            return None
        if len(found) == 1:
            return found[0]
        picked = await self.app.push_screen_wait(
            ChooseScreen(_("Which promise?"), [(e.id, f"{e.title} · {e.due}") for e in found])
        )
        return next((entry for entry in found if entry.id == picked), None)

    async def _link(self: Desk) -> dict[str, Any] | None:
        from advisor_tui.tui.choose import ChooseScreen

        entry = self.life_view.current
        if entry is None or entry.kind != "contact":
            self.notify(_("Put the cursor on a contact first."), severity="warning", markup=False)
            return None
        options = [
            (case.id, f"{words.case_kind(case.kind)} · {case.subject}")
            for case in self.cases()
            if case.id != entry.case_id
        ]
        if entry.case_id is not None:
            options.append(("", _("back among the unsorted")))
        picked = await self.app.push_screen_wait(ChooseScreen(_("Put the contact into which case?"), options))
        if picked is not None:
            await self._do("link_contact", {"contact": entry.id, "case": picked})
        return None

    async def _unmerge(self: Desk) -> dict[str, Any] | None:
        from advisor_tui.tui.choose import ChooseScreen

        assert self.life is not None
        others = self.life.brief.head.ids[1:]
        if not others:
            self.notify(_("This customer has one record only."), severity="warning", markup=False)
            return None
        names = await wrap_future(self.backend.read(_names, others))
        picked = await self.app.push_screen_wait(ChooseScreen(_("Which record is another customer?"), names))
        if picked is not None:
            await self._do("unmerge_customers", {"customer": picked})
        return None

    def _ask(self: Desk, name: str, given: dict[str, Any]) -> None:
        """Ask for the rest on a form, prefilled with what is likely."""
        from advisor_tui.tui.forms import ActionForm
        from advisor_tui.tui.labels import fields_of

        assert self.life is not None
        action = registry.ACTIONS[name]
        hidden = {"customer", "case", "commitment", "contact", "keep", "absorb"} & {
            *given,
            "customer",
            "case",
            "contact",
        }
        case = next((case for case in self.cases() if case.id == given.get("case")), None)
        about = self.life.brief.head.name + (f" · {case.subject}" if case is not None else "")
        values = dict(given) | self._likely(name, case)
        fields = fields_of(action, hidden)
        if not fields:
            self.run_worker(self._do(name, given), group="act", exit_on_error=False)
            return

        async def submit(filled: dict[str, Any]) -> None:
            await self._do(name, {**given, **filled}, quiet=True)

        self.app.push_screen(ActionForm(_(action.title), about, fields, values, submit))

    def _likely(self: Desk, name: str, case: CaseHead | None) -> dict[str, Any]:
        """What a person would most often type."""
        if name == "log_contact":
            entry = self.life_view.current
            return {"channel": entry.channel if entry is not None and entry.kind == "contact" else "phone"}
        if name in ("hand_over", "plan_next_step") and case is not None:
            return {"next_step": case.next_step if name == "hand_over" else ""}
        if name == "set_state" and case is not None:
            following = {"open": "resolved", "waiting": "resolved", "resolved": "closed", "closed": "open"}
            return {"state": following[case.state]}
        return {}

    async def _do(self: Desk, name: str, given: dict[str, Any], quiet: bool = False) -> None:
        """Do it on the writing thread, say so, and show what it changed."""
        try:
            result = await wrap_future(self.backend.do(name, given))
        except AdvisorError as error:
            if quiet:
                raise
            self.notify(error.text(_), severity="warning", timeout=10, markup=False)
            return
        self.done(name, result.customer_id)

    def done(self: Desk, name: str, customer_id: str) -> None:
        """Something was recorded: say it, and read what changed."""
        title = _(registry.ACTIONS[name].title)
        self.notify(
            _("{action}: recorded. u undoes it.").format(action=title) if name != "undo" else _("Undone."),
            timeout=4,
            markup=False,
        )
        self.action_refresh()

    def action_undo(self: Desk) -> None:
        """Take back my last action."""
        self.run_worker(self._do("undo", {}), group="act", exit_on_error=False)

    def action_copy(self: Desk) -> None:
        """Copy the entry under the cursor, or the text selected with the mouse."""
        from advisor_tui.tui.clipboard import copy

        selected = self.get_selected_text()
        entry = self.life_view.current
        text = selected or (self.life_view.entry_text(entry) if entry is not None else "")
        if text:
            self.notify(copy(self.app, text), timeout=4, markup=False)

    def action_back_customer(self: Desk) -> None:
        """Return to the customer shown before."""
        if self.trail:
            before = self.trail.pop()
            trail = list(self.trail)
            self.open_customer(before)
            self.trail = trail


def _names(connection: Any, ids: tuple[str, ...]) -> list[tuple[str, str]]:
    from advisor_tui.store.reads.customer import read_name

    return [(id_, read_name(connection, id_)) for id_ in ids]
