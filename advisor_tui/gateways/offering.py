"""Offers by the names under which they were proposed: an action records the name, a line the offer."""

from __future__ import annotations

from collections.abc import Iterable

from advisor_tui.domain import bodies as b
from advisor_tui.domain.events import Event
from advisor_tui.domain.state import CustomerState


class Offers:
    """The catalogue: which offer has, or had, a name."""

    def __init__(self, catalogue: CustomerState, events: Iterable[Event]) -> None:
        self._names: dict[str, str] = {}
        self.known = {id_: thing.recorded.ext or id_ for id_, thing in catalogue.offers.items()}
        """Outside names by id."""
        former: dict[str, str] = {}
        for event in sorted(events, key=lambda event: (event.hlc, event.id)):
            body = event.body
            if isinstance(body, b.OfferRecorded):
                former[body.name] = body.id or event.id
            elif isinstance(body, b.Corrected) and body.kind == "offer" and isinstance(body.set.get("name"), str):
                former[body.set["name"]] = body.id
        for name, id_ in former.items():
            if id_ in self.known:
                self._names[name] = id_
        for id_ in sorted(self.known, key=self.known.__getitem__, reverse=True):
            self._names[catalogue.offers[id_].recorded.name] = id_

    def find(self, offer: str) -> str:
        """The id of an offer by its id, its name, or a name that it once had; "" where there is none."""
        return offer if offer in self.known else self._names.get(offer, "")


def offered(body: b.ProposalMade, offers: Offers) -> dict[str, str]:
    """The fields of a proposal's line for what was offered: the offer, and how it was called then."""
    id_ = offers.find(body.offer)
    name = body.offered_as or body.offer
    return {"offer": id_, "offered_as": name} if id_ else {"offer": name, "offered_as": ""}
