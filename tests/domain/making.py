"""Events to fold: by hand in a few letters, or drawn at random as several desks would write them."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st

from advisor_tui.domain import bodies as b
from advisor_tui.domain.events import Event
from advisor_tui.domain.identity import Hlc
from advisor_tui.domain.state import CustomerState

CUSTOMER = "01a20000-0000-7000-8000-000000000001"
DAY = 86_400_000
T0 = 1_795_000_000_000


def event(
    type_: str, body: b.Body | None, *, id_: str, n: int, case: str | None = None, base: tuple[str, ...] = (),
    at: int | None = None, device: str = "aaaa", actor: str = "Claire", v: int = 1,
) -> Event:  # fmt: skip
    """An event recorded as the `n`th by the clock of `device`."""
    return Event(
        id=id_, customer_id=CUSTOMER, case_id=case, type=type_, v=v, at=T0 + n if at is None else at,
        hlc=str(Hlc(T0 + n // 3, n % 3, device)), actor=actor, txn=f"t{n}", base=base, body=body,
    )  # fmt: skip


def picture(state: CustomerState) -> dict[str, Any]:
    """All that a state says; what is still to be written to the tables is not part of it."""
    fields = msgspec.structs.asdict(state)
    del fields["dirty"], fields["dirty_cases"]
    fields["by_case"] = {case: ids for case, ids in state.by_case.items() if ids}
    return fields


SCALARS = st.sampled_from(["Claire", "Paul", "équipe Mobile"])
DAYS = st.sampled_from(["", "2026-11-01", "2026-11-10", "2026-12-01"])
STATES: st.SearchStrategy[b.CaseState] = st.sampled_from(("open", "waiting", "resolved", "closed"))
SETTLED: st.SearchStrategy[b.CommitmentState] = st.sampled_from(("kept", "broken", "released", "made"))
WORDS = st.sampled_from(["Bonjour", "C'est réglé", "À revoir", "Non", "👍"])


class Writer:
    """Draws one history: each event is written by one of three desks, which may not have seen the newest ones."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.events: list[Event] = []
        self.cases: list[str] = []
        self.items: dict[str, list[str]] = {
            kind: [] for kind in ("contact", "resolution", "note", "commitment", "gesture")
        }
        self.holdings: list[str] = []
        self.heads: dict[str, list[str]] = {}  # text or scalar -> events that set it

    def pick(self, some: list[str]) -> str:
        return self.draw(st.sampled_from(some)) if some else "nobody"

    def some_case(self) -> str | None:
        return self.pick([*self.cases, ""]) or None

    def seen(self, key: str) -> tuple[str, ...]:
        """What the writer had seen of a text or scalar: its newest write, an older one, both, or nothing."""
        known = self.heads.get(key, [])
        if not known:
            return ()
        views = (st.just(known[-1:]), st.lists(st.sampled_from(known), max_size=2, unique=True))
        return tuple(self.draw(st.one_of(*views)))

    def before_me(self, case: str | None) -> tuple[str, ...]:
        """What a writer names who says what stood on a case; older programs do not say it."""
        return (case, *self.seen(f"on {case}")) if case is not None and self.draw(st.booleans()) else ()

    def add(
        self, type_: str, body: b.Body | None, *, case: str | None = None, base: tuple[str, ...] = (), v: int = 1
    ) -> str:
        n = max(0, len(self.events) - self.draw(st.integers(0, 2)))  # clocks of several desks may tie, or run late
        id_ = f"e{len(self.events):03}"
        at = T0 + self.draw(st.integers(-3, 3)) * DAY
        device = self.draw(st.sampled_from(["aaaa", "bbbb", "cccc"]))
        self.events.append(event(type_, body, id_=id_, n=n, case=case, base=base, at=at, device=device, v=v))
        return id_

    def step(self) -> None:
        getattr(self, self.draw(st.sampled_from(STEPS)))()

    def customer(self) -> None:
        self.add(
            "customer_recorded", b.CustomerRecorded(name=self.draw(WORDS), ext=self.draw(st.sampled_from(["", "c1"])))
        )

    def case(self) -> None:
        assigned = {"owner": "équipe"} if self.draw(st.booleans()) else {}
        id_ = f"case{len(self.cases)}"
        body = b.CaseOpened(
            id=id_, kind="request", subject=self.draw(WORDS), opened_at="2026-11-01", state=self.draw(STATES),
            owner=self.draw(SCALARS), next_step="rappeler", next_on="2026-12-01", assigned=assigned,
        )  # fmt: skip
        added = self.add("case_opened", body, case=id_)
        self.cases.append(id_)
        for scalar in ("state", "owner", "step"):
            self.heads[id_ + scalar] = [added]

    def contact(self) -> None:
        body = b.ContactLogged(
            channel="letter", direction=self.draw(st.sampled_from(["inbound", "outbound", "internal"])), at="2026-11-01",
            received_on=self.draw(DAYS), sent_on=self.draw(DAYS), answered=self.draw(st.sampled_from([None, True, False])),
            ext=self.draw(st.sampled_from(["", "x"])),
        )  # fmt: skip
        self.items["contact"].append(self.add("contact_logged", body, case=self.some_case()))

    def words(self) -> None:
        kind = self.draw(st.sampled_from(["resolution", "note"]))
        model = b.ResolutionWritten if kind == "resolution" else b.NoteAdded
        type_ = "resolution_written" if kind == "resolution" else "note_added"
        case = self.some_case()
        base = self.before_me(case) if kind == "resolution" else ()
        id_ = self.add(type_, model(at="2026-11-01", text=self.draw(WORDS)), case=case, base=base)
        self.items[kind].append(id_)
        self.heads[id_] = [id_]
        self.heads.setdefault(f"on {case}", []).append(id_)

    def promise(self) -> None:
        body = b.CommitmentMade(text=self.draw(WORDS), due="2026-12-01")
        id_ = self.add("commitment_made", body, case=self.some_case())
        self.items["commitment"].append(id_)
        self.heads[id_] = [id_]

    def gesture(self) -> None:
        body = b.GestureMade(at="2026-11-01", what="avoir", normal_value=5, reason="retard")
        self.items["gesture"].append(self.add("gesture_made", body, case=self.some_case()))

    def holding(self) -> None:
        id_ = f"h{len(self.holdings)}"
        self.add("holding_recorded", b.HoldingRecorded(id=id_, product=self.draw(WORDS)))
        self.holdings.append(id_)

    def correction(self) -> None:
        kind = self.draw(
            st.sampled_from(["customer", "case", "contact", "note", "resolution", "commitment", "holding"])
        )
        changes: dict[str, Any]
        if kind == "customer":
            id_, changes = CUSTOMER, {"name": self.draw(WORDS)}
        elif kind == "case":
            id_, changes = self.pick(self.cases), {"state": self.draw(STATES), "owner": self.draw(SCALARS)}
        elif kind == "holding":
            id_, changes = self.pick(self.holdings), {"product": self.draw(WORDS)}
        else:
            id_ = self.pick(self.items[kind])
            field = "body" if kind == "contact" else "text"
            changes = {"case": self.some_case()} if self.draw(st.booleans()) else {field: self.draw(WORDS)}
        self.add("corrected", b.Corrected(kind=kind, id=id_, set=changes))

    def revision(self) -> None:
        id_ = self.pick([*self.items["resolution"], *self.items["note"]])
        case = self.some_case()
        base = (*self.seen(id_), *self.before_me(case))
        added = self.add("text_revised", b.TextRevised(id=id_, text=self.draw(WORDS)), case=case, base=base)
        self.heads.setdefault(id_, []).append(added)
        self.heads.setdefault(f"on {case}", []).append(added)

    def scalar(self) -> None:
        case, scalar = self.pick(self.cases), self.draw(st.sampled_from(["state", "owner", "step"]))
        base = self.seen(case + scalar)
        if scalar == "state":
            added = self.add("state_set", b.StateSet(state=self.draw(STATES)), case=case, base=base)
        elif scalar == "owner":
            step = {"next_step": "relancer", "next_on": "2026-12-02"} if self.draw(st.booleans()) else {}
            added = self.add("owner_set", b.OwnerSet(owner=self.draw(SCALARS), **step), case=case, base=base)
        else:
            body = b.StepPlanned(next_step=self.draw(WORDS), next_on="2026-12-03")
            added = self.add("step_planned", body, case=case, base=base)
        self.heads.setdefault(case + scalar, []).append(added)

    def settled(self) -> None:
        id_ = self.pick(self.items["commitment"])
        state = self.draw(SETTLED)
        added = self.add("commitment_settled", b.CommitmentSettled(id=id_, state=state), base=self.seen(id_))
        self.heads.setdefault(id_, []).append(added)

    def link(self) -> None:
        case = self.some_case()
        self.add("contact_linked", b.ContactLinked(id=self.pick(self.items["contact"]), case=case or ""), case=case)

    def identifier(self) -> None:
        known = b.Identifier(kind="phone", value="06 39 98 11 22")
        self.add("identifier_added", b.IdentifierAdded(identifier=known, source="Claire"))

    def merge(self) -> None:
        other = self.draw(st.sampled_from([{"into": "k1"}, {"absorbed": "k2"}, {"absorbed": "k3"}]))
        if self.draw(st.booleans()):
            self.add("customers_merged", b.CustomersMerged(**other))
        else:
            self.add("customers_unmerged", b.CustomersUnmerged(**other))

    def undo(self) -> None:
        known = [event.id for event in self.events]
        targets = (
            self.draw(st.lists(st.sampled_from(known), min_size=1, max_size=2, unique=True)) if known else ["nobody"]
        )
        self.add("undone", b.Undone(events=targets))

    def undo_an_undo(self) -> None:
        self.add("undone", b.Undone(events=[self.pick([event.id for event in self.events if event.type == "undone"])]))

    def unreadable(self) -> None:
        type_, v = self.draw(st.sampled_from([("note_added", 1), ("from_the_future", 1), ("contact_logged", 2)]))
        self.add(type_, None, v=v)


STEPS = [
    "case", "contact", "words", "promise", "gesture", "holding", "correction", "revision", "revision", "scalar",
    "scalar", "settled", "link", "identifier", "merge", "undo", "undo_an_undo", "unreadable", "customer",
]  # fmt: skip


@st.composite
def histories(draw: st.DrawFn, largest: int = 16) -> list[Event]:
    """The events of one customer, in the order of their clocks."""
    writer = Writer(draw)
    if draw(st.integers(0, 9)):
        writer.customer()
    if draw(st.integers(0, 9)):
        writer.case()
    for _ in range(draw(st.integers(2, largest))):
        writer.step()
    return writer.events
