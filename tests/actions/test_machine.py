"""Whatever people do, in whatever order: what must hold holds, nothing is lost, and the pictures are the journal's."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from advisor_tui.actions.execute import Result
from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import AdvisorError, Invalid, NotFound, Refused
from advisor_tui.domain.invariants import breaches
from advisor_tui.domain.permissions import Person
from advisor_tui.domain.rules import is_open
from advisor_tui.store.rebuild import rebuild
from tests.store.house import CLAIRE, PAUL, RULES, House, SteppingClock, fresh_database

WORDS = st.sampled_from(["", " ", "Bonjour", "C'est réglé", "\x1b[31m", "é👍"])
DATES = st.sampled_from(["", "demain", "lundi", "+2", "dimanche", "hier", "2020-01-01", "+999", "14:00", "2026-12-25"])
STATES = st.sampled_from(["open", "waiting", "resolved", "closed", "lost"])
NUMBERS = st.sampled_from(["06 39 98 11 22", "+33639981122", "F-204", "Castellane", ""])
WHO = st.sampled_from([CLAIRE, PAUL, CLAIRE, PAUL, Person("Tom", role="trainer"), Person("Lia", role="liaison")])
PICK = st.integers(0, 30)


@cache
def template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="advisor-machine-"))
    atexit.register(shutil.rmtree, folder)
    path = folder / "workspace.db"
    fresh_database(path)
    return path


class Desk(RuleBasedStateMachine):
    """Two people, and two more who may not write, at work on three customers."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="advisor-desk-"))
        self.house = House.copy(template(), self.folder / "workspace.db", SteppingClock(), hurry=True)
        self.made: dict[str, list[str]] = {
            kind: ["nobody"] for kind in ("case", "contact", "note", "resolution", "commitment", "txn")
        }
        self.customers: list[str] = []

    def teardown(self) -> None:
        self.house.close()
        shutil.rmtree(self.folder)

    @initialize()
    def begin(self) -> None:
        self.customers = [
            self.house.customer(
                "Zoé Lefèvre", since="2003-02-01", identifiers=[b.Identifier(kind="phone", value="06 39 98 11 22")]
            ),
            self.house.customer("Z. Lefevre", since="1994-03-01"),
            self.house.customer("Marguerite Roussel"),
        ]
        for customer in self.customers[:2]:
            self.made["case"].append(self.house.case(customer))
        self.known = self.house.events()

    def pick(self, kind: str, number: int) -> str:
        some = self.made[kind]
        return some[-1 - number % len(some)]

    def who(self, number: int) -> str:
        return ([*self.customers, "F-204", "06.39.98.11.22"])[number % 5]

    def act(self, name: str, who: Person, **given: Any) -> Result | None:
        """Do it; when refused, nothing at all was recorded."""
        house, before, picture = self.house, self.known, self.house.digest()
        meta = house.rows("SELECT * FROM meta")
        try:
            result = house.do(name, who, **given)
        except (Refused, Invalid, NotFound) as error:
            said = str(error)
        else:
            said = ""
        if said:
            assert house.events() == before
            assert house.digest() == picture
            assert house.rows("SELECT * FROM meta") == meta
            assert "{" not in said
            return None
        assert who.role not in ("trainer", "liaison")
        self.known = house.events()
        assert self.known[: len(before)] == before, "no event is lost or changed"
        assert [row[0] for row in self.known[len(before) :]] == [event.id for event in result.events]
        assert result.events
        for kind, id_ in result.made.items():
            if kind in self.made:
                self.made[kind].append(id_)
        self.made["txn"].append(result.txn)
        return result

    @rule(who=WHO, n=PICK, subject=WORDS, step=WORDS, on=DATES, contact=st.none() | PICK)
    def open_case(self, who: Person, n: int, subject: str, step: str, on: str, contact: int | None) -> None:
        link = "" if contact is None else self.pick("contact", contact)
        self.act("open_case", who, customer=self.who(n), subject=subject, next_step=step, next_on=on, contact=link)

    @rule(who=WHO, n=PICK, in_case=st.booleans(), body=WORDS, received=DATES,
          direction=st.sampled_from(["inbound", "outbound", "internal"]), channel=st.sampled_from(["letter", "phone"]))  # fmt: skip
    def log_contact(
        self, who: Person, n: int, in_case: bool, body: str, received: str, direction: str, channel: str
    ) -> None:
        about = {"case": self.pick("case", n)} if in_case else {"customer": self.who(n)}
        self.act("log_contact", who, body=body, received_on=received, direction=direction, channel=channel, **about)

    @rule(who=WHO, n=PICK, in_case=st.booleans(), text=WORDS)
    def add_note(self, who: Person, n: int, in_case: bool, text: str) -> None:
        self.act(
            "add_note", who, text=text, **({"case": self.pick("case", n)} if in_case else {"customer": self.who(n)})
        )

    @rule(who=WHO, n=PICK, text=WORDS, then=st.none() | STATES)
    def write_resolution(self, who: Person, n: int, text: str, then: str | None) -> None:
        self.act("write_resolution", who, case=self.pick("case", n), text=text, **({"then": then} if then else {}))

    @rule(who=WHO, n=PICK, text=WORDS, alone=st.booleans())
    def revise_resolution(self, who: Person, n: int, text: str, alone: bool) -> None:
        resolution = self.pick("resolution", n)
        self.act("revise_resolution", who, resolution=resolution, text=text, base=[resolution] if alone else [])

    @rule(who=WHO, n=PICK, state=STATES, reason=WORDS, step=WORDS, on=DATES)
    def set_state(self, who: Person, n: int, state: str, reason: str, step: str, on: str) -> None:
        self.act("set_state", who, case=self.pick("case", n), state=state, reason=reason, next_step=step, next_on=on)

    @rule(who=WHO, n=PICK)
    def take(self, who: Person, n: int) -> None:
        self.act("take", who, case=self.pick("case", n))

    @rule(who=WHO, n=PICK, owner=WORDS, step=WORDS, on=DATES)
    def hand_over(self, who: Person, n: int, owner: str, step: str, on: str) -> None:
        self.act("hand_over", who, case=self.pick("case", n), owner=owner, next_step=step, next_on=on)

    @rule(who=WHO, n=PICK, step=WORDS, on=DATES)
    def plan_next_step(self, who: Person, n: int, step: str, on: str) -> None:
        self.act("plan_next_step", who, case=self.pick("case", n), next_step=step, next_on=on)

    @rule(who=WHO, n=PICK, text=WORDS, due=DATES)
    def make_commitment(self, who: Person, n: int, text: str, due: str) -> None:
        result = self.act("make_commitment", who, case=self.pick("case", n), text=text, due=due)
        if result is not None:
            body = result.events[0].body
            assert isinstance(body, b.CommitmentMade)
            day = self.house.clock.now().date().fromisoformat(body.due[:10])
            assert is_open(RULES.calendar, day), "somebody is there to keep it"
            assert result.events[0].actor == who.name

    @rule(who=WHO, n=PICK, how=st.sampled_from(["keep", "break", "release"]), words=WORDS, due=DATES)
    def settle(self, who: Person, n: int, how: str, words: str, due: str) -> None:
        given = {"new_due": due} if how == "break" else {}
        self.act(f"{how}_commitment", who, commitment=self.pick("commitment", n), words=words, **given)

    @rule(who=WHO, n=PICK, case=st.none() | PICK)
    def link_contact(self, who: Person, n: int, case: int | None) -> None:
        to = "" if case is None else self.pick("case", case)
        self.act("link_contact", who, contact=self.pick("contact", n), case=to)

    @rule(who=WHO, n=PICK, kind=st.sampled_from(["phone", "former_name", "shoe"]), value=NUMBERS)
    def add_identifier(self, who: Person, n: int, kind: str, value: str) -> None:
        self.act("add_identifier", who, customer=self.who(n), kind=kind, value=value)

    @rule(who=WHO, keep=PICK, absorb=PICK)
    def merge(self, who: Person, keep: int, absorb: int) -> None:
        self.act("merge_customers", who, keep=self.who(keep), absorb=self.who(absorb))

    @rule(who=WHO, n=PICK)
    def unmerge(self, who: Person, n: int) -> None:
        self.act("unmerge_customers", who, customer=self.who(n))

    @rule(who=WHO)
    def undo(self, who: Person) -> None:
        self.act("undo", who)

    @rule(who=WHO, n=PICK)
    def undo_something_older(self, who: Person, n: int) -> None:
        self.act("undo", who, txn=self.pick("txn", n))

    @precondition(lambda self: len(self.made["txn"]) > 1)
    @rule(data=st.data())
    def do_and_undo_leaves_the_picture_as_it_was(self, data: st.DataObject) -> None:
        house = self.house
        case, customer = self.pick("case", data.draw(PICK)), self.customers[data.draw(PICK) % 3]
        acts: list[tuple[str, dict[str, Any]]] = [
            ("add_note", {"customer": customer, "text": "x"}),
            ("log_contact", {"case": case, "body": "x", "channel": "letter"}),
            ("write_resolution", {"case": case, "text": "x", "then": "resolved"}),
            ("set_state", {"case": case, "state": "waiting"}),
            ("hand_over", {"case": case, "owner": "Ada", "next_step": "x", "next_on": "+2"}),
            ("make_commitment", {"case": case, "text": "x", "due": "lundi"}),
            ("merge_customers", {"keep": customer, "absorb": self.customers[data.draw(PICK) % 3]}),
            ("unmerge_customers", {"customer": customer}),
            ("add_identifier", {"customer": customer, "kind": "email", "value": "z@exemple.fr"}),
            ("keep_commitment", {"commitment": self.pick("commitment", data.draw(PICK))}),
            ("link_contact", {"contact": self.pick("contact", data.draw(PICK)), "case": case}),
            ("open_case", {"customer": customer, "subject": "x", "next_step": "x", "next_on": "+2"}),
            ("revise_resolution", {"resolution": self.pick("resolution", data.draw(PICK)), "text": "autrement"}),
        ]
        name, given = data.draw(st.sampled_from(acts))
        before = house.digest()
        if self.act(name, CLAIRE, **given) is not None:
            assert self.act("undo", CLAIRE) is not None, "what was just done can be taken back"
            assert house.digest() == before

    @rule(hours=st.integers(-48, 72))
    def time_passes(self, hours: int) -> None:
        self.house.clock.advance(hours=hours)

    @invariant()
    def what_must_hold_holds(self) -> None:
        states = {id_: self.house.journal.state(id_) for id_ in self.customers}
        for state in states.values():
            assert list(breaches(state)) == []
            for other in state.absorbed:
                assert states[other].merged_into == state.id, "a merge is known on both sides"
            if state.merged_into:
                assert state.id in states[state.merged_into].absorbed
            for item in state.items.values():
                if item.kind == "commitment" and item.state == "made":
                    assert state.cases[item.case_id or ""].state != "closed", "a closed case keeps no open promise"
        roots = dict(self.house.rows("SELECT id, root FROM customer_view"))
        assert all(roots[root] == root for root in roots.values())
        assert all(root == id_ for id_, root in roots.items() if not states[id_].merged_into)

    @invariant()
    def the_pictures_are_what_the_journal_says(self) -> None:
        before, after = rebuild(self.house.journal)
        assert before == after
        with self.house.raw() as raw:
            for index in ("entry_search", "customer_search", "customer_part"):
                raw.execute(f"INSERT INTO {index}({index}, rank) VALUES('integrity-check', 1)")


TestDesk = Desk.TestCase


def test_a_message_of_a_refusal_never_shows_its_template() -> None:
    with pytest.raises(AdvisorError, match="nobody"):
        raise NotFound("No case is known as {name}.", name="nobody")
