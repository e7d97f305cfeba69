"""From a folded state to the rows that screens and lists read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from advisor_tui.domain import bodies as b
from advisor_tui.domain.events import IMPORTED
from advisor_tui.domain.listening import SignalRaised
from advisor_tui.domain.state import Case, Claim, CustomerState, Item, Thing, stake_of, usual_advisor
from advisor_tui.domain.telling import signed_by
from advisor_tui.domain.text import fold, normalise_identifier
from advisor_tui.store.lines import recorded_digest

Row = dict[str, Any]
Digests = dict[str, bytes]
LONGEST_DUE = 64
"""Characters of a due day; ISO 8601 with a zone takes 32."""
_json = msgspec.json.Encoder().encode


def _text(value: object) -> str:
    return _json(value).decode()


def customer_row(state: CustomerState, digests: Digests) -> tuple[Row, list[Row]]:
    """The row of a customer and of each identifier they are known by."""
    body = state.customer
    assert body is not None
    identifiers = [_identifier_row(state.id, item, "import") for item in body.identifiers]
    identifiers += [_identifier_row(state.id, item, source) for item, source, _ in state.identifiers]
    names = [body.name, *(row["value"] for row in identifiers if row["kind"] == "former_name")]
    row = {
        "id": state.id,
        "ext": body.ext or state.id,
        "root": state.id,
        "merged_into": state.merged_into or None,
        "name": body.name,
        "kind": body.kind,
        "since": body.since,
        "language": body.language,
        "team": body.team,
        "preferred_advisor": usual_advisor(state),
        "stake": stake_of(state),
        "preferences": _text(body.preferences),
        "known": _known(state),
        "name_text": " · ".join(fold(name) for name in names),
        "number_text": " ".join([row["norm"] for row in identifiers if row["kind"] != "former_name"] + [body.ext]),
        "corrected": state.customer_corrected,
        "digest": digests.get(state.id) or recorded_digest(body, None),
    }
    return row, identifiers


def _known(state: CustomerState) -> str:
    """What was declared here: stake, facts, permissions, who usually answers, whether the law asks to keep it."""
    single = {"stake": state.stake, "relation": state.relation, "legal_hold": state.legal_hold}
    known: dict[str, Any] = {name: _claim(claim) for name, claim in single.items() if claim is not None}
    if "relation" in known and usual_advisor(state):
        known["relation"]["preferred"] = usual_advisor(state)
    if state.facts:
        known["facts"] = [_claim(claim) for claim in state.facts.values()]
    if state.permissions:
        known["permissions"] = [_claim(claim) for claim in state.permissions.values()]
    return _text(known) if known else ""


def _claim(claim: Claim) -> dict[str, Any]:
    """A declaration as its body says it, with when and to whom."""
    return {**msgspec.to_builtins(claim.body), "at": claim.at, "by": claim.actor}


def _identifier_row(customer_id: str, identifier: b.Identifier, source: str) -> Row:
    return {
        "customer_id": customer_id,
        "kind": identifier.kind,
        "value": identifier.value,
        "norm": normalise_identifier(identifier.kind, identifier.value),
        "valid_from": identifier.from_,
        "valid_to": identifier.to,
        "source": source,
    }


def case_rows(state: CustomerState, case: Case, digests: Digests) -> tuple[Row, Row]:
    """The row of a case, and its opening as an entry of the life."""
    body = case.recorded
    ext = body.ext or case.id
    digest = digests.get(case.id) or recorded_digest(body, None)
    row = {
        "id": case.id,
        "ext": ext,
        "customer_id": state.id,
        "kind": body.kind,
        "subject": body.subject,
        "state": case.state,
        "owner": case.owner,
        "queue": body.queue,
        "reason": body.reason,
        "next_step": case.next_step,
        "next_on": case.next_on,
        "opened_at": case.at,
        "closed_at": case.closed_at,
        "corrected": case.corrected,
        "heads": _text(case.heads),
        "more": _case_more(state, case),
        "digest": digest,
    }
    entry = _entry(state, case.id, ext, case.id, "case", case.at, body.subject, body.reason)
    entry.update(
        channel=body.kind, author=case.actor if not body.ext else "", state=case.state, corrected=case.corrected
    )
    return row, entry


def _case_more(state: CustomerState, case: Case) -> str:
    """The situation that stands, how a dispute ended, and whether its end was asked about."""
    more: dict[str, Any] = {}
    situation = state.items.get(case.situation)
    if situation is not None:
        body: Any = situation.recorded
        more["situation"] = {
            "quote": body.quote, "restated": body.restated, "confirmed": body.confirmed, "contact": body.contact,
            "at": situation.at, "by": signed_by(situation.actor, body.author),
        }  # fmt: skip
    if case.dispute:
        more["dispute"], more["dispute_at"] = case.dispute, case.dispute_at
    if case.survey:
        more["survey"] = case.survey
    return _text(more) if more else ""


def _due(said: str) -> str:
    """A day to be ordered by; of what is none, the beginning: an index of PostgreSQL holds no more than 8 KiB."""
    return said[:LONGEST_DUE]


def _entry(
    state: CustomerState, id_: str, ext: str, case_id: str | None, kind: str, at: int, title: str, text: str
) -> Row:
    return {
        "id": id_, "ext": ext, "customer_id": state.id, "case_id": case_id, "kind": kind, "at": at, "channel": "",
        "direction": "", "author": "", "title": title, "text": text, "state": "", "waiting_since": None, "due": None,
        "parent": None, "corrected": 0, "more": "", "digest": None,
    }  # fmt: skip


def item_row(state: CustomerState, item: Item, digests: Digests) -> Row:
    """The row of one entry."""
    body: Any = item.recorded
    recorded = isinstance(body, b.Recorded)
    ext = (body.ext if recorded else "") or item.id
    row = _entry(state, item.id, ext, item.case_id, item.kind, item.at, "", "")
    named = getattr(body, "author", "")
    row["author"] = named if item.actor == IMPORTED and recorded and body.ext else signed_by(item.actor, named)
    row["corrected"] = item.corrected
    row["parent"] = item.parent
    row["waiting_since"] = item.waiting_since
    more: dict[str, Any] = dict(body.extra) if recorded and body.extra else {}
    _FILL[item.kind](row, item, body, more)
    if item.state == "renegotiated" and item.later:
        more.update(_successor(state, item))
    if item.rivals:
        row["state"] = "conflict"
        more["rivals"] = _rivals(state, item)
    if item.replaced:
        more["replaced"] = item.replaced
    if more:
        row["more"] = _text(more)
    if recorded and body.ext:
        row["digest"] = digests.get(item.id) or recorded_digest(body, item.line_case)
    return row


def _contact(row: Row, item: Item, body: b.ContactLogged, more: dict[str, Any]) -> None:
    row.update(channel=body.channel, direction=body.direction, title=body.subject, text=body.body)
    row["state"] = item.state or ("waiting" if item.waiting_since is not None else "")
    _keep(more, body, "received_on", "sent_on", "attachments", "repeated", "answered")
    if item.repeated is not None:
        more["repeated"] = item.repeated
    if item.words:
        more["words"] = item.words
    final = getattr(item.later[-1][2], "final_on", "") if item.later else ""
    if final:
        more["final_on"] = final


def _words(row: Row, item: Item, body: Any, more: dict[str, Any]) -> None:
    row["text"] = "\n\n".join(head.text for head in item.heads)
    more["heads"] = [(head.event, head.actor, head.at) for head in item.heads]
    if len(item.heads) > 1:
        row["state"] = "conflict"
        more["texts"] = [head.text for head in item.heads]
    if item.standing:
        more["standing"] = item.standing


def _successor(state: CustomerState, item: Item) -> dict[str, str]:
    """The promise that stands in the place of one that was moved, and when it is due."""
    id_ = next((body.replaced_by for *_, body in reversed(item.later) if isinstance(body, b.CommitmentWarned)), "")
    new = state.items.get(id_)
    return {"replaced_by": id_, "new_due": getattr(new.recorded, "due", "")} if new is not None else {}


def _rivals(state: CustomerState, item: Item) -> list[tuple[str, str, str, int, str]]:
    """(resolution, wording, author, instant, text) of all that stands against each other, the oldest resolution first."""
    return [
        (other.id, head.event, head.actor, head.at, head.text)
        for other in (state.items[id_] for id_ in item.rivals)
        for head in other.heads
        if head.event in other.standing
    ]


def _commitment(row: Row, item: Item, body: b.CommitmentMade, more: dict[str, Any]) -> None:
    row.update(title=body.text, text=body.heard, state=item.state, due=_due(body.due))
    more["head"] = item.state_head
    if item.words:
        more["words"] = item.words


def _gesture(row: Row, item: Item, body: Any, more: dict[str, Any]) -> None:
    row.update(title=body.what, text=body.reason)
    _keep(more, body, "normal_value", "said")
    _decided(row, item, more)


def _survey(row: Row, item: Item, body: Any, more: dict[str, Any]) -> None:
    if isinstance(body, b.SurveyOffered):
        row.update(channel=body.channel, state=item.state)
    else:
        row["text"] = body.words
        _keep(more, body, "effort", "repeated")


def _decided(row: Row, item: Item, more: dict[str, Any]) -> None:
    """The state of an entry, and each step by which it came to it."""
    row["state"] = item.state
    more["head"] = item.state_head
    if item.later:
        steps = [{"at": at, "by": actor, **msgspec.to_builtins(body)} for at, actor, body in item.later]
        more["later"] = [{key: value for key, value in step.items() if key != "id"} for step in steps]


def _situation(row: Row, item: Item, body: b.SituationStated, more: dict[str, Any]) -> None:
    row.update(title=body.restated, text=body.quote, state="confirmed" if body.confirmed else "")


def _work(row: Row, item: Item, body: b.WorkPlanned, more: dict[str, Any]) -> None:
    row.update(
        title=body.what, text=body.progress, channel=body.department, direction=body.side, due=_due(body.due) or None
    )
    _decided(row, item, more)


def _complaint(row: Row, item: Item, body: b.ComplaintTaken, more: dict[str, Any]) -> None:
    row.update(title=body.points[0] if body.points else "", text="\n".join(body.points), channel=body.sector)
    _keep(more, body, "points", "from_on", "addressee", "contact")
    _decided(row, item, more)


def _act(row: Row, item: Item, body: b.AdverseActAsked, more: dict[str, Any]) -> None:
    row.update(title=body.by, text=body.words, channel=body.act)
    _keep(more, body, "held_by")
    _decided(row, item, more)


def _proposal(row: Row, item: Item, body: b.ProposalMade, more: dict[str, Any]) -> None:
    row.update(title=body.offered_as or body.offer, text=body.benefit, channel=body.channel, direction=body.direction)
    _keep(more, body, "fits", "dispute_acknowledged")
    _decided(row, item, more)


def _signal(row: Row, item: Item, body: SignalRaised, more: dict[str, Any]) -> None:
    until = next((said.until for *_who, said in reversed(item.later) if getattr(said, "until", "")), "")
    due = _due((until if item.state == "later" else "") or body.due)
    row.update(title=body.tag, text=body.text, channel=body.department, due=due)
    _keep(more, body, "striking", "contact")
    _decided(row, item, more)


def _change(row: Row, item: Item, body: b.Body, more: dict[str, Any]) -> None:
    row["channel"] = type(body).__name__
    more.update(msgspec.to_builtins(body))
    row["text"] = str(more.get("words") or more.get("reason") or more.get("next_step") or "")


def _keep(more: dict[str, Any], body: b.Body, *names: str) -> None:
    for name in names:
        value = getattr(body, name)
        if value not in (None, "", []):
            more[name] = msgspec.to_builtins(value)


_FILL: dict[str, Callable[[Row, Item, Any, dict[str, Any]], None]] = {
    "contact": _contact,
    "resolution": _words,
    "note": _words,
    "commitment": _commitment,
    "gesture": _gesture,
    "survey": _survey,
    "change": _change,
    "situation": _situation,
    "work": _work,
    "complaint": _complaint,
    "act": _act,
    "proposal": _proposal,
    "signal": _signal,
}


def thing_row(state: CustomerState, kind: str, thing: Thing, digests: Digests) -> Row:
    """The row of a holding or an offer."""
    body = thing.recorded
    common = {
        "id": thing.id,
        "ext": body.ext or thing.id,
        "customer_id": state.id,
        "valid_from": body.from_,
        "valid_to": body.to,
        "corrected": thing.corrected,
        "digest": digests.get(thing.id) or recorded_digest(body, None),
    }
    if kind == "holding":
        value = "" if body.value is None else _text(body.value)
        return common | {"product": body.product, "value": value, "more": _text(body.extra) if body.extra else ""}
    rules = {"excludes": body.excludes, "requires": body.requires, "price": body.price}
    return common | {"name": body.name, "benefit": body.benefit, "rules": _text(rules)}


def _recorded_at(state: CustomerState, kind: str, id_: str) -> str:
    """When it was recorded: entries of one instant stand in the order in which they were written."""
    entity = state.items.get(id_) if kind == "item" else state.cases.get(id_) if kind == "case" else None
    return entity.hlc if entity is not None else ""


def dirty_rows(state: CustomerState, digests: Digests) -> Iterator[tuple[str, Row]]:
    """(table, row) for each picture of `state` that changed since the last call."""
    for kind, id_ in sorted(state.dirty, key=lambda key: (_recorded_at(state, *key), key)):
        if kind == "item":
            item = state.items.get(id_)
            if item is not None:
                yield "entry", item_row(state, item, digests)
        elif kind == "case":
            row, entry = case_rows(state, state.cases[id_], digests)
            yield "case_view", row
            yield "entry", entry
        elif kind == "customer":
            if state.customer is not None:  # else what was said about them came before they did
                row, identifiers = customer_row(state, digests)
                yield "customer_view", row
                for identifier in identifiers:
                    yield "identifier", identifier
        else:
            things = state.holdings if kind == "holding" else state.offers
            yield f"{kind}_view", thing_row(state, kind, things[id_], digests)
    state.dirty.clear()
