"""`advisor rules`: every rule with where it comes from, in both languages; deadlines; and refusals in a sentence."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from advisor_tui.cli.rule_labels import LABELS, PHRASES
from advisor_tui.cli.ruling import span_words, words
from advisor_tui.domain.rules import META, Span, each_table
from advisor_tui.language import set_language
from advisor_tui.store.rulebook import load_rules
from tests.cli.conftest import Cli
from tests.domain.test_deadlines import COLUMNS, GOLDEN

OWN = """
[desk]
old_fact_months = 5
note = "réunion du 12 novembre"

[offers]
refused_days = 365
effective_from = 2027-01-01
note = "à l’essai"

[departments.shop]
lead = { count = 1, unit = "ouvrable" }
max_promises_per_day = 3
effective_from = 2026-01-01
source = "La boutique"
note = "elle promet aussi"

[departments.fair]
lead = { count = 1, unit = "day" }
max_promises_per_day = 9
effective_from = 2026-06-01
effective_to = 2026-06-08
source = "La foire"
note = "une semaine"
"""


@pytest.fixture
def team(cli: Cli) -> Cli:
    """The demo company, on 17 November 2026, with rules of its own."""
    (cli.home / "rules.toml").write_text(OWN, encoding="utf-8")
    return cli


@pytest.mark.parametrize("name", ["fr", "general"])
@pytest.mark.parametrize(("language", "month"), [("fr", "1er janvier 2026"), ("en", "1 January 2026")])
def test_every_rule_with_its_value_source_and_date_in_both_languages(
    nowhere: Cli, environment: pytest.MonkeyPatch, name: str, language: str, month: str
) -> None:
    environment.setenv("LANGUAGE", language)
    nowhere.home.mkdir(parents=True)
    (nowhere.home / "config.toml").write_text(f'rules = "{name}"\nclock = "2026-11-21T09:00:00+01:00"\n')
    answer = nowhere("rules", "--plain")
    assert (answer.status, answer.err) == (0, "")
    assert answer == nowhere("rules"), "it is plain anyway"
    pieces = answer.out.split("\n\n")
    assert "21 nov" in pieces[0].casefold()
    assert month in answer.out
    for (table, made), piece in zip(each_table(load_rules(name)), pieces[1:], strict=True):
        heading, *lines = piece.rstrip("\n").split("\n")
        assert heading.startswith(f"[{'.'.join(table)}] ")
        assert str(made.effective_from.year) in heading
        for part in made.source.split("; "):
            assert part in heading or part in PHRASES
        keys = [key for key in made.__struct_fields__ if key not in META]
        assert [re.match(r"  (\w+)\s?: \S", line) and line.split()[0].rstrip(":") for line in lines] == keys


def test_without_a_workspace_the_pack_is_shown_and_nothing_is_created(nowhere: Cli) -> None:
    assert nowhere("rules").status == 0
    assert nowhere("rules", "--json").json["name"] == "fr"
    assert nowhere("rules", "deadline", "--from", "2026-04-30", "--count", "1", "--unit", "ouvre").status == 0
    assert not nowhere.home.exists()


def test_every_rule_has_its_words(nowhere: Cli) -> None:
    known = set()
    for name in ("fr", "general"):
        for table, made in each_table(load_rules(name)):
            kind = table[0] if table[0] in ("departments", "complaints") else ".".join(table)
            known |= {(kind, key) for key in made.__struct_fields__ if key not in META}
    assert known == set(LABELS)


def test_as_json(cli: Cli) -> None:
    said = cli("rules", "--json").json
    assert set(said) == {"name", "on", "override", "rules"}
    assert (said["name"], said["on"], said["override"]) == ("fr", "2026-11-17", None)
    found = {(row["table"], row["key"]): row for row in said["rules"]}
    assert len(found) == len(said["rules"]) > 70
    row = found["complaints.payment", "hold_max"]
    assert row == {
        "table": "complaints.payment", "key": "hold_max", "value": {"count": 35, "unit": "ouvrable"},
        "source": "Code monétaire et financier, art. L133-45; ACPR, recommandation 2024-R-02 du 2 juillet 2024",
        "effective_from": "2026-01-01", "effective_to": None, "note": "", "state": "in_force", "overridden": False,
        "pack_value": None,
    }  # fmt: skip
    assert found["gestures", "per_case"]["value"] == "30.00"
    assert found["calendar", "open_from"]["value"] == "09:00:00"
    assert all(row["source"] and date.fromisoformat(row["effective_from"]) for row in said["rules"])


def test_what_a_team_changed_is_shown_with_its_reason_and_what_the_pack_says(team: Cli) -> None:
    said = team("rules", "--json").json
    assert said["override"] == str(team.home / "rules.toml")
    changed = {
        (row["table"], row["key"], row["state"]): (row["value"], row["pack_value"], row["note"])
        for row in said["rules"]
        if row["overridden"]
    }
    shop, fair = {"count": 1, "unit": "ouvrable"}, {"count": 1, "unit": "day"}
    assert changed == {
        ("desk", "old_fact_months", "in_force"): (5, 24, "réunion du 12 novembre"),
        ("offers", "refused_days", "not_yet"): (365, 180, "à l’essai"),
        ("departments.shop", "lead", "in_force"): (shop, None, "elle promet aussi"),
        ("departments.shop", "max_promises_per_day", "in_force"): (3, None, "elle promet aussi"),
        ("departments.fair", "lead", "no_longer"): (fair, None, "une semaine"),
        ("departments.fair", "max_promises_per_day", "no_longer"): (9, None, "une semaine"),
    }
    holding = {(row["table"], row["key"]): row["value"] for row in said["rules"] if row["state"] == "in_force"}
    assert holding["offers", "refused_days"] == 180, "the pack's holds until then"
    text = team("rules").out
    assert "réunion du 12 novembre" in text
    assert str(team.home / "rules.toml") in text
    assert text.count("[offers]") == 2
    assert text.count("[departments.fair]") == 1


def test_the_rules_of_another_day(team: Cli) -> None:
    then = {(row["table"], row["key"]): row for row in team("rules", "--on", "2027-01-01", "--json").json["rules"]}
    assert (then["offers", "refused_days"]["value"], then["offers", "refused_days"]["state"]) == (365, "in_force")
    before = {(row["table"], row["key"]): row for row in team("rules", "--on", "10/08/2026", "--json").json["rules"]}
    assert before["canvassing.consent", "channels"]["state"] == "not_yet"
    assert before["canvassing.pressure", "max_calls"]["state"] == "in_force"
    assert team("rules", "--on", "2026-06-02").out.count("[departments.fair]") == 1


def test_dates_alone_move_a_whole_table(cli: Cli) -> None:
    (cli.home / "rules.toml").write_text("[canvassing.consent]\neffective_from = 2027-03-01\nnote = 'reporté'\n")
    rows = [row for row in cli("rules", "--json").json["rules"] if row["table"] == "canvassing.consent"]
    assert [(row["key"], row["state"], row["overridden"], row["note"]) for row in rows] == [
        ("channels", "not_yet", True, "reporté"),
        ("unless_contract", "not_yet", True, "reporté"),
    ]
    assert "reporté" in cli("rules").out


@pytest.mark.parametrize("command", [("rules",), ("day",), ("doctor",), ("show", "Roussel-Anglade")])
def test_a_wrong_rule_of_the_team_is_said_wherever_rules_are_needed(cli: Cli, command: tuple[str, ...]) -> None:
    path = cli.home / "rules.toml"
    path.write_text("[desk]\nnote = 'x'\nold_fact_months = 'dix'\n")
    answer = cli(*command)
    assert answer.status == (1 if command == ("doctor",) else 2)
    assert f"{path}, " in answer.out + answer.err
    assert "desk.old_fact_months" in answer.out + answer.err
    assert '"dix"' in answer.out + answer.err
    assert "Traceback" not in answer.err


def test_an_action_obeys_the_rules_of_the_team(cli: Cli) -> None:
    customer = cli.customer("Roussel-Anglade")
    case = cli.done("open_case", customer=customer, subject="x", next_step="y", next_on="+1")["made"]["case"]
    saturday = {"case": case, "text": "je rappelle", "due": "2026-11-21"}
    answer = cli.do("make_commitment", **saturday)
    assert (answer.status, answer.json["error"]["code"]) == (4, "due_closed")
    assert answer.json["error"]["details"]["next"] == "2026-11-23"
    (cli.home / "rules.toml").write_text("[calendar]\nopen_weekdays = [1, 2, 3, 4, 5, 6]\nnote = 'le samedi aussi'\n")
    assert cli.do("make_commitment", **saturday).status == 0


def test_the_day_and_the_desk_read_the_team_s_file(cli: Cli) -> None:
    assert cli("day", "--json").json["counts"]["to_warn"] == 7
    (cli.home / "rules.toml").write_text("[desk]\nwarn_before_hours = 2000\nnote = 'plus tôt'\n")
    assert cli("day", "--json").json["counts"]["to_warn"] > 7


def test_a_hostile_note_does_nothing_to_the_terminal(cli: Cli) -> None:
    (cli.home / "rules.toml").write_text('[desk]\nold_fact_months = 5\nnote = "\\u001b[31m\\u202e[bold]x\\ny"\n')
    answer = cli("rules")
    assert answer.status == 0
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", answer.out)
    assert "[bold]x y" in answer.out


# deadlines


def ask(cli: Cli, start: str, count: object, unit: str, *more: str) -> str:
    answer = cli("rules", "deadline", "--from", start, "--count", str(count), "--unit", unit, "--json", *more)
    assert (answer.status, answer.err) == (0, ""), answer
    assert set(answer.json) == {"due"}
    due: str = answer.json["due"]
    return due


@pytest.mark.parametrize("line", GOLDEN.split("\n")[1:-1], ids=lambda line: line[:10])
def test_the_golden_deadlines(nowhere: Cli, line: str) -> None:
    start, *ends = line.split()
    assert [ask(nowhere, start, span.count, span.unit) for span in COLUMNS] == ends


def test_the_golden_deadlines_of_alsace_and_moselle(nowhere: Cli) -> None:
    assert ask(nowhere, "2026-12-18", 10, "ouvrable", "--region", "FR-AM") == "2027-01-02"
    assert ask(nowhere, "2027-03-25", 10, "ouvrable", "--region", "FR-AM") == "2027-04-08"
    assert ask(nowhere, "2027-03-25", 10, "ouvrable", "--region", "FR") == "2027-04-07"


@pytest.mark.parametrize(
    ("start", "count", "unit", "due"),
    [
        ("2026-04-30", "15", "calendar", "2026-05-15"),
        ("2026-04-30", "0", "ouvrable", "2026-04-30"),
        ("2026-04-30", "10_000", "ouvre", "2065-12-24"),
        ("2026-04-30", "10000", "month", "2859-08-30"),
        ("2026-04-30", " 10 ", "Ouvrés", "2026-05-19"),
        ("30/04/2026", "10", "ouvrables", "2026-05-15"),
        ("2026-04-30T23:30:00+02:00", "10", "OUVRABLE", "2026-05-15"),
        ("2026-04-30T23:30:00-05:00", "1", "calendar", "2026-05-02"),  # already 1 May in Paris
        ("demain", "1", "mois", "2026-12-18"),
        ("+2", "1", "jour", "2026-11-20"),
        ("2028-02-29", "12", "month", "2029-02-28"),
        ("2028-02-29", "1", "calendar", "2028-03-01"),
    ],
)
def test_dates_counts_and_units_as_people_type_them(cli: Cli, start: str, count: str, unit: str, due: str) -> None:
    assert ask(cli, start, count, unit) == due


@pytest.mark.parametrize(
    ("words", "english"),
    [
        (("--from", "2027-02-29", "--count", "1", "--unit", "ouvre"), "is not a date I understand"),
        (("--from", "30/02/2026", "--count", "1", "--unit", "ouvre"), "is not a date I understand"),
        (("--from", "", "--count", "1", "--unit", "ouvre"), "is not a date I understand"),
        (("--from", "\x1b[31m", "--count", "1", "--unit", "ouvre"), "is not a date I understand"),
        (("--from", "2026-04-30", "--count", "-3", "--unit", "ouvre"), "--count should be a whole number from 0 to 10000, not -3"),
        (("--from", "2026-04-30", "--count", "10001", "--unit", "ouvre"), "--count should be a whole number from 0 to 10000, not 10001"),
        (("--from", "2026-04-30", "--count", "1.5", "--unit", "ouvre"), "--count should be a whole number from 0 to 10000, not 1.5"),
        (("--from", "2026-04-30", "--count", "9" * 5000, "--unit", "ouvre"), "--count should be a whole number from 0 to 10000, not 9"),
        (("--from", "2026-04-30", "--count", "", "--unit", "ouvre"), "--count should be a whole number"),
        (("--from", "2026-04-30", "--count", "1", "--unit", "business"), "--unit should be ouvrable, ouvre, calendar or month, not business"),
        (("--from", "2026-04-30", "--count", "1", "--unit", "hour"), "--unit should be ouvrable, ouvre, calendar or month, not hour"),
        (("--from", "2026-04-30", "--count", "1", "--unit", "ouvre", "--region", "UK"), "There is no region called UK. Regions: FR, FR-AM"),
        (("--from", "2026-04-30", "--count", "1", "--unit", "calendar", "--region", "UK"), "There is no region called UK. Regions: FR, FR-AM"),
        (("--from", "9999-12-30", "--count", "10", "--unit", "ouvre"), "This is beyond the calendar, whose years are 1 to 9999."),
        (("--from", "9999-12-30", "--count", "10", "--unit", "month"), "This is beyond the calendar, whose years are 1 to 9999."),
        (("--count", "1", "--unit", "ouvre"), "--from is missing"),
        (("--from", "2026-04-30", "--unit", "ouvre"), "--count is missing"),
        (("--from", "2026-04-30", "--count", "1"), "--unit is missing"),
        (("--from", "2026-04-30", "--count", "1", "--unit", "ouvre", "extra"), "Too much was typed: extra"),
    ],
)  # fmt: skip
def test_bad_input_ends_with_status_2_and_a_sentence(nowhere: Cli, words: tuple[str, ...], english: str) -> None:
    answer = nowhere("rules", "deadline", *words)
    assert (answer.status, answer.out) == (2, "")
    assert english in answer.err
    assert "\x1b" not in answer.err
    said = nowhere("rules", "deadline", "--json", *words)
    assert (said.status, said.err) == (2, "")
    assert english in said.json["error"]["message"]
    assert not nowhere.home.exists()


@pytest.mark.parametrize("words", [("--on", "29/02/2027"), ("--on", "soon"), ("dedline",), ("--jsn",)])
def test_bad_questions_about_rules(nowhere: Cli, words: tuple[str, ...]) -> None:
    assert nowhere("rules", *words).status == 2
    assert nowhere("rules", "--json", *words).json["ok"] is False


def test_a_pack_that_does_not_exist_is_said_with_those_that_do(nowhere: Cli) -> None:
    nowhere.home.mkdir(parents=True)
    (nowhere.home / "config.toml").write_text('rules = "../../etc/passwd"\n')
    answer = nowhere("rules")
    assert answer.status == 2
    assert "Packs: fr, general" in answer.err


def test_a_sentence_names_the_days_and_the_holidays_left_out(nowhere: Cli, environment: pytest.MonkeyPatch) -> None:
    asked = ("rules", "deadline", "--from", "2026-04-30", "--count", "10", "--unit", "ouvrable")
    assert nowhere(*asked).out == (
        "10 working days (Monday to Saturday) after Thursday 30 April 2026: Friday 15 May 2026.\n"
        "Not counted: Friday 1 May 2026 (1er mai), Friday 8 May 2026 (8 mai), Thursday 14 May 2026 (Ascension).\n"
    )
    environment.setenv("LANGUAGE", "fr")
    french = nowhere(*asked).out
    assert "jeudi 30 avril 2026" in french
    assert "vendredi 15 mai 2026" in french
    assert "vendredi 1er mai 2026 (1er mai), vendredi 8 mai 2026 (8 mai), jeudi 14 mai 2026 (Ascension)" in french
    one = nowhere("rules", "deadline", "--from", "2026-04-30", "--count", "15", "--unit", "calendar").out
    assert one.count("\n") == 1, "no holiday is left out of the calendar's days"


def test_the_general_pack_has_no_holidays_and_no_regions(nowhere: Cli) -> None:
    nowhere.home.mkdir(parents=True)
    (nowhere.home / "config.toml").write_text('rules = "general"\n')
    assert ask(nowhere, "2026-04-30", 10, "ouvre") == "2026-05-14"
    answer = nowhere("rules", "deadline", "--from", "2026-04-30", "--count", "1", "--unit", "ouvre", "--region", "FR")
    assert answer.status == 2


def test_a_deadline_obeys_the_calendar_of_the_team(cli: Cli) -> None:
    (cli.home / "rules.toml").write_text("[calendar]\nregion = 'FR-AM'\nnote = 'nous sommes à Colmar'\n")
    assert ask(cli, "2026-12-18", 10, "ouvrable") == "2027-01-02"
    assert ask(cli, "2026-12-18", 10, "ouvrable", "--region", "FR") == "2026-12-31"


def test_the_json_of_rules_before_the_word_deadline_is_heard(nowhere: Cli) -> None:
    asked = ("deadline", "--from", "2026-04-30", "--count", "10", "--unit", "ouvrable")
    assert nowhere("rules", "--json", *asked).json == {"due": "2026-05-15"}


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (Span(1, "hour"), "1 hour"), (Span(48, "hour"), "48 hours"), (Span(1, "day"), "1 calendar day"),
        (Span(10, "ouvre"), "10 working days (Monday to Friday)"), (Span(1, "month"), "1 month"),
        (Span(18, "month"), "18 months"), (Span(12, "month"), "1 year"), (Span(120, "month"), "10 years"),
        (Span(0, "month"), "0 months"), (Span(1500, "ouvrable"), "1,500 working days (Monday to Saturday)"),
    ],
)  # fmt: skip
def test_spans_in_words(environment: pytest.MonkeyPatch, span: Span, said: str) -> None:
    set_language("en")
    assert span_words(span) == said


def test_values_in_words(environment: pytest.MonkeyPatch) -> None:
    rules = load_rules("fr")
    set_language("en")
    assert words("open_weekdays", (1, 6)) == "Mon, Sat"
    assert words("slots", rules.canvassing.hours.slots) == "10:00–13:00, 14:00–20:00"
    assert words("regions", rules.calendar.regions) == "FR (–); FR-AM (vendredi saint, 26 décembre)"
    assert words("per_case", rules.gestures.per_case) == "30.00"
    assert (words("", True), words("", False), words("", 1830), words("", "")) == ("yes", "no", "1,830", "–")
    set_language("fr")
    assert words("open_weekdays", (1, 6)) == "lun., sam."
    assert words("per_case", rules.gestures.per_case) == "30,00"


def test_the_forms_load_nothing_but_typer() -> None:
    """What starts with every command: neither the rules nor msgspec."""
    code = (
        "import sys, typer, advisor_tui.cli.explaining; before = set(sys.modules)\n"
        "import advisor_tui.cli.ruling_commands; print(sorted(set(sys.modules) - before))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "['advisor_tui.cli.ruling_commands']"
