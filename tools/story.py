"""Play the reference story (essay 001) at the real desk, in tmux, and record it: `python tools/story.py [--out docs/story]`.

A fresh demo company is made in a temporary folder, and the story of Adèle Fontanel (DOMAIN.md, end of section 7) is
played on it with keys only: the desk in one tmux window of 120x36, the billing system and the campaign in another, with
`advisor guard` and `advisor do`. The workspace's `clock` says what day it is: between two days the desk is left, the clock
is set, and the desk is opened again. Day 0 is Tuesday 24 November 2026; day 12 is a Sunday, day 17 Friday 11 December.

After each step the screen is read and every number of the story is asserted; a number that is not there ends the run with
the screen. What is written to the folder:

- `NN-name.txt`: stills, the screen as plain text;
- `story.cast`: the session for asciinema players (format 2), each step's changed lines with a caption below;
- `README.md`: the story told, with a table of its numbers and the still that shows each.

The same story through actions is tests/actions/test_story.py.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from retelling import readme
from tape import Record, Terminal, plain

from advisor_tui.store.workspace import Workspace

BETWEEN_FIELDS = 0.2
"""Seconds for the desk to move the focus: a key typed before goes to the field that had it."""
UNREAD = "justificatifs reçus non lus"
HOW = "^S enregistrer   Esc quitter"
"""The last line of every form."""


class Chosen(str):
    """A value that a field offers: its first letter is pressed until it stands there."""


class Story:
    """The steps, day by day."""

    def __init__(self, home: Path, out: Path) -> None:
        self.workspace = Workspace(home)
        self.terminal = Terminal(home)
        self.record = Record(self.terminal, out)
        self.case = ""

    def play(self) -> None:
        """All of it."""
        for step in (
            self.day_0,
            self.day_10,
            self.day_12,
            self.day_13,
            self.day_14,
            self.day_17,
            self.afterwards,
            self.later,
        ):
            step()
        self.record.save()

    # a day

    def morning(self, day: str, name: str) -> None:
        """Let it be an hour of a day, and let somebody of this name sit at the computer."""
        self.workspace.update(clock=f"{day}:00+01:00", name=name)

    def open_desk(self, told: str, number: str) -> None:
        """Open the desk and find her by one of her numbers."""
        terminal = self.terminal
        terminal.window = "desk"
        terminal.type("clear; advisor")
        terminal.keys("Enter")
        terminal.see("À prévenir", "Avant de parler")
        terminal.keys("F2")
        terminal.see("Trouver")
        terminal.type(number)
        terminal.see("Adèle Fontanel   contrat " + number)
        self.record.frame(told)

    def open_her(self) -> None:
        """From the list of what was found to her life."""
        self.terminal.keys("Enter")
        self.terminal.see("Adèle Fontanel", "Avant de parler", "S situation")

    def leave_desk(self) -> None:
        """Ctrl+Q, back to the shell."""
        self.terminal.window = "desk"
        self.terminal.keys("C-q")
        self.terminal.until(lambda screen: screen.rstrip().endswith("$"), "the shell")

    def command(self, words: str, status: int, told: str = "", clear: bool = True) -> str:
        """Type a command line in the second window; what is there then. Its exit status is shown and checked."""
        terminal = self.terminal
        terminal.window = "shell"
        if clear:
            terminal.type("clear")
            terminal.keys("Enter")
            terminal.until(lambda screen: screen.strip() == "$", "an empty shell")
        before = terminal.screen().count("\nexit ")
        terminal.type(f"{words}; echo exit $?")
        terminal.keys("Enter")
        screen = terminal.until(
            lambda screen: screen.count("\nexit ") > before and screen.rstrip().endswith("$"), words
        )
        if not screen.rstrip().endswith(f"\nexit {status}\n$"):
            raise AssertionError(f"{words} should end with {status}:\n{screen}")
        if told:
            self.record.frame(told)
        return plain(screen)

    # a form

    def form(self, key: str, title: str, *values: str, told: str = "") -> None:
        """Fill in the form that a key opens, field after field, and record it."""
        self.terminal.keys(key)
        self.fill(title, *values, told=told)
        self.done()

    def fill(self, title: str, *values: str, told: str = "") -> None:
        """Type into the fields of the form on screen, from the one that has the focus; "" leaves a field as it is."""
        terminal = self.terminal
        terminal.see(title, HOW)
        for place, value in enumerate(values):
            if place:
                terminal.keys("Tab")
                time.sleep(BETWEEN_FIELDS)
            self.write(value)
        if told:
            self.record.frame(told)

    def write(self, value: str) -> None:
        """Type into the field that has the focus, or choose what it offers."""
        if not isinstance(value, Chosen):
            self.terminal.type(value)
            ends = (value[:14], value[-14:])  # a field shows the one or the other
            self.terminal.until(lambda screen: any(end in screen for end in ends), value)
            return

        def chosen(screen: str) -> bool:
            there = f"{value}  ‹ ›" in screen
            if not there:
                self.terminal.type(value[0])
            return there

        self.terminal.until(chosen, value)

    def done(self) -> None:
        """Record the form; it goes away. Where it is refused it stays, and this ends the run."""
        self.terminal.keys("C-s")
        self.terminal.see("Avant de parler", without=(HOW,))

    def newest(self) -> None:
        """Put the cursor on the newest entry of the life."""
        self.terminal.keys("Home")

    def palette(self, words: str, title: str) -> None:
        """Choose a command by its words."""
        self.terminal.keys("C-p")
        self.terminal.until(lambda screen: HOW not in screen, "the palette")
        self.terminal.type(words)
        self.terminal.see(title)
        self.terminal.keys("Enter")

    # the days

    def day_0(self) -> None:
        """Tuesday 24 November: a registered letter comes in."""
        terminal = self.terminal
        self.morning("2026-11-24T09:05", "Claire Morel")
        self.open_desk("Day 0, Tuesday 24 November. Claire Morel opens the desk.", "LUM-94-0312-4516")
        for number in ("LUM-03-0701-2288", "FC-14-0203-7350", "LUM-94-0312-4516"):
            terminal.keys(*["BSpace"] * 16)
            terminal.type(number)
            terminal.see("Adèle Fontanel   contrat " + number)
            self.record.frame("Any of her three old contract numbers finds her.")
        self.record.still(
            "found", "Adèle Fontanel, found by the number of 1994.",
            ("found by a contract number of 1994", "LUM-94-0312-4516"), ("customer since 1994: 32 years", "client depuis 32 ans"),
        )  # fmt: skip
        self.open_her()
        self.form(
            "d", "Ouvrir un dossier", "Frais de rejet contestés", Chosen("litige"), "Lire le recommandé et lui répondre", "26/11", "",
            "prélèvement rejeté le 5, payé par chèque le 6", told="Her letter of this morning disputes a fee: a case is opened.",
        )  # fmt: skip
        self.newest()
        self.form(
            "c", "Saisir un contact",
            "Madame, Monsieur. Vous me comptez 12,50 € de frais de rejet. La facture est payée : voici le talon du chèque, "
            "débité le 9. A. Fontanel", Chosen("lettre"), "Recommandé : preuve de paiement", "", "", "24/11",
            told="The letter goes into it: received on 24/11, with the proof that she paid.",
        )  # fmt: skip
        terminal.see("Recommandé : preuve", "lettre sans réponse")
        self.record.still(
            "letter", "Received today, not answered yet. From now on nobody may cut her off.",
            ("holding since 1994", "Ligne fixe Essentielle 1994"), ("the letter, unanswered", "lettre sans réponse"),
            ("the hold", "Pas de coupure"),
        )  # fmt: skip
        self.leave_desk()

    def day_10(self) -> None:
        """Friday 4 December: two other customers say what she will say; colleagues pass it on."""
        for hour, name, customer, words in (
            ("09:40", "Paul Adjani", "Étienne Roussel-Anglade", "« Vous avez ma preuve depuis le 19. Personne ne l’a ouverte. »"),
            ("15:20", "Nadia Schmitt", "Sylvie Petit", "« J’ai envoyé le papier deux fois. »"),
        ):  # fmt: skip
            self.morning(f"2026-12-04T{hour}", name)
            given = f"--set customer='{customer}' --set tag='{UNREAD}' --set department=billing --set text='{words}'"
            screen = self.command(f"advisor do raise_signal {given}", 0, f"Day 10, {name}: {customer} says so too.")
            if "alert" in screen:
                raise AssertionError(f"two are no alert yet:\n{screen}")

    def day_12(self) -> None:
        """Sunday 6 December: nobody is in; the billing system asks, and so does a campaign."""
        self.morning("2026-12-06T09:30", "Recouvrement")
        guard = self.command("advisor guard LUM-03-0701-2288 --act cut_off --json", 4)
        answer = self.json_of(guard)
        reasons = [(reason["kind"], reason["days"]) for reason in answer["reasons"]]
        if (answer["may"], reasons) != (False, [("unanswered", 12), ("dispute", 12)]):
            raise AssertionError(answer)
        self.case = answer["reasons"][1]["id"]
        self.record.still(
            "guard", "Day 12, Sunday 6 December. The billing system asks before it cuts off: exit 4, held.",
            ("may she be cut off?", '"may": false'), ("age of her letter, in days", '"days": 12'), ("exit status", "exit 4"),
        )  # fmt: skip
        asked = 'advisor do ask_adverse_act --set customer="Adèle Fontanel" --set act=cut_off --set by=recouvrement'
        self.command(asked, 4)
        self.record.still(
            "refused", "It asks all the same: refused, recorded, and the letter is named with its age.",
            ("the letter that holds, and its age", "lettre · Recommandé : preuve de paiement, 12 j"), ("exit status", "exit 4"),
            ("the act that was recorded", "state refused"),
        )  # fmt: skip
        self.morning("2026-12-06T09:40", "Marketing")
        propose = (
            "advisor do make_proposal --set customer=LUM-94-0312-4516 --set direction=outbound --set channel=letter"
        )
        held = f"{propose} --set offer='Ligne Veille' --set benefit='Votre voisine prévenue si la ligne se tait.'"
        self.command(held, 4, "A campaign selects her for an option that she has had since 2022.")
        despite = f"{held} --set despite_dispute='Campagne de décembre'"
        other = f"{propose} --set offer='Secours 4G' --set benefit='Le téléphone tient quand la rue est ouverte.'"
        self.command(despite, 4, "It tries again with a reason: she has it already.", clear=False)
        self.command(other, 4, clear=False)
        self.record.still(
            "campaign", "Excluded twice: she holds it, whatever reason is given; and during a dispute nothing is sold.",
            ("excluded: she holds it", "Il l’a déjà : Ligne Veille."), ("excluded: the dispute", "Un litige est ouvert"),
            ("exit status", "exit 4"),
        )  # fmt: skip

    def json_of(self, screen: str) -> dict[str, Any]:
        """The JSON document among the lines of a screen, which wraps it."""
        text = screen[screen.index("{") : screen.index("\nexit")].replace("\n", "")
        found: dict[str, Any] = json.loads(text)
        return found

    def day_13(self) -> None:
        """Monday 7 December: a colleague answers, and she need not say it again."""
        terminal = self.terminal
        self.morning("2026-12-07T10:10", "Inès Benali")
        self.open_desk("Day 13, Monday 7 December. A colleague, Inès Benali, takes her call.", "LUM-03-0701-2288")
        self.open_her()
        self.record.still(
            "colleague", "All of it is there before a word is said: the letter, and the cut-off that was refused.",
            ("age of the letter now", "lettre sans réponse depuis 13 j"), ("age when the cut-off was refused", "12 jours d’att"),
            ("the act", "Coupure, demande de recouvr"),
        )  # fmt: skip
        terminal.keys("t")
        terminal.see("prend le relais")
        self.form(
            "S", "La situation, dans ses mots", "J’ai payé le 6, j’ai la preuve, et l’on me compte des frais.",
            "Chèque du 6 débité le 9, non rapproché : 12,50 € de frais à rendre.", Chosen("oui"),
            told="Inès says the situation back to her; she agrees. « A dû répéter » stays at no.",
        )  # fmt: skip
        self.form(
            "c", "Saisir un contact", "Appelée avec sa lettre sous les yeux. Le chèque est retrouvé, les frais seront rendus.",
            "", "Votre lettre du 24, le chèque est retrouvé", Chosen("de notre part"), told="The call that answers the letter.",
        )  # fmt: skip
        terminal.until(lambda screen: "sans réponse depuis" not in screen, "the answered letter")
        self.form(
            "p", "Promettre", "Frais de rejet, 12,50 €, rendus sur son compte.", "9/12", "Mercredi 9, les 12,50 € sont rendus.",
            told="What she hears: by Wednesday, day 15.",
        )  # fmt: skip
        self.form("e", "Planifier la prochaine étape", "Vérifier que les 12,50 € sont partis", "9/12")
        self.pass_on()
        self.record.still(
            "answered", "Said once, confirmed, answered, promised. Nothing is to warn of yet.",
            ("promised for day 15, Wednesday", "▸ éch. mercredi"), ("the promise", "Frais de rejet, 12,50 €"),
            ("her words, once", "« J’ai payé le 6"), ("she agrees", "✓ confirmé"),
        )  # fmt: skip
        if "Adèle Fontanel" in self.to_warn():
            raise AssertionError("her promise is to warn of two days before")
        self.leave_desk()
        self.command("advisor guard LUM-03-0701-2288 --act cut_off", 4)
        self.record.still(
            "dispute", "The letter no longer holds; the dispute does.",
            ("what still holds", "litige ouvert : Frais de rejet contestés, 13 j"), ("exit status", "exit 4"),
        )  # fmt: skip

    def pass_on(self) -> None:
        """What she said is about more than her case: one key, her words, a tag; the third this week."""
        terminal = self.terminal
        self.form(
            "s", "Transmettre un signal faible", "« Ma preuve était chez vous le 24. Personne ne l’avait lue. »", UNREAD,
            told="One key passes on what is about more than her case.",
        )  # fmt: skip
        terminal.keys("F7")
        terminal.see("Ce que disent les clients", UNREAD)
        self.record.still(
            "third", "The third customer this week to say so, and none in the eight weeks before: an alert, with a day for its answer.",
            ("customers this week", "3 clients cette semaine"), ("an alert from that many on", "alerte dès 3"), ("the answer is due, ten working days on", "réponse due 21 déc."),
        )  # fmt: skip
        terminal.keys("Escape")
        terminal.see("Avant de parler")

    def to_warn(self) -> str:
        """What `advisor day` lists under "to warn"."""
        listed = self.command("advisor day --plain | sed '/^Sans/,$d'", 0)
        return listed[listed.index("À prévenir") :]

    def day_14(self) -> None:
        """Tuesday 8 December: the promise cannot be kept by Wednesday, and she hears it today."""
        terminal = self.terminal
        self.morning("2026-12-08T10:00", "Inès Benali")
        if "demain · Adèle Fontanel · Frais de rejet" not in self.to_warn():
            raise AssertionError("her promise is to warn of the day before")
        self.open_desk("Day 14, Tuesday 8 December. Billing cannot pay before Friday.", "FC-14-0203-7350")
        self.open_her()
        self.record.still(
            "to-warn", "Her promise is due tomorrow: to be kept, or to be warned of.",
            ("to warn, on day 14", "▲ demain · tenir ou préven"), ("the promise", "Frais de rejet, 12,50 €"),
        )  # fmt: skip
        terminal.keys("W")
        terminal.see("Prévenir que la promesse bouge", HOW)
        terminal.type("11/12")
        terminal.see("11/12")
        self.record.frame("The message is drafted, up to the new day.")
        terminal.keys("BTab")
        time.sleep(BETWEEN_FIELDS)
        terminal.keys("C-End")
        terminal.type(" vendredi 11, sur votre compte.")
        self.record.still(
            "warning", "Inès says the new day: Friday 11 December, day 17.",
            ("the day that was promised", "pour mercredi 9"), ("the new day, as she hears it", "vendredi 11, sur votre compte."),
            ("the new day", "11/12"),
        )  # fmt: skip
        self.done()
        self.form("e", "Planifier la prochaine étape", "", "11/12")
        self.record.still(
            "moved", "She was told before the day: moved, not broken.",
            ("the new promise, for day 17", "▸ éch. vendredi"), ("the old promise", "○ reporté → vendredi"),
        )  # fmt: skip
        self.leave_desk()

    def day_17(self) -> None:
        """Friday 11 December: kept, a gesture, how it stands, the end of the dispute and of the case."""
        terminal = self.terminal
        self.billing_answers()
        self.morning("2026-12-11T15:00", "Inès Benali")
        self.open_desk("Day 17, Friday 11 December. The fees are back on her account.", "LUM-94-0312-4516")
        self.open_her()
        kept = "Virement de 12,50 € parti ce matin, elle l’a vu."
        self.form("v", "Marquer la promesse tenue", kept, told="The promise is kept.")
        self.form(
            "g", "Faire un geste", "Un mois de ligne offert", "17,99", "Une lettre de preuve, et une coupure demandée un dimanche.",
            "Un mois de votre ligne, 17,99 €, cette fois-ci : vous aviez payé.", told="A gesture, inside the allowance: what, its worth, why, and how it is said.",
        )  # fmt: skip
        self.record.still(
            "kept", "Kept on the day, and a gesture whose worth she is told.",
            ("the promise", "✓ tenu"), ("the first day, moved before it came", "─ 9 déc. · reporté"), ("what the gesture is worth", "17,99 €"),
        )  # fmt: skip
        self.progress()
        terminal.window = "desk"
        self.palette("litige est clos", "Le litige est clos")
        self.fill(
            "Le litige est clos",
            Chosen("réglé avec le client"),
            "Frais rendus, elle est d’accord.",
            told="The dispute is over.",
        )
        self.done()
        self.newest()
        terminal.keys("r")
        terminal.see("^S")
        terminal.type("Chèque du 6 retrouvé, 12,50 € de frais rendus le 11. La coupure demandée le 6 a été refusée.")
        self.record.frame("What was decided, in a sentence; F6 records it and resolves the case.")
        terminal.keys("F6")
        terminal.see("résolu")
        self.form("m", "Changer l’état du dossier", told="The case is closed.")
        self.record.still(
            "closed", "Closed, and one survey is offered.", ("the case", "état     clos"),
            ("the survey", "demandé, pas encore de réponse"), ("the dispute is over: nothing is sold for a while", "rien à vendre avant"),
        )  # fmt: skip
        if terminal.screen().count("pas encore de réponse") != 1:
            raise AssertionError("there should be one survey")
        self.leave_desk()

    def newest_signal(self) -> str:
        """The id that a department's own system would have."""
        command = [str(Path(sys.executable).parent / "advisor"), "signals", "--json"]
        environment = os.environ | {"ADVISOR_HOME": str(self.workspace.home)}
        told = subprocess.run(command, check=True, env=environment, capture_output=True, encoding="utf-8").stdout  # noqa: S603
        topic = next(topic for topic in json.loads(told)["topics"] if topic["tag"] == UNREAD)
        return str(topic["signals"][0]["id"])

    def billing_answers(self) -> None:
        """Ten days before it is due, the department says yes, to all three."""
        self.morning("2026-12-11T11:00", "Facturation")
        given = f"--set signal={self.newest_signal()} --set answer=yes --set all_of_tag=true"
        self.command(
            f"advisor do answer_signal {given} --set words='Une personne lit les justificatifs chaque matin.'", 0
        )
        self.record.still(
            "yes", "Day 17, 11:00. Billing answers, before the day: yes, and why; all three at once.",
            ("signals that are answered", "answered 3"), ("exit status", "exit 0"),
        )  # fmt: skip

    def progress(self) -> None:
        """How her case stands, in at most eight lines that she may hear."""
        screen = self.command(f"advisor progress {self.case}", 0)
        lines = screen.split("\nexit")[0].splitlines()[1:]  # after the command
        if not 1 <= len(lines) <= 8:
            raise AssertionError(f"{len(lines)} lines of progress:\n{screen}")
        self.record.still(
            "progress", "How it stands, to read to her on the phone.", ("lines of progress, eight at most", lines[-1])
        )

    def afterwards(self) -> None:
        """The billing system asks again: nothing stands in the way."""
        self.morning("2026-12-11T18:30", "Recouvrement")
        self.command("advisor guard LUM-03-0701-2288 --act cut_off --json", 0)
        self.record.still(
            "free", "The billing system asks again: exit 0, nothing stands in the way.",
            ("may she be cut off now?", '"may": true'), ("exit status", "exit 0"),
        )  # fmt: skip

    def later(self) -> None:
        """Monday 4 January: the team looks back over four weeks."""
        terminal = self.terminal
        self.morning("2027-01-04T09:30", "Inès Benali")
        self.open_desk("Four weeks later, Monday 4 January.", "LUM-94-0312-4516")
        terminal.keys("Escape")
        terminal.keys("F4")
        self.record.still(
            "team", "The team's screen: words first, then what may hurt a customer, then figures about nobody in particular.",
            ("acts against a customer who waited", "pendant l’attente : 0"), ("told before it was due", "avant l’échéance : 1 sur 1"),
            ("signals answered in time", "répondus à temps : 3 sur 3"),
        )  # fmt: skip
        terminal.keys("Escape")
        self.leave_desk()


def main() -> int:
    """Make the demo, play, and write what was recorded."""
    parser = argparse.ArgumentParser(description="Play the reference story at the real desk, and record it.")
    parser.add_argument("--out", type=Path, default=Path("docs/story"))
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("[0-9][0-9]-*.txt"):
        old.unlink()
    folder = Path(tempfile.mkdtemp(prefix="advisor-story-"))
    home = folder / "demo"
    try:
        command = [str(Path(sys.executable).parent / "advisor"), "demo", "--home", str(home), "--no-desk"]
        subprocess.run(command, check=True, env=os.environ | {"ADVISOR_LANGUAGE": "fr"}, stdout=subprocess.DEVNULL)  # noqa: S603
        story = Story(home, out)
        try:
            story.play()
        finally:
            story.terminal.close()
    finally:
        shutil.rmtree(folder)
    (out / "README.md").write_text(readme(story.record), encoding="utf-8")
    for number in story.record.numbers:
        print(f"{number.still}  {number.what}: {number.shown}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
