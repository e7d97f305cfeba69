"""The words of the synthetic customers: names, places, and sentences of a fictional telecom operator.

Slots are filled with the frequencies of a Zipf law, so common and rare words exist as in real text.
Nothing here needs escaping in JSON: no quotation mark, no backslash, no control character.
"""

from __future__ import annotations

import unicodedata
from itertools import accumulate, product
from random import Random

_listed = str.split

FIRST = {
    "fr": _listed(
        "Marie Jean Nathalie Michel Isabelle Philippe Sylvie Alain Catherine Patrick Martine Nicolas Sophie Laurent "
        "Céline Stéphane Valérie Éric Sandrine Frédéric Aurélie Julien Émilie David Camille Thomas Chloé Antoine "
        "Léa Maxime Manon Hugo Inès Lucas Yasmine Karim Fatou Mamadou Anaïs Rémi Hélène Gaël Loïc Maëlle Élodie Noël "
        "Françoise Jérôme Amélie Benoît Clémence Cédric Joëlle Ghislaine Ousmane Nadia Rachid Thaïs Zoé Mickaël"
    ),
    "en": _listed(
        "Mary James Patricia Robert Linda John Elizabeth William Susan Thomas Jessica Charles Sarah Daniel Karen "
        "Matthew Nancy Anthony Lisa Mark Betty Donald Sandra Steven Ashley Paul Emily Andrew Donna Kenneth Michelle "
        "Kevin Carol Brian Amanda George Melissa Edward Deborah Ronald Priya Arjun Siobhán Owen Aisha Imran Grace Niamh"
    ),
}
_HEADS = {
    "fr": _listed(
        "Mar Ber Gau Lam Del Per Cha Mor Fon Rou Bau Gir Val Cor Ver Mon Bel Lan Tho Car Ler Pas Bon Ren Col Hum Jac "
        "Cas Des Bru Gui Mou Far Bré Tré Kerm Plou Sau Vau Hou Lev Mét Nav Pou Quen Rav Séb Tail Wal Yv Zel Art Blanch Drou"
    ),
    "en": _listed(
        "Hart Wood Ash Black Brook Clif Dal East Fair Green Hal Kirk Lang Mar Nor Oak Pres Red Shel Stan Thorn Wal West "
        "Whit Win Brad Brom Cot Ding Elm"
    ),
}
_TAILS = {
    "fr": _listed(
        "tin nard thier bert croix main vin deau lier guet sier chand geon rand mont ville reau let cart quin tel zac "
        "guy don vaux court din gnon ric saint nier fort lac loin met nel pin quet rel sac tard vel zel bou chet dré fay "
        "gan hier jon"
    ),
    "en": _listed("ley ford worth ton wick field man well by son bury den ham stead ridge more grove hurst land gate"),
}
SURNAMES = {
    language: [head + tail for tail, head in product(_TAILS[language], _HEADS[language])] for language in ("fr", "en")
}
"""A few thousand each, as French and English surnames are built."""
ORGANISATIONS = (
    "Boulangerie {}", "Garage {}", "Cabinet {}", "Pharmacie {}", "Menuiserie {} et fils", "Clinique vétérinaire {}",
    "Mairie de {}", "Hôtel {}", "École {}", "Librairie {}", "{} & Daughters", "The {} Bakery", "{} Surveyors",
)  # fmt: skip
TOWNS = [
    f"{head}{tail}"
    for tail, head in product(
        _listed(
            "-sur-Loue -les-Bains vert ac oncourt y -le-Vieux igny euil ec ières -en-Vexin argues an -la-Forêt ostel"
        ),
        _listed(
            "Saint-Aubrin Mont Val Clair Roch Beau Fresn Chât Pont Neuv Trév Plouv Arg Bourg Dol Font Grand Haut Lor Mesn"
        ),
    )
]
STREETS = _listed(
    "rue des Trois-Verriers|quai du Vieux-Lavoir|avenue de la Halle|place du Marché|chemin des Lavandières|rue Basse|"
    "boulevard de la Gare|impasse du Moulin|allée des Tilleuls|rue du Four",
    "|",
)
MODELS = [
    f"{name} {number}" for number, name in product(range(2, 60), ("Lumen", "Halo", "Ondine", "Relais", "Orme", "Volt"))
]

