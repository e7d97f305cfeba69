"""Keys: one meaning in one place, each with an id, each in the help, each to be changed in the settings."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

import advisor_tui.tui
from advisor_tui.actions import registry
from advisor_tui.language import _, set_language
from advisor_tui.store.workspace import Workspace
from advisor_tui.tui.app import AdvisorApp
from advisor_tui.tui.aside import AsideScreen, Rows
from advisor_tui.tui.backend import Backend
from advisor_tui.tui.brief import BriefView
from advisor_tui.tui.choose import ChooseScreen
from advisor_tui.tui.chrome import KeyLine
from advisor_tui.tui.composer import Composer, Page
from advisor_tui.tui.conduct import ConductScreen
from advisor_tui.tui.day import DayView
from advisor_tui.tui.desk import Desk
from advisor_tui.tui.find import FindScreen
from advisor_tui.tui.first_run import FirstRun
from advisor_tui.tui.forms import ActionForm, Choice, Words
from advisor_tui.tui.help import TITLE, HelpList, HelpScreen, help_lines
from advisor_tui.tui.ink import width_of
from advisor_tui.tui.join import JoinScreen
from advisor_tui.tui.keys import LINES, SHORT, binding_id, key_line, key_name, key_of
from advisor_tui.tui.life import LifeView
from advisor_tui.tui.meanwhile import MeanwhileScreen
from advisor_tui.tui.pause import PauseScreen
from advisor_tui.tui.server import ServerScreen
from advisor_tui.tui.snippets import SnippetsScreen
from advisor_tui.tui.team import TeamScreen
from advisor_tui.tui.team_rows import TeamRows
from advisor_tui.tui.texts import TextList
from advisor_tui.tui.voice import VoiceScreen
from advisor_tui.tui.voice_rows import Topics
from tests.tui.conftest import MakeApp
from tests.tui.driving import open_named, ready, settled, until, widget_text
from tests.tui.scenes import asked

registry.load()
PLACES: dict[str, tuple[type[DOMNode], ...]] = {
    "life": (AdvisorApp, Desk, LifeView), "day": (AdvisorApp, Desk, DayView), "brief": (AdvisorApp, Desk, BriefView),
    "composer": (AdvisorApp, Desk, Composer, Page), "find": (AdvisorApp, FindScreen),
    "help": (AdvisorApp, HelpScreen, HelpList), "form": (AdvisorApp, ActionForm, Words),
    "choice": (AdvisorApp, ActionForm, Choice), "choose": (AdvisorApp, ChooseScreen), "first": (AdvisorApp, FirstRun),
    "server": (AdvisorApp, ServerScreen), "aside": (AdvisorApp, AsideScreen, Rows), "join": (AdvisorApp, JoinScreen),
    "meanwhile": (AdvisorApp, MeanwhileScreen, TextList), "snippets": (AdvisorApp, SnippetsScreen),
    "conduct": (AdvisorApp, ConductScreen), "pause": (AdvisorApp, PauseScreen),
    "voice": (AdvisorApp, VoiceScreen, Topics), "team": (AdvisorApp, TeamScreen, TeamRows),
}  # fmt: skip
LAYERED = {"escape"}
"""Esc always goes one step back: out of the composer first, then out of the pane."""
NEVER = set("0123456789[]{}@#") | {"ctrl+b", "ctrl+i", "ctrl+m", "ctrl+h"}
"""AltGr on AZERTY, tmux, and keys that a terminal cannot tell from Tab, Enter and Backspace."""


def own(cls: type[DOMNode]) -> list[Binding]:
    """The bindings that we gave to a class and its ancestors."""
    made = [base.__dict__.get("BINDINGS", []) for base in cls.__mro__ if base.__module__.startswith("advisor_tui")]
    return [binding for bindings in made for binding in bindings if isinstance(binding, Binding)]


def everything() -> list[type[DOMNode]]:
    """Every class of ours that has keys."""
    found: list[type[DOMNode]] = []
    for module in pkgutil.iter_modules(advisor_tui.tui.__path__):
        loaded = importlib.import_module(f"advisor_tui.tui.{module.name}")
        found += [
            value
            for value in vars(loaded).values()
            if isinstance(value, type) and issubclass(value, DOMNode) and value.__module__ == loaded.__name__
        ]
    return found


@pytest.mark.parametrize("place", PLACES)
def test_a_key_has_one_meaning_in_one_place(place: str) -> None:
    keys = Counter(key for cls in PLACES[place] for binding in own(cls) for key in binding.key.split(","))
    assert not {key for key, count in keys.items() if count > 1} - LAYERED
    assert not set(keys) & NEVER


def test_every_key_can_be_changed_by_its_id() -> None:
    bindings = [binding for cls in everything() for binding in cls.__dict__.get("BINDINGS", [])]
    assert len(bindings) > 50
    assert all(isinstance(binding, Binding) and binding.id for binding in bindings)
    ids = Counter(binding.id for binding in bindings)
    assert not [id_ for id_, count in ids.items() if count > 1]
    known = set(ids)
    for name in (*registry.ACTIONS, *registry.VIEWS):
        if key_of(name, {}):
            assert binding_id(name) in known, name


def test_every_action_and_view_has_words_in_both_languages(lang: str) -> None:
    set_language(lang)
    shown = "\n".join("".join(text for text, _ink in line) for line in help_lines("life", 160, {}))
    entries: list[registry.Action | registry.View] = [*registry.ACTIONS.values(), *registry.VIEWS.values()]
    for entry in entries:
        assert _(entry.title) in shown
        assert key_name(entry.key) in shown
        assert entry.help
        assert " ".join(_(entry.help).split()[:3]) in shown
        if lang == "fr" and entry.title not in ("Action", "Note"):
            assert _(entry.help) != entry.help, f"not translated: {entry.help}"


def test_the_line_at_the_bottom_names_keys_that_exist(lang: str) -> None:
    set_language(lang)
    for place, names in LINES.items():
        for (key, words, name), wanted in zip(key_line(place, {}), names, strict=True):
            assert name == wanted
            assert name in registry.ACTIONS or name in registry.VIEWS
            assert key
            assert name in SHORT
            assert len(words) <= 22
    assert key_line("life", {"action.write_resolution": "B"})[0][0] == "B"


def test_every_title_fits_its_column_of_the_help(lang: str) -> None:
    set_language(lang)
    for title in [entry.title for entry in registry.ACTIONS.values()] + [
        entry.title for entry in registry.VIEWS.values()
    ]:
        assert width_of(_(title)) <= TITLE, title


async def test_every_view_is_answered_by_the_desk(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 36)) as pilot:
        desk = await ready(pilot)
        before = {name: getattr(desk, name) for name in ("run_worker",)}
        started: list[str] = []

        def noted(work: Any, *_given: Any, **_more: Any) -> None:
            if not callable(work):
                work.close()
            started.append("worker")

        desk.run_worker = noted  # type: ignore[method-assign, assignment]
        for name in registry.VIEWS:
            if name not in ("quit", "external_editor", "refresh"):
                desk.do_named(name)
        desk.run_worker = before["run_worker"]  # type: ignore[method-assign]
        await pilot.pause()
        assert len(started) >= 3  # find, filter, search


async def test_the_settings_change_a_key_everywhere(home: Path) -> None:
    config = home / "config.toml"
    config.write_text(config.read_text() + '\n[keys]\n"action.write_resolution" = "B"\n"view.find" = "f8"\n')
    workspace = Workspace(home)
    workspace.update(language="en")
    assert '"action.write_resolution" = "B"' in config.read_text()
    app = AdvisorApp(workspace, Backend(workspace))
    async with app.run_test(size=(120, 36)) as pilot:
        await ready(pilot)
        desk = await open_named(pilot, "Étienne Roussel")
        desk.show_pane(desk.life_view)
        await pilot.pause()
        assert widget_text(desk.query_one(KeyLine)).strip().startswith("B resolve")
        await pilot.press("r")
        await settled(pilot)
        assert desk.composer is None
        await pilot.press("f2")
        await settled(pilot)
        assert app.screen is desk
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, FindScreen))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is desk)
        await pilot.press("f1", "end")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        lines = app.screen.query_one(HelpList)._lines
        assert any("B           Write a resolution" in "".join(text for text, _ink in line) for line in lines)
        await pilot.press("f1")
        await until(pilot, lambda: app.screen is desk)
        case = next(entry for entry in desk.life_view.entries if entry.case_id)
        desk.life_view.go_to(case.id)
        await pilot.press("B")
        await until(pilot, lambda: desk.composer is not None)


async def test_f1_opens_and_closes_the_help_and_the_palette_opens_from_it(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 36)) as pilot:
        desk = await ready(pilot)
        for leave in ("f1", "escape", "q"):
            await pilot.press("f1")
            await until(pilot, lambda: isinstance(app.screen, HelpScreen))
            await pilot.press(leave)
            await until(pilot, lambda: app.screen is desk)
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await pilot.press("ctrl+p")
        await until(pilot, lambda: app.screen.id == "--command-palette")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is desk)


async def test_a_click_on_the_line_at_the_bottom_does_what_the_key_does(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 36)) as pilot:
        desk = await ready(pilot)
        line = widget_text(desk.query_one(KeyLine))
        await pilot.click("#keys", offset=(line.index("F2") + 1, 0))
        await until(pilot, lambda: isinstance(app.screen, FindScreen))


async def test_the_first_run_is_left_with_esc(tmp_path: Path) -> None:
    app = AdvisorApp(Workspace(tmp_path / "nothing"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("escape")
        await until(pilot, lambda: not app.is_running or app._exit)
    assert not (tmp_path / "nothing").exists()


async def test_a_form_left_is_there_again(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        desk = await open_named(pilot, "Sylvie Petit")
        desk.show_pane(desk.life_view)
        form = await asked(pilot, "c")
        await pilot.press("O", "u", "i", "escape")
        await until(pilot, lambda: app.screen is desk)
        form = await asked(pilot, "c")
        assert form.query_one(Words).text == "Oui"
