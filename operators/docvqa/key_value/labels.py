"""Labels on a page: where the concepts of a question stand, and what each label is a label of."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..terms import Field, terms
from .lexicon import Part, is_empty, means, parts_of, plain_word, rewritten
from .page import Floats, Page

_MOST_FILLERS = 3
"""Words that may stand among the words of one label beyond those of its concepts."""


_MOST_OF_LABEL = 5
"""Words of a run that is a label alone."""

_LINKS = frozenset(["vom", "dated", "du", "von", "del", "van", "of", "af", "dd", "datee", "dtd", "fra"])
_DATE: Part = frozenset(["date"])
_DATED = frozenset(["invoice", "receipt", "order", "offer", "delivery", "contract", "policy"])

_LIGHT = frozenset(["to", "from", "percent", "full", "currency"])
"""Concepts that change nothing when they stand in a label beside others."""


@dataclass(frozen=True)
class Piece:
    """A part of a run's words with the words that it comes from."""

    part: Part
    first: int
    last: int


@dataclass(frozen=True)
class Zone:
    """A label: the words of a run up to a colon or a number, without those that say nothing.

    Attributes:
        run: index of the run.
        first, last: its words.
        parts: what it says.
        colon: whether a colon or the like ends it.
    """

    run: int
    first: int
    last: int
    parts: tuple[Part, ...]
    colon: bool


@dataclass(frozen=True)
class Labels:
    """The labels of a page.

    Attributes:
        pieces: of each run.
        zones: of each run, from left to right.
        runs_of: indices of the runs that have a concept or an unknown word.
        pure: whether each run is nothing but a label of known words.
    """

    pieces: list[list[Piece]]
    zones: list[list[Zone]]
    runs_of: dict[str, set[int]]
    pure: list[bool]


@dataclass(frozen=True)
class Occurrence:
    """A label of the asked value.

    Attributes:
        zone: the label that has the concepts.
        first, last: the words of the concepts.
        box: (4,) of these words.
        rank: index of the set of concepts in the labels of the question, 0 for the surest.
        extras, strange: number of further concepts, and of unknown words, in the zone.
        fit: how well it fits, more is better.
        rival: whether the zone is more probably the label of something else.
        starts: whether nothing stands before it in its run.
    """

    zone: Zone
    first: int
    last: int
    box: Floats
    rank: int
    extras: int
    strange: int
    fit: float
    rival: bool
    starts: bool


def find_labels(page: Page) -> Labels:
    pieces: list[list[Piece]] = []
    zones: list[list[Zone]] = []
    runs_of: dict[str, set[int]] = defaultdict(set)
    for run in range(len(page.texts)):
        found = list(_pieces(page, run))
        pieces.append(found)
        zones.append(list(_zones(page, run, found)))
        for piece in found:
            for name in piece.part:
                runs_of[name].add(run)
    return Labels(pieces, zones, dict(runs_of), [_is_pure(page, run, pieces[run]) for run in range(len(pieces))])


def _is_pure(page: Page, run: int, pieces: Sequence[Piece]) -> bool:
    words = int(page.ends[run] - page.starts[run])
    if not pieces or words > _MOST_OF_LABEL or any(map(str.isdigit, page.texts[run])):
        return False
    return not any(_unknown(piece.part) for piece in pieces)


def _pieces(page: Page, run: int) -> Iterator[Piece]:
    before: Piece | None = None
    for word in range(int(page.starts[run]), int(page.ends[run])):
        text = page.words[word]
        if _is_link(page, run, word):
            if before is not None:
                yield before
            before = None
            yield Piece(_DATE, word, word)
            continue
        if "%" in text and (text == "%" or any(c.isdigit() for c in text)):
            # `19 %` is a value within a label (`incl. 19 % VAT`).
            continue
        bare = plain_word(text).strip(".:,()")
        if bare in terms().empty and bare not in terms().concepts:
            continue
        for part in parts_of(text):
            if is_empty(part):
                continue
            piece = Piece(part, word, word)
            if before is not None and word - before.last <= 2:
                joined = rewritten([before.part, part])
                if len(joined) == 1:
                    before = Piece(joined[0], before.first, word)
                    continue
            if before is not None:
                yield before
            before = piece
    if before is not None:
        yield before


def _of_last_document(pieces: Sequence[Piece], begin: int, stop: int) -> int:
    """Where the label of a number begins: `Rechnung gemäß Bestellung Nr. 77` has the number of an order."""
    kinds = [piece for piece in pieces if begin <= piece.first and piece.last <= stop and piece.part & _DATED]
    apart = len(kinds) > 1 and kinds[-1].first - kinds[-2].last > 1
    return kinds[-1].first if apart and not kinds[-1].part & kinds[0].part else begin


def _is_link(page: Page, run: int, word: int) -> bool:
    """Whether a word between two numbers says that the second one is a date of the first (`Nr. 4711 vom 5.6.2018`)."""
    begin, end = int(page.starts[run]), int(page.ends[run])
    if not begin < word < end - 1 or plain_word(page.words[word]).strip(".") not in _LINKS:
        return False
    following = " ".join(page.words[word + 1 : min(word + 3, end)])
    return any(map(str.isdigit, page.words[word - 1])) and any(map(str.isdigit, following))


