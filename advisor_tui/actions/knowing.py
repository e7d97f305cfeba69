"""What an advisor learns about a customer and a case: said by them, with a source and a date, never inferred."""

from __future__ import annotations

from advisor_tui.actions.context import Context, nonempty
from advisor_tui.actions.registry import Params, action
from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import Refused
from advisor_tui.domain.gentle import check
from advisor_tui.domain.state import CustomerState
from advisor_tui.language import N_


class StateSituation(Params, kw_only=True, frozen=True):
    case: str
    quote: str
    restated: str = ""
    confirmed: bool = False


@action(N_("The situation, in their words"), StateSituation, key="S")
def state_situation(context: Context, params: StateSituation) -> None:
    """Write what the customer says of their situation, how you said it back, and whether they agreed."""
    state, case = context.case(params.case)
    if params.confirmed and not params.restated.strip():
        raise Refused("Say it back in your own words first: that is what they agree to.", code="not_restated")
    body = b.SituationStated(
        quote=nonempty(params.quote, "quote"), restated=params.restated.strip() and nonempty(params.restated, "restated"),
        confirmed=params.confirmed,
    )  # fmt: skip
    context.made["situation"] = context.add("situation_stated", state, body, case_id=case.id).id


class ConfirmSituation(Params, kw_only=True, frozen=True):
    case: str


@action(N_("They confirm the situation"), ConfirmSituation)
def confirm_situation(context: Context, params: ConfirmSituation) -> None:
    """Note that the customer agreed with how their situation was said back to them."""
    state, case = context.case(params.case)
    item = state.items.get(case.situation)
    if item is None or not isinstance(item.recorded, b.SituationStated):
        raise Refused("No situation was written down in this case yet.", code="no_situation")
    if item.recorded.confirmed:
        raise Refused("They have already confirmed it.", code="already_confirmed")
    if not item.recorded.restated:
        raise Refused("Say it back in your own words first: that is what they agree to.", code="not_restated")
    body = b.SituationStated(quote=item.recorded.quote, restated=item.recorded.restated, confirmed=True)
    made = context.add("situation_stated", state, body, case_id=case.id, base=(item.event,))
    context.made["situation"] = made.id


class MarkRepeated(Params, kw_only=True, frozen=True):
    contact: str


@action(N_("They had to say it again"), MarkRepeated, key="a")
def mark_repeated(context: Context, params: MarkRepeated) -> None:
    """Note that the customer had to repeat what they had told us before; the same key takes it back."""
    state, item = context.item(params.contact, "contact")
    before = item.repeated if item.repeated is not None else bool(getattr(item.recorded, "repeated", None))
    body = b.ContactMarked(id=item.id, repeated=not before)
    context.made["repeated"] = "no" if before else "yes"
    context.add("contact_marked", state, body, case_id=item.case_id, base=(item.state_head or item.event,))


class SettleContact(Params, kw_only=True, frozen=True):
    contact: str
    reply: b.ReplyState
    words: str
    final_on: str = ""


@action(N_("How it was answered"), SettleContact, key="w")
def settle_contact(context: Context, params: SettleContact) -> None:
    """Say how something received was dealt with: acknowledged, held with a date, answered, or why no answer is needed."""
    state, item = context.item(params.contact, "contact")
    body = item.recorded
    if not isinstance(body, b.ContactLogged) or body.direction != "inbound":
        raise Refused("Only what came from the customer can be answered.", code="not_inbound")
    if item.waiting_since is None:
        raise Refused("It does not wait any more.", code="not_waiting")
    if params.reply == "holding_reply" and not params.final_on.strip():
        raise Refused("A holding reply says until when at the latest.", code="no_final_date")
    final = context.moment(params.final_on)[:10] if params.final_on.strip() else ""
    mark = b.ContactMarked(id=item.id, reply=params.reply, words=nonempty(params.words, "words"), final_on=final)
    context.made["contact"] = item.id
    context.add("contact_marked", state, mark, case_id=item.case_id, base=(item.state_head or item.event,))


class StateStake(Params, kw_only=True, frozen=True):
    customer: str
    level: b.StakeLevel
    words: str


@action(N_("What the service means to them"), StateStake)
def state_stake(context: Context, params: StateStake) -> None:
    """Write down, in their words, what depends on the service; where it is vital, a cut-off needs a second person."""
    state = context.customer(params.customer)
    context.add("stake_stated", state, b.StakeStated(level=params.level, words=nonempty(params.words, "words")))


class StateFact(Params, kw_only=True, frozen=True):
    customer: str
    key: str
    value: str = ""
    source: str
    expires: str = ""


@action(N_("Something they told us"), StateFact)
def state_fact(context: Context, params: StateFact) -> None:
    """Keep what the customer told us, with its source and date; an empty value takes it back. Nothing private."""
    state = context.customer(params.customer)
    key, value = nonempty(params.key, "key"), params.value.strip() and nonempty(params.value, "value")
    if value:
        _not_private(f"{key} {value}")
    if not value and key not in state.facts:
        raise Refused("Nothing is kept under “{key}”.", code="no_fact", key=key)
    expires = context.moment(params.expires)[:10] if params.expires.strip() else ""
    body = b.FactStated(key=key, value=value, source=nonempty(params.source, "source"), expires=expires)
    context.add("fact_stated", state, body, base=_base(state, key))


def _not_private(text: str) -> None:
    from advisor_tui.language import _
    from advisor_tui.store.wordbook import load_words

    for found in check(text, load_words()):
        raise Refused("“{word}” is not for us to keep: {hint}", code="sensitive", word=found.word, hint=_(found.hint))


def _base(state: CustomerState, key: str) -> tuple[str, ...]:
    return (state.facts[key].event,) if key in state.facts else ()


class SetPermission(Params, kw_only=True, frozen=True):
    customer: str
    purpose: b.Purpose
    granted: bool
    basis: str
    channel: str = ""
    proof: str = ""


@action(N_("Permission to contact them"), SetPermission)
def set_permission(context: Context, params: SetPermission) -> None:
    """Note what the customer allows or refuses, over which channel, and how that is proved."""
    state = context.customer(params.customer)
    body = b.PermissionSet(
        channel=params.channel.strip(), purpose=params.purpose, granted=params.granted,
        basis=nonempty(params.basis, "basis"), proof=params.proof.strip(),
    )  # fmt: skip
    before = state.permissions.get(f"{body.purpose} {body.channel}")
    context.add("permission_set", state, body, base=(before.event,) if before else ())


class SetRelation(Params, kw_only=True, frozen=True):
    customer: str
    preferred: str = ""
    second: str = ""


@action(N_("Their usual advisor, and the second"), SetRelation)
def set_relation(context: Context, params: SetRelation) -> None:
    """Name who usually answers this customer, and who does when they are away."""
    state = context.customer(params.customer)
    preferred, second = params.preferred.strip(), params.second.strip()
    if preferred and preferred == second:
        raise Refused("The second is somebody else.", code="same_person")
    base = (state.relation.event,) if state.relation else ()
    context.add("relation_set", state, b.RelationSet(preferred=preferred, second=second), base=base)
