"""Weak signals at the desk: passed on with a key, read on their own screen, answered, and told to who passed them on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from advisor_tui.domain.errors import DiskFull
from advisor_tui.gateways.run import import_paths
from advisor_tui.language import _, set_language
from advisor_tui.store.journal import Journal
from advisor_tui.store.reads.voice import Known
from advisor_tui.store.workspace import Workspace
from advisor_tui.tui.app import AdvisorApp
from advisor_tui.tui.backend import Backend
from advisor_tui.tui.chrome import KeyLine, TopLine
from advisor_tui.tui.desk import Desk
from advisor_tui.tui.forms import ActionForm, Choice, Words
from advisor_tui.tui.help import HelpScreen
from advisor_tui.tui.signal_form import Forgiving, departments, likely_tag
from advisor_tui.tui.voice import VoiceScreen
from tests.tui.driving import desk_of, ready, rows_of, screen_text, settled, type_text, until, widget_text
from tests.tui.scenes import SMALL, WIDE, asked

NOW = "2026-11-17T14:02:11+01:00"
UNREAD = "justificatifs reçus non lus"
Make = Callable[..., AdvisorApp]
Line = dict[str, Any]


def customer(id_: str) -> Line:
    return {"v": 1, "type": "customer", "id": id_, "name": f"Zoé {id_.title()}"}


def signal(id_: str, whose: str, day: str = "2026-11-16", **more: Any) -> Line:
    return {
        "v": 1, "type": "signal", "id": id_, "customer": whose, "at": f"{day}T10:00:00+01:00", "tag": UNREAD,
        "text": f"Personne ne lit ({id_}).", "department": "billing", "due": "2026-11-30", "author": "Claire Morel", **more,
    }  # fmt: skip


PEOPLE = [customer(name) for name in ("un", "deux", "trois", "quatre", "cinq")]
BOARD = [
    *PEOPLE, signal("a1", "un"), signal("a2", "deux"), signal("a3", "trois", "2026-11-12"),
    signal("l1", "quatre", "2026-10-20", tag="notice introuvable", due="2026-11-12", striking=True, department="marketing"),
    signal("o1", "cinq", "2026-11-05", tag="horaires faux"),
    signal("y1", "un", "2026-11-02", tag="prix caché", answer="yes", answered_at="2026-11-16T09:00:00+01:00",
           answered_by="Marc Vasseur", words="Il est en première page depuis lundi."),
    signal("w1", "deux", "2026-11-03", tag="attente", author="Paul Ndiaye", answer="later", until="2026-12-18",
           answered_at="2026-11-16T09:00:00+01:00", answered_by="Marc Vasseur", words="Après les recrutements."),
]  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> Make:
    """Makes a desk on a workspace that holds these lines."""

    def make(*lines: Line, language: str = "en", **settings: object) -> AdvisorApp:
        workspace = Workspace(tmp_path / "house")
        workspace.update(language=language, name="Claire Morel", team="Mobile", clock=NOW, rules="fr", **settings)
        source = tmp_path / "lines.jsonl"
        source.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        journal = Journal(workspace.database, workspace.clock())
        assert import_paths(journal, workspace, [source], mapping={}, csv_type=None).status == 0
        journal.close()
        return AdvisorApp(workspace, Backend(workspace))

    return make


def home_of(app: AdvisorApp) -> Path:
    return app.workspace.home


def signals_of(app: AdvisorApp, columns: str = "title, text, channel, state") -> list[tuple[Any, ...]]:
    return rows_of(home_of(app), f"SELECT {columns} FROM entry WHERE kind = 'signal' ORDER BY at, n")


async def at(pilot: Pilot[Any], name: str) -> Desk:
    """The desk with this customer open and the cursor in their life."""
    desk = desk_of(pilot.app)
    (found,) = rows_of(home_of(pilot.app), "SELECT id FROM customer_view WHERE name = ?", name)  # type: ignore[arg-type]
    desk.open_customer(found[0])
    await until(pilot, lambda: desk.life is not None and desk.life.brief.head.id == found[0])
    await settled(pilot)
    desk.show_pane(desk.life_view)
    await settled(pilot)
    return desk


async def board(pilot: Pilot[Any]) -> VoiceScreen:
    await settled(pilot)
    await pilot.press("f7")
    await until(pilot, lambda: isinstance(pilot.app.screen, VoiceScreen) and pilot.app.screen.voice is not None)
    await settled(pilot)
    assert isinstance(pilot.app.screen, VoiceScreen)
    return pilot.app.screen


async def over(pilot: Pilot[Any], kind: type[Any]) -> Any:
    await until(pilot, lambda: isinstance(pilot.app.screen, kind) and pilot.app.screen.is_mounted)
    await settled(pilot)
    return pilot.app.screen


def tags(screen: VoiceScreen) -> list[str]:
    return [item if isinstance(item, str) else f"- {item.tag}" for item in screen.topics.items]


def on_screen(screen: VoiceScreen) -> list[bool]:
    return [bool(pane.display) for pane in (screen.topics, screen.signals)]


def form_of(app: AdvisorApp) -> ActionForm:
    assert isinstance(app.screen, ActionForm)
    return app.screen


def field(app: AdvisorApp, name: str) -> str:
    found = form_of(app).query_one(f"#field-{name}")
    return found.text if isinstance(found, Words) else str(found.value)  # type: ignore[attr-defined]


class TestCapture:
    async def test_a_key_their_words_and_a_key(self, house: Make) -> None:
        case = {
            "v": 1,
            "type": "case",
            "id": "k",
            "customer": "trois",
            "kind": "dispute",
            "subject": "Frais",
            "opened_at": NOW,
        }
        letter = {"v": 1, "type": "contact", "id": "c", "customer": "trois", "case": "k", "channel": "letter",
                  "direction": "inbound", "at": "2026-11-17T09:00:00+01:00", "body": "Personne ne lit."}  # fmt: skip
        app = house(
            *PEOPLE, signal("a1", "un"), signal("a2", "deux", "2026-11-17", department="Atelier Nord"), case, letter
        )
        async with app.run_test(size=WIDE) as pilot:
            desk = await at(pilot, "Zoé Trois")
            desk.life_view.go_to(next(entry.id for entry in desk.life_view.entries if entry.kind == "contact"))
            await pilot.press("s")
            form = await over(pilot, ActionForm)
            assert "Zoé Trois · Frais · “Personne ne lit.”" in screen_text(app)
            assert isinstance(form.focused, Words), "the words come first"
            await type_text(pilot, "mes justificatifs sont recus et non lus")
            await until(pilot, lambda: field(app, "department") == "Atelier Nord")
            assert field(app, "tag") == UNREAD, "the words say it; nothing needs to be typed twice"
            await pilot.press("ctrl+s")
            await over(pilot, Desk)
            said = "Passed on · answer by 1 Dec · 3 customers this week: an alert · u undoes it"
            assert desk.query_one(TopLine).status[2] == (said,)
            made = signals_of(
                app, "title, text, channel, due, case_id IS NOT NULL, json_extract(more, '$.contact') IS NOT NULL"
            )[-1]
            assert made == (UNREAD, "mes justificatifs sont recus et non lus", "Atelier Nord", "2026-12-01", 1, 1)
            assert desk.life_view.entries[0].kind == "signal"

    async def test_a_tag_that_nobody_knows_is_asked_for(self, house: Make) -> None:
        app = house(*PEOPLE)
        async with app.run_test(size=SMALL) as pilot:
            desk = await at(pilot, "Zoé Un")
            await pilot.press("s")
            form = await over(pilot, ActionForm)
            await type_text(pilot, "la sirene sonne")
            await pilot.press("ctrl+s")
            await until(pilot, lambda: form.refused)
            assert form.refused == "Still empty: Tag"
            assert form.focused is form.query_one("#field-tag")
            await type_text(pilot, "sirène")
            await pilot.press("ctrl+s")
            await over(pilot, Desk)
            assert signals_of(app) == [("sirène", "la sirene sonne", "marketing", "sent")]
            assert desk.query_one(TopLine).status[2] == ("Passed on · answer by 1 Dec · u undoes it",)
            assert "▸ answer by 1 Dec" in widget_text(desk.life_view)
            await pilot.press("u")
            await until(pilot, lambda: not signals_of(app))

    async def test_what_was_begun_is_there_again(self, house: Make) -> None:
        app = house(*PEOPLE)
        async with app.run_test(size=SMALL) as pilot:
            await at(pilot, "Zoé Un")
            await pilot.press("s")
            await over(pilot, ActionForm)
            await type_text(pilot, "encore")
            await pilot.press("tab", *"tri", "tab", "left", "escape")
            await over(pilot, Desk)
            await pilot.press("s")
            form = await over(pilot, ActionForm)
            assert (field(app, "text"), field(app, "tag")) == ("encore", "tri")
            assert form.query_one("#field-department", Choice).value != "marketing"

    async def test_a_person_who_chose_is_not_overruled(self, house: Make) -> None:
        app = house(*PEOPLE, signal("a1", "un"))
        async with app.run_test(size=WIDE) as pilot:
            await at(pilot, "Zoé Deux")
            await pilot.press("s")
            form = await over(pilot, ActionForm)
            form.query_one("#field-tag", Input).value = "à part"
            await type_text(pilot, "justificatifs recus non lus")
            await pilot.pause()
            assert field(app, "tag") == "à part"
            chosen = form.query_one("#field-department", Choice)
            chosen.place = [value for value, _said in chosen.choices].index("network")
            form.query_one("#field-tag", Input).value = UNREAD
            await pilot.pause()
            assert chosen.value == "network"

    async def test_a_known_tag_is_completed_whatever_its_accents(self) -> None:
        suggester = Forgiving([UNREAD, "école fermée"])
        assert await suggester.get_suggestion("ECOLE") == "école fermée"
        assert await suggester.get_suggestion("Justificatifs reç") == UNREAD
        assert await suggester.get_suggestion("") is None
        assert await suggester.get_suggestion("recus") is None

    def test_the_tag_with_most_words_in_the_text_is_likely(self) -> None:
        known = ["facture", "facture illisible", "de la"]
        assert likely_tag("Mes FACTURES sont illisibles.", known) == "facture illisible"
        assert likely_tag("l’ancienne-facture, de novembre", known) == "facture"
        assert likely_tag("bonjour de la part de Zoé", known) == "", "small words say nothing"

    def test_who_may_be_asked(self) -> None:
        set_language("fr")
        found = departments(Known([], ["Atelier Nord", "billing"]), "marketing", ["billing", "network"])
        assert found == (
            ("Atelier Nord", "Atelier Nord"),
            ("billing", "facturation"),
            ("marketing", _("marketing")),
            ("network", "réseau"),
        )

    async def test_of_two_records_of_one_person_it_stays_with_the_one_it_came_from(self, house: Make) -> None:
        case = {
            "v": 1,
            "type": "case",
            "id": "k",
            "customer": "deux",
            "kind": "request",
            "subject": "Fibre",
            "opened_at": NOW,
        }
        app = house(customer("un"), {**customer("deux"), "merged_into": "un"}, case)
        async with app.run_test(size=SMALL) as pilot:
            desk = await at(pilot, "Zoé Un")
            desk.life_view.go_to(next(entry.id for entry in desk.life_view.entries if entry.kind == "case"))
            await asked(pilot, "s")
            await type_text(pilot, "trop tard")
            await pilot.press("tab", *"tard", "ctrl+s")
            await over(pilot, Desk)
            ((whose, within),) = signals_of(app, "customer_id, case_id IS NOT NULL")
            assert (whose, within) == (
                rows_of(home_of(app), "SELECT id FROM customer_view WHERE name = 'Zoé Deux'")[0][0],
                1,
            )


class TestBoard:
    async def test_alerts_first_and_what_chance_alone_gives(self, house: Make) -> None:
        app = house(*BOARD)
        async with app.run_test(size=WIDE) as pilot:
            screen = await board(pilot)
            assert tags(screen) == [
                "Alerts", f"- {UNREAD}", "Answers that are late", "- notice introuvable", "Waiting for an answer",
                "- horaires faux", "- attente", "Answered", "- prix caché",
            ]  # fmt: skip
            shown = screen_text(app)
            for words in ("3 customers this week, alert from 3", "3 answers owed", "1 answer owed · 1 late", "▲ 1 late",
                          "With 5 tags, alerts by chance alone: about 1 a year.", "last heard 20 Oct"):  # fmt: skip
                assert words in shown, words
            assert [row.id for row in screen.signals.rows] == [row.id for row in screen.topics.current.signals]  # type: ignore[union-attr]
            assert "“Personne ne lit (a2).”" in shown

    async def test_a_late_answer_is_told_in_working_days(self, house: Make) -> None:
        app = house(*BOARD)
        async with app.run_test(size=WIDE) as pilot:
            screen = await board(pilot)
            await pilot.press("down")
            await settled(pilot)
            shown = widget_text(screen.signals)
            assert "Zoé Quatre · striking" in shown
            assert "▲ late by 3 working days" in shown, "Friday, Monday, Tuesday"
            assert "passed on to marketing" in shown

    async def test_an_answer_is_read_with_its_why_and_by_whom(self, house: Make) -> None:
        app = house(*BOARD)
        async with app.run_test(size=WIDE) as pilot:
            screen = await board(pilot)
            await pilot.press("end")
            await settled(pilot)
            shown = " ".join(widget_text(screen.signals).split())
            assert "✓ yes" in shown
            assert "billing: yes · Il est en première page depuis lundi. · Marc Vasseur, yesterday" in shown.replace(
                "▌ ", ""
            )
            assert "○ the customer has not been told yet" in shown
            await pilot.press("up")
            await settled(pilot)
            shown = widget_text(screen.signals)
            assert "○ answer by 18 Dec" in shown
            assert "billing: later · Après les recrutements." in shown

    async def test_where_nothing_was_passed_on_it_says_how(self, house: Make) -> None:
        app = house(*PEOPLE)
        async with app.run_test(size=SMALL) as pilot:
            await board(pilot)
            shown = " ".join(screen_text(app).split())
            assert "Nothing has been passed on yet." in shown
            assert "s on a customer's life passes on what they say: their words, a tag, and who is to answer." in shown
            await pilot.press("a", "t", "enter", "tab", "escape")
            await over(pilot, Desk)

    async def test_it_says_that_it_reads_and_why_it_cannot(self, house: Make) -> None:
        app = house(*PEOPLE)
        async with app.run_test(size=SMALL) as pilot:
            screen = await board(pilot)
            screen.voice = screen.topics.voice = None
            screen.topics.rows_changed(-1)
            await pilot.pause()
            assert "Reading what customers tell us…" in screen_text(app)

            def full(*given: Any) -> Any:
                raise DiskFull("The disk is full.", path="/home/claire")

            app.backend.read = full  # type: ignore[union-attr, method-assign]
            await pilot.press("f5")
            await until(pilot, lambda: "The disk is full." in screen_text(app))

    async def test_enter_goes_to_the_words_then_to_the_customer_at_that_entry(self, house: Make) -> None:
        app = house(*BOARD)
        async with app.run_test(size=WIDE) as pilot:
            screen = await board(pilot)
            await pilot.press("enter", "down")
            wanted = screen.signals.current
            assert wanted is not None
            await pilot.press("enter")
            desk = await over(pilot, Desk)
            await until(pilot, lambda: desk.life is not None and desk.life.brief.head.id == wanted.customer_id)
            await until(pilot, lambda: desk.life_view.current is not None and desk.life_view.current.id == wanted.id)
            assert desk.life_view.has_focus

    async def test_a_small_terminal_shows_one_pane_at_a_time(self, house: Make) -> None:
        app = house(*BOARD)
        async with app.run_test(size=SMALL) as pilot:
            screen = await board(pilot)
            assert on_screen(screen) == [True, False]
            await pilot.press("tab")
            await settled(pilot)
            assert on_screen(screen) == [False, True]
            assert screen.signals.has_focus
            assert "“Personne ne lit (a1).”" in screen_text(app)
            await pilot.resize_terminal(*WIDE)
            await settled(pilot)
            assert on_screen(screen) == [True, True]
            await pilot.resize_terminal(*SMALL)
            await settled(pilot)
            assert on_screen(screen) == [False, True], "what has the focus stays"
            await pilot.press("escape")
            assert screen.topics.has_focus
            await pilot.press("escape")
            await over(pilot, Desk)

    async def test_keys_and_clicks_do_the_same(self, house: Make) -> None:
        app = house(*BOARD)
        async with app.run_test(size=WIDE) as pilot:
            screen = await board(pilot)
            line = screen.query_one(KeyLine)
            for name, kind in (("answer", ActionForm), ("leave", Desk)):
                place = 1
                for key, words, what in line.entries:
                    if what == name:
                        break
                    place += len(key) + len(words) + 4
                await pilot.click(KeyLine, offset=(place, 0))
                await over(pilot, kind)
                if kind is ActionForm:
                    await pilot.press("escape")
                    await over(pilot, VoiceScreen)
            await board(pilot)
            await pilot.press("f7")
            await over(pilot, Desk)

    async def test_language_theme_and_help(self, house: Make) -> None:
        app = house(*BOARD)
        async with app.run_test(size=WIDE) as pilot:
            screen = await board(pilot)
            await pilot.press("down", "f10", "f9")
            await settled(pilot)
            assert screen.topics.current is not None
            assert screen.topics.current.tag == "notice introuvable"
            assert _("Alerts") in screen_text(app)
            assert app.theme != "encre"
            await pilot.press("f10", "f1")
            await over(pilot, HelpScreen)
            shown = screen_text(app)
            assert re.search(r"\ba +Answer a signal", shown)
            assert re.search(r"\bt +Tell the customer what became of it", shown)

    async def test_what_comes_meanwhile_leaves_the_cursor_where_it_is(self, house: Make) -> None:
        app = house(*BOARD)
        async with app.run_test(size=WIDE) as pilot:
            screen = await board(pilot)
            await pilot.press("down", "down")
            before = screen.topics.current
            assert before is not None
            backend = desk_of(app).backend
            (un,) = rows_of(home_of(app), "SELECT id FROM customer_view WHERE name = 'Zoé Un'")[0]
            backend.do("raise_signal", {"customer": un, "text": "Encore", "tag": "zèbre"}).result()
            await pilot.press("f5")
            await until(pilot, lambda: "- zèbre" in tags(screen))
            assert screen.topics.current is not None
            assert screen.topics.current.tag == before.tag


class TestAnswers:
    async def test_one_answer_for_all_open_ones_is_offered(self, house: Make) -> None:
        app = house(*BOARD)
        async with app.run_test(size=WIDE) as pilot:
            screen = await board(pilot)
            await pilot.press("a")
            form = await over(pilot, ActionForm)
            assert form.query_one("#field-all_of_tag", Choice).value == "true"
            assert field(app, "answer") == "", "nobody decides by leaving it as it is"
            await pilot.press("ctrl+s")
            await until(pilot, lambda: form.refused == "Still empty: Answer, Why")
            form.query_one("#field-answer", Choice).place = 1
            form.query_one("#field-words", Words).text = "Une personne les lit chaque matin."
            await pilot.press("ctrl+s")
            await over(pilot, VoiceScreen)
            await until(pilot, lambda: screen.topics.current is not None and not screen.topics.current.open)
            states = signals_of(app, "title, state")
            assert states.count((UNREAD, "yes")) == 3
            assert ("horaires faux", "sent") in states
            assert any("3 signals answered." in note.message for note in app._notifications)

    async def test_the_one_under_the_cursor_is_answered_alone_and_told_back(self, house: Make) -> None:
        app = house(*BOARD)
        async with app.run_test(size=SMALL) as pilot:
            screen = await board(pilot)
            await pilot.press("enter", "down", "t")
            assert "There is no answer to tell yet." in [note.message for note in app._notifications]
            wanted = screen.signals.current
            assert wanted is not None
            await pilot.press("a")
            form = await over(pilot, ActionForm)
            form.query_one("#field-answer", Choice).place = 2
            form.query_one("#field-words", Words).text = "Pas cette année."
            form.query_one("#field-all_of_tag", Choice).place = 0
            await pilot.press("ctrl+s")
            await over(pilot, VoiceScreen)
            await until(pilot, lambda: screen.signals.current is not None and screen.signals.current.state == "no")
            assert screen.signals.current is not None
            assert screen.signals.current.id == wanted.id, "the cursor stays"
            assert signals_of(app, "state").count(("no",)) == 1
            await pilot.press("t")
            await over(pilot, ActionForm)
            await pilot.press("ctrl+s")
            await over(pilot, VoiceScreen)
            await until(
                pilot, lambda: screen.signals.current is not None and screen.signals.current.told_at is not None
            )
            assert "✓ the customer was told, today" in screen_text(app)
            await pilot.press("a", "t")
            said = [note.message for note in app._notifications]
            assert "This signal has its answer already." in said
            assert "They have been told already." in said

    async def test_a_refusal_stays_on_the_form_and_what_was_typed_too(self, house: Make) -> None:
        app = house(*BOARD)
        async with app.run_test(size=SMALL) as pilot:
            screen = await board(pilot)
            await pilot.press("a")
            form = await over(pilot, ActionForm)
            form.query_one("#field-answer", Choice).place = 3
            form.query_one("#field-words", Words).text = "En janvier."
            await pilot.press("ctrl+s")
            await until(pilot, lambda: form.refused == "Later is a day: say by when.")
            await pilot.press("escape")
            await over(pilot, VoiceScreen)
            await pilot.press("a")
            await over(pilot, ActionForm)
            assert (field(app, "answer"), field(app, "words")) == ("later", "En janvier.")
            assert screen.topics.current is not None

    async def test_who_passed_it_on_reads_the_answer_in_their_day(self, house: Make) -> None:
        app = house(*BOARD)
        async with app.run_test(size=WIDE) as pilot:
            desk = await ready(pilot)
            row = next(row for row in desk.day_view.items if not isinstance(row, str) and row.answer)
            assert not [row for row in desk.day_view.items if not isinstance(row, str) and row.words == "attente"], (
                "Paul's"
            )
            assert "answer: yes · bil" in widget_text(desk.day_view)
            desk.show_pane(desk.day_view)
            desk.day_view.cursor = desk.day_view.items.index(row)
            await pilot.press("enter")
            await until(pilot, lambda: desk.life_view.current is not None and desk.life_view.current.id == row.id)
            desk.do_named("tell_back_signal")
            await over(pilot, ActionForm)
            await pilot.press("ctrl+s")
            await over(pilot, Desk)
            await until(
                pilot, lambda: not [one for one in desk.day_view.items if not isinstance(one, str) and one.answer]
            )
            told = next(entry for entry in desk.life_view.entries if entry.id == row.id)
            assert "→ billing: yes · Il est en première page depuis lundi. · the customer knows" in " ".join(
                desk.life_view.entry_text(told).split()
            )

    async def test_it_is_answered_from_the_life_as_well(self, house: Make) -> None:
        app = house(*BOARD)
        async with app.run_test(size=WIDE) as pilot:
            desk = await at(pilot, "Zoé Cinq")
            desk.do_named("answer_signal")
            form = await over(pilot, ActionForm)
            assert "“horaires faux”" in screen_text(app)
            form.query_one("#field-answer", Choice).place = 1
            form.query_one("#field-words", Words).text = "Corrigés."
            await pilot.press("ctrl+s")
            await over(pilot, Desk)
            await until(pilot, lambda: "✓ yes" in widget_text(desk.life_view))
            desk.do_named("answer_signal")
            await until(
                pilot, lambda: any("No signal waits for an answer." in note.message for note in app._notifications)
            )
