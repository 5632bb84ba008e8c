"""The lexicon of `page_terms.toml`: concepts of labels and questions in many languages, and what questions ask for."""

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Field:
    """What a question may ask for.

    Attributes:
        kind: form of the value, one of `question.KINDS`.
        asked: sets of concepts of which a question for it has all.
        labels: sets of concepts of the labels beside which it is printed, the surest first.
    """

    name: str
    kind: str
    asked: tuple[frozenset[str], ...]
    labels: tuple[frozenset[str], ...]


@dataclass(frozen=True)
class Terms:
    """The whole lexicon.

    Attributes:
        empty: words of questions that say nothing of the page.
        words: the words of each concept.
        concepts: the concepts of each word.
        rewrites: pairs of concepts that stand for a third one.
        related: a kind of document, and concepts that questions about it concern.
        fields: by name.
        lists: lists of words for other purposes, by name.
    """

    empty: frozenset[str]
    words: Mapping[str, tuple[str, ...]]
    concepts: Mapping[str, frozenset[str]]
    rewrites: Mapping[frozenset[str], str]
    related: Mapping[str, tuple[str, ...]]
    fields: Mapping[str, Field]
    lists: Mapping[str, frozenset[str]]


@cache
def terms() -> Terms:
    """The lexicon, read once."""
    found = tomllib.loads((Path(__file__).parent / "page_terms.toml").read_text(encoding="utf-8"))
    concepts: dict[str, set[str]] = defaultdict(set)
    for concept, words in found["concepts"].items():
        for word in words:
            concepts[word].add(concept)
    fields = {
        name: Field(name, entry["kind"], _phrases(entry["asked"]), _phrases(entry["labels"]))
        for name, entry in found["fields"].items()
    }
    return Terms(
        empty=frozenset(found["empty"]),
        words={concept: tuple(words) for concept, words in found["concepts"].items()},
        concepts={word: frozenset(names) for word, names in concepts.items()},
        rewrites={frozenset(pair.split()): concept for concept, pairs in found["rewrites"].items() for pair in pairs},
        related={name: tuple(parts) for name, parts in found["related"].items()},
        fields=fields,
        lists={name: frozenset(words) for name, words in found["lists"].items()},
    )


def _phrases(entries: list[str]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(entry.split()) for entry in entries)
