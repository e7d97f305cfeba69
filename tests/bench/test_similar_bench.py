"""The benchmark of similar resolutions: whole rows without data, and what it says of data is counted right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from advisor_tui.cli.bench import measured, similar
from advisor_tui.cli.bench.place import Place, prepared
from advisor_tui.cli.bench.similar import FILES, NO_DATA, recall, tf_idf

REAL = Path(__file__).parents[2].parent / "shared" / "data"
SAMPLE = 150


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with prepared(None, 40, 900, lambda text: None) as made:
        yield made


def data(folder: Path, resolutions: list[bytes], queries: list[dict[str, str]]) -> Path:
    (folder / FILES[0]).write_bytes(b"\n".join(resolutions))
    (folder / FILES[1]).write_text(json.dumps(queries), encoding="utf-8")
    return folder


def lines(texts: list[str]) -> Iterator[bytes]:
    for number, text in enumerate(texts):
        at = "2025-11-03T10:00:00+01:00"
        for line in (
            {"type": "customer", "id": f"c{number}", "name": f"Personne {number}"},
            {
                "type": "case",
                "id": f"k{number}",
                "customer": f"c{number}",
                "kind": "request",
                "subject": "Sujet",
                "opened_at": at,
            },
            {"type": "resolution", "id": f"r{number}", "case": f"k{number}", "at": at, "text": text},
        ):
            yield json.dumps({"v": 1, **line}).encode()


def test_without_data_the_row_says_what_it_needs(place: Place) -> None:
    place.data = None
    rows = [*measured(["similar"], place)]
    assert rows[0].note == NO_DATA
    assert rows[0].ours is None
    assert rows[1].ours is not None
    assert rows[1].ours > 0


def test_what_is_found_is_counted(place: Place, tmp_path: Path) -> None:
    texts = ["Kayak troué remplacé.", "Ligne coupée rétablie.", "Facture corrigée."]
    queries = [
        {"query": "le kayak est troué", "expects": "r0"},
        {"query": "remplacement d’un kayak", "expects": "r0"},
        {"query": "ligne coupée", "expects": "r2"},
    ]
    place.data = data(tmp_path, [*lines(texts)], queries)
    rows = [*measured(["similar"], place)]
    assert [row.ours for row in rows[:4]] == [pytest.approx(2 / 3)] * 4
    assert rows[0].details == {"questions": 3, "resolutions": 3}


def test_recall_and_the_textbooks_search() -> None:
    search = tf_idf({"a": "kayak rouge", "b": "kayak bleu", "c": "vélo"})
    assert search("bleu")[0] == "b"
    assert recall(search, [("bleu", "b"), ("rouge", "b")]) == (0.5, 1.0)


@pytest.mark.slow
@pytest.mark.skipif(
    not all((REAL / name).is_file() for name in FILES), reason="the open data are not beside the project"
)
def test_on_real_summaries_ours_finds_more_than_either_way_alone(tmp_path: Path) -> None:
    queries = json.loads((REAL / FILES[1]).read_text(encoding="utf-8"))[:SAMPLE]
    folder = data(tmp_path, (REAL / FILES[0]).read_bytes().splitlines(), queries)
    for row in similar._recall(folder):
        assert row.figure is not None
        assert row.figure > 1, row