SENTENCES: dict[str, tuple[tuple[str, ...], ...]] = {
    "fr": tuple(
        tuple(slot.split("|"))
        for slot in (
            "La cliente|Le client|Son mari|Notre technicien|La comptable|Le service facturation|Sa fille|Le gardien|"
            "Mon collègue de {town}|La gérante|Le livreur|Le voisin du dessus|L’assistante|Le syndic|Le transporteur|"
            "La directrice de l’école|Son ancien opérateur|Le notaire|L’huissier|La tutrice",
            "demande|signale|confirme|attend toujours|conteste|rappelle|a reçu|souhaite|ne comprend pas|a payé|refuse|"
            "a renvoyé|accepte|réclame|a retrouvé|décrit|redoute|a photographié|propose|abandonne",
            "le remboursement de la facture|la facture du mois|une date de rendez-vous|l’intervention sur la ligne|"
            "la résiliation du contrat|le changement de forfait|un geste commercial|la coupure de la connexion|"
            "le numéro de suivi du colis|le remplacement de la box {model}|l’adresse de livraison|le prélèvement|"
            "un débit trop faible à {town}|la portabilité du numéro|des frais de mise en service|la carte SIM du {model}|"
            "un courrier recommandé|l’option internationale|un échéancier de paiement|le raccordement à la fibre|"
            "une panne du répondeur|l’avoir promis au téléphone|des appels masqués|un doublon de contrat|"
            "la caution du décodeur|un relevé détaillé|la succession de son père|l’annulation de la commande {model}|"
            "une écoute de l’enregistrement|le dépôt de garantie",
            "depuis le {day}|malgré deux relances|pour la maison de {town}|avant la fin du mois|d’un montant de {amount} €|"
            "sans autre explication|avec le {model}|après le passage du technicien|comme convenu le {day}|"
            "au lieu de {amount} €|pour la troisième fois|et préfère un e-mail|depuis le déménagement à {town}|"
            "en dehors des heures de bureau|par lettre du {day}|à cause de l’orage|sur la ligne de l’atelier|"
            "pendant les travaux de voirie|au nom de l’association|faute de réseau à {town}",
            "nous vérifions et rappelons avant midi.|la demande est transmise au service concerné.|rien à renvoyer de sa part.|"
            "une réponse écrite part aujourd’hui.|le virement arrive sous cinq jours.|à suivre le {day}.|"
            "il faut encore l’accord de la comptabilité.|le matériel est échangé sans frais.|les excuses sont faites.|"
            "un bon de retour est joint.|le rendez-vous tient toujours.|nous attendons la pièce {model}.",
        )
    ),
    "en": tuple(
        tuple(slot.split("|"))
        for slot in (
            "The customer|Her husband|Our engineer|The billing team|His daughter|The accountant|The caretaker|The courier|"
            "My colleague in {town}|The landlord|The shop manager|The solicitor|The head teacher|The previous provider",
            "asks about|reports|confirms|is still waiting for|disputes|called back about|received|would like|paid|refuses|"
            "returned|accepts|cannot follow|photographed|abandons",
            "the refund of the invoice|the monthly bill|an appointment|the repair of the line|the end of the contract|"
            "a change of plan|a goodwill gesture|the loss of connection|the tracking number|the new {model} router|"
            "the delivery address|the direct debit|a slow connection in {town}|the transfer of the number|the set-up fee|"
            "the SIM card of the {model}|a registered letter|the roaming option|a payment plan|the fibre installation|"
            "a duplicate contract|an itemised statement|the credit promised by phone|withheld calls",
            "since {day}|despite two reminders|for the house in {town}|before the end of the month|of {amount} €|"
            "without any explanation|with the {model}|after the engineer’s visit|as agreed on {day}|instead of {amount} €|"
            "for the third time|and prefers an email|because of the storm|outside office hours|in a letter of {day}",
            "we check and call back before noon.|the request went to the right team.|nothing to send back.|"
            "a written answer leaves today.|the transfer takes five days.|to follow up on {day}.|we apologised.|"
            "accounting still has to agree.|the equipment is replaced free of charge.|the appointment stands.",
        )
    ),
}
"""Slots of a sentence: who, does, what, how, and what follows. French and English."""


def ascii_name(text: str) -> str:
    """`text` in plain lower-case letters, as mail addresses have it."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if char.isascii() and (char.isalnum() or char == "-"))


class Zipf:
    """Draws from a list; the second is half as likely as the first, the third a third."""

    def __init__(self, values: list[str] | tuple[str, ...], rng: Random) -> None:
        self.values = values
        self._weights = [*accumulate(1 / rank for rank in range(1, len(values) + 1))]
        self._choices = rng.choices

    def draw(self, count: int) -> list[str]:
        return self._choices(self.values, cum_weights=self._weights, k=count)


def sentences(language: str, count: int, rng: Random) -> list[str]:
    """`count` sentences of 60 to 99 characters."""
    slots = [Zipf(slot, rng) for slot in SENTENCES[language]]
    places, models = Zipf(TOWNS, rng), Zipf(MODELS, rng)
    months = (
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
        if language == "fr"
        else "January February March April May June July August September October November December"
    ).split()
    made: list[str] = []
    while len(made) < count:
        batch = 2000
        parts = zip(*(slot.draw(batch) for slot in slots), places.draw(batch), models.draw(batch), strict=True)
        for who, does, what, how, follows, town, model in parts:
            day = f"{rng.randrange(1, 29)} {months[rng.randrange(12)]}"
            amount = f"{rng.randrange(4, 240)},{rng.randrange(100):02d}"
            text = f"{who} {does} {what} {how}"
            text = f"{text} ; {follows}" if rng.random() < 0.5 and language == "fr" else f"{text}, {follows}"
            if "{" in text:
                text = text.format(town=town, model=model, day=day, amount=amount)
            if 60 <= len(text) <= 99:
                made.append(text)
    return made[:count]


def number_text(prefix: str, number: int, style: int) -> str:
    """A phone number the way one of three people writes it."""
    digits = f"{prefix}{number:04d}"
    pairs = [digits[place : place + 2] for place in range(0, 10, 2)]
    if style == 0:
        return " ".join(pairs)
    return digits if style == 1 else f"+33 {digits[1]} " + " ".join(pairs[1:])


PHONES = ("063998", "019900", "026191", "035301", "046571", "053649")
"""What the French regulator keeps for fiction: no such number will ever ring."""
