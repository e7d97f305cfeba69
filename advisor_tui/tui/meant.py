"""Which case, entry or offer a person means, from where the cursor is; and what they would most often write."""

from __future__ import annotations

from asyncio import wrap_future
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor_tui.actions import registry
from advisor_tui.domain.errors import AdvisorError
from advisor_tui.domain.guard import RUNNING
from advisor_tui.domain.listening import OPEN
from advisor_tui.domain.text import one_line
from advisor_tui.language import N_, _, ngettext, words
from advisor_tui.language import formats as f
from advisor_tui.store.reads.customer import CaseHead, Entry
from advisor_tui.store.reads.voice import Known, read_known
from advisor_tui.tui.brief_harm import reason_words
from advisor_tui.tui.labels import Choices, choice_words
from advisor_tui.tui.linked import Linked
from advisor_tui.tui.spoken import speaking, warning_draft
from advisor_tui.tui.voice_words import customers_words, was_told

if TYPE_CHECKING:
    from advisor_tui.actions.execute import Result
    from advisor_tui.tui.forms import ActionForm


class Wanted(NamedTuple):
    """The kind of entry that an action is about: its parameter, which entries will do, what to say where there is none."""

    parameter: str
    kind: str
    will_do: Callable[[Entry], bool]
    none: str


def _waits(entry: Entry) -> bool:
    return entry.waiting_since is not None


def _in(*states: str) -> Callable[[Entry], bool]:
    return lambda entry: entry.state in states


def _to_tell(entry: Entry) -> bool:
    return entry.state != "sent" and not was_told(entry.facts.get("later", ()))


NO_COMPLAINT = N_("No complaint runs for this customer.")
ABOUT_ENTRY = {
    "mark_repeated": Wanted("contact", "contact", lambda entry: entry.direction == "inbound", N_("This customer has not written or called yet.")),
    "settle_contact": Wanted("contact", "contact", _waits, N_("Nothing waits for an answer.")),
    "acknowledge_complaint": Wanted("complaint", "complaint", _in("received"), N_("No complaint waits to be acknowledged.")),
    "hold_complaint": Wanted("complaint", "complaint", _in(*RUNNING), NO_COMPLAINT),
    "answer_complaint": Wanted("complaint", "complaint", _in(*RUNNING), NO_COMPLAINT),
    "decide_adverse_act": Wanted("act", "act", _in("asked"), N_("No act waits for a second person.")),
    "reverse_adverse_act": Wanted("act", "act", _in("done"), N_("Nothing was done that can be undone.")),
    "answer_proposal": Wanted("proposal", "proposal", _in("made"), N_("No offer waits for their answer.")),
    "decide_gesture": Wanted("gesture", "gesture", _in("asked"), N_("No gesture waits for a second person.")),
    "answer_signal": Wanted("signal", "signal", _in(*OPEN), N_("No signal waits for an answer.")),
    "tell_back_signal": Wanted("signal", "signal", _to_tell, N_("No answer to a signal waits to be told.")),
    "settle_work": Wanted("work", "work", _in("planned"), N_("No step is planned.")),
}  # fmt: skip
"""Actions about an entry of the life."""
ABOUT_CUSTOMER = ("state_stake", "state_fact", "set_permission", "set_relation", "ask_adverse_act")
MOST_TO_CHOOSE = 12


