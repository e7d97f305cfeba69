"""A customer is found by anything they were ever known by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_tui.domain import bodies as b
from advisor_tui.store.reads.find import Finder, Found
from tests.store.house import House


@pytest.fixture
def people(house: House) -> dict[str, str]:
    """Five customers, one of them under two records."""
    number = b.Identifier
    ids = {
        "zoe": house.customer(
            "Zoé Lefèvre",
            identifiers=[
                number(kind="phone", value="06 39 98 11 22"),
                number(kind="email", value="zoe.lefevre@exemple.fr"),
                number(kind="contract", value="AB-2003-0417", to="2009-06-30"),
                number(kind="former_name", value="Zoé Castellane", to="2011-05-01"),
            ],
            since="2003-02-01",
        ),
        "roussel": house.customer(
            "Marguerite Roussel-Anglade", identifiers=[number(kind="account", value="7781 204 556")]
        ),
        "obrien": house.customer("Siobhán O’Brien", team="Fibre"),
        "nguyen": house.customer("Nguyễn Thị Hương"),
        "old": house.customer(
            "M. Roussel", since="1994-03-01", identifiers=[number(kind="phone", value="01 44 55 66 77")]
        ),
    }
    house.do("merge_customers", keep=ids["roussel"], absorb=ids["old"])
    return ids


def find(house: House, text: str) -> list[Found]:
    return Finder(house.reads).find(text)


@pytest.mark.parametrize(
    ("typed", "who", "reason"),
    [
        ("Zoé Lefèvre", "zoe", "name"),
        ("zoe lefevre", "zoe", "name"),
        ("LEFÈVRE", "zoe", "name"),
        ("lefevre zoe", "zoe", "name"),
        ("lef", "zoe", "name"),
        ("Lefèvre, Zoé", "zoe", "name"),
        ("zoe\u0301", "zoe", "name"),
        ("o'brien", "obrien", "name"),
        ("O’BRIEN Siobhan", "obrien", "name"),
        ("nguyen thi huong", "nguyen", "name"),
        ("anglade", "roussel", "name"),
        ("castellane", "zoe", "former_name"),
        ("zoe castel", "zoe", "former_name"),
        ("06 39 98 11 22", "zoe", "phone"),
        ("+33 6 39 98 11 22", "zoe", "phone"),
        ("0033639981122", "zoe", "phone"),
        ("06.39.98.11.22", "zoe", "phone"),
        ("ZOE.LEFEVRE@exemple.fr", "zoe", "email"),
        ("zoe.lefevre@", "zoe", "name"),
        ("AB-2003-0417", "zoe", "contract"),
        ("ab20030417", "zoe", "contract"),
        ("7781204556", "roussel", "account"),
        ("1122", "zoe", "phone"),
        ("204 556", "roussel", "account"),
        ("lefevr", "zoe", "name"),
        ("lefevrez", "zoe", "spelling"),
        ("lefvere", "zoe", "spelling"),
        ("lefvre", "zoe", "spelling"),
        ("roussle anglade", "roussel", "spelling"),
        ("margueritte", "roussel", "spelling"),
        ("siobhna", "obrien", "spelling"),
        ("01 44 55 66 77", "roussel", "phone"),
    ],
)  # fmt: skip
def test_a_customer_is_found_by_anything(
    house: House, people: dict[str, str], typed: str, who: str, reason: str
) -> None:
    found = find(house, typed)
    assert [item.id for item in found[:1]] == [people[who]]
    if (typed, who) != ("roussel", "roussel"):
        assert found[0].reason == reason


def test_two_records_merged_answer_once_with_the_one_that_stands_for_both(house: House, people: dict[str, str]) -> None:
    found = find(house, "roussel")
    assert [item.id for item in found] == [people["roussel"]]
    assert found[0].name == "Marguerite Roussel-Anglade"
    house.do("unmerge_customers", customer=people["old"])
    assert {item.id for item in find(house, "roussel")} == {people["roussel"], people["old"]}


def test_an_exact_number_comes_before_a_name_and_a_name_before_a_near_spelling(house: House) -> None:
    near = house.customer("Lefeuvre Zoé")
    named = house.customer("Zoé Lefèvre")
    assert [item.id for item in find(house, "lefevre")] == [named, near]
    numbered = house.customer("Zoé Lefèvre", identifiers=[b.Identifier(kind="account", value="lefevre")])
    assert next(item.id for item in find(house, "lefevre")) == numbered


def test_a_former_name_added_today_is_found_by_a_near_spelling_on_the_same_connection(house: House) -> None:
    customer = house.customer("Ana Petit")
    finder = Finder(house.reads)
    assert finder.find("castelane") == []
    house.do("add_identifier", customer=customer, kind="former_name", value="Ana Castellane")
    assert [item.id for item in finder.find("castelane")] == [customer]


@pytest.mark.parametrize("typed", ["", " ", "!!", "«»", "👍", '"', "*", "''"])
def test_nothing_to_look_for_finds_nobody(house: House, people: dict[str, str], typed: str) -> None:
    assert find(house, typed) == []


def test_nobody_is_found_under_a_name_that_nobody_has(house: House, people: dict[str, str]) -> None:
    assert find(house, "wxyzwxyz") == []
    assert find(house, "999888777666") == []


@given(typed=st.text(max_size=25) | st.text('":*()-^+{}AND OR NOT NEAR é👍', max_size=25))
def test_nothing_typed_can_break_the_search_for_a_customer(house: House, typed: str) -> None:
    if not house.rows("SELECT 1 FROM customer_view LIMIT 1"):
        house.customer("Zoé Lefèvre")
    find(house, typed)
