"""Similar resolutions: does the one that belongs to a second telling of the same conversation come first, and how soon.

`--data FOLDER` names a folder with `resolutions.jsonl` (import lines) and `resolution_queries.json` (a list of `query` and
`expects`, the outside name of the resolution to be found). Beside ours, on the same questions in the same run: FTS5's bm25
alone, and the textbook's TF-IDF cosine over whole words of all resolutions.
"""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from advisor_tui.cli.bench.importing import imported
from advisor_tui.cli.bench.place import Place
from advisor_tui.cli.bench.rows import Row, median, percentile
from advisor_tui.domain.text import words
from advisor_tui.language import N_
from advisor_tui.store.reads.connection import open_reads
from advisor_tui.store.reads.similar import read_precedents
from advisor_tui.store.workspace import Workspace

NO_DATA = N_("Needs --data: a folder with resolutions.jsonl and resolution_queries.json.")
FILES = ("resolutions.jsonl", "resolution_queries.json")
ASKED = 40
BM25_SQL = "SELECT rowid FROM precedent_search WHERE precedent_search MATCH ? ORDER BY rank LIMIT 5"
Search = Callable[[str], list[str]]


class Recall(NamedTuple):
    """Which share of the questions found their resolution first, and among the first five."""

    first: float
    five: float


def similar(place: Place) -> Iterator[Row]:
    """Recall beside the plain ways, where there is data to measure it on; then the time on this workspace."""
    if place.data is None or not all((place.data / name).is_file() for name in FILES):
        yield Row("similar", "recall at 1 and at 5", "", note=NO_DATA)
    else:
        yield from _recall(place.data)
    yield _time(place)


def _recall(data: Path) -> Iterator[Row]:
    queries = [(row["query"], row["expects"]) for row in json.loads((data / FILES[1]).read_text(encoding="utf-8"))]
    with TemporaryDirectory(prefix="advisor-bench-") as folder:
        imported(Path(folder), (data / FILES[0]).read_bytes().splitlines())
        connection = open_reads(Workspace(Path(folder)).database)
        try:
            rows = connection.execute("SELECT n, ext, id, text FROM entry WHERE kind = 'resolution'").fetchall()
            by_number, by_id = {row[0]: row[1] for row in rows}, {row[2]: row[1] for row in rows}

            def ours(text: str) -> list[str]:
                return [by_id[found.entry_id] for found in read_precedents(connection, text, limit=5)]

            def bm25(text: str) -> list[str]:
                query = " OR ".join(f'"{word}"' for word in dict.fromkeys(words(text)))
                return [by_number[n] for (n,) in connection.execute(BM25_SQL, (query,))]

            tried = {
                "ours": ours,
                "FTS5 bm25 alone": bm25,
                "TF-IDF alone": tf_idf({ext: text for _, ext, _, text in rows}),
            }
            found = {name: recall(search, queries) for name, search in tried.items()}
        finally:
            connection.close()
    for against in ("FTS5 bm25 alone", "TF-IDF alone"):
        for what in ("first", "five"):
            yield Row(
                "similar", "found first" if what == "first" else "found among five", "",
                getattr(found["ours"], what), against, getattr(found[against], what), 1.0, at_least=True,
                details={"questions": len(queries), "resolutions": len(rows)},
            )  # fmt: skip


def recall(search: Search, queries: list[tuple[str, str]]) -> Recall:
    """How often `search` gives what is expected, first and among the first five."""
    places = [([*search(query), ""], expects) for query, expects in queries]
    return Recall(
        sum(found[0] == expects for found, expects in places) / len(places),
        sum(expects in found[:5] for found, expects in places) / len(places),
    )


def tf_idf(texts: dict[str, str]) -> Search:
    """A search by the cosine of TF-IDF vectors over whole words, weights from all `texts`."""
    counted = {name: Counter(words(text)) for name, text in texts.items()}
    known = Counter(word for tokens in counted.values() for word in tokens)
    weights = {word: math.log((1 + len(texts)) / (1 + count)) + 1 for word, count in known.items()}

    def vector(tokens: Counter[str]) -> dict[str, float]:
        values = {word: count * weights.get(word, 0.0) for word, count in tokens.items()}
        length = math.sqrt(sum(value * value for value in values.values())) or 1.0
        return {word: value / length for word, value in values.items()}

    vectors = {name: vector(tokens) for name, tokens in counted.items()}

    def search(text: str) -> list[str]:
        asked = vector(Counter(words(text)))
        scores = {name: sum(value * found.get(word, 0.0) for word, value in asked.items()) for name, found in vectors.items()}  # fmt: skip
        return sorted(scores, key=lambda name: -scores[name])[:5]

    return search


def _time(place: Place) -> Row:
    """Resolutions of this workspace as questions, each beside its case."""
    sql = "SELECT text, case_id FROM entry WHERE kind = 'resolution' AND n % ? = 0 LIMIT ?"
    asked = place.connection.execute(sql, (max(1, place.entries // (ASKED * 16)), ASKED)).fetchall()
    times = []
    for text, case_id in asked:
        begun = time.perf_counter()
        read_precedents(place.connection, text, case_id)
        times.append((time.perf_counter() - begun) * 1e3)
    return Row(
        "similar", f"similar resolutions among {place.entries:,} entries, p95", "ms", percentile(times, 0.95), limit=150.0,
        details={"p50_ms": median(times), "questions": len(times)},
    )  # fmt: skip
