"""Foreign text is hostile: on every screen it is words, never an order to the terminal, to markup or to a link."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual.app import App
from textual.command import CommandList
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input

from advisor_tui.domain import bodies as b
from advisor_tui.domain.listening import SignalAnswered, SignalRaised, SignalToldBack
from advisor_tui.store.journal import Journal
from advisor_tui.store.workspace import Workspace
from advisor_tui.tui.choose import ChooseScreen
from advisor_tui.tui.chrome import Lines
from advisor_tui.tui.desk import Desk
from advisor_tui.tui.find import FindScreen
from advisor_tui.tui.forms import ActionForm
from advisor_tui.tui.line_list import LineList
from advisor_tui.tui.voice import VoiceScreen
from tests.tui.conftest import MakeApp
from tests.tui.driving import ready, settled, type_text, until
from tests.tui.hostile import HOSTILE, SHORT

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]")
STORED = tuple(text for text in HOSTILE if not re.search("[\ud800-\udfff]", text))
SCROLLBAR = ("@mouse.down", "@mouse.up")
"""Textual's own, on the bar at the right of a list."""
AT = "2026-11-16T10:00:00+01:00"


def record(home: Path) -> str:
    """A customer whose every word is hostile; their id."""
    workspace = Workspace(home)
    journal = Journal(workspace.database, workspace.clock())
    bad = " ".join(STORED[:12])
    with journal.transaction() as unit:

        def add(type_: str, body: b.Body, **more: Any) -> str:
            event = unit.event(
                type_, customer, body, at=more.pop("at", unit.now_ms()), actor="import", txn=unit.new_id(), **more
            )
            unit.append(event)
            return event.id

        customer = unit.new_id()
        identifiers = [b.Identifier(kind="social", value=text[:200]) for text in STORED]
        wishes = [b.Preference(key="k", value=text[:400], at=text[:10]) for text in STORED[:12]]
        add("customer_recorded", b.CustomerRecorded(
            name="Vilain " + bad, since="2001-01-01", team=bad, stake=bad, identifiers=identifiers, preferences=wishes,
        ))  # fmt: skip
        case = unit.new_id()
        add("case_opened", b.CaseOpened(
            id=case, kind="dispute", subject=bad, opened_at=AT, owner=bad, next_step=bad, next_on="2026-11-17",
        ), case_id=case)  # fmt: skip
        for number, text in enumerate(STORED):
            add("holding_recorded", b.HoldingRecorded(id=unit.new_id(), product=text[:300], from_="2001"))
            files = [b.Attachment(name=text[:100])]
            add("contact_logged", b.ContactLogged(
                channel="email", direction="inbound" if number % 2 else "outbound", at=AT, author=text[:80],
                subject=text[:300], body=text, attachments=files, extra={text[:30]: text[:60]}, sent_on=text[:12],
            ), case_id=case if number % 3 else None)  # fmt: skip
            add("resolution_written", b.ResolutionWritten(at=AT, text=text, author=text[:60]), case_id=case)
            add("note_added", b.NoteAdded(at=AT, text=text, author=bad[:50]), case_id=case)
            add("survey_answered", b.SurveyAnswered(at=AT, effort=5, words=text[:500]), case_id=case)
            add(
                "gesture_made",
                b.GestureMade(at=AT, what=text[:90], normal_value=text[:20], reason=text[:90]),
                case_id=case,
            )
            add("commitment_made", b.CommitmentMade(text=text[:200], due="2026-11-18"), case_id=case)
            care(add, case, text)
        add("stake_stated", b.StakeStated(level="vital", words=bad))
        add("relation_set", b.RelationSet(preferred=bad, second=bad[::-1]))
        add("state_set", b.StateSet(state="waiting", reason=bad), case_id=case)
        add("owner_set", b.OwnerSet(owner=bad, next_step=bad, next_on="2026-11-17", words=bad), case_id=case)
        add("identifier_added", b.IdentifierAdded(identifier=b.Identifier(kind="social", value=bad), source=bad))
    journal.close()
    return customer