class Meant(Linked):
    """The desk, knowing what is meant."""

    known = Known([], [])
    """What was passed on before, as read when a signal was begun."""

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

    async def ask_entry(self, name: str) -> dict[str, Any] | None:
        """The entry that an action is about: under the cursor where it will do, else the only one, else a choice."""
        wanted = ABOUT_ENTRY[name]
        found = [entry for entry in self.life_view.entries if entry.kind == wanted.kind and wanted.will_do(entry)]
        here = self.life_view.current
        if here is None or here not in found:
            if not found:
                self.notify(_(wanted.none), severity="warning", markup=False)
                return None
            here = found[0] if len(found) == 1 else await self._choose_entry(name, found[:MOST_TO_CHOOSE])
        return None if here is None else {wanted.parameter: here.id}

    async def _choose_entry(self, name: str, found: list[Entry]) -> Entry | None:
        from advisor_tui.tui.choose import ChooseScreen

        title = _(registry.ACTIONS[name].title)
        zone = self.backend.clock.zone
        options = [
            (entry.id, " · ".join(part for part in (
                f.short_day(f.local(entry.at, zone).date(), self.now().date()),
                words.channel(entry.channel) if entry.kind == "contact" else words.kind(entry.kind),
                one_line(entry.title or entry.text, 80),
            ) if part))
            for entry in found
        ]  # fmt: skip
        picked = await self.app.push_screen_wait(ChooseScreen(title, options))
        return next((entry for entry in found if entry.id == picked), None)

    async def ask_signal(self) -> dict[str, Any]:
        """Whose words are passed on: the customer, the contact under the cursor, the case here."""
        assert self.life is not None
        self.known = await wrap_future(self.backend.read(read_known))
        case, contact = self.case_here(), self._contact_here()
        if contact is not None and case is not None and contact.case_id not in (None, case.id):
            contact = None
        whose = contact or case  # of several records of one person, the one that this belongs to
        customer = whose.customer_id if whose is not None else self.life.brief.head.id
        given = {"customer": customer, "contact": contact.id if contact is not None else ""}
        if case is not None and case.customer_id == customer:
            given["case"] = case.id
        return {name: value for name, value in given.items() if value}

    def _contact_here(self) -> Entry | None:
        """The contact under the cursor, in the life or as a row of my day."""
        entry, row = self.life_view.current, self.day_view.current
        if entry is None or entry.kind != "contact":
            return None
        return entry if self.place != "day" or (row is not None and row.id == entry.id) else None

    def form_for(self, name: str, *given: Any) -> ActionForm:
        """The form of an action."""
        from advisor_tui.tui.forms import ActionForm

        if name != "raise_signal":
            return ActionForm(*given)
        from advisor_tui.tui.signal_form import SignalForm

        return SignalForm(*given).knowing(self.known, self.backend.rules.signals.department)

    async def ask_offer(self) -> dict[str, Any] | None:
        """An offer that fits this customer; one that only a dispute keeps away can be spoken of with a reason."""
        from advisor_tui.tui.backend import written
        from advisor_tui.tui.choose import ChooseScreen

        assert self.life is not None
        customer, case = self.life.brief.head.id, self.case_here()
        found = await written(self.backend.write(_fitting, customer, self.backend.person, self.backend.rules))
        fit = [offer for offer in found if not offer.kept_away]
        if not found:
            self.notify(_("No offer fits this customer now."), severity="warning", timeout=10, markup=False)
            return None
        options = [(offer.name, f"{offer.name} · {offer.benefit}" if offer.benefit else offer.name) for offer in fit]
        apart = [f"{offer.name} · {' '.join(offer.reasons)}" for offer in found if offer.kept_away]
        title = _("Which of the offers that fit?") if fit else _("No offer fits this customer now.")
        picked = await self.app.push_screen_wait(ChooseScreen(title, options, apart))
        if picked is None:
            return None
        return {"customer": customer, "offer": picked, "case": case.id if case is not None else ""}

    def likely(self, name: str, given: dict[str, Any], case: CaseHead | None) -> dict[str, Any]:
        """What a person would most often write."""
        if name == "log_contact":
            return {"channel": "phone"}
        if name in ("hand_over", "plan_next_step") and case is not None:
            step = {"next_step": case.next_step, "next_on": case.next_on}
            usual = next((known for known in self.usual() if known not in (case.owner, self.backend.person.name)), "")
            return step | ({"owner": usual} if name == "hand_over" else {})
        if name == "set_state" and case is not None:
            following = {"open": "resolved", "waiting": "resolved", "resolved": "closed", "closed": "open"}
            return {"state": following[case.state]}
        if name == "state_situation" and case is not None:
            said = case.facts.get("situation") or {}
            return {"quote": said.get("quote", ""), "restated": said.get("restated", "")}
        if name == "settle_work":
            return {"done": True}
        if name == "raise_signal":
            return {"department": self.backend.rules.signals.department}
        if name == "set_relation" and self.life is not None:
            relation = self.life.brief.head.known.get("relation") or {}
            return {"preferred": self.life.brief.head.preferred_advisor, "second": relation.get("second", "")}
        promise = self.entry_of(given.get("commitment", ""))
        if name == "warn_commitment" and promise is not None and self.life is not None:
            return {"words": warning_draft(promise.title, promise.due or "", self.life.brief.head.language, self.now())}
        if name == "answer_complaint":
            return {"recourse": self._recourse(given["complaint"])}
        return {}

    def with_date(self, filled: dict[str, Any]) -> str:
        """The words of a warning, with the new date where the draft was left open for it."""
        from advisor_tui.domain.moment import parse_moment

        words_ = str(filled.get("words", "")).rstrip()
        if not words_.endswith(":") or not filled.get("new_due") or self.life is None:
            return words_
        now = self.now()
        try:
            due = parse_moment(str(filled["new_due"]), now, self.backend.clock.zone)
        except AdvisorError:
            return words_  # the form says what is wrong with it
        with speaking(self.life.brief.head.language):
            return f"{words_} {f.plain_day(due, now)}."

    def usual(self) -> list[str]:
        """Who this customer knows: the usual advisor, then the second; whoever takes over had better be one of them."""
        head = self.life.brief.head if self.life is not None else None
        second = (head.known.get("relation") or {}).get("second") if head is not None else ""
        return [str(name) for name in (head.preferred_advisor if head is not None else "", second) if name]

    def _recourse(self, complaint: str) -> str:
        """Where else the customer can turn by the rules of the complaint's sector, in the customer's language."""
        entry = self.entry_of(complaint)
        rule = self.backend.rules.complaints.get(entry.channel if entry is not None else "")
        if rule is None or self.life is None:
            return ""
        return rule.recourse_en if self.life.brief.head.language == "en" else rule.recourse_fr

    def choices_here(self, name: str) -> dict[str, Choices]:
        """What only this workspace knows one can choose from: its sectors, its departments, its scale."""
        rules = self.backend.rules
        departments = (("", "—"), *((key, choice_words("department", key)) for key in rules.departments))
        scale = range(rules.surveys.effort_min, rules.surveys.effort_max + 1)
        if name == "raise_signal":
            from advisor_tui.tui.signal_form import departments as who_answers

            departments = who_answers(self.known, rules.signals.department, [*rules.departments])
        sectors = sorted(rules.complaints, key=lambda key: key != "general")
        answers = tuple((value, words.verdict(value)) for value in words.VERDICTS)
        return ({"answer": (("", "—"), *answers)} if name == "answer_signal" else {}) | {
            "department": departments, "effort": (("", "—"), *((str(step), str(step)) for step in scale)),
            "sector": tuple((key, choice_words("sector", key)) for key in sectors),
        }  # fmt: skip

    def parts_of(self, name: str, given: dict[str, Any]) -> dict[str, list[str]]:
        """The items that a list asks for: the points of a complaint, each with its answer."""
        entry = self.entry_of(given.get("complaint", "")) if name == "answer_complaint" else None
        return {"answers": [str(point) for point in entry.facts.get("points", ())]} if entry is not None else {}

    def action_voice(self) -> None:
        """What customers tell us, by tag, and what departments answered."""
        from advisor_tui.tui.voice import VoiceScreen

        def left(found: tuple[str, str] | None) -> None:
            if found is not None:
                self.open_customer(found[0], entry=found[1])
                self.show_pane(self.life_view)

        self.app.push_screen(VoiceScreen(self), left)

    def entry_of(self, id_: str) -> Entry | None:
        """An entry of the life on screen."""
        return next((entry for entry in self.life_view.entries if entry.id == id_), None) if id_ else None

    def told_of(self, result: Result) -> str:
        """What must be said of what was recorded: numbers that were masked, an act that was not done and why."""
        notes = [_(words.MASKED[kind]) for kind in result.masked if kind in words.MASKED]
        state = result.made.get("state", "")
        if "act" in result.made and state == "refused":
            self.notify(self._held(result), severity="warning", timeout=15, markup=False)
        elif "act" in result.made and state == "asked":
            notes.append(_("The service is vital to them: a second person decides."))
        elif "gesture" in result.made and state == "asked":
            notes.append(_("Above the allowance: a second person decides."))
        for note in notes:
            self.notify(note, timeout=8, markup=False)
        return self._passed_on(result) or " ".join(notes)

    def _passed_on(self, result: Result) -> str:
        """By when a signal is answered, and whether it is one more than its tag's own past explains."""
        made = result.made
        if "heard" in made:
            said = [_("answer by {day}").format(day=f.due_words(made["due"], self.now()))]
            if made.get("alert"):
                said.append(_("{heard}: an alert").format(heard=customers_words(int(made["heard"]))))
            return " · ".join(said)
        count = int(made.get("answered", "0"))
        return (
            ngettext("{count} signal answered.", "{count} signals answered.", count).format(count=count)
            if count > 1
            else ""
        )

    def _held(self, result: Result) -> str:
        """Why an act was not done: the oldest thing that the customer waits for, and its age."""
        held = [id_ for event in result.events for id_ in getattr(event.body, "held_by", ())]
        brief = self.life.brief if self.life is not None else None
        reasons = [reason for reason in brief.hold.reasons if reason.id in held] if brief is not None else []
        if brief is None or not reasons:
            return _("Not done: the customer waits for an answer.")
        said = reason_words(brief, reasons[0], self.now())
        if len(held) > 1:
            said += ", " + _("and {count} more").format(count=len(held) - 1)
        return _("Not done, and noted: {reason}. Answer it first.").format(reason=said)

    def done(self, name: str, customer_id: str, note: str = "", place: str = "") -> None:
        """Something was recorded: say it in the status line, and read what changed; the cursor goes to `place`."""
        title = _(registry.ACTIONS[name].title)
        said = _("{action}: recorded. u undoes it.").format(action=title) if name != "undo" else _("Undone.")
        if name == "raise_signal":  # by when it is answered matters more than how the action is called
            self.say(_("Passed on · {said} · u undoes it").format(said=note))
        else:
            self.say(f"{said} {note}".rstrip())
        self.action_refresh()
        if place:  # what is done next is meant for what was opened
            self.open_customer(customer_id, entry=place)
        self.count_again()


class Offered(NamedTuple):
    """One offer of the catalogue, and all that keeps it away."""

    name: str
    benefit: str
    kept_away: bool  # by more than a dispute, which can be spoken of
    reasons: list[str]


def _fitting(journal: Any, customer: str, person: Any, rules: Any) -> list[Offered]:
    """The catalogue for this customer, on the thread that writes."""
    from advisor_tui.actions.context import Context
    from advisor_tui.actions.offers import blocked, fits

    with journal.transaction() as unit:
        context = Context(unit, person, rules)
        found = fits(context, context.customer(customer))
    return [
        Offered(
            fit.name, fit.benefit, any(block.kind != "dispute" for block in fit.blocks),
            [blocked(block).text(_) for block in fit.blocks],
        )
        for fit in found
    ]  # fmt: skip
