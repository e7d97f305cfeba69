"""A rule pack, or a team's own rules, that cannot be used: refused with the file, the line, the key and what was expected."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_tui.domain.errors import Invalid
from advisor_tui.store.rule_check import LARGEST, line_of
from advisor_tui.store.rulebook import PACKS, load_rules, read_rules

FRENCH = (PACKS / "fr.toml").read_text(encoding="utf-8")


def line(text: str, start: str) -> int:
    """The line of `text` that begins with `start`; the first of them."""
    return next(number for number, one in enumerate(text.split("\n"), 1) if one.startswith(start))


def refused(path: Path, text: str) -> str:
    """The sentence that refuses the whole pack `text`."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as caught:
        read_rules(path)
    assert caught.value.details["path"] == str(path)
    return str(caught.value).removeprefix(f"{path}, ")


WRONG = [
    ("warn_before_hours = 24", "warn_before_hours = 'soon'", 'desk.warn_before_hours should be a whole number from 1 to 10000, not "soon"'),
    ("warn_before_hours = 24", "warn_before_hours = true", "desk.warn_before_hours should be a whole number from 1 to 10000, not true"),
    ("warn_before_hours = 24", "warn_before_hours = -1", "desk.warn_before_hours should be a whole number from 1 to 10000, not -1"),
    ("warn_before_hours = 24", "warn_before_hours = 1e999", "desk.warn_before_hours should be a whole number from 1 to 10000, not Infinity"),
    ("warn_before_hours = 24", f"warn_before_hours = {'9' * 90}", f"desk.warn_before_hours should be a whole number from 1 to 10000, not {'9' * 60}…"),
    ("refused_days = 180", "refused_days = 10001", "offers.refused_days should be a whole number from 0 to 10000, not 10001"),
    ("region = \"FR\"", "region = 7", "calendar.region should be a text, not 7"),
    ("region = \"FR\"", "region = \"FR-XX\"", 'calendar.region should be the name of one of the regions, not "FR-XX"'),
    ("open_weekdays = [1, 2, 3, 4, 5]", "open_weekdays = [0]", "calendar.open_weekdays should be a list of different weekdays, from 1 (Monday) to 7 (Sunday), not [0]"),
    ("open_weekdays = [1, 2, 3, 4, 5]", "open_weekdays = []", "calendar.open_weekdays should be a list of different weekdays, from 1 (Monday) to 7 (Sunday), not []"),
    ("open_weekdays = [1, 2, 3, 4, 5]", "open_weekdays = [1, 1]", "calendar.open_weekdays should be a list of different weekdays, from 1 (Monday) to 7 (Sunday), not [1, 1]"),
    ("open_from = 09:00:00", "open_from = \"9h\"", 'calendar.open_from should be a time such as 09:00:00, not "9h"'),
    ("open_from = 09:00:00", "open_from = \"09:00:00Z\"", 'calendar.open_from should be a time such as 09:00:00, not "09:00:00Z"'),
    ("open_to = 18:00:00", "open_to = 08:00:00", 'calendar.open_to should be a time after open_from, not "08:00:00"'),
    ("holidays = [", "holidays = [ { name = \"?\", month = 2, day = 30 },", "calendar.holidays should be days that exist in the calendar, not ["),
    ("holidays = [", "holidays = [ { name = \"?\", easter = 300 },", "calendar.holidays should be days that exist in the calendar, not ["),
    ("holidays = [", "holidays = [ { name = \"?\", moon = 3 },", 'calendar.holidays should be a list of days such as { name = "…", month = 5, day = 1 } or { name = "…", easter = 39 }, not ['),
    ('"FR" = []', '"FR" = [{ name = "?", month = 13, day = 1 }]', "calendar.regions should be days that exist in the calendar, not {"),
    ('"FR" = []', '"FR" = 3', "calendar.regions should be regions with their own days off, each a list of days, not {"),
    ("effective_from = 2016-08-10", "effective_from = \"hier\"", 'calendar.effective_from should be a date such as 2026-11-21, not "hier"'),
    ("effective_from = 2016-08-10", "effective_from = 2016-08-10T10:00:00", 'calendar.effective_from should be a date such as 2026-11-21, not "2016-08-10 10:00:00"'),
    ("effective_from = 2016-08-10", "effective_to = 2016-08-09\neffective_from = 2016-08-10", 'calendar.effective_to should be a date that is not before effective_from, not "2016-08-09"'),
    ("appear_after = { count = 2, unit = \"ouvre\" }", "appear_after = { count = 2, unit = \"week\" }", 'inbound.appear_after should be a span such as { count = 10, unit = "ouvre" }, in hour, day, ouvrable, ouvre or month, not {"count": 2, "unit": "week"}'),
    ("appear_after = { count = 2, unit = \"ouvre\" }", "appear_after = { count = -2, unit = \"ouvre\" }", 'inbound.appear_after should be a span such as { count = 10, unit = "ouvre" }, in hour, day, ouvrable, ouvre or month, not {"count": -2, "unit": "ouvre"}'),
    ("appear_after = { count = 2, unit = \"ouvre\" }", "appear_after = 2", 'inbound.appear_after should be a span such as { count = 10, unit = "ouvre" }, in hour, day, ouvrable, ouvre or month, not 2'),
    ("start = \"sent_or_received\"", "start = \"read\"", 'complaints.general.start should be one of: sent_or_received, received, not "read"'),
    ("acts = [", "acts = [\"shouting\", ", "hold.acts should be a list of: cut_off, collection, penalty, closing, not ["),
    ("vital_needs_second = true", "vital_needs_second = \"yes\"", 'hold.vital_needs_second should be true or false, not "yes"'),
    ("objection_stops = [\"prospecting\"]", "objection_stops = [\"spam\"]", 'offers.objection_stops should be a list of: service, prospecting, survey, not ["spam"]'),
    ("channels = [\"phone\"]", "channels = \"phone\"", 'canvassing.consent.channels should be a list of texts, not "phone"'),
    ("    { opens = 10:00:00, closes = 13:00:00 },", "    { opens = 10:00:00, closes = 09:00:00 },", "canvassing.hours.slots should be hours that close after they open, not ["),
    ("weekdays = [1, 2, 3, 4, 5]\nslots", "weekdays = [1, 2, 2]\nslots", "canvassing.hours.weekdays should be a list of different weekdays, from 1 (Monday) to 7 (Sunday), not [1, 2, 2]"),
    ("per_case = \"30.00\"", "per_case = \"much\"", 'gestures.per_case should be an amount between quotation marks, such as "30.00", not "much"'),
    ("per_case = \"30.00\"", "per_case = \"-1\"", 'gestures.per_case should be an amount between quotation marks, such as "30.00", not "-1"'),
    ("per_case = \"30.00\"", "per_case = \"nan\"", 'gestures.per_case should be an amount between quotation marks, such as "30.00", not "nan"'),
    ("per_case = \"30.00\"", "per_case = \"1.005\"", 'gestures.per_case should be an amount between quotation marks, such as "30.00", not "1.005"'),
    ("currency = \"EUR\"", "currency = \"euro\"", 'gestures.currency should be three capital letters, such as EUR, not "euro"'),
    ("effort_max = 7", "effort_max = 1", "surveys.effort_max should be a number above effort_min, not 1"),
    ("effort_max = 7", "effort_max = 8", "surveys.effort_max should be a whole number from 1 to 7, not 8"),
    ("effort_max = 7", "effort_max = 4", "surveys.easy_from should be a number between effort_min and effort_max, not 5"),
    ('"signals_on_time", "easy"]', '"signals_on_time", "easy", "repeated"]', "team.measures should be a list of five at most: one more needs one less. Of: ignored, harmed_while_pending, warned_before, signals_on_time, easy, repeated. None counts what a person did, not ["),
    ('"signals_on_time", "easy"]', '"calls_per_hour"]', 'team.measures should be a list of five at most: one more needs one less. Of: ignored, harmed_while_pending, warned_before, signals_on_time, easy, repeated. None counts what a person did, not ['),
    ('"signals_on_time", "easy"]', '"ignored"]', "team.measures should be a list in which nothing stands twice, not ["),
    ("source = \"RGPD, art. 12(3)\"", "source = \"\"", 'data_rights.source should be a text that is not empty, not ""'),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "said"), WRONG, ids=[after[:40] for _, after, _ in WRONG])
