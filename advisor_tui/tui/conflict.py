"""Several wordings of one text: all shown, and a person writes the one that stands."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from advisor_tui.tui.life_rows import Setting, author_words
from advisor_tui.tui.wordings import Wording

MARK = "┄┄┄ "


def merge_wordings(found: Sequence[Wording], setting: Setting) -> str:
    """The text to edit: common lines once, the others under their author.

    Nothing is left out; the person deletes what does not stand and records the rest.
    """
    if not found:
        return ""
    merged, label = found[0].text.splitlines(), _label(found[0], setting)
    for wording in found[1:]:
        merged = _two(merged, wording.text.splitlines(), label, _label(wording, setting))
        label = ""
    return "\n".join(merged)


def _label(wording: Wording, setting: Setting) -> str:
    return MARK + author_words(wording.author, wording.at, setting)


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
