"""The states of the desk that have a picture: how to get there from a start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, NamedTuple

from textual.command import CommandList
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import DiskFull
from advisor_tui.language import language
from advisor_tui.store.faults import _BY_WORD
from advisor_tui.store.journal import Journal
from advisor_tui.store.workspace import Workspace
from advisor_tui.tui.backend import Backend
from advisor_tui.tui.choose import ChooseScreen
from advisor_tui.tui.conduct import ConductScreen
from advisor_tui.tui.find import FindScreen
from advisor_tui.tui.forms import ActionForm
from advisor_tui.tui.help import HelpScreen
from advisor_tui.tui.pause import PauseScreen
from advisor_tui.tui.team import TeamScreen
from advisor_tui.tui.voice import VoiceScreen
from tests.tui.driving import desk_of, open_named, ready, rows_of, screen_text, settled, type_text, until

Drive = Callable[[Pilot[Any]], Awaitable[None]]
FICTIONAL = Path("/home/claire/.local/share/advisor-tui")
OURS = "Frais d’accès remboursés : 49\u00a0€.\nElle avait raison, l’offre de mars les prévoyait gratuits.\nRappel vendredi."
THEIRS = "Frais d’accès remboursés : 49\u00a0€.\nRemboursement visible sur la facture de décembre.\nRappel vendredi."


class Scene(NamedTuple):
    """A state at a size."""

    name: str
    size: tuple[int, int]
    drive: Drive


def two_wordings(home: Path) -> tuple[str, str]:
    """Let two colleagues revise one resolution without having seen each other; (customer, resolution)."""
    workspace = Workspace(home)
    journal = Journal(workspace.database, workspace.clock())
    customer, id_ = rows_of(
        home,
        "SELECT customer_id, id FROM entry WHERE kind = 'resolution' AND customer_id = "
        "(SELECT id FROM customer_view WHERE name LIKE 'Solange Lef%') ORDER BY at DESC LIMIT 1",
    )[0]
    with journal.transaction() as unit:
        item = unit.state(customer).items[id_]
        base = (item.heads[0].event,)
        for actor, text in (("Claire Morel", OURS), ("Paul Ndiaye", THEIRS)):
            body = b.TextRevised(id=id_, text=text)
            event = unit.event(
                "text_revised", customer, body, at=unit.now_ms(), actor=actor, txn=unit.new_id(),
                case_id=item.case_id, base=base,
            )  # fmt: skip
            unit.append(event)
    journal.close()
    return customer, id_


def no_space(path: str = "/home/claire/workspace.db") -> Future[Any]:
    """What saving answers when the disk is full."""
    failed: Future[Any] = Future()
    failed.set_exception(DiskFull(_BY_WORD[0][2], path=path))
    return failed


def waits_for_ever(backend: Backend) -> None:
    """The disk does not answer."""
    backend._first = Future()


# steps


async def start(pilot: Pilot[Any]) -> None:
    await ready(pilot)


async def roussel(pilot: Pilot[Any]) -> None:
    """Étienne Roussel-Anglade, in the life."""
    await ready(pilot)
    desk = await open_named(pilot, "Étienne Roussel")
    desk.show_pane(desk.life_view)
    await settled(pilot)


async def composing(pilot: Pilot[Any]) -> None:
    await roussel(pilot)
    desk = desk_of(pilot.app)
    case = next(case for case in desk.cases() if case.state == "open" and case.kind == "dispute")
    desk.life_view.go_to(next(entry.id for entry in desk.life_view.entries if entry.case_id == case.id))
    await pilot.press("r")
    await until(pilot, lambda: desk.composer is not None and desk.composer.page.has_focus)
    await settled(pilot)


async def similar(pilot: Pilot[Any]) -> None:
    """Resolutions of like cases beside the draft, the cursor in them."""
    await composing(pilot)
    await pilot.press("ctrl+r")
    composer = desk_of(pilot.app).composer
    assert composer is not None
    await until(pilot, lambda: composer.similar is not None and composer.similar.looked)
    await pilot.press("ctrl+r")
    await until(pilot, lambda: composer.similar is not None and composer.similar.has_focus)
    await settled(pilot)


async def briefed(pilot: Pilot[Any]) -> None:
    """The whole brief, where there is room for one pane."""
    await roussel(pilot)
    desk = desk_of(pilot.app)
    desk.show_pane(desk.brief_view)
    await settled(pilot)


async def respected(pilot: Pilot[Any]) -> None:
    """What to say to somebody who insults, and the two keys that end it."""
    await roussel(pilot)
    await pilot.press("exclamation_mark")
    await until(pilot, lambda: isinstance(pilot.app.screen, ConductScreen))
    await settled(pilot)


async def pausing(pilot: Pilot[Any]) -> None:
    await roussel(pilot)
    await pilot.press("ctrl+g")
    await until(pilot, lambda: isinstance(pilot.app.screen, PauseScreen))
    await settled(pilot)


async def whole_screen(pilot: Pilot[Any]) -> None:
    await composing(pilot)
    await pilot.press("f11")
    await settled(pilot)


async def disk_full(pilot: Pilot[Any]) -> None:
    await composing(pilot)
    desk = desk_of(pilot.app)
    desk.backend.save_draft = lambda *given: no_space()  # type: ignore[method-assign]
    await type_text(pilot, "Encore")
    composer = desk.composer
    assert composer is not None
    composer.keep()
    await until(pilot, lambda: composer.lost)
    await settled(pilot)


async def finding(pilot: Pilot[Any], text: str) -> None:
    await ready(pilot)
    await pilot.press("f2")
    await until(pilot, lambda: isinstance(pilot.app.screen, FindScreen))
    find = pilot.app.screen
    assert isinstance(find, FindScreen)
    if text:
        find.query_one("#find-box", Input).value = text
        await until(pilot, lambda: find._answered == text)
    await settled(pilot)


async def find_empty(pilot: Pilot[Any]) -> None:
    await finding(pilot, "")


async def find_results(pilot: Pilot[Any]) -> None:
    await finding(pilot, "petit")


async def find_nothing(pilot: Pilot[Any]) -> None:
    await finding(pilot, "zzyzx")


async def helped(pilot: Pilot[Any]) -> None:
    await roussel(pilot)
    await pilot.press("f1")
    await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
    await settled(pilot)


async def palette(pilot: Pilot[Any]) -> None:
    await ready(pilot)
    await pilot.press("ctrl+p")
    await until(pilot, lambda: pilot.app.screen.query(CommandList))
    box = pilot.app.screen.query_one(Input)
    box.value = "promesse" if language() == "fr" else "promise"
    await until(pilot, lambda: 1 < pilot.app.screen.query_one(CommandList).option_count < 10)
    await until(pilot, lambda: all(worker.is_finished for worker in pilot.app.workers if worker.group == "default"))
    await settled(pilot)


async def asked(pilot: Pilot[Any], key: str) -> ActionForm:
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, ActionForm))
    form = pilot.app.screen
    assert isinstance(form, ActionForm)
    await settled(pilot)
    return form


async def contact(pilot: Pilot[Any]) -> None:
    await composing(pilot)
    await pilot.press("escape")
    await until(pilot, lambda: desk_of(pilot.app).composer is None)
    await asked(pilot, "c")


async def refusal(pilot: Pilot[Any]) -> None:
    await composing(pilot)
    await pilot.press("escape")
    await until(pilot, lambda: desk_of(pilot.app).composer is None)
    form = await asked(pilot, "p")
    form.query_one("#field-text", Input).value = "Rappel"
    form.query_one("#field-due", Input).value = "22/11"
    await pilot.press("ctrl+s")
    await until(pilot, lambda: form.refused)
    await settled(pilot)


async def choosing(pilot: Pilot[Any]) -> None:
    await roussel(pilot)
    await pilot.press("f")
    await until(pilot, lambda: isinstance(pilot.app.screen, ChooseScreen))
    await settled(pilot)


async def filtered(pilot: Pilot[Any]) -> None:
    await choosing(pilot)
    await pilot.press("down", "enter")
    await until(pilot, lambda: desk_of(pilot.app).filter_note())
    await settled(pilot)


async def searching(pilot: Pilot[Any]) -> None:
    await roussel(pilot)
    await pilot.press("slash")
    desk = desk_of(pilot.app)
    await until(pilot, lambda: desk.query("#search-box") and desk.query_one("#search-box").has_focus)
    await type_text(pilot, "ligne")
    await until(pilot, lambda: desk.life_view.filter.words == ("ligne",))
    await settled(pilot)


async def conflict(pilot: Pilot[Any]) -> None:
    await ready(pilot)
    desk = desk_of(pilot.app)
    customer, id_ = two_wordings(desk.backend.workspace.home)
    desk.open_customer(customer, entry=id_)
    await until(pilot, lambda: desk.life_view.current is not None and desk.life_view.current.id == id_)
    desk.show_pane(desk.life_view)
    await pilot.press("enter")
    await settled(pilot)


async def merging(pilot: Pilot[Any]) -> None:
    await conflict(pilot)
    await pilot.press("R")
    desk = desk_of(pilot.app)
    await until(pilot, lambda: desk.composer is not None and desk.composer.page.has_focus)
    await settled(pilot)


async def listening(pilot: Pilot[Any]) -> None:
    """What customers tell us, by tag."""
    await ready(pilot)
    await pilot.press("f7")
    await until(pilot, lambda: isinstance(pilot.app.screen, VoiceScreen) and pilot.app.screen.voice is not None)
    await settled(pilot)


async def what_they_said(pilot: Pilot[Any]) -> None:
    """The words and the answer of the last tag."""
    await listening(pilot)
    await pilot.press("end", "enter")
    await settled(pilot)


async def passing_on(pilot: Pilot[Any]) -> None:
    await roussel(pilot)
    desk = desk_of(pilot.app)
    desk.life_view.go_to(next(entry.id for entry in desk.life_view.entries if entry.kind == "contact"))
    await asked(pilot, "s")


async def team(pilot: Pilot[Any]) -> None:
    """Words of customers, what may hurt one, the measures."""
    await ready(pilot)
    await pilot.press("f4")
    await until(pilot, lambda: isinstance(pilot.app.screen, TeamScreen) and pilot.app.screen.rows.view is not None)
    await settled(pilot)


async def last_of_team(pilot: Pilot[Any]) -> None:
    """The last group of what may hurt a customer."""
    await team(pilot)
    await pilot.press("shift+tab")
    await settled(pilot)


async def shown(pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: screen_text(pilot.app).strip())
    await pilot.pause()


async def themed(pilot: Pilot[Any]) -> None:
    await conflict(pilot)


WIDE, MEDIUM, SMALL, LEAST = (120, 36), (100, 30), (80, 24), (60, 16)
SCENES = (
    Scene("desk-120x36", WIDE, start),
    Scene("desk-100x30", MEDIUM, start),
    Scene("desk-80x24", SMALL, start),
    Scene("desk-60x16", LEAST, start),
    Scene("composer", WIDE, composing),
    Scene("composer-80x24", SMALL, composing),
    Scene("composer-full-screen", MEDIUM, whole_screen),
    Scene("similar", WIDE, similar),
    Scene("similar-80x24", SMALL, similar),
    Scene("brief-80x24", SMALL, briefed),
    Scene("respect", MEDIUM, respected),
    Scene("pause", SMALL, pausing),
    Scene("find-empty", SMALL, find_empty),
    Scene("find-results", MEDIUM, find_results),
    Scene("find-nothing", SMALL, find_nothing),
    Scene("help", MEDIUM, helped),
    Scene("help-60x16", LEAST, helped),
    Scene("palette", MEDIUM, palette),
    Scene("contact", SMALL, contact),
    Scene("contact-60x16", LEAST, contact),
    Scene("refusal", MEDIUM, refusal),
    Scene("choose", MEDIUM, choosing),
    Scene("filtered", MEDIUM, filtered),
    Scene("search-in-life", SMALL, searching),
    Scene("two-wordings", MEDIUM, conflict),
    Scene("two-wordings-merged", MEDIUM, merging),
    Scene("disk-full", SMALL, disk_full),
    Scene("voice", WIDE, listening),
    Scene("voice-80x24", SMALL, listening),
    Scene("voice-said-80x24", SMALL, what_they_said),
    Scene("signal", SMALL, passing_on),
    Scene("team", WIDE, team),
    Scene("team-80x24", SMALL, last_of_team),
    Scene("team-60x16", LEAST, team),
    Scene("too-small-59x15", (59, 15), start),
    Scene("too-small-20x5", (20, 5), start),
)


def stand_still(pilot: Pilot[Any]) -> None:
    """No cursor blinks in a picture."""
    for area in pilot.app.screen.query(TextArea):
        area.cursor_blink = False
    for box in pilot.app.screen.query(Input):
        box.cursor_blink = False