def test_a_wrong_value_is_named_with_its_line_and_what_was_expected(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    assert before in FRENCH
    text = FRENCH.replace(before, after, 1)
    sentence = refused(tmp_path / "mine.toml", text)
    number, _, rest = sentence.partition(": ")
    assert rest.startswith(said), sentence
    key = rest.split(" ")[0].rpartition(".")[2]
    at = text.split("\n")[int(number.removeprefix("line ")) - 1]
    assert re.match(rf"{key} =|\[calendar\.{key}\]", at), (sentence, at)
    # and it is the key of the right table: nothing of that name stands between
    header = next(one for one in reversed(text.split("\n")[: int(number.removeprefix("line "))]) if one.startswith("["))
    assert rest.split(" ")[0] in (f"{header.strip('[]')}.{key}", header.strip("[]"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", r"line 1: this is not TOML: Invalid value"),
        ("name = 'x'\n\n[desk\n", r"line 3: this is not TOML"),
        ("name = 'x'\nname = 'y'\n", r"line 2: this is not TOML: Cannot overwrite a value"),
        ("name = 'x'\n[desk]\na = '''\n\n", r"line 3: this is not TOML"),
        ("\ufeff\x00", r"line 1: this is not TOML"),
        ("x = " + "[" * 5000, r"line 1: this is not TOML"),
        ("x = " + "9" * 5000, r"line 1: this is not TOML"),
        ("name = 'x'", r"line 1: the table \[calendar\] is missing\."),
        ("name = 1\n[calendar]\n", r"line 1: name should be a text, not 1\."),
        ("desk = 3\nname = 'x'\n", r"line 1: the table \[calendar\] is missing\."),
    ],
)
def test_a_file_that_is_no_pack_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    assert re.match(said, refused(tmp_path / "mine.toml", text))


def test_a_table_or_a_key_too_many_or_too_few_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    extra = FRENCH + '\n[tariffs]\nprice = 3\nsource = "x"\n'
    assert refused(path, extra).startswith(
        f"line {line(extra, '[tariffs]')}: there is no table called tariffs. Tables: name, calendar,"
    )
    extra = FRENCH.replace("old_fact_months = 24", "old_fact_months = 24\nold_weight = 3")
    assert refused(path, extra).startswith(
        f"line {line(extra, 'old_weight')}: [desk] has no rule called old_weight. Rules there: "
    )
    less = FRENCH.replace("old_fact_months = 24\n", "")
    assert (
        refused(path, less)
        == f"line {line(less, '[desk]')}: [desk] lacks old_fact_months: a whole number from 1 to 10000."
    )
    less = FRENCH.replace('[desk]\nwarn_before_hours = 24\nold_fact_months = 24\nmax_promises_per_day = 20\neffective_from = 2026-01-01\nsource = "Default of this project"\n', "")  # fmt: skip
    assert refused(path, less) == "line 1: the table [desk] is missing."
    less = FRENCH.replace("[canvassing.pressure]", "[canvassing.pressing]")
    assert "there is no table called canvassing.pressing. Tables: consent, hours, pressure" in refused(path, less)
    less = FRENCH.replace("[complaints.general]", "[complaints.generic]")
    assert refused(path, less).endswith("the table [complaints.general] is missing.")
    flat = "hold = 3\n" + re.sub(r"\[hold\]\n(?:.+\n)+", "", FRENCH)
    assert refused(path, flat) == "line 1: hold should be a table, not 3."


def test_what_is_not_a_readable_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.toml"):
        with pytest.raises(Invalid, match="cannot be read"):
            read_rules(path)
    path = tmp_path / "latin.toml"
    path.write_bytes("name = 'été'".encode("latin-1"))
    with pytest.raises(Invalid, match="cannot be read"):
        read_rules(path)
    path.write_text("# " + "x" * LARGEST)
    with pytest.raises(Invalid, match=f"more than {LARGEST} bytes"):
        read_rules(path)


@pytest.mark.parametrize(
    ("text", "path", "number"),
    [
        ("a = 1\n\n[b]\n# c = 0\nc = 2\n", ("b", "c"), 5),
        ("a = '''\n[b]\nc = 1\n'''\n[b]\nc = 2", ("b", "c"), 6),
        ("b.c = 1", ("b", "c"), 1),
        ("x = 1\nb = { c = 1 }", ("b", "c"), 2),
        ("[b.d]\nc = 1\n[b]\nc = [\n 1,\n 2,\n]\n", ("b", "c"), 4),
        ('[b]\n"\\u0063" = 1', ("b", "c"), 2),
        ("[a]\n[b]\r\nc = 1\r\n", ("b",), 2),
        ("a = [\n 1,\n 2,\n 3,\n 4,\n]\nb = 2\n", ("b",), 7),
        ("a = 1", ("a",), 1),
    ],
)
def test_the_line_of_a_key(text: str, path: tuple[str, ...], number: int) -> None:
    assert line_of(text, path) == number


@given(
    st.lists(st.sampled_from(["", "# a", "many = [\n1,\n2]", "text = '''\nwanted = 1\n'''", "[table]"]), max_size=12)
)
def test_the_line_of_a_key_among_anything(pieces: list[str]) -> None:
    renamed = [re.sub(r"(many|text|table)", rf"\g<1>{number}", piece, count=1) for number, piece in enumerate(pieces)]
    before = "".join(piece + "\n" for piece in renamed)
    text = f"{before}[here]\nwanted = 2\n" + before.replace("many", "m").replace("text", "t").replace("table", "s")
    assert line_of(text, ("here", "wanted")) == before.count("\n") + 2


# a team's own rules


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[desk]\nold_fact_months = 5\n", "line 1: [desk] changes rules and must say why: note = \"…\""),
        ("\n[desk]\nold_fact_months = 5\nnote = '  '\n", "line 2: [desk] changes rules and must say why: note = \"…\""),
        ("[desk]\nold_fact_months = 5\nnote = 3\n", "line 3: desk.note should be a text, not 3."),
        ("[desk]\nnote = 'x'\nold_fact_months = 0\n", "line 3: desk.old_fact_months should be a whole number from 1 to 10000, not 0."),
        ("[desk]\nnote = 'x'\nold_days = 1\n", "line 3: [desk] has no rule called old_days. Rules there: "),
        ("[disk]\nnote = 'x'\n", "line 1: there is no table called disk. Tables: calendar, desk, "),
        ("name = 'ours'\n", "line 1: there is no table called name. Tables: calendar, desk, "),
        ("desk = 5\n", "line 1: desk should be a table, not 5."),
        ("complaints = []\n", "line 1: complaints should be a table, not []."),
        ("[complaints]\ngeneral = 1\n", "line 2: complaints.general should be a table, not 1."),
        ("[canvassing]\nhours = 1\n", "line 2: canvassing.hours should be a table, not 1."),
        ("[canvassing.calls]\nnote = 'x'\n", "line 1: there is no table called canvassing.calls. Tables: consent, hours, pressure"),
        ("[departments.sales]\nnote = 'x'\nlead = { count = 1, unit = 'day' }\n", "line 1: [departments.sales] lacks effective_from: a date such as 2026-11-21."),
        ("[desk]\nnote = 'x'\neffective_to = 2020-01-01\n", 'line 3: desk.effective_to should be a date that is not before effective_from, not "2020-01-01".'),
        ("[desk]\nnote = 'x'\neffective_from = 2027-01-01\nold_fact_months = 0\n", "line 4: desk.old_fact_months should be "),
        ("[gestures]\nnote = 'x'\nper_case = 30.001\n", 'line 3: gestures.per_case should be an amount between quotation marks, such as "30.00", not 30.001.'),
        ("[desk]\nnote = 'x\n", "line 2: this is not TOML: "),
        ("[team]\nnote = 'x'\nmeasures = ['ignored', 'easy', 'repeated', 'warned_before', 'signals_on_time', 'harmed_while_pending']\n", "line 3: team.measures should be a list of five at most: one more needs one less. "),
    ],
)  # fmt: skip
def test_a_team_s_wrong_rule_is_named_in_the_team_s_file(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as caught:
        load_rules("fr", path, date(2026, 11, 21))
    assert str(caught.value).startswith(f"{path}, {said}")
