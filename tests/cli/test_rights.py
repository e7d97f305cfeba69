"""Careful notes and the rights of a person, as typed: check-words, subject-access, erase, retention."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from advisor_tui.domain.gentle import CATEGORIES
from advisor_tui.store.workspace import Workspace
from tests.cli.conftest import Cli

HUGO = "Hugo Castellane"
CARD = "4970 1000 0000 0055"
Typed = Callable[[str], None]


class Keyboard(io.TextIOWrapper):
    """An input that is a terminal, or is not."""

    def __init__(self, text: bytes, terminal: bool) -> None:
        super().__init__(io.BytesIO(text), encoding="utf-8")
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> Typed:
    """What a person types next, at a terminal."""
    return lambda text: monkeypatch.setattr("sys.stdin", Keyboard(text.encode(), True))


@pytest.fixture
def free(cli: Cli) -> str:
    """Somebody whom nothing holds back, with a note and a resolution in a closed case; their id."""
    line = {
        "v": 1,
        "type": "customer",
        "id": "crm:free",
        "name": "Noé Farandole",
        "identifiers": [{"kind": "email", "value": "noe@example.org"}],
    }
    source = cli.home / "free.jsonl"
    source.write_text(json.dumps(line) + "\n", encoding="utf-8")
    assert cli("import", source).status == 0
    customer = cli.customer("Farandole")
    cli.done("add_note", customer=customer, text="Une note sur Farandole.")
    return customer


def database(cli: Cli) -> bytes:
    """The bytes of the file and its log."""
    return b"".join(
        path.read_bytes() for path in sorted(cli.home.glob("workspace.db*")) if not path.name.endswith("-shm")
    )


def content(cli: Cli) -> list[str]:
    """Everything in the file, whether it still stands in its log or not: a log may be folded in at any moment."""
    with closing(sqlite3.connect(cli.home / "workspace.db")) as connection:
        return list(connection.iterdump())


class TestMasked:
    def test_the_author_is_told_and_the_number_is_nowhere(self, cli: Cli) -> None:
        said = cli.done(
            "log_contact", customer=cli.customer(HUGO), body=f"Payé avec {CARD}", subject="FR7630006000011234567890189"
        )
        assert sorted(said["masked"]) == ["card", "iban"]
        entry = cli("show", HUGO, "--json").json["entries"][0]
        assert (entry["text"], entry["title"]) == ("Payé avec [carte/card •••• 0055]", "[IBAN •••• 0189]")
        stored = database(cli)
        for number in (CARD, CARD.replace(" ", ""), "30006000011234567890189"):
            assert number.encode() not in stored

    def test_in_words_that_no_check_looks_at(self, cli: Cli) -> None:
        case = cli.done(
            "open_case",
            customer=cli.customer(HUGO),
            subject=f"Carte {CARD}",
            next_step="Voir",
            next_on="+2",
            reason=CARD,
        )["made"]["case"]
        cli.done(
            "hand_over",
            case=case,
            owner="Réseau",
            next_step=f"Appeler pour {CARD}",
            next_on="+2",
            words=f"C’est la {CARD}",
        )
        cli.done("set_state", case=case, state="closed", reason=f"Carte {CARD} remplacée")
        cli.done("add_identifier", customer=cli.customer(HUGO), kind="account", value="FR7630006000011234567890189")
        assert CARD.encode() not in database(cli)
        assert b"30006000011234567890189" not in database(cli)

    def test_nothing_is_said_where_nothing_was_masked(self, cli: Cli) -> None:
        assert "masked" not in cli.done("add_note", customer=cli.customer(HUGO), text="Rappeler au 06 39 98 11 22")

    def test_an_import_stays_as_it_came(self, cli: Cli) -> None:
        line = {
            "v": 1,
            "type": "note",
            "id": "crm:n",
            "customer": "crm:x",
            "at": "2026-11-16T09:00:00+01:00",
            "text": f"Carte {CARD}",
        }
        who = {"v": 1, "type": "customer", "id": "crm:x", "name": "Ada Quenneville"}
        source = cli.home / "in.jsonl"
        source.write_text(json.dumps(who) + "\n" + json.dumps(line) + "\n", encoding="utf-8")
        assert cli("import", source).status == 0
        assert f"Carte {CARD}" in cli("show", "Quenneville").out


class TestCheckWords:
    def test_nothing(self, nowhere: Cli) -> None:
        assert nowhere("check-words", "Le client préfère le courrier.") == (0, "Nothing to say otherwise.\n", "")
        assert nowhere("check-words", "Le client préfère le courrier.", "--json").json == {"ok": True, "findings": []}

    def test_something(self, nowhere: Cli) -> None:
        answer = nowhere("check-words", "Bonjour.\nUn imbécile, et malade.")
        assert answer.status == 3
        one, other = answer.out.splitlines()
        assert one == "line 2: “imbécile” (insult). Write what the person did or said, without judging them."
        assert other.startswith("line 2: “malade” (health). ")

    def test_in_json(self, nowhere: Cli) -> None:
        text = "Un imbécile, et malade."
        answer = nowhere("check-words", text, "--json")
        assert answer.status == 3
        assert answer.json["ok"] is False
        found = answer.json["findings"]
        assert [set(one) for one in found] == [{"start", "end", "word", "category", "hint"}] * 2
        assert [text[one["start"] : one["end"]] for one in found] == ["imbécile", "malade"]
        assert {one["category"] for one in found} <= set(CATEGORIES)

    @pytest.mark.parametrize("words", [["check-words"], ["check-words", "-"]])
    def test_from_the_input(self, nowhere: Cli, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
        monkeypatch.setattr("sys.stdin", Keyboard(b"Elle est enceinte.", False))
        assert "est enceinte" in nowhere(*words).out
        monkeypatch.setattr("sys.stdin", Keyboard(b"\xff", False))
        assert nowhere(*words).status == 2
        assert not nowhere.home.exists(), "it needs no workspace"

    def test_hostile_words_do_nothing_to_the_terminal(self, nowhere: Cli) -> None:
        assert "\x1b" not in nowhere("check-words", "vieux\u00a0con\x1b[31m").out


class TestSubjectAccess:
    def test_whole_and_readable(self, cli: Cli) -> None:
        answer = cli("subject-access", HUGO)
        assert (answer.status, answer.err) == (0, "")
        shown = cli("show", HUGO, "--json").json
        lines = {line.strip("-> ").strip() for line in answer.out.splitlines()}
        for entry in shown["entries"]:
            for line in filter(None, (line.strip("-> ").strip() for line in entry["text"].split("\n"))):
                assert line in lines or any(line in one for one in lines), line
        for known in shown["known_as"]:
            assert known["value"] in answer.out

    @pytest.mark.parametrize(
        ("language", "day"), [("fr", "jeudi 12 novembre 2026"), ("en", "Thursday 12 November 2026")]
    )
    def test_in_either_language(self, cli: Cli, language: str, day: str) -> None:
        assert day in cli("subject-access", HUGO, "--language", language).out
        assert cli("subject-access", HUGO, "--language", "de").status == 2

    def test_in_json(self, cli: Cli) -> None:
        said = cli("subject-access", HUGO, "--json").json
        assert said["ok"] is True
        assert said["customer"]["name"] == HUGO
        assert {
            "known_as",
            "who",
            "permissions",
            "facts",
            "holdings",
            "cases",
            "entries",
            "drafts",
            "set_aside",
            "erased",
        } < set(said)
        assert all(set(known) == {"kind", "value", "valid_from", "valid_to", "source"} for known in said["known_as"])
        entries = [entry for case in said["cases"] for entry in case["entries"]]
        assert len(entries) > 20
        assert {"type", "at", "recorded_at", "by", "source", "fields", "undone", "later"} < set(entries[0])

    def test_harmless_at_the_terminal_and_exact_in_the_file(self, cli: Cli, tmp_path: Path) -> None:
        words = "Rouge \x1b[31m et \u202eenvers  \t fin "
        cli.done("add_note", customer=cli.customer(HUGO), text=words)
        assert not {"\x1b", "\u202e"} & set(cli("subject-access", HUGO).out)
        target = tmp_path / "out.md"
        previous = os.umask(0)
        try:
            answer = cli("subject-access", HUGO, "--output", target)
        finally:
            os.umask(previous)
        assert answer.status == 0
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert f"> {words.strip()}\n" in target.read_text(encoding="utf-8")
        assert not list(tmp_path.glob(".*.part"))

    def test_json_in_the_file(self, cli: Cli, tmp_path: Path) -> None:
        target = tmp_path / "out.json"
        assert cli("subject-access", HUGO, "-o", target, "--json").json == {"ok": True, "path": str(target)}
        assert json.loads(target.read_text(encoding="utf-8"))["customer"]["name"] == HUGO

    def test_a_file_that_may_not_be(self, cli: Cli, tmp_path: Path) -> None:
        before = content(cli)
        assert cli("subject-access", HUGO, "-o", cli.home / "workspace.db").status == 2
        assert cli("subject-access", HUGO, "-o", cli.home / "config.toml").status == 2
        assert cli("subject-access", HUGO, "-o", tmp_path).status == 1
        assert cli("subject-access", HUGO, "-o", tmp_path / "no" / "where").status == 1
        assert content(cli) == before

    def test_nobody(self, cli: Cli) -> None:
        assert cli("subject-access", "zzzzqqq").status == 1


class TestErase:
    def test_gone_everywhere(self, cli: Cli, free: str) -> None:
        assert b"Farandole" in database(cli)
        said = cli("erase", free, "--yes", "--reason", "Demande du 16 novembre", "--json").json
        assert said.pop("at").startswith("2026-11-17T14:02")
        assert said == {
            "ok": True, "customer": free, "records": [free], "reason": "Demande du 16 novembre", "entries": 2,
            "attachments": [], "forced": [], "on_server": False, "clean": True,
        }  # fmt: skip
        assert b"arandole" not in database(cli)
        assert cli("find", "Farandole", "--json").json == []
        assert cli("search", "Farandole", "--json").json == []
        assert cli("show", free).status == 1
        assert cli("subject-access", free).status == 1
        assert cli("doctor", "--rebuild", "--json").json["findings"][-1]["state"] == "ok"
        assert "Farandole" not in cli("export").out
        again = cli("erase", free, "--yes", "--json")
        assert (again.status, again.json["entries"]) == (0, 0)

    def test_brought_in_again_it_stays_erased(self, cli: Cli, free: str) -> None:
        cli("erase", free, "--yes")
        answer = cli("import", cli.home / "free.jsonl", "--json")
        assert (answer.status, answer.json["ok"]) == (0, True)
        assert cli("find", "Farandole", "--json").json == []

    def test_the_name_is_asked_for(self, cli: Cli, free: str, types: Typed) -> None:
        before = content(cli)
        types("Noé Farandola\n")
        wrong = cli("erase", free)
        assert (wrong.status, wrong.out) == (4, "")
        assert "Noé Farandole" in wrong.err
        assert content(cli) == before
        types("noe  farandole\n")
        right = cli("erase", free)
        assert (right.status, cli("find", "Farandole", "--json").json) == (0, [])

    def test_without_a_terminal_it_must_be_said(self, cli: Cli, free: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", Keyboard("Noé Farandole\n".encode(), False))
        before = content(cli)
        assert cli("erase", free).status == 2
        assert content(cli) == before

    def test_refused_while_something_is_open_unless_forced_with_a_reason(self, cli: Cli) -> None:
        hugo = cli.customer(HUGO)
        refused = cli("erase", hugo, "--yes", "--json")
        assert refused.status == 4
        assert refused.json["error"]["code"] in ("promise_open", "unanswered")
        assert cli("erase", hugo, "--yes", "--force-open").status == 2
        assert cli("show", hugo).status == 0
        said = cli("erase", hugo, "--yes", "--force-open", "--reason", "Sa demande écrite", "--json").json
        assert said["reason"] == "Sa demande écrite"
        assert set(said["forced"]) <= {"promise_open", "unanswered"}
        assert said["forced"]
        assert cli("show", hugo).status == 1

    def test_the_reason_of_what_was_forced_is_told(self, cli: Cli) -> None:
        answer = cli("erase", cli.customer(HUGO), "--yes", "--force-open", "--reason", "Sa demande écrite")
        assert "Sa demande écrite" in answer.out

    def test_where_a_server_shares_it_is_not_done_here(self, cli: Cli, free: str) -> None:
        Workspace(cli.home).update(server="https://bureau.example", user="Claire Morel")
        before = content(cli)
        refused = cli("erase", free, "--yes", "--json")
        assert (refused.status, refused.json["error"]["code"]) == (4, "shared")
        assert refused.json["error"]["details"]["server"] == "https://bureau.example"
        assert cli("retention", "--yes", "--json").status == 4
        assert cli("retention", "--dry-run", "--json").status == 0
        assert content(cli) == before

    def test_what_a_server_was_given_before_is_said(self, cli: Cli, free: str) -> None:
        import sqlite3

        raw = sqlite3.connect(cli.home / "workspace.db")
        raw.execute(
            "UPDATE event SET seq = 1, stream = 's' WHERE id = (SELECT min(id) FROM event WHERE customer_id = ?)",
            (free,),
        )
        raw.commit()
        raw.close()
        assert cli("erase", free, "--yes", "--json").json["on_server"] is True

    def test_attached_files_go_too(self, cli: Cli, tmp_path: Path) -> None:
        content = b"%PDF-1.4 facture"
        message = (
            "From: Noe Farandole <noe@example.org>\nTo: service@example.org\nSubject: Facture\nDate: Mon, 16 Nov 2026 09:00:00 +0100\n"
            "Message-ID: <1@example.org>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\n"
            f"Voici ma facture.\n--x\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=f.pdf\n\n{content.decode()}\n--x--\n"
        )
        source = tmp_path / "m.eml"
        source.write_text(message, encoding="utf-8")
        assert cli("import", source).status == 0
        kept = [path for path in (cli.home / "attachments").rglob("*") if path.is_file()]
        assert [path.name for path in kept] == [hashlib.sha256(content).hexdigest()]
        said = cli("erase", cli.customer("Farandole"), "--yes", "--force-open", "--reason", "Demande", "--json").json
        assert said["attachments"] == [kept[0].name]
        assert not kept[0].exists()

    def test_nobody(self, cli: Cli) -> None:
        assert cli("erase", "zzzzqqq", "--yes").status == 1


class TestRetention:
    @pytest.fixture
    def old(self, cli: Cli) -> dict[str, str]:
        """Three people past their date, one of them held back by an open case; their ids by name."""
        lines: list[dict[str, Any]] = []
        for number, name in enumerate(("Ada Quenneville", "Bea Quenneville", "Cléo Quenneville")):
            lines.append({"v": 1, "type": "customer", "id": f"old:{number}", "name": name})
            lines.append({"v": 1, "type": "contact", "id": f"old:c{number}", "customer": f"old:{number}", "channel": "phone", "direction": "inbound",
                          "at": f"201{number}-03-02T09:00:00+01:00", "body": "Bonjour", "answered": True})  # fmt: skip
        source = cli.home / "old.jsonl"
        source.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        assert cli("import", source).status == 0
        found = {name: cli.customer(name) for name in ("Ada Quenneville", "Bea Quenneville", "Cléo Quenneville")}
        cli.done("open_case", customer=found["Bea Quenneville"], subject="Reprise", next_step="Voir", next_on="+2")
        return found

    def test_a_dry_run_lists_and_changes_no_byte(self, cli: Cli, old: dict[str, str]) -> None:
        before = content(cli)
        said = cli("retention", "--dry-run", "--json").json
        assert (said["ok"], said["dry_run"]) == (True, True)
        assert [one["customer"] for one in said["due"]] == [old["Ada Quenneville"], old["Cléo Quenneville"]]
        ada = said["due"][0]
        assert (ada["since"], ada["until"], ada["rule"], ada["reason"]) == (
            "2010-03-02",
            "2013-03-02",
            "retention.prospects",
            "last_heard",
        )
        assert ada["source"]
        assert [(one["customer"], one["against"]) for one in said["kept"]] == [(old["Bea Quenneville"], ["open_case"])]
        plain = cli("retention", "--dry-run")
        assert plain.status == 0
        assert "2 mars 2013" in plain.out
        assert "retention.prospects" in plain.out
        assert content(cli) == before

    def test_asked_before_it_is_done(self, cli: Cli, old: dict[str, str], types: Typed) -> None:
        before = content(cli)
        types("3\n")
        assert cli("retention").status == 4
        assert content(cli) == before
        types("2\n")
        assert cli("retention").status == 0
        assert cli("show", old["Ada Quenneville"]).status == 1
        assert cli("show", old["Bea Quenneville"]).status == 0

    def test_done(self, cli: Cli, old: dict[str, str]) -> None:
        said = cli("retention", "--yes", "--json").json
        assert [(one["name"], one["entries"]) for one in said["erased"]] == [
            ("Ada Quenneville", 2),
            ("Cléo Quenneville", 2),
        ]
        assert [one["name"] for one in said["kept"]] == ["Bea Quenneville"]
        assert said["clean"] is True
        assert b"Ada Quenneville" not in database(cli)
        assert cli("doctor", "--rebuild", "--json").json["findings"][-1]["state"] == "ok"
        assert cli("retention", "--yes", "--json").json["erased"] == []

    def test_nobody_is_past_their_date(self, cli: Cli) -> None:
        answer = cli("retention", "--dry-run")
        assert (answer.status, answer.err) == (0, "")
        assert answer.out.count("\n") == 1
        assert cli("retention").status == 0, "and nothing is asked"
