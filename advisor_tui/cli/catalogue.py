"""Keeps the catalogues whole: collects every sentence of the program, and merges it into the .po files.

`python -m advisor_tui.cli.catalogue` after a change of words; the English catalogue fills
itself, the French one gets empty entries to translate, and a test fails until they are.
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parent.parent
FOLDER = PACKAGE / "language"
ERRORS = (
    "Refused", "Invalid", "NotFound", "Rejected", "StoreError", "WorkspaceMissing", "WorkspaceLocked", "WorkspaceNewer",
    "WorkspaceDamaged", "WorkspaceReadOnly", "DiskFull", "Away", "Busy",
)  # fmt: skip
KEYWORDS = {
    "_": None, "N_": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), **dict.fromkeys(ERRORS, (1,)),
}  # fmt: skip


def collect() -> Catalog:
    """Every sentence that a person may read."""
    from advisor_tui.actions import registry
    from advisor_tui.cli.app import helps
    from advisor_tui.domain.invariants import breaches
    from advisor_tui.store.faults import _BY_WORD
    from advisor_tui.tui.keys import SHORT

    catalogue = Catalog(project="advisor-tui", charset="utf-8")
    for name, _line, message, _comments, context in extract_from_dir(
        PACKAGE, method_map=[("**.py", "python")], keywords=KEYWORDS
    ):
        if not name.startswith("cli/bench"):
            catalogue.add(message, context=context)
    registry.load()
    for action in registry.ACTIONS.values():
        catalogue.add(action.title)
        catalogue.add(action.help)
    for words in helps():
        catalogue.add(words)
    for words in SHORT.values():
        catalogue.add(words, context="key")
    for _word, _kind, message in _BY_WORD:
        catalogue.add(message)
    for constant in breaches.__code__.co_consts:
        for text in constant if isinstance(constant, tuple) else (constant,):
            if isinstance(text, str) and text.endswith(".") and "\n" not in text:
                catalogue.add(text)
    return catalogue


def path_of(language: str) -> Path:
    """The catalogue of a language."""
    return FOLDER / language / "LC_MESSAGES" / "advisor.po"


def merge(language: str) -> int:
    """Bring a catalogue up to date; how many sentences still wait for a translation."""
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    known = Catalog(locale=language)
    if path.exists():
        with path.open("rb") as handle:
            known = read_po(handle, locale=language)
    fresh = Catalog(locale=language, project="advisor-tui", charset="utf-8")
    missing = 0
    for message in collect():
        if not message.id:
            continue
        key = message.id[0] if isinstance(message.id, tuple) else message.id
        old = known.get(key, context=message.context)
        text = old.string if old is not None and not old.fuzzy else ""
        if language == "en" and not (text if isinstance(text, str) else all(text or ("",))):
            text = message.id
        if not (text if isinstance(text, str) else all(text or ())):
            missing += 1
        fresh.add(message.id, text or "", context=message.context)
    with path.open("wb") as handle:
        write_po(handle, fresh, sort_output=True, omit_header=False, width=110)
    with path.with_suffix(".mo").open("wb") as handle:
        write_mo(handle, fresh)
    return missing


if __name__ == "__main__":
    for chosen in ("en", "fr"):
        sys.stdout.write(f"{chosen}: {merge(chosen)} to translate\n")
