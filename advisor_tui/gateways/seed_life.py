"""The synthetic lives: cases with what belongs to them, contacts and notes beside them, over twelve years."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

_TODAY = date(2025, 12, 19)
YEARS = 12
DAYS = [(_TODAY - timedelta(days=ago)).isoformat() for ago in range(YEARS * 365)]
_OFFSETS = ["+02:00" if "04" <= day[5:7] <= "10" else "+01:00" for day in DAYS]
_COMING = [(_TODAY + timedelta(days=ahead)).isoformat() for ahead in range(-20, 25)]
_TIMES = [f"{9 + minute // 60:02d}:{minute % 60:02d}:{minute * 7 % 60:02d}" for minute in range(4 * 60)]
_CHANNELS = (
    ("phone",) * 38 + ("email",) * 22 + ("chat",) * 10 + ("web",) * 8 + ("sms",) * 7 + ("letter",) * 5
    + ("store",) * 5 + ("social",) * 2 + ("other",) * 2 + ("fax",)
)  # fmt: skip
_CASES = (
    ("request",) * 8 + ("incident",) * 5 + ("order",) * 3 + ("complaint",) * 3 + ("dispute", "withdrawal", "data_right")
)
STEPS = ("Rappeler le client", "Vérifier le virement", "Attendre le technicien", "Répondre par écrit", "Call back")
OFFERS = ("Fibre Essentielle", "Fibre Pro", "Mobile 5 Go", "Mobile 80 Go", "Mobile illimité", "Ligne fixe", "Option Monde",
           "Répondeur visuel", "Box Relais", "Décodeur", "Sauvegarde", "Assistance")  # fmt: skip
_MEMBERS = "ioioroinoicoirogsio"
"""What follows in a case: inbound, outbound, resolution, note, commitment, gesture, survey."""
UNANSWERED, OPEN = 0.005, 0.04


@dataclass
class Draws:
    """What all lives share: one generator, the names of those who answer, and what is still owed to the proportions."""

    rng: Random
    advisors: list[str]
    number: int = 0  # of the entry at hand; ids come from it
    cases_owed: float = 0.0
    unanswered_owed: float = 0.0
    random: Callable[[], float] = field(init=False)

    def __post_init__(self) -> None:
        self.random = self.rng.random

    def pick(self, values: list[str] | tuple[str, ...]) -> str:
        """One of `values`, all as likely."""
        return values[int(self.random() * len(values))]


class SyntheticLife:
    """One customer's entries: cases with what belongs to them, and contacts and notes beside them."""

    def __init__(self, draws: Draws, customer: str, length: int, pool: list[str]) -> None:
        self.draws, self.customer, self.length, self.pool = draws, customer, length, pool
        self.random, self.pick = draws.random, draws.pick
        self.case = self.about = ""
        self.ago, self.pace = 0, 0.4

    def lines(self) -> Iterator[str]:
        left = self.length
        self.ago = int(self.random() * 200) + min(YEARS * 365 - 220, left * 25)
        self.pace = min(0.4, self.ago / max(1, left) / 2)
        while left > 0:
            if left > 2 and self.random() < 0.65:
                members = min(left - 1, 2 + int(self.random() ** 2 * 14))
                left -= members + 1
                yield from self._case(members, left == 0)
            else:
                left -= 1
                self.case = self.about = ""
                yield self._member("i" if self.random() < 0.8 else "n", left == 0)
            self._later(left)

    def _later(self, left: int) -> None:
        """Go on in time, so that what is left ends near today."""
        self.ago -= min(self.ago, int(self.random() * 2 * self.ago / (left / 3 + 1)))

    def _case(self, members: int, last: bool) -> Iterator[str]:
        draws = self.draws
        draws.number += 1
        draws.cases_owed += OPEN
        still_open = last and draws.cases_owed >= 1
        if still_open:
            draws.cases_owed -= 1
            self.ago = min(self.ago, 4 + int(self.random() * 60))
        self.case = f"seed:case:{draws.number}"
        self.about = f',"case":"{self.case}"'
        words = self.pick(self.pool)
        subject = words[: words.find(" ", 34)].rstrip(",;")
        state = "closed"
        rest = f',"closed_at":"{DAYS[max(0, self.ago - 5)]}"'
        if still_open:
            state = "waiting" if self.random() < 0.3 else "open"
            rest = f',"owner":"{self.pick(draws.advisors)}","next_step":"{self.pick(STEPS)}","next_on":"{self.pick(_COMING)}"'
        yield (
            f'{{"v":1,"type":"case","id":"{self.case}","customer":"{self.customer}","kind":"{self.pick(_CASES)}",'
            f'"subject":"{subject}","opened_at":"{self._when()}","state":"{state}"{rest}}}'
        )
        start = int(self.random() * len(_MEMBERS))
        for number in range(members):
            yield self._member(_MEMBERS[(start + number) % len(_MEMBERS)], last and number == members - 1, still_open)

    def _member(self, kind: str, last: bool, still_open: bool = False) -> str:
        draws = self.draws
        draws.number += 1
        if kind in "io":
            return self._contact(kind == "i", last)
        head = f'"id":"seed:entry:{draws.number}","customer":"{self.customer}"{self.about}'
        if kind in "nr":
            name = "note" if kind == "n" or not self.case else "resolution"
            return f'{{"v":1,"type":"{name}",{head},"at":"{self._when()}","author":"{self._advisor()}","text":"{self._text()}"}}'
        if kind == "c":
            chance = self.random()
            state = "kept" if chance < 0.86 else "released" if chance < 0.92 else "broken"
            due = DAYS[max(0, self.ago - 3)]
            if still_open and chance < 0.9:
                state, due = "made", self.pick(_COMING)
            return (
                f'{{"v":1,"type":"commitment",{head},"made_at":"{self._when()}","author":"{self._advisor()}",'
                f'"text":"{self.pick(self.pool)}","due":"{due}","state":"{state}"}}'
            )
        if kind == "g":
            return (
                f'{{"v":1,"type":"gesture",{head},"at":"{self._when()}","author":"{self._advisor()}",'
                f'"what":"{self.pick(OFFERS)}","normal_value":{5 + draws.number % 60},"reason":"{self.pick(self.pool)}"}}'
            )
        return (
            f'{{"v":1,"type":"survey",{head},"at":"{self._when()}","effort":{1 + draws.number % 7},'
            f'"words":"{self.pick(self.pool)}"}}'
        )

    def _contact(self, inbound: bool, last: bool) -> str:
        draws = self.draws
        channel = _CHANNELS[int(self.random() * 100)]
        rest = "" if inbound else f',"author":"{self._advisor()}"'
        if inbound:
            draws.unanswered_owed += UNANSWERED
            waits = last and draws.unanswered_owed >= 1
            if waits:
                draws.unanswered_owed -= 1
                self.ago = int(self.random() ** 2 * 30)
            rest = f',"answered":{"false" if waits else "true"}'
        if channel in ("email", "letter", "web"):
            words = self.pick(self.pool)
            rest += f',"subject":"{words[: words.find(" ", 28)].rstrip(",;")}"'
        return (
            f'{{"v":1,"type":"contact","id":"seed:entry:{draws.number}","customer":"{self.customer}"{self.about},'
            f'"channel":"{channel}","direction":"{"inbound" if inbound else "outbound"}","at":"{self._when()}"{rest},'
            f'"body":"{self._text()}"}}'
        )

    def _text(self) -> str:
        """One to six sentences; now and then a reference that stands nowhere else."""
        pool, random = self.pool, self.random
        size = len(pool)
        count = 1 + int(random() ** 1.6 * 6)
        said = [pool[int(random() * size)] for _ in range(count)]
        if count < 6 and random() < 0.06:
            said.append(f"Réf. LX{self.draws.number * 7919 % 99_999_989:08d}.")
        return " ".join(said)

    def _when(self) -> str:
        """An instant of the day at hand, a little later at each call."""
        if self.ago and self.random() < self.pace:
            self.ago -= 1
        minute = int(self.random() * len(_TIMES))
        return f"{DAYS[self.ago]}T{_TIMES[minute]}{_OFFSETS[self.ago]}"

    def _advisor(self) -> str:
        return self.pick(self.draws.advisors)
