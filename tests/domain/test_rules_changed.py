"""What a team lays over the pack: only what it says, only when it says, and never without a reason."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import to_builtins

from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.rules import META, Rules, Span, each_table, next_open
from advisor_tui.store.rulebook import load_rules, read_book, workspace_book, workspace_rules
from advisor_tui.store.workspace import Settings, Workspace

TODAY = date(2026, 11, 21)
PACK = load_rules("fr")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "rules.toml"


def differing(rules: Rules) -> set[str]:
    """The tables and keys in which `rules` are not the pack's."""
    before, after = ({table: to_builtins(made) for table, made in each_table(one)} for one in (PACK, rules))
    return {
        f"{'.'.join(table)}.{key}"
        for table, made in after.items()
        for key in made
        if before.get(table, {}).get(key) != made[key]
    }


def test_without_a_file_of_its_own_a_team_has_the_pack(own: Path) -> None:
    assert load_rules("fr", own) is PACK
    assert load_rules("fr", own, TODAY) == load_rules("fr")
    own.write_text("# nothing yet\n")
    assert load_rules("fr", own) == PACK


def test_only_what_is_said_changes(own: Path) -> None:
    own.write_text(
        "[desk]\nold_fact_months = 5\nnote = 'réunion du 12 novembre'\n\n"
        "[complaints.telecoms]\nanswer = { count = 15, unit = 'ouvre' }\nnote = 'notre engagement'\n\n"
        "[canvassing.pressure]\nmax_calls = 2\nnote = 'assez'\n\n"
        "[gestures]\nper_case = '45.50'\nnote = 'Noël'\n",
        encoding="utf-8",
    )
    rules = load_rules("fr", own, TODAY)
    assert differing(rules) == {
        "desk.old_fact_months", "desk.note", "complaints.telecoms.answer", "complaints.telecoms.note",
        "canvassing.pressure.max_calls", "canvassing.pressure.note", "gestures.per_case", "gestures.note",
    }  # fmt: skip
    assert (rules.desk.old_fact_months, rules.desk.note) == (5, "réunion du 12 novembre")
    assert rules.complaints["telecoms"].answer == Span(15, "ouvre")
    assert rules.gestures.per_case == Decimal("45.50")
    assert load_rules("fr") is PACK, "and the pack itself stays as it was"
    assert PACK.desk.old_fact_months == 24


def test_a_team_may_name_departments_and_sectors_of_its_own(own: Path) -> None:
    own.write_text(
        "[departments.shop]\nlead = { count = 1, unit = 'ouvrable' }\nmax_promises_per_day = 3\n"
        "effective_from = 2026-01-01\nsource = 'La boutique'\nnote = 'elle promet aussi'\n"
    )
    rules = load_rules("fr", own, TODAY)
    assert set(rules.departments) == {*PACK.departments, "shop"}
    assert rules.departments["shop"].lead == Span(1, "ouvrable")
    assert set(PACK.departments) == {"billing", "network", "logistics"}


def test_a_team_that_is_there_on_saturdays_says_so(own: Path) -> None:
    saturday = date(2026, 11, 21)
    assert next_open(PACK.calendar, saturday) == date(2026, 11, 23)
    own.write_text("[calendar]\nopen_weekdays = [1, 2, 3, 4, 5, 6]\nnote = 'ouverts le samedi'\n")
    assert next_open(load_rules("fr", own, TODAY).calendar, saturday) == saturday


DATED = "[offers]\nrefused_days = 365\nnote = 'essai'\neffective_from = 2026-12-01\neffective_to = 2026-12-31\n"


@pytest.mark.parametrize(
    ("on", "days"),
    [("2026-11-30", 180), ("2026-12-01", 365), ("2026-12-31", 365), ("2027-01-01", 180)],
)
def test_a_dated_change_holds_between_its_dates_and_else_the_pack_does(own: Path, on: str, days: int) -> None:
    own.write_text(DATED)
    book = read_book("fr", own, date.fromisoformat(on))
    assert book.rules.offers.refused_days == days
    assert [(change.table, change.keys, change.holds) for change in book.changes] == [
        (("offers",), ("refused_days",), days == 365)
    ]
    assert book.changes[0].made.source == PACK.offers.source


def test_a_change_of_dates_alone_moves_the_pack_s_table(own: Path) -> None:
    own.write_text("[canvassing.consent]\neffective_from = 2027-03-01\nnote = 'reporté'\n")
    rules = load_rules("fr", own, TODAY)
    assert rules.canvassing.consent.state(TODAY) == "not_yet"
    assert rules.canvassing.consent.channels == ("phone",)


def test_without_a_day_every_change_is_laid_over(own: Path) -> None:
    own.write_text(DATED)
    assert load_rules("fr", own).offers.refused_days == 365


def test_a_workspace_has_the_rules_of_its_home_and_of_its_own_day(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert workspace_rules(workspace) is PACK
    (tmp_path / "rules.toml").write_text(DATED)
    for clock, days in (("2026-11-30T23:30:00+01:00", 180), ("2026-11-30T23:30:00+00:00", 365)):
        workspace.save(Settings(clock=clock))
        assert workspace_rules(workspace).offers.refused_days == days, "the day is the one in Paris"
    assert workspace_book(workspace, date(2027, 1, 1)).rules.offers.refused_days == 180
    workspace.save(Settings(rules="general"))
    (tmp_path / "rules.toml").unlink()
    assert workspace_rules(workspace).name == "general"


def test_a_change_is_seen_at_the_next_reading(own: Path) -> None:
    for days in (3, 4):
        own.write_text(f"[desk]\nold_fact_months = {days}\nnote = 'x'\n")
        assert load_rules("fr", own, TODAY).desk.old_fact_months == days


def test_a_link_to_nothing_is_not_taken_for_no_file(own: Path) -> None:
    own.symlink_to(own.parent / "gone.toml")
    with pytest.raises(Invalid, match="cannot be read"):
        load_rules("fr", own)


@given(
    st.dictionaries(
        st.sampled_from(["warn_before_hours", "old_fact_months", "max_promises_per_day"]),
        st.integers(1, 10_000),
        min_size=1,
    )
)
def test_any_keys_of_a_table_change_alone(tmp_path_factory: pytest.TempPathFactory, keys: dict[str, int]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text("[desk]\nnote = 'x'\n" + "".join(f"{key} = {value}\n" for key, value in keys.items()))
    rules = load_rules("fr", path)
    for key in PACK.desk.__struct_fields__:
        if key not in META:
            assert getattr(rules.desk, key) == keys.get(key, getattr(PACK.desk, key))
    assert differing(rules) <= {f"desk.{key}" for key in (*keys, "note")}


def test_the_examples_of_the_documentation_are_some(own: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
    example, *others = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    for other in others:
        own.write_text(other, encoding="utf-8")
        assert all(change.holds for change in read_book("fr", own, TODAY).changes)
    assert len(others) == 1
    own.write_text(example, encoding="utf-8")
    book = read_book("fr", own, TODAY)
    assert [(change.table, change.holds) for change in book.changes] == [
        (("desk",), True), (("calendar",), True), (("departments", "shop"), False),
    ]  # fmt: skip
    assert read_book("fr", own, date(2026, 12, 1)).rules.departments["shop"].lead == Span(1, "ouvrable")
