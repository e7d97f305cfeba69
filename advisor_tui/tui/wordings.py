"""What stands of a text: one wording, or several that nobody has merged yet."""

from __future__ import annotations

from typing import NamedTuple

from advisor_tui.store.reads.customer import Entry


class Wording(NamedTuple):
    """One of the texts that stand: the entry it is of, the event it came with, its author and instant."""

    entry: str
    event: str
    author: str
    at: int
    text: str


def wordings(entry: Entry) -> list[Wording]:
    """What stands of an entry: its wordings, and those of resolutions that were written apart from it on the same case."""
    facts = entry.facts
    if facts.get("rivals"):
        return [Wording(*rival) for rival in facts["rivals"]]
    return own_wordings(entry)


def own_wordings(entry: Entry) -> list[Wording]:
    """The wordings of the entry alone."""
    facts = entry.facts
    heads = facts.get("heads", [])
    texts = facts.get("texts") or [entry.text] * len(heads[:1])
    return [
        Wording(entry.id, str(event), str(author), int(at), str(text))
        for (event, author, at), text in zip(heads, texts, strict=False)
    ]


def standing_events(entries: list[Entry], case_id: str) -> tuple[str, ...]:
    """What someone who writes on a case now has before them: the case, and the wordings that stand on it."""
    found = [entry for entry in entries if entry.kind == "resolution" and entry.case_id == case_id]
    return (case_id, *(str(event) for entry in found for event in entry.facts.get("standing", [])))


def unseen(entries: list[Entry], subject: str, base: tuple[str, ...]) -> list[Wording]:
    """The wordings that stand on a case, or of the text `subject`, and that `base` does not name; oldest first."""
    found: list[Wording] = []
    for entry in entries:
        standing = entry.facts.get("standing", [])
        found += [
            wording
            for wording in own_wordings(entry)
            if wording.event not in base and (wording.event in standing or entry.id == subject)
        ]
    return sorted(found, key=lambda wording: (wording.at, wording.event))
