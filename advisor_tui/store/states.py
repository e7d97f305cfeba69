"""Folded states kept between transactions: as many as fit, those used last."""

from __future__ import annotations

from collections import OrderedDict

from advisor_tui.domain.state import CustomerState

ROOM = 64_000_000
"""Bytes that the states kept may take, about."""
EVENT = 1000
"""Bytes that an event takes besides its body."""


class States(OrderedDict[str, CustomerState]):
    """States by customer, with what their events weigh: a letter of a megabyte counts for a thousand notes."""

    def __init__(self) -> None:
        super().__init__()
        self._weights: dict[str, int] = {}
        self._total = 0

    def weigh(self, customer_id: str, body: int) -> None:
        """An event with a body of so many bytes belongs to this customer's state."""
        self._weights[customer_id] = self._weights.get(customer_id, 0) + body + EVENT
        self._total += body + EVENT

    def forget(self, customer_id: str) -> None:
        """This customer changed behind our back."""
        self.pop(customer_id, None)
        self._total -= self._weights.pop(customer_id, 0)

    def clear(self) -> None:
        super().clear()
        self._weights.clear()
        self._total = 0

    def trim(self) -> None:
        """Let go of the states used longest ago until the others fit."""
        while self and self._total > ROOM:
            customer_id, _state = self.popitem(last=False)
            self._total -= self._weights.pop(customer_id, 0)
