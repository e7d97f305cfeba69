"""What comes back from the disk: messages that a worker posts to the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.store.reads.brief import Life
from advisor_tui.store.reads.customer import CaseHead, Entry
from advisor_tui.store.reads.day import Day
from advisor_tui.store.reads.replica import ReplicaStatus
from advisor_tui.tui.standing import Standing

if TYPE_CHECKING:
    from advisor_tui.sync.engine import Present
    from advisor_tui.tui.ahead import Opened


class DayRead(Message):
    """My day came from the disk."""

    def __init__(self, day: Day) -> None:
        self.day = day
        super().__init__()


class LifeRead(Message):
    """A customer came from the disk."""

    def __init__(self, opened: Life | Opened, place: str, same: bool, asked: int) -> None:
        self.opened, self.place, self.same = opened, place, same  # `same`: read again, not opened
        self.asked = asked  # which opening it answers
        super().__init__()


class MoreRead(Message):
    """Older entries of the customer on screen came from the disk."""

    def __init__(self, life: Life, entries: list[Entry]) -> None:
        self.life, self.entries = life, entries
        super().__init__()


class CasesRead(Message):
    """All cases of a customer came from the disk, for the life that was shown without them."""

    def __init__(self, life: Life, cases: list[CaseHead]) -> None:
        self.life, self.cases = life, cases
        super().__init__()


class Kept(Message):
    """A draft is on the disk, or it could not be put there."""

    def __init__(self, subject: str, kind: str, error: BaseException | None) -> None:
        self.subject, self.kind, self.error = subject, kind, error
        super().__init__()


class Told(Message):
    """The line to the server says how things stand, and whose picture changed."""

    def __init__(self, standing: Standing, customers: frozenset[str]) -> None:
        self.standing, self.customers = standing, customers
        super().__init__()


class PresentTold(Message):
    """Which colleagues have which case open."""

    def __init__(self, present: list[Present]) -> None:
        self.present = present
        super().__init__()


class ReplicaRead(Message):
    """How much waits and was refused came from the disk."""

    def __init__(self, status: ReplicaStatus) -> None:
        self.status = status
        super().__init__()


class Gone(Message):
    """The customer on screen is not in this workspace any more."""

    def __init__(self, customer_id: str) -> None:
        self.customer_id = customer_id
        super().__init__()


class Failed(Message):
    """Something could not be done; the sentence says what and what to do."""

    def __init__(self, error: AdvisorError) -> None:
        self.error = error
        super().__init__()
