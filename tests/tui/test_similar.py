"""Similar resolutions beside the text: they come while one writes, are read, and are quoted a sentence at a time."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot

from advisor_tui.actions.execute import execute
from advisor_tui.domain.permissions import Person
from advisor_tui.language import formats as f
from advisor_tui.store.journal import Journal
from advisor_tui.store.reads.similar import Precedent
from advisor_tui.store.rulebook import load_rules
from advisor_tui.store.workspace import Workspace
from advisor_tui.tui.composer import Composer
from advisor_tui.tui.desk import Desk
from advisor_tui.tui.similar import SimilarView
from tests.tui.conftest import MakeApp
from tests.tui.driving import rows_of, screen_text, settled, type_text, until
from tests.tui.test_writing import WIDE, writing

KAYAK = (
    "Kayak livré troué : remplacé le jour même. Le transporteur M. Hartley a reconnu le choc.\x1b[31m Avoir de 15 €."
)


def resolved_kayak(home: Path) -> None:
    """Another customer's case with a resolution that no other resembles."""
    workspace = Workspace(home)
    journal = Journal(workspace.database, workspace.clock())
    try:
        case = rows_of(home, "SELECT v.id FROM case_view v JOIN customer_view c ON c.id = v.customer_id WHERE c.name LIKE '%Hartley%'")[0][0]  # fmt: skip
        execute(journal, "write_resolution", {"case": case, "text": KAYAK, "base": []}, Person("Paul Ndiaye", "Mobile"), load_rules("fr"))  # fmt: skip
    finally:
        journal.close()


async def opened(pilot: Pilot[None]) -> tuple[Desk, Composer, SimilarView]:
    desk, _case = await writing(pilot)
    assert desk.composer is not None
    await type_text(pilot, "kayak livre troue")
    await pilot.press("ctrl+r")
    await until(pilot, lambda: desk.composer and desk.composer.similar and desk.composer.similar.looked)
    assert desk.composer.similar is not None
    return desk, desk.composer, desk.composer.similar


async def test_a_sentence_is_quoted_with_its_case_and_never_the_whole(make_app: MakeApp, home: Path) -> None:
    resolved_kayak(home)
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        _desk, composer, similar = await opened(pilot)
        assert composer.page.has_focus, "one goes on writing; what is alike stands beside"
        assert "Kayak livré troué" in screen_text(app)
        assert "Hartley" not in "".join(one.sentences[1] for one in similar.rows if isinstance(one, Precedent))
        await pilot.press("ctrl+r")
        await until(pilot, lambda: similar.has_focus)
        assert similar.current is not None
        assert similar.current.precedent.sentences[similar.current.place].startswith("Kayak"), "on the likest sentence"
        await pilot.press("enter")
        await until(pilot, lambda: composer.page.has_focus)
        text = composer.page.text
        first = f.quote("Kayak livré troué : remplacé le jour même.")
        assert text.startswith(f"kayak livre troue\n{first} (dossier «")
        assert "transporteur" not in text
        assert "Avoir" not in text
        await pilot.press("o", "k")
        assert composer.page.text.endswith("\nok"), "the cursor stands after the quotation"


async def test_what_is_alike_follows_the_text_and_closes(make_app: MakeApp, home: Path) -> None:
    resolved_kayak(home)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        desk, composer, similar = await opened(pilot)
        assert "Kayak livré troué" in screen_text(app), "there is room for it on 80x24"
        composer.page.text = ""
        await until(pilot, lambda: similar.asked == "")
        await settled(pilot)
        assert "Kayak" not in screen_text(app)
        await pilot.press("ctrl+r", "escape")
        assert desk.composer is composer, "Esc goes back to the text first"
        assert composer.page.has_focus
        await pilot.press("ctrl+r", "ctrl+r")
        await until(pilot, lambda: composer.similar is None)
        assert composer.page.has_focus


async def test_no_escape_sequence_comes_through_a_quotation(make_app: MakeApp, home: Path) -> None:
    resolved_kayak(home)
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        _desk, composer, similar = await opened(pilot)
        await pilot.press("ctrl+r", "down")
        await until(pilot, lambda: similar.current is not None and similar.current.place == 1)
        await pilot.press("enter")
        await until(pilot, lambda: composer.page.has_focus)
        assert "\x1b" not in composer.page.text


async def test_a_word_to_think_about_is_named_and_recording_goes_on(make_app: MakeApp, home: Path) -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        desk, _case = await writing(pilot)
        await type_text(pilot, "cet idiot rappelle")
        await until(pilot, lambda: "sans la juger" in screen_text(app))
        assert f.quote("idiot") in screen_text(app)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: desk.composer is None)
    assert rows_of(home, "SELECT text FROM entry WHERE text = 'cet idiot rappelle'")
