"""The desk's words for the values that events keep: channels, kinds, states, places."""

from __future__ import annotations

from advisor_tui.language import N_, _, pgettext

CHANNELS = {
    "phone": N_("call"), "email": N_("e-mail"), "letter": N_("letter"), "web": N_("web"), "store": N_("visit"),
    "chat": N_("chat"), "sms": N_("SMS"), "social": N_("social"), "fax": N_("fax"), "other": N_("other"),
}  # fmt: skip
KINDS = {
    "contact": N_("contact"), "resolution": N_("decided"), "note": N_("note"), "commitment": N_("promised"),
    "gesture": N_("gesture"), "survey": N_("survey"), "case": N_("case"), "change": N_("change"),
}  # fmt: skip
CASE_KINDS = {
    "request": N_("request"), "order": N_("order"), "complaint": N_("complaint"), "dispute": N_("dispute"),
    "incident": N_("incident"), "withdrawal": N_("withdrawal"), "data_right": N_("data right"),
}  # fmt: skip
IDENTIFIERS = {
    "name": N_("name"), "email": N_("e-mail"), "phone": N_("phone"), "account": N_("account"),
    "contract": N_("contract"), "postal": N_("address"), "social": N_("social"), "former_name": N_("former name"),
    "spelling": N_("near spelling"),
}  # fmt: skip
CHANGES = {
    "StateSet": N_("state"), "OwnerSet": N_("handover"), "StepPlanned": N_("step"), "IdentifierAdded": N_("known as"),
    "CustomersMerged": N_("merged"), "CustomersUnmerged": N_("apart"),
}  # fmt: skip
DIRECTIONS = {"inbound": N_("from the customer"), "outbound": N_("from us"), "internal": N_("among us")}


def channel(name: str) -> str:
    """A channel as a word: `lettre`."""
    return _(CHANNELS.get(name, name))


def kind(name: str) -> str:
    """An entry's kind as a word: `décidé`."""
    return _(KINDS.get(name, name))


def case_kind(name: str) -> str:
    """A case's kind as a word: `litige`."""
    return _(CASE_KINDS.get(name, name))


def case_state(name: str) -> str:
    """A case's state: `ouvert`, `en attente`, `résolu`, `clos`."""
    known = {
        "open": pgettext("case state", "open"), "waiting": pgettext("case state", "waiting"),
        "resolved": pgettext("case state", "resolved"), "closed": pgettext("case state", "closed"),
    }  # fmt: skip
    return known.get(name, name)


def promise_state(name: str) -> str:
    """A promise's state: `tenu`, `rompu`."""
    known = {
        "made": pgettext("promise", "to keep"), "kept": pgettext("promise", "kept"),
        "renegotiated": pgettext("promise", "renegotiated"), "broken": pgettext("promise", "broken"),
        "released": pgettext("promise", "released"),
    }  # fmt: skip
    return known.get(name, name)


def identifier_kind(name: str) -> str:
    """What kind of name or number it is: `contrat`."""
    return _(IDENTIFIERS.get(name, name))
