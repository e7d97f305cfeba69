"""Mail to import lines: messages in threads, their customer found by address, attachments by hash."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.parser import BytesHeaderParser
from email.policy import compat32
from typing import Any

import msgspec

from advisor_tui.domain import bodies as b
from advisor_tui.domain.clock import to_ms
from advisor_tui.domain.identity import derived_uuid7, entity_id
from advisor_tui.domain.text import normalise_identifier
from advisor_tui.gateways import mail_headers as h
from advisor_tui.gateways.attachments import Attachments
from advisor_tui.gateways.directory import Directory, Found
from advisor_tui.gateways.formats import Input
from advisor_tui.gateways.importer import Source
from advisor_tui.gateways.line_files import Meter, Refuse
from advisor_tui.gateways.line_reader import Rejected
from advisor_tui.gateways.line_types import FORMAT
from advisor_tui.gateways.mail_message import fingerprint, mended, parse, words_of
from advisor_tui.gateways.mail_threads import Address, Head, Thread, contact_name, threads
from advisor_tui.gateways.mailboxes import LONGEST, MB, Letter, letters
from advisor_tui.language import N_

_PREFIX = re.compile(r"\s{0,9}(?:(?:re|tr|fw|fwd|aw|rép|réf)\s{0,3}(?:\[\d{1,4}\])?\s{0,3}:\s{0,9})+", re.IGNORECASE)
_encode = msgspec.json.Encoder().encode
NOBODY = N_("Unknown sender")


class MailReader:
    """All mail of one run: `scan` each input, `plan`, read `sources`, and `link` when they are in."""

    def __init__(
        self, directory: Directory, attachments: Attachments, own: frozenset[str], now: datetime,
        translate: Callable[[str], str],
    ) -> None:  # fmt: skip
        self.directory = directory
        self.attachments = attachments
        self.own = own
        self.now = now
        self.today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self.nobody = translate(NOBODY)
        self._inputs: dict[int, Input] = {}
        self._heads: dict[int, list[Head | None]] = {}
        self._threads: dict[str, Thread] = {}
        self._found: dict[str, Found] = {}
        self._taken: dict[str, bytes] = {}  # name -> what the message said
        self._customers: set[str] = set()

    def scan(self, file: int, item: Input) -> None:
        """Read the headers of every message of one input."""
        self._heads[file] = [self._head(letter) if letter.whole else None for letter in letters(item)]
        self._inputs[file] = item

    def plan(self) -> None:
        """Decide the threads of all that was scanned."""
        heads = [head for found in self._heads.values() for head in found if head is not None]
        self._threads, self._found = threads(heads, self.directory, to_ms(self.now))

    def sources(self, file: int, meter: Meter, refuse: Refuse) -> Iterator[Source]:
        """The messages of one input as import lines, with the customers and cases they need."""
        for letter, head in zip(letters(self._inputs[file]), self._heads[file], strict=False):
            if head is not None and letter.whole:
                for line in self._lines(letter, head):
                    yield Source(file, letter.number, _encode(line))
            else:
                error = Rejected(N_("The message is longer than {limit} MB."), limit=LONGEST // MB, cut=1)
                refuse(Source(file, letter.number, letter.raw), error)
            meter.bytes += len(letter.raw)
            meter.lines += 1

    def link(self, actor: str) -> None:
        """Bring messages that lay alone into the case that their replies opened, once."""
        wanted = {one.id: (one, thread.case) for thread in self._threads.values() for one in thread.unsorted}
        if not wanted:
            return
        with self.directory.journal.transaction() as unit:
            for id_, (one, case) in sorted(wanted.items()):
                customer, case_id = entity_id("customer", one.customer), entity_id("case", case)
                state = unit.state(customer)
                item = state.items.get(id_)
                if item is None or item.case_id is not None or case_id not in state.cases:
                    continue
                event = unit.event(
                    "contact_linked", customer, b.ContactLinked(id=id_, case=case_id), at=unit.now_ms(), actor=actor,
                    txn=unit.new_id(), case_id=case_id, id_=derived_uuid7(item.at, "mail-link", id_, case_id),
                )  # fmt: skip
                if not self.directory.has_event(unit, event.id):  # a person took it out again: it stays out
                    unit.append(event)

    def _head(self, letter: Letter) -> Head:
        message = BytesHeaderParser(policy=compat32).parsebytes(mended(letter.raw))
        name = h.message_id(message) or f"sha256-{fingerprint(letter.raw)[:32]}"
        dated = h.date_of(message, letter.envelope, self.now)
        writer = next(iter(h.addresses(message, "From", "Reply-To", "Sender", "Return-Path")), None)
        if writer is None:
            writer = (h.header_text(next(iter(h.values(message, "From")), ""))[:200], "")
        others = h.addresses(message, "To", "Cc")
        subject = h.header_text(next(iter(h.values(message, "Subject")), ""))
        references = tuple(one for one in h.references(message) if one != name)
        at = to_ms(dated[0]) if dated else None
        strangers = tuple(other for other in others if not self._is_ours(other[1]))
        return Head(name, references, at, subject, writer, strangers, self._is_ours(writer[1]))

    def _is_ours(self, address: str) -> bool:
        return address in self.own or address.rpartition("@")[2] in self.own if address else False

    def _lines(self, letter: Letter, head: Head) -> Iterator[dict[str, Any]]:
        thread = self._threads[head.name]
        message = parse(letter.raw)
        words = words_of(message, letter.raw)
        line = self._contact(letter, head, message, words)
        found, name = self._known(head.name, line)
        line["id"] = contact_name(name)
        if found is not None:
            line["customer"] = found.customer
            if line.get("extra", {}).get("date") == "none":
                line["at"] = found.recorded.at
            if found.line_case:
                line["case"] = found.line_case
            yield line
            return
        if not thread.customer:
            thread.customer, made = self._customer(thread.person if not words.recipient else ("", words.recipient))
            if made is not None:
                yield made
        line["customer"] = thread.customer
        if thread.case:
            if thread.new:
                thread.new = False
                yield self._case(thread)
            line["case"] = thread.case
        yield line

    def _contact(self, letter: Letter, head: Head, message: Any, words: Any) -> dict[str, Any]:
        dated = h.date_of(message, letter.envelope, self.now)
        at = dated[0] if dated else self.today
        extra: dict[str, Any] = {}
        for key, names in (("from", ("From",)), ("to", ("To",)), ("cc", ("Cc",))):
            people = list(dict.fromkeys(address for _, address in h.addresses(message, *names)))
            if people:
                extra[key] = ", ".join(people[:50])
        if words.quoted:
            extra["quoted"] = words.quoted
        if dated is None:
            extra["date"] = "none"
        elif dated[1] != "date":
            extra["date"] = dated[1]
        if words.recipient:
            extra["bounced"] = words.recipient
        kept = [
            {"name": name, "media_type": media, "sha256": self.attachments.keep(content)}
            for name, media, content in words.attachments
        ]
        direction = "inbound" if not head.ours else "outbound" if head.others else "internal"
        line: dict[str, Any] = {
            "v": FORMAT, "type": "contact", "id": "", "customer": "", "channel": "email", "direction": direction,
            "at": at.isoformat(), "author": head.writer[0] or head.writer[1], "subject": head.subject,
            "body": words.body, "attachments": kept, "extra": extra,
        }  # fmt: skip
        return {key: value for key, value in line.items() if value not in ("", [], {}) or key in ("id", "customer")}

    def _known(self, name: str, line: dict[str, Any]) -> tuple[Found | None, str]:
        """The contact that this message is, and its name: another message may wear the same Message-ID."""
        said = _said(line)
        found = self._found.get(name)
        before = _said(msgspec.to_builtins(found.recorded)) if found is not None else self._taken.get(name)
        if before is None or before == said:
            self._taken.setdefault(name, said)
            return found, name
        name = f"{name}#{hashlib.sha256(said).hexdigest()[:12]}"
        id_ = entity_id("contact", contact_name(name))
        return self.directory.contacts([id_]).get(id_), name

    def _customer(self, person: Address) -> tuple[str, dict[str, Any] | None]:
        """The outside name of the person's customer, and its line where nobody knows them yet."""
        name, address = person
        if address:
            key = ("email", normalise_identifier("email", address))
            known = self.directory.customers([key]).get(key)
            if known:
                return known, None
        ext = f"mail:{normalise_identifier('email', address) or name or 'unknown'}"
        if ext in self._customers or self.directory.customer_names([entity_id("customer", ext)]):
            return ext, None
        self._customers.add(ext)
        line: dict[str, Any] = {"v": FORMAT, "type": "customer", "id": ext, "name": name or address or self.nobody}
        if address:
            line["identifiers"] = [{"kind": "email", "value": address}]
        return ext, line

    def _case(self, thread: Thread) -> dict[str, Any]:
        dated = [head for head in thread.heads if head.at is not None]
        first = min(dated, key=lambda head: (head.at or 0, head.name)) if dated else thread.heads[0]
        opened = (
            datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=first.at) if first.at is not None else self.today
        )
        return {
            "v": FORMAT, "type": "case", "id": thread.case, "customer": thread.customer, "kind": "request",
            "subject": _matter(first.subject), "opened_at": opened.isoformat(),
        }  # fmt: skip


def _matter(subject: str) -> str:
    """What a thread is about: the subject without what replies put before it."""
    subject = subject[:1000]
    prefix = _PREFIX.match(subject)
    return subject[prefix.end() if prefix else 0 :].strip()


def _said(line: dict[str, Any]) -> bytes:
    """What a message said, to tell copies of it from another one under the same id."""
    extra = line.get("extra", {})
    kept = [item.get("sha256") for item in line.get("attachments", [])]
    at = "" if extra.get("date") == "none" else line["at"]
    return _encode([at, extra.get("from"), line.get("subject", ""), line.get("body", ""), kept])
