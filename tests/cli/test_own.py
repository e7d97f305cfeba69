"""`advisor snippets`, `advisor notes`, `advisor hours`: what is one's own, without the full screen."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing

import pytest

from advisor_tui.store.workspace import Workspace
from tests.cli.conftest import Cli


def dump(cli: Cli) -> list[str]:
    with closing(sqlite3.connect(cli.home / "workspace.db")) as connection:
        return [*connection.iterdump()]


class TestPhrases:
    def test_kept_listed_and_taken_away(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        before, exported = dump(cli), cli("export").out
        assert cli("snippets", "--json").json == []
        assert cli("snippets").status == 0
        added = cli("snippets", "add", "rappel", "Je vous \x1b[31mrappelle\x1b[0m.", "--json").json
        assert added == {"ok": True, "name": "rappel", "text": "Je vous rappelle."}
        monkeypatch.setattr("sys.stdin", io.StringIO("Bonjour,\nmerci.\n"))
        assert cli("snippets", "add", "accueil").status == 0
        assert cli("snippets", "signature", "Claire").status == 0
        assert cli("snippets", "signature", "--json").json == {"signature": "Claire"}
        names = [one["name"] for one in cli("snippets", "list", "--json").json]
        assert names == ["signature", "accueil", "rappel"]
        assert (
            cli("snippets").out == "signature\n  Claire\naccueil\n  Bonjour,\n  merci.\nrappel\n  Je vous rappelle.\n"
        )
        assert cli("snippets", "remove", "RAPPEL").status == 0
        assert cli("snippets", "remove", "rappel").status == 1
        assert cli("snippets", "add", " ", "x", "--json").status == 2
        assert (dump(cli), cli("export").out) == (before, exported)
        held = cli("subject-access", cli.customer("Hugo")).out
        assert "Je vous rappelle." not in held

    def test_without_a_workspace_nothing_is_made(self, nowhere: Cli) -> None:
        for words in (("snippets",), ("snippets", "add", "a", "b"), ("notes", "add", "x"), ("hours", "mon", "9-17")):
            assert nowhere(*words).status == 1
        assert not nowhere.home.exists()


class TestNotes:
    def test_written_read_and_all_of_it_forgotten(self, cli: Cli) -> None:
        before = dump(cli)
        note = cli("notes", "add", "Un appel dur.", "--json").json
        assert note == {"ok": True, "number": 1, "written_on": "2026-11-17", "text": "Un appel dur."}
        assert cli("notes", "add", "Et un autre.").status == 0
        assert [one["number"] for one in cli("notes", "--json").json] == [2, 1]
        assert "Un appel dur." in cli("notes", "list").out
        assert cli("notes", "remove", "2").status == 0
        assert cli("notes", "remove", "2").status == 1
        cli("snippets", "add", "a", "b")
        asked = cli("notes", "forget", "--json")
        assert (asked.status, asked.json["error"]["code"]) == (4, "not_asked")
        assert cli("notes", "forget", "--yes", "--json").json == {"ok": True}
        assert not (cli.home / "private.db").exists()
        assert cli("notes").status == cli("snippets").status == 0
        assert dump(cli) == before


class TestHours:
    def test_said_changed_and_unsaid(self, cli: Cli) -> None:
        assert cli("hours", "--json").json == {"ok": True, "hours": {}}
        assert cli("hours", "mon-fri", "9-12:30,13:30-17").status == 0
        assert cli("hours", "wed", "none", "--json").json["hours"].keys() == {"mon", "tue", "thu", "fri"}
        assert "lundi · 09:00-12:30 13:30-17:00" in cli("hours").out
        assert Workspace(cli.home).settings.hours["fri"] == "09:00-12:30 13:30-17:00"
        for words in (("mon",), ("lundi", "9-17"), ("mon", "17-9")):
            assert cli("hours", *words).status == 2
        assert cli("hours", "--clear", "--json").json["hours"] == {}

    def test_a_promise_outside_of_them_is_refused_and_says_when(self, cli: Cli) -> None:
        cli("hours", "mon-fri", "9-17")
        customer = cli.customer("Hugo")
        opened = cli.done("open_case", customer=customer, subject="Panne", next_step="Voir", next_on="2026-11-19")
        given = {"case": str(opened["made"]["case"]), "text": "Rappeler", "due": "2026-11-18T20:00"}
        refused = cli.do("make_commitment", **given)
        assert (refused.status, refused.json["error"]["code"]) == (4, "outside_hours")
        assert refused.json["error"]["details"]["next"] == "2026-11-19T09:00+01:00"
        cli.done("make_commitment", **given, despite="true")

    def test_hours_that_make_no_sense_in_the_settings_are_told(self, cli: Cli) -> None:
        config = cli.home / "config.toml"
        config.write_text(config.read_text(encoding="utf-8") + '\n[hours]\nmon = "toujours"\n', encoding="utf-8")
        answer = cli.do("undo")
        assert answer.status == 2
        assert "toujours" in answer.json["error"]["message"]
