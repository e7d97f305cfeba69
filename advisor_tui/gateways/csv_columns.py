"""What the columns and words of a table mean, in French and English."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from advisor_tui.domain.text import fold

FIELDS: dict[str, tuple[str, ...]] = {
    "type": ("type", "type de ligne", "line type"),
    "id": ("id", "identifiant", "reference", "ref", "numero"),
    "customer": ("customer", "client", "customer id", "id client", "numero client", "code client",
                 "client id", "customer number", "numero de client", "reference client"),
    "case": ("case", "dossier", "ticket", "case id", "numero de dossier", "numero dossier", "id dossier", "ticket id"),
    "name": ("name", "nom", "nom complet", "full name", "customer name", "nom du client", "nom client", "contact"),
    "first_name": ("first name", "prenom", "given name", "firstname"),
    "last_name": ("last name", "nom de famille", "surname", "family name", "lastname"),
    "company": ("company", "societe", "entreprise", "organisation", "organization", "raison sociale"),
    "email": ("email", "e mail", "mail", "courriel", "adresse e mail", "adresse email", "adresse mail",
              "email address", "e mail address", "adresse electronique", "customer email", "email client"),
    "phone": ("phone", "telephone", "tel", "mobile", "portable", "phone number", "numero de telephone", "numero telephone", "gsm",
              "tel portable", "telephone portable", "telephone mobile", "customer phone"),
    "account": ("account", "compte", "account number", "numero de compte", "numero compte"),
    "contract": ("contract", "contrat", "contract number", "numero de contrat", "numero contrat"),
    "address": ("address", "adresse", "adresse postale", "postal address", "street", "rue"),
    "postcode": ("postcode", "code postal", "zip", "zip code", "cp", "postal code"),
    "city": ("city", "ville", "town", "commune"),
    "since": ("since", "client depuis", "depuis", "customer since", "date d'entree"),
    "language": ("language", "langue"),
    "team": ("team", "equipe"),
    "preferred_advisor": ("preferred advisor", "advisor", "conseiller", "conseillere"),
    "stake": ("stake", "enjeu"),
    "kind": ("kind", "nature", "categorie", "category"),
    "channel": ("channel", "canal"),
    "direction": ("direction", "sens"),
    "at": ("at", "date", "date et heure", "datetime", "date time", "horodatage", "timestamp", "date du contact"),
    "time": ("time", "heure"),
    "subject": ("subject", "objet", "sujet", "titre", "title"),
    "body": ("body", "text", "texte", "message", "contenu", "corps", "description", "commentaire", "comment"),
    "author": ("author", "auteur", "auteure"),
    "received_on": ("received on", "recu le", "date de reception"),
    "sent_on": ("sent on", "envoye le", "date d'envoi"),
    "answered": ("answered", "repondu"),
    "product": ("product", "produit", "article", "offre", "service"),
    "from": ("from", "debut", "date de debut", "start", "start date", "du", "valid from"),
    "to": ("to", "fin", "date de fin", "end", "end date", "au", "valid to"),
    "value": ("value", "valeur", "montant", "amount", "prix", "price"),
    "opened_at": ("opened at", "opened", "ouvert le", "date d'ouverture", "created at", "cree le"),
    "state": ("state", "etat", "statut", "status"),
    "owner": ("owner", "responsable", "proprietaire", "assigne a", "assigned to", "assignee"),
    "queue": ("queue", "file"),
    "reason": ("reason", "motif", "raison"),
    "next_step": ("next step", "prochaine etape", "prochaine action"),
    "next_on": ("next on", "echeance", "date de la prochaine etape", "next date"),
    "closed_at": ("closed at", "closed", "ferme le", "clos le", "date de cloture"),
}  # fmt: skip
"""Field -> the headings that mean it, folded."""

_BY_HEADING = {heading: field for field, headings in FIELDS.items() for heading in headings}
IDENTIFIERS = ("email", "phone", "account", "contract", "address")
DATES = ("since", "received_on", "sent_on", "from", "to", "next_on", "closed_at")
INSTANTS = ("at", "opened_at")

WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "type": {
        "customer": ("client", "customer"), "contact": ("contact",), "case": ("case", "dossier", "ticket"),
        "holding": ("holding", "produit", "contrat", "product"),
    },
    "channel": {
        "phone": ("telephone", "tel", "appel", "call"), "email": ("e-mail", "mail", "courriel"),
        "letter": ("courrier", "lettre"), "web": ("site", "internet", "formulaire"), "social": ("reseau social",),
        "store": ("magasin", "boutique", "agence", "guichet"), "chat": ("tchat",), "other": ("autre",),
        "sms": ("texto",),
    },
    "direction": {
        "inbound": ("entrant", "in", "recu", "incoming"), "outbound": ("sortant", "out", "emis", "envoye", "outgoing"),
        "internal": ("interne",),
    },
    "customer kind": {
        "person": ("personne", "particulier", "individual"),
        "organisation": ("entreprise", "societe", "organization", "pro", "professionnel", "company", "association"),
    },
    "case kind": {
        "request": ("demande", "question"), "order": ("commande",), "complaint": ("reclamation", "plainte"),
        "dispute": ("litige", "contestation"), "incident": ("panne",), "withdrawal": ("retractation",),
        "data_right": ("rgpd", "gdpr", "droit d'acces", "donnees personnelles"),
    },
    "state": {
        "open": ("ouvert", "ouverte", "en cours", "nouveau", "new"), "waiting": ("en attente", "attente", "pending"),
        "resolved": ("resolu", "resolue", "solved"), "closed": ("clos", "close", "ferme", "fermee", "cloture"),
    },
}  # fmt: skip
_WORDS = {
    group: {word: value for value, words in values.items() for word in (value, *words)}
    for group, values in WORDS.items()
}
YES = frozenset(["yes", "y", "oui", "o", "true", "vrai", "1", "x"])
NO = frozenset(["no", "n", "non", "false", "faux", "0"])


def heading(text: str) -> str:
    """A column's heading, folded: `N° de téléphone` is `numero de telephone`."""
    plain = re.sub(r"^n\s?[°º]|^no\.?\s|^num\b\.?", "numero ", fold(text.strip().lstrip("\ufeff").replace("º", "°")))
    return " ".join(re.sub(r"[\s_\-./:()]+", " ", plain).split())


def fields_of(headings: Sequence[str], mapping: Mapping[str, str]) -> dict[int, str]:
    """Column number -> field, first column first; `mapping` (heading -> field) goes before what is known."""
    wanted = {heading(column): field.strip() for column, field in mapping.items()}
    found: dict[int, str] = {}
    for index, text in enumerate(headings):
        name = heading(text)
        field = wanted.get(name) or _BY_HEADING.get(name)
        if field and field not in found.values():
            found[index] = field
    return found


def guess_type(fields: set[str]) -> str | None:
    """The type of rows with these fields."""
    if "product" in fields:
        return "holding"
    if "opened_at" in fields or ("subject" in fields and fields & {"state", "owner", "next_step"}):
        return "case"
    if fields & {"channel", "direction", "body"} or {"at", "subject"} <= fields:
        return "contact"
    if fields & {"name", "last_name", "company", "email", "phone", "account", "contract"}:
        return "customer"
    return None


def word(group: str, text: str) -> str:
    """The value of the format that a word stands for; the word itself where it stands for none."""
    return _WORDS[group].get(fold(text.strip()), text.strip())
