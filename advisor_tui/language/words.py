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
    "situation": N_("situation"), "work": N_("step"), "complaint": N_("complaint"), "act": N_("act"), "proposal": N_("offer"),
    "signal": N_("signal"),
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
    "StakeStated": N_("stake"), "FactStated": N_("told us"), "PermissionSet": N_("allowed"), "RelationSet": N_("usual"),
    "DisputeSettled": N_("dispute"), "SurveyWaived": N_("survey"), "LegalHoldSet": N_("law"),
    "ConductNoted": N_("respect"),
}  # fmt: skip
DEPARTMENTS = {
    "billing": N_("billing"), "network": N_("network"), "logistics": N_("logistics"), "marketing": N_("marketing"),
}  # fmt: skip
VERDICTS = {"yes": N_("yes"), "no": N_("no"), "later": N_("later")}
ACTS = {
    "cut_off": N_("cut-off"), "collection": N_("collection"), "penalty": N_("penalty"), "closing": N_("closing"),
}  # fmt: skip
PURPOSES = {"service": N_("about the service"), "prospecting": N_("offers"), "survey": N_("surveys")}
STAKES = {"normal": N_("ordinary"), "high": N_("high"), "vital": N_("vital")}
SIDES = {"us": N_("us"), "customer": N_("the customer"), "third": N_("somebody else")}
REPLIES = {
    "acknowledged": N_("acknowledged"), "holding_reply": N_("holding reply"), "answered": N_("answered"),
    "no_answer_needed": N_("no answer needed"),
}  # fmt: skip
SETTLED = {"settled": N_("settled with them"), "withdrawn": N_("withdrawn by them"), "judged": N_("judged")}
OUTCOMES = {"accepted": N_("accepted"), "partly": N_("accepted in part"), "refused": N_("refused")}
CONDUCT = {
    "warned": N_("a first warning"), "warned_again": N_("a second warning"), "ended": N_("the contact was ended"),
}  # fmt: skip
DIRECTIONS = {"inbound": N_("from the customer"), "outbound": N_("from us"), "internal": N_("among us")}

MASKED = {
    "card": N_("A card number was masked."), "iban": N_("An IBAN was masked."), "nir": N_("A social security number was masked."),
}  # fmt: skip
"""What is said when a number was masked before it was recorded, by its kind."""


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


def act(name: str) -> str:
    """An act against a customer: `coupure`."""
    return _(ACTS.get(name, name))


def side(name: str) -> str:
    """Whose turn a step is: `le client`."""
    return _(SIDES.get(name, name))


def stake(name: str) -> str:
    """How much depends on the service: `vital`."""
    return _(STAKES.get(name, name))


def purpose(name: str) -> str:
    """What a customer is contacted for: `le service`."""
    return _(PURPOSES.get(name, name))


def department(name: str) -> str:
    """A department of the rule pack: `facturation`; one that a team named itself, as it is."""
    return _(DEPARTMENTS.get(name, name))


def verdict(name: str) -> str:
    """What a department answered to a signal: `plus tard`."""
    return _(VERDICTS.get(name, name))


def answered(department_: str, answer: str, tag: str) -> str:
    """What came back on a signal, in a line: `réponse : oui · marketing · justificatifs non lus`."""
    said = _("answer: {answer}").format(answer=verdict(answer))
    return f"{said} · {department(department_)} · {tag}"


def identifier_kind(name: str) -> str:
    """What kind of name or number it is: `contrat`."""
    return _(IDENTIFIERS.get(name, name))