def care(add: Callable[..., str], case: str, text: str) -> None:
    """One of each entry that is recorded to know before acting, with a hostile text in every place."""
    short = text[:300] or "x"
    add("situation_stated", b.SituationStated(quote=short, restated=short), case_id=case)
    add("work_planned", b.WorkPlanned(what=short, department=short, due=text[:10], progress=text), case_id=case)
    points = b.ComplaintTaken(points=[short, short], from_on=text[:10] or "x", sector=short, addressee=text)
    complaint = add("complaint_taken", points, case_id=case)
    moved = b.ComplaintMoved(id=complaint, to="held", words=text, final_on=text[:12])
    add("complaint_moved", moved, case_id=case, base=(complaint,))
    add(
        "adverse_act_asked",
        b.AdverseActAsked(act="cut_off", by=short, state="refused", words=text, held_by=[complaint, short]),
    )
    offered = add("proposal_made", b.ProposalMade(offer=short, benefit=short, channel=short, fits=[text]))
    add("proposal_answered", b.ProposalAnswered(id=offered, answer="refused", why=text), base=(offered,))
    add("gesture_asked", b.GestureAsked(what=short, normal_value=text[:20], reason=short, said=text), case_id=case)
    add("survey_offered", b.SurveyOffered(channel=short), case_id=case)
    add("fact_stated", b.FactStated(key=short, value=text, source=short))
    add("permission_set", b.PermissionSet(channel=short[:40], purpose="prospecting", granted=False, basis=short))
    add("survey_waived", b.SurveyWaived(reason=short), case_id=case)
    signal = add(
        "signal_raised",
        SignalRaised(text=short, tag=short, department=short, due=short[:10], striking=True, contact=short),
    )
    answer = SignalAnswered(id=signal, answer="later", words=short, until=short[:12])
    add("signal_answered", answer, base=(signal,))
    add("signal_told_back", SignalToldBack(id=signal, words=text), base=(signal,))
    add("legal_hold_set", b.LegalHoldSet(reason=text))
    letter = add(
        "contact_logged", b.ContactLogged(channel="letter", direction="inbound", at=AT, body=text), case_id=case
    )
    add(
        "contact_marked",
        b.ContactMarked(id=letter, repeated=True, reply="holding_reply", words=text, final_on=text[:12]),
        case_id=case,
    )


@pytest.fixture
def villain(home: Path) -> str:
    return record(home)


def harmless_widget(widget: Widget) -> None:
    """Every strip that a widget draws is as wide as the widget and orders nothing."""
    for strip in widget.render_lines(widget.size.region):
        assert strip.cell_length == widget.size.width, (widget, strip.text)
        assert sum(cell_len(segment.text) for segment in strip) == widget.size.width, (widget, strip.text)


def harmless_screen(app: App[Any]) -> None:
    """Nothing on the whole screen is a control character, a link or an action."""
    for strip in app.screen._compositor.render_strips(app.size):
        assert sum(cell_len(segment.text) for segment in strip) == app.size.width, strip.text
        for text, style, control in strip:
            assert control is None
            assert not CONTROL.search(text), repr(text)
            if style is not None:
                assert style.link is None
                assert not [key for key in style.meta if key.startswith("@") and key not in SCROLLBAR], style.meta
    for widget in app.screen.query(Widget):
        if isinstance(widget, (LineList, Lines)) and widget.region.width and widget.display:
            harmless_widget(widget)


async def opened(pilot: Pilot[Any], customer: str) -> Desk:
    desk = await ready(pilot)
    desk.open_customer(customer)
    await until(pilot, lambda: desk.life is not None and desk.life.brief.head.id == customer)
    await settled(pilot)
    desk.show_pane(desk.life_view)
    await pilot.pause()
    return desk


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 16)], ids=["wide", "narrow", "least"])
async def test_opening_unfolding_and_walking_show_words(make_app: MakeApp, villain: str, size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        desk = await opened(pilot, villain)
        harmless_screen(app)
        await pilot.press("z")
        total = desk.life_view.heights.total
        for line in (*range(0, min(total, 600), size[1]), total // 2, total):
            desk.life_view._go(line)
            await pilot.pause()
            harmless_screen(app)
        for _pane in range(2):
            await pilot.press("tab")
            await pilot.pause()
            harmless_screen(app)


async def test_my_day_filters_notes_and_copies_show_words(make_app: MakeApp, villain: str) -> None:
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        desk = await opened(pilot, villain)
        await pilot.press("f5")
        await settled(pilot)
        await pilot.press("f")
        await until(pilot, lambda: isinstance(app.screen, ChooseScreen))
        await settled(pilot)
        harmless_screen(app)
        await pilot.press("end", "enter")  # the case whose name is hostile
        await until(pilot, lambda: desk.filter_note())
        await settled(pilot)
        harmless_screen(app)
        await pilot.press("escape", "home")
        for _entry in range(12):
            await pilot.press("y", "j")
        harmless_screen(app)
        assert not CONTROL.search(app.clipboard.replace("\n", ""))
        desk.draft_note = " ".join(SHORT)
        desk._show_head()
        await pilot.pause()
        harmless_screen(app)


async def test_finding_shows_words(make_app: MakeApp, villain: str) -> None:
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(app.screen, FindScreen))
        find = app.screen
        assert isinstance(find, FindScreen)
        box = find.query_one("#find-box", Input)
        for typed in ("vilain", "rouge", "titre", "漢字", "lien", "long"):
            box.value = typed
            await until(pilot, lambda wanted=typed: find._answered == wanted)  # type: ignore[misc]
            await settled(pilot)
            harmless_screen(app)
        box.value = "vilain"
        await until(pilot, lambda: find._answered == "vilain" and find.results.rows)


async def test_the_palette_shows_words(make_app: MakeApp, villain: str) -> None:
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: app.screen.query(CommandList))
        await type_text(pilot, "vilain")
        await until(pilot, lambda: app.screen.query_one(CommandList).option_count == 1)
        await pilot.pause()
        harmless_screen(app)


