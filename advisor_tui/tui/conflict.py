"""Several wordings of one text: all shown, and a person writes the one that stands."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from advisor_tui.store.reads.customer import Entry
from advisor_tui.tui.life_rows import Setting, head_words

MARK = "┄┄┄ "


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
    heads = facts.get("heads", [])
    texts = facts.get("texts") or [entry.text] * len(heads[:1])
    return [Wording(entry.id, *head, str(text)) for head, text in zip(heads, texts, strict=False)]


def merge_wordings(found: Sequence[Wording], setting: Setting) -> str:
    """The text to edit: common lines once, the others under their author.

    Nothing is left out; the person deletes what does not stand and records the rest.
    """
    if not found:
        return ""
    merged = found[0].text.splitlines()
    label = _label(found[0], setting)
    for wording in found[1:]:
        merged = _two(merged, wording.text.splitlines(), label, _label(wording, setting))
        label = ""
    return "\n".join(merged)


def _label(wording: Wording, setting: Setting) -> str:
    return MARK + head_words(wording.author, wording.at, setting)


def _two(ours: list[str], theirs: list[str], our_label: str, their_label: str) -> list[str]:
    lines: list[str] = []
    for tag, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += ours[a:b]
            continue
        if a < b:
            lines += [our_label] if our_label else []
            lines += ours[a:b]
        if c < d:
            lines += [their_label, *theirs[c:d]]
    return lines
