"""Every action from the command line: done (0), refused by a rule (4), unknown (1), senseless (2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from advisor_tui.actions import registry
from tests.cli.conftest import Cli

registry.load()
HUGO = "Hugo Castellane"
SUNDAY = "2026-11-22"


@pytest.fixture
def case(cli: Cli) -> str:
    return opened(cli)


def opened(cli: Cli, customer: str = HUGO) -> str:
    """A new case of a customer; its id."""
    recorded = cli.done(
        "open_case", customer=cli.customer(customer), subject="Relevé manquant", next_step="L’envoyer", next_on="+2"
    )
    return str(recorded["made"]["case"])


def promised(cli: Cli, case: str) -> str:
    recorded = cli.done("make_commitment", case=case, text="Le relevé arrive", due="2026-11-19")
    return str(recorded["made"]["commitment"])


class Doings:
    """One way to do each action."""

    def open_case(self, cli: Cli, case: str) -> dict[str, str]:
        return {"customer": cli.customer(HUGO), "subject": "Autre", "next_step": "Voir", "next_on": "2026-11-20"}

    def set_state(self, cli: Cli, case: str) -> dict[str, str]:
        return {"case": case, "state": "waiting", "next_step": "Relancer", "next_on": "+3", "reason": "Attend Réseau"}

    def take(self, cli: Cli, case: str) -> dict[str, str]:
        cli.done("hand_over", case=case, owner="Réseau", next_step="Mesurer", next_on="+2")
        return {"case": case}

    def hand_over(self, cli: Cli, case: str) -> dict[str, str]:
        return {"case": case, "owner": "Réseau", "next_step": "Mesurer", "next_on": "+2", "words": "À toi."}

    def plan_next_step(self, cli: Cli, case: str) -> dict[str, str]:
        return {"case": case, "next_step": "Rappeler", "next_on": "2026-11-19T10:00"}

    def abusive_contact(self, cli: Cli, case: str) -> dict[str, str]:
        return {"case": case, "step": "ended", "words": "Insultes répétées, deux fois prévenu."}

    def make_commitment(self, cli: Cli, case: str) -> dict[str, str]:
        return {"case": case, "text": "Le relevé arrive", "due": "2026-11-19", "heard": "jeudi"}

    def keep_commitment(self, cli: Cli, case: str) -> dict[str, str]:
        return {"commitment": promised(cli, case)}

    def break_commitment(self, cli: Cli, case: str) -> dict[str, str]:
        return {"commitment": promised(cli, case), "words": "Pardon.", "new_text": "Le voici", "new_due": "2026-11-20"}

    def release_commitment(self, cli: Cli, case: str) -> dict[str, str]:
        return {"commitment": promised(cli, case), "words": "Ce n’est plus la peine."}

    def add_identifier(self, cli: Cli, case: str) -> dict[str, str]:
        return {"customer": cli.customer(HUGO), "kind": "phone", "value": "06 39 98 00 01", "valid_from": "2026-11-01"}

    def merge_customers(self, cli: Cli, case: str) -> dict[str, str]:
        return {"keep": cli.customer(HUGO), "absorb": cli.customer("Gaspard Wendling")}

    def unmerge_customers(self, cli: Cli, case: str) -> dict[str, str]:
        absorbed = cli.customer("Gaspard Wendling")
        cli.done("merge_customers", keep=cli.customer(HUGO), absorb=absorbed)
        return {"customer": absorbed}

    def undo(self, cli: Cli, case: str) -> dict[str, str]:
        return {"txn": str(cli.done("take" if False else "add_note", case=case, text="Une note")["txn"])}

    def log_contact(self, cli: Cli, case: str) -> dict[str, str]:
        return {
            "case": case,
            "body": "« Toujours rien ! »",
            "channel": "phone",
            "repeated": "true",
            "subject": "Rappel",
        }

    def add_note(self, cli: Cli, case: str) -> dict[str, str]:
        return {"customer": cli.customer(HUGO), "text": "Deux lignes.\nEt = un signe égal."}

    def write_resolution(self, cli: Cli, case: str) -> dict[str, str]:
        return {"case": case, "text": "Relevé envoyé par courrier.", "then": "resolved"}

    def revise_resolution(self, cli: Cli, case: str) -> dict[str, str]:
        made = cli.done("write_resolution", case=case, text="Relevé envoyé.")["made"]
        return {"resolution": str(made["resolution"]), "text": "Relevé envoyé en recommandé."}

    def link_contact(self, cli: Cli, case: str) -> dict[str, str]:
        contact = cli.done("log_contact", customer=cli.customer(HUGO), body="Bonjour")["made"]["contact"]
        return {"contact": str(contact), "case": case}

    def state_situation(self, cli: Cli, case: str) -> dict[str, str]:
        return {
            "case": case,
            "quote": "« J'ai payé le 2. »",
            "restated": "Payé le 2, non retrouvé.",
            "confirmed": "true",
        }

    def confirm_situation(self, cli: Cli, case: str) -> dict[str, str]:
        cli.done("state_situation", case=case, quote="J'ai payé.", restated="Payé.")
        return {"case": case}

    def mark_repeated(self, cli: Cli, case: str) -> dict[str, str]:
        return {"contact": letter(cli, case)}

    def settle_contact(self, cli: Cli, case: str) -> dict[str, str]:
        return {"contact": letter(cli, case), "reply": "holding_reply", "words": "Dit au téléphone.", "final_on": "+20"}

    def state_stake(self, cli: Cli, case: str) -> dict[str, str]:
        return {"customer": cli.customer(HUGO), "level": "vital", "words": "Son alarme."}

    def state_fact(self, cli: Cli, case: str) -> dict[str, str]:
        return {
            "customer": cli.customer(HUGO),
            "key": "horaires",
            "value": "de nuit",
            "source": "appel",
            "expires": "+90",
        }

    def set_permission(self, cli: Cli, case: str) -> dict[str, str]:
        return {
            "customer": cli.customer(HUGO),
            "purpose": "prospecting",
            "granted": "false",
            "basis": "dit au téléphone",
        }

    def set_relation(self, cli: Cli, case: str) -> dict[str, str]:
        return {"customer": cli.customer(HUGO), "preferred": "Claire Morel", "second": "Paul Ndiaye"}

    def warn_commitment(self, cli: Cli, case: str) -> dict[str, str]:
        return {"commitment": promised(cli, case), "words": "Le courrier a du retard.", "new_due": "2026-11-20"}

    def plan_work(self, cli: Cli, case: str) -> dict[str, str]:
        return {
            "case": case,
            "what": "Avoir",
            "due": "+5",
            "department": "billing",
            "progress": "Vos frais sont rendus",
        }

    def settle_work(self, cli: Cli, case: str) -> dict[str, str]:
        return {
            "work": str(cli.done("plan_work", case=case, what="Avoir", due="+5")["made"]["work"]),
            "words": "Parti.",
        }

    def take_complaint(self, cli: Cli, case: str) -> dict[str, str | list[str]]:
        return {"case": case, "points": ["Frais", "Silence"], "addressee": "le directeur", "contact": letter(cli, case)}

    def acknowledge_complaint(self, cli: Cli, case: str) -> dict[str, str]:
        return {"complaint": complaint(cli, case), "words": "Reçue, réponse sous dix jours."}

    def hold_complaint(self, cli: Cli, case: str) -> dict[str, str]:
        return {"complaint": complaint(cli, case), "words": "Enquête en cours.", "final_on": "+20"}

    def answer_complaint(self, cli: Cli, case: str) -> dict[str, str]:
        return {"complaint": complaint(cli, case), "answers": "Rendus.", "outcome": "accepted"}

    def settle_dispute(self, cli: Cli, case: str) -> dict[str, str]:
        made = cli.done(
            "open_case", customer=cli.customer(HUGO), subject="Litige", kind="dispute", next_step="x", next_on="+2"
        )["made"]
        return {"case": str(made["case"]), "outcome": "settled", "words": "D'accord trouvé."}

    def ask_adverse_act(self, cli: Cli, case: str) -> dict[str, str]:
        return {"customer": cli.customer(HUGO), "act": "cut_off", "by": "recouvrement"}

    def decide_adverse_act(self, cli: Cli, case: str) -> dict[str, str]:
        return {"act": asked_act(cli, "vital"), "agree": "true", "words": "Vu avec elle."}

    def reverse_adverse_act(self, cli: Cli, case: str) -> dict[str, str]:
        return {"act": asked_act(cli, "normal"), "words": "Excuses faites."}

    def make_proposal(self, cli: Cli, case: str) -> dict[str, str]:
        return {"customer": free(cli), "offer": offered(cli), "benefit": "Ses visios sans coupure."}

    def answer_proposal(self, cli: Cli, case: str) -> dict[str, str]:
        made = cli.done("make_proposal", customer=free(cli), offer=offered(cli), benefit="Ses visios.")["made"]
        return {"proposal": str(made["proposal"]), "answer": "refused", "why": "Trop cher."}

    def raise_signal(self, cli: Cli, case: str) -> dict[str, str]:
        return {"customer": HUGO, "case": case, "tag": "facture illisible", "text": "« Je n’y comprends rien. »"}

    def answer_signal(self, cli: Cli, case: str) -> dict[str, str]:
        made = cli.done("raise_signal", **self.raise_signal(cli, case))["made"]
        return {"signal": str(made["signal"]), "answer": "later", "words": "En janvier.", "until": "15/01/2027"}

    def tell_back_signal(self, cli: Cli, case: str) -> dict[str, str]:
        made = cli.done("answer_signal", **self.answer_signal(cli, case))["made"]
        return {"signal": str(made["signal"]), "words": "Dit au téléphone."}

    def make_gesture(self, cli: Cli, case: str) -> dict[str, str]:
        return {
            "case": case,
            "what": "Un mois",
            "normal_value": "15,99 €",
            "reason": "Deux pannes.",
            "said": "Une fois.",
        }

    def decide_gesture(self, cli: Cli, case: str) -> dict[str, str]:
        made = cli.done("make_gesture", case=case, what="Un an", normal_value="900", reason="Dix pannes.")["made"]
        assert made["state"] == "asked"
        assert cli("init", "--name", "Paul Ndiaye").status == 0
        return {"gesture": str(made["gesture"]), "granted": "true", "words": "Bien vu."}

    def answer_survey(self, cli: Cli, case: str) -> dict[str, str]:
        cli.done("set_state", case=case, state="closed", reason="fini")
        return {"case": case, "effort": "6", "repeated": "false", "words": "Simple."}


def letter(cli: Cli, case: str) -> str:
    return str(
        cli.done("log_contact", case=case, channel="letter", body="Ma preuve.", received_on="2026-11-09")["made"][
            "contact"
        ]
    )


def complaint(cli: Cli, case: str) -> str:
    return str(cli.done("take_complaint", case=case, points="Frais")["made"]["complaint"])


def free(cli: Cli) -> str:
    """A customer of whom nothing is known but a name."""
    lines = cli.home.parent / "neuve.jsonl"
    lines.write_text(json.dumps({"v": 1, "type": "customer", "id": "neuve", "name": "Nina Neuve"}) + "\n")
    assert cli("import", lines).status == 0
    return "neuve"


def offered(cli: Cli) -> str:
    lines = cli.home.parent / "offer.jsonl"
    lines.write_text(json.dumps({"v": 1, "type": "offer", "id": "soir", "name": "Débit du soir"}) + "\n")
    assert cli("import", lines).status == 0
    return "Débit du soir"


def asked_act(cli: Cli, level: str) -> str:
    """An act that was asked for: done at once, or waiting for Paul, who is here by then."""
    customer = free(cli)
    cli.done("state_stake", customer=customer, level=level, words="L'alarme.")
    made = cli.done("ask_adverse_act", customer=customer, act="cut_off", by="recouvrement")["made"]
    assert made["state"] == ("asked" if level == "vital" else "done")
    assert cli("init", "--name", "Paul Ndiaye").status == 0
    return str(made["act"])


REFUSED: dict[str, tuple[str, Any]] = {
    "set_state": ("same_state", lambda cli, case: {"case": case, "state": "open"}),
    "take": ("same_owner", lambda cli, case: {"case": case}),
    "make_commitment": ("due_closed", lambda cli, case: {"case": case, "text": "x", "due": SUNDAY}),
    "keep_commitment": ("promise_settled", lambda cli, case: settled(cli, case)),
    "break_commitment": ("promise_settled", lambda cli, case: settled(cli, case) | {"words": "Pardon."}),
    "release_commitment": ("promise_settled", lambda cli, case: settled(cli, case) | {"words": "Non."}),
    "plan_next_step": ("case_closed", lambda cli, case: {"case": closed(cli, case), "next_step": "x", "next_on": "+1"}),
    "hand_over": (
        "case_closed",
        lambda cli, case: {"case": closed(cli, case), "owner": "y", "next_step": "x", "next_on": "+1"},
    ),
    "add_identifier": ("same_identifier", lambda cli, case: known_identifier(cli)),
    "merge_customers": ("same_customer", lambda cli, case: {"keep": cli.customer(HUGO), "absorb": cli.customer(HUGO)}),
    "unmerge_customers": ("not_merged", lambda cli, case: {"customer": cli.customer(HUGO)}),
    "undo": ("not_mine", lambda cli, case: {"txn": imported(cli)}),
    "revise_resolution": ("same_text", lambda cli, case: same_words(cli, case)),
    "link_contact": ("other_customer", lambda cli, case: foreign(cli)),
}


def settled(cli: Cli, case: str) -> dict[str, str]:
    promise = promised(cli, case)
    cli.done("keep_commitment", commitment=promise)
    return {"commitment": promise}


def closed(cli: Cli, case: str) -> str:
    cli.done("set_state", case=case, state="closed", reason="Sans objet")
    return case


def known_identifier(cli: Cli) -> dict[str, str]:
    given = {"customer": cli.customer(HUGO), "kind": "phone", "value": "06 39 98 00 01"}
    cli.done("add_identifier", **given)
    return given | {"value": "+33 6 39 98 00 01"}


def imported(cli: Cli) -> str:
    import sqlite3

    connection = sqlite3.connect(cli.home / "workspace.db")
    try:
        return str(connection.execute("SELECT txn FROM event WHERE actor = 'import' LIMIT 1").fetchone()[0])
    finally:
        connection.close()


def same_words(cli: Cli, case: str) -> dict[str, str]:
    made = cli.done("write_resolution", case=case, text="Pareil.")["made"]
    return {"resolution": str(made["resolution"]), "text": "Pareil."}


def foreign(cli: Cli) -> dict[str, str]:
    contact = cli.done("log_contact", customer=cli.customer(HUGO), body="Bonjour")["made"]["contact"]
    return {"contact": str(contact), "case": opened(cli, "Zoé Hamelin")}


def test_every_action_is_tried_here() -> None:
    assert {name for name in dir(Doings) if not name.startswith("_")} == set(registry.ACTIONS)


@pytest.mark.parametrize("name", sorted(registry.ACTIONS))
def test_done(cli: Cli, case: str, name: str) -> None:
    before = len(cli("show", HUGO, "--json").json["entries"])
    given = getattr(Doings(), name)(cli, case)
    recorded = cli.done(name, **given)
    assert set(recorded) - {"guard"} == {"ok", "action", "txn", "customer", "made", "events"}
    assert recorded["action"] == name
    assert recorded["events"]
    assert {"id", "type", "case"} == set(recorded["events"][0])
    assert len(cli("show", HUGO, "--json").json["entries"]) >= before
    assert cli("doctor", "--rebuild", "--json").json["findings"][-1]["state"] == "ok"


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refused_by_a_rule(cli: Cli, case: str, name: str) -> None:
    code, prepare = REFUSED[name]
    given = prepare(cli, case)
    before = cli("export").out
    refused = cli.do(name, **given)
    assert refused.status == 4, refused
    error = refused.json["error"]
    assert error["code"] == code
    assert isinstance(error["details"], dict)
    plain = cli("do", name, *[word for key, value in given.items() for word in ("--set", f"{key}={value}")])
    assert (plain.status, plain.out) == (4, "")
    assert plain.err == error["message"] + "\n"
    assert cli("export").out == before, "nothing was recorded"


def test_a_role_that_may_not(cli: Cli, case: str) -> None:
    assert cli("init", "--name", "Inès", "--role", "trainer").status == 0
    for name in registry.ACTIONS:
        if name == "undo":
            continue
        refused = cli.do("add_note", customer=cli.customer(HUGO), text="x")
        assert (refused.status, refused.json["error"]["code"]) == (4, "permission")


@pytest.mark.parametrize(
    "name", ["take", "add_note", "keep_commitment", "revise_resolution", "link_contact", "unmerge_customers"]
)
def test_what_it_names_does_not_exist(cli: Cli, name: str) -> None:
    given = {"take": {"case": "x"}, "add_note": {"customer": "x", "text": "x"}, "keep_commitment": {"commitment": "x"},
             "revise_resolution": {"resolution": "x", "text": "x"}, "link_contact": {"contact": "x"},
             "unmerge_customers": {"customer": "x"}}[name]  # fmt: skip
    answer = cli.do(name, **given)
    assert (answer.status, answer.json["error"]["code"]) == (1, "not_found")


def test_dashes_are_as_good_as_underscores(cli: Cli) -> None:
    assert cli("do", "add-note", "--set", f"customer={cli.customer(HUGO)}", "--set", "text=x").status == 0


def test_in_words(cli: Cli, case: str) -> None:
    answer = cli("do", "add_note", "--set", f"case={case}", "--set", "text=x")
    assert answer.status == 0
    assert answer.out.startswith("Ajouter une note")
    assert "enregistré" in answer.out


def test_without_a_name_it_asks_for_one(nowhere: Cli) -> None:
    nowhere("seed", "--customers", "2", "--entries", "5")
    (nowhere.home / "config.toml").write_text("")
    answer = nowhere("do", "undo", "--json")
    assert answer.status == 2
    assert "advisor init --name NAME" in answer.json["error"]["message"]


class TestList:
    def test_describes_each_action(self, cli: Cli) -> None:
        said = cli("do", "--list", "--json").json
        assert said["ok"] is True
        assert {action["name"] for action in said["actions"]} == set(registry.ACTIONS)
        for action in said["actions"]:
            assert {"name", "title", "help", "permission", "key", "parameters", "required", "definitions"} == set(
                action
            )
            assert action["title"]
            assert action["help"].endswith(".")
            assert set(action["required"]) <= set(action["parameters"])
            assert json.dumps(action)

    def test_what_it_requires_is_required(self, cli: Cli, case: str) -> None:
        """The description holds: without one of the required parameters, status 2."""
        for action in cli("do", "--list", "--json").json["actions"]:
            for missing in action["required"]:
                given = {name: "x" for name in action["required"] if name != missing}
                answer = cli.do(action["name"], **given)
                assert answer.status == 2, (action["name"], missing)

    def test_in_both_languages(self, cli: Cli) -> None:
        french = cli("do", "--list").out
        assert cli("do").out == french
        assert cli("init", "--name", "Ada", "--language", "en").status == 0
        english = cli("do", "--list").out
        for name in registry.ACTIONS:
            assert f"\n{name}\n" in "\n" + french
            assert f"\n{name}\n" in "\n" + english
        assert not {line for line in french.splitlines() if line.endswith(".")} & set(english.splitlines())

    def test_works_where_there_is_no_workspace(self, nowhere: Cli) -> None:
        assert nowhere("do", "--list", "--json").status == 0
        assert not nowhere.home.exists()