def _zones(page: Page, run: int, pieces: Sequence[Piece]) -> Iterator[Zone]:
    begin = int(page.starts[run])
    for word in range(begin, int(page.ends[run])):
        text = page.words[word]
        last = word + 1 == int(page.ends[run])
        following = "" if last else page.words[word + 1]
        number = any(c.isdigit() for c in text) and text[:1] not in "([" and "%" not in text + following[:1]
        mark = text[-1:] in ":=" or (":" in text and not number)
        if mark or last or (number and word > begin):
            # A number within a label (`GST 6%`) ends it, and what follows is another one.
            stop = word - 1 if number and not mark else word
            if number:
                begin = _of_last_document(pieces, begin, stop)
            parts = tuple(piece.part for piece in pieces if begin <= piece.first and piece.last <= stop)
            if parts and begin > int(page.starts[run]) and _is_link(page, run, begin):
                # `Rechnung Nr. 471102 vom 05.06.2018`: the date is that of what the run begins with.
                about = [piece for piece in pieces if piece.last < begin and piece.part & _DATED]
                if about:
                    parts = (about[-1].part & _DATED, *parts)
                    begin = about[-1].first
            if parts:
                colon = mark or page.words[min(word, stop + 1)][:1] in ":#"
                yield Zone(run, begin, stop, parts, colon)
            begin = word + 1


@lru_cache(maxsize=16384)
def fields_of(parts: tuple[Part, ...]) -> dict[str, float]:
    """For each entry of the lexicon of which `parts` may be a label, how well it fits; more is better."""
    found = {}
    names = set().union(*parts)
    for entry in terms().fields.values():
        best = _fit(parts, names, entry)
        if best > 0:
            found[entry.name] = best
    return found


def _fit(parts: tuple[Part, ...], names: set[str], entry: Field) -> float:
    best = 0.0
    for rank, phrase in enumerate(entry.labels):
        if phrase <= names:
            left = [part for part in parts if not part & phrase]
            known = sum(_counts(part) for part in left)
            left = [part for part in left if not part & _LIGHT]
            fit = len(phrase) - 0.6 * known - 0.25 * (len(left) - known) - 0.06 * rank
            best = max(best, fit)
    return best


def _counts(part: Part) -> bool:
    """Whether a part that is left over changes what a label is about."""
    return not _unknown(part) and not part & _LIGHT


def _unknown(part: Part) -> bool:
    return all(name.startswith("=") for name in part)


def find_occurrences(page: Page, labels: Labels, wanted: Sequence[frozenset[str]], field: str) -> list[Occurrence]:
    """The places of labels with all concepts of one of the sets `wanted`; the surest set for each zone.

    Args:
        field: the asked entry of the lexicon; empty where the question's own words are looked for.
    """
    found: dict[tuple[int, int], Occurrence] = {}
    for rank, phrase in enumerate(wanted):
        runs: set[int] | None = None
        for concept in phrase:
            having = _runs_with(labels, concept)
            runs = having if runs is None else runs & having
            if not runs:
                break
        for run in sorted(runs or ()):
            for window in _windows(labels.pieces[run], phrase):
                zone = _zone_at(labels.zones[run], window)
                if zone is None:
                    continue
                one = _occurrence(page, zone, window, phrase, rank, field)
                if (run, zone.first) not in found or one.fit > found[run, zone.first].fit:
                    found[run, zone.first] = one
    return list(found.values())


def _runs_with(labels: Labels, concept: str) -> set[int]:
    if not concept.startswith("="):
        return labels.runs_of.get(concept, set())
    wanted: Part = frozenset([concept])
    return set().union(*(runs for name, runs in labels.runs_of.items() if name.startswith("=") and means(wanted, name)))


def _windows(pieces: Sequence[Piece], phrase: frozenset[str]) -> Iterator[tuple[int, int]]:
    """First and last words of the shortest windows that have all concepts; they do not overlap."""
    begin = 0
    while begin < len(pieces):
        missing = set(phrase)
        end = begin
        while end < len(pieces) and missing and end - begin < len(phrase) + _MOST_FILLERS:
            missing -= {concept for concept in missing if means(pieces[end].part, concept)}
            end += 1
        if not missing and any(means(pieces[begin].part, concept) for concept in phrase):
            yield pieces[begin].first, pieces[end - 1].last
            begin = end
        else:
            begin += 1


def _zone_at(zones: Sequence[Zone], window: tuple[int, int]) -> Zone | None:
    return next((zone for zone in zones if zone.first <= window[0] and window[1] <= zone.last), None)


def _occurrence(
    page: Page, zone: Zone, window: tuple[int, int], phrase: frozenset[str], rank: int, field: str
) -> Occurrence:
    left = [part for part in zone.parts if not any(means(part, concept) for concept in phrase)]
    left = [part for part in left if not part & _LIGHT]
    strange = sum(_unknown(part) for part in left)
    fits = fields_of(zone.parts)
    fit = len(phrase) - 0.6 * (len(left) - strange) - 0.25 * strange - 0.06 * rank
    own = fits.get(field, 0.0) if field else fit
    boxes = page.boxes[window[0] : window[1] + 1]
    return Occurrence(
        zone=zone,
        first=window[0],
        last=window[1],
        box=np.concatenate([boxes[:, :2].min(0), boxes[:, 2:].max(0)]),
        rank=rank,
        extras=len(left) - strange,
        strange=strange,
        fit=fit,
        rival=max(fits.values(), default=0.0) > own + 0.2,
        starts=window[0] == int(page.starts[zone.run]),
    )


def zone_before(page: Page, labels: Labels, run: int, word: int) -> Zone | None:
    """The label right in front of a word: before it in its run, or at the end of the run left of it."""
    before = [zone for zone in labels.zones[run] if zone.last < word]
    if before:
        return before[-1]
    for other in range(run - 1, -1, -1):
        if page.row[other] != page.row[run]:
            return None
        zones = labels.zones[other]
        if len(page.texts[other]) <= 3 and not zones:
            continue
        return zones[-1] if zones and zones[-1].last == int(page.ends[other]) - 1 else None
    return None
