"""Synthetic customers of a fictional telecom operator, as import lines: same numbers in, same bytes out.

For benchmarks and trials, not for training: the proportions are those of a real desk (lives of very
different length, ten channels, few open cases, rare unanswered items), the words are combined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import exp
from random import Random

from advisor_tui.domain.errors import StoreError
from advisor_tui.gateways.importer import Defaults, Importer, Source
from advisor_tui.gateways.line_reader import Rejected
from advisor_tui.gateways.report import Report
from advisor_tui.gateways.seed_life import DAYS, OFFERS, STEPS, Draws, SyntheticLife
from advisor_tui.gateways.seed_words import (
    FIRST,
    ORGANISATIONS,
    PHONES,
    STREETS,
    SURNAMES,
    TOWNS,
    ascii_name,
    number_text,
    sentences,
)
from advisor_tui.language import N_
from advisor_tui.store.journal import Journal

CLOCK = "2025-12-19T14:00:00+01:00"
"""The instant at which the synthetic company stands: a Friday afternoon. Nothing lies after it but dates to come."""
LONG, TWO_HUNDRED = "seed:customer:long", "seed:customer:two-hundred"
LONG_ENTRIES, TWO_HUNDRED_ENTRIES = 10_000, 200
TEAMS = ("Mobile", "Fibre", "Facturation", "Entreprises", "Fidélité", "Réseau")
_SPREAD = 1.18
"""Standard deviation of the logarithm of a life's length: the mean is twice the median."""


def life_lengths(customers: int, entries: int, rng: Random) -> list[int]:
    """How many entries each customer has: heavy-tailed, `entries` in all; the first two lives are the known ones."""
    known = [min(LONG_ENTRIES, entries // 3), min(TWO_HUNDRED_ENTRIES, entries // 10)][:customers]
    others, left = customers - len(known), entries - sum(known)
    if not others:
        return [left + known[0], *known[1:]] if known else []
    most = max(TWO_HUNDRED_ENTRIES * 12, left // others * 3)
    weights = [exp(rng.gauss(0.0, _SPREAD)) for _ in range(others)]
    scale = left / sum(weights)
    lengths = [min(most, max(1 if left >= others else 0, round(weight * scale))) for weight in weights]
    missing, place = left - sum(lengths), 0
    while missing:
        step = 1 if missing > 0 else -1
        if step > 0 or lengths[place] + step >= (1 if left >= others else 0):
            lengths[place] += step
            missing -= step
        place = (place + 1) % others
    return known + lengths


def seed_lines(customers: int, entries: int, seed: int = 1) -> Iterator[bytes]:
    """The lines of `customers` customers with `entries` entries in all: offers, then one life after the other."""
    return _Seeder(customers, entries, seed).lines()


def seed(
    journal: Journal, customers: int, entries: int, seed: int = 1, progress: Callable[[int, int], None] | None = None
) -> Report:
    """Bring the synthetic customers into `journal`; `progress` gets (lines, bytes) of each batch."""

    def refuse(source: Source, error: Rejected) -> None:
        raise StoreError(
            N_("The synthetic customers cannot be made: {reason}"), reason=error.message.format(**error.details)
        )

    importer = Importer(journal, Defaults(TEAMS[0], STEPS[0]), refuse)
    lines = seed_lines(customers, entries, seed)
    importer.take((Source(0, number, raw) for number, raw in enumerate(lines, 1)), progress)
    return importer.finish()


class _Seeder:
    """Draws everything from one generator, in one order."""

    def __init__(self, customers: int, entries: int, seed: int) -> None:
        rng = Random(seed)  # noqa: S311 - repeatable, not secret
        self.lengths = life_lengths(customers, entries, rng)
        pool = max(500, min(24_000, entries // 20))
        self.pools = {"fr": sentences("fr", pool, rng), "en": sentences("en", pool // 2, rng)}
        self.draws = Draws(rng, [f"{rng.choice(FIRST['fr'])} {rng.choice(SURNAMES['fr'])}" for _ in range(60)])
        self.random, self.pick = self.draws.random, self.draws.pick

    def lines(self) -> Iterator[bytes]:
        for number, name in enumerate(OFFERS):
            yield (
                f'{{"v":1,"type":"offer","id":"seed:offer:{number}","name":"{name}","from":"2014-01-06",'
                f'"price":{4 + number * 3}.9}}'
            ).encode()
        for place, length in enumerate(self.lengths):
            id_ = (LONG, TWO_HUNDRED)[place] if place < 2 else f"seed:customer:{place}"
            language = "fr" if self.random() < 0.72 else "en"
            yield self._customer(place, id_, language).encode()
            for number in range(1 + int(self.random() * 3)):
                yield self._holding(place, id_, number).encode()
            for line in SyntheticLife(self.draws, id_, length, self.pools[language]).lines():
                yield line.encode()

    def _customer(self, place: int, id_: str, language: str) -> str:
        first, last = self.pick(FIRST[language]), self.pick(SURNAMES[language])
        if self.random() < 0.08:
            last = f"{last}-{self.pick(SURNAMES[language])}"
        organisation = self.random() < 0.04
        name = self.pick(ORGANISATIONS).format(last) if organisation else f"{first} {last}"
        since = DAYS[-1 - int(self.random() * 2000)]
        mail = f"{ascii_name(first)}.{ascii_name(last)}{place % 89 or ''}@example.{self.pick(('org', 'com', 'net'))}"
        known = [
            f'{{"kind":"phone","value":"{self._phone()}"}}', f'{{"kind":"contract","value":"LM-{since[2:4]}-{place:06d}"}}',
            f'{{"kind":"email","value":"{mail}"}}',
        ]  # fmt: skip
        chance = self.random()
        if chance < 0.3:
            known.append(f'{{"kind":"phone","value":"{self._phone()}","to":"{DAYS[int(self.random() * 2000)]}"}}')
        if chance < 0.06:
            known.append(f'{{"kind":"former_name","value":"{first} {self.pick(SURNAMES[language])}"}}')
        if chance > 0.8:
            known.append(f'{{"kind":"postal","value":"{1 + place % 90} {self.pick(STREETS)}, {self.pick(TOWNS)}"}}')
        wish = ',"preferences":[{"key":"rappel","value":"le matin"}]' if chance > 0.9 else ""
        return (
            f'{{"v":1,"type":"customer","id":"{id_}","name":"{name}","kind":"{"organisation" if organisation else "person"}",'
            f'"language":"{language}","since":"{since}","team":"{TEAMS[place % len(TEAMS)]}",'
            f'"identifiers":[{",".join(known)}]{wish}}}'
        )

    def _phone(self) -> str:
        return number_text(self.pick(PHONES), int(self.random() * 10_000), int(self.random() * 3))

    def _holding(self, place: int, id_: str, number: int) -> str:
        ended = f',"to":"{DAYS[int(self.random() * 900)]}"' if self.random() < 0.2 else ""
        return (
            f'{{"v":1,"type":"holding","id":"seed:holding:{place}-{number}","customer":"{id_}",'
            f'"product":"{self.pick(OFFERS)}","from":"{DAYS[-1 - int(self.random() * 1500)]}"{ended}}}'
        )
