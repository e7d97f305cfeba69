"""Two wordings of one text: both shown, and a person writes the one that stands."""

from __future__ import annotations

from difflib import SequenceMatcher

from advisor_tui.store.reads.customer import Entry
from advisor_tui.tui.life_rows import Setting, head_words

MARK = "┄┄┄ "


def merge_text(entry: Entry, setting: Setting) -> str:
    """The text to edit when a resolution has several wordings: common lines once, the others under their author.

    Nothing is left out; the person deletes what does not stand and records the rest.
    """
    facts = entry.facts
    texts = [str(text) for text in facts.get("texts", [])]
    heads = facts.get("heads", [])
    if len(texts) < 2:
        return entry.text
    merged = texts[0].splitlines()
    label = _head_label(heads[0], setting)
    for text, head in zip(texts[1:], heads[1:], strict=False):
        merged = _two(merged, text.splitlines(), label, _head_label(head, setting))
        label = ""
    return "\n".join(merged)


def _head_label(head: list[object], setting: Setting) -> str:
    return MARK + head_words(head, setting)


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
