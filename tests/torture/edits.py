"""What advisors and imports write on a desk, chosen at random among all there is to do.

Every text bears a word of its own ("mot 17"), so that one that is missing or doubled can be seen.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import Invalid, NotFound, Refused
from advisor_tui.domain.events import CATALOGUE, Event
from advisor_tui.domain.identity import derived_uuid7, entity_id
from tests.store.house import START
from tests.torture.world import Desk

TEAMS = ("Mobile", "Mobile", "Internet", "Fibre", "")
LINES = 12
"""How many lines the file has that everybody imports."""
FIRST_MS = int(START.timestamp() * 1000)


class Editor:
    """Chooses what is written; remembers nothing but which words were used and which wordings there were."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self._words: Iterator[int] = count(1)
        self.wordings: dict[str, list[str]] = {}  # resolution -> events that worded it
        self.moved = ""  # who moved last, and may move back
        self.kinds: list[Callable[[Desk], list[Event]]] = [
            *[self.act] * 12, self.record, self.record, self.line, self.line, self.correct_team, self.correct_team, self.offer,
        ]  # fmt: skip

    def words(self) -> str:
        return f"mot {next(self._words)} « Ça marche enfin »"

    def write(self, desk: Desk) -> list[Event]:
        """One transaction of any kind, committed; empty where a rule refused it."""
        try:
            return self.chance.choice(self.kinds)(desk)
        except (Refused, NotFound, Invalid):
            return []

    # by people

    def act(self, desk: Desk) -> list[Event]:
        """Any action of a person, about anything that is on this desk."""
        action = self.chance.choice(sorted(GIVEN))
        given = GIVEN[action](self, desk)
        if given is None:
            return []
        result = desk.do(action, **given)
        if "resolution" in result.made:
            self.wordings.setdefault(result.made["resolution"], []).append(result.events[0].id)
        return result.events

    def customer(self, desk: Desk) -> str | None:
        return self._any(desk, "customer_view")

    def case(self, desk: Desk) -> str | None:
        return self._any(desk, "case_view")

    def entry(self, desk: Desk, kind: str) -> str | None:
        return self._any(desk, "entry", f"AND kind = '{kind}'")

    def _any(self, desk: Desk, table: str, more: str = "") -> str | None:
        ((last,),) = desk.ask(f"SELECT max(n) FROM {table}")
        place = self.chance.randrange(last + 1) if last else 0
        found = desk.ask(f"SELECT id FROM {table} WHERE n >= ? {more} ORDER BY n LIMIT 1", place)
        return found[0][0] if found else None

    def maybe(self, value: str) -> str:
        return value if self.chance.random() < 0.5 else ""

    # by imports

    def record(self, desk: Desk) -> list[Event]:
        """A customer who is new."""
        body = b.CustomerRecorded(name=self.words(), team=self.chance.choice(TEAMS))
        with desk.journal.transaction() as unit:
            event = unit.event(
                "customer_recorded", unit.new_id(), body, at=unit.now_ms(), actor="import", txn=unit.new_id()
            )
            unit.append(event)
        return [event]

    def line(self, desk: Desk) -> list[Event]:
        """A line of a file that others import too: whoever does so writes the same events."""
        name = f"c{self.chance.randrange(LINES)}"
        customer = entity_id("customer", name)
        recorded = b.CustomerRecorded(name=f"Zoé {name}", ext=name, team=TEAMS[len(name) % 2 + 1])
        note = b.NoteAdded(id=entity_id("note", name), ext=name, at=START.isoformat(), text=f"mot {name}")
        bodies = [("customer_recorded", recorded), ("note_added", note)][: self.chance.choice((1, 2))]
        written = []
        with desk.journal.transaction() as unit:
            txn = unit.new_id()
            for type_, body in bodies:
                id_ = derived_uuid7(FIRST_MS, type_, name)
                known = unit.connection.exec_driver_sql("SELECT 1 FROM event WHERE id = ?", (id_,)).scalar()
                if not known:
                    event = unit.event(type_, customer, body, at=FIRST_MS, actor="import", txn=txn, id_=id_)
                    unit.append(event)
                    written.append(event)
        return written

    def correct_team(self, desk: Desk) -> list[Event]:
        """The file of customers came again with another team: the customer moves."""
        again = self.chance.random() < 0.5 and desk.ask("SELECT 1 FROM customer_view WHERE id = ?", self.moved)
        customer = self.moved if again else self.customer(desk)
        if customer is None:
            return []
        self.moved = customer
        body = b.Corrected(kind="customer", id=customer, set={"team": self.chance.choice(TEAMS)})
        with desk.journal.transaction() as unit:
            event = unit.event("corrected", customer, body, at=unit.now_ms(), actor="import", txn=unit.new_id())
            unit.append(event)
        return [event]

    def offer(self, desk: Desk) -> list[Event]:
        """An offer of the catalogue, which everybody reads."""
        with desk.journal.transaction() as unit:
            body = b.OfferRecorded(id=unit.new_id(), name=self.words())
            event = unit.event("offer_recorded", CATALOGUE, body, at=unit.now_ms(), actor="import", txn=unit.new_id())
            unit.append(event)
        return [event]


