"""`advisor signals`: what customers tell us and who owes an answer, as plain lines and as JSON."""

from __future__ import annotations

import json
from typing import Any

from advisor_tui.store.workspace import Workspace
from tests.cli.conftest import Cli

UNREAD = "justificatifs reçus non lus"


def came(cli: Cli, *lines: dict[str, Any]) -> None:
    """These came to a company that speaks English."""
    Workspace(cli.home).update(language="en")
    path = cli.home.parent / "signals.jsonl"
    people = [
        {"v": 1, "type": "customer", "id": name, "name": f"Zoé {name.title()}"} for name in ("un", "deux", "trois")
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in (*people, *lines)), encoding="utf-8")
    answer = cli("import", path)
    assert answer.status == 0, answer


def signal(id_: str, whose: str, day: str = "2026-11-16", **more: Any) -> dict[str, Any]:
    return {
        "v": 1, "type": "signal", "id": id_, "customer": whose, "at": f"{day}T10:00:00+01:00", "tag": UNREAD,
        "text": f"Personne ne lit ({id_}).", "department": "billing", "due": "2026-11-30", **more,
    }  # fmt: skip


def topics(cli: Cli, *words: str) -> dict[str, dict[str, Any]]:
    return {topic["tag"]: topic for topic in cli("signals", "--json", *words).json["topics"]}


def test_all_of_it_in_lines(cli: Cli) -> None:
    came(
        cli, *(signal(f"s{number}", whose) for number, whose in enumerate(("un", "deux", "trois"))),
        signal("late", "un", "2026-10-20", tag="notice introuvable", due="2026-11-12", striking=True),
        signal("no", "deux", "2026-11-02", tag="prix caché", answer="no", answered_at="2026-11-16", answered_by="Marc", words="Déjà dit."),
    )  # fmt: skip
    answer = cli("signals", "--plain")
    assert answer.status == 0
    for words in (
        f"Alerts · {UNREAD} · 3 customers this week, alert from 3 · 3 answers owed\n", "“Personne ne lit (s1).”\n",
        "Answers that are late · notice introuvable · last heard 20 Oct · 1 answer owed · 1 late\n",
        "20 Oct · Zoé Un · striking · late by 3 working days\n", "2 Nov · Zoé Deux · no\n",
        "billing: no · Déjà dit. · Marc, yesterday\n", "the customer has not been told yet\n", "alerts by chance alone: about",
    ):  # fmt: skip
        assert words in answer.out, words
    assert "\x1b" not in answer.out


def test_all_of_it_for_a_machine(cli: Cli) -> None:
    came(
        cli, *(signal(f"s{number}", whose) for number, whose in enumerate(("un", "deux", "trois"))),
        signal("later", "un", "2026-11-02", tag="prix caché", answer="later", until="2026-12-18", answered_at="2026-11-16",
               answered_by="Marc", words="Bientôt.", told_at="2026-11-16T12:00:00+01:00"),
    )  # fmt: skip
    found = topics(cli)
    alert = found[UNREAD]
    assert (alert["alert"], alert["week"], alert["before"], alert["threshold"], alert["open"]) == (True, 3, 0, 3, 3)
    assert {one["name"] for one in alert["signals"]} == {"Zoé Un", "Zoé Deux", "Zoé Trois"}
    (one,) = found["prix caché"]["signals"]
    assert (one["answer"], one["due"], one["late"], one["open"], one["words"]) == (
        "later",
        "2026-12-18",
        False,
        True,
        "Bientôt.",
    )
    assert one["told_at"] > one["answered_at"]
    assert "author" not in one, "it is about what a customer said"
    whole = cli("signals", "--json").json
    assert whole["alerts_by_chance_a_year"] > 0


def test_only_what_is_late(cli: Cli) -> None:
    came(
        cli, signal("new", "un"), signal("late", "deux", "2026-10-20", due="2026-11-12"),
        signal("over", "trois", "2026-10-20", due="2026-11-12", answer="yes", answered_at="2026-11-16", words="Fait."),
    )  # fmt: skip
    found = topics(cli, "--late")
    assert [one["text"] for one in found[UNREAD]["signals"]] == ["Personne ne lit (late)."]
    assert found[UNREAD]["open"] == 2
    assert all(one["late"] for topic in found.values() for one in topic["signals"])
    said = cli("signals", "--late").out
    assert "late by 3 working days" in said
    assert "(new)" not in said
    assert "by chance" not in said


def test_nothing_yet_and_nothing_late(nowhere: Cli) -> None:
    assert nowhere("init", "--name", "Claire Morel").status == 0
    answer = nowhere("signals")
    assert (answer.status, answer.out) == (0, "Nothing has been passed on yet.\n")
    late = nowhere("signals", "--late")
    assert (late.status, late.out) == (0, "No answer is late.\n")
    assert nowhere("signals", "--json").json["topics"] == []


def test_hostile_words_stay_words(cli: Cli) -> None:
    bad = "[red]\x1b[2J\x1b]0;titre\x07\u202e"
    came(cli, signal("x", "un", tag=bad, text=f"{bad}\nligne", department=bad, answer="no", answered_at="2026-11-16",
                     answered_by=bad, words=bad))  # fmt: skip
    out = cli("signals").out
    assert "[red]" in out
    assert not {char for char in out if (ord(char) < 32 and char != "\n") or char in "\x7f\u202e"}


def test_a_person_is_told_what_was_passed_on_of_theirs_and_what_became_of_it(cli: Cli) -> None:
    came(cli)
    made = cli.done("raise_signal", customer="un", tag=UNREAD, text="Personne ne lit.", striking="true")["made"]
    cli.done("answer_signal", signal=made["signal"], answer="later", words="Après l'audit.", until="2027-01-15")
    cli.done("tell_back_signal", signal=made["signal"], words="Dit au téléphone.")
    said = cli("subject-access", "un", "--language", "en").out
    for words in ("signal passed on · Claire Morel", f"- tag: {UNREAD}", "- striking: yes", "answer to the signal · Claire Morel",
                  "- answer: later", "told what became of it", "Dit au téléphone."):  # fmt: skip
        assert words in said, words


def test_my_day_has_what_was_answered(cli: Cli) -> None:
    came(cli)
    made = cli.done("raise_signal", customer="un", tag=UNREAD, text="Personne ne lit.")["made"]
    cli.done("answer_signal", signal=made["signal"], answer="yes", words="Lus chaque matin.")
    assert f"Zoé Un · answer: yes · marketing · {UNREAD}\n" in cli("day").out
    rows = [row for row in cli("day", "--json").json["rows"] if row["answer"] and row["words"] == UNREAD]
    assert [(row["section"], row["answer"], row["id"]) for row in rows] == [("since", "yes", made["signal"])]
