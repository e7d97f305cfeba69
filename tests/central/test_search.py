"""Customers of every team are found on the server, on both dialects alike, whatever is typed."""

from __future__ import annotations

import time
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from advisor_tui.domain import bodies as b
from advisor_tui.gateways.seed import seed
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.errors import Denied
from advisor_tui.store.central.search import FoundCustomer, find_customers
from advisor_tui.store.central.tables import HOME
from advisor_tui.store.unit import TABLES
from tests.central.replaying import journal_of, replay, someone
from tests.store.house import House, SteppingClock


@pytest.fixture
def people(house: House, central: Central) -> dict[str, str]:
    """Six customers, one of them under two records."""
    number = b.Identifier
    ids = {
        "zoe": house.customer(
            "Zoé Lefèvre",
            identifiers=[
                number(kind="phone", value="06 39 98 11 22"),
                number(kind="email", value="zoe.lefevre@exemple.fr"),
                number(kind="contract", value="AB-2003-0417"),
                number(kind="former_name", value="Zoé Castellane", to="2011-05-01"),
            ],
        ),
        "roussel": house.customer(
            "Marguerite Roussel-Anglade", ext="C-77", identifiers=[number(kind="account", value="7781 204 556")]
        ),
        "obrien": house.customer("Siobhán O’Brien", team="Fibre", ext="crm:4410"),
        "nguyen": house.customer("Nguyễn Thị Hương"),
        "dvorak": house.customer("Анна Дворжак"),
        "old": house.customer("M. Roussel", identifiers=[number(kind="phone", value="01 44 55 66 77")]),
    }
    house.do("merge_customers", keep=ids["roussel"], absorb=ids["old"])
    replay(central, journal_of(house))
    return ids


def found(central: Central, typed: str, limit: int = 20) -> list[FoundCustomer]:
    return find_customers(central, someone(), typed, limit)


@pytest.mark.parametrize(
    ("typed", "who"),
    [
        ("Zoé Lefèvre", "zoe"),
        ("zoe lefevre", "zoe"),
        ("LEFÈVRE", "zoe"),
        ("lef", "zoe"),
        ("le zo", "zoe"),
        ("Lefèvre, Zoé", "zoe"),
        ("castellane", "zoe"),
        ("stella", "zoe"),
        ("lefvere", "zoe"),
        ("lefvre", "zoe"),
        ("06 39 98 11 22", "zoe"),
        ("+33 6 39 98 11 22", "zoe"),
        ("9811", "zoe"),
        ("zoe.lefevre@exemple.fr", "zoe"),
        ("AB-2003-0417", "zoe"),
        ("ab20030417", "zoe"),
        ("anglade", "roussel"),
        ("roussle anglade", "roussel"),
        ("margueritte", "roussel"),
        ("204 556", "roussel"),
        ("M. Roussel", "roussel"),
        ("01 44 55 66 77", "roussel"),
        ("o'brien", "obrien"),
        ("O’BRIEN siobhan", "obrien"),
        ("siobhna", "obrien"),
        ("crm:4410", "obrien"),
        ("4410", "obrien"),
        ("nguyen thi huong", "nguyen"),
        ("ДВОРЖАК", "dvorak"),
        ("двор", "dvorak"),
    ],
)  # fmt: skip
def test_a_customer_is_found_by_what_one_remembers(
    central: Central, people: dict[str, str], typed: str, who: str
) -> None:
    assert [customer.id for customer in found(central, typed)] == [people[who]]


def test_an_answer_tells_customers_of_one_name_apart(central: Central, people: dict[str, str]) -> None:
    with central.write() as connection:
        connection.execute(HOME.update().where(HOME.c.customer_id == people["obrien"]).values(stream="t2"))
    (zoe,), (roussel,), (obrien,) = found(central, "zoé"), found(central, "roussel"), found(central, "brien")
    assert (zoe.name, zoe.number, zoe.stream) == ("Zoé Lefèvre", "AB-2003-0417", "t1")
    assert (roussel.name, roussel.number) == ("Marguerite Roussel-Anglade", "7781 204 556")
    assert (obrien.team, obrien.number, obrien.stream) == ("Fibre", "crm:4410", "t2")


def test_what_is_known_exactly_comes_before_a_name_and_a_name_before_a_near_spelling(
    central: Central, house: House
) -> None:
    near = house.customer("Lefeuvre Zoé")
    part = house.customer("Ana Dulefevre")
    named = house.customer("Zoé Lefèvre")
    other = house.customer("Ana Lefèvre-Zidane")
    numbered = house.customer("Zoé Martin", identifiers=[b.Identifier(kind="account", value="lefevre")])
    house.customer("Paul Martin")
    replay(central, journal_of(house))
    assert [customer.id for customer in found(central, "lefevre")] == [numbered, other, named, part, near]
    assert [customer.id for customer in found(central, "lefevre", 3)] == [numbered, other, named]


@pytest.mark.parametrize("role", ["advisor", "lead", "admin"])
def test_who_advises_finds_customers_of_every_team(central: Central, people: dict[str, str], role: str) -> None:
    assert [c.id for c in find_customers(central, someone(role, ("c",)), "brien", 5)] == [people["obrien"]]


@pytest.mark.parametrize("role", ["trainer", "liaison", "", "Admin"])
def test_nobody_else_finds_anyone(central: Central, people: dict[str, str], role: str) -> None:
    with pytest.raises(Denied) as refused:
        find_customers(central, someone(role), "brien", 5)
    assert (refused.value.code, refused.value.status) == ("not_allowed", 403)