async def test_forms_and_their_refusals_show_words(make_app: MakeApp, villain: str) -> None:
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        desk = await opened(pilot, villain)
        for key in "cpmheSgPws":
            await pilot.press(key)
            await until(pilot, lambda: app.screen is not desk)
            await settled(pilot)
            if isinstance(app.screen, ChooseScreen):
                harmless_screen(app)
                await pilot.press("enter")
                await until(pilot, lambda: isinstance(app.screen, ActionForm))
                await settled(pilot)
            harmless_screen(app)
            form = app.screen
            assert isinstance(form, ActionForm)
            form._refuse(" ".join(SHORT))
            await pilot.pause()
            harmless_screen(app)
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is desk)


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 16)], ids=["wide", "narrow", "least"])
async def test_what_customers_tell_us_shows_words(make_app: MakeApp, villain: str, size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await ready(pilot)
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(app.screen, VoiceScreen) and app.screen.voice is not None)
        screen = app.screen
        assert isinstance(screen, VoiceScreen)
        assert len([item for item in screen.topics.items if not isinstance(item, str)]) > len(STORED) // 2
        await settled(pilot)
        for _tag in range(len(STORED) + 8):
            harmless_screen(app)
            await pilot.press("down")
        await pilot.press("home")
        for _tag in range(4):
            await pilot.press("down", "enter")
            await pilot.pause()
            harmless_screen(app)
            await pilot.press("pagedown", "a")
            await until(pilot, lambda: isinstance(app.screen, ActionForm) or len(app._notifications))
            await pilot.pause()
            harmless_screen(app)
            if app.screen is not screen:
                await pilot.press("escape")
                await until(pilot, lambda: app.screen is screen)
            await pilot.press("tab")


async def test_toasts_show_words(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        desk = await ready(pilot)
        for text in SHORT:
            app.notify(text)
            desk.notify(text, severity="warning")
        await pilot.pause()
        harmless_screen(app)
        assert app.is_running


async def test_the_composer_shows_words_and_keeps_the_text_as_it_came(make_app: MakeApp, villain: str) -> None:
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        desk = await opened(pilot, villain)
        seen = 0
        for entry in desk.life_view.entries:
            if entry.kind != "resolution" or len(entry.text) > 100_000:
                continue
            desk.life_view.go_to(entry.id)
            await pilot.press("R")
            await until(pilot, lambda: desk.composer is not None and desk.composer.page.has_focus)
            await pilot.pause()
            harmless_screen(app)
            assert desk.composer is not None
            assert desk.composer.page.text == entry.text.replace("\r\n", "\n") or CONTROL.search(entry.text)
            await pilot.press("escape")
            await until(pilot, lambda: desk.composer is None)
            seen += 1
            if seen == 10:
                break
        assert seen == 10


async def test_the_editor_is_named_harmlessly(make_app: MakeApp, villain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "/no/such/\x1b[31meditor")
    app = make_app()

    @contextmanager
    def suspended() -> Iterator[None]:
        yield

    async with app.run_test(size=(100, 30)) as pilot:
        monkeypatch.setattr(app, "suspend", suspended)
        desk = await opened(pilot, villain)
        await pilot.press("n")
        await until(pilot, lambda: desk.composer is not None and desk.composer.page.has_focus)
        await pilot.press("ctrl+e")
        await until(pilot, lambda: len(app._notifications))
        await pilot.pause()
        harmless_screen(app)
