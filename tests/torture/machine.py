"""The world's steps: whatever people, networks, machines and administrators do, one at a time and in any order.

`World.step(name)` does one; `settle` (in `checks`) ends the trouble and looks whether anything is lost, doubled or stuck.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from advisor_tui.domain.errors import NotFound
from advisor_tui.domain.events import CATALOGUE, Event
from advisor_tui.store.central import erase as erasing
from advisor_tui.store.central.quarantine import drop, list_quarantined, release
from advisor_tui.store.replica import answers
from advisor_tui.sync.errors import AnswerCut, DeviceRevoked, SyncError, Unreachable
from tests.store.house import SteppingClock, fresh_database
from tests.torture.edits import Editor
from tests.torture.world import Desk, Server, copy_database

PEOPLE = (
    ("Claire Morel", "Mobile", "advisor"),
    ("Paul Ndiaye", "Mobile", "advisor"),
    ("Ada Verne", "Internet", "advisor"),
    ("Léa Blanc", "Mobile", "lead"),
    ("Hugo Roy", "Internet", "advisor"),
)
EXPECTED = (Unreachable, AnswerCut, DeviceRevoked)
"""What may end an exchange in a world where all servers are of one mind; anything else is a finding."""
MOST_DESKS = 7


class Written(Struct):
    """An event that was committed on a desk: its author was told that it is recorded."""

    customer: str
    device: str
    name: str
    txn: str


class World:
    """Desks, a server, and the memory of everything that was ever recorded."""

    def __init__(self, folder: Path, seed: int, desks: int = 3) -> None:
        self.folder = folder
        self.chance = random.Random(seed)
        self.clock = SteppingClock()
        self.server = Server(folder, self.clock, self.chance)
        self.editor = Editor(self.chance)
        self.ledger: dict[str, Written] = {}
        self.gone_with_disk: set[str] = set()  # whose every copy went with a disk that was put back
        self.dropped: set[str] = set()  # a lead, or their author, decided against them
        self.erased: set[str] = set()  # customers who asked to be forgotten
        self.tally: Counter[str] = Counter()
        self.copies = 0
        self.backups: list[Path] = []
        self.replicas: list[tuple[str, Path, frozenset[str]]] = []
        self.desks: list[Desk] = []
        template = folder.parent / "template.db"
        if not template.exists():
            fresh_database(template)
        for number, (name, team, role) in enumerate(PEOPLE[:desks]):
            self.server.account(name, team, role)
            desk = self._desk(name, f"{number + 1:08x}", template)
            desk.enrol()

    def _desk(self, name: str, device: str, source: Path) -> Desk:
        self.copies += 1
        path = self.folder / f"desk{self.copies}" / "workspace.db"
        path.parent.mkdir()
        copy_database(source, path)
        desk = Desk(self.server, path, name, device, self.chance)
        self.desks.append(desk)
        return desk

    def step(self, name: str) -> None:
        """One step; an error that is nobody's accident goes through to whoever drives."""
        self.tally["steps"] += 1
        STEPS[name][1](self)

    def any_desk(self) -> Desk:
        return self.chance.choice(self.desks)

    def note(self, desk: Desk, events: list[Event]) -> None:
        for event in events:
            txn = "" if event.actor == "import" else event.txn  # of a file's lines some may be there already
            self.ledger[event.id] = Written(event.customer_id, desk.device, desk.name, txn)
        self.tally["edits"] += bool(events)
        self.tally["events"] += len(events)

    # desks

    def edit(self) -> None:
        desk = self.any_desk()
        self.note(desk, self.editor.write(desk))

    def sync(self) -> None:
        self.exchange(self.any_desk(), check=self.chance.random() < 0.1)

    def cut_sync(self) -> None:
        """The desk dies, or its network does, after so many requests."""
        desk = self.any_desk()
        desk.wire.budget = self.chance.randrange(8)
        self.exchange(desk)
        desk.wire.budget = None
        if self.chance.random() < 0.3:
            self.tally["deaths"] += 1
            desk.die()

    def exchange(self, desk: Desk, check: bool = False) -> None:
        """One exchange, which only the network or a shut door may end early."""
        self.tally["syncs"] += 1
        try:
            desk.sync(check)
        except EXPECTED as error:
            self.tally["syncs cut"] += not isinstance(error, DeviceRevoked)

    def two_windows(self) -> None:
        """While an answer travels, a colleague sends something and another process exchanges for the same workspace."""
        desk, other = self.any_desk(), self.any_desk()

        def meanwhile() -> None:
            if other is not desk:
                self.note(other, self.editor.write(other))
                self.exchange(other)
            with desk.second_window() as window, suppress(*EXPECTED):
                window.run()

        desk.wire.meanwhile = meanwhile
        self.exchange(desk)
        desk.wire.meanwhile = None
        self.tally["two windows"] += 1

    def open_elsewhere(self) -> None:
        """An advisor opens a customer of whatever team."""
        desk = self.any_desk()
        homes = sorted(self.server.homes())
        if homes and not desk.wire.offline:
            try:
                desk.exchange().fetch(self.chance.choice(homes))
            except EXPECTED:
                return
            except SyncError as error:
                if error.details.get("said") != "not_found":  # erased, or never recorded as a customer
                    raise

    def die(self) -> None:
        self.tally["deaths"] += 1
        self.any_desk().die()

    def set_clock(self) -> None:
        desk = self.any_desk()
        desk.clock.instant = self.clock.instant
        desk.shift_clock(days=self.chance.choice((0, 0, 365, -365, 1, -1)), seconds=self.chance.randrange(-200, 200))
        self.tally["clocks"] += 1

    def pass_time(self) -> None:
        for clock in (self.clock, *(desk.clock for desk in self.desks)):
            clock.advance(seconds=self.chance.choice((1, 600, 86_400)))

    def keep_replica(self) -> None:
        """Somebody copies a laptop's disk."""
        desk = self.any_desk()
        copy = self.folder / f"{desk.path.parent.name}-{len(self.replicas)}.db"
        copy_database(desk.path, copy)
        self.replicas.append((desk.device, copy, frozenset(desk.wire.opened)))

    def put_replica_back(self) -> None:
        if not self.replicas:
            return
        device, copy, opened = self.chance.choice(self.replicas)
        desk = next(desk for desk in self.desks if desk.device == device)
        desk.put_back(copy)
        desk.wire.opened |= opened
        self.tally["replicas put back"] += 1
        self.forget_what_no_disk_holds()

    def copy_replica(self) -> None:
        """The same replica, with the same device's name, on two machines."""
        if len(self.desks) < MOST_DESKS:
            original = self.any_desk()
            twin = self._desk(original.name, original.device, original.path)
            twin.wire.opened |= original.wire.opened
            self.tally["replicas copied"] += 1

    def send_again(self) -> None:
        """Someone has what was set aside sent anew, or lets it go."""
        desk = self.any_desk()
        aside = [txn for (txn,) in desk.ask("SELECT DISTINCT txn FROM set_aside ORDER BY txn")]
        if not aside:
            return
        txn = self.chance.choice(aside)
        chosen = [id_ for (id_,) in desk.ask("SELECT id FROM set_aside WHERE txn = ? ORDER BY id", txn)]
        if self.chance.random() < 0.7:
            answers.take_back(desk.journal, chosen)
        else:
            answers.let_go(desk.journal, chosen)
            self.dropped.update(chosen)

    # the network

    def trouble(self) -> None:
        self.any_desk().wire.trouble = self.chance.choice((0.0, 0.05, 0.1, 0.4))

    def offline(self) -> None:
        desk = self.any_desk()
        desk.wire.offline = not desk.wire.offline and self.chance.random() < 0.6

    def deliver(self) -> None:
        for desk in self.desks:
            desk.wire.deliver_late()

    # the server

    def restart(self) -> None:
        self.server.start()
        self.tally["server restarts"] += 1

    def back_up(self) -> None:
        copy = self.folder / f"backup{len(self.backups)}.db"
        self.server.keep_copy(copy)
        self.backups.append(copy)

    def restore(self) -> None:
        if not self.backups:
            return
        told = self.chance.random() < 0.5
        self.server.restore(self.chance.choice(self.backups), told)
        self.tally["restores told" if told else "restores untold"] += 1
        self.forget_what_no_disk_holds()

    def rights(self) -> None:
        desk = self.any_desk()
        team = self.chance.choice(("Mobile", "Internet", "Fibre"))
        self.server.set_member(desk.name, team, self.chance.random() < 0.6)
        self.tally["rights changed"] += 1

    def revoke(self) -> None:
        self.server.set_revoked(self.any_desk().device, self.chance.random() < 0.5)
        self.tally["devices revoked or let in"] += 1

    def erase(self) -> None:
        homes = [id_ for id_ in sorted(self.server.homes()) if id_ not in self.erased and id_ != CATALOGUE]
        worker = self.chance.choice(self.server.workers)
        if len(homes) > 3:
            customer = self.chance.choice(homes)
            erasing.erase(worker, self.server.administrator(worker), customer)
            self.erased.add(customer)
            self.tally["erasures"] += 1

    def decide(self) -> None:
        """A lead lets something out of quarantine, or takes it away."""
        worker = self.chance.choice(self.server.workers)
        waiting = list_quarantined(worker)
        if not waiting:
            return
        chosen = self.chance.choice(waiting)
        if self.chance.random() < 0.7:
            try:
                release(worker, chosen["id"])
                self.tally["let in"] += 1
            except NotFound:  # with the reason: erased, unknown to the fold
                return
        else:
            drop(worker, chosen["id"])
            self.dropped.update(row["id"] for row in waiting if row["txn"] == chosen["txn"])

    # what even the best sync cannot bring back

    def forget_what_no_disk_holds(self) -> None:
        """An older disk was put back: what it alone held is gone, and is nobody's fault."""
        held = self.held_anywhere()
        fresh = {id_ for id_ in self.ledger if id_ not in held} - self.gone_with_disk
        self.gone_with_disk |= fresh

    def held_anywhere(self) -> set[str]:
        """The ids that the server or a desk of their author holds, or the network still carries."""
        held = self.server_ids() | set(self.server.quarantined())
        for desk in self.desks:
            mine = desk.held()
            held |= {id_ for id_ in mine if id_ in self.ledger and self.ledger[id_].device == desk.device}
        return held

    def server_ids(self) -> set[str]:
        from advisor_tui.store.unit import TABLES

        return {row.id for row in self.server.rows(TABLES["event"].select().with_only_columns(TABLES["event"].c.id))}

    def close(self) -> None:
        for desk in self.desks:
            desk.close()
        self.server.close()


STEPS: dict[str, tuple[float, Callable[[World], None]]] = {
    "edit": (80, World.edit),
    "sync": (8, World.sync),
    "cut_sync": (6, World.cut_sync),
    "two_windows": (2, World.two_windows),
    "open_elsewhere": (1, World.open_elsewhere),
    "die": (1, World.die),
    "set_clock": (1.5, World.set_clock),
    "pass_time": (1, World.pass_time),
    "keep_replica": (0.4, World.keep_replica),
    "put_replica_back": (0.5, World.put_replica_back),
    "copy_replica": (0.3, World.copy_replica),
    "send_again": (1.5, World.send_again),
    "trouble": (4, World.trouble),
    "offline": (3, World.offline),
    "deliver": (1.5, World.deliver),
    "restart": (0.6, World.restart),
    "back_up": (0.7, World.back_up),
    "restore": (0.7, World.restore),
    "rights": (1.2, World.rights),
    "revoke": (0.5, World.revoke),
    "erase": (0.25, World.erase),
    "decide": (1, World.decide),
}
"""Each step with how often it is taken."""