Given = dict[str, Any] | None


def _open_case(editor: Editor, desk: Desk) -> Given:
    customer = editor.customer(desk)
    return (customer and {
        "customer": customer, "subject": editor.words(), "next_step": "Rappeler", "next_on": "+2",
        "contact": editor.maybe(editor.entry(desk, "contact") or ""),
    }) or None  # fmt: skip


def _about(editor: Editor, desk: Desk) -> dict[str, str] | None:
    case, customer = editor.case(desk), editor.customer(desk)
    if case and editor.chance.random() < 0.7:
        return {"case": case}
    return {"customer": customer} if customer else None


def _log_contact(editor: Editor, desk: Desk) -> Given:
    about = _about(editor, desk)
    channel = editor.chance.choice(("phone", "email", "letter"))
    return about and {**about, "body": editor.words(), "channel": channel}


def _add_note(editor: Editor, desk: Desk) -> Given:
    about = _about(editor, desk)
    return about and {**about, "text": editor.words()}


def _write_resolution(editor: Editor, desk: Desk) -> Given:
    case = editor.case(desk)
    given: dict[str, Any] = {"case": case, "text": editor.words()}
    if editor.chance.random() < 0.3:
        given["then"] = editor.chance.choice(("resolved", "waiting"))
    return given if case else None


def _revise_resolution(editor: Editor, desk: Desk) -> Given:
    """A new wording, now and then upon one that others have replaced since."""
    resolution = editor.entry(desk, "resolution")
    if resolution is None:
        return None
    known = editor.wordings.get(resolution, [])
    stale = [editor.chance.choice(known)] if known and editor.chance.random() < 0.4 else []
    return {"resolution": resolution, "text": editor.words(), "base": stale}


def _set_state(editor: Editor, desk: Desk) -> Given:
    case = editor.case(desk)
    state = editor.chance.choice(("open", "waiting", "resolved", "closed"))
    return {"case": case, "state": state, "reason": editor.words()} if case else None


def _hand_over(editor: Editor, desk: Desk) -> Given:
    case = editor.case(desk)
    given = {"owner": "Internet", "next_step": editor.words(), "next_on": "+3", "words": editor.words()}
    return {"case": case, **given} if case else None


def _plan_next_step(editor: Editor, desk: Desk) -> Given:
    case = editor.case(desk)
    return {"case": case, "next_step": editor.words(), "next_on": "+4"} if case else None


def _make_commitment(editor: Editor, desk: Desk) -> Given:
    case = editor.case(desk)
    return {"case": case, "text": editor.words(), "due": "+3"} if case else None


def _settle(editor: Editor, desk: Desk) -> Given:
    promise = editor.entry(desk, "commitment")
    return {"commitment": promise, "words": editor.words()} if promise else None


def _add_identifier(editor: Editor, desk: Desk) -> Given:
    customer = editor.customer(desk)
    return {"customer": customer, "kind": "contract", "value": editor.words()} if customer else None


def _merge(editor: Editor, desk: Desk) -> Given:
    keep, absorb = editor.customer(desk), editor.customer(desk)
    wanted = editor.chance.random() < 0.3
    return {"keep": keep, "absorb": absorb} if keep and absorb and wanted else None


def _unmerge(editor: Editor, desk: Desk) -> Given:
    found = desk.ask("SELECT id FROM customer_view WHERE merged_into IS NOT NULL ORDER BY n LIMIT 1")
    return {"customer": found[0][0]} if found else None


def _link(editor: Editor, desk: Desk) -> Given:
    contact = editor.entry(desk, "contact")
    return {"contact": contact, "case": editor.maybe(editor.case(desk) or "")} if contact else None


def _take(editor: Editor, desk: Desk) -> Given:
    case = editor.case(desk)
    return {"case": case} if case else None


GIVEN: dict[str, Callable[[Editor, Desk], Given]] = {
    "open_case": _open_case,
    "log_contact": _log_contact,
    "add_note": _add_note,
    "write_resolution": _write_resolution,
    "revise_resolution": _revise_resolution,
    "set_state": _set_state,
    "take": _take,
    "hand_over": _hand_over,
    "plan_next_step": _plan_next_step,
    "make_commitment": _make_commitment,
    "keep_commitment": _settle,
    "break_commitment": _settle,
    "release_commitment": _settle,
    "link_contact": _link,
    "add_identifier": _add_identifier,
    "merge_customers": _merge,
    "unmerge_customers": _unmerge,
    "undo": lambda _editor, _desk: {},
}
"""What each action is given here; None where there is nothing on this desk to do it to."""
