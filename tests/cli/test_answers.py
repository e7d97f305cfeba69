"""What the commands answer: shapes for machines, linear text for people, the same in both languages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from advisor_tui.domain.identity import entity_id
from advisor_tui.gateways.line_types import TYPES
from advisor_tui.store.version import SCHEMA
from tests.cli.conftest import Cli

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class TestFind:
    def test_a_list_with_id_name_and_reason(self, cli: Cli) -> None:
        answer = cli("find", "ben salah", "--json")
        assert answer.status == 0
        first = answer.json[0]
        assert set(first) == {"id", "name", "reason", "value", "since"}
        assert first["name"] == "Boulangerie Ben Salah"
        assert first["reason"] == "name"
        assert UUID.fullmatch(first["id"])

    @pytest.mark.parametrize("typed", ["roussel anglade", "ROUSSEL", "étienne rousel", "06", "roussel-anglade"])
    def test_forgiving(self, cli: Cli, typed: str) -> None:
        names = [found["name"] for found in cli("find", typed, "--json").json]
        assert "Étienne Roussel-Anglade" in names or typed == "06"

    def test_by_each_identifier(self, cli: Cli) -> None:
        shown = cli("show", cli.customer("Roussel-Anglade"), "--json").json
        assert shown["known_as"]
        for known in shown["known_as"]:
            found = cli("find", known["value"], "--json").json
            assert shown["customer"]["id"] in [one["id"] for one in found], known

    def test_in_words(self, cli: Cli) -> None:
        line = cli("find", "castellane").out.splitlines()[0]
        assert line.startswith("Hugo Castellane · nom")
        assert UUID.search(line)
        assert " ·  · " not in line

    def test_nobody(self, cli: Cli) -> None:
        assert cli("find", "zzzzqqq", "--json").json == []
        assert cli("find", "zzzzqqq") == (0, "Aucun client trouvé.\n", "")

    @pytest.mark.parametrize(
        "typed",
        ["", " ", "'", '"', "%", "*", "a*", "AND", "NEAR(", "x" * 5000, "\x1b[31m", "-", "NOT x", "(", "é" * 300],
    )
    def test_anything_may_be_typed(self, cli: Cli, typed: str) -> None:
        for command in ("find", "search"):
            answer = cli(command, "--json", "--", typed)
            assert answer.status == 0, answer
            assert isinstance(answer.json, list)


class TestSearch:
    def test_hits(self, cli: Cli) -> None:
        hits = cli("search", "virement", "--json").json
        assert hits
        assert {"entry_id", "customer_id", "name", "kind", "at", "title", "snippet"} <= set(hits[0])

    def test_in_words(self, cli: Cli) -> None:
        answer = cli("search", "virement")
        assert answer.status == 0
        assert "Étienne Roussel-Anglade" in answer.out
        assert cli("search", "zzzzqqq").out == "Aucun résultat.\n"


class TestShow:
    @pytest.fixture
    def known(self, cli: Cli) -> dict[str, Any]:
        shown: dict[str, Any] = cli("show", cli.customer("Roussel-Anglade"), "--json").json
        return shown

    def test_shape(self, known: dict[str, Any]) -> None:
        assert set(known) == {"customer", "known_as", "brief", "cases", "entries"}
        assert list(known["brief"]) == [
            "hold", "disputes", "disputes_just_over", "complaints", "running", "late", "acts", "waiting", "situations",
            "said", "promises", "warn_by", "holdings", "facts", "knows",
        ], "harm first, then what they said, what was promised, what they hold, who knows them"  # fmt: skip
        assert known["customer"]["name"] == "Étienne Roussel-Anglade"
        times = [entry["at"] for entry in known["entries"]]
        assert times == sorted(times, reverse=True)

    def test_by_every_name_it_has(self, cli: Cli, known: dict[str, Any]) -> None:
        """An id, an external id, a name, an identifier."""
        line = json.loads(cli("export", "--customer", known["customer"]["id"]).out.splitlines()[0])
        names = [known["customer"]["id"], line["id"], line["name"], "roussel-anglade"]
        names += [one["value"] for one in line["identifiers"]]
        for name in names:
            for form in ("--json", "--plain"):
                answer = cli("show", name, form)
                assert answer.status == 0, (name, answer)
            assert cli("show", name, "--json").json["customer"]["id"] == known["customer"]["id"], name

    def test_unknown(self, cli: Cli) -> None:
        answer = cli("show", "zzzzqqq", "--json")
        assert answer.status == 1
        assert answer.json["error"]["code"] == "not_found"
        assert cli("show", "zzzzqqq").err == "Aucun client n’est connu sous zzzzqqq.\n"

    def test_several(self, cli: Cli, tmp_path: Path) -> None:
        lines = [{"v": 1, "type": "customer", "id": f"twin{number}", "name": "Jean Martin"} for number in range(2)]
        (tmp_path / "twins.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        assert cli("import", tmp_path / "twins.jsonl").status == 0
        answer = cli("show", "jean martin", "--json")
        assert answer.status == 1
        assert answer.json["error"]["code"] == "ambiguous"
        assert entity_id("customer", "twin0") in answer.json["error"]["message"]
        assert cli("show", "twin1", "--json").json["customer"]["id"] == entity_id("customer", "twin1")

    def test_plain_holds_every_text(self, cli: Cli, known: dict[str, Any]) -> None:
        shown = cli("show", known["customer"]["id"], "--plain").out
        flat = " ".join(shown.split())
        for entry in known["entries"]:
            if entry["kind"] in ("contact", "note", "resolution"):
                assert " ".join(entry["text"].split())[:200] in flat


class TestDay:
    def test_shape(self, cli: Cli) -> None:
        said = cli("day", "--json").json
        assert set(said) == {"now", "counts", "rows"}
        assert said["now"] == "2026-11-17T14:02:11+01:00"
        assert set(said["counts"]) == {"to_warn", "since", "unanswered", "next_step", "unsorted", "unconfirmed"}
        sections = [row["section"] for row in said["rows"]]
        assert sections == sorted(sections, key=list(said["counts"]).index)
        assert {"id", "customer_id", "name", "words"} <= set(said["rows"][0])

    def test_in_words(self, cli: Cli) -> None:
        plain = cli("day", "--plain")
        assert plain == cli("day")
        assert plain.out.splitlines()[0] == "À prévenir (7)"
        assert "Étienne Roussel-Anglade" in plain.out

    def test_an_empty_day(self, nowhere: Cli) -> None:
        assert nowhere("init", "--name", "Ada").status == 0
        assert nowhere("day").out == "Nobody is waiting.\n"
        assert nowhere("day", "--json").json["rows"] == []


class TestSchema:
    def test_of_import_lines(self, cli: Cli) -> None:
        schema = cli("schema", "import").json
        assert schema == cli("schema").json
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        lines = [json.loads(line) for line in cli("export").out.splitlines()]
        assert {line["type"] for line in lines} <= set(TYPES)
        for line in lines:
            validator.validate(line)

    def test_of_events(self, cli: Cli) -> None:
        assert cli("schema", "events").json


class TestInit:
    def test_creates(self, nowhere: Cli) -> None:
        answer = nowhere(
            "init", "--name", "Ada Verne", "--team", "Nord", "--role", "lead", "--language", "fr", "--json"
        )
        assert answer.json == {"ok": True, "home": str(nowhere.home), "created": True}
        assert (nowhere.home / "workspace.db").is_file()
        text = (nowhere.home / "config.toml").read_text()
        assert 'name = "Ada Verne"' in text
        assert 'team = "Nord"' in text
        assert nowhere("day").out == "Personne n’attend.\n"

    def test_again_changes_who_and_keeps_the_rest(self, cli: Cli) -> None:
        before = cli("export").out
        answer = cli("init", "--name", 'Paul "Popo" Ndiaye', "--json")
        assert answer.json["created"] is False
        assert cli("export").out == before
        cli.done("add_note", customer=cli.customer("castellane"), text="Noté.")
        newest = cli("show", cli.customer("castellane"), "--json").json["entries"][0]
        assert newest["author"] == 'Paul "Popo" Ndiaye'

    def test_in_both_languages(self, nowhere: Cli) -> None:
        assert nowhere("init", "--name", "Ada", "--language", "en").out.startswith("A workspace is ready in")
        assert nowhere("init", "--name", "Ada", "--language", "fr").out.startswith("L’espace de travail")


class TestDemo:
    def test_made_once(self, nowhere: Cli, tmp_path: Path) -> None:
        home = tmp_path / "company"
        first = nowhere("demo", "--home", home, "--no-desk")
        assert first.status == 0
        assert f"ADVISOR_HOME={home} advisor" in first.out
        made = (home / "workspace.db").stat().st_mtime_ns
        assert nowhere("demo", "--home", home, "--no-desk").status == 0
        assert (home / "workspace.db").stat().st_mtime_ns == made
        assert nowhere("demo", "--home", home, "--no-desk", "--fresh").status == 0
        assert (home / "workspace.db").stat().st_mtime_ns != made
        assert not nowhere.home.exists()

    def test_beside_the_workspace(self, nowhere: Cli) -> None:
        assert nowhere("demo", "--no-desk").status == 0
        assert (nowhere.home / "demo" / "workspace.db").is_file()
        assert not (nowhere.home / "workspace.db").exists()

    def test_never_over_something_else(self, nowhere: Cli, tmp_path: Path) -> None:
        (tmp_path / "letters").mkdir()
        (tmp_path / "letters" / "mine.txt").write_text("Dear")
        for fresh in ([], ["--fresh"]):
            answer = nowhere("demo", "--home", tmp_path / "letters", "--no-desk", *fresh)
            assert answer.status == 1
            assert "holds something else" in answer.err
        assert (tmp_path / "letters" / "mine.txt").read_text() == "Dear"

    def test_cut_short_it_is_made_anew(self, nowhere: Cli, tmp_path: Path) -> None:
        (tmp_path / "half").mkdir()
        (tmp_path / "half" / "demo.stamp").write_text("")
        (tmp_path / "half" / "config.toml").write_text("half")
        assert nowhere("demo", "--home", tmp_path / "half", "--no-desk").status == 0


class TestDoctor:
    def test_shape(self, cli: Cli) -> None:
        answer = cli("doctor", "--json")
        assert answer.status == 0
        assert set(answer.json) == {"ok", "home", "findings"}
        names = [item["name"] for item in answer.json["findings"]]
        assert {"version", "settings", "workspace", "terminal", "keyring", "locale"} <= set(names)
        assert {item["state"] for item in answer.json["findings"]} <= {"ok", "note"}

    def test_rebuild_gives_the_same_picture(self, cli: Cli) -> None:
        finding = cli("doctor", "--rebuild", "--json").json["findings"][-1]
        assert (finding["name"], finding["state"]) == ("rebuild", "ok")

    def test_in_words(self, cli: Cli, environment: pytest.MonkeyPatch) -> None:
        said = cli("doctor").out
        assert "✓ espace de travail\u00a0: " in said
        assert cli("init", "--name", "Ada", "--language", "en").status == 0
        assert f"✓ workspace: schema {SCHEMA}, " in cli("doctor").out


class TestSeed:
    def test_seeds(self, nowhere: Cli) -> None:
        words = ("seed", "--customers", "20", "--entries", "200", "--seed", "7", "--json")
        first = nowhere(*words)
        assert first.status == 0
        assert first.json["ok"] is True
        assert first.json["types"]["customer"]["added"] == 20
        again = nowhere(*words).json
        assert again["total"]["added"] == 0, "the same seed makes the same customers"
        assert nowhere("day").status == 0


class TestHostile:
    """Whatever customers write stays words."""

    TEXTS = (
        "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b]52;c;AAAA\x07 \x9b31m", "[@click=app.quit]quit[/] [bold]x[/bold]",
        "\u202egnp.exe \u2066hidden\u2069 \u200b\ufeff", "a\x00b\x08\x7f\r\n\x0b\x0c", "Z" + "\u0301" * 500, "\ud7ff\ue000\uffff👩‍👩‍👧‍👦",
    )  # fmt: skip

    @pytest.fixture
    def hostile(self, nowhere: Cli, tmp_path: Path) -> Cli:
        nowhere("init", "--name", "Ada", "--language", "en")
        lines: list[dict[str, Any]] = []
        for number, text in enumerate(self.TEXTS):
            at = "2026-11-02T09:00:00+01:00"
            who, case = f"h{number}", f"k{number}"
            lines += [
                {"v": 1, "type": "customer", "id": who, "name": f"Eve {text}", "stake": text, "team": text, "language": text,
                 "preferred_advisor": text, "preferences": [{"key": text, "value": text, "source": text}],
                 "identifiers": [{"kind": "former_name", "value": text}]},
                {"v": 1, "type": "case", "id": case, "customer": who, "kind": "dispute", "subject": text, "opened_at": at,
                 "owner": text, "queue": text, "reason": text, "next_step": text, "next_on": "2026-11-03"},
                {"v": 1, "type": "contact", "id": f"t{number}", "customer": who, "case": case, "channel": "letter",
                 "direction": "inbound", "at": at, "author": text, "subject": text, "body": text, "answered": False,
                 "attachments": [{"name": text, "media_type": text, "sha256": "0" * 64}]},
                {"v": 1, "type": "contact", "id": f"o{number}", "customer": who, "case": case, "channel": "phone",
                 "direction": "outbound", "at": at, "author": text, "body": text},
                {"v": 1, "type": "resolution", "id": f"r{number}", "case": case, "at": at, "text": text, "author": text},
                {"v": 1, "type": "commitment", "id": f"p{number}", "case": case, "text": text, "due": "2026-11-03", "heard": text},
                {"v": 1, "type": "note", "id": f"n{number}", "customer": who, "at": at, "text": text, "author": text},
                {"v": 1, "type": "gesture", "id": f"g{number}", "case": case, "at": at, "what": text, "normal_value": 1, "reason": text},
                {"v": 1, "type": "survey", "id": f"s{number}", "case": case, "at": at, "words": text},
                {"v": 1, "type": "holding", "id": f"y{number}", "customer": who, "product": text},
            ]  # fmt: skip
        path = tmp_path / "hostile.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        answer = nowhere("import", path, "--json")
        assert answer.status == 0, answer
        return nowhere

    def test_plain_text_is_harmless(self, hostile: Cli) -> None:
        for number in range(len(self.TEXTS)):
            answer = hostile("show", f"h{number}", "--plain")
            assert answer.status == 0
            assert not FORBIDDEN.search(answer.out), FORBIDDEN.search(answer.out)
        for words in (("day",), ("find", "eve"), ("search", "red"), ("search", "quit"), ("search", "gnp")):
            answer = hostile(*words)
            assert answer.status == 0
            assert not FORBIDDEN.search(answer.out), (words, FORBIDDEN.search(answer.out))

    def test_error_sentences_are_harmless(self, hostile: Cli) -> None:
        for text in self.TEXTS:
            typed = text.replace("\x00", "")
            for words in (("show", typed), ("do", typed), ("schema", typed), ("do", "take", "--set", typed), (typed,)):
                answer = hostile(*words)
                assert not FORBIDDEN.search(answer.err.replace("\n", "")), (words, answer.err)

    def test_json_gives_it_back_as_it_came(self, hostile: Cli) -> None:
        for number, text in enumerate(self.TEXTS):
            shown = hostile("show", f"h{number}", "--json").json
            assert text in [entry["text"] for entry in shown["entries"]]
