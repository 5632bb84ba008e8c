"""Converts a span of the evidence's text into boxes on pages."""

from dataclasses import dataclass

import numpy as np

from ...schemas.geometry import Box
from ..values.normalization import folded_character
from .evidence import Evidence

_NARROW = frozenset("iljtfrI1.,:;!|'()[]/-")
_LEAST = 1e-5


@dataclass(frozen=True)
class Place:
    """One line, or part of a line, in which a value is located.

    Attributes:
        page_number: counts from 1.
        box: x0 y0 x1 y1 in shares of the page, 0 <= x0 < x1 <= 1, likewise y.
        text: the evidence's own text in the box; empty for a model's box.
        line: index into that page's `TextLines`; None for a model's box.
    """

    page_number: int
    box: Box
    text: str
    line: int | None


def places_of(evidence: Evidence, start: int, end: int) -> tuple[Place, ...]:
    """A place for each line with characters from `start` to `end` of the evidence's text, in the order of the text."""
    words = evidence.words
    parts: list[tuple[int, int, int]] = []
    for at in _word_starts(evidence, start, end):
        word = int(evidence.char_word[at])
        first = int(evidence.char_offset[at])
        last = min(len(words.text[word]), first + end - at)
        parts.append((word, *_whole_if_rest_is_blank(words.text[word], first, last)))
    places: list[Place] = []
    line: tuple[int, int] | None = None
    for word, first, last in parts:
        text, box = words.text[word][first:last], _part_of_box(evidence, word, first, last)
        here = (int(words.page[word]), int(words.line[word]))
        if here == line:
            before = places.pop()
            text, box = f"{before.text} {text}", _union(before.box, box)
        places.append(Place(here[0], box, text, here[1]))
        line = here
    return tuple(places)


def _word_starts(evidence: Evidence, start: int, end: int) -> list[int]:
    """Indices of the span's characters at which a word starts; the span itself may start inside a word."""
    owners = evidence.char_word[start:end]
    if not len(owners):
        return []
    begins = np.concatenate([[True], owners[1:] != owners[:-1]]) & (owners >= 0)
    starts: list[int] = (np.flatnonzero(begins) + start).tolist()
    return starts


def _whole_if_rest_is_blank(text: str, first: int, last: int) -> tuple[int, int]:
    """Extend a part of a word to the word's start or end where only punctuation lies between."""
    if not any(map(folded_character, text[:first])):
        first = 0
    if not any(map(folded_character, text[last:])):
        last = len(text)
    return first, last


def _part_of_box(evidence: Evidence, word: int, first: int, last: int) -> Box:
    """The part of a word's box that its characters `first` to `last` occupy, estimated from typical glyph widths."""
    words = evidence.words
    x0, y0, x1, y1 = words.boxes[word].tolist()
    text = words.text[word]
    if first <= 0 and last >= len(text):
        return Box(x0, y0, x1, y1)
    widths = [0.5 if character in _NARROW else 1.0 for character in text]
    total = sum(widths)
    low, high = sum(widths[:first]) / total, sum(widths[:last]) / total
    turn = int(words.turn[word])
    if bool(words.from_right[word]) != (turn in (2, 3)):
        low, high = 1 - high, 1 - low
    if turn in (1, 3):
        y0, y1 = _between(y0, y1, low, high)
    else:
        x0, x1 = _between(x0, x1, low, high)
    return Box(x0, y0, x1, y1)


def _between(start: float, end: float, low: float, high: float) -> tuple[float, float]:
    first, last = start + low * (end - start), start + high * (end - start)
    return (first, last) if last - first > _LEAST else (start, end)


def _union(a: Box, b: Box) -> Box:
    return Box(min(a.x0, b.x0), min(a.y0, b.y0), max(a.x1, b.x1), max(a.y1, b.y1))
