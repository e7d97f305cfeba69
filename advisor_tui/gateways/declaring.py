"""What a customer declared and how a case ended, as their lines say it; `domain.telling` reads it back."""

from __future__ import annotations

from typing import Any

from advisor_tui.domain import bodies as b
from advisor_tui.domain.declared import Allowed, Dispute, Fact, LegalHold, Stake
from advisor_tui.domain.state import Case, CustomerState, usual_advisor
from advisor_tui.gateways.becoming import author_of, claimed, time_text


def declared(state: CustomerState, body: b.CustomerRecorded) -> dict[str, Any]:
    """The fields of a customer's line for what was declared, here or by the line."""
    values: dict[str, Any] = {}
    if state.stake is not None:
        said = state.stake.body
        told = "" if isinstance(body.stake, str) else body.stake.at
        values["stake"] = Stake(level=said.level, words=said.words, **claimed(state.stake, told))
    if state.relation is not None:
        values["preferred_advisor"] = usual_advisor(state)
        values["second_advisor"] = state.relation.body.second
        values["relation_at"] = time_text(state.relation.at, body.relation_at)
        values["relation_author"] = author_of(state.relation.actor)
    if state.legal_hold is not None:
        said = state.legal_hold.body
        told = "" if body.legal_hold is None else body.legal_hold.at
        values["legal_hold"] = LegalHold(reason=said.reason, until=said.until, **claimed(state.legal_hold, told))
    if state.facts or body.facts:
        values["facts"] = _facts(state, body)
    if state.permissions or body.permissions:
        values["permissions"] = _permissions(state, body)
    return values


def _facts(state: CustomerState, body: b.CustomerRecorded) -> list[Fact]:
    told = {fact.key: fact.at for fact in body.facts}
    return [
        Fact(
            key=said.key, value=said.value, source=said.source, expires=said.expires,
            **claimed(claim, told.get(said.key, "")),
        )
        for claim in state.facts.values() for said in (claim.body,)
    ]  # fmt: skip


def _permissions(state: CustomerState, body: b.CustomerRecorded) -> list[Allowed]:
    told = {(one.purpose, one.channel): one.at for one in body.permissions}
    return [
        Allowed(
            purpose=said.purpose, channel=said.channel, granted=said.granted, basis=said.basis, proof=said.proof,
            **claimed(claim, told.get((said.purpose, said.channel), "")),
        )
        for claim in state.permissions.values() for said in (claim.body,)
    ]  # fmt: skip


def ended(case: Case) -> dict[str, Any]:
    """The fields of a case's line for how its dispute ended, and why nobody was asked how it was."""
    values: dict[str, Any] = {}
    body = case.recorded
    if case.settled is not None:
        said = case.settled.body
        told = "" if body.dispute is None else body.dispute.at
        values["dispute"] = Dispute(outcome=said.outcome, words=said.words, **claimed(case.settled, told))
    if case.waiver is not None:
        values["survey_waived"] = case.waiver.body.reason
        values["survey_waived_at"] = time_text(case.waiver.at, body.survey_waived_at)
    return values
