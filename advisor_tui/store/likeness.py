"""How like texts are: what ranks the resolutions of like cases, in any language written with spaces.

TF-IDF over pieces of words, so that "remboursé" meets "remboursement" without knowing French; the weights come from the
candidates themselves, which are few. `token_set_ratio` decides between neighbours, as does the order they came in.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

from rapidfuzz import fuzz

from advisor_tui.domain.text import words

PIECE = 4
"""Letters of a piece; measured on summaries of the same conversations by two people, decision 17."""
READ = 4000
"""Characters of a text that are compared: what a resolution is about stands at its beginning."""
SHARED_WORDS, ORDER = 0.1, 0.1
"""Weights of `token_set_ratio` and of the order, beside 1 for the cosine."""
_ENDED = re.compile(r"(?<=[.!?…])\s+")
_SHORTENED = re.compile(r"(?:^|\s)[^\W\d]{1,3}\.$")
"""What ends with a full stop and no sentence with it: M., Dr., cf."""

Vector = dict[str, float]


def ranked(asked: str, candidates: Sequence[str]) -> list[tuple[int, float]]:
    """(place, likeness from 0 to 1.2) of each of `candidates`, likest first; they come in the order of a first search."""
    asked_words = words(asked[:READ])
    if not asked_words or not candidates:
        return [(place, 0.0) for place in range(len(candidates))]
    folded = [words(text[:READ]) for text in candidates]
    cosines = _cosines(asked_words, folded)
    joined = " ".join(asked_words)
    scores = [
        cosine
        + SHARED_WORDS * fuzz.token_set_ratio(joined, " ".join(folded[place])) / 100
        + ORDER * (1 - place / len(candidates))
        for place, cosine in enumerate(cosines)
    ]
    return sorted(enumerate(scores), key=lambda found: -found[1])


def likest_sentence(asked: str, sentences: Sequence[str]) -> int:
    """The place of the sentence that is likest to what was asked; the first one where none is."""
    asked_words = words(asked[:READ])
    if not asked_words or len(sentences) < 2:
        return 0
    cosines = _cosines(asked_words, [words(sentence) for sentence in sentences])
    return max(range(len(sentences)), key=lambda place: (cosines[place], -place))


def sentences_of(text: str) -> list[str]:
    """`text` in sentences and lines, none empty; nothing between them is lost but blanks."""
    found: list[str] = []
    for line in text.splitlines():
        begun = ""
        for part in _ENDED.split(line.strip()):
            begun = f"{begun} {part}".strip()
            if not _SHORTENED.search(begun):
                found.append(begun)
                begun = ""
        found.append(begun)
    return [sentence for sentence in found if sentence]


def _cosines(asked: list[str], candidates: list[list[str]]) -> list[float]:
    """The cosine between `asked` and each candidate, over pieces of words and over whole words."""
    by_pieces = _cosine(asked, candidates, _pieces)
    by_words = _cosine(asked, candidates, list)
    return [(2 * pieces + whole) / 3 for pieces, whole in zip(by_pieces, by_words, strict=True)]


def _cosine(asked: list[str], candidates: list[list[str]], cut: Callable[[list[str]], list[str]]) -> list[float]:
    counted = [Counter(cut(found)) for found in candidates]
    known = Counter(token for tokens in counted for token in tokens)
    many = len(candidates) + 1
    weights = {token: math.log(many / (1 + count)) + 0.3 for token, count in known.items()}
    rare = math.log(many) + 0.3
    question = _vector(Counter(cut(asked)), weights, rare)
    return [
        sum(question.get(token, 0.0) * value for token, value in _vector(tokens, weights, rare).items())
        for tokens in counted
    ]


def _vector(tokens: Counter[str], weights: Vector, rare: float) -> Vector:
    """Each token's weight, of length one together."""
    vector = {token: (1 + math.log(count)) * weights.get(token, rare) for token, count in tokens.items()}
    length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
    return {token: value / length for token, value in vector.items()}


def _pieces(found: list[str]) -> list[str]:
    """Overlapping pieces of PIECE letters of each word, with a blank where the word begins and ends."""
    pieces: list[str] = []
    for word in found:
        padded = f" {word} "
        pieces += [padded[start : start + PIECE] for start in range(max(1, len(padded) - PIECE + 1))]
    return pieces
