"""Who the customer is: identifiers, and two records that are one person."""

from __future__ import annotations

from advisor_tui.actions.context import Context, nonempty
from advisor_tui.actions.registry import Params, action
from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import Refused
from advisor_tui.domain.text import normalise_identifier
from advisor_tui.language import N_


class AddIdentifier(Params, kw_only=True, frozen=True):
    customer: str
    kind: b.IdentifierKind
    value: str
    valid_from: str = ""
    valid_to: str = ""


@action(N_("Add a name or number"), AddIdentifier, key="i")
def add_identifier(context: Context, params: AddIdentifier) -> None:
    """Keep another phone, address, number or former name by which this customer can be found."""
    state = context.customer(params.customer)
    value = nonempty(params.value, "value")
    norm = normalise_identifier(params.kind, value)
    assert state.customer is not None
    known = [*state.customer.identifiers, *(identifier for identifier, _, _ in state.identifiers)]
    if any(item.kind == params.kind and normalise_identifier(item.kind, item.value) == norm for item in known):
        raise Refused("This customer already has it.", code="same_identifier")
    days = [context.moment(day)[:10] if day else "" for day in (params.valid_from, params.valid_to)]
    identifier = b.Identifier(kind=params.kind, value=value, from_=days[0], to=days[1])
    context.add("identifier_added", state, b.IdentifierAdded(identifier=identifier, source=context.person.name))


class MergeCustomers(Params, kw_only=True, frozen=True):
    keep: str
    absorb: str


@action(N_("Merge two records of one customer"), MergeCustomers, key="M", permission="merge")
def merge_customers(context: Context, params: MergeCustomers) -> None:
    """Show two records as one customer; nothing is lost, and it can be taken apart again."""
    keep, absorb = context.customer(params.keep), context.customer(params.absorb)
    if keep.id == absorb.id:
        raise Refused("This is the same record.", code="same_customer")
    if absorb.merged_into:
        raise Refused("This record is already merged into another.", code="already_merged")
    if keep.merged_into:
        raise Refused("The record to keep is itself merged into another.", code="already_merged")
    context.add("customers_merged", absorb, b.CustomersMerged(into=keep.id))
    context.add("customers_merged", keep, b.CustomersMerged(absorbed=absorb.id))


class UnmergeCustomers(Params, kw_only=True, frozen=True):
    customer: str


@action(N_("Take merged records apart"), UnmergeCustomers, permission="merge")
def unmerge_customers(context: Context, params: UnmergeCustomers) -> None:
    """Take back a merge: both records are as they were, with what was added meanwhile."""
    absorbed = context.customer(params.customer)
    if not absorbed.merged_into:
        raise Refused("This record is not merged.", code="not_merged")
    keep = context.unit.state(absorbed.merged_into)
    context.add("customers_unmerged", absorbed, b.CustomersUnmerged(into=keep.id))
    context.add(
        "customers_unmerged",
        keep,
        b.CustomersUnmerged(absorbed=absorbed.id),
        base=(keep.absorbed.get(absorbed.id, ""),),
    )