@pytest.mark.parametrize(
    "typed", ["", " ", "!!", "«»", "👍", '"', "*", "''", "%", "_", "\\", "\0", "\ud800", "%%%%", "___", "\0\0\0"]
)
def test_nothing_to_look_for_finds_nobody(central: Central, people: dict[str, str], typed: str) -> None:
    assert found(central, typed) == []


@pytest.mark.parametrize(
    "typed",
    [
        "wxyzwxyz", "999888777666", "zoe AND NOT lefevre", "' OR 1=1 --", "zoe:* & xyz", "name_text:zoe xyz", "l%zzz",
        "l_zzzzz", "zo\\u00e9 xyz", "$1 %s :query", "{parts} zoe", "x" * 10_000, "'" * 10_000, "\\" * 10_000,
        "zz " * 5_000,
    ],
)  # fmt: skip
def test_nobody_is_found_under_a_name_that_nobody_has(central: Central, people: dict[str, str], typed: str) -> None:
    assert found(central, typed) == []


@given(typed=st.text(max_size=25) | st.text("\":*()-^+{}&|!<>%_\\'\0AND OR NOT NEAR zoeé👍", max_size=40))
def test_nothing_typed_can_break_the_search(central: Central, house: House, typed: str) -> None:
    if not found(central, "zoe"):
        house.customer("Zoé Lefèvre")
        replay(central, journal_of(house))
    found(central, typed)


def test_a_name_that_no_index_was_made_for_is_stored_and_found_by_its_beginning(central: Central, house: House) -> None:
    hostile = [
        "Zoé " + "x" * 100_000,
        "Nul\0Nul",
        " ".join(f"mot{n}" for n in range(8_000)),
        "".join(chr(0x4E00 + n % 20_000) for n in range(30_000)),
        '\'%_\\ "Adèle" & | ! :*',
    ]
    numbers = [b.Identifier(kind="contract", value="".join(f"{n:04}" for n in range(3_000)))]
    ids = [house.customer(name, identifiers=numbers) for name in hostile]
    replay(central, journal_of(house))
    assert [customer.id for customer in found(central, "zoé xxxx")] == [ids[0]]
    assert [customer.id for customer in found(central, "nul")] == [ids[1]]
    assert [customer.id for customer in found(central, "mot77 mot1")] == [ids[2]]
    assert [customer.id for customer in found(central, "adele")] == [ids[4]]
    assert {customer.id for customer in found(central, "0012 0013")} <= set(ids)


def test_the_same_is_found_on_both_dialects(
    sqlite_url: str, postgresql_url: str, clock: SteppingClock, house: House
) -> None:
    seed(house.journal, 300, 3_000)
    events = journal_of(house)
    with closing(Central(sqlite_url, clock)) as one, closing(Central(postgresql_url, clock)) as other:
        replay(one, events)
        replay(other, events)
        names = [name for (name,) in house.rows("SELECT name FROM customer_view WHERE root = id ORDER BY id")]
        query = "SELECT value FROM identifier WHERE kind IN ('phone', 'contract', 'email') ORDER BY n"
        numbers = [number for (number,) in house.rows(query)]
        for typed in (*names[:80], *numbers[:80]):
            assert found(one, typed, 4) == found(other, typed, 4) != [], typed
        for typed in (number[-6:] for number in numbers[80:160]):
            assert found(one, typed) == found(other, typed), typed
        for name in names[80:160]:
            beginning = name.split()[-1][:5]
            first, second = found(one, beginning, 1), found(other, beginning, 1)
            assert first == second != [], beginning


def test_the_indexes_serve_each_step_on_postgresql(postgresql_url: str, clock: SteppingClock) -> None:
    with closing(Central(postgresql_url, clock)) as central, central.write() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for query, index in (
            ("customer_words(name_text, number_text) @@ '''zoe'':*'::tsquery", "customer_word"),
            ("left(name_text, 1000) LIKE '%%lefe%%'", "customer_name_part"),
            ("left(number_text, 1000) LIKE '%%0417%%'", "customer_number_part"),
            ("'lefvere' <%% left(name_text, 1000)", "customer_name_part"),
        ):
            plan = connection.exec_driver_sql(f"EXPLAIN SELECT id FROM customer_view WHERE {query}").scalars().all()
            assert any(f"on {index}" in line for line in plan), plan
        plan = connection.exec_driver_sql("EXPLAIN SELECT 1 FROM identifier WHERE norm = 'x'").scalars().all()
        assert any("identifier_norm" in line for line in plan), plan


@pytest.mark.slow
def test_a_search_among_many_customers_is_quick(central: Central) -> None:
    rows = [
        {
            "id": f"c{n}", "ext": f"crm:{n}", "root": f"c{n}", "name": f"Client{n % 997} Nom{n}", "kind": "person",
            "since": "", "language": "fr", "team": "", "preferred_advisor": "", "stake": "", "preferences": "[]",
            "name_text": f"client{n % 997} nom{n}", "number_text": f"0639{n:06} crm:{n}", "corrected": 0,
        }
        for n in range(50_000)
    ]  # fmt: skip
    with central.write() as connection:
        connection.execute(insert(TABLES["customer_view"]), rows)
    for typed in ("client12 nom", "nom4999", "9000123", "cleint12", "zzzzzz"):
        started = time.perf_counter()
        found(central, typed)
        assert time.perf_counter() - started < 1, typed
