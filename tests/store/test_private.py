"""What is one's own: kept whole in a file of its own, and nowhere else."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from advisor_tui.domain.errors import Invalid, NotFound, StoreError, WorkspaceNewer
from advisor_tui.store.private import LONGEST_TEXT, Private, PrivateNote, Snippet, matching

DAY = date(2026, 11, 21)


@pytest.fixture
def private(tmp_path: Path) -> Private:
    return Private(tmp_path / "private.db")


def test_nothing_is_made_before_something_is_kept(private: Private) -> None:
    assert (private.snippets(), private.notes()) == ([], [])
    private.clear()
    assert not private.path.exists()


def test_a_phrase_is_kept_under_its_name_and_the_signature_comes_first(private: Private) -> None:
    private.keep("Rappel", "Je vous rappelle demain.")
    private.keep("  accueil\n du matin ", "Bonjour,\n\nmerci.\n")
    assert private.keep("SIGNATURE", "Claire").is_signature
    private.keep("rappel", "Je vous rappelle lundi.")
    assert private.snippets() == [
        Snippet("signature", "Claire"), Snippet("accueil du matin", "Bonjour,\n\nmerci."), Snippet("rappel", "Je vous rappelle lundi."),
    ]  # fmt: skip
    private.remove("Accueil du matin")
    assert [one.name for one in private.snippets()] == ["signature", "rappel"]
    with pytest.raises(NotFound):
        private.remove("accueil du matin")


def test_what_a_terminal_could_obey_is_not_kept(private: Private) -> None:
    kept = private.keep("\x1b[31mroug\u202ee", "a\x1b]0;title\x07b\x1b[2Jc\x1bd\x00\r\ne\u2066 [bold]f[/bold]")
    assert kept == Snippet("rouge", "abcd\ne [bold]f[/bold]")
    assert private.snippets() == [kept]
    assert private.keep("reste", "avant \x1b]0;sans fin").text == "avant ]0;sans fin", (
        "no word goes with a sequence cut short"
    )


@pytest.mark.parametrize(
    ("name", "text"), [("", "x"), ("x", " \n"), ("x" * 61, "x"), ("x", "x" * (LONGEST_TEXT + 1)), ("\x1b[1m", "x")]
)
def test_nothing_empty_and_nothing_endless(private: Private, name: str, text: str) -> None:
    with pytest.raises(Invalid):
        private.keep(name, text)
    assert private.snippets() == []


def test_phrases_are_found_by_their_name_and_their_words(private: Private) -> None:
    known = [Snippet("Rappel", "Je vous téléphone demain"), Snippet("excuses", "Désolée de l'attente")]
    assert matching(known, "") == known
    assert matching(known, "TELEPHONE rap") == known[:1]
    assert matching(known, "desolee") == known[1:]
    assert matching(known, "rien") == []


def test_notes_are_the_newest_first_and_leave_no_word_behind(private: Private) -> None:
    first = private.write_note("un appel qui crie", DAY)
    second = private.write_note("calme revenu", DAY.replace(day=22))
    assert private.notes() == [second, first]
    assert first == PrivateNote(1, "2026-11-21", "un appel qui crie"), "a day, and no time of day"
    assert b"crie" in private.path.read_bytes()
    private.remove_note(first.number)
    assert private.notes() == [second]
    assert b"crie" not in private.path.read_bytes()
    with pytest.raises(NotFound):
        private.remove_note(first.number)
    with pytest.raises(Invalid):
        private.write_note(" ", DAY)


def test_all_of_it_goes_at_once_and_what_comes_after_begins_anew(private: Private) -> None:
    private.keep("a", "b")
    private.write_note("c", DAY)
    private.clear()
    assert not private.path.exists()
    assert (private.snippets(), private.notes()) == ([], [])
    assert private.write_note("d", DAY).number == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no such modes")
def test_nobody_else_may_read_it(private: Private) -> None:
    private.keep("a", "b")
    assert private.path.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in private.path.parent.iterdir()] == ["private.db"]


def test_two_programs_at_once_lose_nothing(private: Private) -> None:
    private.keep("a", "1")
    other = Private(private.path)
    other.keep("b", "2")
    private.keep("c", "3")
    assert [one.name for one in other.snippets()] == ["a", "b", "c"]


def test_a_file_cut_short_at_its_birth_is_an_empty_one(private: Private) -> None:
    private.path.touch()
    assert private.snippets() == []
    private.keep("a", "b")
    assert private.snippets() == [Snippet("a", "b")]


def test_a_later_version_and_a_damaged_file_are_left_alone(private: Private) -> None:
    private.keep("a", "b")
    with closing(sqlite3.connect(private.path)) as connection:
        connection.execute("PRAGMA user_version = 2")
    for work in (private.snippets, lambda: private.keep("c", "d")):
        with pytest.raises(WorkspaceNewer):
            work()
    private.path.write_bytes(b"not a database at all, but some words" * 40)
    before = private.path.read_bytes()
    for other in (private.notes, lambda: private.write_note("x", DAY)):
        with pytest.raises(StoreError):
            other()
    assert private.path.read_bytes() == before
