"""Takes words apart into concepts: `Rechnungsnummer` and `Invoice No.` are both `invoice` and `number`."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from ..terms import terms

Part = frozenset[str]
"""What a part of a word may mean: names of concepts, or the part itself after `=` where it is none."""

_PIECE = re.compile(r"[^\W\d_]+|[#%№]")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LINKS = ("", "s", "n", "en", "es", "er", "e", "ns", "o")
_ENDINGS = 3
_INFLECTIONS = frozenset(
    [
        "a",
        "al",
        "as",
        "d",
        "e",
        "ed",
        "em",
        "en",
        "er",
        "ern",
        "es",
        "et",
        "i",
        "ies",
        "in",
        "ing",
        "ja",
        "je",
        "m",
        "n",
        "na",
        "ns",
        "o",
        "om",
        "os",
        "r",
        "ren",
        "s",
        "t",
        "te",
        "ten",
        "y",
    ]
)
"""Endings of words that do not change what they mean, in any of the languages."""

_SHORTEST_TAIL = 5
"""Shorter words end others by chance: `current` is about no rent."""

_SHORT = frozenset(["id", "ust", "tax", "vat", "kd", "kdn", "art", "inv", "tel", "rg", "re", "bar", "end"])
_LOOKS_LIKE = str.maketrans("0158", "oisb")
_LONGEST = 40
_ABBREVIATIONS = {
    "n°": "number", "nº": "number", "n.": "number", "n.º": "number", "n.o": "number", "p.iva": "taxid",
    "p.o.": "order", "p.o": "order",
}  # fmt: skip


@lru_cache(maxsize=65536)
def plain_word(text: str) -> str:
    """Lower case, without diacritics."""
    folded = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    return "".join(c for c in folded if not unicodedata.combining(c))


@lru_cache(maxsize=65536)
def parts_of(word: str) -> tuple[Part, ...]:
    """The parts of a word as it is printed; digits and punctuation give none."""
    text = plain_word(word)[:_LONGEST]
    if (known := _ABBREVIATIONS.get(text.rstrip(":").lstrip("("))) is not None:
        return (frozenset([known]),)
    if sum(c.isdigit() for c in text) in (1, 2) and sum(c.isalpha() for c in text) >= 3:
        # OCR reads letters as digits: `T0TAL`.
        read = text.translate(_LOOKS_LIKE).strip(":.,()")
        if read in terms().concepts:
            return (terms().concepts[read],)
    return tuple(part for piece in _PIECE.findall(text) for part in _parts(piece))


def _parts(piece: str) -> list[Part]:
    if _CJK.search(piece):
        return _within(piece)
    known = _known(piece)
    if known is not None:
        return [known]
    return _compound(piece) or [_similar(piece) or frozenset(["=" + piece])]


def _known(piece: str) -> Part | None:
    """The concepts of a word, also with an ending of up to three letters."""
    concepts = terms().concepts
    if piece in concepts:
        return concepts[piece]
    for cut in range(1, _ENDINGS + 1):
        stem = piece[:-cut]
        long_enough = len(stem) >= 5 or (len(stem) == 4 and piece[-cut:] == "s")
        if long_enough and stem in concepts and piece[-cut:] in _INFLECTIONS:
            return concepts[stem]
    return None


def _compound(piece: str, depth: int = 0) -> list[Part] | None:
    """The parts of a compound of which all are known, or of which the last one is."""
    concepts = terms().concepts
    for at in range(len(piece) - 2, 1, -1):
        head = piece[:at]
        if head not in concepts or not (at >= 4 or head in _SHORT):
            continue
        for link in _LINKS:
            rest = piece[at + len(link) :]
            if len(rest) < 2 or not piece[at:].startswith(link):
                continue
            tail = concepts.get(rest) or (_known(rest) if len(rest) >= 4 else None)
            if tail is not None:
                return [concepts[head], tail]
            if depth < 2 and len(rest) >= 6 and (more := _compound(rest, depth + 1)):
                return [concepts[head], *more]
    if depth:
        return None
    for at in range(3, len(piece) - _SHORTEST_TAIL + 1):
        if (tail := concepts.get(piece[at:])) is not None:
            return [frozenset(["=" + piece[:at]]), tail]
    return None


def _similar(piece: str) -> Part | None:
    """The concepts of the word from which a long one differs by one letter, as OCR reads it."""
    if not 6 <= len(piece) <= 14:
        return None
    for word, concepts in _long_words():
        # OCR seldom misreads a first letter, while words differ by it: `reading` is no `heading`.
        if (
            word[0] == piece[0]
            and abs(len(word) - len(piece)) <= 1
            and Levenshtein.distance(word, piece, score_cutoff=1) <= 1
        ):
            return concepts
    return None


@lru_cache(maxsize=1)
def _long_words() -> list[tuple[str, Part]]:
    return [(word, concepts) for word, concepts in terms().concepts.items() if len(word) >= 6]


@lru_cache(maxsize=1)
def _cjk_words() -> list[tuple[str, Part]]:
    found = [(word, concepts) for word, concepts in terms().concepts.items() if _CJK.search(word)]
    return sorted(found, key=lambda entry: -len(entry[0]))


def _within(piece: str) -> list[Part]:
    found: list[Part] = []
    at = 0
    while at < len(piece):
        for word, concepts in _cjk_words():
            if piece.startswith(word, at):
                found.append(concepts)
                at += len(word)
                break
        else:
            at += 1
    return found or [frozenset(["=" + piece])]


def rewritten(parts: Sequence[Part]) -> list[Part]:
    """Parts in which two neighbours that stand for a third concept are replaced by it (`without tax` is `net`)."""
    rewrites = terms().rewrites
    found: list[Part] = []
    for part in parts:
        if found:
            both = [name for pair, name in rewrites.items() if _stand_for(pair, found[-1], part)]
            if both:
                found[-1] = frozenset(both)
                continue
        found.append(part)
    return found


def _stand_for(pair: frozenset[str], first: Part, second: Part) -> bool:
    one, other = tuple(pair)
    return (one in first and other in second) or (other in first and one in second)


def is_empty(part: Part) -> bool:
    """Whether a part is a word that says nothing of the page."""
    return all(name.startswith("=") and (name[1:] in terms().empty or len(name) == 2) for name in part)


def covers(parts: Iterable[Part], concept: str) -> bool:
    """Whether one of the parts may mean `concept`; an unknown word also matches another form of itself."""
    return any(means(part, concept) for part in parts)


def means(part: Part, concept: str) -> bool:
    """Whether a part may mean `concept`, which is the name of one, or an unknown word after `=`."""
    if concept in part:
        return True
    if not concept.startswith("="):
        return False
    return any(name.startswith("=") and _same_word(name[1:], concept[1:]) for name in part)


def _same_word(one: str, other: str) -> bool:
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if len(short) >= 4 and long.startswith(short) and len(long) - len(short) <= _ENDINGS:
        return True
    if len(short) >= 7 and len(long) - len(short) <= 3 and long[: len(short) - 2] == short[:-2]:
        return True
    return len(short) >= 6 and Levenshtein.distance(one, other, score_cutoff=1) <= 1
