"""`advisor team`: the team's screen in plain lines and in JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from advisor_tui.store.workspace import Workspace
from tests.cli.conftest import Cli
from tests.tui.hostile import SHORT


@pytest.fixture
def english(cli: Cli) -> None:
    Workspace(cli.home).update(language="en")


def take(cli: Cli, *lines: dict[str, Any]) -> None:
    path = cli.home.parent / "in.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    answer = cli("import", path)
    assert answer.status == 0, answer


def surveys(count: int, effort: int) -> list[dict[str, Any]]:
    """One customer, a case each, and what they said of it."""
    lines: list[dict[str, Any]] = [{"v": 1, "type": "customer", "id": "zoe", "name": "Zoé Lefèvre"}]
    for number in range(count):
        case = f"k{effort}{number}"
        lines.append({"v": 1, "type": "case", "id": case, "customer": "zoe", "kind": "request", "subject": "x",
                      "opened_at": "2026-11-01", "state": "closed", "closed_at": "2026-11-10"})  # fmt: skip
        lines.append({"v": 1, "type": "survey", "id": f"v{effort}{number}", "case": case, "at": "2026-11-16T10:00:00+01:00",
                      "effort": effort, "words": f"Réponse {number}."})  # fmt: skip
    return lines


def figures(cli: Cli) -> dict[str, dict[str, Any]]:
    return {made["name"]: made for made in cli("team", "--json").json["figures"]}


def test_words_first_then_what_may_hurt_then_figures(cli: Cli, english: None) -> None:
    answer = cli("team")
    assert answer.status == 0
    assert answer.err == ""
    lines = answer.out.splitlines()
    heads = [line.partition(" (")[0] for line in lines if not line.startswith(" ")]
    assert heads[:3] == ["In customers' words", "To keep, or to warn of", "Waiting longest"]
    assert heads[-1] == "Measures"
    assert len(lines) - 1 - lines.index("Measures (the last 28 days, as this desk sees it)") == 5
    assert any(line.startswith(("  “", "  «")) for line in lines[1:6])
    assert cli("team", "--plain").out == answer.out


def test_json_holds_what_the_lines_say(cli: Cli, english: None) -> None:
    told = cli("team", "--json").json
    assert list(told) == ["now", "window", "verbatims", "troubles", "counts", "figures"]
    assert told["window"] == {"first": "2026-10-21", "last": "2026-11-17", "cut": False}
    shown = cli("team").out
    for figure in told["figures"]:
        assert f"  {figure['words']}\n" in shown
    assert {trouble["kind"] for trouble in told["troubles"]} <= set(told["counts"])
    made = figures(cli)
    assert {key for figure in made.values() for key in figure} == {
        "name", "words", "number", "refused", "oldest", "masked", "part", "whole", "low", "high",
    }  # fmt: skip


def test_a_score_of_nine_is_masked_everywhere_and_of_ten_has_its_interval(cli: Cli, english: None) -> None:
    take(cli, *surveys(9, 7))
    made = figures(cli)["easy"]
    assert (made["masked"], made["part"], made["whole"], made["low"], made["high"]) == (True, None, None, None, None)
    assert "easy for the customer: masked (fewer than 10 answers)" in cli("team").out
    take(cli, *surveys(1, 2))
    made = figures(cli)["easy"]
    assert (made["masked"], made["part"], made["whole"]) == (False, 9, 10)
    assert (made["low"], made["high"]) == (0.5958, 0.9821)
    assert "easy for the customer: 90%, between 60 and 98% (10 answers)" in cli("team").out


def test_the_rules_choose_the_measures(cli: Cli, english: None) -> None:
    (cli.home / "rules.toml").write_text(
        '[team]\nmeasures = ["repeated", "ignored"]\nwindow_days = 7\nnote = "Team meeting of 12 November"\n'
    )
    assert list(figures(cli)) == ["repeated", "ignored"]
    assert "Measures (the last 7 days, as this desk sees it)" in cli("team").out
    told = cli("rules").out
    assert "what the team's screen measures" in told
    assert "days that the measures look back over" in told


def test_a_sixth_measure_is_refused_with_its_line(cli: Cli, english: None) -> None:
    six = '"ignored", "harmed_while_pending", "warned_before", "signals_on_time", "easy", "repeated"'
    (cli.home / "rules.toml").write_text(f'[team]\nnote = "All of them"\nmeasures = [{six}]\n')
    answer = cli("team")
    assert answer.status == 2
    assert "line 3: team.measures should be a list of five at most: one more needs one less" in answer.err
    assert answer.out == ""


def test_no_colleague_is_named(cli: Cli, english: None) -> None:
    told = cli("team", "--json").json
    for row in (*told["troubles"], *told["verbatims"]):
        row["words"] = row["text"] = ""
    for name in ("Claire Morel", "Paul Adjani", "Inès Benali", "Nadia Schmitt"):
        assert name not in json.dumps(told, ensure_ascii=False)


def test_hostile_words_do_nothing_to_a_terminal(cli: Cli, english: None) -> None:
    lines = surveys(2, 5)
    lines[2]["words"], lines[0]["name"] = " ".join(SHORT[:8]), SHORT[3]
    take(cli, *lines)
    out = cli("team").out
    assert "rouge" in out
    assert not any(ord(char) < 32 and char != "\n" for char in out)
    assert not any(char in out for char in "\x7f\x9b\u202e\u2066")
