"""Finds spans of the evidence that may contain a text, by index lookups, so that few spans need an alignment."""

import numpy as np
from numpy.typing import NDArray

from .evidence import Evidence, gram_keys

MAX_EXACT = 400
"""Upper limit of the places that are examined for one text."""
_LEAST_EXACT = 8
_MAX_LETTERS = 20_000
_MAX_SEARCHES = 1500
_MAX_GRAMS = 96
_MAX_PLACES = 6000
_MAX_PEAKS = 500
_LONG = 200
_SHORT = 40


def exact_places(value: str, evidence: Evidence, *, single: bool) -> list[int]:
    """Indices into the evidence's letters at which exactly these letters start.

    Matches of whole words, or where there are none, of parts of words; at most `MAX_EXACT`. With `single`, the value
    is one word, for which the evidence has an index.
    """
    whole = evidence.tokens.get(value) if single else None
    if whole:
        return _thinned(whole)
    # A long text with many occurrences is a repetition: a few of its places are enough.
    most = min(MAX_EXACT, max(_LEAST_EXACT, _MAX_LETTERS // max(1, len(value))))
    found: list[int] = []
    inside: list[int] = []
    at = evidence.letters.find(value)
    for _ in range(_MAX_SEARCHES):
        if at < 0 or len(found) == most:
            break
        clean = evidence.breaks[at] and evidence.breaks[at + len(value)]
        (found if clean else inside).append(at)
        at = evidence.letters.find(value, at + 1)
    return found or _thinned(inside, most)


def similar_windows(value_loose: str, evidence: Evidence) -> list[tuple[int, int]]:
    """Spans (start, end) of letters that share many trigrams with a text, those with the most first."""
    keys = gram_keys(value_loose)
    if not len(keys) or not evidence.letters:
        return []
    diagonals = _diagonals(keys, evidence)
    if not len(diagonals):
        return []
    length = len(value_loose)
    drift = max(3, length // 8)
    votes = np.searchsorted(diagonals, diagonals + drift, "right") - np.arange(len(diagonals))
    # The longer a text, the more clearly its true place shares more trigrams than any other.
    most = 6 if length <= _LONG else 3
    least = votes.max() / (3 if length <= _SHORT else 2)
    windows: list[tuple[int, int]] = []
    diagonals_taken: list[int] = []
    middles_taken: set[tuple[int, int]] = set()
    for index in np.argsort(-votes, kind="stable")[:_MAX_PEAKS].tolist():
        first = int(diagonals[index])
        if votes[index] < least or len(windows) == most:
            break
        middle = evidence.printed_at(first + length // 2)
        if middle in middles_taken or any(abs(first - other) <= drift for other in diagonals_taken):
            continue
        diagonals_taken.append(first)
        middles_taken.add(middle)
        windows.append((max(0, first - 2), min(len(evidence.letters), first + length + drift + 2)))
    return windows


def _diagonals(keys: NDArray[np.int64], evidence: Evidence) -> NDArray[np.int64]:
    """Sorted positions at which the text would start, one for each place of each of its rarer trigrams."""
    first, last, places = evidence.gram_places(keys)
    counts = last - first
    known = np.flatnonzero(counts > 0)
    rarest = known[np.argsort(counts[known], kind="stable")]
    # A long text is sampled over its whole length, not only where its rarest trigrams are.
    if len(rarest) > _MAX_GRAMS:
        rarest = rarest[:: -(-len(rarest) // _MAX_GRAMS)]
    affordable = np.cumsum(counts[rarest]) <= _MAX_PLACES
    affordable[:1] = True
    found = [
        places[first[gram] : min(last[gram], first[gram] + _MAX_PLACES)].astype(np.int64) - gram
        for gram in rarest[affordable].tolist()
    ]
    return np.sort(np.concatenate(found)) if found else np.empty(0, np.int64)


def _thinned(places: list[int], most: int = MAX_EXACT) -> list[int]:
    """At most `most` of the places, evenly sampled."""
    step = -(-len(places) // most)
    return places[::step] if step > 1 else places
