"""The desk: the advisor's only screen for most of the day. Every key and command ends in an action of the registry."""

from __future__ import annotations

from asyncio import wrap_future
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.binding import BindingType

from advisor_tui.actions import registry
from advisor_tui.domain.errors import AdvisorError, Refused
from advisor_tui.domain.text import one_line
from advisor_tui.language import _, words
from advisor_tui.language import formats as f
from advisor_tui.store.reads.customer import Entry
from advisor_tui.store.reads.day import OF_CASES
from advisor_tui.tui.backend import written
from advisor_tui.tui.keys import bindings
from advisor_tui.tui.meant import ABOUT_CUSTOMER, ABOUT_ENTRY
from advisor_tui.tui.own import DESPITE, HAND_OVER, Own, ask_hours

if TYPE_CHECKING:
    from advisor_tui.tui.app import AdvisorApp
    from advisor_tui.tui.backend import Backend

ABOUT_PROMISE = ("keep_commitment", "break_commitment", "release_commitment", "warn_commitment")
WRITTEN = {"write_resolution": "resolution", "add_note": "note", "revise_resolution": "revision"}
NO_FORM = ("take", "undo", "abusive_contact")


class Desk(Own):
    """My day at the left, a customer's life in the middle, the brief at the right, words at the bottom."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("life", "day", "everywhere")]

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        self.unfinished: dict[tuple[str, str], dict[str, Any]] = {}  # forms left before they were done

    # doing

    def action_act(self, name: str) -> None:
        """A key was pressed for an action or a way of looking."""
        self.do_named(name)

    def do_named(self, name: str) -> None:
        """Do the action or view `name`, from a key, the palette or a click."""
        app = cast("AdvisorApp", self.app)
        own = {
            "find": self.action_find, "refresh": self.action_refresh, "filter_life": self.action_filter,
            "search_life": self.action_search, "copy_entry": self.action_copy, "back": self.action_back_customer,
            "undo": self.action_undo, "quit": app.exit, "help": app.action_help,
            "unfold": self.life_view.action_choose, "unfold_all": self.life_view.action_unfold_all,
            "next_pane": lambda: self.action_pane(1), "theme": app.action_next_theme,
            "language": app.action_next_language, "palette": app.action_command_palette,
            "open_customer": self.day_view.action_choose, "server": self.action_server, "set_aside": self.action_set_aside,
            "progress": self.action_progress, "pause": self.action_pause, "hard_moment": self.action_hard_moment, "own_hours": self.action_own_hours,
            "own_snippets": self.action_own_snippets, "voice": self.action_voice, "team": self.action_team,
        }  # fmt: skip
        composing = {
            "record": lambda: self.composer_act("record", ""), "record_resolve": lambda: self.composer_act("record", "resolved"),
            "leave_composer": lambda: self.composer_act("leave"), "full_screen": lambda: self.composer_act("full_screen"),
            "external_editor": lambda: self.composer_act("external_editor"), "similar": lambda: self.composer_act("similar"),
            "back_to_text": lambda: self.composer_act("leave"),
            "quote_similar": lambda: self.composer_act("quote"),
        }  # fmt: skip
        handler: Any = own.get(name) or composing.get(name)
        if handler is not None:
            handler()
        elif name in registry.ACTIONS:
            self.run_worker(self._start(name), group="act", exclusive=True, exit_on_error=False)

    async def _start(self, name: str) -> None:
        """Gather what the action needs, then write, ask or do."""
        try:
            if self.life is None:
                self.notify(_("Open a customer first."), severity="warning", markup=False)
                return
            self.backend.warm_up()
            await self._follow_day()
            if name in WRITTEN:
                await self.start_writing(WRITTEN[name])
                return
            given = await self._given(name)
            if given is None:
                return
            if name in NO_FORM:
                self._begin(name, given)
            else:
                self._ask(name, given)
        except AdvisorError as error:
            self.notify(error.text(_), severity="warning", timeout=10, markup=False)

    async def _follow_day(self) -> None:
        """An action in my day is about the customer and entry under the cursor there, not about who was open before."""
        row = self.day_view.current if self.place == "day" else None
        if row is None or self.life is None:
            return
        entry = row.id if row.section not in OF_CASES else ""
        if row.customer_id not in self.life.brief.head.ids:
            await self.bring(row.customer_id, entry)
        elif entry:
            self.life_view.go_to(entry)

    async def _given(self, name: str) -> dict[str, Any] | None:
        """The parameters that the place answers: customer, case, promise, contact."""
        assert self.life is not None
        customer = self.life.brief.head.id
        if name in ABOUT_PROMISE:
            row = self.day_view.current if self.place == "day" else None
            if row is not None and row.section == "to_warn":
                return {"commitment": row.id}
            promise = self.life_view.promise_here()
            if promise is None or promise.state != "made":
                promise = await self._ask_promise()
            return None if promise is None else {"commitment": promise.id}
        if name in ABOUT_ENTRY:
            return await self.ask_entry(name)
        if name in ABOUT_CUSTOMER:
            return {"customer": customer}
        if name == "make_proposal":
            return await self.ask_offer()
        if name == "raise_signal":
            return await self.ask_signal()
        if name == "abusive_contact":
            return await self.ask_conduct()
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
            return None if found is None else await self._merge(found)
        if name == "unmerge_customers":
            return await self._unmerge()
        case = await self.ask_case(_("Which case?"))
        if case is None:
            return None
        entry = self.life_view.current
        said = (
            name == "take_complaint" and entry is not None and entry.kind == "contact" and entry.direction == "inbound"
        )
        return {"case": case.id, **({"contact": entry.id} if said and entry is not None else {})}

    async def _merge(self, other_id: str) -> dict[str, Any] | None:
        """Ask which name stays before two records are shown as one; the older customer's comes first."""
        from advisor_tui.store.reads.customer import read_head
        from advisor_tui.tui.choose import ChooseScreen

        assert self.life is not None
        here, other = self.life.brief.head, await wrap_future(self.backend.read(read_head, other_id))
        if other is None:
            return None
        pair = sorted((here, other), key=lambda head: head.since or "9999")
        options = [(head.id, _("shown as {name}").format(name=head.name)) for head in pair]
        title = _("Show {one} and {two} as one customer?").format(one=here.name, two=other.name)
        keep = await self.app.push_screen_wait(ChooseScreen(title, options))
        if keep is not None:
            absorb = other.id if keep == here.id else here.id
            self._begin("merge_customers", {"keep": keep, "absorb": absorb})
        return None

    async def _ask_promise(self) -> Entry | None:
        from advisor_tui.tui.choose import ChooseScreen

        found = [entry for entry in self.life_view.entries if entry.kind == "commitment" and entry.state == "made"]
        found.sort(key=lambda entry: entry.due or "")
        if not found:
            self.notify(_("No promise is open for this customer."), severity="warning", markup=False)
            return None
        case = self.case_here()
        here = [entry for entry in found if case is not None and entry.case_id == case.id]
        if len(here) == 1 or len(found) == 1:
            return (here or found)[0]
        picked = await self.app.push_screen_wait(
            ChooseScreen(
                _("Which promise?"), [(e.id, f"{f.due_words(e.due or '', self.now())} · {e.title}") for e in found]
            )
        )
        return next((entry for entry in found if entry.id == picked), None)

    async def _link(self) -> dict[str, Any] | None:
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
            self._begin("link_contact", {"contact": entry.id, "case": picked})
        return None

    async def _unmerge(self) -> dict[str, Any] | None:
        from advisor_tui.tui.choose import ChooseScreen

        assert self.life is not None
        others = self.life.brief.head.ids[1:]
        if not others:
            self.notify(_("This customer has one record only."), severity="warning", markup=False)
            return None
        names = await wrap_future(self.backend.read(_names, others))
        picked = await self.app.push_screen_wait(ChooseScreen(_("Which record is another customer?"), names))
        if picked is not None:
            self._begin("unmerge_customers", {"customer": picked})
        return None

    def _ask(self, name: str, given: dict[str, Any]) -> None:
        """Ask for the rest on a form, prefilled with what is likely."""
        from advisor_tui.tui.labels import fields_of

        assert self.life is not None
        action = registry.ACTIONS[name]
        hidden = {"customer", "case", "contact", *(key for key in given if key != "subject")}
        if name != "make_commitment":  # elsewhere it is asked when there is a reason to
            hidden.add("despite")
        case = next((case for case in self.cases() if case.id == given.get("case")), None)
        about = self.life.brief.head.name + (f" · {case.subject}" if case is not None else "")
        entry = next((item for item in map(self.entry_of, map(str, given.values())) if item is not None), None)
        words_of = str(given.get("offer", "")) or (entry.title or entry.text if entry is not None else "")
        if words_of and (case is None or words_of != case.subject):  # the case itself is named already
            about += f" · {f.quote(one_line(words_of, 120))}"
        values = dict(given) | self.likely(name, given, case)
        fields = fields_of(action, hidden, self.choices_here(name), self.parts_of(name, given))
        if not fields:
            self._begin(name, given)
            return

        key = (name, str(given.get("case") or next(iter(given.values()), "")))
        values |= self.unfinished.pop(key, {})

        async def submit(filled: dict[str, Any]) -> None:
            if name == "answer_complaint" and filled.get("outcome") == "accepted":
                filled.pop("recourse", None)  # drafted for an answer that is not wholly yes
            if name == "warn_commitment":
                filled["words"] = self.with_date(filled)
            await self._do_in_hours(name, given, filled, key)

        known = sorted({case.owner for case in self.life.brief.cases if case.owner} | self.owners())
        people = [*dict.fromkeys([*self.usual(), *known])]
        form = self.form_for(name, _(action.title), about, fields, values, submit, people)

        def left(done: bool | None) -> None:
            if not done:
                self.unfinished[key] = form.held

        self.app.push_screen(form, left)

    async def _do_in_hours(
        self, name: str, given: dict[str, Any], filled: dict[str, Any], key: tuple[str, str]
    ) -> None:
        """Do it; where its moment is outside my own hours, ask: hand over, move it into them, or all the same."""
        try:
            await self._do(name, {**given, **filled}, quiet=True)
        except Refused as refused:
            if refused.code != "outside_hours":
                raise
            entry = self.entry_of(str(given.get("commitment", "")))
            case, parameter = given.get("case") or (entry.case_id if entry else ""), str(refused.details["parameter"])
            answer = await ask_hours(self.app, refused, bool(case))
            if answer is None:
                raise
            if answer == HAND_OVER:
                self.unfinished[key] = filled
                step = next((filled[field] for field in ("text", "next_step", "what") if filled.get(field)), "")
                self.unfinished["hand_over", str(case)] = {"next_step": step, "next_on": filled[parameter]}
                self.call_later(self._ask, "hand_over", {"case": str(case)})
                return
            change = {"despite": True} if answer == DESPITE else {parameter: refused.details["next"]}
            await self._do(name, {**given, **filled, **change}, quiet=True)

    def owners(self) -> set[str]:
        """Who owns a case of my day: the names that a handover most often needs."""
        return {item.owner for item in (self.day_view.day.rows if self.day_view.day else ()) if item.owner}

    def _begin(self, name: str, given: dict[str, Any]) -> None:
        """Do it beside whatever is asked next."""
        self.run_worker(self._do(name, given), group="do", exit_on_error=False)

    async def _do(self, name: str, given: dict[str, Any], quiet: bool = False) -> None:
        """Do it on the writing thread, say so, and show what it changed."""
        try:
            result = await written(self.backend.do(name, given))
        except AdvisorError as error:
            if quiet:
                raise
            self.notify(error.text(_), severity="warning", timeout=10, markup=False)
            return
        self.done(
            name, result.customer_id, self.told_of(result), result.made.get("case", "") if name == "open_case" else ""
        )

    def action_progress(self) -> None:
        """How the case here stands, in words for the customer."""
        self.run_worker(self._progress(), group="act", exclusive=True, exit_on_error=False)

    async def _progress(self) -> None:
        from advisor_tui.tui.progress import ProgressScreen, read_progress

        case = await self.ask_case(_("How does which case stand?")) if self.life is not None else None
        if case is not None:
            told = await written(self.backend.write(read_progress, case.customer_id, case.id, self.now()))
            self.app.push_screen(ProgressScreen(case.subject, told))

    def action_team(self) -> None:
        """Words of customers, what may hurt one, and what the team measures."""
        from advisor_tui.tui.team import TeamScreen

        def left(found: tuple[str, str] | None) -> None:
            if found is not None:
                self.open_customer(found[0], entry=found[1])
                self.show_pane(self.life_view)

        self.app.push_screen(TeamScreen(self.backend), left)

    def action_undo(self) -> None:
        """Take back my last action."""
        self._begin("undo", {})

    def action_copy(self) -> None:
        """Copy the entry under the cursor, or the text selected with the mouse."""
        from advisor_tui.tui.clipboard import copy

        selected = self.get_selected_text()
        entry = self.life_view.current
        text = selected or (self.life_view.entry_text(entry) if entry is not None else "")
        if text:
            self.notify(copy(self.app, text), timeout=4, markup=False)

    def action_back_customer(self) -> None:
        """Return to the customer shown before."""
        trail = self.trail_to_be()
        if trail:
            self.open_customer(trail[-1], back=True)


def _names(connection: Any, ids: tuple[str, ...]) -> list[tuple[str, str]]:
    from advisor_tui.store.reads.customer import read_name

    return [(id_, read_name(connection, id_)) for id_ in ids]
