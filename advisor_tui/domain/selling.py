"""What may be offered to this customer, by facts that they declared or hold. No score, no inference.

Source: DOMAIN.md 7, invariant 4 (essay 001: « un service à un prospect qui en bénéficie déjà », « un litige récent »).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Literal, NamedTuple

from advisor_tui.domain import bodies as b
from advisor_tui.domain.guard import dispute_ended, is_dispute
from advisor_tui.domain.state import CustomerState, Item
from advisor_tui.domain.text import fold

DAY_MS = 86_400_000
BlockKind = Literal["held", "excluded", "missing", "not_valid", "refused", "objected", "no_consent", "dispute"]


class Windows(NamedTuple):
    """Days for which a refusal and an ended dispute keep an offer away (rule pack, `offers`)."""

    refused_days: int
    dispute_days: int


class Block(NamedTuple):
    """Why an offer is kept away: what stands against it, and since or until when (Unix ms) where that matters."""

    kind: BlockKind
    about: str = ""
    at: int | None = None


class Fit(NamedTuple):
    """One offer for one customer: by which facts it fits, or what keeps it away."""

    id: str
    name: str
    benefit: str
    fits: tuple[str, ...]
    blocks: tuple[Block, ...]


def assess(
    states: Sequence[CustomerState], offers: Iterable[tuple[str, b.OfferRecorded]], windows: Windows, now_ms: int,
    today: date, outbound: bool = False, channel: str = "",
) -> list[Fit]:  # fmt: skip
    """Every offer for this customer (all their records), those that fit first."""
    held = {fold(body.product): body.product for body in _held(states, today)}
    shared = [*_permission_blocks(states, outbound, channel), *_dispute_blocks(states, windows, now_ms)]
    found = []
    for id_, offer in offers:
        names = {fold(offer.name), fold(offer.ext), fold(id_)} - {""}
        blocks = [
            *(Block("held", held[name]) for name in sorted(names & held.keys())),
            *(Block("excluded", held[fold(other)]) for other in offer.excludes if fold(other) in held),
            *(Block("missing", other) for other in offer.requires if fold(other) not in held),
            *_validity(offer, today),
            *_refusals(states, names, windows, now_ms),
            *(block for block in shared if block.kind != "no_consent" or not _related(offer, held)),
        ]
        fits = tuple(held[fold(other)] for other in offer.requires if fold(other) in held)
        found.append(Fit(id_, offer.name, offer.benefit, fits, tuple(blocks)))
    return sorted(found, key=lambda fit: (bool(fit.blocks), fold(fit.name)))


def _held(states: Iterable[CustomerState], today: date) -> Iterator[b.HoldingRecorded]:
    for state in states:
        for thing in state.holdings.values():
            if not thing.recorded.to or thing.recorded.to[:10] >= today.isoformat():
                yield thing.recorded


def _validity(offer: b.OfferRecorded, today: date) -> Iterator[Block]:
    day = today.isoformat()
    if (offer.from_ and offer.from_[:10] > day) or (offer.to and offer.to[:10] < day):
        yield Block("not_valid", offer.from_ if offer.from_[:10] > day else offer.to)


def proposals(states: Iterable[CustomerState]) -> Iterator[Item]:
    """What was proposed to this customer before."""
    for state in states:
        yield from (item for item in state.items.values() if isinstance(item.recorded, b.ProposalMade))


def _refusals(states: Sequence[CustomerState], names: set[str], windows: Windows, now_ms: int) -> Iterator[Block]:
    for item in proposals(states):
        body = item.recorded
        assert isinstance(body, b.ProposalMade)
        recent = item.settled_at is not None and item.settled_at > now_ms - windows.refused_days * DAY_MS
        if item.state == "refused" and recent and fold(body.offer) in names:
            yield Block("refused", item.words or body.offered_as or body.offer, item.settled_at)


def _permission_blocks(states: Iterable[CustomerState], outbound: bool, channel: str) -> Iterator[Block]:
    """An objection is absolute; an outbound call needs a consent of its own."""
    said = {
        claim.body.channel: claim
        for state in states
        for key, claim in sorted(state.permissions.items(), key=lambda pair: pair[1].at)
        if key.startswith("prospecting ")
    }
    for place in dict.fromkeys(("", channel)):
        claim = said.get(place)
        if claim is not None and not claim.body.granted:
            yield Block("objected", claim.body.basis, claim.at)
    granted = any(claim.body.granted for place, claim in said.items() if place in ("", channel))
    if outbound and channel == "phone" and not granted:
        yield Block("no_consent", channel)


def _related(offer: b.OfferRecorded, held: dict[str, str]) -> bool:
    """Whether the offer is about a running contract: the law lets it be spoken of without a consent of its own."""
    return any(fold(other) in held for other in offer.requires)


def _dispute_blocks(states: Iterable[CustomerState], windows: Windows, now_ms: int) -> Iterator[Block]:
    for state in states:
        for case in state.cases.values():
            ended = dispute_ended(case)
            if is_dispute(case):
                yield Block("dispute", case.recorded.subject, case.at)
            elif ended is not None and ended > now_ms - windows.dispute_days * DAY_MS:
                yield Block("dispute", case.recorded.subject, ended)


def copied(benefit: str, offer: str, said: Iterable[str]) -> bool:
    """Whether a benefit sentence was taken over instead of written: from the offer, or from what others were told."""
    mine = _plain(benefit)
    return mine in {_plain(offer), *map(_plain, said)}


def _plain(text: str) -> str:
    return "".join(char for char in fold(text) if char.isalnum())
