"""The brief on screen: in its fixed order, on one screen, every harm with its age, nothing wider than the pane."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor_tui.actions.execute import execute
from advisor_tui.cli.plain import brief_text
from advisor_tui.domain import bodies as b
from advisor_tui.domain.permissions import Person
from advisor_tui.language import set_language
from advisor_tui.store.journal import Journal
from advisor_tui.store.reads.brief import Brief, read_life
from advisor_tui.store.reads.connection import open_reads
from advisor_tui.store.workspace import Workspace
from advisor_tui.tui.brief import BriefView
from advisor_tui.tui.brief_rows import brief_lines, harm_line, short_brief
from advisor_tui.tui.ink import Line, line_width
from tests.store.house import CLAIRE, PARIS, PAUL, RULES, House
from tests.tui.conftest import MakeApp
from tests.tui.driving import open_named, ready, settled, widget_text

SCREEN = (78, 22)
"""Cells and rows of the brief on a terminal of 80 x 24."""
TITLES = ("First", "They said", "Promises", "They have", "Choices", "Known by")


def texts(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ink in line).rstrip() for line in lines]


def titles(lines: list[Line]) -> list[str]:
    found = [line[0][0].strip() for line in lines if line and line[0][1] == "heading" and line[0][0].strip()]
    return [title for title in found if title != "→"]  # what comes next stands under the title of the screen


def brief_of(house: House, customer: str) -> Brief:
    life = read_life(house.reads, customer, house.clock.now().astimezone(PARIS), RULES)
    assert life is not None
    return life.brief


def full(house: House) -> Brief:
    """A customer with something in every section."""
    wish = b.Preference(key="canal", value="courrier", at="2019-04-09", source="dit au téléphone")
    number = b.Identifier(kind="phone", value="06 39 98 11 22")
    her = house.customer("Adèle Fontanel", since="1994-03-12", team="Mobile", preferences=[wish], identifiers=[number])
    extra = {"included": [{"name": "Messagerie", "used": False}]}
    house.record("holding_recorded", her, b.HoldingRecorded(product="Forfait", from_="1999-05-01", extra=extra))
    case = house.case(her, kind="dispute", subject="Frais de rejet")
    house.do(
        "log_contact", case=case, channel="letter", subject="Preuve", body="J'ai payé le 2.", received_on="2026-11-09"
    )
    complaint = house.do("take_complaint", case=case, points=["Coupure", "Silence"]).made["complaint"]
    house.do("acknowledge_complaint", complaint=complaint)
    house.do(
        "state_situation",
        case=case,
        quote="J'ai payé et on me menace.",
        restated="Paiement non retrouvé.",
        confirmed=True,
    )
    house.do("plan_work", case=case, what="Refaire la facture", due="+0", department="billing")
    house.do("make_commitment", case=case, text="Frais rendus", due="2026-11-23")
    house.do("state_stake", PAUL, customer=her, level="vital", words="Ma mère est sous oxygène.")
    house.do("set_permission", customer=her, purpose="prospecting", granted=False, basis="dit", channel="phone")
    house.do("state_fact", customer=her, key="travail", value="de nuit", source="appel")
    house.do("set_relation", customer=her, preferred="Claire Morel", second="Paul Ndiaye")
    house.clock.advance(days=1)
    return brief_of(house, her)


def test_every_section_in_its_fixed_order_on_one_screen(house: House) -> None:
    set_language("en")
    brief = full(house)
    lines = brief_lines(brief, house.clock.now().astimezone(PARIS), *SCREEN)
    assert titles(lines) == list(TITLES)
    assert len(lines) <= SCREEN[1]
    assert all(line_width(line) <= SCREEN[0] for line in lines)
    shown = "\n".join(texts(lines))
    for words in (
        "Held: no cut-off, collection, penalty, closing, because:", "letter unanswered for 13\N{NO-BREAK SPACE}d · Preuve",
        "Dispute open for 1 day", "Complaint: answer by 4 Dec", "Awaited from billing since yesterday", "Vital to this customer",
        "“J'ai payé et on me menace.”", "✓ Understood, they agreed: Paiement non retrouvé.", "Frais rendus", "keep or warn by tomorrow",
        "included, not used yet: Messagerie", "Nothing to offer: a dispute is open", "usual advisor", "Paul Ndiaye",
    ):  # fmt: skip
        assert words in shown, f"{words} is not in:\n{shown}"


def test_a_customer_with_two_hundred_contacts_has_one_screen_too(house: House) -> None:
    set_language("en")
    full(house)
    her = house.rows("SELECT id FROM customer_view")[0][0]
    case = house.case(her, kind="dispute", subject="Encore les frais")
    with house.journal.transaction() as unit:
        at = unit.now_ms()
        for number in range(200):
            body = b.ContactLogged(
                id=unit.new_id(), channel=("phone", "letter", "email", "web")[number % 4], direction="inbound",
                at=f"2026-0{1 + number % 9}-05T10:00:00+01:00", subject=f"Relance {number}", body="Toujours rien.", answered=number % 3 > 0,
            )  # fmt: skip
            unit.append(unit.event("contact_logged", her, body, at=at - number * 86_400_000, actor="import", txn=unit.new_id(), case_id=case))  # fmt: skip
    brief = brief_of(house, her)
    lines = brief_lines(brief, house.clock.now().astimezone(PARIS), *SCREEN)
    assert titles(lines) == list(TITLES)
    assert len(lines) <= SCREEN[1]
    assert "Held: no cut-off" in "\n".join(texts(lines))


@pytest.mark.parametrize("width", [20, 29, 60, 78, 140])
def test_no_line_is_wider_than_its_pane(house: House, width: int, lang: str) -> None:
    set_language(lang)
    brief, now = full(house), house.clock.now().astimezone(PARIS)
    for height in (0, 10, 22, 40):
        assert all(line_width(line) <= width for line in brief_lines(brief, now, width, height))
    assert line_width(short_brief(brief, width)[0]) <= width


def test_what_does_not_fit_is_counted_and_the_whole_brief_says_all(house: House) -> None:
    set_language("en")
    customer, now = house.customer(), house.clock.now().astimezone(PARIS)
    case = house.case(customer)
    for number in range(9):
        house.do(
            "log_contact", case=case, channel="letter", subject=f"Lettre {number}", body="…", received_on="2026-11-09"
        )
        house.do("state_fact", customer=customer, key=f"fait {number}", value="oui", source="appel")
    brief = brief_of(house, customer)
    small = "\n".join(texts(brief_lines(brief, now, *SCREEN)))
    assert "more" in small
    assert len(small.splitlines()) <= SCREEN[1]
    whole = "\n".join(texts(brief_lines(brief, now, 100)))
    for number in range(9):
        assert f"Lettre {number}" in whole
        assert f"fait {number}" in whole


def test_the_oldest_of_each_kind_of_reason_is_always_named(house: House) -> None:
    set_language("en")
    customer = house.customer()
    case = house.case(customer, kind="dispute", subject="Frais")
    for number in range(6):
        house.do(
            "log_contact",
            case=case,
            channel="letter",
            subject=f"Lettre {number}",
            body="…",
            received_on=f"2026-11-0{number + 1}",
        )
    house.do("take_complaint", case=case, points=["Attente"])
    shown = "\n".join(texts(brief_lines(brief_of(house, customer), house.clock.now().astimezone(PARIS), 78, 8)))
    assert "Lettre 0" in shown
    assert "Dispute open" in shown
    assert "Complaint: acknowledge by Tuesday" in shown
    assert "and 5 more" in shown


def test_an_old_fact_says_so(house: House) -> None:
    set_language("en")
    customer = house.customer()
    house.do("state_fact", customer=customer, key="travail", value="de nuit", source="appel")
    now = house.clock.now().astimezone(PARIS)
    assert ", old" not in "\n".join(texts(brief_lines(brief_of(house, customer), now, 78)))
    house.clock.advance(days=800)
    now = house.clock.now().astimezone(PARIS)
    assert "21 Nov 2026, appel, old" in "\n".join(texts(brief_lines(brief_of(house, customer), now, 78)))


@pytest.mark.parametrize(
    ("state", "words"), [("done", "Cut-off done today"), ("asked", "Cut-off asked, waits for a second person")]
)
def test_an_act_against_them_is_told(house: House, state: str, words: str) -> None:
    set_language("en")
    customer = house.customer()
    if state == "asked":
        house.do("state_stake", customer=customer, level="vital", words="Oxygène.")
    house.do("ask_adverse_act", customer=customer, act="cut_off", by="recouvrement")
    assert words in "\n".join(texts(brief_lines(brief_of(house, customer), house.clock.now().astimezone(PARIS), 78)))


def test_the_head_says_the_hold_and_nothing_where_nothing_threatens(house: House) -> None:
    set_language("en")
    calm = brief_of(house, house.customer())
    now = house.clock.now().astimezone(PARIS)
    assert harm_line(calm, now) == []
    assert "protective hold" in texts([harm_line(full(house), now)])[0]


def told(house: House, customer: str) -> list[str]:
    return texts(brief_lines(brief_of(house, customer), house.clock.now().astimezone(PARIS), *SCREEN))


def test_calm_is_said_where_there_is_calm(house: House) -> None:
    set_language("en")
    customer, calm = house.customer(), "✓ Nothing late, nothing unanswered, no protective hold"
    assert calm in "\n".join(told(house, customer))
    house.do("make_commitment", case=house.case(customer, next_on="+9"), text="Rappel", due="+2")
    assert calm in "\n".join(told(house, customer))
    house.clock.advance(days=4)
    assert calm not in "\n".join(told(house, customer)), "a promise is overdue"
    other = house.customer()
    house.case(other, next_on="+2")
    house.clock.advance(days=4)
    assert calm not in "\n".join(told(house, other)), "a step is late"


def test_an_act_that_was_put_right_is_told_but_one_that_stands_comes_first(house: House) -> None:
    set_language("en")
    customer = house.customer()
    act = house.do("ask_adverse_act", customer=customer, act="cut_off", by="recouvrement").made["act"]
    house.clock.advance(hours=2)
    house.do("reverse_adverse_act", act=act, words="Rétablie, avec nos excuses.")
    undone = ["First      ○ Cut-off today, act undone today 11:00", "             to be checked · recouvrement"]
    assert told(house, customer)[2:4] == undone
    house.clock.advance(minutes=1)
    house.do("log_contact", customer=customer, channel="phone", direction="inbound", body="Tout remarche, merci.")
    assert "First      ○ Cut-off today, act undone today 11:00 · recouvrement" in told(house, customer)
    house.do("ask_adverse_act", customer=customer, act="cut_off", by="recouvrement")
    for _number in range(2):
        fine = house.do("ask_adverse_act", customer=customer, act="penalty", by="facturation").made["act"]
        house.do("reverse_adverse_act", act=fine, words="Rendue.")
    assert told(house, customer)[2].startswith("First      ▲ Cut-off done today")
    assert "○ Penalty today, act undone today" in "\n".join(told(house, customer))


def test_whether_anything_may_be_offered_is_said_plainly(house: House) -> None:
    set_language("en")
    customer = house.customer()

    def allow(channel: str, granted: bool) -> str:
        given = {"customer": customer, "purpose": "prospecting", "channel": channel, "granted": granted}
        house.do("set_permission", CLAIRE, **given, basis="lettre")
        return "\n".join(told(house, customer))

    assert "Do not call them to sell: no agreement on record" in "\n".join(told(house, customer))
    assert "Nothing to offer by call: they said no" in allow("phone", False)
    assert "May be offered something by e-mail, not by call\n" in allow("email", True)
    assert "Offers: call no · e-mail yes" in "\n".join(told(house, customer))
    assert "May be offered something by e-mail, not by call" in allow("phone", False)
    assert "Nothing to offer: they objected" in allow("", False)
    assert "May be offered something by e-mail, any channel, not by call" in allow("", True)
    case = house.case(customer, kind="dispute", subject="Frais")
    assert "Nothing to offer: a dispute is open" in "\n".join(told(house, customer))
    house.do("settle_dispute", case=case, outcome="settled", words="D'accord.")
    assert "Nothing to offer until 19 Feb 2027: a dispute has just ended" in "\n".join(told(house, customer))


def test_in_plain_text_the_brief_has_all_its_sections(house: House) -> None:
    set_language("en")
    lines = "\n".join(brief_text(full(house), house.clock.now().astimezone(PARIS)))
    places = [lines.index(title) for title in TITLES]
    assert places == sorted(places)


def test_the_brief_of_every_demo_customer_fits_the_smallest_screen(demo: Path, lang: str) -> None:
    set_language(lang)
    workspace = Workspace(demo)
    connection, now = open_reads(workspace.database), workspace.clock().now().astimezone(workspace.zone)
    ids = [row[0] for row in connection.execute("SELECT id FROM customer_view WHERE id = root")]
    assert len(ids) > 10
    for id_ in ids:
        life = read_life(connection, id_, now, RULES)
        assert life is not None
        assert len(brief_lines(life.brief, now, *SCREEN)) <= SCREEN[1], life.brief.head.name
    connection.close()


async def test_the_pane_says_more_when_the_terminal_grows(make_app: MakeApp) -> None:
    app = make_app("en")
    assert app.backend is not None
    workspace = app.backend.workspace
    journal = Journal(workspace.database, workspace.clock())
    with journal.reading() as connection:
        query = "SELECT id FROM customer_view WHERE name LIKE 'Étienne Roussel%'"
        customer = connection.exec_driver_sql(query).scalar()
    for number in range(8):
        given = {"customer": customer, "key": f"fact {number}", "value": "yes", "source": "call"}
        execute(journal, "state_fact", given, Person("Claire Morel", "Mobile"), RULES)
    journal.close()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        desk = await open_named(pilot, "Étienne Roussel")
        desk.show_pane(desk.brief_view)
        await settled(pilot)
        small = widget_text(desk.query_one(BriefView))
        assert small.lstrip().startswith("Before you speak")
        assert "Known by" in small
        assert "fact 0" not in small
        assert "z shows all" in small
        await pilot.press("z", "pagedown", "pagedown")
        await settled(pilot)
        assert "fact 0" in widget_text(desk.query_one(BriefView))
        await pilot.press("z")
        await settled(pilot)
        assert widget_text(desk.query_one(BriefView)) == small
        await pilot.resize_terminal(99, 60)
        await settled(pilot)
        assert "fact 0" in widget_text(desk.query_one(BriefView))
