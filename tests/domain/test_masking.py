"""Card numbers, IBAN and NIR never stay; nothing else is ever changed."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import to_builtins

from advisor_tui.domain import bodies as b
from advisor_tui.domain.events import BODIES, encode_body
from advisor_tui.domain.masking import Masked, mask, mask_all
from tests.domain.filling import body_of, filled, leaves

CARDS = [
    "4111111111111111", "4012888888881881", "4222222222222", "4000000000000000006", "5555555555554444", "5105105105105100",
    "2223003122003222", "2720990000000007", "378282246310005", "371449635398431", "30569309025904", "38520000023237",
    "36700102000000", "6011111111111117", "6011000990139424", "3530111333300000", "3566002020360505", "6759649826438453",
    "5018000000000009", "6304000000000000", "6200000000000005", "6205500000000000004", "6799990100000000019",
]  # fmt: skip
"""Numbers that the networks publish for testing."""
REGISTRY = """
AD1200012030200359100100 AE070331234567890123456 AL47212110090000000235698741 AT611904300234573201 AZ21NABZ00000000137010001944
BA391290079401028494 BE68539007547034 BG80BNBG96611020345678 BH67BMAG00001299123456 BI4210000100010000332045181
BR1800360305000010009795493C1 BY13NBRB3600900000002Z00AB00 CH9300762011623852957 CR05015202001026284066
CY17002001280000001200527600 CZ6508000000192000145399 DE89370400440532013000 DK5000400440116243 DO28BAGR00000001212453611324
EE382200221020145685 EG380019000500000000263180002 ES9121000418450200051332 FI2112345600000785 FO6264600001631634
FR1420041010050500013M02606 FR7630006000011234567890189 GB29NWBK60161331926819 GE29NB0000000101904917 GI75NWBK000000007099453
GL8964710001000206 GR1601101250000000012300695 GT82TRAJ01020000001210029690 HR1210010051863000160
HU42117730161111101800000000 IE29AIBK93115212345678 IL620108000000099999999 IQ98NBIQ850123456789012 IS140159260076545510730339
IT60X0542811101000000123456 JO94CBJO0010000000000131000302 KW81CBKU0000000000001234560101 KZ86125KZT5004100100
LB62099900000001001901229114 LC55HEMM000100010012001200023015 LI21088100002324013AA LT121000011101001000 LU280019400644750000
LV80BANK0000435195001 LY83002048000020100120361 MC5811222000010123456789030 MD24AG000225100013104168 ME25505000012345678951
MK07250120000058984 MR1300020001010000123456753 MT84MALT011000012345MTLCAST001S MU17BOMM0101101030300200000MUR NL91ABNA0417164300
NO9386011117947 PK36SCBL0000001123456702 PL61109010140000071219812874 PS92PALS000000000400123456702 PT50000201231234567890154
QA58DOHB00001234567890ABCDEFG RO49AAAA1B31007593840000 RS35260005601001611379 SA0380000000608010167519
SC18SSCB11010000000000001497USD SE4550000000058398257466 SI56263300012039086 SK3112000000198742637541 SM86U0322509800000000270100
ST23000100010051845310146 SV62CENR00000000000000700025 TL380080012345678910157 TN5910006035183598478831
TR330006100519786457841326 UA213223130000026007233566001 VA59001123000012345678 VG96VPVG0000012345678901 XK051212012345678906
"""
"""The examples of the IBAN registry."""
IBANS = REGISTRY.split()
FRENCH_CARD = "4970 1000 0000 0055"
GAPS = ["", " ", "\u00a0", "\u202f", "-", ".", "\u2011", "  ", " - ", "\t"]
WORDS = st.text(alphabet="abcdefghijklmnopqrstuvwxyzéàçœ’ ,;:!?()/«»\n[]•", max_size=40)


def luhn(digits: str) -> bool:
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def completed(digits: str) -> str:
    return next(digits + str(last) for last in range(10) if luhn(digits + str(last)))


@st.composite
def cards(draw: st.DrawFn) -> str:
    prefix, size = draw(
        st.sampled_from([("4", 16), ("4", 13), ("4", 19), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16), ("34", 15),
                         ("37", 15), ("6011", 16), ("62", 19), ("3528", 16), ("50", 18), ("5892", 17)])
    )  # fmt: skip
    body = prefix + draw(st.text("0123456789", min_size=size - len(prefix) - 1, max_size=size - len(prefix) - 1))
    return completed(body)


@st.composite
def nirs(draw: st.DrawFn) -> tuple[str, ...]:
    """The parts of a NIR, its key last."""
    sex, year = draw(st.sampled_from("12")), f"{draw(st.integers(0, 99)):02}"
    month = f"{draw(st.integers(1, 12)):02}"
    place = draw(st.sampled_from(["01", "13", "2A", "2B", "2a", "69", "75", "97", "99"]))
    rest = [f"{draw(st.integers(1, 990)):03}" for _ in range(2)]
    digits = "".join((sex, year, month, place.upper().replace("2A", "19").replace("2B", "18"), *rest))
    return sex, year, month, place, *rest, f"{97 - int(digits) % 97:02}"


def grouped(text: str, size: int, gap: str) -> str:
    return gap.join(text[start : start + size] for start in range(0, len(text), size))


class TestCards:
    @pytest.mark.parametrize("number", CARDS)
    def test_every_network(self, number: str) -> None:
        assert mask(f"Payé avec {number}, merci.") == (f"Payé avec [carte/card •••• {number[-4:]}], merci.", ("card",))

    @given(cards(), st.sampled_from(GAPS), WORDS, WORDS)
    def test_wherever_it_stands_in_groups_of_four(self, number: str, gap: str, before: str, after: str) -> None:
        text = before + grouped(number, 4, gap) + after
        assert mask(text) == (f"{before}[carte/card •••• {number[-4:]}]{after}", ("card",))

    @pytest.mark.parametrize("gap", GAPS)
    def test_american_express_and_diners_in_theirs(self, gap: str) -> None:
        for text in (f"3714{gap}496353{gap}98431", f"3852{gap}000002{gap}3237"):
            assert mask(text).kinds == ("card",)

    @pytest.mark.parametrize("cut", [(2,) * 8, (8, 8), (4, 12), (6, 10), (4, 4, 8), (5, 5, 5, 1), (1,) * 16])
    def test_cut_otherwise_when_it_stands_alone(self, cut: tuple[int, ...]) -> None:
        places = [sum(cut[:n]) for n in range(len(cut) + 1)]
        text = " ".join("4970100000000055"[one:other] for one, other in pairwise(places))
        assert mask(f"Carte : {text}.") == ("Carte : [carte/card •••• 0055].", ("card",))

    def test_between_other_numbers(self) -> None:
        said = mask("Le 12 4970 1000 0000 0055 12 27 123 pour 45 euros et 4111111111111111 12/27")
        assert said.text == "Le 12 [carte/card •••• 0055] 12 27 123 pour 45 euros et [carte/card •••• 1111] 12/27"

    def test_glued_to_words(self) -> None:
        assert mask("CB4970100000000055expire").text == "CB[carte/card •••• 0055]expire"
        assert (
            mask("CB:4970100000000055;CB-4970100000000055.").text
            == "CB:[carte/card •••• 0055];CB-[carte/card •••• 0055]."
        )

    @given(cards(), st.text("0123456789", min_size=1, max_size=8), st.booleans())
    def test_part_of_a_longer_number_is_judged_with_it(self, number: str, more: str, first: bool) -> None:
        whole = more + number if first else number + more
        assert (mask(whole).kinds == ("card",)) <= luhn(whole)
        if len(whole) > 19:
            assert mask(whole) == (whole, ())

    @pytest.mark.parametrize(
        "text", ["1-4111111111111111", "4111111111111111-2", "0.4111111111111111", "2026.4970100000000055"]
    )
    def test_joined_to_more_by_a_hyphen_or_a_dot_is_one_longer_number(self, text: str) -> None:
        assert mask(text) == (text, ())

    @given(
        st.text("0123456789", min_size=13, max_size=19).filter(lambda digits: not luhn(digits)), st.sampled_from(GAPS)
    )
    def test_an_order_number_that_fails_luhn_survives(self, digits: str, gap: str) -> None:
        text = f"Commande {grouped(digits, 4, gap if len(digits) <= 16 else '')}"
        if "nir" not in mask(text).kinds:
            assert mask(text) == (text, ())

    @pytest.mark.parametrize("number", ["356938035643809", "8933150319050123450"], ids=["IMEI", "SIM"])
    def test_a_telephone_and_its_card_pass_luhn_and_stay(self, number: str) -> None:
        number = completed(number[:-1])
        assert mask(f"Numéro {number}") == (f"Numéro {number}", ())

    @given(st.sampled_from(["300", "301", "36", "38", "39"]), st.integers(0, 99_999), st.integers(1, 99))
    def test_a_siret_passes_luhn_twice_and_stays(self, prefix: str, company: int, place: int) -> None:
        siren = completed(f"{prefix}{company:05}"[:8].ljust(8, "7"))
        siret = next(number for last in range(10) if luhn(number := f"{siren}000{place % 10}{last}"))
        assert mask(f"SIRET {siret}") == (f"SIRET {siret}", ())


class TestIban:
    @pytest.mark.parametrize("iban", IBANS)
    @pytest.mark.parametrize(
        "write", [str, str.lower, lambda iban: grouped(iban, 4, " "), lambda iban: grouped(iban, 4, "\u00a0").lower()]
    )
    def test_every_country(self, iban: str, write: Callable[[str], str]) -> None:
        written = write(iban)
        said = mask(f"Mon RIB : {written}. Merci")
        assert said == (
            f"Mon RIB : [IBAN •••• {written.replace(' ', '').replace(chr(160), '')[-4:]}]. Merci",
            ("iban",),
        )

    @given(st.sampled_from(IBANS), WORDS, WORDS.filter(lambda text: not text[:1].isalnum()))
    def test_wherever_it_stands(self, iban: str, before: str, after: str) -> None:
        assert mask(before + iban + after) == (f"{before}[IBAN •••• {iban[-4:]}]{after}", ("iban",))

    def test_words_after_it_stay(self) -> None:
        assert mask("FR76 3000 6000 0112 3456 7890 189 merci 12").text == "[IBAN •••• 0189] merci 12"

    @pytest.mark.parametrize("iban", IBANS)
    def test_one_digit_wrong_and_it_is_none(self, iban: str) -> None:
        wrong = iban[:2] + f"{(int(iban[2:4]) + 1) % 97 or 50:02}" + iban[4:]
        assert "iban" not in mask(wrong).kinds

    def test_a_country_that_has_none(self) -> None:
        assert mask("ZZ1230006000011234567890189").kinds == ()


class TestNir:
    @given(nirs(), st.sampled_from(GAPS), WORDS, WORDS)
    def test_wherever_it_stands(self, parts: tuple[str, ...], gap: str, before: str, after: str) -> None:
        said = mask(before + gap.join(parts) + after)
        assert said == (f"{before}[NIR •••• {(parts[-2] + parts[-1])[-4:]}]{after}", ("nir",))

    @given(nirs())
    def test_in_two_pieces(self, parts: tuple[str, ...]) -> None:
        assert mask("".join(parts[:-1]) + " " + parts[-1]).kinds == ("nir",)

    @given(nirs())
    def test_a_wrong_key_and_it_is_none(self, parts: tuple[str, ...]) -> None:
        wrong = "".join(parts[:-1]) + f"{int(parts[-1]) % 97 + 1:02}"
        assert "nir" not in mask(wrong).kinds

    def test_inside_a_longer_number_it_is_none(self) -> None:
        for text in ("1185057800608491", "1850578006084910", "+185057800608491"):
            assert mask(text).kinds == ()


class TestTheRestStays:
    PHONES = ["06 12 34 56 78", "06.12.34.56.78", "0612345678", "+33 6 12 34 56 78", "+33612345678", "0033 6 12 34 56 78",
              "+49 1512 3456789", "+4915112345678", "020 7946 0018", "+44 20 7946 0018", "(415) 555-2671", "+1 415 555 2671", "3610"]  # fmt: skip

    @given(
        st.lists(st.sampled_from(PHONES), max_size=6),
        st.sampled_from([" ", ", ", " / ", "\n", " ou "]),
        st.integers(0, 10**9),
    )
    def test_telephones(self, phones: list[str], between: str, number: int) -> None:
        other = iter(f"{number:010}" * 20)
        text = between.join(re.sub("[2-9]", lambda _match: next(other), phone) for phone in phones)
        assert mask(text) == (text, ())

    @given(st.lists(st.dates(), max_size=6), st.sampled_from(["%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d %m %Y", "%d-%m-%y", "%Y%m%d"]),
           st.sampled_from([" ", ", ", " - ", "\n"]))  # fmt: skip
    def test_dates(self, days: list[object], form: str, between: str) -> None:
        text = between.join(f"{day:{form}}" for day in days)
        if form != "%Y%m%d" or between not in (" ", " - "):
            assert mask(text) == (text, ())

    @given(st.datetimes())
    def test_instants(self, when: object) -> None:
        for text in (
            f"{when:%Y-%m-%dT%H:%M:%S.%f+02:00}",
            f"{when:%Y-%m-%d %H:%M:%S}",
            f"le {when:%d/%m/%Y à %H h %M}",
        ):
            assert mask(text) == (text, ())

    @given(st.lists(st.decimals(0, 10**9, places=2), max_size=8), st.sampled_from([" ", "\u202f", ".", ","]))
    def test_amounts(self, amounts: list[object], thousands: str) -> None:
        said = [f"{amount:,.2f}".replace(".", "#").replace(",", thousands).replace("#", ",") for amount in amounts]
        for text in (" € ".join(said), "\n".join(said), " + ".join(said)):
            assert mask(text) == (text, ())

    @given(st.from_regex(r"(LUM|FF|C|CTR|N°|#)[-./ ]?[0-9]{2}[-./ ][0-9]{4}[-./ ][0-9]{1,4}", fullmatch=True))
    def test_contract_numbers(self, contract: str) -> None:
        assert mask(f"Contrat {contract} du client") == (f"Contrat {contract} du client", ())

    @given(st.uuids(), st.uuids(version=4), st.integers(0, 10**12 - 1))
    def test_uuids(self, one: uuid.UUID, other: uuid.UUID, digits: int) -> None:
        number = completed("4111111" + f"{digits:012}"[:8])
        made = f"{number[:8]}-{number[8:12]}-7{number[12:15]}-8000-{digits:012}"
        for text in (f"{one} {other}", one.hex + " " + other.hex, made, f"events={made},{made.upper()}"):
            assert mask(text) == (text, ())

    @given(cards())
    def test_web_addresses(self, number: str) -> None:
        text = f"Voir https://shop.example/commande/{number}?id={number} et www.example.org/{number}."
        assert mask(text) == (text, ())

    @given(WORDS)
    @example("")
    @example("de 12 personnes, fr 76 euros, be 68 5390 et no 93 8601")
    @example("\ud800 \x00 ½ ²³ ٤١١١١١١١١١١١١١١١")
    def test_words(self, text: str) -> None:
        assert mask(text) == (text, ())


@given(st.text(alphabet="0123456789 .-4FRfrDE+[]•aA:\n\u00a0", max_size=120))
@example("4111111111111111FR7630006000011234567890189")
@example("4111111111111111-4111-1111-1111-1111")
@example("1111 4111 1111 1111 1111 4111 1111 1111 1111")
@example("41 11 11 11 11 11 11 11 4111 1111 1111 1111 41 11 11 11 11 11 11 11")
@example("MT84MALT011000012345MTLCAST001SFR7630006000011234567890189")
def test_done_twice_is_done_once(text: str) -> None:
    once = mask(text)
    assert mask(once.text) == (once.text, ())


@given(st.lists(st.one_of(cards(), st.sampled_from(IBANS), nirs().map("".join), st.sampled_from(["12", "x", " "])), max_size=8),
       st.sampled_from([" ", ", ", "\n", " et "]))  # fmt: skip
def test_many_together_and_done_twice(pieces: list[str], between: str) -> None:
    text = between.join(pieces)
    once = mask(text)
    assert mask(once.text) == (once.text, ())
    assert not any(piece in once.text for piece in pieces if len(piece) > 12)


HOSTILE = {
    "digits": "4" * 1_000_000, "ones": "1 " * 500_000, "pairs": "12 " * 333_000, "groups": "4111 1111 1111 1112 " * 50_000,
    "valid": "4111 1111 1111 1111 " * 50_000, "shapes": "4111 111111 11111 " * 55_000, "almost": "FR76 " * 200_000,
    "iban": "FR7630006000011234567890188 " * 35_000, "nir": "185057800608492 " * 62_000, "gaps": " - " * 333_000,
    "dots": "4.. " * 250_000, "hex": "a1" * 500_000, "addresses": "https://" * 125_000, "uuid": "123e4567-e89b-12d3-" * 52_000,
    "de": "de 1 " * 200_000, "alone": "4111111111111112 " * 58_000, "joined": "4111111111111111-" * 58_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_of_anything_takes_no_longer_than_its_length_says(name: str) -> None:
    """Eight times as much takes eight times as long, and not sixty-four."""
    text = HOSTILE[name]
    assert spent(text) < 24 * max(spent(text[: len(text) // 8]), 0.002)


def spent(text: str) -> float:
    """Seconds of the processor, at best."""
    found = []
    for _ in range(3):
        start = time.process_time()
        mask(text)
        found.append(time.process_time() - start)
    return min(found)


class TestBodies:
    def test_every_text_in_a_body(self) -> None:
        body = b.ComplaintTaken(points=["Débit sur 4970 1000 0000 0055", "Rien"], from_on="2026-11-21", sector="IBAN FR7630006000011234567890189",
                                extra={"pay": {"card": "4111111111111111", "n": 3}})  # fmt: skip
        masked, kinds = mask_all(body)
        assert masked == b.ComplaintTaken(
            points=["Débit sur [carte/card •••• 0055]", "Rien"], from_on="2026-11-21", sector="IBAN [IBAN •••• 0189]",
            extra={"pay": {"card": "[carte/card •••• 1111]", "n": 3}},
        )  # fmt: skip
        assert set(kinds) == {"card", "iban"}

    @pytest.mark.parametrize("type_", sorted(BODIES))
    def test_every_field_of_every_type(self, type_: str) -> None:
        body = body_of(type_, filled(type_, lambda: "dit 4970 1000 0000 0055 au client"))
        masked, kinds = mask_all(body)
        said = [text for text in leaves(to_builtins(masked)) if " " in text]
        assert set(said) <= {"dit [carte/card •••• 0055] au client"}
        assert kinds == (("card",) if said else ())
        assert b"0000" not in encode_body(masked)

    def test_a_body_without_any_is_the_same_one(self) -> None:
        body = b.NoteAdded(at="2026-11-21T09:00:00+01:00", text="Rappeler au 06 12 34 56 78")
        assert mask_all(body) == (body, ())
        assert mask_all(body)[0] is body

    def test_identifiers_inside(self) -> None:
        body = b.IdentifierAdded(
            identifier=b.Identifier(kind="account", value="FR7630006000011234567890189"), source="Claire Morel"
        )
        masked, kinds = mask_all(body)
        assert masked.identifier == b.Identifier(kind="account", value="[IBAN •••• 0189]")
        assert kinds == ("iban",)


def test_the_french_card_of_these_tests_is_one() -> None:
    assert luhn(FRENCH_CARD.replace(" ", ""))
    assert mask(FRENCH_CARD) == Masked("[carte/card •••• 0055]", ("card",))
