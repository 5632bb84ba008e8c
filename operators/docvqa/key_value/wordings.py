"""Idioms of questions, replaced by the plain words that they stand for (`How much has to be paid?`: `amount due`)."""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from .lexicon import plain_word

_ARTICLES = frozenset(
    [
        "the", "this", "that", "these", "those", "your", "our", "my", "l", "d", "der", "die", "das", "den", "dem",
        "des", "dieser", "diese", "dieses", "diesem", "ein", "eine", "la", "le", "les", "un", "une", "ce", "cet",
        "cette", "el", "los", "las", "este", "esta", "il", "lo", "gli", "questa", "questo", "het", "een", "deze", "dit",
    ]
)  # fmt: skip
"""Words that an idiom does not have."""


def plain_wording(words: Sequence[str]) -> list[str]:
    """The words of a question with each idiom replaced; as they are where there is none."""
    plain = [plain_word(word).strip(".'’") for word in words]
    places = [at for at, word in enumerate(plain) if word not in _ARTICLES]
    found: list[str] = []
    at, kept = 0, 0
    while at < len(places):
        for length in range(min(_longest(), len(places) - at), 0, -1):
            phrase = tuple(plain[place] for place in places[at : at + length])
            if (meant := _idioms().get(phrase)) is not None:
                found += [*words[kept : places[at]], *meant]
                at += length
                kept = places[at - 1] + 1
                break
        else:
            at += 1
    return [*found, *words[kept:]]


@cache
def _idioms() -> dict[tuple[str, ...], tuple[str, ...]]:
    path = Path(__file__).parents[1] / "question_wordings.toml"
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["idioms"]
    return {tuple(phrase.split()): tuple(meant.split()) for meant, phrases in entries.items() for phrase in phrases}


@cache
def _longest() -> int:
    return max(map(len, _idioms()))
