"""`advisor guard` and `advisor progress`: what other programs ask, and what a customer may read."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Cli


def opened(cli: Cli, name: str = "Hugo Castellane") -> tuple[str, str]:
    customer = cli.done(
        "open_case", customer=cli.customer(name), subject="Facture contestée", next_step="Rappeler", next_on="+2"
    )
    return str(customer["customer"]), str(customer["made"]["case"])


class TestGuard:
    def free(self, cli: Cli) -> str:
        """Somebody in whose way nothing stands."""
        return str(
            cli.done("open_case", customer=self.known(cli), subject="x", next_step="y", next_on="+1")["customer"]
        )

    def known(self, cli: Cli) -> str:
        lines = cli.home.parent / "neuve.jsonl"
        lines.write_text(json.dumps({"v": 1, "type": "customer", "id": "neuve", "name": "Nina Neuve"}) + "\n")
        assert cli("import", lines).status == 0
        return "neuve"

    def test_nothing_stands_in_the_way(self, cli: Cli) -> None:
        customer = self.free(cli)
        answer = cli("guard", "neuve", "--act", "cut_off", "--json")
        assert (answer.status, answer.json) == (
            0, {"customer": customer, "act": "cut_off", "may": True, "needs_second": False, "reasons": []},
        )  # fmt: skip
        assert cli("guard", "neuve", "--act", "cut_off").status == 0

    def test_a_letter_holds_and_is_named_with_its_age(self, cli: Cli) -> None:
        customer = self.free(cli)
        letter = cli.done(
            "log_contact", customer=customer, channel="letter", body="J'ai payé le 2.", received_on="2026-11-01"
        )
        answer = cli("guard", "neuve", "--act", "collection", "--json")
        assert answer.status == 4
        (reason,) = answer.json["reasons"]
        assert (reason["kind"], reason["id"], reason["channel"]) == ("unanswered", letter["made"]["contact"], "letter")
        assert reason["days"] >= 0
        said = cli("guard", "neuve", "--act", "collection")
        assert said.status == 4
        assert "J'ai payé le 2." in said.out
        assert cli("guard", "neuve", "--act", "collection").out.count("\n") == 2

    def test_vital_needs_a_second_person(self, cli: Cli) -> None:
        customer = self.free(cli)
        cli.done("state_stake", customer=customer, level="vital", words="Alarme.")
        answer = cli("guard", "neuve", "--act", "cut_off", "--json")
        assert (answer.status, answer.json["needs_second"], answer.json["reasons"]) == (4, True, [])
        assert cli("guard", "neuve", "--act", "cut_off").out.strip()

    @pytest.mark.parametrize(("name", "act", "status"), [("nobody", "cut_off", 1), ("neuve", "party", 2)])
    def test_what_makes_no_sense(self, cli: Cli, name: str, act: str, status: int) -> None:
        self.free(cli)
        assert cli("guard", name, "--act", act, "--json").status == status


class TestDoing:
    def test_a_held_act_says_what_it_waits_for_and_does_not_end_well(self, cli: Cli) -> None:
        customer = TestGuard().free(cli)
        cli.done("log_contact", customer=customer, channel="letter", body="J'ai payé le 2.", received_on="2026-11-01")
        given = ("do", "ask_adverse_act", "--set", "customer=neuve", "--set", "act=cut_off", "--set", "by=recouvrement")
        said = cli(*given)
        assert said.status == 4, "a script that goes on after 0 must not cut off"
        assert "J'ai payé le 2." in said.out
        answer = cli(*given, "--json")
        assert answer.status == 4
        assert answer.json["made"]["state"] == "refused"
        assert [reason["kind"] for reason in answer.json["guard"]["reasons"]] == ["unanswered"]

    def test_an_act_that_nothing_stands_against_is_done(self, cli: Cli) -> None:
        TestGuard().free(cli)
        answer = cli(
            "do", "ask_adverse_act", "--set", "customer=neuve", "--set", "act=penalty", "--set", "by=x", "--json"
        )
        assert (answer.status, answer.json["made"]["state"]) == (0, "done")
        assert "guard" not in answer.json

    def test_masked_numbers_are_said(self, cli: Cli) -> None:
        _customer, case = opened(cli)
        said = cli("do", "add_note", "--set", f"case={case}", "--set", "text=carte 4970 1000 0000 0055")
        assert said.status == 0
        assert "masqué" in said.out or "masked" in said.out


class TestProgress:
    def test_what_was_done_and_what_comes_in_the_customers_language(self, cli: Cli) -> None:
        _customer, case = opened(cli)
        done = cli.done("plan_work", case=case, what="Lire la preuve", due="+2", progress="Votre preuve est lue")
        cli.done("settle_work", work=done["made"]["work"])
        cli.done(
            "plan_work",
            case=case,
            what="Avoir interne",
            due="+5",
            department="billing",
            progress="Vos frais sont rendus",
        )
        cli.done("plan_work", case=case, what="Envoyer le RIB", due="+4", side="customer")
        answer = cli("progress", case, "--language", "fr", "--json").json
        kinds = [step["kind"] for step in answer["steps"]]
        assert kinds == ["done", "ours", "yours"]
        text = "\n".join(answer["lines"])
        assert "Vos frais sont rendus" in text
        assert "billing" not in text
        assert "Avoir interne" not in text
        assert cli("progress", case, "--language", "fr").out.splitlines() == answer["lines"]
        english = cli("progress", case, "--language", "en").out
        assert "We do this by" in english

    def test_never_more_than_eight_lines_and_one_first_name(self, cli: Cli) -> None:
        _customer, case = opened(cli)
        for number in range(12):
            made = cli.done("plan_work", case=case, what=f"Étape {number}", due="+3")
            if number < 4:
                cli.done("settle_work", work=made["made"]["work"])
        lines = cli("progress", case).out.splitlines()
        assert len(lines) == 8
        assert lines[-1].endswith("Claire")

    def test_a_customer_stands_for_the_only_case_that_goes_on(self, cli: Cli) -> None:
        customer = TestGuard().free(cli)
        assert cli("progress", "neuve").status == 0
        second = cli.done("open_case", customer=customer, subject="Deuxième", next_step="y", next_on="+1")["made"][
            "case"
        ]
        several = cli("progress", "neuve")
        assert several.status == 2
        assert f"{second}  Deuxième" in several.err
        assert cli("progress", second).status == 0

    def test_a_promise_that_was_broken_is_owned_up_to(self, cli: Cli) -> None:
        _customer, case = opened(cli)
        promise = cli.done("make_commitment", case=case, text="Rappel", due="+1")["made"]["commitment"]
        cli.done("break_commitment", commitment=promise, words="Nos excuses.", new_due="+3")
        english = cli("progress", case, "--language", "en").out
        assert "and not kept, with our apologies: Rappel" in english
        assert "it moved" not in english

    def test_without_steps_the_next_one(self, cli: Cli) -> None:
        _customer, case = opened(cli)
        assert "Rappeler" in cli("progress", case).out

    def test_what_makes_no_sense(self, cli: Cli) -> None:
        assert cli("progress", "nothing").status == 1
        _customer, case = opened(cli)
        assert cli("progress", case, "--language", "xx").status == 2
