"""Typing in the composer, with a short draft and one of 5,000 lines, against Textual's own text area."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from advisor_tui.cli.bench.desk import TEXT, Keys, desk, open_someone, reference
from advisor_tui.cli.bench.place import Place, Someone
from advisor_tui.cli.bench.reference_apps import TEXT_LINES, sample
from advisor_tui.cli.bench.rows import Row

LINES = (TEXT_LINES, 5000)
LETTERS = list("le virement du client est arrive ce matin")
LAST = "fin-du-brouillon"


@contextmanager
def drafted(place: Place, someone: Someone, case: str, lines: int) -> Iterator[None]:
    """A draft of so many lines that waits in a case, and goes again."""
    from advisor_tui.store.drafts import save_draft
    from advisor_tui.store.journal import Journal

    def save(text: str) -> None:
        journal = Journal(place.workspace.database, place.workspace.clock())
        try:
            save_draft(journal, case, "resolution", someone.id, text)
        finally:
            journal.close()

    save("\n".join([*(sample(number, 9) for number in range(lines - 1)), LAST]))
    try:
        yield
    finally:
        save("")


def typing(place: Place) -> Iterator[Row]:
    """Letters at the end of a resolution."""
    with reference("text") as terminal:
        terminal.ready("READY")
        theirs = Keys(terminal, LETTERS)
    someone, case = place.someone_with_one_case()
    for lines in LINES:
        with drafted(place, someone, case, lines), desk(place) as terminal:
            open_someone(terminal, someone)
            terminal.press("r", LAST)
            what = f"type in a resolution of {lines:,} lines"
            yield next(Keys(terminal, LETTERS).rows("typing", what, TEXT, theirs, 1.5))
            terminal.type("escape")
