"""Computes the features by which text layers are judged, for many pages at a time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from .extract import RawPage
from .quality import TextLayer, TextLayerFeatures

# Symbols that are rare in running text; many of them indicate text decoded with a wrong character map.
_SYMBOL = re.compile(r"[^\w\s.,;:!?'\"()\[\]{}/%&@+*=<>€$£¥#|°§–—…“”„‘’«»•▪·×_\\~^-]")
_ASCII = bytes(range(128))
_ASCII_SYMBOL = "".join(_SYMBOL.findall(_ASCII.decode())).encode()
_ASCII_COMMON = bytes(code for code in _ASCII if code not in _ASCII_SYMBOL)

_CONSONANT, _VOWEL = 1, 2
_KIND = bytearray(256)
_PUNCTUATION = np.zeros(256, np.bool_)
for _characters, _kind in (("bcdfghjklmnpqrstvwxz", _CONSONANT), ("aeiouy", _VOWEL)):
    for _character in _characters + _characters.upper():
        _KIND[ord(_character)] = _kind
_PUNCTUATION[[ord(c) for c in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"]] = True


@dataclass(frozen=True)
class LetterFeatures:
    """The features from a text layer's Latin letters and punctuation; see `TextLayerFeatures`."""

    letters: int = 0
    vowel_share: float = 0.4
    alternation: float = 1.3
    punctuation: int = 0


def text_features(
    raws: Sequence[RawPage], cleaned: Sequence[tuple[list[str], int]], layers: Sequence[TextLayer]
) -> list[TextLayerFeatures]:
    """The features of pages that can be computed without rendering.

    Args:
        cleaned: the result of `clean_words` for each page.
    """
    features = []
    letters = letter_features(["\n".join([word[4] for word in raw.words]) for raw in raws])
    for raw, (words, bad), layer, latin in zip(raws, cleaned, layers, letters, strict=True):
        characters = raw.characters
        if not characters or not len(layer.lines):
            features.append(TextLayerFeatures(image_cover=raw.image_cover))
            continue
        features.append(
            TextLayerFeatures(
                image_cover=raw.image_cover,
                characters=characters,
                bad_share=bad / characters,
                symbol_ratio=max(_count_symbols("".join(words)) - bad, 0) / characters,
                letters=latin.letters,
                vowel_share=latin.vowel_share,
                alternation=latin.alternation,
                punctuation_share=latin.punctuation / characters,
                invisible_share=_invisible_share(layer),
            )
        )
    return features


def _invisible_share(layer: TextLayer) -> float:
    if layer.visible.all():
        return 0.0
    length = np.array([len(line) for line in layer.lines.text])
    return float(length[~layer.visible].sum() / length.sum())


def _count_symbols(text: str) -> int:
    if text.isascii():
        return len(text.encode().translate(None, _ASCII_COMMON))
    return len(_SYMBOL.findall(text))


def letter_features(texts: Sequence[str]) -> list[LetterFeatures]:
    """The features of each text from its adjacent Latin letters and its ASCII punctuation.

    A run of the same mark counts once. Alternation is P(vowel next to consonant) / 2p(1-p), where p is the share of
    vowels; it is 1 for letters in random order. Sukhotin's algorithm for finding vowels uses the same property, which
    needs no dictionary.
    """
    # Characters outside Latin-1 become question marks, which must not count as punctuation.
    latin = [text.encode("latin-1", "replace") for text in texts]
    punctuation = _punctuation_runs([text.replace(b"\n", b"") for text in latin])
    kinds = np.frombuffer(b"\n".join([*latin, b""]).translate(_KIND), np.uint8)
    page = np.repeat(np.arange(len(latin)), [len(text) + 1 for text in latin])
    pairs_of = np.bincount(page[:-1] * 16 + kinds[:-1] * 4 + kinds[1:], minlength=16 * len(latin)).reshape(-1, 4, 4)
    found = []
    for text, encoded, pairs, features in zip(texts, latin, pairs_of, punctuation, strict=True):
        lost = 0 if text.isascii() else encoded.count(b"?")
        found.append(_letter_features(pairs, features - min(features, lost)))
    return found


def _letter_features(pairs_of: np.ndarray[tuple[int, ...], np.dtype[np.intp]], punctuation: int) -> LetterFeatures:
    changes = int(pairs_of[_CONSONANT, _VOWEL] + pairs_of[_VOWEL, _CONSONANT])
    same = int(pairs_of[_VOWEL, _VOWEL])
    pairs = changes + same + int(pairs_of[_CONSONANT, _CONSONANT])
    if not pairs:
        return LetterFeatures(punctuation=punctuation)
    vowels = (changes + 2 * same) / (2 * pairs)
    chance = 2 * vowels * (1 - vowels)
    return LetterFeatures(pairs, vowels, changes / pairs / chance if chance > 0 else 0.0, punctuation)


def _punctuation_runs(texts: Sequence[bytes]) -> list[int]:
    """The number of runs of the same punctuation mark in each text, without a run at its start."""
    solid = np.frombuffer(b"".join(texts), np.uint8)
    begins = _PUNCTUATION[solid]
    begins[1:] &= solid[1:] != solid[:-1]
    bounds = list(accumulate(map(len, texts), initial=0))
    # The first character of a text has no predecessor.
    begins[[start for start, length in zip(bounds, map(len, texts), strict=False) if length]] = False
    until = np.concatenate([[0], np.cumsum(begins)])
    return [int(count) for count in np.diff(until[bounds])]
