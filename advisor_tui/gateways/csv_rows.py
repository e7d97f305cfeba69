"""One row of a table as an import line: a dict, not yet bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

import msgspec

from advisor_tui.domain.identity import entity_id
from advisor_tui.gateways import csv_columns as c
from advisor_tui.gateways.csv_values import amount, day, instant
from advisor_tui.gateways.directory import Key, key_of
from advisor_tui.gateways.line_reader import Rejected
from advisor_tui.gateways.line_types import FIELDS, FORMAT, TYPES
from advisor_tui.language import N_

NAMES = ("name", "first_name", "last_name", "company", "postcode", "city", "time", *c.IDENTIFIERS)
DEFAULTS: dict[str, dict[str, str]] = {
    "contact": {"channel": "other", "direction": "inbound"},
    "case": {"kind": "request", "subject": ""},
}


class Row:
    """A row read: its line, and by what its customer is known where it does not name them."""

    def __init__(self, kind: str, cells: Mapping[str, str], extra: Mapping[str, str], zone: tzinfo) -> None:
        if kind not in ("customer", "contact", "case", "holding"):
            raise Rejected(N_("The type {kind} is not known."), kind=kind[:40])
        self.kind = kind
        self.cells = cells
        self.zone = zone
        self.identifiers = _identifiers(cells)
        self.keys: list[Key] = [key_of(item["kind"], item["value"]) for item in self.identifiers]
        self.line: dict[str, Any] = {"v": FORMAT, "type": kind}
        self._fill(dict(extra))

    @property
    def id(self) -> str:
        """The entity's id in the workspace."""
        return entity_id(self.kind, self.line["id"])

    @property
    def unplaced(self) -> bool:
        """Whether the row hangs on a customer whom only an address or number names."""
        return self.kind != "customer" and "customer" not in self.line and bool(self.keys)

    def _fill(self, extra: dict[str, Any]) -> None:
        kind, cells = self.kind, self.cells
        own = FIELDS[kind] | ({"case"} if TYPES[kind].case else set()) | ({"customer"} if kind != "customer" else set())
        values: dict[str, Any] = dict(DEFAULTS.get(kind, {}))
        for field, text in cells.items():
            if field in ("id", "type") or not text:
                continue
            if field in own and not (kind == "customer" and field in NAMES):
                values[field] = self._value(field, text)
            elif field not in NAMES and not (field == "at" and kind == "case"):
                extra[field] = text
        if kind == "case" and "opened_at" not in values and cells.get("at"):
            values["opened_at"] = instant("opened_at", cells["at"], cells.get("time", ""), self.zone)
        if kind == "customer":
            values |= self.customer_fields()
        self.line |= {"id": self._id(values, extra)} | values
        if extra:
            self.line["extra"] = extra

    def _value(self, field: str, text: str) -> Any:
        if field in c.INSTANTS:
            return instant(field, text, self.cells.get("time", ""), self.zone)
        if field in c.DATES:
            return day(field, text, self.zone)
        if field == "kind":
            return c.word(f"{self.kind} kind", text)
        if field in ("channel", "direction", "state"):
            return c.word(field, text)
        if field == "value":
            return amount(text)
        if field == "answered":
            plain = text.strip().casefold()
            return True if plain in c.YES else False if plain in c.NO else text
        return text

    def customer_fields(self) -> dict[str, Any]:
        """The name and identifiers that the row gives its customer."""
        cells = self.cells
        whole = " ".join(cells[key] for key in ("first_name", "last_name") if cells.get(key))
        name = cells.get("name") or whole or cells.get("company") or ""
        if cells.get("name") and cells.get("first_name") and not cells.get("last_name"):
            name = f"{cells['first_name']} {cells['name']}"
        fields: dict[str, Any] = {"name": name or (self.identifiers[0]["value"] if self.identifiers else "")}
        if not whole and not cells.get("name") and cells.get("company"):
            fields["kind"] = "organisation"
        if self.kind == "customer" and cells.get("kind"):
            fields["kind"] = c.word("customer kind", cells["kind"])
        if self.identifiers:
            fields["identifiers"] = self.identifiers
        return fields

    def new_customer(self) -> dict[str, Any]:
        """The line of a customer nobody knows yet."""
        return {"v": FORMAT, "type": "customer", "id": _customer_name(self.keys[0]), **self.customer_fields()}

    def _id(self, values: dict[str, Any], extra: dict[str, Any]) -> str:
        """The id given, or one that the same content always gets."""
        given = self.cells.get("id")
        if given:
            return given
        if self.kind == "customer" and self.keys:
            return _customer_name(self.keys[0])
        content = msgspec.json.encode([self.kind, values, extra, self.keys], order="sorted")
        return f"csv:{self.kind}:{hashlib.sha256(content).hexdigest()[:20]}"


def _customer_name(key: Key) -> str:
    return f"{key[0]}:{key[1]}"


def _identifiers(cells: Mapping[str, str]) -> list[dict[str, str]]:
    found = []
    for field in c.IDENTIFIERS:
        value = cells.get(field, "")
        if field == "address":
            town = " ".join(cells[key] for key in ("postcode", "city") if cells.get(key))
            value = ", ".join(part for part in (value, town) if part)
        if value:
            found.append({"kind": "postal" if field == "address" else field, "value": value})
    return found
